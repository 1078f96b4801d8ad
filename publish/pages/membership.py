"""Reads who is on which red or black list: what is public of it today, and nothing else."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from publish.schema import PERSON

NEWEST_ENTRIES = 20

K = TypeVar("K")
_ENTRY = "record_id, party_name, basis_document_no, decision_date, public_until"


class Listing(NamedTuple):
    """A list of the catalogue of lists."""

    list_id: str
    kind: str
    name_zh: str
    name_en: str
    owner: str
    legal_basis: str
    term_months: int | None


class Entry(NamedTuple):
    """An entry as a list's page shows it."""

    record_id: str
    party_name: str
    basis_document_no: str
    decision_date: str
    public_until: str | None


@dataclass(frozen=True)
class Membership:
    """The lists and what is public of their entries.

    Attributes:
        lists: the catalogue of lists.
        entered: list to the month of the decision to how many of its entries are public.
        ends: list to the first and the last day on which the term of one of its entries ends.
        deciders: list to who decided its entries and how many, most first.
        newest: list to its newest entries, those of natural persons left out.
        left: department to (month, reason) to how many of its entries were taken off.
    """

    lists: Sequence[Listing]
    entered: Mapping[str, Mapping[str, int]]
    ends: Mapping[str, tuple[str, str]]
    deciders: Mapping[str, Sequence[tuple[str, int]]]
    newest: Mapping[str, Sequence[Entry]]
    left: Mapping[str, Mapping[tuple[str, str], int]]

    def amount(self, list_id: str) -> int:
        """How many entries of a list are public now."""
        return sum(self.entered.get(list_id, {}).values())


def read_membership(credit: sqlite3.Connection) -> Membership:
    """Reads the lists and their entries from credit.db.

    What was taken off keeps no list's name, only its department: what left can be told by
    department alone.
    """
    deciders, newest = defaultdict(list), defaultdict(list)
    for list_id, *decided in _plain(credit, _DECIDERS):
        deciders[list_id].append((decided[0], decided[1]))
    for list_id, *entry in _plain(credit, _NEWEST, PERSON, NEWEST_ENTRIES):
        newest[list_id].append(Entry(*entry))
    return Membership(
        lists=[Listing(*row) for row in _plain(credit, _LISTS)],
        entered=_nested(_plain(credit, _ENTERED)),
        ends={list_id: (first, last) for list_id, first, last in _plain(credit, _ENDS)},
        deciders=deciders,
        newest=newest,
        left=_nested((who, (month, why), n) for who, month, why, n in _plain(credit, _LEFT)),
    )


_LISTS = f"SELECT {', '.join(Listing._fields)} FROM credit_list ORDER BY list_id"
_ENTERED = """
SELECT list_id, substr(decision_date, 1, 7), count(*) FROM list_entry GROUP BY 1, 2 ORDER BY 1, 2
"""
_ENDS = """
SELECT list_id, min(public_until), max(public_until) FROM list_entry
WHERE public_until <> '' GROUP BY 1
"""
_DECIDERS = """
SELECT list_id, decided_by, count(*) FROM list_entry GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2
"""
_NEWEST = f"""
SELECT list_id, {_ENTRY} FROM (
    SELECT list_id, {_ENTRY}, row_number() OVER (
        PARTITION BY list_id ORDER BY decision_date DESC, record_id) AS place
    FROM list_entry WHERE party_kind <> ?
) WHERE place <= ? ORDER BY list_id, place
"""
_LEFT = """
SELECT department, substr(withdrawn_on, 1, 7), reason, count(*) FROM tombstone
WHERE record_type = 'list_entry' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


def _plain(db: sqlite3.Connection, sql: str, *values: str | int) -> list[tuple[Any, ...]]:
    """The rows of a query, whatever the connection makes of rows."""
    cursor = db.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, values).fetchall()


def _nested(rows: Iterable[tuple[str, K, int]]) -> Mapping[str, Mapping[K, int]]:
    """Counts by the first column, then by the second."""
    out: dict[str, dict[K, int]] = defaultdict(dict)
    for first, second, amount in rows:
        out[first][second] = amount
    return out
