"""Characters: what is put right in every cell before anybody asks what it means."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping

from publish.handin.findings import Problem, problem
from publish.schema import Field

SEPARATORS = re.compile("[;；|｜\r\n]+")
"""What stands between the values of a field that may have several."""

_BLANKS = frozenset(
    ("", "/", "//", "\\", "-", "--", "—", "——", "无", "無", "空", "null", "none", "nan", "n/a")
)
_LOST = re.compile("\ufffd|锟斤拷")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_WHITE = re.compile(r"\s{2,}|[^\S ]")
_ANY_WHITE = re.compile(r"\s+")
_LINE_BREAKS = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")
_HAN = "㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff"
_HAS_HAN = re.compile(f"[{_HAN}]")
_GAP_IN_HAN = re.compile(f"(?<=[{_HAN}]) (?=[{_HAN}])")
_HALF_OR_FULL = re.compile("[\uff01-\uffe2\uffe4-\uffee]+")
_DOTS = str.maketrans(dict.fromkeys("•‧∙⋅・", "·"))
"""Signs that stand between the parts of a foreign name, all for the one of GB 18030 (U+00B7)."""
_TO_FULL, _TO_HALF = str.maketrans("()", "（）"), str.maketrans("（）", "()")
_RADICAL = re.compile("[\u2f00-\u2fd5]")
_OTHER_BOPOMOFO = re.compile("[ㄅ-ㄦㄨ-ㄯ]")
_YEAR = re.compile(r"[\[(【〔〈《{]([12]\d{3})年?[\])】〕〉》}]", re.ASCII)
_PLAIN_NAME = re.compile("[一-鿿]{2}[一-鿿（）0-9A-Za-z]*")
_PLAIN_NUMBER = re.compile("[一-鿿]{1,40}〔[0-9]{4}〕第?[0-9]{1,12}号")
_LONGEST_MARK = 8

Tidier = Callable[[str], "tuple[str, tuple[Problem, ...]]"]
Test = Callable[[str], bool]


def tidier(where: Field) -> Tidier:
    """The function from a cell to its text and what is wrong with its characters.

    The text is empty if the cell says nothing: a cell that holds only ``/``, ``-``, 无, 空, NULL,
    N/A or the like is blank.
    """
    normalised = _NORMALISED[_kind(where)]
    many = where.codes is not None and where.codes.many

    def tidy(raw: str) -> tuple[str, tuple[Problem, ...]]:
        seen = _INVISIBLE.sub("", raw)
        if many:
            seen = SEPARATORS.sub(";", seen)
        text = normalised(_WHITE.sub(_gap, seen)).strip()
        return ("", ()) if text.casefold() in _BLANKS else (text, tuple(_signs(where, raw, seen)))

    return tidy


def plain_test(where: Field) -> Test | None:
    """A quick test whether a cell of text can be stored as it is; None where there is none.

    A cell that fails it may still be stored as it is, after a closer look.
    """
    if where.check or where.codes or where.type != "string" or where.max_length is None:
        return None
    return _PLAIN[where.unicode](where.max_length)


def _plain_text(limit: int) -> Test:
    """Printable, composed, trimmed, and too long to be a mark for blank or an error."""
    normal = unicodedata.is_normalized

    def test(text: str) -> bool:
        return (
            _LONGEST_MARK < len(text) <= limit
            and text.isprintable()
            and normal("NFC", text)
            and "\ufffd" not in text
            and "锟斤拷" not in text
            and "  " not in text
            and text[0] != " " != text[-1]
        )

    return test


def _plain_name(limit: int) -> Test:
    """Han characters, or such with ordinary letters and digits."""
    plain = _PLAIN_NAME.fullmatch
    return lambda text: len(text) <= limit and plain(text) is not None


def _plain_code(limit: int) -> Test:
    """Half width without white space, and neither a number, a mark for blank nor an error."""

    def test(text: str) -> bool:
        return (
            _LONGEST_MARK < len(text) <= limit
            and text.isascii()
            and text.isprintable()
            and " " not in text
            and not text[0].isdigit()
        )

    return test


def _plain_document_no(limit: int) -> Test:
    """The usual form, the year in its brackets."""
    plain = _PLAIN_NUMBER.fullmatch
    return lambda text: len(text) <= limit and plain(text) is not None


def is_blank(raw: str) -> bool:
    """Whether a cell says nothing."""
    return _INVISIBLE.sub("", raw).strip().casefold() in _BLANKS


def bare(text: str) -> str:
    """A text without white space."""
    return _ANY_WHITE.sub("", text)


def _signs(where: Field, raw: str, seen: str) -> Iterator[Problem]:
    """What is wrong with the characters of a cell."""
    if _INVISIBLE.search(raw):
        yield problem("control_character", where, raw)
    if _LOST.search(seen):
        yield problem("replacement_character", where, seen)
    if _PRIVATE.search(seen):
        yield problem("private_use_character", where, seen)
    if where.unicode == "name" and (found := "".join(sorted(set(_look_alikes(seen))))):
        yield problem("look_alike", where, seen, found=found, meant=_to_han(found))


def _gap(white: re.Match[str]) -> str:
    """What stands for a run of white space: nothing where a line was broken in Chinese text."""
    text, (start, end) = white.string, white.span()
    if start > 0 and end < len(text) and not _LINE_BREAKS.isdisjoint(white[0]):
        return "" if _is_wide(text[start - 1]) and _is_wide(text[end]) else " "
    return " "


def _is_wide(char: str) -> bool:
    """Whether a character is East Asian, written without spaces between words."""
    return unicodedata.east_asian_width(char) in "WF"


def _kind(where: Field) -> str:
    """How a field's text is normalised."""
    if where.check:
        return "code"
    return where.unicode if where.type == "string" else "value"


def _text(text: str) -> str:
    """Text as it is, composed."""
    return unicodedata.normalize("NFC", text)


def _value(text: str) -> str:
    """A date or an amount: half width."""
    return unicodedata.normalize("NFKC", text)


def _name(text: str) -> str:
    """A name in one width, brackets as licences write them: full width among Han characters.

    All middle dots become one.
    """
    text = _text(_HALF_OR_FULL.sub(_compatible, _to_han(_text(text)))).translate(_DOTS)
    return _GAP_IN_HAN.sub("", text.translate(_TO_FULL if _HAS_HAN.search(text) else _TO_HALF))


def _compatible(found: re.Match[str]) -> str:
    """Half-width and full-width forms as the ordinary characters."""
    return unicodedata.normalize("NFKC", found[0])


def _look_alikes(text: str) -> list[str]:
    """Signs that stand for Han characters: radicals, and bopomofo ㄧ on its own for 一."""
    radicals = _RADICAL.findall(text)
    return radicals if "ㄧ" not in text or _OTHER_BOPOMOFO.search(text) else [*radicals, "ㄧ"]


def _to_han(text: str) -> str:
    """A text with look-alikes replaced by the Han characters that are meant."""
    for sign in set(_look_alikes(text)):
        text = text.replace(sign, "一" if sign == "ㄧ" else unicodedata.normalize("NFKC", sign))
    return text


def _code(text: str) -> str:
    """A code or number: half width, no white space."""
    return _text(bare(unicodedata.normalize("NFKC", text)))


def _document_no(text: str) -> str:
    """A document number: like a code, the year in 〔〕 as GB/T 9704-2012 (7.2.5) writes it."""
    return _YEAR.sub(r"〔\1〕", _code(text))


_NORMALISED: Mapping[str, Callable[[str], str]] = {
    "text": _text,
    "value": _value,
    "name": _name,
    "code": _code,
    "document_no": _document_no,
}
_PLAIN: Mapping[str, Callable[[int], Test]] = {
    "text": _plain_text,
    "name": _plain_name,
    "code": _plain_code,
    "document_no": _plain_document_no,
}
