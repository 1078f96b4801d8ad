"""When each job is due: one table, a given clock, the wall clock of a time zone."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import schedule

Now = Callable[[], datetime]
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EVERY = re.compile(r"([1-9]\d{0,3}) (minute|hour|day)s?")
_AT = re.compile(rf"(day|{'|'.join(_WEEK)}) at ((?:[01]\d|2[0-3]):[0-5]\d)")


class ZonedJob(schedule.Job):
    """A job of `schedule` that asks a given clock and keeps the wall clock of a time zone.

    `schedule` asks the system's clock, and needs pytz for time zones.
    """

    scheduler: "ZonedScheduler"
    next_run: datetime

    @property
    def should_run(self) -> bool:
        """Whether it is due."""
        return self.scheduler.now() >= self.next_run

    def run(self) -> None:
        """Runs it; the function it was given says how soon to try again, or None.

        It is never later than its rhythm.
        """
        pause: timedelta | None = self.job_func() if self.job_func else None
        self.last_run = self.scheduler.now()
        self._schedule_next_run()
        if pause is not None:
            self.next_run = min(self.next_run, self.last_run + pause)

    def after(self, instant: datetime) -> datetime:
        """The first moment after an instant at which it is due (UTC).

        A time of day that the clocks skip is taken to be as much later as they skip; one that
        they repeat is taken the first time.
        """
        if self.at_time is None:
            return instant + timedelta(**{self.unit or "minutes": self.interval})
        today = instant.astimezone(self.scheduler.zone).date()
        days = (today + timedelta(days=n) for n in range(9))
        moments = (
            datetime.combine(day, self.at_time, self.scheduler.zone).astimezone(UTC)
            for day in days
            if self.start_day in {None, _WEEK[day.weekday()]}
        )
        return next(m for m in moments if m > instant)

    def _schedule_next_run(self) -> None:
        """Works out when it is due next."""
        self.next_run = self.after(self.scheduler.now())


class ZonedScheduler(schedule.Scheduler):
    """A scheduler with a clock of its own.

    Args:
        now: tells the time, with its zone.
        zone: where times of day are meant.
    """

    def __init__(self, now: Now, zone: ZoneInfo) -> None:
        super().__init__()
        self._now, self.zone = now, zone

    def now(self) -> datetime:
        """The time (UTC)."""
        return self._now().astimezone(UTC)

    def every(self, interval: int = 1) -> ZonedJob:
        """A new job."""
        return ZonedJob(interval, self)


def rhythm(text: str) -> Callable[[schedule.Scheduler], schedule.Job]:
    """A rhythm as people write it: ``10 minutes``, ``day at 02:30``, ``monday at 03:00``.

    Raises:
        ValueError: if it is none.
    """
    if found := _EVERY.fullmatch(text):
        number, unit = int(found[1]), f"{found[2]}s"
        return lambda s: getattr(s.every(number), unit)
    if found := _AT.fullmatch(text):
        day, at = found[1], found[2]
        return lambda s: getattr(s.every(), day).at(at)
    raise ValueError('write a rhythm like "10 minutes", "2 hours" or "day at 02:30"')


def next_time(every: str, zone: ZoneInfo, instant: datetime) -> datetime:
    """The first moment after an instant that a rhythm names (UTC)."""
    job = rhythm(every)(ZonedScheduler(lambda: instant, zone)).do(int)
    return cast(ZonedJob, job).after(instant.astimezone(UTC))


@dataclass(frozen=True)
class Job:
    """A job that is run by the clock.

    Attributes:
        when: asks the scheduler for the rhythm.
        builds: whether it makes a release, so that its failures are failed builds.
        needs: the file of settings in the data folder without which it is not run by the clock.
    """

    name: str
    zh: str
    en: str
    when: Callable[[schedule.Scheduler], schedule.Job]
    builds: bool = False
    needs: str = ""


JOBS = (
    Job("intake", "接收报送", "Take in what was handed in", lambda s: s.every(10).minutes),
    Job("release", "发布", "Release", lambda s: s.every().day.at("22:00"), builds=True),
    Job(
        "expiry",
        "撤下公示期满的记录",
        "Take off what has expired",
        lambda s: s.every().day.at("00:05"),
        builds=True,
    ),
    Job(
        "export",
        "向上级平台报送",
        "Hand on to the platform",
        lambda s: s.every().day.at("23:00"),
        needs="export.toml",
    ),
    Job("reports", "报表", "Reports that are due soon", lambda s: s.every().day.at("06:30")),
    Job("alerts", "提醒", "Tell what is due", lambda s: s.every().day.at("07:30")),
    Job("verify", "核验", "Verify", lambda s: s.every().sunday.at("03:00")),
)
