"""Files as departments make them: each in its own habit, always the same bytes."""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

import xlsxwriter

from publish.demo.chance import stream
from publish.demo.habits import HABITS, Style
from publish.demo.rows import Cell
from publish.schema import Field, record_type

_CREATED = datetime(2026, 1, 1)  # noqa: DTZ001 (the spreadsheet's own clock has no zone)
_BOOK = {
    "in_memory": True,
    "default_date_format": "yyyy/mm/dd",
    "strings_to_formulas": False,
    "strings_to_urls": False,
}
_SELDOM = frozenset(
    {
        "organisation_code",
        "tax_no",
        "institution_no",
        "social_org_no",
        "legal_representative",
        "legal_rep_id_type",
        "legal_rep_id_no",
        "certificate_name",
        "department_published",
        "department_published_url",
    }
)
_NARROW = str.maketrans("（）：、〔〕", "():,[]")

Values = Mapping[str, Cell]
Sheet = tuple[str, Sequence[Values]]
Show = Callable[[Cell], object]


class _Columns(NamedTuple):
    """The columns of a department's files.

    Attributes:
        shown: places of the columns whose values are not written as they are, with how they are.
    """

    names: Sequence[str]
    headings: Sequence[str]
    shown: Sequence[tuple[int, Show]]

    def cells(self, row: Values) -> list[object]:
        """The cells of a row."""
        cells: list[object] = [row.get(name, "") for name in self.names]
        for place, show in self.shown:
            cells[place] = show(row.get(self.names[place], ""))
        return cells


def write(path: Path, department: str, sheets: Sequence[Sheet]) -> None:
    """Writes a department's file.

    Args:
        path: where to.
        department: the department's code.
        sheets: record types with their rows; more than one in workbooks only.
    """
    if HABITS[department].style.format == "xlsx":
        _write_book(path, department, sheets)
    else:
        _write_csv(path, department, *sheets[0])


def suffix(department: str) -> str:
    """The ending of the department's file names."""
    return ".xlsx" if HABITS[department].style.format == "xlsx" else ".csv"


def _write_csv(path: Path, department: str, name: str, rows: Iterable[Values]) -> None:
    """Writes a CSV file."""
    columns = _columns(department, name)
    with path.open("w", encoding=HABITS[department].style.format, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns.headings)
        writer.writerows(map(columns.cells, rows))


def _write_book(path: Path, department: str, sheets: Iterable[Sheet]) -> None:
    """Writes a workbook: dates as dates, amounts as numbers, all else as text."""
    book = xlsxwriter.Workbook(path, _BOOK)
    book.set_properties({"created": _CREATED})
    for name, rows in sheets:
        columns = _columns(department, name)
        sheet = book.add_worksheet(record_type(name).title_zh)
        for line, cells in enumerate((columns.headings, *map(columns.cells, rows))):
            sheet.write_row(line, 0, cells)
    book.close()


@cache
def _columns(department: str, name: str) -> _Columns:
    """The columns of a department's files; some have an order of their own."""
    style = HABITS[department].style
    fields = [f for f in record_type(name).fields if not (style.brief and f.name in _SELDOM)]
    if style.headings in {"spaced", "narrow"}:
        stream(department, name, "columns").shuffle(fields)
    writers = ((place, _writer(f, style)) for place, f in enumerate(fields))
    return _Columns(
        [f.name for f in fields],
        [_heading(f, style) for f in fields],
        [(place, show) for place, show in writers if show],
    )


def _heading(column: Field, style: Style) -> str:
    """A column's heading as the department writes it."""
    if style.headings == "codes":
        return column.code or column.title_zh
    if style.headings == "spaced":
        return f" {column.title_zh} "
    if style.headings == "narrow":
        return column.title_zh.translate(_NARROW)
    return column.title_zh


def _writer(column: Field, style: Style) -> Show | None:
    """How a column's values are written; None for as they are."""
    if column.type == "date" and style.dates:
        return cache(lambda cell: style.dates.format(cell) if isinstance(cell, date) else cell)
    if column.type == "number" and style.format == "xlsx":
        return lambda cell: float(str(cell)) if cell else ""
    if column.codes and style.labels:
        labels = {value.value: value.zh for value in column.codes.values}
        return lambda cell: labels.get(str(cell), cell)
    if column.unicode == "document_no" and style.headings == "narrow":
        return lambda cell: str(cell).translate(_NARROW)
    if column.check and style.headings == "spaced":
        return lambda cell: f"{cell} " if cell else ""
    return None
