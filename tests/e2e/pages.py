"""The kinds of page that the portal has, each with one address in a small city."""

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import quote

from publish.pages.render import LANGUAGES, Language, Renderer
from publish.project import Project
from publish.release.build import read_only
from publish.schema import ORGANISATION, PERSON


@dataclass(frozen=True)
class Kind:
    """A kind of page.

    Attributes:
        name: what tells it from the others, fit for file names.
        path: its address without the language's prefix; ``{}`` is what `query` finds.
        template: the file in site/templates that it is made of.
        query: what finds the example, in monitor.db for pages about departments and periods.
        status: what the server says to it.
        kept: whether it is a generated file.
    """

    name: str
    path: str
    template: str
    query: str = ""
    status: int = 200
    kept: bool = True

    def matches(self, path: str) -> bool:
        """Whether an address, without the language's prefix, is one of this kind."""
        return bool(re.fullmatch(re.escape(self.path).replace(r"\{\}", "[^/?]+"), path))

    def address(self, project: Project, lang: Language) -> str:
        """The example's address."""
        path = self.path
        if self.query:
            path = path.replace("{}", quote(self._example(project)))
        return Renderer(project.site, project.profile).prefix(lang) + path

    def _example(self, project: Project) -> str:
        """What the query finds first."""
        database = "monitor.db" if self.kept or "/monitor/" in self.path else "credit.db"
        with closing(read_only(project.current / database)) as db:
            found: sqlite3.Row | None = db.execute(self.query).fetchone()
        assert found, f"{self.name}: the small city has none"
        return str(found[0])


def _live(name: str, path: str, template: str, query: str = "", status: int = 200) -> Kind:
    """A kind of page that is made on request."""
    return Kind(name, path, template, query, status, kept=False)


def _period(condition: str) -> str:
    """The newest period with a league table of which something holds."""
    return (
        "SELECT period FROM period JOIN league USING (period) "
        f"WHERE {condition} ORDER BY last DESC LIMIT 1"
    )


_BUSIEST = "SELECT department FROM duty GROUP BY 1 ORDER BY count(*) DESC, 1"
_FIRM = f"party_kind = '{ORGANISATION}' AND NOT masked AND uscc > '' ORDER BY record_id"

KINDS = (
    Kind("home", "/", "home.html"),
    _live("records", "/records", "records.html"),
    _live("records-found", "/records?q=食品", "records.html"),
    _live("records-narrowed", "/records?type=penalty&decided_from=2025-01-01", "records.html"),
    _live("records-none", "/records?q=查无此名", "records.html"),
    _live("record", "/record/{}", "record.html", f"SELECT record_id FROM licence WHERE {_FIRM}"),
    _live(
        "record-late",
        "/record/{}",
        "record.html",
        "SELECT record_id FROM penalty WHERE publish_status = 'late' ORDER BY 1",
    ),
    _live(
        "record-person",
        "/record/{}",
        "record.html",
        f"SELECT record_id FROM licence WHERE party_kind = '{PERSON}' ORDER BY 1",
    ),
    _live(
        "record-corrected",
        "/record/{}",
        "record.html",
        "SELECT record_id FROM licence WHERE version > 1 ORDER BY 1",
    ),
    _live(
        "record-commitment",
        "/record/{}",
        "record.html",
        "SELECT commitment_id FROM fulfilment ORDER BY 1",
    ),
    _live(
        "record-listed", "/record/{}", "record.html", "SELECT record_id FROM list_entry ORDER BY 1"
    ),
    _live(
        "gone", "/record/{}", "gone.html", "SELECT record_id FROM tombstone ORDER BY 1", status=410
    ),
    _live("entity", "/entity/{}", "entity.html", "SELECT uscc FROM entity ORDER BY records DESC"),
    Kind("departments", "/departments/", "departments.html"),
    Kind("department", "/departments/{}/", "department.html", _BUSIEST),
    Kind(
        "department-idle",
        "/departments/{}/",
        "department.html",
        "SELECT code FROM department WHERE code NOT IN (SELECT department FROM duty) ORDER BY 1",
    ),
    Kind(
        "department-ended",
        "/departments/{}/",
        "department.html",
        "SELECT code FROM department WHERE successor > '' ORDER BY 1",
    ),
    Kind("league", "/league/", "league.html"),
    Kind("league-month", "/league/{}/", "league.html", _period("kind = 'month' AND complete")),
    Kind("league-running", "/league/{}/", "league.html", _period("NOT complete")),
    Kind("league-rolling", "/league/{}/", "league.html", _period("kind = 'rolling'")),
    Kind("editions", "/editions/", "editions.html"),
    Kind("edition", "/editions/{}/", "edition.html", "SELECT edition FROM edition"),
    Kind("lists", "/lists/", "lists.html"),
    Kind("list", "/lists/{}/", "list.html", "SELECT 'tax-a'"),
    Kind("feedback", "/feedback/", "feedback.html"),
    Kind("downloads", "/downloads/", "downloads.html"),
    Kind("data", "/data/", "dictionary.html"),
    Kind("data-type", "/data/{}/", "dictionary.html", "SELECT 'licence'"),
    Kind("rules", "/rules/", "rules.html"),
    Kind("calendar", "/calendar/", "calendar.html"),
    Kind(
        "calendar-year",
        "/calendar/{}/",
        "calendar.html",
        "SELECT substr(min(first), 1, 4) FROM period",
    ),
    Kind("methodology", "/methodology/", "prose.html"),
    Kind("api", "/api/", "api.html"),
    _live("status", "/status/", "status.html"),
    Kind("about", "/about/", "prose.html"),
    Kind("privacy", "/privacy/", "prose.html"),
    Kind("accessibility", "/accessibility/", "prose.html"),
    Kind("missing", "/{}.html", "error.html", "SELECT 404"),
    Kind("limited", "/{}.html", "error.html", "SELECT 429"),
    Kind("failed", "/{}.html", "error.html", "SELECT 500"),
    _live("missing-record", "/record/nothing", "error.html", status=404),
    _live("database", "/credit", "datasette/database.html"),
    _live("table", "/credit/licence", "datasette/table.html"),
    _live("table-none", "/credit/licence?_search=查无此名", "datasette/table.html"),
    _live(
        "table-duties",
        "/monitor/duty?clock=disclosure&status=overdue&department={}",
        "datasette/table.html",
        _BUSIEST,
    ),
    _live(
        "row",
        "/credit/licence/{}",
        "datasette/row.html",
        f"SELECT record_id FROM licence WHERE {_FIRM}",
    ),
    _live(
        "row-duty",
        "/monitor/duty/{}",
        "datasette/row.html",
        "SELECT duty_id FROM duty WHERE status = 'late' ORDER BY 1",
    ),
    _live("query", "/credit?sql=SELECT+*+FROM+department", "datasette/query.html"),
    _live("query-wrong", "/credit?sql=SELECT+nothing", "datasette/query.html", status=400),
    _live("table-wrong", "/credit/licence?_sort=nothing", "error.html", status=400),
    _live("settings", "/-/settings", "datasette/show_json.html"),
)
"""Every kind of page; those of one template where it shows quite different things."""

EXAMPLES = [(kind, lang) for kind in KINDS for lang in LANGUAGES]
"""Each kind in each language."""


def name_of(value: object) -> object:
    """What a kind is called in the names of tests."""
    return value.name if isinstance(value, Kind) else value
