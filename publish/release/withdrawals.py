"""The duty to take records off in time: when it began, and which release did it."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cached_property

from monitor.calendar import Calendar
from monitor.clocks import WITHDRAWAL, Dates, Duty, Subject, duty
from publish.disclose.disclose import Decision
from publish.project import Project
from publish.register.live import Live, Moment
from publish.register.register import local
from publish.register.removal import OFF, Removal, cause, removal_by, removals


class Withdrawals:
    """Judges every removal that somebody asked for, by earlier releases and by this one.

    What goes by itself when its term is over was asked for by nobody and has no deadline.
    """

    def __init__(self, project: Project, moment: Moment, calendar: Calendar) -> None:
        self._clock = project.profile.clocks.withdrawal
        self._calendar, self._zone, self._moment = calendar, project.profile.zone, moment

    def duties(self, live: Live, decision: Decision) -> Iterator[Duty]:
        """The duties to take a record off; none where the rules set no time for it."""
        for number, removal in enumerate(self._removals(live, decision), start=1):
            if judged := self._judged(live, removal):
                mark = str(number) if number > 1 else ""
                yield judged._replace(duty_id=judged.duty_id + mark)

    def _judged(self, live: Live, removal: Removal) -> Duty | None:
        """One duty, the day of the removal held against its deadline."""
        told = cause(self._moment.register, removal, self._moment.cut.held)
        if told is None or self._clock is None:
            return None
        since, received, off = (
            local(m, self._zone)[:10] for m in (told.since, told.told, removal.off)
        )
        return duty(
            WITHDRAWAL,
            Subject(live.record_id, live.department, live.record_type, live.batch),
            since,
            self._clock.on(date.fromisoformat(since)).days,
            Dates(None, received, off),
            decides="portal",
            calendar=self._calendar,
            today=local(self._moment.cut.as_of, self._zone)[:10],
        )

    def _removals(self, live: Live, decision: Decision) -> Iterator[Removal]:
        """When a record was taken off, this release included."""
        yield from self._earlier.get(live.record_id, ())
        reason = decision.reason or ""
        if reason in OFF and live.record_id in self._moment.shown.public:
            register, as_of = self._moment.register, self._moment.cut.as_of
            yield removal_by(register, live.record_id, reason, as_of)

    @cached_property
    def _earlier(self) -> dict[str, list[Removal]]:
        """The removals of earlier releases, by record."""
        found = defaultdict(list)
        for removal in removals(self._moment.register, self._moment.cut.release):
            found[removal.record_id].append(removal)
        return found
