"""Departments, lists, figures, periods and releases: what is in a release beside the records."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from monitor.calendar import explain
from monitor.clocks import FEEDBACK
from monitor.tables import DEPARTMENT, INDICATOR, LEAGUE
from publish.errors import ProblemError
from publish.release.entity import ENTITY
from publish.release.public import reference_table
from publish.schema import record_type
from publish.serve.api.declare import (
    Asked,
    Column,
    Databases,
    Listed,
    Release,
    Single,
    table_columns,
    type_columns,
)
from publish.serve.api.lists import TableList, rows, selected
from publish.serve.api.problem import ROOT, RequestError

DEPARTMENTS = table_columns(DEPARTMENT)
INDICATORS = table_columns(INDICATOR)
LEAGUES = table_columns(LEAGUE)
ENTITIES = table_columns(ENTITY)
LIST = table_columns(reference_table("credit_list"))
ENTRIES_META = (Column("list", "object", "名单", "the list", nullable=False, parts=LIST),)
LISTS = (*LIST, Column("entries", "integer", "在列条数", "entries", nullable=False))
ENTRIES = type_columns(record_type("list_entry"))
DEADLINE = (
    Column("date", "string", "起算日（不计入）", "day 0, not counted", nullable=False, day=True),
    Column("days", "integer", "工作日数", "working days", nullable=False),
    Column("due", "string", "截止日", "last day on time", nullable=False, day=True),
    Column("provisional", "integer", "是否暂定", "1 if the calendar is not final", nullable=False),
    Column(
        "explanation_zh", "string", "怎样计算", "how it was counted, in Chinese", nullable=False
    ),
    Column("explanation_en", "string", "怎样计算（英文）", "how it was counted", nullable=False),
)
STAGES: Mapping[str, tuple[str, str]] = {
    f"{clock.name}_timeliness": (clock.steps.kind, clock.name) for clock in FEEDBACK if clock.steps
}
"""The indicators of feedback: the kind of case and the duty that each is about."""
KINDS = tuple(dict.fromkeys(kind for kind, _ in STAGES.values()))
_OF_INDICATOR = {column.name: column for column in INDICATORS}
FEEDBACKS = (
    _OF_INDICATOR["department"],
    Column("kind", "string", "反馈种类", "kind of feedback", nullable=False),
    Column("clock", "string", "时限种类", "which duty", nullable=False),
    _OF_INDICATOR["period"],
    Column("in_time", "number", "按时件数", "done in time"),
    Column("due", "number", "到期件数", "due"),
    Column("rate", "number", "及时率；空为无案例", "share in time; empty means no cases"),
)


def department(databases: Databases, _release: Release, asked: Asked) -> Single:
    """One department."""
    code = asked["code"]
    sql = f"SELECT {selected(DEPARTMENTS)} FROM department WHERE code = ?"
    found = databases.credit.execute(sql, [code]).fetchone()
    if not found:
        raise missing("部门", "department", code, "departments")
    named = quote(code, safe="")
    address = f"{ROOT}/indicators?department={named}"
    links = {"page": f"/departments/{named}/", "indicators": address}
    return Single(rows(DEPARTMENTS, [found])[0], links)


def entity(databases: Databases, _release: Release, asked: Asked) -> Single:
    """One organisation."""
    code = asked["uscc"].upper()
    sql = f"SELECT {selected(ENTITIES)} FROM entity WHERE uscc = ?"
    found = databases.credit.execute(sql, [code]).fetchone()
    if not found:
        raise missing("单位", "organisation", code, "records")
    links = {"page": f"/entity/{code}", "records": f"{ROOT}/records?uscc={code}"}
    return Single(rows(ENTITIES, [found])[0], links)


def league(databases: Databases, release: Release, asked: Asked) -> Listed:
    """The league table of a period: by rank, then those without one."""
    period = asked["period"]
    if not databases.monitor.execute("SELECT 1 FROM period WHERE period = ?", [period]).fetchone():
        raise missing("期间", "period", period, "indicators")
    return _LEAGUE(databases, release, asked)


def credit_lists(databases: Databases, _release: Release, _asked: Asked) -> Listed:
    """The red and black lists."""
    sql = (
        f"SELECT {selected(LIST)}, "
        "(SELECT count(*) FROM list_entry e WHERE e.list_id = l.list_id) AS entries "
        "FROM credit_list l ORDER BY list_id"
    )
    found = databases.credit.execute(sql).fetchall()
    return Listed(rows(LISTS, found), None, len(found))


def entries(databases: Databases, release: Release, asked: Asked) -> Listed:
    """The public entries of a list, and the list itself."""
    name = asked["list_id"]
    sql = f"SELECT {selected(LIST)} FROM credit_list WHERE list_id = ?"
    found = databases.credit.execute(sql, [name]).fetchone()
    if not found:
        raise missing("名单", "list", name, "lists")
    listed = _ENTRIES(databases, release, asked)
    listed.meta = {"list": rows(LIST, [found])[0]}
    return listed


def feedback(databases: Databases, _release: Release, asked: Asked) -> Listed:
    """How departments kept the deadlines of feedback: figures, never the cases."""
    names = sorted(n for n, (kind, _) in STAGES.items() if asked["kind"] in {None, kind})
    among = ", ".join(f"'{name}'" for name in names)
    question = TableList(
        "monitor",
        INDICATOR.name,
        INDICATORS,
        INDICATOR.key,
        {"department": "department", "period": "period"},
        f"record_type = 'feedback' AND name IN ({among})",
        _INDEXED,
    )
    listed = question(databases, _release, asked)
    listed.rows = [_stage(row) for row in listed.rows]
    return listed


def _stage(row: Mapping[str, Any]) -> dict[str, Any]:
    """An indicator of feedback as the figures of a stage."""
    kind, clock = STAGES[row["name"]]
    return {
        "department": row["department"],
        "kind": kind,
        "clock": clock,
        "period": row["period"],
        "in_time": row["numerator"],
        "due": row["denominator"],
        "rate": row["value"],
    }


def deadline(_databases: Databases, release: Release, asked: Asked) -> Single:
    """The deadline of something done on a day."""
    if release.calendar is None:
        raise RequestError(
            "not_found",
            "本版所用的日历已不在。请查看 /calendar/。",
            "The calendar of this release is not at hand. See /calendar/.",
        )
    try:
        found = release.calendar.deadline(date.fromisoformat(asked["date"]), asked["days"])
    except ProblemError as error:
        raise RequestError("not_found", error.zh, error.en) from error
    return Single(
        {
            "date": asked["date"],
            "days": found.days,
            "due": found.due.isoformat(),
            "provisional": int(found.provisional),
            "explanation_zh": explain(found, "zh"),
            "explanation_en": explain(found, "en"),
        },
        {"page": "/calendar/"},
    )


def missing(zh: str, en: str, value: str, elsewhere: str) -> RequestError:
    """The problem that there is no such thing, and where to find those that there are."""
    address = f"{ROOT}/{elsewhere}"
    return RequestError(
        "not_found",
        f"没有{zh} {value}。可在 {address} 查找。",
        f"There is no {en} {value}. Look it up at {address}.",
    )


def _filters(*names: str) -> Iterator[tuple[str, str]]:
    """Parameters that are called like their columns; a type's is the record's."""
    yield from ((name, "record_type" if name == "type" else name) for name in names)


_INDEXED = ("department", "period")
"""By what the figures of thousands of departments are found at once."""

_LEAGUE = TableList(
    "monitor",
    LEAGUE.name,
    LEAGUES,
    ("coalesce(rank, 1000000)", "department"),
    {"period": "period"},
)
_ENTRIES = TableList("credit", "list_entry", ENTRIES, ("record_id",), {"list_id": "list_id"})
departments = TableList("credit", DEPARTMENT.name, DEPARTMENTS, DEPARTMENT.key)
indicators = TableList(
    "monitor",
    INDICATOR.name,
    INDICATORS,
    INDICATOR.key,
    dict(_filters("department", "type", "period", "name")),
    counted_by=_INDEXED,
)
