"""A web service as a source: real sockets, and every way in which an answer can be cut short."""

import csv
import gzip
import io
import logging
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from publish.errors import ProblemError, UsageError
from publish.fetch.asked import FetchError
from tests.integration.fetched import AT, Place, penalty, place
from tests.integration.webserver import (
    Play,
    Request,
    Web,
    answer,
    as_json,
    chunked,
    hanging,
    head,
    web,
)

HTTP = """
[fetch]
kind = "http"
url = "{url}/penalties"
{more}
"""
ROWS = [penalty(number) for number in range(1, 251)]
BUSY, BROKEN = "429 Too Many Requests", "500 Internal Server Error"
TOKEN = "fictional-token-7"  # noqa: S105 - of a server that lives for one test


@pytest.fixture
def server() -> Iterator[Web]:
    """A web server."""
    with web() as running:
        yield running


@pytest.fixture
def tax(server: Web, tmp_path: Path) -> Place:
    """A project whose source is that server: one JSON array."""
    made = place(tmp_path / "project")
    ask(made, server)
    return made


def ask(made: Place, server: Web, more: str = "", top: str = "") -> None:
    """Writes the source file."""
    made.source(top + HTTP.format(url=server.url, more=more))


def records(*rows: dict[str, str]) -> bytes:
    """Rows as a JSON array."""
    return as_json(list(rows))


def by_page(size: int, count: int = 250, total: int | None = None) -> Play:
    """A service that has pages from 1 on, and as many rows as it says or not."""

    def play(request: Request) -> bytes:
        start = (int(request.params["page"]) - 1) * size
        rows = ROWS[:count][start : start + size]
        return answer(as_json({"data": {"rows": rows, "total": total}}))

    return play


PAGES = """
records = "data.rows"
{total}
[fetch.paging]
by = "page"
"""


class TestPaging:
    """All pages, in every way in which they can follow each other."""

    def test_by_number(self, tax: Place, server: Web) -> None:
        """Pages are asked for until one is empty; all rows are one file and one batch."""
        ask(tax, server, PAGES.format(total=""))
        server.play = by_page(100)
        done = tax.fetch()
        (batch,) = done.batches
        assert (done.rows, batch.counts.new) == (250, 250)
        assert [r.params["page"] for r in server.requests] == ["1", "2", "3", "4"]
        assert [path.name for path in tax.spools] == ["20261122T090000Z.jsonl"]

    def test_total_saves_a_request(self, tax: Place, server: Web) -> None:
        """Where the number of rows is announced, no empty page needs to be asked for."""
        ask(tax, server, PAGES.format(total='total = "data.total"'))
        server.play = by_page(125, total=250)
        assert tax.fetch().rows == 250
        assert len(server.requests) == 2

    def test_by_offset(self, tax: Place, server: Web) -> None:
        """A server that gives fewer rows than it was asked for is asked for the next ones."""
        more = 'params = { limit = "500" }\n[fetch.paging]\nby = "offset"'
        ask(tax, server, more)

        def play(request: Request) -> bytes:
            start = int(request.params["offset"])
            return answer(records(*ROWS[start : start + 90]))

        server.play = play
        assert tax.fetch().rows == 250
        assert [r.params["offset"] for r in server.requests] == ["0", "90", "180", "250"]
        assert {r.params["limit"] for r in server.requests} == {"500"}

    def test_by_cursor(self, tax: Place, server: Web) -> None:
        """The mark in each answer asks for the next page; none ends them."""
        ask(tax, server, 'records = "rows"\n[fetch.paging]\nby = "cursor"\nnext = "page.next"')
        marks: dict[str | None, tuple[list[dict[str, str]], str | None]] = {
            None: (ROWS[:100], "b&=c"),
            "b&=c": (ROWS[100:200], "d"),
            "d": (ROWS[200:], None),
        }

        def play(request: Request) -> bytes:
            rows, mark = marks[request.params.get("cursor")]
            return answer(as_json({"rows": rows, "page": {"next": mark}}))

        server.play = play
        assert tax.fetch().rows == 250

    @pytest.mark.parametrize("where", ["link", "header"])
    def test_by_link(self, tax: Place, server: Web, where: str) -> None:
        """An address in the answer or in its header Link leads on, relative or whole."""
        further = 'next = "next"\n' if where == "link" else ""
        ask(tax, server, f'records = "rows"\n[fetch.paging]\nby = "{where}"\n{further}')

        def play(request: Request) -> bytes:
            start = int(request.params.get("from", "0"))
            end = start + 100
            place = "" if start else server.url
            link = f"{place}/penalties?from={end}" if end < 250 else None
            body = as_json({"rows": ROWS[start:end], "next": link if where == "link" else None})
            header = [f'Link: <{link}>; rel="next"'] if link and where == "header" else []
            return answer(body, headers=header)

        server.play = play
        assert tax.fetch().rows == 250

    def test_csv_pages_have_one_header(self, tax: Place, server: Web) -> None:
        """Pages of CSV become one file: a header, and the bytes of all rows as they came."""
        ask(tax, server, 'format = "csv"\n[fetch.paging]\nby = "page"')

        def play(request: Request) -> bytes:
            start = (int(request.params["page"]) - 1) * 100
            return answer(as_csv(ROWS[start : min(start + 100, 250)]))

        server.play = play
        assert tax.fetch().rows == 250
        (path,) = tax.spools
        assert path.read_bytes() == as_csv(ROWS)

    def test_csv_in_gb18030(self, tax: Place, server: Web) -> None:
        """CSV in another encoding, with line breaks in cells, is kept byte for byte."""
        ask(tax, server, 'format = "csv"')
        body = as_csv([penalty(1, remark="两行\n备注")]).decode().encode("gb18030")
        server.play = lambda _: answer(body)
        assert tax.fetch().rows == 1
        assert tax.spools[0].read_bytes() == body
        assert tax.records()[0]["party_name"] == penalty(1)["party_name"]


def as_csv(rows: list[dict[str, str]]) -> bytes:
    """Rows as CSV."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(penalty(1)) + ["remark"] * ("remark" not in penalty(1)))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


class TestValues:
    """What JSON says, as a department would have typed it."""

    def test_numbers_keep_their_digits(self, tax: Place, server: Web) -> None:
        """A number of 21 digits and an amount with decimals are not made into floats."""
        row = penalty(1)
        del row["document_no"], row["fine"]
        text = as_json(row).decode()[:-1]
        body = f'[{text}, "document_no": 123456789012345678901, "fine": 0.100001}}]'
        server.play = lambda _: answer(body.encode())
        tax.fetch()
        (record,) = tax.records()
        assert (record["document_no"], record["fine"]) == ("123456789012345678901", "0.100001")

    def test_objects_within_a_record(self, tax: Place, server: Web) -> None:
        """A field of an object in a record has both keys, joined by a dot."""
        ask(tax, server, top='[columns]\n"party.name" = "party_name"\n')
        row: dict[str, object] = dict(penalty(1))
        row["party"] = {"name": row.pop("party_name")}
        server.play = lambda _: answer(as_json([row]))
        tax.fetch()
        assert tax.records()[0]["party_name"] == penalty(1)["party_name"]

    def test_another_encoding(self, tax: Place, server: Web) -> None:
        """JSON in GB18030 is understood where the source says so."""
        ask(tax, server, 'encoding = "gb18030"')
        server.play = lambda _: answer(records(penalty(1)).decode().encode("gb18030"))
        tax.fetch()
        assert tax.records()[0]["party_name"] == penalty(1)["party_name"]

    def test_packed(self, tax: Place, server: Web) -> None:
        """An answer packed with gzip is unpacked."""
        body = gzip.compress(records(*ROWS))
        server.play = lambda _: answer(body, headers=["Content-Encoding: gzip"])
        assert tax.fetch().rows == 250
        assert server.requests[0].headers["accept-encoding"] == "gzip"

    def test_in_chunks(self, tax: Place, server: Web) -> None:
        """An answer in chunks is put together."""
        server.play = lambda _: chunked(records(*ROWS))
        assert tax.fetch().rows == 250

    def test_since_and_secrets(
        self, tax: Place, server: Web, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The time of the last fetch and secrets from the environment go with the request."""
        caplog.set_level(logging.DEBUG)
        ask(
            tax,
            server,
            'overlap = "1 hour"\nparams = { since = "{since}" }\nparams_env = { key = "KEY" }\n'
            'headers = { Accept = "application/json" }\n'
            'headers_env = { Authorization = "TOKEN" }',
        )
        tax.environ |= {"TOKEN": f"Bearer {TOKEN}\n", "KEY": f"{TOKEN}-key"}
        server.play = lambda _: answer(records(penalty(1)))
        tax.fetch()
        tax.fetch()
        assert [r.params["since"] for r in server.requests] == [
            "1970-01-01T08:00:00+08:00",
            "2026-11-22T16:00:00+08:00",
        ]
        assert {r.params["key"] for r in server.requests} == {f"{TOKEN}-key"}
        assert {r.headers["authorization"] for r in server.requests} == {f"Bearer {TOKEN}"}
        assert TOKEN not in "".join(
            r.getMessage() for r in caplog.records if r.name.startswith("httpx")
        )

    def test_a_secret_that_is_not_set(self, tax: Place, server: Web) -> None:
        """The variable is named, and nothing is asked."""
        ask(tax, server, 'headers_env = { Authorization = "TOKEN" }')
        with pytest.raises(UsageError, match="TOKEN"):
            tax.fetch()
        assert server.requests == []


class TestCutShort:
    """Every way in which an answer can be less than it should be: an error, and nothing taken."""

    def failed(self, tax: Place, message: str) -> FetchError:
        """The error of a fetch that took nothing in."""
        with pytest.raises(FetchError, match=message) as caught:
            tax.fetch()
        assert tax.nothing_taken()
        assert tax.ledger()[-1][:2] == ("ended", "failed")
        assert "127.0.0.1" not in str(caught.value)
        return caught.value

    @pytest.mark.parametrize(
        "said",
        [
            answer(records(*ROWS), length=1_000_000),
            answer(as_csv(ROWS), length=1_000_000),
            chunked(records(*ROWS), whole=False),
            chunked(records(*ROWS))[:-40],
            answer(gzip.compress(records(*ROWS))[:-30], headers=["Content-Encoding: gzip"]),
            answer(gzip.compress(as_csv(ROWS)) + b"more", headers=["Content-Encoding: gzip"]),
            answer(b"no gzip at all", headers=["Content-Encoding: gzip"]),
            head("200 OK", ["Content-Length: 20"]),
            b"HTTP/1.1 200",
            b"",
        ],
        ids=range(10),
    )
    def test_before_its_end(self, tax: Place, server: Web, said: bytes) -> None:
        """A body shorter than announced, a chunk or a packed stream without its end."""
        ask(tax, server, 'format = "csv"' if b"facts" in said[:2000] else "")
        server.play = lambda _: said
        self.failed(tax, "broke off before its end")
        assert len(server.requests) == 5
        assert tax.pauses == [1, 2, 4, 8]

    def test_in_the_second_page(self, tax: Place, server: Web) -> None:
        """Rows of the first page are not taken in if the second is cut short."""
        ask(tax, server, PAGES.format(total=""))
        whole = by_page(100)
        server.play = lambda request: (
            whole(request) if request.params["page"] == "1" else whole(request)[:-50]
        )
        self.failed(tax, "broke off before its end")

    @pytest.mark.parametrize(
        ("body", "form"),
        [
            (records(*ROWS)[:-20], "json"),
            (b"", "json"),
            (b"<!DOCTYPE html><title>Login</title>", "json"),
            (b"<html>Login</html>", "csv"),
            (b'{"error": "no such day"}', "csv"),
            (as_csv(ROWS) + b'"half', "csv"),
            (b'[{"a": NaN}]', "json"),
            ('[{"a": "示例"}]'.encode("utf-16-le"), "json"),
        ],
        ids=range(8),
    )
    def test_no_such_thing(self, tax: Place, server: Web, body: bytes, form: str) -> None:
        """A whole answer that is not what was asked for: a login page, half a file."""
        ask(tax, server, f'format = "{form}"')
        server.play = lambda _: answer(body)
        self.failed(tax, "is no complete")
        assert len(server.requests) == 1

    def test_an_end_that_nobody_can_tell(self, tax: Place, server: Web) -> None:
        """CSV without its length must end with a line."""
        ask(tax, server, 'format = "csv"')
        server.play = lambda _: head("200 OK", []) + as_csv(ROWS).rstrip()
        self.failed(tax, "is no complete CSV")
        server.play = lambda _: head("200 OK", []) + as_csv(ROWS)
        assert tax.fetch().rows == 250

    @pytest.mark.parametrize("where", ['total = "data.total"', 'total_header = "X-Total-Count"'])
    def test_fewer_than_announced(self, tax: Place, server: Web, where: str) -> None:
        """250 were announced and 200 came."""
        ask(tax, server, PAGES.format(total=where))
        pages = by_page(100, count=200, total=250)
        server.play = lambda request: pages(request).replace(
            b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nX-Total-Count: 250\r\n"
        )
        assert "200" in self.failed(tax, "250 rows were announced").zh

    def test_announced_without_paging(self, tax: Place, server: Web) -> None:
        """A first page that says that there are more is not taken for everything."""
        ask(tax, server, 'records = "data.rows"\ntotal = "data.total"')
        server.play = lambda _: answer(as_json({"data": {"rows": ROWS[:100], "total": 250}}))
        self.failed(tax, "250 rows were announced, 100 came")

    @pytest.mark.parametrize(
        ("more", "body", "message"),
        [
            ('records = "data.rows"', {"data": {}}, "data.rows is no array"),
            ("", {"rows": []}, "the answer itself is no array"),
            ("", ["text"], "is no array of objects"),
            ('records = "rows"\ntotal = "count"', {"rows": ROWS}, "no number count"),
        ],
    )
    def test_another_shape(
        self, tax: Place, server: Web, more: str, body: object, message: str
    ) -> None:
        """JSON in which the records or their number are not where they should be."""
        ask(tax, server, more)
        server.play = lambda _: answer(as_json(body))
        self.failed(tax, message)

    @pytest.mark.parametrize("number", [1, 2])
    def test_a_page_that_comes_again(self, tax: Place, server: Web, number: int) -> None:
        """A server that gives the same page whatever it is asked for is no endless loop."""
        ask(tax, server, PAGES.format(total=""))
        pages = by_page(100)

        def play(request: Request) -> bytes:
            if int(request.params["page"]) > number:
                request.params["page"] = str(number)
            return pages(request)

        server.play = play
        self.failed(tax, "the same page came twice")
        assert len(server.requests) == number + 1

    def test_pages_without_end(self, tax: Place, server: Web) -> None:
        """A service that always has another page is given up after max_pages."""
        ask(
            tax,
            server,
            'records = "rows"\nmax_pages = 4\n[fetch.paging]\nby = "cursor"\nnext = "next"',
        )

        def play(request: Request) -> bytes:
            number = int(request.params.get("cursor", "1"))
            return answer(as_json({"rows": [penalty(number)], "next": f"{number + 1}"}))

        server.play = play
        self.failed(tax, "more than 4 pages")
        assert len(server.requests) == 4

    def test_csv_pages_with_other_headers(self, tax: Place, server: Web) -> None:
        """A page of CSV with other columns is not put below the first header."""
        ask(tax, server, 'format = "csv"\n[fetch.paging]\nby = "page"')
        server.in_turn(answer(as_csv(ROWS[:2])), answer(b"a,b\n1,2\n"))
        self.failed(tax, "different headers")

    def test_too_large(self, tax: Place, server: Web) -> None:
        """A packed answer that unpacks to more than max_bytes is not unpacked to its end."""
        ask(tax, server, "max_bytes = 1000000")
        body = gzip.compress(b" " * 100_000_000)
        server.play = lambda _: answer(body, headers=["Content-Encoding: gzip"])
        self.failed(tax, "too large")

    @pytest.mark.parametrize(
        "target", ["http://localhost:1/penalties", "//example.com/", "https://127.0.0.2/"]
    )
    @pytest.mark.parametrize("where", ["redirect", "link"])
    def test_another_host(self, tax: Place, server: Web, target: str, where: str) -> None:
        """A redirect or link to another host is not followed, and no secret goes there."""
        ask(tax, server, 'records = "rows"\n[fetch.paging]\nby = "link"\nnext = "next"')
        page = answer(as_json({"rows": ROWS[:1], "next": target}))
        moved = answer(b"", "302 Found", [f"Location: {target}"])
        server.play = lambda _: moved if where == "redirect" else page
        self.failed(tax, "another host")

    def test_redirects_in_a_circle(self, tax: Place, server: Web) -> None:
        """Redirects that lead nowhere are given up."""
        server.play = lambda _: answer(b"", "302 Found", ["Location: /penalties"])
        self.failed(tax, "too many redirects")

    def test_a_server_that_hangs(self, tax: Place, server: Web) -> None:
        """A server that says nothing, or stops in the middle, is given up after the timeout."""
        ask(tax, server, "timeout = 0.1\ntries = 2")
        server.in_turn(hanging(), hanging(answer(records(*ROWS))[:500]))
        self.failed(tax, "no answer in time")
        assert len(server.requests) == 2

    def test_the_deadline(self, tax: Place, server: Web) -> None:
        """A fetch whose next try would come after its deadline is given up at once."""
        ask(tax, server, 'deadline = "5 seconds"')
        server.play = lambda _: answer(b"", BROKEN)
        self.failed(tax, "HTTP 500")
        assert tax.pauses == [1, 2]

    @pytest.mark.parametrize("status", ["404 Not Found", "401 Unauthorized", "206 Partial Content"])
    def test_another_status(self, tax: Place, server: Web, status: str) -> None:
        """What no further try can mend is not tried again; part of an answer is none."""
        server.play = lambda _: answer(records(*ROWS), status)
        error = self.failed(tax, f"HTTP {status[:3]}")
        assert "/penalties" in error.detail
        assert len(server.requests) == 1

    def test_nobody_there(self, tax: Place, server: Web) -> None:
        """A port on which nobody listens."""
        tax.source(HTTP.format(url="http://127.0.0.1:1", more="tries = 2"))
        self.failed(tax, "cannot be reached")
        assert tax.pauses == [1]


class TestTriedAgain:
    """What goes better the next time."""

    def test_a_server_that_stumbles(self, tax: Place, server: Web) -> None:
        """500 and then 200 is 200."""
        server.in_turn(answer(b"", BROKEN), answer(b"", BROKEN), answer(records(*ROWS)))
        assert tax.fetch().rows == 250
        assert tax.pauses == [1, 2]

    @pytest.mark.parametrize(
        ("header", "pause"),
        [
            ("Retry-After: 30", 30),
            (f"Retry-After: {format_datetime(AT + timedelta(minutes=62), usegmt=True)}", 120),
            ("Retry-After: soon", 1),
            ("X-Nothing: 1", 1),
        ],
    )
    def test_a_server_that_is_busy(
        self, tax: Place, server: Web, header: str, pause: float
    ) -> None:
        """429 is left alone for as long as it asks, in seconds or until a date."""
        server.in_turn(answer(b"", BUSY, [header]), answer(records(*ROWS)))
        assert tax.fetch().rows == 250
        assert tax.pauses == [pause]

    def test_a_redirect_within_the_host(self, tax: Place, server: Web) -> None:
        """A redirect to another place of the same host is followed."""
        moved = answer(b"", "301 Moved Permanently", ["Location: /other"])
        server.play = lambda request: moved if request.path != "/other" else answer(records(*ROWS))
        assert tax.fetch().rows == 250


def test_nothing_new(tax: Place, server: Web) -> None:
    """An empty answer is no error where a source needs no rows; there is no file and no batch."""
    server.play = lambda _: answer(b"[]")
    done = tax.fetch()
    assert (done.rows, done.batches, tax.spools) == (0, [], [])
    assert tax.ledger()[-1] == ("ended", "ok", 0)


def test_too_few_rows(tax: Place, server: Web) -> None:
    """Fewer rows than a source has as a rule are refused as a whole."""
    ask(tax, server, top="minimum_rows = 300\n")
    server.play = lambda _: answer(records(*ROWS))
    with pytest.raises(ProblemError, match="at least 300"):
        tax.fetch()
    assert tax.rows("SELECT count(*) FROM version") == [(0,)]


def test_yesterdays_answer_again(tax: Place, server: Web) -> None:
    """The same answer the next day is taken in as evidence, marked, and changes nothing."""
    server.play = lambda _: answer(records(*ROWS))
    tax.fetch()
    corrected = [{**ROWS[0], "remark": "更正"}, *ROWS[1:]]
    server.play = lambda _: answer(records(*corrected))
    tax.fetch()
    server.play = lambda _: answer(records(*ROWS))
    (again,) = tax.fetch().batches
    assert (again.repeats, again.counts.duplicate, again.counts.corrected) == (1, 250, 0)
    assert again.findings == {"stale_file": 1}
    assert tax.records()[-1]["remark"] == "更正"
