"""Reports in a release: league tables of every quarter, half and year, circulars, scorecards."""

import sqlite3
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import orjson

from monitor.editions import INPUTS, open_edition
from monitor.reports.circular import Letter, letter, values
from monitor.reports.document import fill
from monitor.reports.figures import Figures, Row, closed_figures, edition_of, figures_of, query
from monitor.reports.league import league_rows, write_league
from monitor.reports.office import Office
from monitor.reports.scorecard import Asked, write_scorecard
from monitor.tables import DUTY, LEAGUE, NUMBER_GAP, RELEASE
from publish.handin.findings import kinds
from publish.project import Project
from publish.register.live import Moment
from publish.register.register import local
from publish.release.editions import AsItWas
from publish.release.manifest import content_digest, file_sha256
from publish.release.metadata import LICENCE
from publish.release.snapshot import CsvFile
from publish.schema import record_type

FOLDER = "reports"
"""The folder below a release's downloads that holds the reports."""
KINDS = ("quarter", "half", "year")
"""The periods of which a release holds reports."""
_TITLES = {
    "league": ("各期排名表", "League tables"),
    "scorecard": ("各部门考核表", "Scorecards of the departments"),
    "circular": ("通报", "Circulars"),
}


@dataclass(frozen=True)
class Source:
    """Where a period's reports are taken from: a release, or the edition that froze the period.

    Attributes:
        office: whose rules and calendar held.
        served: the release's figures, for what is no part of an edition.
    """

    figures: Figures
    office: Office
    served: sqlite3.Connection

    def asked(self, code: str, findings: Mapping[str, Sequence[Row]]) -> Asked:
        """What a department is asked about besides its figures."""
        gaps = query(self.served, _GAPS, code, self.figures.span.last[:4])
        (release,) = query(self.served, f'SELECT as_of FROM "{RELEASE.name}"')
        overdue = query(self.served, _OVERDUE, code)
        return Asked(findings.get(code, ()), gaps, overdue, release["as_of"][:10])


_GAPS = f"SELECT * FROM {NUMBER_GAP.name} WHERE department = ? AND year = ? ORDER BY series, first"
_OVERDUE = (
    f"SELECT * FROM {DUTY.name} WHERE department = ? AND status = 'overdue' "
    "ORDER BY due_date, clock, duty_id"
)


def source(
    project: Project, monitor: sqlite3.Connection, period: str, number: int | None = None
) -> Source | None:
    """Where a period's reports are taken from; None if there are no figures of it.

    Args:
        monitor: the figures of a release.
        period: such as 2026Q3.
        number: of which edition; without it the newest, or the release while none is closed.
    """
    edition = edition_of(monitor, period, number)
    if edition is None:
        figures = None if number else figures_of(monitor, period)
        return Source(figures, _office(project, project), monitor) if figures else None
    folder = project.editions / edition["edition"]
    figures = closed_figures(open_edition(folder), monitor, edition)
    then = AsItWas(project.root, folder / INPUTS)
    return Source(figures, _office(project, then), monitor) if figures else None


def _office(project: Project, then: Project) -> Office:
    """The rules and the calendar as they were, and the words of today."""
    words = tomllib.loads((project.site / "locales" / "zh.toml").read_text("utf-8"))
    return Office(then.profile, then.calendar, words["kind"])


def write_reports(
    project: Project, moment: Moment, monitor: sqlite3.Connection, downloads: Path
) -> str:
    """Writes the reports of a release; returns the digest of all of them.

    League tables of every complete quarter, half and year, the circular of each that was closed,
    and the departments' scorecards for the newest quarter, unless the rules say otherwise.
    """
    folder = downloads / FOLDER
    folder.mkdir()
    spans = _periods(monitor)
    for span in spans:
        found = source(project, monitor, span["period"])
        if found and found.figures.league:
            write_league_files(folder, found)
            if closed := found.figures.edition:
                day = date.fromisoformat(closed["closed"][:10])
                write_circular(folder, found, letter(found.office, day), project.circular)
    quarters = [span["period"] for span in spans if span["kind"] == "quarter"]
    newest = source(project, monitor, quarters[-1]) if quarters else None
    if newest and newest.office.rules.scorecards:
        write_scorecards(folder, newest, findings_of(project, moment, newest.figures))
    return content_digest({p.name: file_sha256(p) for p in sorted(folder.iterdir())})


def write_circular(folder: Path, found: Source, about: Letter, template: Path) -> Path:
    """The circular of a period, from a template.

    Raises:
        UsageError: if the template cannot be read, or names a field that there is not.
    """
    path = folder / f"circular-{found.figures.name}.docx"
    fill(template, values(found.figures, found.office, about), path)
    return path


def write_scorecards(
    folder: Path, found: Source, findings: Mapping[str, Sequence[Row]], codes: Iterable[str] = ()
) -> list[Path]:
    """The scorecards of some departments, or of all that are in the league table."""
    written = []
    for code in codes or [row["department"] for row in found.figures.league]:
        path = folder / f"scorecard-{code}.xlsx"
        write_scorecard(path, found.figures, found.office, code, found.asked(code, findings))
        written.append(path)
    return written


def write_league_files(folder: Path, found: Source) -> list[Path]:
    """The league table of a period as a workbook, as CSV and as JSON."""
    stem = folder / f"league-{found.figures.name}"
    book, table, data = (stem.with_name(f"{stem.name}.{kind}") for kind in ("xlsx", "csv", "json"))
    write_league(book, found.figures, found.office)
    rows = list(league_rows(found.figures))
    file = CsvFile(table, [*LEAGUE.columns, "name_zh", "name_en"])
    file.write([list(row.values()) for row in rows])
    file.close()
    data.write_bytes(_json(found.figures, rows))
    return [book, table, data]


def _json(figures: Figures, rows: Sequence[Row]) -> bytes:
    """The league table for programs, with what it is taken from."""
    about = {
        "period": figures.period,
        "release": figures.release,
        "edition": figures.edition,
        "licence": dict(zip(("name", "url"), LICENCE, strict=True)),
    }
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps({"data": rows, "meta": about}, option=options)


def report_files(downloads: Path) -> Iterator[tuple[Path, str, str]]:
    """The reports of a release, each with what it is in Chinese and English."""
    for path in sorted((downloads / FOLDER).glob("*")):
        yield path, *_TITLES[path.name.partition("-")[0]]


def findings_of(project: Project, moment: Moment, figures: Figures) -> Mapping[str, list[Row]]:
    """What was found in the rows handed in during a period, by the department they count for."""
    zone, span = project.profile.zone, figures.span
    days = {n: local(at, zone)[:10] for n, at in moment.received.items()}
    within = [n for n, day in days.items() if span.first <= day <= span.last]
    found: dict[str, list[Row]] = defaultdict(list)
    for row in query(moment.register.db, _FINDINGS, orjson.dumps(within).decode()):
        kind, where = (
            kinds()[row["code"]],
            record_type(row["record_type"]).by_name.get(row["field"]),
        )
        said = {"day": days[row["batch"]], "title": kind.title_zh}
        field = where.title_zh if where else row["field"]
        found[row["department"]].append({**row, **said, "field": field})
    return found


_FINDINGS = """
SELECT coalesce(f.department, b.department, '') AS department, f.batch, b.record_type, f.line,
    f.field, f.code, f.severity
FROM finding f JOIN batch b ON b.seq = f.batch
WHERE b.repeats IS NULL AND b.seq IN (SELECT value FROM json_each(?))
ORDER BY f.batch, f.line, f.seq
"""


def _periods(monitor: sqlite3.Connection) -> list[Row]:
    """The complete periods of which reports are made."""
    marks = ", ".join("?" * len(KINDS))
    sql = f"SELECT * FROM period WHERE complete AND kind IN ({marks}) ORDER BY first, last"
    return query(monitor, sql, *KINDS)
