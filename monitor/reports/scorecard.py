"""A department's scorecard as a workbook: its figures, what they count, and room for its answer."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from xlsxwriter.utility import xl_rowcol_to_cell

from monitor.calendar import Calendar
from monitor.clocks import CLOCKS, STATUSES
from monitor.evidence import denominator, least_volume, numerator
from monitor.measures import INDICATORS, Indicator
from monitor.reports.book import Book, Column, Page, Sheet, basis, marks, ratio, workbook
from monitor.reports.figures import ALL, Figures, Row, period_zh
from monitor.reports.legend import write_legend
from monitor.reports.office import Office
from monitor.reports.working import COLUMNS as WORKING
from monitor.reports.working import rounds_alike, working
from publish.schema import record_type

LISTED = 5000
"""So many rows of a list are written; how many there are in all is always said."""

_SELF = (
    Column("own", "自评分", "self-score", "input", 11.5),
    Column("difference", "差异", "difference", "points", 11.5, 'IF({own}="","",{own}-{points})'),
    Column("remark", "说明", "remark", "input", 18),
)
_SCORE = (*(c for c in WORKING if c.key != "name"), *_SELF)
_FIGURES = (
    Column("what", "指标", "indicator", "text", 26),
    Column("numerator", "分子", "numerator", "count", 11),
    Column("denominator", "分母", "denominator", "count", 12.5),
    Column("value", "值", "value", "rate", 9),
    Column("city", "全市", "city", "rate", 9),
    Column("previous", "上期", "before", "rate", 9),
)
_BY_TYPE = (
    Column("type", "记录类型", "record type", "text", 16),
    *_FIGURES[:4],
    Column("above", "分子各行（接在门户地址后）", "rows of the numerator", "link", 60),
    Column("below", "分母各行", "rows of the denominator", "link", 60),
)
_OPEN = (
    Column("clock", "义务", "duty", "text", 16),
    Column("type", "记录类型", "record type", "text", 14),
    Column("record_id", "记录或事项编号", "record or case", "text", 20),
    Column("start_date", "起算日", "day 0", "date", 11),
    Column("days_allowed", "时限", "allowed", "plain", 7),
    Column("excluded_days", "中止", "paused", "plain", 7),
    Column("due_date", "到期日", "due", "date", 11),
    Column("done_date", "完成日", "done", "date", 11),
    Column("status", "状态", "status", "text", 12),
    Column("over", "逾期工作日", "working days over", "count", 9),
    Column("batch", "批次", "batch", "plain", 8),
    Column("address", "依据（接在门户地址后）", "evidence", "text", 36),
)
_REASONS = (
    Column("severity", "程度", "severity", "text", 10),
    Column("title", "问题", "finding", "text", 46),
    Column("code", "代码", "code", "text", 26),
    Column("rows", "行数", "rows", "count", 8, summed=True),
)
_LINES = (
    Column("batch", "批次", "batch", "plain", 8),
    Column("day", "收到日期", "received", "date", 11),
    Column("type", "记录类型", "record type", "text", 14),
    Column("line", "行", "line", "plain", 8),
    Column("field", "字段", "field", "text", 24),
    Column("title", "问题", "finding", "text", 46),
    Column("code", "代码", "code", "text", 26),
)
_GAPS = (
    Column("type", "记录类型", "record type", "text", 14),
    Column("series", "文号系列", "series", "text", 30),
    Column("first", "缺口首号", "first", "plain", 10),
    Column("last", "缺口末号", "last", "plain", 10),
    Column("missing", "缺号数", "missing", "count", 9, "{last}-{first}+1", summed=True),
    Column("answer", "部门说明（作废、未使用、应补报等）", "the department's answer", "input", 44),
)
_ITEMS = (
    Column("type", "记录类型", "record type", "text", 14),
    Column("item_code", "事项编码", "item", "text", 24),
    Column("item_zh", "事项名称", "name", "text", 36),
    Column("yearly_volume", "年预计", "a year", "count", 9),
    Column("answer", "部门说明", "the department's answer", "input", 40),
)
_FOUND = (
    Column("audit_id", "抽查编号", "id of the find", "text", 22),
    Column("type", "记录类型", "record type", "text", 14),
    Column("decision_date", "决定日期", "decided", "date", 12),
    Column("day", "抽查日期", "found", "date", 12),
    Column("received", "门户收到日期", "received", "date", 12),
    Column("answer", "部门说明", "the department's answer", "input", 40),
)

_DUTIES = """
SELECT * FROM duty WHERE department = ?1 AND status IN ('late', 'overdue') AND (
    due_date BETWEEN ?2 AND ?3
    OR clock = 'disclosure' AND due_date < ?2 AND (done_date IS NULL OR done_date > ?3)
) ORDER BY due_date, clock, duty_id
"""
_UNUSED = """
SELECT * FROM item WHERE department = ?1 AND yearly_volume >= ?4
    AND (coalesce(valid_from, '') = '' OR valid_from <= ?2)
    AND (coalesce(valid_to, '') = '' OR valid_to >= ?3)
    AND NOT EXISTS (SELECT 1 FROM item_day WHERE item_day.department = item.department
        AND item_day.item_code = item.item_code AND day BETWEEN ?2 AND ?3)
ORDER BY record_type, item_code
"""
_CONCEALED = """
SELECT * FROM audited WHERE department = ? AND concealed = 1 AND day BETWEEN ? AND ?
ORDER BY day, audit_id
"""

_PLACES = ((0, 0, 2), (3, 4, 6), (7, 8, 9))
"""The columns of a label, its first and last, and the last of its value."""


class Asked(NamedTuple):
    """What a department is asked about that is no part of an edition.

    Attributes:
        findings: one for each problem in the rows handed in during the period that count for the
            department: batch, day, type, line, field, title, code and severity; never a value.
        gaps: its rows of the table `number_gap` of the period's year.
        overdue: its duties that are overdue in the release being served.
        today: the day of that release, ISO.
    """

    findings: Sequence[Row]
    gaps: Sequence[Row]
    overdue: Sequence[Row]
    today: str


def write_scorecard(path: Path, figures: Figures, office: Office, code: str, asked: Asked) -> None:
    """Writes a department's scorecard for a period.

    Args:
        path: the file; it is made anew.
        figures: the period's.
        office: whose rules hold.
        code: the department.
        asked: what else it is asked about.
    """
    title = f"{figures.called(code)}{period_zh(figures.name)}信用信息公示考核表"
    with workbook(path, title, figures) as book:
        page = Page(figures, marks(figures, office.profile.jurisdiction))
        _front(book.sheet("考核表"), page, title, office, code)
        page.write(book.sheet("分类指标"), "分类指标和依据", _BY_TYPE, list(_types(figures, code)))
        _lists(book, page, office, code, asked)
        write_legend(book, figures, office)


def _front(sheet: Sheet, page: Page, title: str, office: Office, code: str) -> None:
    """The sheet that is signed: the result, the score beside the self-score, all indicators."""
    figures, width = page.figures, len(_SCORE) - 1
    sheet.widths(c.width for c in _SCORE)
    row = page.head(sheet, title, width)
    row = _result(sheet, row, figures, office, code) + 1
    row = sheet.line(row, width, "一、得分构成与自评 Score and self-score", "section", 22)
    row = _score(sheet, row, figures, office, code) + 1
    row = sheet.line(row, width, "二、各项指标 Indicators", "section", 22)
    row = sheet.table(row, _FIGURES, list(_indicators(figures, code)))
    if idle := _idle(figures, code):
        row = sheet.line(row, width, f"本期没有案件的指标：{idle}。", "prose", 44)
    row += 1
    for text in (
        "部门负责人（签字）：　　　　　　　　填表人：　　　　　　　　日期：　　　年　　月　　日",
        "复核意见：　　　　　　　　　　　　　复核人：　　　　　　　　日期：　　　年　　月　　日",
    ):
        row = sheet.line(row, width, text, "prose", 30)
    sheet.page(0, (row - 1, width), landscape=False, foot=basis(figures))


def _result(sheet: Sheet, row: int, figures: Figures, office: Office, code: str) -> int:
    """The result in pairs of a label and a value; returns the next row."""
    standing = next((r for r in figures.league if r["department"] == code), {})
    for pairs in _pairs(standing, office):
        for (label, value, style), (at, until, last) in zip(pairs, _PLACES, strict=True):
            sheet.span(row, at, until, label, "label")
            sheet.span(row, until + 1, last, value, style)
        row += 1
    return row


def _pairs(row: Row, office: Office) -> Iterator[Sequence[tuple[str, Any, str]]]:
    """What is said at the top, three pairs a line."""
    minimum = office.profile.league.minimum_cases
    rank = f"第{row['rank']}名" if row.get("rank") else f"应公示不足{minimum}件，不排名"
    peer = f"第{row['peer_rank']}名，共{row['peer_count']}个" if row.get("peer_rank") else "不排名"
    span = f"第{row['rank_low']}至{row['rank_high']}名" if row.get("rank_low") else "—"
    yield (
        ("得分 score", row.get("score"), "points"),
        ("等次 grade", row.get("grade") or "—", "text"),
        ("名次 rank", rank, "text"),
    )
    yield (
        ("名次区间（95%） range", span, "text"),
        ("同类组 peers", office.peers(row.get("peers")), "text"),
        ("组内名次 rank among peers", peer, "text"),
    )
    yield (
        ("及时率 timeliness", row.get("rate"), "rate"),
        ("较上期 change", row.get("change"), "change"),
        ("较去年同期 on a year ago", row.get("year_change"), "change"),
    )


def _score(sheet: Sheet, row: int, figures: Figures, office: Office, code: str) -> int:
    """The working of the score, which adds up under it; returns the next row."""
    lines = list(working(figures, office.scheme(figures.period["last"]), code))
    end = sheet.table(row, _SCORE, lines)
    standing = next((r for r in figures.league if r["department"] == code), {})
    score, places = standing.get("score"), {c.key: i for i, c in enumerate(_SCORE)}
    sheet.put(end, 0, "合计 total", "label")
    for column in range(1, len(_SCORE)):
        sheet.put(end, column, None, "text_total")
    if not lines or score is None:
        return end + 1
    added = _sum(row + 1, end, places["points"])
    if rounds_alike(sum(line["points"] for line in lines), score):
        sheet.formula(end, places["points"], f"ROUND(MAX(0,{added}),2)", score, "points_total")
    else:
        sheet.put(end, places["points"], score, "points_total")
    own = _sum(row + 1, end, places["own"])
    count = own.replace("SUM", "COUNT")
    sheet.formula(end, places["own"], f'IF({count}=0,"",{own})', None, "points_total")
    mine, theirs = (xl_rowcol_to_cell(end, places[name]) for name in ("own", "points"))
    difference = f'IF({mine}="","",{mine}-{theirs})'
    sheet.formula(end, places["difference"], difference, None, "points_total")
    return end + 1


def _sum(first: int, end: int, column: int) -> str:
    """The formula of the sum of some rows of a column."""
    return f"SUM({xl_rowcol_to_cell(first, column)}:{xl_rowcol_to_cell(end - 1, column)})"


def _indicators(figures: Figures, code: str) -> Iterator[Row]:
    """Each indicator with cases, beside the city's and that of the period before."""
    for one in INDICATORS.values():
        if _has_cases(figures, one, code):
            yield {
                **_figure(figures, one, code, ALL),
                "city": figures.figure(ALL, one.name)["value"],
                "previous": figures.before(code, one.name),
            }


def _idle(figures: Figures, code: str) -> str:
    """The indicators without cases."""
    idle = (one for one in INDICATORS.values() if not _has_cases(figures, one, code))
    return "、".join(figures.title(one.name)[0] for one in idle)


def _has_cases(figures: Figures, one: Indicator, code: str, kind: str = ALL) -> bool:
    """Whether an indicator has anything to count; a count of nothing is a figure, too."""
    return figures.figure(code, one.name, kind)["value"] is not None


def _figure(figures: Figures, one: Indicator, code: str, kind: str) -> Row:
    """An indicator's name and figures; a rate is a formula."""
    found = figures.figure(code, one.name, kind)
    style = {"rate": "rate", "count": "count", "days": "days"}[one.kind]
    return {
        **found,
        "what": figures.title(one.name)[0],
        "formulas": {"value": ratio("numerator", "denominator")} if one.kind == "rate" else {},
        "styles": dict.fromkeys(("value", "city", "previous"), style),
    }


def _types(figures: Figures, code: str) -> Iterator[Row]:
    """Each indicator in all and by record type, with the addresses of the rows behind it."""
    kinds = sorted(kind for who, kind in figures.indicators if who == code and kind != ALL)
    for one in INDICATORS.values():
        for kind in (ALL, *kinds):
            if _has_cases(figures, one, code, kind):
                who = one.name, code, figures.span, kind
                yield {
                    **_figure(figures, one, code, kind),
                    "type": _type(kind),
                    "above": numerator(*who),
                    "below": denominator(*who),
                }


def _lists(book: Book, page: Page, office: Office, code: str, asked: Asked) -> None:
    """The sheets of what is open, wrong, missing or was found."""
    figures, span = page.figures, page.figures.span
    errors = [f for f in asked.findings if f["severity"] == "error"]
    unused = figures.rows(_UNUSED, code, span.first, span.last, least_volume(span))
    concealed = figures.rows(_CONCEALED, code, span.first, span.last)
    gaps = f"{span.last[:4]}年文号缺口：请说明，不计入考核"
    counted = figures.rows(_DUTIES, code, span.first, span.last)
    late = list(_owed(counted, office.calendar, figures.release["as_of"][:10]))
    overdue = list(_owed(asked.overdue, office.calendar, asked.today))
    _list(book, page, "逾期清单", "本期计入的逾期和迟报（各类时限，含积压）", _OPEN, late)
    _list(book, page, "仍未办结", f"截至{asked.today}仍逾期未办结", _OPEN, overdue)
    _list(book, page, "退回问题", "报送数据的问题（按代码）", _REASONS, _reasons(asked.findings))
    _list(book, page, "退回行", "退回的行和原因（不含内容）", _LINES, _named(errors))
    _list(book, page, "文号缺口", gaps, _GAPS, _named(asked.gaps))
    _list(book, page, "目录覆盖", "本期应有而没有记录的目录事项", _ITEMS, _named(unused))
    _list(book, page, "抽查未报", "抽查发现当日尚未报送的决定", _FOUND, _named(concealed))


def _list(
    book: Book,
    page: Page,
    name: str,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Row],
) -> None:
    """A sheet with a list, cut where it is too long to be read."""
    shown = rows[:LISTED]
    more = f"，列出前{LISTED}行" if len(rows) > LISTED else ""
    summed = [c.key for c in columns if c.summed]
    total = {key: sum(r[key] for r in shown) for key in summed} if summed and shown else None
    page.write(book.sheet(name), f"{title}（共{len(rows)}行{more}）", columns, shown, total)


def _owed(duties: Sequence[Row], calendar: Calendar, today: str) -> Iterator[Row]:
    """Duties that were late or are overdue, with the working days past the deadline."""
    clocks = {clock.name: clock.zh for clock in CLOCKS}
    for row in duties:
        yield {
            **row,
            "clock": clocks.get(row["clock"], row["clock"]),
            "type": _type(row["record_type"]),
            "over": _over(calendar, row["due_date"], row["done_date"] or today),
            "status": STATUSES[row["status"]][0],
            "address": f"/monitor/duty/{row['duty_id']}",
        }


def _over(calendar: Calendar, due: str, day: str) -> int | None:
    """Working days past a deadline; None where the calendar does not reach."""
    return calendar.used_iso(due, day) if day <= str(calendar.last) else None


def _reasons(findings: Sequence[Row]) -> list[Row]:
    """The findings counted by code, errors first."""
    found: dict[str, dict[str, Any]] = {}
    for one in findings:
        counted = found.setdefault(one["code"], {**one, "rows": 0})
        counted["rows"] += 1
    words = {"error": "退回", "warning": "提示"}
    ordered = sorted(found.values(), key=lambda f: (f["severity"], -f["rows"], f["code"]))
    return [{**one, "severity": words.get(one["severity"], one["severity"])} for one in ordered]


def _named(rows: Sequence[Row]) -> list[Row]:
    """Rows with their record type in words."""
    return [{**row, "type": _type(row["record_type"])} for row in rows]


def _type(name: str) -> str:
    """A record type in words."""
    return "全部" if name == ALL else record_type(name).title_zh
