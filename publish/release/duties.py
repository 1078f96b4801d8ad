"""Every duty of a moment, and which of them a new version of the calendar moved."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import orjson

from monitor.calendar import Calendar, superseded
from monitor.clocks import DISCLOSURE, Duty
from publish.disclose.disclose import Decision
from publish.errors import ProblemError
from publish.project import Project
from publish.register.live import Live, Moment
from publish.register.register import local
from publish.release.feedback import Feedback
from publish.release.parents import parents_first
from publish.release.stage import Stage
from publish.release.withdrawals import Withdrawals
from publish.schema import record_type

_PENDING = "pending"


class Change(NamedTuple):
    """A change of the calendar between releases.

    Attributes:
        before: the version of the last release that had another one.
        now: the version of this release.
        since: the day of the first release with it, ISO.
        calendar: the working days as they were; None if that version was not kept.
    """

    before: str
    now: str
    since: str
    calendar: Calendar | None


class Owed(NamedTuple):
    """The duties about a record.

    Attributes:
        open_until: the first deadline of one that is not done, on either calendar, ISO; None if
            all are done or overdue.
    """

    duties: list[Duty]
    open_until: str | None


class Duties:
    """Judges the duties about each record and each feedback case, on one calendar."""

    def __init__(self, project: Project, moment: Moment, calendar: Calendar) -> None:
        self._stage = Stage(project, moment, calendar=calendar)
        self._withdrawals = Withdrawals(project, moment, calendar)
        self._calendar = calendar

    def of_record(self, live: Live, decision: Decision) -> Iterator[Duty]:
        """The duties about a record: to publish it, to hand it in, to take it off."""
        shown = decision.publish
        for found in (self._stage.duty(live, publish=shown), self._stage.push(live, publish=shown)):
            if found:
                yield found
        yield from self._withdrawals.duties(live, decision)

    def of_cases(self, feedback: Feedback) -> Iterator[Duty]:
        """The duties of feedback cases."""
        yield from feedback.duties(self._calendar)


class Judge:
    """The duties of a release; each is judged on the calendar before, too, if that was another.

    Attributes:
        change: the last change of the calendar; None if there was none.
        moved: what it moved, as rows of the table `calendar_change`.
    """

    def __init__(self, project: Project, moment: Moment, change: Change | None) -> None:
        self._now = Duties(project, moment, project.calendar)
        self._feedback = Feedback(project, moment)
        self.change, self.moved = change, list[tuple[Any, ...]]()
        before = change.calendar if change else None
        self._before = Duties(project, moment, before) if before else None

    def add(self, live: Live) -> None:
        """Takes what is internal: feedback cases and their steps."""
        self._feedback.add(live)

    def of_record(self, live: Live, decision: Decision) -> Owed:
        """The duties about a record."""
        found = list(self._now.of_record(live, decision))
        then = self._compare(self._before.of_record(live, decision), found) if self._before else []
        waiting = [duty.due_date for duty in (*found, *then) if duty.status == _PENDING]
        return Owed(found, min(waiting, default=None))

    def of_cases(self) -> list[Duty]:
        """The duties of all feedback cases that were taken."""
        found = list(self._now.of_cases(self._feedback))
        if self._before:
            self._compare(self._before.of_cases(self._feedback), found)
        return found

    def _compare(self, before: Iterator[Duty], now: Iterable[Duty]) -> list[Duty]:
        """Notes which of some duties stand differently; returns those of before."""
        try:
            then = {duty.duty_id: duty for duty in before}
        except ProblemError:  # a day that the calendar did not hold yet
            return []
        for duty in now:
            old = then.get(duty.duty_id)
            if old and self.change and (old.due_date, old.status) != (duty.due_date, duty.status):
                self.moved.append(_moved(self.change, old, duty))
        return list(then.values())


def moved_by(
    project: Project, moment: Moment, change: Change, progress: Callable[[str, int], None]
) -> list[tuple[Any, ...]]:
    """What a change of the calendar moves, as rows of the table `calendar_change`."""
    judge, stage = Judge(project, moment, change), Stage(project, moment)
    for number, live in enumerate(parents_first(moment.records()), start=1):
        if record_type(live.record_type).kind == "internal":
            judge.add(live)
        else:
            judge.of_record(live, stage.decide(live))
        if number % 1000 == 0:
            progress("calendar", number)
    judge.of_cases()
    return judge.moved


def _moved(change: Change, before: Duty, now: Duty) -> tuple[Any, ...]:
    """A row of the table `calendar_change`."""
    return (
        now.duty_id,
        now.record_id,
        now.department,
        now.record_type,
        now.clock,
        change.before,
        change.now,
        change.since,
        before.due_date,
        now.due_date,
        before.status,
        now.status,
    )


def disclosed(found: Iterable[Duty]) -> Duty | None:
    """The duty to publish, of those about a record; None where no clock runs."""
    return next((duty for duty in found if duty.clock == DISCLOSURE.name), None)


def last_change(project: Project, moment: Moment) -> Change | None:
    """The last change of the calendar that releases tell of, this one included.

    Raises:
        ProblemError: if the version before was kept and cannot be understood.
    """
    rows = moment.register.db.execute(
        "SELECT as_of, detail FROM release WHERE outcome = 'ok' AND seq <= ? ORDER BY seq DESC",
        (moment.cut.release,),
    )
    calendar, since = project.calendar, moment.cut.as_of
    for as_of, detail in rows:
        stated = orjson.loads(detail).get("calendar")
        if stated is None:
            continue
        if stated == {"code": calendar.code, "version": calendar.version}:
            since = as_of
            continue
        return Change(
            stated["version"],
            calendar.version,
            local(since, project.profile.zone)[:10],
            superseded(project.calendars, stated["code"], stated["version"]),
        )
    return None


def by_department(moved: Iterable[tuple[Any, ...]]) -> Counter[str]:
    """How many duties of each department moved."""
    return Counter(row[2] for row in moved)
