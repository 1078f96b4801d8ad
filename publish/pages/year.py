"""The working days of a year as its page shows them, and when decisions are due."""

from calendar import Calendar as Weeks
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson

from monitor.calendar import Calendar, Day

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SATURDAY = 5
AROUND = timedelta(days=60)
"""How far before and after today the printed table of deadlines reaches."""


def year_page(calendar: Calendar, year: int) -> dict[str, Any]:
    """One year's working days, month by month, and what its special days are called."""
    days = {d.date: d for d in calendar.days if d.date.year == year}
    return {
        "year": year,
        "workdays": sum(d.is_workday for d in days.values()),
        "final_through": calendar.final_through,
        "provisional": any(calendar.is_provisional(d) for d in days),
        "months": [
            {
                "period": f"{year}-{month:02d}",
                "weeks": [
                    [_cell(calendar, days.get(d)) if d.month == month else None for d in week]
                    for week in Weeks().monthdatescalendar(year, month)
                ],
            }
            for month in range(1, 13)
        ],
        "holidays": list(_runs(calendar, [*days.values()])),
    }


def calculator(calendar: Calendar, allowed: Sequence[int], today: date) -> dict[str, Any]:
    """What the deadline calculator needs, and the table that stands in for it.

    Args:
        calendar: the working days.
        allowed: the numbers of working days that decisions are allowed.
        today: the day around which the table lies.
    """
    first = max(calendar.first, today - AROUND)
    last = min(calendar.last - AROUND, today + AROUND)
    lines = [_due(calendar, first + timedelta(n), allowed) for n in range((last - first).days + 1)]
    months = groupby(lines, key=lambda line: line["date"][:7])
    return {
        "table": [(month, list(members)) for month, members in months],
        "allowed": allowed,
        "today": today.isoformat(),
        "first": calendar.first.isoformat(),
        "last": calendar.last.isoformat(),
    }


def write_calendar(out: Path, calendar: Calendar) -> Path:
    """Writes calendar.json: every day that is not as its weekday says, with its name."""
    odd = [d for d in calendar.days if d.name or d.is_workday == _weekend(d)]
    content = {
        "calendar": calendar.code,
        "version": calendar.version,
        "first": calendar.first,
        "last": calendar.last,
        "final_through": calendar.final_through,
        "days": {d.date.isoformat(): [int(d.is_workday), *_names(calendar, d.name)] for d in odd},
    }
    path = out / "calendar.json"
    path.write_bytes(orjson.dumps(content))
    return path


def _cell(calendar: Calendar, day: Day | None) -> dict[str, Any] | None:
    """A day: its number, what kind of day it is, and whether that is settled."""
    if day is None:
        return None
    if day.is_workday:
        kind = "work" if _weekend(day) else ""
    else:
        kind = "off" if day.name or not _weekend(day) else "rest"
    return {"number": day.date.day, "kind": kind, "final": not calendar.is_provisional(day.date)}


def _weekend(day: Day) -> bool:
    """Whether it is a Saturday or Sunday."""
    return day.date.weekday() >= SATURDAY


def _runs(calendar: Calendar, days: Sequence[Day]) -> Iterator[dict[str, Any]]:
    """Special days in a row that are called the same."""
    for (name, is_workday, source), members in groupby(
        days, key=lambda d: (d.name, d.is_workday, d.source)
    ):
        if name:
            run = list(members)
            zh, en = _names(calendar, name)
            yield {
                "first": run[0].date.isoformat(),
                "last": run[-1].date.isoformat(),
                "name_zh": zh,
                "name_en": en,
                "is_workday": is_workday,
                "source": source,
            }


def _names(calendar: Calendar, name: str) -> tuple[str, str]:
    """A day's name in Chinese and English."""
    other = ", ".join(calendar.names.get(part, part) for part in name.split("、"))
    return (name, other) if calendar.package.language.startswith("zh") else (other, name)


def _due(calendar: Calendar, decided: date, allowed: Iterable[int]) -> dict[str, Any]:
    """When decisions of one day are due, with whether that is settled."""
    iso = decided.isoformat()
    dues = [calendar.due_iso(iso, n) for n in allowed]
    return {
        "date": iso,
        "weekday": WEEKDAYS[decided.weekday()],
        "is_workday": calendar.is_workday(decided),
        "dues": [(due, not provisional) for due, provisional in dues],
    }
