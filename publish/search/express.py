"""What a reader asks for, as expressions of the full-text index."""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from publish.schema import types_of
from publish.search.fold import fold, match_query
from publish.search.keys import exact_query, filter_key, head_query

NOTHING = '"\ue004"'
"""A query that finds nothing: this private character is in no word of the index."""

_FIRST, _LAST = "1949-10-01", "2099-12-31"
_GAP = "〕"
"""Stands for any brackets: spaces part the terms of a query."""
_NUMBER = re.compile(rf"(?<![0-9])((?:19|20)[0-9]{{2}}){_GAP}?第?([0-9]{{1,7}})(?=号|$|\s)")
"""The year and the serial number in the number of a document."""


class Ranked(NamedTuple):
    """What finds a text, apart by how well it fits.

    Attributes:
        ranks: one expression for each of `publish.search.find.RANKS`; no record is found by two.
        any: finds what all of them find.
    """

    ranks: tuple[str, ...]
    any: str


def ranked(q: str) -> Ranked:
    """The expressions of what a reader typed."""
    whole = exact_query(q) or NOTHING
    found = anywhere(q)
    name, head = f"party_name : ({found})", head_query(q)
    beginning = f"({head}) NOT {whole}" if head else NOTHING
    named = f"({name}) NOT ({' OR '.join(filter(None, (whole, head)))})"
    texts = f"({found}) NOT ({whole} OR ({name}))"
    return Ranked((whole, beginning, named, texts), f"{whole} OR ({found})")


def anywhere(q: str) -> str:
    """The expression that finds what a reader typed in any text."""
    written = dict.fromkeys(filter(None, map(match_query, _spellings(q))))
    return " OR ".join(f"({one})" for one in written) or NOTHING


def narrowed(expression: str | None, conditions: Iterable[str]) -> str | None:
    """An expression of which all conditions must hold too; None if nothing is asked for."""
    parts = [f"({part})" for part in (expression, *conditions) if part]
    return records(" AND ".join(parts)) if parts else None


def records(expression: str) -> str:
    """An expression that finds records only, and not what is attached to them."""
    attached = " OR ".join(having("type", name) for name in types_of("attached"))
    return f"({expression}) NOT ({attached})"


def having(name: str, value: str) -> str:
    """The condition that a record has a value of what is filtered by."""
    return _quoted(filter_key(name, value))


def in_district(db: sqlite3.Connection, district: str) -> str:
    """The condition that a record's department is in a district."""
    codes = db.execute("SELECT code FROM department WHERE district = ?", (district,))
    return " OR ".join(having("department", code) for (code,) in codes) or NOTHING


def published_between(first: str, last: str) -> str:
    """The condition that a record was published in a range of days, both included.

    Args:
        first: ISO; empty for the beginning of all.
        last: ISO; empty for the end of all.
    """
    spans = _spans(date.fromisoformat(first or _FIRST), date.fromisoformat(last or _LAST))
    return " OR ".join(having("published", span) for span in spans) or NOTHING


def of_party(uscc: str) -> str:
    """The condition that a record's party has a code."""
    return f"uscc : ({match_query(uscc) or NOTHING})"


def _spellings(q: str) -> Iterator[str]:
    """What was typed, and numbers of documents in it in other ways.

    They are written with the word 第 or without, and with nothing between year and number.
    """
    yield q
    folded = " ".join(_GAP.join(fold(term).split()) for term in q.split())
    if _NUMBER.search(folded):
        yield _NUMBER.sub(rf"{_GAP}\1{_GAP}\2", folded)
        yield _NUMBER.sub(rf"{_GAP}\1{_GAP}第\2", folded)


def _spans(first: date, last: date) -> Iterator[str]:
    """The years, months and days that make up a range of days."""
    day = first
    while day <= last:
        for length, end in ((4, date(day.year, 12, 31)), (7, _month_end(day)), (10, day)):
            starts = day.isoformat()[length:] in {"-01-01", "-01", ""}
            if starts and end <= last:
                yield day.isoformat()[:length]
                day = end + timedelta(days=1)
                break


def _month_end(day: date) -> date:
    """The last day of a month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _quoted(word: str) -> str:
    """A word of the index as a phrase."""
    return f'"{word}"'
