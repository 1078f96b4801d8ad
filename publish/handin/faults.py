"""Error values of workbooks (#REF!, #N/A …), which calamine reads as if the cells were blank.

Each kind of workbook is looked through for them beside calamine: XLSX and OpenDocument in their
XML, XLS in its records (MS-XLS 2.4.24 BoolErr and 2.5.133 FormulaValue, MS-CFB 2.3 to 2.6 for the
file around them).
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from posixpath import join, normpath
from struct import unpack_from
from xml.etree.ElementTree import Element, ParseError, fromstring, iterparse

Faults = dict[int, dict[int, str]]
"""Error values by row, from 1, and column, from 0."""

_CHUNK = 4 << 20
_TAIL = 64 << 10
_SIGNS = (b't="e"', b"t='e'")
_CELL = re.compile(
    rb"<(?:\w+:)?c\s([^>]*?\bt=[\"']e[\"'][^>]*)>(.{0,8192}?)</(?:\w+:)?c>", re.DOTALL
)
_PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]{1,16})<")
_ODS_SIGN = b'value-type="error"'
_BOUND, _FORMULA, _BOOLERR, _END = 0x85, 0x06, 0x205, 0x0A
_BIFF: Mapping[int, str] = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


def faults(path: Path, sheet: str) -> Faults:
    """The error values of one sheet; none where the workbook is of a kind that is not known.

    Raises:
        Exception: of any kind, if the workbook is damaged.
    """
    found: Faults = {}
    for row, column, text in _of_kind(path, sheet):
        found.setdefault(row, {})[column] = text
    return found


def _of_kind(path: Path, sheet: str) -> Iterator[tuple[int, int, str]]:
    """Row, column and text of each error value."""
    if not zipfile.is_zipfile(path):
        yield from _in_records(path.read_bytes(), sheet)
        return
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if "content.xml" in names:
            yield from _in_ods(archive, sheet)
        elif part := _part(archive, sheet):
            yield from _in_xlsx(archive, part)


# XLSX


def _part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The part of an XLSX workbook that holds a sheet; None if it cannot be told."""
    try:
        book = fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - expat has limits
        links = fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    except (KeyError, ParseError):
        return None
    ids = {
        one.get("name"): _ending(one, "}id") for one in book.iter() if one.tag.endswith("}sheet")
    }
    targets = {one.get("Id"): one.get("Target", "") for one in links}
    target = targets.get(ids.get(sheet))
    if not target:
        return None
    part = normpath(join("/xl", target)).lstrip("/")
    return part if part in archive.namelist() else None


def _ending(one: Element, end: str) -> str | None:
    """The value of the attribute whose name, with its namespace, ends so."""
    return next((value for name, value in one.attrib.items() if name.endswith(end)), None)


def _in_xlsx(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[int, int, str]]:
    """The error values of a worksheet, looked for in pieces that overlap."""
    tail = b""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            piece = tail + chunk
            if any(sign in piece for sign in _SIGNS):
                yield from _cells(piece)
            tail = piece[-_TAIL:]


def _cells(piece: bytes) -> Iterator[tuple[int, int, str]]:
    """The error values in a piece of a worksheet."""
    for head, body in _CELL.findall(piece):
        if (place := _PLACE.search(head)) and (value := _VALUE.search(body)):
            yield int(place[2]), _column(place[1]), value[1].decode("ascii", "replace")


def _column(letters: bytes) -> int:
    """The number of a column by its letters, A being 0."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


# OpenDocument


def _in_ods(archive: zipfile.ZipFile, sheet: str) -> Iterator[tuple[int, int, str]]:
    """The error values of a table of an OpenDocument spreadsheet."""
    content = archive.read("content.xml")
    if _ODS_SIGN not in content:
        return
    name, row = None, 0
    for event, one in iterparse(BytesIO(content), ("start", "end")):  # noqa: S314 - limits
        kind = one.tag.rpartition("}")[2]
        if event == "start":
            if kind == "table":
                name, row = _ending(one, "}name"), 0
        elif kind == "table-row":
            if name == sheet:
                yield from ((row + 1, column, text) for column, text in _in_row(one))
            row += int(_ending(one, "}number-rows-repeated") or 1)
            one.clear()


def _in_row(row: Element) -> Iterator[tuple[int, str]]:
    """Column and text of each error value in a row."""
    column = 0
    for cell in row:
        if "error" in (value for name, value in cell.items() if name.endswith("}value-type")):
            yield column, "".join(cell.itertext()).strip()
        column += int(_ending(cell, "}number-columns-repeated") or 1)


# XLS


def _in_records(file: bytes, sheet: str) -> Iterator[tuple[int, int, str]]:
    """The error values of a sheet of an XLS workbook."""
    stream = _stream(file)
    start = next((at for name, at in _sheets(stream) if name == sheet), None)
    if start is None:
        return
    for kind, data in _records(stream, start):
        code = None
        if kind == _BOOLERR and len(data) >= 8 and data[7] == 1:
            code = data[6]
        elif kind == _FORMULA and len(data) >= 14 and data[12:14] == b"\xff\xff" and data[6] == 2:
            code = data[8]
        if code is not None and code in _BIFF:
            row, column = unpack_from("<HH", data)
            yield row + 1, column, _BIFF[code]
        elif kind == _END:
            return


def _sheets(stream: bytes) -> Iterator[tuple[str, int]]:
    """The sheets of a workbook stream and where each begins."""
    for kind, data in _records(stream, 0):
        if kind == _BOUND and len(data) > 8:
            wide = data[7] & 1
            name = data[8 : 8 + data[6] * (1 + wide)].decode("utf-16-le" if wide else "latin-1")
            yield name, unpack_from("<I", data)[0]
        elif kind == _END:
            return


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of a workbook stream from one place on."""
    while at + 4 <= len(stream):
        kind, length = unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _stream(file: bytes) -> bytes:
    """The stream of the workbook out of a compound file; empty if there is none."""
    if len(file) < 512:
        return b""
    size, small_size = (1 << power for power in unpack_from("<HH", file, 30))
    first_entry, limit, first_small = (unpack_from("<I", file, at)[0] for at in (48, 56, 60))
    table = b"".join(_sector(file, size, number) for number in _fat_sectors(file, size))
    fat = unpack_from(f"<{len(table) // 4}I", table)
    entries = _chain(file, size, fat, first_entry)
    root = small = b""
    for at in range(0, len(entries) - 127, 128):
        name = entries[at : at + unpack_from("<H", entries, at + 64)[0]][:-2].decode("utf-16-le")
        start, length = unpack_from("<II", entries, at + 116)
        if entries[at + 66] == 5:
            root = _chain(file, size, fat, start)
        elif name in {"Workbook", "Book"} and length >= limit:
            return _chain(file, size, fat, start)[:length]
        elif name in {"Workbook", "Book"}:
            small = _chain(file, size, fat, first_small)
            links = unpack_from(f"<{len(small) // 4}I", small)
            return _chain(b"\0" * small_size + root, small_size, links, start)[:length]
    return b""


def _fat_sectors(file: bytes, size: int) -> list[int]:
    """The sectors that hold the table of sectors."""
    numbers = [n for n in unpack_from("<109I", file, 76) if n < 0xFFFFFFFC]
    following, left = unpack_from("<II", file, 68)
    while left and following < 0xFFFFFFFC:
        more = unpack_from(f"<{size // 4}I", _sector(file, size, following))
        numbers += [n for n in more[:-1] if n < 0xFFFFFFFC]
        following, left = more[-1], left - 1
    return numbers


def _sector(file: bytes, size: int, number: int) -> bytes:
    """One sector of a compound file."""
    return file[(number + 1) * size : (number + 2) * size]


def _chain(file: bytes, size: int, fat: tuple[int, ...], number: int) -> bytes:
    """The sectors that follow one another; a circle ends where it closes."""
    parts: list[bytes] = []
    while number < len(fat) and len(parts) <= len(fat):
        parts.append(_sector(file, size, number))
        number = fat[number]
    return b"".join(parts)
