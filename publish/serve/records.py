"""The search page: what a reader asks for, and the records that answer it."""

import csv
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from io import StringIO
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from monitor.clocks import STATUSES
from publish.release.snapshot import safe_cells
from publish.schema import RecordType, record_type, types_of
from publish.search.fold import match_query
from publish.search.tables import INDEX

PAGE_SIZE = 20
MOST = 10_000
"""How many hits are counted and can be paged through; beyond, the page says that there are more."""

PROBLEM = (
    "检索用时过长，没有完成。请多写几个字，或用筛选缩小范围。",
    "The search took too long and was stopped. Give more of the text, or use the filters.",
)
_LONGEST = 200
_PAGE = re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True)
class Query:
    """What a reader asks for, under the names of the parameters; empty parts ask for nothing.

    Attributes:
        type: the record type's name.
        department: the department's code.
        status: how the duty to publish stands, one of `monitor.clocks.STATUSES`.
        page: from 1.
    """

    q: str = ""
    type: str = ""
    department: str = ""
    status: str = ""
    decided_from: str = ""
    decided_to: str = ""
    published_from: str = ""
    page: int = 1

    @property
    def first(self) -> int:
        """The place of the page's first result, from 1."""
        return (self.page - 1) * PAGE_SIZE + 1

    def address(self, page: int, name: str = "records") -> str:
        """The address of a page of this search, without the language's prefix."""
        asked = {**asdict(self), "page": page if page > 1 else ""}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"/{name}?{query}" if query else f"/{name}"


@dataclass(frozen=True)
class Names:
    """What codes are called.

    Attributes:
        departments: the rows of the table by code, in order.
        lists: the rows of the red and black lists by id.
    """

    departments: Mapping[str, Mapping[str, Any]]
    lists: Mapping[str, Mapping[str, Any]]


class Hit(NamedTuple):
    """Where a hit stands among the hits, greatest first, and which record it is.

    Attributes:
        exact: 1 if the query is its document number or its party's code.
    """

    exact: int
    decided: str
    type: str
    rowid: int


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        total: how many records; None if they are more than `MOST`.
        results: those of the page as the template shows them.
    """

    total: int | None
    results: list[dict[str, Any]]

    @property
    def pages(self) -> int:
        """How many pages can be turned to."""
        return -(-(MOST if self.total is None else self.total) // PAGE_SIZE)


def parse_query(query_string: bytes) -> Query:
    """The query in an address; what no filter offers is left out."""
    asked = {k: v.strip()[:_LONGEST] for k, v in parse_qsl(query_string.decode("latin-1"))}
    page = asked.get("page", "")
    return Query(
        q=asked.get("q", ""),
        type=_known(asked.get("type", ""), types_of("record")),
        department=asked.get("department", ""),
        status=_known(asked.get("status", ""), STATUSES),
        decided_from=_day(asked.get("decided_from", "")),
        decided_to=_day(asked.get("decided_to", "")),
        published_from=_day(asked.get("published_from", "")),
        page=min(int(page), MOST // PAGE_SIZE) if _PAGE.fullmatch(page) else 1,
    )


def read_names(db: sqlite3.Connection) -> Names:
    """The names in a release's credit.db."""
    departments = db.execute("SELECT * FROM department ORDER BY code")
    lists = db.execute("SELECT * FROM credit_list ORDER BY list_id")
    return Names(
        {row["code"]: dict(row) for row in departments},
        {row["list_id"]: dict(row) for row in lists},
    )


def search(db: sqlite3.Connection, query: Query, names: Names) -> Found:
    """The page of the records that answer a query: named exactly first, then newest decisions.

    Of more than `MOST` records of a type that hold a text, those last handed in are looked at.
    """
    total, hits = _hits(db, query, query.first + PAGE_SIZE - 1)
    shown = hits[query.first - 1 :]
    return Found(total, [_result(db, hit, names) for hit in shown])


def export(db: sqlite3.Connection, query: Query, names: Names) -> str:
    """The records that answer a query, at most `MOST`, as CSV that spreadsheets open safely."""
    _, hits = _hits(db, query, MOST)
    text = StringIO()
    writer = csv.writer(text)
    for number, hit in enumerate(hits):
        result = _result(db, hit, names)
        if not number:
            writer.writerow(result)
        writer.writerow(safe_cells(result.values()))
    return "\ufeff" + text.getvalue()


def facets(names: Names) -> Iterator[dict[str, Any]]:
    """The filters with their choices, not counted."""
    types = [(t.name, t.title_zh, t.title_en, None) for t in types_of("record").values()]
    yield {"name": "type", "zh": "类型", "en": "Type", "values": types}
    departments = [(c, d["name_zh"], d["name_en"], None) for c, d in names.departments.items()]
    yield {"name": "department", "zh": "部门", "en": "Department", "values": departments}
    statuses = [(status, zh, en, None) for status, (zh, en) in STATUSES.items()]
    yield {"name": "status", "zh": "公示状态", "en": "Publication", "values": statuses}


def _hits(db: sqlite3.Connection, query: Query, upto: int) -> tuple[int | None, list[Hit]]:
    """How many records answer a query, and the first of them in order."""
    values = {
        **asdict(query),
        "code": query.q.upper(),
        "match": match_query(query.q),
        "limit": MOST + 1,
        "upto": upto,
    }
    total, hits = 0, list[Hit]()
    for record in types_of("record").values():
        if query.type in {"", record.name}:
            rows = db.execute(_statement(record, query, values["match"] is not None), values)
            found = [(count, Hit(*hit)) for count, *hit in rows]
            total += found[0][0] if found else 0
            hits += [hit for _, hit in found]
    return (total if total <= MOST else None), sorted(hits, reverse=True)[: min(upto, MOST)]


def _statement(record: RecordType, query: Query, searchable: bool) -> str:
    """The statement that counts and orders the hits of one record type.

    A record that is found by its text and exactly is one hit.
    """
    parts = " UNION ALL ".join(f"SELECT * FROM ({s})" for s in _selects(record, query, searchable))
    return (
        f"WITH found(exact, decided, rowid) AS ({parts}) "
        f"SELECT count(*) OVER (), max(exact), coalesce(decided, ''), '{record.name}', rowid "
        "FROM found GROUP BY rowid ORDER BY 2 DESC, 3 DESC, 5 DESC LIMIT :upto"
    )


def _selects(record: RecordType, query: Query, searchable: bool) -> Iterator[str]:
    """The statements that find the hits of one record type, each with whether it is exact."""
    name, decided = record.name, record.roles["decided"]
    columns = f"r.{decided}, r.rowid FROM"
    filters = list(_filters(record, query))
    if not query.q:
        order = f"ORDER BY r.{decided} DESC, r.rowid DESC LIMIT :limit"
        yield f"SELECT 0, {columns} {name} r {_where(filters)} {order}"
    elif searchable:
        joined = f"{INDEX} CROSS JOIN {name} r ON r.rowid = {INDEX}.rowid"
        where = _where([f"{INDEX} MATCH :match", *filters])
        yield f"SELECT 0, {columns} {joined} {where} ORDER BY {INDEX}.rowid DESC LIMIT :limit"
    for condition in _exactly(record) if query.q else ():
        yield f"SELECT 1, {columns} {name} r {_where([condition, *filters])} LIMIT :limit"


def _exactly(record: RecordType) -> Iterator[str]:
    """The conditions that what a reader typed names a record."""
    documents = (f.name for f in record.public_fields if f.unicode == "document_no")
    yield from (f"r.{name} = :q" for name in documents)
    yield "r.uscc = :code"


def _filters(record: RecordType, query: Query) -> Iterator[str]:
    """The conditions of the filters that are set."""
    decided = record.roles["decided"]
    conditions = {
        "department": "r.department = :department",
        "status": "r.publish_status = :status",
        "decided_from": f"r.{decided} >= :decided_from",
        "decided_to": f"r.{decided} <= :decided_to",
        "published_from": "r.portal_published >= :published_from",
    }
    yield from (condition for name, condition in conditions.items() if getattr(query, name))


def _where(conditions: Iterable[str]) -> str:
    """Conditions that must all hold."""
    joined = " AND ".join(conditions)
    return f"WHERE {joined}" if joined else ""


def _result(db: sqlite3.Connection, hit: Hit, names: Names) -> dict[str, Any]:
    """A record as the template shows it."""
    row = db.execute(f"SELECT * FROM {hit.type} WHERE rowid = ?", (hit.rowid,)).fetchone()
    record = record_type(hit.type)
    headline, department = row[record.roles["headline"]] or "", row["department"]
    known = names.departments.get(department, {"name_zh": department, "name_en": department})
    return {
        "type": hit.type,
        "record_id": row["record_id"],
        "headline": names.lists.get(headline, {"name_zh": headline})["name_zh"],
        "party": row["party_name"],
        "document": row[record.roles["document"][-1]] or "",
        "department": department,
        "department_zh": known["name_zh"],
        "department_en": known["name_en"],
        "decided": hit.decided,
        "published": row["portal_published"] or "",
        "status": row["publish_status"],
    }


def _known(value: str, known: Mapping[str, object]) -> str:
    """A value that a filter offers, or none."""
    return value if value in known else ""


def _day(value: str) -> str:
    """A day, or none."""
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return ""
