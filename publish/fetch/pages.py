"""The pages of a web service, one after the other, until all rows are there or an error says no."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, BinaryIO

import httpx
import orjson

from publish.fetch.asked import Asked, FetchError
from publish.fetch.declare import ByCursor, ByHeader, ByLink, ByOffset, ByPage, Http
from publish.fetch.http import Answer, Session, session

HTML = "html"


@dataclass(frozen=True)
class Page:
    """What one answer holds.

    Attributes:
        rows: how many records.
        head: the line of headings, for CSV.
        lines: the records as they are written down.
        total: how many records there are on all pages, if the answer says.
        content: the JSON, for what leads to the next page.
    """

    rows: int
    head: bytes
    lines: bytes
    total: int | None
    content: Any = None


def fetch_http(how: Http, asked: Asked, out: BinaryIO) -> int:
    """Writes the records of all pages: JSON as JSON Lines, CSV as it came below one header.

    Returns:
        How many records.

    Raises:
        UsageError: if a secret is not set.
        FetchError: if not all of them came.
    """
    with session(how, asked) as connection:
        return _Reader(how, asked, connection).write(out)


class _Reader:
    """One walk over the pages."""

    def __init__(self, how: Http, asked: Asked, connection: Session) -> None:
        self._how, self._asked, self._session = how, asked, connection
        self._rows, self._head = 0, b""
        self._total: int | None = None
        self._seen: set[bytes] = set()

    def write(self, out: BinaryIO) -> int:
        """Writes all pages."""
        url: httpx.URL | None = self._first()
        for _ in range(self._how.max_pages):
            if url is None:
                return self._complete()
            answer = self._session.get(url)
            page = self._page(answer)
            self._take(page, out)
            if self._asked.limit and self._rows >= self._asked.limit:
                return self._rows
            url = self._next(url, answer, page)
        if url is None:
            return self._complete()
        raise self._asked.failed(
            f"超过 {self._how.max_pages} 页。请检查分页设置，或者调大 max_pages。",
            f"there are more than {self._how.max_pages} pages. Look at the paging, or raise "
            "max_pages.",
        )

    def _take(self, page: Page, out: BinaryIO) -> None:
        """Writes a page down, once."""
        digest = blake2b(page.lines).digest()
        if page.rows and digest in self._seen:
            raise self._asked.failed(
                "同一页来了两次，分页没有前进。请检查分页设置。",
                "the same page came twice: paging does not move on. Look at the paging.",
            )
        self._seen.add(digest)
        out.write(self._header(page))
        out.write(page.lines)
        self._rows += page.rows
        self._total = self._total if page.total is None else page.total
        self._asked.progress("fetch", self._rows)

    def _header(self, page: Page) -> bytes:
        """The header of the first page; each other must have the same."""
        if not self._head:
            self._head = page.head
            return page.head
        if page.head and page.head.rstrip() != self._head.rstrip():
            raise self._asked.failed(
                "各页的表头不同。请检查分页设置。",
                "the pages have different headers. Look at the paging.",
            )
        return b""

    def _complete(self) -> int:
        """The number of rows, if they are as many as were announced."""
        if self._total is not None and self._rows < self._total:
            raise self._asked.failed(
                f"对方声明共 {self._total} 行，只收到 {self._rows} 行。请检查分页设置。",
                f"{self._total} rows were announced, {self._rows} came. Look at the paging.",
            )
        return self._rows

    # Which page is next

    def _first(self) -> httpx.URL:
        """The address of the first page."""
        url, paging = self._session.first_url(), self._how.paging
        if isinstance(paging, ByPage | ByOffset):
            return url.copy_merge_params({paging.param: str(paging.first)})
        return url

    def _next(self, url: httpx.URL, answer: Answer, page: Page) -> httpx.URL | None:
        """The address of the page after one; None after the last."""
        match self._how.paging:
            case ByPage(param=param) | ByOffset(param=param) as paging:
                if not page.rows or (self._total is not None and self._rows >= self._total):
                    return None
                step = page.rows if isinstance(paging, ByOffset) else 1
                return url.copy_merge_params({param: str(int(url.params[param]) + step)})
            case ByCursor(param=param, next=path):
                mark = _scalar(_at(page.content, path))
                return url.copy_merge_params({param: mark}) if mark else None
            case ByLink(next=path):
                return self._linked(answer, _scalar(_at(page.content, path)))
            case ByHeader():
                return self._linked(answer, _next_link(answer.headers))
            case None:
                return None

    def _linked(self, answer: Answer, link: str) -> httpx.URL | None:
        """The address of a link, if there is one."""
        return self._session.same_host(answer.url, link) if link else None

    # What a page holds

    def _page(self, answer: Answer) -> Page:
        """An answer, understood."""
        total = _count(answer.headers.get(self._how.total_header or "-"))
        return (self._json if self._how.format == "json" else self._csv)(answer, total)

    def _json(self, answer: Answer, total: int | None) -> Page:
        """Records of JSON, one a line; numbers keep the digits that they came with."""
        content = self._parsed(answer)
        records = _at(content, self._how.records)
        if not isinstance(records, list) or not all(isinstance(r, dict) for r in records):
            raise self._asked.failed(
                f"回答里的 {self._how.records or '最外层'} 不是对象的数组。请检查 records。",
                f"{self._how.records or 'the answer itself'} is no array of objects. Look at "
                "records.",
            )
        if self._how.total:
            total = _count(_at(content, self._how.total))
            if total is None:
                raise self._asked.failed(
                    f"回答里没有总数 {self._how.total}。请检查 total。",
                    f"the answer has no number {self._how.total}. Look at total.",
                )
        lines = b"".join(
            orjson.dumps(dict(_flat(record)), option=orjson.OPT_APPEND_NEWLINE)
            for record in records
        )
        return Page(len(records), b"", lines, total, content)

    def _parsed(self, answer: Answer) -> Any:  # noqa: ANN401 - whatever JSON holds
        """The JSON of an answer."""
        try:
            text = answer.body.decode(self._how.encoding)
            return json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_number)
        except (ValueError, RecursionError):
            raise self._unreadable(answer, "JSON") from None

    def _csv(self, answer: Answer, total: int | None) -> Page:
        """Lines of CSV, byte for byte, the header apart.

        In every encoding but UTF-16 quotation marks and line ends are the bytes of ASCII.
        """
        body = answer.body
        if not body.strip():
            return Page(0, b"", b"", total)
        if body.lstrip()[:1] in {b"<", b"{"} or HTML in answer.headers.get("Content-Type", ""):
            raise self._unreadable(answer, "CSV")
        if not answer.framed and not body.endswith(b"\n"):
            raise self._unreadable(answer, "CSV")
        reader = csv.reader(io.StringIO(body.decode("latin-1"), newline=""), strict=True)
        try:
            next(reader)
            end = reader.line_num
            rows = sum(1 for row in reader if any(row))
        except (csv.Error, StopIteration):
            raise self._unreadable(answer, "CSV") from None
        head = b"".join(body.splitlines(keepends=True)[:end])
        rest = body[len(head) :]
        return Page(rows, head, rest if rest.endswith(b"\n") or not rest else rest + b"\n", total)

    def _unreadable(self, answer: Answer, kind: str) -> FetchError:
        """The error for an answer of another kind, or one without its end."""
        found = answer.headers.get("Content-Type", "?").partition(";")[0]
        return self._asked.failed(
            f"回答不是完整的{kind}（{found}）。可能是登录页、出错页，或者中途断了。",
            f"the answer is no complete {kind} ({found}). It may be a login page, a page about an "
            "error, or cut off.",
        )


def _at(content: object, path: str) -> object:
    """What stands at a path of keys joined by dots; None if nothing does."""
    for key in filter(None, path.split(".")):
        content = content.get(key) if isinstance(content, dict) else None
    return content


def _flat(record: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    """A record with the keys of objects in it joined by dots."""
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _scalar(value: object) -> str:
    """A mark or link as text; empty if there is none."""
    return value if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    """A number of rows."""
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else None


def _next_link(headers: httpx.Headers) -> str:
    """The address with rel="next" in the header Link."""
    links = httpx.Response(200, headers=headers).links
    return links.get("next", {}).get("url", "")


def _no_number(text: str) -> None:
    """Refuses NaN and Infinity, which are not JSON."""
    raise ValueError(text)
