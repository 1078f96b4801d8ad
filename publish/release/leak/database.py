"""What an SQLite file holds: values of rows, terms of indexes, and what joins its pages."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

SQLITE = b"SQLite format 3\0"
_ROWS = 1 << 12
_EDGE = 64


def read_only(path: Path) -> closing[sqlite3.Connection]:
    """Opens a finished database, which nothing changes any more."""
    return closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True))


def values(db: sqlite3.Connection, but: Collection[str] = ()) -> Iterator[bytes]:
    """Every value of every row, one a line, and the words of full-text indexes.

    Args:
        db: the database.
        but: tables that are left out.
    """
    yield from lines(db, "sqlite_master", ["type", "name", "sql"])
    for table in _tables(db):
        if table not in but:
            yield from lines(db, table, columns(db, table))
    for table in indexes(db):
        yield from _words(db, table)


def lines(
    db: sqlite3.Connection, table: str, names: Iterable[str], where: str = ""
) -> Iterator[bytes]:
    """The values of some columns of a table, one a line, many rows at once."""
    listed = "||char(10)||".join(f"coalesce({_quoted(name)}, '')" for name in names)
    rows = db.execute(f"SELECT CAST({listed} AS BLOB) FROM {_quoted(table)} {where}")
    while chunk := rows.fetchmany(_ROWS):
        yield b"\n".join(row for (row,) in chunk)


def columns(db: sqlite3.Connection, table: str) -> list[str]:
    """The names of a table's columns but those of fractions; none if there is no such table."""
    rows = db.execute("SELECT name FROM pragma_table_info(?) WHERE type <> 'REAL'", (table,))
    return [name for (name,) in rows]


def indexes(db: sqlite3.Connection) -> list[str]:
    """The full-text indexes."""
    rows = db.execute(
        "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING%fts5%'"
    )
    return [name for (name,) in rows]


def vocabulary(db: sqlite3.Connection, index: str) -> str:
    """Makes the terms of a full-text index readable; returns the name of their table."""
    name = f"{index}_terms"
    db.execute(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{_quoted(name)} "
        f"USING fts5vocab('main', {_quoted(index)}, 'row')"
    )
    return name


def _words(db: sqlite3.Connection, index: str) -> Iterator[bytes]:
    """The terms of a full-text index that are ASCII: numbers, codes, Latin words."""
    yield from lines(db, vocabulary(db, index), ["term"], "WHERE term < char(128)")


def _tables(db: sqlite3.Connection) -> Iterator[str]:
    """The tables with rows of values; the rest of an index is read through its terms."""
    shadows = {f"{i}_{part}" for i in indexes(db) for part in ("data", "idx", "docsize", "config")}
    rows = db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    )
    yield from (name for (name,) in rows if name not in shadows)


def _quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def seams(path: Path) -> bytes:
    """Where a value goes on in an overflow page: the end of each page, the start of the next.

    Overflow pages begin with the number of the page that follows (https://sqlite.org/fileformat2,
    section 1.6). Every page that begins like one is taken for one, in use or free.
    """
    raw = np.memmap(path, np.uint8, "r")
    size = int.from_bytes(raw[16:18].tobytes(), "big")
    size = 1 << 16 if size == 1 else size
    pages = raw[: len(raw) // size * size].reshape(-1, size)
    following = pages[:, :4].copy().view(">u4").ravel()
    first = np.flatnonzero((following > 0) & (following <= len(pages)))
    second = pages[following[first] - 1, 4 : 4 + _EDGE]
    gap = np.full((len(first), 1), ord("\n"), np.uint8)
    return np.hstack([pages[first, -_EDGE:], second, gap]).tobytes()
