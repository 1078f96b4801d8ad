"""The leak scan beside a release, and beside merely reading and unpacking the same bytes.

    python -m benchmarks.leak [--records 20000] [--runs 3] [--project DIR]

A demo city is made once, or a project's release is taken as it is and only read. Then, in turn:
everything that the scan reads is unpacked and thrown away; the scan, with collecting what to look
for; the scan of a copy in which a hundredth of the rows have changed, with what the one before
kept; and for the demo city a whole release. Processor seconds of this process, medians of several
runs.
"""

import argparse
import os
import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import process_time
from zoneinfo import ZoneInfo

from publish.cycles import without_collections
from publish.demo.run import NIGHT, UNTIL, city, prepare
from publish.project import Project
from publish.register.live import Moment
from publish.register.register import Register, open_register
from publish.release.build import build
from publish.release.downloads import write_database
from publish.release.leak.check import refuse_leaks
from publish.release.leak.since import Since
from publish.release.leak.sources import CREDIT
from publish.release.leak.unpack import pieces
from publish.release.manifest import release_files
from publish.schema import public_types

RELEASED = datetime.combine(UNTIL, NIGHT, ZoneInfo("Asia/Shanghai"))


def main() -> None:
    """Prints each run and the medians."""
    parser = argparse.ArgumentParser(description="The leak scan beside what it reads")
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--project", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, without_collections():
        project: Project = (
            Borrowed(wanted.project, Path(name))
            if wanted.project
            else prepare(Path(name), city(wanted.records), silent).project
        )
        with open_register(project.register) as register:
            runs = [measure(project, register, Path(name)) for _ in range(wanted.runs)]
    for what in runs[0]:
        seconds = [run[what] for run in runs]
        print(f"{what:16} {median(seconds):8.2f} s   {' '.join(f'{s:.2f}' for s in seconds)}")
    for what in ("reading", "release"):
        if what in runs[0]:
            share = median(run["scan"] / run[what] for run in runs)
            print(f"scan / {what:16} {share:6.2f}")
    print(
        f"beside / scan           {median(run['scan beside'] / run['scan'] for run in runs):6.2f}"
    )
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")


@dataclass(frozen=True)
class Borrowed(Project):
    """A project of which nothing is written, not even the cache."""

    scratch: Path

    @property
    def cache(self) -> Path:
        """Somewhere else."""
        return self.scratch / "cache"


def measure(project: Project, register: Register, scratch: Path) -> dict[str, float]:
    """One run: processor seconds of each part."""
    folder = project.current.resolve()
    copy = changed(folder, scratch / "changed")
    since = Since(folder)
    seconds = {
        "reading": timed(lambda: read(folder)),
        "scan": timed(lambda: refuse_leaks(folder, project, register)),
        "scan beside": timed(lambda: refuse_leaks(copy, project, register, since=since)),
    }
    shutil.rmtree(copy)
    if not isinstance(project, Borrowed):
        moment = Moment(register, register.cut(RELEASED + timedelta(hours=1)))
        work = project.root / "bench"
        seconds["release"] = timed(lambda: build(project, moment, "bench", work, silent, full=True))
    return seconds


def changed(folder: Path, copy: Path) -> Path:
    """A copy of a release in which a hundredth of the records came in a second later."""
    shutil.copytree(folder, copy, copy_function=os.link)
    for path in (copy / CREDIT, *(copy / "downloads").glob(f"{CREDIT}*")):
        path.unlink()
    shutil.copy(folder / CREDIT, copy / CREDIT)
    with closing(sqlite3.connect(copy / CREDIT)) as db, db:
        for name in public_types():
            db.execute(f"UPDATE {name} SET received = received || 's' WHERE rowid % 100 = 0")
    write_database(copy / CREDIT, copy / "downloads")
    return copy


def read(folder: Path) -> int:
    """Unpacks every file once; returns how many bytes there are."""
    files = {path.stat().st_ino: path for path in release_files(folder)}
    return sum(len(piece.data) for path in files.values() for piece in pieces(path))


def timed(work: Callable[[], object]) -> float:
    """Processor seconds of a piece of work."""
    began = process_time()
    work()
    return process_time() - began


def silent(_step: str, _done: int) -> None:
    """No progress while measuring."""


if __name__ == "__main__":
    main()
