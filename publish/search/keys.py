"""Words of the index that nobody can type: what a record is called in full, and what it is."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from publish.schema import RecordType
from publish.search.fold import fold, index_text, match_query

EXACT, HEAD, FILTER = "\ue001", "\ue002", "\ue003"
"""What these words begin with. Folding turns these private characters into spaces in all texts and
queries."""
OWN = (EXACT, f"{FILTER}\U0010ffff")
"""The first and the last word of this kind that there can be."""
FILTERS: Mapping[str, str] = {
    "department": "department",
    "status": "publish_status",
    "party_kind": "party_kind",
}
"""What is filtered by, beside type and days, with its column in the tables of all types."""


def exact(text: str) -> str:
    """The word of a whole name, number or code, however it is spaced and bracketed."""
    return EXACT + fold(text).replace(" ", "")


def heads(names: Iterable[str]) -> Iterator[str]:
    """The words with which names begin."""
    for name in names:
        if words := index_text(name).split():
            yield HEAD + words[0]


def head_query(q: str) -> str | None:
    """The expression that finds names that begin with what a reader typed; None for nothing."""
    phrase = match_query("〕".join(q.split()))
    if phrase is None:
        return None
    _, words, star = phrase.split('"')
    first, *rest = words.split()
    return f'party_name : "{" ".join([HEAD + first, *([first, *rest] if rest else [])])}"{star}'


def filter_key(name: str, value: str) -> str:
    """The word of a record that has a value of what is filtered by."""
    return f"{FILTER}{name.replace('_', '')}{value.encode().hex()}"


def published_keys(day: str) -> Iterator[str]:
    """The words of a day of publication: its year, its month and itself; none without a day."""
    if day:
        yield from (filter_key("published", day[:length]) for length in (4, 7, 10))


def keys(record: RecordType, row: Mapping[str, Any], wholes: Iterable[str]) -> Iterator[str]:
    """The words of a row beside those of its texts.

    Args:
        row: by column.
        wholes: its names, numbers and codes.
    """
    yield from map(exact, wholes)
    yield filter_key("type", record.name)
    for name, column in FILTERS.items():
        if row.get(column):
            yield filter_key(name, row[column])
    yield from published_keys((row["portal_published"] or "")[:10])
