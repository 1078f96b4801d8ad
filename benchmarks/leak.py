"""The leak scan beside a release, and beside merely reading and unpacking the same bytes.

    python -m benchmarks.leak [--records 20000] [--runs 3]

A demo city is made once. Then, in turn: everything that the scan reads is unpacked and thrown away;
the scan, with collecting what to look for; a whole release. Processor seconds of this process,
medians of several runs.
"""

import argparse
import resource
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import process_time
from zoneinfo import ZoneInfo

from publish.demo.run import NIGHT, UNTIL, city, prepare
from publish.project import Project
from publish.register.live import Moment
from publish.register.register import Register, open_register
from publish.release.build import build
from publish.release.leak.check import leaks
from publish.release.leak.unpack import pieces
from publish.release.manifest import release_files

RELEASED = datetime.combine(UNTIL, NIGHT, ZoneInfo("Asia/Shanghai"))


def main() -> None:
    """Prints each run and the medians."""
    parser = argparse.ArgumentParser(description="The leak scan beside what it reads")
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        project = prepare(Path(name), city(wanted.records), silent).project
        with open_register(project.register) as register:
            runs = [measure(project, register) for _ in range(wanted.runs)]
    for what, seconds in zip(("reading", "scan", "release"), zip(*runs, strict=True), strict=True):
        print(f"{what:8} {median(seconds):8.2f} s   {' '.join(f'{s:.2f}' for s in seconds)}")
    print(f"scan / reading            {median(b / a for a, b, _ in runs):6.2f}")
    print(f"scan / whole release      {median(b / c for _, b, c in runs):6.2f}")
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")


def measure(project: Project, register: Register) -> tuple[float, float, float]:
    """One run: seconds of reading, of the scan and of a release."""
    folder = project.current.resolve()
    moment = Moment(register, register.cut(RELEASED + timedelta(hours=1)))
    return (
        timed(lambda: read(folder)),
        timed(lambda: list(leaks(folder, project, register))),
        timed(lambda: build(project, moment, "bench", project.root / "bench", silent)),
    )


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
