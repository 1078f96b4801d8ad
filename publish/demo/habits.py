"""How each department of the demo city works: how much, how often, how late, in what files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

FileFormat = Literal["utf-8-sig", "gb18030", "xlsx"]
Headings = Literal["titles", "codes", "spaced", "narrow"]


@dataclass(frozen=True)
class Style:
    """How a department's files look.

    Attributes:
        format: the encoding of CSV files, or ``xlsx``.
        headings: standard titles, standard codes, titles with spaces around (and after codes),
            or titles with half-width punctuation (and document numbers with square brackets).
        dates: a format string for a date; ``xlsx`` files hold real dates where it is blank.
        brief: whether columns that are seldom filled are left out.
        labels: whether coded values are written as their Chinese labels.
    """

    format: FileFormat = "utf-8-sig"
    headings: Headings = "titles"
    dates: str = "{:%Y/%m/%d}"
    brief: bool = False
    labels: bool = False


@dataclass(frozen=True)
class Habit:
    """How a department works.

    Attributes:
        mark: the start of its document numbers.
        licences: its share of the city's licences, in any unit.
        penalties: its share of the city's penalties.
        days: the weekdays on which it hands in (0 is Monday); empty for whenever something is
            due. A hand-in day that is a holiday falls out.
        weeks: 2 for one who hands in every other week, and is late for that.
        late: share of decisions handed in too late, from a day on; between two days in between.
        sittings: on how many days of a month it decides; 0 for any day.
        fixed: decisions a year, whatever the size of the city; None for a share.
        domains: fields of work besides its own, for those who do all of it in their area.
        silent: the first and the last day of a time in which it hands in nothing at all.
    """

    mark: str
    licences: float
    penalties: float
    days: tuple[int, ...]
    late: tuple[tuple[date, float], ...]
    style: Style
    sittings: int = 0
    fixed: float | None = None
    domains: tuple[str, ...] = ()
    weeks: int = 1
    silent: tuple[date, date] | None = None

    def late_share(self, day: date) -> float:
        """The share of the decisions of a day that is handed in too late."""
        for (start, share), (end, other) in pairwise(self.late):
            if start <= day < end:
                return share + (other - share) * ((day - start) / (end - start))
        return self.late[-1][1] if day >= self.late[-1][0] else self.late[0][1]


BOM = Style()
BOM_CODES = Style(headings="codes", dates="{:%Y-%m-%d}")
GB = Style("gb18030", dates="{:%Y-%m-%d}", labels=True)
GB_BRIEF = Style("gb18030", "spaced", "{:%Y.%m.%d}", brief=True)
BRIEF = Style(headings="narrow", dates="{0.year}年{0.month}月{0.day}日", brief=True, labels=True)
BOOK = Style("xlsx", dates="", brief=True)
BOOK_TEXT = Style("xlsx", "spaced", "{:%Y/%m/%d}", labels=True)


def _at(share: float) -> tuple[tuple[date, float], ...]:
    """The same share of late decisions at all times."""
    return ((date(2023, 1, 1), share),)


_STEADY, _SLACK = _at(0.06), _at(0.28)

EVERYWHERE = (
    "market", "urban", "health", "transport", "housing", "agriculture", "emergency", "labour",
    "culture", "civil", "education", "ecology", "water",
)  # fmt: skip
"""The fields of work of a district or county."""

_IMPROVING = ((date(2023, 11, 1), 0.52), (date(2025, 6, 30), 0.24), (date(2026, 9, 30), 0.03))
_WORSENING = ((date(2023, 11, 1), 0.05), (date(2025, 12, 31), 0.07), (date(2026, 10, 31), 0.46))
_BAD_SUMMER = (
    (date(2023, 11, 1), 0.07),
    (date(2025, 6, 1), 0.07),
    (date(2025, 7, 20), 0.72),
    (date(2025, 9, 10), 0.08),
)

_SUMMER_OF_2026 = (date(2026, 7, 1), date(2026, 9, 30))

HABITS: dict[str, Habit] = {
    "market": Habit("示市监", 190, 150, (1, 4), _at(0.04), BOM),
    "transport": Habit("示交", 120, 130, (1, 3), _at(0.13), BOM_CODES),
    "housing": Habit("示建", 70, 40, (4,), _IMPROVING, GB),
    "urban": Habit("示城管", 45, 90, (3,), _STEADY, GB_BRIEF, weeks=2),
    "ecology": Habit("示环", 22, 34, (4,), _STEADY, BOM_CODES, 2),
    "emergency": Habit("示应急", 30, 30, (3,), _STEADY, BRIEF, 2),
    "health": Habit("示卫", 62, 40, (3,), _WORSENING, BOM),
    "police": Habit("示公", 70, 80, (2,), _at(0.08), GB),
    "labour": Habit("示人社", 14, 16, (3,), _STEADY, BOM, 2),
    "education": Habit("示教", 20, 5, (4,), _STEADY, GB, 2, weeks=2),
    "civil": Habit("示民", 12, 4, (2,), _STEADY, BRIEF, 2),
    "culture": Habit("示文旅", 16, 14, (1,), _BAD_SUMMER, BOM, 2),
    "agriculture": Habit("示农", 18, 16, (2,), _STEADY, GB_BRIEF, 2),
    "water": Habit("示水", 8, 6, (4,), _STEADY, BOOK_TEXT, 2, weeks=2),
    "planning": Habit("示自然资", 24, 12, (3,), _STEADY, BOM, 3),
    "commerce": Habit("示商", 4, 1.5, (2,), _STEADY, BRIEF, 2, silent=_SUMMER_OF_2026),
    "development": Habit("示发改", 16, 0.8, (0, 2, 4), _at(0.09), BOM, 3),
    "industry": Habit("示工信", 3, 0.6, (1,), _STEADY, BOOK, 2),
    "justice": Habit("示司", 5, 1.2, (2,), _at(0.22), BOOK, 2),
    "finance": Habit("示财", 3.5, 2.5, (4,), _STEADY, BRIEF, 2),
    "insurance": Habit("示医保", 5, 9, (3,), _STEADY, GB, 2),
    "statistics": Habit("示统", 0.2, 0.8, (), _at(0), BOM, fixed=12),
    "grain": Habit("示粮", 0.6, 0.4, (1,), _at(0.3), BRIEF, fixed=20),
    "archives": Habit("示档", 0.7, 0.3, (), _at(0), BOM, fixed=1.4),
    "science": Habit("示科", 6, 0, (3,), _STEADY, BOM_CODES, 2),
    "fire": Habit("示消", 26, 48, (4,), _at(0.05), BOM_CODES, 3),
    "tax": Habit("示税", 40, 60, (2,), _at(0.02), BOM_CODES),
    "weather": Habit("示气", 0.7, 0.3, (), _at(0), BOM, 2, fixed=32),
    "post": Habit("示邮管", 2.4, 4, (4,), _STEADY, BRIEF, 2),
    "tobacco": Habit("示烟", 44, 14, (2,), _STEADY, GB, 2),
    "zone": Habit("示高新", 9, 2, (0, 2, 4), _STEADY, BOM, 3, domains=("market", "housing")),
    "forestry": Habit("示林", 9, 5, (3,), _STEADY, GB_BRIEF, 2, weeks=2),
    "yunxiu": Habit("云", 30, 26, (3,), _STEADY, BOM, 3, domains=EVERYWHERE),
    "mochi": Habit("墨", 26, 22, (4,), _STEADY, GB, domains=EVERYWHERE, weeks=2),
    "luting": Habit("鹭", 22, 18, (4,), _at(0.1), BOM, 2, domains=EVERYWHERE),
    "wangshu": Habit("望", 18, 15, (3,), _STEADY, BRIEF, 2, domains=EVERYWHERE),
    "qingsui": Habit("青", 15, 13, (3,), _STEADY, BOM_CODES, 2, domains=EVERYWHERE),
    "huaixu": Habit("槐", 14, 12, (4,), _SLACK, GB_BRIEF, 2, domains=EVERYWHERE),
    "maiqiu": Habit("麦", 12, 10, (2,), _STEADY, GB, 2, domains=EVERYWHERE),
    "shuangxu": Habit("霜", 10, 9, (1,), _STEADY, BRIEF, 2, domains=EVERYWHERE, weeks=2),
}
"""The habit of every department, by its code."""


def next_hand_in(days: Sequence[date], habit: Habit, at: int) -> int:
    """The first working day from number ``at`` on, on which the department hands in."""
    while at < len(days) and not _hands_in(days[at], habit):
        at += 1
    return at


def _hands_in(day: date, habit: Habit) -> bool:
    """Whether the department hands in on a working day."""
    if habit.silent and habit.silent[0] <= day <= habit.silent[1]:
        return False
    if not habit.days:
        return True
    fortnight = habit.weeks == 1 or day.isocalendar().week % habit.weeks == 0
    return fortnight and day.weekday() in habit.days
