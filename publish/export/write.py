"""Files in a platform's form: one for each record type, and every cell is text."""

import csv
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol

import xlsxwriter

from publish.export.choose import Item
from publish.export.form import Form
from publish.export.settings import Order
from publish.release.snapshot import safe_cells
from publish.schema import Field, RecordType

SHEET_ROWS = 1_048_575
"""A workbook ends after so many records, and the next begins."""
_TEXT = {"num_format": 49}


class _Table(Protocol):
    """A file being written."""

    def write(self, cells: Sequence[str]) -> None:
        """Adds a row."""

    def close(self) -> None:
        """Finishes the file."""


class _Csv:
    """CSV as spreadsheets open it: what they would take for a formula has an apostrophe before."""

    def __init__(self, path: Path, encoding: str) -> None:
        name = "utf-8-sig" if encoding == "utf-8" else encoding
        self._raw = path.open("w", encoding=name, newline="")
        self._writer = csv.writer(self._raw, lineterminator="\r\n")

    def write(self, cells: Sequence[str]) -> None:
        """Adds a row."""
        self._writer.writerow(safe_cells(cells))

    def close(self) -> None:
        """Finishes the file, so that it outlasts a power cut."""
        self._raw.flush()
        os.fsync(self._raw.fileno())
        self._raw.close()


class _Workbook:
    """A workbook with one sheet, every cell text as it is."""

    def __init__(self, path: Path, title: str) -> None:
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
        self._text = self._book.add_format(_TEXT)
        self._sheet = self._book.add_worksheet(title)
        self._rows = 0

    def write(self, cells: Sequence[str]) -> None:
        """Adds a row."""
        for column, cell in enumerate(cells):
            if cell:
                self._sheet.write_string(self._rows, column, cell, self._text)
        self._rows += 1

    def close(self) -> None:
        """Finishes the file."""
        self._book.close()


class Files(AbstractContextManager["Files"]):
    """The files of one export: made aside, and there at once when all is well.

    Args:
        folder: where they are laid.
        mark: what tells the files of this export from those of others.
    """

    def __init__(self, folder: Path, form: Form, order: Order, mark: str) -> None:
        self._folder, self._form, self._order, self._mark = folder, form, order, mark
        self._open: dict[str, _One] = {}
        self._made: list[_One] = []

    def add(self, item: Item) -> tuple[str, int]:
        """Writes a record; returns the name of the file and the row, of which the header is 1."""
        one = self._open.get(item.record.name)
        if one is None or one.line > SHEET_ROWS:
            part = sum(made.record is item.record for made in self._made) + 1
            one = self._open[item.record.name] = self._begin(item.record, part)
        one.add(item)
        return one.path.name, one.line

    def settle(self) -> list[Path]:
        """Finishes the files and gives them their names; returns where they are."""
        made, self._made = self._made, []
        for one in made:
            one.table.close()
        for one in made:
            one.aside.replace(one.path)
        return [one.path for one in made]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Removes what was not settled."""
        for one in self._made:
            with suppress(OSError):
                one.table.close()
            one.aside.unlink(missing_ok=True)

    def _begin(self, record: RecordType, part: int) -> "_One":
        """A new file with its header."""
        order, number = self._order, f"-{part}" if part > 1 else ""
        name = f"{record.title_zh}_{order.codes}_{self._mark}{number}.{order.format}"
        one = _One(record, self._form.fields(record), self._folder / name, order)
        self._made.append(one)
        return one


class _One:
    """One file and how far it is."""

    def __init__(
        self, record: RecordType, fields: tuple[Field, ...], path: Path, order: Order
    ) -> None:
        self.record, self.path, self.line = record, path, 1
        self.aside = path.with_name(f".{path.name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        self.aside.unlink(missing_ok=True)
        self.aside.touch(0o600 if order.with_identity else 0o644)
        self.table: _Table = (
            _Csv(self.aside, order.encoding)
            if order.format == "csv"
            else _Workbook(self.aside, record.title_zh)
        )
        self._fields = fields
        titles = order.headings == "titles"
        self.table.write([f.title_zh if titles else f.code or f.name for f in fields])

    def add(self, item: Item) -> None:
        """Writes a record."""
        self.line += 1
        self.table.write([cell(f, item.values.get(f.name, "")) for f in self._fields])


def cell(field: Field, value: str) -> str:
    """A stored value as the standard writes it: days with strokes, all else as it is stored.

    What is stored is what the standard says: 2099-12-31 for what has no end, amounts in units of
    10,000 yuan, 其他- before a kind that the list does not have.
    """
    return value.replace("-", "/") if field.type == "date" else value
