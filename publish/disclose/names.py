"""Replacement of known names in free text, however they are written there."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

# Spaces, dots and hyphens within a name, and what is not seen: format characters and the selectors
# of a character's form.
_SPACER = "[\\s.·•‧∙⋅・･\u00ad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef-]"
_SPREAD = f"{_SPACER}{{0,6}}"
_SPACERS = re.compile(f"{_SPACER}+")
_DOTS = re.compile("[·•‧∙⋅・･]")
_SPELT = "[A-Za-zÀ-ɏͰ-ԯ]"
_IS_SPELT = re.compile(_SPELT)
_WIDE = re.compile("[０-９Ａ-Ｚａ-ｚ]")
_NARROW = {
    code: code - 0xFEE0
    for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
}


def narrow(text: str) -> str:
    """Give a text with letters and digits of full width the ordinary ones, sign for sign."""
    return text.translate(_NARROW) if _WIDE.search(text) else text


def without_name(text: str, name: str, shown: str) -> tuple[str, int]:
    """Replace a name in a text.

    Spaces, dots, hyphens and ends of lines within it do not hide it. A name in letters must stand
    by itself, whatever its case and width, and is found with its first or last word elsewhere too.
    Of a name with a middle dot, what stands before the dot is replaced also where it stands alone.
    A surname before 某 or 先生 stays: the mask shows as much.

    Args:
        text: a free text.
        name: a person's name in full; one of a single character is not looked for.
        shown: what to write in its place.

    Returns:
        The text, and how often the name was replaced.
    """
    sought = _sought(name)
    if sought is None or name == shown or not sought.may_be_in(text):
        return text, 0
    found = 0
    if not sought.spelt:
        found = text.count(name)
        text = text.replace(name, shown)
        if not sought.may_be_in(text):
            return text, found
    pattern = _pattern(narrow(name))
    places = [place.span() for place in pattern.finditer(narrow(text))]
    for start, end in reversed(places):
        text = text[:start] + shown + text[end:]
    return text, found + len(places)


class _Sought(NamedTuple):
    """What a text cannot be without if it holds a name, whose pattern is dear to make."""

    characters: str
    spelt: bool

    def may_be_in(self, text: str) -> bool:
        """Say whether a text holds all the characters."""
        text = narrow(text)
        if self.spelt:
            text = text.casefold()
        return all(char in text for char in self.characters)


@lru_cache(maxsize=4096)
def _sought(name: str) -> _Sought | None:
    """Say what to look for before a name is; nothing for one of a single character."""
    name = narrow(name)
    if len(_SPACERS.sub("", name)) < 2:
        return None
    if not _IS_SPELT.match(name):
        return _Sought(_SPACERS.sub("", _DOTS.split(name)[0]), False)
    letters = filter(str.isalpha, name.casefold())
    return _Sought("".join(c for c in letters if unicodedata.is_normalized("NFD", c)), True)


@lru_cache(maxsize=4096)
def _pattern(name: str) -> re.Pattern[str]:
    """Make the pattern of a name of at least two characters."""
    words = [word for word in _SPACERS.split(name) if word]
    if _IS_SPELT.match(name):
        orders = [words, words[-1:] + words[:-1], words[1:] + words[:1]]
        gap = f"(?:[,，]?{_SPREAD})"
        return re.compile(
            f"(?<!{_SPELT})(?:{'|'.join(_spread(order, gap) for order in orders)})(?!{_SPELT})",
            re.IGNORECASE,
        )
    given = _DOTS.split(name)[0]
    alone = [_spread([given], "")] if given != name and len(given) > 1 else []
    return re.compile("|".join([_spread(words, _SPREAD), *alone]), re.IGNORECASE)


def _spread(words: list[str], gap: str) -> str:
    """Write a pattern of words that may have spaces in them, in both normal forms."""
    forms = {
        gap.join(_SPREAD.join(map(re.escape, word)) for word in written)
        for written in (
            words,
            [unicodedata.normalize("NFC", word) for word in words],
            [unicodedata.normalize("NFD", word) for word in words],
        )
    }
    return "|".join(sorted(forms))
