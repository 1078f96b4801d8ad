"""Workbooks as a clerk has them before them: which cells are coloured, what they say, and a pen."""

import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree as Xml

from python_calamine import CalamineWorkbook

Place = tuple[int, int]
"""Row and column of a cell, from 0."""
Typed = str | int | float
"""What is typed into a cell: a text, or a number; days are numbers to a spreadsheet."""
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
    return [[_text(value) for value in row] for row in rows]


def _text(value: object) -> str:
    """A value as text."""
    return f"{value:g}" if isinstance(value, float) else str(value)


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


def mend(path: Path, target: Path, changes: Mapping[Place, Typed]) -> None:
    """Types into cells of the first sheet, as a clerk does; empty clears a cell."""
    Xml.register_namespace("", _MAIN)
    sheet = _part(path, _SHEET)
    data = sheet.find("m:sheetData", _NS)
    assert data is not None
    rows = {int(row.get("r", "")) - 1: row for row in data}
    by_row: dict[int, dict[int, Typed]] = {}
    for (at, column), typed in changes.items():
        by_row.setdefault(at, {})[column] = typed
    for at, wanted in sorted(by_row.items()):
        if at not in rows:
            rows[at] = Xml.SubElement(data, f"{{{_MAIN}}}row", {"r": str(at + 1)})
        _type(rows[at], at, wanted)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            part = Xml.tostring(sheet) if info.filename == _SHEET else old.read(info)
            new.writestr(info.filename, part)


def _type(row: Xml.Element, at: int, wanted: Mapping[int, Typed]) -> None:
    """Puts values into the cells of one row."""
    cells = {place(c.get("r", ""))[1]: c for c in row}
    for column, typed in wanted.items():
        if column not in cells:
            cells[column] = Xml.Element(_tag("c"), {"r": _reference(at, column)})
        _put(cells[column], typed)
    row[:] = [cells[column] for column in sorted(cells)]


def _put(cell: Xml.Element, typed: Typed) -> None:
    """Puts a value into a cell: text as text, days and numbers as numbers, as spreadsheets do."""
    cell[:] = []
    cell.attrib.pop("t", None)
    if isinstance(typed, str) and typed:
        cell.set("t", "inlineStr")
        Xml.SubElement(Xml.SubElement(cell, _tag("is")), _tag("t")).text = typed
    elif not isinstance(typed, str):
        Xml.SubElement(cell, _tag("v")).text = str(typed)


def _tag(name: str) -> str:
    """A name in the namespace of sheets."""
    return f"{{{_MAIN}}}{name}"


def shape(path: Path) -> tuple[dict[str, str], dict[Place, str]]:
    """The defined names of a workbook, and what the first sheet's second row offers to choose."""
    book, sheet = _part(path, "xl/workbook.xml"), _part(path, _SHEET)
    names = {
        n.get("name", ""): n.text or "" for n in book.iterfind("m:definedNames/m:definedName", _NS)
    }
    offered = {}
    for one in sheet.iterfind("m:dataValidations/m:dataValidation", _NS):
        formula = one.find("m:formula1", _NS)
        assert formula is not None
        offered[place(one.get("sqref", "").split(":")[0])] = formula.text or ""
    return names, offered


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
