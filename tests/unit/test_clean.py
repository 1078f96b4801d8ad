"""Cells: what is put right, what is refused, and that quick and careful ways agree."""

import unicodedata
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.handin import idcard
from publish.handin.clean import CACHED, Cleaned, Notes, cleaner, getter
from publish.handin.uscc import check_character
from publish.handin.values import ENDLESS, Reading
from publish.schema import Field, code_lists, record_type, record_types

PENALTY = record_type("penalty")
NAME, FACTS, CODE = PENALTY["party_name"], PENALTY["facts"], PENALTY["registration_no"]
NUMBER, DATE, FINE = PENALTY["document_no"], PENALTY["decision_date"], PENALTY["fine"]
FIELDS = [f for record in record_types().values() for f in record.fields]
DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
FULL_WIDTH = str.maketrans("0123456789/-.", "０１２３４５６７８９／－．")


def value(where: Field, raw: str, how: Reading | None = None) -> str | None:
    """What a cell is stored as."""
    return cleaner(where, how or Reading())(raw).value


def found(where: Field, raw: str, how: Reading | None = None) -> list[str]:
    """What is wrong with a cell."""
    return [p.code for p in cleaner(where, how or Reading())(raw).problems]


@pytest.mark.parametrize(
    ("where", "raw", "stored"),
    [
        (FACTS, "  未明码标价  ", "未明码标价"),
        (
            FACTS,
            "每七日中未有二日之休息作為例假\n及休息日",
            "每七日中未有二日之休息作為例假及休息日",
        ),
        (FACTS, "sold without\r\n a licence", "sold without a licence"),
        (FACTS, "甲\u3000\u3000乙", "甲 乙"),
        (FACTS, "cafe\u0301", "café"),
        (FACTS, "全角，标点；保留。１２", "全角，标点；保留。１２"),
        (NAME, "张\u3000三", "张三"),
        (NAME, "ＡＢＣ贸易(示例)有限公司", "ABC贸易（示例）有限公司"),
        (NAME, "Foo （USA） Inc.", "Foo (USA) Inc."),
        (NAME, "ﾄﾖﾀ", "トヨタ"),
        (NAME, "ㄧ五ㄧ絲綢織品有限公司", "一五一絲綢織品有限公司"),
        (NAME, "ㄅㄆㄇㄧ", "ㄅㄆㄇㄧ"),
        (NAME, "⼭⽔食品店", "山水食品店"),
        (NAME, "𠮷野家示例店", "𠮷野家示例店"),
        (NAME, "<script>alert(1)</script>", "<script>alert(1)</script>"),
        (CODE, " ９９０１ 0600 ", "99010600"),
        (NUMBER, "示例市监罚[2026] 1号", "示例市监罚〔2026〕1号"),
        (NUMBER, "示例市监罚（2026）1号", "示例市监罚〔2026〕1号"),
        (NUMBER, "示例市监罚【2026年】1号", "示例市监罚〔2026〕1号"),
        (NUMBER, "示例市监罚〔２０２６〕1号", "示例市监罚〔2026〕1号"),
        (NUMBER, "高市勞條字\n第10333583700號", "高市勞條字第10333583700號"),
        (NUMBER, "(示例)罚字1号", "(示例)罚字1号"),
    ],
)
def test_texts_are_put_right(where: Field, raw: str, stored: str) -> None:
    """White space, width and brackets are made one; what carries meaning stays."""
    assert value(where, raw) == stored


@pytest.mark.parametrize(
    "blank", ["", " ", "/", "-", "——", "无", "無", "空", "NULL", "n/a", "\u200b"]
)
def test_marks_for_nothing_are_blank(blank: str) -> None:
    """A cell that says nothing is blank, and missing where the field is required."""
    assert cleaner(PENALTY["remark"])(blank) == Cleaned(None)
    assert found(FACTS, blank) == ["required_missing"]
    assert found(FACTS, blank, Reading(optional=True)) == []


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("示例市晨光食品有限公司", False),
        (" 示例市 晨光食品有限公司 ", False),
        ("示例市晨光食品（集团）有限公司", False),
        ("示例市晨光食品(集团)有限公司", True),
        ("Ａ", True),
        ("示例\u200b店", True),
    ],
)
def test_the_original_is_kept_where_more_than_white_space_changed(raw: str, kept: bool) -> None:
    """An original is kept exactly where something other than white space was put right."""
    assert cleaner(NAME)(raw).changed is kept


@given(DAYS, st.sampled_from(["%Y/%m/%d", "%Y-%m-%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日"]))
def test_every_spelling_of_a_day_gives_the_day(day: date, form: str) -> None:
    """A day written in any of the usual ways, at any width, with a time, comes back as itself."""
    text = day.strftime(form)
    for raw in (text, text.translate(FULL_WIDTH), f" {text} 00:00:00", f"{text}T23:59:59.5"):
        assert value(DATE, raw) == day.isoformat()


@given(DAYS)
def test_days_without_leading_zeros(day: date) -> None:
    """2026/3/4 and 2026 年 3 月 4 日 are the fourth of March."""
    year, month, of_month = day.year, day.month, day.day
    assert value(DATE, f"{year}/{month}/{of_month}") == day.isoformat()
    assert value(DATE, f"{year} 年 {month} 月 {of_month} 日") == day.isoformat()


@given(st.dates(date(1912, 1, 1), date(2099, 12, 31)))
def test_years_of_the_republic(day: date) -> None:
    """Years of the Republic are told from common years by their digits."""
    how = Reading(date_format="roc")
    year = day.year - 1911
    if year > 9:
        assert value(DATE, f"{year:03}/{day:%m/%d}", how) == day.isoformat()
        assert value(DATE, f"民國{year}年{day.month}月{day.day}日", how) == day.isoformat()
    assert value(DATE, day.isoformat(), how) == day.isoformat()


@given(DAYS)
def test_a_declared_format_is_tried_first(day: date) -> None:
    """A source's own format is read, and ISO dates from real date cells beside it."""
    how = Reading(date_format="%m/%d/%Y")
    assert value(DATE, day.strftime("%m/%d/%Y"), how) == day.isoformat()
    assert value(DATE, day.isoformat(), how) == day.isoformat()


@pytest.mark.parametrize(
    "raw", ["03/04/2026", "26/3/4", "2026/3", "2026-3/4", "2026-03-04T16:00:00Z"]
)
def test_ambiguous_days_are_refused(raw: str) -> None:
    """A day that could be another one is not guessed."""
    assert found(DATE, raw) == ["not_a_date"]


@pytest.mark.parametrize(
    "raw", ["2026/02/30", "2026/13/01", "1899/12/31", "2100/01/01", "20260000"]
)
def test_days_that_do_not_exist_are_refused(raw: str) -> None:
    """A day that is on no calendar, or surely a slip, is refused."""
    assert found(DATE, raw) == ["date_impossible"]


def test_without_end() -> None:
    """长期, 2099/12/31 and 9999/12/31 are one thing where a term may be endless."""
    how = Reading(endless=True)
    assert {value(DATE, raw, how) for raw in ("长期", "永久", "9999-12-31", "2099/12/31")} == {
        ENDLESS
    }
    assert found(DATE, "长期") == ["not_a_date"]


@given(st.decimals(0, 999_999_999_999, places=6))
def test_amounts_keep_their_value(amount: Decimal) -> None:
    """An amount comes back as the same number without trailing zeros, however it was written."""
    for raw in (f"{amount:f}", f"{amount:,}", f"{amount:f}万元", f"¥ {amount:f}"):
        stored = value(FINE, raw)
        assert stored is not None and Decimal(stored) == amount
        assert "." not in stored or not stored.endswith("0")


@given(st.integers(0, 10**14))
def test_yuan_become_units_of_ten_thousand(cents: int) -> None:
    """Amounts in yuan are divided by 10,000, exactly."""
    yuan = Decimal(cents) / 100
    for raw, how in ((f"{yuan:f}", Reading(yuan=True)), (f"{yuan:,}元", Reading())):
        assert Decimal(value(FINE, raw, how) or "-1") == yuan / 10_000


@pytest.mark.parametrize("raw", ["1,00", "一万", "1..2", "e5", "--1", "1 2", "0x10", "1e999999"])
def test_what_is_no_number_is_refused(raw: str) -> None:
    """Nothing is made a number by guessing."""
    assert value(FINE, raw) is None


@pytest.mark.parametrize(
    ("raw", "stored"),
    [("0", "0"), ("-0", "0"), ("1.50", "1.5"), ("1e-05", "0.00001"), ("100", "100")],
)
def test_amounts_have_one_form(raw: str, stored: str) -> None:
    """Equal amounts are equal texts."""
    assert value(FINE, raw) == stored


CODED = [f for f in FIELDS if f.codes]


@given(st.data())
def test_every_spelling_of_a_code_is_stored_as_its_value(data: st.DataObject) -> None:
    """Value, label in either language and other spellings mean the value, at any width and case."""
    where = data.draw(st.sampled_from(CODED))
    assert where.codes
    code = data.draw(st.sampled_from(where.codes.values))
    spelling = data.draw(st.sampled_from(code.spellings))
    raw = data.draw(st.sampled_from([spelling, spelling.upper(), f" {spelling}\u3000"]))
    assert value(where, raw) == code.value


@given(
    st.lists(st.sampled_from(code_lists()["penalty_kind"].values), min_size=1, max_size=7),
    st.data(),
)
def test_several_codes_in_one_cell(kinds: list[object], data: st.DataObject) -> None:
    """Values parted by any separator are stored once each, in their order."""
    values = [str(getattr(kind, "value", "")) for kind in kinds]
    separator = data.draw(st.sampled_from([";", "；", "|", "｜", "\n", " ; ", ";;"]))
    assert value(PENALTY["penalty_kind"], separator.join(values)) == ";".join(dict.fromkeys(values))


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("其他-责令改正", "其他-责令改正"),
        ("其它：责令改正", "其他-责令改正"),
        ("罚款;其他-责令改正", "罚款;其他-责令改正"),
    ],
)
def test_other_kinds_are_named(raw: str, stored: str) -> None:
    """其他 goes with what it is."""
    assert value(PENALTY["penalty_kind"], raw) == stored


def test_codes_of_a_source() -> None:
    """A source's own values are stored as ours."""
    how = Reading(codes={"生效": "0"})
    assert value(PENALTY["status"], "生效", how) == "0"
    assert found(PENALTY["status"], "生效") == ["not_in_code_list"]


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17))
def test_valid_credit_codes_pass_at_any_width(first: str) -> None:
    """A code with the right check character passes, also typed in full width with spaces."""
    code = first + check_character(first)
    if code.strip("0"):
        wide = "".join(chr(ord(c) + 0xFEE0) for c in code)
        for raw in (code, f" {code[:4]} {code[4:]} ", wide):
            assert value(PENALTY["uscc"], raw) == code


TEXTS = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from(
            " \n\u3000\u200b\ufeff\ufffd锟斤拷（）()〔〕[]一ㄧ示例市监罚2026号/-无#REF!"
        ),
    ),
    max_size=60,
)


NUMBERS = st.one_of(
    st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17).map(
        lambda first: first + check_character(first)
    ),
    st.builds(
        lambda region, day, serial, lower: identity_number(
            f"{region}{day:%Y%m%d}{serial:03}", lower
        ),
        st.integers(100_000, 999_999),
        DAYS,
        st.integers(0, 999),
        st.booleans(),
    ),
    st.text("0123456789Xx", min_size=15, max_size=18),
)


def identity_number(first: str, lower: bool) -> str:
    """A resident identity number, its X in either case."""
    number = first + idcard.check_character(first)
    return number.lower() if lower else number


def both_ways_agree(where: Field, raw: str) -> None:
    """A cell is stored and noted alike whether it is looked over, looked up or looked into."""
    expected, notes = cleaner(where)(raw), Notes()
    get = getter(where, Reading(), notes)
    for _ in range(3):
        assert get(raw) == expected.value
        assert notes.problems == list(expected.problems)
        assert notes.originals == ({where.name: raw} if expected.changed else {})
        notes.problems.clear()
        notes.originals.clear()


@given(st.sampled_from(FIELDS), st.one_of(TEXTS, st.sampled_from([f.example for f in FIELDS])))
def test_the_quick_way_gives_what_the_careful_way_gives(where: Field, raw: str) -> None:
    """Any text, in any field."""
    both_ways_agree(where, raw)


@given(st.sampled_from([f for f in FIELDS if f.check]), NUMBERS)
def test_numbers_are_checked_alike_both_ways(where: Field, raw: str) -> None:
    """Credit codes and identity numbers, valid or nearly."""
    both_ways_agree(where, raw)


@given(st.sampled_from(FIELDS), TEXTS)
def test_a_stored_value_is_stored_as_it_is(where: Field, raw: str) -> None:
    """What is stored once is stored the same again: rows that are handed in anew do not change."""
    stored = value(where, raw)
    if stored is not None:
        again = cleaner(where)(stored)
        assert (again.value, again.changed) == (stored, False)


@given(st.sampled_from([f for f in FIELDS if f.type == "string"]), TEXTS)
def test_stored_text_is_fit_to_print(where: Field, raw: str) -> None:
    """Stored text has no control characters, is composed, trimmed and short enough."""
    stored = value(where, raw)
    if stored is not None:
        assert stored == stored.strip() != ""
        assert not any(unicodedata.category(c) in {"Cc", "Zl", "Zp"} for c in stored)
        assert unicodedata.is_normalized("NFC", stored)
        assert where.max_length is None or where.codes or len(stored) <= where.max_length


@pytest.mark.parametrize("form", ["示例{}", " 示例{}"])
def test_memory_is_bounded(form: str) -> None:
    """A column with ever new values, plain or not, remembers no more than the limit."""
    notes = Notes()
    get = getter(replace(NAME), Reading(), notes)
    for n in range(CACHED + 10):
        assert get(form.format(n)) == f"示例{n}"
    column = getattr(get, "__self__", None)
    assert isinstance(column, dict) and 0 < len(column) <= CACHED


def test_a_giant_cell_is_named_and_not_remembered() -> None:
    """Ten million characters in a name are an error with their number."""
    notes = Notes()
    get = getter(NAME, Reading(), notes)
    assert get("长" * 10_000_000) is None
    assert "10000000" in notes.problems[0].message("zh")
    assert len(getattr(get, "__self__", {})) == 0


def test_dates_from_a_thousand_days_round_trip() -> None:
    """ISO text, the form in which days are stored, is stored as it is."""
    first = date(2024, 1, 1)
    days = [(first + timedelta(n)).isoformat() for n in range(1000)]
    assert [value(DATE, day) for day in days] == days
