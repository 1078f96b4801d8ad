"""The tables of monitor.db, each column with what it means; all figures on pages come from here."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


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
    columns: Mapping[str, tuple[str, str, str]] = field(hash=False)
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()

    def create(self, db: sqlite3.Connection) -> None:
        """Makes the empty table."""
        from sqlite_utils import Database  # noqa: PLC0415 - it brings pandas, which few need

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
    "有时限的义务",
    "Duties: one row per duty with a deadline",
    {
        "duty_id": ("TEXT", "义务编号", "id of the duty"),
        "clock": ("TEXT", "时限种类", "which clock"),
        "record_id": (
            "TEXT",
            "记录或反馈事项编号；依法不公开的为空",
            "record, or feedback case; empty for what is lawfully not published",
        ),
        "department": ("TEXT", "部门编码", "department that owes it"),
        "record_type": ("TEXT", "记录类型", "record type"),
        "start_date": ("TEXT", "起算日（不计入）", "day 0, not counted"),
        "due_date": ("TEXT", "到期日", "last day on time"),
        "done_date": ("TEXT", "完成日；空为未完成", "day done; empty if not done"),
        "status": (
            "TEXT",
            "状态",
            "on_time, late, pending, overdue, provisional, exempt or error",
        ),
        "working_days_used": ("INTEGER", "所用工作日", "working days used"),
        "days_allowed": ("INTEGER", "时限（工作日）", "working days allowed"),
        "excluded_days": (
            "INTEGER",
            "中止期间不计入的工作日",
            "working days of pauses, which do not count",
        ),
        "extended_to": ("TEXT", "延长至；空为未延长", "extended to; empty if it was not"),
        "provisional": ("INTEGER", "到期日是否暂定", "1 if the calendar is not final there"),
        "decides": ("TEXT", "以谁的日期为准", "whose date decides"),
        "department_published": (
            "TEXT",
            "部门所报完成日期；报送和撤下的为空",
            "day done as the department tells it; of hand-ins and withdrawals, empty",
        ),
        "received": ("TEXT", "门户收到日期", "day the portal received it, or was told"),
        "portal_published": (
            "TEXT",
            "门户首次公示日期；撤下的为撤下日期；报送的为交给上级平台的日期；反馈的为空",
            "day of the first release that held it; of a withdrawal, that did not; of hand-ins, on "
            "which it was handed on; of feedback, empty",
        ),
        "batch": (
            "INTEGER",
            "批次；依法不公开的为空",
            "batch that it came in; empty for what is lawfully not published",
        ),
        "calendar_version": ("TEXT", "日历版本", "version of the calendar"),
    },
    ("duty_id",),
    indexes=(
        ("clock", "department", "due_date", "status"),
        ("record_id",),
        ("clock", "status", "due_date"),
    ),
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

COMPLETENESS = Table(
    "completeness",
    "填报完整情况",
    "Fields filled of the records handed in, by the day first received",
    {
        "department": _DEPARTMENT,
        "record_type": _TYPE,
        "day": ("TEXT", "首次收到日期", "day first received"),
        "records": ("INTEGER", "记录数", "records"),
        "filled": ("INTEGER", "已填字段数", "fields filled"),
        "fields": ("INTEGER", "应填字段数", "fields of the schema"),
    },
    ("department", "record_type", "day"),
)

AUDITED = Table(
    "audited",
    "抽查的决定",
    "Decisions that inspectors found, and whether the portal had received them by then",
    {
        "audit_id": ("TEXT", "抽查编号", "id of the find"),
        "department": _DEPARTMENT,
        "record_type": _TYPE,
        "day": ("TEXT", "抽查日期", "day found"),
        "decision_date": ("TEXT", "决定日期", "decided"),
        "due_date": ("TEXT", "公示到期日", "last day on time to publish such a decision"),
        "received": ("TEXT", "门户收到日期；空为未收到", "day received; empty if it was not"),
        "concealed": (
            "INTEGER",
            "抽查时是否到期未报",
            "1 if it was due and not in the register on the day found",
        ),
    },
    ("audit_id",),
    indexes=(("department", "day"),),
)

ITEM = Table(
    "item",
    "公示目录事项",
    "Catalogue items that a department owes records of",
    {
        "department": _DEPARTMENT,
        "record_type": _TYPE,
        "item_code": ("TEXT", "事项编码", "item code"),
        "item_zh": ("TEXT", "事项名称", "item in Chinese"),
        "item_en": ("TEXT", "事项英文名称", "item in English"),
        "yearly_volume": ("INTEGER", "年预计数量；未填按1", "expected a year; 1 if not stated"),
        "valid_from": ("TEXT", "列入日期；空为一直", "listed from; empty for always"),
        "valid_to": ("TEXT", "停止日期；空为至今", "listed to; empty for still"),
    },
    ("department", "item_code"),
)

ITEM_DAY = Table(
    "item_day",
    "目录事项的记录",
    "Records of each catalogue item, by the day of the decision",
    {
        "department": _DEPARTMENT,
        "record_type": _TYPE,
        "item_code": ("TEXT", "事项编码", "item code"),
        "day": ("TEXT", "决定日期", "day of the decision"),
        "records": ("INTEGER", "记录数", "records"),
    },
    ("department", "item_code", "record_type", "day"),
)

NUMBER_SERIES = Table(
    "number_series",
    "文号系列",
    "Series of document numbers within a year: a question to the department, never held against it",
    {
        "department": _DEPARTMENT,
        "record_type": _TYPE,
        "year": ("TEXT", "年份", "year"),
        "series": ("TEXT", "文号系列，…处为号", "series; … stands for the number"),
        "lowest": ("INTEGER", "最小号", "lowest number"),
        "highest": ("INTEGER", "最大号", "highest number"),
        "present": ("INTEGER", "已有号数", "numbers present"),
        "missing": ("INTEGER", "缺口数", "numbers missing between"),
        "set_aside": (
            "INTEGER",
            "另列号数",
            "numbers so far from the others that they are taken for mistyped, left out",
        ),
    },
    ("department", "record_type", "year", "series"),
)

NUMBER_GAP = Table(
    "number_gap",
    "文号缺口",
    "Runs of missing numbers in those series",
    {
        "department": _DEPARTMENT,
        "record_type": _TYPE,
        "year": ("TEXT", "年份", "year"),
        "series": ("TEXT", "文号系列，…处为号", "series; … stands for the number"),
        "first": ("INTEGER", "缺口首号", "first number missing"),
        "last": ("INTEGER", "缺口末号", "last number missing"),
        "missing": ("INTEGER", "缺口数", "numbers missing"),
    },
    ("department", "record_type", "year", "series", "first"),
)

CALENDAR_CHANGE = Table(
    "calendar_change",
    "日历变更的影响",
    "Duties that the newest version of the calendar moved",
    {
        "duty_id": ("TEXT", "义务编号", "id of the duty"),
        "record_id": ("TEXT", "记录编号", "record"),
        "department": _DEPARTMENT,
        "record_type": _TYPE,
        "clock": ("TEXT", "时限种类", "which clock"),
        "from_version": ("TEXT", "原日历版本", "version before"),
        "to_version": ("TEXT", "新日历版本", "version now"),
        "since": ("TEXT", "启用日期", "day of the first release on the version now"),
        "due_before": ("TEXT", "原到期日", "last day on time before"),
        "due_after": ("TEXT", "新到期日", "last day on time now"),
        "status_before": ("TEXT", "原状态", "status by the version before"),
        "status_after": ("TEXT", "新状态", "status now"),
    },
    ("duty_id",),
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
        "year_ago_rate": ("REAL", "去年同期及时率", "rate of the same period a year ago"),
        "year_change": ("REAL", "同比变化（百分点/100）", "rate minus the rate a year ago"),
        "limit_low": ("REAL", "漏斗下限", "lower funnel limit (99.8 %) of the city's rate"),
        "limit_high": ("REAL", "漏斗上限", "upper funnel limit (99.8 %) of the city's rate"),
        "score": ("REAL", "得分", "score by the scheme of the rules"),
        "deduction": ("REAL", "扣分", "points deducted, which the score is less of"),
        "grade": ("TEXT", "等次", "grade by the scheme of the rules"),
        "previous_rank": ("INTEGER", "上期名次", "rank in the period before"),
        "year_ago_rank": ("INTEGER", "去年同期名次", "rank in the same period a year ago"),
        "peers": ("TEXT", "同类组", "group of similar departments"),
        "peer_rank": ("INTEGER", "组内名次", "rank among them"),
        "peer_rank_low": ("INTEGER", "组内名次下限", "best rank among them that chance allows"),
        "peer_rank_high": ("INTEGER", "组内名次上限", "worst rank among them that chance allows"),
        "peer_count": ("INTEGER", "组内排名数", "how many are ranked among them"),
        "silent": (
            "INTEGER",
            "目录有事项而全期未报送；未满的期间和首次报送当月以前为0",
            "1 if its catalogue expects records and it handed in none all through; 0 where the "
            "period still runs, or began before the month after the first hand-in of all",
        ),
    },
    ("period", "department"),
)

RANKING = Table(
    "ranking",
    "单项排名",
    "The ranks by each single indicator and by the score",
    {
        "period": _PERIOD,
        "name": ("TEXT", "指标；score 为得分", "indicator, or score"),
        "department": _DEPARTMENT,
        "numerator": ("REAL", "分子", "numerator"),
        "denominator": ("REAL", "分母", "denominator"),
        "value": ("REAL", "值", "value"),
        "low": (
            "REAL",
            "区间下限；得分的为模拟所得",
            "lower end of the Wilson 95 % interval; of a score, of its simulation",
        ),
        "high": ("REAL", "区间上限", "upper end"),
        "rank": ("INTEGER", "名次；案件过少的为空", "rank; empty under the minimum of cases"),
        "rank_low": ("INTEGER", "名次下限", "best rank that chance allows (95 %)"),
        "rank_high": ("INTEGER", "名次上限", "worst rank that chance allows (95 %)"),
    },
    ("period", "name", "department"),
)

SCORE_PART = Table(
    "score_part",
    "得分构成",
    "What each department's score is made of",
    {
        "period": _PERIOD,
        "department": _DEPARTMENT,
        "name": (
            "TEXT",
            "指标；concealed 为瞒报扣分，其值为件数",
            "indicator; concealed: what hidden decisions cost, its value is how many",
        ),
        "value": (
            "REAL",
            "值；空为无案例；无案例或者案例过少的，其权重分给其余各项",
            "value; empty: no cases; without cases, or with too few, its weight goes to the others",
        ),
        "stated": ("REAL", "规则所定权重", "weight that the scheme states"),
        "weight": (
            "REAL",
            "权重，含无案例各项分来的",
            "weight, with what indicators without cases left to it",
        ),
        "points": ("REAL", "得分", "points"),
    },
    ("period", "department", "name"),
)

INDICATOR_NAME = Table(
    "indicator_name",
    "指标说明",
    "What each indicator is, and the addresses of the rows behind it",
    {
        "name": ("TEXT", "指标", "indicator"),
        "title_zh": ("TEXT", "名称", "title in Chinese"),
        "title_en": ("TEXT", "英文名称", "title in English"),
        "definition_zh": ("TEXT", "定义", "definition in Chinese"),
        "definition_en": ("TEXT", "英文定义", "definition in English"),
        "numerator_rows": (
            "TEXT",
            "分子各行的地址，{} 内待填",
            "address of the rows of the numerator, {} to be filled in",
        ),
        "denominator_rows": (
            "TEXT",
            "分母各行的地址，{} 内待填",
            "address of the rows of the denominator, {} to be filled in",
        ),
    },
    ("name",),
)

EDITION = Table(
    "edition",
    "定稿",
    "Editions: periods that were closed, and restatements of them",
    {
        "edition": ("TEXT", "定稿编号", "id of the edition, such as 2026Q3-1"),
        "period": _PERIOD,
        "number": ("INTEGER", "第几稿", "1 for the first, more for restatements"),
        "closed": ("TEXT", "定稿时间", "when it was closed"),
        "as_of": ("TEXT", "数据截至", "moment of the data"),
        "release": ("TEXT", "所依据的发布版本", "release that it was taken from"),
        "profile": ("TEXT", "规则", "profile"),
        "profile_version": ("TEXT", "规则版本", "version of the profile"),
        "calendar_version": ("TEXT", "日历版本", "version of the calendar"),
        "software": ("TEXT", "软件版本", "version of the software"),
        "digest": ("TEXT", "校验值", "SHA-256 over the files of the edition"),
        "reason": ("TEXT", "更正理由；初稿为空", "why it was restated; empty for the first"),
    },
    ("edition",),
    indexes=(("period", "number"),),
)

EDITION_MOVE = Table(
    "edition_move",
    "更正的影响",
    "What a restatement moved, against the edition before",
    {
        "edition": ("TEXT", "定稿编号", "id of the edition"),
        "department": _DEPARTMENT,
        "record_type": _TYPE,
        "name": (
            "TEXT",
            "变动项：指标、score 得分、rank 名次等",
            "what moved: an indicator, score, rank and so on",
        ),
        "before": ("REAL", "原值", "before"),
        "after": ("REAL", "新值", "after"),
        "before_text": ("TEXT", "原等次或组", "before, where it is a grade or a group"),
        "after_text": ("TEXT", "新等次或组", "after, where it is a grade or a group"),
        "why": (
            "TEXT",
            "原因：data 数据，calendar 日历，method 方法；以 + 相连",
            "data, calendar or method; joined by +",
        ),
    },
    ("edition", "department", "record_type", "name"),
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

EDITION_LEAGUE = Table(
    "edition_league",
    "各定稿的排名",
    "The league tables of all editions, as they were closed",
    {"edition": EDITION.columns["edition"], **LEAGUE.columns},
    ("edition", "department"),
)

FACTS = (DUTY, SUBMISSION, COMPLETENESS, AUDITED, ITEM, ITEM_DAY, NUMBER_SERIES)
"""What the indicators are computed from; each is handed to the engine as a Parquet file."""

TABLES = (
    DEPARTMENT,
    *FACTS,
    NUMBER_GAP,
    FINDING,
    WITHHELD,
    PERIOD,
    INDICATOR,
    INDICATOR_NAME,
    HISTOGRAM,
    LEAGUE,
    RANKING,
    SCORE_PART,
    EDITION,
    EDITION_LEAGUE,
    EDITION_MOVE,
    CALENDAR,
    CALENDAR_CHANGE,
    RELEASE,
)
