"""Why a record is published or withheld: each question with its answer and what decided it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from publish.disclose.disclose import QUESTIONS, Case, kept_back
from publish.disclose.hit import Kind
from publish.disclose.scan import scan
from publish.profile import Persons, Profile, Rule
from publish.schema import PERSON, RecordType


class Figure(NamedTuple):
    """A figure of the profile: its key there, what it says, and the document that says so."""

    key: str
    value: object
    source: str


Figures = Callable[[Case, Profile], Iterator[Figure]]


@dataclass(frozen=True)
class Answer:
    """One question with its answer.

    Attributes:
        number: from 1, in the order in which they are asked.
        zh: the question in Chinese; yes publishes.
        en: the question in English.
        reason: why it withholds the record, a key of `REASONS`; None if it does not.
        rule: the source of the rule that withholds it; None if none does.
        values: the fields that were looked at, with what stood there; blank where nothing did.
        figures: what the profile says about it.
    """

    number: int
    zh: str
    en: str
    reason: str | None
    rule: str | None
    values: Mapping[str, str]
    figures: tuple[Figure, ...]


def explain(case: Case, profile: Profile) -> list[Answer]:
    """Asks every question, also after the first that withholds.

    The first answer with a reason is what `publish.disclose.disclose.decide` says.
    """
    asked = zip(QUESTIONS, _WORDS, strict=True)
    answers = list[Answer]()
    for number, (question, (zh, en, figures)) in enumerate(asked, start=1):
        noting = _Noting(case.values)
        reason, rule = question(replace(case, values=noting), profile) or (None, None)
        said = tuple(figures(case, profile))
        answers.append(Answer(number, zh, en, reason, rule, noting.looked_at, said))
    return answers


class _Noting(Mapping[str, str]):
    """The fields of a record, with a note of each that was looked at."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.looked_at: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        self.looked_at[name] = self._values.get(name, "")
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _nothing(_case: Case, _profile: Profile) -> Iterator[Figure]:
    """What does not depend on the profile: scope and secrecy."""
    yield from ()


def _of_persons(case: Case, profile: Profile) -> Iterator[Figure]:
    """What is said of natural persons, where the party is one."""
    if case.is_person:
        simplified = ("simplified_penalty",) if case.record.name == "penalty" else ()
        rule = profile.persons.on(case.decided)
        yield from _figures("persons", rule, case.record.name, *simplified)


def _of_lists(case: Case, profile: Profile) -> Iterator[Figure]:
    """What a list of that colour needs."""
    needs = {
        "black": ("require_legal_basis", "black_notice_first", "require_term"),
        "red": ("red_notice_days",),
    }.get(case.role("list_kind"), ())
    yield from _figures("lists", profile.lists.on(case.decided), *needs)


def _of_terms(case: Case, profile: Profile) -> Iterator[Figure]:
    """How long a penalty of that severity is shown, and how long anything about a person."""
    regime = profile.regime(case.decided) if case.record.name == "penalty" else None
    if regime:
        grade = regime.grade(case.role("severity"))
        term = regime.term(grade)
        for name, value in (term.model_dump() if term else {}).items():
            key = f"{grade}.{name}"
            yield Figure(f"terms.{key}", value, regime.source_of(key))
    if case.is_person:
        yield from _figures("persons", profile.persons.on(case.decided), "retention_years")


def _of_withdrawal(case: Case, profile: Profile) -> Iterator[Figure]:
    """Within how many working days what comes off must be off."""
    if clock := profile.clocks.withdrawal:
        yield from _figures("clocks.withdrawal", clock.on(case.day), "days")


def _of_objection(case: Case, profile: Profile) -> Iterator[Figure]:
    """What an open objection does."""
    yield from _figures("objection", profile.objection.on(case.day), "while_open")


def _figures(key: str, rule: Rule, *names: str) -> Iterator[Figure]:
    """Some figures of a rule."""
    for name in names:
        yield Figure(f"{key}.{name}", getattr(rule, name), rule.source_of(name))


_WORDS: tuple[tuple[str, str, Figures], ...] = (
    ("使用范围是否为向社会公开？", "Is it meant for the public?", _nothing),
    ("部门是否未注明依法不予公开？", "Does its department name no law against it?", _nothing),
    ("相对人的这类信息是否可以公开？", "May this be shown of such a party?", _of_persons),
    ("列入名单是否有依据、期限并已告知？", "Has a list entry basis, notice and end?", _of_lists),
    ("是否仍在公示期内？", "Is it within its term?", _of_terms),
    ("是否未被撤销、修复或认定有误？", "Is it not revoked, repaired or wrong?", _of_withdrawal),
    ("有异议时是否仍然公示？", "Is it shown while objected to?", _of_objection),
)
"""Each question of `QUESTIONS` in Chinese and English, and the figures that it turns on."""


class Hidden(NamedTuple):
    """What the public form hides of a field.

    Attributes:
        field: its name.
        hits: how often each kind of personal data was found in it; empty where the field is the
            party's name, which is masked itself.
    """

    field: str
    hits: Mapping[Kind, int]


def hidden(
    record: RecordType,
    values: Mapping[str, str],
    persons: Persons,
    party: Mapping[str, str] | None = None,
) -> list[Hidden]:
    """What `publish.disclose.disclose.public_form`, asked the same, hides of public fields."""
    about = values if party is None else party
    is_person = about.get("party_kind") == PERSON
    found = list[Hidden]()
    for field in record.public_fields:
        text = values.get(field.name)
        if text and field.disclosure == "masked" and is_person:
            found.append(Hidden(field.name, {}))
        elif text and field.scan:
            names = kept_back(about, persons, text)
            hits = scan(text, names=names, addresses=is_person).hits
            found += [Hidden(field.name, hits)] if hits else []
    return found
