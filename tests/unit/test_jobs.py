"""When jobs are due, and what becomes of their runs."""

import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.errors import ProblemError
from publish.jobs.jobs import PAUSES, Bell, Runner
from publish.jobs.runs import Runs, public_text
from publish.jobs.timetable import JOBS, ZonedScheduler, next_time, rhythm
from publish.lock import LockedError, writer_lock
from publish.project import Project, open_project
from publish.register.register import utc

CHECKOUT = Path(__file__).parents[2]
SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 11, 18, 12, tzinfo=SHANGHAI)  # a Wednesday


class Clock:
    """A clock that is set by hand."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """The time."""
        return self.at

    def to(self, at: datetime) -> None:
        """Sets it."""
        self.at = at

    def forward(self, **units: float) -> None:
        """Sets it on."""
        self.at += timedelta(**units)


class MemoryLedger:
    """A ledger in memory."""

    def __init__(self) -> None:
        self.db = sqlite3.connect(":memory:", check_same_thread=False)
        self.db.row_factory = sqlite3.Row
        self.db.execute("CREATE TABLE job (job, at, kind, outcome, rows, seconds, error)")

    def record_job(
        self,
        job: str,
        at: str,
        kind: str,
        outcome: str | None,
        rows: int,
        seconds: float,
        error: str | None,
    ) -> None:
        """Notes an event."""
        values = (job, at, kind, outcome, rows, seconds, error)
        self.db.execute("INSERT INTO job VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def job_events(self) -> list[dict[str, Any]]:
        """All events."""
        return [dict(row) for row in self.db.execute("SELECT * FROM job ORDER BY rowid")]


class Bench:
    """A runner with a clock, a ledger, and jobs that note when they ran."""

    def __init__(self, root: Path, ledger: MemoryLedger | None = None, at: datetime = NOON) -> None:
        self.project = _project(root)
        self.clock = Clock(at)
        self.ledger = ledger or MemoryLedger()
        self.ran: list[tuple[str, datetime]] = []
        self.errors: dict[str, BaseException] = {}
        self.pressing: list[str] = []
        actions = {job.name: self._action(job.name) for job in JOBS}
        self.runner = Runner(
            self.project, actions, self.ledger, self.clock, lambda: tuple(self.pressing)
        )

    def _action(self, name: str) -> Callable[[], int]:
        """A job that takes three seconds."""

        def act() -> int:
            self.ran.append((name, self.clock()))
            self.clock.forward(seconds=3)
            if name in self.errors:
                raise self.errors[name]
            return 7

        return act

    def live(self, until: datetime) -> None:
        """Runs whatever is due until a moment, waiting for nothing."""
        self.runner.tick()
        while (due := max(self.runner.due, self.clock().astimezone(UTC))) <= until:
            self.clock.to(due)
            self.runner.tick()
        self.clock.to(until)

    def times(self, name: str) -> list[str]:
        """When a job ran, in local time."""
        return [f"{at.astimezone(SHANGHAI):%m-%d %H:%M}" for n, at in self.ran if n == name]

    @property
    def status(self) -> dict[str, Any]:
        """The status file's jobs by name."""
        return {job["name"]: job for job in orjson.loads(self.project.status.read_bytes())["jobs"]}

    @property
    def failures(self) -> list[dict[str, str]]:
        """The status file's failed builds."""
        found: list[dict[str, str]] = orjson.loads(self.project.status.read_bytes())["failures"]
        return found


def _project(root: Path) -> Project:
    """A project with nothing but its rules."""
    shutil.copytree(CHECKOUT / "data/profiles", root / "data/profiles", dirs_exist_ok=True)
    (root / "gongshi.toml").write_text('profile = "demo-city"\n', "utf-8")
    return open_project(root)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A runner that has just started for the first time, at noon on a Wednesday."""
    made = Bench(tmp_path)
    made.runner.start()
    return made


class TestTimes:
    """When jobs are due."""

    def test_a_weekend(self, tmp_path: Path) -> None:
        """Each job runs at its times by the profile's clock."""
        saturday = datetime(2026, 11, 21, 12, tzinfo=SHANGHAI)
        bench = Bench(tmp_path, at=saturday)
        bench.runner.start()
        bench.live(saturday + timedelta(days=2))
        assert bench.times("release") == ["11-21 22:00", "11-22 22:00"]
        assert bench.times("expiry") == ["11-22 00:05", "11-23 00:05"]
        assert bench.times("verify") == ["11-22 03:00"]
        assert bench.times("intake")[:3] == ["11-21 12:00", "11-21 12:10", "11-21 12:20"]
        assert len(bench.times("intake")) == 287

    def test_wherever_the_machine_is(self, tmp_path: Path) -> None:
        """A clock that tells another zone's time makes no difference."""
        here, there = Bench(tmp_path / "a"), Bench(tmp_path / "b", at=NOON.astimezone(UTC))
        for bench in (here, there):
            bench.runner.start()
            bench.live(NOON + timedelta(hours=13))
        assert here.ran == there.ran

    @pytest.mark.parametrize(
        ("before", "at", "due"),
        [
            ("2026-03-08T00:00", "02:30", "2026-03-08T07:30Z"),  # skipped: 03:30 EDT
            ("2026-03-08T04:00", "02:30", "2026-03-09T06:30Z"),
            ("2026-11-01T00:00", "01:30", "2026-11-01T05:30Z"),  # twice: the first, EDT
            ("2026-11-01T12:00", "22:00", "2026-11-02T03:00Z"),
        ],
    )
    def test_daylight_saving(self, before: str, at: str, due: str) -> None:
        """On the days when the clocks change a daily job runs once."""
        clock = Clock(datetime.fromisoformat(before).replace(tzinfo=NEW_YORK))
        job = ZonedScheduler(clock, NEW_YORK).every().day.at(at).do(int)
        assert job.next_run == datetime.fromisoformat(due)

    @given(
        st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - made UTC below
        st.sampled_from([SHANGHAI, NEW_YORK, ZoneInfo("Australia/Lord_Howe")]),
        st.sampled_from([job.name for job in JOBS]),
    )
    def test_due_times(self, moment: datetime, zone: ZoneInfo, name: str) -> None:
        """The next time is always later, not later than its rhythm, and by the wall clock."""
        instant = moment.replace(tzinfo=UTC)
        spec = next(job for job in JOBS if job.name == name)
        job = spec.when(ZonedScheduler(lambda: instant, zone)).do(int)
        longest = {"minutes": 0.01, "days": 1, "weeks": 7}[str(job.unit)]
        assert job.next_run is not None
        assert timedelta(0) < job.next_run - instant <= timedelta(days=longest, hours=2)
        if job.at_time:
            wall = job.next_run.astimezone(zone)
            assert (wall.hour, wall.minute) in {
                (job.at_time.hour, job.at_time.minute),
                ((job.at_time.hour + 1) % 24, job.at_time.minute),
            }
        if job.start_day:
            assert f"{job.next_run.astimezone(zone):%A}".casefold() == job.start_day

    @pytest.mark.parametrize(
        ("text", "due"),
        [
            ("10 minutes", "2026-11-18T12:10"),
            ("1 hour", "2026-11-18T13:00"),
            ("2 days", "2026-11-20T12:00"),
            ("day at 02:30", "2026-11-19T02:30"),
            ("day at 12:00", "2026-11-19T12:00"),
            ("monday at 23:59", "2026-11-23T23:59"),
        ],
    )
    def test_rhythms(self, text: str, due: str) -> None:
        """A rhythm in words names the next moment by the wall clock of the zone."""
        expected = datetime.fromisoformat(due).replace(tzinfo=SHANGHAI)
        assert next_time(text, SHANGHAI, NOON) == expected

    @pytest.mark.parametrize("text", ["", "minutes", "0 minutes", "day at 24:00", "at 02:30", "1h"])
    def test_no_rhythms(self, text: str) -> None:
        """What is no rhythm is refused with examples of some."""
        with pytest.raises(ValueError, match="10 minutes"):
            rhythm(text)

    def test_urgent(self, bench: Bench) -> None:
        """What cannot wait runs at the next look, and then at its own time again."""
        bench.pressing = ["release"]
        bench.runner.tick()
        bench.pressing = []
        bench.live(NOON + timedelta(hours=12))
        assert bench.times("release") == ["11-18 12:00", "11-18 22:00"]

    def test_urgent_but_failing(self, bench: Bench) -> None:
        """What cannot wait but fails is tried again after a pause, not at every look."""
        bench.pressing, bench.errors["release"] = ["release"], ValueError()
        bench.live(NOON + timedelta(minutes=20))
        assert bench.times("release") == ["11-18 12:00", "11-18 12:01", "11-18 12:06"]

    def test_clock_set_back(self, bench: Bench) -> None:
        """When the clock is set back by a week jobs do not wait for a week."""
        bench.live(NOON + timedelta(hours=1))
        bench.ran.clear()
        bench.clock.to(NOON - timedelta(days=7))
        bench.live(NOON - timedelta(days=7) + timedelta(hours=11))
        assert bench.times("release") == ["11-11 22:00"]
        assert bench.times("intake")[0] == "11-11 12:10"


class TestCatchUp:
    """Starting again."""

    def again(self, bench: Bench, at: datetime, root: Path) -> Bench:
        """A new process with the ledger of another."""
        later = Bench(root, bench.ledger, at)
        later.runner.start()
        later.runner.tick()
        return later

    def test_due_meanwhile(self, bench: Bench, tmp_path: Path) -> None:
        """What was due while nothing ran runs once on start, however often it was due."""
        bench.live(NOON + timedelta(days=1))
        later = self.again(bench, NOON + timedelta(days=10), tmp_path)
        due = ["alerts", "expiry", "intake", "release", "reports"]
        assert sorted(name for name, _ in later.ran) == due
        later.runner.tick()
        assert sorted(name for name, _ in later.ran) == due

    def test_not_due(self, bench: Bench, tmp_path: Path) -> None:
        """What was not due meanwhile does not run."""
        bench.live(NOON + timedelta(days=1))
        later = self.again(bench, bench.clock() + timedelta(minutes=1), tmp_path)
        assert later.ran == []

    def test_stopped_in_the_middle(self, bench: Bench, tmp_path: Path) -> None:
        """A run whose process was killed has failed, is said to have, and is made up for."""
        bench.ledger.record_job("release", utc(NOON), "started", None, 0, 0.0, None)
        later = self.again(bench, NOON + timedelta(hours=1), tmp_path)
        first = later.ledger.job_events()[1]
        assert (first["job"], first["kind"], first["outcome"]) == ("release", "ended", "failed")
        assert "release" in [name for name, _ in later.ran]
        assert later.failures[0]["en"] == "The process ended before the job did."

    def test_failed_before(self, bench: Bench, tmp_path: Path) -> None:
        """A job whose last run failed is tried again on start."""
        bench.errors["release"] = ValueError()
        bench.live(NOON + timedelta(hours=10, minutes=1))
        later = self.again(bench, NOON + timedelta(hours=10, minutes=2), tmp_path)
        assert "release" in [name for name, _ in later.ran]

    def test_ledger_from_the_future(self, bench: Bench, tmp_path: Path) -> None:
        """A ledger that is ahead of the clock does not keep jobs from running."""
        ahead = utc(NOON + timedelta(days=400))
        for kind, outcome in (("started", None), ("ended", "ok")):
            bench.ledger.record_job("release", ahead, kind, outcome, 0, 0.0, None)
        later = self.again(bench, NOON, tmp_path)
        later.live(NOON + timedelta(hours=11))
        assert later.times("release") == ["11-18 22:00"]

    def test_unknown_job(self, bench: Bench, tmp_path: Path) -> None:
        """Events of a job that there is no more are passed over."""
        bench.ledger.record_job("gone", utc(NOON), "started", None, 0, 0.0, None)
        assert self.again(bench, NOON, tmp_path).times("intake") == ["11-18 12:00"]


class TestRuns:
    """What becomes of runs."""

    def test_ledger(self, bench: Bench) -> None:
        """A run is noted when it starts and when it ends, with rows and seconds."""
        bench.runner.tick()
        started, ended = bench.ledger.job_events()
        assert started == {
            "job": "intake",
            "at": "2026-11-18T04:00:00Z",
            "kind": "started",
            "outcome": None,
            "rows": 0,
            "seconds": 0.0,
            "error": None,
        }
        assert (ended["at"], ended["kind"], ended["outcome"]) == (
            "2026-11-18T04:00:03Z",
            "ended",
            "ok",
        )
        assert (ended["rows"], ended["seconds"], ended["error"]) == (7, 3.0, None)

    def test_growing_pause(self, bench: Bench) -> None:
        """A job that fails is tried again after 1, 5, 15 and then every 60 minutes."""
        bench.errors["release"] = ValueError()
        bench.live(NOON + timedelta(hours=14))
        tries = [at for name, at in bench.ran if name == "release"]
        pauses = [round((b - a) / timedelta(minutes=1)) for a, b in pairwise(tries)]
        assert pauses == [1, 5, 15, 60, 60, 60]
        assert [p / timedelta(minutes=1) for p in PAUSES] == [1, 5, 15, 60]

    def test_pause_is_never_longer_than_the_rhythm(self, bench: Bench) -> None:
        """A job that runs every ten minutes is not kept waiting for an hour by its failures."""
        bench.errors["intake"] = ValueError()
        bench.live(NOON + timedelta(hours=1))
        minutes = [at[-2:] for at in bench.times("intake")]
        assert minutes == ["00", "01", "06", "16", "26", "36", "46", "56"]

    def test_pause_is_forgotten(self, bench: Bench) -> None:
        """After a run that ended well a failure waits the shortest pause again."""
        for error in (ValueError(), None, ValueError()):
            bench.errors = {"intake": error} if error else {}
            pause = bench.runner.run_job("intake")
            assert pause == (PAUSES[0] if error else None)

    def test_others_go_on(self, bench: Bench) -> None:
        """A job that fails does not keep others from running."""
        bench.errors["intake"] = ValueError()
        bench.live(NOON + timedelta(hours=11))
        assert bench.times("release") == ["11-18 22:00"]

    def test_locked_out(self, bench: Bench) -> None:
        """While another process writes a job waits, is noted as skipped, and then runs."""
        with writer_lock(bench.project.lock):
            assert _elsewhere(lambda: bench.runner.run_job("release")) == PAUSES[0]
            with pytest.raises(LockedError):
                _elsewhere(lambda: bench.runner.run_once("release"))
        assert bench.ran == []
        assert [e["outcome"] for e in bench.ledger.job_events()] == ["skipped"]
        assert bench.status["release"]["outcome"] == "never"
        assert bench.runner.run_job("release") is None

    def test_ledger_broken(self, bench: Bench) -> None:
        """A ledger that cannot be written to does not stop the jobs."""
        bench.ledger.db.execute("DROP TABLE job")
        assert bench.runner.run_job("intake") is None
        assert bench.status["intake"]["outcome"] == "ok"

    def test_once(self, bench: Bench) -> None:
        """A job run by hand is noted as one run by the clock; its error is the caller's."""
        bench.runner.run_once("verify")
        bench.errors["verify"] = ProblemError("核验发现问题", "problems were found")
        with pytest.raises(ProblemError):
            bench.runner.run_once("verify")
        assert [e["outcome"] for e in bench.ledger.job_events()] == [None, "ok", None, "failed"]

    def test_interrupted(self, bench: Bench) -> None:
        """A job that is interrupted has failed, and the interruption goes on to the top."""
        bench.errors["release"] = KeyboardInterrupt()
        with pytest.raises(KeyboardInterrupt):
            bench.runner.run_job("release")
        assert bench.status["release"]["outcome"] == "failed"

    def test_stopping(self, bench: Bench) -> None:
        """Once the bell has rung no job begins, and none is noted."""
        bench.runner.bell.ring()
        bench.runner.tick()
        assert bench.ran == []
        assert bench.ledger.job_events() == []

    def test_server_gone(self, bench: Bench) -> None:
        """If the server ended by itself the scheduler says so instead of going on alone."""
        with pytest.raises(ProblemError, match="gongshi run"):
            bench.runner.loop(lambda: False)

    def test_bell(self) -> None:
        """A bell that has rung keeps nobody waiting."""
        bell = Bell()
        assert bell.wait(0.001) is False
        bell.ring()
        assert bell.wait(3600) is True
        assert bell.wait(3600) is True


class TestStatus:
    """What the public is told."""

    def test_jobs(self, bench: Bench) -> None:
        """It shows each job's last run and the next, in local time."""
        bench.runner.tick()
        intake, release = bench.status["intake"], bench.status["release"]
        assert intake == {
            "name": "intake",
            "zh": "接收报送",
            "en": "Take in what was handed in",
            "outcome": "ok",
            "started": "2026-11-18T12:00:00+08:00",
            "ended": "2026-11-18T12:00:03+08:00",
            "rows": 7,
            "seconds": 3.0,
            "error_zh": "",
            "error_en": "",
            "next": "2026-11-18T12:10:03+08:00",
        }
        assert (release["outcome"], release["started"]) == ("never", None)
        assert release["next"] == "2026-11-18T22:00:00+08:00"

    def test_while_running(self, bench: Bench) -> None:
        """While a job runs it says so."""
        seen: list[str] = []

        class Watching(MemoryLedger):
            def record_job(self, *event: Any, **named: Any) -> None:  # noqa: ANN401
                seen.append(bench.status["intake"]["outcome"])

        bench.runner._ledger = Watching()
        bench.runner.run_job("intake")
        assert seen == ["running", "ok"]

    def test_only_our_own_words(self, bench: Bench) -> None:
        """Of an error that is not ours only the kind is told, never what it says."""
        bench.errors["release"] = ValueError("张三 110101199001011234")
        bench.errors["intake"] = ProblemError("文件被拒收", "files were refused")
        bench.live(NOON + timedelta(hours=10, minutes=1))
        text = bench.project.status.read_text("utf-8") + str(bench.ledger.job_events())
        assert "张三" not in text
        assert bench.failures[0]["zh"] == "内部错误：ValueError"
        assert bench.failures[0]["at"] == "2026-11-18T22:00:03+08:00"
        assert bench.status["intake"]["error_en"] == "files were refused"

    def test_failed_builds(self, bench: Bench) -> None:
        """The last ten failed builds are shown, newest first; other failures are not builds."""
        bench.errors = {name: ValueError() for name in ("release", "intake", "verify")}
        for _ in range(12):
            bench.runner.run_job("release")
            bench.runner.run_job("verify")
        times = [failure["at"] for failure in bench.failures]
        assert len(times) == 10
        assert times == sorted(times, reverse=True)
        assert Runs(bench.ledger.job_events()).failures(SHANGHAI) == bench.failures

    def test_never_half_written(self, bench: Bench) -> None:
        """The file is replaced in one step, and nothing is left beside it."""
        before = bench.project.status.open("rb")
        with before:
            bench.runner.run_job("intake")
            assert orjson.loads(before.read())["jobs"][0]["outcome"] == "never"
        beside = [p.name for p in bench.project.data.iterdir() if p.is_file()]
        assert sorted(beside) == ["status.json", "writer.lock"]

    def test_cannot_be_written(self, bench: Bench) -> None:
        """A status file that cannot be written does not stop the jobs."""
        bench.project.status.unlink()
        bench.project.status.mkdir()
        (bench.project.status / "in the way").touch()
        assert bench.runner.run_job("intake") is None

    def test_public_text(self) -> None:
        """Errors of ours are told whole, in both languages."""
        assert public_text(ProblemError("坏了", "broken")) == ("坏了", "broken")
        assert public_text(OSError("/srv/secret")) == (
            "内部错误：OSError",
            "internal error: OSError",
        )


def _elsewhere(act: Callable[[], Any]) -> Any:  # noqa: ANN401
    """What another thread, which holds no lock, gets from an act."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act).result()
