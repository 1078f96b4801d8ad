"""How the deadline of a duty was counted and how the duty stands, in words."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from monitor.calendar import (
    Calendar,
    Language,
    day_in_words,
    explain,
    provisional_in_words,
)
from monitor.clocks import CLOCKS, STATUSES, Clock, Extension, Pause

_CLOCKS = {clock.name: clock for clock in CLOCKS}
_DECIDES = {
    "portal": ("门户日期", "by the portal's date"),
    "received": ("门户收到日期", "by the day the portal received it"),
    "department": ("部门所报日期", "by the department's account"),
    "pushed": ("向上级平台报送的日期", "by the day it was handed on"),
    "accepted": ("上级平台接收的报送日期", "by the day it was handed on and taken"),
}


def explain_duty(
    row: Mapping[str, Any], calendar: Calendar, moves: Sequence[Pause | Extension] = ()
) -> tuple[str, str]:
    """Say in one line what was due when and why, and what was done, in Chinese and in English.

    Args:
        row: a row of the table `duty`.
        calendar: the working days that it was judged on.
        moves: the pauses and extensions behind it, in order of time; without them the row still
            tells how many days were paused and until when the deadline was extended.
    """
    return _line(row, calendar, moves, "zh"), _line(row, calendar, moves, "en")


def _line(
    row: Mapping[str, Any],
    calendar: Calendar,
    moves: Sequence[Pause | Extension],
    lang: Language,
) -> str:
    """The explanation in one language."""
    counted = _counted(row, calendar, moves, lang)
    told = [counted] if counted else _summary(row, calendar, moves, lang)
    return ("；" if lang == "zh" else "; ").join([*told, _outcome(row, lang)])


def _counted(
    row: Mapping[str, Any],
    calendar: Calendar,
    moves: Sequence[Pause | Extension],
    lang: Language,
) -> str | None:
    """Day by day; None where the row alone does not tell, or the calendar is another one."""
    if not row["days_allowed"] or row["extended_to"]:
        return None
    pauses = [move for move in moves if isinstance(move, Pause)]
    found = calendar.deadline(date.fromisoformat(row["start_date"]), row["days_allowed"], pauses)
    if found.due.isoformat() != row["due_date"]:
        return None
    return explain(found, lang, _began(row, lang))


def _summary(
    row: Mapping[str, Any],
    calendar: Calendar,
    moves: Sequence[Pause | Extension],
    lang: Language,
) -> Iterator[str]:
    """What was allowed and what moved it, without the single days."""
    zh, days, due = lang == "zh", row["days_allowed"], _day(row["due_date"], lang)
    start, began = _day(row["start_date"], lang), _began(row, lang)
    yield f"{start}{began}" if zh else f"{began} {start}"
    if days is None:
        yield "期限由该事项自定" if zh else "the case states its own last day"
    elif days == 0:
        yield (
            "须于当日办理，当日休息的顺延" if zh else "on the same day, or the next that is worked"
        )
    else:
        yield f"{days}个工作日" if zh else f"{days} working day{'s' if days > 1 else ''}"
    yield from (_move(move, lang) for move in moves)
    if lost := row["excluded_days"]:
        yield f"中止的{lost}个工作日不计入" if zh else f"{lost} working days of pauses not counted"
    if to := row["extended_to"]:
        yield f"延长至{_day(to, lang)}" if zh else f"extended to {_day(to, lang)}"
    yield f"截止{due}" if zh else f"due {due}"
    if row["provisional"]:
        yield provisional_in_words(calendar.final_through, lang)


def _move(move: Pause | Extension, lang: Language) -> str:
    """A pause or an extension as it was entered."""
    first, last = (_day(day, lang) for day in move)
    if isinstance(move, Pause):
        return f"{first}中止，至{last}" if lang == "zh" else f"paused {first} until {last}"
    return f"{first}批准延长" if lang == "zh" else f"extension granted {first}"


def _outcome(row: Mapping[str, Any], lang: Language) -> str:
    """What was done, by whose date, and how that is judged."""
    zh = lang == "zh"
    if row["status"] == "exempt":
        return (
            "依法不公开，从未公示，不计入任何比率"
            if zh
            else "lawfully not published and never shown; counted in no rate"
        )
    status, decides = STATUSES[row["status"]][not zh], _DECIDES[row["decides"]][not zh]
    if row["done_date"] is None:
        return f"尚未完成：{status}" if zh else f"not done: {status}"
    done = _day(row["done_date"], lang)
    return f"{done}完成（{decides}）：{status}" if zh else f"done {done} ({decides}): {status}"


def _began(row: Mapping[str, Any], lang: Language) -> str:
    """What happened on day 0."""
    clock: Clock = _CLOCKS[row["clock"]]
    return clock.began_zh if lang == "zh" else clock.began_en


def _day(iso: str, lang: Language) -> str:
    """A day with its year and weekday."""
    return day_in_words(date.fromisoformat(iso), lang)
