"""Blank tables that departments fill in: one header, one example row, notes on every column."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range_abs
from xlsxwriter.worksheet import Worksheet

from publish.errors import UsageError
from publish.handin.clean import cleaner
from publish.handin.findings import problem
from publish.handin.header import NOTES, Layout
from publish.handin.source import OTHER
from publish.handin.workbook import Row
from publish.schema import CodeList, Field, RecordType

ROWS = 10_000
"""How many rows are prepared with drop-down lists."""
EXAMPLE = "【示例】"
"""What the example row begins with, so that nobody takes it for a record."""

_MADE = datetime(2026, 1, 1)  # noqa: DTZ001 - so that the same template has the same bytes
_TEXT, _DATE, _NUMBER = ({"num_format": form} for form in (49, "yyyy/mm/dd", "0.######"))
_PALE = {"italic": True, "font_color": "#7F7F7F"}
_FORMATS: dict[str, dict[str, Any]] = {
    "required": {"bold": True, "bg_color": "#F8CBAD", "border": 1, "text_wrap": True},
    "in_case": {"bold": True, "bg_color": "#FFE699", "border": 1, "text_wrap": True},
    "optional": {"bold": True, "bg_color": "#E7E6E6", "border": 1, "text_wrap": True},
    "string": _TEXT,
    "date": _DATE,
    "number": _NUMBER,
    "string_example": {**_TEXT, **_PALE},
    "date_example": {**_DATE, **_PALE},
    "number_example": {**_NUMBER, **_PALE},
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
_INPUT_TITLE = 32
_MARK_WITHIN = 8
_MANY = "可填多个，用分号隔开。Several are separated by semicolons."
_OWN = f"不在其中的写“{OTHER}”加具体名称。Another one is written after {OTHER}"
Formats = dict[str, Format]
_TYPES = {"string": "文本", "date": "日期", "number": "数字"}


def write_template(record: RecordType, path: Path) -> None:
    """Writes the blank table of a record type; the file's ending says which kind.

    An XLSX workbook has the table, whose columns are text, dates or numbers so that no code
    becomes a rounded number, and a sheet of notes, which intake passes over and which has the
    values of the drop-down lists in hidden columns. A CSV file has the header and the example.

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


def pass_over_example(layout: Layout) -> Layout:
    """A sheet without the template's example, where that was left in; a warning says so.

    The mark counts, wherever the row was moved to: whoever types over the example types over it.
    """
    column = layout.positions.get(_marked(layout.record).name)
    return layout if column is None else replace(layout, rows=_records(layout, column))


def _records(layout: Layout, column: int) -> Iterator[Row]:
    """The rows that do not say that they are an example."""
    for row in layout.rows:
        cells = row[1]
        if len(cells) > column and EXAMPLE in cells[column][:_MARK_WITHIN]:
            layout.found.append(problem("example_row", line=row[0]))
        else:
            yield row


def _write_csv(record: RecordType, path: Path) -> None:
    """Header and example, for spreadsheets in UTF-8 with a byte-order mark."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        write = csv.writer(file).writerow
        write([f.title_zh for f in record.fields])
        write([_example_text(record, f) for f in record.fields])


def _write_workbook(record: RecordType, path: Path) -> None:
    """The table and the notes."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"title": record.title_zh, "created": _MADE})
        formats = {name: book.add_format(style) for name, style in _FORMATS.items()}
        _table(book.add_worksheet(record.title_zh), record, formats)
        notes = book.add_worksheet(NOTES)
        _notes(notes, record, formats)
        for name, cells in _options(notes, record):
            book.define_name(name, f"='{NOTES}'!{cells}")


def _table(sheet: Worksheet, record: RecordType, formats: Formats) -> None:
    """The header with its colours and comments, the example, the columns' formats and lists."""
    sheet.freeze_panes(1, 1)
    sheet.set_row(0, 36)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    for column, f in enumerate(record.fields):
        sheet.set_column(column, column, _width(f), formats[f.type])
        sheet.write_string(0, column, f.title_zh, formats[_need(f)])
        if comment := _comment(f):
            sheet.write_comment(0, column, comment, {"x_scale": 2, "y_scale": _height(comment)})
        _example(sheet, column, record, f, formats[f"{f.type}_example"])
        if f.codes:
            sheet.data_validation(1, column, ROWS, column, _drop_down(f, f.codes))


def _example(sheet: Worksheet, column: int, record: RecordType, f: Field, style: Format) -> None:
    """The example of one column, as what it is."""
    stored = cleaner(f)(f.example).value
    if stored is None:
        sheet.write_blank(1, column, None, style)
    elif f.type == "date":
        sheet.write_datetime(1, column, date.fromisoformat(stored), style)
    elif f.type == "number":
        sheet.write_number(1, column, Decimal(stored), style)
    else:
        sheet.write_string(1, column, _example_text(record, f), style)


def _example_text(record: RecordType, f: Field) -> str:
    """The example as a department would type it, the first that is plain text marked as such."""
    text = f.codes.label(f.example, "zh") if f.codes else f.example
    return EXAMPLE + text if f is _marked(record) else text


def _marked(record: RecordType) -> Field:
    """The field in which the example says that it is one."""
    return next(f for f in record.fields if f.type == "string" and not f.codes and f.example)


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


def _drop_down(f: Field, codes: CodeList) -> dict[str, Any]:
    """The values to choose from; others may be typed where the list is open.

    The list is named, not written out: a spreadsheet allows 255 characters in place.
    """
    is_open = codes.other or codes.many
    how = " ".join(text for text, fits in ((_MANY, codes.many), (_OWN, codes.other)) if fits)
    return {
        "validate": "list",
        "source": f"={_list_name(codes)}",
        "show_error": not is_open,
        "error_title": "不在代码表内",
        "error_message": "请从下拉列表中选择。Choose one from the list.",
        **({"input_title": f.title_zh[:_INPUT_TITLE], "input_message": how} if how else {}),
    }


def _list_name(codes: CodeList) -> str:
    """What a list of values is called in the workbook."""
    return f"list_{codes.name}"


def _options(sheet: Worksheet, record: RecordType) -> Iterator[tuple[str, str]]:
    """Writes the values of each code list into a hidden column beside the notes.

    Yields:
        The list's name and its cells.
    """
    used = {f.codes.name: f.codes for f in record.fields if f.codes}
    for column, codes in enumerate(used.values(), start=len(_HEADINGS) + 1):
        sheet.set_column(column, column, None, None, {"hidden": True})
        for row, value in enumerate(codes.values):
            sheet.write_string(row, column, value.zh)
        yield _list_name(codes), xl_range_abs(0, column, len(codes.values) - 1, column)


def _comment(f: Field) -> str:
    """What to know before filling in a column."""
    required = f"必填 required：{_needed(f)}" if _needed(f) else ""
    return "\n".join(filter(None, (required, f.note_zh, f.note_en)))


def _height(comment: str) -> float:
    """How much taller than usual a comment is."""
    return max(1.0, sum(1 + len(line.encode()) // 60 for line in comment.splitlines()) / 4)


def _notes(sheet: Worksheet, record: RecordType, formats: Formats) -> None:
    """A line about each column."""
    for column, (heading, width) in enumerate(_HEADINGS):
        sheet.set_column(column, column, width, formats["wrapped"])
        sheet.write_string(0, column, heading, formats["optional"])
    for row, f in enumerate(record.fields, start=1):
        for column, text in enumerate(_about(record, f)):
            sheet.write_string(row, column, text, formats["wrapped"])
    sheet.freeze_panes(1, 1)
    last = len(record.fields) + 2
    for offset, text in enumerate(_GENERAL):
        sheet.write_string(last + offset, 0, text)


_GENERAL = (
    f"第二行是示例，以“{EXAMPLE}”开头，报送前请删去；以此开头的行读入时略过。",
    f"The second row is an example and begins with {EXAMPLE}. Delete it before handing in; rows "
    "that begin so are passed over.",
    "红色为必填，黄色为某种情形下必填。日期写成2026/03/04，金额单位为万元。",
    "Red columns are required, yellow ones in some cases. Dates as 2026/03/04, amounts in units of "
    "10,000 yuan.",
)


def _about(record: RecordType, f: Field) -> tuple[str, ...]:
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
        _example_text(record, f),
    )


def _values(f: Field) -> str:
    """The values that a coded column may have."""
    if f.codes is None:
        return ""
    own = [f"{OTHER}…"] if f.codes.other else []
    return "\n".join([*(v.zh for v in f.codes.values), *own])
