"""The page on how the portal itself is doing: jobs, releases, how fresh each department is."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date
from heapq import nlargest
from pathlib import Path
from typing import Any

import orjson

_RELEASES = 20
_FRESHNESS = """
    SELECT d.code, d.name_zh, d.name_en, max(s.day) AS received
    FROM department d LEFT JOIN submission s ON s.department = d.code
    WHERE coalesce(d.valid_to, '') = '' GROUP BY d.code ORDER BY received, d.code
"""


def read_status(path: Path) -> Mapping[str, Any]:
    """What the scheduler wrote last (`publish.jobs.runs.write_status`); nothing if it never ran."""
    try:
        found: Mapping[str, Any] = orjson.loads(path.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return {"jobs": [], "failures": []}
    return found


def freshness(db: sqlite3.Connection, today: date) -> list[dict[str, Any]]:
    """Each department with the day it last handed in, those silent for longest first."""
    rows = [dict(row) for row in db.execute(_FRESHNESS)]
    for row in rows:
        day = row["received"]
        row["days"] = (today - date.fromisoformat(day)).days if day else None
    return rows


def read_releases(folder: Path) -> Iterator[dict[str, Any]]:
    """The newest releases that are still there, newest first, up to the one in a folder.

    One that is being removed at this moment is not there any more.
    """
    known = (p for p in folder.parent.glob("[0-9]*") if p.name <= folder.name)
    for path in nlargest(_RELEASES, known):
        try:
            yield {**_release(path), "current": path == folder}
        except sqlite3.OperationalError:
            if path == folder:
                raise


def _release(folder: Path) -> dict[str, Any]:
    """What a release says of itself; read so that no file is made where it is not there."""
    address = f"file:{folder}/monitor.db?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as db:
        db.row_factory = sqlite3.Row
        return dict(db.execute("SELECT * FROM release").fetchone())


def versions(release: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The versions in use: what of, in Chinese and English, and which."""
    return [
        ("软件", "Software", release["software"]),
        ("规则", "Rules", f"{release['profile']} {release['profile_version']}"),
        ("日历", "Calendar", f"{release['calendar']} {release['calendar_version']}"),
    ]
