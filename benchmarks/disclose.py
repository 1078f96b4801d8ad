"""Disclosure of all records beside reading them from the register.

    python -m benchmarks.disclose [--records 1000000] [--runs 3] [--project DIR] [--json]

Rows of every public type, in the demo city's proportions, are taken in once. Then, in turn: every
record is read from the register and thrown away; every record is read, decided and put into its
public form, those that are withheld too. Processor seconds of this process, medians of several
runs.
"""

import argparse
import csv
import json
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.city import new_rows
from benchmarks.line import timed
from benchmarks.whole import RECEIVED, demo_project, silent
from publish.disclose.disclose import public_form
from publish.handin.intake import Handing, intake
from publish.project import SETTINGS, Project, open_project
from publish.register.live import Moment
from publish.register.register import open_register
from publish.release.stage import Stage
from publish.schema import types_of


class Run(NamedTuple):
    """One run: processor seconds of reading, and of reading and disclosing."""

    reading: float
    disclosing: float


def main() -> None:
    """Prints what came out."""
    parser = argparse.ArgumentParser(description="Disclosure beside reading the register")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--project", type=Path, help="made there, or used if it is there")
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    with TemporaryDirectory() as name:
        project = prepare(wanted.project or Path(name) / "project", wanted.records)
        found = measure(project, wanted.runs)
    print(json.dumps(found, indent=2) if wanted.json else "\n".join(lines(found)))


def prepare(root: Path, records: int) -> Project:
    """A project with so many records, unless there is one."""
    if (root / SETTINGS).exists():
        return open_project(root)
    project = demo_project(root)
    with TemporaryDirectory() as name, open_register(project.register) as register:
        for path in write_files(Path(name), records):
            intake(project, register, path, Handing(RECEIVED), silent)
    return project


def write_files(folder: Path, records: int) -> list[Path]:
    """A file of each public type; together they hold so many rows."""
    types = types_of("record")
    paths = {name: folder / f"{name}.csv" for name in types}
    with ExitStack() as stack:
        writers = {
            name: csv.DictWriter(
                stack.enter_context(paths[name].open("w", encoding="utf-8", newline="")),
                [field.name for field in one.fields],
                extrasaction="ignore",
            )
            for name, one in types.items()
        }
        for writer in writers.values():
            writer.writeheader()
        for name, values in islice(new_rows(records * 5 // 4, tuple(types)), records):
            writers[name].writerow(values)
    return list(paths.values())


def measure(project: Project, runs: int) -> dict[str, float]:
    """Medians of several runs, and of the ratios within a run."""
    with open_register(project.register) as register:
        moment = Moment(register, register.cut(RECEIVED))
        records = sum(1 for _ in moment.records())
        done = [run(project, moment) for _ in range(runs)]
    reading, disclosing = zip(*done, strict=True)
    return {
        "records": records,
        "reading us a record": median(reading) / records * 1e6,
        "reading and disclosing us a record": median(disclosing) / records * 1e6,
        "disclosing / reading": median((d - r) / r for r, d in done),
        "reading and disclosing / reading": median(d / r for r, d in done),
    }


def run(project: Project, moment: Moment) -> Run:
    """Both passes once, in turn."""
    return Run(
        timed(lambda: sum(1 for _ in moment.records())), timed(lambda: disclose(project, moment))
    )


def disclose(project: Project, moment: Moment) -> int:
    """Decides and words every record; how many may be published."""
    stage, types, persons = (
        Stage(project, moment),
        types_of("record"),
        project.profile.persons.latest,
    )
    published = 0
    for live in moment.records():
        published += stage.decide(live).publish
        public_form(types[live.record_type], live.values, persons)
    return published


def lines(found: dict[str, float]) -> list[str]:
    """What was found, a line each."""
    return [f"{name:45} {value:14,.2f}" for name, value in found.items()]


if __name__ == "__main__":
    main()
