"""Builds a release in a folder of its own and checks every part of it."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from monitor.tables import CALENDAR_CHANGE, RELEASE, TABLES
from publish import __version__
from publish.cycles import without_collections
from publish.errors import ProblemError
from publish.pages.pages import build_site
from publish.project import Project
from publish.register.live import Live, Moment
from publish.register.register import local
from publish.release.changes import fill_changes
from publish.release.credit import Gone, fill_credit
from publish.release.downloads import write_database, write_downloads, write_figures
from publish.release.duties import Change, Judge, by_department, disclosed, last_change
from publish.release.editions import edition_files, publish_editions
from publish.release.entity import fill_entity
from publish.release.entries import Entry, checksums, entry
from publish.release.facts import Facts
from publish.release.leak.check import refuse_leaks
from publish.release.manifest import (
    CHECKSUMS,
    content_digest,
    content_tables,
    file_sha256,
    release_files,
    states_files,
    table_digest,
    write_manifest,
)
from publish.release.measure import DutyWriter, create_tables, fill_tables
from publish.release.parents import parents_first
from publish.release.reports import report_files, write_reports
from publish.release.since import release_before
from publish.release.snapshot import RecordTable, new_database
from publish.release.stage import Stage
from publish.schema import public_types, record_type
from publish.search.index import SearchIndex

Progress = Callable[[str, int], None]
"""Told the name of the step being done and how many records of it are done."""


class Rows(Protocol):
    """Takes the public rows of one record type."""

    def add(self, row: Sequence[Any]) -> None:
        """Takes one row."""


class Nowhere:
    """Takes rows and keeps none."""

    def add(self, row: Sequence[Any]) -> None:
        """Forgets a row."""


@dataclass
class Outcome:
    """What a release did with the live records.

    Attributes:
        withheld: not published: by department, record type and reason.
        appeared: newly published.
        gone: published before and not any more, with the reason.
        change: the last change of the calendar; None if there was none.
        moved: by department, the duties whose deadline or status that changed.
    """

    live: Counter[str] = field(default_factory=Counter)
    published: Counter[str] = field(default_factory=Counter)
    withheld: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    appeared: list[str] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    change: Change | None = None
    moved: Counter[str] = field(default_factory=Counter)

    def counts(self) -> dict[str, Any]:
        """Live, published and withheld per record type."""
        reasons: dict[str, Counter[str]] = {}
        for (_, name, reason), n in self.withheld.items():
            reasons.setdefault(name, Counter())[reason] += n
        return {
            name: {
                "live": self.live[name],
                "published": self.published[name],
                "withheld": dict(sorted(reasons.get(name, {}).items())),
            }
            for name in public_types()
        }


@without_collections()
def build(project: Project, moment: Moment, name: str, folder: Path, progress: Progress) -> Outcome:
    """Builds and checks a release in a folder of its own.

    Raises:
        ProblemError: if live records are not exactly the published and the withheld, if a
            database is damaged, or if something private is found in any file.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "downloads").mkdir(parents=True)
    previous = release_before(project, moment)
    outcome, digests, files = _write_databases(project, moment, name, folder, previous, progress)
    _check_conservation(outcome)
    manifest = _manifest(project, moment, name, outcome)
    _write_site(project, folder, manifest, digests, files, progress)
    manifest["digest"] = digests | {"content": content_digest(digests)}
    manifest["sha256"] = _sha256(folder, files)
    write_manifest(folder, manifest)
    _check_databases(folder)
    progress("leaks", 0)
    refuse_leaks(folder, project, moment.register, progress)
    return outcome


def _write_databases(
    project: Project,
    moment: Moment,
    name: str,
    folder: Path,
    previous: Path | None,
    progress: Progress,
) -> tuple[Outcome, dict[str, str], list[Entry]]:
    """credit.db, monitor.db and the downloads.

    Args:
        previous: the folder of the release before, if there is one.

    Returns:
        What became of the records, digests, and the files to download.
    """
    digests = dict[str, str]()
    downloads = folder / "downloads"
    scratch = folder / "scratch"
    scratch.mkdir()
    with ExitStack() as stack:
        credit = stack.enter_context(new_database(folder / "credit.db"))
        monitor = stack.enter_context(new_database(folder / "monitor.db"))
        index = SearchIndex(credit)
        writers = {n: RecordTable(r, credit, index) for n, r in public_types().items()}
        outcome = _write_figures(project, moment, monitor, writers, scratch, progress)
        for writer in writers.values():
            writer.close()
        row = _release_row(project, moment, name, outcome)
        _complete_credit(credit, index, project, moment, outcome, row, previous)
        files = write_downloads(credit, downloads, previous)
        RELEASE.fill(monitor, [row])
        publish_editions(project, moment, monitor, downloads)
        digests |= {n: table_digest(credit, n) for n in content_tables(credit)}
        digests |= {t.name: table_digest(monitor, t.name) for t in TABLES}
        files += write_figures(monitor, downloads, previous)
        progress("reports", 0)
        digests["reports"] = write_reports(project, moment, monitor, downloads)
    shutil.rmtree(scratch)
    for database in ("credit.db", "monitor.db"):
        files += write_database(folder / database, downloads)
    for path, *title in (*edition_files(downloads), *report_files(downloads)):
        files.append(entry(folder, path, title))
    return outcome, digests, files


def _complete_credit(
    credit: sqlite3.Connection,
    index: SearchIndex,
    project: Project,
    moment: Moment,
    outcome: Outcome,
    row: tuple[Any, ...],
    previous: Path | None,
) -> None:
    """The tables of credit.db beside those of the records, which are finished.

    Args:
        row: that of the table `release`.
        previous: the folder of the release before, if there is one.
    """
    fill_credit(credit, moment, project, outcome.gone)
    RELEASE.fill(credit, [row])
    index.finish()
    fill_entity(credit)
    fill_changes(credit, previous, row)


def rebuild_figures(project: Project, moment: Moment, folder: Path, progress: Progress) -> Path:
    """Writes monitor.db alone, as a release of a moment holds it; no public record is written.

    Args:
        folder: an empty one.

    Returns:
        The database.
    """
    with new_database(folder / "monitor.db") as monitor:
        nowhere = dict.fromkeys(public_types(), Nowhere())
        _write_figures(project, moment, monitor, nowhere, folder, progress)
    return folder / "monitor.db"


def _write_figures(
    project: Project,
    moment: Moment,
    monitor: sqlite3.Connection,
    writers: Mapping[str, Rows],
    scratch: Path,
    progress: Progress,
) -> Outcome:
    """The tables of monitor.db: every record judged, and the figures taken from that."""
    create_tables(monitor)
    outcome, duties = Outcome(), DutyWriter(monitor, scratch / "duty.parquet")
    facts = Facts(project, moment)
    judge = Judge(project, moment, last_change(project, moment))
    _disclose_all(project, moment, outcome, writers, judge, duties, facts, progress)
    duties.close()
    outcome.change, outcome.moved = judge.change, by_department(judge.moved)
    CALENDAR_CHANGE.fill(monitor, judge.moved)
    progress("figures", 0)
    fill_tables(monitor, moment, project, duties, facts, outcome.withheld, scratch)
    return outcome


def _disclose_all(
    project: Project,
    moment: Moment,
    outcome: Outcome,
    writers: Mapping[str, Rows],
    judge: Judge,
    duties: DutyWriter,
    facts: Facts,
    progress: Progress,
) -> None:
    """Every live record on its way: published or withheld, its duties judged.

    What belongs to another record waits until all of those are decided. Of what is internal only
    the duties are public that a feedback case makes.
    """
    stage = Stage(project, moment)
    for number, live in enumerate(parents_first(moment.records()), start=1):
        if record_type(live.record_type).kind == "internal":
            facts.add(live, None)
            judge.add(live)
        else:
            _disclose(live, stage, judge, moment, outcome, writers, duties, facts)
        if number % 1000 == 0:
            progress("disclose", number)
    duties.extend(judge.of_cases())


def _disclose(
    live: Live,
    stage: Stage,
    judge: Judge,
    moment: Moment,
    outcome: Outcome,
    writers: Mapping[str, Rows],
    duties: DutyWriter,
    facts: Facts,
) -> None:
    """One live record, published or withheld."""
    decision = stage.decide(live)
    outcome.live[live.record_type] += 1
    owed = judge.of_record(live, decision)
    duties.extend(owed)
    if decision.publish:
        outcome.published[live.record_type] += 1
        row = stage.row(live, decision, disclosed(owed))
        writers[live.record_type].add(row)
        facts.add(live, row)
        if live.record_id not in moment.shown.public:
            outcome.appeared.append(live.record_id)
        return
    facts.add(live, None)
    reason = decision.reason or ""
    outcome.withheld[live.department, live.record_type, reason] += 1
    if live.record_id in moment.shown.first:
        outcome.gone.append((live.record_id, live.record_type, live.department, reason))


def _release_row(project: Project, moment: Moment, name: str, outcome: Outcome) -> tuple[Any, ...]:
    """The row of the table `release`."""
    jurisdiction = project.profile.jurisdiction
    return (
        name,
        local(moment.cut.as_of, project.profile.zone),
        jurisdiction.code,
        jurisdiction.version,
        jurisdiction.calendar,
        project.calendar.version,
        __version__,
        outcome.live.total(),
        outcome.published.total(),
        outcome.withheld.total(),
        len(outcome.gone),
    )


def _manifest(project: Project, moment: Moment, name: str, outcome: Outcome) -> dict[str, Any]:
    """What a release says of itself, files and digests still to come."""
    jurisdiction = project.profile.jurisdiction
    return {
        "release": name,
        "as_of": local(moment.cut.as_of, project.profile.zone),
        "profile": {"code": jurisdiction.code, "version": jurisdiction.version},
        "calendar": _calendar(project, outcome),
        "software": __version__,
        "counts": outcome.counts(),
        "appeared": len(outcome.appeared),
        "withdrawn": len(outcome.gone),
    }


def _calendar(project: Project, outcome: Outcome) -> dict[str, Any]:
    """The calendar that was counted on, and what its last change moved."""
    stated: dict[str, Any] = {"code": project.calendar.code, "version": project.calendar.version}
    if outcome.change is None:
        return stated
    moved = dict(sorted(outcome.moved.items())) if outcome.change.calendar else None
    return stated | {"before": outcome.change.before, "moved": moved}


def _write_site(
    project: Project,
    folder: Path,
    manifest: dict[str, Any],
    digests: dict[str, str],
    files: Sequence[Entry],
    progress: Progress,
) -> None:
    """The generated pages, with the list of downloads that they show."""
    progress("pages", 0)
    with ExitStack() as stack:
        credit, monitor = (
            stack.enter_context(closing(read_only(folder / name)))
            for name in ("credit.db", "monitor.db")
        )
        manifest["files"] = [file.stated() for file in files]
        (folder / CHECKSUMS).write_text(checksums(files), "utf-8")
        pages = build_site(
            folder / "site", monitor=monitor, credit=credit, project=project, manifest=manifest
        )
    digests["pages"] = content_digest(
        {
            str(p.relative_to(folder)): file_sha256(p)
            for p in sorted(pages)
            if not states_files(p.relative_to(folder))
        }
    )


def read_only(path: Path) -> sqlite3.Connection:
    """Opens a finished database, which nothing changes any more."""
    return sqlite3.connect(f"file:{path}?immutable=1", uri=True)


def _sha256(folder: Path, files: Sequence[Entry]) -> dict[str, str]:
    """The checksum of every file of a release; those for download have been read before."""
    known = {file.path: file.sha256 for file in files}
    linked = {name: known[f"downloads/{name}"] for name in ("credit.db", "monitor.db")}
    known |= linked
    names = {path.relative_to(folder).as_posix(): path for path in release_files(folder)}
    return {name: known.get(name) or file_sha256(path) for name, path in names.items()}


def _check_conservation(outcome: Outcome) -> None:
    """Nothing is dropped: live records = published + withheld, for each record type."""
    for name, counts in outcome.counts().items():
        told = counts["published"] + sum(counts["withheld"].values())
        if counts["live"] != told:
            raise ProblemError(
                f"{name}：有效记录 {counts['live']} 条，公开与不公开合计 {told} 条，不相等",
                f"{name}: {counts['live']} live records, but {told} published or withheld",
            )


def _check_databases(folder: Path) -> None:
    """Both databases are whole."""
    for name in ("credit.db", "monitor.db"):
        with closing(read_only(folder / name)) as db:
            found = db.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise ProblemError(f"{name} 损坏：{found}", f"{name} is damaged: {found}")
