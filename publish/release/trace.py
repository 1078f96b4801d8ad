"""What is kept of every live record from one release to the next, so that only changes are judged.

It is as private as the register, lies in data/cache, and is made anew by a full release.
"""

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from monitor.tables import Table

_CHUNK = 20_000


class Kept(NamedTuple):
    """What is kept of one live record, in the order of the table.

    Attributes:
        received: the day on which the portal first received it, ISO.
        filled: how many of its fields are filled.
        decided: the day of its decision, ISO.
        item: the code of its catalogue item; None if it is of none.
        document: the hash by which inspectors' finds are held against it; None if none can be.
        series: the series of its document number; None if it is in none.
        place: the place of the number in that series.
        carried: 1 if the public sees that number.
        reason: why it is withheld; None if it is published.
        gone: the day on which it was taken off, ISO; None if it is public or never was.
        family: the hash that it shares with the records that it belongs to, or that belong to it;
            None where nothing can.
        again: the next day on which time alone may change its decision or a duty; None if none.
    """

    record_id: str
    record_type: str
    department: str
    received: str
    filled: int
    decided: str
    item: str | None
    document: int | None
    series: int | None
    place: int | None
    carried: int
    reason: str | None
    gone: str | None
    family: int | None
    again: str | None


SeriesKey = tuple[str, str, str, str]
"""Department, record type, year, series."""

_TEXT, _NUMBER = ("TEXT", "", ""), ("INTEGER", "", "")
_NUMBERS = {"filled", "document", "series", "place", "carried", "family"}
_KEPT = Table(
    "kept",
    "",
    "",
    {name: _NUMBER if name in _NUMBERS else _TEXT for name in Kept._fields},
    (),
)
_OTHERS = (
    "CREATE TABLE series (id INTEGER PRIMARY KEY, department TEXT, record_type TEXT, year TEXT, "
    "series TEXT)",
    "CREATE TABLE internal (record_id TEXT)",
    "CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT)",
)
_INDEXES = (
    "CREATE UNIQUE INDEX IF NOT EXISTS kept_id ON kept (record_id)",
    "CREATE INDEX IF NOT EXISTS kept_again ON kept (again) WHERE again IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS kept_family ON kept (family) WHERE family IS NOT NULL",
)


class Trace:
    """The database of what is kept; it is written in one go and thrown away if that fails."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._kept, self._internal = list[Kept](), list[tuple[str]]()
        if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
            _KEPT.create(db)
            for sql in _OTHERS:
                db.execute(sql)
        self._series: dict[SeriesKey, int] = {
            (department, name, year, series): number
            for number, department, name, year, series in db.execute("SELECT * FROM series")
        }

    def add(self, kept: Kept) -> None:
        """Keeps what a release found of a record."""
        self._kept.append(kept)
        if len(self._kept) >= _CHUNK:
            self.flush()

    def add_internal(self, record_id: str) -> None:
        """Keeps the id of a record that is internal."""
        self._internal.append((record_id,))

    def remove(self, ids: Collection[str]) -> None:
        """Forgets some records, to keep anew what is found of them; and all that are internal."""
        listed = _listed(ids)
        self.db.execute(
            "DELETE FROM kept WHERE record_id IN (SELECT value FROM json_each(?))", listed
        )
        self.db.execute("DELETE FROM internal")

    def series(self, key: SeriesKey) -> int:
        """The number of a series."""
        return self._series.setdefault(key, len(self._series) + 1)

    def finish(self, state: dict[str, Any]) -> None:
        """Writes what is left, and how the release stands that this is kept of."""
        self.flush()
        self.db.executemany("INSERT INTO internal VALUES (?)", self._internal)
        self._internal = []
        for sql in _INDEXES:
            self.db.execute(sql)
        self.db.executemany(
            "INSERT OR REPLACE INTO state VALUES (?, ?)",
            ((name, orjson.dumps(value).decode()) for name, value in state.items()),
        )

    @property
    def state(self) -> dict[str, Any]:
        """How the release stood that this was kept of."""
        rows = self.db.execute("SELECT name, value FROM state")
        return {name: orjson.loads(value) for name, value in rows}

    @property
    def size(self) -> int:
        """How many live records there are, internal ones too."""
        row = self.db.execute(
            "SELECT (SELECT count(*) FROM kept) + (SELECT count(*) FROM internal)"
        ).fetchone()
        return int(row[0])

    @property
    def internal(self) -> int:
        """How many of them are internal, which are looked at every time."""
        return int(self.db.execute("SELECT count(*) FROM internal").fetchone()[0])

    def due(self, day: str) -> set[str]:
        """The records that time alone may have changed by a day, and all that are internal."""
        rows = self.db.execute(
            "SELECT record_id FROM kept WHERE again <= ? UNION SELECT record_id FROM internal",
            (day,),
        )
        return {row[0] for row in rows}

    def relatives(self, families: Collection[int]) -> set[str]:
        """The records of some families."""
        rows = self.db.execute(
            "SELECT record_id FROM kept WHERE family IN (SELECT value FROM json_each(?))",
            _listed(families),
        )
        return {row[0] for row in rows}

    def families(self, ids: Collection[str]) -> set[int]:
        """The families of some records."""
        rows = self.db.execute(
            "SELECT family FROM kept WHERE family IS NOT NULL "
            "AND record_id IN (SELECT value FROM json_each(?))",
            _listed(ids),
        )
        return {row[0] for row in rows}

    def withheld(self) -> Counter[tuple[str, str, str]]:
        """Records not published: by department, record type and reason."""
        rows = self.db.execute(
            "SELECT department, record_type, reason, count(*) FROM kept WHERE reason IS NOT NULL "
            "GROUP BY 1, 2, 3"
        )
        return Counter({(*key,): n for *key, n in rows})

    def live(self) -> Counter[str]:
        """Live records by type, without internal ones."""
        return Counter(dict(self.db.execute("SELECT record_type, count(*) FROM kept GROUP BY 1")))

    def gone(self) -> Iterator[tuple[Any, ...]]:
        """The rows of the table `tombstone`, by record."""
        yield from self.db.execute(
            "SELECT record_id, record_type, department, gone, reason FROM kept "
            "WHERE gone IS NOT NULL ORDER BY record_id"
        )

    def completeness(self) -> Iterator[tuple[Any, ...]]:
        """Department, record type, day first received, records, fields filled; in order."""
        yield from self.db.execute(
            "SELECT department, record_type, received, count(*), sum(filled) FROM kept "
            "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        )

    def items(self) -> Iterator[tuple[Any, ...]]:
        """Department, record type, catalogue item, day decided, records; in order."""
        yield from self.db.execute(
            "SELECT department, record_type, item, decided, count(*) FROM kept "
            "WHERE item IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
        )

    def numbers(self) -> Iterator[tuple[SeriesKey, list[int], int]]:
        """Each series with its numbers, and how many public records carry it."""
        keys = {number: key for key, number in self._series.items()}
        rows = self.db.execute(
            "SELECT series, json_group_array(place), sum(carried) FROM kept "
            "WHERE series IS NOT NULL GROUP BY series"
        )
        for series, places, carried in rows:
            yield keys[series], orjson.loads(places), carried

    def received(self, documents: Collection[int]) -> dict[int, str]:
        """The day on which each of some documents was first received, if it was."""
        rows = self.db.execute(
            "SELECT document, min(received) FROM kept WHERE document IN "
            "(SELECT value FROM json_each(?)) GROUP BY document",
            _listed(documents),
        )
        return dict(rows.fetchall())

    def flush(self) -> None:
        """Writes what is at hand."""
        kept, self._kept = self._kept, []
        _KEPT.fill(self.db, kept)
        known = self.db.execute("SELECT count(*) FROM series").fetchone()[0]
        new = list(self._series.items())[known:]
        self.db.executemany(
            "INSERT INTO series VALUES (?, ?, ?, ?, ?)", ((number, *key) for key, number in new)
        )


@contextmanager
def open_trace(path: Path) -> Iterator[Trace]:
    """Opens what is kept in a file to write it; what is written is there if no error leaves it."""
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -65536")
        db.execute("BEGIN")
        yield Trace(db)
        db.execute("COMMIT")
    finally:
        db.close()


def _listed(values: Iterable[Any]) -> tuple[str]:
    """Values as SQL takes a list of them."""
    return (orjson.dumps(list(values)).decode(),)
