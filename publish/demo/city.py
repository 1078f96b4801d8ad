"""The fictional city 示例市 at work: three years of files, seeded, for demonstrations and tests."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import Literal, TextIO, cast

from monitor.calendar import Calendar
from publish.demo import files
from publish.demo.chance import between, pick, stream
from publish.demo.faults import misprint, spoil
from publish.demo.habits import HABITS
from publish.demo.parties import parties
from publish.demo.plan import EVENTS, Plan, Post, Step, is_find, span
from publish.demo.rows import Clerks, Row, districts
from publish.disclose.disclose import add_months
from publish.reference import Reference
from publish.register.removal import OFF
from publish.schema import record_type

EventKind = Literal["repaired", "revoked", "objection_opened", "objection_closed"]

_REASONS: Mapping[str, tuple[str, ...]] = {
    "repaired": (
        "当事人已履行处罚决定并作出信用承诺，准予信用修复",
        "公示满最短期限且已改正，准予修复",
    ),
    "withdrawn": ("行政复议决定撤销原决定", "人民法院判决撤销", "本机关自行纠正，撤销原决定"),
    "objection_opened": ("当事人对违法事实的表述提出异议", "当事人认为处罚金额与决定书不符"),
    "objection_closed": ("经核实，公示信息与决定书一致", "经核实并由部门更正后重新报送"),
}
_REVOKED = "1"
_IDENTITY = (
    "authority_uscc",
    "document_no",
    "party_name",
    "uscc",
    "registration_no",
    "person_id_no",
)


@dataclass(frozen=True)
class HandIn:
    """A file that a department hands in.

    Attributes:
        at: when, with its time zone.
        department: the department's code.
        path: the file, already written.
        planned: how many rows of each sort it holds: the steps of `publish.demo.plan.Step`, and
            for broken rows ``broken`` and ``broken:<fault>``.
    """

    at: datetime
    department: str
    path: Path
    planned: Mapping[str, int]


@dataclass(frozen=True)
class Event:
    """Something that happens to a record without a file.

    Attributes:
        values: the fields that make up the record's identity.
        decided: when it was decided, if the portal was not told on the same day.
    """

    at: datetime
    department: str
    record_type: str
    values: Mapping[str, str]
    kind: EventKind
    reason: str
    decided: date | None = None


def generate(
    reference: Reference,
    calendar: Calendar,
    out: Path,
    *,
    seed: int = 20261120,
    records: int = 20_000,
    until: date = date(2026, 11, 20),
    years: int = 3,
    secrets: Path | None = None,
) -> Iterator[HandIn | Event]:
    """Lets the city work and yields what happens, in strictly increasing order of time.

    The same arguments always give the same files, byte for byte. How many files there are depends
    on the departments' habits, not on the number of records.

    Args:
        reference: the departments and lists; every department needs a habit.
        calendar: the working days; all hand-ins are in office hours.
        out: the folder for the files; each is written when it is yielded.
        seed: what all chance starts from.
        records: about how many different records are handed in.
        until: the last day.
        years: how many years before that the first day lies.
        secrets: a file for everything in the rows that must never be seen in public, one a line:
            names of persons, numbers, addresses.
    """
    plan, clerks = plan_city(
        reference, calendar, seed=seed, records=records, until=until, years=years
    )
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        notes = stack.enter_context(secrets.open("w", encoding="utf-8")) if secrets else None
        yield from _Desk(plan, clerks, out, notes).work()


def plan_city(
    reference: Reference, calendar: Calendar, *, seed: int, records: int, until: date, years: int
) -> tuple[Plan, Clerks]:
    """What is done when, and those who write it out; the arguments are those of `generate`."""
    first = add_months(until, -12 * years) + timedelta(days=1)
    time = span(first, until, _working_days(calendar, first))
    clerks = Clerks(seed, reference, parties(seed, districts(reference), records))
    return Plan(seed, records, time, reference), clerks


def _working_days(calendar: Calendar, first: date) -> Sequence[date]:
    """All working days from a date to the end of the calendar."""
    days = (first + timedelta(days=n) for n in range((calendar.last - first).days + 1))
    return [day for day in days if calendar.is_workday(day)]


@dataclass(frozen=True)
class _Desk:
    """Where plans become files and events.

    Attributes:
        notes: where secrets are written down.
    """

    plan: Plan
    clerks: Clerks
    out: Path
    notes: TextIO | None

    def work(self) -> Iterator[HandIn | Event]:
        """Everything in order of time; what falls on the same second is moved by one."""
        offices = [self.plan.posts(code) for code in HABITS]
        last = datetime.min.replace(tzinfo=UTC)
        for post in _gathered(merge(*offices, key=_turn)):
            last = max(post.at, last + timedelta(seconds=1))
            moved = post._replace(at=last)
            yield self._event(moved) if post.steps[0].what in EVENTS else self._file(moved)

    def _file(self, post: Post) -> HandIn:
        """Writes a file."""
        planned: Counter[str] = Counter()
        by_type = groupby(sorted(post.steps, key=_record_type), _record_type)
        sheets = [
            (name, [self._row(step, post, planned).values for step in steps])
            for name, steps in by_type
        ]
        path = self.out / self._name(post, [name for name, _ in sheets])
        files.write(path, post.department, sheets)
        return HandIn(post.at, post.department, path, planned)

    def _name(self, post: Post, record_types: Sequence[str]) -> str:
        """The name of a file: department, what is in it, day."""
        department = self.plan.reference.departments[post.department]
        titles = "和".join(record_type(name).title_zh for name in record_types)
        ending = files.suffix(post.department)
        return f"{department.name_zh}_{titles}_{post.at:%Y%m%d}{ending}"

    def _row(self, step: Step, post: Post, planned: Counter[str]) -> Row:
        """A row as the step has it."""
        row = self.clerks.row(step.case)
        planned[step.what] += 1
        if step.what == "broken":
            rng = stream(self.plan.seed, *step.case[:3], step.case.document_no, "broken")
            planned[f"broken:{spoil(rng, row, post.at.date())}"] += 1
        elif step.what == "draft":
            misprint(row, step.case.record_type)
        elif step.what == "revoked":
            row.values["status"] = _REVOKED
        elif step.what == "exit":
            row.values["exit_date"] = post.at.date()
            row.values["exit_reason"] = "符合退出条件，经批准移出名单"
        if self.notes:
            self.notes.writelines(f"{secret}\n" for secret in row.secrets)
        return row

    def _event(self, post: Post) -> Event:
        """An event."""
        (step,) = post.steps
        values = self.clerks.row(step.case).values
        kind = "revoked" if step.what == "withdrawn" else step.what
        rng = stream(self.plan.seed, *step.case[:3], step.case.document_no, step.what)
        return Event(
            post.at,
            post.department,
            step.case.record_type,
            {name: str(values[name]) for name in _IDENTITY},
            cast("EventKind", kind),
            pick(rng, _REASONS[step.what]),
            self._decided(post, kind) if kind in OFF else None,
        )

    def _decided(self, post: Post, kind: str) -> date | None:
        """When a removal was decided: offices that hand in late tell of it late twice as often."""
        case, days = post.steps[0].case, self.plan.span.days
        rng = stream(self.plan.seed, *case[:3], case.document_no, kind, "told")
        late = rng.random() < 2 * HABITS[post.department].late_share(post.at.date())
        today = bisect_left(days, post.at.date())
        waited = between(rng, 4, 9) if late else between(rng, 0, 2)
        return days[today - waited] if 0 < waited <= today else None


def _turn(post: Post) -> tuple[datetime, str, bool]:
    """When a post's turn is; what inspectors hand in comes before what they do else."""
    return post.at, post.department, not is_find(post.steps[0])


def _gathered(posts: Iterable[Post]) -> Iterator[Post]:
    """The posts with what inspectors found in several departments in one file."""
    for (at, department, other), same in groupby(posts, _turn):
        if other:
            yield from same
        else:
            yield Post(at, department, tuple(step for post in same for step in post.steps))


def _record_type(step: Step) -> str:
    """The record type of a step."""
    return step.case.record_type
