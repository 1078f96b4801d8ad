"""Duties with a deadline and how each stands on a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from monitor.calendar import Calendar

RECEIPT = "received"
"""The receipt of a feedback case, which is no step but begins some."""


@dataclass(frozen=True)
class Steps:
    """Between which steps of a feedback case a clock runs.

    Steps are the codes of `feedback_stage`, the codes of `feedback_outcome` for a decision with
    that outcome, and `RECEIPT`. Of several the first that was taken counts, in the order given:
    a later step of the procedure shows that an earlier one was done by then.

    Attributes:
        kind: the kind of case, a code of `feedback_kind`.
        figure: which figure of the rule gives the working days; empty where each case states its
            own last day.
        start: what begins it.
        end: what ends it.
        unless: what makes it needless if it comes first.
        office: whether the office that runs the portal owes it, not the department responsible.
    """

    kind: str
    figure: str
    start: tuple[str, ...]
    end: tuple[str, ...]
    unless: tuple[str, ...] = ()
    office: bool = False


@dataclass(frozen=True)
class Clock:
    """A sort of duty with a deadline.

    Attributes:
        name: what the table `duty` calls it.
        mark: what the ids of its duties end in.
        zh: what is to be done.
        en: the same in English, after "the duty".
        began_zh: what happened on day 0.
        began_en: the same in English.
        steps: of a feedback case, between which steps it runs; None for a clock of records.
    """

    name: str
    mark: str
    zh: str
    en: str
    began_zh: str
    began_en: str
    steps: Steps | None = None


_NEVER = "9999-12-31"
_ANSWERED = ("notified", "closed")
_SETTLED = ("decided", *_ANSWERED)

DISCLOSURE = Clock("disclosure", "d", "公示", "to publish a decision", "作出决定", "decided")
WITHDRAWAL = Clock(
    "withdrawal",
    "w",
    "撤下",
    "to take off what was revoked, repaired or wrong",
    "决定撤下",
    "found to have to come off",
)
PUSH = Clock("push", "p", "报送", "to hand a decision in", "作出决定", "decided")
FEEDBACK = (
    Clock(
        "objection_annotate",
        "oa",
        "异议标注",
        "to mark a record as objected to",
        "收到异议",
        "objection received",
        Steps("objection", "annotate", (RECEIPT,), ("annotated", *_SETTLED), office=True),
    ),
    Clock(
        "objection_accept",
        "oc",
        "异议受理",
        "to take an objection up",
        "收到异议",
        "objection received",
        Steps(
            "objection",
            "accept",
            (RECEIPT,),
            ("accepted", "passed_on", "verified", *_SETTLED),
            office=True,
        ),
    ),
    Clock(
        "objection_own",
        "oo",
        "异议自行核实",
        "to settle an objection without passing it on",
        "收到异议",
        "objection received",
        Steps("objection", "own", (RECEIPT,), _SETTLED, ("passed_on",), office=True),
    ),
    Clock(
        "objection_pass_on",
        "op",
        "异议转交",
        "to pass an objection on",
        "收到异议",
        "objection received",
        Steps("objection", "pass_on", (RECEIPT,), ("passed_on",), _SETTLED, office=True),
    ),
    Clock(
        "objection_verify",
        "ov",
        "异议核实",
        "to verify an objection",
        "转交",
        "passed on",
        Steps("objection", "verify", ("passed_on",), ("verified", *_SETTLED)),
    ),
    Clock(
        "objection_notify",
        "on",
        "异议告知",
        "to tell the applicant",
        "核实或决定",
        "verified or decided",
        Steps("objection", "notify", ("verified", "decided"), _ANSWERED, office=True),
    ),
    Clock(
        "objection_total",
        "ot",
        "异议办结",
        "to answer an objection",
        "收到异议",
        "objection received",
        Steps("objection", "total", (RECEIPT,), _ANSWERED, office=True),
    ),
    Clock(
        "repair_accept",
        "rc",
        "修复受理",
        "to take a repair up",
        "收到修复申请",
        "application for repair received",
        Steps("repair", "accept", (RECEIPT,), ("accepted", "verified", *_SETTLED), office=True),
    ),
    Clock(
        "repair_decide",
        "rd",
        "修复办理",
        "to decide a repair",
        "受理或收到修复申请",
        "application for repair taken up or received",
        Steps("repair", "total", ("accepted", RECEIPT), ("decided", "executed", *_ANSWERED)),
    ),
    Clock(
        "repair_execute",
        "rx",
        "修复执行",
        "to carry a repair out",
        "准予修复",
        "repair granted",
        Steps("repair", "execute", ("upheld",), ("executed", "closed"), office=True),
    ),
    Clock(
        "measure",
        "m",
        "联合奖惩反馈",
        "to answer on joint measures",
        "收到事项",
        "case received",
        Steps("measure", "", (RECEIPT,), ("executed", "closed", "notified", "decided")),
    ),
    Clock(
        "rectification",
        "r",
        "整改",
        "to put right what was found",
        "收到事项",
        "case received",
        Steps("rectification", "", (RECEIPT,), ("executed", "closed")),
    ),
)
"""The clocks of feedback cases (such stages: 新郑市 2019, 《河南省社会信用条例》第四十一条)."""

CLOCKS = (DISCLOSURE, WITHDRAWAL, PUSH, *FEEDBACK)
"""Every clock; each is judged in the same way."""


class Duty(NamedTuple):
    """One duty: a row of the table `duty` of monitor.db, in its order.

    Attributes:
        record_id: what it is about; empty for what is lawfully not published.
        start_date: day 0, which is not counted (《民法典》第二百零一条).
        due_date: the last day on time.
        done_date: the day it was done by the date that decides; None if not done.
        working_days_used: working days from day 0 to the day it was done.
        days_allowed: working days allowed; None where the case states its own last day.
        excluded_days: working days of pauses, by which the deadline moved.
        extended_to: the day that an extension moved the deadline to; None if none did.
    """

    duty_id: str
    clock: str
    record_id: str
    department: str
    record_type: str
    start_date: str
    due_date: str
    done_date: str | None
    status: str
    working_days_used: int | None
    days_allowed: int | None
    excluded_days: int
    extended_to: str | None
    provisional: int
    decides: str
    department_published: str | None
    received: str | None
    portal_published: str | None
    batch: int | None
    calendar_version: str


class Dates(NamedTuple):
    """Three dates that are kept apart, as ISO days.

    Attributes:
        department: when the department did it, by its own account.
        received: when the portal was told.
        portal: when the portal did it.
    """

    department: str | None
    received: str | None
    portal: str | None


class Subject(NamedTuple):
    """What a duty is about: a record or a feedback case.

    Attributes:
        department: the department that owes it.
        batch: the hand-in that it came in.
    """

    record_id: str
    department: str
    record_type: str
    batch: int


class Pause(NamedTuple):
    """Time that does not count: the working days after ``since`` up to and including ``until``."""

    since: str
    until: str


class Extension(NamedTuple):
    """A later last day that was granted.

    Attributes:
        made: the day it was granted; after the deadline it is too late.
        to: the last day granted.
    """

    made: str
    to: str


class Term(NamedTuple):
    """How long a duty may take.

    Attributes:
        days: working days allowed; None where the case states its own last day.
        due: that last day.
        moves: the pauses and extensions that count, in order of time.
        longest: how many working days an extension may make of it; None where no rule says.
    """

    days: int | None
    due: str = ""
    moves: Sequence[Pause | Extension] = ()
    longest: int | None = None


class Due(NamedTuple):
    """A deadline: a last day, and what moved it."""

    day: str
    excluded: int
    extended_to: str | None


def duty(
    clock: Clock,
    subject: Subject,
    start: str,
    days: int | Term,
    dates: Dates,
    *,
    decides: str,
    calendar: Calendar,
    today: str,
) -> Duty:
    """A duty to do something about a record or a case by a last day.

    Args:
        start: day 0, ISO: of the decision, of the revocation, of the step before.
        days: working days allowed (to publish seven: 国发〔2016〕33号, 发改办财金〔2018〕424号;
            to take off three: 《中华人民共和国行政处罚法》第四十八条), or a term with all that
            moves it.
        dates: when the department did it, the portal was told, and the portal did it.
        decides: which of the dates counts: ``department``, ``received`` or ``portal``.
        calendar: the working days.
        today: the day on which it is judged, ISO.
    """
    term = days if isinstance(days, Term) else Term(days)
    due = deadline(start, term, calendar)
    provisional = calendar.is_open(due.day)
    done: str | None = getattr(dates, decides)
    return Duty(
        duty_id(subject.record_id, clock),
        clock.name,
        subject.record_id,
        subject.department,
        subject.record_type,
        start,
        due.day,
        done,
        status(start, due.day, done, provisional=provisional, today=today),
        None if done is None or done < start else calendar.used_iso(start, done),
        term.days,
        due.excluded,
        due.extended_to,
        int(provisional),
        decides,
        *dates,
        subject.batch,
        calendar.version,
    )


def duty_id(record_id: str, clock: Clock) -> str:
    """The id of a duty about a record or a case."""
    return f"{record_id}-{clock.mark}"


def deadline(start: str, term: Term, calendar: Calendar) -> Due:
    """The last day on time.

    What moves it is taken in order of time. A pause that begins on the deadline or later does not
    help, and neither does an extension granted after it. An extension counts up to the longest
    term that the rule allows.

    Args:
        start: day 0, ISO.
        term: the working days allowed and what moves the deadline.
        calendar: the working days.
    """
    due = term.due if term.days is None else calendar.later_iso(start, term.days)
    if not term.moves:
        return Due(due, 0, None)
    limit = calendar.due_iso(start, term.longest)[0] if term.longest else _NEVER
    excluded, extended_to = 0, None
    for move in term.moves:
        if isinstance(move, Extension):
            to = min(move.to, limit)
            if move.made <= due < to:
                due = extended_to = to
        else:
            excluded += calendar.paused_iso(start, due, *move)
            due, limit = (_paused(start, day, move, calendar) for day in (due, limit))
    return Due(due, excluded, extended_to)


def _paused(start: str, due: str, pause: Pause, calendar: Calendar) -> str:
    """A deadline after a pause."""
    paused = 0 if due == _NEVER else calendar.paused_iso(start, due, *pause)
    return calendar.later_iso(due, paused) if paused else due


def status(start: str, due: str, done: str | None, *, provisional: bool, today: str) -> str:
    """How a duty stands: the day done is compared with the deadline, never a count of days.

    A Saturday after a Friday deadline is late although no further working day was used. Done
    before day 0 is an error in the data and counts for nobody. While the calendar is not final
    up to the deadline nothing is settled.
    """
    if done is not None and done < start:
        return "error"
    if provisional:
        return "provisional"
    if done is None:
        return "pending" if today <= due else "overdue"
    return "on_time" if done <= due else "late"


STATUSES: Mapping[str, tuple[str, str]] = {
    "on_time": ("按时", "on time"),
    "late": ("逾期完成", "late"),
    "pending": ("未到期", "not yet due"),
    "overdue": ("逾期未完成", "overdue"),
    "provisional": ("期限暂定", "deadline provisional"),
    "exempt": ("依法不公开", "lawfully not published"),
    "error": ("数据有误", "error in the data"),
}
"""Every status with what it is called in Chinese and English."""

SETTLED = ("on_time", "late", "overdue")
"""The statuses that count in the rates."""
