"""Every record on its way into a release: decided, its duties judged, worded for the public."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Protocol

from publish.disclose.disclose import Decision, last_day
from publish.project import Project
from publish.register.live import Live, Moment
from publish.register.register import local
from publish.release.credit import Gone
from publish.release.duties import Judge, disclosed, last_change
from publish.release.facts import Facts
from publish.release.measure import DutyWriter
from publish.release.parents import Parents, parents_first
from publish.release.stage import Stage
from publish.release.trace import Trace
from publish.schema import record_type

Progress = Callable[[str, int], None]
"""Told the name of the step being done and how many records of it are done."""


class Rows(Protocol):
    """Takes the public rows of one record type."""

    def add(self, row: Sequence[Any]) -> None:
        """Takes one row."""


class Walk:
    """Takes records from the register to the tables of a release.

    Attributes:
        judge: what judges the duties.
        facts: what the indicators are computed from besides duties.
        appeared: newly published.
        off: published by the last release and not any more.
    """

    def __init__(
        self,
        project: Project,
        moment: Moment,
        writers: Mapping[str, Rows],
        duties: DutyWriter,
        trace: Trace,
    ) -> None:
        self._profile, self._moment, self._zone = project.profile, moment, project.profile.zone
        self._writers, self._duties, self._trace = writers, duties, trace
        self._parents = Parents(project.reference)
        self._stage = Stage(project, moment, parents=self._parents)
        self.judge = Judge(project, moment, last_change(project, moment))
        self.facts = Facts(project, moment, trace)
        self.appeared, self.off = list[str](), list[Gone]()

    def take(self, records: Iterable[Live], progress: Callable[[int], None]) -> None:
        """Takes records along: each is published or withheld, its duties judged.

        What belongs to another record waits until all of those are decided. Of what is internal
        only the duties are public that a feedback case makes.
        """
        for number, live in enumerate(parents_first(records), start=1):
            if record_type(live.record_type).kind == "internal":
                self.facts.add_find(live)
                self.judge.add(live)
                self._trace.add_internal(live.record_id)
            else:
                self._disclose(live)
            if number % 1000 == 0:
                progress(number)
        self._duties.extend(self.judge.of_cases())

    def _disclose(self, live: Live) -> None:
        """One live record, published or withheld."""
        decision = self._stage.decide(live)
        owed = self.judge.of_record(live, decision)
        self._duties.extend(owed.duties)
        row = None
        if decision.publish:
            row = self._stage.row(live, decision, disclosed(owed.duties))
            self._writers[live.record_type].add(row)
        self._note(live, decision)
        kept = self.facts.kept(live, row)
        self._trace.add(
            kept._replace(
                reason=decision.reason,
                gone=self._gone(live.record_id, decision),
                family=self._parents.family(live),
                again=self._again(live, decision, owed.open_until),
            )
        )

    def _note(self, live: Live, decision: Decision) -> None:
        """Whether a record appeared or went off now."""
        was_public = live.record_id in self._moment.shown.public
        if decision.publish and not was_public:
            self.appeared.append(live.record_id)
        elif was_public and decision.reason:
            told = (live.record_id, live.record_type, live.department, decision.reason)
            self.off.append(told)

    def _gone(self, record_id: str, decision: Decision) -> str | None:
        """The day on which a record was taken off, now or in an earlier release."""
        if decision.publish or record_id not in self._moment.shown.first:
            return None
        gone = self._moment.shown.gone.get(record_id)
        since = self._moment.released[gone[0]] if gone else self._moment.cut.as_of
        return local(since, self._zone)[:10]

    def _again(self, live: Live, decision: Decision, open_until: str | None) -> str | None:
        """The next day on which time alone may change a record's decision or its duties.

        That is the day after its last day of publication, or after the deadline of a duty that is
        not done. What else changes it, the record that it belongs to above all, is found
        otherwise.
        """
        end = decision.until
        if not decision.publish:
            end = last_day(self._stage.case(live), self._profile)
        last = [open_until, end.isoformat() if end else None]
        ahead = [day for day in last if day and day >= self._stage.today]
        return _day_after(min(ahead)) if ahead else None


def _day_after(day: str) -> str:
    """The next day, ISO."""
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
