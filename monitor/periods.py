"""The periods for which figures are given: months, quarters, halves, years, the last 12 months."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

ROLLING = "rolling12"
_LENGTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


class Period(NamedTuple):
    """A span of whole months: a row of the table `period` of monitor.db, in its order."""

    period: str
    kind: str
    first: str
    last: str
    complete: int
    previous: str | None

    @property
    def year_ago(self) -> str | None:
        """The same period of the year before; the last twelve months have none."""
        if self.kind == "rolling":
            return None
        return f"{int(self.period[:4]) - 1}{self.period[4:]}"


def periods(earliest: date, today: date) -> list[Period]:
    """All periods from the one that holds ``earliest`` to the one that holds ``today``.

    The rolling one ends with the last month that is over.
    """
    found = [p for kind in _LENGTHS for p in _of_kind(kind, earliest, today)]
    return [*found, _rolling(today)]


def _of_kind(kind: str, earliest: date, today: date) -> Iterator[Period]:
    """The periods of one length, oldest first."""
    months = _LENGTHS[kind]
    start = month_number(earliest) // months * months
    previous = None
    while start <= month_number(today):
        first, last = _first_of(start), _first_of(start + months) - timedelta(days=1)
        name = _name(kind, first)
        yield Period(name, kind, str(first), str(last), int(last < today), previous)
        start, previous = start + months, name


def _rolling(today: date) -> Period:
    """The twelve months up to the last complete one."""
    end = month_number(today + timedelta(days=1))
    last = _first_of(end) - timedelta(days=1)
    return Period(ROLLING, "rolling", str(_first_of(end - 12)), str(last), 1, None)


def _name(kind: str, first: date) -> str:
    """2026-03, 2026Q1, 2026H1 or 2026."""
    month = first.month - 1
    names = {
        "month": f"{first:%Y-%m}",
        "quarter": f"{first.year}Q{month // 3 + 1}",
        "half": f"{first.year}H{month // 6 + 1}",
        "year": f"{first.year}",
    }
    return names[kind]


def month_number(day: date) -> int:
    """Months since year 0: months in a row have numbers in a row."""
    return day.year * 12 + day.month - 1


def _first_of(month_number: int) -> date:
    """The first day of a month."""
    return date(month_number // 12, month_number % 12 + 1, 1)
