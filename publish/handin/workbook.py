"""Excel and OpenDocument workbooks, read by a process of their own unless they are surely small.

The reader holds a sheet in memory as a full rectangle. One cell in the last corner of a sheet, or
an archive that unpacks without end, would bring down whoever reads it; so that is a child with
limits, and what it dies of becomes an error of the file. Starting a child takes a hundred times as
long as reading a small workbook, so one that says and shows that it is small is read here.

The child writes JSON lines: the sheets, or the rows of one sheet as line and cells.
"""

import json
import re
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from python_calamine import (
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from publish.errors import ProblemError
from publish.handin.faults import Faults, faults

Row = tuple[int, list[str]]
MEMORY = 3 << 30
"""The most memory that reading one sheet may take, in bytes."""
SECONDS = 300
"""The most processor time that reading one sheet may take."""
EXACT = 10**15
"""From here on a spreadsheet has cut numbers to fifteen digits."""


UNPACKED = 3 << 30
"""The most bytes that a workbook may unpack to."""


class Tab(NamedTuple):
    """A worksheet as its workbook lists it."""

    name: str
    hidden: bool


def tabs(path: Path) -> list[Tab]:
    """The worksheets of a workbook.

    Raises:
        ProblemError: if it is damaged, locked by a password, or too large.
    """
    return [Tab(*answer) for answer in _answers(path)]


def sheet_rows(path: Path, name: str) -> Iterator[Row]:
    """The rows of one sheet with their numbers, as text.

    Raises:
        ProblemError: as above.
    """
    yield from map(tuple, _answers(path, name))


def as_text(value: object) -> str:
    """A value of a workbook or of JSON as a department would have typed it.

    A number that may have lost digits is written with an exponent, so that no code can be made
    of it by mistake.
    """
    return _AS_TEXT.get(type(value), str)(value)


def _number(value: float) -> str:
    """A number with the fifteen digits that a spreadsheet keeps."""
    if abs(value) >= EXACT:
        return f"{value:.14E}"
    return str(int(value)) if value.is_integer() else f"{value:.15g}"


def _moment(value: datetime) -> str:
    """A day, with the time where there is one."""
    return value.isoformat(sep=" ").removesuffix(" 00:00:00")


def _values(values: list[object]) -> str:
    """Several values in one cell; as JSON where they are values of values."""
    if any(isinstance(value, list | dict) for value in values):
        return _json(values)
    return ";".join(map(as_text, values))


def _json(value: object) -> str:
    """Values of values, numbers with all their digits."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_AS_TEXT: Mapping[type, Callable[[Any], str]] = {
    type(None): lambda _: "",
    bool: lambda value: str(value).upper(),
    float: _number,
    datetime: _moment,
    date: date.isoformat,
    list: _values,
    dict: _json,
}


def _answers(path: Path, *sheet: str) -> Iterator[Any]:
    """What there is to say about a workbook: its sheets, or the rows of one."""
    if not _surely_small(path):
        yield from _from_child(path, *sheet)
        return
    try:
        yield from _read(path, *sheet)
    except PasswordError as error:
        raise _refused(path, _LOCKED) from error
    except Exception as error:  # what damage ends in is no fault of ours
        raise _refused(path, _DAMAGED) from error
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":  # what a panic of the reader becomes
            raise
        raise _refused(path, _DAMAGED) from error


def _surely_small(path: Path) -> bool:
    """Whether no sheet can be large: by the unpacked bytes and the farthest cell of each."""
    if path.stat().st_size > _SMALL_FILE:
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > _SMALL_UNPACKED or archive.testzip():
                return False
            sheets = [p for p in parts if p.filename.startswith("xl/worksheets/")]
            return bool(sheets) and all(0 < _cells(archive.read(p)) <= _SMALL for p in sheets)
    except Exception:  # noqa: BLE001 - whatever is wrong with the archive, the child finds out
        return False


def _cells(sheet: bytes) -> int:
    """The cells of the rectangle up to the farthest row and column that a sheet names.

    0 if that cannot be told, as in a sheet whose names are written as character references.
    """
    refs = [] if b"&#" in sheet else _REFERENCE.findall(sheet)
    width = max((_column(letters) for letters, _ in refs), default=0)
    return width * max((int(row) for _, row in refs), default=0)


def _column(letters: bytes) -> int:
    """The number of a column by its letters, A being 1; 0 for none."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _from_child(path: Path, *sheet: str) -> Iterator[Any]:
    """What a child says about a workbook."""
    command = [sys.executable, "-P", "-m", "publish.handin.workbook", str(path.resolve()), *sheet]
    with subprocess.Popen(  # noqa: S603 - our own module, no shell
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        try:
            yield from map(orjson.loads, child.stdout or ())
        except orjson.JSONDecodeError:
            child.kill()  # it died in the middle of a line
        except BaseException:
            child.kill()
            raise
    if child.returncode:
        raise _refused(path, child.returncode)


def _refused(path: Path, reason: int) -> ProblemError:
    """The error for a workbook that cannot be read."""
    zh, en = _REASONS.get(reason, _DIED)
    return ProblemError(f"{path} {zh}", f"{path} {en}")


_SMALL_FILE = 1 << 20
_SMALL_UNPACKED = 16 << 20
_SMALL = 2_000_000
_REFERENCE = re.compile(rb"[\s:\"]r=[\"']([A-Z]{0,3})([0-9]{1,7})[\"']")

_LOCKED, _DAMAGED, _TOO_LARGE = 3, 4, 5
_DIED = (
    "已损坏，或者展开后太大。请另存为新的xlsx或csv文件，或者分成几个文件。",
    "is damaged, or too large once unpacked. Save it anew as xlsx or csv, or divide it.",
)
_REASONS = {
    _TOO_LARGE: _DIED,
    _LOCKED: ("有密码。请去掉密码后再报送。", "is locked by a password. Remove the password."),
    _DAMAGED: (
        "不是完好的工作簿。请用表格软件打开，另存为新的xlsx文件。",
        "is not a sound workbook. Open it in a spreadsheet and save it anew as xlsx.",
    ),
}


def main(path: str, *sheet: str) -> int:
    """The child: writes the sheets, or the rows of one, to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    write = sys.stdout.buffer.write
    try:
        if _unpacked(Path(path)) > UNPACKED:
            return _TOO_LARGE
        for answer in _read(Path(path), *sheet):
            write(orjson.dumps(answer) + b"\n")
    except PasswordError:
        return _LOCKED
    except MemoryError:
        return _TOO_LARGE
    except Exception:  # noqa: BLE001 - what damage ends in is no fault of ours
        return _DAMAGED
    return 0


def _unpacked(path: Path) -> int:
    """How many bytes an archive says that it holds; 0 for what is no archive."""
    if not zipfile.is_zipfile(path):
        return 0
    with zipfile.ZipFile(path) as archive:
        return sum(part.file_size for part in archive.infolist())


def _read(path: Path, *sheet: str) -> Iterator[Any]:
    """The sheets, or the rows of one."""
    with CalamineWorkbook.from_path(str(path)) as book:
        if not sheet:
            yield from _worksheets(book)
        for name in sheet:
            yield from _rows(book, name, faults(path, name))


def _worksheets(book: CalamineWorkbook) -> Iterator[tuple[str, bool]]:
    """The sheets that are neither charts nor macros, and whether they are hidden."""
    for one in book.sheets_metadata:
        if one.typ == SheetTypeEnum.WorkSheet:
            yield (one.name, one.visible != SheetVisibleEnum.Visible)


def _rows(book: CalamineWorkbook, name: str, wrong: Faults) -> Iterator[Row]:
    """The rows of a sheet that are not blank, counted as the spreadsheet counts them."""
    sheet = book.get_sheet_by_name(name)
    left = (sheet.start or (0, 0))[1]
    for line, values in enumerate(sheet.iter_rows(), start=1):
        cells = [value if type(value) is str else as_text(value) for value in values]
        for column, text in wrong.get(line, {}).items():
            if left <= column < left + len(cells):
                cells[column - left] = text
        if any(map(str.strip, cells)):
            yield line, cells


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
