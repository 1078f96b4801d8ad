"""Whether full-text indexes, which hold no text but pairs of characters, are of their rows."""

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest
from typing import Any

from publish.release.leak.database import columns, indexes
from publish.search.fold import term_count
from publish.search.index import entries
from publish.search.tables import INDEX

_TOGETHER = 50

Entry = tuple[int, bytes] | None
Row = tuple[int, int, Sequence[str | None]] | None
"""The number of a row, how many terms it has in the index beside those of its texts, the texts."""


def strange_entries(db: sqlite3.Connection) -> int:
    """How many entries of full-text indexes are not of the text of a row.

    An entry states for each column how many terms it holds (https://sqlite.org/fts5.html, section
    10.1.3). A row from which something was taken out has fewer or more of them than before: a mask
    is no letter, and the mark of what was cut out is of three characters. What an index holds
    besides single words in ASCII, which are looked for themselves, is told apart so without
    spelling out its phrases.
    """
    return sum(
        _strange(pairs)
        for index in indexes(db)
        if index == INDEX or columns(db, index.removesuffix("_fts"))
        for pairs in _pairs(db, index)
    )


def _pairs(db: sqlite3.Connection, index: str) -> Iterator[list[tuple[Entry, Row]]]:
    """Entries (number, counts of terms) and rows (number, texts), some of them at a time."""
    stated = db.execute(f'SELECT id, sz FROM "{index}_docsize" ORDER BY id')
    both = zip_longest(stated, entries(db) if index == INDEX else _rows(db, index))
    while pairs := list(islice(both, _TOGETHER)):
        yield pairs


def _rows(db: sqlite3.Connection, index: str) -> Iterator[Row]:
    """The rows of a table with an index of its own."""
    listed = ", ".join(f'"{name}"' for name in columns(db, index))
    table = index.removesuffix("_fts")
    for number, *texts in db.execute(f'SELECT rowid, {listed} FROM "{table}" ORDER BY rowid'):
        yield number, 0, texts


def _strange(pairs: list[tuple[Entry, Row]]) -> int:
    """How many entries are not of their rows; one by one only if not all are."""
    if _are_alike(pairs):
        return 0
    return sum(not _are_alike([pair]) for pair in pairs)


def _are_alike(pairs: list[tuple[Entry, Row]]) -> bool:
    """Whether entries have the numbers of rows and, together, as many terms."""
    stated, texts = 0, list[str]()
    for entry, row in pairs:
        if entry is None or row is None or entry[0] != row[0]:
            return False
        stated += _sum(entry[1]) - row[1]
        texts += filter(None, row[2])
    return stated == term_count("\n".join(texts))


def _sum(sizes: bytes) -> int:
    """The sum of variable-length integers (https://sqlite.org/fileformat2.html, section 1.6)."""
    if sizes.isascii():
        return sum(sizes)
    total = part = 0
    for byte in sizes:
        part = part << 7 | byte & 0x7F
        if byte < 0x80:
            total, part = total + part, 0
    return total
