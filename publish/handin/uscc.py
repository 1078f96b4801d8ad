"""Unified social credit codes (GB 32100-2015) and the organisation codes inside (GB 11714-1997)."""

import unicodedata
from operator import mul
from typing import Literal, NamedTuple

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
NONE_GIVEN = "0" * 17 + "X"
"""What a sole trader without a code gives in its place."""

_VALUES = {char: value for value, char in enumerate(ALPHABET)}
_WEIGHTS = [3**place % 31 for place in range(17)]
_DIGITS = bytes(
    b"0123456789ABCDEFGHIJKLMNOPQRSTU"[_VALUES[char]] if (char := chr(byte)) in _VALUES else 0
    for byte in range(256)
)
"""Each character of the alphabet as the digit of its value in base 34; others are no digit."""
_ZEROS = "0" * 18
_LOOK_ALIKES = dict(zip("IilOo", "11100", strict=True))

_ORGANISATION_VALUES = {
    char: value for value, char in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

Kind = Literal["length", "letter_for_digit", "lower_case", "alphabet", "zeros", "check_character"]


class Problem(NamedTuple):
    """What is wrong with a code.

    Attributes:
        kind: the first thing that is wrong.
        zh: the same in Chinese, with the place.
        en: the same in English.
        suggestion: the valid code that was probably meant, where one can be told.
    """

    kind: Kind
    zh: str
    en: str
    suggestion: str | None


def check_character(first17: str) -> str:
    """Compute the eighteenth character (GB 32100-2015, annex A).

    Args:
        first17: the first seventeen characters, upper case.

    Raises:
        KeyError: a character is outside the alphabet.
        ValueError: there are not seventeen of them.
    """
    if len(first17) != 17:
        raise ValueError(f"seventeen characters are needed, not {len(first17)}")
    total = sum(map(mul, _WEIGHTS, [_VALUES[char] for char in first17]))
    return ALPHABET[-total % 31]


def is_valid(code: str) -> bool:
    """Say whether a code is one of GB 32100-2015: 18 characters with the right check character.

    Any registering authority is accepted: beside the digits A (military), N (agriculture) and
    Y (other). Eighteen zeros are no code, though their check character is right.
    """
    if len(code) != 18:
        return False
    try:  # 34 leaves 3 when divided by 31, so a number in base 34 read backwards has the weights
        rest = int(code[16::-1].encode("ascii").translate(_DIGITS), 34) % 31
        return ALPHABET[-rest] == code[17] and code != _ZEROS
    except ValueError:
        return False


def problem(code: str) -> Problem | None:
    """Name precisely the first thing that is wrong with a code (GB 32100-2015).

    Args:
        code: the code as it was handed in, without surrounding spaces.

    Returns:
        The problem, or None for a valid code.
    """
    if is_valid(code):
        return None
    if len(code) != 18:
        return _found(
            "length", code, f"应为18位，实为{len(code)}位", f"has {len(code)} characters, not 18"
        )
    return _look_alike(code) or _lower_case(code) or _outside_alphabet(code) or _miscounted(code)


def organisation_code_is_valid(code: str) -> bool:
    """Say whether an organisation code has the check character of GB 11714-1997.

    Args:
        code: nine characters, with or without the hyphen before the last.
    """
    body, check = code[:8], code[8:].removeprefix("-")
    if len(body) != 8 or not _ORGANISATION_VALUES.keys() >= set(body):
        return False
    total = sum(map(mul, _ORGANISATION_WEIGHTS, [_ORGANISATION_VALUES[char] for char in body]))
    return check == "0123456789X"[-total % 11]


def _found(kind: Kind, code: str, zh: str, en: str) -> Problem:
    """Put a problem together with the code that was probably meant."""
    normal = "".join(unicodedata.normalize("NFKC", code).split())
    readings = (normal.upper(), "".join(_LOOK_ALIKES.get(char, char) for char in normal).upper())
    suggestion = next(filter(is_valid, readings), None)
    return Problem(
        kind, f"统一社会信用代码{zh}", f"the unified social credit code {en}", suggestion
    )


def _look_alike(code: str) -> Problem | None:
    """Find a letter that stands for a digit; an l may also be a lower-case L."""
    if is_valid(code.upper()):
        return None
    for place, char in enumerate(code, start=1):
        if digit := _LOOK_ALIKES.get(char):
            return _found(
                "letter_for_digit",
                code,
                f"第{place}位是字母{char}，应为数字{digit}",
                f"has the letter {char} for the digit {digit} at place {place}",
            )
    return None


def _lower_case(code: str) -> Problem | None:
    """Find a lower-case letter."""
    for place, char in enumerate(code, start=1):
        if "a" <= char <= "z":
            return _found(
                "lower_case",
                code,
                f"第{place}位是小写字母{char}，应为大写",
                f"has the lower-case letter {char} at place {place}; write it in upper case",
            )
    return None


def _outside_alphabet(code: str) -> Problem | None:
    """Find a character that no code holds."""
    for place, char in enumerate(code, start=1):
        if char not in _VALUES:
            return _found(
                "alphabet",
                code,
                f"第{place}位的“{char}”不可用（只用数字和除I、O、S、V、Z以外的大写字母）",
                f"may not hold {char!r}, at place {place} "
                "(digits and upper-case letters other than I, O, S, V and Z)",
            )
    return None


def _miscounted(code: str) -> Problem:
    """Say what the check character should be, or that the code is all zeros."""
    if not code.strip("0"):
        return _found("zeros", code, "不能全为0", "cannot be all zeros")
    expected = check_character(code[:17])
    return _found(
        "check_character",
        code,
        f"校验码（第18位）应为{expected}，实为{code[17]}，请核对全部18位",
        f"should end in {expected}, not {code[17]}, by its check: compare all 18 characters",
    )
