"""What can be wrong with a row, a file or a sheet: the catalogue, each kind in two languages."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import orjson

from publish.errors import ProblemError
from publish.schema import Field

Severity = Literal["error", "warning", "refusal"]
SHOWN = 40
MASK = "***"
_PERSONAL = re.compile(r"\d{11,17}[\dXx]")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding; braces in its texts are filled in from the problem.

    Attributes:
        code: its name, in the register and in the figures.
        severity: ``error`` rejects the row, ``warning`` keeps it, ``refusal`` refuses the file.
        title_zh: what it is, in a few words.
        message_zh: what is wrong, with the value.
        remedy_zh: what to do about it.
    """

    code: str
    severity: Severity
    title_zh: str
    title_en: str
    message_zh: str
    message_en: str
    remedy_zh: str
    remedy_en: str


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


def shorten(text: str) -> str:
    """A value as it can stand in a sentence: one line, not too long."""
    line = " ".join(text[: SHOWN * 4].split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"


def _shown(where: Field, raw: str) -> str:
    """A value as it may be shown to whoever reads findings."""
    if where.disclosure != "public":
        return MASK
    return shorten(_PERSONAL.sub(MASK, raw) if where.scan else raw)


def findings_markdown() -> str:
    """The reference page of all kinds of finding."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    """The lines of the reference page."""
    yield "# Findings"
    yield ""
    yield "What intake can say about a file and its rows. An error rejects the row, a warning keeps"
    yield "it, a refusal refuses the whole file. Words in braces are filled in."
    yield ""
    yield "| code | severity | 问题 | 说明与改法 | what it is | what it says and what to do |"
    yield "|---|---|---|---|---|---|"
    for kind in kinds().values():
        yield (
            f"| `{kind.code}` | {kind.severity} | {kind.title_zh} "
            f"| {kind.message_zh}{kind.remedy_zh} "
            f"| {kind.title_en} | {kind.message_en} {kind.remedy_en} |"
        )
