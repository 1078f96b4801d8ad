"""`gongshi demo`: from an empty folder to a portal with something to show."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from pathlib import Path

from publish.demo import Event, HandIn, generate
from publish.demo.nights import Nights
from publish.errors import UsageError
from publish.fetch.folder import TAKEN
from publish.handin.intake import Batch, Handing, intake
from publish.lock import writer_lock
from publish.project import SETTINGS, Project, init_project, open_project, project_template
from publish.register.identity import record_id
from publish.register.register import Register, open_register
from publish.register.removal import Happening, enter
from publish.release.close import close
from publish.release.release import Released, release
from publish.schema import record_type

Progress = Callable[[str, int], None]
Build = Callable[[Project, Register, Progress], tuple[list[Batch], Released]]

SEED = 20261120
RECORDS = 20_000
UNTIL = date(2026, 11, 20)
"""The demo city's last day: fixed, so that everybody's demo is the same."""

QUARTER = "2026Q3"
"""The last quarter that was over by then, which the demo city has closed."""

NIGHT = time(22, 0)
LETTERS = "data/demo/real"
LETTERS_RECEIVED = datetime(2026, 3, 18, 12, tzinfo=UTC)
"""The day after the newest posting in the file of letters."""

_BEGUN, _FINISHED = "demo", "demo finished"


@dataclass(frozen=True)
class Plan:
    """Which demo is wanted.

    Attributes:
        profile: the rules that it runs under.
        mark: what tells it from every other demo.
        reference: the folder of the template that holds its reference tables.
    """

    profile: str
    mark: str
    reference: str
    build: Build


@dataclass(frozen=True)
class Prepared:
    """A demo that is ready to be served.

    Attributes:
        batches: what was taken in now; empty if it was there already.
        released: the release made now; None if it was there already.
    """

    project: Project
    batches: list[Batch]
    released: Released | None


def city(records: int = RECORDS, seed: int = SEED, quarter: str = "") -> Plan:
    """The fictional city.

    Args:
        quarter: the quarter that its office has closed, such as 2026Q3; none if empty.
    """

    def build(
        project: Project, register: Register, progress: Progress
    ) -> tuple[list[Batch], Released]:
        batches = _Past(project, register, progress).live(records, seed)
        night = datetime.combine(UNTIL, NIGHT, project.profile.zone)
        released = release(project, register, night, progress)
        if quarter:
            night += timedelta(minutes=1)
            close(project, register, quarter, "demo", night, progress)
            released = release(project, register, night, progress)
        return batches, released

    return Plan("demo-city", f"city seed={seed} records={records}", "data/reference", build)


def letters() -> Plan:
    """The real warning letters of the United States Food and Drug Administration."""

    def build(
        project: Project, register: Register, progress: Progress
    ) -> tuple[list[Batch], Released]:
        path = project_template() / LETTERS / "fda_warning_letters.csv"
        handing = Handing(LETTERS_RECEIVED, "demo", source="us-fda")
        batches = intake(project, register, path, handing, progress)
        return batches, release(project, register, LETTERS_RECEIVED, progress)

    return Plan("us-fda", "letters", f"{LETTERS}/us-fda", build)


def prepare(root: Path, plan: Plan, progress: Progress) -> Prepared:
    """Builds a demo in a folder, unless it is there already.

    Raises:
        UsageError: if the folder holds something else.
    """
    project = _laid_out(root, plan)
    key = blake2b(plan.mark.encode(), digest_size=32).hexdigest()
    with writer_lock(project.lock):
        _clear_unfinished(project)
        with open_register(project.register, key) as register:
            if _is_there(project, register, plan):
                return Prepared(project, [], None)
            _mark(register, _BEGUN, plan)
            batches, released = plan.build(project, register, progress)
            _mark(register, _FINISHED, plan)
    return Prepared(project, batches, released)


def _laid_out(root: Path, plan: Plan) -> Project:
    """The project, made with the demo's reference tables if there is none."""
    if (root / SETTINGS).exists():
        project = open_project(root)
    else:
        project = init_project(root, plan.profile)
        for table in (project_template() / plan.reference).glob("*.csv"):
            shutil.copy(table, project.data / "reference")
    if project.profile.jurisdiction.code != plan.profile:
        raise _other(root)
    return project


def _is_there(project: Project, register: Register, plan: Plan) -> bool:
    """Whether this very demo was built before; anything else in the folder is left alone."""
    found = register.meta(_FINISHED)
    if found == plan.mark and project.current.exists():
        return True
    if found or register.last_received():
        raise _other(project.root)
    return False


def _clear_unfinished(project: Project) -> None:
    """Removes what a demo that was stopped half-way left behind."""
    if not project.register.exists():
        return
    with open_register(project.register) as register:
        half = register.meta(_BEGUN) and not register.meta(_FINISHED)
    if half:
        for path in project.data.glob("register.db*"):
            path.unlink()
        for folder in (
            project.inbox,
            project.returned,
            project.releases,
            project.editions,
            project.certificates,
        ):
            shutil.rmtree(folder, ignore_errors=True)


def _mark(register: Register, key: str, plan: Plan) -> None:
    """Notes in the register that this is a demo, and how far it came."""
    with register.transaction():
        register.set_meta(key, plan.mark)


def _other(root: Path) -> UsageError:
    """The error for a folder with something else in it."""
    return UsageError(
        f"{root.resolve()} 里已有别的数据。请用 --root 另选文件夹，"
        "或先清除（在检出的代码里：make clean）。",
        f"{root.resolve()} holds other data. Choose another folder with --root, or clear it "
        "(in a checkout: make clean).",
    )


class _Past:
    """Three years of the city: each day hand-ins and events, each night a release."""

    def __init__(self, project: Project, register: Register, progress: Progress) -> None:
        self._project, self._register, self._progress = project, register, progress
        self._nights = Nights(project, register)
        self._touched: list[str] = []
        self._batches: list[Batch] = []
        self._rows = 0

    def live(self, records: int, seed: int) -> list[Batch]:
        """Everything that happened, in the order in which it happened."""
        project = self._project
        happenings = generate(
            project.reference,
            project.calendar,
            project.inbox / TAKEN,
            seed=seed,
            records=records,
            until=UNTIL,
        )
        night: datetime | None = None
        for happening in happenings:
            night = night or self._night_of(happening.at)
            while happening.at > night:
                self._nights.publish(night, self._touched)
                self._touched, night = [], night + timedelta(days=1)
            self._take(happening)
        return self._batches

    def _night_of(self, moment: datetime) -> datetime:
        """The nightly release of a day."""
        return datetime.combine(moment.date(), NIGHT, self._project.profile.zone)

    def _take(self, happening: HandIn | Event) -> None:
        """One hand-in or one event."""
        if isinstance(happening, Event):
            self._enter(happening)
            return
        handing = Handing(happening.at, "demo", department=happening.department)
        done = intake(self._project, self._register, happening.path, handing, _silent)
        self._batches += done
        self._rows += sum(batch.counts.rows for batch in done)
        self._progress("intake", self._rows)

    def _enter(self, event: Event) -> None:
        """Something that happened to a record."""
        found = record_id(record_type(event.record_type), event.values, self._register.identity_key)
        zone = self._project.profile.zone
        decided = datetime.combine(event.decided, time.min, zone) if event.decided else None
        enter(
            self._register, [found], Happening(event.kind, event.at, "demo", event.reason, decided)
        )
        self._touched.append(found)


def _silent(_step: str, _done: int) -> None:
    """No progress within one small file."""
