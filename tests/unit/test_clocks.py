"""The disclosure clock: a day is compared with a day, and nothing unsettled counts."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.calendar import Calendar, load_calendar
from monitor.clocks import (
    CLOCKS,
    DISCLOSURE,
    SETTLED,
    STATUSES,
    WITHDRAWAL,
    Dates,
    Duty,
    Subject,
    duty,
    status,
)

CALENDARS = Path(__file__).parents[2] / "data/reference/calendars"
CN = load_calendar(CALENDARS, "cn")
DAYS = st.dates(date(2024, 1, 1), date(2026, 11, 1))


def to_publish(decided: str, portal: str | None, today: str, calendar: Calendar = CN) -> Duty:
    """A duty of seven working days for which the portal's date decides."""
    return duty(
        DISCLOSURE,
        Subject("abc", "scjg", "penalty", 1),
        decided,
        7,
        Dates(None, portal, portal),
        decides="portal",
        calendar=calendar,
        today=today,
    )


@pytest.mark.parametrize(
    ("done", "today", "expected"),
    [
        ("2026-02-26", "2026-03-01", "on_time"),
        ("2026-02-27", "2026-03-01", "late"),
        (None, "2026-02-26", "pending"),
        (None, "2026-02-27", "overdue"),
        ("2026-02-09", "2026-03-01", "error"),
    ],
)
def test_status_around_the_deadline(done: str | None, today: str, expected: str) -> None:
    """A decision of 10 February 2026 is due on the 26th; each side of that day is told apart."""
    found = to_publish("2026-02-10", done, today)
    assert (found.due_date, found.status) == ("2026-02-26", expected)


def test_saturday_after_a_friday_deadline_is_late() -> None:
    """Seven working days used is not on time when the day itself is past the deadline."""
    friday = to_publish("2026-04-08", "2026-04-17", "2026-05-01")
    saturday = to_publish("2026-04-08", "2026-04-18", "2026-05-01")
    assert (friday.status, friday.working_days_used) == ("on_time", 7)
    assert (saturday.status, saturday.working_days_used) == ("late", 7)


def test_provisional_is_never_late() -> None:
    """A deadline past the last notice is provisional whatever happened, and not counted."""
    for done in (None, "2026-12-29", "2027-06-01"):
        found = to_publish("2026-12-28", done, "2027-07-01")
        assert (found.status, found.provisional) == ("provisional", 1)
    assert "provisional" not in SETTLED


def test_the_profiles_date_decides() -> None:
    """The same record is on time by its department's date and late by the portal's."""
    dates = Dates("2026-02-11", "2026-02-25", "2026-03-20")
    found = {
        decides: duty(
            DISCLOSURE,
            Subject("abc", "scjg", "penalty", 1),
            "2026-02-10",
            7,
            dates,
            decides=decides,
            calendar=CN,
            today="2026-04-01",
        ).status
        for decides in ("department", "received", "portal")
    }
    assert found == {"department": "on_time", "received": "on_time", "portal": "late"}


@given(DAYS, st.integers(1, 30), st.integers(0, 90))
def test_on_time_exactly_up_to_the_deadline(decided: date, days: int, wait: int) -> None:
    """Done on or before the deadline is on time, done after it is late; no third way."""
    done = (decided + timedelta(days=wait)).isoformat()
    due = CN.deadline(decided, days).due.isoformat()
    expected = "on_time" if done <= due else "late"
    assert status(str(decided), due, done, provisional=False, today="2026-11-20") == expected


@given(DAYS, st.none() | DAYS, DAYS)
def test_every_status_is_named(decided: date, done: date | None, today: date) -> None:
    """Whatever happens, the status is one that the pages have words for."""
    found = to_publish(str(decided), str(done) if done else None, str(today))
    assert found.status in STATUSES
    assert (found.working_days_used is None) == (done is None or done < decided)


@pytest.mark.parametrize(("done", "expected"), [("2026-02-25", "on_time"), ("2026-02-26", "late")])
def test_three_working_days_to_take_off(done: str, expected: str) -> None:
    """Revoked on Friday 13 February 2026: the make-up Saturday counts, then the Spring Festival."""
    found = duty(
        WITHDRAWAL,
        Subject("abc", "scjg", "penalty", 1),
        "2026-02-13",
        3,
        Dates(None, "2026-02-13", done),
        decides="portal",
        calendar=CN,
        today="2026-03-01",
    )
    assert (found.duty_id, found.clock) == ("abc-w", "withdrawal")
    assert (found.due_date, found.status) == ("2026-02-25", expected)


def test_clocks_are_told_apart() -> None:
    """No two clocks share a name or the end of their duties' ids, and each has words."""
    names = [clock.name for clock in CLOCKS]
    assert len(set(names)) == len({clock.mark for clock in CLOCKS}) == len(names) == 15
    assert all(clock.zh and clock.en for clock in CLOCKS)
