"""What a circular (通报) says of a period: every field that a template may hold."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from monitor.calendar import Calendar
from monitor.reports.figures import ALL, Figures, Row, day_zh, period_zh
from monitor.reports.office import Office

Texts = tuple[str, str]


@dataclass(frozen=True)
class Letter:
    """What an office decides when it writes a circular.

    Attributes:
        day: the day of issue (成文日期).
        number: the document number (发文字号); empty for none.
        late_over: departments whose late rate is higher are named.
        compliance_under: departments whose compliance rate is lower are named.
        rectify_days: the working days, after that of issue, in which all must be put right.
    """

    day: date
    number: str
    late_over: float
    compliance_under: float
    rectify_days: int


def letter(office: Office, day: date) -> Letter:
    """A letter as the rules have it, without a number."""
    rules = office.rules
    return Letter(day, "", rules.late_over, rules.compliance_under, rules.rectify_days)


class Rate(NamedTuple):
    """An indicator in a circular: the names of its numerator, denominator and rate."""

    above: Texts
    below: Texts
    rate: Texts
    indicator: str
    record_type: str = ALL


_RATES = (
    Rate(
        ("按时", "published in time"),
        ("应公示", "decisions due"),
        ("及时率", "timeliness rate"),
        "timeliness_rate",
    ),
    Rate(
        ("接受", "rows accepted"),
        ("报送", "rows handed in"),
        ("合规率", "compliance rate"),
        "compliance_rate",
    ),
    Rate(("迟报", "published late"), ("公示", "published"), ("迟报率", "late rate"), "late_rate"),
    Rate(
        ("许可迟报", "licences published late"),
        ("许可公示", "licences published"),
        ("许可迟报率", "late rate of licences"),
        "late_rate",
        "licence",
    ),
    Rate(
        ("处罚迟报", "penalties published late"),
        ("处罚公示", "penalties published"),
        ("处罚迟报率", "late rate of penalties"),
        "late_rate",
        "penalty",
    ),
    Rate(
        ("未报", "audited decisions not handed in"),
        ("抽查", "audited decisions"),
        ("瞒报率", "omission rate"),
        "omission_rate",
    ),
    Rate(
        ("撤下按时", "taken off in time"),
        ("撤下应办", "removals due"),
        ("撤下及时率", "timeliness of removals"),
        "withdrawal_timeliness",
    ),
    Rate(
        ("反馈按时", "feedback stages in time"),
        ("反馈应办", "feedback stages due"),
        ("反馈及时率", "timeliness of feedback"),
        "feedback_timeliness",
    ),
)
_FIELDS: Mapping[str, Texts] = {
    "城市": ("城市名称", "the city"),
    "机关": ("发文机关：运行门户的部门", "who issues it: the department that runs the portal"),
    "文号": ("发文字号；未给出时为空", "document number; empty if none is given"),
    "标记": ("未定稿、演示数据等标记；没有时为空", "draft, demo data; empty if neither"),
    "期间": ("如2026年第三季度", "such as 2026年第三季度"),
    "首日": ("期间首日", "the period's first day"),
    "末日": ("期间末日", "the period's last day"),
    "数据截至": ("数据截至日", "the day of the data"),
    "定稿": ("定稿编号；未定稿时为空", "the edition's id; empty while not closed"),
    "成文日期": ("如2026年10月20日", "the day of issue"),
    "较上期": ("及时率较上期，如“上升1.20个百分点”；无上期时为空", "change of the timeliness rate"),
    "较去年": ("及时率较去年同期；无可比时为空", "the same on a year ago"),
    "退回": ("退回行数", "rows rejected"),
    "积压": ("末日逾期未公示件数", "overdue on the last day"),
    "部门数": ("列入排名表的部门数", "departments in the league table"),
    "排名数": ("参加排名的部门数", "departments ranked"),
    "最少件数": ("应公示不足此数的不排名", "with fewer decisions due nobody is ranked"),
    "迟报上限": ("点名的迟报率，如10%", "late rate above which departments are named"),
    "合规下限": ("点名的合规率，如90%", "compliance rate below which departments are named"),
    "整改工作日": ("整改期限的工作日数", "working days to put things right"),
    "整改期限": ("整改截止日；日历未确定时注明“暂定”", "the day by which, by the calendar"),
}
_NAME: Mapping[str, Texts] = {"部门": ("部门名称", "department")}
LISTS: Mapping[str, tuple[str, str, Mapping[str, Texts]]] = {
    "排名": (
        "排名表：先排名的，后不排名的",
        "the league table: those ranked, then the others",
        {
            "名次": ("名次；不排名的为“—”", "rank; — if not ranked"),
            "区间": ("名次区间", "rank interval"),
            **_NAME,
            "得分": ("得分", "score"),
            "等次": ("等次", "grade"),
            "按时": ("按时件数", "in time"),
            "应公示": ("应公示件数", "due"),
            "及时率": ("及时率", "timeliness rate"),
            "积压": ("末日逾期未公示件数", "overdue"),
        },
    ),
    "迟报部门": (
        "迟报率高于上限的部门，高的在前",
        "departments over the late rate, the highest first",
        {
            **_NAME,
            "迟报": ("迟报件数", "late"),
            "公示": ("公示件数", "published"),
            "迟报率": ("迟报率", "late rate"),
            "备注": ("件数较少的注明", "says so where there are few cases"),
        },
    ),
    "合规部门": (
        "合规率低于下限的部门，低的在前",
        "departments under the compliance rate, the lowest first",
        {
            **_NAME,
            "退回": ("退回行数", "rejected"),
            "报送": ("报送行数", "handed in"),
            "合规率": ("合规率", "compliance rate"),
            "备注": ("行数较少的注明", "says so where there are few rows"),
        },
    ),
    "瞒报部门": (
        "抽查发现未报的部门",
        "departments of which decisions were found that had not been handed in",
        {
            **_NAME,
            "未报": ("未报件数", "not handed in"),
            "抽查": ("抽查件数", "audited"),
        },
    ),
    "积压部门": (
        "末日有逾期未公示的部门，多的在前",
        "departments with a backlog, the largest first",
        {**_NAME, "件数": ("逾期未公示件数", "overdue")},
    ),
    "未报送部门": (
        "目录有事项而本期未报送的部门",
        "departments whose catalogue expects records and that handed in none",
        dict(_NAME),
    ),
}
"""The lists, each with what it holds and the fields of its items."""
FIELDS: Mapping[str, Texts] = {
    **_FIELDS,
    **{
        name: (f"全市{name}", f"whole city: {en}")
        for one in _RATES
        for name, en in (one.above, one.below, one.rate)
    },
}
"""The fields that are no lists, each with what it says."""


def values(figures: Figures, office: Office, letter: Letter) -> dict[str, Any]:
    """Every field and list of a circular, by its name."""
    counted = {name: value for one in _RATES for name, value in _rate(figures, one)}
    return {
        **_heading(figures, office, letter),
        **counted,
        **_changes(figures),
        **_limits(figures, office, letter),
        **_lists(figures, office, letter),
    }


def _heading(figures: Figures, office: Office, letter: Letter) -> dict[str, str]:
    """Who writes, when, about what."""
    place, edition = office.profile.jurisdiction, figures.edition
    return {
        "城市": place.name_zh,
        "机关": figures.called(place.office) if place.office else place.name_zh,
        "文号": letter.number,
        "标记": _marks(place.demo, figures),
        "期间": period_zh(figures.name),
        "首日": day_zh(figures.period["first"]),
        "末日": day_zh(figures.period["last"]),
        "数据截至": day_zh(figures.release["as_of"]),
        "定稿": edition["edition"] if edition else "",
        "成文日期": day_zh(str(letter.day)),
    }


def _marks(demo: bool, figures: Figures) -> str:
    """What everybody must see first."""
    said = ["演示数据，城市为虚构，并非真实通报"] if demo else []
    said += [] if figures.edition else ["未定稿，数字以定稿为准"]
    return f"（{'；'.join(said)}）" if said else ""


def _rate(figures: Figures, one: Rate) -> Iterator[tuple[str, str]]:
    """An indicator of the city: its counts and its rate."""
    found = figures.figure(ALL, one.indicator, one.record_type)
    yield one.above[0], count(found["numerator"] or 0)
    yield one.below[0], count(found["denominator"] or 0)
    yield one.rate[0], percent(found["value"])


def _changes(figures: Figures) -> dict[str, str]:
    """The timeliness rate against the period before and a year ago."""
    now = figures.figure(ALL, "timeliness_rate")["value"]
    before = figures.before(ALL, "timeliness_rate")
    year = figures.year_ago(ALL, "timeliness_rate")
    return {"较上期": change(now, before), "较去年": change(now, year)}


def _limits(figures: Figures, office: Office, letter: Letter) -> dict[str, str]:
    """Counts of the league table, and what is asked for by when."""
    comply = figures.figure(ALL, "compliance_rate")
    return {
        "退回": count((comply["denominator"] or 0) - (comply["numerator"] or 0)),
        "积压": count(figures.figure(ALL, "backlog")["value"] or 0),
        "部门数": count(len(figures.league)),
        "排名数": count(sum(row["ranked"] for row in figures.league)),
        "最少件数": count(office.profile.league.minimum_cases),
        "迟报上限": f"{letter.late_over * 100:g}%",
        "合规下限": f"{letter.compliance_under * 100:g}%",
        "整改工作日": count(letter.rectify_days),
        "整改期限": deadline(office.calendar, letter),
    }


def deadline(calendar: Calendar, letter: Letter) -> str:
    """The day by which all must be put right."""
    due = calendar.deadline(letter.day, letter.rectify_days)
    return day_zh(str(due.due)) + ("（暂定）" if due.provisional else "")


def _lists(figures: Figures, office: Office, letter: Letter) -> dict[str, list[dict[str, str]]]:
    """The lists of departments."""
    minimum = office.profile.league.minimum_cases
    return {
        "排名": [_standing(figures, row) for row in figures.league],
        "迟报部门": _over(figures, letter.late_over, minimum),
        "合规部门": _under(figures, letter.compliance_under, minimum),
        "瞒报部门": _concealed(figures),
        "积压部门": _backlog(figures),
        "未报送部门": [
            {"部门": figures.called(row["department"])} for row in figures.league if row["silent"]
        ],
    }


def _standing(figures: Figures, row: Row) -> dict[str, str]:
    """A department in the league table."""
    low, high = row["rank_low"], row["rank_high"]
    return {
        "名次": count(row["rank"]),
        "区间": f"{low}—{high}" if low else "—",
        "部门": figures.called(row["department"]),
        "得分": "—" if row["score"] is None else f"{row['score']:.2f}",
        "等次": row["grade"] or "—",
        "按时": count(row["on_time"]),
        "应公示": count(row["due"]),
        "及时率": percent(row["rate"]),
        "积压": count(row["backlog"] or 0),
    }


def _over(figures: Figures, limit: float, minimum: int) -> list[dict[str, str]]:
    """The departments whose late rate is over a limit, the highest first."""
    found = _beyond(figures, "late_rate", lambda rate: rate > limit)
    return [
        {
            "部门": name,
            "迟报": count(row["numerator"]),
            "公示": count(row["denominator"]),
            "迟报率": percent(row["value"]),
            "备注": _few(row, minimum, "件"),
        }
        for name, row in sorted(found, key=lambda one: (-one[1]["value"], one[0]))
    ]


def _under(figures: Figures, limit: float, minimum: int) -> list[dict[str, str]]:
    """The departments whose compliance rate is under a limit, the lowest first."""
    found = _beyond(figures, "compliance_rate", lambda rate: rate < limit)
    return [
        {
            "部门": name,
            "退回": count(row["denominator"] - row["numerator"]),
            "报送": count(row["denominator"]),
            "合规率": percent(row["value"]),
            "备注": _few(row, minimum, "行"),
        }
        for name, row in sorted(found, key=lambda one: (one[1]["value"], one[0]))
    ]


def _concealed(figures: Figures) -> list[dict[str, str]]:
    """The departments of which decisions were found that had not been handed in."""
    found = _beyond(figures, "omission_rate", lambda rate: rate > 0)
    return [
        {"部门": name, "未报": count(row["numerator"]), "抽查": count(row["denominator"])}
        for name, row in sorted(found, key=lambda one: (-one[1]["numerator"], one[0]))
    ]


def _backlog(figures: Figures) -> list[dict[str, str]]:
    """The departments with decisions overdue on the last day, the most first."""
    found = _beyond(figures, "backlog", lambda cases: cases > 0)
    return [
        {"部门": name, "件数": count(row["value"])}
        for name, row in sorted(found, key=lambda one: (-one[1]["value"], one[0]))
    ]


def _beyond(
    figures: Figures, name: str, beyond: Callable[[float], bool]
) -> Iterator[tuple[str, Row]]:
    """The departments whose indicator is beyond something, by their names."""
    for row in figures.league:
        found = figures.figure(row["department"], name)
        if found["value"] is not None and beyond(found["value"]):
            yield figures.called(row["department"]), found


def _few(row: Row, minimum: int, unit: str) -> str:
    """That a rate of few cases is mostly chance."""
    return f"不足{minimum}{unit}" if row["denominator"] < minimum else ""


def count(number: float | None) -> str:
    """A count as an official document writes it; — where there is none."""
    return "—" if number is None else str(int(number))


def percent(rate: float | None) -> str:
    """A rate in per cent with two decimals; — without cases."""
    return "—" if rate is None else f"{rate * 100:.2f}%"


def change(now: float | None, before: float | None) -> str:
    """A change in percentage points, in words; empty where one of the two is missing."""
    if now is None or before is None:
        return ""
    points = round((now - before) * 100, 2)
    if not points:
        return "持平"
    return f"{'上升' if points > 0 else '下降'}{abs(points):.2f}个百分点"
