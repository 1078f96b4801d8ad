"""Intervals of rates and ranks: they mean what they say, in simulated cities with known truths."""

from collections.abc import Callable
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.intervals import (
    FUNNEL,
    Floats,
    draw_rates,
    funnel_limits,
    rank_intervals,
    ranks,
    wilson,
)

COUNTS = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
RUNS, DEPARTMENTS = 1000, 40
Truths = Callable[[np.random.Generator], Floats]


def apart(chance: np.random.Generator) -> Floats:
    """True rates as they differ among departments: nine in ten in time, some much worse."""
    return chance.beta(9, 1, DEPARTMENTS)


def alike(chance: np.random.Generator) -> Floats:
    """True rates of departments that hardly differ."""
    return chance.beta(200, 22, DEPARTMENTS)


def city(seed: int, truths: Truths) -> tuple[Floats, Floats, Floats]:
    """A simulated city: the true rates, how many were on time, how many were due (20 to 600)."""
    chance = np.random.default_rng(seed)
    rates = truths(chance)
    due = np.exp(chance.uniform(np.log(20), np.log(600), DEPARTMENTS)).astype(int)
    return rates, chance.binomial(due, rates).astype(float), due.astype(float)


def intervals(good: Floats, due: Floats) -> tuple[Floats, Floats]:
    """The rank intervals of departments with so many on time of so many due."""
    codes = [str(i) for i in range(len(due))]
    low, high = rank_intervals(ranks(good / due), draw_rates("2026Q3", codes, good, due))
    return low.astype(float), high.astype(float)


def test_wilson_known_values() -> None:
    """The interval agrees with published values (Newcombe 1998, table I, method 3)."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


@given(COUNTS)
def test_wilson_holds_its_rate(counts: tuple[int, int]) -> None:
    """The interval lies within 0 and 1 and holds the observed rate."""
    low, high = wilson(*counts)
    assert 0 <= low <= counts[0] / counts[1] <= high <= 1


def test_wilson_covers_the_truth() -> None:
    """In 1,000 seeded cities of 40 departments each, 93 to 97 % of the intervals hold the truth."""
    held = []
    for seed in range(RUNS):
        rates, good, due = city(seed, apart)
        ends = (wilson(a, n) for a, n in zip(good, due, strict=True))
        held += [low <= r <= high for (low, high), r in zip(ends, rates, strict=True)]
    assert 0.93 <= np.mean(held) <= 0.97


@pytest.mark.parametrize(("truths", "least", "most"), [(apart, 0.94, 0.98), (alike, 0.80, 0.92)])
def test_rank_intervals_cover_the_true_rank(truths: Truths, least: float, most: float) -> None:
    """95 % hold the true rank where departments differ; where they hardly do, about 85 %."""
    held = []
    for seed in range(100):
        rates, good, due = city(seed, truths)
        low, high = intervals(good, due)
        held.append(np.mean((low <= ranks(rates)) & (ranks(rates) <= high)))
    assert least <= np.mean(held) <= most


def test_rank_intervals_tell_chance_from_difference() -> None:
    """Far apart with many cases the ranks are certain; alike with few they could be any."""
    low, high = intervals(np.array([9900.0, 5000, 100]), np.full(3, 10000.0))
    assert (low.tolist(), high.tolist()) == ([1, 2, 3], [1, 2, 3])
    low, high = intervals(np.array([18.0, 18, 17, 18, 17]), np.full(5, 20.0))
    assert (low.tolist(), high.tolist()) == ([1] * 5, [5] * 5)


@given(st.lists(COUNTS, min_size=1, max_size=12))
def test_rank_intervals_hold_the_rank(counts: list[tuple[int, int]]) -> None:
    """Every interval lies within the ranks that exist and holds the department's own."""
    good, due = np.array(counts, dtype=float).T
    low, high = intervals(good, due)
    own = ranks(good / due)
    assert np.all((low >= 1) & (low <= own) & (own <= high) & (high <= len(counts)))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12))
def test_ranks_count_who_is_better(values: list[int]) -> None:
    """A rank is one more than the number of those with a higher value, in each column."""
    column = np.array(values, dtype=float)
    expected = [1 + sum(v > own for v in values) for own in values]
    assert ranks(column).tolist() == expected
    assert ranks(np.column_stack([column, -column]))[:, 0].tolist() == expected


@given(st.permutations(list("abcdef")))
def test_draws_do_not_depend_on_who_else_is_listed(order: list[str]) -> None:
    """A department's draws are its own, in any order and any company."""
    cases = {code: (10.0 + i, 20.0 + i) for i, code in enumerate("abcdef")}
    good, due = (np.array(c) for c in zip(*(cases[code] for code in order), strict=True))
    drawn = draw_rates("2026Q3", order, good, due)
    alone = draw_rates("2026Q3", ["c"], np.array([12.0]), np.array([22.0]))
    assert np.array_equal(drawn[order.index("c")], alone[0])
    assert np.array_equal(drawn, draw_rates("2026Q3", order, good, due))


def chance_up_to(count: int, cases: int, rate: float) -> float:
    """The binomial chance of so many or fewer."""
    return sum(comb(cases, k) * rate**k * (1 - rate) ** (cases - k) for k in range(count + 1))


@given(st.integers(1, 120), st.floats(0.05, 0.99))
def test_beyond_the_funnel_is_what_chance_hardly_does(cases: int, rate: float) -> None:
    """A count lies outside where the exact chance of one so far off is under 0.1 %."""
    low, high = funnel_limits(rate, cases)
    assert 0 <= low <= rate <= high <= 1
    for count in range(cases + 1):
        below = chance_up_to(count, cases, rate)
        above = 1 - chance_up_to(count - 1, cases, rate)
        if abs(below - FUNNEL) > 1e-8 and abs(above - FUNNEL) > 1e-8:
            assert (count / cases < low) == (below < FUNNEL)
            assert (count / cases > high) == (above < FUNNEL)


def test_a_funnel_is_narrow_where_there_are_many_cases() -> None:
    """With a million cases the limits are those of the normal distribution, 3.09 deviations."""
    spread = 3.0902 * np.sqrt(0.9 * 0.1 / 1_000_000)
    assert funnel_limits(0.9, 1_000_000) == pytest.approx((0.9 - spread, 0.9 + spread), abs=2e-6)
    assert funnel_limits(1.0, 50) == (1.0, 1.0)
    assert funnel_limits(0.0, 50) == (0.0, 0.0)


def test_few_cases_all_in_time_are_no_outlier() -> None:
    """22 of 22 in a city of 85 % happen by chance, which the normal approximation denies."""
    assert funnel_limits(0.85, 22)[1] == 1.0
    assert 13 / 20 < funnel_limits(0.95, 20)[0] < 15 / 20
    assert chance_up_to(14, 20, 0.95) < FUNNEL < chance_up_to(15, 20, 0.95)
