"""Rules: what must hold between the fields of a row, by the names that the schemas use.

A rule is made once for a table and asked for every row, so it looks up beforehand what it needs.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from publish.handin import idcard
from publish.handin.findings import Problem, problem
from publish.handin.uscc import NONE_GIVEN
from publish.reference import CreditList
from publish.schema import PERSON, Field, RecordType

SOLE_TRADER, RESIDENT_CARD = "个体工商户", "身份证"
LARGE_AMOUNT = 1000
"""In units of 10,000 yuan: an amount above may be in yuan by mistake."""

_PAPERS = (("person_id_type", "person_id_no"), ("legal_rep_id_type", "legal_rep_id_no"))
_ENDS = ("valid_to", "publish_until", "exit_date", "kept_by_date", "extended_to", "due_date")
_AMOUNTS = ("fine", "confiscated")
_MISSING_IN_CASE = {"fine": "fine_missing"}
_NOTICES = {"black": "black_notice_missing", "red": "list_notice_missing"}
_OWN_DEADLINE = frozenset({"measure", "rectification"})
_STOPS = frozenset({"paused", "extended"})

Values = dict[str, str]
Rule = Callable[[Values], None]


@dataclass(frozen=True)
class Setting:
    """What rules go by.

    Attributes:
        absent: fields that the source cannot give.
        received: the day the file came in, ISO.
        found: where problems are put.
    """

    record: RecordType
    absent: frozenset[str]
    lists: Mapping[str, CreditList]
    received: str
    found: list[Problem]

    def note(self, code: str, name: str, raw: str = "", **details: object) -> None:
        """Puts down a problem with a field."""
        self.found.append(problem(code, self.record[name], raw, **details))

    def lacks(self, values: Values, name: str) -> bool:
        """Whether a field is blank that could be given and was not found wrong already."""
        if name in values or name in self.absent:
            return False
        return all(noted.field != name for noted in self.found)


def rules(setting: Setting) -> list[Rule]:
    """The rules of a record type."""
    return [required_in_case(setting), *(_RULES[name](setting) for name in setting.record.rules)]


def required_in_case(setting: Setting) -> Rule:
    """Fields that are required where another has a certain value."""
    cases: dict[tuple[str, str], list[Field]] = {}
    for field in setting.record.fields:
        for case in field.required_if.items():
            cases.setdefault(case, []).append(field)

    def rule(values: Values) -> None:
        for (when, value), fields in cases.items():
            given = values.get(when)
            if given and value in given.split(";"):
                for field in fields:
                    if field.name not in values:
                        _note_case(setting, values, field, setting.record[when], value)

    return rule


def _note_case(setting: Setting, values: Values, field: Field, when: Field, value: str) -> None:
    """Puts down that a field is missing in this case."""
    if setting.lacks(values, field.name):
        code = _MISSING_IN_CASE.get(field.name, "required_in_case")
        setting.note(code, field.name, **dict(_case(when, value)))


def _case(when: Field, value: str) -> Iterator[tuple[str, str]]:
    """What the case is, in both languages."""
    for lang in ("zh", "en"):
        yield f"when_{lang}", str(getattr(when, f"title_{lang}"))
        yield f"value_{lang}", when.codes.label(value, lang) if when.codes else value


def party(setting: Setting) -> Rule:
    """Who needs a unified social credit code, who may go without, and who must have none."""

    def rule(values: Values) -> None:
        kind, code = values.get("party_kind"), values.get("uscc")
        if kind == PERSON:
            _person(setting, values, code)
        elif code is None and kind:
            if setting.lacks(values, "uscc"):
                setting.note("uscc_missing", "uscc")
        elif code == NONE_GIVEN:
            _without_code(setting, values, kind)
        for type_name, number_name in _PAPERS:
            if values.get(type_name) == RESIDENT_CARD:
                _resident(setting, values, number_name)

    return rule


def _person(setting: Setting, values: Values, code: str | None) -> None:
    """A natural person has no credit code; the placeholder says as much."""
    if code == NONE_GIVEN:
        del values["uscc"]
    elif code:
        setting.note("person_with_uscc", "uscc")


def _without_code(setting: Setting, values: Values, kind: str | None) -> None:
    """Only a sole trader may give the placeholder, and then needs a registration number."""
    if kind != SOLE_TRADER:
        setting.note("uscc_placeholder", "uscc")
    elif setting.lacks(values, "registration_no"):
        setting.note("registration_no_missing", "registration_no")


def _resident(setting: Setting, values: Values, name: str) -> None:
    """What is said to be a resident identity card has such a number.

    Numbers of 18 signs were checked when the cell was read.
    """
    number = values.get(name)
    if number and not (len(number) == 18 and number[:17].isdigit()) and not idcard.is_valid(number):
        setting.note("id_number_invalid", name)


def dates(setting: Setting) -> Rule:
    """Nothing is decided after it was handed in, nor ends before it was decided."""
    decided_in, received = setting.record.roles["decided"], setting.received
    ends = [name for name in _ENDS if name in setting.record.by_name]

    def rule(values: Values) -> None:
        decided = values.get(decided_in)
        if decided is None:
            return
        if decided > received:
            setting.note("decision_in_future", decided_in, decided, received=received)
        for name in ends:
            end = values.get(name)
            if end and end < decided:
                setting.note("ends_before_decision", name, end, decided=decided)
        if published := values.get("department_published"):
            _published(setting, published, decided)

    return rule


def _published(setting: Setting, published: str, decided: str) -> None:
    """The department publishes after it decides, and says so afterwards."""
    name, received = "department_published", setting.received
    if published < decided:
        setting.note("published_before_decision", name, published, decided=decided)
    if published > received:
        setting.note("published_in_future", name, published, received=received)


def long_term(setting: Setting) -> Rule:
    """A term does not end before it begins."""

    def rule(values: Values) -> None:
        start, end = values.get("valid_from"), values.get("valid_to")
        if start and end and end < start:
            setting.note("ends_before_start", "valid_to", end, start=start)

    return rule


def amounts(setting: Setting) -> Rule:
    """Amounts are in units of 10,000 yuan; one in yuan shows by its size or by the text."""

    def rule(values: Values) -> None:
        for name in _AMOUNTS:
            if amount := values.get(name):
                if f"{amount}元" in values.get("content", "").replace(",", ""):
                    _yuan(setting, values["content"], name, amount)
                elif float(amount) > LARGE_AMOUNT:
                    setting.note("fine_large", name, amount)

    return rule


def _yuan(setting: Setting, content: str, name: str, amount: str) -> None:
    """The text of the penalty names the same figure in yuan."""
    if re.search(rf"(?<![\d.]){re.escape(amount)}元", content.replace(",", "")):
        setting.note("fine_looks_like_yuan", name, amount)


def list_entry(setting: Setting) -> Rule:
    """An entry is on a list that exists, and nobody is put on a black list unheard.

    Before a black-list decision the party is told of it and may speak (国办发〔2020〕49号 第八项),
    so an entry without that date is rejected. Without a legal basis, or on a red list without a
    public notice, an entry is registered and withheld by disclosure (第六项至第八项).
    """

    def rule(values: Values) -> None:
        kind, list_id = values.get("list_kind"), values.get("list_id")
        if not kind or not list_id:
            return
        listed = setting.lists.get(list_id)
        if listed is None:
            setting.note("unknown_list", "list_id", list_id)
        elif listed.kind != kind:
            setting.note("list_kind_disagrees", "list_kind", list_id)
        elif kind == "black" and not (values.get("legal_basis") or listed.legal_basis):
            setting.note("list_basis_missing", "legal_basis")
        if kind in _NOTICES:
            _notice(setting, values, _NOTICES[kind])

    return rule


def _notice(setting: Setting, values: Values, code: str) -> None:
    """Notice is given before the decision, or on the same day."""
    notice_in, decided_in = (setting.record.roles[part] for part in ("notice", "decided"))
    notice, decided = values.get(notice_in), values.get(decided_in)
    if setting.lacks(values, notice_in) or (notice and decided and notice > decided):
        setting.note(code, notice_in, notice or "")


def commitment(setting: Setting) -> Rule:
    """What is promised can be read: here, or at an address."""

    def rule(values: Values) -> None:
        if "content" not in values and setting.lacks(values, "content_url"):
            setting.note("commitment_without_text", "content")

    return rule


def feedback(setting: Setting) -> Rule:
    """A case is about a record: named by its public id, or by its type and document number.

    Measures and rectification have a deadline of their own, which no rule gives.
    """

    def rule(values: Values) -> None:
        if values.get("feedback_kind") in _OWN_DEADLINE and setting.lacks(values, "due_date"):
            setting.note("due_date_missing", "due_date")
        if "record_ref" in values or {"record_type", "document_no"} <= values.keys():
            return
        if any(setting.lacks(values, n) for n in ("record_ref", "record_type", "document_no")):
            setting.note("record_not_named", "record_ref")

    return rule


def feedback_event(setting: Setting) -> Rule:
    """Time that does not count is given a reason.

    Inspection, appraisal and expert review are not counted (河南省 2020).
    """

    def rule(values: Values) -> None:
        if values.get("stage") in _STOPS and setting.lacks(values, "reason"):
            setting.note("stop_without_reason", "reason")

    return rule


def audit(setting: Setting) -> Rule:
    """A decision is found after it was made."""
    decided_in = setting.record.roles["decided"]

    def rule(values: Values) -> None:
        found, decided = values.get("found_date"), values.get(decided_in)
        if found and decided and found < decided:
            setting.note("found_before_decision", "found_date", found, decided=decided)

    return rule


_RULES: Mapping[str, Callable[[Setting], Rule]] = {
    rule.__name__: rule
    for rule in (
        party,
        dates,
        long_term,
        amounts,
        list_entry,
        commitment,
        feedback,
        feedback_event,
        audit,
    )
}
