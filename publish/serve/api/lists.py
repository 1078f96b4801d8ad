"""Lists of rows as they stand in a table: filtered, in a fixed order, page by page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from sqlite3 import Connection
from typing import Any

from publish.serve.api.declare import Asked, Column, Databases, Listed, Release, Row

MOST_COUNTED = 10_000
"""How many rows are counted; beyond, the total is not told."""


@dataclass(frozen=True)
class TableList:
    """Answers with the rows of a table.

    Attributes:
        database: which of `Databases` holds it.
        order: what the rows are ordered by, the last of which tell every row from the others.
        filters: the parameter and the column that must equal it.
        where: a condition that always holds.
        counted_by: the filters of which one must be given for the rows to be counted, where
            there can be too many to look through; none if they are counted always.
    """

    database: str
    table: str
    columns: tuple[Column, ...]
    order: tuple[str, ...]
    filters: Mapping[str, str] = field(default_factory=dict)
    where: str = "1"
    counted_by: tuple[str, ...] = ()

    def __call__(self, databases: Databases, _release: Release, asked: Asked) -> Listed:
        """The rows of one page, and how many there are on all."""
        db: Connection = getattr(databases, self.database)
        given = [name for name in self.filters if asked[name] is not None]
        conditions = [self.where, *(f'"{self.filters[name]}" = ?' for name in given)]
        values = [asked[name] for name in given]
        counted = not self.counted_by or not {*given}.isdisjoint(self.counted_by)
        total = count(db, self.table, conditions, values) if counted else None
        if asked.after:
            conditions.append(beyond(self.order))
            values += padded(asked.after, len(self.order))
        sql = (
            f'SELECT {selected(self.columns)}, {", ".join(self.order)} FROM "{self.table}" '
            f"WHERE {' AND '.join(conditions)} ORDER BY {', '.join(self.order)} LIMIT ?"
        )
        found = db.execute(sql, [*values, asked["limit"] + 1]).fetchall()
        page = found[: asked["limit"]]
        ended = tuple(page[-1])[len(self.columns) :] if len(found) > len(page) else None
        return Listed(rows(self.columns, page), ended, total)


def selected(columns: Iterable[Column]) -> str:
    """What to select for columns; a text that says nothing is null."""
    return ", ".join(
        f'nullif("{c.name}", \'\') AS "{c.name}"'
        if c.nullable and c.kind == "string"
        else f'"{c.name}"'
        for c in columns
    )


def rows(columns: Sequence[Column], found: Iterable[Sequence[Any]]) -> list[Row]:
    """Rows by the names of their columns; whatever else was selected is left out."""
    names = [column.name for column in columns]
    return [dict(zip(names, row, strict=False)) for row in found]


def count(
    db: Connection, table: str, conditions: Sequence[str], values: Sequence[Any]
) -> int | None:
    """How many rows meet conditions; None if they are more than `MOST_COUNTED`."""
    sql = f'SELECT 1 FROM "{table}" WHERE {" AND ".join(conditions)} LIMIT {MOST_COUNTED + 1}'
    found: int = db.execute(f"SELECT count(*) FROM ({sql})", values).fetchone()[0]
    return found if found <= MOST_COUNTED else None


def beyond(order: Sequence[str]) -> str:
    """The condition that a row comes after a place."""
    if len(order) == 1:
        return f"{order[0]} > ?"
    return f"({', '.join(order)}) > ({', '.join('?' * len(order))})"


def padded(place: Sequence[Any], length: int) -> list[Any]:
    """The values of a place, as many as are asked for."""
    return [*place, *[""] * length][:length]
