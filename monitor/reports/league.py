"""The league table of a period as a workbook, and its rows for programs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from monitor.evidence import denominator, numerator
from monitor.intervals import Z95, wilson
from monitor.measures import INDICATORS
from monitor.reports.book import Column, Page, difference, marks, ratio, workbook
from monitor.reports.figures import ALL, Figures, Row, period_zh
from monitor.reports.legend import write_legend
from monitor.reports.office import Office
from monitor.reports.working import COLUMNS as WORKING
from monitor.reports.working import working
from monitor.tables import LEAGUE

_RATE, _SHARE = "{on_time}/{due}", f"{Z95 * Z95!r}"
_MIDDLE = f"{_RATE}+{_SHARE}/(2*{{due}})"
_SPREAD = f"{Z95!r}*SQRT({_RATE}*(1-{_RATE})/{{due}}+{_SHARE}/(4*{{due}}*{{due}}))"
_SCALE = f"(1+{_SHARE}/{{due}})"
LOW = f'IF(N({{due}})=0,"",IF({{on_time}}=0,0,({_MIDDLE}-{_SPREAD})/{_SCALE}))'
HIGH = f'IF(N({{due}})=0,"",IF({{on_time}}={{due}},1,({_MIDDLE}+{_SPREAD})/{_SCALE}))'

_RANK, _WHO, _PEERS = "名次 Rank", " ", "同类 Peers"
_SCORE, _TIMELY, _PAST, _MORE = "得分 Score", "及时率 Timeliness", "与以往相比 Change", "其他 More"
_LATE, _COMPLY, _AUDITS = "迟报率 Late", "合规率 Compliance", "抽查 Audits"
_FULL, _DAYS = "完整率 Completeness", "用时 Working days"
COLUMNS = (
    Column("rank", "名次", "rank", "plain", 5.5, group=_RANK),
    Column("rank_low", "最好", "best", "plain", 5.5, group=_RANK),
    Column("rank_high", "最差", "worst", "plain", 5.5, group=_RANK),
    Column("name", "部门", "department", "text", 29, group=_WHO),
    Column("peers", "同类组", "group", "text", 20, group=_PEERS),
    Column("peer_rank", "组内", "rank", "plain", 5.5, group=_PEERS),
    Column("score", "得分", "score", "points", 7.5, group=_SCORE),
    Column("grade", "等次", "grade", "code", 6.5, group=_SCORE),
    Column("on_time", "及时", "on time", "count", 7, group=_TIMELY, summed=True),
    Column("due", "应公示", "due", "count", 7, group=_TIMELY, summed=True),
    Column("rate", "及时率", "rate", "rate", 8.5, ratio("on_time", "due"), _TIMELY),
    Column("low", "下限", "low", "rate", 8.5, LOW, _TIMELY),
    Column("high", "上限", "high", "rate", 8.5, HIGH, _TIMELY),
    Column("previous_rate", "上期", "before", "rate", 8.5, group=_PAST),
    Column("change", "变化", "change", "change", 9, difference("rate", "previous_rate"), _PAST),
    Column("year_ago_rate", "去年同期", "year ago", "rate", 8.5, group=_PAST),
    Column(
        "year_change", "同比", "change", "change", 9, difference("rate", "year_ago_rate"), _PAST
    ),
    Column("backlog", "逾期未办", "backlog", "count", 8, group=_MORE, summed=True),
    Column("note", "备注", "remarks", "text", 26, group=_MORE),
)
"""The columns of the league table in a workbook."""
QUALITY = (
    Column("name", "部门", "department", "text", 29, group=_WHO),
    Column("late_n", "迟报", "late", "count", 8, group=_LATE, summed=True),
    Column("late_of", "已公示", "published", "count", 8, group=_LATE, summed=True),
    Column("late", "迟报率", "rate", "rate", 9, ratio("late_n", "late_of"), _LATE),
    Column("ok_n", "接受", "accepted", "count", 9, group=_COMPLY, summed=True),
    Column("ok_of", "报送", "handed in", "count", 9, group=_COMPLY, summed=True),
    Column("ok", "合规率", "rate", "rate", 9, ratio("ok_n", "ok_of"), _COMPLY),
    Column("full_n", "已填", "filled", "count", 9, group=_FULL, summed=True),
    Column("full_of", "应填", "fields", "count", 9, group=_FULL, summed=True),
    Column("full", "完整率", "rate", "rate", 9, ratio("full_n", "full_of"), _FULL),
    Column("audit_n", "未报", "not there", "count", 8, group=_AUDITS, summed=True),
    Column("audit_of", "抽查", "audited", "count", 8, group=_AUDITS, summed=True),
    Column("audit", "瞒报率", "rate", "rate", 9, ratio("audit_n", "audit_of"), _AUDITS),
    Column("deduction", "扣分", "points off", "points", 8, group=_AUDITS),
    Column("median", "中位数", "median", "days", 9, group=_DAYS),
    Column("p90", "九成以内", "p90", "days", 9, group=_DAYS),
)
"""The columns of the sheet on what was handed in."""
RANKINGS = (
    Column("what", "指标", "indicator", "text", 20),
    Column("rank", "名次", "rank", "plain", 6),
    Column("rank_low", "最好", "best", "plain", 6),
    Column("rank_high", "最差", "worst", "plain", 6),
    Column("name", "部门", "department", "text", 29),
    Column("numerator", "分子", "numerator", "count", 11),
    Column("denominator", "分母", "denominator", "count", 12.5),
    Column("value", "值", "value", "rate", 9, ratio("numerator", "denominator")),
    Column("low", "下限", "low", "rate", 9),
    Column("high", "上限", "high", "rate", 9),
    Column("above", "分子各行（接在门户地址后）", "rows of the numerator", "link", 60),
    Column("below", "分母各行", "rows of the denominator", "link", 60),
)
"""The columns of the ranks by single indicators."""
_QUALITY = {
    "late": "late_rate",
    "ok": "compliance_rate",
    "full": "completeness",
    "audit": "omission_rate",
}
_CITY = "全市 whole city"


def write_league(path: Path, figures: Figures, office: Office) -> None:
    """Writes a period's league table as a workbook.

    Its rates, intervals, changes, totals and points are formulas over the counts beside them. The
    other sheets hold what was handed in, what each score is made of, the ranks by each single
    indicator with the addresses of the rows behind every figure, and what it all means. The same
    figures give the same bytes.
    """
    place = office.profile.jurisdiction
    title = f"{place.name_zh}{period_zh(figures.name)}信用信息公示及时情况排名表"
    with workbook(path, title, figures) as book:
        page = Page(figures, marks(figures, place))
        standings = [_standing(figures, row, office) for row in figures.league]
        page.write(book.sheet("排名"), title, COLUMNS, standings, _city(figures))
        quality = [_quality(figures, r["department"], r["deduction"]) for r in figures.league]
        whole = {**_quality(figures, ALL, None), "name": _CITY}
        page.write(book.sheet("报送质量"), "报送质量和用时", QUALITY, quality, whole)
        scheme, codes = (
            office.scheme(figures.period["last"]),
            [r["department"] for r in figures.league],
        )
        parts = [line for code in codes for line in working(figures, scheme, code)]
        page.write(book.sheet("得分构成"), "得分构成", WORKING, parts)
        page.write(book.sheet("单项排名"), "单项排名和依据", RANKINGS, list(_rankings(figures)))
        write_legend(book, figures, office)


def league_rows(figures: Figures) -> Iterator[dict[str, Any]]:
    """The rows of the table `league` with the departments' names, for programs."""
    for row in figures.league:
        known = figures.departments.get(row["department"], {})
        names = {f"name_{lang}": known.get(f"name_{lang}") for lang in ("zh", "en")}
        yield {**{column: row[column] for column in LEAGUE.columns}, **names}


def _standing(figures: Figures, row: Row, office: Office) -> Row:
    """One department in the league table."""
    return {
        **row,
        "name": figures.called(row["department"]),
        "peers": office.peers(row["peers"]),
        "note": "；".join(_notes(row, office.profile.league.minimum_cases)),
    }


def _city(figures: Figures) -> Row:
    """The last row: the city, which is the sum of the rows above."""
    timely, before = figures.figure(ALL, "timeliness_rate"), figures.before(ALL, "timeliness_rate")
    on_time, due, rate = (timely[name] for name in ("numerator", "denominator", "value"))
    low, high = wilson(int(on_time), int(due)) if due else (None, None)
    return {
        "name": _CITY,
        "on_time": on_time,
        "due": due,
        "rate": rate,
        "low": low,
        "high": high,
        "previous_rate": before,
        "change": None if rate is None or before is None else rate - before,
        "backlog": figures.figure(ALL, "backlog")["numerator"],
    }


def _quality(figures: Figures, code: str, deduction: float | None) -> Row:
    """What one department or the city handed in, and how long publication took."""
    row = {
        "name": figures.called(code),
        "deduction": deduction,
        "median": figures.figure(code, "days_median")["value"],
        "p90": figures.figure(code, "days_p90")["value"],
    }
    for key, name in _QUALITY.items():
        found = figures.figure(code, name)
        row |= {f"{key}_n": found["numerator"], f"{key}_of": found["denominator"]}
        row[key] = found["value"]
    return row


def _notes(row: Row, minimum: int) -> Iterator[str]:
    """What must be known about a department's place."""
    if not row["due"]:
        yield "本期无到期应公示的决定"
    elif not row["ranked"]:
        yield f"应公示不足{minimum}件，不排名"
    if row["silent"]:
        yield "目录有事项而未报送"
    if row["rate"] is not None and row["limit_low"] is not None:
        if row["rate"] < row["limit_low"]:
            yield "低于全市水平，非偶然可释（99.8%）"
        elif row["rate"] > row["limit_high"]:
            yield "高于全市水平，非偶然可释（99.8%）"


def _rankings(figures: Figures) -> Iterator[Row]:
    """The ranks by each rate, with the addresses of the rows behind them."""
    order = {name: number for number, name in enumerate(INDICATORS)}
    rows = [row for row in figures.rankings if row["name"] in order]
    for row in sorted(rows, key=lambda r: order[r["name"]]):
        who = row["name"], row["department"], figures.span
        yield {
            **row,
            "what": figures.title(row["name"])[0],
            "name": figures.called(row["department"]),
            "above": numerator(*who),
            "below": denominator(*who),
        }
