"""Departments, record types, months and periods as numbers, which add up faster than names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import product

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from monitor.periods import Period, month_number
from monitor.sums import Belonging, Numbers, Rows, by_period, joined, summed

WHOLE = "*"
Names = pd.api.extensions.ExtensionArray


class Axes:
    """The numbers of departments, record types, months and periods, each in their order.

    A place is a department and a record type, or all of either.

    Args:
        tables: what is counted: ``department``, ``record_type`` and others of each row.
        spans: the periods.
    """

    def __init__(self, tables: Sequence[pa.Table], spans: Sequence[Period]) -> None:
        self._departments = _ordered(t["department"] for t in tables)
        self._types = _ordered(t["record_type"] for t in tables)
        self.periods = {name: n for n, name in enumerate(sorted(s.period for s in spans))}
        self._base = min(_month(s.first) for s in spans)
        self._lasting = Belonging(list(self._months(spans)))

    def _months(self, spans: Sequence[Period]) -> Iterable[list[int]]:
        """The periods of each month."""
        for month in range(max(self.month(s.last) for s in spans) + 1):
            yield [
                self.periods[s.period]
                for s in spans
                if self.month(s.first) <= month <= self.month(s.last)
            ]

    def month(self, day: str) -> int:
        """The number of a day's month; the first month of all periods is 0."""
        return _month(day) - self._base

    def places(self, table: pa.Table) -> Numbers:
        """The place of each row of a table."""
        departments = numbers(table["department"], self._departments.__getitem__)
        types = numbers(table["record_type"], self._types.__getitem__)
        return departments * len(self._types) + types

    def whole(self, rows: Rows) -> Rows:
        """The counts of each place, and of all departments, all record types and both.

        What lies in no period, or has no label, is left out.
        """
        rows = summed(rows.take((rows.time >= 0) & (rows.label >= 0)))
        department, record_type = np.divmod(rows.place, len(self._types))
        everybody = np.full_like(department, self._departments[WHOLE])
        everything = np.full_like(record_type, self._types[WHOLE])
        parts = [
            rows._replace(place=d * len(self._types) + t)
            for d, t in product((department, everybody), (record_type, everything))
        ]
        return summed(joined(parts))

    def sums(self, rows: Rows) -> Rows:
        """The counts of months added up by period."""
        return by_period(rows.take(rows.time < len(self._lasting)), self._lasting)

    def names(self, places: Numbers, periods: Numbers) -> dict[str, Names]:
        """The columns that say of which department, record type and period each row is."""
        department, record_type = np.divmod(places, len(self._types))
        return {
            "department": named(self._departments, department),
            "record_type": named(self._types, record_type),
            "period": named(self.periods, periods),
        }


def named(names: Mapping[str, int], chosen: Numbers) -> Names:
    """The names of some numbers, of all that there are in their order."""
    return pd.array(list(names), dtype="str").take(chosen)


def numbers(column: pa.ChunkedArray, number: Callable[[str], int]) -> Numbers:
    """A number for each text of a column; -1 where there is none."""
    encoded = pc.dictionary_encode(column.combine_chunks())
    of = [*map(number, encoded.dictionary.to_pylist()), -1]
    found: Numbers = np.array(of, np.int64)[encoded.indices.fill_null(-1).to_numpy()]
    return found


def integers(column: pa.ChunkedArray) -> Numbers:
    """A column of whole numbers; -1 where there is none."""
    found: Numbers = column.fill_null(-1).to_numpy().astype(np.int64)
    return found


def _ordered(columns: Iterable[pa.ChunkedArray]) -> dict[str, int]:
    """The number of each name of some columns and of the whole, in their order."""
    found = {WHOLE}.union(*(pc.unique(column).to_pylist() for column in columns))
    return {name: n for n, name in enumerate(sorted(found))}


def _month(day: str) -> int:
    """The number of a day's month, or of a month."""
    return month_number(date.fromisoformat(f"{day[:7]}-01"))
