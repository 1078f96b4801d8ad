"""Headers: which row holds the headings, what record type they tell, and which field is where."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import dropwhile
from pathlib import Path

from publish.errors import ProblemError, UsageError
from publish.handin.findings import Problem, problem, refusal
from publish.handin.read import HEAD, Sheet, read
from publish.handin.returned import ADDED, restore
from publish.handin.source import Source
from publish.handin.workbook import Row
from publish.schema import RecordType, record_type, record_types

NOTES = "填写说明"
"""The sheet of our templates that says how to fill them in; it holds no records."""

_FEWEST = 2
_USUAL = 64
_UNSEEN = re.compile("[\\s\u200b-\u200f\ufeff]+")
_ASIDE = re.compile(r"(?:\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|\*)\Z")
_NO_SOURCE = Source(name="none")


@dataclass(frozen=True)
class Layout:
    """A sheet that holds records, its header understood.

    Attributes:
        sheet: the sheet's name; empty where a file has no sheets.
        record: what its rows are.
        line: where the header stands.
        header: the headings as they are.
        positions: the column of each field that can be read, from 0; for a field that is a part
            of a cell, the column that holds it.
        problems: what is wrong with the sheet as a whole.
        rows: the rows below the header, once, as (line, cells).
    """

    sheet: str
    record: RecordType
    line: int
    header: tuple[str, ...]
    positions: Mapping[str, int]
    problems: tuple[Problem, ...]
    rows: Iterator[Row]

    @property
    def width(self) -> int:
        """How many columns have a heading; beyond, a row may have blank cells only."""
        return _last(self.header)


def layouts(path: Path, source: Source | None = None, type_name: str | None = None) -> list[Layout]:
    """The sheets of a file that hold records; the others are named in their problems.

    Args:
        path: the file.
        source: what is particular to it.
        type_name: the record type, where neither source nor headings should decide.

    Raises:
        GongshiError: if the file cannot be read or no header is understood.
    """
    sheets = [sheet for sheet in read(path, source) if sheet.name != NOTES]
    found = [lay_out(sheet, source, type_name) for sheet in sheets]
    if not any(found):
        raise refusal("header_missing", rows=HEAD)
    passed_over = tuple(
        problem("sheet_passed_over", raw=sheet.name)
        for sheet, layout in zip(sheets, found, strict=True)
        if layout is None
    )
    return [replace(one, problems=(*one.problems, *passed_over)) for one in found if one]


def _is_returned(cells: Sequence[str]) -> bool:
    """Whether a row is the header of a file that we returned."""
    return set(ADDED) <= set(cells)


def lay_out(
    sheet: Sheet, source: Source | None = None, type_name: str | None = None
) -> Layout | None:
    """Finds the header among the first rows of a sheet.

    Headings are compared without width, case, white space, asterisks and what stands in brackets
    at their end.

    Args:
        sheet: the sheet; its rows are not read further than its head.
        source: what is particular to the file.
        type_name: the record type, if it is known.

    Returns:
        The layout, or None if no row looks like a header.

    Raises:
        ProblemError: if columns are missing, stand there twice, or could be of several types.
        UsageError: if the type is not the source's.
    """
    known = source or _NO_SOURCE
    name = known.record_type or type_name
    if type_name and name != type_name:
        raise UsageError(
            f"来源 {known.name} 的类型是 {name}，不是 {type_name}。",
            f"The source {known.name} has rows of type {name}, not {type_name}.",
        )
    records = [record_type(name)] if name else list(record_types().values())
    rows = _rows(sheet.head, known)
    found = [candidate for record in records if (candidate := _best_row(record, rows, known))]
    return _layout(sheet, _most_likely(found, known)) if found else None


@dataclass(frozen=True)
class _Candidate:
    """A row read as the header of one record type."""

    record: RecordType
    line: int
    cells: tuple[str, ...]
    columns: tuple[tuple[str, ...] | None, ...]

    @property
    def fields(self) -> set[str]:
        """The fields that its headings name."""
        return {name for names in self.columns for name in names or ()}

    def missing(self, source: Source) -> list[str]:
        """The fields that every row needs and none of them can have."""
        given = self.fields | source.constants.keys() | source.absent.keys()
        if source.department:
            given |= {self.record.roles["authority"], self.record.roles["authority_uscc"]}
        return [f.name for f in self.record.fields if f.required and f.name not in given]


def _rows(head: Sequence[Row], source: Source) -> Sequence[Row]:
    """The rows that may be the header, after what the source says about it."""
    wanted = 1 if source.header_row is None else source.header_row
    if source.headers and not any(_is_returned(cells) for _, cells in head):
        line = head[wanted - 1][0] if 0 < wanted <= len(head) else 0
        return [(line, list(source.headers))]
    return head if source.header_row is None else head[wanted - 1 : wanted]


def _best_row(record: RecordType, rows: Sequence[Row], source: Source) -> _Candidate | None:
    """The row that names most fields of a record type."""
    names = _vocabulary(record, source)
    candidates = [
        _Candidate(record, line, tuple(cells), tuple(names.get(fold(cell)) for cell in cells))
        for line, cells in rows
    ]
    best = max(candidates, key=lambda c: len(c.fields), default=None)
    return best if best and len(best.fields) >= _FEWEST else None


def _vocabulary(record: RecordType, source: Source) -> dict[str, tuple[str, ...]]:
    """The fields of each heading that is understood; none for one that is passed over.

    What the source says of a heading stands in place of what it would mean otherwise.
    """
    names: dict[str, tuple[str, ...]] = {
        fold(heading): (f.name,) for f in record.fields for heading in f.headers
    }
    names |= dict.fromkeys(map(fold, (*source.ignore, *ADDED)), ())
    declared = {fold(heading): source.fields_of(heading) for heading in source.columns}
    for name, extract in source.parts.items():
        heading = fold(extract.heading)
        declared[heading] = (*declared.get(heading, ()), name)
    return names | declared


def fold(heading: str) -> str:
    """A heading without what spellings of it differ in."""
    return (_folded if len(heading) <= _USUAL else _folded.__wrapped__)(heading)


@lru_cache(maxsize=4096)
def _folded(heading: str) -> str:
    """Any heading, folded."""
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKC", heading)).casefold().lstrip("*")
    while (shorter := _ASIDE.sub("", plain)) != plain:
        plain = shorter
    return plain


def _most_likely(found: Sequence[_Candidate], source: Source) -> _Candidate:
    """The candidate that has all it needs, or at least more than any other."""
    whole = [c for c in found if not c.missing(source)] or found
    best = max(whole, key=lambda c: len(c.fields))
    if sum(len(c.fields) == len(best.fields) for c in whole) > 1:
        raise _unclear(whole, source)
    if missing := best.missing(source):
        raise refusal(
            "missing_column",
            record_zh=best.record.title_zh,
            record_en=best.record.title_en,
            columns_zh=_titles(best.record, missing, "zh"),
            columns_en=_titles(best.record, missing, "en"),
        )
    return best


def _unclear(found: Sequence[_Candidate], source: Source) -> ProblemError:
    """The error for headings that fit several record types, with what each lacks."""
    zh = [f"{c.record.title_zh}（缺{_titles(c.record, c.missing(source), 'zh')}）" for c in found]
    en = [
        f"{c.record.title_en} (lacks {_titles(c.record, c.missing(source), 'en')})" for c in found
    ]
    return refusal("type_unclear", candidates_zh="；".join(zh), candidates_en="; ".join(en))


def _titles(record: RecordType, names: Sequence[str], lang: str) -> str:
    """Fields as they are called."""
    parts = [str(getattr(record[name], f"title_{lang}")) for name in names]
    return ("、" if lang == "zh" else ", ").join(parts) or "—"


def _layout(sheet: Sheet, found: _Candidate) -> Layout:
    """The sheet with each field's column, and the rows below its header."""
    rows: Iterator[Row] = dropwhile(lambda row: row[0] <= found.line, sheet.rows)
    if _is_returned(found.cells):
        rows = ((line, [restore(cell) for cell in cells]) for line, cells in rows)
    problems, positions = tuple(_unmapped(found)), _positions(found)
    return Layout(sheet.name, found.record, found.line, found.cells, positions, problems, rows)


def _positions(found: _Candidate) -> dict[str, int]:
    """Each field's column."""
    positions: dict[str, int] = {}
    for position, names in enumerate(found.columns):
        for name in names or ():
            if name in positions:
                first, second = found.cells[positions[name]], found.cells[position]
                raise refusal("column_twice", found.record[name], first=first, second=second)
            positions[name] = position
    return positions


def _unmapped(found: _Candidate) -> Iterator[Problem]:
    """The columns that are not understood; blank ones at the end are none."""
    for position in range(_last(found.cells)):
        if found.columns[position] is None:
            heading = found.cells[position].strip()
            yield problem("unmapped_column", raw=heading or f"#{position + 1}")


def _last(cells: Sequence[str]) -> int:
    """How many cells there are up to the last that is not blank."""
    return max(i for i, cell in enumerate(cells, 1) if cell.strip())
