"""How much of a rate, and of a rank, is chance."""

from collections.abc import Sequence
from functools import lru_cache
from math import sqrt
from typing import TypeVar
from zlib import crc32

import numpy as np
import numpy.typing as npt

Z95 = 1.959963984540054
FUNNEL = 0.001
"""The chance of lying beyond each limit of a funnel plot: 99.8 % lie between the two."""
DRAWS = 1000
OUTSIDE = 0.05
"""The share of draws outside an interval, half of it on each side."""
_PLACES = 9
"""Of a limit: logarithms differ in their last digit from processor to processor."""
_REACH = 12
"""How many standard deviations, and counts, from the middle a count is thought possible."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Number = TypeVar("Number", np.float64, np.int64)


def wilson(successes: float, cases: float) -> tuple[float, float]:
    """The 95 % interval of a rate (Wilson 1927): honest for few cases and near 0 and 1.

    Args:
        successes: how many succeeded.
        cases: out of how many, at least one.
    """
    rate, square = successes / cases, Z95 * Z95
    middle = rate + square / (2 * cases)
    spread = Z95 * sqrt(rate * (1 - rate) / cases + square / (4 * cases * cases))
    scale = 1 + square / cases
    low = 0.0 if successes == 0 else (middle - spread) / scale
    high = 1.0 if successes == cases else (middle + spread) / scale
    return low, high


@lru_cache(maxsize=100_000)
def funnel_limits(city: float, cases: int) -> tuple[float, float]:
    """Between which rates 99.8 % of departments lie that are as good as the city.

    A rate lies outside where the binomial chance of one so far off, on its side, is under 0.1 %;
    between two counts the limits are interpolated (Spiegelhalter, Statistics in Medicine 2005,
    appendix A.1). The normal approximation flags small departments where most are in time.

    Args:
        city: the city's rate.
        cases: the department's number of cases, at least one.
    """
    if not 0 < city < 1:
        return city, city
    low, high = _least(city, cases) / cases, 1 - _least(1 - city, cases) / cases
    return round(low, _PLACES), round(high, _PLACES)


def _least(rate: float, cases: int) -> float:
    """The count under which chance alone goes no more often than `FUNNEL`."""
    reach = _REACH * (1 + sqrt(cases * rate * (1 - rate)))
    first, last = max(0, int(cases * rate - reach)), min(cases, int(cases * rate + reach) + 1)
    counts = np.arange(first, last)
    steps = np.log((cases - counts) / (counts + 1)) + np.log(rate / (1 - rate))
    logs = np.concatenate(([0.0], np.cumsum(steps)))
    chances = np.exp(logs - logs.max())
    chances /= chances.sum()
    up_to = np.cumsum(chances)
    i = int(np.searchsorted(up_to, FUNNEL))
    return float(max(0.0, first + i - (up_to[i] - FUNNEL) / chances[i]))


def draw_rates(name: str, codes: Sequence[str], good: Floats, cases: Floats) -> Floats:
    """Rates that each department may truly have, given its cases.

    Drawn from the Beta posterior with a uniform prior. Each department has its own stream of
    chance, seeded by the name and its code, so that nobody's draws depend on who else is listed.

    Args:
        name: what is drawn, such as ``2026Q3:late_rate``.
        codes: the departments.
        good: how many succeeded.
        cases: out of how many.

    Returns:
        a row of `DRAWS` rates for each department; zeros without cases.
    """
    found = np.zeros((len(codes), DRAWS))
    for i in np.flatnonzero(cases).tolist():
        chance = np.random.default_rng(crc32(f"{name}:{codes[i]}".encode()))
        found[i] = chance.beta(1 + good[i], 1 + cases[i] - good[i], DRAWS)
    return found


def ranks(values: Floats) -> Ints:
    """Ranks, the highest value first; equal ones share a rank.

    Args:
        values: a row for each department, a column for each draw (or one dimension).
    """
    across = np.ascontiguousarray(-np.atleast_2d(values.T))
    order = np.argsort(across, axis=1)
    ordered = np.take_along_axis(across, order, axis=1)
    places = np.zeros(across.shape, dtype=np.int64)
    later = np.arange(1, across.shape[1])
    np.multiply(ordered[:, 1:] != ordered[:, :-1], later, out=places[:, 1:])
    np.maximum.accumulate(places, axis=1, out=places)
    found = np.empty_like(places)
    np.put_along_axis(found, order, places + 1, axis=1)
    return found.T.reshape(values.shape)


def rank_intervals(place: Ints, drawn: Floats) -> tuple[Ints, Ints]:
    """The best and the worst rank that chance alone allows each department (95 %).

    The middle 95 % of its ranks over all draws; its own rank is always among them.

    Args:
        place: the ranks by what was counted.
        drawn: the draws, a row for each department.
    """
    low, high = middle(ranks(drawn))
    return np.minimum(low, place), np.maximum(high, place)


def middle(drawn: npt.NDArray[Number]) -> tuple[npt.NDArray[Number], npt.NDArray[Number]]:
    """The ends of the middle 95 % of each row, which are values that were drawn."""
    edge = round(DRAWS * OUTSIDE / 2)
    ordered = np.partition(drawn, (edge, DRAWS - 1 - edge), axis=1)
    return ordered[:, edge], ordered[:, DRAWS - 1 - edge]
