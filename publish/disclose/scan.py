"""Scanning of free text for what is never published: numbers, addresses and names of persons.

Digits are read whatever their width and whatever spaces and hyphens stand between them; across
lines only identity numbers are, whose check is strong. Checked are identity numbers by
GB 11643-1999 and bank cards by Luhn (ISO/IEC 7812-1). What looks alike but is public is left:
unified social credit codes, document and licence numbers, amounts, dates.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Literal, NamedTuple

from publish.handin import idcard, uscc

MARK = "〔已脱敏〕"

Kind = Literal[
    "identity_number", "mobile", "landline", "bank_card", "email", "plate", "address", "name"
]


class Scanned(NamedTuple):
    """A text without what may not be published.

    Attributes:
        text: the text to publish.
        hits: how often each kind was found; empty where nothing was.
    """

    text: str
    hits: dict[Kind, int]


class _Hit(NamedTuple):
    """A place in a text that may not be published."""

    start: int
    end: int
    kind: Kind


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
        The text to publish and what was found in it.
    """
    hits = _hits(_flat(text), addresses) if addresses or _TRACE.search(text) else []
    counts: dict[Kind, int] = {}
    if hits:
        text = _without(text, hits, counts)
    if names:
        text = _without_names(text, names, counts)
    return Scanned(text, counts)


def _hits(flat: str, addresses: bool) -> list[_Hit]:
    """Find everything but names; what one search finds is blank to the next."""
    hits: list[_Hit] = []
    for search in (_emails, _numbers, _landlines, _plates, *([_addresses] if addresses else [])):
        found = list(search(flat))
        hits += found
        flat = _blanked(flat, found)
    return hits


def _blanked(flat: str, hits: list[_Hit]) -> str:
    """Write something that no search reads in the place of the hits."""
    for start, end, _ in hits:
        flat = f"{flat[:start]}{_BLANK * (end - start)}{flat[end:]}"
    return flat


def _without(text: str, hits: list[_Hit], counts: dict[Kind, int]) -> str:
    """Put the mark in the place of every hit, and count."""
    pieces, done = [], 0
    for start, end, kind in sorted(hits):
        pieces += [text[done:start], MARK]
        counts[kind] = counts.get(kind, 0) + 1
        done = end
    return "".join([*pieces, text[done:]])


# Reading whatever the width -----------------------------------------------------------------

_BLANK = "_"
_TRACE = re.compile("[0-9@０-９＠]")
_WIDE = re.compile(
    "[０-９Ａ-Ｚａ-ｚ＠．＋－×\t\v\f\r\u0085\u00a0\u00ad\u2000-\u2015\u2028-\u202f\u205f-\u2064\u2212\u3000\ufe63\ufeff]"
)
_NARROW = (
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys([0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029], "\n")
    | dict.fromkeys([0x09, 0xA0, 0xAD, *range(0x2000, 0x2010), 0x3000, 0xFEFF], " ")
    | dict.fromkeys([*range(0x202A, 0x2030), *range(0x205F, 0x2065)], " ")
    | dict.fromkeys([*range(0x2010, 0x2016), 0x2212, 0xFE63], "-")
    | {ord("×"): "X"}
)


def _flat(text: str) -> str:
    """Write a text's letters, digits, spaces and hyphens in ASCII, each in its place."""
    return text.translate(_NARROW) if _WIDE.search(text) else text


# Numbers ------------------------------------------------------------------------------------

# A year that is followed by 年 belongs to a date, not to the digits before it.
_DIGIT = "[0-9](?![0-9]{0,3}年)"
_RUN = re.compile(f"[0-9](?:[ \n-]{{0,3}}{_DIGIT}){{9,}}(?:[ \n-]{{0,3}}[Xx])?")
_LINE = re.compile(f"[0-9](?:[ -]{{0,3}}{_DIGIT}){{9,}}(?:[ -]{{0,3}}[Xx])?")
_PART = re.compile("[0-9]+|[Xx]")
_MOST_DIGITS = 19

_MOBILE = re.compile("(?:(?:00)?86)?0?1[3-9][0-9]{9}")
_LANDLINE = re.compile(
    "(?:(?:00)?86[ -]{0,3})?0(?:10|2[0-9]|[3-9][0-9]{2})"
    "(?:[2-9][0-9]{6,7}|[ -]{1,3}[1-9](?:[ -]?[0-9]){6,7})"
)
_CARD = re.compile("[1-9][0-9]{15,18}")
_DAY = "(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_BEGINS_WITH_DAY = re.compile(_DAY)
_HOLDS_DAY = re.compile(
    f"(?<![0-9])(?:{_DAY}|(?:19|20)[0-9]{{2}}-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12][0-9]|3[01]))(?![0-9])"
)
_BEGINS_WITH_YEAR = re.compile("(?:19|20)[0-9]{2}-")
_MORE_PRECEDES = re.compile("[0-9] ?-$")
_YEAR_PRECEDES = re.compile("(?:19|20)[0-9]{2} ?-$")
# The registering authorities of GB 32100-2015, then a province, the centre (10) or none real (99).
_COMPANY = re.compile(
    "(?:1[1239]|2[19]|3[1-59]|4[19]|5[1239]|6[19]|7[129]|8[19]|9[123])"
    "(?:1[0-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-6]|71|8[12]|99)"
)

_LETTER = re.compile("[A-Za-z]")
_REST_OF_CODE = re.compile("[0-9A-Za-z]{7}(?![0-9A-Za-z])")
_PHONE_PRECEDES = re.compile("(?:tel|phone|mobile|wechat|weixin|wx|vx|qq)$", re.IGNORECASE)
_AMOUNT_FOLLOWS = re.compile(r"(?:\.[0-9]+)? ?[万亿]?元")
_IN_DOCUMENT = re.compile(
    r"(?:[〔\[【﹝] ?(?:19|20)[0-9]{2} ?[〕\]】﹞] ?第?[A-Za-z]{0,3}-?#"
    "|[(（] ?(?:19|20)[0-9]{2} ?[)）] ?第?[A-Za-z]{0,3}-?# ?号|第 ?# ?号)"
)
_CODE_PRECEDES = re.compile(r"(?:信用代码|注册号)(?:证|为|是|[^\w])*$")


class _Number(NamedTuple):
    """Parts of a run of digits, read as one number.

    Attributes:
        run: the whole run, with its text.
        stretch: where the first digits after the last number found in the run begin.
        parts: digits, perhaps an X at the end, with spaces and hyphens between them.
    """

    run: re.Match[str]
    stretch: int
    parts: list[re.Match[str]]

    @property
    def digits(self) -> str:
        """The parts without what stands between them."""
        return "".join(part[0] for part in self.parts)

    @property
    def sizes(self) -> list[int]:
        """The length of each part."""
        return [len(part[0]) for part in self.parts]

    @property
    def span(self) -> tuple[int, int]:
        """Start and end in the text."""
        return self.parts[0].start(), self.parts[-1].end()

    @property
    def shown(self) -> str:
        """The number as it stands in the text."""
        return self.run.string[slice(*self.span)]

    @property
    def whole(self) -> bool:
        """Whether nothing is left of the run."""
        return self.span == (self.stretch, self.run.end())

    @property
    def before(self) -> str:
        """A little of the text before the number, after the last one found."""
        known = 0 if self.stretch == self.run.start() else self.stretch
        return self.run.string[max(self.span[0] - 24, known) : self.span[0]]

    @property
    def after(self) -> str:
        """A little of the text after the number."""
        return self.run.string[self.span[1] : self.span[1] + 24]


def _numbers(flat: str) -> Iterator[_Hit]:
    """Find identity numbers, telephone numbers and bank cards, until no more come to light.

    The check of an identity number is so strong that any grouping will do. After it comes what
    stands by itself, and last what parts make together, the longest first.
    """
    while hits := [hit for run in _RUN.finditer(flat) for hit in _strongest(run)]:
        yield from hits
        flat = _blanked(flat, hits)


def _strongest(run: re.Match[str]) -> list[_Hit]:
    """Find in a run of digits the numbers of the strongest evidence that there is."""
    lines = list(_LINE.finditer(run.string, *run.span()))
    for read, runs in ((_identity_number, [run]), (_alone, lines), (_together, lines)):
        if hits := [hit for each in runs for hit in _read(read, each)]:
            return hits
    return []


def _read(
    read: Callable[[list[_Number]], tuple[_Number, Kind | None]], run: re.Match[str]
) -> Iterator[_Hit]:
    """Read one number after the other."""
    parts = list(_PART.finditer(run.string, *run.span()))
    stretch = run.start()
    while parts:
        number, kind = read(_readings(run, stretch, parts[:_MOST_DIGITS]))
        del parts[: len(number.parts)]
        if kind:
            yield _Hit(*number.span, kind)
            stretch = parts[0].start() if parts else run.end()


def _readings(run: re.Match[str], stretch: int, parts: list[re.Match[str]]) -> list[_Number]:
    """Give the numbers that the first part and those after it may make, the shortest first."""
    lengths = accumulate(len(part[0]) for part in parts[1:])
    more = sum(len(parts[0][0]) + length <= _MOST_DIGITS for length in lengths)
    return [_Number(run, stretch, parts[:count]) for count in range(1, more + 2)]


def _identity_number(readings: list[_Number]) -> tuple[_Number, Kind | None]:
    """Take the reading that is an identity number of 18 characters, however it is grouped."""
    for number in readings:
        if _is_identity_number(number.digits):
            return number, "identity_number"
    return readings[0], None


def _alone(readings: list[_Number]) -> tuple[_Number, Kind | None]:
    """Take the first part alone."""
    return readings[0], _kind(readings[0])


def _together(readings: list[_Number]) -> tuple[_Number, Kind | None]:
    """Take the longest reading of several parts that is of some kind."""
    for number in reversed(readings[1:]):
        if kind := _kind(number):
            return number, kind
    return readings[0], None


def _is_identity_number(digits: str) -> bool:
    """Say whether digits are an identity number of 18 characters, and no company's code."""
    return (
        len(digits) == 18
        and idcard.is_valid(digits)
        and not (digits.startswith("9") and _is_company(digits))
    )


def _is_public(number: _Number) -> bool:
    """Say whether what surrounds a number shows an amount or a document's number."""
    return (
        _AMOUNT_FOLLOWS.match(number.after) is not None
        or _IN_DOCUMENT.search(f"{number.before}#{number.after}") is not None
    )


def _kind(number: _Number) -> Kind | None:
    """Say what kind of number it is, where its check is weak and its surroundings count."""
    if _is_public(number):
        return None
    checks: tuple[tuple[Kind, Callable[[_Number], bool]], ...] = (
        ("mobile", _is_mobile),
        ("landline", _is_landline),
        ("identity_number", _is_old_identity_number),
        ("bank_card", _is_bank_card),
    )
    return next((kind for kind, passes in checks if passes(number)), None)


def _is_mobile(number: _Number) -> bool:
    """Say whether it is a mobile number, even with letters beside it (tel13800138000).

    Letters on both sides, a code of 18 characters and unusual groups with letters are not.
    """
    if not _MOBILE.fullmatch(number.digits) or _is_dated(number):
        return False
    if _PHONE_PRECEDES.search(number.before):
        return True
    before, after = _LETTER.match(number.before[-1:]), _LETTER.match(number.after)
    if len(number.parts) > 1:
        return not before and not after and not _YEAR_PRECEDES.search(number.before)
    return not after or not (before or _REST_OF_CODE.match(number.after))


def _is_landline(number: _Number) -> bool:
    """Say whether it is a telephone number with its area code."""
    return (
        _LANDLINE.fullmatch(number.shown) is not None
        and _stands_apart(number)
        and not _MORE_PRECEDES.search(number.before)
    )


def _is_old_identity_number(number: _Number) -> bool:
    """Say whether it passes for an identity number of 15 digits."""
    digits = number.digits
    return (
        len(digits) == 15
        and idcard.is_valid(digits)
        and _stands_apart(number)
        and _is_one_number(number)
    )


def _is_bank_card(number: _Number) -> bool:
    """Say whether it passes for a bank card (ISO/IEC 7812-1, annex B: Luhn)."""
    digits = number.digits
    if not _CARD.fullmatch(digits) or not _is_one_number(number) or _is_company(digits):
        return False
    # A bank's letters may come before the number of its card (ICBC6222…).
    if _LETTER.match(number.after) or not (digits.startswith("62") or _stands_apart(number)):
        return False
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + sum(doubled)) % 10 == 0


def _is_one_number(number: _Number) -> bool:
    """Say whether digits with a weak check may be a number of a person at all.

    Not after the name of a code, and not beginning with a day or a year; and where they stand in
    groups, only all the groups of a run or groups like those on a card.
    """
    if _CODE_PRECEDES.search(number.before):
        return False
    if len(number.parts) == 1:
        return not _BEGINS_WITH_DAY.match(number.digits)
    if _is_dated(number) or _BEGINS_WITH_YEAR.match(number.shown):
        return False
    if _MORE_PRECEDES.search(number.before):
        return False
    *sizes, last = number.sizes
    even = len(sizes) > 1 and len(set(sizes)) == 1 and last <= sizes[0]
    return even or number.sizes == [6, 13] or number.whole


def _is_dated(number: _Number) -> bool:
    """Say whether a date is among the groups of a number."""
    return len(number.parts) > 1 and _HOLDS_DAY.search(number.shown) is not None


def _stands_apart(number: _Number) -> bool:
    """Say whether no letter touches a number."""
    return not (_LETTER.match(number.before[-1:]) or _LETTER.match(number.after))


def _is_company(digits: str) -> bool:
    """Say whether digits are a unified social credit code."""
    return _COMPANY.match(digits) is not None and uscc.is_valid(digits)


# Landlines with brackets or without an area code --------------------------------------------

_BRACKETED = re.compile(
    "([(（]0[1-9][0-9]{1,2}[)）][ -]{0,3}[1-9][0-9]{2,3}[ -]?[0-9]{4})(?![0-9])"
)
_LOCAL = re.compile(
    "(?:电话|座机|传真|Tel|TEL|tel)(?:号码)?[:：.为是]? ?"
    "([2-9][0-9]{2,3}[ -]?[0-9]{4})(?![ -]?[0-9])"
)


def _landlines(flat: str) -> Iterator[_Hit]:
    """Find telephone numbers whose area code is in brackets or left out."""
    for pattern in (_BRACKETED, _LOCAL):
        for found in pattern.finditer(flat):
            yield _Hit(*found.span(1), "landline")


# E-mail and plates --------------------------------------------------------------------------

_EMAIL = re.compile(
    r"[A-Za-z0-9._%+-]{1,64} ?@ ?(?:[\w-]{1,63}\.){1,4}"
    "(?:[A-Za-z]{2,24}|中国|公司|网络)"
)
_PLATE = re.compile(
    "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领] ?[A-HJ-NP-Z][ ·•.-]{0,2}"
    "(?:(?=(?:[A-Z]*[0-9]){3})[A-HJ-NP-Z0-9]{5}|[A-HJK][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[A-HJK]"
    "|[A-HJ-NP-Z0-9]{4}[挂学警港澳试超领使])(?![A-Za-z0-9])",
    re.IGNORECASE,
)


def _emails(flat: str) -> Iterator[_Hit]:
    """Find e-mail addresses."""
    if "@" in flat:
        for found in _EMAIL.finditer(flat):
            yield _Hit(*found.span(), "email")


def _plates(flat: str) -> Iterator[_Hit]:
    """Find licence plates (GA 36-2018), those of new-energy vehicles too."""
    for found in _PLATE.finditer(flat):
        yield _Hit(*found.span(), "plate")


# Addresses ----------------------------------------------------------------------------------

_COUNT = "[0-9A-Za-z一二三四五六七八九十百零〇甲乙丙丁-]{1,8} ?"
_ROOM = f"(?:{_COUNT}(?:号楼|单元|室|户|栋|幢)|村{_COUNT}(?:组|队|社|号))(?:[0-9]{{2,4}}(?![0-9]))?"
_DOOR = f"(?:{_ROOM}|{_COUNT}(?:号院|号|座|楼|层|组|队|社|门|弄))"
_QUARTER = "(?:[省市区县旗镇乡村路街巷里苑庄]|街道|大道|胡同|花园|家园|公寓)"
_LABEL = (
    "(?:家庭住址|家庭地址|住址|住所地|住所|居住地址?|居住于|现住|家住|户籍地址?|户籍所在地|户口所在地|暂住地?|暂住于"
    "|(?<!经营)(?<!营业)(?<!生产)(?<!注册)(?<!单位)(?<!办公)地址)[:：为系是在于]{0,2} ?"
)
_BODY = "(?:(?!电话|联系|身份|手机|邮编|因|从事|经营)[^_，。；、,;！？!?()（）〔〕“”]){2,60}"
_LABELLED = re.compile(f"{_LABEL}({_BODY})")
_LIVES = re.compile(f"住[在于]?(?![房宅宿院建持所址])({_BODY})")
_WORDS = re.compile(r"((?:[^\W_在于至到从由向往住居租是为系的把将对与和及因被经]|[-#]){4,80})")
_UP_TO_PLACE = re.compile(f".*(?:{_DOOR}|{_QUARTER})")
_UP_TO_DOOR = re.compile(f".*{_DOOR}")
_UP_TO_ROOM = re.compile(f".*?{_QUARTER}.*{_ROOM}")


def _addresses(flat: str) -> Iterator[_Hit]:
    """Find home addresses: after a label, after 住 with a door, and anywhere with a room."""
    for stretch, address in (
        (_LABELLED, _UP_TO_PLACE),
        (_LIVES, _UP_TO_DOOR),
        (_WORDS, _UP_TO_ROOM),
    ):
        places = [found.span(1) for found in stretch.finditer(flat)]
        hits = [
            _Hit(*found.span(), "address")
            for place in places
            if (found := address.match(flat, *place))
        ]
        yield from hits
        flat = _blanked(flat, hits)


# Names --------------------------------------------------------------------------------------

_SPACER = "[\\s\u200b·•‧・]"
_SPACERS = re.compile(f"{_SPACER}+")


def _without_names(
    text: str, names: Mapping[str, str] | Sequence[str], counts: dict[Kind, int]
) -> str:
    """Replace the names, longer ones first, and count."""
    listed = [names] if isinstance(names, str) else names
    shown = listed if isinstance(listed, Mapping) else dict.fromkeys(listed, MARK)
    for name in sorted(shown, key=len, reverse=True):
        if len(name) > 1 and _squeezed(name) in _squeezed(text):
            text, found = _without_name(text, name, shown[name])
            counts["name"] = counts.get("name", 0) + found
    return text


def _without_name(text: str, name: str, shown: str) -> tuple[str, int]:
    """Replace one name; its pattern, which is dear, is made only where it stands spread out."""
    found = 0
    if not name.isascii():
        found = text.count(name)
        text = text.replace(name, shown)
        if _squeezed(name) not in _squeezed(text):
            return text, found
    text, spread = _name_pattern(name).subn(shown.replace("\\", r"\\"), text)
    return text, found + spread


def _squeezed(text: str) -> str:
    """Leave out spaces and dots, and case."""
    return _SPACERS.sub("", text.casefold())


@lru_cache(maxsize=4096)
def _name_pattern(name: str) -> re.Pattern[str]:
    """Make the pattern of a name, with spaces in it or none; a Latin one must stand by itself."""
    spread = f"{_SPACER}{{0,3}}".join(map(re.escape, _SPACERS.sub("", name)))
    edge = "[A-Za-z]" if name.isascii() else "(?!)"
    return re.compile(f"(?<!{edge}){spread}(?!{edge})", re.IGNORECASE)
