"""The static site: every page about departments, periods, rules and files, in both languages."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from monitor.clocks import SETTLED, STATUSES
from monitor.periods import ROLLING
from monitor.tables import TABLES
from publish.disclose.disclose import REASONS
from publish.pages import charts, evidence
from publish.pages.evidence import ALL
from publish.pages.figures import Figures, Row, filled, read_figures
from publish.pages.render import LANGUAGES, Language, Renderer
from publish.pages.rules import versions
from publish.pages.year import calculator, write_calendar, year_page
from publish.profile import DisclosureClock, ancestors
from publish.project import Project
from publish.release.public import reference_table
from publish.schema import TYPES, public_types, record_type, types_of

PROSE = ("methodology", "about", "privacy", "accessibility")
COLUMNS = (
    ("rank", "number"),
    ("department", "text"),
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
SPARK_MONTHS = 12

Progress = Callable[[int, int], None]


CALCULATED = 7
"""The working days that the calculator begins with where the rules set no deadline."""


@dataclass(frozen=True)
class Sheet:
    """A page before it is in a language.

    Attributes:
        path: its address without the language's prefix.
        prose: the text of site/content that it holds.
    """

    path: str
    template: str
    context: Mapping[str, Any]
    prose: str | None = None


@dataclass(frozen=True)
class Site:
    """Everything that the pages are made from."""

    figures: Figures
    project: Project
    manifest: Mapping[str, Any]
    credit: sqlite3.Connection

    @property
    def today(self) -> date:
        """The day of the release."""
        return date.fromisoformat(self.figures.release.as_of[:10])

    @property
    def clock(self) -> DisclosureClock:
        """The disclosure clock of today's decisions."""
        return self.project.profile.clocks.disclosure.on(self.today)

    @property
    def allowed(self) -> int:
        """Working days from decision to publication, for most records; 0 if no clock is set."""
        return max(self.clock.days.values(), default=0)

    @property
    def days(self) -> list[int]:
        """All numbers of working days that some decision is allowed, the usual one first."""
        others = {*self.clock.days.values(), *self.clock.items.values()} - {self.allowed}
        return [self.allowed or CALCULATED, *sorted(others)]


def build_site(
    out: Path,
    *,
    monitor: sqlite3.Connection,
    credit: sqlite3.Connection,
    project: Project,
    manifest: Mapping[str, Any],
    progress: Progress = lambda done, total: None,
) -> list[Path]:
    """Writes every static page and asset of a release.

    Args:
        out: the folder to write to; made if it is missing.
        monitor: the release's monitor.db.
        credit: the release's credit.db.
        project: the project, for its site folder, profile and calendar.
        manifest: the release's manifest.
        progress: told how many of all pages are written.

    Returns:
        The files written.

    Raises:
        ProblemError: naming the template or text that is wrong.
    """
    renderer = Renderer(project.site, project.profile, manifest)
    site = Site(read_figures(monitor, credit, types_of("record")), project, manifest, credit)
    written = [*renderer.write_assets(out), write_calendar(out, project.calendar)]
    sheets = list(_sheets(site))
    for i, sheet in enumerate(sheets, start=1):
        written += [_write(out, renderer, lang, sheet, site) for lang in LANGUAGES]
        progress(i, len(sheets))
    return written


def _write(out: Path, renderer: Renderer, lang: Language, sheet: Sheet, site: Site) -> Path:
    """Writes one page in one language."""
    context = {
        "rows": evidence,
        "charts": charts,
        "release": site.figures.release,
        "clock": site.clock,
        "persons": site.project.profile.persons.on(site.today),
        **sheet.context,
    }
    if sheet.prose:
        context["prose"] = renderer.prose(sheet.prose, lang, **context)
    html = renderer.render(sheet.template, lang, sheet.path, **context)
    folder = out / (renderer.prefix(lang) + sheet.path).lstrip("/")
    target = folder if folder.suffix else folder / "index.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(html, "utf-8")
    return target


def _sheets(site: Site) -> Iterator[Sheet]:
    """All pages."""
    yield _home(site)
    yield from _departments(site)
    yield from _league(site)
    yield _downloads(site)
    yield from _calendar(site)
    yield _rules(site)
    yield from _dictionary(site)
    for name in PROSE:
        yield Sheet(f"/{name}/", "prose.html", {"name": name, **_example(site)}, name)
    yield Sheet("/404.html", "error.html", {"code": 404, "detail": None})


def _home(site: Site) -> Sheet:
    """The first page."""
    figures, period = site.figures, site.figures.headline
    counts = site.manifest["counts"]
    tables = [t for t in public_types().values() if counts.get(t.name, {}).get("live")]
    used = [t for t in tables if t.kind == "record"]
    clock = site.project.profile.clocks.withdrawal
    return Sheet(
        "/",
        "home.html",
        {
            **_days(site, ALL),
            **_trend(site, ALL),
            "period": period,
            "city": figures.values(ALL, period) if period else {},
            "before": _before(figures, period),
            "types": [(t, counts[t.name]) for t in used],
            "named": used or list(types_of("record").values()),
            "tables": tables,
            "newest": figures.newest,
            "lists": figures.lists,
            "departments": figures.departments,
            "files": site.manifest["files"],
            "withdrawal_days": clock.on(site.today).days if clock else None,
        },
    )


def _departments(site: Site) -> Iterator[Sheet]:
    """The list of departments and a page for each."""
    figures = site.figures
    current = [d for d in figures.departments.values() if not d.valid_to]
    ended = [d for d in figures.departments.values() if d.valid_to]
    by_kind = groupby(sorted(current, key=lambda d: d.kind), key=lambda d: d.kind)
    groups = [(kind, [_line(figures, d) for d in members]) for kind, members in by_kind]
    groups.sort(key=lambda group: -len(group[1]))
    rates = (r for _, lines in groups for line in lines for r in line[2] if r is not None)
    yield Sheet(
        "/departments/",
        "departments.html",
        {
            "period": figures.headline,
            "count": len(current),
            "groups": groups,
            "scale": charts.axis(rates),
            "ended": [_line(figures, d) for d in ended],
        },
    )
    shared = _shared(site)
    for code, department in figures.departments.items():
        yield Sheet(
            f"/departments/{code}/", "department.html", shared | _department(site, department)
        )


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
        "public": figures.public,
    }


def _department(site: Site, d: Row) -> dict[str, Any]:
    """What one department's page shows."""
    figures, period, code = site.figures, site.figures.headline, d.code
    everyone = figures.departments
    statuses = figures.statuses[code]
    return {
        **_days(site, code),
        **_trend(site, code),
        "d": d,
        "parent": everyone.get(d.parent),
        "successor": everyone.get(d.successor),
        "predecessors": [other for other in everyone.values() if other.successor == code],
        "values": figures.values(code, period) if period else {},
        "standing": figures.standings.get((period.period, code)) if period else None,
        "overdue_now": figures.overdue_now.get(code, 0),
        "statuses": statuses,
        "shown_statuses": [
            s for s in STATUSES if s in SETTLED or any(counts[s] for counts in statuses.values())
        ],
        "overdue": figures.overdue.get(code, []),
        "withheld": figures.withheld.get(code, []),
        "submissions": figures.submissions.get(code, []),
        "findings": figures.findings.get(code, []),
        "batches": figures.batches.get(code, []),
    }


def _days(site: Site, who: str) -> dict[str, Any]:
    """The distribution of working days used in the last twelve months."""
    used = site.figures.histograms.get(who, [])
    rolling = site.figures.periods.get(ROLLING)
    never = site.figures.unpublished(who, rolling) if rolling else 0
    return {
        "allowed": site.allowed,
        "used": used,
        "never": never,
        "who": who,
    }


def _trend(site: Site, who: str) -> dict[str, Any]:
    """The complete months; for a department with the city's rates beside them."""
    months = site.figures.trend(who)
    city = {m.period.period: m.rate for m in site.figures.trend(ALL)} if who != ALL else {}
    rates = [city.get(m.period.period) for m in months] if city else []
    return {"trend": months, "city_trend": rates}


def _before(figures: Figures, period: Row | None) -> float | None:
    """The city's rate in the period before."""
    before = figures.periods.get(period.previous) if period and period.previous else None
    rate = figures.values(ALL, before).get("timeliness_rate") if before else None
    return rate.value if rate else None


def _league(site: Site) -> Iterator[Sheet]:
    """The league table of each period, and the newest complete one at the front."""
    figures = site.figures
    newest = figures.headline
    yield Sheet("/league/", "league.html", _standings(site, newest))
    for period in figures.periods.values():
        if period.period in figures.league:
            yield Sheet(f"/league/{period.period}/", "league.html", _standings(site, period))


def _standings(site: Site, period: Row | None) -> dict[str, Any]:
    """One period's league table."""
    figures = site.figures
    known = [p for p in figures.periods.values() if p.period in figures.league]
    kinds = [(kind, [p for p in reversed(known) if p.kind == kind]) for kind in KINDS]
    shared = {
        "period": period,
        "known": {p.period for p in known},
        "kinds": [(kind, members) for kind, members in kinds if members],
    }
    if period is None:
        return shared
    rows = figures.league[period.period]
    ranked = [r for r in rows if r.ranked]
    city = figures.values(ALL, period)
    rate = city["timeliness_rate"].value if "timeliness_rate" in city else None
    minimum, aim = site.project.profile.league.minimum_cases, site.project.profile.league.aim
    cases = [r for r in rows if r.due]
    return shared | {
        "city": city,
        "ranked": ranked,
        "few": [r for r in rows if r.due and not r.ranked],
        "idle": [r for r in rows if not r.due],
        "reached": sum(r.rate >= aim for r in ranked),
        "following": next((p.period for p in known if p.previous == period.period), None),
        "departments": figures.departments,
        "columns": COLUMNS,
        "scale": charts.axis(r.low for r in ranked),
        "cases": cases,
        "beyond": [r for r in ranked if rate is not None and charts.beyond(r, rate, minimum)],
    }


def _rules(site: Site) -> Sheet:
    """The profile in force as one table, and the reasons not to publish."""
    project = site.project
    parents = ancestors(project.profile_path)
    shown = versions(project.profile, list(parents), site.today)
    context = {"rules": shown, "parents": parents, "types": public_types(), "reasons": REASONS}
    return Sheet("/rules/", "rules.html", context)


def _downloads(site: Site) -> Sheet:
    """The list of files."""
    files = site.manifest["files"]
    titles = {(f["title_zh"], f["title_en"]): None for f in files}
    datasets = [(t, [f for f in files if (f["title_zh"], f["title_en"]) == t]) for t in titles]
    return Sheet("/downloads/", "downloads.html", {"files": files, "datasets": datasets}, "files")


def _dictionary(site: Site) -> Iterator[Sheet]:
    """The fields of each record type and the columns of each table of figures."""
    types = list(public_types().values())
    kept = [record_type(name) for name in TYPES["internal"]]
    lists = [reference_table(name) for name in ("credit_list", "catalogue")]
    index = {"type": None, "types": types, "kept": kept, "lists": lists, "tables": TABLES}
    yield Sheet("/data/", "dictionary.html", index)
    for one in types:
        total, counts = filled(site.credit, one)
        context = {"type": one, "total": total, "filled": counts}
        yield Sheet(f"/data/{one.name}/", "dictionary.html", context)


def _example(site: Site) -> dict[str, Any]:
    """Figures for the worked examples of the texts: the city in the newest complete quarter."""
    figures, period = site.figures, site.figures.headline
    ranked = [r for r in figures.league.get(period.period, []) if r.ranked] if period else []
    return {
        "period": period,
        "city": figures.values(ALL, period) if period else {},
        "example": ranked[len(ranked) // 2] if ranked else None,
        "departments": figures.departments,
        "allowed": site.allowed,
    }


def _calendar(site: Site) -> Iterator[Sheet]:
    """The working days of this year, with the deadline calculator, and of the years around it."""
    calendar, today = site.project.calendar, site.today
    earliest = min((p.first for p in site.figures.periods.values()), default=today.isoformat())
    last = min(calendar.last.year, today.year + 1)
    years = [
        (year, "/calendar/" if year == today.year else f"/calendar/{year}/")
        for year in range(max(calendar.first.year, int(earliest[:4])), last + 1)
    ]
    for year, path in years:
        extra = calculator(calendar, site.days, today) if year == today.year else {"table": []}
        yield Sheet(path, "calendar.html", year_page(calendar, year) | extra | {"years": years})
