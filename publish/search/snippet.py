"""The part of a record's texts that shows why it was found."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from publish.search.fold import highlight
from publish.search.index import texts

Pieces = Sequence[tuple[str, bool]]
"""A text in pieces, each with whether it is what was searched for."""

_BEFORE, _LENGTH = 20, 90
_CUT = "…"


def marked(text: str, q: str) -> Pieces:
    """A text with the places that a reader's query means."""
    return list(_pieces(text, highlight(text, q)))


def snippets(
    db: sqlite3.Connection, found: Iterable[tuple[str, int]], q: str
) -> Mapping[int, Pieces]:
    """A part of each record's texts, where they hold what was searched for if any does.

    Args:
        found: types and numbers of records.

    Returns:
        The parts by number.
    """
    numbers: dict[str, list[int]] = {}
    for record_type, number in found:
        numbers.setdefault(record_type, []).append(number)
    return {
        number: _part(row, q)
        for record_type, wanted in numbers.items()
        for number, *row in db.execute(_statement(record_type), (json.dumps(wanted),))
    }


@cache
def _statement(record_type: str) -> str:
    """The question for the texts of some records of a type."""
    listed = ", ".join(f'"{name}"' for name in texts(record_type).text)
    return (
        f'SELECT rowid, {listed} FROM "{record_type}" '
        "WHERE rowid IN (SELECT value FROM json_each(?))"
    )


def _part(row: Sequence[str | None], q: str) -> Pieces:
    """A part of some texts."""
    found = [text for text in row if text]
    for text in found:
        if places := highlight(text, q):
            return _around(text, places)
    return _around(found[0], []) if found else []


def _around(text: str, places: Sequence[tuple[int, int]]) -> Pieces:
    """A short part of a text, from a little before the first place."""
    start = max(places[0][0] - _BEFORE, 0) if places else 0
    start = 0 if len(text) <= _LENGTH else min(start, len(text) - _LENGTH)
    end = start + _LENGTH
    shown = [(a - start, min(b, end) - start) for a, b in places if a < end]
    pieces = list(_pieces(text[start:end], shown))
    before = [(_CUT, False)] if start else []
    return [*before, *pieces, *([(_CUT, False)] if end < len(text) else [])]


def _pieces(text: str, places: Sequence[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """The pieces of a text, parted at the places."""
    done = 0
    for start, end in places:
        if done < start:
            yield text[done:start], False
        yield text[start:end], True
        done = end
    if done < len(text):
        yield text[done:], False
