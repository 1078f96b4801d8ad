"""Yesterday's file again: on record, and no sign of life."""

import csv
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from publish.handin.intake import Handing, intake
from publish.project import init_project, project_template
from publish.register.register import open_register
from publish.release.release import release
from publish.schema import record_type
from tests.conftest import silent
from tests.unit.handed import example

FIRST = datetime(2026, 3, 4, 1, tzinfo=UTC)


def test_a_file_counts_once(tmp_path: Path) -> None:
    """It is a batch with a warning; the rows handed in and the freshness stay those of before."""
    project = init_project(tmp_path / "project", "demo-city")
    for table in (project_template() / "data/reference").glob("*.csv"):
        shutil.copy(table, project.data / "reference")
    path = project.data / "penalties.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [f.name for f in record_type("penalty").fields])
        writer.writeheader()
        writer.writerows([example(), example(decision_date="昨天")])
    with open_register(project.register) as register:
        intake(project, register, path, Handing(FIRST), silent)
        later = FIRST + timedelta(days=5)
        (again,) = intake(project, register, path, Handing(later), silent)
        done = release(project, register, later, silent)
    assert (again.repeats, again.counts.duplicate, again.counts.rejected) == (1, 1, 1)
    assert again.findings["stale_file"] == 1
    with closing(sqlite3.connect(done.folder / "monitor.db")) as db:
        rows = db.execute("SELECT day, submitted, accepted, rejected FROM submission").fetchall()
    assert rows == [("2026-03-04", 2, 1, 1)]
