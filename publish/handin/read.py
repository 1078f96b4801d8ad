"""Files → rows: CSV, TSV, workbooks, JSON and JSON Lines, told apart by what is in them.

Limits, each with an error that says so: a line of 64 MiB, a cell of 16 Mi characters, 16,384
columns, a JSON array of 256 MiB, and what `publish.handin.workbook` states. CSV and JSON Lines may
be of any length.
"""

import codecs
import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from os import SEEK_END
from pathlib import Path
from typing import Any

import orjson

from publish.errors import ProblemError, UsageError
from publish.handin.source import Source
from publish.handin.workbook import Row, as_text, sheet_names, sheet_rows

HEAD = 10
"""Within how many rows a header must stand."""
MAX_COLUMNS = 16_384
MAX_CELL = 16 << 20
MAX_LINE = 64 << 20
MAX_ARRAY = 256 << 20

_CHUNK = 1 << 20
_DIRECTORY = 64 << 10
_DELIMITERS = ",\t;"
_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"\x84\x31\x95\x33": "gb18030",
}
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
    """

    name: str
    head: tuple[Row, ...]
    rows: Iterator[Row]


def read(path: Path, source: Source | None = None) -> Iterator[Sheet]:
    """The tables of a file.

    Raises:
        UsageError: if there is no such file, or it is of a kind that holds no table.
        ProblemError: if it is empty or damaged; while rows are read, also if a line cannot be.
    """
    start = _start(path)
    if start.startswith((_ZIP, _OLE)):
        return _workbook(path, start)
    encoding = _encoding(path, start, source.encoding if source else None)
    with path.open(encoding=encoding, newline="") as file:
        first = file.read(_CHUNK).lstrip("\ufeff \t\r\n")[:1]
    if not first:
        raise ProblemError(f"{path} 是空的。请重新导出。", f"{path} is empty. Export it again.")
    rows = {"[": _json_array, "{": _json_lines}.get(first, _delimited)(path, encoding)
    return iter([_sheet(path, "", rows)])


def _sheet(path: Path, name: str, rows: Iterator[Row]) -> Sheet:
    """A sheet with its first rows looked at."""
    head = tuple(islice(rows, HEAD))
    if any(len(cells) > MAX_COLUMNS for _, cells in head):
        raise ProblemError(
            f"{path} 的列数超过{MAX_COLUMNS}。请检查分隔符。",
            f"{path} has more than {MAX_COLUMNS} columns. Check what parts its cells.",
        )
    return Sheet(name, head, chain(head, rows))


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
    sheets = (_sheet(path, name, sheet_rows(path, name)) for name in sheet_names(path))
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


def _encoding(path: Path, start: bytes, declared: str | None) -> str:
    """The encoding of the whole text file, checked to its end.

    A mark at its start decides, then the source, then UTF-8 if all of it is valid, then GB18030.
    """
    marked = next((name for mark, name in _MARKS.items() if start.startswith(mark)), None)
    tried = [marked or declared] if marked or declared else [_utf16(start) or "utf-8", "gb18030"]
    reached = {}
    for name in filter(None, tried):
        valid = _valid_bytes(path, name)
        if valid is None:
            return name
        reached[name] = valid
    name, offset = max(reached.items(), key=lambda item: item[1])
    raise ProblemError(
        f"{path} 第 {offset + 1} 个字节起不是{name}编码的文字。"
        "请另存为UTF-8编码的csv，或者在来源文件中写明encoding。",
        f"{path} is not {name} text from byte {offset + 1} on. Save it as csv in UTF-8, or name "
        "its encoding in the source file.",
    )


def _utf16(start: bytes) -> str | None:
    """UTF-16 without a mark, told by the zero bytes of commas and digits; a few mean nothing."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) * 20 <= max(len(start), 160):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _valid_bytes(path: Path, encoding: str) -> int | None:
    """How many bytes can be decoded; None if all can."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done = since_break = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return done - pending + error.start
            done += len(chunk)
            last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            since_break = len(chunk) - last if last >= 0 else since_break + len(chunk)
            _refuse_endless_line(path, since_break)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return done - len(decoder.getstate()[0])
    return None


def _refuse_endless_line(path: Path, length: int) -> None:
    """Refuses what cannot be a line of a table."""
    if length > MAX_LINE:
        raise ProblemError(
            f"{path} 有超过64 MiB的一行，不是表格。", f"{path} has a line of over 64 MiB: no table."
        )


def _delimited(path: Path, encoding: str) -> Iterator[Row]:
    """The rows of a CSV or TSV file, each with the number of its first line."""
    csv.field_size_limit(MAX_CELL)
    delimiter = _delimiter(path, encoding)
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        line = 1
        try:
            for cells in reader:
                if any(map(str.strip, cells)):
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


# JSON


def _json_array(path: Path, encoding: str) -> Iterator[Row]:
    """The objects of a JSON array, counted from 1, below their keys."""
    if path.stat().st_size > MAX_ARRAY:
        raise ProblemError(
            f"{path} 是超过256 MiB的JSON数组。请改用JSON Lines（每行一个对象）或者csv。",
            f"{path} is a JSON array of over 256 MiB. Use JSON Lines (one object a line) or csv.",
        )
    items = _parsed(path, 1, path.read_text(encoding).lstrip("\ufeff"))
    return _json_rows(lambda: enumerate((_object(path, n, i) for n, i in enumerate(items, 1)), 1))


def _json_lines(path: Path, encoding: str) -> Iterator[Row]:
    """The objects of a JSON Lines file with their lines, below their keys."""

    def objects() -> Iterator[tuple[int, dict[str, Any]]]:
        with path.open(encoding=encoding) as file:
            for line, text in enumerate(file, start=1):
                if content := text.strip("\ufeff \t\r\n"):
                    yield line, _object(path, line, _parsed(path, line, content))

    return _json_rows(objects)


def _json_rows(objects: Callable[[], Iterable[tuple[int, dict[str, Any]]]]) -> Iterator[Row]:
    """Objects as rows below one header that has every key."""
    keys = list(dict.fromkeys(key for _, one in objects() for key in one))
    yield 0, keys
    for number, one in objects():
        cells = [as_text(one.get(key)) for key in keys]
        if any(map(str.strip, cells)):
            yield number, cells


def _parsed(path: Path, line: int, text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """A JSON value."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ProblemError(
            f"{path} 第 {line + error.lineno - 1} 行不是有效的JSON：{error}",
            f"{path} line {line + error.lineno - 1} is not valid JSON: {error}",
        ) from error


def _object(path: Path, number: int, item: object) -> dict[str, Any]:
    """A record as JSON writes it."""
    if not isinstance(item, dict):
        raise ProblemError(
            f"{path} 第 {number} 项不是对象。应为对象的数组，或者每行一个对象。",
            f"{path} item {number} is no object. Give an array of objects, or one object a line.",
        )
    return item
