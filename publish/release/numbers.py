"""Document numbers taken apart: the series that a number belongs to, and its place in it."""

import re
import unicodedata
from typing import NamedTuple

from publish.register.identity import folded

PLACE = "…"
"""Stands in a series for the number itself; no normalised text holds it."""

_YEAR_MARK = "\0"
_YEARS = r"(?<!\d)((?:19|20)\d\d)"
_YEAR = re.compile(
    rf"[\[({{【〔〈《]{_YEARS}年?[\])}}】〕〉》]|{_YEARS}(?:年|[-—–/.](?=第?\d))", re.ASCII
)
_PART = r"(?:[-—–_/.·]\d{1,3}|之[一二三四五六七八九十\d]{1,3}|[A-Z](?![A-Z])|[甲乙丙丁])"
_NUMBER = re.compile(
    rf"(.*?)(?:(?<!\d)第)?(?<!\d)(\d{{1,6}})(?!\d)(?:号?({_PART}))?号?(\D*)", re.ASCII
)
_CODE = re.compile(r"\d{7}", re.ASCII)
_HAN = re.compile("[㐀-䶿一-鿿]")


class Number(NamedTuple):
    """A document number.

    Attributes:
        year: the year that it names; blank if it names none.
        series: what it shares with the others of its series, the number itself left out.
        place: the number within the series, from 1.
        part: what tells the parts of one document apart, such as -2 or 之二; mostly blank.
    """

    year: str
    series: str
    place: int
    part: str = ""

    def __str__(self) -> str:
        return self.series.replace(PLACE, f"{self.place}{self.part}")


def parse(text: str) -> Number | None:
    """Takes a document number apart, whichever way it is written.

    Brackets of every shape, full width, 第, 号, leading zeros and white space make no difference.
    The parts of one document (1-2号, 1号之一, 1A号) are no numbers of their own: they have the
    place of the number that they are parts of.

    Args:
        text: a document number, such as 示例市监罚〔2026〕1号.

    Returns:
        The number; None if the text has no number, could be read in two ways, or has one of more
        than six digits anywhere: that is a code, not a count.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    number = _taken_apart(plain)
    if number is None or (written := str(number)) == plain or _taken_apart(written) == number:
        return number
    return None


def canonical(text: str) -> str:
    """One spelling of a document number, so that two ways of writing it can be compared."""
    return str(parse(text) or folded(text))


def _taken_apart(plain: str) -> Number | None:
    """A normalised document number taken apart."""
    found = _YEAR.search(plain)
    year = (found[1] or found[2]) if found else ""
    marked = _YEAR.sub(_YEAR_MARK, plain, count=1)
    whole = None if _CODE.search(marked) else _NUMBER.fullmatch(marked)
    if whole is None or not int(whole[2]):
        return None
    head, place, part, tail = whole.groups(default="")
    ends = "号" if _HAN.search(head) else ""
    series = f"{head}{PLACE}{ends}{tail}".replace(_YEAR_MARK, f"〔{year}〕")
    return Number(year, series, int(place), part)
