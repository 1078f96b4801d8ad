"""Intake beside bare limits and beside peers that only check.

    python -m benchmarks.intake [--rows 1000000] [--sheet-rows 100000] [--runs 3] [--json]

The same penalties of the demo city, from CSV: read, checked, identified and linked into a new
register; put into an unindexed table by `csv.reader` and `executemany`; checked by frictionless
and by pandera on polars against the schema that we publish. From XLSX: taken in, and only read by
python-calamine. Each in a process of its own, in turn; processor seconds of it and its children
without the imports, peak memory of the largest of them, medians and ratios of several runs.
"""

import argparse
import json
import subprocess
import sys
from datetime import date
from itertools import chain, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import xlsxwriter

from benchmarks.apart import Run
from benchmarks.city import penalties, write_csv

CONTENDERS = {
    "bare load": "benchmarks.bare:load",
    "intake": "benchmarks.whole:take_in",
    "pandera": "benchmarks.with_pandera:validate",
    "frictionless": "benchmarks.with_frictionless:validate",
    "calamine": "benchmarks.bare:read_workbook",
    "intake xlsx": "benchmarks.whole:take_in",
}
OF_WORKBOOK = ("calamine", "intake xlsx")


def main() -> None:
    """Measures every contender and prints what came out."""
    parser = argparse.ArgumentParser(description="Intake beside bare limits and peers")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--sheet-rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    with TemporaryDirectory() as name:
        table, book = write_files(Path(name), wanted.rows, wanted.sheet_rows)
        files = {one: book if one in OF_WORKBOOK else table for one in CONTENDERS}
        runs = [{one: run_apart(one, files[one]) for one in files} for _ in range(wanted.runs)]
        sizes = {"bytes_a_row": table.stat().st_size / wanted.rows}
    found = summary(runs) | sizes
    print(json.dumps(found, indent=2) if wanted.json else "\n".join(lines(found)))


def write_files(folder: Path, rows: int, sheet_rows: int) -> tuple[Path, Path]:
    """The penalties as CSV, and the first of them as XLSX."""
    made = penalties(rows)
    first = list(islice(made, sheet_rows + 1))
    book = write_xlsx(folder / "penalties.xlsx", first)
    return write_csv(folder / "penalties.csv", chain(first, made)), book


def write_xlsx(path: Path, rows: list[list[str | date]]) -> Path:
    """Rows as a workbook, days as text."""
    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if cell:
                    sheet.write_string(number, place, str(cell))
    return path


def run_apart(contender: str, path: Path) -> Run:
    """One contender in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.apart", CONTENDERS[contender], str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    print(f"{contender} {done.stdout.decode().strip()}", file=sys.stderr)
    return Run(*json.loads(done.stdout))


def summary(runs: list[dict[str, Run]]) -> dict[str, float]:
    """Medians, and medians of the ratios within a run."""
    found: dict[str, float] = {}
    for one in CONTENDERS:
        rows, seconds, memory = zip(*(run[one] for run in runs), strict=True)
        found |= {f"{one} rows": min(rows), f"{one} seconds": median(seconds)}
        found |= {
            f"{one} us a row": median(s / n * 1e6 for s, n in zip(seconds, rows, strict=True))
        }
        found |= {f"{one} MiB": max(memory)}
    found["intake / bare load"] = median(r["intake"].seconds / r["bare load"].seconds for r in runs)
    found["intake / pandera"] = median(r["intake"].seconds / r["pandera"].seconds for r in runs)
    found["frictionless / intake"] = median(
        r["frictionless"].seconds / r["intake"].seconds for r in runs
    )
    found["intake xlsx / (calamine + intake of as many)"] = median(map(sheet_ratio, runs))
    return found


def sheet_ratio(run: dict[str, Run]) -> float:
    """Intake of a workbook beside reading it alone and the CSV path's cost of its rows."""
    share = run["intake xlsx"].rows / run["intake"].rows
    least = run["calamine"].seconds + run["intake"].seconds * share
    return run["intake xlsx"].seconds / least


def lines(found: dict[str, float]) -> list[str]:
    """What was found, a line each."""
    return [f"{name:45} {value:14,.2f}" for name, value in found.items()]


if __name__ == "__main__":
    main()
