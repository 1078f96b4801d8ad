"""Rejected rows, returned as a workbook: the wrong cells are coloured and say what to do."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from publish.handin.findings import Problem
from publish.handin.header import NOTES
from publish.handin.returned import ADDED, ReturnedRow, guard, restore, told, write_returned
from publish.handin.summary import SEVERITIES, Found, Summary, batch_summary
from publish.register.register import Register, moment
from publish.schema import Field, record_type

COMMENTS = 20_000
"""So many cells get a comment: spreadsheets take minutes to open more. All are coloured."""
SHEET_ROWS = 1_000_000
"""A sheet ends after so many rows, and the next begins."""
LONGEST = 32_767
"""The most characters that a workbook can hold in a cell."""
LONGEST_NAME = 60
"""So many characters of a file's and a sheet's name are kept in the name of a returned file."""
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\s\x00-\x1f.]+')
_INVALID = str.maketrans("", "", "\ufffe\uffff")

_SHEET, SUMMARY = "退回的行", "退回情况汇总 Summary of returned rows:"
_TEXT = {"num_format": 49, "valign": "top"}
_STYLES: Mapping[str, Mapping[str, Any]] = {
    "plain": _TEXT,
    "error": {**_TEXT, "bg_color": "#F8CBAD", "font_color": "#9C0006", "border": 1},
    "warning": {**_TEXT, "bg_color": "#FFF2CC", "font_color": "#7F6000", "border": 1},
    "heading": {**_TEXT, "bold": True, "bg_color": "#E7E6E6", "border": 1, "text_wrap": True},
    "told": {**_TEXT, "text_wrap": True},
    "title": {"bold": True, "font_size": 14},
    "share": {"num_format": "0.0%", "valign": "top"},
    "count": {"num_format": "#,##0", "valign": "top"},
}
_WIDTHS = {ADDED[0]: 8, ADDED[1]: 60, ADDED[2]: 60}
LONG = 200
"""Fields of so many characters get a wide column."""
_HOW = (
    "红色的格必须改正，黄色的格请核对；批注和最后几列写明问题和改法。改好后把这个文件原样再报送一次。",
    "Correct the red cells and look at the yellow ones; comments and the last columns say what is "
    "wrong and what to do. Then hand in this very file again.",
    f"行号、问题、如何修改三列和本页不必删除，读入时略过。批注只加到前{COMMENTS:,}格，颜色和后三列不受限制。",
    f"The added columns and this sheet may stay, they are passed over. The first {COMMENTS:,} "
    "cells have a comment; colours and the last columns have no limit.",
)
_COLUMNS = (
    ("问题 what is wrong", 44),
    ("程度 severity", 16),
    ("字段 column", 36),
    ("行数 rows", 12),
    ("占比 share", 10),
    ("行 first lines", 26),
    ("如何修改 what to do", 70),
    ("代码 code", 26),
)
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_returned_workbook(
    path: Path,
    headings: Sequence[str],
    rows: Iterable[ReturnedRow],
    summary: Summary,
    positions: Mapping[str, int],
) -> int:
    """Writes rejected rows as they were handed in, the wrong cells coloured and commented on.

    Every cell is text, so that no code becomes a number and no formula runs; the columns are in
    text format, so that neither does what is typed into them. What is about the row, or about a
    field that has no column of its own, is told in the added columns, as in the CSV file. A cell
    longer than a workbook can hold is cut, and marked as cut.

    Args:
        path: the file; it is made anew.
        headings: the header as it was handed in.
        rows: line, cells and problems of each row.
        summary: what the second sheet says; intake passes over it.
        positions: the column of each field, from 0 (`Layout.positions`).

    Returns:
        How many rows were written.
    """
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        book.set_properties({"title": summary.title, "created": moment(summary.received)})
        pen = _Pen(book, headings, positions, summary)
        for row in rows:
            pen.write(row)
        pen.close()
        _sum_up(book.add_worksheet(NOTES), summary, pen.styles)
    return pen.written


def return_rejected(
    register: Register, batch: int, positions: Mapping[str, int], folder: Path
) -> Path:
    """Writes the rejected rows of a batch twice: as CSV, and beside it as a workbook.

    Args:
        register: where the rows are kept.
        batch: the number of the batch.
        positions: the column of each field in the file that was handed in.
        folder: where returned files lie; it is made if it is not there.

    Returns:
        The CSV file; the workbook has the same name, ending in ``.xlsx``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    summary = batch_summary(register, batch)
    path = folder / f"{returned_name(summary)}.csv"
    write_returned(path, *_rejected(register, batch))
    write_returned_workbook(
        path.with_suffix(".xlsx"), *_rejected(register, batch), summary, positions
    )
    return path


def returned_name(summary: Summary) -> str:
    """The batch's number and where it came from, in signs that every system allows in a name."""
    stem = Path(summary.file_name).stem + (f"-{summary.sheet}" if summary.sheet else "")
    return f"{summary.batch:06}-{_NOT_IN_NAMES.sub('_', stem)[:LONGEST_NAME]}"


def _rejected(register: Register, batch: int) -> tuple[list[str], Iterator[ReturnedRow]]:
    """The header of a batch and its rejected rows."""
    header, rows = register.rejected(batch)
    return header, ((line, cells, [Problem(*p) for p in found]) for line, cells, found in rows)


class _Pen:
    """Writes rows, one sheet after the other."""

    def __init__(
        self,
        book: xlsxwriter.Workbook,
        headings: Sequence[str],
        positions: Mapping[str, int],
        summary: Summary,
    ) -> None:
        self.styles: dict[str, Format] = {
            name: book.add_format(dict(style)) for name, style in _STYLES.items()
        }
        self.written = 0
        self._book, self._record, self._comments = book, record_type(summary.record_type), 0
        self._own = [i for i, heading in enumerate(headings) if heading not in ADDED]
        self._headings = [*(headings[i] for i in self._own), *ADDED]
        self._beyond = len(headings)
        place = {old: new for new, old in enumerate(self._own)}
        self._columns = {name: place[i] for name, i in positions.items() if i in place}
        self._sheet, self._row = self._begin(), 0

    def write(self, returned: ReturnedRow) -> None:
        """Writes one row, on a new sheet if this one is full."""
        if self._row == SHEET_ROWS:
            self.close()
            self._sheet, self._row = self._begin(), 0
        line, cells, problems = returned
        self._row += 1
        self.written += 1
        by_column = self._by_column(problems)
        for column, i in enumerate(self._own):
            text = cells[i] if i < len(cells) else ""
            found = by_column.get(column, ())
            if text or found:
                self._cell(column, text, found)
        self._tell(line, problems, by_column.get(None, ()))
        for column, text in enumerate(cells[self._beyond :], start=len(self._headings)):
            if text:
                self._sheet.write_string(self._row, column, _own(text), self.styles["error"])

    def close(self) -> None:
        """Ends the sheet: its rows can be filtered by their columns."""
        self._sheet.autofilter(0, 0, self._row, len(self._headings) - 1)

    def _begin(self) -> Worksheet:
        """A sheet with its header."""
        number = self.written // SHEET_ROWS + 1
        sheet = self._book.add_worksheet(_SHEET if number == 1 else f"{_SHEET}{number}")
        sheet.freeze_panes(1, 0)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        fields = {column: self._record[name] for name, column in self._columns.items()}
        for column, heading in enumerate(self._headings):
            width = _WIDTHS.get(heading) or _width(fields.get(column))
            sheet.set_column(column, column, width, self.styles["plain"])
            sheet.write_string(0, column, _own(heading), self.styles["heading"])
        return sheet

    def _by_column(self, problems: Sequence[Problem]) -> dict[int | None, list[Problem]]:
        """The problems of each column; under None, those that have no column."""
        found: dict[int | None, list[Problem]] = {}
        for one in problems:
            found.setdefault(self._columns.get(one.field or ""), []).append(one)
        return found

    def _cell(self, column: int, text: str, problems: Sequence[Problem]) -> None:
        """One cell as it was handed in, marked if something is wrong with it."""
        cut = len(text) > LONGEST
        style = self.styles["error" if cut else _severity(problems)]
        if text:
            self._sheet.write_string(self._row, column, _own(text), style)
        else:
            self._sheet.write_blank(self._row, column, None, style)
        if (problems or cut) and self._comments < COMMENTS:
            self._comments += 1
            comment = _comment(problems, len(text) if cut else 0)
            size = {"width": 400, "height": 20 + 17 * _lines(comment)}
            self._sheet.write_comment(self._row, column, comment, size)

    def _tell(self, line: int, problems: Sequence[Problem], of_row: Sequence[Problem]) -> None:
        """The added columns, coloured where the row as a whole is meant."""
        first = len(self._own)
        style = self.styles[_severity(of_row) if of_row else "told"]
        self._sheet.write_number(self._row, first, line, self.styles["told"])
        for column, part in enumerate(("message", "remedy"), start=first + 1):
            self._sheet.write_string(self._row, column, _own(told(problems, part)), style)


def _severity(problems: Sequence[Problem]) -> str:
    """The style of a cell: the worst of its problems."""
    if not problems:
        return "plain"
    return "error" if any(p.severity == "error" for p in problems) else "warning"


def _own(text: str) -> str:
    """A text from which intake gets the same text; a workbook has no place for non-characters."""
    text = (text if restore(text) == text else guard(text)).translate(_INVALID)
    return text[:LONGEST]


def _comment(problems: Sequence[Problem], length: int) -> str:
    """What is wrong with a cell and what to do, Chinese first, English after."""
    zh, en = (
        [f"{SEVERITIES[p.severity]}: {p.message(lang)}{gap}{p.remedy(lang)}" for p in problems]
        for lang, gap in (("zh", ""), ("en", " "))
    )
    if length:
        zh.append(f"此格有{length:,}个字符，工作簿只能放{LONGEST:,}个，已截短：请在CSV文件中改正。")
        en.append(f"{length:,} characters do not fit a workbook; cut: correct it in the CSV file.")
    return "\n".join([*zh, *en])[:LONGEST]


def _lines(text: str) -> int:
    """About how many lines a comment takes."""
    return sum(1 + len(line.encode()) // 75 for line in text.splitlines())


def _width(where: Field | None) -> int:
    """A column's width, in characters."""
    if where is None or where.type == "string":
        return 36 if where and (where.max_length or 0) >= LONG else 20
    return 14


def _sum_up(sheet: Worksheet, summary: Summary, styles: Mapping[str, Format]) -> None:
    """The second sheet: what to do with the first, the conservation line, each kind of finding."""
    about = (
        (f"{SUMMARY} {summary.title}", "title"),
        (f"收到 received {summary.received} 经办 handed in by {summary.handler}", "plain"),
        (summary.counts.line(), "plain"),
        *((text, "plain") for text in _HOW),
    )
    for row, (text, style) in enumerate(about):
        sheet.write_string(row, 0, text, styles[style])
    first = len(about) + 1
    for column, (heading, width) in enumerate(_COLUMNS):
        sheet.set_column(column, column, width)
        sheet.write_string(first, column, heading, styles["heading"])
    for row, found in enumerate(summary.findings, start=first + 1):
        for column, (value, style) in enumerate(_about(found)):
            sheet.write(row, column, value, styles[style])


def _about(found: Found) -> Iterator[tuple[str | float, str]]:
    """A kind of finding in one line, each value with its style."""
    yield f"{found.title_zh} {found.title_en}", found.severity
    yield SEVERITIES[found.severity], "told"
    yield f"{found.field_zh} {found.field_en}".strip(), "told"
    yield found.rows, "count"
    yield found.share, "share"
    yield found.places, "told"
    yield "\n".join(filter(None, _what_to_do(found))), "told"
    yield found.code, "told"


def _what_to_do(found: Found) -> tuple[str, ...]:
    """What is wrong with the sheet, where it is about the sheet, and the remedy."""
    return found.about_zh, found.remedy_zh, found.about_en, found.remedy_en
