"""Editions: the figures of a closed period and the rows behind them, as files that never change.

An edition is a folder. ``edition.json`` says what was frozen and holds the checksum of every other
file; ``<table>.csv`` are the period's rows of the tables of monitor.db; ``inputs`` holds the rules,
the calendar and the reference tables, with which the register gives the same bytes again. Nothing
that a department wrote is in it: only ids, codes, dates and numbers.
"""

import csv
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from monitor.evidence import least_volume
from monitor.measures import INDICATORS, Condition, Mark, Measure
from monitor.periods import Period
from monitor.tables import (
    DEPARTMENT,
    EDITION,
    EDITION_MOVE,
    FACTS,
    HISTOGRAM,
    INDICATOR,
    INDICATOR_NAME,
    LEAGUE,
    NUMBER_GAP,
    PERIOD,
    RANKING,
    RELEASE,
    SCORE_PART,
    TABLES,
    Table,
)
from publish.errors import ProblemError
from publish.release.snapshot import CsvFile

STATEMENT = "edition.json"
MOVES = f"{EDITION_MOVE.name}.csv"
INPUTS = "inputs"
_OF_PERIOD = "period = :period"
_OF_THE_OFFICE = (STATEMENT, f"{DEPARTMENT.name}.csv", f"{INDICATOR_NAME.name}.csv", INPUTS)
_WORDS_OF_RECORDS = {"series"}
"""Columns that are left out: a record that comes off later must leave no word of its own."""


class Stated(BaseModel):
    """Rules or a calendar: which, and the SHA-256 of the file in ``inputs``."""

    model_config = ConfigDict(frozen=True)

    code: str
    version: str
    sha256: str


class Edition(BaseModel):
    """What an edition says of itself, in ``edition.json``.

    Attributes:
        edition: its id, such as 2026Q3-1.
        number: 1 for the first, more for restatements.
        closed: when it was closed, local time.
        as_of: the moment of its data, local time.
        release: the release that it was taken from.
        computed_with: the versions of the libraries that computed the figures.
        reason: why it was restated; empty for the first.
        files: the SHA-256 of each other file.
    """

    model_config = ConfigDict(frozen=True)

    edition: str
    period: str
    kind: str
    number: int
    first: str
    last: str
    closed: str
    as_of: str
    release: str
    profile: Stated
    calendar: Stated
    software: str
    computed_with: Mapping[str, str]
    reason: str
    files: Mapping[str, str] = {}

    def statement(self) -> bytes:
        """The bytes of ``edition.json``."""
        options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
        return orjson.dumps(self.model_dump(), option=options)

    @property
    def digest(self) -> str:
        """The SHA-256 of ``edition.json``, which covers every file: what the register holds."""
        return sha256(self.statement()).hexdigest()

    def row(self) -> dict[str, Any]:
        """The row of the table `edition`."""
        return self.model_dump() | {
            "profile": self.profile.code,
            "profile_version": self.profile.version,
            "calendar_version": self.calendar.version,
            "digest": self.digest,
        }


class Frozen(NamedTuple):
    """A table of an edition and which of its rows."""

    table: Table
    where: str

    @property
    def columns(self) -> list[str]:
        """The columns that are kept."""
        return [name for name in self.table.columns if name not in _WORDS_OF_RECORDS]

    def select(self) -> str:
        """The query of the rows, in the order of the key."""
        listed = ", ".join(f'"{name}"' for name in self.columns)
        order = ", ".join(f'"{name}"' for name in self.table.key)
        return f'SELECT {listed} FROM "{self.table.name}" WHERE {self.where} ORDER BY {order}'


def edition_id(period: str, number: int) -> str:
    """The id of a period's n-th edition."""
    return f"{period}-{number}"


def freeze(db: sqlite3.Connection, span: Period, folder: Path) -> None:
    """Writes the period's rows of monitor.db as CSV files."""
    for part in frozen():
        file = CsvFile(folder / f"{part.table.name}.csv", part.columns)
        file.write(db.execute(part.select(), marks(span)))
        file.close()


def frozen() -> Iterator[Frozen]:
    """The tables of an edition; of the facts exactly the rows that an indicator counts."""
    for table in (DEPARTMENT, INDICATOR_NAME):
        yield Frozen(table, "true")
    for table in (PERIOD, INDICATOR, HISTOGRAM, LEAGUE, RANKING, SCORE_PART):
        yield Frozen(table, _OF_PERIOD)
    for table in FACTS:
        yield Frozen(table, " OR ".join(dict.fromkeys(_counted(table))))
    yield Frozen(NUMBER_GAP, "year = :period")


def _counted(table: Table) -> Iterator[str]:
    """The conditions of all measures of a table."""
    for indicator in INDICATORS.values():
        yield from (f"({where(m)})" for m in measures(indicator.name) if m.table is table)


def measures(name: str) -> Iterator[Measure]:
    """What an indicator counts, above and below the line, and what that depends on."""
    indicator = INDICATORS[name]
    for measure in filter(None, (indicator.numerator, indicator.denominator)):
        yield measure
        if measure.having:
            yield measure.having


def where(measure: Measure) -> str:
    """The condition in SQL that a row meets which a measure counts; `marks` gives its values.

    Rows of which another one must exist are all taken: the other is counted by itself.
    """
    return " AND ".join(map(_condition, (*measure.where, *measure.placed)))


def marks(span: Period) -> dict[str, str | int]:
    """What the conditions take from a period."""
    return {
        Mark.PERIOD.value: span.period,
        Mark.FIRST.value: span.first,
        Mark.LAST.value: span.last,
        Mark.LEAST.value: least_volume(span),
    }


_SIGNS = {"exact": "=", "gte": ">=", "lte": "<=", "gt": ">"}


def _condition(condition: Condition) -> str:
    """One condition in SQL."""
    column, test, value = condition
    if isinstance(value, tuple):
        return f"{column} IN ({', '.join(map(_literal, value))})"
    sign = _SIGNS[test.removeprefix("open_")]
    plain = f"{column} {sign} {_literal(value)}"
    return f"(coalesce({column}, '') = '' OR {plain})" if test.startswith("open_") else plain


def _literal(value: str | int) -> str:
    """A value of the declarations in SQL, or the place of what the period gives."""
    if isinstance(value, Mark):
        return f":{value.value}"
    return f"'{value}'" if isinstance(value, str) else str(value)


def seal(folder: Path, edition: Edition) -> Edition:
    """Writes ``edition.json`` with the checksum of each file that lies in the folder."""
    sealed = edition.model_copy(update={"files": dict(_checksums(folder))})
    (folder / STATEMENT).write_bytes(sealed.statement())
    return sealed


def _checksums(folder: Path) -> Iterator[tuple[str, str]]:
    """Each file of an edition but the statement, with its SHA-256."""
    for path in files(folder):
        if path.name != STATEMENT:
            yield path.relative_to(folder).as_posix(), sha256(path.read_bytes()).hexdigest()


def files(folder: Path) -> list[Path]:
    """The files of an edition, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def words(folder: Path) -> Iterator[Path]:
    """The files of an edition that hold words, all of them the office's own: public for good."""
    for path in files(folder):
        if path.relative_to(folder).parts[0] in _OF_THE_OFFICE:
            yield path


def read_edition(folder: Path) -> Edition:
    """What an edition says of itself.

    Raises:
        ProblemError: if that is missing or damaged.
    """
    try:
        return Edition.model_validate_json((folder / STATEMENT).read_bytes())
    except (OSError, ValidationError) as error:
        raise ProblemError(
            f"定稿 {folder.name} 的 {STATEMENT} 无法读取。{_RESTORE[0]}",
            f"{STATEMENT} of edition {folder.name} cannot be read. {_RESTORE[1]}",
        ) from error


_RESTORE = (
    "请从备份或已发布的 downloads/editions 恢复该文件夹。",
    "Restore the folder from the backup or from downloads/editions of a release.",
)


def changed(folder: Path, digest: str) -> Iterator[str]:
    """The files of an edition that are missing, added or not as they were closed.

    Args:
        digest: the SHA-256 of ``edition.json`` that the register holds.
    """
    statement = folder / STATEMENT
    if not statement.is_file() or sha256(statement.read_bytes()).hexdigest() != digest:
        yield STATEMENT
        return
    stated, found = read_edition(folder).files, dict(_checksums(folder))
    for name in sorted(stated.keys() | found.keys()):
        if stated.get(name) != found.get(name):
            yield name


def refuse_changed(folder: Path, digest: str) -> None:
    """Refuses an edition that is not as it was closed.

    Raises:
        ProblemError: naming the files.
    """
    if names := list(changed(folder, digest)):
        raise ProblemError(
            f"定稿 {folder.name} 与定稿时不符：{'、'.join(names)}。{_RESTORE[0]}",
            f"Edition {folder.name} is not as it was closed: {', '.join(names)}. {_RESTORE[1]}",
        )


def rows(folder: Path, table: Table) -> Iterator[list[Any]]:
    """The rows of a table of an edition, in the order of the table's columns.

    What the edition does not have, of a table or column that came later, is None.
    """
    path = folder / f"{table.name}.csv"
    if not path.exists():
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        for cells in csv.DictReader(file):
            yield [_value(cells.get(name), kind) for name, (kind, _, _) in table.columns.items()]


_FROM_TEXT: Mapping[str, Callable[[str], str | int | float]] = {
    "TEXT": str,
    "INTEGER": int,
    "REAL": float,
}


def _value(cell: str | None, kind: str) -> str | int | float | None:
    """A cell as the table held it."""
    if not cell:
        return None
    return _FROM_TEXT[kind](cell)


def open_edition(folder: Path) -> sqlite3.Connection:
    """An edition as a database in memory, with the tables of monitor.db.

    The tables `edition` and `release` hold what it says of itself; what it does not hold is empty.
    """
    db = sqlite3.connect(":memory:")
    for table in TABLES:
        table.create(db)
        table.fill(db, rows(folder, table))
    stated = read_edition(folder).row() | {"calendar": read_edition(folder).calendar.code}
    for table in (EDITION, RELEASE):
        table.fill(db, [[stated.get(name) for name in table.columns]])
    return db
