"""Codes as they were probably meant: letters are easily taken for digits that look alike."""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, product

from publish.search.fold import fold
from publish.search.query import Query, asked
from publish.search.total import numbers

_CODE = re.compile(r"(?=[a-z]*[0-9])[0-9a-z]{8,18}")
_MEANT = {"i": "1", "l": "1L", "o": "0", "s": "5", "z": "2", "v": "UY"}
"""Letters that unified social credit codes do not hold (GB 32100-2015), and the lower-case L."""
_MOST = 32


def mended(db: sqlite3.Connection, query: Query) -> Query:
    """A query, its code read again if nothing is found by it as it is and something is then.

    Args:
        db: a release's credit.db.
    """
    every = (query, *(replace(query, q=q) for q in readings(query.q)))
    if len(every) == 1:
        return query
    return next((one for one in every if _finds(db, one)), query)


def readings(q: str) -> Iterator[str]:
    """Other readings of what was typed, if it looks like a code with such letters.

    Args:
        q: what a reader typed.

    Yields:
        Codes in upper case, at most 32.
    """
    code = fold(q).replace(" ", "")
    if _CODE.fullmatch(code) and set(code) & _MEANT.keys():
        every = product(*(_MEANT.get(char, char.upper()) for char in code))
        yield from map("".join, islice(every, _MOST))


def _finds(db: sqlite3.Connection, query: Query) -> bool:
    """Whether a query finds anything."""
    wanted = asked(db, query)
    return db.execute(numbers(wanted.any), wanted.values).fetchone() is not None
