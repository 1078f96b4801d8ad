"""Pauses and extensions: the deadline moves by exactly the working days that do not count."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.calendar import CalendarRow, load_calendar
from monitor.clocks import (
    FEEDBACK,
    Dates,
    Due,
    Extension,
    Pause,
    Subject,
    Term,
    deadline,
    duty,
)

CN = load_calendar(Path(__file__).parents[2] / "data/reference/calendars", "cn")
STARTS = st.dates(date(2024, 1, 1), date(2026, 6, 1))
DAYS = st.integers(1, 20)
SQL = """
    WITH base AS (
        SELECT s.seq + :days AS seq, min(d.date) AS due FROM calendar s
        JOIN calendar d ON d.seq = s.seq + :days WHERE s.date = :start
    ), paused AS (
        SELECT u.seq - f.seq AS days FROM calendar f, calendar u, base
        WHERE f.date = max(:since, :start) AND u.date = :until
            AND f.date < min(:until, base.due)
    )
    SELECT min(d.date) FROM base JOIN calendar d
    ON d.seq = base.seq + coalesce((SELECT days FROM paused), 0)
"""
"""A deadline with one pause, by the sequence numbers alone."""


@st.composite
def breaks(draw: st.DrawFn) -> tuple[date, list[Pause]]:
    """A start, and pauses after it that do not overlap."""
    start = draw(STARTS)
    marks = sorted(draw(st.lists(st.integers(-5, 90), max_size=6, unique=True)))
    days = [(start + timedelta(days=mark)).isoformat() for mark in marks]
    return start, [Pause(a, b) for a, b in zip(days[::2], days[1::2], strict=False)]


def walk(start: date, days: int, pauses: list[Pause]) -> tuple[str, int]:
    """The deadline and the days left out, counted day by day."""
    day, left, lost = start, days, 0
    while left:
        day += timedelta(days=1)
        if CN.is_workday(day):
            if any(p.since < day.isoformat() <= p.until for p in pauses):
                lost += 1
            else:
                left -= 1
    return day.isoformat(), lost


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    """The table ``calendar`` as releases have it."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(f"CREATE TABLE calendar ({', '.join(CalendarRow._fields)})")
        db.executemany("INSERT INTO calendar VALUES (?, ?, ?, ?, ?, ?, ?)", CN.rows())
        db.execute("CREATE INDEX by_date ON calendar (date)")
        db.execute("CREATE INDEX by_seq ON calendar (seq, date)")
        yield db


@given(breaks(), DAYS)
def test_paused_days_do_not_count(found: tuple[date, list[Pause]], days: int) -> None:
    """Whatever the pauses, the deadline is that of counting day by day, in both look-ups."""
    start, pauses = found
    due = deadline(start.isoformat(), Term(days, "", pauses), CN)
    assert (due.day, due.excluded) == walk(start, days, pauses)
    told = CN.deadline(start, days, pauses)
    assert (told.due.isoformat(), len(told.counted)) == (due.day, days)
    off = sum((run.last - run.first).days + 1 for run in (*told.skipped, *told.paused))
    assert off + days == (told.due - start).days


@given(STARTS, DAYS, st.integers(-5, 60), st.integers(1, 60))
def test_paused_days_in_sql(
    database: sqlite3.Connection, start: date, days: int, wait: int, length: int
) -> None:
    """Two sequence numbers move a deadline in SQL as they do in Python."""
    since = start + timedelta(days=wait)
    pause = Pause(since.isoformat(), (since + timedelta(days=length)).isoformat())
    values = {"start": start.isoformat(), "days": days, **pause._asdict()}
    (found,) = database.execute(SQL, values).fetchone()
    assert found == deadline(start.isoformat(), Term(days, "", [pause]), CN).day


@given(STARTS, DAYS, st.integers(0, 40), st.integers(1, 40))
def test_a_pause_from_the_deadline_on_does_not_help(
    start: date, days: int, wait: int, length: int
) -> None:
    """What is late stays late, however long the matter rests afterwards."""
    plain = deadline(start.isoformat(), Term(days), CN)
    since = date.fromisoformat(plain.day) + timedelta(days=wait)
    pause = Pause(since.isoformat(), (since + timedelta(days=length)).isoformat())
    assert deadline(start.isoformat(), Term(days, "", [pause]), CN) == plain


@given(STARTS, DAYS, st.integers(0, 20), st.integers(0, 20))
def test_an_open_pause_is_never_overdue(start: date, days: int, before: int, since: int) -> None:
    """While a matter is paused before its deadline, today never passes the deadline."""
    plain = date.fromisoformat(deadline(start.isoformat(), Term(days), CN).day)
    began = plain - timedelta(days=1 + before)
    today = (began + timedelta(days=since)).isoformat()
    term = Term(days, "", [Pause(began.isoformat(), today)])
    assert deadline(start.isoformat(), term, CN).day >= today


@given(STARTS, DAYS, st.integers(0, 10), st.integers(-3, 40), st.integers(-30, 90))
def test_an_extension_counts_in_time_and_up_to_its_limit(
    start: date, days: int, more: int, made: int, to: int
) -> None:
    """It never shortens, never goes past the longest term, and is void after the deadline."""
    plain = deadline(start.isoformat(), Term(days), CN)
    longest = deadline(start.isoformat(), Term(days + more), CN).day
    granted = Extension(
        (start + timedelta(days=made)).isoformat(),
        (date.fromisoformat(plain.day) + timedelta(days=to)).isoformat(),
    )
    found = deadline(start.isoformat(), Term(days, "", [granted], days + more), CN)
    assert plain.day <= found.day <= longest
    if granted.made > plain.day:
        assert found == plain
    elif granted.to > plain.day:
        assert found.day == min(granted.to, longest)
    assert (found.extended_to is None) == (found.day == plain.day)


def test_a_pause_also_moves_an_extended_deadline_and_its_limit() -> None:
    """Five working days from 2 March 2026, extended to the 13th, then paused for two of them."""
    moves: list[Pause | Extension] = [
        Extension("2026-03-05", "2026-03-13"),
        Pause("2026-03-10", "2026-03-12"),
    ]
    found = deadline("2026-03-02", Term(5, "", moves, 10), CN)
    assert found == Due("2026-03-17", 2, "2026-03-13")
    later: list[Pause | Extension] = [
        Pause("2026-03-03", "2026-03-05"),
        Extension("2026-03-06", "2026-04-30"),
    ]
    limit, _ = walk(date(2026, 3, 2), 10, [Pause("2026-03-03", "2026-03-05")])
    assert deadline("2026-03-02", Term(5, "", later, 10), CN) == Due(limit, 2, limit)


@pytest.mark.parametrize(
    ("start", "due"), [("2026-03-04", "2026-03-04"), ("2026-03-07", "2026-03-09")]
)
def test_the_same_day_is_the_next_worked_one(start: str, due: str) -> None:
    """No working days at all: due at once, or on the Monday after a Saturday."""
    assert deadline(start, Term(0), CN).day == due


def test_a_day_of_its_own_is_due_as_stated() -> None:
    """A case that states its last day has no count of days, may be extended, and may be open."""
    (clock,) = (clock for clock in FEEDBACK if clock.name == "rectification")
    found = {
        due: duty(
            clock,
            Subject("abc", "market", "feedback", 1),
            "2026-03-02",
            Term(None, due, [Extension("2026-03-20", "2026-05-01")]),
            Dates("2026-04-20", "2026-04-21", None),
            decides="department",
            calendar=CN,
            today="2026-06-01",
        )
        for due in ("2026-03-10", "2026-03-31", "2027-03-01")
    }
    assert [
        (each.due_date, each.days_allowed, each.extended_to, each.status) for each in found.values()
    ] == [
        ("2026-03-10", None, None, "late"),
        ("2026-05-01", None, "2026-05-01", "on_time"),
        ("2027-03-01", None, None, "provisional"),
    ]
