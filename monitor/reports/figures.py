"""The figures of one period, as reports need them, read from tables of monitor.db."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from monitor.measures import INDICATORS
from monitor.tables import EDITION

ALL = "*"
Row = Mapping[str, Any]
"""A row of a table by column."""

_NUMERALS = "一二三四"
_PARTS = {"H1": "上半年", "H2": "下半年"}


class Span(NamedTuple):
    """A period and its days, ISO."""

    period: str
    first: str
    last: str


@dataclass(frozen=True)
class Figures:
    """One period's figures, from a release or from an edition.

    Attributes:
        db: the tables of monitor.db.
        period: the row of the table `period`.
        release: the release that the figures are from.
        edition: the edition that froze them; None while the period is not closed.
        past: the tables that hold other periods, to compare with.
    """

    db: sqlite3.Connection
    past: sqlite3.Connection
    period: Row
    release: Row
    edition: Row | None

    @property
    def name(self) -> str:
        """The period, such as 2026Q3."""
        return str(self.period["period"])

    @property
    def span(self) -> Span:
        """The period and its days."""
        return Span(**{name: self.period[name] for name in Span._fields})

    @cached_property
    def departments(self) -> Mapping[str, Row]:
        """Every department by its code."""
        return {r["code"]: r for r in self.rows("SELECT * FROM department ORDER BY code")}

    @cached_property
    def league(self) -> Sequence[Row]:
        """The league table: ranked first, then those with cases, then those without."""
        return self.rows(_LEAGUE, self.name)

    @cached_property
    def rankings(self) -> Sequence[Row]:
        """The ranks by each single indicator."""
        return self.rows(_RANKINGS, self.name)

    @cached_property
    def parts(self) -> Mapping[str, Sequence[Row]]:
        """What each department's score is made of."""
        sql = "SELECT * FROM score_part WHERE period = ? ORDER BY department, rowid"
        return group(self.rows(sql, self.name), "department")

    @cached_property
    def titles(self) -> Mapping[str, Row]:
        """What each indicator is called and means, in the order in which they are declared."""
        return {r["name"]: r for r in self.rows("SELECT * FROM indicator_name ORDER BY rowid")}

    @cached_property
    def indicators(self) -> Mapping[tuple[str, str], Mapping[str, Row]]:
        """(department, record type) to indicator to row."""
        found: dict[tuple[str, str], dict[str, Row]] = defaultdict(dict)
        for row in self.rows("SELECT * FROM indicator WHERE period = ?", self.name):
            found[row["department"], row["record_type"]][row["name"]] = row
        return found

    def figure(self, department: str, name: str, record_type: str = ALL) -> Row:
        """One indicator; numerator, denominator and value are None where there is none."""
        return self.indicators.get((department, record_type), {}).get(name, _NONE)

    def before(self, department: str, name: str) -> float | None:
        """An indicator's value in the period before; None if there is none."""
        return self._value(department, name, self.period["previous"])

    def year_ago(self, department: str, name: str) -> float | None:
        """An indicator's value in the same period a year ago; None if there is none."""
        year = self.name[:4]
        period = f"{int(year) - 1}{self.name[4:]}" if year.isdigit() else None
        return self._value(department, name, period)

    def _value(self, department: str, name: str, period: str | None) -> float | None:
        """An indicator's value in another period."""
        found = query(self.past, _VALUE, department, name, period, ALL)
        return found[0]["value"] if found else None

    def title(self, name: str) -> tuple[str, str]:
        """What an indicator is called in Chinese and English."""
        if name in self.titles:
            return self.titles[name]["title_zh"], self.titles[name]["title_en"]
        known = INDICATORS.get(name)
        return (known.zh, known.en) if known else (name, name)

    def called(self, department: str) -> str:
        """A department's name in Chinese."""
        known = self.departments.get(department)
        return str(known["name_zh"]) if known else department

    def rows(self, sql: str, *values: object) -> list[Row]:
        """The rows of a query, by column."""
        return query(self.db, sql, *values)


_NONE: Row = {"numerator": None, "denominator": None, "value": None}

_LEAGUE = """
SELECT * FROM league WHERE period = ?
ORDER BY ranked DESC, rank, coalesce(due, 0) = 0, department
"""
_VALUE = """
SELECT value FROM indicator
WHERE department = ? AND name = ? AND period = ? AND record_type = ?
"""
_RANKINGS = """
SELECT * FROM ranking WHERE period = ? ORDER BY name, rank IS NULL, rank, department
"""


def figures_of(db: sqlite3.Connection, period: str) -> Figures | None:
    """The figures of a period in a release; None if there are none.

    Args:
        db: the tables of monitor.db.
        period: such as 2026Q3.
    """
    return _figures(db, db, period, None)


def closed_figures(
    db: sqlite3.Connection, past: sqlite3.Connection, edition: Row
) -> Figures | None:
    """The figures of an edition; None if it holds none.

    Args:
        db: the edition's tables.
        past: the tables of a release, for other periods.
        edition: its row of the table `edition`.
    """
    return _figures(db, past, edition["period"], edition)


def _figures(
    db: sqlite3.Connection, past: sqlite3.Connection, period: str, edition: Row | None
) -> Figures | None:
    """The figures of a period with the release that they are from."""
    spans = query(db, "SELECT * FROM period WHERE period = ?", period)
    releases = query(db, 'SELECT * FROM "release"')
    return Figures(db, past, spans[0], releases[0], edition) if spans and releases else None


def edition_of(db: sqlite3.Connection, period: str, number: int | None = None) -> Row | None:
    """An edition of a period, the last one unless it is asked for by number; None if none is."""
    sql = f"SELECT * FROM {EDITION.name} WHERE period = ? ORDER BY number DESC"
    return next((e for e in query(db, sql, period) if number in {None, e["number"]}), None)


def query(db: sqlite3.Connection, sql: str, *values: object) -> list[Row]:
    """The rows of a query, by column."""
    cursor = db.cursor()
    cursor.row_factory = sqlite3.Row
    return [dict(row) for row in cursor.execute(sql, values)]


def group(rows: Iterable[Row], key: str) -> Mapping[str, list[Row]]:
    """Rows by the value of one column, in order."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found


def period_zh(period: str) -> str:
    """A period as an official document names it, such as 2026年第三季度."""
    year, part = period[:4], period[4:].lstrip("-")
    if not year.isdigit():
        return "近12个月"
    if part.startswith("Q"):
        return f"{year}年第{_NUMERALS[int(part[1]) - 1]}季度"
    return f"{year}年{_PARTS.get(part) or (f'{int(part)}月' if part else '')}"


def day_zh(iso: str) -> str:
    """A day as an official document writes it, such as 2026年9月30日 (GB/T 9704)."""
    year, month, day = iso[:10].split("-")
    return f"{year}年{int(month)}月{int(day)}日"
