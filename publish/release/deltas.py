"""Downloads of what changed, release by release, with the rows as they read today.

Whoever holds the rows of a release takes the steps after it in order: rows of what was added or
changed are put in or replace what is there, those of what was withdrawn are deleted. No step holds
a value that is not public now: one that tells of a record of the newest step is written anew.
"""

import gzip
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from publish import __version__
from publish.release.changes import RELEASE_STEP
from publish.release.entries import Entry, entries, entry
from publish.release.manifest import file_sha256, read_manifest
from publish.release.public import columns
from publish.release.snapshot import CsvFile
from publish.schema import RecordType, public_types

FOLDER = Path("downloads/changes")
STEPS = 14
"""Of how many releases the changed rows can be had: whoever comes later takes whole tables."""

ROWS = 200_000
"""A step of more changes has no files, and neither have those before it."""

HEADS = ("change_kind", "change_fields", "change_cause", "change_reason")
"""The columns of a CSV file before those of the records."""


def write_deltas(credit: sqlite3.Connection, release: Path, previous: Path | None) -> list[Entry]:
    """Writes a list of all steps that are known, and the rows of the last ones.

    Args:
        credit: the finished credit.db.
        release: the folder of the release being built.
        previous: that of the release before, whose files are taken over where nothing in them
            differs; None if there is none.

    Returns:
        What the manifest states of the files.
    """
    (release / FOLDER).mkdir()
    known = _known(previous) if previous else {}
    listed = [_list_steps(credit, release)]
    for step in _steps(credit):
        (release / FOLDER / step).mkdir()
        files = known.get(step, [])
        if (
            previous
            and files
            and _is_as_it_was(credit, step, files)
            and _are_whole(previous, files)
        ):
            _take_over(previous, files, release)
            listed += files
        else:
            listed += _write(credit, step, release)
    return listed


def _list_steps(credit: sqlite3.Connection, release: Path) -> Entry:
    """The list of steps, newest first, from which a client learns what it needs."""
    path = release / FOLDER / "steps.csv"
    rows = credit.execute("SELECT * FROM release_step ORDER BY release DESC").fetchall()
    _write_csv(path, RELEASE_STEP.columns, rows)
    return entry(release, path, (RELEASE_STEP.zh, RELEASE_STEP.en), len(rows))


def _steps(credit: sqlite3.Connection) -> Iterator[str]:
    """The steps of which there are files, newest first."""
    found = credit.execute(
        "SELECT release, added + changed + withdrawn FROM release_step "
        "ORDER BY release DESC LIMIT ?",
        (STEPS,),
    )
    for step, rows in found.fetchall():
        if rows > ROWS:
            return
        yield step


def _known(previous: Path) -> dict[str, list[Entry]]:
    """The files of each step in the release before; none if other software made them.

    It may have known other columns.
    """
    manifest = read_manifest(previous)
    known: dict[str, list[Entry]] = {}
    if manifest["software"] == __version__:
        for stated in entries(manifest):
            path = Path(stated.path)
            if path.parent.parent == FOLDER:
                known.setdefault(path.parent.name, []).append(stated)
    return known


def _is_as_it_was(credit: sqlite3.Connection, step: str, files: Sequence[Entry]) -> bool:
    """Whether the newest step leaves another alone.

    A record in both may read otherwise now, and what was withdrawn has left the step.
    """
    told, again = credit.execute(
        "SELECT count(*), count(n.record_id) FROM change c LEFT JOIN change n "
        "ON n.record_id = c.record_id AND n.release = (SELECT max(release) FROM release_step) "
        "WHERE c.release = ?",
        (step,),
    ).fetchone()
    return told == files[0].rows and not again


def _are_whole(previous: Path, files: Iterable[Entry]) -> bool:
    """Whether files are as they were stated."""
    return all(file_sha256(previous / stated.path) == stated.sha256 for stated in files)


def _take_over(previous: Path, files: Iterable[Entry], release: Path) -> None:
    """Gives the files of the release before another name in this one."""
    for stated in files:
        os.link(previous / stated.path, release / stated.path)


def _write(credit: sqlite3.Connection, step: str, release: Path) -> list[Entry]:
    """Writes a step: all types as JSON Lines, and each as CSV."""
    types = [(record, _rows(credit, step, record)) for record in public_types().values()]
    path = release / FOLDER / step / "changes.jsonl.gz"
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as lines:
        for record, rows in types:
            lines.writelines(_line(record, row) for row in rows)
    title = f"{step} 的变更", f"changes of {step}"
    return [
        entry(release, path, title, sum(len(rows) for _, rows in types)),
        *(_write_type(step, record, rows, release) for record, rows in types if rows),
    ]


def _rows(credit: sqlite3.Connection, step: str, record: RecordType) -> list[tuple[Any, ...]]:
    """What a step did with the records of a type, each with its row of today, by record id.

    Of what it took off there is none, though the record may have come back since.
    """
    named = ", ".join(f"r.{column.name}" for column in columns(record)[1:])
    found = credit.execute(
        f"SELECT c.kind, c.fields, c.cause, c.reason, c.record_id, {named} FROM change c "
        f"LEFT JOIN {record.name} r ON r.record_id = c.record_id AND c.kind <> 'withdrawn' "
        "WHERE c.release = ? AND c.record_type = ? ORDER BY c.record_id",
        (step, record.name),
    )
    return found.fetchall()


def _line(record: RecordType, row: Sequence[Any]) -> bytes:
    """A change as JSON; the record itself is null if it was withdrawn."""
    kind, fields, cause, reason, *values = row
    names = [column.name for column in columns(record)]
    told = {
        "record_id": values[0],
        "record_type": record.name,
        "kind": kind,
        "fields": fields.split(",") if fields else [],
        "cause": cause,
        "reason": reason,
        "record": None if kind == "withdrawn" else dict(zip(names, values, strict=True)),
    }
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def _write_type(
    step: str, record: RecordType, rows: Sequence[Sequence[Any]], release: Path
) -> Entry:
    """The changes of one type as CSV; of what was withdrawn only the id is filled in."""
    path = release / FOLDER / step / f"{record.name}.csv"
    _write_csv(path, [*HEADS, *(column.name for column in columns(record))], rows)
    title = f"{step} 的变更：{record.title_zh}", f"changes of {step}: {record.title_en}"
    return entry(release, path, title, len(rows))


def _write_csv(path: Path, header: Iterable[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows as a file for spreadsheets too."""
    file = CsvFile(path, list(header))
    file.write(rows)
    file.close()
