"""Periods: whole months, named so that they sort, each after the one before."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitor.periods import ROLLING, periods

SPANS = st.tuples(st.dates(date(2005, 1, 1), date(2030, 12, 31)), st.integers(0, 1500)).map(
    lambda pair: (pair[0], pair[0] + timedelta(days=pair[1]))
)


def test_names_and_days_of_known_periods() -> None:
    """The third quarter of 2026 and its fellows have the names and days that people use."""
    found = {p.period: p for p in periods(date(2026, 1, 5), date(2026, 11, 20))}
    assert found["2026Q3"][1:] == ("quarter", "2026-07-01", "2026-09-30", 1, "2026Q2")
    assert found["2026H2"][1:] == ("half", "2026-07-01", "2026-12-31", 0, "2026H1")
    assert found["2026-11"][1:] == ("month", "2026-11-01", "2026-11-30", 0, "2026-10")
    assert found["2026"][1:] == ("year", "2026-01-01", "2026-12-31", 0, None)
    assert found[ROLLING][2:4] == ("2025-11-01", "2026-10-31")


def test_rolling_year_includes_a_month_that_ends_today() -> None:
    """On the last day of a month that month is complete."""
    found = {p.period: p for p in periods(date(2026, 1, 1), date(2026, 10, 31))}
    assert found[ROLLING][2:4] == ("2025-11-01", "2026-10-31")


@given(SPANS)
def test_every_day_lies_in_one_period_of_each_kind(span: tuple[date, date]) -> None:
    """No day between the first and today is left out or counted twice."""
    earliest, today = span
    found = [p for p in periods(earliest, today) if p.kind != "rolling"]
    for kind in ("month", "quarter", "half", "year"):
        mine = [p for p in found if p.kind == kind]
        assert mine[0].first <= str(earliest) and str(today) <= mine[-1].last
        for before, after in pairwise(mine):
            assert date.fromisoformat(before.last) + timedelta(1) == date.fromisoformat(after.first)
            assert after.previous == before.period


@given(SPANS)
def test_a_year_ago_is_the_same_period_of_the_year_before(span: tuple[date, date]) -> None:
    """Its name and its days of then; the last twelve months have none."""
    found = {p.period: p for p in periods(*span)}
    for one in found.values():
        before = found.get(one.year_ago or "")
        assert (one.year_ago is None) == (one.kind == "rolling")
        if before:
            assert before.first == f"{int(one.first[:4]) - 1}{one.first[4:]}"
            assert before.kind == one.kind
