"""The rules of a project applied to one record after another at one moment."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from hashlib import blake2b
from typing import Any

from monitor.calendar import Calendar
from monitor.clocks import DISCLOSURE, PUSH, Clock, Dates, Duty, Subject, duty, duty_id
from publish.disclose.disclose import (
    NOTHING,
    OBJECTED,
    Case,
    Decision,
    History,
    decide,
    public_form,
)
from publish.profile import Persons
from publish.project import Project
from publish.register.live import Live, Moment
from publish.register.pushes import TYPES
from publish.register.register import local
from publish.release.parents import Parents
from publish.schema import public_types


class Stage:
    """Decides, judges and words each record.

    Records that others belong to must be decided before those.

    Args:
        histories: what happened to records, if the moment need not be asked.
        parents: records decided earlier, if any were.
        calendar: the working days, if not those of the project.
    """

    def __init__(
        self,
        project: Project,
        moment: Moment,
        histories: Mapping[str, History] | None = None,
        parents: Parents | None = None,
        calendar: Calendar | None = None,
    ) -> None:
        self._profile, self._moment = project.profile, moment
        self._histories = moment.histories if histories is None else histories
        self._calendar, self._reference = calendar or project.calendar, project.reference
        self._parents = Parents(project.reference) if parents is None else parents
        self._zone = project.profile.zone
        self._types = public_types()
        self.today = local(moment.cut.as_of, self._zone)[:10]
        self._day = date.fromisoformat(self.today)
        self._key = moment.register.identity_key

    def decide(self, live: Live) -> Decision:
        """Whether a record is published today."""
        own = decide(self.case(live), self._profile)
        if self._types[live.record_type].parent:
            return self._with_parent(live, own)
        self._parents.add(live, own)
        return own

    def case(self, live: Live) -> Case:
        """A record with everything that is asked about it."""
        record = self._types[live.record_type]
        received = self._moment.received[live.batch]
        history = self._histories.get(live.record_id, NOTHING).of_version(received)
        return Case(record, live.values, history, self._reference.lists, self._day)

    def _with_parent(self, live: Live, own: Decision) -> Decision:
        """What is public only while the record that it belongs to is."""
        parent = self._parents.of(live)
        if not own.publish:
            return own
        if parent is None or not parent.decision.publish:
            return Decision("parent", self._persons(live).source, None)
        ends = [day for day in (own.until, parent.decision.until) if day]
        return replace(own, until=min(ends, default=None))

    def duty(self, live: Live, *, publish: bool) -> Duty | None:
        """The duty to publish it; None where no clock runs.

        What was lawfully never shown is exempt: the decision not to publish it was made when it
        was handed in, and no rate counts it.
        """
        decided, item = self._decided(live), live.values.get("item_code")
        clock = self._profile.clocks.disclosure.on(date.fromisoformat(decided))
        allowed = self._reference.deadline_days(live.department, item, decided)
        days = allowed or clock.days_for(live.record_type, item)
        if days is None:
            return None
        received, portal = self._times(live)
        if self._is_shown(live, publish=publish):
            dates = Dates(live.values.get("department_published"), received[:10], portal[:10])
            return self._judged(DISCLOSURE, live, days, dates, clock.decides)
        exempt = self._judged(DISCLOSURE, live, days, Dates(None, received[:10], None), "received")
        return self._unnamed(exempt)._replace(status="exempt")

    def push(self, live: Live, *, publish: bool) -> Duty | None:
        """The duty to hand it in, or on to the platform; None where no clock runs.

        To hand in holds for what is public and what is not. What was lawfully never shown is not
        handed on either.
        """
        clock = self._profile.clocks.push
        if clock is None or self._types[live.record_type].kind != "record":
            return None
        rule = clock.on(date.fromisoformat(self._decided(live)))
        shown = self._is_shown(live, publish=publish)
        received = self._times(live)[0][:10]
        if rule.ends == "received" or live.record_type not in TYPES:
            found = self._judged(PUSH, live, rule.days, Dates(None, received, None), "received")
            return found if shown else self._unnamed(found)
        dates = Dates(None, received, self._handed_on(live, rule.ends))
        found = self._judged(PUSH, live, rule.days, dates, "portal")._replace(decides=rule.ends)
        if shown or dates.portal:
            return found
        return self._unnamed(found)._replace(status="exempt")

    def _handed_on(self, live: Live, ends: str) -> str | None:
        """The day on which it was handed on in local time; None if it was not."""
        found = self._moment.handed_on.get(live.record_id)
        at: str | None = getattr(found, ends) if found else None
        return local(at, self._zone)[:10] if at else None

    def _judged(self, clock: Clock, live: Live, days: int, dates: Dates, decides: str) -> Duty:
        """A duty that runs from the day of the decision."""
        return duty(
            clock,
            Subject(live.record_id, live.department, live.record_type, live.first_batch),
            self._decided(live),
            days,
            dates,
            decides=decides,
            calendar=self._calendar,
            today=self.today,
        )

    def _is_shown(self, live: Live, *, publish: bool) -> bool:
        """Whether the public may see it now or has seen it before."""
        return publish or live.record_id in self._moment.shown.first

    def _unnamed(self, found: Duty) -> Duty:
        """A duty about a record that is not public, with an id that tells nothing of it.

        Its batch might: one of a single row holds that record and no other.
        """
        return found._replace(duty_id=unnamed(found.duty_id, self._key), record_id="", batch=None)

    def row(self, live: Live, decision: Decision, duty: Duty | None) -> list[Any]:
        """The public row of a record, in the order of `publish.release.public.columns`."""
        record, parent = self._types[live.record_type], self._parents.of(live)
        party = parent.party if parent and record.parent else None
        form = public_form(record, self._told(live), self._persons(live), party)
        first_received, portal = self._times(live)
        return [
            live.record_id,
            *([parent.record_id] if parent and record.parent else []),
            live.department,
            *form.values,
            int(form.masked),
            live.version,
            live.batch,
            first_received,
            local(self._moment.received[live.batch], self._zone),
            portal,
            decision.until.isoformat() if decision.until else None,
            duty.due_date if duty else None,
            duty.status if duty else None,
        ]

    def _told(self, live: Live) -> Mapping[str, str]:
        """What a record says; one that is shown while it is objected to says so in its status."""
        status = self._types[live.record_type].roles.get("status")
        known = self._histories.get(live.record_id)
        if not (status and known and known.objection and self.case(live).history.objection):
            return live.values
        return {**live.values, status: OBJECTED}

    def _decided(self, live: Live) -> str:
        """The day of a record's decision, ISO."""
        return live.values[self._types[live.record_type].roles["decided"]]

    def _persons(self, live: Live) -> Persons:
        """The rule about natural persons in force on the day of a record's decision."""
        return self._profile.persons.on(date.fromisoformat(self._decided(live)))

    def _times(self, live: Live) -> tuple[str, str]:
        """When the portal first received it and first published it, in local time."""
        first = self._moment.shown.first.get(live.record_id)
        published = self._moment.cut.as_of if first is None else self._moment.released[first]
        received = self._moment.received[live.first_batch]
        return local(received, self._zone), local(published, self._zone)


def unnamed_duties(record_ids: Iterable[str], key: bytes) -> list[str]:
    """The ids that the duties about some records have while the records are not public.

    Args:
        key: the register's secret.
    """
    clocks = (DISCLOSURE, PUSH)
    return [unnamed(duty_id(one, clock), key) for one in record_ids for clock in clocks]


def unnamed(name: str, key: bytes) -> str:
    """An id of a duty that tells nothing of the record that it is about.

    Args:
        name: the id that it has where the record is public.
        key: the register's secret.
    """
    return blake2b(name.encode(), key=key, digest_size=10, person=b"duty").hexdigest()
