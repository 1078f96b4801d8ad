"""Finding any of millions of values in bytes."""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation

from publish.schema import PERSON

Form = Literal["text", "pages", "packed"]
"""What bytes are: text; pages of a binary file, where values touch that do not belong together; or
compressed data, where short values turn up by chance."""

LONG = 15
"""From so many bytes on a value is not met by chance, whatever stands beside it."""

_SURE = 9
_START = 48
_CHARACTER = 4
_AFTER_NAME = PERSON.encode()


class Piece(NamedTuple):
    """Some bytes of a file, unpacked, in which a value that the file holds stands whole."""

    data: bytes
    form: Form = "text"


class Finder:
    """Finds values in bytes, all of them in one pass (Aho and Corasick 1975).

    The automaton knows the first bytes of each value only, so that its size does not grow with
    the length of texts; what begins like a value is then compared.
    """

    def __init__(self, needles: Mapping[bytes, object]) -> None:
        self._needles = needles
        lengths: dict[bytes, tuple[int, ...]] = {}
        for needle in needles:
            start = needle[:_START]
            lengths[start] = _with(lengths.get(start, ()), len(needle))
        self._lengths = list(lengths.values())
        self._starts = BytesAhoCorasick(lengths, implementation=Implementation.ContiguousNFA)

    def find(self, text: Iterable[Piece]) -> set[bytes]:
        """Every value that stands in some text."""
        found, done = set[bytes](), set[int]()
        for data, form in text:
            allowed = _RULES[form]
            for number, start, end in self._starts.find_matches_as_indexes(data, overlapping=True):
                # Most of what is met is met again and again.
                if number in done:
                    continue
                lengths = self._lengths[number]
                for length in lengths:
                    needle = data[start : start + length]
                    if needle in self._needles and allowed(needle, data, start):
                        found.add(needle)
                        if lengths == (end - start,):
                            done.add(number)
        return found


_SHARED: dict[tuple[int, ...], tuple[int, ...]] = {}


def _with(lengths: tuple[int, ...], length: int) -> tuple[int, ...]:
    """Some lengths and one more; equal ones are one object, since there are millions."""
    more = lengths if length in lengths else (*lengths, length)
    return _SHARED.setdefault(more, more)


def _in_text(needle: bytes, data: bytes, start: int) -> bool:
    """A short number or Latin name must not be part of a longer one."""
    return len(needle) >= LONG or not needle.isascii() or _is_token(needle, data, start)


def _in_pages(needle: bytes, data: bytes, start: int) -> bool:
    """A short name must stand by itself too, or before what follows it in a record."""
    if len(needle) >= LONG or needle.isascii():
        return _in_text(needle, data, start)
    end = start + len(needle)
    before = data[max(start - _CHARACTER, 0) : start].decode(errors="ignore")[-1:]
    after = data[end : end + _CHARACTER].decode(errors="ignore")[:1]
    if data.startswith(_AFTER_NAME, end):
        after = ""
    return not any(char.isalpha() and not char.isascii() for char in (before, after))


def _in_packed(needle: bytes, data: bytes, start: int) -> bool:
    """So few bytes are met by chance among so many."""
    return len(needle) >= _SURE and _in_pages(needle, data, start)


def _is_token(needle: bytes, data: bytes, start: int) -> bool:
    """Whether neither neighbour is an ASCII letter or digit."""
    end = start + len(needle)
    return not (data[max(start - 1, 0) : start].isalnum() or data[end : end + 1].isalnum())


_RULES: Mapping[Form, Callable[[bytes, bytes, int], bool]] = {
    "text": _in_text,
    "pages": _in_pages,
    "packed": _in_packed,
}
