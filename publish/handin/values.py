"""Values: what the text of a cell must be, by its field; what it is stored as, or what is wrong."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from publish.handin import idcard, uscc
from publish.handin.findings import Problem, problem
from publish.handin.source import OTHER, REPUBLIC, Extract, parse_date
from publish.handin.tidy import SEPARATORS, bare
from publish.schema import CodeList, CodeValue, Field

ENDLESS = "2099-12-31"
"""The last day of what has no end (长期)."""

_SPREADSHEET_ERRORS = frozenset(
    ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!")
)
_FLOAT = re.compile(r"\d(\.\d+)?[eE]\+?\d{1,2}", re.ASCII)
_RESIDENT = re.compile(r"\d{17}[\dA-Z]", re.ASCII)
_OTHER = re.compile(r"其[他它][-—–－:：\s]*(.*)")

_FOREVER = frozenset(("长期", "長期", "长期有效", "永久", "永久有效", "无固定期限"))
_MONTH_AND_DAY = (
    r"(?: ?([-/.]) ?(\d{1,2}) ?\2 ?(\d{1,2})| ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?日?|(\d\d)(\d\d))"
    r"(?:[T ]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)?"
)
_DATE = re.compile(rf"(\d{{4}}){_MONTH_AND_DAY}", re.ASCII)
_REPUBLIC_DATE = re.compile(rf"(?:中華民國|民國|民国)? ?(\d{{2,3}}){_MONTH_AND_DAY}", re.ASCII)
_SERIAL = re.compile(r"[2-7]\d{4}(\.\d+)?", re.ASCII)

_AMOUNT = re.compile(
    r"(?:人民币|RMB|NT\$|[¥$])? ?"
    r"(-?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?)"
    r" ?(万元|萬元|元)?",
    re.ASCII,
)
_YUAN = Decimal("0.0001")
_LARGEST = Decimal(10) ** 12

Parser = Callable[[str], "str | Problem"]


@dataclass(frozen=True)
class Reading:
    """How one source writes one field, where it departs from the usual.

    Attributes:
        date_format: a `strptime` format, or ``roc``.
        yuan: whether amounts are in yuan instead of 10,000 yuan.
        codes: the source's values and ours.
        extract: which part of the cell is meant.
        optional: whether it may be blank although the schema requires it.
        endless: whether a day may be 长期, without end.
    """

    date_format: str | None = None
    yuan: bool = False
    codes: Mapping[str, str] = field(default_factory=dict)
    extract: Extract | None = None
    optional: bool = False
    endless: bool = False


USUAL = Reading()


def parser(where: Field, how: Reading) -> Parser:
    """The function from a tidy text to the stored value, or what is wrong with it."""
    parse = _by_type(where, how)

    def checked(text: str) -> str | Problem:
        if text in _SPREADSHEET_ERRORS:
            return problem("spreadsheet_error", where, text)
        return parse(text)

    return checked


def part_parser(where: Field, extract: Extract) -> Parser:
    """The function that takes the declared part out of a cell."""
    pattern = re.compile(extract.pattern)

    def take(text: str) -> str | Problem:
        found = pattern.search(text)
        if not found:
            return problem("pattern_not_matched", where, text)
        return extract.template.replace("{}", found[1] or "")

    return take


def _by_type(where: Field, how: Reading) -> Parser:
    """The parser for a field's type."""
    if where.codes:
        return _codes_parser(where, where.codes, how.codes)
    if where.type == "date":
        return _date_parser(where, how)
    if where.type == "number":
        return _number_parser(where, how)
    return _string_parser(where)


def _string_parser(where: Field) -> Parser:
    """Text, with its content checked where the schema says so."""
    check = {"uscc": _uscc, "person_id": _person_id}.get(where.check or "", _length)
    if where.check or where.unicode in {"code", "document_no"}:
        return lambda text: _float(where, text) or check(where, text)
    return lambda text: check(where, text)


def _float(where: Field, text: str) -> Problem | None:
    """A number that a spreadsheet has cut to fifteen digits."""
    return problem("spreadsheet_float", where, text) if _FLOAT.fullmatch(text) else None


def _length(where: Field, text: str) -> str | Problem:
    """A text that is not too long."""
    limit = where.max_length
    if limit is not None and len(text) > limit:
        return problem("too_long", where, text, length=len(text), limit=limit)
    return text


def _uscc(where: Field, text: str) -> str | Problem:
    """A unified social credit code (GB 32100-2015), or what a sole trader gives instead."""
    wrong = None if text == uscc.NONE_GIVEN else uscc.problem(text)
    if wrong is None:
        return text
    if idcard.is_valid(text):
        return problem("uscc_is_id_number", where)
    details = {
        "detail_zh": wrong.zh,
        "detail_en": wrong.en,
        "suggestion_zh": f"可能是{wrong.suggestion}。" if wrong.suggestion else "",
        "suggestion_en": f" Perhaps {wrong.suggestion}." if wrong.suggestion else "",
    }
    return problem(f"uscc_{wrong.kind}", where, text, **details)


def _person_id(where: Field, text: str) -> str | Problem:
    """A person's document number; one of 18 digits must be a resident identity number."""
    number = text.upper()
    if _RESIDENT.fullmatch(number) and not idcard.is_valid(number):
        return problem("id_number_invalid", where)
    return _length(where, number)


def _codes_parser(where: Field, codes: CodeList, extra: Mapping[str, str]) -> Parser:
    """A value of a code list, in any spelling, or several."""
    known = {_fold(s): v.value for v in codes.values for s in v.spellings}
    known |= {_fold(theirs): ours for theirs, ours in extra.items()}

    def one(text: str) -> str | Problem:
        if value := known.get(_fold(text)):
            return value
        if codes.other and (found := _OTHER.fullmatch(text)):
            return f"{OTHER}{found[1]}" if found[1] else problem("other_without_name", where)
        options = {f"options_{lang}": _options(codes, lang) for lang in ("zh", "en")}
        return problem("not_in_code_list", where, text, **options)

    def several(text: str) -> str | Problem:
        values = [one(part.strip()) for part in SEPARATORS.split(text) if part.strip()]
        wrong = next((v for v in values if isinstance(v, Problem)), None)
        return wrong or _length(where, ";".join(dict.fromkeys(map(str, values))))

    return several if codes.many else one


def _fold(text: str) -> str:
    """A code's spelling without width, case and white space."""
    return bare(unicodedata.normalize("NFKC", text)).casefold()


def _options(codes: CodeList, lang: str) -> str:
    """The values of a code list, as they stand in a sentence."""
    own = (f"{OTHER}…",) if codes.other else ()
    return ("；" if lang == "zh" else "; ").join((*(_option(v, lang) for v in codes.values), *own))


def _option(value: CodeValue, lang: str) -> str:
    """One value with its label."""
    label = str(getattr(value, lang))
    return value.value if label == value.value else f"{value.value} {label}"


def _date_parser(where: Field, how: Reading) -> Parser:
    """A day as ISO 8601 text."""
    form = how.date_format

    def parse(text: str) -> str | Problem:
        if how.endless and text in _FOREVER:
            return ENDLESS
        if form and form != REPUBLIC and (day := parse_date(text, form)):
            return day.isoformat()
        digits = (_republic(text) if form == REPUBLIC else None) or _digits(_DATE, text)
        if digits is None:
            code = "date_serial" if _SERIAL.fullmatch(text) else "not_a_date"
            return problem(code, where, text)
        if how.endless and digits == (9999, 12, 31):
            return ENDLESS
        return _iso(*digits) or problem("date_impossible", where, text)

    return parse


def _digits(pattern: re.Pattern[str], text: str) -> tuple[int, int, int] | None:
    """Year, month and day as they are written."""
    found = pattern.fullmatch(text)
    if found is None:
        return None
    year, _, *pairs = found.groups()
    month, day = (int(part) for part in pairs if part)
    return int(year), month, day


def _republic(text: str) -> tuple[int, int, int] | None:
    """A date whose year is counted from 1912 as year 1 (中華民國)."""
    digits = _digits(_REPUBLIC_DATE, text)
    return (digits[0] + 1911, *digits[1:]) if digits else None


def _iso(year: int, month: int, day: int) -> str | None:
    """A day as text; None if there is no such day or the year cannot be meant."""
    try:
        return date(year, month, day).isoformat() if 1900 <= year <= 2099 else None
    except ValueError:
        return None


def _number_parser(where: Field, how: Reading) -> Parser:
    """An amount in 10,000 yuan as decimal text without trailing zeros."""
    minimum = where.constraints.get("minimum")

    def parse(text: str) -> str | Problem:
        found = _AMOUNT.fullmatch(text)
        if not found:
            return problem("not_a_number", where, text)
        amount = Decimal(found[1].replace(",", ""))
        if found[2] == "元" or (how.yuan and not found[2]):
            amount *= _YUAN
        if minimum is not None and amount < minimum:
            return problem("number_negative", where, text)
        return _canonical(amount, where.decimals) or problem("number_too_precise", where, text)

    return parse


def _canonical(amount: Decimal, decimals: int) -> str | None:
    """An amount as text; None if it has more than twelve digits or too many decimals."""
    exponent = amount.normalize().as_tuple().exponent
    if abs(amount) >= _LARGEST or not isinstance(exponent, int) or exponent < -decimals:
        return None
    return f"{amount.normalize() + 0:f}"
