"""Cells: what a department typed, made into what is stored; each column has a cleaner of its own.

A value seen before is looked up in a dictionary without a Python call; one that is fit to be stored
as it is, is only looked over. What is put right without a word is white space, width, or a spelling
that can mean one thing.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from publish.handin import idcard, uscc
from publish.handin.findings import Problem, problem
from publish.handin.tidy import Test, bare, plain_test, tidier
from publish.handin.values import USUAL, Reading, parser, part_parser
from publish.schema import Field

CACHED = 50_000
"""How many different values of one column are remembered at a time."""
_PLAIN = 1000
"""How many are if a quick test shows that they can be stored as they are: a column with more hardly
repeats itself, and a large dictionary of strings is slower than the test."""
_LONGEST = 500
"""No longer cell is remembered."""

V = TypeVar("V")


class Cleaned(NamedTuple):
    """A cell after cleaning.

    Attributes:
        value: what is stored; None if blank or wrong.
        problems: what was found.
        changed: whether more than white space was put right, so that the original is kept.
    """

    value: str | None
    problems: tuple[Problem, ...] = ()
    changed: bool = False


Cleaner = Callable[[str], Cleaned]
Getter = Callable[[str], "str | None"]


class Notes:
    """What was noticed in the row at hand; emptied before the next.

    Attributes:
        problems: what was found.
        originals: cells whose text was put right, by column.
    """

    __slots__ = ("originals", "problems")

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.originals: dict[str, str] = {}

    def taken(self) -> tuple[tuple[Problem, ...], dict[str, str]]:
        """What was noted; the notes are empty afterwards."""
        noted = tuple(self.problems), dict(self.originals)
        self.problems.clear()
        self.originals.clear()
        return noted


class Column(dict[str, "str | None"]):
    """A column's values by the cell they were made from; only faultless ones are kept.

    A look-up that hits never leaves the interpreter's own dictionary code, and a row in which
    nothing was noted is known to be faultless without asking each cell.

    Args:
        is_plain: whether a cell can surely be stored as it is.
    """

    __slots__ = ("_clean", "_is_plain", "_name", "_notes", "_odd")

    def __init__(self, name: str, clean: Cleaner, is_plain: Test | None, notes: Notes) -> None:
        super().__init__()
        self._name, self._clean, self._is_plain, self._notes = name, clean, is_plain, notes
        self._odd: dict[str, Cleaned] = {}

    def __missing__(self, raw: str) -> str | None:
        if self._is_plain and self._is_plain(raw):
            return raw if len(self) >= _PLAIN else _remember(self, raw, raw)
        cleaned = self._odd.get(raw) or self._clean(raw)
        if not (cleaned.problems or cleaned.changed):
            return _remember(self, raw, cleaned.value)
        return self._note(raw, _remember(self._odd, raw, cleaned))

    def _note(self, raw: str, cleaned: Cleaned) -> str | None:
        """Notes what was found in a cell; returns its value."""
        self._notes.problems += cleaned.problems
        if cleaned.changed:
            self._notes.originals[self._name] = raw
        return cleaned.value


def _remember(cache: dict[str, V], raw: str, found: V) -> V:
    """Keeps what was found, but for giant cells; a full cache starts anew."""
    if len(raw) <= _LONGEST:
        if len(cache) >= CACHED:
            cache.clear()
        cache[raw] = found
    return found


def cleaner(where: Field, how: Reading = USUAL) -> Cleaner:
    """The function from a cell to what is stored and what was found."""
    tidy, parse = tidier(where), parser(where, how)
    part = part_parser(where, how.extract) if how.extract else None
    required = where.required and not how.optional
    keeps_original = where.type == "string" and not (part or where.codes)

    def clean(raw: str) -> Cleaned:
        text, problems = tidy(raw)
        if text and part:
            found = part(raw.strip())
            if isinstance(found, Problem):
                return Cleaned(None, (found,))
            text, problems = tidy(found)
        if not text:
            blank = (problem("required_missing", where),) if required else ()
            return Cleaned(None, blank)
        result = parse(text)
        if isinstance(result, Problem):
            return Cleaned(None, (*problems, result))
        changed = keeps_original and result != raw and bare(result) != bare(raw)
        return Cleaned(result, problems, changed)

    return clean


def getter(where: Field, how: Reading, notes: Notes) -> Getter:
    """The quickest function from a cell to its value; it notes what it finds."""
    is_plain = None if how.extract else _CHECKS.get(where.check or "") or plain_test(where)
    return Column(where.name, cleaner(where, how), is_plain, notes).__getitem__


def _is_identity_number(text: str) -> bool:
    """Whether a text is a resident identity number of 18 signs as it is stored."""
    return len(text) == 18 and text[17] != "x" and idcard.is_valid(text)


_CHECKS: Mapping[str, Test] = {"uscc": uscc.is_valid, "person_id": _is_identity_number}
