"""An event in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from monitor.agenda import CITY, Due, ReportDay
from monitor.alerts import Event
from monitor.clocks import CLOCKS
from publish.pages.render import LANGUAGES, TAGS, Language, Renderer, date_text, period_text
from publish.schema import record_type

_CLOCKS = {clock.name: clock for clock in CLOCKS}


@dataclass(frozen=True)
class Words:
    """What events are called in one language.

    Attributes:
        departments: the departments of the release, by code.
    """

    renderer: Renderer
    lang: Language
    departments: Mapping[str, Any]

    @property
    def tag(self) -> str:
        """The language as HTML names it."""
        return TAGS[self.lang]

    def event(self, event: Event) -> str:
        """An event in one line."""
        provisional = "_provisional" if event.provisional else ""
        values: dict[str, object] = {"who": self.who(event.department), "n": event.number}
        values |= {"period": self._period(event.period), "due": self._day(event.due_date)}
        values |= {"before": self._day(event.before)}
        if event.clock:
            values |= {"clock": self._clock(event.clock), "what": self._what(event)}
        return self.t(f"alerts.event_{event.kind}{provisional}", **values)

    def due(self, due: Due) -> str:
        """The duties of one day in one line."""
        state = "overdue" if due.overdue else "due_provisional" if due.provisional else "due"
        clock, who = self._clock(due.clock), self.who(due.department)
        return self.t(f"alerts.day_{state}", n=due.duties, clock=clock, who=who)

    def due_more(self, due: Due) -> str:
        """The duties of one day: whose they are, and by which ids they are found."""
        lines = [
            self.t("alerts.owner", who=self.who(owner), n=n)
            for owner, n in (due.owners.items() if due.department == CITY else ())
        ]
        if due.records:
            more = " …" if len(due.records) < due.duties else ""
            lines.append(self.t("alerts.records", ids=", ".join(due.records) + more))
        return "\n".join(lines)

    def report(self, report: ReportDay) -> str:
        """A report in one line."""
        period, due = self._period(report.period), self._day(report.due_date)
        return self.t("alerts.event_report", period=period, due=due)

    def who(self, department: str) -> str:
        """A department's short name, or the whole city."""
        if department == CITY:
            return self.t("alerts.city")
        named = self.departments[department]
        zh, en = (named[f"short_{lang}"] or named[f"name_{lang}"] for lang in LANGUAGES)
        return str((zh or en) if self.lang == "zh" else (en or zh))

    def address(self, event: Event) -> str:
        """Where more is to be read, from the portal's root."""
        if event.duty_id:
            path = f"/monitor/duty/{quote(event.duty_id, safe='')}"
        elif event.kind == "report":
            path = f"/league/{event.period}/"
        else:
            path = f"/editions/{event.period}-{event.number}/"
        return self.renderer.prefix(self.lang) + path

    def t(self, key: str, **values: object) -> str:
        """A text of the site, as plain text."""
        return self.renderer.translations[self.lang](key, **values).unescape()

    def _clock(self, name: str) -> str:
        """What is to be done."""
        return _CLOCKS[name].zh if self.lang == "zh" else _CLOCKS[name].en

    def _what(self, event: Event) -> str:
        """What a duty is about: the sort of record, and its id."""
        kind = record_type(event.record_type)
        one = kind.one_zh if self.lang == "zh" else kind.one_en
        return f"{one} {event.record_id}".rstrip()

    def _day(self, day: str) -> str:
        """A day; nothing for none."""
        return date_text(day, self.lang) if day else ""

    def _period(self, period: str) -> str:
        """A period; nothing for none."""
        return period_text(period, self.renderer.translations[self.lang]) if period else ""
