"""All figures that pages show, and what follows from them."""

from collections import Counter, defaultdict, namedtuple
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from operator import attrgetter
from typing import Any

from monitor.clocks import SETTLED
from monitor.evidence import ALL

Row = Any
"""A row of a query, its columns as attributes."""


def only(row: Row, *columns: str) -> Row:
    """Some columns of a row, two or more: a page given no more stays as it is if others change."""
    return row_type(columns)._make(attrgetter(*columns)(row))


@cache
def row_type(columns: tuple[str, ...]) -> type[Row]:
    """The named tuple of a query's columns."""
    return namedtuple("Row", columns)


@dataclass(frozen=True)
class Month:
    """A month of a department's or the city's trend.

    Attributes:
        counts: duties whose deadline falls in the month, by status.
        interval: the ends of the rate's interval; None for the city or without cases.
    """

    period: Row
    counts: Mapping[str, int]
    interval: tuple[float, float] | None

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


@dataclass(frozen=True)
class Figures:
    """The figures of one release.

    Attributes:
        headline: the period at the front of every page; None before the first that has figures.
        indicators: (department, record type, period) to indicator name to row: the whole city's,
            everybody's of the headline and of the last twelve months.
        league: period to its rows, ranked first.
        rankings: period to its single indicators, with how many departments are ranked by each.
        ranks: department to its ranks by single indicators in the headline period.
        parts: (period, department) to what its score is made of.
        duties: (department, record type, month) to status to how many decisions.
        clocks: (department, clock) to status to how many duties.
        stage_days: (clock of feedback cases, period) to the median of the working days used, for
            the headline and the last twelve months.
        histograms: department to (working days used, duties) of the last twelve months.
        overdue: department to its newest overdue decisions.
        waiting: department to its newest overdue duties of other clocks.
        public: ids of those duties' records that can be looked up.
        items: department to the items of its catalogue, with their records of the last twelve
            months.
        series: department to its newest series of document numbers that have gaps.
        gaps: (department, record type, year, series) to its first runs of missing numbers.
        finds: department to the newest decisions that inspectors found and the portal had not.
        editions: the closed editions, newest first.
        closed: edition to its league table.
        moves: edition to what it moved against the one before.
        shifted: duties that the newest calendar moved: those shown, and how many in all.
    """

    departments: Mapping[str, Row]
    periods: Mapping[str, Row]
    headline: Row | None
    indicators: Mapping[tuple[str, str, str], Mapping[str, Row]]
    league: Mapping[str, Sequence[Row]]
    rankings: Mapping[str, Sequence[Row]]
    ranks: Mapping[str, Mapping[str, Row]]
    parts: Mapping[tuple[str, str], Sequence[Row]]
    duties: Mapping[tuple[str, str, str], Mapping[str, int]]
    clocks: Mapping[tuple[str, str], Mapping[str, int]]
    stage_days: Mapping[tuple[str, str], int]
    histograms: Mapping[str, Sequence[tuple[int, int]]]
    overdue: Mapping[str, Sequence[Row]]
    waiting: Mapping[str, Sequence[Row]]
    public: frozenset[str]
    items: Mapping[str, Sequence[Row]]
    series: Mapping[str, Sequence[Row]]
    gaps: Mapping[tuple[str, str, str, str], Sequence[Row]]
    finds: Mapping[str, Sequence[Row]]
    submissions: Mapping[str, Sequence[Row]]
    findings: Mapping[str, Sequence[Row]]
    withheld: Mapping[str, Sequence[Row]]
    batches: Mapping[str, Sequence[Row]]
    newest: Sequence[Row]
    lists: Mapping[str, Row]
    editions: Sequence[Row]
    closed: Mapping[str, Sequence[Row]]
    moves: Mapping[str, Sequence[Row]]
    shifted: tuple[Sequence[Row], int]
    release: Row

    @cached_property
    def months(self) -> Sequence[Row]:
        """The complete months, oldest first."""
        return [p for p in self.periods.values() if p.kind == "month" and p.complete]

    @cached_property
    def standings(self) -> Mapping[tuple[str, str], Row]:
        """(period, department) to its row in the league table."""
        return {(r.period, r.department): r for rows in self.league.values() for r in rows}

    @cached_property
    def finals(self) -> Mapping[str, Sequence[tuple[Row, Row]]]:
        """Department to the closed editions with its row in each, newest first."""
        out: dict[str, list[tuple[Row, Row]]] = defaultdict(list)
        for edition in self.editions:
            for row in self.closed.get(edition.edition, ()):
                out[row.department].append((edition, row))
        return out

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
                self._interval(department, period),
            )
            for period in self.months
        ]
        first = next((i for i, m in enumerate(months) if m.due), len(months))
        return months[first:]

    def _interval(self, department: str, period: Row) -> tuple[float, float] | None:
        """The ends of a rate's interval, where the league table has them."""
        row = self.standings.get((period.period, department))
        return None if row is None or row.low is None else (row.low, row.high)

    def unpublished(self, department: str, span: Row) -> int:
        """Duties of whole months that are overdue now."""
        months = (m for m in self.periods.values() if m.kind == "month")
        within = (m.period for m in months if span.first <= m.first and m.last <= span.last)
        found = (self._by_month.get((department, m)) for m in within)
        return sum(counts["overdue"] for counts in found if counts)

    def values(self, department: str, period: Row, record_type: str = ALL) -> Mapping[str, Row]:
        """The indicators of a department or the city in a period, by name."""
        return self.indicators.get((department, record_type, period.period), {})
