"""League tables: intervals that mean what they say, and no prize for being small."""

import random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.league import league, rank_intervals, wilson
from monitor.periods import Period
from monitor.tables import LEAGUE

QUARTER = Period("2026Q3", "quarter", "2026-07-01", "2026-09-30", 1, "2026Q2")
BEFORE = Period("2026Q2", "quarter", "2026-04-01", "2026-06-30", 1, None)
COUNTS = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def table(
    cases: dict[str, tuple[int, int]], before: dict[str, tuple[int, int]] | None = None
) -> list[dict[str, Any]]:
    """The league table of departments with so many on time of so many due, as dictionaries."""
    rows = [
        (code, "*", period.period, "timeliness_rate", good, due, good / due if due else None)
        for period, counts in ((QUARTER, cases), (BEFORE, before or {}))
        for code, (good, due) in counts.items()
    ]
    columns = ["department", "record_type", "period", "name", "numerator", "denominator", "value"]
    frame = pd.DataFrame(rows, columns=columns)
    found = league(frame, [BEFORE, QUARTER], {"empty": ("", ""), "gone": ("", "2020-01-01")}, 20)
    return [
        row
        for row in (dict(zip(LEAGUE.columns, r, strict=True)) for r in found)
        if row["period"] == "2026Q3"
    ]


def test_small_department_with_a_perfect_record_is_not_ranked() -> None:
    """Three of three on time is listed without a rank, below those with enough cases."""
    found = table({"small": (3, 3), "large": (190, 200), "poor": (10, 100)})
    assert [(r["department"], r["rank"]) for r in found] == [
        ("large", 1),
        ("poor", 2),
        ("empty", None),
        ("small", None),
    ]


def test_departments_without_cases_have_no_rate() -> None:
    """No cases is neither 0 % nor 100 %; a department abolished before is not listed."""
    found = {r["department"]: r for r in table({"large": (190, 200)})}
    assert found["empty"]["rate"] is None and found["empty"]["due"] == 0
    assert "gone" not in found


def test_equal_rates_share_a_rank() -> None:
    """Two departments with the same rate are both second, and the next is fourth."""
    found = table({"a": (90, 100), "b": (50, 100), "c": (100, 200), "d": (10, 100)})
    assert [(r["department"], r["rank"]) for r in found[:4]] == [
        ("a", 1),
        ("b", 2),
        ("c", 2),
        ("d", 4),
    ]


def test_change_is_against_the_period_before() -> None:
    """From 50 % to 90 % is a change of plus 40 points; without a period before there is none."""
    found = {r["department"]: r for r in table({"a": (90, 100), "b": (9, 100)}, {"a": (50, 100)})}
    assert found["a"]["change"] == pytest.approx(0.4)
    assert found["b"]["change"] is None


def test_wilson_known_values() -> None:
    """The interval agrees with published values (Newcombe 1998, table I, method 3)."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


@given(COUNTS)
def test_wilson_holds_its_rate(counts: tuple[int, int]) -> None:
    """The interval lies within 0 and 1 and holds the observed rate."""
    low, high = wilson(*counts)
    assert 0 <= low <= counts[0] / counts[1] <= high <= 1


def test_intervals_cover_the_truth() -> None:
    """In 2,000 seeded cities the Wilson interval holds the true rate in 93 to 97 % of them."""
    rng = random.Random(7)
    held = 0
    for _ in range(2000):
        cases, truth = rng.randint(20, 400), rng.uniform(0.5, 0.98)
        low, high = wilson(sum(rng.random() < truth for _ in range(cases)), cases)
        held += low <= truth <= high
    assert 0.93 <= held / 2000 <= 0.97


def test_rank_intervals_tell_chance_from_difference() -> None:
    """Far apart with many cases the ranks are certain; alike with few they could be any."""
    assert rank_intervals([9900, 5000, 100], [10000] * 3, 1) == [(1, 1), (2, 2), (3, 3)]
    spans = rank_intervals([18, 18, 17, 18, 17], [20] * 5, 1)
    assert all(low == 1 and high == 5 for low, high in spans)


@given(st.lists(COUNTS, min_size=1, max_size=12))
def test_rank_intervals_are_ranks(counts: list[tuple[int, int]]) -> None:
    """Every interval runs from a better or equal to a worse or equal rank that exists."""
    good, due = zip(*counts, strict=True)
    spans = rank_intervals(good, due, 3)
    assert all(1 <= low <= high <= len(counts) for low, high in spans)
    assert spans == rank_intervals(good, due, 3)
    assert np.mean([low for low, _ in spans]) <= (len(counts) + 1) / 2
