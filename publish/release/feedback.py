"""The duties of feedback cases: objections, repairs, joint measures, rectification.

Cases and their steps are handed in by themselves and belong together by the number of the case.
Nothing of a case is public but its dates: neither its number nor a word of it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from monitor.calendar import Calendar
from monitor.clocks import (
    FEEDBACK,
    RECEIPT,
    Clock,
    Dates,
    Duty,
    Extension,
    Pause,
    Steps,
    Subject,
    Term,
    duty,
)
from publish.profile import ObjectionClock, RepairClock
from publish.project import Project
from publish.register.identity import folded
from publish.register.live import Live, Moment
from publish.register.register import local

CASE, STEP = "feedback", "feedback_event"
"""The record types of cases and of their steps."""

_WITHDRAWN, _BEFORE_ALL = "withdrawn", -1
_WAYS = {clock.name for clock in FEEDBACK if clock.steps and clock.steps.unless}


class Taken(NamedTuple):
    """A step that was taken in a case.

    Attributes:
        stage: the code of the step.
        day: when, by the department's account.
        received: when the portal was told.
    """

    stage: str
    outcome: str
    day: str
    received: str
    reason: str
    extended_to: str


class Judged(NamedTuple):
    """A duty of a case, with what its deadline was made of.

    Attributes:
        cut_off: whether the case was withdrawn before it was done.
    """

    duty: Duty
    term: Term
    cut_off: bool


class _Span(NamedTuple):
    """From when to when a stage ran.

    Attributes:
        done: the step that ended it; None while it goes on.
        cut_off: whether that was the withdrawal of the case.
    """

    start: str
    done: Taken | None
    cut_off: bool


@dataclass(frozen=True)
class Course:
    """A case with the steps taken in it, in order of time."""

    case: Live
    steps: Sequence[Taken]

    @property
    def received(self) -> str:
        """The day it was received, ISO."""
        return self.case.values["received_date"]

    def place(self, stages: Sequence[str]) -> int | None:
        """The place among the steps of the first of some stages that was taken.

        The order of the stages counts: a later one stands in only where an earlier one is missing.
        """
        for stage in stages:
            for place, taken in enumerate(self.steps):
                if stage in _names(taken):
                    return place
        return None

    def pauses(self, today: str) -> Iterator[tuple[str, Pause]]:
        """The pauses with their reasons, newest first.

        The next step ends a pause also where nobody said that the case was resumed; one that
        nothing ended goes on.
        """
        until = today
        for taken in reversed(self.steps):
            if taken.stage == "paused":
                yield taken.reason, Pause(taken.day, until)
            if taken.stage != "extended":
                until = taken.day


def _names(taken: Taken) -> tuple[str, ...]:
    """What a step may be called: a case withdrawn is not decided."""
    if taken.outcome == _WITHDRAWN:
        return (_WITHDRAWN,)
    return (taken.stage, taken.outcome) if taken.outcome else (taken.stage,)


class Feedback:
    """Judges every stage of every case by the rule in force on the day that the case was received.

    A stage that a case never needs is no duty, and neither is one whose beginning has not come. A
    case withdrawn ends what is open: what was overdue by then stays late.
    """

    def __init__(self, project: Project, moment: Moment) -> None:
        self._profile, self._moment = project.profile, moment
        self._today = local(moment.cut.as_of, project.profile.zone)[:10]
        self._cases = defaultdict[str, list[Live]](list)
        self._steps = defaultdict[str, list[Live]](list)

    def add(self, live: Live) -> None:
        """Takes a case or a step of one; anything else is passed over."""
        if live.record_type == CASE:
            self._cases[folded(live.values["case_no"])].append(live)
        elif live.record_type == STEP:
            self._steps[folded(live.values["case_no"])].append(live)

    def duties(self, calendar: Calendar) -> Iterator[Duty]:
        """The duties of all cases, judged on a calendar."""
        for course in self.courses():
            for judged in self.judged(course, calendar):
                yield judged.duty

    def courses(self) -> Iterator[Course]:
        """The cases with their steps.

        Where several cases bear a number, a step belongs to that of its own department, and to
        none if there is none.
        """
        for number, cases in self._cases.items():
            for case in cases:
                own = [
                    step
                    for step in self._steps[number]
                    if len(cases) == 1 or step.department == case.department
                ]
                own.sort(key=_order)
                yield Course(case, [self._taken(step) for step in own])

    def judged(self, course: Course, calendar: Calendar) -> list[Judged]:
        """The duties of one case."""
        kind = course.case.values["feedback_kind"]
        stages = (
            self._stage(clock, clock.steps, course, calendar)
            for clock in FEEDBACK
            if clock.steps and clock.steps.kind == kind
        )
        owed = _one_way(list(filter(None, stages)))
        return [each for each in owed if not each.cut_off or each.duty.status == "late"]

    def _stage(
        self, clock: Clock, steps: Steps, course: Course, calendar: Calendar
    ) -> Judged | None:
        """The duty of one stage; None if the case does not have it or no rule gives it time."""
        span = _span(steps, course)
        done = span.done if span else None
        term = self._term(steps, course, done.day if done else self._today)
        if span is None or term is None:
            return None
        case, office = course.case, self._profile.jurisdiction.office if steps.office else None
        found = duty(
            clock,
            Subject(case.record_id, office or case.department, CASE, case.first_batch),
            span.start,
            term,
            Dates(done and done.day, done and done.received, None),
            decides="department",
            calendar=calendar,
            today=self._today,
        )
        return Judged(found, term, span.cut_off)

    def _term(self, steps: Steps, course: Course, until: str) -> Term | None:
        """How long a stage may take, with what moved that before a day; None if no rule says."""
        extensions = [
            Extension(taken.day, taken.extended_to)
            for taken in course.steps
            if taken.stage == "extended" and taken.extended_to and taken.day <= until
        ]
        if not steps.figure:
            due = course.case.values.get("due_date")
            return Term(None, due, extensions) if due else None
        rule = self._rule(steps.kind, course.received)
        days = getattr(rule, steps.figure, None)
        if days is None:
            return None
        if not isinstance(rule, ObjectionClock):
            return Term(days)
        longest = rule.longest(steps.figure)
        pauses = [
            pause
            for why, pause in course.pauses(self._today)
            if pause.since <= until and rule.stops(why)
        ]
        moves: list[Pause | Extension] = [*pauses, *(extensions if longest else ())]
        return Term(days, "", sorted(moves, key=lambda move: move[0]), longest)

    def _rule(self, kind: str, received: str) -> ObjectionClock | RepairClock | None:
        """The rule of a kind of case on the day that it was received."""
        clocks = self._profile.clocks
        rules = clocks.objection if kind == "objection" else clocks.repair
        return rules.on(date.fromisoformat(received)) if rules else None

    def _taken(self, live: Live) -> Taken:
        """A step from its record."""
        values: Mapping[str, str] = live.values
        received = local(self._moment.received[live.first_batch], self._profile.zone)
        return Taken(
            values["stage"],
            values.get("outcome", ""),
            values["event_date"],
            received[:10],
            values.get("reason", ""),
            values.get("extended_to", ""),
        )


def _span(steps: Steps, course: Course) -> _Span | None:
    """From when to when a stage ran; None if it has not begun, or was never needed."""
    place = course.place
    began = place([stage for stage in steps.start if stage != RECEIPT])
    if began is None and RECEIPT in steps.start:
        began = _BEFORE_ALL
    end, needless, withdrawn = place(steps.end), place(steps.unless), place((_WITHDRAWN,))
    if began is None or _comes_first(needless, end) or _comes_first(withdrawn, began):
        return None
    cut_off = _comes_first(withdrawn, end)
    last = withdrawn if cut_off else end
    return _Span(
        course.received if began == _BEFORE_ALL else course.steps[began].day,
        None if last is None else course.steps[last],
        cut_off,
    )


def _comes_first(one: int | None, other: int | None) -> bool:
    """Whether a step was taken, and the other not before it."""
    return one is not None and (other is None or one < other)


def _one_way(found: list[Judged]) -> list[Judged]:
    """Of the ways that a case may go, the one that leaves most time: only one was ever needed."""
    ways = [each for each in found if each.duty.clock in _WAYS]
    last = max(ways, key=lambda each: each.duty.due_date, default=None)
    return [each for each in found if each is last or each not in ways]


def _order(step: Live) -> tuple[str, int, str]:
    """The order of steps: by day, then by their number."""
    number = step.values["event_no"]
    return step.values["event_date"], len(number), number
