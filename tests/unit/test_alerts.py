"""What there is to be told, and what falls due when."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.agenda import CITY, RECENT, ReportDay, heirs, open_duties, report_days
from monitor.alerts import WARN_DAYS, Event, read_events
from monitor.calendar import Calendar, load_calendar
from monitor.clocks import DISCLOSURE, PUSH
from monitor.tables import CALENDAR_CHANGE, DEPARTMENT, DUTY, EDITION, EDITION_MOVE, RELEASE, Table
from tests.unit.handed import ROOT

TODAY = date(2026, 9, 29)  # a Tuesday before a week of holidays
DAYS = st.dates(date(2026, 3, 1), date(2026, 11, 20))


@cache
def calendar() -> Calendar:
    """The nation's working days."""
    return load_calendar(ROOT / "data/reference/calendars", "cn")


def put(db: sqlite3.Connection, table: Table, **values: object) -> None:
    """A row of which only some columns matter."""
    row = [values.pop(name, None) for name in table.columns]
    assert not values, "the table has such columns"
    table.fill(db, [row])


@contextmanager
def figures(today: date = TODAY) -> Iterator[sqlite3.Connection]:
    """An empty monitor.db with three departments, of which one was merged into another."""
    with closing(sqlite3.connect(":memory:")) as db:
        for table in (CALENDAR_CHANGE, DEPARTMENT, DUTY, EDITION, EDITION_MOVE, RELEASE):
            table.create(db)
        put(db, RELEASE, release="r", as_of=f"{today}T22:00:00+08:00")
        for code, successor in (("health", ""), ("old", "market"), ("market", "")):
            put(db, DEPARTMENT, code=code, successor=successor)
        yield db


def duty(db: sqlite3.Connection, name: str, due: date | str, **values: object) -> None:
    """An open duty of the department of health to publish a penalty."""
    given = {
        "duty_id": name,
        "record_id": f"record-{name}",
        "clock": DISCLOSURE.name,
        "department": "health",
        "record_type": "penalty",
        "start_date": "2026-01-05",
        "status": "pending",
    }
    put(db, DUTY, due_date=str(due), **(given | values))


def events(db: sqlite3.Connection, **reports: int) -> dict[str, Event]:
    """What there is to be told, by id."""
    found = read_events(db, calendar(), reports)
    named = {event.event: event for event in found}
    assert len(named) == len(found), "no id is used twice"
    return named


class TestDeadlines:
    """Deadlines near, missed and moved."""

    @given(DAYS, st.integers(-3, 12))
    def test_warned_two_working_days_before(self, today: date, later: int) -> None:
        """A department is warned from two working days before the deadline to the day itself."""
        due = today + timedelta(later)
        with figures(today) as db:
            duty(db, "d", due)
            told = events(db)
        near = today <= due and calendar().working_days_used(today, due) <= WARN_DAYS
        assert set(told) == ({f"d.due.{due}"} if near else set())

    @given(DAYS, st.integers(0, 12))
    def test_the_same_each_day(self, today: date, later: int) -> None:
        """A warning is the same event each day, dated on the first day of which it was one."""
        due = today + timedelta(later)
        seen = []
        for day in (today + timedelta(n) for n in range(later + 1)):
            with figures(day) as db:
                duty(db, "d", due)
                seen += [(day, event) for event in events(db).values()]
        assert len({event for _, event in seen}) == 1
        first, event = seen[0]
        assert event.day == str(first) or first == today

    def test_made_known_late(self) -> None:
        """What the portal learned of after the warning was due is dated on that day."""
        with figures() as db:
            duty(db, "d", TODAY, received="2026-09-29")
            assert events(db)[f"d.due.{TODAY}"].day == "2026-09-29"

    def test_newly_overdue(self) -> None:
        """A deadline missed is told from the next day on, for a month; any clock counts."""
        yesterday, long_ago = TODAY - timedelta(1), TODAY - RECENT - timedelta(1)
        with figures() as db:
            duty(db, "a", yesterday, status="overdue", clock=PUSH.name)
            duty(db, "b", long_ago, status="overdue")
            duty(db, "c", long_ago, status="overdue", received=str(TODAY))
            told = events(db)
        assert {name: event.day for name, event in told.items()} == {
            f"a.overdue.{yesterday}": str(TODAY),
            f"c.overdue.{long_ago}": str(TODAY),
        }

    def test_provisional(self) -> None:
        """Where the calendar is not final the warning says so, and nobody is told of a miss."""
        with figures() as db:
            duty(db, "a", TODAY, status="provisional")
            duty(db, "b", TODAY - timedelta(1), status="provisional")
            told = events(db)
        assert [(event.event, event.provisional) for event in told.values()] == [
            (f"a.due.{TODAY}", True)
        ]

    @pytest.mark.parametrize("status", ["on_time", "late", "error", "exempt"])
    def test_done_is_no_news(self, status: str) -> None:
        """What is done, or need not be done, is nowhere."""
        with figures() as db:
            duty(db, "a", TODAY, status=status, done_date=str(TODAY))
            duty(db, "b", TODAY, status="provisional", done_date=str(TODAY))
            assert events(db) == {}
            assert open_duties(db, TODAY) == []

    def test_moved(self) -> None:
        """A deadline that a new calendar moved is told once for the new day, with the old one."""
        with figures() as db:
            moved = {"department": "health", "record_type": "penalty", "clock": "disclosure"}
            moved |= {"due_before": "2026-10-08", "since": "2026-09-20"}
            put(db, CALENDAR_CHANGE, duty_id="a", due_after="2026-10-09", **moved)
            put(db, CALENDAR_CHANGE, duty_id="b", due_after="2026-10-08", **moved)
            moved["since"] = "2026-01-01"
            put(db, CALENDAR_CHANGE, duty_id="c", due_after="2026-10-09", **moved)
            (event,) = events(db).values()
        assert (event.event, event.day) == ("a.moved.2026-10-09", "2026-09-20")
        assert (event.before, event.due_date) == ("2026-10-08", "2026-10-09")

    def test_successors_are_told(self) -> None:
        """What a merged body left open concerns the body that took it over, and no other."""
        with figures() as db:
            duty(db, "d", TODAY, department="old")
            (event,) = events(db).values()
        assert {c: event.concerns(c) for c in ("old", "market", "health", CITY)} == {
            "old": True,
            "market": True,
            "health": False,
            CITY: True,
        }


class TestPeriods:
    """Periods closed and restated, and reports."""

    def test_closed_and_restated(self) -> None:
        """All are told of a close, and of a restatement those that it moved and their heirs."""
        with figures() as db:
            for number, closed in ((1, "2026-09-10"), (2, "2026-09-20")):
                at = f"{closed}T10:00:00+08:00"
                edition = f"2026H1-{number}"
                put(db, EDITION, edition=edition, period="2026H1", number=number, closed=at)
            for department, name in (("old", "rank"), ("old", "score"), (CITY, "score")):
                put(db, EDITION_MOVE, edition="2026H1-2", department=department, name=name)
            told = events(db)
        first, second = told["2026H1-1.closed"], told["2026H1-2.closed"]
        assert (first.kind, sorted(first.told)) == ("closed", ["health", "market", "old"])
        assert (second.kind, sorted(second.told)) == ("restated", ["market", "old"])
        assert (second.day, second.number, second.period) == ("2026-09-20", 2, "2026H1")

    def test_reports_concern_the_office(self) -> None:
        """The city's office is told two working days before a report is due, nobody else is."""
        with figures(date(2026, 7, 2)) as db:
            told = events(db, half=5, month=10)
        assert [(e.event, e.told) for e in told.values()] == [
            ("2026H1.report.2026-07-05", frozenset())
        ]

    def test_report_days(self) -> None:
        """Monthly by the 10th, half-yearly by 5 July and 5 January, in order."""
        rules = {"month": 10, "half": 5}
        found = list(report_days(rules, date(2025, 12, 11), date(2026, 2, 9)))
        assert found == [
            ReportDay("2025H2", "2026-01-05"),
            ReportDay("2025-12", "2026-01-10"),
        ]

    @given(DAYS, st.integers(0, 800), st.integers(1, 28))
    def test_every_period_has_one(self, first: date, days: int, by: int) -> None:
        """Each month in between has its report once, within the days asked for."""
        last = first + timedelta(days)
        found = list(report_days({"month": by}, first, last))
        assert all(str(first) <= report.due_date <= str(last) for report in found)
        every = {first + timedelta(n) for n in range(days + 1)}
        assert len({r.period for r in found}) == len(found) == sum(d.day == by for d in every)


class TestAgenda:
    """Open duties, gathered by day."""

    def test_gathered(self) -> None:
        """Duties of one kind and day are one entry of their department, and one of the city."""
        with figures() as db:
            duty(db, "a", TODAY, received="2026-09-02")
            duty(db, "b", TODAY, received="2026-09-01")
            duty(db, "c", TODAY, department="old")
            duty(db, "d", TODAY, clock=PUSH.name)
            duty(db, "e", TODAY - timedelta(1), status="overdue", record_id=None)
            found = {
                (due.department, due.clock, due.due_date): due for due in open_duties(db, TODAY)
            }
        city = found[CITY, "disclosure", str(TODAY)]
        assert (city.duties, city.owners) == (3, {"health": 2, "old": 1})
        own = found["health", "disclosure", str(TODAY)]
        assert (own.duties, own.since, own.records) == (2, "2026-09-02", ["record-a", "record-b"])
        late = found["health", "disclosure", str(TODAY - timedelta(1))]
        assert (late.overdue, late.records) == (True, [])
        assert len(found) == 7

    def test_only_some_are_named(self) -> None:
        """Of a flood of duties all are counted and some are named."""
        with figures() as db:
            for number in range(50):
                duty(db, f"{number:02}", TODAY)
            due = open_duties(db, TODAY)[0]
        assert (due.duties, len(due.records)) == (50, 20)


def test_heirs_in_a_circle() -> None:
    """Departments that name each other as successors do not keep us for ever."""
    assert heirs([("a", "b"), ("b", "a"), ("c", "")]) == {
        "a": {"a", "b"},
        "b": {"a", "b"},
        "c": {"c"},
    }
