"""What can be wrong with a row, a file or a sheet: the catalogue, each kind in two languages."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Literal

import orjson

from publish.errors import ProblemError
from publish.schema import Field, RecordType

Severity = Literal["error", "warning", "refusal"]
SHOWN = 40
MASK = "***"

_LOOKED_AT = 1000
_CUT_NUMBER = re.compile(r"[\d\s.·–—-]+\Z")
_PERSONAL = re.compile(r"(?:\d[\s.·–—-]{0,2}){10,}[\dXx]|(?<![A-Za-z])[A-Za-z]{1,2}\d{7,}")
_CREDIT_CODE = re.compile(
    r"(?!\d{6}(?:18|19|20)\d\d[01]\d[0-3]\d)\d(?=[\dXx]*[A-WYZa-wyz])[\dA-Za-z]{9,19}", re.ASCII
)
_WORDS = re.compile(r"#[A-Z/0]+[!?]?|[^\W\d_]{2,}|[^\W\d_\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding; braces in its texts are filled in from the problem.

    Attributes:
        code: its name, in the register and in the figures.
        severity: ``error`` rejects the row, ``warning`` keeps it, ``refusal`` refuses the file.
        title_zh: what it is, in a few words.
        message_zh: what is wrong, with the value.
        remedy_zh: what to do about it.
        example: a type's field and a cell of it with this mistake, for the catalogue; both blank
            where it is about rows or files.
    """

    code: str
    severity: Severity
    title_zh: str
    title_en: str
    message_zh: str
    message_en: str
    remedy_zh: str
    remedy_en: str
    example: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding in one row, or in a whole file.

    Attributes:
        code: which kind of finding.
        field: the column's name; None where it is about the row or the file.
        shown: the value, shortened, or a mask where it may be about a person.
        details: what else the texts mention.
    """

    code: str
    field: str | None
    shown: str
    details: Mapping[str, object]

    @property
    def kind(self) -> Kind:
        """The entry of the catalogue."""
        return kinds()[self.code]

    @property
    def severity(self) -> Severity:
        """What follows from it."""
        return self.kind.severity

    def message(self, lang: str) -> str:
        """What is wrong, in ``zh`` or ``en``."""
        return self._filled(f"message_{lang}")

    def remedy(self, lang: str) -> str:
        """What to do about it, in ``zh`` or ``en``."""
        return self._filled(f"remedy_{lang}")

    def _filled(self, text: str) -> str:
        """A text of the catalogue with the problem's own words in it."""
        return str(getattr(self.kind, text)).format(shown=self.shown, **self.details)


@cache
def kinds() -> dict[str, Kind]:
    """All kinds of finding by code, in the order of the catalogue."""
    raw = orjson.loads(files("publish").joinpath("schemas", "findings.json").read_bytes())
    return {code: Kind(code, **one) for code, one in raw.items()}


def problem(code: str, where: Field | None = None, raw: str = "", **details: object) -> Problem:
    """A problem with a value, shortened to 40 characters and masked where it may name a person."""
    if where is None:
        return Problem(code, None, shorten(raw), details)
    titles = {"title_zh": where.title_zh, "title_en": where.title_en}
    return Problem(code, where.name, _shown(where, raw), titles | details)


def refusal(code: str, where: Field | None = None, **details: object) -> ProblemError:
    """The error with which a whole file is refused."""
    found = problem(code, where, "", **details)
    return ProblemError(
        found.message("zh") + found.remedy("zh"), f"{found.message('en')} {found.remedy('en')}"
    )


def veiled(
    problems: Sequence[Problem], record: RecordType, values: Mapping[str, str]
) -> tuple[Problem, ...]:
    """The problems of a row without the persons in it, whichever column they were typed in.

    A clerk who is one column off puts a name where a code should be; by itself that cell does not
    tell. So what the row says in its masked and internal fields is not shown from any other.

    Args:
        record: what the row is.
        values: its fields, as they are stored.
    """
    if not problems:
        return ()
    names = [_plain(values[name]) for name in _personal(record) if name in values]
    return tuple(
        replace(found, shown=MASK)
        if any(len(name) > 1 and name in _plain(found.shown) for name in names)
        else found
        for found in problems
    )


def _personal(record: RecordType) -> tuple[str, ...]:
    """The fields in which a person may be named."""
    return tuple(f.name for f in record.fields if f.disclosure != "public" and not f.codes)


def _plain(text: str) -> str:
    """A text without what spellings of it differ in."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def shorten(text: str) -> str:
    """A value as it can stand in a sentence: one line, not too long, no number of a person.

    A run of eleven digits or more, with gaps or without, may be a telephone, bank or identity
    number, and letters before seven a passport; which column it stands in does not matter.
    """
    line = _PERSONAL.sub(MASK, " ".join(_beginning(text).split()))
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"


def _beginning(text: str) -> str:
    """As much of a text as needs looking at, no number cut in two."""
    return text if len(text) <= _LOOKED_AT else _CUT_NUMBER.sub("", text[:_LOOKED_AT])


def _shown(where: Field, raw: str) -> str:
    """A value as it may be shown to whoever reads findings.

    Of a free text only the signs are left, as it may name anybody; a credit code has letters in
    it that no number of a person has.
    """
    if where.disclosure != "public":
        return MASK
    if where.check == "uscc" and _CREDIT_CODE.fullmatch(raw):
        return raw
    return shorten(_WORDS.sub(_sign, _beginning(raw)) if where.scan else raw)


def _sign(word: re.Match[str]) -> str:
    """What stands for a word of a free text; a spreadsheet's error names nobody."""
    return word[0] if word[0].startswith("#") else "…"
