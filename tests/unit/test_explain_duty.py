"""A duty in words: what a department reads when it asks why it is called late."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.calendar import load_calendar
from monitor.clocks import (
    CLOCKS,
    DISCLOSURE,
    STATUSES,
    WITHDRAWAL,
    Clock,
    Dates,
    Duty,
    Extension,
    Pause,
    Subject,
    Term,
    duty,
)
from monitor.explain import explain_duty

CALENDARS = Path(__file__).parents[2] / "data/reference/calendars"
CN, US = load_calendar(CALENDARS, "cn"), load_calendar(CALENDARS, "us-federal")
VERIFY = next(clock for clock in CLOCKS if clock.name == "objection_verify")


def judged(
    clock: Clock, start: str, term: int | Term, done: str | None, today: str = "2026-06-01"
) -> Duty:
    """A duty done by the portal's date."""
    return duty(
        clock,
        Subject("abc", "market", "penalty", 1),
        start,
        term,
        Dates(None, done, done),
        decides="portal",
        calendar=CN,
        today=today,
    )


def test_the_days_of_a_late_publication_are_named() -> None:
    """Each working day, the make-up Saturday, the Spring Festival, the last day, what was done."""
    row = judged(DISCLOSURE, "2026-02-10", 7, "2026-02-27")._asdict()
    zh, en = explain_duty(row, CN)
    assert zh == (
        "2026年2月10日（周二）作出决定；7个工作日为11日、12日、13日、14日（周六调休上班）、24日、"
        "25日、26日；15日至23日春节休息；截止2026年2月26日（周四）；"
        "2026年2月27日（周五）完成（门户日期）：逾期完成"
    )
    assert en == (
        "decided Tue 10 Feb 2026; 7 working days: 11, 12, 13, 14 (make-up Saturday), 24, 25, 26; "
        "15-23 Spring Festival; due Thu 26 Feb 2026; "
        "done Fri 27 Feb 2026 (by the portal's date): late"
    )


@pytest.mark.parametrize(
    ("term", "zh", "en"),
    [
        (
            Term(5, "", [Pause("2026-03-03", "2026-03-05")]),
            "5个工作日为3日、6日、9日、10日、11日；7日至8日周末休息；4日至5日中止不计；截止2026年3月11日",
            "5 working days: 3, 6, 9, 10, 11; 7-8 weekend; 4-5 paused; due Wed 11 Mar 2026",
        ),
        (
            Term(5, "", [Extension("2026-03-03", "2026-03-12")], 10),
            "2026年3月2日（周一）转交；5个工作日；2026年3月3日（周二）批准延长；延长至2026年3月12日"
            "（周四）；截止2026年3月12日（周四）",
            "passed on Mon 2 Mar 2026; 5 working days; extension granted Tue 3 Mar 2026; "
            "extended to Thu 12 Mar 2026; due Thu 12 Mar 2026",
        ),
        (
            Term(0),
            "须于当日办理，当日休息的顺延；截止2026年3月2日",
            "on the same day, or the next that is worked; due Mon 2 Mar 2026",
        ),
        (
            Term(None, "2026-03-31"),
            "期限由该事项自定；截止2026年3月31日",
            "the case states its own last day; due Tue 31 Mar 2026",
        ),
    ],
)
def test_what_moves_a_deadline_is_named(term: Term, zh: str, en: str) -> None:
    """Pauses day by day, extensions with the day they were granted, days of a case's own."""
    row = judged(VERIFY, "2026-03-02", term, None)._asdict()
    told = explain_duty(row, CN, term.moves)
    assert zh in told[0] and told[0].endswith("尚未完成：逾期未完成")
    assert en in told[1] and told[1].endswith("not done: overdue")


def test_a_row_alone_tells_how_much_was_paused() -> None:
    """Without the case the days are not known, but their number and the last day are."""
    term = Term(5, "", [Pause("2026-03-03", "2026-03-05")])
    zh, en = explain_duty(judged(VERIFY, "2026-03-02", term, "2026-03-11")._asdict(), CN)
    assert "5个工作日；中止的2个工作日不计入；截止2026年3月11日" in zh and "为" not in zh
    assert "5 working days; 2 working days of pauses not counted; due Wed 11 Mar 2026" in en


def test_another_calendar_is_not_made_to_fit() -> None:
    """Where the days do not give the row's deadline, its own figures are told instead."""
    row = judged(WITHDRAWAL, "2026-02-13", 3, None)._asdict()
    zh, en = explain_duty(row, US)
    assert "决定撤下；3个工作日；截止2026年2月25日（周三）" in zh
    assert "3 working days; due Wed 25 Feb 2026" in en


def test_what_is_exempt_or_provisional_says_so() -> None:
    """Neither is held against anybody, and the line says why."""
    exempt = judged(DISCLOSURE, "2026-03-02", 7, None)._replace(status="exempt")._asdict()
    assert explain_duty(exempt, CN)[0].endswith("依法不公开，从未公示，不计入任何比率")
    for term in (Term(7), Term(None, "2027-01-08")):
        zh, en = explain_duty(judged(VERIFY, "2026-12-28", term, None)._asdict(), CN)
        assert "暂定" in zh and "provisional" in en


@given(
    st.sampled_from(CLOCKS),
    st.dates(date(2024, 1, 1), date(2026, 11, 1)),
    st.integers(0, 30) | st.none(),
    st.dates(date(2024, 1, 1), date(2026, 11, 20)) | st.none(),
)
def test_every_duty_can_be_told(
    clock: Clock, start: date, days: int | None, done: date | None
) -> None:
    """Whatever the clock and the state, both languages state the last day and the status."""
    term = Term(days, "" if days is not None else "2026-05-04")
    row = judged(clock, str(start), term, str(done) if done else None)._asdict()
    due = date.fromisoformat(row["due_date"])
    zh, en = explain_duty(row, CN)
    assert f"截止{due.year}年{due.month}月{due.day}日" in zh and f"{due.day} " in en
    assert STATUSES[row["status"]][0] in zh and STATUSES[row["status"]][1] in en
