"""The static site: every page about departments, periods, rules and files, in both languages."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from monitor.clocks import CLOCKS
from monitor.evidence import ALL
from monitor.intervals import DRAWS
from monitor.measures import INDICATORS
from monitor.tables import TABLES
from publish.alerts.changes import write_change_feeds
from publish.alerts.feeds import write_feeds
from publish.catalogue import citation, schemaorg
from publish.catalogue.write import DESCRIPTORS, write_catalogues
from publish.disclose.disclose import REASONS
from publish.pages.api import api_sheet
from publish.pages.departments import days_used, department_sheets, trend
from publish.pages.editions import edition_sheets
from publish.pages.errors import error_sheets
from publish.pages.feedback import feedback_sheet, write_forms
from publish.pages.figures import Figures, Row
from publish.pages.keep import Keeper
from publish.pages.lists import list_sheets
from publish.pages.press import Press
from publish.pages.queries import filled, read_figures
from publish.pages.render import LANGUAGES, Renderer
from publish.pages.rules import versions
from publish.pages.sheets import Sheet, Site
from publish.pages.standings import league_sheets
from publish.pages.year import calculator, write_calendar, year_page
from publish.profile import ancestors
from publish.project import Project
from publish.release.public import reference_table
from publish.schema import TYPES, public_types, record_type, types_of

PROSE = ("methodology", "about", "privacy", "accessibility")
LATELY = timedelta(days=31)
"""Within how many days a department must have handed in for the first page to call it current."""
Progress = Callable[[int, int], None]


def build_site(
    out: Path,
    *,
    monitor: sqlite3.Connection,
    credit: sqlite3.Connection,
    project: Project,
    manifest: Mapping[str, Any],
    previous: Path | None = None,
    keeper: Keeper | None = None,
    progress: Progress = lambda done, total: None,
) -> list[Path]:
    """Writes every static page and asset of a release.

    Args:
        out: the folder to write to; made if it is missing.
        monitor: the release's monitor.db.
        credit: the release's credit.db.
        project: the project, for its site folder, profile and calendar.
        manifest: the release's manifest.
        previous: the folder of the release before; None if there is none.
        keeper: takes over from it what is made of the same; None to make every page anew.
        progress: told how many of all pages are written.

    Returns:
        The files written.

    Raises:
        ProblemError: naming the template or text that is wrong.
    """
    renderer = Renderer(project.site, project.profile, generates=True, address=project.address)
    site = Site(read_figures(monitor, credit, types_of("record")), project, manifest, credit)
    written = [*renderer.write_assets(out), write_calendar(out, project.calendar)]
    written += write_forms(out, site)
    sheets = list(_sheets(site))
    keeper = keeper or Keeper()
    press = Press(out, renderer, site, keeper)
    for i, files in enumerate(press.press(sheets), start=1):
        written += files
        progress(i, len(sheets))
    written += write_change_feeds(out, credit, project, renderer)
    landing = [sheet.path for sheet in sheets if sheet.path.endswith("/")]
    written += write_catalogues(out, site.about, renderer, landing, previous)
    return [*written, *write_feeds(out, monitor, project, renderer, keeper, press.state)]


def _sheets(site: Site) -> Iterator[Sheet]:
    """All pages."""
    yield _home(site)
    yield from department_sheets(site)
    yield from league_sheets(site)
    yield from edition_sheets(site)
    yield from list_sheets(site)
    yield feedback_sheet(site)
    yield _downloads(site)
    yield from _calendar(site)
    yield _rules(site)
    yield from _dictionary(site)
    yield api_sheet(site)
    for name in PROSE:
        figures = _example(site) if name == "methodology" else {}
        yield Sheet(f"/{name}/", "prose.html", {"name": name, **figures}, name)
    yield from error_sheets()


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
            **days_used(site, ALL),
            **trend(site, ALL),
            "release": figures.release,
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
            "kinds_of_list": sorted({r.kind for r in figures.lists.values()}),
            "fresh": _fresh(site),
            "withdrawal_days": clock.on(site.today).days if clock else None,
        },
    )


def _fresh(site: Site) -> tuple[int, int]:
    """How many departments there are, and how many of them handed in of late."""
    since = (site.today - LATELY).isoformat()
    current = [code for code, d in site.figures.departments.items() if not d.valid_to]
    newest = {code: rows[0].received for code, rows in site.figures.batches.items() if rows}
    return len(current), sum(newest.get(code, "") >= since for code in current)


def _before(figures: Figures, period: Row | None) -> float | None:
    """The city's rate in the period before."""
    before = figures.periods.get(period.previous) if period and period.previous else None
    rate = figures.values(ALL, before).get("timeliness_rate") if before else None
    return rate.value if rate else None


def _rules(site: Site) -> Sheet:
    """The profile in force as one table, and the reasons not to publish."""
    project = site.project
    parents = ancestors(project.profile_path)
    shown = versions(project.profile, list(parents), site.today)
    context = {
        "rules": shown,
        "parents": parents,
        "types": public_types(),
        "reasons": REASONS,
        "indicators": INDICATORS,
    }
    return Sheet("/rules/", "rules.html", context)


def _downloads(site: Site) -> Sheet:
    """The list of files."""
    about = site.about
    editions = [(e, site.files(f"editions/{e.edition}")) for e in site.figures.editions]
    context = {
        "release": site.figures.release,
        "files": site.manifest["files"],
        "groups": about.groups,
        "records": {"credit", "monitor", *public_types()},
        "reports": _titled(site.files("reports")),
        "changes": site.files("changes"),
        "descriptors": [f for f in about.files if f.name in DESCRIPTORS],
        "editions": [(edition, held) for edition, held in editions if held],
        "cited": dict(zip(LANGUAGES, citation.words(about), strict=True)),
        "bibtex": {lang: citation.bibtex(about, lang) for lang in LANGUAGES},
        "latest": about.url("/downloads/licence.csv"),
        "lasting": about.url(f"/releases/{about.release}/downloads/licence.csv"),
        "structured": {
            lang: schemaorg.script(schemaorg.catalogue(about, lang)) for lang in LANGUAGES
        },
    }
    return Sheet("/downloads/", "downloads.html", context, "files")


def _titled(
    files: list[Mapping[str, Any]],
) -> list[tuple[tuple[str, str], list[Mapping[str, Any]]]]:
    """Files by their title in both languages, in order."""
    out: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for file in files:
        out.setdefault((file["title_zh"], file["title_en"]), []).append(file)
    return list(out.items())


def _dictionary(site: Site) -> Iterator[Sheet]:
    """The fields of each record type and the columns of each table of figures."""
    types = list(public_types().values())
    kept = [record_type(name) for name in TYPES["internal"]]
    lists = [reference_table(name) for name in ("credit_list", "catalogue")]
    index = {"type": None, "types": types, "kept": kept, "lists": lists, "tables": TABLES}
    yield Sheet("/data/", "dictionary.html", index)
    for one in types:
        total, counts = filled(site.credit, one)
        data = {lang: schemaorg.dataset(site.about, one.name, lang) for lang in LANGUAGES}
        structured = {lang: schemaorg.script(known) for lang, known in data.items() if known}
        context = {"type": one, "total": total, "filled": counts, "structured": structured}
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
        "names": INDICATORS,
        "clocks": CLOCKS,
        "draws": DRAWS,
        "scheme": site.scheme(site.figures.release.as_of[:10]),
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
        extra |= {"shifted": site.figures.shifted, "departments": site.figures.departments}
        extra |= {"version": site.figures.release.calendar_version}
        yield Sheet(path, "calendar.html", year_page(calendar, year) | extra | {"years": years})
