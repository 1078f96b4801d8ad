"""Workbooks (XLSX, ECMA-376) of large tables, in equal bytes for equal rows.

Every cell of a column of texts is a text: nothing is run, and no code or number of a document is
taken for a number. The file is written as it comes, without a table of shared texts.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

import pyarrow as pa

from monitor.tables import Table
from publish.release.encode import sheet_rows

ROWS = 1_048_575
"""How many rows a worksheet holds besides its header."""
BYTES = 1_500_000_000
"""How large a worksheet may grow, unpacked: over 2 GiB spreadsheets refuse it."""

_CELL = 48
_LEVEL = 3
_MEANINGS = ("column", "含义", "meaning")
_END = "</sheetData></worksheet>"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PARTS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_FIXED = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet2.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    "</Types>",
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_PARTS}/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_PARTS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_PARTS}/worksheet" Target="worksheets/sheet2.xml"/>'
    f'<Relationship Id="rId3" Type="{_PARTS}/styles" Target="styles.xml"/>'
    "</Relationships>",
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" '
    'applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>",
}


def write_workbooks(
    folder: Path, stem: str, table: Table, rows: Iterable[pa.RecordBatch]
) -> Iterator[tuple[Path, int]]:
    """Writes rows as workbooks, as many as a spreadsheet's limits ask for.

    The first sheet of each holds the rows, the second what the columns mean.

    Args:
        stem: what the files are called; a second one gets ``-2`` behind it, and so on.
        table: for the columns and what they mean.
        rows: in parts of far fewer rows than a worksheet holds, with the columns of the table.

    Yields:
        The workbooks, each with its number of rows.
    """
    for number, parts in groupby(_numbered(rows), key=itemgetter(0)):
        path = folder / (f"{stem}.xlsx" if number == 1 else f"{stem}-{number}.xlsx")
        yield path, _write(path, table, (part for _, part in parts))


def _numbered(rows: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Each part of the rows with the number of the workbook that has room for it."""
    number, held, size = 1, 0, 0
    for part in rows:
        more = part.nbytes + _CELL * part.num_rows * part.num_columns
        if held and (held + part.num_rows > ROWS or size + more > BYTES):
            number, held, size = number + 1, 0, 0
        held, size = held + part.num_rows, size + more
        yield number, part


def _write(path: Path, table: Table, rows: Iterable[pa.RecordBatch]) -> int:
    """Writes one workbook; returns how many rows it holds."""
    held = 0
    meanings = [_MEANINGS, *((name, zh, en) for name, (_, zh, en) in table.columns.items())]
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as book:
        for name, text in _FIXED.items():
            _put(book, name, text)
        _put(book, "xl/workbook.xml", _workbook(table.name))
        _put(book, "xl/worksheets/sheet2.xml", _start(meanings) + _END)
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write((_HEAD + _start([table.columns])).encode())
            for part in rows:
                sheet.write(sheet_rows(part))
                held += part.num_rows
            sheet.write(_END.encode())
    return held


def _put(book: ZipFile, name: str, text: str) -> None:
    """Adds a part to a workbook, of no particular day."""
    with book.open(name, "w") as part:
        part.write((_HEAD + text).encode())


def _workbook(name: str) -> str:
    """The list of worksheets."""
    sheets = (name, "columns")
    listed = "".join(
        f'<sheet name={quoteattr(one)} sheetId="{i}" r:id="rId{i}"/>'
        for i, one in enumerate(sheets, start=1)
    )
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_PARTS}"><sheets>{listed}</sheets></workbook>'


def _start(rows: Sequence[Iterable[str]]) -> str:
    """The beginning of a worksheet, whose first row stays in sight."""
    first, *others = (_row(row, 2 if i == 0 else 1) for i, row in enumerate(rows))
    return (
        f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        '</sheetView></sheetViews><sheetFormatPr baseColWidth="14" defaultRowHeight="15"/>'
        f"<sheetData>{first}{''.join(others)}"
    )


def _row(cells: Iterable[str], style: int) -> str:
    """A row of texts."""
    texts = (f'<c s="{style}" t="inlineStr"><is><t>{escape(c)}</t></is></c>' for c in cells)
    return f"<row>{''.join(texts)}</row>"
