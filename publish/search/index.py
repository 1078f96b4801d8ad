"""The full-text index of the public records, which holds no text of its own."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple

from publish.release.public import columns, searchable
from publish.schema import RecordType, public_types, record_type, types_of
from publish.search.fold import index_texts
from publish.search.keys import FILTERED, exact_key, filter_keys, head_key
from publish.search.numbers import first_of, group
from publish.search.tables import INDEX, RECORD, RECORD_COUNT

COLUMNS = ("text", "party_name", "uscc", "document_no", "keys")
"""The index's columns, that with most words first, since its words take least room."""
BETWEEN = "\ue000"
"""The word between several texts of one column, so that no phrase goes from one into the next."""

_MEMORY = 64 << 20
"""How many bytes of words are collected before they are written."""
_CHUNK = 1000

_INSERT = f"INSERT INTO {RECORD.name} (rowid, {', '.join(RECORD.columns)})"

Row = Sequence[Any]
Entry = tuple[int, str, str, str, str, str]
"""A row's number and its words for each of `COLUMNS`."""


class Texts(NamedTuple):
    """Which columns of a record type's rows go into which column of the index.

    Attributes:
        text: all that are searched and none of the others.
        document_no: numbers of documents and certificates.
    """

    text: tuple[str, ...]
    party_name: tuple[str, ...]
    uscc: tuple[str, ...]
    document_no: tuple[str, ...]


@cache
def texts(name: str) -> Texts:
    """Which columns of a record type's rows go into which column of the index."""
    record = record_type(name)
    found = searchable(record)
    by_name = record.by_name
    names = tuple(n for n in found if by_name[n].unicode == "name")
    codes = tuple(n for n in found if by_name[n].check == "uscc")
    numbers = tuple(n for n in found if by_name[n].unicode in {"document_no", "code"})
    rest = tuple(n for n in found if n not in {*names, *codes, *numbers})
    return Texts(rest, names, codes, numbers)


class SearchIndex:
    """The index and the tables of all records, made anew or changed.

    Rows are handed over as they are written or removed; `finish` does what follows from that, in
    the order of the rows' numbers, as the index takes them fastest.

    Args:
        db: credit.db, new or with a finished index that is to be changed.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._added: dict[str, list[int]] = defaultdict(list)
        self._removed: dict[str, list[tuple[int, Row]]] = defaultdict(list)
        self._free: dict[str, int] = {}
        self._next: dict[int, int] = {}
        there = db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (INDEX,)).fetchone()
        self._new = there is None
        if self._new:
            db.execute(
                f"CREATE VIRTUAL TABLE {INDEX} USING fts5({', '.join(COLUMNS)}, content='', "
                "tokenize='ascii')"
            )
            db.execute(f"INSERT INTO {INDEX} ({INDEX}, rank) VALUES ('hashsize', {_MEMORY})")

    def numbers(self, record: RecordType, rows: Sequence[Row]) -> list[int]:
        """The numbers of rows that are to be added to those of a finished index.

        A record that was removed and comes again keeps its number if its day is the same.

        Args:
            rows: in the order of `publish.release.public.columns`.
        """
        place = _places(record.name)[record.roles["decided"]]
        return [self._number(record, row[0], row[place]) for row in rows]

    def add(self, record: RecordType, numbers: Sequence[int]) -> None:
        """Takes note of rows that were added to a record type's table."""
        self._added[record.name] += numbers

    def remove(self, record: RecordType, numbers: Sequence[int], rows: Sequence[Row]) -> None:
        """Takes note of rows that are not to be found any more, as they were when they were.

        Args:
            numbers: under which they were added.
        """
        picked = [_places(record.name)[name] for name in _read(record.name)]
        self._removed[record.name] += (
            (number, [row[place] for place in picked])
            for number, row in zip(numbers, rows, strict=True)
        )
        self._free |= {row[0]: number for number, row in zip(numbers, rows, strict=True)}

    def finish(self) -> None:
        """Brings the index and the tables of all records up to what was taken note of.

        Nothing of what was removed is in the index any more. The tables of departments and lists
        must be there.
        """
        for record in public_types().values():
            self._delete(record)
        for record in public_types().values():
            self._insert(record)
        self._db.execute(f"INSERT INTO {INDEX} ({INDEX}) VALUES ('optimize')")
        if self._new:
            self._fill_records()
        else:
            self._change_records()
        self._count_records()

    def _number(self, record: RecordType, record_id: str, day: str | None) -> int:
        """The number of a record to come."""
        first = first_of(record, day)
        if (before := self._free.get(record_id, 0)) in group(first):
            return before
        number = self._next.get(first) or self._following(first)
        self._next[first] = number + 1
        return number

    def _following(self, first: int) -> int:
        """The number after the last one of a day and type."""
        last = self._db.execute(
            f"SELECT max(id) FROM {INDEX}_docsize WHERE id BETWEEN ? AND ?",
            (first, group(first)[-1]),
        ).fetchone()[0]
        return first if last is None else int(last) + 1

    def _delete(self, record: RecordType) -> None:
        """Takes the words of a type's removed rows out, which the index must be told."""
        rows = iter(sorted(self._removed[record.name], key=itemgetter(0)))
        for entries in _entries(record, rows):
            self._db.executemany(
                f"INSERT INTO {INDEX} ({INDEX}, rowid, {', '.join(COLUMNS)}) "
                "VALUES ('delete', ?, ?, ?, ?, ?, ?)",
                entries,
            )

    def _insert(self, record: RecordType) -> None:
        """Puts the words of a type's new rows in."""
        for entries in _entries(record, self._rows(record)):
            self._db.executemany(
                f"INSERT INTO {INDEX} (rowid, {', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?)",
                entries,
            )

    def _rows(self, record: RecordType) -> Iterator[tuple[int, Row]]:
        """The rows of a type that are to be put in, in the order of their numbers."""
        listed = ", ".join(f'"{name}"' for name in _read(record.name))
        sql = f'SELECT rowid, {listed} FROM "{record.name}"'
        if self._new:
            for number, *row in self._db.execute(f"{sql} ORDER BY rowid"):
                yield number, row
        for wanted in sorted(self._added[record.name]):
            for number, *row in self._db.execute(f"{sql} WHERE rowid = ?", (wanted,)):
                yield number, row

    def _fill_records(self) -> None:
        """Makes the table of the records of all types."""
        RECORD.create(self._db)
        selects = " UNION ALL ".join(map(_select, types_of("record").values()))
        self._db.execute(f"{_INSERT} {selects} ORDER BY 1")
        RECORD.index(self._db)

    def _change_records(self) -> None:
        """Brings the table of the records of all types up to date."""
        gone = [(number,) for rows in self._removed.values() for number, _ in rows]
        self._db.executemany(f"DELETE FROM {RECORD.name} WHERE rowid = ?", gone)
        for record in types_of("record").values():
            here = [(number,) for number in self._added[record.name]]
            self._db.executemany(f"{_INSERT} {_select(record)} WHERE t.rowid = ?", here)

    def _count_records(self) -> None:
        """Counts the records of each kind."""
        self._db.execute(f"DROP TABLE IF EXISTS {RECORD_COUNT.name}")
        RECORD_COUNT.create(self._db)
        self._db.execute(
            f"INSERT INTO {RECORD_COUNT.name} SELECT type, department, district, status, "
            f"party_kind, substr(decided, 1, 4), count(*) FROM {RECORD.name} GROUP BY 1,2,3,4,5,6"
        )


@cache
def _places(name: str) -> Mapping[str, int]:
    """The places of a type's columns in its rows."""
    return {column.name: place for place, column in enumerate(columns(record_type(name)))}


@cache
def _read(name: str) -> tuple[str, ...]:
    """The columns of a record type's rows that the index is made of."""
    filtered = (column for column in FILTERED if column in _places(name))
    return (*(column for part in texts(name) for column in part), *filtered)


def _entries(record: RecordType, rows: Iterator[tuple[int, Row]]) -> Iterator[Iterator[Entry]]:
    """The words of rows of one type for the index, some rows at a time."""
    while chunk := list(islice(rows, _CHUNK)):
        yield _together(record, chunk)


def _together(record: RecordType, rows: Sequence[tuple[int, Row]]) -> Iterator[Entry]:
    """The words of some rows, whose texts are folded together.

    Args:
        rows: their numbers, and the columns that the index is made of.
    """
    parts, read = texts(record.name), _read(record.name)
    cells = dict(zip(read, zip(*(row for _, row in rows), strict=True), strict=True))
    made = {name: _made(cells[name]) for part in parts for name in part}
    none = [None] * len(rows)
    filtered = zip(*(cells.get(column, none) for column in FILTERED), strict=True)
    for at, ((number, _), values) in enumerate(zip(rows, filtered, strict=True)):
        found = [[made[name][at] for name in part if cells[name][at]] for part in parts]
        text, names, codes, documents = (_joined(words for _, words in part) for part in found)
        wholes = [exact_key(folded) for part in found[1:] for folded, _ in part]
        heads = [head_key(words) for _, words in found[1] if words]
        keys = [*wholes, filter_keys(record.name, *values)]
        yield number, text, " ".join([*heads, names]), codes, documents, " ".join(keys)


def _made(cells: Sequence[str | None]) -> list[tuple[str, str]]:
    """The texts of a column folded, and their words."""
    return list(zip(*index_texts([cell or "" for cell in cells]), strict=True))


def _joined(words: Iterable[str]) -> str:
    """The words of several texts of one column."""
    return f" {BETWEEN} ".join(words)


def _select(record: RecordType) -> str:
    """The question for the records of a type as they stand in the table of all."""
    document, headline = record.roles["document"][-1], record.roles["headline"]
    named = f"t.{headline}"
    if headline == "list_id":
        named = f"coalesce((SELECT name_zh FROM credit_list WHERE list_id = {named}), {named})"
    return (
        f"SELECT t.rowid, t.record_id, '{record.name}', t.department, coalesce(d.district, ''), "
        f"t.{record.roles['decided']}, substr(t.portal_published, 1, 10), t.publish_status, "
        f"t.party_name, t.party_kind, t.uscc, t.{document}, {named} "
        f"FROM {record.name} t LEFT JOIN department d ON d.code = t.department"
    )
