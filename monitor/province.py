"""The figures of many cities at once, from the facts that their releases publish."""

from datetime import date
from pathlib import Path
from typing import NamedTuple

from ibis import _
from ibis.backends import BaseBackend
from ibis.expr.types import Table

from monitor.engine import read_facts
from monitor.indicators import Figures, compute, rows
from monitor.periods import periods
from monitor.tables import CALENDAR, DUTY, HISTOGRAM, INDICATOR
from publish.errors import ProblemError
from publish.release.snapshot import CsvFile


class Summary(NamedTuple):
    """What the figures were taken from, and how many there are."""

    duties: int
    departments: int
    periods: int
    indicators: int


def figures(facts: Path, out: Path, engine: BaseBackend, today: date) -> Summary:
    """Computes all indicators from Parquet facts, and writes them as Parquet and CSV.

    Args:
        facts: the folder of the facts; with Spark, one that every worker sees at the same path.
        out: the folder to write ``indicator`` and ``histogram`` to.
        engine: one of `monitor.engine`.
        today: the day on which the releases judged the duties.

    Raises:
        UsageError: if there are no duties or no calendar in the folder.
        ProblemError: if a duty is there twice, or two calendars differ on a day that is over.
    """
    found = read_facts(engine, facts)
    duty = found[DUTY.name]
    told = duty.aggregate(
        duties=duty.count(),
        distinct=duty.duty_id.nunique(),
        departments=duty.department.nunique(),
        earliest=duty.due_date.min(),
    )
    row = engine.to_pyarrow(told).to_pylist()[0]
    _refuse_twice(row["duties"], row["distinct"])
    spans = periods(date.fromisoformat(row["earliest"] or str(today)), today)
    one = {**found, CALENDAR.name: _one_calendar(found[CALENDAR.name], engine, today)}
    computed = compute(one, spans, str(today), engine)
    _write(computed, out)
    return Summary(row["duties"], row["departments"], len(spans), len(computed.indicators))


def _refuse_twice(duties: int, distinct: int) -> None:
    """Refuses facts that were gathered twice."""
    if duties != distinct:
        raise ProblemError(
            f"有 {duties - distinct:,} 项义务重复：每个城市只能收集一个发布版本",
            f"{duties - distinct:,} duties are there twice: gather one release of each city only",
        )


def _one_calendar(calendar: Table, engine: BaseBackend, today: date) -> Table:
    """The working days up to today, which all cities must agree on."""
    days = calendar.filter(calendar.date <= str(today)).group_by("date")
    told = days.aggregate(seq=lambda t: t.seq.min(), other=lambda t: t.seq.max())
    differing = engine.to_pyarrow(told.filter(told.seq != told.other).aggregate(day=_.date.min()))
    if day := differing["day"][0].as_py():
        raise ProblemError(
            f"各市工作日历自 {day} 起不一致：请先统一日历版本并重新发布",
            f"The cities' calendars differ from {day} on: bring them to one version and release",
        )
    return told.drop("other")


def _write(figures: Figures, out: Path) -> None:
    """Both tables as Parquet and CSV."""
    out.mkdir(parents=True, exist_ok=True)
    for table, found in ((INDICATOR, figures.indicators), (HISTOGRAM, figures.histogram)):
        found.to_parquet(out / f"{table.name}.parquet", index=False)
        file = CsvFile(out / f"{table.name}.csv", list(table.columns))
        file.write(rows(found, table))
        file.close()
