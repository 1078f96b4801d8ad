"""Scanning of free text for what is never published: numbers, addresses and names of persons.

Characters are read whatever their width; what is not seen hides nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from publish.disclose import numbers
from publish.disclose.hit import Hit, Kind, blanked
from publish.disclose.homes import homes, may_be_home
from publish.disclose.names import without_name

MARK = "〔已脱敏〕"


class Scanned(NamedTuple):
    """A text without what may not be published.

    Attributes:
        text: the text to publish.
        hits: how often each kind was found; empty where nothing was.
    """

    text: str
    hits: dict[Kind, int]


def scan(
    text: str, *, names: Mapping[str, str] | Sequence[str] = (), addresses: bool = False
) -> Scanned:
    """Replace in free text what is never published.

    Args:
        text: facts, content or remark as the department wrote them.
        names: persons' names to replace, by `MARK` or, in a mapping, by what is given for each.
            Spaces within a name do not hide it; names of a single character are not looked for.
        addresses: whether to look for home addresses too (the party is a natural person).

    Returns:
        The text to publish and what was found in it. A second scan of it finds nothing.
    """
    counts: dict[Kind, int] = {}
    if hits := find(text, addresses=addresses):
        text = _without(text, hits, counts)
    if names:
        text = _without_names(text, names, counts)
    return Scanned(text, counts)


def find(text: str, *, addresses: bool = False) -> list[Hit]:
    """Find in free text what is never published, but for names.

    Args:
        text: facts, content or remark as the department wrote them.
        addresses: whether to look for home addresses too (the party is a natural person).

    Returns:
        The places, from the first to the last; none overlaps another.
    """
    addresses = addresses and may_be_home(text)
    if not addresses and not _TRACE.search(text):
        return []
    flat = _flat(text)
    hits = list(_with_unseen(text, flat, addresses)) if _UNSEEN.search(text) else []
    return sorted([*hits, *_hits(blanked(flat, hits), addresses)])


def _with_unseen(text: str, flat: str, addresses: bool) -> Iterator[Hit]:
    """Find what characters that are not seen stand in, by leaving them out."""
    places = [place for place, char in enumerate(text) if not _UNSEEN.match(char)]
    for start, end, kind in _hits("".join(flat[place] for place in places), addresses):
        yield Hit(places[start], places[end - 1] + 1, kind)


def _hits(flat: str, addresses: bool) -> Iterator[Hit]:
    """Find everything; what one search finds is blank to the next, until none finds any more."""
    searches = [search for search, sign in _ASKED if sign.search(flat)]
    searches += [homes] if addresses else []
    turn = in_vain = 0
    while in_vain < len(searches):
        if hits := list(searches[turn](flat)):
            yield from hits
            flat, in_vain = blanked(flat, hits), 0
        else:
            turn, in_vain = (turn + 1) % len(searches), in_vain + 1


def _without(text: str, hits: list[Hit], counts: dict[Kind, int]) -> str:
    """Put the mark in the place of every hit, and count."""
    pieces, done = [], 0
    for start, end, kind in hits:
        pieces += [text[done:start], MARK]
        counts[kind] = counts.get(kind, 0) + 1
        done = end
    return "".join([*pieces, text[done:]])


def _without_names(
    text: str, names: Mapping[str, str] | Sequence[str], counts: dict[Kind, int]
) -> str:
    """Replace the names, longer ones first, and count."""
    listed = [names] if isinstance(names, str) else names
    shown = listed if isinstance(listed, Mapping) else dict.fromkeys(listed, MARK)
    for name in sorted(shown, key=len, reverse=True):
        text, found = without_name(text, name, shown[name])
        if found:
            counts["name"] = counts.get("name", 0) + found
    return text


# Reading whatever the width -----------------------------------------------------------------

_PROVINCE = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领]"
# Five digits with nothing but signs between them, an @, or what a plate begins with.
_TRACE = re.compile(
    r"[@＠]|[0-9０-９](?:[^\w〔〕]{0,9}[0-9０-９]){4}"
    rf"|{_PROVINCE}[^\w〔〕]?[A-Za-z0-9Ａ-Ｚａ-ｚ０-９]|[WwＷｗ][JjＪｊ]"
)
_UNSEEN = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_WIDE = re.compile(
    "[０-９Ａ-Ｚａ-ｚ＃＋－．／＠［］＿×·•‧∙⋅・･․\t\v\f\r\u0085\u00a0\u00ad\u180e\u2000-\u2015\u2028-\u202f\u205f-\u2064"
    "\u2212\u3000\ufe00-\ufe0f\ufe63\ufeff]"
)
_NARROW = (
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys([0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029], "\n")
    | dict.fromkeys([0x09, 0xA0, 0xAD, 0x180E, *range(0x2000, 0x2010), 0x3000, 0xFEFF], " ")
    | dict.fromkeys([*range(0x202A, 0x2030), *range(0x205F, 0x2065), *range(0xFE00, 0xFE10)], " ")
    | dict.fromkeys([*range(0x2010, 0x2016), 0x2212, 0xFE63], "-")
    | dict.fromkeys(map(ord, "·•‧∙⋅・･․"), ".")
    | {ord("×"): "X"}
)


def _flat(text: str) -> str:
    """Write a text's letters, digits, spaces, hyphens and dots in ASCII, each in its place."""
    return text.translate(_NARROW) if _WIDE.search(text) else text


# E-mail, plates and travel papers ----------------------------------------------------------

_EMAIL = re.compile(
    r"[A-Za-z0-9._%+-]{1,64} ?@ ?(?:[\w-]{1,63}\.){1,4}"
    "(?:[A-Za-z]{2,24}|中国|公司|网络)"
)
_PLATE = re.compile(
    f"{_PROVINCE} ?[A-HJ-NP-Z](?: ?[.-]? ?)"
    "(?:(?=(?:[A-Z]*[0-9]){3})[A-HJ-NP-Z0-9]{5}|[A-HJK][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[A-HJK]"
    "|[A-HJ-NP-Z0-9]{4}(?:[挂学警港澳试超领使]|应急))(?![A-Za-z0-9])"
    r"|(?<![致迫促即行驱])使[0-9]{3}\.[0-9]{3}(?![0-9元万亿])"
    f"|WJ ?{_PROVINCE}? ?[0-9]{{4}}[0-9A-Z](?![A-Za-z0-9])",
    re.IGNORECASE,
)


_PAPERS = re.compile(
    "(?:护照|(?:港澳|内地|台湾|大陆)(?:居民)?通行证|台胞证|回乡证|居留证)(?:证?号码?)?[:：为是]? ?"
    "([A-Z]{1,2}[0-9]{6,10}|[0-9]{8,10})(?![0-9A-Z])"
)


def _emails(flat: str) -> Iterator[Hit]:
    """Find e-mail addresses."""
    if "@" in flat:
        for found in _EMAIL.finditer(flat):
            yield Hit(*found.span(), "email")


def _plates(flat: str) -> Iterator[Hit]:
    """Find licence plates (GA 36-2018), those of new-energy vehicles too."""
    for found in _PLATE.finditer(flat):
        yield Hit(*found.span(), "plate")


def _papers(flat: str) -> Iterator[Hit]:
    """Find the numbers of passports and travel permits, which have no check, after their name."""
    if "证" in flat or "护照" in flat:
        for found in _PAPERS.finditer(flat):
            yield Hit(*found.span(1), "identity_number")


_ASKED = tuple(
    (search, re.compile(sign))
    for search, sign in (
        (_emails, "@"),
        *zip(numbers.SEARCHES, ("[.]", "[(（.]", "[0-9]", "[话机真lL、/_]"), strict=True),
        (_plates, f"{_PROVINCE} ?[A-Za-z]|使[0-9]|[Ww][Jj]"),
        (_papers, "证|护照"),
    )
)
"""The searches, each with what it cannot find anything without."""
