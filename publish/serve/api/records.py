"""Records found by words and filters, their counts, and suggestions while typing."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any, get_type_hints
from urllib.parse import urlencode

from publish.search import find as search
from publish.search.tables import RECORD
from publish.serve.api.declare import (
    Asked,
    Column,
    Databases,
    Listed,
    Place,
    Release,
    Row,
    table_columns,
)
from publish.serve.api.parse import wrong_cursor
from publish.serve.api.problem import wrong

SORTS = tuple(filter(None, search.SORTS))
FACETS = ("type", "department", "status", "district", "party_kind", "year")
FOUND_BY = Column(
    "found_by",
    "string",
    f"因何命中：{'、'.join(search.RANKS)}；没有检索词则为空",
    f"why it was found: {', '.join(search.RANKS)}; null without words",
)
SNIPPET = Column(
    "snippet",
    "array",
    "命中处的文字；没有检索词则为空",
    "the text where the words were found; null without words",
    parts=(
        Column("text", "string", "文字", "text", nullable=False),
        Column("match", "boolean", "是否命中", "whether it was looked for", nullable=False),
    ),
    flat=False,
)
RECORDS = (*table_columns(RECORD), FOUND_BY, SNIPPET)
_COUNT = Column("count", "integer", "条数；超过一万时为空", "records; null if more than 10,000")
META = (
    Column(
        "searched_for",
        "string",
        "代码有误写时实际检索的词；否则为空",
        "what was searched for in place of a misspelt code; null if nothing was mended",
    ),
    Column(
        "facets",
        "object",
        "所要求的各项计数",
        "the counts that were asked for",
        nullable=False,
        parts=tuple(
            Column(
                name,
                "array",
                "各值的条数",
                "records by value",
                nullable=False,
                optional=True,
                parts=(Column("value", "string", "值", "value", nullable=False), _COUNT),
            )
            for name in FACETS
        ),
    ),
)
SUGGESTIONS = (
    Column("kind", "string", "种类", "name, number, code, department or word", nullable=False),
    Column("text", "string", "文字", "text", nullable=False),
    _COUNT,
    Column(
        "query",
        "string",
        "检索用的参数，接在 /records? 之后",
        "the parameters that find it, to follow /records?",
        nullable=False,
    ),
)
_MOST_TOTALS = 10_000
_UNCOUNTED = -1
_ASKED = tuple(field.name for field in fields(search.Query))
_PLACE = tuple(get_type_hints(search.Place).values())


def found(databases: Databases, release: Release, asked: Asked) -> Listed:
    """The records that answer a query, in order, and how many they are."""
    db = databases.credit
    query = search.Query(**{name: asked[name] or "" for name in _ASKED})
    after = _place(asked.after) if asked.after else None
    counting = replace(query, sort="")
    total = release.totals.get(counting, _UNCOUNTED)
    new = total == _UNCOUNTED
    answer = search.find(db, query, limit=asked["limit"], after=after, counted=new)
    if new:
        total = _remember(release.totals, counting, answer.total)
    counts = _counts(search.facets(db, query), asked["facets"]) if asked["facets"] else {}
    meta = {"searched_for": answer.searched or None, "facets": counts}
    return Listed([_row(hit) for hit in answer.hits], answer.next, total, meta)


def _remember(
    totals: dict[Hashable, int | None], asked: search.Query, total: int | None
) -> int | None:
    """Keeps a total for the pages that follow, and for others who ask the same."""
    if len(totals) >= _MOST_TOTALS:
        totals.clear()
    totals[asked] = total
    return total


def suggested(databases: Databases, _release: Release, asked: Asked) -> Listed:
    """What a reader may mean."""
    rows = [
        {"kind": one.kind, "text": one.text, "count": one.count, "query": _parameters(one.query)}
        for one in search.suggest(databases.credit, asked["q"], limit=asked["limit"])
    ]
    return Listed(rows, None, len(rows))


def _row(hit: search.Hit) -> Row:
    """A hit in the endpoint's columns."""
    row: dict[str, Any] = {name: value or None for name, value in hit._asdict().items()}
    snippet = [{"text": text, "match": match} for text, match in row.pop(SNIPPET.name) or ()]
    row[FOUND_BY.name] = row.pop("rank")
    row[SNIPPET.name] = snippet or None
    return row


def _place(place: Place) -> search.Place:
    """Where a page ended, as the search knows it.

    Raises:
        RequestError: if nobody but the client can have made it.
    """
    if len(place) != len(_PLACE) or not all(map(isinstance, place, _PLACE)):
        raise wrong([wrong_cursor()])
    return search.Place._make(place)


def _counts(
    counts: Mapping[str, Sequence[search.Count]], wanted: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """The counts that were asked for."""
    return {
        name: [{"value": one.value, "count": one.count} for one in counts[name]] for name in wanted
    }


def _parameters(query: search.Query) -> str:
    """A query as the part of an address after the question mark."""
    return urlencode({name: value for name, value in asdict(query).items() if value})
