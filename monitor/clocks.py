"""Duties with a deadline and how each stands on a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from monitor.calendar import Calendar


@dataclass(frozen=True)
class Clock:
    """A sort of duty with a deadline.

    Attributes:
        name: what the table `duty` calls it.
        mark: what the ids of its duties end in.
    """

    name: str
    mark: str
    zh: str
    en: str


DISCLOSURE = Clock("disclosure", "d", "公示", "to publish a decision")
WITHDRAWAL = Clock("withdrawal", "w", "撤下", "to take off what was revoked, repaired or wrong")
CLOCKS = (DISCLOSURE, WITHDRAWAL)


class Duty(NamedTuple):
    """One duty: a row of the table `duty` of monitor.db, in its order.

    Attributes:
        start_date: day 0, which is not counted (《民法典》第二百零一条).
        due_date: the last day on time.
        done_date: the day it was done by the date that decides; None if not done.
        working_days_used: working days from day 0 to the day it was done.
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
    batch: int
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


def duty(
    clock: Clock,
    subject: Subject,
    start: str,
    days: int,
    dates: Dates,
    *,
    decides: str,
    calendar: Calendar,
    today: str,
) -> Duty:
    """A duty to do something about a record within so many working days.

    Args:
        start: day 0, ISO: of the decision, of the revocation.
        days: working days allowed (to publish seven: 国发〔2016〕33号, 发改办财金〔2018〕424号;
            to take off three: 《中华人民共和国行政处罚法》第四十八条).
        dates: when the department did it, the portal was told, and the portal did it.
        decides: which of the dates counts: ``department``, ``received`` or ``portal``.
        calendar: the working days.
        today: the day on which it is judged, ISO.
    """
    due, provisional = calendar.due_iso(start, days)
    done: str | None = getattr(dates, decides)
    return Duty(
        f"{subject.record_id}-{clock.mark}",
        clock.name,
        subject.record_id,
        subject.department,
        subject.record_type,
        start,
        due,
        done,
        status(start, due, done, provisional=provisional, today=today),
        None if done is None or done < start else calendar.used_iso(start, done),
        days,
        0,
        None,
        int(provisional),
        decides,
        *dates,
        subject.batch,
        calendar.version,
    )


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
    "late": ("迟报", "late"),
    "pending": ("未到期", "not yet due"),
    "overdue": ("逾期未公示", "overdue"),
    "provisional": ("期限暂定", "deadline provisional"),
    "error": ("数据有误", "error in the data"),
}
"""Every status with what it is called in Chinese and English."""

SETTLED = ("on_time", "late", "overdue")
"""The statuses that count in the rates."""
