"""Which records a release must judge again if it is made from the one before, and when it may be.

Whatever is not sure to be the same makes the release a full one: see
docs/decisions/0026-releases-from-the-one-before.md.
"""

import sqlite3
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from publish.errors import ProblemError
from publish.program import program
from publish.project import Project
from publish.register.live import Moment, Part
from publish.register.pushes import pushed_between
from publish.register.register import local
from publish.release.manifest import file_sha256, read_manifest
from publish.release.parents import Parents
from publish.release.since import release_before
from publish.release.trace import Trace

MOST = 0.25
"""Above this share of records to be judged again a full release is about as quick."""

TAKEN_OVER = ("credit.db", "monitor.db", "downloads/duty.parquet")
"""The files of the release before that a release is made from."""


@dataclass(frozen=True)
class Base:
    """The release before, as what a release is made from.

    Attributes:
        folder: its files.
        trace: the file of what was kept of its records.
        ids: the records that must be judged again, internal ones too. Every other record has the
            rows that it had.
    """

    folder: Path
    trace: Path
    ids: frozenset[str]


def trace_of(project: Project, release: str) -> Path:
    """The file of what is kept of a release's records."""
    return project.cache / "releases" / f"{release}.db"


def pages_of(project: Project, release: str) -> Path:
    """The file of what is kept of a release's pages."""
    return project.cache / "releases" / f"{release}.json"


def forget_but(project: Project, releases: Collection[str]) -> None:
    """Deletes what is kept of the records and pages of all releases but some."""
    for path in trace_of(project, "").parent.iterdir():
        if path.stem not in releases:
            path.unlink()


def state(project: Project, moment: Moment) -> dict[str, Any]:
    """What a later release compares to know whether it can be made from this one."""
    cut = moment.cut
    return {
        "rules": rules(project),
        "as_of": cut.as_of,
        "held": cut.held,
        "version": moment.last_version,
        "event": _last_event(moment),
    }


def base(project: Project, moment: Moment) -> Base | None:
    """The release before, if a release can be made from it; None where anything is doubtful."""
    folder = release_before(project, moment)
    path = trace_of(project, folder.name) if folder else None
    if folder is None or path is None or not path.exists() or not _is_whole(folder):
        return None
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as db:
        trace = Trace(db)
        kept = trace.state
        if not kept or not _has_same_rules(project, moment, kept):
            return None
        ids = _again(project, moment, trace, kept)
        too_many = len(ids) - trace.internal > MOST * trace.size
    return None if too_many else Base(folder, path, frozenset(ids))


def rules(project: Project) -> str:
    """A digest of all that the rows of a record are made by, besides the record and the day.

    The profile, the reference tables and calendars, this program and the libraries it stands on.
    """
    digest = sha256(project.profile.model_dump_json().encode())
    digest.update(program())
    for path in sorted(p for p in (project.data / "reference").rglob("*") if p.is_file()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _is_whole(folder: Path) -> bool:
    """Whether the files of a release that another is made from are as they were written."""
    try:
        stated = read_manifest(folder)["sha256"]
    except ProblemError:
        return False
    return all(
        (folder / name).is_file() and file_sha256(folder / name) == stated.get(name)
        for name in TAKEN_OVER
    )


def _has_same_rules(project: Project, moment: Moment, kept: dict[str, Any]) -> bool:
    """Whether records stand under the rules under which they were judged before.

    Most rules are those of the day of a record's decision. Whether it is shown while an objection
    is open follows the day of the release.
    """
    before, now = (
        date.fromisoformat(local(at, project.profile.zone)[:10])
        for at in (kept["as_of"], moment.cut.as_of)
    )
    objection = project.profile.objection
    return bool(kept["rules"] == rules(project)) and objection.on(before) == objection.on(now)


def _again(project: Project, moment: Moment, trace: Trace, kept: dict[str, Any]) -> set[str]:
    """The records that may not stand as they stood, and those that belong together with them."""
    today = local(moment.cut.as_of, project.profile.zone)[:10]
    ids = trace.due(today) | _handed_in(moment, kept) | _happened(moment, kept)
    push = project.profile.clocks.push
    if push and any(rule.ends != "received" for rule in push.root):
        ids |= pushed_between(moment.register, kept["as_of"], moment.cut.as_of)
    parents = Parents(project.reference)
    now = Part(moment.register, moment.cut, frozenset(ids)).records()
    families = trace.families(ids) | {f for live in now if (f := parents.family(live)) is not None}
    return ids | trace.relatives(families)


def _handed_in(moment: Moment, kept: dict[str, Any]) -> set[str]:
    """The records with versions handed in, or signed off, since."""
    rows = moment.register.db.execute(
        "SELECT record_id FROM version WHERE seq > ? AND seq <= ?",
        (kept["version"], moment.last_version),
    )
    held = set(kept["held"]) ^ set(moment.cut.held)
    return {row[0] for row in rows} | moment.in_batches(held)


def _happened(moment: Moment, kept: dict[str, Any]) -> set[str]:
    """The records to which something happened since, entered since or meant for a later day."""
    rows = moment.register.db.execute(
        "SELECT record_id FROM event WHERE (seq > ? OR at > ?) AND at <= ?",
        (kept["event"], kept["as_of"], moment.cut.as_of),
    )
    return {row[0] for row in rows}


def _last_event(moment: Moment) -> int:
    """The number of the last event of the register."""
    row = moment.register.db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
    return int(row[0])
