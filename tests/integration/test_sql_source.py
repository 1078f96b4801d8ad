"""A database as a source: a real PostgreSQL, whole or not at all."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from publish.errors import ProblemError, UsageError
from publish.fetch.asked import FetchError
from tests.integration.fetched import Place, penalty, place
from tests.integration.postgres import PASSWORD, Postgres, postgres, programs
from tests.unit.handed import ROOT

pytestmark = pytest.mark.skipif(
    programs() is None and os.environ.get("GONGSHI_TOOLS") != "required",
    reason="no PostgreSQL; see tests/tools.sh",
)

SQL = """
[fetch]
kind = "sql"
url_env = "TAX_URL"
query = '''{query}'''
{more}
"""
ALL = "SELECT * FROM penalty ORDER BY document_no"


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A server for the tests of this module."""
    with postgres() as running:
        yield running


@pytest.fixture
def tax(server: Postgres, tmp_path: Path) -> Place:
    """A project whose source is a table of three penalties."""
    columns = ", ".join(f"{name} text" for name in penalty(1))
    server.run(
        "DROP TABLE IF EXISTS penalty",
        "CREATE SEQUENCE IF NOT EXISTS numbers",
        f"CREATE TABLE penalty ({columns}, changed timestamptz DEFAULT '2026-11-22T08:30:00Z')",
        *(insert(penalty(number)) for number in (1, 2, 3)),
    )
    made = place(tmp_path / "project")
    made.environ["TAX_URL"] = server.url()
    ask(made, "SELECT * FROM penalty ORDER BY document_no")
    return made


def insert(row: dict[str, str]) -> str:
    """The statement that adds a row."""
    values = ", ".join("'" + value.replace("'", "''") + "'" for value in row.values())
    return f"INSERT INTO penalty ({', '.join(row)}) VALUES ({values})"


def ask(made: Place, query: str, more: str = "", top: str = "") -> None:
    """Writes the source file."""
    made.source(f'ignore = ["changed"]\n{top}' + SQL.format(query=query, more=more))


def test_rows_are_taken_in_through_a_file(tax: Place) -> None:
    """Three rows become a file, a batch of its bytes, and three records."""
    done = tax.fetch()
    (batch,) = done.batches
    assert (done.rows, batch.counts.new, batch.counts.rejected) == (3, 3, 0)
    (spool,) = tax.spools
    assert spool.name == "20261122T090000Z.jsonl"
    assert len(spool.read_bytes().splitlines()) == 3
    stored = "SELECT file_name, source, handler, received FROM batch"
    assert tax.rows(stored) == [(spool.name, "tax", "fetch", "2026-11-22T09:00:00Z")]
    assert tax.ledger() == [("started", None, 0), ("ended", "ok", 3)]


def test_types(tax: Place) -> None:
    """Values are told as a department would type them; what is NULL is blank."""
    query = """SELECT date '2026-03-04' AS d, timestamptz '2026-03-03T16:00:00Z' AS moment,
        timestamp '2026-03-04 10:30:00' AS wall, 12345678901234567890.000001 AS n,
        1e-7::float8 AS f, 42 AS i, NULL::text AS nothing, true AS b, '{"a": [1]}'::jsonb AS j,
        '𠮷野家' AS rare, repeat('长', 1000000) AS long"""
    ask(tax, query)
    with pytest.raises(ProblemError):
        tax.fetch()
    (path,) = tax.spools
    (row,) = map(orjson.loads, path.read_bytes().splitlines())
    assert row.pop("long") == "长" * 1_000_000
    assert row == {
        "d": "2026-03-04",
        "moment": "2026-03-04 00:00:00",
        "wall": "2026-03-04 10:30:00",
        "n": "12345678901234567890.000001",
        "f": "1e-07",
        "i": "42",
        "nothing": None,
        "b": "True",
        "j": '{"a":[1]}',
        "rare": "𠮷野家",
    }


def test_dates_and_rare_characters_reach_the_register(tax: Place, server: Postgres) -> None:
    """A day kept as a moment is the day in the profile's zone, and 𠮷 is still 𠮷."""
    server.run(insert(penalty(9, party_name="示例市𠮷野食品有限公司")))
    columns = ", ".join(n for n in penalty(1) if n != "decision_date")
    moment = "timestamptz '2026-01-04T16:00:00Z' AS decision_date"
    ask(tax, f"SELECT {columns}, {moment} FROM penalty WHERE party_name LIKE '%𠮷%'")
    tax.fetch()
    (record,) = tax.records()
    assert (record["party_name"], record["decision_date"]) == (
        "示例市𠮷野食品有限公司",
        "2026-01-05",
    )


def test_only_what_changed_since(tax: Place, server: Postgres) -> None:
    """The second fetch asks from the first one on, less the overlap."""
    ask(tax, "SELECT * FROM penalty WHERE changed >= :since", 'overlap = "1 hour"')
    assert tax.fetch().rows == 3
    server.run("INSERT INTO penalty SELECT * FROM penalty WHERE document_no LIKE '%〕1号'")
    server.run(
        "UPDATE penalty SET changed = '2026-11-22T07:59:59Z' WHERE document_no LIKE '%〕2号'"
    )
    done = tax.fetch()
    assert done.rows == 3
    server.run("UPDATE penalty SET changed = '2026-11-22T07:00:00Z'")
    done = tax.fetch()
    assert (done.rows, done.batches) == (0, [])
    assert tax.ledger()[-1] == ("ended", "ok", 0)
    assert len(tax.spools) == 2


def test_since_in_another_form(tax: Place) -> None:
    """A database that keeps days as text is asked in its own form."""
    more = 'since_format = "%Y%m%d"'
    ask(tax, "SELECT * FROM penalty WHERE :since = '19700101'", more)
    assert tax.fetch().rows == 3


def test_a_hundred_thousand_rows_in_bounded_memory(server: Postgres, tmp_path: Path) -> None:
    """100,000 rows of a kilobyte are streamed; the process grows by less than half of them."""
    script = f"""
import resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo
from publish.fetch.asked import Asked, Means
from publish.fetch.declare import Sql
from publish.fetch.sql import fetch_sql

query = "SELECT n, repeat('x', 1000) AS text FROM generate_series(1, {{}}) n"
now = datetime(2026, 11, 22, tzinfo=UTC)
means = Means({{"URL": {server.url()!r}}})
asked = Asked("tax", Path(), now, now, ZoneInfo("Asia/Shanghai"), means, print, time.monotonic())

def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

def fetch(rows):
    with open(sys.argv[1], "wb") as out:
        how = Sql(kind="sql", url_env="URL", query=query.format(rows))
        return fetch_sql(how, asked, out)

fetch(10_000)
before = memory()
rows = fetch(100_000)
print("result", rows, memory() - before)
"""
    run = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "out"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    rows, grown = map(int, run.stdout.splitlines()[-1].split()[1:])
    assert rows == 100_000
    assert grown < 50


class TestRefused:
    """Whatever happens at the other end, nothing is taken in and nobody's secrets are told."""

    def failed(self, tax: Place, message: str) -> FetchError:
        """The error of a fetch that took nothing in."""
        with pytest.raises(FetchError, match=message) as caught:
            tax.fetch()
        assert tax.nothing_taken()
        assert tax.ledger()[-1][:2] == ("ended", "failed")
        for text in (
            str(caught.value),
            caught.value.detail,
            str(tax.rows("SELECT error FROM job")),
        ):
            assert PASSWORD not in text
        return caught.value

    def test_a_statement_that_takes_too_long(self, tax: Place) -> None:
        """The server cuts off a statement after the timeout."""
        ask(tax, "SELECT *, pg_sleep(60) FROM penalty", "timeout = 0.2")
        assert "statement timeout" in self.failed(tax, "took too long").detail

    def test_nobody_there(self, tax: Place) -> None:
        """A port on which nobody listens."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        tax.environ["TAX_URL"] = f"postgresql://clerk:{PASSWORD}@127.0.0.1:{port}/postgres"
        error = self.failed(tax, "cannot be reached")
        assert "refused" in error.detail
        assert str(port) not in error.zh + error.en

    def test_a_server_that_says_nothing(self, tax: Place) -> None:
        """A port that is open and silent is given up after the timeout."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"postgresql://clerk:x@127.0.0.1:{silent.getsockname()[1]}/postgres"
            tax.environ["TAX_URL"] = address
            ask(tax, ALL, "timeout = 1")
            self.failed(tax, "cannot be reached")

    def test_a_wrong_password(self, tax: Place, server: Postgres) -> None:
        """The error says that the password was refused, not what it was."""
        tax.environ["TAX_URL"] = server.url("not-the-right-one")
        error = self.failed(tax, "cannot be reached")
        assert "password authentication failed" in error.detail
        assert "not-the-right-one" not in str(error) + error.detail

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("SELECT nothing FROM penalty", "42703"),
            ("DELETE FROM penalty RETURNING *", "refused the query"),
            ("SELECT 1 AS a; DELETE FROM penalty", "refused the query"),
            ("SELECT nextval('numbers'), * FROM penalty", "25006"),
            ("SELECT facts, content AS facts FROM penalty", "the same name: facts"),
            ("SELECT facts::bytea AS facts FROM penalty", "facts holds bytes"),
            ("SELECT 'infinity'::date AS day", "DataError"),
        ],
    )
    def test_a_query_that_is_wrong(self, tax: Place, query: str, message: str) -> None:
        """What cannot be read, or would write, is refused; the table is as it was."""
        ask(tax, query)
        self.failed(tax, message)
        ask(tax, ALL)
        assert tax.fetch().rows == 3

    def test_a_server_that_is_killed_in_the_middle(self, tmp_path: Path) -> None:
        """Rows that came before the server died are not taken in."""
        made = place(tmp_path / "project")
        with postgres() as own:
            made.environ["TAX_URL"] = own.url()
            ask(made, "SELECT n, repeat('x', 1000) AS t FROM generate_series(1, 100000) n")
            came: list[int] = []

            def progress(_step: str, rows: int) -> None:
                if not came:
                    own.send(signal.SIGKILL)
                came.append(rows)

            with pytest.raises(FetchError, match="broke off"):
                made.fetch(progress=progress)
        assert came
        assert made.nothing_taken()

    def test_a_server_that_stops_in_the_middle(self, tmp_path: Path) -> None:
        """A server that hangs with the line open is cut off at the deadline."""
        made = place(tmp_path / "project")
        with postgres() as own:
            made.environ["TAX_URL"] = own.url()
            more = 'deadline = "2 seconds"'
            ask(made, "SELECT n, repeat('x', 1000) AS t FROM generate_series(1, 100000) n", more)

            def progress(_step: str, rows: int) -> None:
                if rows == 2_000:
                    own.send(signal.SIGSTOP)
                    made.seconds += 1

            try:
                with pytest.raises(FetchError, match=r"broke off|cut off"):
                    made.fetch(progress=progress)
            finally:
                own.send(signal.SIGCONT)
        assert made.nothing_taken()

    def test_too_few_rows(self, tax: Place) -> None:
        """No rows where there should be some are refused; no file is left."""
        ask(tax, "SELECT * FROM penalty WHERE false", top="minimum_rows = 1\n")
        with pytest.raises(ProblemError, match="at least 1"):
            tax.fetch()
        assert tax.nothing_taken()


class TestSecrets:
    """The address is never in the source file."""

    def test_from_a_file(self, tax: Place, server: Postgres) -> None:
        """A file may hold it instead of the environment."""
        (tax.project.root / "secret").write_text(f"{server.url()}\n", "utf-8")
        tax.source(
            'ignore = ["changed"]'
            + SQL.format(query=ALL, more="").replace('url_env = "TAX_URL"', 'url_file = "secret"')
        )
        assert tax.fetch().rows == 3

    def test_not_set(self, tax: Place) -> None:
        """A variable that is not set is named."""
        tax.environ.clear()
        with pytest.raises(UsageError, match="TAX_URL"):
            tax.fetch()
        assert tax.nothing_taken()

    @pytest.mark.parametrize("address", ["secret-words", "nosuch://u:secret-words@h/d"])
    def test_not_an_address(self, tax: Place, address: str) -> None:
        """What is no address of a database that we can speak to is not repeated."""
        tax.environ["TAX_URL"] = address
        with pytest.raises(UsageError) as caught:
            tax.fetch()
        assert "secret-words" not in str(caught.value)


def test_refused_rows_are_kept_for_a_look_until_the_next_fetch(tax: Place) -> None:
    """A result without the required columns stays as a file, and the next fetch replaces it."""
    ask(tax, "SELECT document_no, facts, content, party_name FROM penalty")
    for _ in range(2):
        with pytest.raises(ProblemError, match="missing"):
            tax.fetch()
        assert len(tax.spools) == 1
    ask(tax, ALL)
    tax.fetch()
    assert [path.name for path in tax.spools] == ["20261122T110000Z.jsonl"]


def test_the_same_rows_again_are_yesterdays_file(tax: Place) -> None:
    """A second fetch of the same rows is recognised by its bytes and marked; nothing is new."""
    tax.fetch()
    (again,) = tax.fetch().batches
    assert (again.repeats, again.counts.duplicate) == (1, 3)
    assert again.findings == {"stale_file": 1}


def test_the_example_of_the_documentation(tax: Place, server: Postgres) -> None:
    """The table that the how-to has in mind is fetched as its source file says."""
    row = penalty(1)
    server.run(
        "DROP TABLE IF EXISTS decisions",
        "CREATE TABLE decisions (doc_no text, name text, code text, facts text, law text, "
        "result text, fine_yuan numeric(18, 2), decided date, changed_at timestamptz)",
        "INSERT INTO decisions VALUES ('示市税罚〔2026〕1号', "
        f"'{row['party_name']}', '{row['uscc']}', '未按期申报', '税收征收管理法第六十二条', "
        "'罚款2000元', 2000, '2026-03-04', now())",
    )
    how_to = (ROOT / "docs/how-to/sources.md").read_text("utf-8")
    (example, *_) = re.findall(r"```toml\n(.*?)```", how_to, re.DOTALL)
    (tax.project.sources / "tax.toml").write_text(example, "utf-8")
    (batch,) = tax.fetch().batches
    assert (batch.counts.new, batch.findings) == (1, {})
    (record,) = tax.records()
    assert (record["fine"], record["decision_date"]) == ("0.2", "2026-03-04")
