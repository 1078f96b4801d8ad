"""The facts counted by month, as Ibis expressions: the same on one machine and on a cluster.

Periods are whole months. So it is enough to know how many facts there are that agree in department,
record type and month and in all that a measure asks of them; the duties, of which there are
millions, are read once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import groupby
from operator import add, and_, eq, ge, gt, le
from typing import NamedTuple

import ibis
import pandas as pd
import pyarrow as pa
from ibis.backends import BaseBackend
from ibis.expr.types import BooleanValue, IntegerScalar, Table

from monitor.evidence import least_volume
from monitor.measures import BACKLOG, FINISHED, INDICATORS, Condition, Mark, Measure
from monitor.periods import Period
from monitor.tables import CALENDAR, DUTY

Facts = Mapping[str, Table]
"""The tables that the figures are taken from, by name: `monitor.tables.FACTS` and the calendar."""

MEASURES = {
    measure: number
    for number, measure in enumerate(
        dict.fromkeys(m for one in INDICATORS.values() for m in one.measures)
    )
}
"""Every measure with its number."""

COLUMNS = {f"m{number}": number for number in MEASURES.values()}
"""The columns of counted measures."""

_CLOSELY = sorted(
    {
        clock
        for measure in MEASURES
        if measure.table == DUTY and (measure == FINISHED or measure.day != "due_date")
        for clock in measure.values("clock")
    }
)
"""The clocks of which more is asked than what was due."""

_GROUP = ["department", "record_type"]
_MONTH = len("2026-03")
_SIGNS = {"exact": eq, "gte": ge, "lte": le, "open_gt": gt, "open_gte": ge, "open_lte": le}


class Counts(NamedTuple):
    """What is counted of the facts.

    Attributes:
        cells: the duties: by department, record type, clock, status, the months ``due`` and
            ``done``, the ``days`` that the finished took, and the last day on time of what was
            ``owed`` when its month was over; ``n`` of each.
        monthly: tables of what other measures count, each measure a column ``m<number>``, by
            department, record type and ``month``.
        otherwise: the same by ``period``, where a measure asks something else of it than a day.
        calendar: ``date`` and ``seq``, the working days up to it.
    """

    cells: pa.Table
    monthly: list[pa.Table]
    otherwise: list[pa.Table]
    calendar: pa.Table


def count(facts: Facts, spans: Sequence[Period], engine: BaseBackend) -> Counts:
    """Counts the facts on an engine; of a table that is not there nothing is counted."""
    there = [m for m in MEASURES if m.tables <= facts.keys()]
    asked = _spans(spans)
    dated = [m for m in there if m.day and m.table != DUTY]
    others = [m for m in there if not m.day and m != BACKLOG]
    by_month = [_by_month(facts, found) for found in _alike(dated)]
    by_period = [_by_period(facts, found, asked) for found in _alike(others)]
    return Counts(
        engine.to_pyarrow(cells(facts[DUTY.name])),
        [engine.to_pyarrow(one) for one in by_month],
        [engine.to_pyarrow(one) for one in by_period],
        engine.to_pyarrow(facts[CALENDAR.name].select("date", "seq")),
    )


def cells(duty: Table) -> Table:
    """The duties counted by all that is asked of them, their days brought to their months.

    Of most clocks no more is asked than what was due in a month and how it stands.
    """
    closely = duty.clock.isin(_CLOSELY)
    due, done = duty.due_date.left(_MONTH), duty.done_date.left(_MONTH)
    owed = _all(BACKLOG.where, duty) & (done.isnull() | (done > due))
    asked = duty.filter(closely).select(
        *_GROUP,
        "clock",
        "status",
        due=due,
        done=done,
        days=ibis.ifelse(_all(FINISHED.where, duty), duty.working_days_used, None),
        owed=ibis.ifelse(owed, duty.due_date, None),
    )
    others = duty.filter(~closely).select(*_GROUP, "clock", "status", due=due)
    nothing = {name: ibis.null(asked[name].type()) for name in ("done", "days", "owed")}
    counted = _counted(others).mutate(**nothing)
    return _counted(asked).union(counted.select(*asked.columns, "n"))


def _counted(rows: Table) -> Table:
    """How many rows there are that agree in everything."""
    return rows.group_by(rows.columns).aggregate(n=lambda t: t.count())


def _by_month(facts: Facts, measures: Sequence[Measure]) -> Table:
    """What measures placed by the same day count, per month."""
    rows = facts[measures[0].table.name]
    dated = rows.mutate(month=rows[measures[0].day].left(_MONTH))
    return _measured(dated, measures, "month")


def _by_period(facts: Facts, measures: Sequence[Measure], spans: Table) -> Table:
    """What measures placed in the same way count, per period."""
    rows = _placed(facts, measures[0], spans)
    if other := measures[0].having:
        keys = ["department", "item_code", "period"]
        rows = rows.semi_join(_placed(facts, other, spans), keys)
    return _measured(rows, measures, "period")


def _measured(rows: Table, measures: Sequence[Measure], key: str) -> Table:
    """What measures count, each in a column of its own."""
    counted = {f"m{MEASURES[m]}": _number(rows, m) for m in measures}
    return rows.group_by([*_GROUP, key]).aggregate(**counted)


def _placed(facts: Facts, measure: Measure, spans: Table) -> Table:
    """The rows that meet what a measure asks of each period."""
    rows = facts[measure.table.name]
    return rows.join(spans, _all(measure.placed, rows, spans))


def _number(rows: Table, measure: Measure) -> IntegerScalar:
    """The number of rows that meet what a measure asks of them, or the sum of its columns."""
    met = _all(measure.where, rows) if measure.where else None
    if not measure.total:
        return rows.count(where=met)
    return reduce(add, (rows[c] for c in measure.total)).sum(where=met).cast("int64")


def _alike(measures: Iterable[Measure]) -> Iterator[list[Measure]]:
    """The measures that stand together and are of the same table, placed in the same way."""
    for _, found in groupby(measures, key=lambda m: (m.table.name, m.placed, m.having)):
        yield list(found)


def _spans(spans: Sequence[Period]) -> Table:
    """What conditions ask of the periods."""
    rows = [(s.period, s.first, s.last, least_volume(s)) for s in spans]
    return ibis.memtable(
        pd.DataFrame(rows, columns=[Mark.PERIOD, Mark.FIRST, Mark.LAST, Mark.LEAST])
    )


def _all(conditions: Iterable[Condition], rows: Table, spans: Table | None = None) -> BooleanValue:
    """That a row meets every condition, in a period where they ask something of it."""
    return reduce(and_, (_meets(c, rows, spans) for c in conditions))


def _meets(condition: Condition, rows: Table, spans: Table | None) -> BooleanValue:
    """That a row meets a condition."""
    found, value = rows[condition.column], condition.value
    if condition.test == "in":
        return found.isin(value)
    if isinstance(value, Mark) and spans is not None:
        value = spans[value]
    met = _SIGNS[condition.test](found, value)
    return found.isnull() | (found == "") | met if condition.test.startswith("open_") else met
