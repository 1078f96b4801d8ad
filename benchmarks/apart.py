"""One contender of a benchmark in this process: how long it took and how much memory.

python -m benchmarks.apart MODULE:FUNCTION FILE
"""

import json
import os
import resource
import sys
from pathlib import Path
from pkgutil import resolve_name
from tempfile import TemporaryDirectory
from typing import NamedTuple


class Run(NamedTuple):
    """One contender, once.

    Attributes:
        rows: how many it found good.
        seconds: of processor time.
        mebibytes: the most memory that it took.
    """

    rows: int
    seconds: float
    mebibytes: float


def run_here(function: str, name: str) -> Run:
    """A function from a file and a folder for what it writes to the number of good rows."""
    work = resolve_name(function)
    with TemporaryDirectory() as folder:
        began = processor_seconds()
        rows = work(Path(name), Path(folder))
        seconds = processor_seconds() - began
    return Run(rows, seconds, peak())


def processor_seconds() -> float:
    """Of this process and its children, in user and system mode."""
    return sum(os.times()[:4])


def peak() -> float:
    """The most memory that this process or one of its children took, in MiB.

    A process inherits the peak of the one that started it, but for the status file of Linux.
    """
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    status = dict(line.split(":", 1) for line in lines)
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(int(status["VmHWM"].split()[0]), children) / 1024


if __name__ == "__main__":
    print(json.dumps(run_here(*sys.argv[1:])))
