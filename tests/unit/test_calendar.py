"""Calendars: look-ups, explanations, errors and the making of the tables."""

import csv
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.calendar import (
    Calendar,
    Deadline,
    SkippedRun,
    explain,
    load_calendar,
    superseded,
    update_calendar,
)
from publish.errors import GongshiError, ProblemError, UsageError

FOLDER = Path(__file__).parents[2] / "data" / "reference" / "calendars"
CODES = sorted(path.stem for path in FOLDER.glob("*.toml"))

starts = st.dates(date(2004, 1, 1), date(2027, 6, 30))
terms = st.integers(1, 60)


@cache
def calendar(code: str) -> Calendar:
    """A calendar of the repository."""
    return load_calendar(FOLDER, code)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the repository's calendars."""
    return Path(shutil.copytree(FOLDER, tmp_path / "calendars"))


def update(folder: Path, code: str = "cn") -> Calendar:
    """The calendar after an update over the range that it declares."""
    declared = calendar(code)
    return update_calendar(folder, code, declared.first, declared.last).calendar


def edit(path: Path, change: Callable[[str], str]) -> None:
    """Change a text file."""
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    """The bytes of every file in a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@given(starts, terms)
def test_deadline_is_a_working_day_after_its_start(start: date, days: int) -> None:
    """A deadline is worked, lies after day 0 and uses exactly the days given."""
    cn = calendar("cn")
    deadline = cn.deadline(start, days)
    assert cn.is_workday(deadline.due)
    assert deadline.due > start
    assert cn.working_days_used(start, deadline.due) == days == len(deadline.counted)
    assert deadline.counted[-1] == deadline.due


@given(starts, terms, st.integers(0, 30))
def test_deadlines_are_monotone(start: date, days: int, later: int) -> None:
    """A later start never has an earlier deadline, and each more day a later one."""
    cn = calendar("cn")
    due = cn.deadline(start, days).due
    assert cn.deadline(start + timedelta(days=later), days).due >= due
    assert cn.deadline(start, days + 1).due > due


@given(starts, starts, starts)
def test_used_days_add_up(a: date, b: date, c: date) -> None:
    """Days used are additive, so that they change sign with the direction and are zero at rest."""
    used = calendar("cn").working_days_used
    assert used(a, b) + used(b, c) == used(a, c)
    assert used(a, b) == -used(b, a)
    assert used(a, a) == 0
    assert (b >= a) <= (used(a, b) >= 0)


@given(starts, terms)
def test_iso_look_ups_equal_the_typed_ones(start: date, days: int) -> None:
    """The fast look-ups on ISO dates give what the methods on dates give."""
    cn = calendar("cn")
    deadline = cn.deadline(start, days)
    due = deadline.due.isoformat()
    assert cn.due_iso(start.isoformat(), days) == (due, deadline.provisional)
    assert cn.used_iso(start.isoformat(), due) == days
    assert deadline.provisional == cn.is_provisional(deadline.due)


@given(st.dates().filter(lambda d: not date(2004, 1, 1) <= d <= date(2027, 12, 31)))
def test_dates_outside_the_table(day: date) -> None:
    """A date outside the table is an error that says whose, which range and what to do."""
    cn = calendar("cn")
    inside = date(2026, 2, 10)
    for ask in (
        lambda: cn.is_workday(day),
        lambda: cn.deadline(day, 7),
        lambda: cn.working_days_used(day, inside),
        lambda: cn.working_days_used(inside, day),
    ):
        with pytest.raises(ProblemError) as problem:
            ask()
        for text in (problem.value.zh, problem.value.en):
            for part in (
                day.isoformat(),
                "“cn”",
                "2004-01-01",
                "2027-12-31",
                "gongshi calendar update",
            ):
                assert part in text


def test_deadline_beyond_the_table() -> None:
    """A deadline that would lie after the last day is an error, not the last day."""
    with pytest.raises(ProblemError, match=r"2027-12-30 \+ 7 .*gongshi calendar update"):
        calendar("cn").due_iso("2027-12-30", 7)


@pytest.mark.parametrize("days", [0, -1])
def test_a_deadline_needs_a_day(days: int) -> None:
    """A term of less than one working day is wrong use."""
    with pytest.raises(UsageError, match="at least 1 working day"):
        calendar("cn").deadline(date(2026, 2, 10), days)


def test_spring_festival_2026() -> None:
    """Seven working days after 10 February 2026 skip the holiday and count the make-up Saturday."""
    deadline = calendar("cn").deadline(date(2026, 2, 10), 7)
    assert deadline == Deadline(
        start=date(2026, 2, 10),
        days=7,
        due=date(2026, 2, 26),
        final_through=date(2026, 12, 24),
        counted=tuple(date(2026, 2, d) for d in (11, 12, 13, 14, 24, 25, 26)),
        skipped=(SkippedRun(date(2026, 2, 15), date(2026, 2, 23), "春节", "Spring Festival"),),
    )
    assert not deadline.provisional


def test_new_year_2006() -> None:
    """Saturday 31 December 2005 was worked under the notice for 2006."""
    cn = calendar("cn")
    assert cn.is_workday(date(2005, 12, 31))
    assert cn.deadline(date(2005, 12, 30), 1).due == date(2005, 12, 31)


def test_days_used_are_no_test_of_timeliness() -> None:
    """A Saturday after a Friday deadline has used seven working days and is late."""
    cn = calendar("cn")
    due, _ = cn.due_iso("2026-03-04", 7)
    assert due == "2026-03-13"
    assert cn.used_iso("2026-03-04", "2026-03-14") == 7
    assert not due >= "2026-03-14"


@pytest.mark.parametrize(
    ("start", "days", "provisional"),
    [("2026-12-28", 7, True), ("2026-12-15", 7, False), ("2026-12-16", 7, True)],
)
def test_deadlines_past_the_settled_days(start: str, days: int, provisional: bool) -> None:
    """A deadline is provisional from the day after 24 December 2026."""
    assert calendar("cn").due_iso(start, days)[1] is provisional


@pytest.mark.parametrize(
    ("code", "start", "days", "en", "zh"),
    [
        (
            "cn",
            date(2026, 2, 10),
            7,
            "decided Tue 10 Feb 2026; 7 working days: 11, 12, 13, 14 (make-up Saturday), 24, 25, "
            "26; 15-23 Spring Festival; due Thu 26 Feb 2026",
            "2026年2月10日（周二）作出决定；7个工作日为11日、12日、13日、14日（周六调休上班）、"
            "24日、25日、26日；15日至23日春节休息；截止2026年2月26日（周四）",
        ),
        (
            "cn",
            date(2025, 9, 26),
            4,
            "decided Fri 26 Sep 2025; 4 working days: 28 (make-up Sunday), 29, 30, 9 Oct; 27 "
            "weekend, 1-8 Oct National Day and Mid-Autumn Festival; due Thu 9 Oct 2025",
            "2025年9月26日（周五）作出决定；4个工作日为28日（周日调休上班）、29日、30日、10月9日；"
            "27日周末休息，10月1日至8日国庆节、中秋节休息；截止2025年10月9日（周四）",
        ),
        (
            "cn",
            date(2026, 12, 28),
            4,
            "decided Mon 28 Dec 2026; 4 working days: 29, 30, 31, 4 Jan 2027; 1-3 Jan 2027 New "
            "Year's Day; due Mon 4 Jan 2027; provisional: the calendar is final only through 24 "
            "Dec 2026 and the next year's notice is not in yet; never counted as late until it is",
            "2026年12月28日（周一）作出决定；4个工作日为29日、30日、31日、2027年1月4日；"
            "2027年1月1日至3日元旦休息；截止2027年1月4日（周一）；暂定：日历确定至2026年12月24日，"
            "下一年度放假通知尚未收录，收录之前不计为逾期",
        ),
        (
            "cn",
            date(2006, 12, 29),
            3,
            "decided Fri 29 Dec 2006; 3 working days: 30 (make-up Saturday), 31 (make-up Sunday), "
            "4 Jan 2007; 1-3 Jan 2007 New Year's Day; due Thu 4 Jan 2007",
            "2006年12月29日（周五）作出决定；3个工作日为30日（周六调休上班）、31日（周日调休上班）、"
            "2007年1月4日；2007年1月1日至3日元旦休息；截止2007年1月4日（周四）",
        ),
        (
            "cn",
            date(2022, 12, 30),
            1,
            "decided Fri 30 Dec 2022; 1 working day: 3 Jan 2023; 31 Dec 2022-2 Jan 2023 New "
            "Year's Day; due Tue 3 Jan 2023",
            "2022年12月30日（周五）作出决定；1个工作日为2023年1月3日；"
            "31日至2023年1月2日元旦休息；截止2023年1月3日（周二）",
        ),
        (
            "cn",
            date(2026, 3, 2),
            1,
            "decided Mon 2 Mar 2026; 1 working day: 3; due Tue 3 Mar 2026",
            "2026年3月2日（周一）作出决定；1个工作日为3日；截止2026年3月3日（周二）",
        ),
        (
            "us-federal",
            date(2026, 5, 20),
            3,
            "decided Wed 20 May 2026; 3 working days: 21, 22, 26; 23-25 weekend and Memorial Day; "
            "due Tue 26 May 2026",
            "2026年5月20日（周三）作出决定；3个工作日为21日、22日、26日；"
            "23日至25日周末、阵亡将士纪念日休息；截止2026年5月26日（周二）",
        ),
    ],
)
def test_explanations(code: str, start: date, days: int, en: str, zh: str) -> None:
    """A deadline is explained day by day in both languages."""
    deadline = calendar(code).deadline(start, days)
    assert explain(deadline, "en") == en
    assert explain(deadline, "zh") == zh


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2004, 12, 31), False),  # in lieu of Saturday 2005-01-01, in the year before
        (date(2026, 7, 3), False),  # in lieu of Saturday 2026-07-04
        (date(2021, 7, 5), False),  # in lieu of Sunday 2021-07-04
        (date(2020, 6, 19), True),  # Juneteenth is a federal holiday since 2021
        (date(2021, 6, 18), False),
        (date(2024, 12, 24), True),  # closed by executive order, not a legal public holiday
        (date(2025, 1, 20), False),  # King's birthday; Inauguration Day is no holiday of its own
        (date(2021, 1, 20), True),
        (date(2026, 3, 31), True),  # Cesar Chavez Day is a state holiday
        (date(2026, 11, 27), True),  # the day after Thanksgiving is a state holiday
    ],
)
def test_federal_holidays(day: date, worked: bool) -> None:
    """The federal calendar holds the legal public holidays and their days in lieu, no others."""
    assert calendar("us-federal").is_workday(day) is worked


@pytest.mark.parametrize("code", CODES)
def test_repository_tables(code: str) -> None:
    """Each table has a source for every name, a translation for every name, and honest finality."""
    held = calendar(code)
    names = {part for day in held.days for part in day.name.split("、") if part}
    assert names == set(held.names)
    assert all(bool(day.name) == bool(day.source) for day in held.days)
    with (FOLDER / f"{code}.csv").open(encoding="utf-8", newline="") as file:
        written = [(row["date"], int(row["final"])) for row in csv.DictReader(file)]
    assert written == [(row.date, row.final) for row in held.rows()]
    assert written == [(d.date.isoformat(), d.date <= held.final_through) for d in held.days]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("anew", [True, False])
def test_update_reproduces_the_repository(folder: Path, code: str, anew: bool) -> None:
    """An update, from nothing or again, gives the bytes of the repository."""
    made_with = calendar(code).package.version
    assert version("holidays") == made_with, "make it anew: gongshi calendar update"
    if anew:
        (folder / f"{code}.csv").unlink()
    update(folder, code)
    assert contents(folder) == contents(FOLDER)


@pytest.mark.parametrize("code", CODES)
def test_settled_days_do_not_depend_on_the_package_version(folder: Path, code: str) -> None:
    """Whatever version of the package is installed, the settled days stay as they are."""
    made, held = update(folder, code), calendar(code)
    settled = (held.final_through - held.first).days + 1
    assert made.days[:settled] == held.days[:settled]


def test_override_wins_and_raises_the_version(folder: Path) -> None:
    """A day in the overrides replaces the package's, is listed as changed and makes a version."""
    edit(
        folder / "cn.overrides.csv",
        lambda text: text + "2026-03-04,0,台风停工,示例市人民政府公告\n",
    )
    done = update_calendar(folder, "cn", calendar("cn").first, calendar("cn").last)
    day = done.calendar.days[(date(2026, 3, 4) - done.calendar.first).days]
    assert (day.is_workday, day.name, day.source) == (False, "台风停工", "示例市人民政府公告")
    assert done.changed == (date(2026, 3, 4),)
    assert done.calendar.version == "2026.2"
    assert load_calendar(folder, "cn") == done.calendar
    assert done.calendar.due_iso("2026-03-03", 1) == ("2026-03-05", False)
    assert update(folder).version == "2026.2"


def test_a_new_notice_settles_days(folder: Path) -> None:
    """A table made before the notice for 2026 becomes final with it, in a new version."""
    edit(folder / "cn.toml", lambda text: text.replace("2026-12-24", "2025-12-24"))
    edit(folder / "cn.toml", lambda text: text.replace('"2026.1"', '"2025.3"'))
    made = update(folder)
    assert made.final_through >= date(2026, 12, 24)
    assert made.version == f"{made.final_through.year}.1"


def test_a_notice_entered_by_hand_stays_final(folder: Path) -> None:
    """Days that were declared final by hand do not become provisional again."""
    edit(folder / "cn.toml", lambda text: text.replace("2026-12-24", "2027-12-24"))
    made = update(folder)
    assert made.final_through == date(2027, 12, 24)
    assert made.due_iso("2026-12-28", 7)[1] is False


def test_the_version_before_is_kept(folder: Path) -> None:
    """A superseded version can be read again as it was; what was never made cannot."""
    held = load_calendar(folder, "cn")
    edit(folder / "cn.overrides.csv", lambda text: text + "2026-03-04,0,台风停工,公告\n")
    done = update_calendar(folder, "cn", held.first, held.last)
    assert done.before == held == superseded(folder, "cn", "2026.1")
    assert superseded(folder, "cn", "2026.2") is None
    again = update_calendar(folder, "cn", held.first, held.last)
    assert again.before == again.calendar == done.calendar
    assert sorted(path.name for path in (folder / "versions").iterdir()) == [
        "cn@2026.1.csv",
        "cn@2026.1.toml",
    ]


def test_what_was_final_is_read_from_the_table(folder: Path) -> None:
    """Days declared final by hand are a new version, and the one kept does not have them."""
    edit(folder / "cn.toml", lambda text: text.replace("2026-12-24", "2027-12-24"))
    assert update(folder).version == "2027.1"
    kept = superseded(folder, "cn", "2026.1")
    assert kept is not None
    assert kept.final_through == date(2026, 12, 24)
    assert kept.due_iso("2026-12-28", 7)[1] is True


def test_a_run_across_the_end_is_named(folder: Path) -> None:
    """The last days of a table are named by a holiday that begins after it."""
    made = update_calendar(folder, "cn", date(2022, 1, 1), date(2022, 12, 31)).calendar
    assert made.days[-1].name == "元旦"
    assert made.final_through == made.last


@pytest.mark.parametrize(
    ("name", "change", "error", "message"),
    [
        ("cn.toml", lambda text: text + "[", ProblemError, "cn.toml cannot be understood"),
        ("cn.toml", lambda text: text.replace('"2026.1"', '"x"'), ProblemError, "version"),
        ("cn.toml", lambda text: "colour = 1\n" + text, ProblemError, "colour"),
        (
            "cn.csv",
            lambda text: text.replace("2026-03-04,1", "2026-03-05,1"),
            ProblemError,
            "run gongshi calendar update",
        ),
        ("cn.csv", lambda text: text.replace("2004-01-02,1", "2004-01-02,2"), ProblemError, "3"),
        ("cn.csv", lambda text: text.replace("2004-01-02", "2 Jan 2004"), ProblemError, "line 3"),
        ("cn.csv", lambda text: text.replace("source", "origin"), ProblemError, "source"),
    ],
)
def test_damaged_calendars(
    folder: Path,
    name: str,
    change: Callable[[str], str],
    error: type[GongshiError],
    message: str,
) -> None:
    """A calendar that does not fit together is refused with what is wrong."""
    edit(folder / name, change)
    with pytest.raises(error, match=message):
        load_calendar(folder, "cn")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2026-03-04,0,台风停工,\n", "needs a source"),
        ("2028-03-04,0,台风停工,公告\n", "must be within"),
        ("2026-03-04,no,台风停工,公告\n", "line 2"),
        ("2026-03-04,0\n", "line 2"),
    ],
)
def test_wrong_overrides(folder: Path, line: str, message: str) -> None:
    """An override without source, outside the table or misspelt is refused, nothing written."""
    edit(folder / "cn.overrides.csv", lambda text: text + line)
    before = contents(folder)
    with pytest.raises(ProblemError, match=message):
        update(folder)
    assert contents(folder) == before


def test_unknown_calendar() -> None:
    """An unknown calendar is wrong use, and the known ones are named."""
    with pytest.raises(UsageError, match="cn, us-federal"):
        load_calendar(FOLDER, "xx")


def test_inverted_range(folder: Path) -> None:
    """A table cannot end before it begins."""
    with pytest.raises(UsageError, match="before its first day"):
        update_calendar(folder, "cn", date(2026, 1, 2), date(2026, 1, 1))
