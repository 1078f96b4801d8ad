"""What the public may see of a record, for how long, or the one reason why nothing of it."""

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, cached_property, lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from publish.disclose.mask import mask_name
from publish.disclose.names import narrow
from publish.disclose.scan import MARK, scan
from publish.handin.idcard import birth_date
from publish.profile import Lists, Persons, Profile, Regime
from publish.reference import CreditList
from publish.schema import PERSON, RecordType, public_types, record_type

ADULT_YEARS = 18
_LONG = 8
_PROCEDURE = ("document_no", "legal_basis", "content", "facts", "remark")
"""The fields of a penalty that may name the procedure."""

OBJECTED = "2"
"""The status 异议 of the national standard: an objection is open."""

REASONS: dict[str, tuple[str, str]] = {
    "scope": ("仅限共享或授权查询", "not for the public: shared or on request only"),
    "secret": ("依法不予公开", "publication forbidden by law"),
    "person": ("涉及自然人", "about a natural person"),
    "minor": ("涉及未成年人", "about a minor"),
    "list_basis": ("名单缺少法律依据", "list entry without a legal basis"),
    "list_notice": ("名单未先告知或公示期未满", "list entry without prior notice"),
    "list_term": ("名单没有期限", "list entry without a term"),
    "term_over": ("公示期已满", "term of publication is over"),
    "repaired": ("已信用修复", "repaired"),
    "revoked": ("决定已撤销", "decision revoked"),
    "upheld": ("异议成立，待更正", "found wrong on objection, off until it is corrected"),
    "objection": ("异议处理期间暂停公示", "hidden while an objection is open"),
    "parent": ("所属记录未公示", "the record that it belongs to is not public"),
}
"""Why a record is withheld: code to what it means in Chinese and English."""


@dataclass(frozen=True)
class History:
    """What happened to a record besides what its department handed in.

    Attributes:
        revoked: the authority took the decision back.
        repaired: the party's credit was repaired.
        objection: an objection is open.
        upheld: since when the record is known to be wrong (UTC); empty if it is not.
    """

    revoked: bool = False
    repaired: bool = False
    objection: bool = False
    upheld: str = ""

    def after(self, kind: str, at: str = "") -> "History":
        """The history once an event of that kind is added; an objection upheld is closed."""
        return History(
            self.revoked or kind == "revoked",
            self.repaired or kind == "repaired",
            kind == "objection_opened"
            or (self.objection and kind not in {"objection_closed", "upheld"}),
            at if kind == "upheld" else self.upheld,
        )

    def of_version(self, received: str) -> "History":
        """The history of a version received at a moment (UTC): it corrects what was wrong then."""
        return replace(self, upheld="") if self.upheld and received > self.upheld else self


NOTHING = History()


@dataclass(frozen=True)
class Decision:
    """Whether a record is published, and the rule that said so.

    Attributes:
        reason: why it is withheld, a key of `REASONS`; None if it is published.
        rule: the source of the rule that decided.
        until: the last day of publication; None if there is none.
    """

    reason: str | None
    rule: str
    until: date | None

    @property
    def publish(self) -> bool:
        """Whether the public may see it."""
        return self.reason is None


@dataclass(frozen=True)
class Case:
    """A record on a day, with everything that the questions ask about."""

    record: RecordType
    values: Mapping[str, str]
    history: History
    lists: Mapping[str, CreditList]
    day: date

    def role(self, name: str) -> str:
        """The value that plays a part in this record type; empty if there is none."""
        column = self.record.roles.get(name)
        return self.values.get(column, "") if column else ""

    @property
    def is_person(self) -> bool:
        """Whether the party is a natural person."""
        return self.values.get("party_kind") == PERSON

    @cached_property
    def decided(self) -> date:
        """The day of the decision, whose rules the record follows."""
        return date.fromisoformat(self.role("decided"))


Question = Callable[[Case, Profile], tuple[str, str] | None]


def decide(case: Case, profile: Profile) -> Decision:
    """Asks the questions in order; the first that says no withholds the record."""
    for question in QUESTIONS:
        if refusal := question(case, profile):
            return Decision(*refusal, None)
    return Decision(
        None,
        profile.persons.on(case.decided).source_of(case.record.name),
        last_day(case, profile),
    )


def _scope(case: Case, _profile: Profile) -> tuple[str, str] | None:
    """Question 1: is its scope of use public?"""
    if case.role("scope") in {"1", "2"}:
        return "scope", "信息使用范围 SYFW 1、2"
    return None


def _secret(case: Case, _profile: Profile) -> tuple[str, str] | None:
    """Question 2: does the department say that the law forbids it?"""
    reason = case.values.get("withhold_reason")
    if reason == "minor":
        return "minor", "《中华人民共和国个人信息保护法》第二十八条、第三十一条"
    if reason:
        return "secret", "《中华人民共和国政府信息公开条例》第十四条至第十六条"
    return None


def _person(case: Case, profile: Profile) -> tuple[str, str] | None:
    """Question 3: may this kind of record about a natural person be published?"""
    if not case.is_person:
        return None
    if _is_minor(case):
        return "minor", "《中华人民共和国个人信息保护法》第二十八条、第三十一条"
    rule = profile.persons.on(case.decided)
    if _person_rule(rule, case.record.name) == "withhold":
        return "person", rule.source_of(case.record.name)
    if rule.simplified_penalty and _is_simplified(case, rule):
        return "person", rule.source_of("simplified_penalty")
    return None


def _list(case: Case, profile: Profile) -> tuple[str, str] | None:
    """Question 4: does a list entry stand on law, and was notice given before it?"""
    kind = case.role("list_kind")
    if not kind:
        return None
    rules = profile.lists.on(case.decided)
    if kind == "watch":
        return "scope", rules.source
    if kind == "black":
        return _black(case, rules)
    if kind == "red" and not _noticed(case, rules.red_notice_days):
        return "list_notice", rules.source_of("red_notice_days")
    return None


def _black(case: Case, rules: Lists) -> tuple[str, str] | None:
    """Whether a black list entry has a legal basis, prior notice and an end."""
    listed = case.lists.get(case.values.get("list_id", ""))
    basis = case.role("legal_basis") or (listed.legal_basis if listed else "")
    if rules.require_legal_basis and not basis:
        return "list_basis", rules.source_of("require_legal_basis")
    if rules.black_notice_first and not _noticed(case, 0):
        return "list_notice", rules.source_of("black_notice_first")
    if rules.require_term and not (case.role("publish_until") or (listed and listed.term_months)):
        return "list_term", rules.source_of("require_term")
    return None


def _term(case: Case, profile: Profile) -> tuple[str, str] | None:
    """Question 5: is it within its term?"""
    end = _end(case, profile)
    if end is not None and case.day > end[0]:
        return "term_over", end[1]
    return None


def _came_off(case: Case, profile: Profile) -> tuple[str, str] | None:
    """Question 6: is it neither revoked nor repaired, nor known to be wrong?"""
    if case.role("status") == "1" or case.history.revoked:
        return "revoked", _withdrawal_source(case, profile)
    if case.history.repaired:
        return "repaired", _withdrawal_source(case, profile)
    if case.history.upheld:
        return "upheld", profile.objection.on(case.day).source
    return None


def _withdrawal_source(case: Case, profile: Profile) -> str:
    """The source of the rule that what was taken back must come off; empty if there is none."""
    clock = profile.clocks.withdrawal
    return clock.on(case.day).source_of("days") if clock else ""


def _objection(case: Case, profile: Profile) -> tuple[str, str] | None:
    """Question 7: is it shown while an objection against it is open?"""
    if not case.history.objection and case.role("status") != OBJECTED:
        return None
    rule = profile.objection.on(case.day)
    return ("objection", rule.source_of("while_open")) if rule.while_open == "hide" else None


QUESTIONS: tuple[Question, ...] = (_scope, _secret, _person, _list, _term, _came_off, _objection)


def last_day(case: Case, profile: Profile) -> date | None:
    """The last day on which a record is published; None if its kind has no term.

    Licences have no term. A penalty's runs from the decision by its severity under the rules of
    that time, shortened by an earlier date of the department's. A list entry's is the earlier of
    the department's date and the list's term, and it ends the day before the party leaves. A
    natural person's record ends with the profile's retention in any case. The day itself counts:
    what ends on it is off after midnight in the jurisdiction's time zone.
    """
    end = _end(case, profile)
    return end[0] if end else None


def earliest_repair(case: Case, profile: Profile) -> date | None:
    """The first day on which a penalty may come off because the party's credit was repaired.

    None where it is not published, or where no shortest term was stated on the day of its decision.
    """
    regime = profile.regime(case.decided) if case.record.name == "penalty" else None
    term = regime.term(regime.grade(case.role("severity"))) if regime else None
    if regime is None or term is None or not term.publish:
        return None
    months = max(term.min_months or 0, _special_months(case, regime))
    return add_months(case.decided, months) if months else None


End = tuple[date, str]
"""A last day and the source of the rule that sets it."""


def _end(case: Case, profile: Profile) -> End | None:
    """The earliest of a record's last days."""
    found = tuple(ends(case, profile))
    if len(found) > 1:
        return min(found, key=itemgetter(0))
    return found[0] if found else None


def ends(case: Case, profile: Profile) -> Iterator[End]:
    """Every last day that is set for a record."""
    if text := case.role("publish_until"):
        yield date.fromisoformat(text), "公示截止期 CF_GSJZQ"
    if case.record.name == "penalty":
        if penalty := _penalty_end(case, profile):
            yield penalty
    elif case.record.name == "list_entry":
        yield from _list_ends(case, profile)
    if case.is_person:
        persons = profile.persons.on(case.decided)
        if persons.retention_years:
            end = add_months(case.decided, 12 * persons.retention_years)
            yield end, persons.source_of("retention_years")


def _penalty_end(case: Case, profile: Profile) -> End | None:
    """The end by severity under the rules in force on the day of the decision."""
    regime = profile.regime(case.decided)
    if regime is None:
        return None
    months, source = regime.limit(case.role("severity"))
    if months == 0:
        return date.min, source
    return (add_months(case.decided, months), source) if months else None


def _special_months(case: Case, regime: Regime) -> int:
    """The shortest term of a field that a penalty's legal basis puts it in; 0 if none does."""
    if regime.special is None:
        return 0
    basis = case.values.get("legal_basis", "")
    return regime.special.min_months if any(law in basis for law in regime.special.laws) else 0


def _list_ends(case: Case, profile: Profile) -> Iterator[End]:
    """The end by the term of the list that an entry is on, and the day before the party leaves."""
    source = profile.lists.on(case.decided).source
    listed = case.lists.get(case.values.get("list_id", ""))
    if listed is not None and listed.term_months:
        yield add_months(case.decided, int(listed.term_months)), source
    if left := case.role("exit"):
        yield date.fromisoformat(left) - timedelta(days=1), source


def _noticed(case: Case, days: int) -> bool:
    """Whether notice was given so many calendar days before the decision."""
    notice = case.role("notice")
    return bool(notice) and (case.decided - date.fromisoformat(notice)).days >= days


def _is_minor(case: Case) -> bool:
    """Whether the party was under 18 on the day of the decision, by his identity number."""
    born = birth_date(case.values.get("person_id_no", ""))
    return born is not None and case.decided < add_months(born, 12 * ADULT_YEARS)


def _is_simplified(case: Case, persons: Persons) -> bool:
    """Whether a penalty says that it was imposed under the simplified procedure."""
    if case.record.name != "penalty":
        return False
    text = "\n".join(case.values.get(name, "") for name in _PROCEDURE)
    return any(word in text for word in persons.simplified_words)


def _person_rule(persons: Persons, record_type: str) -> str:
    """What the profile says of this record type about natural persons."""
    return str(getattr(persons, record_type))


@lru_cache(maxsize=100_000)
def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


class PublicForm(NamedTuple):
    """What leaves the register of one record.

    Attributes:
        values: every public field of the record type in schema order; None where blank.
        hits: how many pieces of personal data were taken out of the texts.
        masked: whether the party's name or any text was masked.
    """

    values: list[str | float | None]
    hits: int
    masked: bool


def public_form(
    record: RecordType,
    values: Mapping[str, str],
    persons: Persons,
    party: Mapping[str, str] | None = None,
) -> PublicForm:
    """The fields that may be seen, names of natural persons masked, texts cleaned.

    Args:
        party: the fields of the party, where they stand in the record that this one belongs to.
    """
    about = values if party is None else party
    is_person = about.get("party_kind") == PERSON
    places = _places(record.name)
    out: list[Any] = list(map(values.get, places.fields))
    for place in places.numbers:
        if text := out[place]:
            out[place] = float(text)
    if is_person:
        for place in places.masked:
            out[place] = out[place] and mask_name(out[place])
    hits = 0
    texts = [place for place in places.texts if out[place]]
    whole = "\n".join([out[place] for place in texts])
    names = kept_back(about, persons, whole)
    for place in texts:
        scanned = scan(out[place], names=names, addresses=is_person)
        if scanned.hits:
            out[place], hits = scanned.text, hits + sum(scanned.hits.values())
    return PublicForm(out, hits, is_person or hits > 0)


class _Places(NamedTuple):
    """The public fields of a record type, and which of them are not shown as they are."""

    fields: tuple[str, ...]
    numbers: tuple[int, ...]
    masked: tuple[int, ...]
    texts: tuple[int, ...]


@cache
def _places(name: str) -> _Places:
    """Where they are in the public form."""
    fields = record_type(name).public_fields
    return _Places(
        tuple(f.name for f in fields),
        tuple(n for n, f in enumerate(fields) if f.type == "number"),
        tuple(n for n, f in enumerate(fields) if f.disclosure == "masked"),
        tuple(n for n, f in enumerate(fields) if f.scan),
    )


def kept_back(values: Mapping[str, str], persons: Persons, text: str) -> dict[str, str]:
    """What is known of a party and may not stand in a text, with what stands there instead.

    Names of natural persons, and the party's internal numbers: those of passports and the like have
    no check by which a search could know them.

    Args:
        values: the fields of the party.
        text: what they are looked for in; what is surely not there is left out.
    """
    get, known = values.get, dict[str, str]()
    for name in internal_numbers():
        number = get(name, "")
        if len(number) >= _LONG and _may_hold(text, number):
            known[number] = MARK
    names = [get("legal_representative")] if persons.legal_representative == "internal" else []
    if get("party_kind") == PERSON:
        names.append(values["party_name"])
    for one in names:
        if one and _may_hold(text, one):
            known[one] = mask_name(one)
    return known


def _may_hold(text: str, known: str) -> bool:
    """Whether a text has a name's first character, or the last digits of a number."""
    if "\u3400" <= known[0] <= "\u9fff":
        return known[0] in text
    narrowed = narrow(text)
    return all(char in narrowed for char in known[-4:] if char.isdigit())


@cache
def internal_numbers() -> tuple[str, ...]:
    """The internal fields that hold numbers of a party."""
    fields = (f for record in public_types().values() for f in record.fields)
    inside = (f for f in fields if f.disclosure == "internal" and not f.codes)
    return tuple(dict.fromkeys(f.name for f in inside if f.unicode != "name"))
