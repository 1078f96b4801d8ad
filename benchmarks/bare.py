"""The least that any program must do with a file."""

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

from python_calamine import CalamineWorkbook


def load(path: Path, folder: Path) -> int:
    """Every cell of a CSV file into a table without index."""
    with (
        path.open(encoding="utf-8-sig", newline="") as file,
        closing(sqlite3.connect(folder / "bare.db")) as db,
    ):
        reader = csv.reader(file)
        header = next(reader)
        db.execute(f"CREATE TABLE t ({', '.join(f'c{i}' for i, _ in enumerate(header))})")
        loaded = db.executemany(f"INSERT INTO t VALUES ({','.join('?' * len(header))})", reader)
        db.commit()
        return loaded.rowcount


def read_workbook(path: Path, _folder: Path) -> int:
    """A workbook's cells, by the library that intake reads them with."""
    with CalamineWorkbook.from_path(path) as book:
        return sum(1 for _ in book.get_sheet_by_index(0).iter_rows()) - 1
