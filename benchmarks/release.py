"""A release in full and one made from the release before, beside the least that its tables cost.

    python -m benchmarks.release [--records 100000] [--project DIR] [--share 0.01]

The least is the sqlite3 shell's `.import` of the same public rows, with the same B-tree indexes
on them and an FTS5 trigram index over the same texts. A demo city is made first; or the register
and the rules of a project that is there are copied, which stays as it is.

Then some of its records change: of a hundred, 70 are new, 20 corrected, 5 revoked and 5 objected
to. What then is public is built twice, in full and from the release before, and must be the same.
Processor seconds, those of children too, and the most memory that a process took.
"""

import argparse
import csv
import json
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from time import monotonic
from typing import Any

import orjson

from benchmarks.apart import peak, processor_seconds
from publish.demo.run import city, prepare
from publish.progress import ProgressLine
from publish.project import SETTINGS, Project, open_project
from publish.register.identity import identifier
from publish.register.live import Live, Moment
from publish.register.register import BATCH, RECORD, TALLY, Register, moment, open_register, seal
from publish.register.removal import Happening, enter
from publish.release.build import build, read_only
from publish.release.incremental import base
from publish.release.manifest import read_manifest
from publish.release.public import searchable
from publish.release.release import release
from publish.schema import public_types, record_type, types_of

_COPIED = (SETTINGS, "site", "data/profiles", "data/reference", "data/editions", "data/register.db")
_KINDS = ("new",) * 14 + ("corrected",) * 4 + ("revoked", "objection_opened")
_HANDLER = "benchmark"
_LATER = timedelta(hours=1)


def main() -> None:
    """Measures each contender in a process of its own, and prints."""
    parser = argparse.ArgumentParser(description="A release beside the sqlite3 shell")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--project", type=Path)
    parser.add_argument("--share", type=float, default=0.01)
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.run:
        print(json.dumps(run(*wanted.run)))
        return
    with tempfile.TemporaryDirectory() as name:
        compare(prepared(Path(name), wanted.project, wanted.records), wanted.share)


def prepared(root: Path, given: Path | None, records: int) -> Project:
    """A project to measure on: a demo city, or a copy of what another is made of."""
    if given is None:
        return prepare(root, city(records), shown()).project
    for name in filter(lambda name: (given / name).exists(), _COPIED):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if (given / name).is_dir():
            shutil.copytree(given / name, root / name)
        else:
            shutil.copyfile(given / name, root / name)
    return open_project(root)


def compare(project: Project, share: float) -> None:
    """Measures and prints everything."""
    first = apart(project, "first")
    imported = import_rows(project)
    changed = change(project, share)
    full, part = apart(project, "full"), apart(project, "part")
    print(
        f"{full['records']:,} public records; {changed:,} changed, {part['again']:,} judged again"
    )
    print(f"import       {imported:8.1f} s")
    for what, one in (("first", first), ("full", full), ("from before", part)):
        print(f"{what:12} {one['seconds']:8.1f} s  {one['mebibytes']:7,.0f} MiB")
    print(f"full / import       {full['seconds'] / imported:6.2f}")
    print(f"from before / full  {part['seconds'] / full['seconds']:6.3f}")
    print("content", "is the same" if full["content"] == part["content"] else "DIFFERS")


def apart(project: Project, what: str) -> dict[str, Any]:
    """Runs one contender in a process of its own, its progress shown."""
    command = [sys.executable, "-m", "benchmarks.release", "--run", str(project.root), what]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def run(root: str, what: str) -> dict[str, Any]:
    """One contender in this process: seconds, memory, and by what its result is known.

    Args:
        root: the project.
        what: ``first``, a release that is switched to; ``full`` and ``part``, what would follow.
    """
    project = open_project(Path(root))
    with open_register(project.register) as register:
        now = moment(max(register.last_received(), register.last_release())) + _LATER
        then = Moment(register, register.cut(now))
        before = base(project, then) if what == "part" else None
        began = processor_seconds()
        if what == "first":
            folder = release(project, register, now, shown(), full=True).folder
        else:
            folder = project.root / what
            build(project, then, "next", folder, shown(), full=what == "full")
        seconds = processor_seconds() - began
    stated = read_manifest(folder)
    return {
        "seconds": seconds,
        "mebibytes": peak(),
        "content": stated["digest"]["content"],
        "records": sum(counts["published"] for counts in stated["counts"].values()),
        "again": len(before.ids) if before else 0,
    }


def import_rows(project: Project) -> float:
    """Processor seconds of the shell's import with indexes."""
    with tempfile.TemporaryDirectory() as name:
        script = "".join(f"{line}\n" for line in statements(project.current, Path(name)))
        began = _children()
        subprocess.run(
            ["sqlite3", f"{name}/bare.db"],
            input=script,
            text=True,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return _children() - began


def statements(folder: Path, work: Path) -> Iterator[str]:
    """What the shell is told, the rows of each table laid into a CSV file before.

    Args:
        folder: the release whose public rows they are.
    """
    yield from ("PRAGMA journal_mode = OFF;", "PRAGMA synchronous = OFF;", ".mode csv")
    with closing(read_only(folder / "credit.db")) as db:
        for name, record in public_types().items():
            with (work / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(db.execute(f'SELECT * FROM "{name}"'))
            made = [
                row[0]
                for row in db.execute(
                    "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL "
                    "ORDER BY type = 'index'",
                    (name,),
                )
            ]
            yield f"{made[0]};"
            yield f".import {work / name}.csv {name}"
            yield from (f"{index};" for index in made[1:])
            texts = ", ".join(searchable(record))
            yield (
                f"CREATE VIRTUAL TABLE {name}_fts USING fts5({texts}, content='{name}', "
                "tokenize='trigram');"
            )
            yield f"INSERT INTO {name}_fts({name}_fts) VALUES ('rebuild');"


def change(project: Project, share: float) -> int:
    """Changes some records in the register; returns how many."""
    with open_register(project.register) as register:
        now = moment(register.last_release()) + _LATER / 2
        lives = Moment(register, register.cut(now)).records()
        wanted = [live for live in lives if live.record_type in types_of("record")]
        chosen = wanted[:: round(1 / share)]
        kinds = {live.record_id: _KINDS[n % len(_KINDS)] for n, live in enumerate(chosen)}
        hand_in(register, chosen, kinds, now.strftime("%Y-%m-%dT%H:%M:%SZ"))
        for kind in ("revoked", "objection_opened"):
            ids = [record_id for record_id, own in kinds.items() if own == kind]
            enter(register, ids, Happening(kind, now, _HANDLER, "benchmark"))
    return len(chosen)


def hand_in(
    register: Register, chosen: list[Live], kinds: Mapping[str, str], received: str
) -> None:
    """Hands in new records much like old ones, and corrections, a batch for each type."""
    of_type = sorted(chosen, key=lambda live: live.record_type)
    for name, lives in groupby(of_type, key=lambda live: live.record_type):
        told = (version(register, live, kinds[live.record_id]) for live in lives)
        versions = list(filter(None, told))
        rows, new = len(versions), sum(is_new for is_new, *_ in versions)
        counts = (rows, new, rows - new, 0, 0)
        with register.transaction() as db:
            file = (f"{name}.csv", "", seal(name.encode()), 0, received, _HANDLER, None, name, None)
            batch = BATCH.append(db, [(*file, None, *counts, "[]")])
            TALLY.append(db, [(batch, versions[0][2], *counts)])
            RECORD.append(
                db,
                (
                    (record_id, name, department, batch, line, seal(payload), payload, None)
                    for line, (_, record_id, department, payload) in enumerate(versions, start=2)
                ),
            )


def version(register: Register, live: Live, kind: str) -> tuple[bool, str, str, bytes] | None:
    """A version to hand in: whether it is new, record, department, payload; None for an event."""
    record = record_type(live.record_type)
    values, record_id = dict(live.values), live.record_id
    if kind == "new":
        values[record.roles["document"][-1]] += "-9"
        record_id = identifier(record, register.identity_key)(values)
    elif kind == "corrected":
        text = next(f.name for f in reversed(record.public_fields) if f.scan)
        values[text] = f"{values.get(text, '')}（更正）"
    else:
        return None
    return kind == "new", record_id, live.department, orjson.dumps(values)


def shown() -> ProgressLine:
    """Progress on the error stream."""
    return ProgressLine(monotonic)


def _children() -> float:
    """Processor seconds of the children of this process."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
