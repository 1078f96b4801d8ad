"""The number of a record in a release: by it, records lie in the order of their decisions.

What a search finds comes in the order of the numbers, so that the newest are at hand without
looking at all others, and the days between two dates are a range of numbers.
"""

from datetime import date
from functools import lru_cache

_DAY = 1 << 20
_UNDATED = 1
"""The day under which records without a date of decision lie: before all others."""


@lru_cache(maxsize=1 << 16)
def first_number(day: str | None) -> int:
    """The first number of a day; so many can be decided on it until that of the next.

    Args:
        day: ISO; None or empty for records that state none.
    """
    return (date.fromisoformat(day).toordinal() if day else _UNDATED) * _DAY


def last_number(day: str) -> int:
    """The last number of a day."""
    return first_number(day) + _DAY - 1
