"""Every endpoint of the API, declared once; what they are described and tested by follows."""

from monitor.clocks import STATUSES
from monitor.measures import INDICATORS as MEASURES
from publish.schema import TYPES, code_lists
from publish.serve.api import figures, one_record, records, releases
from publish.serve.api.declare import Endpoint, Parameter

_TYPES = TYPES["record"]
_DEPARTMENT = Parameter("department", "部门编码", "department's code", most=64)
_OF_DEPARTMENT = Parameter(
    "department", "部门编码；* 为全市", "department's code; * is the whole city", most=64
)
_PERIOD = Parameter("period", "期间，如 2026Q3", "period, such as 2026Q3", most=16)


def _day(name: str, zh: str, en: str) -> Parameter:
    """A parameter that is a day."""
    return Parameter(name, zh, en, "date")


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "listRecords",
        "/records",
        "检索公开记录",
        "Search the public records",
        records.found,
        records.RECORDS,
        (
            Parameter(
                "q", "检索词：名称、文号、代码或文字，两个字即可", "words: names, numbers, codes"
            ),
            Parameter("type", "记录类型", "record type", values=_TYPES),
            _DEPARTMENT,
            Parameter("district", "区县编码", "district's code", most=64),
            Parameter("status", "公示时效", "timeliness", values=tuple(STATUSES)),
            Parameter(
                "party_kind",
                "行政相对人类别",
                "kind of party",
                values=tuple(v.value for v in code_lists()["party_kind"].values),
            ),
            Parameter("uscc", "统一社会信用代码", "unified social credit code", most=18),
            _day("decided_from", "决定日期自", "decided on or after"),
            _day("decided_to", "决定日期至", "decided on or before"),
            _day("published_from", "公示日期自", "published on or after"),
            _day("published_to", "公示日期至", "published on or before"),
            Parameter(
                "sort",
                "排序；未给出时，有检索词按相关度，否则最新在前；- 为降序",
                "order; if not given by relevance where there are words, else the newest first; "
                "- is descending",
                values=records.SORTS,
            ),
            Parameter(
                "facets",
                "分别计数的项，以逗号分隔",
                "what to count by, with commas between",
                values=records.FACETS,
                many=True,
            ),
        ),
        meta=records.META,
    ),
    Endpoint(
        "getRecord",
        "/records/{record_id}",
        "一条公开记录",
        "One public record",
        one_record.one_record,
        (),
        (Parameter("record_id", "记录编号", "id of the record"),),
        listed=False,
        missing="record",
        gone="record",
        variants=one_record.VARIANTS,
    ),
    Endpoint(
        "getEntity",
        "/entities/{uscc}",
        "一个单位",
        "One organisation",
        figures.entity,
        figures.ENTITIES,
        (Parameter("uscc", "统一社会信用代码", "unified social credit code"),),
        listed=False,
        missing="organisation",
    ),
    Endpoint(
        "listDepartments",
        "/departments",
        "部门",
        "Departments",
        figures.departments,
        figures.DEPARTMENTS,
    ),
    Endpoint(
        "getDepartment",
        "/departments/{code}",
        "一个部门",
        "One department",
        figures.department,
        figures.DEPARTMENTS,
        (Parameter("code", "部门编码", "department's code"),),
        listed=False,
        missing="department",
    ),
    Endpoint(
        "listIndicators",
        "/indicators",
        "指标：分子、分母和值",
        "Indicators: numerators, denominators and values",
        figures.indicators,
        figures.INDICATORS,
        (
            _OF_DEPARTMENT,
            Parameter(
                "type",
                "记录类型；* 为全部",
                "record type; * is all of them",
                values=("*", *(name for names in TYPES.values() for name in names)),
            ),
            _PERIOD,
            Parameter("name", "指标", "which indicator", values=tuple(MEASURES)),
        ),
    ),
    Endpoint(
        "listLeague",
        "/league/{period}",
        "一个期间的排名",
        "The league table of a period",
        figures.league,
        figures.LEAGUES,
        (_PERIOD,),
        missing="period",
    ),
    Endpoint(
        "listLists",
        "/lists",
        "红黑名单",
        "Red and black lists",
        figures.credit_lists,
        figures.LISTS,
        paged=False,
    ),
    Endpoint(
        "listEntries",
        "/lists/{list_id}",
        "一个名单的在列条目",
        "The public entries of a list",
        figures.entries,
        figures.ENTRIES,
        (Parameter("list_id", "名单编号", "id of the list"),),
        meta=figures.ENTRIES_META,
        missing="list",
    ),
    Endpoint(
        "listFeedback",
        "/feedback",
        "异议和信用修复的办理时效，只有数字",
        "How departments kept the deadlines of objections and repair: figures only",
        figures.feedback,
        figures.FEEDBACKS,
        (
            _OF_DEPARTMENT,
            Parameter("kind", "反馈种类", "kind of feedback", values=figures.KINDS),
            _PERIOD,
        ),
    ),
    Endpoint(
        "listChanges",
        "/changes",
        "自某个发布版本以来的变更，不含任何值",
        "What changed since a release; no values",
        releases.changed,
        releases.CHANGES,
        (
            Parameter(
                "since",
                "您已有的发布版本",
                "the release that you have",
                required=True,
                most=64,
            ),
        ),
        meta=(releases.UNTIL,),
        gone="release",
    ),
    Endpoint(
        "listReleases",
        "/releases",
        "发布版本，最新在前",
        "Releases, the newest first",
        releases.releases,
        releases.RELEASES,
    ),
    Endpoint(
        "getRelease",
        "/releases/{release}",
        "一个发布版本",
        "One release",
        releases.one_release,
        releases.RELEASES,
        (Parameter("release", "版本号", "id of the release"),),
        listed=False,
        missing="release",
    ),
    Endpoint(
        "getDeadline",
        "/deadline",
        "计算截止日",
        "Work a deadline out",
        figures.deadline,
        figures.DEADLINE,
        (
            Parameter("date", "起算日（不计入）", "day 0, not counted", "date", required=True),
            Parameter("days", "工作日数", "working days", "integer", default=7, least=1, most=366),
        ),
        listed=False,
        missing="day",
    ),
    Endpoint(
        "listSuggestions",
        "/suggest",
        "输入时的提示",
        "Suggestions while typing",
        records.suggested,
        records.SUGGESTIONS,
        (
            Parameter("q", "已输入的文字", "what was typed so far", required=True),
            Parameter("limit", "条数", "how many", "integer", default=8, least=1, most=20),
        ),
        paged=False,
    ),
)
