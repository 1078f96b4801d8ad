"""Builds a release in a folder of its own and checks every part of it."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from monitor.tables import CALENDAR_CHANGE, RELEASE, TABLES
from publish import __version__
from publish.catalogue.about import About
from publish.catalogue.write import write_descriptors
from publish.cycles import without_collections
from publish.errors import ProblemError
from publish.pages.keep import Keeper, read_keeper
from publish.pages.pages import build_site
from publish.project import Project
from publish.register.live import Moment, Part
from publish.register.register import local
from publish.release.changes import fill_changes
from publish.release.credit import Gone, fill_credit
from publish.release.deltas import write_deltas
from publish.release.downloads import write_database, write_downloads, write_figures
from publish.release.duties import Change
from publish.release.editions import edition_files, publish_editions
from publish.release.entity import fill_entity
from publish.release.entries import Entry, checksums, entry
from publish.release.incremental import Base, base, forget_but, pages_of, state, trace_of
from publish.release.leak.check import refuse_leaks
from publish.release.leak.since import Since
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
from publish.release.reports import report_files, write_reports
from publish.release.since import release_before
from publish.release.snapshot import ChangedTable, RecordTable, new_database, taken_over
from publish.release.stage import unnamed_duties
from publish.release.trace import Trace, open_trace
from publish.release.walk import Progress, Rows, Walk
from publish.schema import public_types
from publish.search.index import SearchIndex

__all__ = ["Outcome", "Progress", "build", "read_only", "rebuild_figures"]


class Nowhere:
    """Takes rows and keeps none."""

    def add(self, row: Sequence[Any]) -> None:
        """Forgets a row."""


@dataclass(frozen=True)
class Outcome:
    """What a release did with the live records.

    Attributes:
        withheld: not published: by department, record type and reason.
        appeared: newly published.
        off: published by the last release and not any more, with the reason.
        gone: how many were published before and are not any more.
        change: the last change of the calendar; None if there was none.
        moved: by department, the duties whose deadline or status that changed.
    """

    live: Counter[str]
    published: Counter[str]
    withheld: Counter[tuple[str, str, str]]
    appeared: list[str]
    off: list[Gone]
    gone: int
    change: Change | None
    moved: Counter[str]

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
def build(
    project: Project,
    moment: Moment,
    name: str,
    folder: Path,
    progress: Progress,
    *,
    full: bool = False,
) -> Outcome:
    """Builds and checks a release in a folder of its own.

    It is made from the release before where that is sure to give the same, unless a full one is
    asked for.

    Raises:
        ProblemError: if live records are not exactly the published and the withheld, if a
            database is damaged, or if something private is found in any file.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "downloads").mkdir(parents=True)
    before = None if full else base(project, moment)
    previous = release_before(project, moment)
    outcome, digests, files = _write_databases(
        project, moment, name, folder, previous, before, progress
    )
    _check_conservation(outcome)
    manifest = _manifest(project, moment, name, outcome)
    keeper = Keeper()
    if previous and not full:
        keeper = read_keeper(previous / "site", pages_of(project, previous.name))
    _write_site(project, folder, manifest, digests, files, previous, keeper, progress)
    keeper.write(pages_of(project, name))
    manifest["digest"] = digests | {"content": content_digest(digests)}
    manifest["sha256"] = _sha256(folder, files)
    write_manifest(folder, manifest)
    progress("verify", 0)
    _check_databases(folder)
    progress("leaks", 0)
    since = Since(before.folder) if before else None
    refuse_leaks(folder, project, moment.register, progress, since=since)
    forget_but(project, {name} | ({previous.name} if previous else set()))
    return outcome


def _write_databases(
    project: Project,
    moment: Moment,
    name: str,
    folder: Path,
    previous: Path | None,
    before: Base | None,
    progress: Progress,
) -> tuple[Outcome, dict[str, str], list[Entry]]:
    """credit.db, monitor.db and the downloads.

    Args:
        previous: the folder of the release before, if there is one.
        before: that release, if this one is made from it.

    Returns:
        What became of the records, digests, and the files to download.
    """
    digests = dict[str, str]()
    downloads = folder / "downloads"
    scratch = folder / "scratch"
    scratch.mkdir()
    with ExitStack() as stack:
        trace = stack.enter_context(_trace(project, name, before))
        credit, monitor = (
            stack.enter_context(_database(folder / file, before, scratch))
            for file in ("credit.db", "monitor.db")
        )
        index = SearchIndex(credit)
        writers = _writers(credit, index, before)
        walk = _write_figures(project, moment, monitor, writers, trace, before, scratch, progress)
        for writer in writers.values():
            writer.close()
        trace.finish(state(project, moment))
        outcome = _outcome(moment, walk, trace, credit, monitor)
        row = _release_row(project, moment, name, outcome)
        fill_credit(credit, moment, project, trace.gone(), row)
        progress("search", 0)
        index.finish()
        fill_entity(credit)
        fill_changes(credit, previous, row, before.ids if before else None)
        progress("downloads", 0)
        files = write_downloads(credit, downloads, previous)
        files += write_deltas(credit, folder, previous)
        RELEASE.fill(monitor, [row])
        publish_editions(project, moment, monitor, downloads)
        progress("digests", 0)
        digests |= {n: table_digest(credit, n) for n in content_tables(credit)}
        digests |= {t.name: table_digest(monitor, t.name) for t in TABLES}
        progress("downloads", 0)
        files += write_figures(monitor, downloads, previous)
        progress("reports", 0)
        digests["reports"] = write_reports(project, moment, monitor, downloads)
    shutil.rmtree(scratch)
    progress("downloads", 0)
    for database in ("credit.db", "monitor.db"):
        files += write_database(folder / database, downloads)
    for path, *title in (*edition_files(downloads), *report_files(downloads)):
        files.append(entry(folder, path, title))
    return outcome, digests, files


def _database(
    path: Path, before: Base | None, scratch: Path
) -> AbstractContextManager[sqlite3.Connection]:
    """A database of a release, new or begun as that of the release before."""
    return taken_over(path, before.folder / path.name, scratch) if before else new_database(path)


@contextmanager
def _trace(project: Project, name: str, before: Base | None) -> Iterator[Trace]:
    """What is kept of the records, for the release to come; of older ones nothing is kept on."""
    path = trace_of(project, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if before:
        shutil.copyfile(before.trace, path)
    try:
        with open_trace(path) as trace:
            if before:
                trace.remove(before.ids)
            yield trace
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _writers(
    credit: sqlite3.Connection, index: SearchIndex, before: Base | None
) -> Mapping[str, RecordTable]:
    """What writes the tables of records, new or begun as those of the release before."""
    if before is None:
        return {name: RecordTable(one, credit, index) for name, one in public_types().items()}
    return {
        name: ChangedTable(one, credit, index, before.ids) for name, one in public_types().items()
    }


def rebuild_figures(project: Project, moment: Moment, folder: Path, progress: Progress) -> Path:
    """Writes monitor.db alone, as a release of a moment holds it; no public record is written.

    Args:
        folder: an empty one.

    Returns:
        The database.
    """
    with new_database(folder / "monitor.db") as monitor, open_trace(folder / "trace.db") as trace:
        nowhere = dict.fromkeys(public_types(), Nowhere())
        _write_figures(project, moment, monitor, nowhere, trace, None, folder, progress)
    (folder / "trace.db").unlink()
    return folder / "monitor.db"


def _write_figures(
    project: Project,
    moment: Moment,
    monitor: sqlite3.Connection,
    writers: Mapping[str, Rows],
    trace: Trace,
    before: Base | None,
    scratch: Path,
    progress: Progress,
) -> Walk:
    """The tables of monitor.db: every record judged, and the figures taken from that."""
    create_tables(monitor)
    duties = DutyWriter(monitor, scratch / "duty.parquet")
    asked = moment
    if before:
        asked = Part(moment.register, moment.cut, before.ids)
        unnamed = unnamed_duties(before.ids, moment.register.identity_key)
        duties.take_over(before.ids, unnamed, before.folder / "downloads/duty.parquet")
    walk = Walk(project, asked, writers, duties, trace)
    walk.take(asked.records(), partial(progress, "disclose"))
    duties.close()
    trace.flush()
    CALENDAR_CHANGE.fill(monitor, walk.judge.moved)
    progress("figures", 0)
    fill_tables(monitor, moment, project, walk.facts, trace.withheld(), scratch)
    return walk


def _outcome(
    moment: Moment,
    walk: Walk,
    trace: Trace,
    credit: sqlite3.Connection,
    monitor: sqlite3.Connection,
) -> Outcome:
    """What became of the live records, as the tables tell it.

    Raises:
        ProblemError: if the records of the register are not exactly those that were decided.
    """
    known, decided = moment.count(), trace.size
    if known != decided:
        raise ProblemError(
            f"登记库有 {known} 条记录，判定 {decided} 条，不相等。请运行 gongshi release --full。",
            f"{known} records in the register, but {decided} decided. Run gongshi release --full.",
        )
    published = Counter(
        {
            name: credit.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for name in public_types()
        }
    )
    moved = monitor.execute("SELECT department, count(*) FROM calendar_change GROUP BY 1")
    return Outcome(
        trace.live(),
        published,
        trace.withheld(),
        walk.appeared,
        walk.off,
        sum(1 for _ in trace.gone()),
        walk.judge.change,
        Counter(dict(moved)),
    )


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
        outcome.gone,
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
        "withdrawn": outcome.gone,
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
    files: list[Entry],
    previous: Path | None,
    keeper: Keeper,
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
        files += write_descriptors(About(project, manifest), folder)
        manifest["files"] = [file.stated() for file in files]
        (folder / CHECKSUMS).write_text(checksums(files), "utf-8")
        pages = build_site(
            folder / "site",
            monitor=monitor,
            credit=credit,
            project=project,
            manifest=manifest,
            previous=previous,
            keeper=keeper,
            progress=lambda done, _total: progress("pages", done),
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
