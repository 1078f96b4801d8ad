"""Scanning of free text, measured on texts with planted identifiers and with look-alikes."""

import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from publish.disclose.scan import MARK, find, scan
from tests.unit.scan_measure import Measured, measure
from tests.unit.scan_texts import (
    HIDDEN,
    OPEN,
    credit_code,
    digits,
    luhn,
    mobile,
    old_identity_number,
    registration,
    resident_check,
)

SEED = 20261122
TEXTS = 6000
PLANTED_OF_EACH = 500
LOOK_ALIKES = 6000
CHECKED = ("identity_number", "mobile", "bank_card")

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
    "\n第二条",
    "",
    "、",
    "号码",
]


@cache
def measured(name: str) -> Measured:
    """Measure a set once."""
    return measure(name, TEXTS, SEED)


@pytest.mark.parametrize("name", ["tuned", "held_out"])
def test_nothing_with_a_check_is_missed(name: str) -> None:
    """Recall of identity numbers, mobile numbers and bank cards is 100 %."""
    found = measured(name)
    assert {kind: found.missed[kind] for kind in CHECKED} == dict.fromkeys(CHECKED, 0)
    assert all(found.planted[kind] > 500 for kind in CHECKED)


@pytest.mark.parametrize("name", ["tuned", "held_out"])
def test_clean_texts_are_left_alone(name: str) -> None:
    """Fewer than one in a thousand of the texts without anything to hide is changed."""
    found = measured(name)
    assert found.clean == TEXTS / 2
    assert len(found.changed) < found.clean / 1000, found.changed


@pytest.mark.parametrize(("name", "least"), [("tuned", 0.999), ("held_out", 0.98)])
def test_other_kinds_are_found_too(name: str, least: float) -> None:
    """Of the rest little is missed, and what is found is of the kind that it is counted as."""
    found = measured(name)
    assert {kind for kind in found.planted if found.recall(kind) < least} == set()
    assert {kind for kind in found.found if found.precision(kind) < 0.995} == set()


PLANTED = ["id", "permit_id", "oldid", "mobile", "card", "landline", "email", "plate"]


@pytest.mark.parametrize("slot", PLANTED)
def test_just_the_planted_identifier_goes(slot: str) -> None:
    """In each way of writing all of it is taken and nothing else."""
    kind, write = HIDDEN[slot]
    rng = random.Random(f"{SEED} {slot}")
    wrong = []
    for _ in range(PLANTED_OF_EACH):
        before, planted, after = rng.choice(BEFORE), write(rng, False), rng.choice(AFTER)
        found = scan(before + planted + after)
        if found != (before + MARK + after, {kind.removeprefix("old_"): 1}):
            wrong.append((before + planted + after, found))
    assert wrong == []


def registration_without_birthday(rng: random.Random) -> str:
    """Make a registration number of fifteen digits without a date in it."""
    return f"99{digits(rng, 4)}{rng.randrange(100):02}{rng.randrange(13, 100)}{digits(rng, 5)}"


def failed_check(rng: random.Random) -> str:
    """Make a long number that is neither a card nor an identity number."""
    numbers = iter(lambda: digits(rng, rng.choice([16, 17, 18, 19])), "")
    return next(number for number in numbers if number[-1] != luhn(number[:-1]))


ALIKE: list[Callable[[random.Random], str]] = [
    credit_code,
    registration_without_birthday,
    failed_check,
    OPEN["date"],
    lambda rng: f"{OPEN['date'](rng)}{rng.choice(['至', '-', ' ', '—'])}{OPEN['date'](rng)}",
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
    lambda rng: (
        f"{OPEN['date'](rng)} {rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}"
    ),
    lambda rng: f"2026{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}{digits(rng, 9)}",
    lambda rng: f"合同2026-{digits(rng, 4)}-{digits(rng, 4)}-{digits(rng, 4)}",
    lambda rng: f"粤B2-2006{digits(rng, 4)}、粤ICP备{digits(rng, 8)}号",
    lambda rng: f"国药准字H{digits(rng, 8)}",
    lambda rng: f"注册号：{old_identity_number(rng)}",
    lambda rng: f"个体工商户（{registration(rng)}）",
    lambda rng: f"IP地址192.168.{rng.randrange(100, 255)}.{rng.randrange(10, 99)}",
    lambda rng: f"￥{mobile(rng)}.{digits(rng, 2)}",
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


def test_credit_codes_are_never_touched() -> None:
    """Not even a code of digits that would pass for a card."""
    rng = random.Random(SEED)
    codes = [credit_code(rng) for _ in range(2000)]
    assert any(code.isdigit() and code[-1] == luhn(code[:-1]) for code in codes)
    assert [code for code in codes if scan(f"{code}，").hits] == []


@pytest.mark.parametrize(
    ("text", "left", "hits"),
    [
        ("990101-1949-12-31-0028", "", {"identity_number": 1}),
        ("tel13800138000、13800138000微信", f"tel{MARK}、{MARK}微信", {"mobile": 2}),
        ("990101-1949\n1231 0028", "", {"identity_number": 1}),
        ("138\n00138000", "", {"mobile": 1}),
        ("手机（+86）138.0013.8000、2.138·0013·8000", f"手机{MARK}、2.{MARK}", {"mobile": 2}),
        ("158 20260304批", "158 20260304批", {}),
        ("电话158 20260304", f"电话{MARK}", {"mobile": 1}),
        ("13.800138000度、192.168.100.12", "13.800138000度、192.168.100.12", {}),
        (
            "卡62220212\n34567890128、6222 0212 3456 7890 128 12.5",
            f"卡{MARK}、{MARK} 12.5",
            {"bank_card": 2},
        ),
        (
            "订单6222021234567890128、身份证编号990101491231002",
            f"订单6222021234567890128、身份证编号{MARK}",
            {"identity_number": 1},
        ),
        (
            "1\u200b38\u2060001380\u200b00，豫\u200bA1\u200b2345",
            f"{MARK}，{MARK}",
            {"mobile": 1, "plate": 1},
        ),
        ("13800138000\u200b13900139000", f"{MARK}\u200b{MARK}", {"mobile": 2}),
        ("致使100.000件，车辆使014·578", f"致使100.000件，车辆{MARK}", {"plate": 1}),
        ("电话13800138000 2026年3月4日", f"电话{MARK} 2026年3月4日", {"mobile": 1}),
        ("13800138000 13900139000", f"{MARK} {MARK}", {"mobile": 2}),
        ("13800138000@example.com", MARK, {"email": 1}),
        ("（0990）65123456，电话：6512 3456", f"{MARK}，电话：{MARK}", {"landline": 2}),
        ("ICBC6222021234567890128", f"ICBC{MARK}", {"bank_card": 1}),
        ("Tel13800138000QQ1", f"Tel{MARK}QQ1", {"mobile": 1}),
        ("（2026）13800138000", f"（2026）{MARK}", {"mobile": 1}),
        ("a" * 70 + "@示例.中国", "a" * 6 + MARK, {"email": 1}),
        ("01065123456转801", MARK, {"landline": 1}),
        ("0301-6512345-801，+86-26-6512345，12345", f"{MARK}，{MARK}，12345", {"landline": 2}),
        ("电话0301-6512345、6512346转8", f"电话{MARK}、{MARK}", {"landline": 2}),
        ("13800138000、6512346元", f"{MARK}、6512346元", {"mobile": 1}),
        ("身份证号：990101194912310020", f"身份证号：{MARK}", {"identity_number": 1}),
        ("编号990101194912310020", "编号990101194912310020", {}),
        (
            "护照号EX1234567、超限通行证C12345678",
            f"护照号{MARK}、超限通行证C12345678",
            {"identity_number": 1},
        ),
        ("来往内地通行证：H12345678", f"来往内地通行证：{MARK}", {"identity_number": 1}),
        ("豫A1234学、京A12345Z", f"{MARK}、京A12345Z", {"plate": 1}),
    ],
)
def test_numbers_next_to_others(text: str, left: str, hits: dict[str, int]) -> None:
    """Letters, other numbers and brackets beside a number neither hide nor spoil it."""
    check = resident_check("99010119491231002")
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
        ("现居示例市云岫区新桥村第八村民小组。", f"现居{MARK}。"),
        ("户籍地：云岫区望月街12-3-401", f"户籍地：{MARK}"),
        ("在其位于云岫区清和社区听松苑3幢2单元0301的住处", f"在其位于{MARK}的住处"),
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
        ("李\u200b四、李\n　四", ["李四"], f"{MARK}、{MARK}"),
        ("李先生、李某、老李", ["李四"], "李先生、李某、老李"),
        ("李四先生", ["李四"], f"{MARK}先生"),
        ("阿卜杜拉买买提", ["阿卜杜拉·买买提"], MARK),
        ("阿卜杜拉.买买提、阿卜杜拉・买买提", ["阿卜杜拉·买买提"], f"{MARK}、{MARK}"),
        ("阿卜杜拉称其父买买提知情", ["阿卜杜拉·买买提"], f"{MARK}称其父买买提知情"),
        ("བཀྲ་ཤིས་ཚེ་རིང་", ["བཀྲ་ཤིས་ཚེ་རིང་"], MARK),
        ("ئالىم ئەخمەت", ["ئالىم ئەخمەت"], MARK),
        ("𠮷田一、𠮷　田一", ["𠮷田一"], f"{MARK}、{MARK}"),
        ("葛\U000e0100城", ["葛城"], MARK),
        ("葛城", ["葛\U000e0100城"], MARK),
        ("An Li, AN LI; License", ["An Li", "Li"], f"{MARK}, {MARK}; License"),
        ("ＡＮＮＡ　Ｌｉ与LI, Anna", ["Anna Li"], f"{MARK}与{MARK}"),
        ("Anna Li", ["ＡＮＮＡ ＬＩ"], MARK),
        ("Андрей Ли, ЛИ АНДРЕЙ, éÉ", ["Андрей Ли", "Éé"], f"{MARK}, {MARK}, {MARK}"),
        ("Jose\u0301 Li、JOSÉ LI、Josép", ["José Li", "José"], f"{MARK}、{MARK}、Josép"),
        ("老 王某\u200b\u200b", ["王", "", " 王", "\u200b\u200b"], "老 王某\u200b\u200b"),
        ("第三条第四款", ["张三"], "第三条第四款"),
        ("a\\1b cd", {"cd": "\\1"}, "a\\1b \\1"),
        ("张*", {"张*": "张*"}, "张*"),
    ],
)
def test_names_in_other_forms(text: str, names: list[str], left: str) -> None:
    """Spaces, dots, case and width hide no name; Latin ones stand alone, single characters stay."""
    assert scan(text, names=names).text == left


def spread(number: str, gaps: list[str]) -> str:
    """Put gaps between the digits of a number."""
    return "".join(digit + gap for digit, gap in zip(number, [*gaps, ""], strict=False))


def gaps(count: int) -> st.SearchStrategy[list[str]]:
    """Draw what stands between digits: spaces, hyphens and what is not seen, here and there."""
    between = st.sampled_from(
        ["", "", "", " ", "-", "  ", "－", "\u3000", "\u00a0", "\u200b", " - "]
    )
    return st.lists(between, min_size=count, max_size=count)


def broken(number: str) -> st.SearchStrategy[str]:
    """Break a number once over the end of a line."""
    ends = st.sampled_from(["\n", "\r\n", "\n　　", "-\n"])
    places = st.integers(1, len(number) - 1)
    return st.builds(lambda at, end: number[:at] + end + number[at:], places, ends)


def dotted(number: str) -> st.SearchStrategy[str]:
    """Put dots into a number, in the groups that it is written in."""
    sizes = {11: (3, 4, 4), 18: (6, 8, 4)}.get(len(number), (4, 4, 4, 4, 3))
    ends = [sum(sizes[:place]) for place in range(len(sizes) + 1)]
    parts = [number[a:b] for a, b in pairwise(ends) if number[a:b]]
    return st.sampled_from([".", "．", "·", "•"]).map(lambda dot: dot.join(parts))


def ways(number: str) -> st.SearchStrategy[str]:
    """Write a number in any of the stated ways."""
    spaced = gaps(len(number) - 1).map(lambda drawn: spread(number, drawn))
    return st.one_of(st.just(number), spaced, broken(number), dotted(number))


NUMBERS = {
    "identity_number": st.builds(
        lambda region, born, order: (
            f"{region}{born:%Y%m%d}{order}" + resident_check(f"{region}{born:%Y%m%d}{order}")
        ),
        st.from_regex("(?:[1-8][1-7]|99)[0-9]{4}", fullmatch=True),
        st.dates(date(1900, 1, 1), date(2030, 12, 31)),
        st.from_regex("[0-9]{3}", fullmatch=True),
    ),
    "mobile": st.from_regex("1[3-9][0-9]{9}", fullmatch=True),
    "bank_card": st.from_regex("(?:62|4|5[1-5]|35|60|9558)[0-9]{12,14}", fullmatch=True)
    .map(lambda body: body + luhn(body))
    .filter(lambda card: 16 <= len(card) <= 19),
}


@pytest.mark.parametrize("kind", NUMBERS)
@given(data=st.data())
def test_no_number_with_a_check_is_missed(kind: str, data: st.DataObject) -> None:
    """However it is written and whatever stands around it, no digit of it is left.

    Two things are not asked: that digits in groups which read as a date are anybody's, and that a
    number that runs into other digits, letters or the name of a code is told from them.
    """
    number = data.draw(NUMBERS[kind])
    assume(kind == "identity_number" or not re.search("(?:19|20)[0-9]{2}[01]", number))
    around = st.text(st.sampled_from("0123456789年月日号元第〔〕（），。、 \n-.市监罚Aa"))
    before, after = data.draw(around) + "系", "属" + data.draw(around)
    shown = data.draw(ways(number))
    hits = find(before + shown + after)
    start, end = len(before), len(before) + len(shown)
    assert [hit for hit in hits if hit.start < end and start < hit.end] == [(start, end, kind)]


PIECES = [
    "13800138000",
    "138.0013.8000",
    "010-65123456",
    "990101491231002",
    "6222021234567890128",
    "豫A12345",
    "a@example.com",
    "示例市云岫区望月路1号2单元301室",
    "2026年",
    "2026-03-04",
    "〔2026〕",
    "注册号",
    "电话",
    "住址",
    "住",
    "转801",
    "+86",
    "86",
    "的住处",
    "号",
    "元",
    "李四",
    *" \n-.:：，。、（）AX0123\u200b",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.booleans())
def test_a_second_scan_changes_nothing(text: str, addresses: bool) -> None:
    """What is left of a text holds nothing to take; the mark makes no number of what is beside."""
    once = scan(text, names={"李四": "李*"}, addresses=addresses).text
    assert scan(once, names={"李四": "李*"}, addresses=addresses) == (once, {})


@given(st.text(st.sampled_from("0123456789Xx -－０９１３年月号〔〕第元.@aA京电话：")))
def test_what_is_clean_stays_clean(text: str) -> None:
    """A second scan finds nothing, and a text without hits is returned as it was."""
    found = scan(text)
    assert bool(found.hits) == (found.text != text)
    assert scan(found.text) == (found.text, {})


@given(st.text(), st.text(max_size=4))
def test_any_text_can_be_scanned(text: str, name: str) -> None:
    """No text and no name makes the scan fail."""
    single = len(re.sub(r"[\W_]", "", name)) < 2
    assert (name in scan(f"{text}，{name}", names=[name], addresses=True).text) <= (
        single or name in MARK
    )


def test_a_letter_number_with_its_date_is_no_identity_number() -> None:
    """Groups of 6, 8 and 1 digits are how the FDA numbers its letters; 15 in other groups are."""
    assert scan("letters/korean-fillers-718842-11032025-0").hits == {}
    assert scan("718842-110320-250").hits == {"identity_number": 1}
