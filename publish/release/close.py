"""Closing a period, and restating it.

An edition is made in a folder aside, from the register as of the moment of the release being
served and from copies of the rules, the calendar and the reference tables; it must give the very
figures of that release. It is valid from the moment it is in the register: a folder that the
register does not know never was an edition.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.editions import INPUTS, Edition, Stated, edition_id, seal
from monitor.moves import Move
from monitor.periods import ROLLING, Period
from publish import __version__
from publish.disclose.scan import find
from publish.errors import ProblemError, UsageError
from publish.project import Project
from publish.register.register import EDITION as CHAIN
from publish.register.register import Register, local, utc
from publish.release.build import Progress, read_only
from publish.release.draft import (
    Draft,
    copy_inputs,
    different,
    frozen_from,
    libraries,
    rebuilt,
    write_moves,
)
from publish.release.editions import CALENDARS, PROFILE, Entry, entries
from publish.release.leak.check import leaks_of
from publish.release.manifest import file_sha256, read_manifest

_ASIDE = ".building"
_EXAMPLES = 8


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
        after = Draft(stated, work / "edition", database, served.as_of)
        moved = write_moves(project, register, before, after, work / "before", progress)
        if not moved:
            raise ProblemError(
                f"{period} 的数字与 {before.edition} 完全相同，没有可更正的。",
                f"No figure of {period} differs from {before.edition}: nothing to restate.",
            )
        return _enter(project, register, served, stated, work, handler, at), moved


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
        newest = [p.period for p in sorted(over, key=lambda p: p.last, reverse=True)[:_EXAMPLES]]
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
    copy_inputs(project, folder / INPUTS)
    database = rebuilt(project, register, served.as_of, folder, work / "figures", progress)
    frozen_from(database, served.span, folder)
    shown = work / "shown"
    shown.mkdir()
    frozen_from(served.folder / "monitor.db", served.span, shown)
    _refuse_other_figures(project, served, [n for n in different(shown, folder) if "/" not in n])
    return database


def _refuse_other_figures(project: Project, served: Served, names: list[str]) -> None:
    """Refuses to close by rules, a calendar or reference tables that are not the release's."""
    stated, place = read_manifest(served.folder), project.profile.jurisdiction
    now = place.version, project.calendar.version
    if names or now != (stated["profile"]["version"], stated["calendar"]["version"]):
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
        computed_with=libraries(),
        reason=reason,
    )


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
