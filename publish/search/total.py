"""How many records are found, up to a limit."""

import sqlite3

from publish.search.query import Asked
from publish.search.tables import INDEX, RECORD

MOST = 10_000
"""How many records are counted; of more is said that they are more."""


def numbers(wanted: str | None, order: str = "DESC") -> str:
    """The question for the numbers of records that an expression finds.

    It has the parameters ``wanted``, ``low`` and ``high``.
    """
    if wanted is None:
        return (
            f"SELECT rowid FROM {RECORD.name} WHERE rowid BETWEEN :low AND :high "
            f"ORDER BY rowid {order}"
        )
    return (
        f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH :wanted AND rowid BETWEEN :low AND :high "
        f"ORDER BY rowid {order}"
    )


def count(db: sqlite3.Connection, wanted: Asked) -> int | None:
    """How many records there are; None if they are more than `MOST`."""
    sql = f"SELECT count(*) FROM ({numbers(wanted.any)} LIMIT {MOST + 1})"
    found: int = db.execute(sql, wanted.values).fetchone()[0]
    return found if found <= MOST else None
