"""A release beside the least that any program must do with the same records.

    python -m benchmarks.line [--rows 20000] [--runs 3]

A release (disclosure, masking, databases, search, downloads, figures, pages, leak scan) is measured
against reading the same records from the register. Processor seconds of this process, medians of
several runs, each pair in turn.
"""

import argparse
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

from benchmarks.city import penalties, write_csv
from benchmarks.whole import RECEIVED, demo_project, silent
from publish.handin.intake import Handing, intake
from publish.register.live import Moment
from publish.register.register import open_register
from publish.release.release import release


def main() -> None:
    """Prints each run and the medians."""
    parser = argparse.ArgumentParser(description="Release beside a bare limit")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    wanted = parser.parse_args()
    runs = [measure(wanted.rows) for _ in range(wanted.runs)]
    for name, seconds in zip(("bare read", "release"), zip(*runs, strict=True), strict=True):
        print(f"{name:10} {median(seconds):8.2f} s   {' '.join(f'{s:.2f}' for s in seconds)}")
    print(f"release / bare read {median(b / a for a, b in runs):6.2f}")


def measure(rows: int) -> tuple[float, float]:
    """One run in a folder of its own: seconds of reading and of the release."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        path = write_csv(folder / "penalties.csv", penalties(rows))
        project = demo_project(folder / "project")
        with open_register(project.register) as register:
            intake(project, register, path, Handing(RECEIVED), silent)
            moment = Moment(register, register.cut(RECEIVED))
            read = timed(lambda: sum(1 for _ in moment.records()))
            as_of = RECEIVED + timedelta(hours=1)
            return read, timed(lambda: release(project, register, as_of, silent))


def timed(work: Callable[[], object]) -> float:
    """Processor seconds of a piece of work."""
    began = process_time()
    work()
    return process_time() - began


if __name__ == "__main__":
    main()
