"""Which rows of records are not as they were in the release before."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from publish.release.leak.database import columns, read_only
from publish.release.leak.sources import CREDIT, Rows
from publish.schema import public_types

_TOGETHER = 1 << 13


@dataclass(frozen=True)
class Moved:
    """Rows that differ between two releases.

    Attributes:
        ids: the records that they are of.
        now: their numbers in the newer release, by record type.
        then: their numbers in the older one.
    """

    ids: frozenset[str]
    now: Mapping[str, list[int]]
    then: Mapping[str, list[int]]


def moved(folder: Path, before: Path) -> Moved:
    """Compares the rows of all records, column by column, trusting nothing that a build says."""
    ids, now, then = set[str](), dict[str, list[int]](), dict[str, list[int]]()
    with read_only(folder / CREDIT) as db:
        db.execute("ATTACH ? AS before", (f"{(before / CREDIT).absolute().as_uri()}?immutable=1",))
        for table in public_types():
            rows = list(_differing(db, table))
            ids.update(record for _, *records, _ in rows for record in records if record)
            now[table] = [number for number, *_ in rows if number is not None]
            then[table] = [number for *_, number in rows if number is not None]
    return Moved(frozenset(ids), now, then)


def only(numbers: Mapping[str, list[int]]) -> Rows:
    """Reads only the rows with some numbers."""

    def conditions(_db: sqlite3.Connection, table: str) -> Iterator[str]:
        of = numbers[table]
        for first in range(0, len(of), _TOGETHER):
            yield f"rowid IN ({','.join(map(str, of[first : first + _TOGETHER]))})"

    return conditions


Difference = tuple[int | None, str | None, str | None, int | None]
"""Number and record now, record and number then."""


def _differing(db: sqlite3.Connection, table: str) -> Iterator[Difference]:
    """The rows of a table that are new, changed or gone."""
    asked = "SELECT n.rowid, n.record_id, o.record_id, o.rowid"
    unlike = " OR ".join(f'n."{name}" IS NOT o."{name}"' for name in columns(db, table))
    yield from db.execute(
        f'{asked} FROM main."{table}" n LEFT JOIN before."{table}" o ON o.rowid = n.rowid '
        f"WHERE {unlike}"
    )
    yield from db.execute(
        f'{asked} FROM before."{table}" o LEFT JOIN main."{table}" n ON n.rowid = o.rowid '
        "WHERE n.rowid IS NULL"
    )
