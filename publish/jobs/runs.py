"""What is known of the jobs' runs: from the ledger, for the public."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol, TypedDict
from zoneinfo import ZoneInfo

import orjson

from publish.errors import GongshiError
from publish.jobs.timetable import JOBS
from publish.register.register import local, utc

Kind = Literal["started", "ended"]
Outcome = Literal["ok", "failed", "skipped"]

INTERRUPTED = ("进程中断，任务未完成。", "The process ended before the job did.")
_FAILURES_SHOWN = 10


class Event(TypedDict):
    """A job started or ended: what the ledger takes.

    Attributes:
        at: the moment (UTC).
        outcome: None for a start.
        error: a JSON object with ``zh`` and ``en``, as the public may read it; None if all is well.
    """

    job: str
    at: str
    kind: Kind
    outcome: Outcome | None
    rows: int
    seconds: float
    error: str | None


class Ledger(Protocol):
    """Where the runs of jobs are written down for good."""

    def record_job(
        self,
        job: str,
        at: str,
        kind: Kind,
        outcome: Outcome | None,
        rows: int,
        seconds: float,
        error: str | None,
    ) -> None:
        """Notes that a job started or ended."""

    def job_events(self) -> list[dict[str, Any]]:
        """What was noted, oldest first."""


@dataclass(frozen=True)
class Run:
    """What is known of a job's last run.

    Attributes:
        outcome: ``never``, ``running``, ``ok`` or ``failed``.
        covered: when the last run that ended well started (UTC); what was due before is done.
    """

    outcome: str = "never"
    started: str | None = None
    ended: str | None = None
    rows: int = 0
    seconds: float = 0.0
    error: Mapping[str, str] = field(default_factory=dict)
    covered: str | None = None

    def after(self, event: Mapping[str, Any]) -> "Run":
        """The run once an event is added; a run that was skipped changes nothing."""
        if event["kind"] == "started":
            return Run("running", event["at"], covered=self.covered)
        if event["outcome"] == "skipped":
            return self
        return replace(
            self,
            outcome=event["outcome"],
            ended=event["at"],
            rows=event["rows"],
            seconds=event["seconds"],
            error=orjson.loads(event["error"]) if event["error"] else {},
            covered=self.started if event["outcome"] == "ok" else self.covered,
        )


class Runs:
    """Each job's last run, and the builds that failed."""

    def __init__(self, events: Iterable[Mapping[str, Any]]) -> None:
        self.last = {job.name: Run() for job in JOBS}
        self._failures: list[dict[str, str]] = []
        for event in events:
            self.take(event)

    def take(self, event: Mapping[str, Any]) -> None:
        """Adds an event; one of a job that there is no more is passed over."""
        name = event["job"]
        if name not in self.last:
            return
        self.last[name] = self.last[name].after(event)
        if event["outcome"] == "failed" and name in {job.name for job in JOBS if job.builds}:
            self._failures.append({"at": event["at"], **orjson.loads(event["error"])})

    def failures(self, zone: ZoneInfo) -> list[dict[str, str]]:
        """The last builds that failed, newest first, each with ``at``, ``zh`` and ``en``."""
        shown = self._failures[: -_FAILURES_SHOWN - 1 : -1]
        return [{**failure, "at": local(failure["at"], zone)} for failure in shown]


def public_text(error: BaseException) -> tuple[str, str]:
    """What the public may read of an error: our own messages whole, of others the kind only."""
    if isinstance(error, GongshiError):
        return error.zh, error.en
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    name = type(error).__name__
    return f"内部错误：{name}", f"internal error: {name}"


def write_status(
    path: Path,
    runs: Runs,
    due: Mapping[str, datetime],
    zone: ZoneInfo,
    more: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Writes what the status page shows of the jobs, in one step of the file system.

    Args:
        due: when each job that is run by the clock is due next.
        zone: the time zone in which moments are written.
        more: what is shown beside the jobs, each as `shown` gives it.
    """
    jobs = [
        shown(j.name, j.zh, j.en, runs.last[j.name], due[j.name], zone)
        for j in JOBS
        if j.name in due
    ]
    status = {"jobs": [*jobs, *more], "failures": runs.failures(zone)}
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_bytes(orjson.dumps(status, option=orjson.OPT_INDENT_2))
    aside.replace(path)


def shown(name: str, zh: str, en: str, run: Run, due: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """A job, or what is run like one, as the status page shows it."""
    return {
        "name": name,
        "zh": zh,
        "en": en,
        "outcome": run.outcome,
        "started": local(run.started, zone) if run.started else None,
        "ended": local(run.ended, zone) if run.ended else None,
        "rows": run.rows,
        "seconds": run.seconds,
        "error_zh": run.error.get("zh", ""),
        "error_en": run.error.get("en", ""),
        "next": local(utc(due), zone),
    }
