"""What a restatement moved, and why: each figure that differs, led back to the rows that differ.

Three things can move a figure of a period that is over. Data: rows came, went or were corrected.
Calendar: the same duty has another deadline on another version of the calendar. Method: the rules
or the software judge or weigh the same data in another way.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import isclose
from pathlib import Path
from typing import Any, NamedTuple, Self

from monitor.editions import Edition, marks, measures, rows, where
from monitor.measures import INDICATORS, Measure
from monitor.periods import Period
from monitor.tables import DUTY, INDICATOR, LEAGUE, SCORE_PART, Table

DATA, CALENDAR, METHOD = "data", "calendar", "method"
Row = Mapping[str, Any]
Key = tuple[Any, ...]
Cell = tuple[str, str, str]
"""Department, record type, indicator."""

ALL = "*"
_OF_SCORE = ("score", "deduction", "grade")
_RANKS = ("rank", "peer_rank")
_STANDING = (*_OF_SCORE, *_RANKS, "ranked", "peers", "silent")
"""What a restatement tells of the league table; its other columns follow from these."""

_BY_RULE = ("days_allowed", "decides")
_BY_CALENDAR = ("due_date", "extended_to", "excluded_days")
_OF_DATA = ("department", "record_type", "start_date", "received", "department_published")


class Move(NamedTuple):
    """A row of the table `edition_move` without the edition.

    Attributes:
        before: the figure of the edition before; of a grade or group `before_text` instead.
    """

    department: str
    record_type: str
    name: str
    before: float | None
    after: float | None
    before_text: str | None
    after_text: str | None
    why: str


@dataclass(frozen=True)
class Side:
    """One of two editions of a period.

    Attributes:
        folder: the edition's files.
        database: monitor.db as a release of its moment holds it, with the rows of all periods.
        rules: its rules for the league table.
    """

    edition: Edition
    folder: Path
    database: Path
    rules: object

    def table(self, table: Table) -> Iterator[Row]:
        """The rows of a table of the edition."""
        yield from (dict(zip(table.columns, row, strict=True)) for row in rows(self.folder, table))


class Moves:
    """The figures that differ between two editions of a period.

    Args:
        touched: the records about which the register learnt anything between the two moments.
    """

    def __init__(self, before: Side, after: Side, touched: Collection[str]) -> None:
        self._before, self._after, self._touched = before, after, touched
        one = after.edition
        self._span = Period(one.period, one.kind, one.first, one.last, 1, None)

    def __iter__(self) -> Iterator[Move]:
        """All of them, by department, record type and name."""
        yield from sorted([*self._figures, *self._standings()], key=lambda move: move[:3])

    @cached_property
    def _figures(self) -> list[Move]:
        """The indicators that differ."""
        old, new = (
            {(r["department"], r["record_type"], r["name"]): r for r in side.table(INDICATOR)}
            for side in (self._before, self._after)
        )
        return [
            Move(*cell[:2], name, before, after, None, None, _joined(self._causes_of(cell)))
            for cell in sorted(old.keys() | new.keys())
            for name, before, after in _differences(cell[2], old.get(cell, {}), new.get(cell, {}))
        ]

    def _causes_of(self, cell: Cell) -> set[str]:
        """Why an indicator moved; where no row of it differs, what else does."""
        return self._causes[cell] or {self._otherwise}

    @cached_property
    def _causes(self) -> Mapping[Cell, set[str]]:
        """Why the rows behind each indicator differ."""
        found = defaultdict[Cell, set[str]](set)
        with _Both(self._before.database, self._after.database) as both:
            for name in INDICATORS:
                for measure in measures(name):
                    for key, department, record_type in both.differing(name, measure, self._span):
                        why = self._why(measure.table, both.pair(measure.table, key))
                        for one, other in product((department, ALL), (record_type, ALL)):
                            found[one, other, name] |= why
        return found

    def _why(self, table: Table, pair: tuple[Row | None, Row | None]) -> set[str]:
        """Why a row differs between the two moments."""
        old, new = pair
        if table is not DUTY:
            return {DATA}
        if old is None or new is None:
            known = (old or new or {})["record_id"] in self._touched
            return {METHOD} if self._judged_otherwise and not known else {DATA}
        return set(self._why_judged(old, new)) or {self._otherwise}

    def _why_judged(self, old: Row, new: Row) -> Iterator[str]:
        """Why a duty is judged in another way."""
        same_rule = all(old[name] == new[name] for name in _BY_RULE)
        same_day = all(old[name] == new[name] for name in _BY_CALENDAR)
        same_data = all(old[name] == new[name] for name in _OF_DATA)
        same_done = old["decides"] != new["decides"] or old["done_date"] == new["done_date"]
        if not (same_data and same_done):
            yield DATA
        if not same_rule:
            yield METHOD if self._judged_otherwise else DATA
        elif not same_day and old["start_date"] == new["start_date"]:
            yield DATA if old["calendar_version"] == new["calendar_version"] else CALENDAR

    def _standings(self) -> Iterator[Move]:
        """What differs of the league table."""
        old, new = (
            {row["department"]: row for row in side.table(LEAGUE)}
            for side in (self._before, self._after)
        )
        for code in sorted(old.keys() | new.keys()):
            before, after = old.get(code, {}), new.get(code, {})
            for name in _STANDING:
                if not _same(before.get(name), after.get(name)):
                    yield _standing(
                        code, name, before, after, _joined(self._why_stands(code, name))
                    )

    def _why_stands(self, code: str, name: str) -> set[str]:
        """Why a department's score, or its place among all, moved."""
        among = self._parts if name in (*_OF_SCORE, *_RANKS) else INDICATORS.keys()
        found: set[str] = set()
        for move in self._figures:
            own = name in _RANKS or move.department == code
            if own and move.record_type == ALL and move.name.partition(".")[0] in among:
                found.update(move.why.split("+"))
        if self._before.rules != self._after.rules:
            found.add(METHOD)
        return found or {self._otherwise}

    @cached_property
    def _parts(self) -> set[str]:
        """The indicators that the scores are made of, by either edition."""
        told = (
            row["name"] for side in (self._before, self._after) for row in side.table(SCORE_PART)
        )
        return {*told, "timeliness_rate", "omission_rate"}

    @property
    def _judged_otherwise(self) -> bool:
        """Whether rules or software differ."""
        old, new = self._before.edition, self._after.edition
        return (old.profile.sha256, old.software) != (new.profile.sha256, new.software)

    @property
    def _otherwise(self) -> str:
        """What is left to explain what no row explains."""
        if self._judged_otherwise:
            return METHOD
        old, new = self._before.edition, self._after.edition
        return DATA if old.calendar.sha256 == new.calendar.sha256 else CALENDAR


class _Both:
    """The tables of monitor.db at both moments."""

    def __init__(self, before: Path, after: Path) -> None:
        self._db = sqlite3.connect(":memory:")
        for name, path in (("old", before), ("new", after)):
            self._db.execute(f"ATTACH ? AS {name}", (str(path),))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def differing(
        self, name: str, measure: Measure, span: Period
    ) -> Iterator[tuple[Key, str, str]]:
        """The rows that a measure counts at one moment only, or as something else.

        Yields:
            A row's key, its department and its record type.
        """
        table, width = measure.table, len(measure.table.key)
        sorted_by = filter(None, [INDICATORS[name].sorted_by])
        columns = [*table.key, "department", "record_type", *measure.total, *sorted_by]
        selects = [
            f'SELECT {", ".join(columns)} FROM {moment}."{table.name}" WHERE {where(measure)}'
            for moment in ("old", "new")
        ]
        for one, other in (selects, reversed(selects)):
            for row in self._db.execute(f"{one} EXCEPT {other}", marks(span)):
                yield row[:width], row[width], row[width + 1]

    def pair(self, table: Table, key: Key) -> tuple[Row | None, Row | None]:
        """A row at both moments; None where it was not there."""
        return self._row("old", table, key), self._row("new", table, key)

    def _row(self, moment: str, table: Table, key: Key) -> Row | None:
        """A row at one moment."""
        same = " AND ".join(f"{name} = ?" for name in table.key)
        row = self._db.execute(
            f'SELECT * FROM {moment}."{table.name}" WHERE {same}', key
        ).fetchone()
        return dict(zip(table.columns, row, strict=True)) if row else None


def _differences(name: str, old: Row, new: Row) -> Iterator[tuple[str, float | None, float | None]]:
    """What differs of an indicator: its value, or else what is above or below the line."""
    before, after = _value(name, old), _value(name, new)
    if not _same(before, after):
        yield name, before, after
        return
    for part in ("numerator", "denominator"):
        before, after = old.get(part) or 0.0, new.get(part) or 0.0
        if not _same(before, after):
            yield f"{name}.{part}", before, after


def _value(name: str, row: Row) -> float | None:
    """An indicator's value; of a count that has no row it is zero."""
    value: float | None = row.get("value")
    indicator = INDICATORS.get(name)
    return value or 0.0 if indicator and indicator.kind == "count" else value


def _standing(code: str, name: str, old: Row, new: Row, why: str) -> Move:
    """A move in the league table."""
    figures = old.get(name), new.get(name)
    nothing = None, None
    is_text = LEAGUE.columns[name][0] == "TEXT"
    return Move._make(
        (code, ALL, name, *(nothing + figures if is_text else figures + nothing), why)
    )


def _same(one: object, other: object) -> bool:
    """Whether two figures are equal but for the last digit that a computer keeps."""
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return one == other


def _joined(causes: Iterable[str]) -> str:
    """Causes as the table tells them."""
    return "+".join(sorted(causes))
