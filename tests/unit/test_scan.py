"""Scanning of free text, measured on texts with planted identifiers and with look-alikes."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.disclose.scan import MARK, Kind, scan
from publish.handin import idcard, uscc

SEED = 20261122
PLANTED_OF_EACH = 500
LOOK_ALIKES = 6000

BEFORE = [
    "当事人身份证号码：",
    "经查，联系方式为",
    "（",
    "其账户",
    "于2026年3月4日提供",
    "罚款1,234.50元，",
    "示例市监罚〔2026〕123号，",
    "统一社会信用代码91990000MA5K7Q3D2G，另",
    "第三十五条第（二）项、",
    "",
]
AFTER = [
    "。",
    "，已核实",
    "）",
    "；罚款50000元",
    "等",
    "的机主",
    "\n2026年3月4日",
    "",
    "、",
    "号码",
]

WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


def digits(rng: random.Random, count: int) -> str:
    """Draw digits."""
    return "".join(rng.choices("0123456789", k=count))


def passes_luhn(number: str) -> bool:
    """Check a card number the plain way."""
    values = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in values) % 10 == 0


def identity_number(rng: random.Random) -> str:
    """Make a valid identity number of the region that does not exist."""
    born = date(1940, 1, 1) + timedelta(days=rng.randrange(25000))
    first17 = f"99{digits(rng, 4)}{born:%Y%m%d}{digits(rng, 3)}"
    return first17 + idcard.check_character(first17)


def old_identity_number(rng: random.Random) -> str:
    """Make an identity number of fifteen digits."""
    born = date(1930, 1, 1) + timedelta(days=rng.randrange(25000))
    return f"99{digits(rng, 4)}{born:%y%m%d}{digits(rng, 3)}"


def mobile(rng: random.Random) -> str:
    """Make a mobile number."""
    return f"1{rng.choice('3456789')}{digits(rng, 9)}"


def bank_card(rng: random.Random) -> str:
    """Make a card number with the right check."""
    start, length = rng.choice([("4", 16), ("5", 16), ("35", 16), ("9558", 19), ("62", 0)])
    first = start + digits(rng, (length or rng.randrange(16, 20)) - len(start) - 1)
    return next(first + last for last in "0123456789" if passes_luhn(first + last))


def landline(rng: random.Random) -> str:
    """Make a telephone number with its area code."""
    area = rng.choice(["010", f"02{rng.randrange(10)}", f"0{rng.randrange(300, 1000)}"])
    return f"{area}{rng.choice('-－ ')}{rng.randrange(2, 10)}{digits(rng, rng.choice([6, 7]))}"


def email(rng: random.Random) -> str:
    """Make an e-mail address."""
    name = "".join(rng.choices("abcxyz0189._", k=6))
    return f"a{name}z{rng.choice('@＠')}{rng.choice(['example.com', 'mail.example.org.cn'])}"


def plate(rng: random.Random) -> str:
    """Make a licence plate, now and then of a new-energy vehicle."""
    serial = rng.choice([digits(rng, 5), f"D{digits(rng, 5)}", f"{digits(rng, 5)}F"])
    return f"{rng.choice('京豫粤沪')}{rng.choice('ABCK')}{rng.choice(['', '·', ' '])}{serial}"


def written(rng: random.Random, number: str) -> str:
    """Write a number in one of the ways people write them."""
    return rng.choice([plain, wide, spaced_at_random, grouped, every_digit_apart])(rng, number)


def plain(_: random.Random, number: str) -> str:
    """Write it as it is."""
    return number


def wide(_: random.Random, number: str) -> str:
    """Write it in full width."""
    return number.translate(WIDE)


def spaced_at_random(rng: random.Random, number: str) -> str:
    """Put spaces of any kind in some places."""
    gaps = ["", "", "", " ", "  ", "\u3000", "\u00a0", "\u200b", "\t"]
    return "".join(char + rng.choice(gaps) for char in number[:-1]) + number[-1]


def grouped(rng: random.Random, number: str) -> str:
    """Write it in the usual groups, with hyphens or spaces."""
    sizes = {11: [3, 4, 4], 15: [6, 6, 3], 18: [6, 8, 4]}.get(len(number), [4, 4, 4, 4, 3])
    ends = [sum(sizes[:place]) for place in range(len(sizes) + 1)]
    parts = [number[a:b] for a, b in zip(ends, [*ends[1:], None], strict=True) if number[a:b]]
    return rng.choice("- －").join(parts)


def every_digit_apart(_: random.Random, number: str) -> str:
    """Put a space after each digit."""
    return " ".join(number)


def international(rng: random.Random, number: str) -> str:
    """Put the country's code before a mobile number."""
    return rng.choice(["86", "86-", "0086 ", "86 "]) + grouped(rng, number)


MAKERS: dict[str, tuple[Kind, Callable[[random.Random], str]]] = {
    "identity numbers": ("identity_number", lambda rng: written(rng, identity_number(rng))),
    "old identity numbers": ("identity_number", lambda rng: grouped(rng, old_identity_number(rng))),
    "mobile numbers": ("mobile", lambda rng: written(rng, mobile(rng))),
    "international": ("mobile", lambda rng: international(rng, mobile(rng))),
    "bank cards": ("bank_card", lambda rng: written(rng, bank_card(rng))),
    "landlines": ("landline", landline),
    "e-mail": ("email", email),
    "plates": ("plate", plate),
}


@pytest.mark.parametrize("made", MAKERS)
def test_every_planted_identifier_is_found(made: str) -> None:
    """Recall is 100 % in each kind and each way of writing, and nothing else is touched."""
    kind, maker = MAKERS[made]
    rng = random.Random(f"{SEED} {made}")
    missed = []
    for _ in range(PLANTED_OF_EACH):
        before, planted, after = rng.choice(BEFORE), maker(rng), rng.choice(AFTER)
        found = scan(before + planted + after)
        if found != (before + MARK + after, {kind: 1}):
            missed.append((before + planted + after, found))
    assert missed == []


def company_code(rng: random.Random) -> str:
    """Make a unified social credit code, often of digits only."""
    body = digits(rng, 9) if rng.random() < 0.5 else "".join(rng.choices(uscc.ALPHABET, k=9))
    first17 = f"{rng.choice(['91', '92', '11', '12', '51', 'N2'])}99{digits(rng, 4)}{body}"
    return first17 + uscc.check_character(first17)


def no_birthday(rng: random.Random) -> str:
    """Make a registration number of fifteen digits without a date in it."""
    return f"99{digits(rng, 4)}{rng.randrange(100):02}{rng.randrange(13, 100)}{digits(rng, 5)}"


def failed_check(rng: random.Random) -> str:
    """Make a long number that is neither a card nor an identity number."""
    numbers = iter(lambda: digits(rng, rng.choice([16, 17, 18, 19])), "")
    return next(number for number in numbers if not passes_luhn(number))


def day(rng: random.Random) -> str:
    """Write a date in one of the usual ways."""
    drawn = date(2015, 1, 1) + timedelta(days=rng.randrange(5000))
    formats = ["%Y%m%d", "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"]
    named = f"{drawn.year}年{drawn.month}月{drawn.day}日"
    return rng.choice([*(drawn.strftime(form) for form in formats), named])


ALIKE: list[Callable[[random.Random], str]] = [
    company_code,
    no_birthday,
    failed_check,
    day,
    lambda rng: f"{day(rng)}{rng.choice(['至', '-', ' ', '—'])}{day(rng)}",
    lambda rng: f"示例市监罚〔{rng.randrange(2015, 2030)}〕{digits(rng, rng.randrange(1, 12))}号",
    lambda rng: f"（2026）第{mobile(rng)}号",
    lambda rng: f"{rng.randrange(10**9):,}.{digits(rng, 2)}元",
    lambda rng: f"{digits(rng, 3)}.{digits(rng, 6)}万元",
    lambda rng: f"{mobile(rng)}元",
    lambda rng: f"{rng.choice(['SC1', 'JY1', 'JY2', 'DL4'])}{digits(rng, 13)}",
    lambda rng: f"XK{rng.randrange(10, 20)}-{digits(rng, 3)}-{digits(rng, 5)}",
    lambda rng: f"邮编{digits(rng, 6)}",
    lambda rng: f"条码69{digits(rng, 11)}",
    lambda rng: f"{digits(rng, rng.randrange(20, 40))}",
    lambda rng: f"{rng.choice(['10', '11', '12', '20'])}{digits(rng, 9)}",
    lambda rng: f"GB {digits(rng, 4)}.{digits(rng, 1)}-{rng.randrange(1990, 2027)}",
    lambda rng: f"东经{rng.randrange(73, 135)}.{digits(rng, 8)}度",
    lambda rng: f"{day(rng)} {rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}",
    lambda rng: f"2026{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}{digits(rng, 9)}",
    lambda rng: f"合同2026-{digits(rng, 4)}-{digits(rng, 4)}-{digits(rng, 4)}",
    lambda rng: f"粤B2-2006{digits(rng, 4)}、粤ICP备{digits(rng, 8)}号",
    lambda rng: f"国药准字H{digits(rng, 8)}",
    lambda rng: f"注册号：{old_identity_number(rng)}",
    lambda rng: (
        f"拨打{rng.choice(['12315', '12345', '110'])}或400-{digits(rng, 3)}-{digits(rng, 4)}"
    ),
]


def test_look_alikes_survive() -> None:
    """Less than one text in a thousand with a public look-alike is changed."""
    rng = random.Random(SEED)
    changed: Counter[str] = Counter()
    for number in range(LOOK_ALIKES):
        maker = ALIKE[number % len(ALIKE)]
        text = rng.choice(BEFORE) + maker(rng) + rng.choice(AFTER)
        if scan(text, names=["赵钱孙"]) != (text, {}):
            changed[text] += 1
    assert changed.total() < LOOK_ALIKES / 1000, changed


def test_company_codes_are_never_touched() -> None:
    """Not even a code of digits that would pass for a card."""
    rng = random.Random(SEED)
    codes = [company_code(rng) for _ in range(2000)]
    assert any(code.isdigit() and passes_luhn(code) for code in codes)
    assert [code for code in codes if scan(f"{code}，").hits] == []


@pytest.mark.parametrize(
    ("text", "left", "hits"),
    [
        ("990101-1949-12-31-0028", "", {"identity_number": 1}),
        ("tel13800138000、13800138000微信", f"tel{MARK}、{MARK}微信", {"mobile": 2}),
        ("990101-1949\n1231 0028", "", {"identity_number": 1}),
        ("138\n00138000", "138\n00138000", {}),
        ("电话13800138000 2026年3月4日", f"电话{MARK} 2026年3月4日", {"mobile": 1}),
        ("13800138000 13900139000", f"{MARK} {MARK}", {"mobile": 2}),
        ("13800138000@example.com", MARK, {"email": 1}),
        ("（0990）65123456，电话：6512 3456", f"{MARK}，电话：{MARK}", {"landline": 2}),
        ("ICBC6222021234567890128", f"ICBC{MARK}", {"bank_card": 1}),
        ("Tel13800138000QQ1", f"Tel{MARK}QQ1", {"mobile": 1}),
        ("（2026）13800138000", f"（2026）{MARK}", {"mobile": 1}),
        ("a" * 70 + "@示例.中国", "a" * 6 + MARK, {"email": 1}),
        ("01065123456转801", f"{MARK}转801", {"landline": 1}),
        ("豫A1234学、京A12345Z", f"{MARK}、京A12345Z", {"plate": 1}),
    ],
)
def test_numbers_next_to_others(text: str, left: str, hits: dict[str, int]) -> None:
    """Letters, other numbers and brackets beside a number neither hide nor spoil it."""
    check = idcard.check_character("99010119491231002")
    assert scan(text.replace("0028", f"002{check}")) == (left or MARK, hits)


@pytest.mark.parametrize(
    "between", [",", "，", "、", ";", "/", ".", "。", "|", "\n", " ", "和", " 2."]
)
@pytest.mark.parametrize("number", ["13800138000", "6222021234567890128", "11010519491231002X"])
def test_lists_hide_nothing(number: str, between: str) -> None:
    """Each number of a list is found, whatever stands between them."""
    found = scan(between.join([number] * 3))
    assert (found.text, sum(found.hits.values())) == (between.join([MARK] * 3), 3)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("家住示例市城东区幸福路12号3单元501室，", f"家住{MARK}，"),
        ("住址：示例市城东区幸福路１２号", f"住址：{MARK}"),
        ("住示例市城东区幸福小区3号楼2单元501室的张某", f"住{MARK}的张某"),
        ("户籍所在地示例省和平乡向阳村三组12号。", f"户籍所在地{MARK}。"),
        ("在示例市城东区幸福小区3号楼501室经营", f"在{MARK}经营"),
        ("住址不详", "住址不详"),
        ("经营地址：示例市城东区幸福路12号", "经营地址：示例市城东区幸福路12号"),
        ("在示例市城东区幸福路12号销售", "在示例市城东区幸福路12号销售"),
        ("示例市住建局对住宅楼3号作出", "示例市住建局对住宅楼3号作出"),
    ],
)
def test_home_addresses_of_natural_persons(text: str, left: str) -> None:
    """Homes go, places of business stay; without the flag nothing of an address is looked for."""
    assert scan(text, addresses=True).text == left
    assert scan(text).text == text


def test_names_are_replaced_by_what_is_given_for_them() -> None:
    """Longer names come first, and spaces within a name do not hide it."""
    found = scan("张三丰与张三、张 三、李四", names={"张三": "张*", "张三丰": "张**"})
    assert found == ("张**与张*、张*、李四", {"name": 3})


@pytest.mark.parametrize(
    ("text", "names", "left"),
    [
        ("李四、李　四", ["李四"], f"{MARK}、{MARK}"),
        ("李四", "李四", MARK),
        ("阿卜杜拉买买提", ["阿卜杜拉·买买提"], MARK),
        ("An Li, AN LI; License", ["An Li", "Li"], f"{MARK}, {MARK}; License"),
        ("王某", ["王", ""], "王某"),
        ("第三条第四款", ["张三"], "第三条第四款"),
        ("a\\1b cd", {"cd": "\\1"}, "a\\1b \\1"),
    ],
)
def test_names_in_other_forms(text: str, names: list[str], left: str) -> None:
    """Latin names stand by themselves whatever their case; single characters are left."""
    assert scan(text, names=names).text == left


@given(st.text(st.sampled_from("0123456789Xx -－０９１３年月号〔〕第元.@aA京电话：")))
def test_what_is_clean_stays_clean(text: str) -> None:
    """A second scan finds nothing, and a text without hits is returned as it was."""
    found = scan(text)
    assert bool(found.hits) == (found.text != text)
    assert scan(found.text) == (found.text, {})


@given(st.text(), st.text(max_size=4))
def test_any_text_can_be_scanned(text: str, name: str) -> None:
    """No text and no name makes the scan fail."""
    assert (name in scan(text, names=[name], addresses=True).text) <= (
        len(name) < 2 or name in MARK
    )
