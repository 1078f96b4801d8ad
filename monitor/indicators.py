"""The indicators, each written once as an Ibis expression over the facts.

The facts are read once and counted by day; periods are then sums over days. So the cost of a
period does not depend on the number of records, and the same expressions run on any engine
that Ibis speaks to.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import ibis
import pandas as pd
from ibis.backends import BaseBackend
from ibis.expr.types import Table, Value

from monitor.clocks import DISCLOSURE, SETTLED, WITHDRAWAL, Clock
from monitor.periods import Period

_GROUP = ["department", "record_type"]
_CELL = [*_GROUP, "period"]


@dataclass(frozen=True)
class Indicator:
    """A figure and what it is made of.

    Attributes:
        numerator: the measure above the line.
        denominator: the measure below it; None for a count.
        clock: whose measures these are: a cell without any has no row of it.
    """

    name: str
    zh: str
    en: str
    numerator: str
    denominator: str | None = None
    clock: str = DISCLOSURE.name

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that it is made of."""
        return (self.numerator, self.denominator) if self.denominator else (self.numerator,)


INDICATORS = (
    Indicator("decisions_due", "应公示数", "decisions due", "due"),
    Indicator("timeliness_rate", "公示及时率", "timeliness rate", "on_time", "due"),
    Indicator("late_rate", "迟报率", "late rate", "late_done", "done"),
    Indicator("compliance_rate", "合规率", "compliance rate", "accepted", "submitted"),
    Indicator("backlog", "积压", "backlog", "backlog"),
    Indicator(
        "withdrawal_timeliness",
        "撤下及时率",
        "timeliness of removals",
        "off_on_time",
        "off_due",
        WITHDRAWAL.name,
    ),
)
QUANTILES = (
    ("days_median", "用时中位数", "median working days", 0.5),
    ("days_p90", "用时九成位", "90th percentile of working days", 0.9),
)


@dataclass(frozen=True)
class Figures:
    """All figures of a release: rows of the tables `indicator` and `histogram`."""

    indicators: pd.DataFrame
    histogram: pd.DataFrame


def compute(
    duty: Path, submission: Path, periods: Sequence[Period], engine: BaseBackend
) -> Figures:
    """Works out every indicator for every department, record type and period.

    Args:
        duty: Parquet file of the table `duty`.
        submission: Parquet file of the table `submission`.
        periods: the periods to sum over.
        engine: an Ibis backend.
    """
    spans = ibis.memtable(
        pd.DataFrame(
            [(p.period, p.first, p.last) for p in periods], columns=["period", "first", "last"]
        )
    )
    everything, rows = engine.read_parquet(duty), engine.read_parquet(submission)
    duties = everything.filter(everything.clock == DISCLOSURE.name)
    removals = everything.filter(everything.clock == WITHDRAWAL.name)
    counted = daily(duties, rows).union(daily_removals(removals))
    days = with_totals(counted, "measure", "day")
    measures = within(days, spans).union(at_end(days, spans))
    used = with_totals(daily_use(duties), "days", "day")
    histogram = use_within(used, spans)
    return Figures(
        indicators=_table(engine.to_pandas(measures), engine.to_pandas(quantiles(histogram))),
        histogram=engine.to_pandas(histogram.order_by([*_CELL, "days"])),
    )


def daily(duties: Table, rows: Table) -> Table:
    """Counts per department, record type, measure and day: all that the indicators need.

    ``due`` and ``on_time`` go by the deadline; ``late_done`` and ``done`` by the day done;
    ``fell_due`` counts every final deadline and ``settled`` the day from which it was no longer
    owed, so that their difference up to a day is the backlog on that day.
    """
    settled = duties.filter(duties.status.isin(SETTLED))
    finished = settled.filter(settled.done_date.notnull())
    parts = [
        _count(settled, settled.due_date, "due"),
        _count(settled.filter(settled.status == "on_time"), "due_date", "on_time"),
        _count(finished.filter(finished.status == "late"), "done_date", "late_done"),
        _count(finished, "done_date", "done"),
        _count(finished, ibis.greatest(finished.due_date, finished.done_date), "settled"),
        _sum(rows, "submitted"),
        _sum(rows, "accepted"),
    ]
    return reduce(lambda a, b: a.union(b), parts)


def daily_removals(removals: Table) -> Table:
    """How many records had to come off by each day, and how many of them did in time."""
    settled = removals.filter(removals.status.isin(SETTLED))
    on_time = settled.filter(settled.status == "on_time")
    return _count(settled, "due_date", "off_due").union(_count(on_time, "due_date", "off_on_time"))


def _count(facts: Table, day: Value | str, measure: str) -> Table:
    """How many facts per day."""
    day = facts[day] if isinstance(day, str) else day
    counted = facts.mutate(day=day).group_by([*_GROUP, "day"]).aggregate(n=lambda t: t.count())
    return _measure(counted, measure)


def _sum(rows: Table, column: str) -> Table:
    """The sum of a column per day."""
    summed = rows.group_by([*_GROUP, "day"]).aggregate(n=rows[column].sum())
    return _measure(summed, column)


def _measure(counted: Table, measure: str) -> Table:
    """Counts under the name of what they count, in one order of columns and one type."""
    return counted.select(*_GROUP, "day", measure=ibis.literal(measure), n=counted.n.cast("int64"))


def with_totals(days: Table, *keys: str) -> Table:
    """The counts together with those of the whole city and of all record types."""
    city = days.mutate(department=ibis.literal("*"))
    both = days.union(city)
    everything = both.union(both.mutate(record_type=ibis.literal("*")))
    return everything.group_by([*_GROUP, *keys]).aggregate(n=everything.n.sum())


def within(days: Table, spans: Table) -> Table:
    """Sums over the days of each period."""
    joined = days.join(spans, (days.day >= spans["first"]) & (days.day <= spans["last"]))
    return joined.group_by([*_CELL, "measure"]).aggregate(n=joined.n.sum().cast("int64"))


def at_end(days: Table, spans: Table) -> Table:
    """What was overdue on each period's last day: fell due by then and not settled by then."""
    owed = days.filter(days.measure.isin(["due", "settled"]))
    joined = owed.join(spans, owed.day <= spans["last"])
    signed = joined.mutate(
        measure=ibis.literal("backlog"),
        n=ibis.ifelse(joined.measure == "due", joined.n, -joined.n),
    )
    return signed.group_by([*_CELL, "measure"]).aggregate(n=signed.n.sum().cast("int64"))


def daily_use(duties: Table) -> Table:
    """How many duties took how many working days, per day on which they were due."""
    finished = duties.filter(duties.status.isin(SETTLED) & duties.done_date.notnull())
    renamed = finished.mutate(day=finished.due_date, days=finished.working_days_used)
    return renamed.group_by([*_GROUP, "days", "day"]).aggregate(n=lambda t: t.count())


def use_within(used: Table, spans: Table) -> Table:
    """The histogram of working days used in each period."""
    joined = used.join(spans, (used.day >= spans["first"]) & (used.day <= spans["last"]))
    return joined.group_by([*_CELL, "days"]).aggregate(duties=joined.n.sum().cast("int64"))


def quantiles(histogram: Table) -> Table:
    """Nearest-rank quantiles: the least number of days that so large a share did not exceed."""
    order = ibis.window(group_by=_CELL, order_by="days", preceding=None, following=0)
    whole = ibis.window(group_by=_CELL)
    running = histogram.mutate(
        up_to=histogram.duties.sum().over(order), total=histogram.duties.sum().over(whole)
    )
    found = {
        name: running.days.min(where=running.up_to >= share * running.total)
        for name, _, _, share in QUANTILES
    }
    return running.group_by(_CELL).aggregate(total=running.total.max(), **found)


def _table(measures: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """The rows of the table `indicator`, sorted."""
    removed = measures.measure.isin([m for one in _of(WITHDRAWAL) for m in one.measures])
    parts = [
        *_rates(_of(DISCLOSURE), measures[~removed]),
        *_rates(_of(WITHDRAWAL), measures[removed]),
        *_quantile_rows(found),
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values([*_CELL, "name"], ignore_index=True)


def _of(clock: Clock) -> list[Indicator]:
    """The indicators of a clock."""
    return [one for one in INDICATORS if one.clock == clock.name]


def _rates(indicators: Iterable[Indicator], measures: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """One frame per indicator; an empty denominator is no value, neither 0 nor 1."""
    wide = measures.pivot_table(index=_CELL, columns="measure", values="n", fill_value=0)
    for one in indicators:
        above = _measured(wide, one.numerator)
        below = _measured(wide, one.denominator) if one.denominator else None
        value = above if below is None else above / below.where(below > 0)
        frame = pd.DataFrame(
            {"name": one.name, "numerator": above, "denominator": below, "value": value},
            index=wide.index,
        )
        yield frame.reset_index()


def _measured(wide: pd.DataFrame, measure: str) -> pd.Series:
    """A measure of every cell; zero where nothing was counted."""
    if measure in wide:
        return wide[measure]
    return pd.Series(0, index=wide.index)


def _quantile_rows(found: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The quantiles as indicators: the denominator is how many duties they are taken from."""
    for name, *_ in QUANTILES:
        frame = found[_CELL].assign(
            name=name, numerator=None, denominator=found["total"], value=found[name]
        )
        yield frame
