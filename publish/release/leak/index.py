"""Whether the full-text index, which holds no text but pairs of characters, is of the records."""

import sqlite3
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from publish.release.leak.database import columns, indexes, parts, vocabulary
from publish.schema import public_types
from publish.search.fold import fold, term_count
from publish.search.index import COLUMNS, texts
from publish.search.keys import EXACT, FILTER
from publish.search.tables import INDEX

_BYTE = 0x80
_PLAIN = 1 << 16
_GAP, _WORD, _HAN, _OTHER = range(4)
_AFTER_OWN = chr(ord(FILTER) + 1)
_NONE = (-1,) * len(COLUMNS)

Counts = NDArray[np.int64]


def strange_entries(db: sqlite3.Connection) -> int:
    """How many entries of full-text indexes are not of the text of a record.

    An entry states for each column how many words it holds (https://sqlite.org/fts5.html, section
    10.1.3). A row from which something was taken out has fewer or more of them than before: a mask
    is no letter, and the mark of what was cut out is of three characters. What an index holds
    besides whole words, which are looked for themselves, is told apart so without spelling out its
    phrases. Words of entries that are no more are told by how many words there are in all.
    """
    return sum(_strange(db) if index == INDEX else _entries(db, index) for index in indexes(db))


def _entries(db: sqlite3.Connection, index: str) -> int:
    """How many entries an index has."""
    return int(db.execute(f'SELECT count(*) FROM "{index}_docsize"').fetchone()[0])


def _strange(db: sqlite3.Connection) -> int:
    """How many entries of the records' index are strange; else how many words are of none."""
    strange, rows, words, keys = 0, 0, 0, 0
    for table in filter(lambda name: columns(db, name), public_types()):
        for bounds in parts(db, table):
            stated = _stated(db, table, bounds)
            strange += int((stated[:, :-1].sum(axis=1) != _expected(db, table, bounds)).sum())
            rows += len(stated)
            words += int(stated.sum())
            keys += int(stated[:, -1].sum())
    strange += abs(_entries(db, INDEX) - rows)
    own = f"WHERE col = '{COLUMNS[-1]}' AND term >= '{EXACT}' AND term < '{_AFTER_OWN}'"
    return strange or abs(_words(db, "") - words) + abs(_words(db, own) - keys)


def _words(db: sqlite3.Connection, where: str) -> int:
    """How many words the records' index holds."""
    name = vocabulary(db, INDEX, "col")
    return int(db.execute(f'SELECT coalesce(sum(cnt), 0) FROM "{name}" {where}').fetchone()[0])


def _stated(db: sqlite3.Connection, table: str, bounds: str) -> Counts:
    """How many words each column of the entries of some rows holds; -1 where there is none."""
    rows = db.execute(
        f'SELECT sz FROM (SELECT rowid AS number FROM "{table}" NOT INDEXED WHERE {bounds}) '
        f"LEFT JOIN {INDEX}_docsize ON id = number ORDER BY number"
    )
    sizes = [_NONE if size is None else _sizes(size) for (size,) in rows]
    return np.array([tuple(size) for size in sizes], np.int64).reshape(-1, len(COLUMNS))


def _sizes(stated: bytes) -> Sequence[int]:
    """Variable-length integers (https://sqlite.org/fileformat2.html, section 1.6)."""
    if stated.isascii():
        return stated
    sizes, part = [], 0
    for byte in stated:
        part = part << 7 | byte & 0x7F
        if byte < _BYTE:
            sizes.append(part)
            part = 0
    return sizes


def _expected(db: sqlite3.Connection, table: str, bounds: str) -> Counts:
    """How many words the texts of some rows come to, the words of their own kind left out."""
    among = f'FROM "{table}" NOT INDEXED WHERE {bounds}'
    total = np.zeros(db.execute(f"SELECT count(*) {among}").fetchone()[0], np.int64)
    if not len(total):
        return total
    of = texts(table)
    for part in of:
        filled = np.zeros(len(total), np.int64)
        for name in part:
            counts, has = _counted(db, name, among, len(total))
            total += counts + (counts > 0) * (part is of.party_name)
            filled += has
        # One word parts one text from the next.
        total += (filled - 1).clip(0)
    return total


def _counted(
    db: sqlite3.Connection, name: str, among: str, rows: int
) -> tuple[Counts, NDArray[np.bool]]:
    """How many words each row's text in a column comes to, and whether it has any text."""
    joined = f"SELECT group_concat(coalesce(\"{name}\", ''), char(10)) {among}"
    text: str = db.execute(joined).fetchone()[0]
    if text.count("\n") != rows - 1:
        found = [text or "" for (text,) in db.execute(f'SELECT "{name}" {among} ORDER BY rowid')]
        return np.array(list(map(term_count, found))), np.array(list(map(bool, found)))
    return words_of_lines(text)


def words_of_lines(text: str) -> tuple[Counts, NDArray[np.bool]]:
    """How many words each line comes to, and whether it has any character.

    A line with characters that fold to several, or to none, is counted by itself.
    """
    chars = np.frombuffer(text.encode("utf-32-le"), "<u4")
    kinds = _kinds()[chars.clip(max=_PLAIN)]
    begins = kinds == _WORD
    begins[1:] &= kinds[:-1] != _WORD
    before = np.concatenate([[0], np.cumsum(begins | (kinds == _HAN))])
    ends = np.append(np.flatnonzero(chars == ord("\n")), len(chars))
    starts = np.concatenate([[0], ends[:-1] + 1])
    counts = before[ends] - before[starts]
    for line in np.unique(np.searchsorted(ends, np.flatnonzero(kinds == _OTHER))):
        counts[line] = term_count(text[starts[line] : ends[line]])
    return counts, ends > starts


@cache
def _kinds() -> NDArray[np.uint8]:
    """What each character is to the index; the last stands for all beyond the basic plane."""
    return np.array([*map(_kind, map(chr, range(_PLAIN))), _OTHER], np.uint8)


def _kind(char: str) -> int:
    """What a character is between two letters."""
    between = f"a{char}a"
    folded, words = fold(between), term_count(between)
    if folded == "a a":
        return _GAP
    if len(folded) != len(between) or words == 2:
        return _OTHER
    return _WORD if words == 1 else _HAN
