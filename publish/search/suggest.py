"""What can be searched for, offered while a reader types."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from publish.schema import PERSON
from publish.search.express import NOTHING, anywhere, having
from publish.search.fold import fold
from publish.search.keys import exact_query, head_query
from publish.search.query import Query, asked
from publish.search.tables import INDEX, RECORD, RECORD_COUNT
from publish.search.total import count

_LOOKED_AT = 200
"""How many of the newest records that fit are looked through for different ones."""
_EACH = 3
"""How many departments, numbers, codes and words are offered at most."""
_SHORTEST_CODE = 8


@dataclass(frozen=True)
class Suggestion:
    """Something that can be searched for.

    Attributes:
        kind: ``name``, ``number``, ``code``, ``department`` or ``word``.
        count: how many records; None if they are more than `publish.search.total.MOST`.
        query: what finds them.
    """

    kind: str
    text: str
    count: int | None
    query: Query


def suggest(db: sqlite3.Connection, text: str, limit: int = 8) -> list[Suggestion]:
    """Offers departments, names, numbers, codes and words that begin with or hold a text.

    Names of natural persons are not offered, not even masked.

    Args:
        db: a release's credit.db.
        text: what was typed so far.
        limit: how many at most.
    """
    folded = fold(text)
    if not folded:
        return []
    few = (_departments(db, folded), _codes(db, folded), _numbers(db, text, folded))
    first = [one for found in few for one in islice(found, _EACH)]
    words = list(islice(_words(db, text, folded), _EACH))
    names = list(islice(_names(db, text), limit))
    room = max(limit - len(first) - len(words), limit // 2)
    return [*first, *names[:room], *words][:limit]


def _departments(db: sqlite3.Connection, folded: str) -> Iterator[Suggestion]:
    """Departments that are called so."""
    rows = db.execute(
        "SELECT code, name_zh, name_en, short_zh, short_en, sum(records) FROM department "
        f"JOIN {RECORD_COUNT.name} ON department = code GROUP BY code ORDER BY 6 DESC"
    )
    for code, name, *others, counted in rows:
        if any(folded in fold(one or "") for one in (name, *others)):
            yield Suggestion("department", name, counted, Query(department=code))


def _names(db: sqlite3.Connection, text: str) -> Iterator[Suggestion]:
    """Names of organisations, first those that begin so."""
    head = head_query(text)
    person = having("party_kind", PERSON)
    expressions = (head, f"party_name : ({anywhere(text)})")
    found = chain.from_iterable(
        _newest(db, "party_name", f"({one}) NOT {person}") for one in expressions if one
    )
    for name in dict.fromkeys(found):
        yield _counted(db, "name", name)


def _codes(db: sqlite3.Connection, folded: str) -> Iterator[Suggestion]:
    """Codes that begin so."""
    if len(folded) >= _SHORTEST_CODE and folded.isascii() and folded.isalnum():
        for code in _newest(db, "uscc", f'uscc : "{folded}"*'):
            yield _counted(db, "code", code)


def _numbers(db: sqlite3.Connection, text: str, folded: str) -> Iterator[Suggestion]:
    """Numbers of documents that hold what was typed."""
    if any(char.isdigit() for char in folded):
        for number in _newest(db, "document_no", f"document_no : ({anywhere(text)})"):
            yield _counted(db, "number", number)


def _words(db: sqlite3.Connection, text: str, folded: str) -> Iterator[Suggestion]:
    """What records are about, where that holds what was typed."""
    for headline in _newest(db, "headline", f"text : ({anywhere(text)})"):
        if folded in fold(headline):
            query = Query(q=headline)
            yield Suggestion("word", headline, count(db, asked(db, query)), query)


def _newest(db: sqlite3.Connection, column: str, expression: str) -> Iterator[str]:
    """The different values of a column of the newest records that an expression finds."""
    sql = (
        f"SELECT r.{column} FROM (SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH :wanted "
        f"ORDER BY rowid DESC LIMIT {_LOOKED_AT}) n "
        f"CROSS JOIN {RECORD.name} r ON r.rowid = n.rowid"
    )
    rows = db.execute(sql, {"wanted": expression})
    yield from dict.fromkeys(value for (value,) in rows if value)


def _counted(db: sqlite3.Connection, kind: str, text: str) -> Suggestion:
    """Something that records are called in full, with how many are."""
    every = asked(db, Query())
    records = count(db, every._replace(filters=(exact_query(text) or NOTHING,)))
    return Suggestion(kind, text, records, Query(q=text))
