"""League tables: nobody gains by being small, and everybody is compared with like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.periods import Period
from publish.profile import Part, Scheme
from tests.unit.standings import (
    BEFORE,
    QUARTER,
    department,
    figures,
    rules,
    table,
    tables,
)

CITY = st.dictionaries(
    st.sampled_from("abcdefghijkl"),
    st.integers(0, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=1,
)


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
    assert found["empty"]["score"] is None and found["empty"]["limit_low"] is None
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
    assert (found["a"]["previous_rank"], found["b"]["previous_rank"]) == (1, None)
    assert found["b"]["change"] is None
