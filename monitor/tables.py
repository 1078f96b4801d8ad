"""The tables of monitor.db, each column with what it means; all figures on pages come from here."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database


@dataclass(frozen=True)
class Table:
    """A table of public figures.

    Attributes:
        columns: name to (SQL type, meaning in Chinese, meaning in English).
        key: the primary key's columns.
    """

    name: str
    zh: str
    en: str
    columns: Mapping[str, tuple[str, str, str]]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()

    def create(self, db: sqlite3.Connection) -> None:
        """Makes the empty table."""
        kinds = {name: kind for name, (kind, _, _) in self.columns.items()}
        db.execute(Database(db).create_table_sql(self.name, kinds, pk=self.key))

    def fill(self, db: sqlite3.Connection, rows: Iterable[Sequence[Any]]) -> None:
        """Puts rows in, in the order of the columns."""
        marks = ",".join("?" * len(self.columns))
        db.executemany(f'INSERT INTO "{self.name}" VALUES ({marks})', rows)

    def fill_from(self, db: sqlite3.Connection, items: Iterable[object]) -> None:
        """Puts items in whose attributes are the columns."""
        self.fill(db, ([getattr(item, name) for name in self.columns] for item in items))

    def index(self, db: sqlite3.Connection) -> None:
        """Makes the indexes, after the rows are in."""
        for columns in self.indexes:
            name = "_".join((self.name, *columns))
            listed = ", ".join(f'"{c}"' for c in columns)
            db.execute(f'CREATE INDEX "{name}" ON "{self.name}" ({listed})')


_DEPARTMENT = ("TEXT", "部门编码；* 为全市", "department's code; * is the whole city")
_TYPE = ("TEXT", "记录类型；* 为全部", "record type; * is all of them")
_PERIOD = ("TEXT", "期间，如 2026Q3", "period, such as 2026Q3")

DEPARTMENT = Table(
    "department",
    "部门",
    "Departments",
    {
        "code": ("TEXT", "部门编码", "code"),
        "uscc": ("TEXT", "统一社会信用代码", "unified social credit code"),
        "name_zh": ("TEXT", "名称", "name in Chinese"),
        "name_en": ("TEXT", "英文名称", "name in English"),
        "short_zh": ("TEXT", "简称", "short name in Chinese"),
        "short_en": ("TEXT", "英文简称", "short name in English"),
        "kind": ("TEXT", "类别", "kind"),
        "district": ("TEXT", "所在区县", "district"),
        "parent": ("TEXT", "上级部门", "parent"),
        "valid_from": ("TEXT", "设立日期", "founded"),
        "valid_to": ("TEXT", "撤并日期", "ended"),
        "successor": ("TEXT", "承继部门", "successor"),
    },
    ("code",),
)

DUTY = Table(
    "duty",
    "公示和撤下义务",
    "Duties: one row per duty with a deadline",
    {
        "duty_id": ("TEXT", "义务编号", "id of the duty"),
        "clock": (
            "TEXT",
            "时限种类：disclosure 公示，withdrawal 撤下",
            "disclosure (to publish) or withdrawal (to take off)",
        ),
        "record_id": ("TEXT", "记录编号", "record"),
        "department": ("TEXT", "部门编码", "department that owes it"),
        "record_type": ("TEXT", "记录类型", "record type"),
        "start_date": ("TEXT", "起算日（不计入）", "day 0, not counted"),
        "due_date": ("TEXT", "到期日", "last day on time"),
        "done_date": ("TEXT", "完成日；空为未完成", "day done; empty if not done"),
        "status": (
            "TEXT",
            "状态",
            "on_time, late, pending, overdue, provisional or error",
        ),
        "working_days_used": ("INTEGER", "所用工作日", "working days used"),
        "days_allowed": ("INTEGER", "时限（工作日）", "working days allowed"),
        "provisional": ("INTEGER", "到期日是否暂定", "1 if the calendar is not final there"),
        "decides": ("TEXT", "以谁的日期为准", "whose date decides"),
        "department_published": (
            "TEXT",
            "部门公示日期；撤下义务为空",
            "date reported by the department; of a withdrawal, empty",
        ),
        "received": ("TEXT", "门户收到日期", "day the portal received it"),
        "portal_published": (
            "TEXT",
            "门户公示日期；撤下义务为撤下日期",
            "day of the first release that held it; of a withdrawal, that did not",
        ),
        "calendar_version": ("TEXT", "日历版本", "version of the calendar"),
    },
    ("duty_id",),
    indexes=(("department", "due_date", "status"), ("record_id",), ("status", "due_date")),
)

SUBMISSION = Table(
    "submission",
    "报送",
    "Rows handed in, by the day received",
    {
        "department": _DEPARTMENT,
        "record_type": _TYPE,
        "day": ("TEXT", "收到日期", "day received"),
        "submitted": ("INTEGER", "报送行数", "rows submitted"),
        "accepted": ("INTEGER", "接收行数", "rows accepted"),
        "rejected": ("INTEGER", "退回行数", "rows rejected"),
    },
    ("department", "record_type", "day"),
)

FINDING = Table(
    "finding",
    "数据问题",
    "Findings in what was handed in, counted; never the values",
    {
        "department": _DEPARTMENT,
        "record_type": _TYPE,
        "code": ("TEXT", "问题编码", "code of the finding"),
        "severity": ("TEXT", "程度", "error (row rejected) or warning"),
        "title_zh": ("TEXT", "问题", "what it is, in Chinese"),
        "title_en": ("TEXT", "英文名称", "what it is, in English"),
        "rows": ("INTEGER", "行数", "rows"),
    },
    ("department", "record_type", "code"),
)

WITHHELD = Table(
    "withheld",
    "依法不公开",
    "Records not published, counted by reason",
    {
        "department": _DEPARTMENT,
        "record_type": _TYPE,
        "reason": ("TEXT", "原因", "reason code"),
        "records": ("INTEGER", "条数", "records"),
    },
    ("department", "record_type", "reason"),
)

PERIOD = Table(
    "period",
    "期间",
    "Periods for which figures exist",
    {
        "period": _PERIOD,
        "kind": ("TEXT", "种类", "month, quarter, half, year or rolling"),
        "first": ("TEXT", "首日", "first day"),
        "last": ("TEXT", "末日", "last day"),
        "complete": ("INTEGER", "是否已满", "1 if its last day is over"),
        "previous": ("TEXT", "上一期间", "the period before"),
    },
    ("period",),
)

INDICATOR = Table(
    "indicator",
    "指标",
    "Indicators: each a numerator and a denominator",
    {
        "department": _DEPARTMENT,
        "record_type": _TYPE,
        "period": _PERIOD,
        "name": ("TEXT", "指标", "which indicator"),
        "numerator": ("REAL", "分子", "numerator"),
        "denominator": ("REAL", "分母", "denominator"),
        "value": ("REAL", "值；空为无案例", "value; empty means no cases"),
    },
    ("department", "record_type", "period", "name"),
    indexes=(("period", "name", "record_type"),),
)

HISTOGRAM = Table(
    "histogram",
    "用时分布",
    "How many duties took how many working days",
    {
        "department": _DEPARTMENT,
        "record_type": _TYPE,
        "period": _PERIOD,
        "days": ("INTEGER", "所用工作日", "working days used"),
        "duties": ("INTEGER", "件数", "duties"),
    },
    ("department", "record_type", "period", "days"),
)

LEAGUE = Table(
    "league",
    "排名",
    "The league table of each period",
    {
        "period": _PERIOD,
        "department": _DEPARTMENT,
        "ranked": ("INTEGER", "是否排名", "0 if under the minimum of cases"),
        "rank": ("INTEGER", "名次", "rank; empty if not ranked"),
        "rank_low": ("INTEGER", "名次下限", "best rank that chance allows (95 %)"),
        "rank_high": ("INTEGER", "名次上限", "worst rank that chance allows (95 %)"),
        "on_time": ("INTEGER", "及时件数", "on time"),
        "due": ("INTEGER", "应公示件数", "decisions due"),
        "rate": ("REAL", "及时率", "timeliness rate"),
        "low": ("REAL", "区间下限", "lower end of the Wilson 95 % interval"),
        "high": ("REAL", "区间上限", "upper end"),
        "late_rate": ("REAL", "迟报率", "late rate"),
        "compliance_rate": ("REAL", "合规率", "compliance rate"),
        "median_days": ("REAL", "用时中位数", "median working days used"),
        "backlog": ("INTEGER", "积压", "overdue on the last day"),
        "previous_rate": ("REAL", "上期及时率", "rate of the period before"),
        "change": ("REAL", "变化（百分点/100）", "rate minus previous rate"),
    },
    ("period", "department"),
)

CALENDAR = Table(
    "calendar",
    "工作日历",
    "The working-day calendar",
    {
        "calendar": ("TEXT", "日历", "calendar"),
        "date": ("TEXT", "日期", "date"),
        "is_workday": ("INTEGER", "是否工作日", "1 for a working day"),
        "seq": ("INTEGER", "工作日序号", "working days up to and including the date"),
        "name": ("TEXT", "名称", "what makes the day special"),
        "source": ("TEXT", "依据", "source"),
        "final": ("INTEGER", "是否确定", "0 if the next notice may change it"),
    },
    ("calendar", "date"),
    indexes=(("calendar", "seq"),),
)

RELEASE = Table(
    "release",
    "发布版本",
    "The release that these figures belong to",
    {
        "release": ("TEXT", "版本号", "id"),
        "as_of": ("TEXT", "数据截至", "moment of the data"),
        "profile": ("TEXT", "规则", "profile"),
        "profile_version": ("TEXT", "规则版本", "version of the profile"),
        "calendar": ("TEXT", "日历", "calendar"),
        "calendar_version": ("TEXT", "日历版本", "version of the calendar"),
        "software": ("TEXT", "软件版本", "version of the software"),
        "live": ("INTEGER", "有效记录", "live records"),
        "published": ("INTEGER", "公开记录", "published"),
        "withheld": ("INTEGER", "不公开记录", "withheld"),
        "withdrawn": ("INTEGER", "已撤下记录", "taken off after publication"),
    },
    ("release",),
)

TABLES = (
    DEPARTMENT,
    DUTY,
    SUBMISSION,
    FINDING,
    WITHHELD,
    PERIOD,
    INDICATOR,
    HISTOGRAM,
    LEAGUE,
    CALENDAR,
    RELEASE,
)
