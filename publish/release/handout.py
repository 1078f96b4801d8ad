"""The reports of one period as files, when an office asks for them."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from monitor.reports.circular import Letter, letter
from monitor.reports.office import Office
from publish.errors import UsageError
from publish.project import Project
from publish.register.live import Moment
from publish.register.register import Register
from publish.release.build import read_only
from publish.release.manifest import read_manifest
from publish.release.reports import (
    Source,
    findings_of,
    source,
    write_circular,
    write_league_files,
    write_scorecards,
)

SORTS = ("league", "scorecard", "circular")
"""The sorts of reports."""


@dataclass(frozen=True)
class Wanted:
    """Which reports are asked for, and what the office decides about its circular.

    Attributes:
        period: such as 2026Q3.
        day: the circular's day of issue.
        edition: of which edition; None for the newest, or the release while none is closed.
        sorts: some of `SORTS`.
        departments: whose scorecards; none for everybody's.
        number: the circular's document number; empty for none.
        limits: what the circular has otherwise than the rules: fields of `Letter`.
        template: of the circular; None for the project's.
    """

    period: str
    day: date
    edition: int | None = None
    sorts: Sequence[str] = SORTS
    departments: Sequence[str] = ()
    number: str = ""
    limits: Mapping[str, Any] = field(default_factory=dict)
    template: Path | None = None

    def letter(self, office: Office) -> Letter:
        """What the circular says beside the figures."""
        return replace(letter(office, self.day), number=self.number, **self.limits)


def report(project: Project, register: Register, wanted: Wanted, out: Path) -> list[Path]:
    """Writes reports of a period; returns the files.

    A closed period's are from its edition; others are from the release being served and marked as
    drafts.

    Args:
        out: the folder; it is made if it is not there.

    Raises:
        UsageError: if there is no release, no such period, edition or department, or if the
            template is not right.
    """
    with closing(_served(project)) as monitor:
        found = source(project, monitor, wanted.period, wanted.edition)
        if found is None or not found.figures.league:
            raise _no_figures(wanted)
        _refuse_unknown(found, wanted.departments)
        out.mkdir(parents=True, exist_ok=True)
        written = []
        if "league" in wanted.sorts:
            written += write_league_files(out, found)
        if "scorecard" in wanted.sorts:
            moment = _moment(project, register)
            findings = findings_of(project, moment, found.figures)
            written += write_scorecards(out, found, findings, wanted.departments)
        if "circular" in wanted.sorts:
            template = wanted.template or project.circular
            written.append(write_circular(out, found, wanted.letter(found.office), template))
        return written


def _served(project: Project) -> sqlite3.Connection:
    """The figures of the release being served."""
    path = project.current / "monitor.db"
    if not path.exists():
        raise UsageError(
            "还没有发布过，没有数字可报。请先运行 gongshi release。",
            "Nothing has been released yet, so there are no figures. Run 'gongshi release' first.",
        )
    return read_only(path)


def _moment(project: Project, register: Register) -> Moment:
    """The register as of the release being served."""
    as_of = datetime.fromisoformat(read_manifest(project.current)["as_of"])
    return Moment(register, register.cut(as_of))


def _no_figures(wanted: Wanted) -> UsageError:
    """The error for a period or edition that there is not."""
    if wanted.edition is not None:
        return UsageError(
            f"{wanted.period} 没有第 {wanted.edition} 稿。定稿见 gongshi monitor editions。",
            f"{wanted.period} has no edition {wanted.edition}. "
            "'gongshi monitor editions' lists them.",
        )
    return UsageError(
        f"没有 {wanted.period} 的数字。期间写作2026-09、2026Q3、2026H2、2026或者rolling12。",
        f"There are no figures of {wanted.period}. A period is written 2026-09, 2026Q3, 2026H2, "
        "2026 or rolling12.",
    )


def _refuse_unknown(found: Source, departments: Sequence[str]) -> None:
    """Refuses departments that are not in the league table."""
    known = {row["department"] for row in found.figures.league}
    if unknown := sorted(set(departments) - known):
        raise UsageError(
            f"排名表中没有部门 {'、'.join(unknown)}。部门编码见 data/reference/departments.csv。",
            f"The league table has no department {', '.join(unknown)}. "
            "data/reference/departments.csv holds the codes.",
        )
