"""Document numbers: taken apart alike however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.release.numbers import PLACE, Number, canonical, parse

SERIES = "示例市监罚〔2026〕…号"
SIGNS = "示市监罚字第号年之一甲A〔〕[]【】（）()0123456789０１２９-–—/. \u3000AaBb№…\0"

marks = st.text("示例市监交罚许处字决", min_size=1, max_size=8)
years = st.integers(1990, 2035).map(str)
places = st.integers(1, 999_999)
brackets = st.sampled_from(
    ["〔{}〕", "[{}]", "（{}）", "({})", "【{}】", "〔{}年〕", "{}年", "﹝{}﹞"]
)
words = st.sampled_from(["{}号", "第{}号", "{}", " {} 号", "第 {:0>4}号", "{:0>6}"])


@pytest.mark.parametrize(
    "text",
    [
        "示例市监罚〔2026〕1号",
        "示例市监罚[2026]第1号",
        "示例市监罚（2026）第0001号",
        "示例市监罚（２０２６）１号",
        "示例市监罚【2026】 1 号",
        "示例市监罚2026年第1号",
        "示例市监罚2026-1",
        "示例市监罚〔2026年〕1",
    ],
)
def test_one_number_in_many_spellings(text: str) -> None:
    """Brackets, width, zeros and the words around the number make no difference."""
    assert parse(text) == Number("2026", SERIES, 1)
    assert canonical(text) == "示例市监罚〔2026〕1号"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("示例市监罚〔2026〕1-2号", Number("2026", SERIES, 1, "-2")),
        ("示例市监罚〔2026〕1号-2", Number("2026", SERIES, 1, "-2")),
        ("示例市监罚〔2026〕1号之二", Number("2026", SERIES, 1, "之二")),
        ("示例市监罚〔2026〕12a号", Number("2026", SERIES, 12, "A")),
        ("示例市监罚〔2026〕A12号", Number("2026", "示例市监罚〔2026〕A…号", 12)),
        ("（2026）示监罚字第12号", Number("2026", "〔2026〕示监罚字…号", 12)),
        ("示例市监罚〔2026〕12号（更正）", Number("2026", f"{SERIES}(更正)", 12)),
        ("示监罚第12号", Number("", "示监罚…号", 12)),
        ("No. 123", Number("", "NO.…", 123)),
        ("7", Number("", "…", 7)),
    ],
)
def test_parts_letters_and_numbers_without_a_year(text: str, number: Number) -> None:
    """Parts of a document share its place; letters before a number make another series."""
    assert parse(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "示例市监罚〔2026〕号",
        "示例市监罚〔2026〕0号",
        "第十二号",
        "2026010512",
        "示监罚1234567-12号",
        "firm-718220-03122026",
        "罚0.第8号",
        "",
    ],
)
def test_what_is_no_number_of_a_series(text: str) -> None:
    """No number at all, nought, codes of seven digits or more, and what reads in two ways."""
    assert parse(text) is None


@given(marks, years, brackets, words, places)
def test_every_spelling_says_the_same(
    mark: str, year: str, bracket: str, word: str, place: int
) -> None:
    """Whichever brackets and words are used, year, series and place are told."""
    found = parse(mark + bracket.format(year) + word.format(place))
    assert found == Number(year, f"{mark}〔{year}〕{PLACE}号", place)


@given(st.text(SIGNS, max_size=24))
def test_a_number_written_out_is_the_same_number(text: str) -> None:
    """Whatever was typed, the one spelling made of it is taken apart into the same."""
    number = parse(text)
    assert number is None or parse(str(number)) == number
    assert canonical(canonical(text)) == canonical(text)
