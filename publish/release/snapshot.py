"""Public records written once, as a database and as downloads, row by row."""

import csv
import gzip
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from sqlite_utils import Database

from publish.release.fold import index_text
from publish.release.public import columns, indexed, searchable
from publish.schema import RecordType

_CHUNK = 4000
_FORMULA = frozenset("=+-@\t\r")
_ARROW = {"TEXT": pa.string(), "INTEGER": pa.int64(), "REAL": pa.float64()}


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


class RecordWriter:
    """Writes the public rows of one record type to the database and to each download."""

    def __init__(self, record: RecordType, db: sqlite3.Connection, folder: Path) -> None:
        self._record, self._db = record, db
        self._columns = columns(record)
        self._names = [c.name for c in self._columns]
        self._search = [self._names.index(name) for name in searchable(record)]
        self._rows: list[Sequence[Any]] = []
        self.count = 0
        self.digest = sha256()
        self._create()
        self._csv = CsvFile(folder / f"{record.name}.csv", self._names)
        self._jsonl = gzip.GzipFile(folder / f"{record.name}.jsonl.gz", "wb", 6, mtime=0)
        self._schema = pa.schema([(c.name, _ARROW[c.sql]) for c in self._columns])
        self._parquet = pq.ParquetWriter(
            folder / f"{record.name}.parquet", self._schema, compression="zstd"
        )

    def add(self, row: Sequence[Any]) -> None:
        """Takes one row, in the order of the columns."""
        self._rows.append(row)
        if len(self._rows) >= _CHUNK:
            self._flush()

    def close(self) -> None:
        """Writes what is left and makes the indexes."""
        self._flush()
        self._csv.close()
        self._jsonl.close()
        self._parquet.close()
        for names in indexed(self._record):
            name = "_".join((self._record.name, *names))
            listed = ", ".join(f'"{n}"' for n in names)
            self._db.execute(f'CREATE INDEX "{name}" ON "{self._record.name}" ({listed})')

    def _create(self) -> None:
        """Makes the table and its full-text index, which holds no text of its own."""
        name, kinds = self._record.name, {c.name: c.sql for c in self._columns}
        self._db.execute(Database(self._db).create_table_sql(name, kinds, pk="record_id"))
        listed = ", ".join(f'"{self._names[i]}"' for i in self._search)
        self._db.execute(
            f"CREATE VIRTUAL TABLE \"{name}_fts\" USING fts5({listed}, content='', "
            "tokenize='ascii')"
        )

    def _flush(self) -> None:
        """Writes the rows at hand everywhere."""
        rows, self._rows = self._rows, []
        if not rows:
            return
        self._insert(rows)
        self._csv.write(rows)
        lines = b"".join(
            orjson.dumps(dict(zip(self._names, row, strict=True))) + b"\n" for row in rows
        )
        self.digest.update(lines)
        self._jsonl.write(lines)
        arrays = [
            pa.array(column, field.type)
            for column, field in zip(zip(*rows, strict=True), self._schema, strict=True)
        ]
        self._parquet.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self.count += len(rows)

    def _insert(self, rows: Sequence[Sequence[Any]]) -> None:
        """Puts rows into the table and the words of their texts into its index."""
        marks = ",".join("?" * len(self._names))
        self._db.executemany(f'INSERT INTO "{self._record.name}" VALUES ({marks})', rows)
        marks = ",".join("?" * (len(self._search) + 1))
        listed = ", ".join(f'"{self._names[i]}"' for i in self._search)
        self._db.executemany(
            f'INSERT INTO "{self._record.name}_fts" (rowid, {listed}) VALUES ({marks})',
            (
                (number, *(index_text(row[i]) if row[i] else "" for i in self._search))
                for number, row in enumerate(rows, start=self.count + 1)
            ),
        )


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
    return [f"'{v}" if type(v) is str and v[:1] in _FORMULA else v for v in row]
