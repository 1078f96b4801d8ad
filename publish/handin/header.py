"""Headers: which row holds the headings, what record type they tell, and which field is where."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import dropwhile, pairwise, zip_longest
from pathlib import Path

from publish.errors import ProblemError, UsageError
from publish.handin.edition import KIND, Edition, editions, editions_for, joined
from publish.handin.findings import Problem, problem, refusal
from publish.handin.margins import Margins
from publish.handin.read import HEAD, Sheet, read
from publish.handin.returned import ADDED, restore
from publish.handin.source import Source
from publish.handin.workbook import Row
from publish.schema import RecordType, record_type, record_types

NOTES = "填写说明"
"""The sheet of our templates that says how to fill them in; it holds no records."""

_FEWEST = 2
_TITLE = 4
"""How many cells a title may have: names and values of who reports, and when."""
_USUAL = 64
_UNSEEN = re.compile("[\\s\u200b-\u200f\ufeff]+")
_ASIDE = re.compile(r"(?:\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|\*)\Z")
_NUMBERED = re.compile(r"行政相对人代码[_-]?\d\((.+)\)")
"""Codes of the party, numbered otherwise in each edition: what stands in brackets counts."""
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
        rows: the rows below the header that may be records, once, as (line, cells).
        source: what is particular to the sheet, its edition of the standard included.
        found: what is to be said about the sheet as a whole; more may come while rows are read.
    """

    sheet: str
    record: RecordType
    line: int
    header: tuple[str, ...]
    positions: Mapping[str, int]
    rows: Iterator[Row]
    source: Source
    found: list[Problem] = field(default_factory=list)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is to be said about the sheet as a whole, so far."""
        return tuple(self.found)

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
    shown = [(sheet, lay_out(sheet, source, type_name)) for sheet in sheets if not sheet.hidden]
    notes = [problem("sheet_passed_over", raw=sheet.name) for sheet, one in shown if not one]
    notes += [
        problem("sheet_hidden", raw=sheet.name)
        for sheet in sheets
        if sheet.hidden and _candidates(sheet, source or _NO_SOURCE, type_name)
    ]
    found = [one for _, one in shown if one]
    if not found:
        hidden = any(note.code == "sheet_hidden" for note in notes)
        raise refusal("header_hidden") if hidden else refusal("header_missing", rows=HEAD)
    for one in found:
        one.found.extend(notes)
    return found


def is_returned(cells: Sequence[str]) -> bool:
    """Whether a row is the header of a file that we returned."""
    return set(ADDED) <= set(cells)


def lay_out(
    sheet: Sheet, source: Source | None = None, type_name: str | None = None
) -> Layout | None:
    """Finds the header among the first rows of a sheet.

    Headings are compared without width, case, white space, asterisks and what stands in brackets
    at their end. A header may have two rows, the upper with what several columns share. The
    headings also tell the edition of the standard.

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
    found = _candidates(sheet, source or _NO_SOURCE, type_name)
    return _layout(sheet, _most_likely(found)) if found else None


def _candidates(sheet: Sheet, source: Source, type_name: str | None) -> list["_Candidate"]:
    """What the header may be: the best row for each record type and edition of the standard."""
    name = source.record_type or type_name
    if type_name and name != type_name:
        raise UsageError(
            f"来源 {source.name} 的类型是 {name}，不是 {type_name}。",
            f"The source {source.name} has rows of type {name}, not {type_name}.",
        )
    records = [record_type(name)] if name else list(record_types().values())
    rows = [(line, cells, tuple(map(fold, cells))) for line, cells in _rows(sheet.head, source)]
    kinds = [(one, known) for one in records for known in (source, *editions_for(one, source))]
    single = [_best_row(one, rows, known) for one, known in kinds]
    if any(best and not best.missing for best in single):
        return [best for best in single if best]
    found = (_best_row(one, rows, known, pairs=True) for one, known in kinds)
    return [best for best in found if best]


_Head = tuple[int, Sequence[str], tuple[str, ...]]
"""A row that may be a header: line, cells, and the cells folded."""


@dataclass(frozen=True)
class _Candidate:
    """A row read as the header of one record type."""

    record: RecordType
    source: Source
    line: int
    cells: tuple[str, ...]
    columns: tuple[tuple[str, ...] | None, ...]

    @property
    def fields(self) -> set[str]:
        """The fields that its headings name."""
        return {name for names in self.columns for name in names or ()}

    @property
    def missing(self) -> list[str]:
        """The fields that every row needs and none of them can have."""
        given = self.fields | self.source.constants.keys() | self.source.absent.keys()
        if isinstance(self.source, Edition):
            given |= {KIND}
        if self.source.department:
            given |= {self.record.roles["authority"], self.record.roles["authority_uscc"]}
        return [f.name for f in self.record.fields if f.required and f.name not in given]


def _rows(head: Sequence[Row], source: Source) -> Sequence[Row]:
    """The rows that may be the header, after what the source says about it.

    A file that we returned has a header of its own, wherever the source's files have theirs.
    """
    if any(is_returned(cells) for _, cells in head):
        return head
    wanted = 1 if source.header_row is None else source.header_row
    if source.headers:
        line = head[wanted - 1][0] if 0 < wanted <= len(head) else 0
        return [(line, list(source.headers))]
    return head if source.header_row is None else head[wanted - 1 : wanted]


def _best_row(
    record: RecordType, rows: Sequence[_Head], source: Source, *, pairs: bool = False
) -> _Candidate | None:
    """The first row, or pair of rows, that names at least half as many fields as any does.

    The first, because what stands above a header is not read: a better spelling of it on the
    second page must not make titles of the records on the first.
    """
    names = _vocabulary(record, source)

    def read_as(line: int, cells: Sequence[str], folded: Iterable[str]) -> _Candidate:
        return _Candidate(record, source, line, tuple(cells), tuple(map(names.get, folded)))

    found = [read_as(*row) for row in rows]
    if pairs:
        for place, ((_, above, _), (line, below, _)) in enumerate(pairwise(rows)):
            cells = _merged(above, below, names)
            both = read_as(line, cells, map(fold, cells))
            if len(both.fields) > max(len(one.fields) for one in found[place : place + 2]):
                found[place] = both
    most = max((len(one.fields) for one in found), default=0)
    enough = max(_FEWEST, -(-most // 2))
    return next((one for one in found if len(one.fields) >= enough), None)


def _merged(above: Sequence[str], below: Sequence[str], names: Collection[str]) -> list[str]:
    """One header of two rows, the upper with headings of groups or of merged cells."""
    merged, group = [], ""
    for upper, lower in zip_longest(above, below, fillvalue=""):
        group = upper.strip() or group
        if not lower.strip():
            merged.append(upper)
        else:
            both = group + lower.strip()
            merged.append(both if fold(lower) not in names and fold(both) in names else lower)
    return merged


def _vocabulary(record: RecordType, source: Source) -> Mapping[str, tuple[str, ...]]:
    """The fields of each heading that is understood; none for one that is passed over.

    What the source says of a heading stands in place of what it would mean otherwise.
    """
    old = source.title_en if isinstance(source, Edition) else None
    usual = _usual_vocabulary(record.name, old)
    if not (source.columns or source.parts or source.ignore):
        return usual
    names = usual | dict.fromkeys(map(fold, source.ignore), ())
    declared = {fold(heading): source.fields_of(heading) for heading in source.columns}
    for name, extract in source.parts.items():
        heading = fold(extract.heading)
        declared[heading] = (*declared.get(heading, ()), name)
    return names | declared


@cache
def _usual_vocabulary(name: str, edition: str | None) -> dict[str, tuple[str, ...]]:
    """The same for a record type in an edition of the standard, whatever the source."""
    record = record_type(name)
    old = next((e for e in editions() if (e.record_type, e.title_en) == (name, edition)), None)
    names: dict[str, tuple[str, ...]] = {
        fold(heading): (f.name,)
        for f in record.fields
        for heading in (old.headings_of(f) if old else f.headers)
    }
    second = (heading for headings in old.second.values() for heading in headings) if old else ()
    return names | dict.fromkeys(map(fold, (*ADDED, *second)), ())


def fold(heading: str) -> str:
    """A heading without what spellings of it differ in."""
    return (_folded if len(heading) <= _USUAL else _folded.__wrapped__)(heading)


@lru_cache(maxsize=4096)
def _folded(heading: str) -> str:
    """Any heading, folded."""
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKC", heading)).casefold().lstrip("*")
    plain = _NUMBERED.sub(r"\1", plain)
    while (shorter := _ASIDE.sub("", plain)) != plain:
        plain = shorter
    return plain


def _most_likely(found: Sequence[_Candidate]) -> _Candidate:
    """The candidate that has all it needs, or at least more than any other."""
    whole = [c for c in found if not c.missing] or found
    best = max(whole, key=lambda c: len(c.fields))
    rivals = [c for c in whole if c.record is not best.record]
    if any(len(c.fields) == len(best.fields) for c in rivals):
        raise _unclear([best, *rivals])
    if missing := best.missing:
        raise refusal(
            "missing_column",
            record_zh=best.record.title_zh,
            record_en=best.record.title_en,
            columns_zh=_titles(best, missing, "zh"),
            columns_en=_titles(best, missing, "en"),
        )
    return best


def _unclear(found: Sequence[_Candidate]) -> ProblemError:
    """The error for headings that fit several record types, with what each lacks."""
    zh = [f"{c.record.title_zh}（缺{_titles(c, c.missing, 'zh')}）" for c in found]
    en = [f"{c.record.title_en} (lacks {_titles(c, c.missing, 'en')})" for c in found]
    return refusal("type_unclear", candidates_zh="；".join(zh), candidates_en="; ".join(en))


def _titles(found: _Candidate, names: Sequence[str], lang: str) -> str:
    """Fields as they are called, in the edition at hand."""
    parts = [str(getattr(found.record[name], f"title_{lang}")) for name in names]
    if lang == "zh" and isinstance(found.source, Edition):
        parts = [found.source.headings_of(found.record[name])[-1] for name in names]
    return ("、" if lang == "zh" else ", ").join(parts) or "—"


def _layout(sheet: Sheet, found: _Candidate) -> Layout:
    """The sheet with each field's column, and the records below its header."""
    header, positions = found.cells, _positions(found)
    noted = [*sheet.problems, *_wide_titles(sheet, found), *_unmapped(found)]
    margins = Margins(_heads(sheet, found), _keys(found.record, positions), noted)
    rows = margins.records(dropwhile(lambda row: row[0] <= found.line, sheet.rows))
    if is_returned(header):
        rows = ((line, [restore(cell) for cell in cells]) for line, cells in rows)
    if isinstance(edition := found.source, Edition):
        noted.append(
            problem("older_edition", edition_zh=edition.title_zh, edition_en=edition.title_en)
        )
        rows = _with_second_columns(rows, found, edition, positions)
        header, positions = _with_kind(found.record, header, positions)
    return Layout(
        sheet.name, found.record, found.line, header, positions, rows, found.source, noted
    )


def _wide_titles(sheet: Sheet, found: _Candidate) -> Iterator[Problem]:
    """Rows above the header that have many cells, as records have, and are no part of it."""
    above = [(line, cells) for line, cells in sheet.head if line < found.line]
    if (found.line, list(found.cells)) not in sheet.head:
        above = above[:-1]
    for line, cells in above:
        if sum(map(bool, map(str.strip, cells))) > _TITLE:
            yield problem("title_passed_over", line=line)


def _heads(sheet: Sheet, found: _Candidate) -> list[list[str]]:
    """The rows down to the header, and others that name its fields in another spelling."""
    names = _vocabulary(found.record, found.source)
    fields = len(found.fields)
    return [
        cells
        for line, cells in sheet.head
        if line <= found.line or 2 * sum(bool(names.get(fold(cell))) for cell in cells) > fields
    ]


def _keys(record: RecordType, positions: Mapping[str, int]) -> list[int]:
    """The columns of document number and authority."""
    parts = ("document", "authority", "authority_uscc")
    names = (name for part in parts for name in _listed(record.roles.get(part)))
    return [positions[name] for name in names if name in positions]


def _listed(role: str | list[str] | None) -> list[str]:
    """The fields that play a part."""
    return [role] if isinstance(role, str) else role or []


def _with_second_columns(
    rows: Iterator[Row], found: _Candidate, edition: Edition, positions: Mapping[str, int]
) -> Iterator[Row]:
    """Rows in which second columns are added to the first."""
    for name, headings in edition.second.items():
        known = set(map(fold, headings))
        place = next((i for i, cell in enumerate(found.cells) if fold(cell) in known), None)
        if place is not None and name in positions:
            rows = joined(rows, positions[name], place)
    return rows


def _with_kind(
    record: RecordType, header: tuple[str, ...], positions: dict[str, int]
) -> tuple[tuple[str, ...], dict[str, int]]:
    """A header with a column for the kind of party, for whoever has to fill it in."""
    if KIND in positions:
        return header, positions
    header = header[: _last(header)]
    return (*header, record[KIND].title_zh), positions | {KIND: len(header)}


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
