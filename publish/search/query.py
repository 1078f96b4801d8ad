"""What a reader asks for, under the names of the parameters."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from functools import cache
from typing import NamedTuple

from monitor.clocks import STATUSES
from publish.schema import code_lists, types_of
from publish.search import express
from publish.search.express import Ranked
from publish.search.numbers import first_number, last_number

LONGEST = 200
"""How many characters of a parameter are read."""

SORTS: Mapping[str, tuple[str, str]] = {
    "": ("相关程度，没有检索词时最新在前", "best match, else newest first"),
    "-decided": ("决定日期，新的在前", "decided, newest first"),
    "decided": ("决定日期，旧的在前", "decided, oldest first"),
    "-published": ("公示日期，新的在前", "published, newest first"),
    "published": ("公示日期，旧的在前", "published, oldest first"),
}
"""The orders in which records can be asked for; a minus sign stands for the newest first."""

_DAYS = frozenset({"decided_from", "decided_to", "published_from", "published_to"})
_FIRST, _LAST = "0001-01-01", "9999-12-31"


@dataclass(frozen=True)
class Query:
    """What a reader asks for; empty parts ask for nothing.

    Attributes:
        q: what is searched for.
        type: the record type's name.
        department: the department's code.
        district: of the department.
        status: how the duty to publish stands, one of `monitor.clocks.STATUSES`.
        party_kind: of the code list of that name.
        decided_from: the first day of decision, ISO.
        published_from: the first day of publication by the portal.
        uscc: the party's code.
        sort: one of `SORTS`.
    """

    q: str = ""
    type: str = ""
    department: str = ""
    district: str = ""
    status: str = ""
    party_kind: str = ""
    decided_from: str = ""
    decided_to: str = ""
    published_from: str = ""
    published_to: str = ""
    uscc: str = ""
    sort: str = ""


class Asked(NamedTuple):
    """What is asked of the index.

    Attributes:
        ranked: what finds the text, by how well it fits; None where no text is searched for.
        filters: the conditions that must hold besides.
        low: the first number, by the days of decision.
        high: the last number.
    """

    ranked: Ranked | None
    filters: tuple[str, ...]
    low: int
    high: int

    @property
    def any(self) -> str | None:
        """The expression that finds all records; None if all there are."""
        return express.narrowed(self.ranked.any if self.ranked else None, self.filters)

    @property
    def values(self) -> dict[str, object]:
        """The parameters of the question for all of them."""
        return {"wanted": self.any, "low": self.low, "high": self.high}

    @property
    def by_rank(self) -> tuple[str | None, ...]:
        """The expressions that find them, the most fitting first."""
        ranks = self.ranked.ranks if self.ranked else (None,)
        return tuple(express.narrowed(rank, self.filters) for rank in ranks)


def parse(params: Mapping[str, str]) -> Query:
    """The query that parameters ask for; what has no such meaning is left out."""
    asked = {f.name: params.get(f.name, "").strip()[:LONGEST] for f in fields(Query)}
    return Query(**{name: _meant(name, value) for name, value in asked.items()})


def asked(db: sqlite3.Connection, query: Query) -> Asked:
    """What a query asks of the index of a credit.db."""
    return Asked(
        express.ranked(query.q) if query.q.strip() else None,
        tuple(_filters(db, query)),
        first_number(query.decided_from or _FIRST),
        last_number(query.decided_to or _LAST),
    )


def without(query: Query, *names: str) -> Query:
    """A query that does not ask for some parts."""
    return replace(query, **dict.fromkeys(names, ""))


def set_parts(query: Query) -> set[str]:
    """The names of the parts that a query asks for."""
    return {name for name, value in asdict(query).items() if value}


@cache
def choices() -> Mapping[str, Collection[str]]:
    """The values of the parts that have only some."""
    return {
        "type": types_of("record"),
        "status": STATUSES,
        "party_kind": [v.value for v in code_lists()["party_kind"].values],
        "sort": SORTS,
    }


def _filters(db: sqlite3.Connection, query: Query) -> Iterator[str]:
    """The conditions of the filters that are set, but for the days of decision."""
    for name in ("type", "department", "status", "party_kind"):
        if value := getattr(query, name):
            yield express.having(name, value)
    if query.district:
        yield express.in_district(db, query.district)
    if query.published_from or query.published_to:
        yield express.published_between(query.published_from, query.published_to)
    if query.uscc:
        yield express.of_party(query.uscc)


def _meant(name: str, value: str) -> str:
    """A value that a part can have, or none."""
    if name in _DAYS:
        return _day(value)
    return value if value in choices().get(name, (value,)) else ""


def _day(value: str) -> str:
    """A day, or none."""
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return ""
