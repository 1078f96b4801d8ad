"""Files → rows: CSV, TSV, workbooks, JSON and JSON Lines, told apart by what is in them.

Limits, each with an error that says so: a line of 64 MiB, a cell of 16 Mi characters, 16,384
columns, and what `publish.handin.workbook` and `publish.handin.objects` state. CSV and JSON Lines
may be of any length.
"""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from os import SEEK_END
from pathlib import Path

from publish.errors import ProblemError, UsageError
from publish.handin.encoding import find_encoding
from publish.handin.findings import Problem
from publish.handin.objects import array_rows, object_rows
from publish.handin.source import Source
from publish.handin.workbook import Row, Tab, sheet_rows, tabs

HEAD = 10
"""Within how many rows a header must stand."""
MAX_COLUMNS = 16_384
MAX_CELL = 16 << 20

_CHUNK = 1 << 20
_DIRECTORY = 64 << 10
_DELIMITERS = ",\t;|"
_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = {
    b"%pdf": "PDF",
    b"\x89png": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"gif8": "GIF",
    b"\x1f\x8b": "gzip",
    b"rar!": "RAR",
    b"7z\xbc\xaf": "7-Zip",
    b"<!doctype html": "HTML",
    b"<html": "HTML",
    b"<table": "HTML",
    b"<?xml": "XML",
    b"{\\rtf": "RTF",
}


@dataclass(frozen=True)
class Sheet:
    """A table as it stands in a file.

    Attributes:
        name: the sheet's name; empty where a file has no sheets.
        head: its first rows that are not blank, as (line or row number from 1, cells).
        rows: all its rows that are not blank, once, read while they are asked for. Headings of
            JSON stand in row 0.
        hidden: whether its workbook does not show it.
        problems: what is to be said about the sheet as a whole.
    """

    name: str
    head: tuple[Row, ...]
    rows: Iterator[Row]
    hidden: bool = False
    problems: tuple[Problem, ...] = ()


def read(path: Path, source: Source | None = None) -> Iterator[Sheet]:
    """The tables of a file.

    Raises:
        UsageError: if there is no such file, or it is of a kind that holds no table.
        ProblemError: if it is empty or damaged; while rows are read, also if a line cannot be.
    """
    start = _start(path)
    if start.startswith((_ZIP, _OLE)):
        return _workbook(path, start)
    encoding, problems = find_encoding(path, start, source)
    with path.open(encoding=encoding, newline="") as file:
        first = file.read(_CHUNK).lstrip("\ufeff \t\r\n")[:1]
    if not first:
        raise ProblemError(f"{path} 是空的。请重新导出。", f"{path} is empty. Export it again.")
    rows = {"[": array_rows, "{": object_rows}.get(first, _delimited)(path, encoding)
    return iter([_sheet(path, Tab("", hidden=False), rows, problems)])


def _sheet(path: Path, tab: Tab, rows: Iterator[Row], problems: tuple[Problem, ...] = ()) -> Sheet:
    """A sheet with its first rows looked at."""
    head = tuple(islice(rows, HEAD))
    if any(len(cells) > MAX_COLUMNS for _, cells in head):
        raise ProblemError(
            f"{path} 的列数超过{MAX_COLUMNS}。请检查分隔符。",
            f"{path} has more than {MAX_COLUMNS} columns. Check what parts its cells.",
        )
    return Sheet(tab.name, head, chain(head, rows), tab.hidden, problems)


def _start(path: Path) -> bytes:
    """The first bytes of a file that may hold a table."""
    if not path.is_file():
        raise UsageError(
            f"找不到文件 {path}。请给出一个文件，而不是文件夹。",
            f"There is no file {path}. Name a file, not a folder.",
        )
    try:
        with path.open("rb") as file:
            start = file.read(1024)
    except OSError as error:
        raise UsageError(f"无法读取 {path}：{error}", f"{path} cannot be read: {error}") from error
    seen = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if kind := next((k for mark, k in _FOREIGN.items() if seen.lower().startswith(mark)), ""):
        raise _not_a_table(path, kind)
    return start


def _not_a_table(path: Path, kind: str) -> UsageError:
    """The error for a file of another kind, whatever its name says."""
    return UsageError(
        f"{path} 其实是{kind}文件，不是表格。请另存为xlsx或csv后再报送。",
        f"{path} is in fact {kind}, which is no table. Save it as xlsx or csv.",
    )


# Workbooks


def _workbook(path: Path, start: bytes) -> Iterator[Sheet]:
    """The worksheets that are not empty."""
    if start.startswith(_ZIP):
        _refuse_other_archives(path)
    sheets = (_sheet(path, tab, sheet_rows(path, tab.name)) for tab in tabs(path))
    return (sheet for sheet in sheets if sheet.head)


def _refuse_other_archives(path: Path) -> None:
    """Refuses an archive that is no workbook, by the names of what is in it."""
    with path.open("rb") as file:
        names = file.read(_DIRECTORY)
        file.seek(max(file.seek(0, SEEK_END) - _DIRECTORY, 0))
        names += file.read()
    if b"xl/" not in names and b"content.xml" not in names:
        raise _not_a_table(path, "Word" if b"word/" in names else "ZIP")


# Text


def _delimited(path: Path, encoding: str) -> Iterator[Row]:
    """The rows of a CSV or TSV file, each with the number of its first line."""
    csv.field_size_limit(MAX_CELL)
    delimiter = _delimiter(path, encoding)
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        line = 1
        try:
            for cells in reader:
                if cells and (cells[0].strip() or any(map(str.strip, cells))):
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            raise _unreadable(path, line, error) from error


def _delimiter(path: Path, encoding: str) -> str:
    """What parts the cells: what gives the widest row at the start of the file."""
    with path.open(encoding=encoding, newline="") as file:
        lines = [line[:_CHUNK] for line in islice(file, HEAD)]
    widths = {d: max(map(len, csv.reader(lines, delimiter=d))) for d in _DELIMITERS}
    return max(widths, key=lambda d: widths[d])


def _unreadable(path: Path, line: int, error: object) -> ProblemError:
    """The error for a line that cannot be read."""
    return ProblemError(
        f"{path} 从第 {line} 行起无法读取：引号没有成对，或者单元格太大（{error}）。请改正这一行。",
        f"{path} cannot be read from line {line} on: a quotation mark that is not closed, or a "
        f"cell too large ({error}). Correct that line.",
    )
