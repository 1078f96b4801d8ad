"""Gaps in document numbers: what is missing, what is set aside, and what the public sees."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.release.gaps import Extent, Series, extent
from publish.release.numbers import parse

numbers = st.lists(st.integers(1, 999_999) | st.integers(1, 400), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([7], Extent(7, 7, 1, 0, [])),
        ([3, 1, 2, 2], Extent(1, 3, 3, 0, [])),
        ([1, 2, 5, 9], Extent(1, 9, 4, 0, [(3, 4), (6, 8)])),
        ([5, 8], Extent(5, 8, 2, 0, [(6, 7)])),
        ([*range(1, 51), *range(551, 601)], Extent(1, 600, 100, 0, [(51, 550)])),
        ([*range(1, 51), 152], Extent(1, 50, 50, 1, [])),
        ([*range(1, 51), 151], Extent(1, 151, 51, 0, [(51, 150)])),
        ([*range(1, 101), 999_999], Extent(1, 100, 100, 1, [])),
        ([2, *range(5000, 5100)], Extent(5000, 5099, 100, 1, [])),
        ([*range(1, 31), 51_000, 920_000], Extent(1, 30, 30, 2, [])),
    ],
)
def test_gaps_of_a_series(found: Sequence[int], expected: Extent) -> None:
    """Runs of missing numbers are told; numbers far from the others are set aside."""
    assert extent(found) == expected


@pytest.mark.parametrize("found", [[1, 50], [10, 400, 790]])
def test_numbers_out_of_a_run_of_others_are_no_series(found: Sequence[int]) -> None:
    """Where fewer than a tenth of the numbers are there, nothing is asked."""
    alone = extent(found)
    assert alone is None or alone.missing == 0


@given(numbers)
def test_what_is_there_and_what_is_missing_make_the_whole(found: Sequence[int]) -> None:
    """Present and missing numbers add up to the span; each gap lies between numbers present."""
    if (told := extent(found)) is None:
        return
    missing = {n for first, last in told.gaps for n in range(first, last + 1)}
    present = {n for n in found if told.lowest <= n <= told.highest}
    assert missing | present == set(range(told.lowest, told.highest + 1))
    assert not missing & present
    assert (len(missing), len(present)) == (told.missing, told.present)
    assert len(set(found)) == told.present + told.set_aside


@given(numbers)
def test_order_and_repeats_make_no_difference(found: Sequence[int]) -> None:
    """The same numbers in another order, or twice, have the same extent."""
    assert extent(found) == extent([*reversed(found), *found])


@given(st.integers(2, 300), st.integers(400_000, 999_999))
def test_one_mistyped_number_makes_nothing_missing(count: int, typo: int) -> None:
    """A whole run and one number far above have no gap at all."""
    told = extent([*range(1, count + 1), typo])
    assert told == Extent(1, count, count, 1, [])


@given(st.integers(1, 300), st.integers(1, 100), st.integers(1, 300))
def test_a_gap_of_a_hundred_is_always_asked_about(below: int, gap: int, above: int) -> None:
    """However few numbers follow it, unless hardly any are there at all."""
    told = extent([*range(1, below + 1), *range(below + gap + 1, below + gap + above + 1)])
    if 10 * (below + above) >= below + gap + above:
        assert told and told.gaps == [(below + 1, below + gap)]


def _series(texts: Sequence[tuple[str, bool]]) -> list[tuple[str, str, int, int]]:
    """Year, series, numbers present and missing of what the public sees of some documents."""
    gathered = Series()
    for text, published in texts:
        number = parse(text)
        assert number
        gathered.add("market", "penalty", "2026", number, published=published)
    return [(key[2], key[3], one.present, one.missing) for key, one in gathered.extents()]


def test_withheld_records_are_present() -> None:
    """A number on a record that is lawfully withheld is not missing."""
    told = _series([("罚〔2026〕1号", True), ("罚〔2026〕2号", False), ("罚〔2026〕4号", True)])
    assert told == [("2026", "罚〔2026〕…号", 3, 1)]


def test_a_series_of_one_published_record_is_not_shown() -> None:
    """What only one public document carries might be about its party: it stays inside."""
    assert _series([("致张某〔2026〕1号", True), ("致张某〔2026〕9号", False)]) == []


def test_years_and_series_are_kept_apart() -> None:
    """The year in the number counts; one without a year is of the year of the decision."""
    told = _series(
        [(f"{mark}{n}号", True) for mark in ("罚〔2025〕", "罚〔2026〕", "检") for n in (1, 3)]
    )
    assert told == [
        ("2025", "罚〔2025〕…号", 2, 1),
        ("2026", "检…号", 2, 1),
        ("2026", "罚〔2026〕…号", 2, 1),
    ]
