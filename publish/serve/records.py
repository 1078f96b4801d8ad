"""The search page: what a reader asks for, what answers it, and how to narrow it down."""

import csv
import re
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from io import StringIO
from operator import attrgetter
from typing import Any
from urllib.parse import parse_qsl, urlencode

from monitor.clocks import STATUSES
from publish.release.snapshot import safe_cells
from publish.schema import code_lists, types_of
from publish.search.find import MOST, SORTS, Count, Hit, Query, facets, find, marked, parse
from publish.search.snippet import Pieces

PAGE_SIZE = 20

PROBLEM = (
    "检索用时过长，没有完成。请多写几个字，或用筛选缩小范围。",
    "The search took too long and was stopped. Give more of the text, or use the filters.",
)
_PAGE = re.compile(r"[1-9][0-9]{0,5}")
_DAYS = (("decided_from", "decided_to"), ("published_from", "published_to"))

Row = Mapping[str, Any]
Texts = tuple[str, str]


@dataclass(frozen=True)
class Asked:
    """A page of a search.

    Attributes:
        page: from 1.
    """

    query: Query
    page: int = 1

    @property
    def first(self) -> int:
        """The place of the page's first result, from 1."""
        return (self.page - 1) * PAGE_SIZE + 1

    def address(self, page: int | None = None, name: str = "records", **changes: str) -> str:
        """The address of a page of this search, without the language's prefix.

        Args:
            page: by default this one.
            changes: what else is asked for instead.
        """
        number = self.page if page is None else page
        asked = {**asdict(self.query), **changes, "page": number if number > 1 else ""}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"/{name}?{query}" if query else f"/{name}"

    def kept(self, names: Collection[str]) -> dict[str, str]:
        """What else is asked for, which a form that sets those names must keep."""
        asked = asdict(self.query).items()
        return {name: value for name, value in asked if value and name not in names}


@dataclass(frozen=True)
class Names:
    """What codes are called.

    Attributes:
        departments: the rows of the table by code, in order.
        lists: the rows of the red and black lists by id.
    """

    departments: Mapping[str, Row]
    lists: Mapping[str, Row]


@dataclass(frozen=True)
class Results:
    """What a search found.

    Attributes:
        total: how many records; None if they are more than `MOST`.
        hits: those of the page.
        searched: what was searched for in place of a misspelt code; empty if nothing was mended.
    """

    total: int | None
    hits: Sequence[Hit]
    searched: str = ""

    @property
    def pages(self) -> int:
        """How many pages can be turned to."""
        return -(-(MOST if self.total is None else self.total) // PAGE_SIZE)


NOTHING = Results(0, ())


@dataclass(frozen=True)
class Choice:
    """A value that narrows a search down.

    Attributes:
        changes: what to ask for instead, so that it does, or does no more if it does now.
        count: how many records it leaves; None if they are too many to be counted.
        chosen: whether it is asked for.
    """

    zh: str
    en: str
    changes: Mapping[str, str]
    count: int | None
    chosen: bool


@dataclass(frozen=True)
class Filter:
    """What a search can be narrowed down by.

    Attributes:
        choices: the values that leave any records, and the one that is asked for.
    """

    name: str
    zh: str
    en: str
    choices: Sequence[Choice]

    @property
    def chosen(self) -> Choice | None:
        """The value that is asked for."""
        return next((choice for choice in self.choices if choice.chosen), None)


def read_asked(query_string: bytes) -> Asked:
    """The page in an address; what has no meaning is left out."""
    params = dict(parse_qsl(query_string.decode("latin-1")))
    page = params.get("page", "").strip()
    return Asked(parse(params), min(int(page), MOST // PAGE_SIZE) if _PAGE.fullmatch(page) else 1)


def read_names(db: sqlite3.Connection) -> Names:
    """The names in a release's credit.db."""
    departments = db.execute("SELECT * FROM department ORDER BY code")
    lists = db.execute("SELECT * FROM credit_list ORDER BY list_id")
    return Names(
        {row["code"]: dict(row) for row in departments},
        {row["list_id"]: dict(row) for row in lists},
    )


def search(db: sqlite3.Connection, asked: Asked) -> Results:
    """The page of the records that answer a query, in the order that it asks for."""
    skip, query = asked.first - 1, asked.query
    found = find(db, query, limit=PAGE_SIZE, skip=skip, snippets=bool(query.q))
    return Results(found.total, found.hits, found.searched)


def filters(db: sqlite3.Connection, query: Query, names: Names) -> list[Filter]:
    """What a search can be narrowed down by, each value with how many records it leaves."""
    counted = facets(db, query)
    return [
        Filter(name, zh, en, list(_choices(query, name, counted[name], named)))
        for name, zh, en, named in _facets(names)
    ]


def total(found: Results, narrowing: Sequence[Filter]) -> int | None:
    """How many records answer a query; None if they are too many to be counted.

    What is asked for by filters alone was counted when the release was built.
    """
    if found.total is not None:
        return found.total
    types = next((one for one in narrowing if one.name == "type"), None)
    counts = [one.count for one in types.choices if one.chosen or not types.chosen] if types else []
    return None if None in counts else sum(filter(None, counts)) or None


def shown(hits: Sequence[Hit], q: str, names: Names) -> Iterator[dict[str, Any]]:
    """Hits as the template shows them, what was searched for marked.

    Args:
        q: what was searched for.
    """
    for hit in hits:
        said = (hit.headline, hit.party_name, hit.document_no)
        headline, party, document = (marked(text or "", q) for text in said)
        yield {
            "hit": hit,
            "headline": headline,
            "party": party,
            "document": document,
            "text": _telling(hit),
            "office": names.departments.get(hit.department),
            "listed": names.lists.get(hit.headline) if hit.type == "list_entry" else None,
        }


def _telling(hit: Hit) -> Pieces:
    """The part of a hit's texts that holds what was searched for; none if the headline does."""
    text = "".join(piece for piece, _ in hit.snippet)
    held = any(is_match for _, is_match in hit.snippet) and text not in hit.headline
    return hit.snippet if held else ()


def export(db: sqlite3.Connection, query: Query, names: Names) -> str:
    """The records that answer a query, at most `MOST`, as CSV that spreadsheets open safely."""
    found = find(db, query, limit=MOST, counted=False, snippets=False)
    text = StringIO()
    writer = csv.writer(text)
    for number, hit in enumerate(found.hits):
        row = _exported(hit, names)
        if not number:
            writer.writerow(row)
        writer.writerow(safe_cells(row.values()))
    return "\ufeff" + text.getvalue()


def sorts(asked: Asked) -> Iterator[tuple[str, Texts, bool]]:
    """The orders in which records can be shown: address, name, and whether it is this one."""
    for sort, texts in SORTS.items():
        yield asked.address(1, sort=sort), texts, sort == asked.query.sort


def dates_set(query: Query) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """The ranges of days that are asked for: first, last, and what to ask for without them."""
    for first, last in _DAYS:
        days = getattr(query, first), getattr(query, last)
        if any(days) and not (first == "decided_from" and _year(query)):
            yield *days, {first: "", last: ""}


def _exported(hit: Hit, names: Names) -> dict[str, Any]:
    """A record as a row of the file, under names that stay."""
    office = names.departments.get(hit.department, {})
    listed = names.lists.get(hit.headline, {})
    return {
        "type": hit.type,
        "record_id": hit.record_id,
        "headline": listed.get("name_zh", hit.headline),
        "party": hit.party_name,
        "document": hit.document_no,
        "department": hit.department,
        "department_zh": office.get("name_zh", hit.department),
        "department_en": office.get("name_en", hit.department),
        "decided": hit.decided,
        "published": hit.published,
        "status": hit.status,
    }


_Named = Callable[[str], Texts]


def _facets(names: Names) -> Iterator[tuple[str, str, str, _Named]]:
    """What is counted: its name, its titles, and what its values are called."""
    types, kinds = types_of("record"), code_lists()["party_kind"]

    def department(code: str) -> Texts:
        row = names.departments.get(code, {})
        return (
            row.get("short_zh") or row.get("name_zh") or code,
            row.get("short_en") or row.get("name_en") or code,
        )

    yield "type", "类型", "Type", lambda name: (types[name].title_zh, types[name].title_en)
    yield "department", "部门", "Department", department
    yield "district", "区县", "District", lambda name: (name, name)
    yield "status", "公示时效", "Timeliness", lambda code: STATUSES[code]
    yield "party_kind", "相对人", "Party", lambda v: (kinds.label(v, "zh"), kinds.label(v, "en"))
    yield "year", "年份", "Year", lambda year: (f"{year}年", year)


def _choices(query: Query, name: str, counted: Sequence[Count], named: _Named) -> Iterator[Choice]:
    """The values of a filter."""
    chosen = _year(query) if name == "year" else getattr(query, name)
    newest_first = (
        sorted(counted, key=attrgetter("value"), reverse=True) if name == "year" else counted
    )
    counts = {one.value: one.count for one in newest_first if one.value}
    if chosen:
        counts.setdefault(chosen, 0)
    for value, count in counts.items():
        changes = _asking(name, "" if value == chosen else value)
        yield Choice(*named(value), changes, count, value == chosen)


def _asking(name: str, value: str) -> Mapping[str, str]:
    """What to ask for so that a filter has a value."""
    if name != "year":
        return {name: value}
    ends = (f"{value}-01-01", f"{value}-12-31") if value else ("", "")
    return dict(zip(("decided_from", "decided_to"), ends, strict=True))


def _year(query: Query) -> str:
    """The year whose decisions are asked for; empty if none or not a whole one."""
    year = query.decided_from[:4]
    whole = replace(query, **_asking("year", year)) == query
    return year if year and whole else ""
