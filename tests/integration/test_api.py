"""The API of a small city, as a program elsewhere sees it: over the wire, from its description."""

import csv
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from typing import Any

import httpx
import orjson
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from openapi_schema_validator import OAS31Validator
from schemathesis.config import SchemathesisConfig

from publish.demo.run import Prepared
from publish.release.metadata import LICENCE
from publish.serve.api.declare import Endpoint
from publish.serve.api.endpoints import ENDPOINTS
from publish.serve.api.openapi import DESCRIPTION
from publish.serve.api.problem import KIND, ROOT, SORTS
from tests.server import started

LISTS = [e for e in ENDPOINTS if e.listed]
PAGED = [e for e in LISTS if e.paged]
SETTLED = """
[checks.positive_data_acceptance]
expected-statuses = ["200", "404", "410"]
"""
"""Lawful requests are answered, or told that there is no such thing, or not any more."""
NEGATIVE = schemathesis.GenerationMode.NEGATIVE
EXAMPLES = 8
"""Requests that are made up for each address; the whole of the tests has to fit into CI."""


@pytest.fixture(scope="module")
def server(small_city: Prepared) -> Iterator[str]:
    """The address of the small city's portal."""
    with started(small_city.project.root) as address:
        yield address


@pytest.fixture(scope="module")
def client(server: str) -> Iterator[httpx.Client]:
    """A program elsewhere."""
    with httpx.Client(base_url=server, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def described(client: httpx.Client) -> dict[str, Any]:
    """The description that the portal serves."""
    found: dict[str, Any] = client.get(DESCRIPTION).json()
    return found


@pytest.fixture(scope="module")
def credit(small_city: Prepared) -> Iterator[sqlite3.Connection]:
    """The records of the release being served."""
    file = small_city.project.current / "credit.db"
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?immutable=1", uri=True)) as db:
        yield db


def address(described: dict[str, Any], endpoint: Endpoint) -> tuple[str, dict[str, str]]:
    """The address of an endpoint's example and the parameters that it needs."""
    path, needed = ROOT + endpoint.path, {}
    for parameter in described["paths"][path]["get"]["parameters"]:
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", str(parameter["example"]))
        elif parameter["required"]:
            needed[parameter["name"]] = str(parameter["example"])
    return path, needed


def validator(described: dict[str, Any], endpoint: Endpoint) -> OAS31Validator:
    """What an answer must be like by the description."""
    answers = described["paths"][ROOT + endpoint.path]["get"]["responses"]["200"]
    schema = answers["content"]["application/json"]["schema"]
    return OAS31Validator({**schema, "components": described["components"]})


def everything(client: httpx.Client, path: str, **parameters: str) -> list[dict[str, Any]]:
    """All rows of a list, page by page."""
    reply = client.get(path, params=parameters).json()
    rows: list[dict[str, Any]] = reply["data"]
    while following := reply["links"]["next"]:
        reply = client.get(following).json()
        assert reply["data"], "a next page has rows"
        rows += reply["data"]
    return rows


class TestExamples:
    """The examples of the description."""

    @pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: e.name)
    def test_run(self, client: httpx.Client, described: dict[str, Any], endpoint: Endpoint) -> None:
        """Each runs, is told of as described, and has what every answer has."""
        path, needed = address(described, endpoint)
        reply = client.get(path, params=needed)
        assert reply.status_code == 200
        validator(described, endpoint).validate(reply.json())
        meta, links = reply.json()["meta"], reply.json()["links"]
        assert meta["release"] == reply.headers["x-release"]
        assert tuple(meta["licence"].values()) == LICENCE
        assert links["self"] == reply.request.url.raw_path.decode()
        for name, link in links.items():
            assert link is None or client.get(link).status_code == 200, name

    @pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: e.name)
    def test_every_parameter(
        self, client: httpx.Client, described: dict[str, Any], endpoint: Endpoint
    ) -> None:
        """Each parameter is understood with its example."""
        path, needed = address(described, endpoint)
        for parameter in described["paths"][ROOT + endpoint.path]["get"]["parameters"]:
            if parameter["in"] == "query" and "example" in parameter:
                example = parameter["example"]
                value = ",".join(example) if isinstance(example, list) else str(example)
                reply = client.get(path, params={**needed, parameter["name"]: value})
                assert reply.status_code == 200, reply.text
                validator(described, endpoint).validate(reply.json())

    @pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: e.name)
    def test_nothing_undocumented(
        self, client: httpx.Client, described: dict[str, Any], endpoint: Endpoint
    ) -> None:
        """An answer holds the columns that are described, and no others."""
        path, needed = address(described, endpoint)
        data = client.get(path, params=needed).json()["data"]
        rows = data if endpoint.listed else [data]
        for row in rows:
            columns = endpoint.variants.get(row.get("type", ""), endpoint.columns)
            assert list(row) == [c.name for c in columns]
            for column in columns:
                inner = (row[column.name] or []) if column.kind == "array" else []
                assert all(list(one) == [c.name for c in column.parts] for one in inner)


class TestLists:
    """Pages, CSV and counts."""

    @pytest.mark.parametrize("endpoint", PAGED, ids=lambda e: e.name)
    def test_pages(
        self, client: httpx.Client, described: dict[str, Any], endpoint: Endpoint
    ) -> None:
        """However many rows a page has, all pages together have the same rows, each once."""
        path, needed = address(described, endpoint)
        needed |= {"period": "2026Q3"} if endpoint.name == "listIndicators" else {}
        whole = everything(client, path, **needed, limit="1000")
        parts = everything(client, path, **needed, limit="97" if len(whole) > 400 else "7")
        assert parts == whole
        keys = [orjson.dumps(row) for row in whole]
        assert len(set(keys)) == len(keys)

    @pytest.mark.parametrize("endpoint", LISTS, ids=lambda e: e.name)
    def test_csv(self, client: httpx.Client, described: dict[str, Any], endpoint: Endpoint) -> None:
        """Every list comes as CSV by its address or by Accept, with the same rows."""
        path, needed = address(described, endpoint)
        reply = client.get(f"{path}.csv", params=needed)
        assert reply.headers["content-type"] == "text/csv; charset=utf-8"
        assert reply.content.startswith(b"\xef\xbb\xbf")
        accepted = client.get(path, params=needed, headers={"accept": "text/csv"})
        assert accepted.content == reply.content
        rows = list(csv.DictReader(StringIO(reply.content.decode("utf-8-sig"), newline="")))
        data = client.get(path, params=needed).json()["data"]
        flat = [c.name for c in endpoint.columns if c.flat]
        told = [{n: "" if row[n] is None else str(row[n]) for n in flat} for row in data]
        assert [{n: v.removeprefix("'") for n, v in row.items()} for row in rows] == told

    def test_csv_leads_on(self, client: httpx.Client) -> None:
        """The next page of CSV is named by a header, in the same form."""
        reply = client.get(f"{ROOT}/records.csv?limit=3")
        found = re.fullmatch(r'<(\S+)>; rel="next"', reply.headers["link"])
        assert found
        following = client.get(found.group(1))
        assert following.headers["content-type"] == "text/csv; charset=utf-8"
        first, second = (
            {row["record_id"] for row in csv.DictReader(StringIO(r.content.decode("utf-8-sig")))}
            for r in (reply, following)
        )
        assert len(first) == len(second) == 3
        assert not first & second

    def test_json_is_preferred(self, client: httpx.Client) -> None:
        """Who takes anything, or JSON rather than CSV, gets JSON."""
        for accept in ("*/*", "text/html,*/*;q=0.8", "application/json, text/csv;q=0.5", "x"):
            reply = client.get(f"{ROOT}/lists", headers={"accept": accept})
            assert reply.headers["content-type"] == "application/json"
            assert "Accept" in reply.headers["vary"]

    @pytest.mark.parametrize("sort", ["", "decided", "-decided", "published", "-published"])
    def test_all_records(self, client: httpx.Client, credit: sqlite3.Connection, sort: str) -> None:
        """All records are listed, each once, in the order that was asked for."""
        given = {"sort": sort} if sort else {}
        rows = everything(client, f"{ROOT}/records", limit="333", **given)
        known = {row[0] for row in credit.execute("SELECT record_id FROM record")}
        assert {row["record_id"] for row in rows} == known
        assert len(rows) == len(known)
        by = "published" if sort.endswith("published") else "decided"
        days = [row[by] or "" for row in rows]
        assert days == sorted(days, reverse=sort in {"", "-decided", "-published"})

    def test_filters(self, client: httpx.Client, credit: sqlite3.Connection) -> None:
        """What is filtered by holds for every row, and no row is missing."""
        kind, department, year = credit.execute(
            "SELECT type, department, substr(decided, 1, 4) FROM record "
            "GROUP BY 1, 2, 3 ORDER BY count(*) DESC LIMIT 1"
        ).fetchone()
        given = {"type": kind, "department": department, "decided_from": f"{year}-01-01"}
        given["decided_to"] = f"{year}-12-31"
        rows = everything(client, f"{ROOT}/records", **given)
        (count,) = credit.execute(
            "SELECT count(*) FROM record WHERE type = ? AND department = ? AND decided LIKE ?",
            (kind, department, f"{year}-%"),
        ).fetchone()
        assert len(rows) == count > 0
        assert {(r["type"], r["department"], r["decided"][:4]) for r in rows} == {
            (kind, department, year)
        }
        totals = {
            client.get(f"{ROOT}/records", params=given | more).json()["meta"]["total"]
            for more in ({}, {"sort": "decided"}, {"limit": "1"}, {})
        }
        assert totals == {count}

    def test_counted(self, client: httpx.Client) -> None:
        """Figures are counted where an index finds them; nobody waits for a total of them all."""
        rows = everything(client, f"{ROOT}/indicators", period="2026Q3", limit="1000")
        named = client.get(f"{ROOT}/indicators?period=2026Q3").json()["meta"]
        whole = client.get(f"{ROOT}/indicators").json()["meta"]
        assert (named["total"], named["count"]) == (len(rows), 50)
        assert whole["total"] is None

    def test_facets(self, client: httpx.Client, credit: sqlite3.Connection) -> None:
        """The counts that were asked for are those of the records, and no others come."""
        meta = client.get(f"{ROOT}/records?limit=1&facets=type,status").json()["meta"]
        assert set(meta["facets"]) == {"type", "status"}
        for name in ("type", "status"):
            counted = {one["value"]: one["count"] for one in meta["facets"][name]}
            rows = credit.execute(f"SELECT {name}, count(*) FROM record GROUP BY 1")
            assert counted == {value: count for value, count in rows if value}

    def test_search(self, client: httpx.Client, credit: sqlite3.Connection) -> None:
        """A name is found whole and in part, with why and where."""
        (name,) = credit.execute(
            "SELECT party_name FROM record WHERE party_kind = '法人及非法人组织' "
            "ORDER BY record_id LIMIT 1"
        ).fetchone()
        whole = client.get(f"{ROOT}/records", params={"q": name}).json()["data"]
        assert (whole[0]["party_name"], whole[0]["found_by"]) == (name, "exact")
        part = client.get(f"{ROOT}/records", params={"q": name[2:8], "limit": "1000"}).json()[
            "data"
        ]
        assert name in {row["party_name"] for row in part}
        listed = client.get(f"{ROOT}/records?limit=1").json()["data"][0]
        assert listed["found_by"] is listed["snippet"] is None

    def test_suggestions(self, client: httpx.Client) -> None:
        """What is suggested finds as many records as it says."""
        found = client.get(f"{ROOT}/suggest", params={"q": "公司", "limit": "3"}).json()["data"]
        assert found
        for one in found:
            total = client.get(f"{ROOT}/records?{one['query']}").json()["meta"]["total"]
            assert total == one["count"]


class TestSingle:
    """One thing by its id."""

    def test_every_record(self, client: httpx.Client, described: dict[str, Any]) -> None:
        """A record of each type is told in full, with its duties and what belongs to it."""
        endpoint = next(e for e in ENDPOINTS if e.name == "getRecord")
        for kind in ("licence", "penalty", "other_act", "list_entry", "commitment"):
            row = client.get(f"{ROOT}/records?type={kind}&limit=1").json()["data"][0]
            reply = client.get(f"{ROOT}/records/{row['record_id']}").json()
            validator(described, endpoint).validate(reply)
            assert reply["data"]["type"] == kind
            assert reply["data"]["party_name"] == row["party_name"]
            assert {duty["record_id"] for duty in reply["data"]["duties"]} == {row["record_id"]}
            for name, link in reply["links"].items():
                assert client.get(link).status_code == 200, name

    def test_attached(self, client: httpx.Client, credit: sqlite3.Connection) -> None:
        """What belongs to a record is told with it, and leads back to it."""
        one, parent = credit.execute(
            "SELECT record_id, commitment_id FROM fulfilment LIMIT 1"
        ).fetchone()
        reply = client.get(f"{ROOT}/records/{one}").json()
        assert reply["links"]["parent"] == f"{ROOT}/records/{parent}"
        attached = client.get(f"{ROOT}/records/{parent}").json()["data"]["fulfilment"]
        assert one in {row["record_id"] for row in attached}

    def test_withdrawn(self, client: httpx.Client, credit: sqlite3.Connection) -> None:
        """Of a record that was taken off, id, type, department, day and reason are told: 410."""
        row = credit.execute("SELECT * FROM tombstone LIMIT 1")
        names = [c[0] for c in row.description]
        stone = dict(zip(names, row.fetchone(), strict=True))
        reply = client.get(f"{ROOT}/records/{stone['record_id']}")
        assert (reply.status_code, reply.headers["content-type"]) == (410, KIND)
        assert reply.json()["tombstone"] == stone
        assert stone["withdrawn_on"] in reply.json()["detail"]

    @pytest.mark.parametrize(
        "path",
        [
            "/records/nothing",
            "/entities/nothing",
            "/departments/nothing",
            "/league/2099Q1",
            "/lists/nothing",
            "/releases/nothing",
            "/nothing",
            "/records/a/b",
            "/records/",
            "/lists/nothing.csv",
            "/records/nothing.csv",
            "",
        ],
    )
    def test_missing(self, client: httpx.Client, path: str) -> None:
        """What is not there is answered as a problem, never as a page."""
        reply = client.get(ROOT + path)
        assert (reply.status_code, reply.headers["content-type"]) == (404, KIND)

    def test_deadline(self, client: httpx.Client) -> None:
        """A deadline is counted on working days, explained; beyond the calendar it is not."""
        found = client.get(f"{ROOT}/deadline?date=2026-09-28&days=7").json()["data"]
        assert (found["due"], found["days"], found["provisional"]) == ("2026-10-13", 7, 0)
        assert "国庆" in found["explanation_zh"]
        assert client.get(f"{ROOT}/deadline?date=1949-10-01").status_code == 404

    def test_code_in_small_letters(self, client: httpx.Client, credit: sqlite3.Connection) -> None:
        """An organisation is found by its code however its letters are written."""
        (code,) = credit.execute("SELECT uscc FROM entity LIMIT 1").fetchone()
        assert client.get(f"{ROOT}/entities/{code.lower()}").json()["data"]["uscc"] == code


class TestProblems:
    """Requests that cannot be answered."""

    def test_unknown_parameter(self, client: httpx.Client) -> None:
        """A parameter that there is not is refused by name, with those that there are."""
        reply = client.get(f"{ROOT}/records?colour=red&typo=x")
        problem = reply.json()
        assert (reply.status_code, reply.headers["content-type"]) == (400, KIND)
        assert [e["parameter"] for e in problem["errors"]] == ["colour", "typo"]
        assert "department" in problem["errors"][0]["allowed"]
        assert problem["type"] == "/api/#unknown_parameter"
        assert problem["title"] == SORTS["unknown_parameter"].en

    def test_wrong_values(self, client: httpx.Client) -> None:
        """All values that are wrong are named at once."""
        reply = client.get(f"{ROOT}/records?type=car&decided_from=yesterday&limit=0")
        assert reply.status_code == 422
        named = [e["parameter"] for e in reply.json()["errors"]]
        assert named == ["type", "decided_from", "limit"]

    def test_changes_not_kept(self, client: httpx.Client) -> None:
        """Changes since a release that nobody remembers are refused with those that can be told."""
        reply = client.get(f"{ROOT}/changes?since=20010101T000000Z-aaaaaaaa")
        assert reply.status_code == 410
        assert reply.headers["x-release"] in reply.json()["known"]

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE"])
    def test_read_only(self, client: httpx.Client, method: str) -> None:
        """Nothing can be sent; the answer says so in the API's own form."""
        reply = client.request(method, f"{ROOT}/records")
        assert (reply.status_code, reply.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
        assert reply.headers["content-type"] == KIND

    def test_improper_address(self, client: httpx.Client) -> None:
        """An address that means several things is a problem in the API's own form."""
        reply = client.get(f"{ROOT}/records/a%2Fb")
        assert (reply.status_code, reply.headers["content-type"]) == (400, KIND)


class TestHeaders:
    """What programs, browsers and caches go by."""

    @pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: e.name)
    def test_not_modified(
        self, client: httpx.Client, described: dict[str, Any], endpoint: Endpoint
    ) -> None:
        """Who holds an answer is told that it is good; another form of it has another tag."""
        path, needed = address(described, endpoint)
        plain = {"accept-encoding": "identity"}
        reply = client.get(path, params=needed, headers=plain)
        tag = reply.headers["etag"]
        assert not tag.startswith("W/")
        again = client.get(path, params=needed, headers={**plain, "if-none-match": f'"x", {tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == reply.headers["cache-control"]
        other = client.get(path, params={**needed}, headers={"if-none-match": '"x"'})
        assert other.status_code == 200
        anything = client.get(path, params=needed, headers={"if-none-match": "*"})
        assert anything.status_code == 304
        if endpoint.listed:
            table = client.get(f"{path}.csv", params=needed, headers=plain)
            assert table.headers["etag"] != tag

    def test_anything_held_of_nothing(self, client: httpx.Client) -> None:
        """Who holds anything is not told that what is not there is good."""
        reply = client.get(f"{ROOT}/records/nothing", headers={"if-none-match": "*"})
        assert reply.status_code == 404

    def test_head(self, client: httpx.Client, described: dict[str, Any]) -> None:
        """HEAD has the headers of GET and no body."""
        for endpoint in ENDPOINTS:
            path, needed = address(described, endpoint)
            full, head = (client.request(m, path, params=needed) for m in ("GET", "HEAD"))
            assert (head.status_code, head.content) == (200, b"")
            kept = {k: v for k, v in full.headers.items() if k != "date"}
            assert {k: v for k, v in head.headers.items() if k != "date"} == kept

    def test_other_sites_may_ask(self, client: httpx.Client) -> None:
        """Scripts of other sites may read every answer, problems as well, and its headers."""
        for path in ("/records", "/records.csv", "/nothing", "/openapi.json"):
            reply = client.get(ROOT + path, headers={"origin": "https://example.org"})
            assert reply.headers["access-control-allow-origin"] == "*"
            assert "ETag" in reply.headers["access-control-expose-headers"]
        before = client.options(
            f"{ROOT}/records",
            headers={"origin": "https://example.org", "access-control-request-method": "GET"},
        )
        assert before.status_code == 204
        assert "GET" in before.headers["access-control-allow-methods"]

    def test_packed(self, client: httpx.Client) -> None:
        """A long answer is packed for who takes it so, under a tag of its own."""
        path = f"{ROOT}/records"
        packed = client.get(path, headers={"accept-encoding": "gzip"})
        plain = client.get(path, headers={"accept-encoding": "identity"})
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.json() == plain.json()
        assert packed.headers["etag"] != plain.headers["etag"]
        held = {"accept-encoding": "gzip", "if-none-match": packed.headers["etag"]}
        assert client.get(path, headers=held).status_code == 304


made_up = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def schema(server: str) -> schemathesis.BaseSchema:
    """The description as something that requests can be made up from."""
    config = SchemathesisConfig.from_str(SETTLED)
    return schemathesis.openapi.from_url(server + DESCRIPTION, config=config)


@pytest.mark.parametrize("path", [*(ROOT + e.path for e in ENDPOINTS), DESCRIPTION])
def test_anything(schema: schemathesis.BaseSchema, path: str) -> None:
    """Whatever is asked, by the description or against it, the answer is one that it describes."""
    operation = schema[path]["GET"]

    @made_up
    @given(operation.as_strategy())
    def lawful(case: Any) -> None:  # noqa: ANN401 - a case of that program
        case.query.pop("cursor", None)  # no text but links.next is a cursor
        case.call_and_validate()

    @made_up
    @given(operation.as_strategy(NEGATIVE))
    def unlawful(case: Any) -> None:  # noqa: ANN401
        case.call_and_validate()

    lawful()
    if len(operation.query) + len(operation.path_parameters):
        unlawful()
