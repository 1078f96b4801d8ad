"""The tables of credit.db beside the records themselves."""

import sqlite3
from collections.abc import Iterable, Iterator

from monitor.tables import DEPARTMENT, RELEASE
from publish.project import Project
from publish.register.live import Moment
from publish.register.register import local
from publish.release.filenames import PublicNames
from publish.release.public import BATCH, TOMBSTONE, reference_rows, reference_table
from publish.schema import public_types

Gone = tuple[str, str, str, str]
"""Record id, record type, department, reason: what is told of a record that was taken off."""


def fill_credit(
    db: sqlite3.Connection, moment: Moment, project: Project, gone: Iterable[Gone]
) -> None:
    """Departments, lists, the catalogue, batches and tombstones."""
    for table in (DEPARTMENT, BATCH, TOMBSTONE, RELEASE):
        table.create(db)
    reference = project.reference
    DEPARTMENT.fill_from(db, reference.departments.values())
    for name, items in (("credit_list", reference.lists), ("catalogue", reference.catalogue)):
        reference_table(name).create(db)
        reference_table(name).fill(db, reference_rows(name, items.values()))
    BATCH.fill(db, _batches(moment, project))
    TOMBSTONE.fill(db, _tombstones(moment, project, gone))


def _batches(moment: Moment, project: Project) -> Iterator[tuple[object, ...]]:
    """What was handed in: the evidence behind each record.

    Hand-ins that no public record comes from are left out. What a file is called is shown where
    it names nobody.
    """
    _, _, _, *names = BATCH.columns
    shown = PublicNames(project.reference)
    types = ",".join(f"'{name}'" for name in public_types())
    rows = moment.register.db.execute(
        f"SELECT seq, received, file_name, source, {', '.join(names)} FROM batch "
        f"WHERE seq <= ? AND record_type IN ({types}) ORDER BY seq",
        (moment.cut.batch,),
    )
    for seq, received, name, source, *rest in rows:
        yield seq, local(received, project.profile.zone), shown.show(name, source), *rest


def _tombstones(
    moment: Moment, project: Project, gone: Iterable[Gone]
) -> Iterator[tuple[object, ...]]:
    """What stays of a record that was taken off: id, type, department, date and reason."""
    for record_id, record_type, department, reason in gone:
        left = local(_left(moment, record_id), project.profile.zone)[:10]
        yield record_id, record_type, department, left, reason


def _left(moment: Moment, record_id: str) -> str:
    """When a record was taken off: now, or in an earlier release."""
    gone = moment.shown.gone.get(record_id)
    return moment.released[gone[0]] if gone else moment.cut.as_of
