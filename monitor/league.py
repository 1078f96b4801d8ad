"""League tables that say how much of a rank is chance."""

from collections.abc import Iterator, Mapping, Sequence
from zlib import crc32

import numpy as np
import pandas as pd

from monitor.periods import Period

Z95 = 1.959963984540054
DRAWS = 4000
_FIGURES = ("late_rate", "compliance_rate", "days_median", "backlog")
_Cells = Mapping[tuple[str, str], tuple[float | None, float | None, float | None]]


def wilson(successes: int, cases: int) -> tuple[float, float]:
    """The 95 % interval of a rate (Wilson 1927): honest for few cases and near 0 and 1.

    Args:
        successes: how many succeeded.
        cases: out of how many, at least one.
    """
    rate, square = successes / cases, Z95 * Z95
    middle = rate + square / (2 * cases)
    spread = Z95 * float(np.sqrt(rate * (1 - rate) / cases + square / (4 * cases * cases)))
    scale = 1 + square / cases
    low = 0.0 if successes == 0 else (middle - spread) / scale
    high = 1.0 if successes == cases else (middle + spread) / scale
    return low, high


def rank_intervals(
    successes: Sequence[int], cases: Sequence[int], seed: int
) -> list[tuple[int, int]]:
    """The ranks that chance alone allows each department (95 %).

    Each rate is drawn many times from its Beta posterior (uniform prior) and the departments
    are ranked at each draw; the interval holds the middle 95 % of a department's ranks.
    """
    if not cases:
        return []
    good, total = np.asarray(successes), np.asarray(cases)
    draws = np.random.default_rng(seed).beta(1 + good, 1 + total - good, (DRAWS, len(total)))
    ranks = (-draws).argsort(axis=1).argsort(axis=1) + 1
    low, high = np.quantile(ranks, [0.025, 0.975], axis=0, method="nearest")
    return [(int(a), int(b)) for a, b in zip(low, high, strict=True)]


def league(
    indicators: pd.DataFrame,
    periods: Sequence[Period],
    departments: Mapping[str, tuple[str, str]],
    minimum: int,
) -> Iterator[tuple[object, ...]]:
    """The rows of the table `league`, by period and rank.

    Args:
        indicators: the rows of the table `indicator`.
        periods: the periods to rank in.
        departments: each department's code with the first and last day it existed ("" if open).
        minimum: under how many cases a department is listed but not ranked.
    """
    overall = indicators[(indicators.record_type == "*") & (indicators.department != "*")]
    grouped = dict(tuple(overall.groupby("period")))
    rates = _rates(overall)
    for period in periods:
        rows = grouped.get(period.period)
        if rows is not None:
            members = _members(rows, departments, period)
            yield from _table(period, rows, members, minimum, rates)


def _rates(overall: pd.DataFrame) -> dict[tuple[str, str], float]:
    """The timeliness rate of every department in every period."""
    timely = overall[overall.name == "timeliness_rate"].dropna(subset=["value"])
    keys = zip(timely.period, timely.department, strict=True)
    return dict(zip(keys, timely.value, strict=True))


def _members(
    rows: pd.DataFrame, departments: Mapping[str, tuple[str, str]], period: Period
) -> list[str]:
    """Who is listed: the departments that existed in the period, and whoever had cases."""
    existed = {
        code
        for code, (first, last) in departments.items()
        if (not first or first <= period.last) and (not last or last >= period.first)
    }
    return sorted(existed | set(rows.department))


def _table(
    period: Period,
    rows: pd.DataFrame,
    members: Sequence[str],
    minimum: int,
    rates: Mapping[tuple[str, str], float],
) -> Iterator[tuple[object, ...]]:
    """One period's league table: the ranked by rank, then the others by code."""
    cells = _cells(rows)
    counts = {code: _counts(cells, code) for code in members}
    listed = _ranked({c: counts[c] for c in members if counts[c][1] >= minimum}, period.period)
    for code in [*listed, *(c for c in members if c not in listed)]:
        place, span = listed.get(code, (None, (None, None)))
        on_time, due = counts[code]
        rate = on_time / due if due else None
        low, high = wilson(on_time, due) if due else (None, None)
        before = rates.get((period.previous or "", code))
        yield (
            period.period,
            code,
            int(code in listed),
            place,
            *span,
            on_time,
            due,
            rate,
            low,
            high,
            *(_value(cells, code, name) for name in _FIGURES),
            before,
            None if rate is None or before is None else rate - before,
        )


def _ranked(
    counts: Mapping[str, tuple[int, int]], seed: str
) -> dict[str, tuple[int, tuple[int, int]]]:
    """Rank and rank interval of each department, best rate first; equal rates share a rank."""
    rates = {code: on_time / due for code, (on_time, due) in counts.items()}
    order = sorted(rates, key=lambda code: (-rates[code], code))
    spans = rank_intervals(
        [counts[c][0] for c in order], [counts[c][1] for c in order], crc32(seed.encode())
    )
    places = {c: 1 + sum(rate > rates[c] for rate in rates.values()) for c in order}
    return {c: (places[c], span) for c, span in zip(order, spans, strict=True)}


def _cells(rows: pd.DataFrame) -> _Cells:
    """Numerator, denominator and value by department and indicator; None where there is none."""
    plain = rows.astype(object).where(rows.notna(), None)
    columns = (plain[c] for c in ("department", "name", "numerator", "denominator", "value"))
    return {(d, n): (a, b, v) for d, n, a, b, v in zip(*columns, strict=True)}


def _counts(cells: _Cells, code: str) -> tuple[int, int]:
    """On time and due."""
    on_time, due, _ = cells.get((code, "timeliness_rate"), (0, 0, None))
    return int(on_time or 0), int(due or 0)


def _value(cells: _Cells, code: str, name: str) -> float | None:
    """An indicator's value; None where there were no cases."""
    return cells.get((code, name), (None, None, None))[2]
