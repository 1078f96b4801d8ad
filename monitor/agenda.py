"""What falls due on which day: the open duties, gathered, and the reports of the periods."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from monitor.clocks import CLOCKS
from monitor.periods import periods

CITY = "*"
RECENT = timedelta(days=31)
"""How long something that came about is news."""
AHEAD = timedelta(days=366)
"""How far ahead reports are entered in a calendar."""
_NAMED = 20
_YEAR = timedelta(days=366)


class ReportDay(NamedTuple):
    """A report and the last day on which it is in time, ISO."""

    period: str
    due_date: str


@dataclass
class Due:
    """The open duties of one kind that fall due on one day.

    Attributes:
        department: whose they are; ``*`` for the whole city's.
        duties: how many.
        overdue: whether that day is over.
        provisional: whether the calendar is not final there.
        since: the day on which the last of them came up, ISO.
        records: some of the records or feedback cases, by their public ids.
        owners: the departments and how many each owes.
    """

    department: str
    clock: str
    due_date: str
    duties: int = 0
    overdue: bool = False
    provisional: bool = False
    since: str = ""
    records: list[str] = field(default_factory=list)
    owners: dict[str, int] = field(default_factory=dict)


def report_days(rules: Mapping[str, int], first: date, last: date) -> Iterator[ReportDay]:
    """The reports that are due from one day to another, by day.

    Args:
        rules: the kind of period to the day of the month after it by which its report is due.
    """
    found = (
        ReportDay(p.period, str((date.fromisoformat(p.last) + timedelta(1)).replace(day=n)))
        for p in periods(first - _YEAR, last)
        if (n := rules.get(p.kind))
    )
    yield from sorted((r for r in found if str(first) <= r.due_date <= str(last)), key=_by_day)


def open_duties(monitor: sqlite3.Connection, today: date) -> list[Due]:
    """Duties not done that fall due, or were due lately: each department's, and the city's.

    Args:
        monitor: the release's monitor.db.
        today: the day of the release.
    """
    clocks = ", ".join("?" * len(CLOCKS))
    rows = monitor.execute(
        f"SELECT * FROM ({_OPEN.format(clocks=clocks)}) ORDER BY due_date, clock, department, id",
        (*(clock.name for clock in CLOCKS), str(today - RECENT)),
    )
    found: dict[tuple[str, str, str], Due] = {}
    for owner, clock, due_date, status, since, record_id, _ in rows:
        for department in (owner, CITY):
            key = (department, clock, due_date)
            due = found.setdefault(key, Due(*key))
            due.duties += 1
            due.overdue = status == "overdue"
            due.provisional = status == "provisional"
            due.since = max(due.since, since)
            due.owners[owner] = due.owners.get(owner, 0) + 1
            if record_id and len(due.records) < _NAMED:
                due.records.append(record_id)
    return list(found.values())


def heirs(departments: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Whom a department's affairs concern: itself and every body that took it over since.

    Args:
        departments: each code with that of its successor, empty if there is none.
    """
    successors = dict(departments)
    return {code: frozenset(_line(code, successors)) for code in successors}


def _line(code: str, successors: Mapping[str, str]) -> Iterator[str]:
    """A department and its successors, each once."""
    seen = set[str]()
    while code and code not in seen:
        seen.add(code)
        yield code
        code = successors.get(code, "")


def _by_day(report: ReportDay) -> tuple[str, str]:
    """The order of reports."""
    return report.due_date, report.period


_OPEN = """
SELECT department, clock, due_date, status, max(coalesce(received, ''), start_date) AS since,
    record_id, duty_id AS id
FROM duty
WHERE clock IN ({clocks}) AND status IN ('pending', 'provisional', 'overdue')
    AND done_date IS NULL AND due_date >= ?
"""
