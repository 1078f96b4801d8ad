"""Releases changed under clients: no failed answer, none from two releases, nothing left open."""

import asyncio
import gc
import re
import shutil
import threading
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.switch import Reading, read_while_switching
from publish.project import Project
from publish.release.release import remove
from publish.serve.app import Portal
from publish.serve.portal import ReleaseApp
from tests.integration.test_serve import ask, make_current, tiny_project, tiny_release, visit
from tests.server import started

NAMES = tuple(f"202611{day:02d}T140000Z-{day:08x}" for day in range(1, 7))
NAMED = re.compile(rb"202611\d\dT140000Z-\w{8}")
TARGETS = (
    "/",
    "/data.json",
    "/static/site.1a2b3c4d.css",
    "/credit/release.json?_shape=array",
    "/monitor/release.json?_shape=array",
    "/credit/licence.csv?_stream=on",
    "/api/v1/departments",
)
"""Addresses of every part that answers."""


@pytest.fixture
def line(tmp_path: Path) -> Project:
    """A project with several releases, the first current."""
    made = tiny_project(tmp_path / "project")
    for name in NAMES:
        tiny_release(made, name)
    make_current(made, NAMES[0])
    return made


def test_fifty_switches_leave_nothing_behind(line: Project) -> None:
    """Open files, threads and releases in memory are as many after fifty switches as after two."""

    async def story(app: Portal) -> list[tuple[int, int, int]]:
        counts = []
        for number in range(52):
            name = NAMES[number % 2]
            make_current(line, name)
            for target in TARGETS if number in {1, 51} else ("/", TARGETS[number % len(TARGETS)]):
                reply = await ask(app, target)
                assert (reply.status, reply.headers["x-release"]) == (200, name), target
            if number in {1, 51}:
                counts.append(held())
        return counts

    early, late = visit(line, story)
    assert late == early


def held() -> tuple[int, int, int]:
    """Open files, threads of pools, and releases in memory."""
    gc.collect()
    names = {t.name for t in threading.enumerate() if not t.name.startswith("asyncio_")}
    apps = [one for one in gc.get_objects() if isinstance(one, ReleaseApp)]
    return len(list(Path("/proc/self/fd").iterdir())), len(names), len(apps)


def test_an_old_page_still_gets_its_looks(line: Project) -> None:
    """What a page of the release before is made of, its hash in its name, is still answered."""
    asset = line.releases / NAMES[0] / "site/static/site.1a2b3c4d.css"
    looks = asset.read_bytes()
    for name in NAMES[1:]:
        (line.releases / name / "site/static/site.1a2b3c4d.css").unlink()

    async def story(app: Portal) -> None:
        make_current(line, NAMES[1])
        reply = await ask(app, "/static/site.1a2b3c4d.css")
        assert (reply.status, reply.body) == (200, looks)
        shutil.rmtree(line.releases / NAMES[0])
        assert (await ask(app, "/static/site.1a2b3c4d.css")).status == 404
        (line.releases / NAMES[2] / "site/data.json").write_text("of another release", "utf-8")
        (line.releases / NAMES[1] / "site/data.json").unlink()
        assert (await ask(app, "/data.json")).status == 404

    visit(line, story)


def test_a_removed_release_is_answered_for_by_its_follower(line: Project) -> None:
    """Requests that fall between the switch and the removal of the old files do not fail."""
    shutil.copytree(line.releases / NAMES[0], line.root / "kept")

    async def client(app: Portal, target: str) -> None:
        while not done.is_set():
            reply = await ask(app, target)
            assert reply.status == 200, (target, reply.text)
            assert set(NAMED.findall(reply.body)) <= {reply.headers["x-release"].encode()}
            await asyncio.sleep(0)

    async def story(app: Portal) -> None:
        clients = [asyncio.create_task(client(app, target)) for target in TARGETS]
        for old, new in pairwise(NAMES):
            await asyncio.sleep(0.2)
            make_current(line, new)
            await asyncio.to_thread(remove, line.releases / old)
        await asyncio.sleep(0.2)
        done.set()
        await asyncio.gather(*clients)

    done = asyncio.Event()
    visit(line, story)


def test_workers_agree(line: Project) -> None:
    """Whoever has seen a release is never answered from one before, by whichever process."""
    with started(line.root, "--workers", "2") as address:
        reading = Reading(address, TARGETS, {})
        seen = asyncio.run(read_while_switching(line, NAMES, reading, 8, 3))
    assert seen.faults == Counter()
    assert set(seen.releases) == set(NAMES)
