"""The big charts as data for Plotly, from the same values as their drawings and tables.

A trace names its look by ``meta``, which the theme knows. Values are rounded to what can be seen,
so that a page stays as it is until a figure on it changes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import sqrt
from typing import Any

from markupsafe import escape

from monitor.clocks import SETTLED
from publish.catalogue.schemaorg import script
from publish.pages import charts
from publish.pages.render import number, percent

Figure = dict[str, Any]
Names = Mapping[str, str]

embedded = script
"""A figure as the text of a script element that holds data."""

_DIGITS = 4
_FREE = {"fixedrange": False}
_STRONG = {"color": "var(--ink)", "weight": 600}


def trend(
    points: Sequence[charts.Point],
    *,
    aim: float,
    names: Names,
    city: Sequence[float | None] = (),
) -> Figure:
    """Months: the rate with its intervals above, the cases by status below.

    Args:
        points: the months, oldest first.
        aim: the rate held to.
        names: the names of the settled statuses, and ``cases``, ``rate`` and ``city``.
        city: the city's rate in each month.
    """
    months = [_text(p.label) for p in points]
    behind = [_rates("city", names, city, map(_said, city))] if city else []
    drawn = [*behind, _months(points, names), *(_stack(points, s, names) for s in SETTLED)]
    cases = {"text": _text(names["cases"]), "xref": "paper", "x": 0, "yref": "paper", "y": 0.32}
    return {
        "data": [{**trace, "x": months} for trace in drawn],
        "layout": {
            "hovermode": "x unified",
            "hoversubplots": "axis",
            "xaxis": _columns(months) | {"anchor": "y2"},
            "yaxis": _scale(charts.axis(charts.lowest(points, city))) | {"domain": [0.4, 1]},
            "yaxis2": {"domain": [0, 0.28], "visible": False, "fixedrange": True},
            "shapes": [_across(aim)],
            "annotations": [cases],
        },
    }


def histogram(bars: Sequence[charts.Bar], *, limit: int, deadline: str, names: Names) -> Figure:
    """Bars with their shares on top and a line after the last one that the deadline allows.

    Args:
        bars: the bars, left to right.
        limit: how many bars stand before the deadline's line.
        deadline: what is written at that line.
        names: the names of the statuses that colour the bars.
    """
    total, most = sum(b.amount for b in bars) or 1, max(b.amount for b in bars) or 1
    edge, up = limit - 0.5, {"yref": "paper", "y0": 0, "y1": 1}
    said = {"text": _text(deadline), "font": _STRONG, "xshift": 4, "yref": "paper", "y": 1}
    return {
        "data": [_share(bars, kind, total, names) for kind in SETTLED],
        "layout": {
            "hovermode": "closest",
            "margin": {"l": 0},
            "xaxis": _columns(b.label or " " for b in bars) | {"dtick": 1, "showline": True},
            "yaxis": {"visible": False, "range": [0, round(most * 1.2, 1)]},
            "shapes": [{"x0": edge, "x1": edge, **up, "line": {"dash": "2px,3px"}}],
            "annotations": [{**said, "x": edge, "yanchor": "middle"}],
        },
    }


def funnel(
    cases: Sequence[Any],
    city: float,
    minimum: int,
    *,
    name: Callable[[Any], str],
    names: Names,
) -> Figure:
    """Each department's rate over its number of cases, with the limits that chance alone explains.

    Args:
        cases: the departments.
        city: the city's rate, around which the limits lie (99.8 %).
        minimum: under how many cases departments are not ranked.
        name: what a department's dot is called.
        names: the names of the sides of the limits, and of the limits.
    """
    most = max((case.due for case in cases), default=1)
    rounds = charts.rounds(most)
    ticks = {"tickvals": [_root(n) for n in rounds], "ticktext": [number(n) for n in rounds]}
    edge = sqrt(most) * charts.EDGE / (100 - 2 * charts.EDGE)
    over = charts.funnel_axis(cases, city, minimum)
    shown = [(kind, [c for c in cases if charts.side(c) == kind]) for kind in charts.SIDES]
    return {
        "data": [
            *_limits(charts.curves(city, most, minimum), names),
            *(_departments(kind, found, name, names) for kind, found in shown if found),
        ],
        "layout": {
            "hovermode": "closest",
            "dragmode": "zoom",
            "xaxis": {"range": [_rounded(-edge), _rounded(sqrt(most) + edge)], **ticks, **_FREE},
            "yaxis": _scale(over) | _FREE,
            "shapes": [_across(city) | {"line": {"color": "var(--ink-soft)", "dash": "4px,3px"}}],
        },
    }


def _months(points: Sequence[charts.Point], names: Names) -> Figure:
    """The line of the months' rates with their intervals."""
    trace = _rates("rate", names, [p.rate for p in points], map(_with_interval, points))
    if not any(p.interval for p in points):
        return trace
    ends = [(p.rate or 0.0, *(p.interval or (p.rate or 0.0,) * 2)) for p in points]
    reach = {
        "array": [_rounded(high - rate) for rate, _, high in ends],
        "arrayminus": [_rounded(rate - low) for rate, low, _ in ends],
    }
    return {**trace, "error_y": {"symmetric": False, **reach}}


def _rates(kind: str, names: Names, rates: Iterable[float | None], said: Iterable[str]) -> Figure:
    """A line of rates."""
    values = [None if r is None else _rounded(r) for r in rates]
    return {"meta": kind, "name": _text(names[kind]), "y": values, "hovertext": list(said)}


def _stack(points: Sequence[charts.Point], status: str, names: Names) -> Figure:
    """The months' cases of one status."""
    amounts = [p.counts.get(status, 0) for p in points]
    return {"meta": status, "name": _text(names[status]), "y": amounts, "yaxis": "y2"}


def _share(bars: Sequence[charts.Bar], kind: str, total: int, names: Names) -> Figure:
    """The bars of one colour."""
    found = [b for b in bars if b.kind == kind]
    shares = [b.amount / total for b in found]
    return {
        "meta": kind,
        "name": _text(names[kind]),
        "x": [_text(b.label) for b in found],
        "y": [b.amount for b in found],
        "text": [f"{s:.0%}" if s >= charts.LABEL_FROM else "" for s in shares],
        "textposition": "outside",
        "hovertemplate": "%{x}: %{y:,}<extra></extra>",
    }


def _limits(curves: Iterable[Sequence[charts.Spot]], names: Names) -> Iterator[Figure]:
    """The limits of a funnel plot, which share their place in a key."""
    for i, curve in enumerate(curves):
        across, rates = zip(*curve, strict=True)
        spots = {"x": [_root(n) for n in across], "y": [_rounded(min(1.0, r)) for r in rates]}
        yield {"meta": "limit", "name": _text(names["limit"]), "showlegend": not i, **spots}


def _departments(
    kind: str, cases: Sequence[Any], name: Callable[[Any], str], names: Names
) -> Figure:
    """The dots on one side of a funnel plot's limits."""
    return {
        "meta": kind,
        "name": _text(names[kind]),
        "x": [_root(c.due) for c in cases],
        "y": [_rounded(c.rate) for c in cases],
        "ids": [c.department for c in cases],
        "hovertext": [f"{_text(name(c))} ({_said(c.rate)})" for c in cases],
    }


def _columns(labels: Iterable[str]) -> Figure:
    """An axis of words in order, each in the middle of a column."""
    names = [_text(label) for label in labels]
    ends = {"range": [-0.5, len(names) - 0.5]}
    return {"type": "category", "categoryorder": "array", "categoryarray": names, **ends}


def _scale(over: charts.Axis) -> Figure:
    """An axis of shares."""
    return {"range": [over.start, 1], "tickvals": list(over.ticks)}


def _across(share: float) -> Figure:
    """A line across at a share."""
    return {"xref": "paper", "x0": 0, "x1": 1, "y0": _rounded(share), "y1": _rounded(share)}


def _with_interval(point: charts.Point) -> str:
    """A month's rate and its interval in words."""
    if point.rate is None or point.interval is None:
        return _said(point.rate)
    return f"{_said(point.rate)} ({'–'.join(map(_said, point.interval))})"


def _said(rate: float | None) -> str:
    """A rate in words; nothing where there is none."""
    return "" if rate is None else _text(percent(rate))


def _text(text: str) -> str:
    """A text as Plotly reads it, which knows some elements of HTML."""
    return str(escape(text))


def _root(cases: float) -> float:
    """Where a number of cases lies across a funnel plot."""
    return _rounded(sqrt(cases))


def _rounded(value: float) -> float:
    """A value as exact as can be seen."""
    return round(value, _DIGITS)
