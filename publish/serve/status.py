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
    """The newest releases that are still there, newest first, up to the one in a folder."""
    known = (p for p in folder.parent.glob("[0-9]*") if p.name <= folder.name)
    for path in nlargest(_RELEASES, known):
        with closing(sqlite3.connect(f"file:{path}/monitor.db?immutable=1", uri=True)) as db:
            db.row_factory = sqlite3.Row
            yield {**db.execute("SELECT * FROM release").fetchone(), "current": path == folder}


def versions(release: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The versions in use: what of, in Chinese and English, and which."""
    return [
        ("软件", "Software", release["software"]),
        ("规则", "Rules", f"{release['profile']} {release['profile_version']}"),
        ("日历", "Calendar", f"{release['calendar']} {release['calendar_version']}"),
    ]
