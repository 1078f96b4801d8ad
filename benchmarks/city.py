"""What the benchmarks work on: a project and records of the demo city, made large."""

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice
from pathlib import Path

from benchmarks.whole import RECEIVED
from monitor.calendar import load_calendar
from publish.demo.city import plan_city
from publish.demo.habits import HABITS
from publish.project import project_template
from publish.reference import load_reference
from publish.schema import record_type


def penalties(rows: int) -> Iterator[list[str | date]]:
    """Rows of penalties under the standard's Chinese headings, which come first.

    About 670 bytes each in UTF-8: no document number or credit code stands there for two parties,
    facts are hardly ever the same, and half the cells are blank. Two minutes for a million.
    """
    fields = record_type("penalty").fields
    yield [f.title_zh for f in fields]
    for _, values in islice(new_rows(rows * 5, ("penalty",)), rows):
        yield [values.get(f.name, "") for f in fields]


def new_rows(
    records: int, types: tuple[str, ...]
) -> Iterator[tuple[str, Mapping[str, str | date]]]:
    """What a demo city of so many records hands in first, department by department.

    Args:
        records: of all types; of those wanted there are fewer.
        types: those that are wanted.
    """
    folder = project_template() / "data/reference"
    plan, clerks = plan_city(
        load_reference(folder),
        load_calendar(folder / "calendars", "cn"),
        seed=1,
        records=records,
        until=RECEIVED.date(),
        years=3,
    )
    steps = (step for code in HABITS for post in plan.posts(code) for step in post.steps)
    cases = (step.case for step in steps if step.what == "new")
    yield from ((c.record_type, clerks.row(c).values) for c in cases if c.record_type in types)


def write_csv(path: Path, rows: Iterator[list[str | date]]) -> Path:
    """Rows as a CSV file in UTF-8 with a byte-order mark."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return path
