"""Whether full-text indexes, which hold no text but pairs of characters, are of their rows."""

import sqlite3
from collections.abc import Iterator
from functools import lru_cache
from itertools import zip_longest

from publish.release.fold import term_count
from publish.release.leak.database import columns, indexes


def strange_entries(db: sqlite3.Connection) -> int:
    """How many entries of full-text indexes are not of the text of a row.

    An entry states for each column how many terms it holds (https://sqlite.org/fts5.html, section
    10.1.3). A row from which something was taken out has fewer or more of them than before: a mask
    is no letter, and the mark of what was cut out is of three characters. What an index holds
    besides single words in ASCII, which are looked for themselves, is told apart so without
    spelling out its phrases.
    """
    return sum(
        entry != row
        for index in indexes(db)
        if columns(db, index.removesuffix("_fts"))
        for entry, row in zip_longest(_entries(db, index), _rows(db, index))
    )


def _entries(db: sqlite3.Connection, index: str) -> Iterator[tuple[int, bytes]]:
    """The number of each entry and how many terms its columns hold, as variable-length integers."""
    yield from db.execute(f'SELECT id, sz FROM "{index}_docsize" ORDER BY id')


def _rows(db: sqlite3.Connection, index: str) -> Iterator[tuple[int, bytes]]:
    """The same for the rows that the entries are of."""
    listed = ", ".join(f'"{name}"' for name in columns(db, index))
    rows = db.execute(f'SELECT rowid, {listed} FROM "{index.removesuffix("_fts")}" ORDER BY rowid')
    for number, *texts in rows:
        yield number, b"".join(_size(text) if text else b"\0" for text in texts)


@lru_cache(1 << 14)
def _size(text: str) -> bytes:
    """How many terms a text has; the same texts stand in many rows."""
    return _integer(term_count(text))


def _integer(number: int) -> bytes:
    """A number of less than 21 bits as SQLite writes it (https://sqlite.org/fileformat2.html)."""
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))
