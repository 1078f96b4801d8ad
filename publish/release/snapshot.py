"""Public records written once, row by row, as the tables of a database."""

import csv
import shutil
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import orjson
from sqlite_utils import Database

from publish.release.public import columns, indexed
from publish.schema import RecordType
from publish.search.index import SearchIndex
from publish.search.numbers import numbered

_CHUNK = 4000
FORMULA = frozenset("=+-@\t\r")


@contextmanager
def new_database(path: Path) -> Iterator[sqlite3.Connection]:
    """A database written in one go: no journal, since a failed build is thrown away whole."""
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("BEGIN")
        yield db
        db.execute("COMMIT")
        db.execute("ANALYZE")
    finally:
        db.close()


@contextmanager
def taken_over(path: Path, before: Path, scratch: Path) -> Iterator[sqlite3.Connection]:
    """A database that begins as the one of the release before.

    What is done to it is done to a copy, and what the copy then holds is written down from the
    beginning: pages of a database that was changed may hold what was removed from it.

    Args:
        path: where it will be.
        before: the other one.
        scratch: a folder for the copy.
    """
    copy = scratch / path.name
    shutil.copyfile(before, copy)
    db = sqlite3.connect(copy, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -262144")
        db.execute("BEGIN")
        yield db
        db.execute("COMMIT")
        db.execute("VACUUM INTO ?", (str(path),))
    finally:
        db.close()
    copy.unlink()


class RecordTable:
    """Writes the public rows of one record type to its table, in the order of their numbers.

    Args:
        index: of all record types.
    """

    def __init__(self, record: RecordType, db: sqlite3.Connection, index: SearchIndex) -> None:
        self._record, self._db, self._index = record, db, index
        self._names = [column.name for column in columns(record)]
        self._rows: list[Sequence[Any]] = []
        self._begin()

    def add(self, row: Sequence[Any]) -> None:
        """Takes one row, in the order of the columns."""
        self._rows.append(row)
        if len(self._rows) >= _CHUNK:
            self._flush()

    def close(self) -> None:
        """Writes the rows in the order of their numbers and makes the indexes."""
        self._flush()
        listed = ", ".join(f'"{name}"' for name in self._names)
        self._db.execute(
            f'INSERT INTO main."{self._record.name}" (rowid, {listed}) SELECT number, {listed} '
            f"FROM ({numbered(self._record, self._come)}) "
            f"CROSS JOIN {self._come} AS rows ON rows.rowid = come"
        )
        self._db.execute(f"DROP TABLE {self._come}")
        for names in indexed(self._record):
            name = "_".join((self._record.name, *names))
            on = ", ".join(f'"{n}"' for n in names)
            self._db.execute(f'CREATE INDEX "{name}" ON "{self._record.name}" ({on})')

    def _begin(self) -> None:
        """Makes the empty table, and another for the rows as they come."""
        kinds = {column.name: column.sql for column in columns(self._record)}
        name = self._record.name
        self._db.execute(Database(self._db).create_table_sql(name, kinds, pk="record_id"))
        self._come = f'temp."{name}_come"'
        self._db.execute(f'CREATE TEMP TABLE "{name}_come" AS SELECT * FROM main."{name}"')

    def _flush(self) -> None:
        """Writes the rows at hand."""
        rows, self._rows = self._rows, []
        if rows:
            self._write(rows)

    def _write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Writes rows as they come."""
        marks = ",".join("?" * len(self._names))
        self._db.executemany(f"INSERT INTO {self._come} VALUES ({marks})", rows)


class ChangedTable(RecordTable):
    """Brings the table of a record type, taken over from the release before, up to date.

    Args:
        ids: the records that were judged again, of any type. Those that are not added are removed.
    """

    def __init__(
        self,
        record: RecordType,
        db: sqlite3.Connection,
        index: SearchIndex,
        ids: Collection[str],
    ) -> None:
        self._ids = ids
        super().__init__(record, db, index)

    def add(self, row: Sequence[Any]) -> None:
        """Takes one row; one that is as it was stays where it is."""
        before = self._before.pop(row[0], None)
        if before and before[1:] == (*row,):
            return
        if before:
            self._remove(before)
        super().add(row)

    def close(self) -> None:
        """Removes the rows that were not added anew, and writes what is left."""
        for before in self._before.values():
            self._remove(before)
        self._flush()

    def _begin(self) -> None:
        """Finds the rows as they were."""
        found = self._db.execute(
            f'SELECT rowid, * FROM "{self._record.name}" '
            "WHERE record_id IN (SELECT value FROM json_each(?))",
            (orjson.dumps(list(self._ids)).decode(),),
        )
        self._before: dict[str, tuple[Any, ...]] = {row[1]: row for row in found}

    def _write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Writes rows among those that are there, and puts them into the index."""
        numbers = self._index.numbers(self._record, rows)
        listed = ", ".join(f'"{name}"' for name in self._names)
        marks = ",".join("?" * (len(self._names) + 1))
        self._db.executemany(
            f'INSERT INTO "{self._record.name}" (rowid, {listed}) VALUES ({marks})',
            ((number, *row) for number, row in zip(numbers, rows, strict=True)),
        )
        self._index.add(self._record, numbers)

    def _remove(self, before: tuple[Any, ...]) -> None:
        """Removes a row that is not as it was."""
        number, *row = before
        self._index.remove(self._record, [number], [row])
        self._db.execute(f'DELETE FROM "{self._record.name}" WHERE rowid = ?', (number,))


class CsvFile:
    """A CSV download: UTF-8 with a byte-order mark for Excel, RFC 4180, safe cells."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self._raw: IO[str] = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._raw, lineterminator="\r\n")
        self._writer.writerow(header)

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Writes rows, each text that a spreadsheet would take for a formula made harmless."""
        self._writer.writerows(map(safe_cells, rows))

    def close(self) -> None:
        """Finishes the file."""
        self._raw.close()


def safe_cells(row: Iterable[object]) -> list[object]:
    """Cells that no spreadsheet runs: an apostrophe goes before = + - @ tab and return."""
    return [f"'{v}" if type(v) is str and v[:1] in FORMULA else v for v in row]
