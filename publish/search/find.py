"""Finding records: by what a reader types, by what they are, the most fitting or newest first."""

import json
import sqlite3
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from publish.search.express import having, narrowed
from publish.search.facets import Count, facets
from publish.search.mend import mended
from publish.search.numbers import group
from publish.search.query import SORTS, Asked, Query, asked, parse
from publish.search.snippet import Pieces, marked
from publish.search.snippet import snippets as parts
from publish.search.suggest import Suggestion, suggest
from publish.search.tables import RECORD
from publish.search.total import MOST, count, numbers

__all__ = (
    "MOST",
    "RANKS",
    "SORTS",
    "Count",
    "Found",
    "Hit",
    "Place",
    "Query",
    "Suggestion",
    "count",
    "facets",
    "find",
    "marked",
    "parse",
    "suggest",
)

_TYPE = list(RECORD.columns).index("type")
RANKS = ("exact", "name_prefix", "name", "text")
"""What a record can be found by, the most fitting first: its whole name, number or code; the
beginning of its party's name; a part of that name; any of its texts."""


class Place(NamedTuple):
    """Where a record stands among those found; by it a search goes on, in later releases too.

    Attributes:
        rank: its place in `RANKS`; 0 where nothing was searched for or other order was asked for.
        day: the day by which it is ordered, of decision or of publication.
        number: its number.
    """

    rank: int
    day: str
    number: int
    record_id: str


class Hit(NamedTuple):
    """A record that was found: the columns of the table `record`, and why.

    Attributes:
        rank: one of `RANKS`; None where nothing was searched for or other order was asked for.
        snippet: a part of its texts, in pieces, each with whether it is what was searched for.
    """

    record_id: str
    type: str
    department: str
    district: str
    decided: str
    published: str
    status: str
    party_name: str
    party_kind: str
    uscc: str
    document_no: str
    headline: str
    rank: str | None
    snippet: Pieces


@dataclass(frozen=True)
class Found:
    """What was found.

    Attributes:
        total: how many records; None if they are more than `MOST`, or were not counted.
        next: where to go on; None if there are no more.
        searched: what was searched for in place of a misspelt code; empty if nothing was mended.
    """

    total: int | None
    hits: Sequence[Hit]
    next: Place | None
    searched: str = ""


Ranks = Iterable[tuple[int, int]]
"""Places in `RANKS` and numbers of records, in order."""


def find(
    db: sqlite3.Connection,
    query: Query,
    *,
    limit: int,
    after: Place | None = None,
    skip: int = 0,
    counted: bool = True,
    snippets: bool = True,
) -> Found:
    """Finds records.

    A code that nobody has is read again, with digits for letters that look alike.

    Args:
        db: a release's credit.db.
        limit: how many records at most.
        after: the place after which to go on.
        skip: how many records to leave out before the first.
        counted: whether to count them all, up to `MOST`.
        snippets: whether to show where what was searched for stands.
    """
    read = mended(db, query)
    total = count(db, asked(db, read)) if counted else None
    # Less fitting ways are not tried once all that there are have been found.
    end = skip + limit + 1
    wanted = end if after or total is None else min(end, total)
    found = list(islice(_ordered(db, read, after), skip, wanted))
    hits = _hits(db, read, found[:limit], snippets=snippets)
    return Found(
        total=total,
        hits=hits,
        next=_place(query, *found[limit - 1], hits[-1]) if len(found) > limit else None,
        searched=read.q if read.q != query.q else "",
    )


def _ordered(db: sqlite3.Connection, query: Query, after: Place | None) -> Ranks:
    """The records of a query in order, after a place."""
    wanted = asked(db, query)
    if query.sort.endswith("published"):
        return _by_publication(db, wanted, after, newest=query.sort.startswith("-"))
    if query.sort:
        return _in_order(db, wanted.any, wanted, after, newest=query.sort.startswith("-"))
    return _by_rank(db, wanted, after)


def _by_rank(db: sqlite3.Connection, wanted: Asked, after: Place | None) -> Ranks:
    """The most fitting first, then the newest decisions."""
    for rank, expression in enumerate(wanted.by_rank):
        if after is None or rank > after.rank:
            yield from _in_order(db, expression, wanted, None, rank=rank)
        elif rank == after.rank:
            yield from _in_order(db, expression, wanted, after, rank=rank)


def _by_publication(
    db: sqlite3.Connection, wanted: Asked, after: Place | None, *, newest: bool
) -> Ranks:
    """By the day of publication, then by that of the decision.

    Day by day, as no index has this order: the days are few beside the records.
    """
    day = after.day if after else _next_day(db, None, newest=newest)
    while day:
        of_day = narrowed(wanted.any, [having("published", day)])
        here = after if after and after.day == day else None
        yield from _in_order(db, of_day, wanted, here, newest=newest)
        day = _next_day(db, day, newest=newest)


def _next_day(db: sqlite3.Connection, day: str | None, *, newest: bool) -> str | None:
    """The day of publication before one, or after it; the last or the first of all."""
    sign, most = ("<", "max") if newest else (">", "min")
    where = f"WHERE published {sign} :day" if day else ""
    sql = f"SELECT {most}(published) FROM {RECORD.name} {where}"
    found: str | None = db.execute(sql, {"day": day}).fetchone()[0]
    return found


def _in_order(
    db: sqlite3.Connection,
    expression: str | None,
    wanted: Asked,
    after: Place | None,
    *,
    newest: bool = True,
    rank: int = 0,
) -> Ranks:
    """The records that an expression finds, in the order of their numbers, after a place."""
    low, high = wanted.low, wanted.high
    if after and newest:
        high = min(high, _before(db, after, newest=True) - 1)
    elif after:
        low = max(low, _before(db, after, newest=False) + 1)
    values = {"wanted": expression, "low": low, "high": high}
    for (number,) in db.execute(numbers(expression, "DESC" if newest else "ASC"), values):
        yield rank, number


def _before(db: sqlite3.Connection, place: Place, *, newest: bool) -> int:
    """The number of the record of a place in this release, or the one that it would have.

    A release built in full numbers records anew, by their ids among those of one day and type;
    any other leaves their numbers as they are.
    """
    day = group(place.number)
    found = db.execute(
        f"SELECT rowid FROM {RECORD.name} WHERE record_id = ?", (place.record_id,)
    ).fetchone()
    if found and found[0] in day:
        return int(found[0])
    rows = db.execute(
        f"SELECT record_id, rowid FROM {RECORD.name} WHERE rowid BETWEEN ? AND ? ORDER BY rowid",
        (day[0], day[-1]),
    ).fetchall()
    ids = [row[0] for row in rows]
    at = bisect(ids, place.record_id)
    if ids != sorted(ids) or not rows:
        return place.number
    if newest:
        return int(rows[at][1]) if at < len(rows) else day[-1] + 1
    return int(rows[at - 1][1]) if at else day[0] - 1


def _hits(
    db: sqlite3.Connection, query: Query, found: Sequence[tuple[int, int]], *, snippets: bool
) -> list[Hit]:
    """The records that were found, in order."""
    by_rank = query.q and not query.sort
    rows = _rows(db, [number for _, number in found])
    types = ((row[_TYPE], number) for number, row in rows.items())
    shown = parts(db, types, query.q) if snippets and query.q else {}
    return [
        Hit._make([*rows[number], RANKS[rank] if by_rank else None, shown.get(number, ())])
        for rank, number in found
    ]


def _rows(db: sqlite3.Connection, wanted: Sequence[int]) -> dict[int, list[Any]]:
    """The rows of the table `record` with these numbers, by number."""
    listed = ", ".join(RECORD.columns)
    sql = (
        f"SELECT rowid, {listed} FROM {RECORD.name} WHERE rowid IN (SELECT value FROM json_each(?))"
    )
    return {number: row for number, *row in db.execute(sql, (json.dumps(wanted),))}


def _place(query: Query, rank: int, number: int, hit: Hit) -> Place:
    """Where a hit stands."""
    day = hit.published if query.sort.endswith("published") else hit.decided
    return Place(rank, day, number, hit.record_id)
