"""The Chinese calendar against the official notices, in Python and in SQL.

The vectors give days only; deadlines, counts, timeliness and provisional deadlines are derived from
them here by walking day by day, without the sequence numbers that the calendar uses.
"""

import csv
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

import pytest

from monitor.calendar import Calendar, CalendarRow, load_calendar

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "fixtures" / "vectors" / "official_days.csv"
TERMS = (2, 3, 5, 7, 20)
SPANS = (0, 1, 2, 6, 7, 8, 31, 100, 366)
FIRST_UNSETTLED = "2026-12-25"


@pytest.fixture(scope="module")
def cn() -> Calendar:
    """The calendar of China as it is in the repository."""
    return load_calendar(ROOT / "data" / "reference" / "calendars", "cn")


@pytest.fixture(scope="module")
def vectors() -> list[dict[str, str]]:
    """The official days."""
    with VECTORS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def official(vectors: list[dict[str, str]]) -> dict[str, bool]:
    """Whether each official day is worked."""
    return {row["date"]: row["is_workday"] == "1" for row in vectors}


@pytest.fixture(scope="module")
def database(cn: Calendar) -> Iterator[sqlite3.Connection]:
    """A database with the table ``calendar``."""
    connection = sqlite3.connect(":memory:")
    columns = ", ".join(CalendarRow._fields)
    connection.execute(f"create table calendar ({columns}, primary key (calendar, date))")
    connection.executemany("insert into calendar values (?, ?, ?, ?, ?, ?, ?)", cn.rows())
    connection.execute("create index by_seq on calendar (calendar, seq, date)")
    yield connection
    connection.close()


def after(iso: str, days: int) -> str:
    """The date some days later."""
    return (date.fromisoformat(iso) + timedelta(days=days)).isoformat()


def walk(official: dict[str, bool], start: str, days: int) -> str | None:
    """The n-th working day after the start; None if the official days end before it."""
    day = start
    while days:
        day = after(day, 1)
        if day not in official:
            return None
        days -= official[day]
    return day


def naive_deadlines(official: dict[str, bool], days: int) -> dict[str, str]:
    """The deadline of every official day that has one among them."""
    found = {start: walk(official, start, days) for start in official}
    return {start: due for start, due in found.items() if due}


def naive_counts(official: dict[str, bool], span: int) -> dict[tuple[str, str], int]:
    """The working days in (start, start + span] for every official day."""
    dates, worked = list(official), list(official.values())
    return {
        (dates[i], dates[i + span]): sum(worked[i + 1 : i + span + 1])
        for i in range(len(dates) - span)
    }


def test_all_days_agree(cn: Calendar, official: dict[str, bool]) -> None:
    """Each of the 8,401 official days is worked or off as the notices say."""
    ours = {day.date.isoformat(): day.is_workday for day in cn.days}
    assert len(official) == 8401
    assert {iso: ours[iso] for iso in official} == official


def test_names_follow_the_notices(cn: Calendar, vectors: list[dict[str, str]]) -> None:
    """Make-up days, holidays and plain weekends are named as such."""
    for row in vectors:
        name = cn.days[(date.fromisoformat(row["date"]) - cn.first).days].name
        expected = {
            "makeup_workday": name == "调休上班",
            "holiday_arrangement": name not in {"", "调休上班"},
            "ordinary": name == "",
            "weekend": name != "调休上班",
        }
        assert expected[row["reason"]], (row, name)


def test_named_weekends_adjoin_a_holiday(cn: Calendar, vectors: list[dict[str, str]]) -> None:
    """A weekend that no notice arranges is named only where it adjoins an arranged holiday."""
    for worked, run in groupby(vectors, key=lambda row: row["is_workday"] == "1"):
        rows = list(run)
        arranged = any(row["reason"] == "holiday_arrangement" for row in rows)
        for row in rows if not worked else ():
            name = cn.days[(date.fromisoformat(row["date"]) - cn.first).days].name
            assert bool(name) == arranged, row


@pytest.mark.parametrize("days", TERMS)
def test_deadlines_in_python(cn: Calendar, official: dict[str, bool], days: int) -> None:
    """The fast look-up gives the deadline of the naive walk for every day."""
    expected = naive_deadlines(official, days)
    assert {start: cn.due_iso(start, days)[0] for start in expected} == expected


@pytest.mark.parametrize("days", TERMS)
def test_explained_deadlines(cn: Calendar, official: dict[str, bool], days: int) -> None:
    """The explained deadline is the same and accounts for every day up to it."""
    dates = list(official)
    position = {iso: n for n, iso in enumerate(dates)}
    for start, due in naive_deadlines(official, days).items():
        deadline = cn.deadline(date.fromisoformat(start), days)
        passed = dates[position[start] + 1 : position[due] + 1]
        assert deadline.due.isoformat() == due
        assert [d.isoformat() for d in deadline.counted] == [d for d in passed if official[d]]
        off = sum((run.last - run.first).days + 1 for run in deadline.skipped)
        assert off + len(deadline.counted) == (deadline.due - deadline.start).days


@pytest.mark.parametrize("days", TERMS)
def test_deadlines_in_sql(
    database: sqlite3.Connection, official: dict[str, bool], days: int
) -> None:
    """The SQL formulation gives the deadline of the naive walk for every day."""
    found = database.execute(
        """select start.date, min(due.date)
           from calendar start
           join calendar due on due.calendar = start.calendar and due.seq = start.seq + ?
           group by start.date""",
        (days,),
    )
    ours = dict(found.fetchall())
    expected = naive_deadlines(official, days)
    assert {start: ours[start] for start in expected} == expected


@pytest.mark.parametrize("span", SPANS)
def test_counts_in_python(cn: Calendar, official: dict[str, bool], span: int) -> None:
    """The days used are those of the naive count, and their opposite in reverse."""
    for (start, end), used in naive_counts(official, span).items():
        assert cn.used_iso(start, end) == used
        assert cn.working_days_used(date.fromisoformat(end), date.fromisoformat(start)) == -used


@pytest.mark.parametrize("span", SPANS)
def test_counts_in_sql(database: sqlite3.Connection, official: dict[str, bool], span: int) -> None:
    """The SQL difference of sequence numbers is the naive count."""
    found = database.execute(
        """select start.date, stop.date, stop.seq - start.seq
           from calendar start
           join calendar stop on stop.calendar = start.calendar
                             and stop.date = date(start.date, ? || ' days')""",
        (span,),
    )
    ours = {(start, end): used for start, end, used in found}
    expected = naive_counts(official, span)
    assert {pair: ours[pair] for pair in expected} == expected


@pytest.mark.parametrize("days", TERMS)
def test_timeliness(cn: Calendar, official: dict[str, bool], days: int) -> None:
    """Published by the deadline means that fewer than n working days had ended before."""
    dates, worked = list(official), list(official.values())
    for i, start in enumerate(naive_deadlines(official, days)):
        due = cn.due_iso(start, days)[0]
        for j in range(i + days, min(i + days + 20, len(dates))):
            ended = sum(worked[i + 1 : j])
            assert (dates[j] <= due) == (ended < days)


@pytest.mark.parametrize("days", TERMS)
def test_provisional(
    cn: Calendar, database: sqlite3.Connection, official: dict[str, bool], days: int
) -> None:
    """A deadline is provisional exactly if its day is not settled, in SQL too."""
    expected = naive_deadlines(official, days)
    final = dict(database.execute("select date, final from calendar").fetchall())
    for start in official:
        due, provisional = cn.due_iso(start, days)
        assert provisional == (expected.get(start, FIRST_UNSETTLED) >= FIRST_UNSETTLED)
        assert provisional == (final[due] == 0)
