"""All figures that pages show, read once from a release's two databases."""

import sqlite3
from collections import Counter, defaultdict, namedtuple
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from monitor.clocks import SETTLED
from monitor.periods import ROLLING
from publish.pages.evidence import ALL
from publish.schema import RecordType

NEWEST = 10
OVERDUE_SHOWN = 50
BATCHES_SHOWN = 20
Row = Any
"""A row of a query, its columns as attributes."""


@dataclass(frozen=True)
class Month:
    """A month of a department's or the city's trend.

    Attributes:
        counts: duties whose deadline falls in the month, by status.
        league: the month's row in the league table; None for the city or without cases.
    """

    period: Row
    counts: Mapping[str, int]
    league: Row | None

    @property
    def due(self) -> int:
        """Decisions whose deadline is final and falls in the month."""
        return sum(self.counts.get(status, 0) for status in SETTLED)

    @property
    def rate(self) -> float | None:
        """The timeliness rate; None without cases."""
        return self.counts.get("on_time", 0) / self.due if self.due else None

    @property
    def label(self) -> str:
        """The month, such as 2026-09."""
        return str(self.period.period)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The ends of the rate's interval, where the league table has them."""
        if self.league is None or self.league.low is None:
            return None
        return self.league.low, self.league.high


@dataclass(frozen=True)
class Figures:
    """The figures of one release.

    Attributes:
        indicators: (department, record type, period) to indicator name to row.
        league: period to its rows, ranked first.
        duties: (department, record type, month) to status to how many.
        histograms: department to (working days used, duties) of the last twelve months.
        overdue: department to its newest overdue duties.
        public: ids of those overdue duties' records that can be looked up.
    """

    departments: Mapping[str, Row]
    periods: Mapping[str, Row]
    indicators: Mapping[tuple[str, str, str], Mapping[str, Row]]
    league: Mapping[str, Sequence[Row]]
    duties: Mapping[tuple[str, str, str], Mapping[str, int]]
    histograms: Mapping[str, Sequence[tuple[int, int]]]
    overdue: Mapping[str, Sequence[Row]]
    public: frozenset[str]
    submissions: Mapping[str, Sequence[Row]]
    findings: Mapping[str, Sequence[Row]]
    withheld: Mapping[str, Sequence[Row]]
    batches: Mapping[str, Sequence[Row]]
    newest: Sequence[Row]
    lists: Mapping[str, Row]
    calendar: Sequence[Row]
    release: Row

    @cached_property
    def headline(self) -> Row | None:
        """The newest complete quarter, or failing that period, that has figures."""
        complete = [p for p in self.periods.values() if p.complete and p.period in self.league]
        quarters = [p for p in complete if p.kind == "quarter"]
        return max(quarters or complete, key=lambda p: (p.last, p.first), default=None)

    @cached_property
    def months(self) -> Sequence[Row]:
        """The complete months, oldest first."""
        return [p for p in self.periods.values() if p.kind == "month" and p.complete]

    @cached_property
    def standings(self) -> Mapping[tuple[str, str], Row]:
        """(period, department) to its row in the league table."""
        return {(r.period, r.department): r for rows in self.league.values() for r in rows}

    @cached_property
    def statuses(self) -> Mapping[str, Mapping[str, Counter[str]]]:
        """Department to record type to how many duties have which status now."""
        out: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        for (department, record_type, _month), counts in self.duties.items():
            for key in (department, ALL):
                out[key][record_type].update(counts)
        return out

    @cached_property
    def overdue_now(self) -> Mapping[str, int]:
        """Department to how many of its duties are overdue."""
        return {
            department: sum(counts["overdue"] for counts in types.values())
            for department, types in self.statuses.items()
        }

    @cached_property
    def _by_month(self) -> Mapping[tuple[str, str], Counter[str]]:
        """(department, month) to how many duties have which status."""
        out: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for (department, _record_type, month), counts in self.duties.items():
            for key in (department, ALL):
                out[key, month].update(counts)
        return out

    def trend(self, department: str) -> list[Month]:
        """The complete months of a department or the city, from its first case on."""
        months = [
            Month(
                period,
                self._by_month.get((department, period.period), {}),
                self.standings.get((period.period, department)),
            )
            for period in self.months
        ]
        first = next((i for i, m in enumerate(months) if m.due), len(months))
        return months[first:]

    def unpublished(self, department: str, span: Row) -> int:
        """Duties of whole months that are overdue now."""
        months = (m for m in self.periods.values() if m.kind == "month")
        within = (m.period for m in months if span.first <= m.first and m.last <= span.last)
        return sum(self._by_month.get((department, m), Counter())["overdue"] for m in within)

    def values(self, department: str, period: Row, record_type: str = ALL) -> Mapping[str, Row]:
        """The indicators of a department or the city in a period, by name."""
        return self.indicators.get((department, record_type, period.period), {})


def read_figures(
    monitor: sqlite3.Connection, credit: sqlite3.Connection, types: Mapping[str, RecordType]
) -> Figures:
    """Reads everything that the pages show, in a fixed number of queries."""
    overdue = _rows(monitor, _OVERDUE, OVERDUE_SHOWN)
    return Figures(
        departments={d.code: d for d in _rows(monitor, "SELECT * FROM department ORDER BY code")},
        periods={p.period: p for p in _rows(monitor, "SELECT * FROM period ORDER BY first, last")},
        indicators=_indicators(monitor),
        league=_group(_rows(monitor, _LEAGUE), "period"),
        duties=_duties(monitor),
        histograms=_histograms(monitor),
        overdue=_group(overdue, "department"),
        public=_public(credit, overdue, types),
        submissions=_group(_rows(monitor, _SUBMISSIONS), "department"),
        findings=_group(_rows(monitor, _FINDINGS), "department"),
        withheld=_group(_rows(monitor, _WITHHELD), "department"),
        batches=_group(_rows(credit, _BATCHES, BATCHES_SHOWN), "department"),
        newest=_newest(credit, types),
        lists={r.list_id: r for r in _rows(credit, "SELECT * FROM credit_list")},
        calendar=_rows(monitor, "SELECT * FROM calendar ORDER BY date"),
        release=_rows(monitor, 'SELECT * FROM "release"')[0],
    )


def filled(credit: sqlite3.Connection, record_type: RecordType) -> tuple[int, Mapping[str, int]]:
    """How many public records of a type there are, and in how many each field is filled."""
    names = [f.name for f in record_type.public_fields]
    counts = ", ".join(f"count(nullif(\"{name}\", ''))" for name in names)
    total, *each = credit.execute(f'SELECT count(*), {counts} FROM "{record_type.name}"').fetchone()
    return total, dict(zip(names, each, strict=True))


_LEAGUE = """
SELECT league.* FROM league JOIN department ON department.code = league.department
ORDER BY period, ranked DESC, rank, department
"""
_OVERDUE = """
SELECT * FROM (
    SELECT duty_id, record_id, department, record_type, start_date, due_date,
        row_number() OVER (PARTITION BY department ORDER BY due_date DESC, duty_id) AS place
    FROM duty WHERE status = 'overdue' AND clock = 'disclosure'
) WHERE place <= ? ORDER BY department, place
"""
_SUBMISSIONS = """
SELECT department, substr(day, 1, 7) AS month, sum(submitted) AS submitted,
    sum(accepted) AS accepted, sum(rejected) AS rejected
FROM submission WHERE department <> '*' AND record_type <> '*' GROUP BY 1, 2 ORDER BY 1, 2 DESC
"""
_FINDINGS = """
SELECT department, code, severity, title_zh, title_en, sum("rows") AS amount
FROM finding WHERE department <> '*' AND record_type <> '*'
GROUP BY department, code, severity, title_zh, title_en
ORDER BY department, severity, amount DESC, code
"""
_WITHHELD = """
SELECT department, reason, sum(records) AS amount FROM withheld
WHERE department <> '*' AND record_type <> '*'
GROUP BY department, reason ORDER BY department, amount DESC, reason
"""
_BATCHES = """
SELECT * FROM (
    SELECT batch.*, row_number() OVER (PARTITION BY department ORDER BY received DESC, batch_id)
        AS place
    FROM batch
) WHERE place <= ? ORDER BY department, place
"""


def _rows(db: sqlite3.Connection, sql: str, *values: int) -> list[Row]:
    """The rows of a query as named tuples."""
    cursor = db.cursor()
    cursor.row_factory = None
    cursor.execute(sql, values)
    make = _tuple(tuple(column[0] for column in cursor.description))
    return [make(*row) for row in cursor]


@cache
def _tuple(columns: tuple[str, ...]) -> type[Row]:
    """The named tuple of a query's columns."""
    return namedtuple("Row", columns)


def _group(rows: Iterable[Row], key: str) -> Mapping[str, list[Row]]:
    """Rows by the value of one column, in order."""
    out: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        out[getattr(row, key)].append(row)
    return out


def _indicators(db: sqlite3.Connection) -> dict[tuple[str, str, str], dict[str, Row]]:
    """All indicators by department, record type and period, then by name."""
    out: dict[tuple[str, str, str], dict[str, Row]] = defaultdict(dict)
    for row in _rows(db, "SELECT * FROM indicator"):
        out[row.department, row.record_type, row.period][row.name] = row
    return out


def _duties(db: sqlite3.Connection) -> dict[tuple[str, str, str], dict[str, int]]:
    """Disclosure duties counted by department, record type, month of the deadline and status."""
    out: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    counted = db.execute(
        "SELECT department, record_type, substr(due_date, 1, 7), status, count(*) FROM duty "
        "WHERE clock = 'disclosure' GROUP BY 1, 2, 3, 4"
    )
    for department, record_type, month, status, amount in counted:
        out[department, record_type, month][status] = amount
    return out


def _histograms(db: sqlite3.Connection) -> dict[str, list[tuple[int, int]]]:
    """The distribution of working days used in the last twelve months, by department."""
    out: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for department, days, duties in db.execute(
        "SELECT department, days, duties FROM histogram WHERE record_type = ? AND period = ? "
        "ORDER BY department, days",
        (ALL, ROLLING),
    ):
        out[department].append((days, duties))
    return out


def _public(
    credit: sqlite3.Connection, overdue: Iterable[Row], types: Mapping[str, RecordType]
) -> frozenset[str]:
    """Which records of those duties are public."""
    found: set[str] = set()
    for name, rows in _group(overdue, "record_type").items():
        if name in types:
            ids = [row.record_id for row in rows]
            marks = ",".join("?" * len(ids))
            sql = f'SELECT record_id FROM "{name}" WHERE record_id IN ({marks})'
            found |= {record_id for (record_id,) in credit.execute(sql, ids)}
    return frozenset(found)


def _newest(credit: sqlite3.Connection, types: Mapping[str, RecordType]) -> list[Row]:
    """The records published last."""
    rows = [row for one in types.values() for row in _rows(credit, _newest_of(one), NEWEST)]
    rows.sort(key=lambda r: (r.portal_published, r.decided, r.record_id), reverse=True)
    return rows[:NEWEST]


def _newest_of(record_type: RecordType) -> str:
    """The query for the newest records of a type."""
    roles = record_type.roles
    return (
        f"SELECT '{record_type.name}' AS type, record_id, department, party_name, "
        f'"{roles["headline"]}" AS headline, "{roles["document"][-1]}" AS document, '
        f'"{roles["decided"]}" AS decided, '
        f'portal_published, publish_status FROM "{record_type.name}" '
        f'ORDER BY portal_published DESC, "{roles["decided"]}" DESC, record_id DESC LIMIT ?'
    )
