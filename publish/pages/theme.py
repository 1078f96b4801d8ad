"""The one look of the charts that Plotly draws: colours by the names of the design tokens.

The browser puts in what the tokens are worth on the page, so that light, dark and stronger
contrast come from tokens.css alone. The typeface is the page's, which follows its language.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from plotly.graph_objects import layout

_HOVER = "%{hovertext}<extra></extra>"
_NAMED = "%{hovertext}"
_WHOLE = {"cliponaxis": False}
_QUIET: Mapping[str, Any] = {"showgrid": False, "zeroline": False, "fixedrange": True}


def _token(name: str) -> str:
    """A colour by its token."""
    return f"var(--{name})"


def _dots(fill: str, line: str = "paper") -> Mapping[str, Any]:
    """Departments in a funnel plot."""
    marker = {"size": 10, "color": _token(fill), "line": {"color": _token(line), "width": 1.5}}
    return {
        "type": "scatter",
        "mode": "markers",
        "marker": marker,
        "hovertemplate": _HOVER,
        **_WHOLE,
    }


def _line(colour: str, **look: object) -> Mapping[str, Any]:
    """A line without dots."""
    line = {"color": _token(colour), **look}
    return {"type": "scatter", "mode": "lines", "line": line, "connectgaps": True}


def _bars(colour: str) -> Mapping[str, Any]:
    """Bars of a status, each text above in one size."""
    texts = {"textangle": 0, "constraintext": "none", **_WHOLE}
    return {"type": "bar", "marker": {"color": _token(colour)}, "hovertemplate": "%{y:,}", **texts}


TRACES: Mapping[str, Mapping[str, Any]] = {
    "rate": {
        **_line("on-time", width=2),
        "mode": "lines+markers",
        "marker": {"size": 7, "color": _token("on-time")},
        "hovertemplate": _NAMED,
        **_WHOLE,
    },
    "city": {**_line("ink-soft", width=1.5, dash="4px,3px"), "hovertemplate": _NAMED},
    "limit": {**_line("ink-soft", width=1, dash="5px,4px"), "hoverinfo": "skip"},
    "on_time": _bars("on-time"),
    "late": _bars("late"),
    "overdue": _bars("overdue"),
    "below": _dots("late"),
    "within": _dots("line-strong"),
    "above": _dots("on-time"),
    "few": _dots("paper", "line-strong"),
}
"""How what a chart draws looks, by what it means: the names of the classes in the small charts."""

INTERVALS: Mapping[str, Any] = {"color": _token("on-time-soft"), "thickness": 6, "width": 0}
"""How the interval of a rate looks."""

LAYOUT: Mapping[str, Any] = {
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "font": {"color": _token("ink-soft"), "size": 12},
    "margin": {"l": 44, "r": 0, "t": 16, "b": 24, "pad": 0},
    "showlegend": False,
    "barmode": "stack",
    "bargap": 0.25,
    "dragmode": False,
    "hoverlabel": {
        "bgcolor": _token("paper"),
        "bordercolor": _token("line-strong"),
        "font": {"color": _token("ink"), "size": 13},
        "align": "left",
    },
    "xaxis": {
        **_QUIET,
        "nticks": 5,
        "tickangle": 0,
        "linecolor": _token("line-strong"),
        "spikecolor": _token("line-strong"),
        "spikethickness": 1,
        "spikedash": "solid",
    },
    "yaxis": {
        **_QUIET,
        "showgrid": True,
        "gridcolor": _token("line"),
        "tickformat": ".0%",
    },
    "shapedefaults": {"line": {"color": _token("ink"), "width": 1.5}},
    "annotationdefaults": {"showarrow": False, "xanchor": "left"},
}
"""How every chart looks where it does not say otherwise."""


def theme() -> dict[str, Any]:
    """The theme as the browser gets it, checked by Plotly.

    Raises:
        ValueError: if Plotly knows no such property or value.
    """
    template = layout.Template(layout=LAYOUT, data={"scatter": [{"error_y": INTERVALS}]})
    return {"template": template.to_plotly_json(), "traces": TRACES}


def write_theme(path: Path) -> None:
    """Writes the theme as JSON."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    path.write_bytes(orjson.dumps(theme(), option=options))
