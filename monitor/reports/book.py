"""Workbooks that an office can print, sort and check: tables whose figures are live formulas."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from monitor.reports.figures import Figures, Row, day_zh, period_zh
from publish.profile import Jurisdiction

A4 = 9
_LINK = "link"
"""The style of addresses, which are neither wrapped nor printed."""
_LINE, _PAD, _INDENT = 13.5, 4.5, 1
"""The height of a line and what is added to it, in points; what a text is indented by."""
EMPTY = '""'
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FONT = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
_CELL = {**_FONT, "border": 1, "border_color": "#A6A6A6"}
_RIGHT = {**_CELL, "align": "right"}
_HEAD = {**_CELL, "bold": True, "text_wrap": True, "align": "center"}
_STYLES: Mapping[str, Mapping[str, Any]] = {
    "text": {**_CELL, "text_wrap": True, "indent": 1},
    "code": {**_CELL, "align": "center"},
    "count": {**_RIGHT, "num_format": "#,##0_ "},
    "rate": {**_RIGHT, "num_format": "0.00%_ "},
    "change": {**_RIGHT, "num_format": "+0.00%_ ;-0.00%_ ;0.00%_ "},
    "points": {**_RIGHT, "num_format": "0.00_ "},
    "days": {**_RIGHT, "num_format": "0.0_ "},
    "plain": {**_RIGHT, "num_format": "0_ "},
    "date": {**_CELL, "num_format": "yyyy-mm-dd", "align": "center"},
    _LINK: {**_CELL, "font_color": "#1F4E79", "indent": 1},
    "input": {**_CELL, "num_format": "0.00", "bg_color": "#FFF9DB", "text_wrap": True},
    "heading": {**_HEAD, "bg_color": "#DCE6F1"},
    "group": {**_HEAD, "bg_color": "#B8CCE4"},
    "title": {**_FONT, "bold": True, "font_size": 16, "align": "center"},
    "mark": {**_FONT, "align": "center", "font_color": "#C00000", "bold": True},
    "note": {**_FONT, "align": "center", "font_color": "#595959"},
    "section": {**_FONT, "bold": True, "font_size": 12},
    "prose": {**_FONT, "text_wrap": True},
    "label": {**_CELL, "bold": True, "bg_color": "#F2F2F2", "text_wrap": True, "indent": 1},
}
_TOTAL = {"bold": True, "bg_color": "#F2F2F2"}


@dataclass(frozen=True)
class Column:
    """A column of a table in a workbook.

    Attributes:
        key: what its values are called in the rows.
        style: how it looks: a name of the styles of this module.
        formula: how it is worked out from the other columns, which stand in it as ``{key}``;
            the value of the row is kept beside it for whoever does not calculate. A row may have
            formulas of its own, by key, under ``formulas``, and likewise ``styles``.
        group: the heading above several columns that have the same.
        summed: whether the row of totals adds it up.
    """

    key: str
    zh: str
    en: str
    style: str = "text"
    width: float = 9
    formula: str = ""
    group: str = ""
    summed: bool = False


@dataclass(frozen=True)
class Sheet:
    """A sheet and the formats of its workbook."""

    sheet: Worksheet
    formats: Mapping[str, Format]

    def widths(self, columns: Iterable[float]) -> None:
        """Sets how wide the columns are, in characters."""
        for number, width in enumerate(columns):
            self.sheet.set_column(number, number, width)

    def line(self, row: int, last: int, text: str, style: str, height: float = 18) -> int:
        """Writes a text across columns; returns the next row."""
        self.sheet.set_row(row, height)
        if last:
            self.sheet.merge_range(row, 0, row, last, "", self.formats[style])
        self.sheet.write_string(row, 0, text, self.formats[style])
        return row + 1

    def put(self, row: int, column: int, value: object, style: str) -> None:
        """Writes a value as what it is: numbers as numbers, days as days, texts never run."""
        form = self.formats[style]
        if value is None or value == "":
            self.sheet.write_blank(row, column, None, form)
        elif isinstance(value, date):
            self.sheet.write_datetime(row, column, value, form)
        elif isinstance(value, (int, float)):
            self.sheet.write_number(row, column, value, form)
        else:
            self.sheet.write_string(row, column, str(value), form)

    def span(self, row: int, first: int, last: int, value: object, style: str) -> None:
        """Writes a value into several cells made one."""
        if last > first:
            self.sheet.merge_range(row, first, row, last, "", self.formats[style])
        self.put(row, first, value, style)

    def table(
        self,
        top: int,
        columns: Sequence[Column],
        rows: Sequence[Row],
        total: Row | None = None,
    ) -> int:
        """Writes a table with its header; returns the row after it.

        Args:
            top: the row of its header, or of the groups above it.
            columns: left to right.
            rows: by the keys of the columns.
            total: the values of the last row, which adds up the rows above.
        """
        first = self._header(top, columns) + 1
        for number, row in enumerate(rows, start=first):
            self._row(number, columns, row)
        last = first + len(rows)
        if total is not None:
            self._row(last, columns, total, spans=(first, last - 1) if rows else None)
            last += 1
        return last

    def _header(self, top: int, columns: Sequence[Column]) -> int:
        """The groups, where there are any, and the headings; returns the row of the headings."""
        if any(c.group for c in columns):
            self._groups(top, columns)
            top += 1
        headings = [f"{c.zh}\n{c.en}" if c.en else c.zh for c in columns]
        self._fit(top, columns, headings)
        for number, heading in enumerate(headings):
            self.sheet.write_string(top, number, heading, self.formats["heading"])
        return top

    def _groups(self, row: int, columns: Sequence[Column]) -> None:
        """The headings above several columns."""
        start = 0
        for end in range(1, len(columns) + 1):
            if end < len(columns) and columns[end].group == columns[start].group:
                continue
            text, form = columns[start].group, self.formats["group"]
            if end - start > 1:
                self.sheet.merge_range(row, start, row, end - 1, text, form)
            else:
                self.sheet.write_string(row, start, text, form)
            start = end

    def _row(
        self,
        number: int,
        columns: Sequence[Column],
        row: Row,
        spans: tuple[int, int] | None = None,
    ) -> None:
        """One row; the row of totals, whose sums are formulas, if it is told what it adds up."""
        places = {c.key: xl_rowcol_to_cell(number, i) for i, c in enumerate(columns)}
        own, styles = row.get("formulas", {}), row.get("styles", {})
        self._fit(number, columns, [row.get(c.key) for c in columns])
        for i, column in enumerate(columns):
            value, formula = row.get(column.key), own.get(column.key, column.formula)
            style = styles.get(column.key, column.style) + ("_total" if spans else "")
            if spans and column.summed:
                name = xl_col_to_name(i)
                total = f"SUM({name}{spans[0] + 1}:{name}{spans[1] + 1})"
                self.formula(number, i, total, value or 0, style)
            elif formula:
                self.formula(number, i, formula.format_map(places), value, style)
            else:
                self.put(number, i, _dated(column, value), style)

    def _fit(self, row: int, columns: Sequence[Column], values: Sequence[object]) -> None:
        """Makes a row as high as the longest of its texts needs in its column."""
        cells = zip(columns, values, strict=True)
        texts = [(c.width, v) for c, v in cells if isinstance(v, str) and c.style != _LINK]
        self.sheet.set_row(row, _LINE * max((_lines(v, w) for w, v in texts), default=1) + _PAD)

    def formula(self, row: int, column: int, formula: str, value: object, style: str) -> None:
        """Writes a formula with what it comes to."""
        known = "" if value is None else value
        self.sheet.write_formula(row, column, f"={formula}", self.formats[style], known)

    def page(self, header_row: int, end: tuple[int, int], *, landscape: bool, foot: str) -> None:
        """Sets the sheet up for A4: one page wide, the header on each page, pages numbered.

        Args:
            header_row: down to which row every page repeats the sheet.
            end: the last row and the last column that are printed.
            landscape: whether the page lies on its long side.
            foot: what stands at the bottom of each page.
        """
        sheet = self.sheet
        sheet.set_paper(A4)
        if landscape:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.repeat_rows(0, header_row)
        sheet.set_footer(f"&L&8{foot}&R&8第 &P 页，共 &N 页")
        sheet.center_horizontally()
        sheet.print_area(0, 0, *end)


def _lines(text: str, width: float) -> int:
    """How many lines a text takes in a column, a Chinese character being two wide."""
    return sum(
        -(-sum(1 + (sign > "\u2e7f") for sign in part) // max(1, int(width - _INDENT))) or 1
        for part in text.split("\n")
    )


def _dated(column: Column, value: object) -> object:
    """A day as a day, where the column holds days."""
    return date.fromisoformat(value) if column.style == "date" and isinstance(value, str) else value


@contextmanager
def workbook(path: Path, title: str, figures: Figures) -> Iterator["Book"]:
    """A new workbook whose bytes depend on nothing but what is written to it."""
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        made = datetime.fromisoformat(figures.release["as_of"]).replace(tzinfo=None, microsecond=0)
        book.set_properties({"title": title, "created": made})
        styles = {f"{name}_total": {**style, **_TOTAL} for name, style in _STYLES.items()}
        formats = {name: book.add_format(dict(s)) for name, s in {**_STYLES, **styles}.items()}
        yield Book(book, formats)


@dataclass(frozen=True)
class Book:
    """A workbook and its formats."""

    book: xlsxwriter.Workbook
    formats: Mapping[str, Format]

    def sheet(self, name: str) -> Sheet:
        """A new sheet."""
        return Sheet(self.book.add_worksheet(name), self.formats)


@dataclass(frozen=True)
class Page:
    """How every sheet with one table begins and is printed.

    Attributes:
        mark: what everybody must see first.
    """

    figures: Figures
    mark: str

    def head(self, sheet: Sheet, title: str, width: int) -> int:
        """Writes the title, the mark, the period and what the figures are from."""
        top = sheet.line(0, width, title, "title", 28)
        if self.mark:
            top = sheet.line(top, width, self.mark, "mark")
        return sheet.line(
            top, width, f"{spoken_span(self.figures)} · {basis(self.figures)}", "note"
        )

    def write(
        self,
        sheet: Sheet,
        title: str,
        columns: Sequence[Column],
        rows: Sequence[Row],
        total: Row | None = None,
    ) -> None:
        """Fills a sheet with one table, which can be filtered and stays below its header."""
        width = max(i for i, c in enumerate(columns) if c.style != _LINK)
        sheet.widths(c.width for c in columns)
        top = self.head(sheet, title, width)
        end = sheet.table(top, columns, rows, total)
        header = top + any(c.group for c in columns)
        sheet.sheet.freeze_panes(header + 1, 0)
        if rows:
            sheet.sheet.autofilter(header, 0, header + len(rows), len(columns) - 1)
        sheet.page(header, (end - 1, width), landscape=True, foot=basis(self.figures))


def ratio(numerator: str, denominator: str) -> str:
    """The formula of a rate, which is empty without cases."""
    return f"IF(N({{{denominator}}})=0,{EMPTY},{{{numerator}}}/{{{denominator}}})"


def difference(now: str, before: str) -> str:
    """The formula of a change, which is empty where one of the two is."""
    return f"IF(OR({{{now}}}={EMPTY},{{{before}}}={EMPTY}),{EMPTY},{{{now}}}-{{{before}}})"


def marks(figures: Figures, place: Jurisdiction) -> str:
    """What everybody must see first: made-up data, or figures that are not final yet."""
    demo = "【演示数据，虚构城市 DEMO DATA】" if place.demo else ""
    return demo + ("" if figures.edition else "【未定稿，数字以定稿为准 DRAFT】")


def basis(figures: Figures) -> str:
    """What the figures are taken from, in one line."""
    edition, release = figures.edition, figures.release
    told = f"定稿 edition {edition['edition']} · " if edition else ""
    return f"{told}数据截至 {release['as_of'][:16].replace('T', ' ')} · 版本 {release['release']}"


def spoken_span(figures: Figures) -> str:
    """The period with its first and last day."""
    first, last = (day_zh(figures.period[end]) for end in ("first", "last"))
    return f"{period_zh(figures.name)}（{first}至{last}）"
