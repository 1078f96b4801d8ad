"""Resident identity numbers (GB 11643-1999): whether a number is one, and the birth date in it.

The address code is not looked up: those of abolished counties stay on people's cards.
"""

import re
from datetime import date
from functools import lru_cache

_FORM = re.compile(r"[1-9][0-9]{14}(?:[0-9]{2}[0-9Xx])?")


def check_character(first17: str) -> str:
    """Compute the eighteenth character (GB 11643-1999, ISO 7064 MOD 11-2).

    Args:
        first17: the first seventeen digits.

    Raises:
        ValueError: they are not seventeen digits.
    """
    if len(first17) != 17 or not first17.isdecimal():
        raise ValueError(f"seventeen digits are needed, not {len(first17)} characters")
    # 13 leaves 2 when divided by 11: read in base 13, digits have their weights but for one factor
    return "10X98765432"[int(first17, 13) * 2 % 11]


def birth_date(number: str) -> date | None:
    """Read the birth date out of an identity number.

    Args:
        number: 18 characters, or 15 digits in the form given out until 1999, whose years are
            of the twentieth century.

    Returns:
        The date, or None where the number has another form or holds no date from 1800 to 2099.
    """
    if not _FORM.fullmatch(number):
        return None
    return _day(number[6:14] if len(number) == 18 else f"19{number[6:12]}")


@lru_cache(maxsize=50_000)
def _day(digits: str) -> date | None:
    """The date of eight digits; as many are remembered as a century and a half has days."""
    if not "1800" <= digits[:4] <= "2099":
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def is_valid(number: str) -> bool:
    """Say whether a number is a resident identity number (GB 11643-1999).

    Args:
        number: 18 characters, whose check character must be right (a lower-case x will do), or
            15 digits, which have none: the date in them must be possible.
    """
    if birth_date(number) is None:
        return False
    return len(number) == 15 or check_character(number[:17]) == number[17].upper()
