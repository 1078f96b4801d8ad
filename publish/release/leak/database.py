"""What an SQLite file holds: values of rows, terms of indexes, and what joins its pages."""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path

import numpy as np

SQLITE = b"SQLite format 3\0"
_ROWS = 1 << 13
_EDGE = 64
_LINK = 4
_PRIVATE = "\ue000", "\uf8ff"
"""Words of the index that are no pairs of characters begin with one of these."""

_BLOCK = 1 << 22


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
    db: sqlite3.Connection,
    table: str,
    names: Iterable[str],
    where: str = "TRUE",
    rows: Callable[[sqlite3.Connection, str], Iterable[str]] | None = None,
) -> Iterator[bytes]:
    """The values of some columns of a table, one a line, each column by itself, many rows at once.

    Joining the values of a column is what SQLite does fastest.

    Args:
        db: the database.
        table: its name.
        names: the columns.
        where: which rows.
        rows: gives the conditions by which rows are read; those of `parts` if it is not given.
    """
    listed = ", ".join(f"CAST(group_concat({_quoted(name)}, char(10)) AS BLOB)" for name in names)
    query = f"SELECT {listed} FROM {_quoted(table)} WHERE ({where})"
    for bounds in (rows or parts)(db, table):
        for values_of in db.execute(f"{query} AND {bounds}"):
            yield from filter(None, values_of)


def parts(db: sqlite3.Connection, table: str) -> Iterator[str]:
    """The conditions that part a table into so many rows; one for all if rows have no number."""
    above = "TRUE"
    with suppress(sqlite3.OperationalError):
        numbers = db.execute(f"SELECT rowid FROM {_quoted(table)} ORDER BY rowid")
        for (number,) in islice(numbers, _ROWS - 1, None, _ROWS):
            yield f"{above} AND rowid <= {number}"
            above = f"rowid > {number}"
    yield above


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


def vocabulary(db: sqlite3.Connection, index: str, kind: str = "row") -> str:
    """Makes the words of a full-text index readable; returns the name of their table.

    Args:
        kind: how they are listed (https://sqlite.org/fts5.html, section 9).
    """
    name = f"{index}_{kind}_words"
    db.execute(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{_quoted(name)} "
        f"USING fts5vocab('main', {_quoted(index)}, '{kind}')"
    )
    return name


def _words(db: sqlite3.Connection, index: str) -> Iterator[bytes]:
    """The words of a full-text index that are whole: numbers, codes, names, Latin words."""
    name = _quoted(vocabulary(db, index))
    for whole in ("term < char(128)", f"term >= '{_PRIVATE[0]}' AND term <= '{_PRIVATE[1]}'"):
        rows = db.execute(f"SELECT CAST(term AS BLOB) FROM {name} WHERE {whole}")
        while chunk := rows.fetchmany(_ROWS):
            yield b"\n".join(row for (row,) in chunk)


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


def seams(path: Path) -> Iterator[bytes]:
    """Where a value goes on in an overflow page: the end of each page, the start of the next.

    Overflow pages begin with the number of the page that follows (https://sqlite.org/fileformat2,
    section 1.6). Every page that begins like one is taken for one, in use or free.
    """
    with path.open("rb") as file:
        file.seek(16)
        size = int.from_bytes(file.read(2), "big")
        size = 1 << 16 if size == 1 else size
        count = path.stat().st_size // size
        for first in range(0, count, _BLOCK // size):
            file.seek(first * size)
            pages = np.frombuffer(file.read(_BLOCK // size * size), np.uint8)
            pages = pages[: len(pages) // size * size].reshape(-1, size)
            following = pages[:, :_LINK].copy().view(">u4").ravel()
            for place in np.flatnonzero((following > 0) & (following <= count)):
                file.seek((int(following[place]) - 1) * size + _LINK)
                yield pages[place, -_EDGE:].tobytes() + file.read(_EDGE)
