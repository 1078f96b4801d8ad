"""What departments are told: a deadline near, missed or moved; a period closed; a report due.

Each event has an id that is the same in every release in which it holds, so that it is told once.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any

from monitor.agenda import CITY, RECENT, heirs, report_days
from monitor.calendar import Calendar
from monitor.clocks import CLOCKS
from publish.errors import ProblemError

WARN_DAYS = 2
"""How many working days before a deadline its department is warned."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something to be told.

    Attributes:
        event: its id: what it is about, the kind, and the deadline as it stands.
        kind: ``due``, ``overdue``, ``moved``, ``closed``, ``restated`` or ``report``.
        day: the day on which it came about, ISO; the same in every release.
        department: who owes the duty; ``*`` where it is about the whole city.
        told: the departments that it concerns; the city's office is told everything.
        duty_id: the row of the table `duty`; empty for what is not about a duty.
        record_id: the record or feedback case; empty for what is lawfully not published.
        before: of a deadline that moved, the day it was before.
        provisional: whether the calendar is not final at the deadline.
        period: of an edition or a report.
        number: of an edition, which one of its period it is.
    """

    event: str
    kind: str
    day: str
    department: str = CITY
    told: frozenset[str] = frozenset()
    duty_id: str = ""
    record_id: str = ""
    clock: str = ""
    record_type: str = ""
    due_date: str = ""
    before: str = ""
    provisional: bool = False
    period: str = ""
    number: int = 0

    def concerns(self, department: str) -> bool:
        """Whether a department is told of it; ``*`` is the city's office."""
        return department == CITY or department in self.told


def read_events(
    monitor: sqlite3.Connection, calendar: Calendar, reports: Mapping[str, int]
) -> list[Event]:
    """What there is to be told by a release, newest first.

    What came about more than a month before it is no news any more; what is over, such as a duty
    done or a record taken off, is not in it.

    Args:
        monitor: the release's monitor.db.
        calendar: the working days by which its duties were judged.
        reports: the kind of period to the day of the month after it by which its report is due.
    """
    today = date.fromisoformat(monitor.execute('SELECT as_of FROM "release"').fetchone()[0][:10])
    reader = _Reader(monitor, calendar, today)
    found = [*reader.duties(), *reader.moved(), *reader.editions(), *reader.reports(reports)]
    return sorted(found, key=lambda e: (e.day, e.event), reverse=True)


class _Reader:
    """Reads the events of one release."""

    def __init__(self, monitor: sqlite3.Connection, calendar: Calendar, today: date) -> None:
        self._db, self._calendar, self._today = monitor, calendar, today
        self._since = str(today - RECENT)
        self._heirs = heirs(monitor.execute("SELECT code, coalesce(successor, '') FROM department"))
        self._first_warned = lru_cache(maxsize=None)(self._warned)

    @cached_property
    def _horizon(self) -> date:
        """The last day that is no more than two working days away; it may be a day off.

        Where the calendar does not reach so far nothing is near: yesterday.
        """
        try:
            beyond, _ = self._calendar.due_iso(str(self._today), WARN_DAYS + 1)
        except ProblemError:
            return self._today - _DAY
        return date.fromisoformat(beyond) - _DAY

    def duties(self) -> Iterator[Event]:
        """Deadlines near, and deadlines missed of late."""
        rows = self._db.execute(
            _DUTIES.format(clocks=", ".join("?" * len(CLOCKS))),
            (
                *(c.name for c in CLOCKS),
                str(self._today),
                str(self._horizon),
                self._since,
                self._since,
            ),
        )
        for *duty, due, status, known in rows:
            late = status == "overdue"
            kind = "overdue" if late else "due"
            began = str(date.fromisoformat(due) + _DAY) if late else self._first_warned(due)
            yield Event(
                event=f"{duty[0]}.{kind}.{due}",
                kind=kind,
                day=max(began, known),
                due_date=due,
                provisional=status == "provisional",
                **self._about(*duty),
            )

    def moved(self) -> Iterator[Event]:
        """Deadlines that a new version of the calendar moved."""
        for *duty, before, after, since in self._db.execute(_MOVED, (self._since,)):
            yield Event(
                event=f"{duty[0]}.moved.{after}",
                kind="moved",
                day=since,
                due_date=after,
                before=before,
                **self._about(*duty),
            )

    def editions(self) -> Iterator[Event]:
        """Periods closed, of which all are told, and restated, of which those that moved are."""
        everybody = frozenset(self._heirs)
        for edition, period, number, closed in self._db.execute(_EDITIONS, (self._since,)):
            yield Event(
                event=f"{edition}.closed",
                kind="restated" if number > 1 else "closed",
                day=closed[:10],
                told=self._moved_by(edition) if number > 1 else everybody,
                period=period,
                number=number,
            )

    def reports(self, rules: Mapping[str, int]) -> Iterator[Event]:
        """Reports that the city's office has to give soon."""
        for period, due in report_days(rules, self._today, self._horizon):
            yield Event(
                event=f"{period}.report.{due}",
                kind="report",
                day=self._first_warned(due),
                due_date=due,
                period=period,
            )

    def _about(
        self, duty_id: str, record_id: str | None, clock: str, department: str, record_type: str
    ) -> dict[str, Any]:
        """What an event says of its duty, and whom it concerns."""
        return {
            "duty_id": duty_id,
            "record_id": record_id or "",
            "clock": clock,
            "department": department,
            "record_type": record_type,
            "told": self._told(department),
        }

    def _moved_by(self, edition: str) -> frozenset[str]:
        """The departments that a restatement moved, and who took them over."""
        rows = self._db.execute(
            "SELECT DISTINCT department FROM edition_move WHERE edition = ?", (edition,)
        )
        return frozenset(told for (code,) in rows for told in self._told(code))

    def _told(self, department: str) -> frozenset[str]:
        """Whom a department's affairs concern."""
        return self._heirs.get(department, frozenset([department]) - {CITY})

    def _warned(self, due: str) -> str:
        """The first day from which on a deadline is no more than two working days away."""
        day = date.fromisoformat(due)
        while self._calendar.working_days_used(day - _DAY, date.fromisoformat(due)) <= WARN_DAYS:
            day -= _DAY
        return str(day)


_DUTIES = """
SELECT duty_id, record_id, clock, department, record_type, due_date, status,
    max(coalesce(received, ''), start_date)
FROM duty
WHERE clock IN ({clocks}) AND done_date IS NULL AND (
    (status IN ('pending', 'provisional') AND due_date BETWEEN ? AND ?)
    OR (status = 'overdue' AND (due_date >= ? OR received >= ?))
)
"""
_MOVED = """
SELECT duty_id, record_id, clock, department, record_type, due_before, due_after, since
FROM calendar_change WHERE due_before <> due_after AND since >= ?
"""
_EDITIONS = "SELECT edition, period, number, closed FROM edition WHERE closed >= ?"
