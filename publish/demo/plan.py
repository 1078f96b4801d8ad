"""What the departments of the demo city decide, and when they hand it in: no texts yet.

Everything is planned month by month and department by department, each from a stream of its own,
so that a plan needs little memory however many records there are.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from heapq import heappop, heappush
from itertools import groupby
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from publish.demo.acts import ACTS, ANY, PLEDGES, Act, Pledge
from publish.demo.chance import Urn, between, pick, stream
from publish.demo.habits import HABITS, Habit, next_hand_in
from publish.demo.items import Items
from publish.demo.listings import LISTINGS, Listing
from publish.demo.offences import OFFENCES, Offence
from publish.demo.permits import PERMITS, Permit
from publish.reference import Department, Reference

ZONE = ZoneInfo("Asia/Shanghai")
SHARES = {
    "licence": 0.535,
    "penalty": 0.32,
    "other_act": 0.045,
    "list_entry": 0.02,
    "commitment": 0.012,
}
"""The shares of what is decided and promised; checks, feedback and finds follow from that."""
NORMAL_SIZE = 20_000
"""The number of records for which the fixed volumes of small departments are meant."""

INSPECTOR = "development"
"""The credit office, which hands in what inspectors found."""

_DAYS = 7  # what departments believe their deadline to be where the catalogue has no other
_OPENING = time(9, tzinfo=ZONE)
_SEASON = (0.95, 0.8, 1.05, 1.0, 0.95, 1.05, 1.0, 0.95, 1.05, 0.95, 1.15, 1.5)
_SERIES = {
    "licence": ("许", "许准", "许字"),
    "penalty": ("罚", "处罚", "罚字"),
    "other_act": ("检", "监检", "查"),
    "commitment": ("诺", "承诺"),
}
_NUMBERS = ("〔{}〕{}号", "〔{}〕{}号", "〔{}〕第{}号", "〔{}〕第{:0>4}号")

_FATES = Urn(
    (
        (("new",), 0.955),
        (("broken", "mended"), 0.0105),
        (("broken",), 0.0045),
        (("new", "duplicate"), 0.01),
        (("draft", "corrected"), 0.015),
        (("new", "revoked"), 0.005),
    )
)
_LIST_FATES = Urn(
    (
        (("new",), 0.89),
        (("broken", "mended"), 0.06),
        (("broken",), 0.02),
        (("new", "duplicate"), 0.01),
        (("draft", "corrected"), 0.02),
    )
)
"""What becomes of list entries, which are often handed in without the prior notice."""
_LATER_FATES = Urn(
    (
        (("new",), 0.965),
        (("broken", "mended"), 0.01),
        (("broken",), 0.005),
        (("new", "duplicate"), 0.01),
        (("draft", "corrected"), 0.01),
    )
)
"""What becomes of rows that follow from others; none of them is revoked."""
_OBJECTION = ("objection_opened", "objection_closed")
_SEQUELS: Mapping[str, Urn[tuple[str, ...]]] = {
    "licence": Urn((((), 0.9965), (("withdrawn",), 0.0025), (_OBJECTION, 0.001))),
    "penalty": Urn(
        (((), 0.93), (("repaired",), 0.05), (("withdrawn",), 0.005), (_OBJECTION, 0.015))
    ),
    "other_act": Urn((((), 0.992), (("withdrawn",), 0.003), (_OBJECTION, 0.005))),
    "list_entry": Urn((((), 0.9), (("exit",), 0.1))),
    "commitment": Urn((((), 1.0),)),
}
_WAITS = {
    "repaired": (45, 220),
    "withdrawn": (45, 220),
    "exit": (45, 220),
    "objection_opened": (2, 40),
    "objection_closed": (3, 12),
}  # working days, lowest and highest

_FEEDBACK, _OF_LATE = ("feedback", "feedback_event"), 30  # working days
_CHECKED, _BROKEN = 0.8, 0.15  # shares of commitments
_REPAIRS_TOLD = 0.2  # share of repairs that a feedback case tells of
_RECTIFIED, _ANSWERED = 0.02, 0.05  # shares of other acts and list entries with a case
_FOUND, _NEVER_HANDED_IN = 0.02, 0.3  # shares of decisions that inspectors look for


class Check(NamedTuple):
    """Whether a commitment was kept."""

    of: "Case"
    kept: bool


class Complaint(NamedTuple):
    """A case of feedback about a record."""

    of: "Case"
    kind: str


class Turn(NamedTuple):
    """A step of a case of feedback, numbered from 1."""

    of: "Case"
    number: int
    stage: str
    outcome: str


class Find(NamedTuple):
    """A decision that inspectors look for."""

    of: "Case"


Decided = Permit | Offence | Listing | Act | Pledge
Later = Check | Complaint | Turn | Find
Matter = Decided | Later


class Case(NamedTuple):
    """A decision that some department takes, or what follows from one.

    Attributes:
        domain: the field of work, the code of the city department that holds it.
        number: tells the cases of one series and year apart.
        item: the code of the catalogue's item; blank where it has none.
    """

    department: str
    record_type: str
    domain: str
    matter: Matter
    document_no: str
    number: int
    decided: date
    item: str = ""


class Step(NamedTuple):
    """What is done with a case on a day.

    Attributes:
        what: ``new``, ``duplicate``, ``draft`` (a first version with a mistake), ``corrected``,
            ``revoked``, ``exit``, ``broken`` (a row that cannot be accepted), ``mended``, or, not
            in a file, ``repaired``, ``withdrawn``, ``objection_opened``, ``objection_closed``.
    """

    day: int
    order: int
    case: Case
    what: str


def is_find(step: Step) -> bool:
    """Whether a step is a row of the inspectors."""
    return isinstance(step.case.matter, Find)


EVENTS = ("repaired", "withdrawn", "objection_opened", "objection_closed")
"""The steps that do not come in files."""


class Post(NamedTuple):
    """A file to be handed in, or one event."""

    at: datetime
    department: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Span:
    """The time in which the demo city is at work.

    Attributes:
        days: all working days from the first to a while after the last, to plan ahead.
    """

    first: date
    last: date
    days: Sequence[date]

    @property
    def end(self) -> int:
        """The number of the first working day after the span."""
        return bisect_right(self.days, self.last)

    @cached_property
    def months(self) -> dict[date, list[date]]:
        """The working days of the span by month."""
        return {
            month: list(days)
            for month, days in groupby(self.days[: self.end], lambda d: d.replace(day=1))
        }

    @cached_property
    def shares(self) -> dict[date, float]:
        """The share of each month in the decisions of the whole span."""
        busy = {m: len(days) * _SEASON[m.month - 1] for m, days in self.months.items()}
        total = sum(busy.values())
        return {month: part / total for month, part in busy.items()}


@dataclass(frozen=True)
class Plan:
    """The plan of a whole city."""

    seed: int
    records: int
    span: Span
    reference: Reference

    def posts(self, code: str) -> Iterator[Post]:
        """Everything that one department does, in order of time."""
        return _Office(self, self.reference.departments[code], HABITS[code]).posts()

    def expected(self, code: str, record_type: str, month: date) -> float:
        """How many decisions a department takes in a month, on average."""
        habit = HABITS[code]
        own = _volume(habit, record_type)
        if habit.fixed is not None:
            if record_type not in {"licence", "penalty"}:
                return 0
            share = own / (habit.licences + habit.penalties)
            months = min(1.0, self.records / NORMAL_SIZE) * len(self.span.months[month]) / 250
            return habit.fixed * share * months
        weight = own * _active(self.reference.departments[code], month)
        weight += sum(
            _volume(HABITS[d.code], record_type) * (1 - _active(d, month))
            for d in self.predecessors(code)
        )
        count = self.records * SHARES[record_type] * self.span.shares[month]
        return count * weight / self._totals[record_type]

    def predecessors(self, code: str) -> list[Department]:
        """The departments that were merged into this one."""
        return [d for d in self.reference.departments.values() if d.successor == code]

    @cached_property
    def items(self) -> Items:
        """The catalogue's items."""
        return Items(self.reference)

    @cached_property
    def governments(self) -> frozenset[str]:
        """The departments that are the government of a district: no field of work of their own."""
        return frozenset(d.code for d in self.reference.departments.values() if d.district)

    @cached_property
    def _totals(self) -> Mapping[str, float]:
        """The sum of the departments' shares."""
        shared = [h for h in HABITS.values() if h.fixed is None]
        return {t: sum(_volume(h, t) for h in shared) for t in SHARES}


@dataclass
class _Office:
    """One department at work.

    Attributes:
        waiting: steps still to be done, as a heap.
        last_numbers: the last document number of each series and year.
    """

    plan: Plan
    department: Department
    habit: Habit
    waiting: list[Step] = field(default_factory=list)
    order: int = 0
    last_numbers: dict[tuple[str, str, int], int] = field(default_factory=dict)

    def posts(self) -> Iterator[Post]:
        """Plans a month, then yields what is done before the next."""
        months = list(self.plan.span.months)
        for number, month in enumerate(months):
            rng = stream(self.plan.seed, self.department.code, month)
            for case in sorted(self._cases(rng, month), key=lambda c: c.decided):
                self._schedule(rng, self._numbered(case))
            last = number + 1 == len(months)
            until = self._number(months[number + 1]) if not last else self.plan.span.end
            yield from self._due(until)

    def _number(self, day: date) -> int:
        """The number of the first working day from a date on."""
        return bisect_left(self.plan.span.days, day)

    def _cases(self, rng: Random, month: date) -> Iterator[Case]:
        """The decisions of a month, not yet numbered."""
        for record_type in _MATTERS:
            matters = self._matters(record_type, month)
            expected = self.plan.expected(self.department.code, record_type, month)
            days = self._sittings(month, 0 if record_type in {"licence", "penalty"} else 1)
            for _ in range(int(expected + rng.random())):
                domain, matter = matters.draw(rng)
                yield Case(
                    self.department.code, record_type, domain, matter, "", 0, pick(rng, days)
                )
        for listing in LISTINGS:
            if self.plan.reference.lists[listing.list_id].owner == self.department.code:
                yield from self._listed(rng, listing, month)

    def _sittings(self, month: date, count: int) -> Sequence[date]:
        """The days of a month on which the department decides; its usual number of them for 0."""
        days, count = self.plan.span.months[month], count or self.habit.sittings
        if not count:
            return days
        offset = stream(self.department.code, "sittings").random()
        return [days[int((offset + n) * len(days) / count)] for n in range(count)]

    def _matters(self, record_type: str, month: date) -> Urn[tuple[str, Matter]]:
        """What the department decides on; that of merged departments from then on."""
        domains = {self.department.code: 1.0} | {
            d: _volume(HABITS[d], record_type) for d in self.habit.domains
        }
        for merged in self.plan.predecessors(self.department.code):
            domains[merged.code] = 0.3 * (1 - _active(merged, month))
        table = _MATTERS[record_type]
        fields = [d for d in domains if d not in self.plan.governments]
        own = {d: [m for m in table if m.domain in {d, ANY}] for d in fields}
        return Urn(
            ((d, m), domains[d] * m.weight / sum(each.weight for each in own[d]))
            for d in fields
            for m in own[d]
        )

    def _listed(self, rng: Random, listing: Listing, month: date) -> Iterator[Case]:
        """The entries of a month on a list, all under one document."""
        if listing.months and month.month not in listing.months:
            return
        total = self.plan.records * SHARES["list_entry"] * listing.weight
        years = len(self.plan.span.months) / 12
        parts = years * (len(listing.months) or 12) * sum(each.weight for each in LISTINGS)
        day = pick(rng, self.plan.span.months[month])
        code = self.department.code
        for _ in range(int(total / parts + rng.random())):
            yield Case(code, "list_entry", code, listing, "", 0, day)

    def _numbered(self, case: Case) -> Case:
        """The case with its document number, the next of its series; a list has one a month."""
        series = self._series(case)
        key = (case.record_type, series, case.decided.year)
        number = self.last_numbers[key] = self.last_numbers.get(key, 0) + 1
        if case.record_type == "list_entry":
            document_no = f"{series}〔{case.decided.year}〕{case.decided.month}号"
        else:
            style = _number_style(self.department.code, case.record_type)
            document_no = series + style.format(case.decided.year, number)
        item = self.plan.items.of(case.department, case.record_type, case.domain, case.matter)
        return case._replace(document_no=document_no, number=number, item=item)

    def _series(self, case: Case) -> str:
        """The start of the document number; in a district it names the field of work."""
        if isinstance(case.matter, Listing):
            return case.matter.mark
        local = self.department.district and case.domain != self.department.code
        return self.habit.mark + (HABITS[case.domain].mark[1:] if local else "")

    def _schedule(self, rng: Random, case: Case) -> None:
        """Puts everything that will be done with a case on the days of the calendar."""
        day = self._hand_in(rng, case)
        if self._hidden(case, day):
            return
        fates = _LIST_FATES if isinstance(case.matter, Listing) else _FATES
        first, *then = fates.draw(rng) if self.habit.fixed is None else ("new",)
        self._put(day, case, first)
        for what in then:
            self._put(self._next(day + between(rng, 3, 30)), case, what)
        if first == "new" and not then:
            self._afterwards(rng, case, day)
        if isinstance(case.matter, Pledge):
            self._check(rng, case)

    def _afterwards(self, rng: Random, case: Case, day: int) -> None:
        """Puts down what happens to some records weeks or months later."""
        for what in _SEQUELS[case.record_type].draw(rng):
            day += between(rng, *_WAITS[what])
            self._put(day if what in EVENTS else self._next(day), case, what)
            if what == "objection_opened":
                self._complain(case, "objection", day)
            elif what == "repaired" and rng.random() < _REPAIRS_TOLD:
                self._complain(case, "repair", day)
        if isinstance(case.matter, Act) and rng.random() < _RECTIFIED:
            self._complain(case, "rectification", day)
        elif isinstance(case.matter, Listing) and rng.random() < _ANSWERED:
            self._complain(case, "measure", day)

    def _check(self, rng: Random, case: Case) -> None:
        """Puts down the checks of a commitment: a broken one is looked at again."""
        if rng.random() > _CHECKED:
            return
        kept = rng.random() > _BROKEN
        day = self._number(case.decided) + between(rng, 25, 90)
        self._follow(rng, case, "fulfilment", Check(case, kept), day)
        if not kept and rng.random() < 0.5:
            self._follow(rng, case, "fulfilment", Check(case, True), day + between(rng, 10, 30))

    def _complain(self, case: Case, kind: str, day: int) -> None:
        """Puts down a case of feedback and its steps, from a stream of its own."""
        rng = stream(self.plan.seed, *case[:3], case.document_no, case.number, kind)
        complaint = Complaint(case, kind)
        opened = self._follow(rng, self._counted(case, kind), "feedback", complaint, day)
        for number, (stage, outcome, wait) in enumerate(_course(rng, kind), start=1):
            day += wait
            if opened:
                turn = Turn(opened, number, stage, outcome)
                self._follow(rng, opened, "feedback_event", turn, day)

    def _counted(self, case: Case, kind: str) -> Case:
        """A case with the number of the next case of feedback of its kind and year."""
        key = ("feedback", kind, case.decided.year)
        number = self.last_numbers[key] = self.last_numbers.get(key, 0) + 1
        return case._replace(number=number)

    def _hidden(self, case: Case, day: int) -> bool:
        """Whether a decision is never handed in; inspectors find it, and some that are."""
        if case.record_type not in {"licence", "penalty"}:
            return False
        rng = stream(self.plan.seed, *case[:3], case.document_no, "found")
        if rng.random() > _FOUND:
            return False
        found = day + between(rng, 10, 60)
        told = self._follow(rng, case, "audit", Find(case), found)
        return told is not None and rng.random() < _NEVER_HANDED_IN

    def _follow(
        self, rng: Random, case: Case, record_type: str, matter: Matter, day: int
    ) -> Case | None:
        """Puts down a row that follows from a case, unless that is too late.

        Checks of commitments and feedback are handed in by the month, feedback of late as it goes,
        and what inspectors found by the quarter and by their office.

        Args:
            day: the number of the day on which it happens.
        """
        days, ended = self.plan.span.days, self.department.valid_to
        if day >= len(days) or (ended and days[day].isoformat() > ended):
            return None
        months = 3 if record_type == "audit" else 1
        of_late = record_type in _FEEDBACK and day > self.plan.span.end - _OF_LATE
        at = day + 1 if of_late else self._number(_next_span(days[day], months))
        later = case._replace(record_type=record_type, matter=matter, decided=days[day])
        first, *then = _LATER_FATES.draw(rng) if self.habit.fixed is None else ("new",)
        habit = HABITS[INSPECTOR] if isinstance(matter, Find) else self.habit
        self._put(next_hand_in(days, habit, at), later, first)
        for what in then:
            self._put(next_hand_in(days, habit, at + between(rng, 3, 30)), later, what)
        return later

    def _next(self, day: int) -> int:
        """The first day from that one on, on which the department hands in."""
        return next_hand_in(self.plan.span.days, self.habit, day)

    def _hand_in(self, rng: Random, case: Case) -> int:
        """The number of the working day on which a case is handed in."""
        days = self.plan.span.days
        first = bisect_right(days, case.decided)
        decided = case.decided.isoformat()
        allowed = self.plan.reference.deadline_days(case.department, case.item, decided)
        due = first + (allowed or _DAYS) - 1
        late = self.habit.late_share(case.decided)
        if (days[min(first + 3, len(days) - 1)] - case.decided).days > 8:  # before a long holiday
            late *= 2
        if rng.random() < late:
            delay = 1 + int(rng.expovariate(0.25)) + (rng.random() < 0.05) * between(rng, 20, 80)
            return self._next(due + delay)
        preparing = between(rng, 0, 4) if len(self.habit.days) != 1 else 0
        ready = self._next(min(due, first + preparing))
        return ready if ready <= due else self._next(first)

    def _put(self, day: int, case: Case, what: str) -> None:
        """Notes a step, unless its day is past all planning."""
        self.order += 1
        heappush(self.waiting, Step(day, self.order, case, what))

    def _due(self, until: int) -> Iterator[Post]:
        """Takes the steps of all days before ``until``, as files and events in order of time."""
        while self.waiting and self.waiting[0].day < until:
            day = self.waiting[0].day
            steps = []
            while self.waiting and self.waiting[0].day == day:
                steps.append(heappop(self.waiting))
            yield from self._day(self.plan.span.days[day], steps)

    def _day(self, day: date, steps: Sequence[Step]) -> Iterator[Post]:
        """The posts of one day: a file for each record type, or for several; then the events."""
        rng = stream(self.plan.seed, self.department.code, day, "hours")
        opening = datetime.combine(day, _OPENING)
        if finds := tuple(step for step in steps if is_find(step)):
            yield Post(opening, INSPECTOR, finds)
        at = opening + timedelta(seconds=between(rng, 0, 6 * 3600))
        others = sorted((step for step in steps if not is_find(step)), key=self._file)
        for _, group in groupby(others, self._file):
            rows = tuple(group)
            for each in [rows] if rows[0].what not in EVENTS else [(s,) for s in rows]:
                yield Post(at, self.department.code, each)
                at += timedelta(seconds=between(rng, 40, 600))

    def _file(self, step: Step) -> tuple[bool, str]:
        """What decides which file a step goes into; in a workbook all record types have sheets."""
        record_type = step.case.record_type
        if self.habit.style.format == "xlsx":
            record_type = "licence"
        return step.what in EVENTS, record_type


def _course(rng: Random, kind: str) -> Iterator[tuple[str, str, int]]:
    """The steps of a feedback case with their outcomes, each so many working days on.

    Some departments take their time, and some cases are forgotten on the way.
    """
    slow, last = 1 + 2 * (rng.random() < 0.15), between(rng, 1, 40)
    for number, (stage, outcome, most) in enumerate(_stages(rng, kind), start=1):
        yield stage, outcome, between(rng, 0, most) * slow
        if number == last and stage != "closed":
            return


def _stages(rng: Random, kind: str) -> Iterator[tuple[str, str, int]]:
    """The steps of a kind of case with their outcomes, and how many working days each may take."""
    if kind == "objection":
        yield "annotated", "", 1
    if kind in {"objection", "repair"}:
        yield "accepted", "", 2
    own = kind == "objection" and rng.random() < 0.3
    if kind == "objection" and not own:
        yield "passed_on", "", 3
    if rng.random() < 0.06:
        yield "decided", "withdrawn", 2
        yield "closed", "", 1
        return
    if rng.random() < 0.2:
        yield "paused", "", 1
        yield "resumed", "", 9
    if rng.random() < 0.15:
        yield "extended", "", 2
    if not own:
        yield "verified", "", 4
    if kind in {"objection", "repair"}:
        upheld = kind == "repair" or rng.random() < 0.5
        yield "decided", "upheld" if upheld else "rejected", 2
        yield "notified", "", 2
        if upheld:
            yield "executed", "", 2
    else:
        yield "executed", "", 14
    yield "closed", "", 1


def _next_span(day: date, months: int) -> date:
    """The first day of the next month, or quarter for three months."""
    month = months * ((day.month - 1) // months + 1)
    return date(day.year + month // 12, month % 12 + 1, 1)


_MATTERS: Mapping[str, Sequence[Permit | Offence | Act | Pledge]] = {
    "licence": PERMITS,
    "penalty": OFFENCES,
    "other_act": ACTS,
    "commitment": PLEDGES,
}


def _volume(habit: Habit, record_type: str) -> float:
    """The department's share of one record type."""
    if record_type == "other_act":
        return habit.licences + habit.penalties
    return habit.penalties if record_type == "penalty" else habit.licences


@cache
def _number_style(department: str, record_type: str) -> str:
    """How a department writes its document numbers after the name of the series."""
    rng = stream(department, record_type)
    return pick(rng, _SERIES[record_type]) + pick(rng, _NUMBERS)


def _active(department: Department, month: date) -> bool:
    """Whether a department is not yet merged into another in that month."""
    return not department.valid_to or month.isoformat() <= department.valid_to


def span(first: date, last: date, days: Sequence[date]) -> Span:
    """The span between two days, both included, given all working days around it."""
    return Span(first, last, days[bisect_left(days, first) :])
