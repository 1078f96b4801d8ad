"""Workbooks that no library here writes: OpenDocument and XLS, made by their specifications."""

import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from struct import pack
from xml.sax.saxutils import escape, quoteattr

Cell = str | float | date
Rows = Sequence[Sequence[Cell]]

ERRORS: Mapping[str, int] = {
    "#NULL!": 0x00,
    "#DIV/0!": 0x07,
    "#VALUE!": 0x0F,
    "#REF!": 0x17,
    "#NAME?": 0x1D,
    "#NUM!": 0x24,
    "#N/A": 0x2A,
}
"""The error values of BIFF8 and their numbers (MS-XLS 2.5.10)."""

_NAMES = "urn:oasis:names:tc:opendocument:xmlns:"
_SPACES = " ".join(
    f'xmlns:{name}="{_NAMES}{name}:1.0"' for name in ("office", "table", "text", "style")
)
_MANIFEST = (
    f'<manifest:manifest xmlns:manifest="{_NAMES}manifest:1.0">'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)
_CALC = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'


def write_ods(path: Path, sheets: Mapping[str, Rows], hidden: Sequence[str] = ()) -> None:
    """An OpenDocument spreadsheet (ISO/IEC 26300-3), with the blank rest of each sheet repeated."""
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}"
        f' table:style-name="{"off" if name in hidden else "on"}">'
        f"{''.join(map(_ods_row, rows))}"
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>'
        for name, rows in sheets.items()
    )
    styles = "".join(
        f'<style:style style:name="{name}" style:family="table">'
        f'<style:table-properties table:display="{shown}"/></style:style>'
        for name, shown in (("on", "true"), ("off", "false"))
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_SPACES} {_CALC}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        kind = "application/vnd.oasis.opendocument.spreadsheet"
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", _MANIFEST)


def _ods_row(cells: Sequence[Cell]) -> str:
    """One row of a table."""
    return f"<table:table-row>{''.join(map(_ods_cell, cells))}</table:table-row>"


def _ods_cell(cell: Cell) -> str:
    """One cell; an error value as LibreOffice writes it."""
    if cell == "":
        return "<table:table-cell/>"
    shown = f"<text:p>{escape(str(cell))}</text:p></table:table-cell>"
    if isinstance(cell, date):
        said = f'office:value-type="date" office:date-value="{cell.isoformat()}"'
    elif not isinstance(cell, str):
        said = f'office:value-type="float" office:value="{cell!r}"'
    elif cell in ERRORS or cell.startswith("Err:"):
        said = 'office:value-type="string" office:string-value="" calcext:value-type="error"'
    else:
        said = 'office:value-type="string"'
    return f"<table:table-cell {said}>{shown}"


def write_xls(
    path: Path, sheets: Mapping[str, Rows], hidden: Sequence[str] = (), *, since_1904: bool = False
) -> None:
    """An Excel 97 workbook (MS-XLS) of text, numbers, dates and error values."""
    stream = _biff(sheets, hidden, since_1904=since_1904)
    path.write_bytes(_compound(stream))


def _biff(sheets: Mapping[str, Rows], hidden: Sequence[str], *, since_1904: bool) -> bytes:
    """The workbook stream; each sheet's place must be known before it is written."""
    first = date(1904, 1, 1) if since_1904 else date(1899, 12, 30)
    bodies = [
        _begin(0x10)
        + b"".join(
            _biff_cell(row, column, cell, first)
            for row, cells in enumerate(rows)
            for column, cell in enumerate(cells)
            if cell != ""
        )
        + _record(0x0A)
        for rows in sheets.values()
    ]
    places = [0] * len(bodies)
    for _ in range(2):
        head = _begin(0x05) + _record(0x22, pack("<H", since_1904))
        head += b"".join(_record(0xE0, pack("<HH16x", 0, form)) for form in (0, 14))
        for name, place in zip(sheets, places, strict=True):
            text = name.encode("utf-16-le")
            shown = pack("<IBBBB", place, name in hidden, 0, len(text) // 2, 1)
            head += _record(0x85, shown + text)
        head += _record(0x0A)
        places = [len(head) + sum(map(len, bodies[:n])) for n in range(len(bodies))]
    return head + b"".join(bodies)


def _record(kind: int, data: bytes = b"") -> bytes:
    """A record: its kind, its length, its data."""
    return pack("<HH", kind, len(data)) + data


def _begin(kind: int) -> bytes:
    """The record with which a stream of BIFF8 begins."""
    return _record(0x809, pack("<HHHHII", 0x600, kind, 0x0DBB, 0x07CC, 0, 6))


def _biff_cell(row: int, column: int, cell: Cell, first: date) -> bytes:
    """The record of a cell: BoolErr, Label or Number; dates have the second format."""
    if isinstance(cell, date):
        return _record(0x203, pack("<HHHd", row, column, 1, (cell - first).days))
    if not isinstance(cell, str):
        return _record(0x203, pack("<HHHd", row, column, 0, cell))
    if cell in ERRORS:
        return _record(0x205, pack("<HHHBB", row, column, 0, ERRORS[cell], 1))
    text = cell.encode("utf-16-le")
    return _record(0x204, pack("<HHHHB", row, column, 0, len(text) // 2, 1) + text)


def _compound(stream: bytes) -> bytes:
    """A compound file (MS-CFB) of one stream, in sectors of 512 bytes after one for the table."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count = len(stream) // 512
    end, free, table = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    following = [table, end, *range(3, count + 2), end]
    if len(following) > 128:
        raise ValueError("one sector of the table holds no larger workbook")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += pack("<9I", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += pack("<109I", 0, *[free] * 108)
    following += [free] * (128 - len(following))
    entries = _entry("Root Entry", 5, 1, end, 0) + _entry("Workbook", 2, free, 2, len(stream))
    return header + pack("<128I", *following) + entries.ljust(512, b"\0") + stream


def _entry(name: str, kind: int, child: int, start: int, length: int) -> bytes:
    """An entry of a compound file's directory."""
    text = name.encode("utf-16-le") + b"\0\0"
    tree = pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
    return text.ljust(64, b"\0") + tree + bytes(36) + pack("<IQ", start, length)
