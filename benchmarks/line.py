"""Intake and release beside the least that any program must do with the same rows.

    python -m benchmarks.line [--rows 20000] [--runs 3]

Intake (read, validate, identity, versions, hash chain) is measured against `csv.reader` with
`executemany` into an unindexed table; a release (disclosure, masking, databases, search, downloads,
figures, pages, leak scan) against reading the same records from the register. Processor seconds of
this process, medians of several runs, each pair in turn.
"""

import argparse
import csv
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from time import process_time

from monitor.calendar import load_calendar
from publish.demo.city import plan_city
from publish.demo.habits import HABITS
from publish.demo.run import LETTERS_RECEIVED
from publish.handin.intake import Handing, intake
from publish.project import Project, init_project, project_template
from publish.reference import load_reference
from publish.register.live import Moment
from publish.register.register import open_register
from publish.release.release import release
from publish.schema import record_type


def main() -> None:
    """Prints each run and the medians."""
    parser = argparse.ArgumentParser(description="Intake and release beside bare limits")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    wanted = parser.parse_args()
    names = ("bare load", "intake", "bare read", "release")
    runs = [measure(wanted.rows) for _ in range(wanted.runs)]
    for name, seconds in zip(names, zip(*runs, strict=True), strict=True):
        print(f"{name:10} {median(seconds):8.2f} s   {' '.join(f'{s:.2f}' for s in seconds)}")
    print(f"intake / bare load  {median(b / a for a, b, _, _ in runs):6.2f}")
    print(f"release / bare read {median(d / c for _, _, c, d in runs):6.2f}")


def measure(rows: int) -> tuple[float, float, float, float]:
    """One run in a folder of its own: seconds of each of the four."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = penalties(folder / "penalties.csv", rows)
        project = demo_project(folder / "project")
        loaded = timed(lambda: bare_load(path, folder / "bare.db"))
        with open_register(project.register) as register:
            handing = Handing(LETTERS_RECEIVED)
            taken = timed(lambda: intake(project, register, path, handing, silent))
            moment = Moment(register, register.cut(LETTERS_RECEIVED))
            read = timed(lambda: sum(1 for _ in moment.records()))
            as_of = LETTERS_RECEIVED + timedelta(hours=1)
            released = timed(lambda: release(project, register, as_of, silent))
        return loaded, taken, read, released


def timed(work: Callable[[], object]) -> float:
    """Processor seconds of a piece of work."""
    began = process_time()
    work()
    return process_time() - began


def bare_load(path: Path, database: Path) -> None:
    """The least: every cell of the file into a table without index."""
    with (
        path.open(encoding="utf-8-sig", newline="") as file,
        closing(sqlite3.connect(database)) as db,
    ):
        reader = csv.reader(file)
        header = next(reader)
        db.execute(f"CREATE TABLE t ({', '.join(f'c{i}' for i, _ in enumerate(header))})")
        db.executemany(f"INSERT INTO t VALUES ({','.join('?' * len(header))})", reader)
        db.commit()


def penalties(path: Path, rows: int) -> Path:
    """A file of the demo city's penalties, under the standard's Chinese headings."""
    fields = record_type("penalty").fields
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([f.title_zh for f in fields])
        for values in islice(city_rows(rows), rows):
            writer.writerow([values.get(f.name, "") for f in fields])
    return path


def city_rows(rows: int) -> Iterator[Mapping[str, object]]:
    """Penalties of a demo city that is large enough to have so many."""
    folder = project_template() / "data/reference"
    plan, clerks = plan_city(
        load_reference(folder),
        load_calendar(folder / "calendars", "cn"),
        seed=1,
        records=rows * 4,
        until=LETTERS_RECEIVED.date(),
        years=3,
    )
    for code in HABITS:
        for post in plan.posts(code):
            for step in post.steps:
                if (step.what, step.case.record_type) == ("new", "penalty"):
                    yield clerks.row(step.case).values


def demo_project(root: Path) -> Project:
    """A new project with the demo city's departments."""
    project = init_project(root, "demo-city")
    for table in (project_template() / "data/reference").glob("*.csv"):
        shutil.copy(table, project.data / "reference")
    return project


def silent(_step: str, _done: int) -> None:
    """No progress while measuring."""


if __name__ == "__main__":
    main()
