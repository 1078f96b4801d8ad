"""The API beside a bare Starlette handler that does the same SQL, and Datasette's own JSON.

    python -m benchmarks.api PROJECT [--seconds 5] [--runs 5] [--connections 16] [--only NAME]

Each contender runs in a process of its own on a free port, with one worker, over the release that
the project serves. What the handler has to do is taken down from the API itself: every statement
of a request is noted with its values and how many of its rows were taken, and the handler asks the
same for the same address, takes as many rows and sends them as JSON, without parsing, checks, tags,
links or a portal around. Datasette answers from its table of the same rows, with the settings that
the portal gives it. wrk asks from the same machine, over the addresses of a case in turn. Requests
per second of the clock, and in brackets per second of the server's processor time, which others on
the machine disturb less; medians of several runs in which the contenders take turns.
"""

import argparse
import asyncio
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any, NamedTuple, cast
from unittest.mock import patch
from urllib.parse import quote, urlencode
from urllib.request import urlopen

import orjson

from publish.project import open_project
from publish.release.manifest import read_manifest
from publish.serve.api.api import Api
from publish.serve.api.declare import Databases
from publish.serve.portal import release_calendar
from publish.serve.status import read_releases

ADDRESSES = 200
"""How many different records, departments or words a case asks for in turn."""
SPEED = re.compile(r"Requests/sec:\s+([0-9.]+)")
ANSWERED = re.compile(r"(\d+) requests in")
FAILED = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)")
SCRIPT = """
local paths = {}
for line in io.lines("{paths}") do paths[#paths + 1] = line end
local headers = {}
for line in io.lines("{headers}") do headers[#headers + 1] = line end
local at = 0
request = function()
  at = at % #paths + 1
  local given = {}
  if headers[at] and headers[at] ~= "" then given["If-None-Match"] = headers[at] end
  return wrk.format("GET", paths[at], given)
end
"""


_WARMING = 20.0
Note = list[Any]
"""A statement: the database, what was asked, the values, and how many rows were taken."""


class Case(NamedTuple):
    """Requests that are alike.

    Attributes:
        ours: addresses of the API.
        theirs: of the same rows in Datasette; none where it has no such thing.
        held: whether the client holds the answers already.
    """

    name: str
    ours: Sequence[str]
    theirs: Sequence[str]
    held: bool = False


def main() -> None:
    """Prints a line per case, then whether the API is fast enough."""
    parser = argparse.ArgumentParser(description="The API beside bare Starlette and Datasette")
    parser.add_argument("project", type=Path)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--only", help="cases whose name begins so")
    wanted = parser.parse_args()
    release = (wanted.project / "data/releases/current").resolve()
    cases = [c for c in read_cases(release) if c.name.startswith(wanted.only or "")]
    print(
        f"{'requests a second':18} {'API':>15} {'Starlette':>15} {'Datasette':>15}  of bare of D."
    )
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        notes = Path(name) / "statements.json"
        notes.write_bytes(orjson.dumps(asyncio.run(take_down(wanted.project, cases))))
        servers = {
            who: stack.enter_context(serving(who, wanted.project, notes))
            for who in ("api", "starlette", "datasette")
        }
        for case in cases:
            print(line(case, compare(case, servers, wanted, Path(name))), flush=True)


def compare(
    case: Case, servers: Mapping[str, "Server"], wanted: argparse.Namespace, folder: Path
) -> dict[str, "Speed"]:
    """The median speed of each contender; none where it has no such thing."""
    runs: dict[str, list[Speed]] = {who: [] for who in servers}
    asked = {who: case.theirs if who == "datasette" else case.ours for who in servers}
    for who, server in servers.items():
        warm(server, asked[who])
    for _ in range(wanted.runs):
        for who, server in servers.items():
            if paths := asked[who]:
                runs[who].append(press(server, paths, case.held, wanted, folder))
    return {
        who: Speed(*(median(one) for one in zip(*speeds, strict=True)))
        for who, speeds in runs.items()
        if speeds
    }


def line(case: Case, speeds: Mapping[str, "Speed"]) -> str:
    """A case in one line."""
    told = [
        f"{s.clock:7,.0f} [{s.processor:5,.0f}]" if (s := speeds.get(who)) else f"{'-':>15}"
        for who in ("api", "starlette", "datasette")
    ]
    ours = speeds["api"]
    shares = [
        f"{ours.clock / other.clock:4.0%} [{ours.processor / other.processor:4.0%}]"
        for who in ("starlette", "datasette")
        if (other := speeds.get(who))
    ]
    return f"{case.name:18} {' '.join(told)}  {'  '.join(shares)}"


class Server(NamedTuple):
    """A contender."""

    port: int
    process: int


class Speed(NamedTuple):
    """Requests per second.

    Attributes:
        clock: of time.
        processor: of the server's processor time.
    """

    clock: float
    processor: float


def warm(server: Server, paths: Sequence[str]) -> None:
    """Asks for each address once, unless that takes too long."""
    until = time.monotonic() + _WARMING
    for path in paths:
        if time.monotonic() < until:
            with urlopen(f"http://127.0.0.1:{server.port}{path}") as answer:
                answer.read()


def press(
    server: Server, paths: Sequence[str], held: bool, wanted: argparse.Namespace, folder: Path
) -> Speed:
    """How fast wrk gets requests answered; a wrong answer ends the benchmark."""
    tags = [tag_of(server.port, path) for path in paths] if held else []
    (folder / "paths").write_text("\n".join(paths) + "\n", "utf-8")
    (folder / "headers").write_text("\n".join(tags) + "\n", "utf-8")
    script = folder / "script.lua"
    filled = SCRIPT.replace("{paths}", str(folder / "paths"))
    script.write_text(filled.replace("{headers}", str(folder / "headers")), "utf-8")
    command = ["wrk", "-t1", f"-c{wanted.connections}", f"-d{wanted.seconds}s"]
    before = processor_seconds(server.process)
    told = subprocess.run(
        [*command, "--timeout=60s", "-s", str(script), f"http://127.0.0.1:{server.port}"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    took = processor_seconds(server.process) - before
    found, answered = SPEED.search(told), ANSWERED.search(told)
    if FAILED.search(told) or not found or not answered:
        raise SystemExit(f"{paths[0]}: {told}")
    return Speed(max(float(found.group(1)), 0.01), max(int(answered.group(1)), 1) / max(took, 0.01))


def processor_seconds(process: int) -> float:
    """The processor time that a process took so far."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tag_of(port: int, path: str) -> str:
    """The entity tag of an answer."""
    with urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        tag: str = answer.headers["etag"]
        return tag


def read_cases(release: Path) -> list[Case]:
    """The cases, over records, departments and words that the release has."""
    db = sqlite3.connect(f"file:{release}/credit.db?immutable=1", uri=True)
    count = db.execute("SELECT count(*) FROM record").fetchone()[0]
    step = max(1, count // ADDRESSES)
    rows = db.execute(
        "SELECT record_id, type, department, headline, party_name FROM record "
        "WHERE rowid % ? = 0 LIMIT ?",
        (step, ADDRESSES),
    ).fetchall()
    pairs = list(dict.fromkeys((kind, where) for _, kind, where, *_ in rows))
    words = [[name[at : at + n] for *_, name in rows if len(name) > n + 4] for at, n in _WORDS]
    root, table = "/api/v1/records", "/credit/record.json"
    newest = f"{table}?_shape=objects&_nofacet=1&_size=50&_sort_desc=decided"
    filtered = [{"type": kind, "department": where} for kind, where in pairs]
    counted = "_size=0&_facet=type&_facet=department&_facet=status"
    ids = [one for one, *_ in rows]
    return [
        Case(
            "record by id",
            [f"{root}/{i}" for i in ids],
            [f"/credit/{k}/{i}.json?_shape=objects" for i, k, *_ in rows],
        ),
        Case("list page", [root], [newest]),
        Case(
            "filtered list",
            [f"{root}?{urlencode(one)}" for one in filtered],
            [f"{newest}&{urlencode(one)}" for one in filtered],
        ),
        Case(
            "facet counts",
            [f"{root}?limit=1&facets=type,department,status"],
            [f"{table}?{counted}"],
        ),
        *(
            Case(
                f"search, {n} signs",
                [f"{root}?q={quote(word)}&limit=10" for word in found],
                [f"{table}?_search={quote(word)}&_size=10&_nofacet=1" for word in found],
            )
            for (_, n), found in zip(_WORDS, words, strict=True)
        ),
        Case("304", [f"{root}/{i}" for i in ids], [], held=True),
    ]


_WORDS = ((3, 2), (3, 4), (3, 8))
"""Where in a party's name a word begins, and how long it is."""


class Noting:
    """A connection that notes every statement and how many of its rows are taken."""

    def __init__(self, name: str, db: sqlite3.Connection, notes: list[Note]) -> None:
        self._name, self._db, self._notes = name, db, notes
        db.set_progress_handler(None, 0)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a connection has
        return getattr(self._db, name)

    def execute(self, sql: str, values: Any = ()) -> "NotedRows":  # noqa: ANN401 - as sqlite3
        """Asks."""
        kept = dict(values) if isinstance(values, Mapping) else list(values)
        note: Note = [self._name, sql, kept, 0]
        self._notes.append(note)
        return NotedRows(self._db.execute(sql, values), note)


class NotedRows:
    """A cursor that counts the rows taken."""

    def __init__(self, cursor: sqlite3.Cursor, note: Note) -> None:
        self._cursor, self._note = cursor, note

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a cursor has
        return getattr(self._cursor, name)

    def __iter__(self) -> Iterator[Any]:
        for row in self._cursor:
            self._note[3] += 1
            yield row

    def fetchone(self) -> Any:  # noqa: ANN401 - a row
        """One row."""
        self._note[3] += 1
        return self._cursor.fetchone()

    def fetchall(self) -> list[Any]:
        """All rows."""
        return list(self)


async def take_down(root: Path, cases: Sequence[Case]) -> dict[str, list[Note]]:
    """The statements of every request as the API made them."""
    project = open_project(root)
    folder = project.current.resolve()
    api = Api(folder, release_calendar(project, read_manifest(folder)["calendar"]["version"]))
    await api.start(list(read_releases(folder)))
    noted: dict[str, list[Note]] = {}
    said: list[Note] = []
    pairs = api.connections._asdict().items()
    noting = cast("Databases", SimpleNamespace(**{n: Noting(n, db, said) for n, db in pairs}))
    for path in dict.fromkeys(path for case in cases for path in case.ours):
        await _answer(api, noting, path)  # it keeps totals: nobody else need count them, either
        said.clear()
        await _answer(api, noting, path)
        noted[path] = list(said)
    await api.close()
    return noted


async def _answer(api: Api, databases: Databases, path: str) -> None:
    """Answers a request with connections of one's own."""
    address, _, query = path.partition("?")
    scope = {"path": address, "query_string": query.encode(), "headers": [], "method": "GET"}
    with patch.object(api, "_asker", SimpleNamespace(ask=partial(_at_once, databases))):
        answer = await api.answer(scope)
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.body.decode()}")


async def _at_once(
    databases: Databases, question: Callable[[Databases], object], _shape: object
) -> object:
    """Asks however long it takes."""
    return question(databases)


@contextmanager
def serving(who: str, root: Path, notes: Path) -> Iterator[Server]:
    """A contender in a process of its own, on a free port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    port: int = listener.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.api_server", who, str(root), str(notes)]
    with listener:
        process = subprocess.Popen(
            [*command, str(listener.fileno())], pass_fds=[listener.fileno()], env=os.environ
        )
    try:
        _wait(port, process)
        yield Server(port, process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    """Waits until a contender answers."""
    for _ in range(600):
        if process.poll() is not None:
            raise SystemExit("a server ended before it began")
        try:
            with urlopen(f"http://127.0.0.1:{port}/-/versions.json", timeout=30):
                return
        except OSError as error:
            if getattr(error, "code", None):
                return
            time.sleep(0.1)


if __name__ == "__main__":
    main()
