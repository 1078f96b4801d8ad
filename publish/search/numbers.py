"""The number of a record in a release: by it, records lie in the order of their decisions.

What a search finds comes in the order of the numbers, so that the newest are at hand without
looking at all others, and the days between two dates are a range of numbers. Those decided on one
day are parted by type and numbered by their ids when a release is built in full; what an
incremental release adds comes after them.
"""

from datetime import date
from functools import lru_cache

from publish.schema import RecordType, public_types

_OF_DAY, _OF_TYPE = 22, 19
_UNDATED = 1
"""The day under which records without a date of decision lie: before all others."""
_JULIAN = 1721424.5
"""By how much SQLite's count of days is ahead of Python's."""


@lru_cache(maxsize=1 << 16)
def first_number(day: str) -> int:
    """The first number of a day, ISO."""
    return date.fromisoformat(day).toordinal() << _OF_DAY


def last_number(day: str) -> int:
    """The last number of a day, ISO."""
    return first_number(day) + (1 << _OF_DAY) - 1


def group(number: int) -> range:
    """The numbers of the records of one type that were decided on the day of one of them."""
    first = number >> _OF_TYPE << _OF_TYPE
    return range(first, first + (1 << _OF_TYPE))


def first_of(record: RecordType, day: str | None) -> int:
    """The first number of the records of a type that were decided on a day."""
    start = first_number(day) if day else _UNDATED << _OF_DAY
    return start + (_place(record) << _OF_TYPE)


def numbered(record: RecordType, table: str) -> str:
    """The question for the rowids of all rows of a record type, in order, each with its number.

    Args:
        table: where the rows lie as they came.
    """
    decided = f'"{record.roles["decided"]}"'
    day = f"coalesce(CAST(julianday({decided}) - {_JULIAN} AS INTEGER), {_UNDATED})"
    return (
        f"SELECT rowid AS come, ({day} << {_OF_DAY}) + {_place(record) << _OF_TYPE} - 1 + "
        f"row_number() OVER (PARTITION BY {decided} ORDER BY record_id) AS number "
        f"FROM {table} ORDER BY {decided}, record_id"
    )


def _place(record: RecordType) -> int:
    """The place of a type among those with a public table."""
    return list(public_types()).index(record.name)
