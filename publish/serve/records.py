"""The search page: what a reader asks for, and the records that answer it."""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from monitor.clocks import STATUSES
from publish.fold import match_query
from publish.schema import RecordType, record_types

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

    def address(self, page: int) -> str:
        """The address of a page of this search, without the language's prefix."""
        asked = {**asdict(self), "page": page if page > 1 else ""}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"/records?{query}" if query else "/records"

    def csv(self) -> str | None:
        """The address of all results as CSV; None unless they are of one type."""
        if not self.type:
            return None
        decided = record_types()[self.type].roles["decided"]
        asked = {
            "_search": self.q,
            "department": self.department,
            "publish_status": self.status,
            f"{decided}__gte": self.decided_from,
            f"{decided}__lte": self.decided_to,
            "portal_published__gte": self.published_from,
        }
        filters = urlencode({name: value for name, value in asked.items() if value})
        return f"/credit/{self.type}.csv?{filters}&_stream=on"


@dataclass(frozen=True)
class Names:
    """What codes are called.

    Attributes:
        departments: the rows of the table by code, in order.
        lists: the names of the red and black lists by id.
    """

    departments: Mapping[str, Mapping[str, Any]]
    lists: Mapping[str, str]


class Hit(NamedTuple):
    """Where a hit stands among the hits, greatest first, and which record it is.

    Attributes:
        exact: whether the query is its document number or its party's code.
    """

    exact: bool
    decided: str
    type: str
    rowid: int


def parse_query(query_string: bytes) -> Query:
    """The query in an address; what no filter offers is left out."""
    asked = {k: v.strip()[:_LONGEST] for k, v in parse_qsl(query_string.decode("latin-1"))}
    page = asked.get("page", "")
    return Query(
        q=asked.get("q", ""),
        type=_known(asked.get("type", ""), record_types()),
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
    lists = db.execute("SELECT list_id, name_zh FROM credit_list")
    return Names({row["code"]: dict(row) for row in departments}, dict(lists.fetchall()))


def find_hits(db: sqlite3.Connection, query: Query) -> list[Hit]:
    """The records that answer a query: named exactly first, then the newest decisions.

    Where more than `MOST` answer, those last handed in are looked at, and one more than `MOST`
    or all are returned.
    """
    types = [t for t in record_types().values() if query.type in {"", t.name}]
    hits = {(hit.type, hit.rowid): hit for t in types for hit in _hits(db, t, query)}
    return sorted(hits.values(), reverse=True)[: MOST + 1]


def read_results(
    db: sqlite3.Connection, query: Query, hits: list[Hit], names: Names
) -> list[dict[str, Any]]:
    """The results on the query's page as the template shows them."""
    shown = hits[:MOST][query.first - 1 : query.first - 1 + PAGE_SIZE]
    return [_result(db, hit, names) for hit in shown]


def facets(names: Names) -> Iterator[dict[str, Any]]:
    """The filters with their choices, not counted."""
    types = [(t.name, t.title_zh, t.title_en, None) for t in record_types().values()]
    yield {"name": "type", "zh": "类型", "en": "Type", "values": types}
    departments = [(c, d["name_zh"], d["name_en"], None) for c, d in names.departments.items()]
    yield {"name": "department", "zh": "部门", "en": "Department", "values": departments}
    statuses = [(status, zh, en, None) for status, (zh, en) in STATUSES.items()]
    yield {"name": "status", "zh": "公示状态", "en": "Publication", "values": statuses}


def _hits(db: sqlite3.Connection, record: RecordType, query: Query) -> Iterator[Hit]:
    """The hits of one record type; what is found twice is found exactly the second time."""
    values = {
        **asdict(query),
        "code": query.q.upper(),
        "match": match_query(query.q),
        "limit": MOST + 1,
    }
    for exact, sql in _selects(record, query, searchable=values["match"] is not None):
        for rowid, decided in db.execute(sql, values):
            yield Hit(exact, decided or "", record.name, rowid)


def _selects(record: RecordType, query: Query, *, searchable: bool) -> Iterator[tuple[bool, str]]:
    """The statements that find the hits of one record type, and whether they find exactly."""
    name, decided = record.name, record.roles["decided"]
    head = f"SELECT r.rowid, r.{decided} FROM"
    filters = list(_filters(record, query))
    if not query.q:
        order = f"ORDER BY r.{decided} DESC, r.rowid DESC LIMIT :limit"
        yield False, f"{head} {name} r {_where(filters)} {order}"
        return
    if searchable:
        joined = f"{name}_fts CROSS JOIN {name} r ON r.rowid = {name}_fts.rowid"
        where = _where([f"{name}_fts MATCH :match", *filters])
        yield False, f"{head} {joined} {where} ORDER BY {name}_fts.rowid DESC LIMIT :limit"
    for condition in _exactly(record):
        yield True, f"{head} {name} r {_where([condition, *filters])} LIMIT :limit"


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
    record = record_types()[hit.type]
    headline, department = row[record.roles["headline"]] or "", row["department"]
    known = names.departments.get(department, {"name_zh": department, "name_en": department})
    return {
        "type": hit.type,
        "record_id": row["record_id"],
        "headline": names.lists.get(headline, headline),
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
