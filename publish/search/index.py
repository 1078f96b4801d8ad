"""The full-text index of the public records, which holds no text of its own."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from publish.release.public import columns, searchable
from publish.schema import RecordType, public_types
from publish.search.fold import index_text


class SearchIndex:
    """Numbers the rows of all record types and puts the words of their texts into the index."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db, self._next = db, 1
        for record in public_types().values():
            listed = ", ".join(f'"{name}"' for name in searchable(record))
            db.execute(
                f"CREATE VIRTUAL TABLE \"{record.name}_fts\" USING fts5({listed}, content='', "
                "tokenize='ascii')"
            )

    def numbers(self, count: int) -> range:
        """The numbers of so many rows to come: no two rows of any type have the same."""
        first, self._next = self._next, self._next + count
        return range(first, self._next)

    def add(self, record: RecordType, numbers: range, rows: Sequence[Sequence[Any]]) -> None:
        """Puts rows of a record type into the index, under their numbers."""
        names = [column.name for column in columns(record)]
        places = [names.index(name) for name in searchable(record)]
        marks = ",".join("?" * (len(places) + 1))
        listed = ", ".join(f'"{names[i]}"' for i in places)
        self._db.executemany(
            f'INSERT INTO "{record.name}_fts" (rowid, {listed}) VALUES ({marks})',
            (
                (number, *(index_text(row[i]) if row[i] else "" for i in places))
                for number, row in zip(numbers, rows, strict=True)
            ),
        )
