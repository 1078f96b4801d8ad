"""Search for numbers of persons: identity numbers, telephones, bank cards.

Digits are read whatever spaces and hyphens stand between them; dots where there are two at least,
for one makes a decimal number; and ends of lines, where a number is broken by one. Checked are
identity numbers by GB 11643-1999 and bank cards by Luhn (ISO/IEC 7812-1). What looks alike but is
public is left: unified social credit codes, numbers of documents, registrations and orders,
amounts, dates, hotlines.
"""

import re
from collections.abc import Callable, Iterator
from itertools import accumulate, pairwise
from typing import NamedTuple

from publish.disclose.hit import Hit, Kind
from publish.handin import idcard, uscc

# The year of a date belongs to the date (2026年3月, 2026.3.4), not to the digits before it.
_DIGIT = "(?!(?<![0-9])(?:19|20)[0-9]{2}[./][0-9]{1,2}[./][0-9])[0-9](?![0-9]{0,3}年)"
_RUN = re.compile(f"[0-9](?:[ \n-]{{0,6}}{_DIGIT}){{9,}}(?:[ \n-]{{0,6}}[Xx])?")
_DOTTED = re.compile(
    "(?<![0-9.])(?=(?:[0-9][ .]{0,3}){11})[0-9]{1,8}(?: ?[.] ?[0-9]{1,8}){2,}(?: ?[.]? ?[Xx])?"
)
_PART = re.compile("[0-9]+|[Xx]")
_LINE_END = re.compile(" *\n[ \n]*")
_DOUBLED = dict(zip("0123456789", (0, 2, 4, 6, 8, 1, 3, 5, 7, 9), strict=True)).__getitem__
_LEAST_DIGITS = 10
_MOST_DIGITS = 19

_COUNTRY = "(?:00)?86"
_MOBILE = re.compile(f"(?:{_COUNTRY})?0?1[3-9][0-9]{{9}}")
_AREA = "(?:10|2[0-9]|[3-9][0-9]{2})"
_LANDLINE = re.compile(
    f"(?:[+]{_COUNTRY}[ -]{{0,3}}0?|0){_AREA}"
    "(?:[2-9][0-9]{6,7}|[ -]{1,3}[1-9](?:[ -]?[0-9]){6,7})"
)
_COUNTRY_PRECEDES = re.compile(
    rf"(?:[(（][+]?{_COUNTRY}[)）]|(?:[+]|(?<![0-9])){_COUNTRY})[ -]{{0,3}}$|[+]$"
)
_EXTENSION = re.compile(
    " ?(?:-[0-9]{1,6}(?! ?-)|(?:转|分机[:：号]?|ext[.]?) ?[0-9]{1,6})(?![0-9年])", re.IGNORECASE
)
_CARD = re.compile("[1-9][0-9]{15,18}")
_ISSUER = re.compile("62|4|5[1-5]|35|60|9558")
_DAY = "(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_BEGINS_WITH_DAY = re.compile(_DAY)
_HOLDS_DAY = re.compile(
    f"(?<![0-9])(?:{_DAY}|(?:19|20)[0-9]{{2}}-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12][0-9]|3[01]))(?![0-9])"
)
_IN_DAY = re.compile("(?:19|20)[0-9]{2}-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12][0-9]|3[01])(?![0-9])")
_BEGINS_WITH_YEAR = re.compile("(?:19|20)[0-9]{2}-")
_MORE_PRECEDES = re.compile("[0-9] ?- ?$")
_YEAR_PRECEDES = re.compile("(?:19|20)[0-9]{2} ?-$")
# The registering authorities of GB 32100-2015, then a province, the centre (10) or none real (99).
_COMPANY = re.compile(
    "(?:1[1239]|2[19]|3[1-59]|4[19]|5[1239]|6[19]|7[129]|8[19]|9[123])"
    "(?:1[0-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-6]|71|8[12]|99)"
)

_LETTER = re.compile("[A-Za-z]")
_REST_OF_CODE = re.compile("[0-9A-Za-z]{7}(?![0-9A-Za-z])")
_PHONE_PRECEDES = re.compile(
    r"(?:[+]|tel|phone|mobile|wechat|weixin|wx|vx|qq|(?:电话|手机|联系方式)(?:号码|号)?(?:为|是|[^\w])*)$",
    re.IGNORECASE,
)
_AMOUNT_PRECEDES = re.compile("[¥￥] ?$")
_AMOUNT_FOLLOWS = re.compile(r"(?:\.[0-9]+)? ?[万亿]?元")
_IN_DOCUMENT = re.compile(
    r"(?:[〔\[【﹝] ?(?:19|20)[0-9]{2} ?[〕\]】﹞] ?第?[A-Za-z]{0,3}-?#"
    "|[(（] ?(?:19|20)[0-9]{2} ?[)）] ?第?[A-Za-z]{0,3}-?# ?号|第 ?# ?号)"
)
# Words before numbers that have a weak check or none and are not those of a person. Tax numbers are
# not among them: a natural person's is made of the identity number.
_CODE_PRECEDES = re.compile(
    r"(?:(?<!身份证)(?<!证件)(?<![卡户])(?:编号|编码|代码)"
    "|(?:许可证|登记证|资格证|运输证|合格证|证书|凭证|[单票批案图]|流水|序列|出厂|设备|注册|登记|交易"
    "|合同|报告|文书|受理|备案|检验|检疫|项目|执照)编?号"
    "|订单|营业执照|发票|批次|条形?码|(?:追溯|监管|识别|标识)码|IMEI|ISBN|No[.]?)"
    r"(?:号|码|证|为|是|[^\w])*[A-Z]{0,4}$",
    re.IGNORECASE,
)
_CITIZEN_PRECEDES = re.compile(r"身份(?:证件?|号码)(?:号|码|为|是|[^\w])*$")
_BANK_PRECEDES = re.compile("[A-Za-z]{2}62$")
_PERSON_PRECEDES = re.compile(r"(?:身份证|证件|卡|账号|帐号)(?:号|码|为|是|[^\w])*$")
_FIRM_PRECEDES = re.compile("(?:公司|工商户|商行|经营部|合作社|店|厂) ?[(（] ?$")
_GROUPINGS = ([6, 10], [6, 13], [4, 4, 4, 7], [6, 6, 3], [6, 2, 2, 2, 3])
_MOBILE_GROUPINGS = ([3, 4, 4], [4, 3, 4], [4, 4, 3], [3, 3, 5], [5, 4, 4], [2, 3, 4, 4])
_IP_ADDRESS = re.compile("(?:(?:0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])(?:[.]|$)){4}")

_BRACKETED = re.compile(
    "(?:([(（]0[1-9][0-9]{1,2}[)）][ -]{0,3}[1-9][0-9]{2,3}[ -]?[0-9]{4}"
    f"|(?<![0-9.])0{_AREA} ?[.] ?[2-9](?:[ .-]?[0-9]){{6,7}})"
    "|([(（]1[3-9][0-9][)）] ?[0-9]{4}[ -]?[0-9]{4}))(?![0-9])"
)
_LOCAL = re.compile(
    "(?:(?:电话|座机|传真|Tel|TEL|tel)(?:号码)?[:：.为是]?|_〕[、/]) ?"
    "([2-9][0-9]{2,3}[ -]?[0-9]{4})(?![ -]?[0-9]|[.][0-9]|[万亿]?元)"
)


class _Number(NamedTuple):
    """Parts of a run of digits, read as one number.

    Attributes:
        text: where it stands.
        known: where the text begins that may be looked at before it.
        stretch: start and end of the digits around it that belong to no number yet.
        parts: digits, perhaps an X at the end, with spaces, hyphens or dots between them.
    """

    text: str
    known: int
    stretch: tuple[int, int]
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
        return self.text[self.parts[0].start() : self.parts[-1].end()]

    @property
    def whole(self) -> bool:
        """Whether nothing is left of the stretch."""
        return self.span == self.stretch

    @property
    def breaks(self) -> int:
        """How often a line ends within the number."""
        return sum("\n" in self.text[a.end() : b.start()] for a, b in pairwise(self.parts))

    @property
    def before(self) -> str:
        """A little of the text before the number, after the last one found."""
        start = self.parts[0].start()
        return self.text[max(start - 24, self.known) : start]

    @property
    def after(self) -> str:
        """A little of the text after the number."""
        end = self.parts[-1].end()
        return self.text[end : end + 24]


_Found = tuple[_Number, Kind] | None
_Read = Callable[[list[_Number]], _Found]


def _telephone(flat: str, hit: Hit) -> Hit:
    """Take the country's code and the extension with a telephone number."""
    start, end, kind = hit
    if kind not in {"mobile", "landline"}:
        return hit
    if code := _COUNTRY_PRECEDES.search(flat[max(start - 9, 0) : start]):
        start -= len(code[0])
    if kind == "landline" and (extension := _EXTENSION.match(flat, end)):
        end = extension.end()
    return Hit(start, end, kind)


# Runs of digits -----------------------------------------------------------------------------


def _running(flat: str) -> Iterator[Hit]:
    """Find numbers in runs of digits with spaces, hyphens and ends of lines between them."""
    for run in _RUN.finditer(flat):
        for hit in _strongest(flat, list(_PART.finditer(flat, *run.span()))):
            yield _telephone(flat, hit)


def _strongest(flat: str, parts: list[re.Match[str]]) -> list[Hit]:
    """Find in a run of digits the numbers of the strongest evidence that there is.

    The check of an identity number is so strong that any grouping will do. After it comes a card
    or an old identity number in all the parts of a run, then what stands by itself, then what parts
    of a line make together, the longest first, and last what else the end of a line breaks.
    """
    if len(parts) == 1:
        return list(_read(_by_itself, flat, parts))
    lines = list(_lines(flat, parts))
    broken = [parts] if len(lines) > 1 else []
    for read, runs in (
        (_identity_number, [parts]),
        (_in_parts, [parts]),
        (_alone, lines),
        (_together, lines),
        (_broken, broken),
    ):
        if hits := [hit for each in runs for hit in _read(read, flat, each)]:
            return hits
    return []


def _by_itself(readings: list[_Number]) -> _Found:
    """Take the only part that there is."""
    return _identity_number(readings) or _longest(readings)


def _lines(flat: str, parts: list[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Divide parts where lines end."""
    begin = 0
    for place, (part, following) in enumerate(pairwise(parts), start=1):
        if "\n" in flat[part.end() : following.start()]:
            yield parts[begin:place]
            begin = place
    yield parts[begin:]


def _read(read: _Read, flat: str, parts: list[re.Match[str]]) -> Iterator[Hit]:
    """Read one number after the other."""
    known, stretch, first = 0, parts[0].start(), 0
    while first < len(parts):
        span = (stretch, parts[-1].end())
        found = read(_readings(flat, known, span, parts[first : first + _MOST_DIGITS]))
        first += len(found[0].parts) if found else 1
        if found:
            yield Hit(*found[0].span, found[1])
            known = stretch = parts[first].start() if first < len(parts) else span[1]


def _readings(
    flat: str, known: int, stretch: tuple[int, int], parts: list[re.Match[str]]
) -> list[_Number]:
    """Give the numbers that the first part and those after it may make, the shortest first."""
    return [
        _Number(flat, known, stretch, parts[:count])
        for count, size in enumerate(accumulate(len(part[0]) for part in parts), start=1)
        if _LEAST_DIGITS <= size <= _MOST_DIGITS
    ]


def _identity_number(readings: list[_Number]) -> _Found:
    """Take the reading that is an identity number of 18 characters, however it is grouped."""
    for number in readings:
        if _is_identity_number(number.digits):
            return number, "identity_number"
    return None


def _in_parts(readings: list[_Number]) -> _Found:
    """Take the parts of a card or an old identity number, any of which may look like another."""
    for number in readings:
        two = len(number.parts) == 2 and (number.breaks or number.sizes in _GROUPINGS)
        if (two or (number.whole and len(number.parts) > 1)) and not _holds_mobile(number):
            found = _longest([number])
            if found and found[1] in {"identity_number", "bank_card"}:
                return found
    return None


def _holds_mobile(number: _Number) -> bool:
    """Say whether one of the parts is rather a mobile number by itself."""
    *others, last = (_MOBILE.fullmatch(part[0]) for part in number.parts)
    if any(others) or not last:
        return any(others)
    return not (_ISSUER.match(number.digits) or _PERSON_PRECEDES.search(number.before))


def _alone(readings: list[_Number]) -> _Found:
    """Take the first part alone."""
    return _longest([number for number in readings if len(number.parts) == 1])


def _together(readings: list[_Number]) -> _Found:
    """Take the longest reading of several parts."""
    return _longest([number for number in readings if len(number.parts) > 1])


def _broken(readings: list[_Number]) -> _Found:
    """Take the longest reading that a single end of a line breaks."""
    return _longest([number for number in readings if number.breaks == 1])


def _longest(readings: list[_Number]) -> _Found:
    """Take the longest reading that is of some kind."""
    for number in reversed(readings):
        if kind := _kind(number):
            return number, kind
    return None


# What digits are ----------------------------------------------------------------------------


def _is_identity_number(digits: str) -> bool:
    """Say whether digits are an identity number of 18 characters, and no company's code."""
    return (
        len(digits) == 18
        and not digits.startswith(("19", "20"))  # years; no province has these numbers
        and idcard.is_valid(digits)
        and not (digits.startswith("9") and _is_company(digits))
    )


def _kind(number: _Number) -> Kind | None:
    """Say what kind of number it is, where its check is weak and its surroundings count."""
    digits = number.digits
    checks: tuple[tuple[Kind, Callable[[_Number, str], bool]], ...] = (
        ("mobile", _is_mobile),
        ("landline", _is_landline),
        ("identity_number", _is_old_identity_number),
        ("identity_number", _is_mistyped_identity_number),
        ("bank_card", _is_bank_card),
    )
    for kind, passes in checks:
        if passes(number, digits):
            return None if _is_public(number) else kind
    return None


def _is_public(number: _Number) -> bool:
    """Say whether what surrounds a number shows an amount, a document's number or a date."""
    return (
        _AMOUNT_FOLLOWS.match(number.after) is not None
        or _AMOUNT_PRECEDES.search(number.before) is not None
        or _IN_DOCUMENT.search(f"{number.before}#{number.after}") is not None
        or _IN_DAY.match(f"{number.digits[-4:]}{number.after}") is not None
    )


def _is_mobile(number: _Number, digits: str) -> bool:
    """Say whether it is a mobile number, even with letters beside it (tel13800138000).

    Letters on both sides, a code of 18 characters and unusual groups with letters are not.
    """
    if not _MOBILE.fullmatch(digits) or (digits[0] == "0" and _follows_code(number)):
        return False
    if _PHONE_PRECEDES.search(number.before):
        return True
    if _is_dated(number):
        return False
    before, after = _LETTER.match(number.before[-1:]), _LETTER.match(number.after)
    if len(number.parts) > 1:
        return not before and not after and not _YEAR_PRECEDES.search(number.before)
    if before and digits[0] != "1":
        return False
    return not after or not (before or _REST_OF_CODE.match(number.after))


def _is_landline(number: _Number, digits: str) -> bool:
    """Say whether it is a telephone number with its area code."""
    return (
        digits[0] in "08"
        and _LANDLINE.fullmatch(number.before[-1:] * (digits[0] == "8") + _unwrapped(number))
        is not None
        and not _IN_DAY.search(number.shown)
        and _stands_apart(number)
        and not _MORE_PRECEDES.search(number.before)
        and not _follows_code(number)
    )


def _is_old_identity_number(number: _Number, digits: str) -> bool:
    """Say whether it passes for an identity number of 15 digits.

    Its birthday has six digits: groups of 6, 8 and 1 are a document's number, a full date and a
    serial number.
    """
    return (
        len(digits) == 15
        and number.sizes != [6, 8, 1]
        and idcard.is_valid(digits)
        and _stands_apart(number)
        and _is_one_number(number)
        and not (_FIRM_PRECEDES.search(number.before) and _is_registration(digits))
    )


def _is_mistyped_identity_number(number: _Number, digits: str) -> bool:
    """Say whether it is called an identity number and is one but for the check."""
    return (
        len(digits) == 18
        and idcard.birth_date(digits) is not None
        and _CITIZEN_PRECEDES.search(number.before) is not None
    )


def _is_bank_card(number: _Number, digits: str) -> bool:
    """Say whether it passes for a bank card (ISO/IEC 7812-1, annex B: Luhn)."""
    if not _CARD.fullmatch(digits) or not _passes_luhn(digits) or number.before[-1:] == "+":
        return False
    # A bank's letters may come before the number of its card (ICBC6222…).
    if _LETTER.match(number.after) or (
        _LETTER.match(number.before[-1:]) and not _BANK_PRECEDES.search(number.before + digits[:2])
    ):
        return False
    return _is_one_number(number) and not _is_company(digits)


def _passes_luhn(digits: str) -> bool:
    """Say whether the last digit is the check of the others (ISO/IEC 7812-1, annex B)."""
    return (sum(map(int, digits[::-2])) + sum(map(_DOUBLED, digits[-2::-2]))) % 10 == 0


def _is_registration(digits: str) -> bool:
    """Say whether 15 digits have the check of a registration number (GS 15-2006, MOD 11,10)."""
    rest = 10
    for digit in digits[:-1]:
        rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
    return (rest + int(digits[-1])) % 10 == 1


def _is_one_number(number: _Number) -> bool:
    """Say whether digits with a weak check may be a number of a person at all.

    Not after the name of a code, and not beginning with a day or a year; and where they stand in
    groups, only all the groups of a run or groups like those on a card.
    """
    if _follows_code(number):
        return False
    if len(number.parts) == 1:
        return not _BEGINS_WITH_DAY.match(number.digits)
    usual = _is_grouping(number.sizes)
    if _is_dated(number) and not (usual and _ISSUER.match(number.digits)):
        return False
    if _BEGINS_WITH_YEAR.match(number.shown) or _MORE_PRECEDES.search(number.before):
        return False
    return (
        number.whole
        or (number.breaks > 0 and len(number.parts) == 2)
        or usual
        or _is_grouping(_unbroken(number))
    )


def _unbroken(number: _Number) -> list[int]:
    """The lengths of the groups as if no line ended within the number."""
    return [len(part) for part in _unwrapped(number).replace("-", " ").split()]


def _unwrapped(number: _Number) -> str:
    """The number as it would stand if no line ended within it."""
    return _LINE_END.sub("", number.shown)


def _is_grouping(sizes: list[int]) -> bool:
    """Say whether digits are in groups like those on a card: even, but for a shorter last one."""
    *even, last = sizes
    return sizes in _GROUPINGS or not even or (len(set(even)) == 1 and last <= even[0])


def _is_dated(number: _Number) -> bool:
    """Say whether a date is among the groups of a number."""
    return len(number.parts) > 1 and _HOLDS_DAY.search(number.shown) is not None


def _follows_code(number: _Number) -> bool:
    """Say whether the name of a code stands before a number."""
    return _CODE_PRECEDES.search(number.before) is not None


def _stands_apart(number: _Number) -> bool:
    """Say whether no letter touches a number."""
    return not (_LETTER.match(number.before[-1:]) or _LETTER.match(number.after))


def _is_company(digits: str) -> bool:
    """Say whether digits are a unified social credit code."""
    return _COMPANY.match(digits) is not None and uscc.is_valid(digits)


# Dots and brackets --------------------------------------------------------------------------


def _dotted(flat: str) -> Iterator[Hit]:
    """Find numbers with at least two dots between their digits."""
    for run in _DOTTED.finditer(flat) if "." in flat else ():
        for hit in _read(_with_dots, flat, list(_PART.finditer(flat, *run.span()))):
            yield _telephone(flat, hit)


def _with_dots(readings: list[_Number]) -> _Found:
    """Take the longest reading that is an identity number, a mobile number or a card."""
    for number in reversed(readings):
        digits, sizes = number.digits, number.sizes
        usual = number.whole or sizes in _MOBILE_GROUPINGS
        if _is_identity_number(digits):
            return number, "identity_number"
        if usual and _MOBILE.fullmatch(digits) and not _IP_ADDRESS.fullmatch(number.shown):
            return number, "mobile"
        if len(sizes) > 2 and _is_old_identity_number(number, digits):
            return number, "identity_number"
        if len(sizes) > 2 and _is_bank_card(number, digits):
            return number, "bank_card"
    return None


def _bracketed(flat: str) -> Iterator[Hit]:
    """Find telephone numbers whose first digits are in brackets or followed by a dot."""
    for found in _BRACKETED.finditer(flat):
        yield _telephone(flat, Hit(*found.span(), "landline" if found[1] else "mobile"))


def _local(flat: str) -> Iterator[Hit]:
    """Find telephone numbers without an area code, after a word for them or after another."""
    for found in _LOCAL.finditer(flat):
        yield _telephone(flat, Hit(*found.span(1), "landline"))


SEARCHES = (_dotted, _bracketed, _running, _local)
"""The searches, in the order in which they go through a text whose letters, digits, spaces, hyphens
and dots are written in ASCII; each gives the places in no order and may find more the next time."""
