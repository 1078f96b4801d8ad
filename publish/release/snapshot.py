"""Public records written once, row by row, as the tables of a database."""

import csv
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sqlite_utils import Database

from publish.release.public import columns, indexed
from publish.schema import RecordType
from publish.search.index import SearchIndex

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


class RecordTable:
    """Writes the public rows of one record type to its table and to the search index.

    Args:
        index: of all record types; it numbers the rows.
    """

    def __init__(self, record: RecordType, db: sqlite3.Connection, index: SearchIndex) -> None:
        self._record, self._db, self._index = record, db, index
        self._columns = columns(record)
        self._names = [c.name for c in self._columns]
        self._rows: list[Sequence[Any]] = []
        kinds = {c.name: c.sql for c in self._columns}
        db.execute(Database(db).create_table_sql(record.name, kinds, pk="record_id"))

    def add(self, row: Sequence[Any]) -> None:
        """Takes one row, in the order of the columns."""
        self._rows.append(row)
        if len(self._rows) >= _CHUNK:
            self._flush()

    def close(self) -> None:
        """Writes what is left and makes the indexes."""
        self._flush()
        for names in indexed(self._record):
            name = "_".join((self._record.name, *names))
            listed = ", ".join(f'"{n}"' for n in names)
            self._db.execute(f'CREATE INDEX "{name}" ON "{self._record.name}" ({listed})')

    def _flush(self) -> None:
        """Writes the rows at hand."""
        rows, self._rows = self._rows, []
        if not rows:
            return
        numbers = self._index.numbers(self._record, rows)
        listed = ", ".join(f'"{name}"' for name in self._names)
        marks = ",".join("?" * (len(self._names) + 1))
        self._db.executemany(
            f'INSERT INTO "{self._record.name}" (rowid, {listed}) VALUES ({marks})',
            ((number, *row) for number, row in zip(numbers, rows, strict=True)),
        )
        self._index.add(self._record, numbers, rows)


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
