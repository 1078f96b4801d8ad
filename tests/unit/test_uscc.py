"""Unified social credit codes, organisation codes and resident identity numbers."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from publish.handin import idcard, uscc

VALID = "91990000MA5K7Q3D2G"
FIRST17 = st.text(uscc.ALPHABET, min_size=17, max_size=17).filter(lambda text: text.strip("0"))


def with_check(first17: str) -> str:
    """Complete a code."""
    return first17 + uscc.check_character(first17)


def test_a_published_example_is_valid() -> None:
    """The code that documentation of the standard shows everywhere passes."""
    assert uscc.is_valid("91350100M000100Y43")
    assert uscc.problem("91350100M000100Y43") is None


@pytest.mark.parametrize("first17", ["N2990000MF1234567", "A1990000MF1234567", "Y1990000MF1234567"])
def test_letters_of_registering_authorities_are_accepted(first17: str) -> None:
    """Agriculture, the military and others begin with a letter."""
    assert uscc.is_valid(with_check(first17))


@given(FIRST17)
def test_completed_codes_are_valid(first17: str) -> None:
    """Any seventeen characters with their check character are a code without a problem."""
    assert uscc.is_valid(with_check(first17))
    assert uscc.problem(with_check(first17)) is None


@given(FIRST17, st.integers(0, 17), st.sampled_from(uscc.ALPHABET))
def test_one_changed_character_is_noticed(first17: str, place: int, char: str) -> None:
    """The check finds every single wrong character and says what it expected."""
    code = with_check(first17)
    assume(code[place] != char)
    wrong = code[:place] + char + code[place + 1 :]
    found = uscc.problem(wrong)
    assert found is not None
    assert found.kind in {"check_character", "zeros"}
    if found.kind == "check_character":
        assert uscc.check_character(wrong[:17]) in found.zh


@given(st.text(max_size=24))
def test_a_problem_is_named_exactly_when_the_code_is_invalid(code: str) -> None:
    """Nothing that is handed in makes the check itself fail."""
    assert (uscc.problem(code) is None) == uscc.is_valid(code)


ODD = st.sampled_from([*uscc.ALPHABET, *"_+- IOSVZaz\x00０９Ａ甲"])


@given(st.one_of(st.text(ODD, min_size=17, max_size=19), FIRST17.map(with_check)))
def test_the_quick_count_is_that_of_the_standard(code: str) -> None:
    """A code is valid exactly if its characters, weighted by powers of 3, leave nothing by 31."""
    values = [uscc.ALPHABET.find(char) for char in code]
    total = sum(value * 3**place for place, value in enumerate(values[:17]))
    expected = len(code) == 18 and min(values) >= 0 and (total + values[17]) % 31 == 0
    assert uscc.is_valid(code) == (expected and any(values))


@pytest.mark.parametrize(
    ("code", "kind", "named"),
    [
        (VALID[:17], "length", "17"),
        (VALID + "0", "length", "19"),
        ("", "length", "0"),
        (VALID.lower(), "lower_case", "第9位"),
        (VALID.replace("M", "m"), "lower_case", "第9位"),
        ("9I" + VALID[2:], "letter_for_digit", "数字1"),
        ("9l" + VALID[2:], "letter_for_digit", "数字1"),
        (VALID.replace("990000", "99000O"), "letter_for_digit", "第8位是字母O，应为数字0"),
        (VALID.replace("MA", "MZ"), "alphabet", "第10位的“Z”"),
        ("９" + VALID[1:], "alphabet", "第1位的“９”"),
        ("0" * 18, "zeros", "0"),
        (uscc.NONE_GIVEN, "check_character", "应为0"),
        (VALID[:17] + "Y", "check_character", "应为G，实为Y"),
    ],
)
def test_what_is_wrong_is_named(code: str, kind: str, named: str) -> None:
    """Each real mistake has its own kind, and its message the place or the expected character."""
    found = uscc.problem(code)
    assert found is not None
    assert (found.kind, named in found.zh) == (kind, True)


@pytest.mark.parametrize(
    "slip",
    [
        VALID.lower(),
        "9l" + VALID[2:],
        "9I" + VALID[2:],
        VALID.replace("990000", "99OO0o"),
        VALID[:8] + " " + VALID[8:],
        "９" + VALID[1:],
    ],
)
def test_a_slip_of_the_pen_is_put_right(slip: str) -> None:
    """Where only letters' case, look-alikes, width or spaces are wrong, the code is suggested."""
    found = uscc.problem(slip)
    assert found is not None
    assert found.suggestion == VALID


def test_a_lower_case_l_that_is_the_letter_stays_one() -> None:
    """The letter L written small is a matter of case, not a digit."""
    code = with_check("91990000ML1234567")
    found = uscc.problem(code.replace("L", "l"))
    assert found is not None
    assert (found.kind, found.suggestion) == ("lower_case", code)


def test_check_character_refuses_what_is_no_code() -> None:
    """A wrong length and a foreign character are errors of the caller."""
    with pytest.raises(ValueError, match="seventeen"):
        uscc.check_character("9")
    with pytest.raises(KeyError):
        uscc.check_character("9199000000000000I")


@pytest.mark.parametrize(
    ("code", "valid"),
    [
        ("D2143569X", True),
        ("D2143569-X", True),
        ("D21435690", False),
        ("D2143569x", False),
        ("D2143569--X", False),
        ("D214356", False),
        ("", False),
        ("d2143569X", False),
    ],
)
def test_organisation_codes(code: str, valid: bool) -> None:
    """The example of GB 11714-1997 passes with and without its hyphen; others do not."""
    assert uscc.organisation_code_is_valid(code) is valid


def test_the_standards_identity_numbers_are_valid() -> None:
    """The two examples of GB 11643-1999 pass."""
    assert idcard.is_valid("11010519491231002X")
    assert idcard.is_valid("440524188001010014")
    assert not idcard.is_valid("440524178001010014")


@st.composite
def identity_numbers(draw: st.DrawFn) -> tuple[str, date]:
    """Make an identity number and the birth date in it."""
    region, serial = draw(st.integers(100000, 999999)), draw(st.integers(0, 999))
    born = draw(st.dates(date(1800, 1, 1), date(2099, 12, 31)))
    first17 = f"{region}{born.isoformat().replace('-', '')}{serial:03}"
    return first17 + idcard.check_character(first17), born


@given(identity_numbers())
def test_completed_identity_numbers_are_valid(made: tuple[str, date]) -> None:
    """A region, a birth date, a serial number and their check character make a number."""
    number, born = made
    assert idcard.is_valid(number)
    assert idcard.is_valid(number.lower())
    assert idcard.birth_date(number) == born


@given(st.text("0123456789", min_size=17, max_size=17))
def test_identity_check_characters_are_those_of_the_standard(first17: str) -> None:
    """Digits weighted by powers of 2 leave 1 with the check character, X being 10."""
    check = idcard.check_character(first17)
    digits = [*map(int, first17), 10 if check == "X" else int(check)]
    assert sum(digit * 2 ** (17 - place) for place, digit in enumerate(digits)) % 11 == 1


@given(identity_numbers(), st.integers(0, 16), st.integers(1, 9))
def test_a_changed_digit_is_noticed(made: tuple[str, date], place: int, more: int) -> None:
    """The check of an identity number finds every single wrong digit."""
    number, _ = made
    digit = (int(number[place]) + more) % 10
    assert not idcard.is_valid(f"{number[:place]}{digit}{number[place + 1 :]}")


@pytest.mark.parametrize(
    ("number", "born"),
    [
        ("990101490228002", date(1949, 2, 28)),
        ("990101490229002", None),
        ("990101491301002", None),
        ("990101194902290021", None),
        ("99010149022800", None),
        ("９９０１０１４９０２２８００２", None),
        ("", None),
    ],
)
def test_birth_dates(number: str, born: date | None) -> None:
    """Fifteen digits are of the twentieth century; impossible dates and other forms hold none."""
    assert idcard.birth_date(number) == born
    if len(number) == 15:
        assert idcard.is_valid(number) is (born is not None)


@pytest.mark.parametrize("first17", ["1", "", "1234567890123456A", "1234567890_234567"])
def test_identity_check_character_needs_seventeen_digits(first17: str) -> None:
    """Another length, and anything but digits, is an error of the caller."""
    with pytest.raises(ValueError, match="seventeen"):
        idcard.check_character(first17)
