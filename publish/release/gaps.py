"""Gaps in document numbers: series gathered as records go by, and what is missing in them.

A gap is a question to the department, never counted against anyone: a number may have been
crossed out, or stand on a document that need not be published.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from publish.release.numbers import Number

WIDE = 100
"""A run of so many missing numbers at most is always asked about."""
TENTH = 10
"""A longer one only if a tenth as many numbers stand on either side of it."""
CARRIED = 2
"""So many published records must carry a series before the public sees it."""

Key = tuple[str, str, str, str]
"""Department, record type, year, series."""


class Extent(NamedTuple):
    """How far a series goes and what is missing in it.

    Attributes:
        lowest: its lowest number.
        highest: its highest number.
        present: how many different numbers there are from the lowest to the highest.
        set_aside: how many lie so far from the others that they are taken for mistyped.
        gaps: the first and the last number of each run of missing ones, rising.
    """

    lowest: int
    highest: int
    present: int
    set_aside: int
    gaps: Sequence[tuple[int, int]]

    @property
    def missing(self) -> int:
        """How many numbers are missing between the lowest and the highest."""
        return self.highest - self.lowest + 1 - self.present


def extent(numbers: "Sequence[int] | array[int]") -> Extent | None:
    """Finds what is missing in a series.

    A run of more than 100 missing numbers is a gap only if on either side of it there are at
    least a tenth as many numbers as it misses; otherwise the numbers are parted there. The part
    with the most numbers (the lowest of equal ones) is the series, the others are set aside: one
    mistyped number far above does not make thousands missing.

    Args:
        numbers: the numbers, at least one, in any order, also more than once.

    Returns:
        The extent; None where fewer than a tenth of the numbers are there, since such numbers
        are taken from a run that others share and nothing can be asked.
    """
    found = np.unique(np.asarray(numbers, dtype=np.int64))
    skipped = np.diff(found) - 1
    below = np.arange(1, len(found))
    fewer = np.minimum(below, len(found) - below)
    parts = np.split(found, 1 + np.flatnonzero((skipped > WIDE) & (skipped > TENTH * fewer)))
    main = max(parts, key=len)
    lowest, highest = int(main[0]), int(main[-1])
    if TENTH * len(main) < highest - lowest + 1:
        return None
    before = np.flatnonzero(np.diff(main) > 1)
    gaps = [(int(main[at]) + 1, int(main[at + 1]) - 1) for at in before]
    return Extent(lowest, highest, len(main), len(found) - len(main), gaps)


@dataclass(slots=True)
class _Run:
    """The numbers of a series as they come.

    Attributes:
        published: how many published records carry it.
    """

    numbers: "array[int]" = field(default_factory=lambda: array("i"))
    published: int = 0


class Series:
    """The series of document numbers of every department.

    Records that are lawfully withheld count as present. A series is shown only if at least two
    published records carry it, so that nothing stands in it that is not public anyway.
    """

    def __init__(self) -> None:
        self._runs: dict[Key, _Run] = {}

    def add(
        self, department: str, record_type: str, year: str, number: Number, *, published: bool
    ) -> None:
        """Notes one record's number.

        Args:
            year: the year of the decision, for a number that names none.
            published: whether the public sees the number as it is.
        """
        key = (department, record_type, number.year or year, number.series)
        self.add_all(key, (number.place,), int(published))

    def add_all(self, key: Key, places: Iterable[int], published: int) -> None:
        """Notes several numbers of a series.

        Args:
            published: how many of them the public sees as they are.
        """
        run = self._runs.setdefault(key, _Run())
        run.numbers.extend(places)
        run.published += published

    def extents(self) -> Iterator[tuple[Key, Extent]]:
        """The series that the public may see, in order of their keys."""
        for key, run in sorted(self._runs.items(), key=lambda pair: pair[0]):
            if run.published >= CARRIED and (found := extent(run.numbers)):
                yield key, found
