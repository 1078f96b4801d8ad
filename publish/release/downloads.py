"""The tables of the public records as files to download, read from the finished database."""

import gzip
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from publish.release.public import columns
from publish.release.snapshot import CsvFile
from publish.schema import RecordType, public_types

_CHUNK = 4000
_ARROW = {"TEXT": pa.string(), "INTEGER": pa.int64(), "REAL": pa.float64()}


def write_downloads(credit: sqlite3.Connection, folder: Path) -> None:
    """Writes the table of each record type as CSV, JSON Lines and Parquet."""
    for record in public_types().values():
        with RecordFiles(record, folder) as files:
            for rows in _chunks(credit, record.name):
                files.write(rows)


class RecordFiles:
    """The downloads of one record type."""

    def __init__(self, record: RecordType, folder: Path) -> None:
        self._names = [c.name for c in columns(record)]
        self._schema = pa.schema([(c.name, _ARROW[c.sql]) for c in columns(record)])
        self._csv = CsvFile(folder / f"{record.name}.csv", self._names)
        self._jsonl = gzip.GzipFile(folder / f"{record.name}.jsonl.gz", "wb", 6, mtime=0)
        parquet = folder / f"{record.name}.parquet"
        self._parquet = pq.ParquetWriter(parquet, self._schema, compression="zstd")

    def __enter__(self) -> "RecordFiles":
        return self

    def __exit__(self, *_: object) -> None:
        self._csv.close()
        self._jsonl.close()
        self._parquet.close()

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Writes some rows to each file."""
        self._csv.write(rows)
        for row in rows:
            self._jsonl.write(orjson.dumps(dict(zip(self._names, row, strict=True))) + b"\n")
        arrays = [
            pa.array(column, field.type)
            for column, field in zip(zip(*rows, strict=True), self._schema, strict=True)
        ]
        self._parquet.write_table(pa.Table.from_arrays(arrays, schema=self._schema))


def _chunks(credit: sqlite3.Connection, table: str) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a table, some of them at a time."""
    found = credit.execute(f'SELECT * FROM "{table}" ORDER BY rowid')
    while rows := found.fetchmany(_CHUNK):
        yield rows
