"""Groups of similar departments: of one kind, and of about as many decisions a year."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence

import pandas as pd

from monitor.periods import Period

MONTHS = 12


def peers(kind: str, decisions: float, volumes: Sequence[int]) -> str:
    """The group of a department, such as ``district:100``: its kind, and from how many on.

    Args:
        kind: the kind of department.
        decisions: how many decisions were due within a year.
        volumes: where the sizes begin, rising; the smallest begins at 0.
    """
    place = bisect_right(volumes, decisions)
    return f"{kind}:{volumes[place - 1] if place else 0}"


def yearly(due: pd.DataFrame, spans: Sequence[Period]) -> Mapping[str, Mapping[str, float]]:
    """How many decisions of each department were due in the twelve months up to each month.

    Args:
        due: the rows of `indicator` that count decisions due, of all record types.
        spans: all periods; the months among them are used.
    """
    months = sorted(span.period for span in spans if span.kind == "month")
    counts = due.pivot_table(index="period", columns="department", values="value", aggfunc="sum")
    sums = counts.reindex(months).fillna(0.0).rolling(MONTHS, min_periods=1).sum()
    return {str(m): dict(zip(sums.columns, row, strict=True)) for m, row in sums.iterrows()}


def month_of(span: Period, months: Sequence[str]) -> str | None:
    """The last month of a period that has figures."""
    up_to = [month for month in months if month <= span.last[:7]]
    return max(up_to, default=None)
