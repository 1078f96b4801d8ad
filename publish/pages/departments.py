"""The list of departments and a page for each: how it keeps its duties, figure by figure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from monitor.clocks import CLOCKS, DISCLOSURE, SETTLED, STATUSES
from monitor.evidence import ALL
from monitor.measures import INDICATORS
from monitor.periods import ROLLING
from publish.disclose.disclose import REASONS
from publish.pages import charts
from publish.pages.figures import Figures, Row, only
from publish.pages.sheets import Sheet, Site
from publish.schema import types_of

SPARK_MONTHS = 12

STANDING = (
    *("due", "rate", "low", "high", "change", "ranked", "rank", "rank_low", "rank_high"),
    *("peer_rank", "peer_count", "score", "grade", "silent"),
)
"""What a department's page says of its row in the league table. The rest, such as the limits that
follow from the whole city's rate, would change the page without being on it."""


def _always(_context: Mapping[str, Any]) -> bool:
    """A part that says so where there is nothing to show."""
    return True


SECTIONS: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "trend": _always,
    "days": _always,
    "indicators": lambda c: bool(c["columns"]),
    "score": lambda c: bool(c["scheme"] and c["parts"]),
    "types": _always,
    "overdue": _always,
    "clocks": lambda c: bool(c["clocks"]),
    "coverage": lambda c: bool(c["items"]),
    "omissions": lambda c: bool(c["finds"]),
    "gaps": lambda c: bool(c["series"]),
    "withheld": _always,
    "quality": _always,
    "editions": lambda c: bool(c["closed"]),
    "batches": _always,
}
"""The parts of a department's page in order, each with whether there is anything to show in it."""


def department_sheets(site: Site) -> Iterator[Sheet]:
    """The list of departments and a page for each."""
    yield Sheet("/departments/", "departments.html", _listing(site.figures))
    shared = _shared(site)
    for code, department in site.figures.departments.items():
        own = _department(site, department) | _duties(site, code) | _kept(site, code)
        own["sections"] = [name for name, shown in SECTIONS.items() if shown(shared | own)]
        yield Sheet(f"/departments/{code}/", "department.html", own, shared=shared)


def days_used(site: Site, who: str) -> dict[str, Any]:
    """The distribution of working days used in the last twelve months."""
    rolling = site.figures.periods.get(ROLLING)
    return {
        "allowed": site.allowed,
        "used": site.figures.histograms.get(who, []),
        "never": site.figures.unpublished(who, rolling) if rolling else 0,
        "who": who,
        "rolling": rolling,
    }


def trend(site: Site, who: str) -> dict[str, Any]:
    """The complete months; for a department with the city's rates beside them."""
    months = site.figures.trend(who)
    city = {m.period.period: m.rate for m in site.figures.trend(ALL)} if who != ALL else {}
    rates = [_drawn(city.get(m.period.period)) for m in months] if city else []
    return {"trend": months, "city_trend": rates}


def _drawn(rate: float | None) -> float | None:
    """A rate as exactly as it is drawn and written; all or nothing only if it is."""
    return min(max(round(rate, 3), 0.0005), 0.9995) if rate and rate < 1 else rate


def _listing(figures: Figures) -> dict[str, Any]:
    """All departments by kind, those that ended apart."""
    current = [d for d in figures.departments.values() if not d.valid_to]
    ended = [d for d in figures.departments.values() if d.valid_to]
    by_kind = groupby(sorted(current, key=lambda d: d.kind), key=lambda d: d.kind)
    groups = [(kind, [_line(figures, d) for d in members]) for kind, members in by_kind]
    groups.sort(key=lambda group: -len(group[1]))
    rates = (r for _, lines in groups for line in lines for r in line[2] if r is not None)
    return {
        "period": figures.headline,
        "count": len(current),
        "groups": groups,
        "scale": charts.axis(rates),
        "ended": [_line(figures, d) for d in ended],
    }


def _line(figures: Figures, department: Row) -> tuple[Row, Row | None, list[float | None], int]:
    """A department in the list: with its standing, its last months and what is overdue."""
    period, code = figures.headline, department.code
    standing = figures.standings.get((period.period, code)) if period else None
    months = [figures.standings.get((m.period, code)) for m in figures.months[-SPARK_MONTHS:]]
    rates = [m.rate if m else None for m in months]
    return department, standing, rates, figures.overdue_now.get(code, 0)


def _shared(site: Site) -> dict[str, Any]:
    """What all departments' pages need alike."""
    figures, period = site.figures, site.figures.headline
    league = figures.league.get(period.period, []) if period else []
    return {
        "period": period,
        "ranked": sum(r.ranked for r in league),
        "types": list(types_of("record").values()),
        "reasons": REASONS,
        "names": INDICATORS,
        "scheme": site.scheme(period.last) if period else None,
    }


def _department(site: Site, d: Row) -> dict[str, Any]:
    """Who a department is, where it stands, and its indicators."""
    figures, period, code = site.figures, site.figures.headline, d.code
    everyone, rolling = figures.departments, figures.periods.get(ROLLING)
    standing = figures.standings.get((period.period, code)) if period else None
    ranks = figures.ranks.get(code, {})
    columns = [(span, figures.values(code, span)) for span in (period, rolling) if span]
    before = [other for other in everyone.values() if other.successor == code]
    kin = [*(other.code for other in before), d.successor]
    return {
        **days_used(site, code),
        **trend(site, code),
        "d": d,
        "parent": everyone.get(d.parent),
        "successor": everyone.get(d.successor),
        "predecessors": before,
        "kin": {c: figures.values(c, rolling) for c in kin if rolling},
        "values": figures.values(code, period) if period else {},
        "year": figures.values(code, rolling) if rolling else {},
        "columns": columns,
        "shown": [n for n in INDICATORS if any(n in found for _, found in columns)],
        "standing": only(standing, *STANDING) if standing else None,
        "ranks": {name: only(r, "rank", "rank_low", "rank_high") for name, r in ranks.items()},
        "parts": figures.parts.get((period.period, code), []) if period else [],
        "closed": figures.finals.get(code, []),
        "scorecards": [
            {name: file[name] for name in ("path", "format")}
            for file in site.files(f"reports/scorecard-{code}")
        ],
    }


def _duties(site: Site, code: str) -> dict[str, Any]:
    """How its duties stand now: decisions by type, and the other clocks."""
    figures = site.figures
    statuses = figures.statuses[code]
    overdue, waiting = figures.overdue.get(code, []), figures.waiting.get(code, [])
    clocks = [(c, figures.clocks.get((code, c.name), {})) for c in CLOCKS if c != DISCLOSURE]
    return {
        "overdue_now": figures.overdue_now.get(code, 0),
        "statuses": statuses,
        "shown_statuses": _shown(statuses.values()),
        "overdue": overdue,
        "clocks": [(clock, counts) for clock, counts in clocks if counts],
        "clock_statuses": _shown(counts for _, counts in clocks),
        "waiting": waiting,
        "public": figures.public.intersection(d.record_id for d in (*overdue, *waiting)),
    }


def _shown(counts: Iterable[Mapping[str, int]]) -> list[str]:
    """The statuses that a table has columns for: the settled ones, and others that occur."""
    occurring = {status for each in counts for status, n in each.items() if n}
    return [s for s in STATUSES if s in SETTLED or s in occurring]


def _kept(site: Site, code: str) -> dict[str, Any]:
    """What it handed in and what it did not."""
    figures = site.figures
    return {
        "items": figures.items.get(code, []),
        "series": [(s, figures.gaps.get(_series(s), [])) for s in figures.series.get(code, [])],
        "finds": figures.finds.get(code, []),
        "withheld": figures.withheld.get(code, []),
        "submissions": figures.submissions.get(code, []),
        "findings": figures.findings.get(code, []),
        "batches": figures.batches.get(code, []),
    }


def _series(row: Row) -> tuple[str, str, str, str]:
    """What the gaps of a series of document numbers are found by."""
    return row.department, row.record_type, row.year, row.series
