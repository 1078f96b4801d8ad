"""Counts by month added up into those of periods."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
_DENSE = 16
"""Up to how many keys for each count a sum is kept for every key there could be."""


class Rows(NamedTuple):
    """Counts, as columns of the same length.

    Attributes:
        place: the number of a department and record type, or of a whole.
        time: the number of a month or period.
        label: what is counted: the number of a measure, or so many working days.
        n: how many.
    """

    place: Numbers
    time: Numbers
    label: Numbers
    n: Numbers

    def take(self, chosen: npt.NDArray[np.generic]) -> "Rows":
        """Some of the rows, by their positions or a mask."""
        return Rows(*(column[chosen] for column in self))


class Belonging:
    """What each number belongs to: a month to its periods, a place to its wholes.

    Args:
        members: for each number from 0 on, the numbers of what it belongs to.
    """

    def __init__(self, members: Sequence[Sequence[int]]) -> None:
        self._counts = np.array([len(m) for m in members], np.int64)
        self._starts = self._counts.cumsum() - self._counts
        self._members = np.array([one for m in members for one in m], np.int64)

    def __len__(self) -> int:
        return len(self._counts)

    def of(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """Each pair of a number's position and of what it belongs to."""
        at, step = repeated(self._counts[numbers])
        return at, self._members[self._starts[numbers][at] + step]


def repeated(counts: Numbers) -> tuple[Numbers, Numbers]:
    """Each position as often as it counts, and how many times it was there before."""
    at = np.repeat(np.arange(len(counts)), counts)
    return at, np.arange(len(at)) - (counts.cumsum() - counts)[at]


def joined(parts: Sequence[Rows]) -> Rows:
    """The rows of all parts."""
    return Rows(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def summed(rows: Rows) -> Rows:
    """The rows of the same place, time and label added up, in this order."""
    if not len(rows.n):
        return rows
    first = int(rows.label.min())
    times, labels = int(rows.time.max()) + 1, int(rows.label.max()) - first + 1
    key, n = _added((rows.place * times + rows.time) * labels + rows.label - first, rows.n)
    return Rows(key // (times * labels), key // labels % times, key % labels + first, n)


def _added(key: Numbers, n: Numbers) -> tuple[Numbers, Numbers]:
    """The sum of each key, in their order, where there is any."""
    if key.max() < max(_DENSE * len(key), 1 << 16):
        sums = np.bincount(key, n).astype(np.int64)
        key = np.flatnonzero(sums)
        return key, sums[key]
    order = key.argsort(kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    sums = np.add.reduceat(n[order], starts)
    return key[order[starts]][sums > 0], sums[sums > 0]


def by_period(rows: Rows, periods: Belonging) -> Rows:
    """The counts of months added up by period."""
    at, period = periods.of(rows.time)
    return summed(rows.take(at)._replace(time=period))


class Ranked(NamedTuple):
    """The rows that hold a quantile of each place and time, and how many there are in all."""

    rows: Rows
    total: Numbers


def nearest_rank(rows: Rows, percent: int) -> Ranked:
    """The first label in order that so many of a hundred do not go beyond.

    It is one that occurred. In whole numbers, so that nothing is rounded on the way.

    Args:
        rows: summed, hence in order.
    """
    group = groups(rows)
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    totals = np.add.reduceat(rows.n, starts) if len(starts) else rows.n
    up_to = rows.n.cumsum() - (totals.cumsum() - totals)[group]
    asked = totals[group] * percent
    reached = (up_to * 100 >= asked) & ((up_to - rows.n) * 100 < asked)
    return Ranked(rows.take(reached), totals)


def groups(rows: Rows) -> Numbers:
    """The number of each row's place and time among those that there are.

    Args:
        rows: summed, hence in order.
    """
    changes = (np.diff(column, prepend=-1) != 0 for column in (rows.place, rows.time))
    found: Numbers = np.logical_or(*changes).cumsum() - 1
    return found
