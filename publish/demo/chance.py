"""Chance that can be repeated: every part of the city draws from a stream named after it."""

from bisect import bisect
from collections.abc import Iterable, Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


def stream(*names: object) -> Random:
    """A stream of draws that depends on its names only."""
    return Random("/".join(map(str, names)))  # noqa: S311 (to be repeated, not to be secret)


def pick(rng: Random, items: Sequence[T]) -> T:
    """One of the items, all equally likely."""
    return items[int(rng.random() * len(items))]


def between(rng: Random, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``, both included."""
    return low + int(rng.random() * (high - low + 1))


def digits(rng: Random, count: int) -> str:
    """So many decimal digits."""
    return f"{int(rng.random() * 10**count):0{count}}"


class Urn(Generic[T]):
    """Items drawn by weight."""

    def __init__(self, weighted: Iterable[tuple[T, float]]) -> None:
        pairs = [(item, weight) for item, weight in weighted if weight > 0]
        self.items = [item for item, _ in pairs]
        self._bounds = list(accumulate(weight for _, weight in pairs))

    def draw(self, rng: Random) -> T:
        """One of the items."""
        return self.items[bisect(self._bounds, rng.random() * self._bounds[-1])]
