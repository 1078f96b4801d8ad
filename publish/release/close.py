"""Closing a period, restating it, and making an edition again to prove it.

An edition is made in a folder aside, from the register as of the moment of the release being
served and from copies of the rules, the calendar and the reference tables; it must give the very
figures of that release. It is valid from the moment it is in the register: a folder that the
register does not know never was an edition.
"""

import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from monitor.editions import (
    INPUTS,
    MOVES,
    Edition,
    Stated,
    edition_id,
    files,
    freeze,
    read_edition,
    seal,
)
from monitor.moves import Move, Moves, Side
from monitor.periods import ROLLING, Period
from monitor.tables import EDITION_MOVE
from publish import __version__
from publish.disclose.scan import find
from publish.errors import ProblemError, UsageError
from publish.project import Project
from publish.register.live import Moment
from publish.register.register import EDITION as CHAIN
from publish.register.register import Register, local, moment, utc
from publish.release.build import Progress, read_only, rebuild_figures
from publish.release.editions import (
    CALENDARS,
    PROFILE,
    REFERENCE,
    AsItWas,
    Entry,
    entries,
    entry,
    folder_of,
)
from publish.release.leak.check import leaks_of
from publish.release.manifest import file_sha256, read_manifest
from publish.release.snapshot import CsvFile
from publish.schema import types_of

_ASIDE = ".building"
_TOLD = 8
_LIBRARIES = ("duckdb", "ibis-framework", "numpy", "pandas", "pyarrow")


@dataclass(frozen=True)
class Served:
    """The release being served.

    Attributes:
        as_of: its moment (UTC).
        span: the period to be closed, as it states it.
    """

    release: str
    as_of: str
    folder: Path
    span: Period


def close(
    project: Project,
    register: Register,
    period: str,
    handler: str,
    at: datetime,
    progress: Progress,
) -> Edition:
    """Freezes the figures of a period as the release being served shows them.

    The next release publishes the edition.

    Args:
        period: such as 2026-09, 2026Q3, 2026H2 or 2026.
        handler: who closes it; kept in the register.
        at: when, after the last release.

    Raises:
        UsageError: if there is no such period, or it was closed already.
        ProblemError: if it is not over or has provisional deadlines, if nothing was released yet,
            or if today's rules, calendar and reference tables are not those of the release.
    """
    served = _served(project, register, period)
    if any(one.period == period for one in entries(register)):
        raise UsageError(
            f"{period} 已经定稿。如需更正：gongshi monitor restate {period}。",
            f"{period} is closed already. To correct it: gongshi monitor restate {period}.",
        )
    with _aside(project) as work:
        _write(project, register, served, work, progress)
        stated = _stated(project, served, work, 1, "", at)
        return _enter(project, register, served, stated, work, handler, at)


def restate(
    project: Project,
    register: Register,
    period: str,
    reason: str,
    handler: str,
    at: datetime,
    progress: Progress,
) -> tuple[Edition, list[Move]]:
    """Freezes a closed period anew, with every figure that moved since the edition before, and why.

    The edition before stays as it is.

    Args:
        reason: why; it is public.

    Raises:
        UsageError: if the period was not closed yet, or the reason is blank or holds what may not
            be public.
        ProblemError: as `close`; also if no figure moved, or the edition before is damaged.
    """
    served = _served(project, register, period)
    before = next((one for one in reversed([*entries(register)]) if one.period == period), None)
    if before is None:
        raise UsageError(
            f"{period} 还没有定稿。请用：gongshi monitor close {period}。",
            f"{period} is not closed yet. Use: gongshi monitor close {period}.",
        )
    _refuse_reason(project, register, reason)
    with _aside(project) as work:
        database = _write(project, register, served, work, progress)
        stated = _stated(project, served, work, before.number + 1, reason.strip(), at)
        after = _Draft(stated, work / "edition", database, served.as_of)
        moved = _moves(project, register, before, after, work / "before", progress)
        if not moved:
            raise ProblemError(
                f"{period} 的数字与 {before.edition} 完全相同，没有可更正的。",
                f"No figure of {period} differs from {before.edition}: nothing to restate.",
            )
        return _enter(project, register, served, stated, work, handler, at), moved


def reproduce(project: Project, register: Register, one: Entry, progress: Progress) -> list[str]:
    """Makes an edition again from the register as of its moment, and compares every byte.

    What the register learnt since takes no part, nor do the rules, the calendar and the reference
    tables of today.

    Returns:
        The files that are not the same.

    Raises:
        ProblemError: if the edition is missing or not as it was closed.
    """
    frozen = folder_of(project, one)
    stated = read_edition(frozen)
    with TemporaryDirectory() as name:
        work, folder = Path(name), Path(name) / "edition"
        shutil.copytree(frozen / INPUTS, folder / INPUTS)
        database = _rebuilt(project, register, one.as_of, folder, work / "figures", progress)
        _freeze(database, _span(stated), folder)
        if one.number > 1:
            after = _Draft(stated, folder, database, one.as_of)
            before = entry(register, edition_id(one.period, one.number - 1))
            _moves(project, register, before, after, work / "before", progress)
        seal(folder, stated)
        return _different(frozen, folder)


@dataclass(frozen=True)
class _Draft:
    """An edition that is being made; as_of is UTC."""

    stated: Edition
    folder: Path
    database: Path
    as_of: str

    def side(self, project: Project) -> Side:
        """What is compared of it."""
        profile = AsItWas(project.root, self.folder / INPUTS).profile
        last = date.fromisoformat(self.stated.last)
        rules = profile.scheme.on(last) if profile.scheme else None, profile.league
        return Side(self.stated, self.folder, self.database, rules)


def _served(project: Project, register: Register, period: str) -> Served:
    """The release being served, if the period can be closed by it."""
    if not project.current.exists():
        raise ProblemError(
            "还没有发布过，没有可以定稿的数字。请先发布：gongshi release。",
            "Nothing was released yet, so there are no figures to close. Run 'gongshi release'.",
        )
    name = project.current.resolve().name
    (as_of,) = register.db.execute(
        "SELECT as_of FROM release WHERE release = ? AND outcome = 'ok'", (name,)
    ).fetchone()
    folder = project.releases / name
    with closing(read_only(folder / "monitor.db")) as db:
        span = _closable(db, period)
        _refuse_provisional(db, span)
    return Served(name, as_of, folder, span)


def _closable(db: sqlite3.Connection, period: str) -> Period:
    """A period that is over."""
    found = {row[0]: Period(*row) for row in db.execute("SELECT * FROM period")}
    span = found.get(period)
    if span is None or span.kind == "rolling":
        over = [p for p in found.values() if p.complete and p.period != ROLLING]
        newest = [p.period for p in sorted(over, key=lambda p: p.last, reverse=True)[:_TOLD]]
        raise UsageError(
            f"没有期间 {period}。已经结束的如：{'、'.join(newest)}。",
            f"There is no period {period}. Over are, for example: {', '.join(newest)}.",
        )
    if not span.complete:
        raise ProblemError(
            f"{period} 到 {span.last} 才结束，发布版本的数据还没有到那一日之后。"
            "请在结束后先发布，再定稿。",
            f"{period} ends on {span.last}, and the data of the release do not reach past that "
            "day. Release after its end, then close it.",
        )
    return span


def _refuse_provisional(db: sqlite3.Connection, span: Period) -> None:
    """Refuses a period of which a later notice may still move deadlines."""
    (count,) = db.execute(
        "SELECT count(*) FROM duty WHERE provisional AND due_date BETWEEN ? AND ?",
        (span.first, span.last),
    ).fetchone()
    if count:
        raise ProblemError(
            f"{span.period} 还有 {count:,} 项期限是暂定的：下一年度放假通知尚未收录。"
            "请在收录后（gongshi calendar update）发布，再定稿。",
            f"{count:,} deadlines in {span.period} are provisional: the next year's notice of "
            "holidays is not in yet. When it is (gongshi calendar update), release, then close.",
        )


def _refuse_reason(project: Project, register: Register, reason: str) -> None:
    """Refuses a reason that is none, or that tells what the register keeps to itself."""
    if not reason.strip():
        raise UsageError("更正须写明理由。", "Say why it is restated.")
    if find(reason) or leaks_of(reason, project.current.resolve(), project, register):
        raise UsageError(
            "更正理由会公开，不得写入姓名、证件号码、电话等个人信息或未公开的内容。",
            "The reason is public: leave out names of persons, numbers of identity documents, "
            "telephone numbers and whatever else is not public.",
        )


@contextmanager
def _aside(project: Project) -> Iterator[Path]:
    """A folder beside the editions to make one in; what a process that was killed left goes."""
    work = project.editions / _ASIDE
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _write(
    project: Project, register: Register, served: Served, work: Path, progress: Progress
) -> Path:
    """Makes the files of an edition, as the release shows the period; returns all figures."""
    folder = work / "edition"
    _copy_inputs(project, folder / INPUTS)
    database = _rebuilt(project, register, served.as_of, folder, work / "figures", progress)
    _freeze(database, served.span, folder)
    shown = work / "shown"
    shown.mkdir()
    _freeze(served.folder / "monitor.db", served.span, shown)
    _refuse_other_figures(project, served, [n for n in _different(shown, folder) if "/" not in n])
    return database


def _copy_inputs(project: Project, inputs: Path) -> None:
    """The rules, the calendar and the reference tables of today."""
    for name in (CALENDARS, REFERENCE):
        (inputs / name).mkdir(parents=True)
    rules = project.profile.model_dump(mode="json")
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    (inputs / PROFILE).write_bytes(orjson.dumps(rules, option=options))
    for ending in ("toml", "csv"):
        name = f"{project.calendar.code}.{ending}"
        shutil.copyfile(project.calendars / name, inputs / CALENDARS / name)
    for table in types_of("reference").values():
        name = str(table.file)
        shutil.copyfile(project.data / "reference" / name, inputs / REFERENCE / name)


def _rebuilt(
    project: Project, register: Register, as_of: str, folder: Path, work: Path, progress: Progress
) -> Path:
    """The figures of all periods at a moment (UTC), by the inputs in an edition's folder."""
    work.mkdir()
    then = Moment(register, register.cut(moment(as_of)))
    return rebuild_figures(AsItWas(project.root, folder / INPUTS), then, work, progress)


def _freeze(database: Path, span: Period, folder: Path) -> None:
    """The period's rows of a finished database."""
    with closing(read_only(database)) as db:
        freeze(db, span, folder)


def _refuse_other_figures(project: Project, served: Served, names: list[str]) -> None:
    """Refuses to close by rules, a calendar or reference tables that are not the release's."""
    stated, place = read_manifest(served.folder), project.profile.jurisdiction
    versions = {place.version: stated["profile"], project.calendar.version: stated["calendar"]}
    if names or any(now != then["version"] for now, then in versions.items()):
        raise ProblemError(
            "发布之后，规则、日历、参照表或软件有了变化，现在算出的数字与发布的不同"
            f"（{'、'.join(names) or '版本'}）。请先发布：gongshi release，再定稿。",
            "Since the release the rules, the calendar, the reference tables or the software "
            f"changed and give other figures ({', '.join(names) or 'versions'}). "
            "Run 'gongshi release' first, then close.",
        )


def _stated(
    project: Project, served: Served, work: Path, number: int, reason: str, at: datetime
) -> Edition:
    """What an edition says of itself."""
    inputs, zone = work / "edition" / INPUTS, project.profile.zone
    place, calendar = project.profile.jurisdiction, project.calendar
    days = inputs / CALENDARS / f"{calendar.code}.csv"
    return Edition(
        edition=edition_id(served.span.period, number),
        period=served.span.period,
        kind=served.span.kind,
        number=number,
        first=served.span.first,
        last=served.span.last,
        closed=local(utc(at), zone),
        as_of=local(served.as_of, zone),
        release=served.release,
        profile=Stated(
            code=place.code, version=place.version, sha256=file_sha256(inputs / PROFILE)
        ),
        calendar=Stated(code=calendar.code, version=calendar.version, sha256=file_sha256(days)),
        software=__version__,
        computed_with=_libraries(),
        reason=reason,
    )


def _libraries() -> dict[str, str]:
    """The versions of the libraries that compute the figures."""
    return {name: version(name) for name in _LIBRARIES}


def other_versions(project: Project, one: Entry) -> dict[str, tuple[str, str]]:
    """The software and libraries that are not those an edition was made with: then and now."""
    stated = read_edition(folder_of(project, one))
    then = {"gongshi": stated.software, **stated.computed_with}
    now = {"gongshi": __version__, **_libraries()}
    return {n: (v, now.get(n, "")) for n, v in then.items() if v != now.get(n)}


def _enter(
    project: Project,
    register: Register,
    served: Served,
    stated: Edition,
    work: Path,
    handler: str,
    at: datetime,
) -> Edition:
    """Puts an edition in its place and in the register."""
    edition = seal(work / "edition", stated)
    folder = project.editions / edition.edition
    shutil.rmtree(folder, ignore_errors=True)
    (work / "edition").rename(folder)
    row = Entry(
        edition.period,
        edition.number,
        served.release,
        served.as_of,
        utc(at),
        handler,
        edition.reason,
        edition.digest,
    )
    with register.transaction() as db:
        CHAIN.append(db, [row])
    return edition


def _moves(
    project: Project,
    register: Register,
    before: Entry,
    after: _Draft,
    work: Path,
    progress: Progress,
) -> list[Move]:
    """What moved since the edition before; written down in the folder of the one after."""
    folder = folder_of(project, before)
    database = _rebuilt(project, register, before.as_of, folder, work, progress)
    then = _Draft(read_edition(folder), folder, database, before.as_of)
    touched = _touched(register, before.as_of, after.as_of)
    moved = list(Moves(then.side(project), after.side(project), touched))
    _write_moves(after.folder / MOVES, after.stated.edition, moved)
    return moved


def _write_moves(path: Path, edition: str, moved: Iterable[Move]) -> None:
    """The rows of the table `edition_move`."""
    file = CsvFile(path, list(EDITION_MOVE.columns))
    file.write([edition, *move] for move in moved)
    file.close()


def _touched(register: Register, after: str, until: str) -> set[str]:
    """The records about which the register learnt anything between two moments (UTC)."""
    rows = register.db.execute(
        "SELECT v.record_id FROM version v JOIN batch b ON b.seq = v.batch "
        "WHERE b.received > :after AND b.received <= :until UNION "
        "SELECT v.record_id FROM version v JOIN review r ON r.batch = v.batch "
        "WHERE r.at > :after AND r.at <= :until UNION "
        "SELECT record_id FROM event WHERE at > :after AND at <= :until",
        {"after": after, "until": until},
    )
    return {row[0] for row in rows}


def _span(stated: Edition) -> Period:
    """The period of an edition."""
    return Period(stated.period, stated.kind, stated.first, stated.last, 1, None)


def _different(one: Path, other: Path) -> list[str]:
    """The files that are not the same in two folders, by name."""
    known = [{p.relative_to(f).as_posix(): file_sha256(p) for p in files(f)} for f in (one, other)]
    names = sorted(known[0].keys() | known[1].keys())
    return [name for name in names if known[0].get(name) != known[1].get(name)]
