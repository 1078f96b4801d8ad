"""What each indicator counts, declared once: the figures and the addresses of their rows follow.

A measure names a table of facts and the conditions that a row of it must meet; some of them are
about the period. `monitor.indicators` makes expressions of them and `monitor.evidence` addresses,
so that a figure and the rows shown for it cannot differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

from monitor.clocks import DISCLOSURE, FEEDBACK, PUSH, SETTLED, WITHDRAWAL, Clock
from monitor.tables import (
    AUDITED,
    COMPLETENESS,
    DUTY,
    ITEM,
    ITEM_DAY,
    NUMBER_SERIES,
    SUBMISSION,
    Table,
)

DECIMALS = 2
"""Of a score; departments with the same published score share a rank."""


class Mark(StrEnum):
    """What a condition takes from the period: its days, its name, the least volume a year."""

    FIRST = "first"
    LAST = "last"
    PERIOD = "period"
    LEAST = "least"


class Condition(NamedTuple):
    """What a row must meet.

    Attributes:
        test: as Datasette calls it; ``open_`` ones hold where the column is empty as well.
        value: a value, several for ``in``, or what the period gives.
    """

    column: str
    test: Literal["exact", "in", "gte", "lte", "open_gt", "open_gte", "open_lte"]
    value: str | int | tuple[str, ...] | Mark

    def met(self, found: object) -> bool:
        """Whether a value meets a condition that names values."""
        return found in self.value if isinstance(self.value, tuple) else found == self.value


@dataclass(frozen=True)
class Measure:
    """A number of rows, or a sum over them.

    Attributes:
        table: the table of facts.
        where: conditions on a row alone.
        placed: conditions that place a row in a period.
        total: the columns whose values are added up; none to count the rows.
        having: a measure of which there must be a row of the same department and item.
    """

    table: Table
    where: tuple[Condition, ...]
    placed: tuple[Condition, ...]
    total: tuple[str, ...] = ()
    having: "Measure | None" = None

    def values(self, column: str) -> tuple[str, ...]:
        """What a column may hold; nothing if it may hold anything."""
        found = [c.value for c in self.where if c.column == column]
        return tuple(str(v) for one in found for v in (one if isinstance(one, tuple) else (one,)))

    @property
    def tables(self) -> set[str]:
        """The tables that it is taken from."""
        return {self.table.name} | (self.having.tables if self.having else set())

    @property
    def day(self) -> str | None:
        """The column whose day lies in the period; None where the period asks something else."""
        first = self.placed[0].column
        return first if self.placed == within(first) and not self.having else None


@dataclass(frozen=True)
class Indicator:
    """A figure and what it is made of.

    Attributes:
        numerator: what is above the line; of a quantile nothing.
        denominator: what is below it; None for a count.
        better: which end of it is good; empty for what is held against nobody.
        percent: how many in a hundred do not go beyond the value; None if it is no quantile.
        sorted_by: the column by which the rows of a quantile are in its order.
    """

    name: str
    zh: str
    en: str
    definition_zh: str
    definition_en: str
    numerator: Measure | None
    denominator: Measure | None = None
    better: Literal["high", "low", ""] = ""
    percent: int | None = None
    sorted_by: str = ""

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The measures that it is made of."""
        return tuple(m for m in (self.numerator, self.denominator) if m)

    @property
    def kind(self) -> Literal["count", "rate", "days"]:
        """A number, a share of cases, or working days."""
        if self.percent is not None:
            return "days"
        return "rate" if self.denominator else "count"


def within(day: str) -> tuple[Condition, ...]:
    """The day lies in the period."""
    return Condition(day, "gte", Mark.FIRST), Condition(day, "lte", Mark.LAST)


def duties(clocks: tuple[str, ...], statuses: tuple[str, ...], day: str = "due_date") -> Measure:
    """Duties of some clocks and statuses by one of their days."""
    return Measure(DUTY, (_one_of("clock", clocks), _one_of("status", statuses)), within(day))


def _one_of(column: str, values: tuple[str, ...]) -> Condition:
    """The column has one of the values."""
    return Condition(column, "in", values) if values[1:] else Condition(column, "exact", values[0])


def _sum(table: Table, column: str) -> Measure:
    """The sum of a column by day."""
    return Measure(table, (), within("day"), (column,))


_OWN = (DISCLOSURE.name,)
DUE = duties(_OWN, SETTLED)
ON_TIME = duties(_OWN, ("on_time",))
DONE = duties(_OWN, ("on_time", "late"), "done_date")
DONE_LATE = duties(_OWN, ("late",), "done_date")
FINISHED = duties(_OWN, ("on_time", "late"))
EXEMPT = duties(_OWN, ("exempt",))
BACKLOG = Measure(
    DUTY,
    (_one_of("clock", _OWN), _one_of("status", ("late", "overdue"))),
    (Condition("due_date", "lte", Mark.LAST), Condition("done_date", "open_gt", Mark.LAST)),
)
SUBMITTED = _sum(SUBMISSION, "submitted")
ACCEPTED = _sum(SUBMISSION, "accepted")
FILLED = _sum(COMPLETENESS, "filled")
FIELDS = _sum(COMPLETENESS, "fields")
AUDITS = Measure(AUDITED, (), within("day"))
CONCEALED = Measure(AUDITED, (Condition("concealed", "exact", 1),), within("day"))
_LISTED = (
    Condition("valid_from", "open_lte", Mark.FIRST),
    Condition("valid_to", "open_gte", Mark.LAST),
    Condition("yearly_volume", "gte", Mark.LEAST),
)
ITEMS_DUE = Measure(ITEM, (), _LISTED)
ITEMS_USED = Measure(ITEM, (), _LISTED, having=Measure(ITEM_DAY, (), within("day")))
_OF_YEAR = (Condition("year", "exact", Mark.PERIOD),)
MISSING = Measure(NUMBER_SERIES, (), _OF_YEAR, ("missing",))
NUMBERS = Measure(NUMBER_SERIES, (), _OF_YEAR, ("present", "missing"))

_BASIC = (
    Indicator(
        "decisions_due",
        "应公示数",
        "decisions due",
        "期限在本期内届满且日历已确定的决定数。",
        "Decisions whose deadline falls in the period and is final.",
        DUE,
    ),
    Indicator(
        "timeliness_rate",
        "公示及时率",
        "timeliness rate",
        "按时公示的决定 ÷ 应公示的决定；从未公示的也计入分母。",
        "Decisions published in time / decisions due, those never published among them.",
        ON_TIME,
        DUE,
        "high",
    ),
    Indicator(
        "late_rate",
        "迟报率",
        "late rate",
        "本期公示的决定中迟报的 ÷ 本期公示的决定。通报惯用此算法；"
        "从未公示的不在其中，故与及时率并列。",
        "Decisions published late / decisions published in the period: the way official circulars "
        "count. What was never published is not in it, so it stands beside the timeliness rate.",
        DONE_LATE,
        DONE,
        "low",
    ),
    Indicator(
        "compliance_rate",
        "合规率",
        "compliance rate",
        "本期报送的行中被接收的 ÷ 报送的行。",
        "Rows accepted / rows handed in during the period.",
        ACCEPTED,
        SUBMITTED,
        "high",
    ),
    Indicator(
        "completeness",
        "完整率",
        "completeness",
        "本期首次收到的记录中已填的字段 ÷ 该类记录的全部字段。",
        "Fields filled / fields of the schema, of the records first received in the period.",
        FILLED,
        FIELDS,
        "high",
    ),
    Indicator(
        "omission_rate",
        "瞒报率",
        "omission rate",
        "本期抽查发现、期限已过而当日尚未报送的决定 ÷ 抽查的决定。",
        "Decisions that inspectors found in the period, that were due and that the register did "
        "not hold on that day / decisions inspected.",
        CONCEALED,
        AUDITS,
        "low",
    ),
    Indicator(
        "coverage",
        "覆盖率",
        "coverage",
        "本期作出的决定中至少有一条记录的目录事项 ÷ 应有记录的目录事项："
        "整个期间都在目录内，且预计本期至少一件。",
        "Catalogue items with at least one record decided in the period / items due: listed all "
        "through the period, and of which at least one record is expected in it.",
        ITEMS_USED,
        ITEMS_DUE,
        "high",
    ),
    Indicator(
        "days_median",
        "用时中位数",
        "median working days",
        "期限在本期内的已公示决定所用工作日的中位数（最近秩法，是实际出现过的天数）。",
        "Median working days used by the decisions published whose deadline falls in the period "
        "(nearest rank: a number of days that occurred).",
        None,
        FINISHED,
        "low",
        50,
        "working_days_used",
    ),
    Indicator(
        "days_p90",
        "用时九成位",
        "90th percentile of working days",
        "期限在本期内的已公示决定中，九成所用工作日不超过此数（最近秩法）。",
        "Nine in ten of the decisions published whose deadline falls in the period used no more "
        "working days (nearest rank).",
        None,
        FINISHED,
        "low",
        90,
        "working_days_used",
    ),
    Indicator(
        "backlog",
        "积压",
        "backlog",
        "本期最后一日已逾期而尚未公示的决定数。",
        "Decisions past their deadline and not published on the period's last day.",
        BACKLOG,
    ),
    Indicator(
        "backlog_age",
        "积压时长",
        "age of the backlog",
        "本期最后一日积压的决定已逾期工作日数的中位数（最近秩法）。",
        "Median working days past the deadline of the backlog on the period's last day "
        "(nearest rank).",
        None,
        BACKLOG,
        "low",
        50,
        "due_date",
    ),
    Indicator(
        "number_gaps",
        "文号缺口",
        "number gaps",
        "一年内文号系列中缺少的号 ÷ 最小号至最大号之间的全部号。"
        "仅按年统计；是向部门提出的问询，不计入考核。",
        "Numbers missing / numbers from the lowest to the highest in the series of document "
        "numbers of a year. For years only; a question to the department, never held against it.",
        MISSING,
        NUMBERS,
    ),
    Indicator(
        "exempt",
        "依法不公开数",
        "lawfully not published",
        "期限在本期内而依法不公开的决定数；不计入任何比率。",
        "Decisions lawfully not published whose deadline falls in the period; in no rate.",
        EXEMPT,
    ),
)


def _timeliness(name: str, zh: str, en: str, clocks: tuple[Clock, ...]) -> Indicator:
    """How many duties of some clocks were kept in time, of those due."""
    names = tuple(clock.name for clock in clocks)
    return Indicator(
        f"{name}_timeliness",
        f"{zh}及时率",
        f"timeliness: {en}",
        f"期限在本期内的义务（{zh}）中按时完成的 ÷ 应完成的；从未完成的也计入分母。",
        f"Duties ({en}) kept in time / duties whose deadline falls in the period and is final, "
        "those never done among them.",
        duties(names, ("on_time",)),
        duties(names, SETTLED),
        "high",
    )


def _clock_timeliness(clock: Clock) -> Indicator:
    """The timeliness of one clock."""
    return _timeliness(clock.name, clock.zh, clock.en, (clock,))


_ALL = (
    *_BASIC,
    _clock_timeliness(WITHDRAWAL),
    _clock_timeliness(PUSH),
    _timeliness("feedback", "反馈", "feedback, all stages", FEEDBACK),
    *map(_clock_timeliness, FEEDBACK),
)
INDICATORS: Mapping[str, Indicator] = {one.name: one for one in _ALL}
"""Every indicator by its name, in the order in which they are shown."""
