"""Releases switched under clients: no failed answer, none mixed, none from a release before.

    python -m benchmarks.switch PROJECT [--seconds 60] [--clients 200] [--switches 5] [--workers 2]

The register and the rules of a project are copied, which stays as it is, and releases made of the
copy, each without one record more. A server of several processes serves the first; then, while the
clients read pages, tables, the API and files, one release after another is switched to, and the
files of the one before are removed at once, as after a withdrawal. Half of the requests come over
new connections, so that any process may answer.

Counted are the answers that failed, that name another release than they state, that are of an
older release than the client has seen, and that show a record which their release does not hold;
and the longest wait, and the open files and memory of the server before and after.
"""

import argparse
import asyncio
import re
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import monotonic
from typing import NamedTuple

import httpx

from publish.project import SETTINGS, Project, open_project
from publish.register.register import Register, moment, open_register
from publish.register.removal import Happening, withdraw
from publish.release.release import release, remove, switch
from tests.server import started

COPIED = (SETTINGS, "site", "data/profiles", "data/reference", "data/editions", "data/register.db")
PATHS = (
    "/",
    "/en/",
    "/departments/",
    "/records?q=%E7%A4%BA%E4%BE%8B",
    "/records.csv?q=%E7%A4%BA%E4%BE%8B",
    "/credit/release.json?_shape=array",
    "/monitor/release.json?_shape=array",
    "/credit/penalty.json?_size=20",
    "/api/v1/records?limit=20",
    "/api/v1/departments",
    "/api/v1/openapi.json",
)
"""Addresses of every part that answers; their answers name no release but their own."""

_NAMED = re.compile(rb"\b20\d{6}T\d{6}Z-[0-9a-f]{8}\b")
_NEW_CONNECTION = {"connection": "close"}


class Held(NamedTuple):
    """The open files and the memory of some processes."""

    files: int
    mebibytes: int


@dataclass
class Seen:
    """What clients saw.

    Attributes:
        faults: what was wrong, with how often.
        releases: how many answers came from each release.
        waits: how long each answer took, in seconds.
    """

    faults: Counter[str] = field(default_factory=Counter)
    releases: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Reading:
    """What clients read.

    Attributes:
        paths: the addresses.
        gone: those that end with a release, with it.
    """

    address: str
    paths: Sequence[str]
    gone: Mapping[str, str]

    async def client(self, number: int, seen: Seen, done: asyncio.Event) -> None:
        """Reads one address after another until it is told to end."""
        newest = ""
        async with httpx.AsyncClient(base_url=self.address, timeout=60) as client:
            while not done.is_set():
                path = self.paths[number % len(self.paths)]
                number += 1
                begun = monotonic()
                try:
                    headers = _NEW_CONNECTION if number % 2 else {}
                    answer = await client.get(path, headers=headers)
                except httpx.HTTPError as error:
                    seen.faults[f"{type(error).__name__} {path}"] += 1
                    continue
                seen.waits.append(monotonic() - begun)
                newest = self._look_at(answer, path, newest, seen)

    def _look_at(self, answer: httpx.Response, path: str, newest: str, seen: Seen) -> str:
        """Notes an answer and what is wrong with it; returns the newest release seen."""
        name: str = answer.headers.get("x-release", "")
        seen.releases[name] += 1
        expected = 410 if path in self.gone and name >= self.gone[path] else 200
        if answer.status_code != expected:
            seen.faults[f"{answer.status_code} {path}"] += 1
        if set(_NAMED.findall(answer.content)) - {name.encode()}:
            seen.faults[f"mixed {path}"] += 1
        if name < newest:
            seen.faults[f"older {path}"] += 1
        return max(name, newest)


async def read_while_switching(
    project: Project, names: Sequence[str], reading: Reading, clients: int, seconds: float
) -> Seen:
    """Lets clients read while each release is switched to and the one before removed.

    Args:
        names: the releases, the one being served first.
        seconds: how long all of it takes, or longer if a release has not been seen by then.
    """
    seen, done = Seen(), asyncio.Event()
    readers = [asyncio.create_task(reading.client(n, seen, done)) for n in range(clients)]
    for old, new in pairwise(names):
        await _wait_for(old, seen, seconds / len(names))
        switch(project, new)
        await asyncio.to_thread(remove, project.releases / old)
    await _wait_for(names[-1], seen, seconds / len(names))
    done.set()
    await asyncio.gather(*readers)
    return seen


async def _wait_for(name: str, seen: Seen, seconds: float) -> None:
    """Waits so long, and until a release has answered."""
    await asyncio.sleep(seconds)
    while not seen.releases[name]:
        await asyncio.sleep(0.1)


def main() -> None:
    """Prints what the clients saw."""
    parser = argparse.ArgumentParser(description="Releases switched under clients")
    parser.add_argument("project", type=Path)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--switches", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = copied(wanted.project, Path(folder) / "project")
        gone = prepare(project, wanted.switches)
        names = sorted(path.name for path in project.releases.glob("[0-9]*"))
        with started(project.root, "--workers", str(wanted.workers)) as address:
            reading = Reading(address, [*PATHS, *gone], gone)
            before = held()
            story = read_while_switching(project, names, reading, wanted.clients, wanted.seconds)
            seen = asyncio.run(story)
            report(seen, before, held())


def copied(root: Path, target: Path) -> Project:
    """A copy of a project without its releases."""
    for name in COPIED:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if (root / name).is_dir():
            shutil.copytree(root / name, target / name)
        elif (root / name).exists():
            shutil.copyfile(root / name, target / name)
    return open_project(target)


def prepare(project: Project, switches: int) -> dict[str, str]:
    """Makes one release more than switches, all kept, the first current.

    Each but the first takes a record off, so that its files alone would stay; they are put aside.

    Returns:
        The addresses that end with a release, with it.
    """
    aside, gone = project.root / "aside", dict[str, str]()
    aside.mkdir()
    with open_register(project.register) as register:
        for number in range(switches + 1):
            ids = _take_off(project, register) if number else []
            at = moment(register.last_release() or "") + timedelta(minutes=2)
            name = release(project, register, at, lambda *_: None, allow_fewer=True).release
            shutil.copytree(project.releases / name, aside / name, copy_function=_link)
            gone |= {f"/{at}/{one}": name for one in ids for at in ("record", "api/v1/records")}
    for path in sorted(aside.iterdir()):
        if not (project.releases / path.name).exists():
            path.rename(project.releases / path.name)
    switch(project, min(path.name for path in project.releases.glob("[0-9]*")))
    return gone


def _take_off(project: Project, register: Register) -> list[str]:
    """Withdraws a record."""
    with closing(sqlite3.connect(project.current / "credit.db")) as db:
        ids = [row[0] for row in db.execute("SELECT record_id FROM penalty LIMIT 1")]
    at = moment(register.last_release() or "") + timedelta(minutes=1)
    withdraw(register, ids, Happening("revoked", at, "benchmark", "benchmark"))
    return ids


def _link(source: str, target: str) -> None:
    """Gives a file another name."""
    Path(target).hardlink_to(source)


def held() -> Held:
    """What the processes that this one started hold."""
    found = [Path(f"/proc/{pid}") for pid in _descendants("self")]
    files = sum(len(list((path / "fd").iterdir())) for path in found)
    pages = sum(int((path / "statm").read_text().split()[1]) for path in found)
    return Held(files, pages * 4 >> 10)


def _descendants(process: str) -> Iterator[int]:
    """The processes that one has started, and theirs."""
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        for pid in map(int, children.read_text().split()):
            yield pid
            yield from _descendants(str(pid))


def report(seen: Seen, before: Held, after: Held) -> None:
    """Prints what clients saw and what the server held."""
    waits = sorted(seen.waits)
    late = waits[int(len(waits) * 0.99)]
    print(f"answers {len(waits):,} from {len(seen.releases)} releases")
    print(f"wait median {median(waits) * 1e3:,.0f} ms, 99 % {late * 1e3:,.0f} ms, "
          f"longest {waits[-1] * 1e3:,.0f} ms")  # fmt: skip
    print(f"open files {before.files} before, {after.files} after")
    print(f"memory {before.mebibytes} MiB before, {after.mebibytes} MiB after")
    print(f"faults {seen.faults.total()}")
    for fault, number in seen.faults.most_common(10):
        print(f"  {number:6} {fault}")


if __name__ == "__main__":
    main()
