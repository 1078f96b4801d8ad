"""How many of the records found have each value of what can be filtered by."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from publish.search.express import having
from publish.search.mend import mended
from publish.search.numbers import first_number, last_number
from publish.search.query import Asked, Query, asked, set_parts, without
from publish.search.tables import RECORD, RECORD_COUNT
from publish.search.total import MOST, count, numbers

FACETS = ("type", "department", "status", "district", "party_kind", "year")
"""What is counted; the year is that of the decision."""

_LIFTED = {"year": ("decided_from", "decided_to")}
_TABLED = frozenset({"type", "department", "status", "district", "party_kind", "sort"})
"""The parts of a query by which everything is counted when a release is built."""
_MOST_VALUES = 100
"""How many values of one facet are counted where more are found than are looked through."""


@dataclass(frozen=True)
class Count:
    """How many records have a value; None if they are more than `publish.search.total.MOST`."""

    value: str
    count: int | None


Row = Sequence[Any]
"""The values of `FACETS`, and how many records have them all."""


def facets(db: sqlite3.Connection, query: Query) -> Mapping[str, list[Count]]:
    """Counts the records found by each of `FACETS`, most first, as if it were not filtered by.

    What is filtered by nothing but these is counted in full.

    Args:
        db: a release's credit.db.
    """
    read = mended(db, query)
    asking = defaultdict[Query, list[str]](list)
    for name in FACETS:
        asking[without(read, *_LIFTED.get(name, (name,)))].append(name)
    found = {k: v for one, names in asking.items() for k, v in _counts(db, one, names)}
    return {name: found[name] for name in FACETS}


def _counts(
    db: sqlite3.Connection, query: Query, names: Sequence[str]
) -> Iterator[tuple[str, list[Count]]]:
    """The counts of some facets of a query."""
    wanted = asked(db, query)
    if set_parts(query) <= _TABLED:
        rows = _tabled(db, query)
    elif count(db, wanted) is not None:
        rows = _grouped(db, wanted)
    else:
        yield from _one_by_one(db, wanted, names)
        return
    for name in names:
        yield name, list(_summed(rows, FACETS.index(name)))


def _summed(rows: Iterable[Row], place: int) -> Iterator[Count]:
    """The sums by one of the facets."""
    sums = Counter[str]()
    for row in rows:
        if row[place]:
            sums[row[place]] += row[-1]
    for value, records in sorted(sums.items(), key=lambda item: (-item[1], item[0])):
        yield Count(value, records)


def _tabled(db: sqlite3.Connection, query: Query) -> list[Row]:
    """What was counted when the release was built."""
    parts = {name: getattr(query, name) for name in _TABLED & set_parts(query) - {"sort"}}
    where = " AND ".join(["TRUE", *(f"{name} = :{name}" for name in parts)])
    listed = ", ".join((*FACETS, "records"))
    return db.execute(f"SELECT {listed} FROM {RECORD_COUNT.name} WHERE {where}", parts).fetchall()


def _grouped(db: sqlite3.Connection, wanted: Asked) -> list[Row]:
    """The records that are found, counted."""
    sql = (
        f"SELECT type, department, status, district, party_kind, substr(decided, 1, 4), count(*) "
        f"FROM ({numbers(wanted.any)}) n CROSS JOIN {RECORD.name} r ON r.rowid = n.rowid "
        "GROUP BY 1, 2, 3, 4, 5, 6"
    )
    return db.execute(sql, wanted.values).fetchall()


def _one_by_one(
    db: sqlite3.Connection, wanted: Asked, names: Sequence[str]
) -> Iterator[tuple[str, list[Count]]]:
    """The values of some facets, each counted up to the limit."""
    counted = dict[str, list[Count]]()
    for name in ("department" if name == "district" else name for name in names):
        if name not in counted:
            counted[name] = list(_values(db, wanted, name))
    for name in names:
        of_districts = name == "district"
        found = _by_district(db, counted["department"]) if of_districts else counted[name]
        yield name, sorted(found, key=_most_first)


def _values(db: sqlite3.Connection, wanted: Asked, name: str) -> Iterator[Count]:
    """The values of one facet, each counted up to the limit."""
    values = db.execute(
        f"SELECT {name} FROM {RECORD_COUNT.name} WHERE {name} <> '' GROUP BY 1 "
        f"ORDER BY sum(records) DESC, 1 LIMIT {_MOST_VALUES}"
    ).fetchall()
    for (value,) in values:
        if (found := count(db, _with(wanted, name, value))) != 0:
            yield Count(value, found)


def _by_district(db: sqlite3.Connection, departments: Iterable[Count]) -> Iterator[Count]:
    """The sums of departments' counts by their districts."""
    of = dict(db.execute("SELECT code, district FROM department WHERE district <> ''").fetchall())
    sums = Counter[str]()
    for one in departments:
        if district := of.get(one.value):
            sums[district] += MOST + 1 if one.count is None else one.count
    for district, records in sums.items():
        yield Count(district, records if records <= MOST else None)


def _most_first(one: Count) -> tuple[int, str]:
    """What counts are sorted by."""
    return -(MOST + 1 if one.count is None else one.count), one.value


def _with(wanted: Asked, name: str, value: str) -> Asked:
    """What is asked for, and one value of a facet besides."""
    if name == "year":
        low, high = first_number(f"{value}-01-01"), last_number(f"{value}-12-31")
        return wanted._replace(low=max(wanted.low, low), high=min(wanted.high, high))
    return wanted._replace(filters=(*wanted.filters, having(name, value)))
