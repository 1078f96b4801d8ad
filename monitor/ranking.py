"""The ranks by each single rate, and by the score."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from monitor.field import Field
from monitor.intervals import Floats, middle, rank_intervals, ranks, wilson
from publish.profile import RATES

SCORE = "score"

Place = tuple[int | None, int | None, int | None]
"""A rank, and the best and the worst that chance allows; None if not ranked."""
UNRANKED: Place = (None, None, None)


def places(codes: Sequence[str], values: Floats, drawn: Floats) -> dict[str, Place]:
    """Ranks, the highest value first; equal ones share a rank.

    Args:
        values: what was counted.
        drawn: what may truly be, a row for each department.
    """
    if not codes:
        return {}
    place = ranks(values)
    low, high = rank_intervals(place, drawn)
    return dict(
        zip(codes, zip(*map(np.ndarray.tolist, (place, low, high)), strict=True), strict=True)
    )


def by_rate(field: Field) -> Iterator[tuple[Any, ...]]:
    """The rows of the table `ranking` of all rates; only departments with cases are listed."""
    for name in sorted(field.cases.keys() & RATES.keys()):
        cases = field.of(name)
        enough = np.flatnonzero(cases.all >= field.minimum).tolist()
        sign = 1.0 if RATES[name] == "high" else -1.0
        found = places(
            [field.codes[i] for i in enough],
            sign * cases.rates()[enough],
            sign * field.draw(name, field.minimum)[enough],
        )
        for i in np.flatnonzero(cases.all > 0).tolist():
            code, good, total = field.codes[i], float(cases.good[i]), float(cases.all[i])
            counted = (good, total, good / total, *wilson(good, total))
            yield field.span.period, name, code, *counted, *found.get(code, UNRANKED)


def by_score(
    field: Field, score: Floats, drawn: Floats, found: Mapping[str, Place]
) -> Iterator[tuple[Any, ...]]:
    """The rows of the table `ranking` of the score, with the middle 95 % of its draws."""
    low, high = middle(drawn)
    for i in np.flatnonzero(~np.isnan(score)).tolist():
        code, ends = field.codes[i], (float(low[i]), float(high[i]))
        place = found.get(code, UNRANKED)
        yield field.span.period, SCORE, code, None, None, float(score[i]), *ends, *place
