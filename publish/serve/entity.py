"""The page of an organisation: the public records that name it by its code, by type."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from publish.handin.uscc import problem
from publish.release.entity import ENTITY, NAMED, PARAMETERS
from publish.schema import ORGANISATION, RecordType, types_of
from publish.serve.record import Row, read_attached

SHOWN = 20
"""How many records of a type are shown; the search page has the others."""


@dataclass(frozen=True)
class Holding:
    """An organisation's records of one type.

    Attributes:
        total: how many there are.
        rows: the newest.
        attached: what belongs to each of them, by its id, as `read_attached` gives it.
    """

    type: RecordType
    total: int
    rows: list[Row]
    attached: Mapping[str, list[tuple[RecordType, list[Row]]]]


@dataclass(frozen=True)
class Entity:
    """An organisation with its records; no score and no grade is made of them.

    Attributes:
        row: its row of the table `entity`.
    """

    row: Row
    holdings: list[Holding]

    @property
    def unlisted(self) -> bool:
        """Whether search engines are asked to leave it out: traders may bear their own names."""
        return bool(self.row["party_kind"] != ORGANISATION)


def meant_code(text: str) -> str:
    """The code that was probably meant: upper case, digits for the letters that look like them."""
    wrong = problem(text)
    return (wrong.suggestion if wrong else None) or text


def read_entity(db: sqlite3.Connection, uscc: str) -> Entity | None:
    """An organisation by its code; none if no public record names it.

    Args:
        db: a release's credit.db.
    """
    row = db.execute(f"SELECT * FROM {ENTITY.name} WHERE uscc = ?", (uscc,)).fetchone()
    if row is None:
        return None
    types = types_of("record").values()
    held = [_holding(db, one, uscc, row[one.name]) for one in types if row[one.name]]
    return Entity(dict(row), held)


def _holding(db: sqlite3.Connection, one: RecordType, uscc: str, total: int) -> Holding:
    """An organisation's records of one type."""
    found = db.execute(
        f"SELECT * FROM {one.name} WHERE uscc = :uscc AND {NAMED} "
        f"ORDER BY {one.roles['decided']} DESC, record_id DESC LIMIT :shown",
        {"uscc": uscc, "shown": SHOWN, **PARAMETERS},
    )
    rows: list[Row] = [dict(row) for row in found]
    attached = {row["record_id"]: list(read_attached(db, one, row["record_id"])) for row in rows}
    return Holding(one, total, rows, attached)
