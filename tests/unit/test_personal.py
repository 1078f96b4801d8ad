"""Persons stay out of findings: no name and no number of anybody is in what is told of a row."""

import re
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.handin import idcard
from publish.handin.findings import MASK, Problem, problem, shorten, veiled
from publish.schema import record_type, record_types
from tests.unit.handed import PERSON, check, example

PENALTY = record_type("penalty")
NAME = "欧阳示例"
FREE = [f.name for f in PENALTY.fields if f.scan]
SPOILS = [
    "{}",
    "{}\ufffd",
    "当事人{}\ue123",
    "\u200b{}",
    "#REF!{}",
    "{} 1.2E+17",
    "甲；{}",
    "（{}）",
]


def told(problems: Sequence[Problem]) -> str:
    """Everything that findings keep or say."""
    texts = [
        getattr(p, part)(lang)
        for p in problems
        for part in ("message", "remedy")
        for lang in ("zh", "en")
    ]
    return repr(problems) + "".join(texts)


def digits(text: str) -> str:
    """The digits and the last X of a text, as somebody would read them off."""
    return re.sub(r"[^\dXx]", "", text)


@st.composite
def identity_numbers(draw: st.DrawFn) -> str:
    """A resident identity number of region 99 with the right check character."""
    day = draw(st.dates(min_value=date(1900, 1, 1), max_value=date(2026, 1, 1)))
    first = f"99{draw(st.integers(0, 9999)):04}{day:%Y%m%d}{draw(st.integers(0, 999)):03}"
    return first + idcard.check_character(first)


mobile_numbers = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
numbers = st.one_of(identity_numbers(), mobile_numbers)
fields = st.sampled_from([f.name for f in PENALTY.fields])


@given(fields, numbers, st.sampled_from(SPOILS), st.sampled_from(["", " ", "-"]))
def test_no_number_of_a_person_is_told(name: str, number: str, spoil: str, gap: str) -> None:
    """Whichever column holds an identity or mobile number, and however, no finding repeats it."""
    written = gap.join([number[:3], number[3:7], number[7:]])
    row = example(**{name: spoil.format(written)})
    assert number not in digits(told(check(row).problems))


@given(fields, st.sampled_from(SPOILS))
def test_no_name_of_the_row_is_told(name: str, spoil: str) -> None:
    """The name of a natural person appears in no finding, in whichever column it stands too."""
    row = example(**PERSON | {"party_name": NAME})
    checked = check(row | {name: spoil.format(NAME)} if name != "party_name" else row)
    assert NAME not in told(veiled(checked.problems, PENALTY, checked.values))


@pytest.mark.parametrize("name", FREE)
@pytest.mark.parametrize("spoil", SPOILS)
def test_free_texts_tell_no_name(name: str, spoil: str) -> None:
    """A free text is never quoted, whoever the row is about."""
    assert NAME not in told(check(example(**{name: spoil.format(NAME)})).problems)


@pytest.mark.parametrize(
    "code", ["9l990100MA00000073", "91990100MA0000007", "11990100006900376r", "91990100ma00000073"]
)
def test_credit_codes_are_shown(code: str) -> None:
    """A code of an organisation is public: the clerk sees which one is meant."""
    assert problem("uscc_length", PENALTY["uscc"], code).shown == code


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("138 0013 8000", MASK),
        ("电话138-0013-8000。", f"电话{MASK}。"),
        ("１３８００１３８０００", MASK),
        ("E12345678", MASK),
        ("2026/02/30", "2026/02/30"),
        ("1234567.5", "1234567.5"),
        (" " * 990 + "1380013" + "8000", ""),
    ],
)
def test_long_numbers_are_masked(text: str, shown: str) -> None:
    """Telephone and passport numbers are masked; dates and amounts are not."""
    assert shorten(text) == shown


def test_rows_without_problems_stay_so() -> None:
    """There is nothing to hide where nothing was found."""
    assert all(veiled((), record, {}) == () for record in record_types().values())
