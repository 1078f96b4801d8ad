"""The tables of credit.db beside the records themselves."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from monitor.tables import DEPARTMENT, RELEASE
from publish.project import Project
from publish.register.live import Moment
from publish.register.register import local
from publish.release.filenames import PublicNames
from publish.release.public import BATCH, TOMBSTONE, reference_rows, reference_table
from publish.schema import public_types

Gone = tuple[str, str, str, str]
"""Record id, record type, department, reason: what is told of a record that was taken off."""

_TABLES = (DEPARTMENT, BATCH, TOMBSTONE, RELEASE)
_REFERENCE = ("credit_list", "catalogue")


def fill_credit(
    db: sqlite3.Connection,
    moment: Moment,
    project: Project,
    gone: Iterable[Sequence[object]],
    release: Sequence[object],
) -> None:
    """Departments, lists, the catalogue, batches, tombstones and the release, made anew.

    Args:
        gone: the rows of the table `tombstone`.
        release: the row of the table `release`.
    """
    reference = project.reference
    for table in (*_TABLES, *map(reference_table, _REFERENCE)):
        db.execute(f'DROP TABLE IF EXISTS "{table.name}"')
        table.create(db)
    DEPARTMENT.fill_from(db, reference.departments.values())
    items: tuple[Iterable[object], ...] = reference.lists.values(), reference.catalogue.values()
    for name, listed in zip(_REFERENCE, items, strict=True):
        reference_table(name).fill(db, reference_rows(name, listed))
    BATCH.fill(db, _batches(moment, project))
    TOMBSTONE.fill(db, gone)
    RELEASE.fill(db, [release])


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
