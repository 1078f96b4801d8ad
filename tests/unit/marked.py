"""Workbooks as a clerk has them before them: which cells are coloured, what they say, and a pen."""

import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree as Xml

from python_calamine import CalamineWorkbook

Place = tuple[int, int]
"""Row and column of a cell, from 0."""
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_NS = {"m": _MAIN}
_SHEET = "xl/worksheets/sheet1.xml"


def place(reference: str) -> Place:
    """Where a cell such as ``AB7`` stands."""
    letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", reference).groups()  # type: ignore[union-attr]
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(digits) - 1, column - 1


def texts(path: Path, sheet: str) -> list[list[str]]:
    """The cells of a sheet; whatever is no text becomes one."""
    with CalamineWorkbook.from_path(path) as book:
        rows = book.get_sheet_by_name(sheet).to_python()
    return [[value if isinstance(value, str) else f"{value:g}" for value in row] for row in rows]


def kinds_of_cells(path: Path) -> set[str]:
    """How the cells below the header of the first sheet are stored, the line's number apart."""
    return {c.get("t", "n") for c in _cells(_part(path, _SHEET)) if c.find("*") is not None}


def colours(path: Path) -> dict[Place, str]:
    """The fill of each cell of the first sheet that has one, below the header."""
    styles = _part(path, "xl/styles.xml")
    fills = [f.find("m:patternFill/m:fgColor", _NS) for f in styles.iterfind("m:fills/m:fill", _NS)]
    of_style = [fills[int(x.get("fillId", 0))] for x in styles.iterfind("m:cellXfs/m:xf", _NS)]
    found = {}
    for cell in _cells(_part(path, _SHEET)):
        fill = of_style[int(cell.get("s", 0))]
        where = place(cell.get("r", ""))
        if fill is not None and where[0]:
            found[where] = fill.get("rgb", "")[2:]
    return found


def comments(path: Path) -> dict[Place, str]:
    """The comments on the first sheet."""
    with zipfile.ZipFile(path) as archive:
        if "xl/comments1.xml" not in archive.namelist():
            return {}
    root = _part(path, "xl/comments1.xml")
    return {
        place(c.get("ref", "")): "".join(t.text or "" for t in c.iter(f"{{{_MAIN}}}t"))
        for c in root.iterfind("m:commentList/m:comment", _NS)
    }


def mend(path: Path, target: Path, changes: Mapping[Place, str]) -> None:
    """Writes new texts into cells of the first sheet, as a clerk types them; empty clears."""
    Xml.register_namespace("", _MAIN)
    sheet = _part(path, _SHEET)
    left = dict(changes)
    for row in sheet.iterfind("m:sheetData/m:row", _NS):
        at = int(row.get("r", "")) - 1
        wanted = (
            {column: left.pop((r, column)) for r, column in list(left) if r == at} if left else {}
        )
        if wanted:
            _type(row, at, wanted)
    assert not left
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = Xml.tostring(sheet) if info.filename == _SHEET else old.read(info)
            new.writestr(info.filename, data)


def _type(row: Xml.Element, at: int, wanted: Mapping[int, str]) -> None:
    """Puts texts into the cells of one row."""
    cells = {place(c.get("r", ""))[1]: c for c in row}
    for column, text in wanted.items():
        cell = cells.get(column)
        if cell is None:
            cell = cells[column] = Xml.Element(f"{{{_MAIN}}}c", {"r": _reference(at, column)})
        for child in list(cell):
            cell.remove(child)
        cell.attrib.pop("t", None)
        if text:
            cell.set("t", "inlineStr")
            Xml.SubElement(Xml.SubElement(cell, f"{{{_MAIN}}}is"), f"{{{_MAIN}}}t").text = text
    row[:] = [cells[column] for column in sorted(cells)]


def _reference(row: int, column: int) -> str:
    """A cell's name."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _part(path: Path, name: str) -> Xml.Element:
    """One part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        return Xml.fromstring(archive.read(name))  # noqa: S314 - we wrote it


def _cells(sheet: Xml.Element) -> Iterator[Xml.Element]:
    """The cells of a sheet."""
    return sheet.iterfind("m:sheetData/m:row/m:c", _NS)
