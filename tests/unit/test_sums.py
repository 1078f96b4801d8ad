"""Sums: what is added up is what a plain count over the single cases gives."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.sums import Belonging, Rows, by_period, nearest_rank, repeated, summed

_SMALL = st.integers(0, 4)
_CASES = st.lists(
    st.tuples(_SMALL, _SMALL, st.sampled_from([0, 1, 2, 9, 3_000_000]), st.integers(1, 5)),
    max_size=40,
)


def as_rows(cases: list[tuple[int, int, int, int]]) -> Rows:
    """Cases as columns."""
    return Rows(*np.array(cases, np.int64).reshape(-1, 4).T)


def as_counts(rows: Rows) -> dict[tuple[int, ...], int]:
    """How many there are of each place, time and label, in the order of the rows."""
    return {tuple(key): n for *key, n in zip(*(c.tolist() for c in rows), strict=True)}


def counted(cases: list[tuple[int, int, int, int]]) -> Counter[tuple[int, ...]]:
    """The same, counted case by case."""
    found: Counter[tuple[int, ...]] = Counter()
    for *key, n in cases:
        found[tuple(key)] += n
    return found


@given(_CASES)
def test_sums_are_plain_counts_in_order(cases: list[tuple[int, int, int, int]]) -> None:
    """Whether there are many possible labels or few, none is lost and each is there once."""
    found = as_counts(summed(as_rows(cases)))
    assert found == counted(cases)
    assert list(found) == sorted(found)


@given(
    _CASES, st.lists(st.lists(st.integers(0, 9), max_size=3, unique=True), min_size=5, max_size=5)
)
def test_a_month_counts_in_every_period_that_it_belongs_to(
    cases: list[tuple[int, int, int, int]], members: list[list[int]]
) -> None:
    """Months become periods; what belongs to none is in none."""
    found = as_counts(by_period(as_rows(cases), Belonging(members)))
    spread = [(p, t, label, n) for p, month, label, n in cases for t in members[month]]
    assert found == counted(spread)


@given(_CASES, st.sampled_from([50, 90]))
def test_a_quantile_is_the_value_at_its_rank(
    cases: list[tuple[int, int, int, int]], percent: int
) -> None:
    """Of n values in order it is the one at n times the share, rounded up."""
    ranked = nearest_rank(summed(as_rows(cases)), percent)
    found = dict(
        zip(
            zip(*(c.tolist() for c in ranked.rows[:2]), strict=True), ranked.rows.label, strict=True
        )
    )
    values: dict[tuple[int, int], list[int]] = {}
    for place, time, label, n in cases:
        values.setdefault((place, time), []).extend([label] * n)
    assert found == {k: sorted(v)[-(-percent * len(v) // 100) - 1] for k, v in values.items()}
    assert ranked.total.tolist() == [len(values[key]) for key in sorted(values)]


@given(st.lists(st.integers(0, 6), max_size=10))
def test_what_is_repeated_is_numbered(counts: list[int]) -> None:
    """Each position comes as often as it counts, numbered from 0."""
    at, step = repeated(np.array(counts, np.int64))
    expected = [(i, n) for i, count in enumerate(counts) for n in range(count)]
    assert list(zip(at.tolist(), step.tolist(), strict=True)) == expected
