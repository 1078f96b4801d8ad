"""Everything that is served of one release."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from datasette.database import QueryInterrupted

from monitor.calendar import Calendar, superseded
from publish.errors import GongshiError
from publish.pages.render import LANGUAGES, Language, Renderer
from publish.project import Project
from publish.release.manifest import read_manifest
from publish.release.metadata import metadata
from publish.schema import PERSON
from publish.search.find import MOST
from publish.serve.answer import SHORT, Answer, App, Headers, Receive, Scope, Send, redirect
from publish.serve.api.api import Api
from publish.serve.api.problem import covers as asks_api
from publish.serve.cite import bibtex
from publish.serve.entity import meant_code, read_entity
from publish.serve.errors import ErrorPages
from publish.serve.record import ENDLESS, Gone, Record, Row, read_duties, read_record, timeline
from publish.serve.records import (
    NOTHING,
    PROBLEM,
    Asked,
    Filter,
    Names,
    Results,
    dates_set,
    export,
    filters,
    read_asked,
    read_names,
    search,
    shown,
    sorts,
    total,
)
from publish.serve.static import Downloads, Site
from publish.serve.status import freshness, read_releases, read_status, versions
from publish.serve.tables import Tables, covers

LivePage = Callable[[Scope, Language], Awaitable[Answer]]
SubjectPage = Callable[[str, Language], Awaitable[Answer | None]]


class ReleaseApp:
    """One release as an ASGI application: site, downloads, Datasette and the live pages.

    Args:
        project: the project, for its rules, templates and status.
        folder: the release.
        now: tells the time.
    """

    def __init__(self, project: Project, folder: Path, now: Callable[[], datetime]) -> None:
        self._manifest = manifest = read_manifest(folder)
        self.release = folder.name
        self._project, self._folder, self._now = project, folder, now
        calendar = release_calendar(project, manifest["calendar"]["version"])
        self._renderer = Renderer(
            project.site, project.profile, manifest, calendar, address=project.address
        )
        rules = metadata(project.profile)
        self._tables = {lang: Tables(folder, rules, self._renderer, lang) for lang in LANGUAGES}
        assets = {asset.address: asset.source for asset in self._renderer.assets.values()}
        self._site = Site(folder / "site", self._said(), assets)
        self._errors = ErrorPages(self._site, map(self._renderer.prefix, LANGUAGES))
        self._downloads = Downloads(folder, manifest, partial(self._errors.page, 410, "/"))
        self._api = Api(folder, calendar)
        self._live: dict[str, LivePage] = {
            "/records": self._records,
            "/records.csv": self._export,
            "/status/": self._status,
        }
        self._subjects: dict[str, SubjectPage] = {"record": self._record, "entity": self._entity}
        self._names = Names({}, {})
        self._releases: list[dict[str, Any]] = []

    def _said(self) -> dict[str, str]:
        """Which release this is, in words, by what the addresses of a language begin with."""
        pages = (self._renderer.page(lang, "/") for lang in LANGUAGES)
        return {self._renderer.prefix(page.lang): page.released for page in pages}

    async def start(self) -> None:
        """Makes it ready to answer."""
        for tables in self._tables.values():
            await tables.start()
        self._names = await self._own.ask("credit", read_names)
        self._renderer.departments = self._names.departments
        self._releases = await asyncio.to_thread(lambda: list(read_releases(self._folder)))
        await self._api.start(self._releases)

    async def close(self) -> None:
        """Lets go of connections and threads."""
        await self._api.close()
        for tables in self._tables.values():
            await tables.close()

    def error(self, status: int, path: str, headers: Headers) -> Answer:
        """The page for people whose request is not answered."""
        return self._errors.page(status, path, headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        answer = await self._answer(scope)
        await answer(scope, receive, send)

    @property
    def _own(self) -> Tables:
        """The tables that the live pages ask."""
        return self._tables[self._project.profile.jurisdiction.language]

    async def _answer(self, scope: Scope) -> App:
        """The part that answers a request."""
        path, query = scope["path"], scope["query_string"]
        lang, prefix = self._language(path)
        inner = path.removeprefix(prefix)
        if asks_api(path):
            return await self._api.answer(scope)
        if covers(inner):
            return self._tables[lang]
        if inner in self._live:
            return await self._live[inner](scope, lang)
        if lasting := self._lasting(inner):
            return redirect(quote(prefix + lasting), query)
        folder, _, subject = inner[1:].partition("/")
        if subject and folder in self._subjects:
            return await self._subjects[folder](subject, lang) or self._errors.page(404, path)
        found = self._downloads.find(path) or self._site.find(path, query)
        return found or self._errors.page(404, path)

    def _lasting(self, inner: str) -> str | None:
        """The address of a live page that was asked for with a slash too many or too few."""
        others = (f"{inner}/", inner.rstrip("/"))
        folder, _, subject = inner[1:].partition("/")
        if folder in self._subjects:
            return others[1] if subject.endswith("/") else None
        return next((path for path in others if path in self._live), None)

    def _language(self, path: str) -> tuple[Language, str]:
        """The language of an address and what its addresses begin with."""
        prefixes = {lang: self._renderer.prefix(lang) for lang in LANGUAGES}
        found = (pair for pair in prefixes.items() if pair[1] and path.startswith(f"{pair[1]}/"))
        return next(found, (self._project.profile.jurisdiction.language, ""))

    async def _records(self, scope: Scope, lang: Language) -> Answer:
        """The search page."""
        asked = read_asked(scope["query_string"])
        try:
            found = await self._own.ask("credit", partial(search, asked=asked))
        except QueryInterrupted:
            return self._search_page(lang, asked, NOTHING, [], PROBLEM)
        return self._search_page(lang, asked, found, await self._filters(asked))

    async def _filters(self, asked: Asked) -> list[Filter]:
        """What the search can be narrowed down by; nothing if counting takes too long."""
        question = partial(filters, query=asked.query, names=self._names)
        try:
            return await self._own.ask("credit", question)
        except QueryInterrupted:
            return []

    def _search_page(
        self,
        lang: Language,
        asked: Asked,
        found: Results,
        narrowing: list[Filter],
        problem: tuple[str, str] | None = None,
    ) -> Answer:
        """The search page with what was found."""
        prefix = self._renderer.prefix(lang)
        page = asked.page
        context = {
            "asked": asked,
            "filters": narrowing,
            "dates": list(dates_set(asked.query)),
            "sorts": list(sorts(asked)),
            "results": list(shown(found.hits, found.searched or asked.query.q, self._names)),
            "total": total(found, narrowing),
            "most": MOST,
            "searched": found.searched,
            "first": asked.first,
            "previous": prefix + asked.address(page - 1) if page > 1 else None,
            "next": prefix + asked.address(page + 1) if page < found.pages else None,
            "csv": asked.address(1, "records.csv") if found.hits else None,
            "problem": problem,
        }
        status = 503 if problem else 200
        return self._page("records.html", lang, asked.address(), context, status)

    async def _export(self, scope: Scope, _lang: Language) -> Answer:
        """What was found, as CSV."""
        query = read_asked(scope["query_string"]).query
        try:
            text = await self._own.ask("credit", partial(export, query=query, names=self._names))
        except QueryInterrupted:
            return self._errors.page(503, scope["path"])
        headers = {
            "cache-control": SHORT,
            "content-disposition": 'attachment; filename="records.csv"',
        }
        return Answer(200, text.encode(), "text/csv; charset=utf-8", headers)

    async def _record(self, record_id: str, lang: Language) -> Answer | None:
        """The page of a record, or of what stays of it; none if it was never public."""
        found = await self._own.ask("credit", partial(read_record, record_id=record_id))
        if found is None:
            return None
        if isinstance(found, Gone):
            gone = {"gone": found, "departments": self._names.departments}
            return self._page("gone.html", lang, f"/record/{record_id}", gone, 410)
        duties = await self._own.ask("monitor", partial(read_duties, record_id=record_id))
        return self._record_page(found, duties, lang)

    def _record_page(self, record: Record, duties: list[Row], lang: Language) -> Answer:
        """The page of a public record."""
        path = f"/record/{record.record_id}"
        address = self._project.address + path
        place = self._project.profile.jurisdiction
        context = {
            "record": record,
            "steps": timeline(record, duties, self._manifest["as_of"][:10]),
            "duties": duties,
            "departments": self._names.departments,
            "address": address,
            "bibtex": bibtex(record, self._manifest, place.portal_zh, address),
            "person": PERSON,
            "endless": ENDLESS,
        }
        return self._page("record.html", lang, path, context)

    async def _entity(self, uscc: str, lang: Language) -> Answer | None:
        """The page of an organisation; a code with look-alike letters leads to the one meant."""
        meant = meant_code(uscc)
        found = await self._own.ask("credit", partial(read_entity, uscc=meant))
        if found is None:
            return None
        if meant != uscc:
            return redirect(f"{self._renderer.prefix(lang)}/entity/{meant}")
        context = {
            "entity": found,
            "departments": self._names.departments,
            "lists": self._names.lists,
        }
        return self._page("entity.html", lang, f"/entity/{uscc}", context)

    async def _status(self, _scope: Scope, lang: Language) -> Answer:
        """The page on how the portal is doing."""
        now = self._now().astimezone(self._project.profile.zone)
        silent = await self._own.ask("monitor", partial(freshness, today=now.date()))
        context = {
            **read_status(self._project.status),
            "now": now.isoformat(timespec="seconds"),
            "releases": self._releases,
            "freshness": silent,
            "versions": versions(next(r for r in self._releases if r["current"])),
        }
        return self._page("status.html", lang, "/status/", context)

    def _page(
        self, template: str, lang: Language, path: str, context: dict[str, Any], status: int = 200
    ) -> Answer:
        """A page made on request."""
        html = self._renderer.render(template, lang, path, **context)
        headers = {"cache-control": SHORT if status == 200 else "no-store"}
        return Answer(status, html.encode(), headers=headers)


def release_calendar(project: Project, version: str) -> Calendar | None:
    """The working days that a release was judged on; None if they are not at hand any more."""
    try:
        if project.calendar.version == version:
            return project.calendar
        return superseded(project.calendars, project.profile.jurisdiction.calendar, version)
    except GongshiError:
        return None
