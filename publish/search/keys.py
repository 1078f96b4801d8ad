"""Words of the index that nobody can type: what a record is called in full, and what it is."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from publish.schema import RecordType
from publish.search.fold import fold, index_text

EXACT = "\ue001"
HEAD = "\ue002"
FILTER = "\ue003"
FILTERS: Mapping[str, str] = {"d": "department", "s": "publish_status", "k": "party_kind"}
"""The columns of all types that are filtered by, under the marks of their words."""


def squeezed(text: str) -> str:
    """A whole name, number or code, however it is spaced and bracketed."""
    return fold(text).replace(" ", "")


def exact(text: str) -> str:
    """The word of a whole name, number or code."""
    return EXACT + squeezed(text)


def heads(names: Iterable[str]) -> Iterator[str]:
    """The words with which names begin."""
    for name in names:
        first, *_ = index_text(name).split() or [""]
        if first:
            yield HEAD + first


def filter_key(name: str, value: str) -> str:
    """The word of a record that has a value in one of the columns that are filtered by."""
    return f"{FILTER}{name}{value.encode().hex()}"


def days(day: str | None) -> Iterator[str]:
    """The words of a day of publication: its year, its month and itself."""
    if day:
        yield from (filter_key("p", day[:length]) for length in (4, 7, 10))


def keys(record: RecordType, row: Mapping[str, Any], wholes: Iterable[str]) -> list[str]:
    """The words of a row beside those of its texts.

    Args:
        row: by column.
        wholes: its names, numbers and codes.
    """
    found = [exact(whole) for whole in wholes]
    found.append(filter_key("t", record.name))
    for mark, column in FILTERS.items():
        if row.get(column):
            found.append(filter_key(mark, row[column]))
    return [*found, *days((row["portal_published"] or "")[:10])]
