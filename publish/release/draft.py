"""An edition in the making: what it is computed from, its files, and what moved since the last."""

import shutil
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

import orjson

from monitor.editions import INPUTS, MOVES, Edition, files, freeze, read_edition
from monitor.moves import Move, Moves, Side
from monitor.periods import Period
from monitor.tables import EDITION_MOVE
from publish.project import Project
from publish.register.live import Moment
from publish.register.register import Register, moment
from publish.release.build import Progress, read_only, rebuild_figures
from publish.release.editions import CALENDARS, PROFILE, REFERENCE, AsItWas, Entry, folder_of
from publish.release.manifest import file_sha256
from publish.release.snapshot import CsvFile
from publish.schema import types_of

_LIBRARIES = ("duckdb", "ibis-framework", "numpy", "pandas", "pyarrow")


@dataclass(frozen=True)
class Draft:
    """An edition that is being made.

    Attributes:
        database: the figures of all periods at its moment.
        as_of: that moment (UTC).
    """

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


def copy_inputs(project: Project, inputs: Path) -> None:
    """Writes down the rules, the calendar and the reference tables of today.

    Args:
        inputs: the folder for them, not there yet.
    """
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


def rebuilt(
    project: Project, register: Register, as_of: str, folder: Path, work: Path, progress: Progress
) -> Path:
    """Computes the figures of all periods at a moment.

    Args:
        as_of: the moment (UTC).
        folder: the edition by whose inputs they are computed.
        work: a folder to compute in, not there yet.

    Returns:
        The database.
    """
    work.mkdir()
    then = Moment(register, register.cut(moment(as_of)))
    return rebuild_figures(AsItWas(project.root, folder / INPUTS), then, work, progress)


def frozen_from(database: Path, span: Period, folder: Path) -> None:
    """Writes the period's rows of a finished database into the folder of an edition."""
    with closing(read_only(database)) as db:
        freeze(db, span, folder)


def write_moves(
    project: Project,
    register: Register,
    before: Entry,
    after: Draft,
    work: Path,
    progress: Progress,
) -> list[Move]:
    """Finds what moved since the edition before, and writes it into the folder of the one after.

    Args:
        work: a folder to compute the figures of the edition before in, not there yet.

    Raises:
        ProblemError: if the edition before is missing or not as it was closed.
    """
    folder = folder_of(project, before)
    database = rebuilt(project, register, before.as_of, folder, work, progress)
    then = Draft(read_edition(folder), folder, database, before.as_of)
    touched = _touched(register, before.as_of, after.as_of)
    moved = list(Moves(then.side(project), after.side(project), touched))
    _put_moves(after.folder / MOVES, after.stated.edition, moved)
    return moved


def _put_moves(path: Path, edition: str, moved: Iterable[Move]) -> None:
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


def different(one: Path, other: Path) -> list[str]:
    """The files that are not the same in two folders, by name."""
    known = [{p.relative_to(f).as_posix(): file_sha256(p) for p in files(f)} for f in (one, other)]
    names = sorted(known[0].keys() | known[1].keys())
    return [name for name in names if known[0].get(name) != known[1].get(name)]


def libraries() -> dict[str, str]:
    """The versions of the libraries that compute the figures."""
    return {name: version(name) for name in _LIBRARIES}
