"""The tables of credit.db beside the records themselves."""

import sqlite3
from collections.abc import Iterable

from monitor.tables import DEPARTMENT, RELEASE
from publish.project import Project
from publish.reference import TABLES
from publish.register.live import Moment
from publish.register.register import local

Gone = tuple[str, str, str, str]
"""Record id, record type, department, reason: what is told of a record that was taken off."""


def fill_credit(
    db: sqlite3.Connection, moment: Moment, project: Project, gone: Iterable[Gone]
) -> None:
    """Departments, lists, batches and tombstones."""
    DEPARTMENT.create(db)
    departments = project.reference.departments.values()
    DEPARTMENT.fill(db, ([getattr(d, c) for c in DEPARTMENT.columns] for d in departments))
    RELEASE.create(db)
    lists = TABLES["lists"]
    db.execute(f"CREATE TABLE credit_list ({', '.join(lists)}, PRIMARY KEY (list_id))")
    db.executemany(
        f"INSERT INTO credit_list VALUES ({','.join('?' * len(lists))})",
        ([getattr(e, c) for c in lists] for e in project.reference.lists.values()),
    )
    _fill_batches(db, moment, project)
    _fill_tombstones(db, moment, project, gone)


_BATCH_COLUMNS = (
    "file_name",
    "sha256",
    "record_type",
    "department",
    "rows",
    "new",
    "corrected",
    "duplicate",
    "rejected",
)


def _fill_batches(db: sqlite3.Connection, moment: Moment, project: Project) -> None:
    """What was handed in: the evidence behind each record."""
    names = ", ".join(_BATCH_COLUMNS)
    db.execute(f"CREATE TABLE batch (batch_id INTEGER PRIMARY KEY, received TEXT, {names})")
    rows = moment.register.db.execute(
        f"SELECT seq, received, {names} FROM batch WHERE seq <= ? ORDER BY seq",
        (moment.cut.batch,),
    )
    marks = ",".join("?" * (len(_BATCH_COLUMNS) + 2))
    zone = project.profile.zone
    db.executemany(
        f"INSERT INTO batch VALUES ({marks})",
        ((seq, local(received, zone), *rest) for seq, received, *rest in rows),
    )


def _fill_tombstones(
    db: sqlite3.Connection, moment: Moment, project: Project, gone: Iterable[Gone]
) -> None:
    """What stays of a record that was taken off: id, type, department, date and reason."""
    db.execute(
        "CREATE TABLE tombstone (record_id TEXT PRIMARY KEY, record_type TEXT, "
        "department TEXT, withdrawn_on TEXT, reason TEXT)"
    )
    zone = project.profile.zone
    db.executemany(
        "INSERT INTO tombstone VALUES (?, ?, ?, ?, ?)",
        (
            (record_id, record_type, department, local(_left(moment, record_id), zone)[:10], reason)
            for record_id, record_type, department, reason in gone
        ),
    )


def _left(moment: Moment, record_id: str) -> str:
    """When a record was taken off: now, or in an earlier release."""
    gone = moment.shown.gone.get(record_id)
    return moment.released[gone[0]] if gone else moment.cut.as_of
