"""The feeds of a release, the city's and each department's: Atom (RFC 4287), iCalendar (RFC 5545).

Their bytes follow from the release alone. Ids are made from names (RFC 4122, version 5), as the
portal has no address of its own until somebody gives it one.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from icalendar import Calendar
from icalendar import Event as CalendarEvent

from monitor.agenda import AHEAD, CITY, Due, ReportDay, heirs, open_duties, report_days
from monitor.alerts import Event, read_events
from publish.alerts.words import Words
from publish.pages.keep import Keeper, digest
from publish.pages.render import LANGUAGES, Renderer
from publish.project import Project

LENGTH = 100
"""How many events a feed lists at most, the newest."""
_REFRESH = timedelta(hours=12)


@dataclass(frozen=True)
class News:
    """What a release has to tell.

    Attributes:
        departments: the table of departments, by code.
    """

    project: Project
    as_of: str
    departments: Mapping[str, Mapping[str, Any]]
    events: Sequence[Event]
    dues: Sequence[Due]
    reports: Sequence[ReportDay]

    @property
    def place(self) -> str:
        """The jurisdiction's code."""
        return self.project.profile.jurisdiction.code

    @cached_property
    def newest(self) -> Mapping[str, Sequence[Event]]:
        """The newest events that concern each department, and the city."""
        found: dict[str, list[Event]] = defaultdict(list)
        for event in self.events:
            for code in (CITY, *event.told):
                if len(found[code]) < LENGTH:
                    found[code].append(event)
        return found

    def told(self, code: str) -> Sequence[object]:
        """What the feed of a department tells, or the city's."""
        return self.newest.get(code) or (self.as_of,)

    def owed(self, code: str) -> Sequence[object]:
        """What the calendar of a department says, or the city's."""
        return *self.open.get(code, ()), *(self.reports if code == CITY else ())

    @cached_property
    def open(self) -> Mapping[str, Sequence[Due]]:
        """The open duties that concern each department, and the city."""
        found: dict[str, list[Due]] = defaultdict(list)
        for due in self.dues:
            for code in self._heirs.get(due.department, (due.department,)):
                found[code].append(due)
        return found

    @cached_property
    def _heirs(self) -> Mapping[str, frozenset[str]]:
        """Whom a department's affairs concern."""
        return heirs((d["code"], d["successor"] or "") for d in self.departments.values())


def read_news(monitor: sqlite3.Connection, project: Project) -> News:
    """What the release of a monitor.db has to tell."""
    as_of = monitor.execute('SELECT as_of FROM "release"').fetchone()[0]
    today = date.fromisoformat(as_of[:10])
    rules = project.profile.reports.days if project.profile.reports else {}
    return News(
        project=project,
        as_of=as_of,
        departments={d["code"]: d for d in _departments(monitor)},
        events=read_events(monitor, project.calendar, rules),
        dues=open_duties(monitor, today),
        reports=list(report_days(rules, today, today + AHEAD)),
    )


def write_feeds(
    out: Path,
    monitor: sqlite3.Connection,
    project: Project,
    renderer: Renderer,
    keeper: Keeper | None = None,
    state: str = "",
) -> list[Path]:
    """Writes the feeds into the folder of the pages, in each language.

    Args:
        out: the folder of the pages.
        monitor: the release's monitor.db.
        keeper: takes over from the release before what tells the same; None to make all anew.
        state: the digest of all else that feeds are made of.

    Returns:
        The files written.
    """
    news, keeper = read_news(monitor, project), keeper or Keeper()
    state = digest(state, news.departments)
    written = []
    for lang in LANGUAGES:
        words = Words(renderer, lang, news.departments)
        for code in (CITY, *news.departments):
            about = "/" if code == CITY else f"/departments/{code}/"
            place = (renderer.prefix(lang) + about).lstrip("/")
            told, owed = digest(state, code, news.told(code)), digest(state, code, news.owed(code))
            written += [
                keeper.put(
                    out, f"{place}alerts.xml", told, partial(atom, news, words, code, about)
                ),
                keeper.put(out, f"{place}deadlines.ics", owed, partial(agenda, news, words, code)),
            ]
    return written


def stable_id(place: str, name: str) -> str:
    """The id (UUID) that a name always gives.

    Args:
        place: the jurisdiction's code.
        name: unique in its portal.
    """
    return str(uuid5(NAMESPACE_URL, f"gongshi:{place}/{name}"))


def atom(news: News, words: Words, code: str, about: str) -> bytes:
    """The newest events of a department, or of the city.

    Args:
        about: the page that the feed belongs to, without the language's prefix.
    """
    events = news.newest.get(code, ())
    text = words.renderer.render(
        "feeds/alerts.xml",
        words.lang,
        f"{about}alerts.xml",
        about=about,
        id=_urn(news, f"feed/{code}/{words.lang}"),
        title=words.t("alerts.feed", who=words.who(code)),
        subtitle=words.t("alerts.feed_note"),
        updated=_instant(news, events[0].day) if events else news.as_of,
        entries=[_entry(news, words, event) for event in events],
    )
    return text.encode()


def agenda(news: News, words: Words, code: str) -> bytes:
    """The deadlines of a department, or the city's and those of its reports, as all-day events."""
    title = words.t("alerts.agenda", who=words.who(code))
    calendar = Calendar()
    for name, value in (
        ("prodid", f"-//gongshi//deadlines//{words.lang.upper()}"),
        ("version", "2.0"),
        ("calscale", "GREGORIAN"),
        ("method", "PUBLISH"),
        ("name", title),
        ("x-wr-calname", title),
        ("refresh-interval", _REFRESH),
    ):
        calendar.add(name, value)
    for entry in _agenda_entries(news, words, code):
        calendar.add_component(entry)
    return bytes(calendar.to_ical())


def _agenda_entries(news: News, words: Words, code: str) -> Iterator[CalendarEvent]:
    """The entries of a calendar."""
    for due in news.open.get(code, ()):
        uid = f"due/{due.department}/{due.clock}/{due.due_date}"
        shown = _day_entry(news, words, uid, due.due_date, due.since, words.due(due))
        shown.add("description", words.due_more(due))
        yield shown
    for report in news.reports if code == CITY else ():
        uid = f"report/{report.period}"
        day = date.fromisoformat(report.due_date)
        stamp = str(day.replace(day=1))
        yield _day_entry(news, words, uid, report.due_date, stamp, words.report(report))


def _day_entry(
    news: News, words: Words, uid: str, day: str, stamp: str, summary: str
) -> CalendarEvent:
    """An entry for a whole day, which blocks nobody's time."""
    entry = CalendarEvent()
    entry.add("uid", stable_id(news.place, uid))
    entry.add("dtstamp", datetime.combine(date.fromisoformat(stamp), time(), UTC))
    entry.add("dtstart", date.fromisoformat(day))
    entry.add("summary", summary, parameters={"language": words.tag})
    entry.add("transp", "TRANSPARENT")
    return entry


def _entry(news: News, words: Words, event: Event) -> dict[str, str]:
    """An event as the template of the feed takes it."""
    return {
        "id": _urn(news, f"{event.event}/{words.lang}"),
        "title": words.event(event),
        "updated": _instant(news, event.day),
        "address": words.address(event),
        "kind": event.kind,
    }


def _urn(news: News, name: str) -> str:
    """An id for good."""
    return f"urn:uuid:{stable_id(news.place, name)}"


def _instant(news: News, day: str) -> str:
    """The beginning of a day where the portal is."""
    return datetime.combine(date.fromisoformat(day), time(), news.project.profile.zone).isoformat()


def _departments(monitor: sqlite3.Connection) -> Iterable[dict[str, Any]]:
    """The rows of the table of departments."""
    found = monitor.execute("SELECT * FROM department ORDER BY code")
    names = [column[0] for column in found.description]
    return (dict(zip(names, row, strict=True)) for row in found)
