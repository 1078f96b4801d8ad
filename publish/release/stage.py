"""The rules of a project applied to one record after another at one moment."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from monitor.clocks import Dates, Duty, disclosure_duty
from publish.disclose.disclose import NOTHING, Case, Decision, History, decide, public_form
from publish.project import Project
from publish.register.live import Live, Moment
from publish.register.register import local
from publish.schema import record_types


class Stage:
    """Decides, judges and words each record."""

    def __init__(
        self, project: Project, moment: Moment, histories: Mapping[str, History] | None = None
    ) -> None:
        self._profile, self._moment = project.profile, moment
        self._histories = moment.histories if histories is None else histories
        self._calendar, self._lists = project.calendar, project.reference.lists
        self._zone = project.profile.zone
        self._types = record_types()
        self.today = local(moment.cut.as_of, self._zone)[:10]
        self._day = date.fromisoformat(self.today)

    def decide(self, live: Live) -> Decision:
        """Whether a record is published today."""
        record = self._types[live.record_type]
        history = self._histories.get(live.record_id, NOTHING)
        return decide(Case(record, live.values, history, self._lists, self._day), self._profile)

    def duty(self, live: Live, *, publish: bool) -> Duty | None:
        """The duty to publish it; None where no clock runs or it was lawfully never shown."""
        shown = publish or live.record_id in self._moment.shown.first
        clock = self._profile.clocks.disclosure
        days = clock.days_for(live.record_type, live.values.get("item_code"))
        if days is None or not shown:
            return None
        received, portal = self._times(live)
        dates = Dates(live.values.get("department_published"), received[:10], portal[:10])
        return disclosure_duty(
            (live.record_id, live.department, live.record_type),
            live.values[self._types[live.record_type].roles["decided"]],
            days,
            dates,
            decides=clock.decides,
            calendar=self._calendar,
            today=self.today,
        )

    def row(self, live: Live, decision: Decision, duty: Duty | None) -> list[Any]:
        """The public row of a record, in the order of `publish.release.public.columns`."""
        form = public_form(self._types[live.record_type], live.values, self._profile.persons)
        first_received, portal = self._times(live)
        return [
            live.record_id,
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

    def _times(self, live: Live) -> tuple[str, str]:
        """When the portal first received it and first published it, in local time."""
        first = self._moment.shown.first.get(live.record_id)
        published = self._moment.cut.as_of if first is None else self._moment.released[first]
        received = self._moment.received[live.first_batch]
        return local(received, self._zone), local(published, self._zone)
