"""Rejected rows, returned in a file that can be corrected and handed in again as it is."""

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from publish.handin.findings import Problem

ADDED = ("行号", "问题", "如何修改")
"""The headings that the file has beside those that were handed in."""

# What a spreadsheet would run as a formula, or round, or make a date of.
_AT_RISK = re.compile(r"['=+\-@\t\r]|(?:\d{12,}|0\d+|\d+[eE]\d+|\d{1,4}[-/]\d{1,2})\Z", re.ASCII)

ReturnedRow = tuple[int, Sequence[str], Sequence[Problem]]


def write_returned(path: Path, headings: Sequence[str], rows: Iterable[ReturnedRow]) -> int:
    """Writes rejected rows as they were handed in, each with what is wrong and how to mend it.

    The file is CSV in UTF-8 with a byte-order mark, which spreadsheets open. Cells that a
    spreadsheet would change get an apostrophe before them, which intake takes off again.

    Args:
        path: the file; it is made anew.
        headings: the header as it was handed in.
        rows: line, cells and problems of each row.

    Returns:
        How many rows were written.
    """
    kept = [i for i, heading in enumerate(headings) if heading not in ADDED]
    written = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        write = csv.writer(file).writerow
        write([*(headings[i] for i in kept), *ADDED])
        for line, cells, problems in rows:
            own = [guard(cells[i]) if i < len(cells) else "" for i in kept]
            rest = map(guard, cells[len(headings) :])
            write([*own, line, told(problems, "message"), told(problems, "remedy"), *rest])
            written += 1
    return written


def guard(cell: str) -> str:
    """A cell that no spreadsheet changes."""
    return f"'{cell}" if _AT_RISK.match(cell) else cell


def restore(cell: str) -> str:
    """A cell as it was before `guard`."""
    return cell[1:] if cell[:1] == "'" and _AT_RISK.match(cell[1:]) else cell


def told(problems: Sequence[Problem], part: str) -> str:
    """The ``message`` or ``remedy`` of all problems: Chinese first, English after."""
    texts = (getattr(p, part)(lang) for lang in ("zh", "en") for p in problems)
    return "\n".join(dict.fromkeys(texts))
