"""What can be wrong with a request, told to programs and people as RFC 9457 lays down."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import orjson

from publish.serve.answer import Answer, Headers, Scope, header, plain_page

KIND = "application/problem+json"
ROOT = "/api/v1"
"""What the addresses of the API begin with."""
PAGE = "/api/"
"""The page whose sections, named like the problems, explain them: the ``type`` of each."""


class Sort(NamedTuple):
    """A sort of problem."""

    status: int
    zh: str
    en: str


SORTS: Mapping[str, Sort] = {
    "unknown_parameter": Sort(400, "没有这个参数", "Unknown parameter"),
    "repeated_parameter": Sort(400, "参数重复", "Repeated parameter"),
    "missing_parameter": Sort(422, "缺少参数", "Missing parameter"),
    "wrong_value": Sort(422, "参数的值有误", "Wrong value of a parameter"),
    "no_such_address": Sort(404, "没有这个地址", "No such address"),
    "not_found": Sort(404, "没有找到", "Not found"),
    "withdrawn": Sort(410, "记录已撤下", "The record was taken off"),
    "not_kept": Sort(410, "不再保留", "Not kept any more"),
    "improper_address": Sort(400, "网址不规范", "Not a proper address"),
    "read_only": Sort(405, "只能读取", "Only for reading"),
    "too_many": Sort(429, "请求过于频繁", "Too many requests"),
    "too_slow": Sort(503, "查询用时过长", "The query took too long"),
    "nothing_released": Sort(503, "尚未发布", "Nothing has been released yet"),
    "older_release": Sort(503, "版本由旧软件生成", "Release of an older program"),
    "failed": Sort(500, "出错", "Failure"),
}
"""Every sort of problem by its code."""


class RequestError(Exception):
    """A request that cannot be answered, and why.

    Attributes:
        code: one of `SORTS`.
        zh: what is wrong and what to do, in Chinese.
        en: the same in English.
        more: what else is told to programs.
    """

    def __init__(self, code: str, zh: str, en: str, more: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{zh} / {en}")
        self.code, self.zh, self.en, self.more = code, zh, en, more or {}

    def answer(self, headers: Headers | None = None) -> Answer:
        """The problem as an answer, which no cache keeps."""
        sort = SORTS[self.code]
        told = {
            "type": f"{PAGE}#{self.code}",
            "title": sort.en,
            "status": sort.status,
            "detail": self.en,
            "title_zh": sort.zh,
            "detail_zh": self.zh,
            **self.more,
        }
        kept = {"cache-control": "no-store", **(headers or {})}
        return Answer(sort.status, orjson.dumps(told), KIND, kept)


class Fault(NamedTuple):
    """What is wrong with one parameter.

    Attributes:
        allowed: what may stand there instead; nothing where that cannot be listed.
    """

    parameter: str
    code: str
    zh: str
    en: str
    allowed: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """For programs."""
        out = {"parameter": self.parameter, "detail": self.en, "detail_zh": self.zh}
        return {**out, "allowed": list(self.allowed)} if self.allowed else out


def wrong(faults: Sequence[Fault]) -> RequestError:
    """The problem of a request with faults; those that make it unreadable count first."""
    first = min(faults, key=lambda fault: SORTS[fault.code].status)
    return RequestError(
        first.code,
        "".join(fault.zh for fault in faults),
        " ".join(fault.en for fault in faults),
        {"errors": [fault.told() for fault in faults]},
    )


def covers(path: str) -> bool:
    """Whether an address is the API's."""
    return path == ROOT or path.startswith(f"{ROOT}/")


class Refusal(NamedTuple):
    """Why a request is not answered, and what the refusal says in its headers."""

    problem: RequestError
    headers: Headers


class Pages(Protocol):
    """Whatever has pages for people whose request is not answered."""

    def error(self, status: int, path: str, headers: Headers) -> Answer:
        """The page of a status in the language of an address."""


def told(scope: Scope, refusal: Refusal, pages: Pages | None) -> Answer:
    """A refusal told to whoever asked: to programs as a problem, to people as a page.

    Args:
        pages: where the page is; without them it is a small one.
    """
    problem, headers = refusal
    if wants_data(scope):
        return problem.answer(headers)
    status = SORTS[problem.code].status
    kept = {"cache-control": "no-store", **headers}
    if pages:
        return pages.error(status, scope["path"], kept)
    return plain_page(status, problem.zh, problem.en, kept)


def wants_data(scope: Scope) -> bool:
    """Whether a program asks: for the API, for a file of data, or by its header for JSON alone."""
    accepted = header(scope, b"accept")
    asks_json = "json" in accepted and "html" not in accepted
    return covers(scope["path"]) or scope["path"].endswith(".json") or asks_json
