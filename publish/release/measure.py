"""monitor.db: duties and submissions in, indicators and league tables out."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import add
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from monitor.clocks import Duty
from monitor.engine import duckdb, read_facts
from monitor.evidence import descriptions
from monitor.indicators import compute, rows
from monitor.league import league
from monitor.periods import periods
from monitor.tables import (
    CALENDAR,
    CALENDAR_CHANGE,
    DEPARTMENT,
    DUTY,
    FACTS,
    FINDING,
    HISTOGRAM,
    INDICATOR,
    INDICATOR_NAME,
    LEAGUE,
    NUMBER_GAP,
    PERIOD,
    RANKING,
    SCORE_PART,
    SUBMISSION,
    TABLES,
    WITHHELD,
    Table,
)
from publish.handin.findings import kinds
from publish.project import Project
from publish.register.live import Moment
from publish.register.register import local
from publish.release.facts import Facts

_ARROW = {"TEXT": pa.string(), "INTEGER": pa.int64(), "REAL": pa.float64()}
_CHUNK = 20_000
_TAKEN_OVER = (DUTY, CALENDAR_CHANGE)


class DutyWriter:
    """Writes duties to monitor.db and to the Parquet file that the indicators are taken from."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db, self._rows = db, list[Duty]()
        self._schema = _schema(DUTY)
        self._parquet = pq.ParquetWriter(path, self._schema, compression="zstd")

    def extend(self, duties: Iterable[Duty]) -> None:
        """Takes some duties."""
        self._rows.extend(duties)
        if len(self._rows) >= _CHUNK:
            self._flush()

    def take_over(self, ids: Collection[str], duty_ids: Collection[str], before: Path) -> None:
        """Keeps the duties of the release before, without those that are judged again.

        Args:
            ids: the records and cases whose duties these are.
            duty_ids: the ids of those of them that name no record.
            before: the Parquet file of that release.
        """
        again = [
            row[0]
            for sql, values in (
                (
                    "SELECT duty_id FROM duty WHERE record_id IN (SELECT value FROM json_each(?))",
                    ids,
                ),
                ("SELECT value FROM json_each(?)", duty_ids),
            )
            for row in self._db.execute(sql, _listed(values))
        ]
        for name in (DUTY.name, CALENDAR_CHANGE.name):
            self._db.execute(
                f"DELETE FROM {name} WHERE duty_id IN (SELECT value FROM json_each(?))",
                _listed(again),
            )
        gone = pa.array(again, pa.string())
        with pq.ParquetFile(before) as file:
            for batch in file.iter_batches(batch_size=_CHUNK, columns=self._schema.names):
                kept = batch.filter(pc.invert(pc.is_in(batch["duty_id"], gone)))
                self._parquet.write_table(pa.Table.from_batches([kept]).cast(self._schema))

    def close(self) -> None:
        """Writes what is left."""
        self._flush()
        self._parquet.close()

    def _flush(self) -> None:
        """Writes the duties at hand."""
        rows, self._rows = self._rows, []
        DUTY.fill(self._db, rows)
        self._parquet.write_table(_arrow(self._schema, rows))


def create_tables(db: sqlite3.Connection) -> None:
    """Makes the empty tables of monitor.db, but for those taken over from the release before."""
    for table in TABLES:
        if not _is_there(db, table.name) or table not in _TAKEN_OVER:
            db.execute(f'DROP TABLE IF EXISTS "{table.name}"')
            table.create(db)


def fill_tables(
    db: sqlite3.Connection,
    moment: Moment,
    project: Project,
    gathered: Facts,
    withheld: Mapping[tuple[str, str, str], int],
    folder: Path,
) -> None:
    """Fills every table of monitor.db but those of duties and `release`.

    Args:
        gathered: the other facts about the live records.
        withheld: records not published, counted by department, record type and reason.
        folder: where duty.parquet lies and the other facts are put.
    """
    departments = project.reference.departments.values()
    DEPARTMENT.fill_from(db, departments)
    WITHHELD.fill(db, ((*key, n) for key, n in sorted(withheld.items())))
    INDICATOR_NAME.fill(db, descriptions())
    facts = {
        SUBMISSION.name: _submissions(moment, project),
        CALENDAR.name: project.calendar.rows(),
        **gathered.tables(),
    }
    NUMBER_GAP.fill(db, facts[NUMBER_GAP.name])
    for table in (*FACTS, CALENDAR):
        if table is not DUTY:
            rows = list(facts[table.name])
            table.fill(db, rows)
            pq.write_table(_arrow(_schema(table), rows), folder / f"{table.name}.parquet")
    FINDING.fill(db, _findings(moment))
    _fill_figures(db, moment, project, folder)
    for table in TABLES:
        if not _is_there(db, "_".join((table.name, *next(iter(table.indexes), ())))):
            table.index(db)


def _fill_figures(db: sqlite3.Connection, moment: Moment, project: Project, folder: Path) -> None:
    """Periods, indicators, histograms and league tables."""
    today = local(moment.cut.as_of, project.profile.zone)[:10]
    earliest = db.execute("SELECT min(due_date) FROM duty").fetchone()[0] or today
    spans = periods(date.fromisoformat(min(earliest, today)), date.fromisoformat(today))
    with duckdb(folder) as engine:
        figures = compute(read_facts(engine, folder), spans, today, engine)
    departments = project.reference.departments
    PERIOD.fill(db, spans)
    INDICATOR.fill(db, rows(figures.indicators, INDICATOR))
    HISTOGRAM.fill(db, rows(figures.histogram, HISTOGRAM))
    for standings in league(figures.indicators, spans, departments, project.profile):
        LEAGUE.fill(db, standings.league)
        RANKING.fill(db, standings.ranking)
        SCORE_PART.fill(db, standings.parts)


def _submissions(moment: Moment, project: Project) -> Iterator[tuple[Any, ...]]:
    """Rows handed in, accepted and rejected per department, record type and day.

    A row counts for the department that it names; one that names none for the department
    that handed the file in. Yesterday's file again is no hand-in.
    """
    zone = project.profile.zone
    totals: dict[tuple[str, str, str], list[int]] = {}
    rows = moment.register.db.execute(
        "SELECT t.department, b.record_type, b.received, sum(t.rows), "
        "sum(t.rows - t.rejected), sum(t.rejected) FROM tally t JOIN batch b ON b.seq = t.batch "
        "WHERE t.batch <= ? AND b.repeats IS NULL GROUP BY 1, 2, 3",
        (moment.cut.batch,),
    )
    for department, record_type, received, *counts in rows:
        total = totals.setdefault((department, record_type, local(received, zone)[:10]), [0, 0, 0])
        total[:] = map(add, total, counts)
    for key, total in sorted(totals.items()):
        yield (*key, *total)


def _findings(moment: Moment) -> Iterator[tuple[Any, ...]]:
    """Findings counted by department, record type and code."""
    rows = moment.register.db.execute(
        "SELECT coalesce(f.department, b.department, ''), b.record_type, f.code, f.severity, "
        "count(*) FROM finding f JOIN batch b ON b.seq = f.batch WHERE f.batch <= ? "
        "GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3",
        (moment.cut.batch,),
    )
    for department, record_type, code, severity, count in rows:
        kind = kinds()[code]
        yield department, record_type, code, severity, kind.title_zh, kind.title_en, count


def _is_there(db: sqlite3.Connection, name: str) -> bool:
    """Whether a database has a table or an index."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone() is not None


def _listed(values: Iterable[str]) -> tuple[str]:
    """Values as SQL takes a list of them."""
    return (orjson.dumps(list(values)).decode(),)


def _schema(table: Table) -> pa.Schema:
    """A table's columns as Arrow types."""
    return pa.schema([(name, _ARROW[kind]) for name, (kind, _, _) in table.columns.items()])


def _arrow(schema: pa.Schema, rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Rows as an Arrow table."""
    columns: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
