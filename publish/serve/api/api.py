"""The API of one release as part of the portal: routes, entity tags, forms of the answer."""

import csv
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from io import StringIO
from pathlib import Path
from sqlite3 import OperationalError
from typing import Any, NamedTuple

import orjson

from monitor.calendar import Calendar
from publish import __version__
from publish.release.metadata import LICENCE
from publish.release.snapshot import safe_cells
from publish.serve.answer import SHORT, Answer, Scope, entity_tag, header
from publish.serve.api.databases import Asker, TooSlowError
from publish.serve.api.declare import Databases, Endpoint, Listed, Release, Row, Single
from publish.serve.api.endpoints import ENDPOINTS
from publish.serve.api.openapi import DESCRIPTION, describe, read_examples
from publish.serve.api.parse import next_query, parse
from publish.serve.api.problem import ROOT, RequestError

JSON = "application/json"
CSV = "text/csv; charset=utf-8"
_SUFFIX = ".csv"
_HEADERS = {"cache-control": SHORT, "vary": "Accept, Accept-Encoding"}
_ROUTES = {e.path.partition("{")[0]: e for e in ENDPOINTS}
_QUARTER = (
    "SELECT period FROM period WHERE kind = 'quarter' ORDER BY complete DESC, period DESC LIMIT 1"
)
_OLDER = RequestError(
    "older_release",
    "当前版本由旧软件生成，没有本接口所需的表。运行 gongshi release 后即可使用。",
    "The release being served was made by an older program and lacks what the API reads. It will "
    "answer after 'gongshi release'.",
)
_TOO_SLOW = RequestError(
    "too_slow",
    "查询用时超过一秒，已停止。请多写几个字，或用参数缩小范围。",
    "The query took more than a second and was stopped. Give more of the text, or narrow it down "
    "with parameters.",
)


class _Request(NamedTuple):
    """A request for an endpoint.

    Attributes:
        inner: the value of the parameter in the path.
        as_csv: whether the rows are wanted as CSV.
    """

    endpoint: Endpoint
    inner: str
    as_csv: bool
    path: str
    query: bytes

    @property
    def address(self) -> str:
        """The address that was asked."""
        return f"{self.path}?{self.query.decode('latin-1')}" if self.query else self.path

    @property
    def shape(self) -> tuple[str, frozenset[bytes]]:
        """What requests have in common that take equally long: which parameters they have."""
        return self.endpoint.name, frozenset(p.partition(b"=")[0] for p in self.query.split(b"&"))


class Api:
    """Answers everything below `ROOT` from one release.

    Args:
        folder: the release.
        calendar: the working days that it was judged on, if they are at hand.
    """

    def __init__(self, folder: Path, calendar: Calendar | None) -> None:
        self._asker = Asker(folder)
        self._release = Release({}, calendar, (), {})
        self._description = b""
        self._meta: dict[str, Any] = {}
        self._seed = ""

    async def start(self, kept: Sequence[Row]) -> None:
        """Makes it ready to answer.

        Args:
            kept: the rows of all releases that are still there, newest first.
        """
        rows = tuple({**row, "current": int(row["current"])} for row in kept)
        own = next(row for row in rows if row["current"])
        self._release = self._release._replace(row=own, kept=rows)
        licence = dict(zip(("name", "url"), LICENCE, strict=True))
        self._meta = {"release": own["release"], "as_of": own["as_of"], "licence": licence}
        self._seed = f"{own['release']} {__version__}"
        with suppress(OperationalError):
            self._description = await self._asker.ask(self._describe, None)

    @property
    def connections(self) -> Databases:
        """The connections with which quick questions are asked."""
        return self._asker.own

    async def close(self) -> None:
        """Lets go of connections and threads."""
        await self._asker.close()

    async def answer(self, scope: Scope) -> Answer:
        """The answer to a request; a copy that the client holds is good without a look."""
        try:
            request = None if scope["path"] == DESCRIPTION else _request(scope)
            mark = self._mark(scope, as_csv=request is not None and request.as_csv)
            if held := _held(scope, mark):
                return Answer(304, headers={**_HEADERS, "etag": held})
            if not self._description:
                return _OLDER.answer()
            if request is None:
                return Answer(200, self._description, JSON, _HEADERS, mark)
            return await self._found(request, mark)
        except RequestError as problem:
            return problem.answer()
        except TooSlowError:
            return _TOO_SLOW.answer()

    def _describe(self, databases: Databases) -> bytes:
        """The description, with examples that lead to something in this release."""
        found = databases.monitor.execute(_QUARTER).fetchone()
        examples = read_examples(databases.credit, self._release.row, found and found[0])
        return orjson.dumps(describe(ENDPOINTS, examples))

    async def _found(self, request: _Request, mark: str) -> Answer:
        """What the databases answer."""
        endpoint = request.endpoint
        asked = parse(endpoint, request.query, request.inner)
        found = await self._asker.ask(
            lambda db: endpoint.ask(db, self._release, asked), request.shape
        )
        if isinstance(found, Single):
            return Answer(200, self._single(request, found), JSON, _HEADERS, mark)
        following = _next(request, found)
        if request.as_csv:
            headers = {**_HEADERS, "link": f'<{following}>; rel="next"'} if following else _HEADERS
            return Answer(200, _csv(endpoint, found.rows), CSV, headers, mark)
        return Answer(200, self._listed(request, found, following), JSON, _HEADERS, mark)

    def _single(self, request: _Request, found: Single) -> bytes:
        """One thing as JSON."""
        links = {"self": request.address, **found.links}
        return orjson.dumps({"data": found.row, "meta": self._meta, "links": links})

    def _listed(self, request: _Request, found: Listed, following: str | None) -> bytes:
        """Rows as JSON."""
        counts = {"count": len(found.rows), "total": found.total}
        meta = {**self._meta, **counts, **found.meta}
        links = {"self": request.address, "next": following}
        return orjson.dumps({"data": found.rows, "meta": meta, "links": links})

    def _mark(self, scope: Scope, *, as_csv: bool) -> str:
        """What stands in the entity tag: release, program and request make the content."""
        digest = blake2b(f"{self._seed} {as_csv} {scope['path']}?".encode(), digest_size=16)
        digest.update(scope["query_string"])
        return digest.hexdigest()


def _request(scope: Scope) -> _Request:
    """The endpoint that a request means, and in which form.

    Raises:
        RequestError: if there is no such address.
    """
    path, query = scope["path"], scope["query_string"]
    table = path.removesuffix(_SUFFIX)
    if table != path and (found := _route(table)) and found[0].listed:
        return _Request(*found, True, path, query)
    found = _route(path)
    if not found:
        raise _no_such_address(path)
    as_csv = found[0].listed and _wants_csv(header(scope, b"accept"))
    return _Request(*found, as_csv, path, query)


def _route(path: str) -> tuple[Endpoint, str] | None:
    """The endpoint at an address, with the value of the parameter in its path."""
    head, slash, inner = path.removeprefix(f"{ROOT}/").partition("/")
    endpoint = _ROUTES.get(f"/{head}{slash}")
    if not endpoint or bool(endpoint.inner) != bool(inner) or "/" in inner:
        return None
    return endpoint, inner


def _no_such_address(path: str) -> RequestError:
    """The problem that the API has no such address."""
    known = [ROOT + e.path for e in ENDPOINTS]
    return RequestError(
        "no_such_address",
        f"没有地址 {path}。全部地址见 {DESCRIPTION}。",
        f"There is no address {path}. All of them are described at {DESCRIPTION}.",
        {"known": known},
    )


def _wants_csv(accept: str) -> bool:
    """Whether a client that accepts these types would rather have CSV than JSON."""
    return "text/csv" in accept and _quality(accept, "text/csv") > _quality(accept, JSON)


def _quality(accept: str, kind: str) -> float:
    """How much a client wants a media type that it names; nothing if it does not."""
    for part in accept.split(","):
        name, *details = (piece.strip() for piece in part.split(";"))
        if name == kind:
            told = next((d[2:] for d in details if d.startswith("q=")), "1")
            return float(told) if told.replace(".", "", 1).isdecimal() else 0.0
    return 0.0


def _held(scope: Scope, mark: str) -> str | None:
    """The entity tag under which the client holds this very answer."""
    known = header(scope, b"if-none-match")
    tags = (entity_tag(mark, packed=packed) for packed in (False, True))
    return next((tag for tag in tags if tag in known), None) if known else None


def _next(request: _Request, found: Listed) -> str | None:
    """The address of the next page."""
    if found.next is None:
        return None
    query = next_query(request.endpoint, request.query, request.inner, found.next)
    return f"{request.path}?{query}"


def _csv(endpoint: Endpoint, rows: Sequence[Row]) -> bytes:
    """Rows as CSV that spreadsheets open safely, as the downloads are."""
    names = [column.name for column in endpoint.columns if column.flat]
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows(safe_cells(row[name] for name in names) for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()
