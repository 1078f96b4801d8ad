"""Runs the scheduled jobs, and the server beside them."""

import logging
import multiprocessing
import os
import signal
import socket
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from types import FrameType
from typing import Any

import orjson

from publish.errors import ProblemError
from publish.jobs.runs import (
    INTERRUPTED,
    Event,
    Kind,
    Ledger,
    Outcome,
    Run,
    Runs,
    public_text,
    write_status,
)
from publish.jobs.timetable import JOBS, Now, ZonedJob, ZonedScheduler
from publish.lock import LockedError, writer_lock
from publish.project import Project, open_project
from publish.register.register import moment, utc
from publish.serve.server import address, listen, serve_on

Action = Callable[[], int]

PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60))
"""How long a job that failed waits for its next try; after the last it stays at that."""

LOOK_EVERY = 5.0
"""How often, in seconds, the scheduler looks whether something urgent came up."""

_SERVER_GRACE = 15.0

_logger = logging.getLogger(__name__)


class Bell:
    """Rung to stop. A signal may ring it at any moment, which it may not do to an Event."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[None] = SimpleQueue()
        self.rung = False

    def ring(self) -> None:
        """Rings it for good."""
        self.rung = True
        self._queue.put(None)

    def wait(self, seconds: float) -> bool:
        """Waits until it rings, but not for long; returns whether it has rung."""
        if not self.rung:
            with suppress(Empty):
                self._queue.get(timeout=seconds)
        return self.rung


class Runner:
    """Runs jobs when they are due, one at a time, and keeps the status file.

    Args:
        project: for its lock, its status file and its time zone.
        actions: what each job does, by the job's name; each returns the number of rows it handled.
        now: tells the time.
        urgent: the jobs that must run at once, whatever the time: a release after a removal.
        more: what the status page shows beside the jobs: the sources.
    """

    def __init__(
        self,
        project: Project,
        actions: Mapping[str, Action],
        ledger: Ledger,
        now: Now,
        urgent: Callable[[], Collection[str]] = tuple,
        more: Callable[[], Sequence[Mapping[str, Any]]] = tuple,
    ) -> None:
        self.project, self.bell = project, Bell()
        self._actions, self._ledger, self._urgent = actions, ledger, urgent
        self._more = more
        self._scheduler = ZonedScheduler(now, project.profile.zone)
        self._jobs: dict[str, ZonedJob] = {
            job.name: job.when(self._scheduler).do(self.run_job, job.name)
            for job in JOBS
            if not job.needs or (project.data / job.needs).exists()
        }
        self._runs = Runs(())
        self._tries: Counter[str] = Counter()
        self._last = self._scheduler.now()

    @property
    def due(self) -> datetime:
        """When the next job is due (UTC)."""
        return min(job.next_run for job in self._jobs.values())

    def start(self) -> None:
        """Takes up where the last process stopped.

        What was due meanwhile is due now, once; a run that the process did not end has failed.
        A job that never ran is due at its time, or at once if it has none.
        """
        self._runs = Runs(self._ledger.job_events())
        with suppress(LockedError), writer_lock(self.project.lock):
            for name, run in self._runs.last.items():
                if run.outcome == "running":
                    self._note(name, "ended", "failed", error=INTERRUPTED)
        for name, job in self._jobs.items():
            job.next_run = self._first(self._runs.last[name], job)
        self._write_status()

    def loop(self, alive: Callable[[], bool]) -> None:
        """Runs jobs until the bell rings.

        Raises:
            ProblemError: if what runs beside it is no longer alive.
        """
        self.start()
        while not self.bell.wait(self._pause()):
            if not alive():
                raise ProblemError(
                    "网站服务意外停止，计划任务随之停止。请查看日志后重新运行 gongshi run。",
                    "The server stopped by itself, and the jobs with it. "
                    "Look into the log and run 'gongshi run' again.",
                )
            self.tick()

    def tick(self) -> None:
        """Runs what is due. A clock that was set back does not make jobs wait for it."""
        now = self._scheduler.now()
        if now < self._last:
            for job in self._jobs.values():
                job.next_run = job.after(now)
        self._last = now
        for name in self._urgent():
            if not self._tries[name]:
                self._jobs[name].next_run = now
        if any(job.should_run for job in self._jobs.values()):
            self._scheduler.run_pending()
            self._write_status()

    def run_job(self, name: str) -> timedelta | None:
        """Runs a job now; returns how soon to try again if it did not end well."""
        if self.bell.rung:
            return timedelta(0)
        try:
            with writer_lock(self.project.lock):
                self._act(name)
        except LockedError as error:
            self._note(name, "ended", "skipped", error=public_text(error))
            return PAUSES[0]
        except Exception:
            _logger.exception("the job %s failed", name)
            self._tries[name] += 1
            return PAUSES[min(self._tries[name], len(PAUSES)) - 1]
        del self._tries[name]
        return None

    def run_once(self, name: str) -> None:
        """Runs one job now, as cron or a systemd timer would; what it raises is left to them.

        Raises:
            LockedError: if another process is writing to the project.
        """
        self._runs = Runs(self._ledger.job_events())
        with writer_lock(self.project.lock):
            self._act(name)

    def _act(self, name: str) -> None:
        """Runs a job's action between two notes."""
        started = self._scheduler.now()
        self._note(name, "started", None)
        try:
            rows = self._actions[name]()
        except BaseException as error:
            self._note(name, "ended", "failed", since=started, error=public_text(error))
            raise
        self._note(name, "ended", "ok", rows, started)

    def _note(
        self,
        name: str,
        kind: Kind,
        outcome: Outcome | None,
        rows: int = 0,
        since: datetime | None = None,
        error: tuple[str, str] | None = None,
    ) -> None:
        """Writes an event down. A ledger that cannot be written to does not stop the jobs."""
        now = self._scheduler.now()
        event = Event(
            job=name,
            at=utc(now),
            kind=kind,
            outcome=outcome,
            rows=rows,
            seconds=max(0.0, (now - since).total_seconds()) if since else 0.0,
            error=orjson.dumps({"zh": error[0], "en": error[1]}).decode() if error else None,
        )
        self._runs.take(event)
        self._write_status()
        try:
            self._ledger.record_job(**event)
        except Exception:
            _logger.exception("the ledger cannot be written")

    def _first(self, run: Run, job: ZonedJob) -> datetime:
        """When a job is due after a start."""
        now = self._scheduler.now()
        if run.covered:
            return job.after(min(moment(run.covered), now))
        waits = run.outcome == "never" and job.at_time is not None
        return job.after(now) if waits else now

    def _pause(self) -> float:
        """Seconds until something may be due."""
        return min(LOOK_EVERY, max(0.0, (self.due - self._scheduler.now()).total_seconds()))

    def _write_status(self) -> None:
        """Writes the status file. One that cannot be written does not stop the jobs."""
        due = {name: job.next_run for name, job in self._jobs.items()}
        try:
            zone = self._scheduler.zone
            write_status(self.project.status, self._runs, due, zone, self._more())
        except (OSError, sqlite3.Error):
            _logger.exception("the status cannot be written")


def run(
    runner: Runner, host: str, port: int, workers: int, on_ready: Callable[[str], None]
) -> None:
    """Runs the jobs, and the server in a process beside them, until a signal ends both.

    The first SIGTERM or SIGINT lets a job that is running finish; the second makes it roll back.

    Args:
        on_ready: told the server's address.

    Raises:
        UsageError: if the port cannot be used.
        ProblemError: if the server ends by itself.
    """
    with listen(host, port) as listener:
        server = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(runner.project.root, listener, workers)
        )
        server.start()
        on_ready(address(listener))
    try:
        with suppress(KeyboardInterrupt), _signals(runner.bell):
            runner.loop(server.is_alive)
    finally:
        server.terminate()
        server.join(_SERVER_GRACE)
        server.kill()
        server.join()


@contextmanager
def _signals(bell: Bell) -> Iterator[None]:
    """Lets the signals that end a process ring a bell first, and interrupt the second time."""

    def handle(number: int, frame: FrameType | None) -> None:
        if bell.rung:
            signal.default_int_handler(number, frame)
        bell.ring()

    before = {n: signal.signal(n, handle) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _serve(root: Path, listener: socket.socket, workers: int) -> None:
    """The server's process; it ends when the scheduler's does, however that ends."""
    Thread(target=_follow_parent, daemon=True).start()
    serve_on(open_project(root), listener, workers)


def _follow_parent() -> None:
    """Ends this process when the one that started it has ended."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
