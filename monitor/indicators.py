"""The indicators: numerators, denominators and quantiles of every department, type and period.

What is counted is declared in `monitor.measures` and counted in `monitor.counts`, by month and on
any engine. Here months are added up into periods, and departments and types into wholes; so a
period costs the same however many duties there are.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import product
from operator import or_
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends import BaseBackend

from monitor.axes import Axes, integers, named, numbers
from monitor.counts import COLUMNS, MEASURES, Counts, Facts, count
from monitor.measures import BACKLOG, FINISHED, INDICATORS, Indicator
from monitor.periods import Period
from monitor.sums import (
    Belonging,
    Numbers,
    Ranked,
    Rows,
    groups,
    joined,
    nearest_rank,
    repeated,
    summed,
)
from monitor.tables import DUTY, Table

_SHOWN = ("decisions_due", "timeliness_rate", "late_rate", "compliance_rate", "backlog")
"""Where there is one of them there are all, those of no cases too."""

_NAMES = {name: number for number, name in enumerate(sorted(INDICATORS))}
_FAR = date.max.toordinal()


@dataclass(frozen=True)
class Figures:
    """All figures of a release: rows of the tables `indicator` and `histogram`, in order."""

    indicators: pd.DataFrame
    histogram: pd.DataFrame


def rows(figures: pd.DataFrame, table: Table) -> Iterator[tuple[Any, ...]]:
    """Figures as rows in the order of a table's columns, missing values as None."""
    ordered = figures[list(table.columns)].astype(object)
    yield from ordered.where(ordered.notna(), None).itertuples(index=False, name=None)


def compute(facts: Facts, spans: Sequence[Period], today: str, engine: BaseBackend) -> Figures:
    """Works out every indicator for every department, record type and period.

    Args:
        facts: the tables of facts on the engine.
        spans: the periods, each of whole months.
        today: the day on which the duties were judged, ISO: while a period is not over, its
            backlog is as old as it is on this day.
        engine: the engine of the facts.
    """
    counts = count(facts, spans, engine)
    axes = Axes([counts.cells, *counts.monthly, *counts.otherwise], spans)
    duties = _Duties(axes, counts.cells)
    used = axes.sums(duties.used())
    backlog = _on_last_days(axes, duties.owed(_over(axes, spans)), spans)
    owed = _labelled(backlog.rows._replace(n=backlog.total), MEASURES[BACKLOG])
    sums = summed(joined([*_sums(axes, counts, duties), owed]))
    found = [*_rates(sums), *_days(used), _ages(axes, backlog, spans, today, counts.calendar)]
    return Figures(_indicators(axes, found), _histogram(axes, used))


class _Duties:
    """The counted duties as numbers: the place, and the months due and done, of each cell."""

    def __init__(self, axes: Axes, cells: pa.Table) -> None:
        self._axes, self._cells = axes, cells
        self._place, self._n = axes.places(cells), integers(cells["n"])
        self._months = {day: numbers(cells[day], axes.month) for day in ("due", "done")}

    def _counted(self, time: Numbers, label: Numbers) -> Rows:
        """The duties by month and label, of wholes too."""
        return self._axes.whole(Rows(self._place, time, label, self._n))

    def measured(self) -> Iterator[Rows]:
        """What the measures count that are placed by a day of the duty, by its month.

        Which they are depends on clock and status only; so the duties are added up by these first.
        """
        clocks, statuses = (pc.unique(self._cells[c]).to_pylist() for c in ("clock", "status"))
        label = numbers(self._cells["clock"], clocks.index) * len(statuses)
        label += numbers(self._cells["status"], statuses.index)
        for day, months in self._months.items():
            asking = Belonging([_asking(day, c, s) for c, s in product(clocks, statuses)])
            counted = self._counted(months, label)
            at, measure = asking.of(counted.label)
            yield counted.take(at)._replace(label=measure)

    def used(self) -> Rows:
        """How many duties took how many working days, by the month of their deadline."""
        return self._counted(self._months["due"], integers(self._cells["days"]))

    def owed(self, over: int) -> Ranked:
        """What was owed at the end of each month, by the middle one of its last days on time.

        The label of a day falls as days go on, so that the order is that of age.

        Args:
            over: the month after all periods.
        """
        done = self._months["done"]
        until = np.where(done < 0, over, np.minimum(done, over))
        rows = self._counted(until, numbers(self._cells["owed"], _label))
        due = _of_each(rows.label, lambda label: self._axes.month(_day(label))).astype(np.int64)
        at, month = repeated(rows.time - due)
        return nearest_rank(summed(rows.take(at)._replace(time=due[at] + month)), 50)


def _sums(axes: Axes, counts: Counts, duties: _Duties) -> Iterator[Rows]:
    """What each measure but the backlog counts, by place and period."""
    yield from map(axes.sums, duties.measured())
    for table in counts.monthly:
        months = numbers(table["month"], axes.month)
        yield from map(axes.sums, _measured(axes, table, months))
    for table in counts.otherwise:
        periods = numbers(table["period"], axes.periods.__getitem__)
        yield from _measured(axes, table, periods)


def _asking(day: str, clock: str, status: str) -> list[int]:
    """The measures by one of its days that count a duty of a clock and status."""
    duty: dict[str, object] = {"clock": clock, "status": status}
    return [
        number
        for measure, number in MEASURES.items()
        if measure.table == DUTY
        and measure.day == f"{day}_date"
        and all(c.met(duty[c.column]) for c in measure.where)
    ]


def _measured(axes: Axes, table: pa.Table, times: Numbers) -> Iterator[Rows]:
    """What each measure of a table counts; its columns are called by their numbers."""
    places = axes.places(table)
    for column in table.column_names:
        if column in COLUMNS:
            label = np.full_like(times, COLUMNS[column])
            yield axes.whole(Rows(places, times, label, integers(table[column])))


def _labelled(rows: Rows, label: int) -> Rows:
    """The same rows, counting something else."""
    return rows._replace(label=np.full_like(rows.label, label))


def _over(axes: Axes, spans: Sequence[Period]) -> int:
    """The month after all periods."""
    return max(axes.month(s.last) for s in spans) + 1


def _on_last_days(axes: Axes, backlog: Ranked, spans: Sequence[Period]) -> Ranked:
    """What was owed at the end of the last month of each period."""
    ending: list[list[int]] = [[] for _ in range(_over(axes, spans))]
    for span in spans:
        ending[axes.month(span.last)].append(axes.periods[span.period])
    at, period = Belonging(ending).of(backlog.rows.time)
    return Ranked(backlog.rows.take(at)._replace(time=period), backlog.total[at])


def _label(day: str) -> int:
    """A number for a day that is the less the later it is."""
    return _FAR - date.fromisoformat(day).toordinal()


def _day(label: int) -> str:
    """The day of such a number."""
    return str(date.fromordinal(_FAR - label))


def _of_each(values: Numbers, find: Callable[[int], float]) -> npt.NDArray[Any]:
    """What is found for each of some values, looked for once."""
    unique, at = np.unique(values, return_inverse=True)
    return np.array([find(one) for one in unique.tolist()])[at]


def _rates(sums: Rows) -> Iterator[pd.DataFrame]:
    """Counts and rates; an empty denominator is no value, neither 0 nor 1."""
    cell = groups(sums)
    cells = sums.take(np.flatnonzero(np.diff(cell, prepend=-1)))
    counted = _by_measure(sums, cell, len(cells.n))
    shown = {MEASURES[m] for name in _SHOWN for m in INDICATORS[name].measures}
    beside = np.isin(np.arange(len(cells.n)), cell[np.isin(sums.label, list(shown))])
    for one in INDICATORS.values():
        if one.numerator:
            each = [counted[MEASURES[m]] for m in one.measures]
            there = reduce(or_, (n > 0 for n in each), beside & (one.name in _SHOWN))
            above, below = each[0][there], each[-1][there].astype(float)
            yield _frame(
                cells.take(there),
                one,
                above,
                below if one.denominator else None,
                above / np.where(below > 0, below, np.nan) if one.denominator else above,
            )


def _by_measure(sums: Rows, cell: Numbers, cells: int) -> Mapping[int, Numbers]:
    """What each measure counts in every cell."""
    found = {}
    for number in MEASURES.values():
        mine = sums.label == number
        found[number] = np.zeros(cells, np.int64)
        found[number][cell[mine]] = sums.n[mine]
    return found


def _days(used: Rows) -> Iterator[pd.DataFrame]:
    """The quantiles of working days used: the denominator is how many they are taken from."""
    for one in INDICATORS.values():
        if one.percent and one.denominator == FINISHED:
            ranked = nearest_rank(used, one.percent)
            yield _frame(ranked.rows, one, None, ranked.total, ranked.rows.label)


def _ages(
    axes: Axes, backlog: Ranked, spans: Sequence[Period], today: str, calendar: pa.Table
) -> pd.DataFrame:
    """Working days from the middle deadline of each backlog to the day it is looked at."""
    dates, seqs = (calendar[column].to_pylist() for column in ("date", "seq"))
    worked = dict(zip(dates, seqs, strict=True))
    looked = {axes.periods[s.period]: min(s.last, today) for s in spans}
    at = _of_each(backlog.rows.time, lambda period: worked.get(looked[period], np.nan))
    since = _of_each(backlog.rows.label, lambda label: worked.get(_day(label), np.nan))
    return _frame(backlog.rows, INDICATORS["backlog_age"], None, backlog.total, at - since)


def _frame(
    rows: Rows,
    indicator: Indicator,
    numerator: npt.NDArray[Any] | None,
    denominator: npt.NDArray[Any] | None,
    value: npt.NDArray[Any],
) -> pd.DataFrame:
    """An indicator in some places and periods."""
    columns = {
        "place": rows.place,
        "time": rows.time,
        "name": _NAMES[indicator.name],
        "numerator": np.nan if numerator is None else numerator.astype(float),
        "denominator": np.nan if denominator is None else denominator.astype(float),
        "value": value.astype(float),
    }
    return pd.DataFrame(columns)


def _indicators(axes: Axes, frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of the table `indicator`, in order."""
    found = pd.concat(frames)
    place, time, name = (found[c].to_numpy() for c in ("place", "time", "name"))
    order = ((place * len(axes.periods) + time) * len(_NAMES) + name).argsort()
    names = {**axes.names(place[order], time[order]), "name": named(_NAMES, name[order])}
    figures = {c: found[c].to_numpy()[order] for c in ("numerator", "denominator", "value")}
    return pd.DataFrame(names | figures)


def _histogram(axes: Axes, used: Rows) -> pd.DataFrame:
    """The rows of the table `histogram`, in order."""
    return pd.DataFrame({**axes.names(used.place, used.time), "days": used.label, "duties": used.n})
