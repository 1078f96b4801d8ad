"""A profile as one table: every figure with its source, and how two profiles differ."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from pydantic import BaseModel

from publish.inherit import leaves
from publish.profile import Dated, DatedRule, Profile, Rule

_UNITS = {
    "min_months": "months",
    "max_months": "months",
    "retention_years": "years",
    "red_notice_days": "days",
    "minimum_cases": "cases",
    "volumes": "cases",
    "least": "cases",
    "aim": "share",
    "full_at": "share",
    "weight": "points",
    "points": "points",
    "at_least": "points",
    "each": "points",
    "most": "points",
    "month": "day_of_month",
    "quarter": "day_of_month",
    "half": "day_of_month",
    "year": "day_of_month",
    "late_over": "share",
    "compliance_under": "share",
}
_WORDS = frozenset({"laws", "simplified_words", "departments", "en"})


class Figure(NamedTuple):
    """One figure of a profile: a row of its rule table.

    Attributes:
        rule: the rule's place in the profile, such as ``clocks.disclosure``.
        valid_from: from when on this version of the rule holds; None: from the beginning.
        name: the figure's name within the rule, such as ``days.licence``; in a list of tables with
            what the table is about, such as ``grades.优秀.at_least``; empty for a rule that states
            none.
        value: as the profile types it; None for a rule that states none.
        source: the document and article; empty for a default of this program.
        profile: the profile that states it; empty for a default of this program.
    """

    rule: str
    valid_from: date | None
    name: str
    value: object
    source: str
    profile: str

    @property
    def unit(self) -> str:
        """What the value is: a kind of number, ``yes_no``, a ``code`` or ``words``."""
        last = self.name.rpartition(".")[2]
        if isinstance(self.value, bool):
            return "yes_no"
        if self.values and all(isinstance(value, (int, float)) for value in self.values):
            return _UNITS.get(last, "working_days")
        return "words" if last in _WORDS else "code"

    @property
    def values(self) -> tuple[object, ...]:
        """The value, or each of several."""
        return self.value if isinstance(self.value, tuple) else (self.value,)


class Difference(NamedTuple):
    """A figure that two profiles do not share; None where one does not have it."""

    one: Figure | None
    other: Figure | None


def figures(profile: Profile) -> Iterator[Figure]:
    """Every figure in the order of the profile, the versions of a rule from the oldest on."""
    for place, rule in rules(profile):
        yield from _of_rule(place, rule)


def rules(profile: Profile) -> Iterator[tuple[str, Rule]]:
    """Every rule in each of its versions, with its place."""
    yield from _rules(profile, "")


def differences(one: Profile, other: Profile) -> Iterator[Difference]:
    """The figures that differ, with both sources; a rule's versions are compared by their days."""
    ours, theirs = _by_key(one), _by_key(other)
    for key in ours | theirs:
        mine, yours = ours.get(key), theirs.get(key)
        if mine is None or yours is None or mine.value != yours.value:
            yield Difference(mine, yours)


def _rules(model: BaseModel, before: str) -> Iterator[tuple[str, Rule]]:
    """The rules of a part of a profile."""
    for name, value in model:
        if isinstance(value, Dated):
            yield from ((f"{before}{name}", rule) for rule in value.root)
        elif isinstance(value, Rule):
            yield f"{before}{name}", value
        elif isinstance(value, BaseModel):
            yield from _rules(value, f"{before}{name}.")


def _of_rule(place: str, rule: Rule) -> Iterator[Figure]:
    """The figures of one version of a rule; its source alone goes before, if it states none."""
    begins = rule.valid_from if isinstance(rule, DatedRule) else None
    stated = dict(_stated(rule))
    if not stated.keys() & rule.origins.keys():
        stated = {"": None} | stated
    for name, value in stated.items():
        origin = rule.origins.get(name) or rule.origins.get(name.partition(".")[0])
        source, profile = (origin.source, origin.profile) if origin else ("", "")
        yield Figure(place, begins, name, value, source, profile)


def _stated(rule: Rule) -> Iterator[tuple[str, object]]:
    """What a rule says, defaults of the program included; what is left open is left out."""
    held = rule.model_dump(exclude={"source", "valid_from", "origins"})
    for name, value in leaves(held):
        whole = "." not in name and value not in (None, ())
        tables = getattr(rule, name, None)
        if isinstance(tables, tuple) and tables and isinstance(tables[0], BaseModel):
            yield from _listed(name, tables)
        elif name in rule.origins or whole:
            yield name, value


def _listed(name: str, tables: Iterable[BaseModel]) -> Iterator[tuple[str, object]]:
    """What the tables of a list state, each named by its first figure."""
    for table in tables:
        (_, about), *stated = ((key, getattr(table, key)) for key in _set(table))
        for key, value in stated:
            if isinstance(value, tuple):
                yield from _listed(f"{name}.{about}.{key}", value)
            else:
                yield f"{name}.{about}.{key}", value


def _set(table: BaseModel) -> list[str]:
    """The figures that a table states, in their order."""
    return [key for key in type(table).model_fields if key in table.model_fields_set]


def _by_key(profile: Profile) -> dict[tuple[str, date | None, str], Figure]:
    """The figures by what is compared."""
    return {(f.rule, f.valid_from, f.name): f for f in figures(profile) if f.name}
