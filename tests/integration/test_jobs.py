"""Scheduler and server as processes: signals, kills, starting again."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from publish.lock import writer_lock
from publish.project import Project
from publish.register.register import open_register
from tests.integration.test_serve import tiny_project

CHECKOUT = Path(__file__).parents[2]
RUN = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from publish.jobs.jobs import Runner, run
from publish.project import open_project
from publish.register.register import open_register
from publish.jobs.timetable import JOBS

def now():
    return datetime.now(UTC)

def intake():
    (root / "began").touch()
    try:
        time.sleep(float(sys.argv[2]))
    except BaseException:
        (root / "rolled-back").touch()
        raise
    (root / "finished").touch()
    return 1

if __name__ == "__main__":
    root = Path(sys.argv[1])
    actions = {job.name: lambda: 0 for job in JOBS} | {"intake": intake}
    with open_register(root / "data/register.db") as register:
        runner = Runner(open_project(root), actions, register, now)
        run(runner, "127.0.0.1", 0, int(sys.argv[3]), lambda address: print(address, flush=True))
    print("ended", flush=True)
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project without a release."""
    return tiny_project(tmp_path / "project")


@contextmanager
def running(project: Project, seconds: float, workers: int = 1) -> Iterator[Any]:
    """A scheduler whose intake, due at once, takes some seconds; with ``address`` as attribute."""
    script = project.root / "run_script.py"
    script.write_text(RUN, "utf-8")
    process = subprocess.Popen(
        [sys.executable, script, project.root, str(seconds), str(workers)],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        process.address = process.stdout.readline().strip()  # type: ignore[attr-defined]
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(truth: Callable[[], bool], seconds: float = 30) -> None:
    """Waits until something is so."""
    end = time.monotonic() + seconds
    while not truth():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def answers(address: str) -> int | None:
    """The status with which a server answers; None if there is none."""
    try:
        return httpx.get(address, timeout=10).status_code
    except httpx.TransportError:
        return None


def outcomes(project: Project) -> list[tuple[str, str | None]]:
    """What the ledger says of the intake."""
    with open_register(project.register) as register:
        events = register.job_events()
    return [(e["kind"], e["outcome"]) for e in events if e["job"] == "intake"]


@pytest.mark.parametrize("workers", [1, 2])
def test_both_end(project: Project, workers: int) -> None:
    """The server answers beside the jobs, and one signal ends both without complaint."""
    with running(project, 0, workers) as process:
        wait_for((project.root / "finished").exists)
        wait_for(lambda: answers(process.address) == 503)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=40)
        assert (process.returncode, out, err) == (0, "ended\n", "")
        assert answers(process.address) is None
    assert outcomes(project) == [("started", None), ("ended", "ok")]
    jobs = json.loads(project.status.read_text("utf-8"))["jobs"]
    assert {job["name"]: job["outcome"] for job in jobs}["intake"] == "ok"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_running_job_is_finished(project: Project, number: signal.Signals) -> None:
    """A signal lets the job that is running finish; no other begins."""
    with running(project, 3) as process:
        wait_for((project.root / "began").exists)
        process.send_signal(number)
        process.communicate(timeout=40)
        assert process.returncode == 0
    assert (project.root / "finished").exists()
    assert outcomes(project) == [("started", None), ("ended", "ok")]


def test_second_signal_rolls_back(project: Project) -> None:
    """A second signal does not wait: the job rolls back and is noted as failed."""
    with running(project, 600) as process:
        wait_for((project.root / "began").exists)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=40)
        assert (process.returncode, err) == (0, "")
    assert (project.root / "rolled-back").exists()
    assert outcomes(project) == [("started", None), ("ended", "failed")]


def test_killed(project: Project) -> None:
    """After kill -9 the port and the lock are free, and the next start makes up for the job."""
    with running(project, 600) as process:
        wait_for((project.root / "began").exists)
        wait_for(lambda: answers(process.address) == 503)
        process.kill()
        process.wait()
        wait_for(lambda: answers(process.address) is None)
    with writer_lock(project.lock):
        assert outcomes(project) == [("started", None)]
    with running(project, 0):
        wait_for((project.root / "finished").exists)
        wait_for(lambda: len(outcomes(project)) == 4)
    assert outcomes(project)[1:] == [("ended", "failed"), ("started", None), ("ended", "ok")]


def test_server_gone(project: Project) -> None:
    """If the server is killed the scheduler ends with an error, for its keeper to start again."""
    with running(project, 0) as process:
        wait_for((project.root / "finished").exists)
        wait_for(lambda: answers(process.address) == 503)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("utf-8")
        for child in children.split():
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(int(child), signal.SIGKILL)
        _, err = process.communicate(timeout=40)
    assert process.returncode == 1
    assert "gongshi run" in err


def test_two_schedulers(project: Project) -> None:
    """While one scheduler's job runs, another's waits and is noted as skipped."""
    with running(project, 600) as first:
        wait_for((project.root / "began").exists)
        with running(project, 0):
            wait_for(lambda: ("ended", "skipped") in outcomes(project))
        assert first.poll() is None
    assert not (project.root / "finished").exists()


def test_free_port_is_reused(project: Project) -> None:
    """A port can be listened on again at once after the server that had it."""
    with running(project, 0) as process:
        wait_for(lambda: answers(process.address) == 503)
        port = httpx.URL(process.address).port
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=40)
    with socket.create_server(("127.0.0.1", port or 0)):
        pass
