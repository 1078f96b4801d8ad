"""The league table of each period: who stands where, how sure that is, and what it is made of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from monitor.evidence import ALL
from monitor.measures import INDICATORS
from publish.pages import charts
from publish.pages.figures import Figures, Row
from publish.pages.sheets import Sheet, Site

COLUMNS = (
    ("rank", "number"),
    ("department", "text"),
    ("score", "number"),
    ("rate", "number"),
    ("change", "number"),
    ("due", "number"),
    ("late", "number"),
    ("compliance", "number"),
    ("median", "number"),
    ("backlog", "number"),
)
"""The columns of the league table and how each sorts."""

KINDS = ("quarter", "month", "half", "year", "rolling")


def league_sheets(site: Site) -> Iterator[Sheet]:
    """The league table of each period, and the newest complete one at the front."""
    figures = site.figures
    yield Sheet("/league/", "league.html", _standings(site, figures.headline))
    for period in figures.periods.values():
        if period.period in figures.league:
            yield Sheet(f"/league/{period.period}/", "league.html", _standings(site, period))


def _standings(site: Site, period: Row | None) -> dict[str, Any]:
    """One period's league table."""
    known = [p for p in site.figures.periods.values() if p.period in site.figures.league]
    kinds = [(kind, [p for p in reversed(known) if p.kind == kind]) for kind in KINDS]
    shared = {
        "period": period,
        "release": None if period is None or period.complete else site.figures.release,
        "known": {p.period for p in known},
        "kinds": [(kind, members) for kind, members in kinds if members],
        "editions": site.figures.editions,
    }
    if period is None:
        return shared
    following = next((p.period for p in known if p.previous == period.period), None)
    return shared | _table(site, period) | _apart(site, period) | {"following": following}


def _table(site: Site, period: Row) -> dict[str, Any]:
    """The table itself: the ranked, what their scores are made of, and the groups among them."""
    figures, scheme = site.figures, site.scheme(period.last)
    rows = figures.league[period.period]
    ranked = [r for r in rows if r.ranked]
    aim = site.project.profile.league.aim
    return {
        "city": figures.values(ALL, period),
        "ranked": ranked,
        "reached": sum(r.rate >= aim for r in ranked),
        "columns": COLUMNS if scheme else [c for c in COLUMNS if c[0] != "score"],
        "scheme": scheme,
        "parts": {r.department: figures.parts.get((period.period, r.department), []) for r in rows},
        "values": {r.department: figures.values(r.department, period) for r in rows},
        "groups": list(_groups(ranked, site.project.profile.league.volumes)),
        "scale": charts.axis(r.low for r in ranked),
        "departments": figures.departments,
        "names": INDICATORS,
        "minimum": site.project.profile.league.minimum_cases,
        "singles": list(_singles(figures, period)),
        "closed": [e for e in figures.editions if e.period == period.period],
        "files": [
            file
            for kind in ("league", "circular")
            for file in site.files(f"reports/{kind}-{period.period}")
        ],
    }


def _apart(site: Site, period: Row) -> dict[str, Any]:
    """Who is not ranked, and who lies outside what chance explains."""
    rows = site.figures.league[period.period]
    return {
        "few": [r for r in rows if r.due and not r.ranked],
        "silent": [r for r in rows if r.silent],
        "idle": [r for r in rows if not r.due and not r.silent],
        "cases": [r for r in rows if r.due],
        "beyond": [r for r in rows if r.ranked and charts.side(r) in {"above", "below"}],
    }


def _groups(ranked: Iterable[Row], volumes: Sequence[int]) -> Iterator[Mapping[str, Any]]:
    """The groups of similar departments of which some are ranked among themselves, by rank.

    A group's name is its kind and from how many decisions a year on it begins.
    """
    members = sorted((r for r in ranked if r.peer_rank), key=lambda r: (r.peers, r.peer_rank))
    for peers, rows in groupby(members, key=lambda r: r.peers):
        kind, _, low = peers.partition(":")
        above = next((v for v in volumes if v > int(low)), None)
        yield {"kind": kind, "low": int(low), "high": above, "rows": list(rows)}


def _singles(figures: Figures, period: Row) -> Iterator[Mapping[str, Any]]:
    """The indicators by which departments are ranked singly, with the whole city's figure."""
    counts = {r.name: r for r in figures.rankings.get(period.period, ())}
    city = figures.values(ALL, period)
    for name, title in INDICATORS.items():
        if name in counts:
            yield {"title": title, "city": city.get(name), "counts": counts[name]}
