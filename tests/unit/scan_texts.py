"""Labelled texts to measure the scan by: departments' prose with what must go and what must stay.

The prose stands in tests/fixtures/scan; numbers are drawn here, with checks computed here, so that
scanner and measure cannot share a mistake. Nobody is meant: identity, registration and credit
numbers have region 99, which does not exist, residents' permits one that is not given out; mobile
numbers begin with series that no operator was given (142, 143, 154, 160, 161, 163, 164, 168, 169,
179, 194); area codes are free ones; cards have issuers 629999, 400000, 509999 and 955899; plates
have letters that their province does not give out.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

FOLDER = Path(__file__).parent.parent / "fixtures" / "scan"


class Span(NamedTuple):
    """Where something stands that must not be published."""

    start: int
    end: int
    kind: str


class Text(NamedTuple):
    """A text, whether it is about a natural person, and what must not be seen of it."""

    text: str
    person: bool
    spans: list[Span]

    def without(self, mark: str) -> str:
        """The text with the mark in the place of each span."""
        pieces, done = [], 0
        for start, end, _ in self.spans:
            pieces += [self.text[done:start], mark]
            done = end
        return "".join([*pieces, self.text[done:]])


def texts(name: str, count: int, seed: int) -> Iterator[Text]:
    """Draw labelled texts of the templates of a file, half of them without anything to hide."""
    rng = Random(f"{name} {seed}")
    held_out = name == "held_out"
    clean, dirty = _templates(FOLDER / f"{name}.txt")
    for number in range(count):
        person, template = rng.choice(dirty if number % 2 else clean)
        if rng.random() < 0.3:
            following = rng.choice([text for who, text in clean if who == person])
            template += ("" if template[-1] == "。" else rng.choice("。；\n")) + following
        yield _filled(rng, template, person, held_out)


def _templates(path: Path) -> tuple[list[tuple[bool, str]], list[tuple[bool, str]]]:
    """Read a file: the templates without anything to hide, and those with."""
    entries = re.split(r"^(?=[po] )", path.read_text("utf-8"), flags=re.MULTILINE)[1:]
    templates = [(entry[0] == "p", entry[2:].rstrip("\n")) for entry in entries]
    hiding = re.compile("{(?:" + "|".join(HIDDEN) + ")}")
    return (
        [each for each in templates if not hiding.search(each[1])],
        [each for each in templates if hiding.search(each[1])],
    )


def _filled(rng: Random, template: str, person: bool, held_out: bool) -> Text:
    """Draw what stands in braces."""
    text, spans = "", []
    for place, piece in enumerate(re.split("[{}]", template)):
        if place % 2 == 0:
            text += piece
        elif piece in HIDDEN:
            kind, make = HIDDEN[piece]
            drawn = make(rng, held_out)
            spans.append(Span(len(text), len(text) + len(drawn), kind))
            text += drawn
        else:
            text += OPEN[piece](rng)
    return Text(text, person, spans)


# Checks, computed apart from the package -----------------------------------------------------


def luhn(body: str) -> str:
    """Give the last digit of a card (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(body))]
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def resident_check(first17: str) -> str:
    """Give the last character of an identity number (GB 11643-1999: ISO 7064 MOD 11-2)."""
    rest = 0
    for digit in first17:
        rest = (rest + int(digit)) * 2 % 11
    return "0123456789X"[(1 - rest) % 11]


def registration_check(first14: str) -> str:
    """Give the last digit of a registration number (GS 15-2006: ISO 7064 MOD 11,10)."""
    rest = 10
    for digit in first14:
        rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - rest) % 10)


def credit_check(first17: str) -> str:
    """Give the last character of a unified social credit code (GB 32100-2015)."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total, weight = 0, 1
    for char in first17:
        total += alphabet.index(char) * weight
        weight = weight * 3 % 31
    return alphabet[-total % 31]


# What must go -------------------------------------------------------------------------------


def digits(rng: Random, count: int) -> str:
    """Draw digits."""
    return "".join(rng.choices("0123456789", k=count))


def identity_number(rng: Random, region: str = "99") -> str:
    """Make an identity number of 18 characters."""
    born = date(1935, 1, 1) + timedelta(days=rng.randrange(28000))
    first17 = f"{region}{digits(rng, 6 - len(region))}{born:%Y%m%d}{digits(rng, 3)}"
    return first17 + resident_check(first17)


def old_identity_number(rng: Random) -> str:
    """Make an identity number of 15 digits."""
    born = date(1930, 1, 1) + timedelta(days=rng.randrange(25000))
    return f"99{digits(rng, 4)}{born:%y%m%d}{digits(rng, 3)}"


def mobile(rng: Random) -> str:
    """Make a mobile number of a series that no operator was given."""
    series = ["142", "143", "154", "160", "161", "163", "164", "168", "169", "179", "194"]
    return rng.choice(series) + digits(rng, 8)


def card(rng: Random) -> str:
    """Make the number of a bank card."""
    issuer, length = rng.choice(
        [("629999", 19), ("629999", 16), ("400000", 16), ("509999", 16), ("955899", 19)]
    )
    body = issuer + digits(rng, length - 7)
    return body + luhn(body)


WIDE = str.maketrans("0123456789X-.+@", "０１２３４５６７８９Ｘ－．＋＠")
GAPS = ([" ", "-", "－", "–", "\u3000", "\u00a0"], ["\u2009", "—", "\u2011", "\u202f", "  ", " - "])
DOTS = ([".", "．", "·"], ["•", ". ", "・"])
UNSEEN = (["\u200b", "\ufeff"], ["\u2060", "\u00ad", "\u200d"])
BREAKS = (["\n", "\r\n", "\n　　"], ["\n    ", "-\n", " \r\n\t"])
GROUPS = {
    "mobile": ([[3, 4, 4]], [[4, 4, 3], [3, 3, 5], [5, 6], [4, 3, 4]]),
    "old": ([[6, 6, 3]], [[3, 3, 2, 2, 2, 3]]),
    "identity": ([[6, 8, 4], [6, 4, 4, 4]], [[3, 3, 4, 2, 2, 4], [10, 8], [4, 4, 4, 6]]),
    "card": ([[4, 4, 4, 4, 4]], [[6, 13], [4, 4, 4, 7], [8, 8, 3]]),
}


def written(rng: Random, number: str, groups: str, held_out: bool) -> str:
    """Write a number in one of the ways in which people write them."""
    place, unseen = rng.randrange(1, len(number)), rng.choice(UNSEEN[held_out])
    parts = list(_parts(number, rng.choice(GROUPS[groups][held_out])))
    grouped = rng.choice(GAPS[held_out]).join(parts)
    dotted = rng.choice(DOTS[held_out]).join(parts) if len(parts) > 2 else grouped
    apart = rng.choice(GAPS[held_out]).join(number) if held_out else grouped
    broken = number[:place] + rng.choice(BREAKS[held_out]) + number[place:]
    strewn = "".join(char + unseen * (rng.random() < 0.3) for char in number[:-1]) + number[-1]
    plain = [number, number, number, number.lower()]
    return rng.choice([*plain, number.translate(WIDE), broken, strewn, dotted, grouped, apart])


def _parts(number: str, sizes: list[int]) -> Iterator[str]:
    """Cut a number into groups; the last takes what is left."""
    for place, size in enumerate(sizes):
        if number:
            yield number if place == len(sizes) - 1 else number[:size]
        number = number[size:]


def _mobile(rng: Random, held_out: bool) -> str:
    """Write a mobile number, now and then with the country's code."""
    number = written(rng, mobile(rng), "mobile", held_out)
    if rng.random() < 0.25:
        codes = (["86", "+86", "86-", "+86 ", "0086-", "0086 "], ["＋８６", "+86-", "(+86)", "86 "])
        return rng.choice(codes[held_out]) + number
    return number


def _landline(rng: Random, held_out: bool) -> str:
    """Write a telephone number with its area code and now and then an extension."""
    area = rng.choice(["026", "0301", "0340", "0500", "0600", "0840"])
    local = f"{rng.randrange(2, 10)}{digits(rng, rng.choice([6, 7]))}"
    if held_out and rng.random() < 0.4:
        local = f"{local[:-4]}{rng.choice(' -')}{local[-4:]}"
    before, after = rng.choice((["-", "", " ", "－"], ["—", ".", " - ", "\u2011"])[held_out]), ""
    if rng.random() < 0.2:
        extension = digits(rng, 3)
        after = rng.choice((["-", "转"], ["转", "分机", " ext. "])[held_out]) + extension
    if rng.random() < 0.2:
        return rng.choice(["({})", "（{}）"]).format(area) + local + after
    if rng.random() < 0.1:
        return f"+86-{area[1:]}-{local}{after}"
    return area + before + local + after


def _email(rng: Random, held_out: bool) -> str:
    """Write an e-mail address."""
    name = "".join(rng.choices("abcdexyz0189", k=rng.randrange(3, 12)))
    name = f"{rng.choice('akz')}{name}{rng.choice(['', '.li', '_01', '-cn'])}"
    hosts = (
        ["example.com", "mail.example", "示例.中国"],
        ["mail.example.org.cn", "sub-domain.example.net", "EXAMPLE.COM"],
    )
    written_at = rng.choice((["@", "＠"], ["@", " @ ", "＠"])[held_out])
    return f"{name}{written_at}{rng.choice(hosts[held_out])}"


def _plate(rng: Random, held_out: bool) -> str:
    """Write the plate of a vehicle, with letters that the province does not give out."""
    place = f"{rng.choice('青宁藏琼')}{rng.choice('XYZ')}"
    dot = rng.choice((["", "·", " "], ["•", "-", ".", " · "])[held_out])
    five = rng.choice([digits(rng, 5), f"{digits(rng, 3)}A{digits(rng, 1)}", f"K{digits(rng, 4)}"])
    green = rng.choice([f"D{digits(rng, 5)}", f"{digits(rng, 5)}F", f"DA{digits(rng, 4)}"])
    special = f"{digits(rng, 4)}{rng.choice('学警挂' if not held_out else '港澳领试超')}"
    if rng.random() < 0.1:
        return f"使{digits(rng, 3)}·{digits(rng, 3)}"
    shown = f"{place}{dot}{rng.choice([five, five, green, special])}"
    return shown.translate(WIDE) if rng.random() < 0.1 else shown


_SMALL = "一二三四五六七八九"


def _home(rng: Random, held_out: bool) -> str:
    """Write where somebody lives."""
    number, floor, room = rng.randrange(1, 300), rng.randrange(1, 30), rng.randrange(1, 5)
    city = ["示例市云岫区", "示例省示例市墨池区", "槐序县", "云岫区望舒街道"]
    if held_out:
        city = ["示例市鹭汀区", "示例省示例市青穗区梧桐街道", "麦秋县霜镇", "鹭汀区"]
        forms = [
            f"松涛路{number}弄{room}号{floor}0{room}室",
            f"南塘大道{number}号院{room}号楼{room}门{floor}0{room}号",
            f"清和社区听松苑{floor}幢{room}单元0{floor}0{room}",
            f"青坪乡枫树湾村{rng.choice(_SMALL)}社{number}号",
            f"响水镇月牙村上湾自然村{number}号",
            f"茶亭镇新桥村第{rng.choice(_SMALL)}村民小组",
            f"沙湖苏木塔林嘎查{rng.choice(_SMALL)}组{room}户",
            f"文渊街{number}-{room}-{floor}0{room}",
            f"望月府{floor}#{room}-{floor}0{room}",
        ]
    else:
        forms = [
            f"环湖大道{number}号砚池花园{floor}号楼{room}单元{floor}0{room}室",
            f"望月路{number}号{room}单元{floor}0{room}室",
            f"砚池街{number}号",
            f"晴川小区{floor}栋{floor}0{room}",
            f"杏花镇东坡村{rng.choice(_SMALL)}组{number}号",
            f"双泉镇大塘村{number}号",
            f"上河乡石门村{rng.choice(_SMALL)}屯{number}号",
            f"柳林镇李子沟村{rng.choice(_SMALL)}队",
        ]
    return rng.choice(city) + rng.choice(forms)


Writer = Callable[[Random, bool], str]


def _number(make: Callable[[Random], str], groups: str) -> Writer:
    """Write what a function makes, in groups of a kind."""
    return lambda rng, held_out: written(rng, make(rng), groups, held_out)


HIDDEN: dict[str, tuple[str, Writer]] = {
    "id": ("identity_number", _number(identity_number, "identity")),
    "permit_id": (
        "identity_number",
        _number(lambda rng: identity_number(rng, f"8{rng.randrange(1, 4)}99"), "identity"),
    ),
    "oldid": ("old_identity_number", _number(old_identity_number, "old")),
    "mobile": ("mobile", _mobile),
    "card": ("bank_card", _number(card, "card")),
    "landline": ("landline", _landline),
    "email": ("email", _email),
    "plate": ("plate", _plate),
    "home": ("address", _home),
}
"""What must go: the kind, and how it is written."""


# What must stay -----------------------------------------------------------------------------


def _day(rng: Random) -> date:
    """Draw a day of these years."""
    return date(2015, 1, 1) + timedelta(days=rng.randrange(4300))


def _date(rng: Random) -> str:
    """Write a date in one of the usual ways."""
    day = _day(rng)
    forms = [f"{day.year}年{day.month}月{day.day}日"] * 3
    forms += [f"{day:{form}}" for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d")]
    return rng.choice(forms)


def _amount(rng: Random) -> str:
    """Write an amount of money."""
    yuan = rng.randrange(50, 10 ** rng.randrange(3, 12))
    cents = digits(rng, 2)
    return rng.choice(
        [f"{yuan}元", f"{yuan:,}.{cents}元", f"￥{yuan}.{cents}", f"{yuan / 10000:.6f}万元"]
    )


def _document(rng: Random) -> str:
    """Write a document's number."""
    office = rng.choice(["示市监罚", "示交执罚", "示人社监令", "示税罚告", "示卫医罚", "示建许"])
    year, number = _day(rng).year, digits(rng, rng.choice([1, 2, 3, 4, 6, 11]))
    brackets = rng.choice(["〔{}〕{}号", "〔{}〕第{}号", "[{}]{}号", "（{}）第{}号", "【{}】{}号"])
    return office + brackets.format(year, number)


def credit_code(rng: Random) -> str:
    """Make a unified social credit code, often of digits only."""
    alphabet = "0123456789" if rng.random() < 0.5 else "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = "".join(rng.choices(alphabet, k=9))
    first17 = f"{rng.choice(['91', '92', '93', '11', '12', '52', 'N2'])}99{digits(rng, 4)}{body}"
    return first17 + credit_check(first17)


def registration(rng: Random) -> str:
    """Make a registration number of 15 digits; half of them hold what may be a birth date."""
    sequence = digits(rng, 8)
    if rng.random() < 0.5:
        born = date(1960, 1, 1) + timedelta(days=rng.randrange(14000))
        sequence = f"{born:%y%m%d}{digits(rng, 2)}"
    first14 = f"99{digits(rng, 4)}{sequence}"
    return first14 + registration_check(first14)


def _order(rng: Random) -> str:
    """Write the number of an order: 16 to 20 digits, half of them beginning with the day."""
    length = rng.randrange(16, 21)
    begin = f"{_day(rng):%Y%m%d}" if rng.random() < 0.5 else rng.choice("123456789")
    return begin + digits(rng, length - len(begin))


def _shop(rng: Random) -> str:
    """Write the address of a business."""
    number, room = rng.randrange(1, 300), rng.randrange(1, 20)
    return rng.choice(
        [
            f"示例市云岫区环湖大道{number}号",
            f"示例市墨池区望月路{number}号{room}号商铺",
            f"示例市鹭汀区南塘大道{number}号门面",
            f"槐序县杏花镇三桥路{number}-{room}号",
            f"示例市青穗区文渊街与稻香路交叉口东{number}米",
        ]
    )


def _geo(rng: Random) -> str:
    """Write a place by its coordinates."""
    east, north = rng.uniform(73, 135.9), rng.uniform(18, 53)
    return rng.choice(
        [
            f"东经{east:.6f}°、北纬{north:.6f}°",
            f"E{east:.8f},N{north:.8f}",
            f"（{east:.8f}，{north:.8f}）",
            f"{east:.5f} {north:.5f}",
            f"东经{int(east)}°{rng.randrange(60)}′{rng.randrange(60)}.{digits(rng, 2)}″",
            f"K{rng.randrange(900)}+{digits(rng, 3)}",
        ]
    )


def _hotline(rng: Random) -> str:
    """Write the number of a public hotline."""
    toll_free = f"400-{digits(rng, 3)}-{digits(rng, 4)}"
    return rng.choice(["12345", "12315", "12333", "12328", "110", "95588", toll_free, "0301-12345"])


OPEN: dict[str, Callable[[Random], str]] = {
    "date": _date,
    "time": lambda rng: f"{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}",
    "amount": _amount,
    "document": _document,
    "uscc": credit_code,
    "registration": registration,
    "registration_letters": lambda rng: f"PDY{digits(rng, 17)}",
    "order": _order,
    "serial": lambda rng: rng.choice(
        [
            digits(rng, rng.choice([6, 8, 9, 10, 12])),
            f"SN{digits(rng, 10)}",
            f"{digits(rng, 4)}-{digits(rng, 5)}",
            f"YT{digits(rng, 13)}",
        ]
    ),
    "batch": lambda rng: rng.choice(
        [f"{_day(rng):%Y%m%d}", f"{_day(rng):%y%m%d}{digits(rng, 2)}", f"B{_day(rng):%Y%m%d}-01"]
    ),
    "barcode": lambda rng: f"69{digits(rng, 11)}",
    "standard": lambda rng: rng.choice(
        [
            f"GB {digits(rng, 4)}.{digits(rng, 1)}-{rng.randrange(1990, 2027)}",
            f"GB/T {digits(rng, 5)}—{rng.randrange(1990, 2027)}",
            f"Q/SLCL 0001S-{rng.randrange(2010, 2027)}",
            f"DB99/{digits(rng, 4)}-{rng.randrange(2010, 2027)}",
        ]
    ),
    "report": lambda rng: rng.choice(
        [
            f"SP{_day(rng):%Y%m%d}{digits(rng, 3)}",
            f"{_day(rng).year}-{digits(rng, 4)}-{digits(rng, 3)}",
        ]
    ),
    "permit_no": lambda rng: rng.choice(["SC1", "JY1", "JY2", "DL4"]) + digits(rng, 13),
    "discharge": lambda rng: f"{credit_code(rng)}{digits(rng, 3)}{rng.choice('PQRV')}",
    "court": lambda rng: f"（{_day(rng).year}）示{digits(rng, 2)}行审{digits(rng, 3)}号",
    "arbitration": lambda rng: f"示劳人仲案字〔{_day(rng).year}〕第{digits(rng, 4)}号",
    "postcode": lambda rng: digits(rng, 6),
    "decimal": lambda rng: f"{rng.uniform(0, 500):.{rng.randrange(1, 4)}f}",
    "mileage": lambda rng: rng.choice([f"{rng.randrange(10**6)}", f"{rng.randrange(10**6):,}"]),
    "two": lambda rng: digits(rng, 2),
    "year": lambda rng: str(_day(rng).year),
    "hotline": _hotline,
    "geo": _geo,
    "shop": _shop,
    "invoice": lambda rng: f"0{digits(rng, 11)}",
    "project": lambda rng: f"{_day(rng):%y%m}-999901-04-01-{digits(rng, 6)}",
    "imei": lambda rng: f"86{digits(rng, 13)}",
    "parcel": lambda rng: f"9901{digits(rng, 2)}{digits(rng, 3)}001GB{digits(rng, 5)}F0001",
    "trace": lambda rng: f"8{digits(rng, 19)}",
    "vin": lambda rng: f"AB{digits(rng, 1)}C{digits(rng, 10)}",
    "isbn": lambda rng: f"978-7-{digits(rng, 4)}-{digits(rng, 4)}-{digits(rng, 1)}",
    "customs": lambda rng: f"99{digits(rng, 2)}{_day(rng).year}{digits(rng, 10)}",
}
"""What must stay, and how it is written."""
