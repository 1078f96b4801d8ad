"""Files to download of every public table, read from the finished databases.

Rows lie in one order in every file, and files say nothing of when they were made: equal content
gives equal bytes, whatever way the databases were built.
"""

import codecs
import os
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from publish.release.datasets import Dataset, datasets
from publish.release.encode import csv_lines, json_lines
from publish.release.entries import Entry, entries, entry
from publish.release.manifest import file_sha256, read_manifest
from publish.release.workbook import write_workbooks

FORM = 1
"""The form of the workbooks; another number makes all of them anew."""

_CHUNK = 20_000
_GZIP = 31
_LEVEL = 3
_ARROW = {"TEXT": pa.string(), "INTEGER": pa.int64(), "REAL": pa.float64()}
DATABASES = {"credit": ("全部公示记录", "All records"), "monitor": ("全部指标", "All figures")}


def write_downloads(
    credit: sqlite3.Connection, folder: Path, previous: Path | None = None
) -> list[Entry]:
    """Writes each table of records, and those beside them, in every format.

    Args:
        credit: the finished credit.db.
        folder: the folder ``downloads`` of the release being built.
        previous: the folder of the release before, whose workbooks are taken over where their
            rows are the same; None if there is none.

    Returns:
        What the manifest states of the files.
    """
    return _write_all(credit, "credit", folder, previous)


def write_figures(
    monitor: sqlite3.Connection, folder: Path, previous: Path | None = None
) -> list[Entry]:
    """Writes each table of figures in every format; see `write_downloads`."""
    return _write_all(monitor, "monitor", folder, previous)


def write_database(path: Path, folder: Path) -> list[Entry]:
    """Lays a finished database beside the downloads, as it is and packed with Zstandard.

    Args:
        path: the database, in the release's folder.
        folder: the folder ``downloads`` of that release.
    """
    title = DATABASES[path.stem]
    plain, packed = folder / path.name, folder / f"{path.name}.zst"
    os.link(path, plain)
    with path.open("rb") as source, pa.CompressedOutputStream(str(packed), "zstd") as target:
        while block := source.read(1 << 22):
            target.write(block)
    return [entry(path.parent, file, title) for file in (plain, packed)]


def _write_all(
    db: sqlite3.Connection, database: str, folder: Path, previous: Path | None
) -> list[Entry]:
    """Writes the tables of one database."""
    known = entries(read_manifest(previous)) if previous else []
    before = Before(previous or folder, [e for e in known if e.rows_sha256])
    chosen = (one for one in datasets().values() if one.database == database)
    return [e for one in chosen for e in _write_table(db, one, folder, before)]


@dataclass(frozen=True)
class Before:
    """The workbooks of the release before.

    Attributes:
        folder: that release.
        workbooks: what its manifest states of them.
    """

    folder: Path
    workbooks: Sequence[Entry]

    def give(self, folder: Path, name: str, digest: str) -> list[Entry]:
        """Links the workbooks of equal rows into another release; none if one is not as stated.

        Args:
            folder: of the downloads of that release.
            name: of the table.
            digest: of the rows.
        """
        same = [e for e in self.workbooks if (e.table, e.rows_sha256) == (name, digest)]
        if any(file_sha256(self.folder / e.path) != e.sha256 for e in same):
            return []
        for one in same:
            os.link(self.folder / one.path, folder / one.name)
        return same


class TableFiles:
    """The files of one table: CSV, JSON Lines and Parquet.

    Args:
        folder: where they are written.
    """

    def __init__(self, dataset: Dataset, folder: Path) -> None:
        kinds = {name: _ARROW[kind] for name, (kind, _, _) in dataset.table.columns.items()}
        self.schema = pa.schema(list(kinds.items()))
        self.paths = [folder / f"{dataset.name}.{kind}" for kind in ("csv", "jsonl.gz", "parquet")]
        csv, jsonl, parquet = self.paths
        self._csv, self._jsonl = csv.open("wb"), jsonl.open("wb")
        self._parquet = pq.ParquetWriter(parquet, self.schema, compression="zstd")
        self._pack = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
        self._csv.write(codecs.BOM_UTF8 + ",".join(kinds).encode() + b"\r\n")
        self.groups = self.rows = 0

    def __enter__(self) -> "TableFiles":
        return self

    def __exit__(self, *_: object) -> None:
        self._jsonl.write(self._pack.flush())
        for file in (self._csv, self._jsonl, self._parquet):
            file.close()

    def write(self, rows: pa.RecordBatch) -> pa.Buffer:
        """Writes some rows to each file; returns them as CSV."""
        lines = csv_lines(rows)
        self._csv.write(lines)
        self._jsonl.write(self._pack.compress(json_lines(rows)))
        self._parquet.write_batch(rows)
        self.groups, self.rows = self.groups + 1, self.rows + rows.num_rows
        return lines


def _write_table(
    db: sqlite3.Connection, dataset: Dataset, folder: Path, before: Before
) -> Iterator[Entry]:
    """Writes one table in every format."""
    parts = list[tuple[str | None, str, range]]()
    with TableFiles(dataset, folder) as files:
        for year in _years(db, dataset):
            digest, first = sha256(_form(dataset)), files.groups
            for rows in _rows(db, dataset, year, files.schema):
                digest.update(files.write(rows))
            parts.append((year, digest.hexdigest(), range(first, files.groups)))
    for path in files.paths:
        yield entry(folder.parent, path, dataset.title, files.rows, table=dataset.name)
    for year, made_of, groups in parts if dataset.workbook else ():
        yield from before.give(folder, dataset.name, made_of) or _workbooks(
            dataset, folder, year, made_of, _read(files.paths[-1], groups)
        )


def _form(dataset: Dataset) -> bytes:
    """What a workbook depends on besides its rows."""
    return orjson.dumps([FORM, dataset.name, list(dataset.table.columns.items())])


def _workbooks(
    dataset: Dataset, folder: Path, year: str | None, digest: str, rows: Iterator[pa.RecordBatch]
) -> Iterator[Entry]:
    """Writes the workbooks of a year, or of the whole table."""
    stem = f"{dataset.name}-{year}" if year else dataset.name
    for path, held in write_workbooks(folder, stem, dataset.table, rows):
        named = {"table": dataset.name, "year": year, "rows_sha256": digest}
        yield entry(folder.parent, path, dataset.title, held, **named)


def _read(parquet: Path, groups: range) -> Iterator[pa.RecordBatch]:
    """The rows of some groups of a file."""
    with pq.ParquetFile(parquet) as file:
        for group in groups:
            yield from file.iter_batches(row_groups=[group], batch_size=_CHUNK)


def _years(db: sqlite3.Connection, dataset: Dataset) -> list[str | None]:
    """The years by which the rows are parted, or none for all of them."""
    if not dataset.decided:
        return [None]
    found = db.execute(
        f'SELECT DISTINCT substr("{dataset.decided}", 1, 4) FROM "{dataset.name}" ORDER BY 1'
    )
    return [year for (year,) in found]


def _rows(
    db: sqlite3.Connection, dataset: Dataset, year: str | None, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """The rows of a year, or all, in their order."""
    listed = ", ".join(f'"{name}"' for name in schema.names)
    order = ", ".join(f'"{name}"' for name in dataset.order)
    within = f"""WHERE "{dataset.decided}" BETWEEN :year AND :year || '~'""" if year else ""
    found = db.execute(
        f'SELECT {listed} FROM "{dataset.name}" {within} ORDER BY {order}', {"year": year}
    )
    while rows := found.fetchmany(_CHUNK):
        columns = zip(zip(*rows, strict=True), schema.types, strict=True)
        yield pa.record_batch([pa.array(c, kind) for c, kind in columns], schema=schema)
