"""Rows → values and findings: one streaming pass, everything compiled for the table beforehand."""

from collections.abc import Sequence
from datetime import date
from operator import call, itemgetter
from typing import NamedTuple

from publish.errors import UsageError
from publish.handin.clean import Notes, cleaner, getter
from publish.handin.edition import kind_rules
from publish.handin.findings import Problem, problem
from publish.handin.header import Layout
from publish.handin.offices import Offices
from publish.handin.rules import Setting, rules
from publish.handin.source import Source
from publish.handin.values import Reading
from publish.reference import Reference
from publish.schema import Field


class Checked(NamedTuple):
    """A row after all checks.

    Attributes:
        values: the fields that are not blank, as they are stored.
        problems: what was found.
        originals: cells that were put right by more than white space, as they were.
        department: the code of the department that decided; None if it is not known.
    """

    values: dict[str, str]
    problems: Sequence[Problem]
    originals: dict[str, str]
    department: str | None

    @property
    def rejected(self) -> bool:
        """Whether the row goes back."""
        return bool(self.problems) and any(found.severity == "error" for found in self.problems)


class Validator:
    """The checks of one table.

    Args:
        layout: the table; its rows are not touched.
        reference: departments and lists.
        received: the day the file came in.

    Raises:
        UsageError: if a constant or the department of the source is wrong.
    """

    def __init__(self, layout: Layout, reference: Reference, received: date) -> None:
        source, record = layout.source, layout.record
        self._width, self._notes = layout.width, Notes()
        self._offices = Offices(record, source, reference)
        fields = [f for f in record.fields if f.name in layout.positions]
        self._names = [f.name for f in fields]
        self._pick = itemgetter(*(layout.positions[name] for name in self._names))
        endless = "long_term" in record.rules
        self._getters = [
            getter(f, _reading(f, source, self._offices, endless=endless), self._notes)
            for f in fields
        ]
        self._constants = {n: _constant(record[n], source) for n in source.constants}
        absent, day = frozenset(source.absent), received.isoformat()
        setting = Setting(record, absent, reference.lists, day, self._notes.problems)
        self._rules = [*kind_rules(source, setting), *rules(setting)]

    def check(self, cells: Sequence[str]) -> Checked:
        """Cleans and checks one row."""
        if len(cells) != self._width:
            cells = self._fit(cells)
        cleaned = map(call, self._getters, self._pick(cells))
        values = {name: value for name, value in zip(self._names, cleaned, strict=False) if value}
        if self._constants:
            values = self._constants | values
        department = self._offices.settle(values, self._notes.problems)
        for rule in self._rules:
            rule(values)
        if self._notes.problems or self._notes.originals:
            return Checked(values, *self._notes.taken(), department)
        return Checked(values, (), {}, department)

    def _fit(self, cells: Sequence[str]) -> list[str]:
        """A row as wide as the header; only blank cells may be too many or too few."""
        width = self._width
        if any(map(str.strip, cells[width:])):
            self._notes.problems.append(problem("too_many_cells", cells=len(cells), columns=width))
        return [*cells[:width], *[""] * (width - len(cells))]


def _reading(where: Field, source: Source, offices: Offices, *, endless: bool) -> Reading:
    """How a source writes a field."""
    name = where.name
    return Reading(
        date_format=source.dates.get(name),
        yuan=name in source.units,
        codes=source.codes.get(name, {}),
        extract=source.parts.get(name),
        optional=name in offices.fillable,
        endless=endless and name == "valid_to",
    )


def _constant(where: Field, source: Source) -> str:
    """The stored value of a constant."""
    cleaned = cleaner(where)(source.constants[where.name])
    if cleaned.value is None:
        zh, en = ("".join(p.message(lang) for p in cleaned.problems) for lang in ("zh", "en"))
        raise UsageError(
            f"来源 {source.name} 的常量 {where.name} 有误：{zh}",
            f"The constant {where.name} of source {source.name} is wrong: {en}",
        )
    return cleaned.value
