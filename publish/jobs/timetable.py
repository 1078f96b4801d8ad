"""When each job is due: one table, a given clock, the wall clock of a time zone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import schedule

Now = Callable[[], datetime]
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


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
        """Runs it; the function it was given says how soon to try again, or None."""
        pause: timedelta | None = self.job_func() if self.job_func else None
        self.last_run = self.scheduler.now()
        self._schedule_next_run()
        if pause is not None:
            self.next_run = self.last_run + pause

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


@dataclass(frozen=True)
class Job:
    """A job that is run by the clock.

    Attributes:
        when: asks the scheduler for the rhythm.
        builds: whether it makes a release, so that its failures are failed builds.
    """

    name: str
    zh: str
    en: str
    when: Callable[[schedule.Scheduler], schedule.Job]
    builds: bool = False


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
    Job("verify", "核验", "Verify", lambda s: s.every().sunday.at("03:00")),
)
