"""Small releases made one after another, without a register: what tests of changes share."""

import csv
import gzip
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from monitor.tables import RELEASE
from publish import __version__
from publish.release.changes import Change, changes, fill_changes
from publish.release.datasets import datasets
from publish.release.deltas import FOLDER, HEADS, write_deltas
from publish.release.entries import entries
from publish.release.manifest import read_manifest, write_manifest
from publish.release.public import TOMBSTONE
from publish.release.snapshot import new_database
from publish.schema import public_types

Row = Mapping[str, Any]
Rows = dict[str, Row]
"""Public rows by record id, each with the name of its type under ``type``."""

RULES = {
    "profile": "demo-city",
    "profile_version": "1",
    "calendar": "cn",
    "calendar_version": "1",
    "software": __version__,
}


def row(record_id: str, text: str = "", kind: str = "licence", **more: object) -> Row:
    """A public row; what it says stands in its ``content``."""
    values = {
        "type": kind,
        "record_id": record_id,
        "department": "market",
        "content": text,
        "version": 1,
        "batch": 1,
        "received": "2025-12-05T10:00:00+08:00",
        "publish_status": "on_time",
        "due_date": "2026-01-15",
    }
    return values | more


@dataclass
class Line:
    """Releases in a folder, the newest last."""

    root: Path
    rules: dict[str, str] = field(default_factory=lambda: dict(RULES))
    names: list[str] = field(default_factory=list)

    def folder(self, name: str) -> Path:
        """The folder of a release."""
        return self.root / name

    def credit(self, name: str = "") -> closing[sqlite3.Connection]:
        """The records of a release, the newest unless another is named."""
        path = self.folder(name or self.names[-1]) / "credit.db"
        return closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True))

    def add(self, rows: Rows, gone: Mapping[str, str], ids: Collection[str] | None = None) -> str:
        """Makes a release; returns its name.

        Args:
            gone: the reasons of records that were taken off.
            ids: the records that can differ from the release before; None if any can.
        """
        day = len(self.names) + 1
        name = f"202601{day:02d}T140000Z-{day:08x}"
        stated = {**self.rules, "release": name, "as_of": f"2026-01-{day:02d}T22:00:00+08:00"}
        release = [stated.get(column, 0) for column in RELEASE.columns]
        previous = self.folder(self.names[-1]) if self.names else None
        (self.folder(name) / "downloads").mkdir(parents=True)
        with new_database(self.folder(name) / "credit.db") as db:
            for kind in public_types():
                table = datasets()[kind].table
                table.create(db)
                own = [one for one in rows.values() if one["type"] == kind]
                table.fill(db, ([one.get(c) for c in table.columns] for one in own))
            for table in (TOMBSTONE, RELEASE):
                table.create(db)
            TOMBSTONE.fill(db, [(i, "licence", "market", "2026-01-01", r) for i, r in gone.items()])
            RELEASE.fill(db, [release])
            fill_changes(db, previous, release, ids)
            files = write_deltas(db, self.folder(name), previous)
        manifest = {"files": [file.stated() for file in files], "software": self.rules["software"]}
        write_manifest(self.folder(name), manifest)
        self.names.append(name)
        return name

    def since(
        self, name: str, until: str | None = None, after: str = "", limit: int | None = None
    ) -> list[Change]:
        """What the newest release tells of the changes since another."""
        with self.credit() as db:
            return changes(db, name, until=until, after=after, limit=limit)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every file of the newest release's changes, unpacked: name and text."""
        folder = self.folder(self.names[-1])
        for stated in entries(read_manifest(folder)):
            content = (folder / stated.path).read_bytes()
            packed = stated.path.endswith(".gz")
            yield stated.path, (gzip.decompress(content) if packed else content).decode("utf-8-sig")

    def by_json(self, rows: Rows, since: str) -> Rows:
        """The rows of a release after the steps since it, taken from JSON Lines."""
        held = dict(rows)
        for step in self.names[self.names.index(since) + 1 :]:
            path = self.folder(self.names[-1]) / FOLDER / step / "changes.jsonl.gz"
            for line in gzip.decompress(path.read_bytes()).splitlines():
                told = orjson.loads(line)
                take(held, told["record_id"], told["record_type"], told["kind"], told["record"])
        return held

    def by_csv(self, rows: Rows, since: str) -> Rows:
        """The same, taken from CSV; its cells are texts."""
        held = dict(rows)
        for step in self.names[self.names.index(since) + 1 :]:
            for path in (self.folder(self.names[-1]) / FOLDER / step).glob("*.csv"):
                with path.open(encoding="utf-8-sig", newline="") as file:
                    for told in csv.DictReader(file):
                        kind, *_ = (told.pop(head) for head in HEADS)
                        take(held, told["record_id"], path.stem, kind, told)
        return held


def take(held: Rows, record_id: str, kind: str, what: str, row: Row) -> None:
    """Does what a client does with one change."""
    if what == "withdrawn":
        held.pop(record_id, None)
    else:
        held[record_id] = {"type": kind, **row}


def whole(rows: Rows) -> Rows:
    """Rows with every column, as the database has them."""
    return {
        record_id: {"type": one["type"]}
        | {c: one.get(c) for c in datasets()[one["type"]].table.columns}
        for record_id, one in rows.items()
    }


def texts(rows: Rows) -> Rows:
    """Whole rows with cells as texts, as CSV has them."""
    return {
        record_id: {name: "" if v is None else str(v) for name, v in one.items()}
        for record_id, one in whole(rows).items()
    }
