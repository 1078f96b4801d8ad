"""Blank tables that departments fill in: one header, one example row, notes on every column."""

import csv
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from publish.errors import UsageError
from publish.handin.clean import cleaner
from publish.handin.header import NOTES
from publish.handin.source import OTHER
from publish.schema import Field, RecordType

ROWS = 10_000
"""How many rows are prepared with drop-down lists."""

_MADE = datetime(2026, 1, 1)  # noqa: DTZ001 - so that the same template has the same bytes
_FORMATS: dict[str, dict[str, Any]] = {
    "required": {"bold": True, "bg_color": "#F8CBAD", "border": 1, "text_wrap": True},
    "in_case": {"bold": True, "bg_color": "#FFE699", "border": 1, "text_wrap": True},
    "optional": {"bold": True, "bg_color": "#E7E6E6", "border": 1, "text_wrap": True},
    "string": {"num_format": "@"},
    "date": {"num_format": "yyyy/mm/dd"},
    "number": {"num_format": "0.######"},
    "wrapped": {"text_wrap": True, "valign": "top"},
}
_HEADINGS = (
    ("字段", 26),
    ("代码", 16),
    ("英文名", 24),
    ("类型", 10),
    ("长度", 6),
    ("必填", 24),
    ("可填的值", 40),
    ("说明", 40),
    ("notes", 40),
    ("示例", 30),
)
Formats = dict[str, Format]
_TYPES = {"string": "文本", "date": "日期", "number": "数字"}


def write_template(record: RecordType, path: Path) -> None:
    """Writes the blank table of a record type; the file's ending says which kind.

    An XLSX workbook has the table, whose columns are text, dates or numbers so that no code
    becomes a rounded number, and a sheet of notes, which intake passes over. A CSV file has the
    header and the example.

    Raises:
        UsageError: if the file is to be of another kind, or cannot be written.
    """
    write = {".xlsx": _write_workbook, ".csv": _write_csv}.get(path.suffix.lower())
    if write is None:
        raise UsageError(
            f"模板只能是.xlsx或者.csv，不能是{path.suffix or path.name}。",
            f"A template is .xlsx or .csv, not {path.suffix or path.name}.",
        )
    try:
        write(record, path)
    except (OSError, FileCreateError) as error:
        raise UsageError(
            f"无法写入 {path}：{error}", f"{path} cannot be written: {error}"
        ) from error


def _write_csv(record: RecordType, path: Path) -> None:
    """Header and example, for spreadsheets in UTF-8 with a byte-order mark."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        write = csv.writer(file).writerow
        write([f.title_zh for f in record.fields])
        write([_example_text(f) for f in record.fields])


def _write_workbook(record: RecordType, path: Path) -> None:
    """The table and the notes."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"title": record.title_zh, "created": _MADE})
        formats = {name: book.add_format(style) for name, style in _FORMATS.items()}
        _table(book.add_worksheet(record.title_zh), record, formats)
        _notes(book.add_worksheet(NOTES), record, formats)


def _table(sheet: Worksheet, record: RecordType, formats: Formats) -> None:
    """The header with its colours and comments, the example, the columns' formats and lists."""
    sheet.freeze_panes(1, 1)
    sheet.set_row(0, 36)
    for column, f in enumerate(record.fields):
        sheet.set_column(column, column, _width(f), formats[f.type])
        sheet.write_string(0, column, f.title_zh, formats[_need(f)])
        if comment := _comment(f):
            sheet.write_comment(0, column, comment, {"x_scale": 2})
        _example(sheet, column, f, formats[f.type])
        if options := _drop_down(f):
            sheet.data_validation(1, column, ROWS, column, options)


def _example(sheet: Worksheet, column: int, f: Field, style: Format) -> None:
    """The example of one column, as what it is."""
    stored = cleaner(f)(f.example).value
    if stored is None:
        sheet.write_blank(1, column, None, style)
    elif f.type == "date":
        sheet.write_datetime(1, column, date.fromisoformat(stored), style)
    elif f.type == "number":
        sheet.write_number(1, column, Decimal(stored), style)
    else:
        sheet.write_string(1, column, _example_text(f), style)


def _example_text(f: Field) -> str:
    """The example as a department would type it."""
    return f.codes.label(f.example, "zh") if f.codes else f.example


def _need(f: Field) -> str:
    """Whether a column must be filled in."""
    return "required" if f.required else "in_case" if f.required_if else "optional"


def _needed(f: Field) -> str:
    """The same in words."""
    cases = [f"{name} = {value}" for name, value in f.required_if.items()]
    return "是 yes" if f.required else "；".join(cases)


def _width(f: Field) -> int:
    """A column's width, in characters."""
    return 36 if (f.max_length or 0) >= 200 else 20


def _drop_down(f: Field) -> dict[str, Any] | None:
    """The values to choose from; others may be typed where the list is open."""
    if f.codes is None:
        return None
    closed = not (f.codes.other or f.codes.many)
    return {"validate": "list", "source": [v.zh for v in f.codes.values], "show_error": closed}


def _comment(f: Field) -> str:
    """What to know before filling in a column."""
    required = f"必填 required：{_needed(f)}" if _needed(f) else ""
    return "\n".join(filter(None, (required, f.note_zh, f.note_en)))


def _notes(sheet: Worksheet, record: RecordType, formats: Formats) -> None:
    """A line about each column."""
    for column, (heading, width) in enumerate(_HEADINGS):
        sheet.set_column(column, column, width, formats["wrapped"])
        sheet.write_string(0, column, heading, formats["optional"])
    for row, f in enumerate(record.fields, start=1):
        for column, text in enumerate(_about(f)):
            sheet.write_string(row, column, text, formats["wrapped"])
    sheet.freeze_panes(1, 1)
    last = len(record.fields) + 2
    for offset, text in enumerate(_GENERAL):
        sheet.write_string(last + offset, 0, text)


_GENERAL = (
    "报送前请删去示例行。红色为必填，黄色为某种情形下必填。日期写成2026/03/04，金额单位为万元。",
    "Delete the example before handing in. Red columns are required, yellow ones in some cases. "
    "Dates as 2026/03/04, amounts in units of 10,000 yuan.",
)


def _about(f: Field) -> tuple[str, ...]:
    """A column in words."""
    return (
        f.title_zh,
        f.code or "",
        f.name,
        _TYPES[f.type],
        str(f.max_length or ""),
        _needed(f),
        _values(f),
        f.note_zh,
        f.note_en,
        _example_text(f),
    )


def _values(f: Field) -> str:
    """The values that a coded column may have."""
    if f.codes is None:
        return ""
    own = [f"{OTHER}…"] if f.codes.other else []
    return "\n".join([*(v.zh for v in f.codes.values), *own])
