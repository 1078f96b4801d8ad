"""A Datasette over the two databases of one release."""

import asyncio
import logging
import re
import sqlite3
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar
from zlib import compressobj

import orjson
from datasette.app import Datasette
from datasette.database import QueryInterrupted
from datasette.plugins import pm
from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import BadRequest, Base400
from datasette.views.base import DatasetteError

from publish.pages.render import Language, Renderer
from publish.release.metadata import PAGE_SIZE, PLUGIN
from publish.search.fold import match_query
from publish.serve import plugin
from publish.serve.answer import SHORT, Answer, App, Message, Receive, Scope, Send, header
from publish.serve.headers import COMMON, POLICY

_logger = logging.getLogger(__name__)

T = TypeVar("T")
DATABASES = ("credit", "monitor")
SETTINGS: Mapping[str, int] = {
    "allow_download": False,
    "cache_size_kb": 16384,
    "default_cache_ttl": 60,
    "default_page_size": PAGE_SIZE,
    "facet_time_limit_ms": 200,
    "max_csv_mb": 50,
    "max_returned_rows": 1000,
    "num_sql_threads": 3,
    "sql_time_limit_ms": 1000,
    "suggest_facets": False,
}
OWN_PAGES = ("versions", "metadata", "plugins", "settings", "static", "static-plugins")
"""What of ``/-/`` is served: the others name paths and tasks of this machine, or ask to log in."""

_LONGEST = 30
_OK = 200
_GZIP = 31
"""What tells zlib to write the gzip format."""
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_UNREADABLE = "This question cannot be read."
_TOO_SLOW = ("查询用时超过一秒，已停止。", "The query took more than a second and was stopped.")
_PAGING = (b"_size", b"_sort", b"_sort_desc")
_PRIVATE = (b"cookie", b"authorization")


class Tables:
    """The pages about records in one language: Datasette over a release, read-only."""

    def __init__(
        self, folder: Path, metadata: Mapping[str, Any], renderer: Renderer, lang: Language
    ) -> None:
        _register()
        templates = renderer.site / "templates" / "datasette"
        self._prefix, self._renderer, self._lang = renderer.prefix(lang), renderer, lang
        self._described = metadata["databases"]
        self.datasette = Datasette(
            immutables=[str(folder / f"{name}.db") for name in DATABASES],
            metadata=metadata,
            template_dir=str(templates) if templates.is_dir() else None,
            settings={**SETTINGS, "base_url": f"{self._prefix}/"},
        )
        self.datasette.jinja_env.globals[PLUGIN] = renderer.page(lang, "/")
        self._app: App = self.datasette.app()

    async def start(self) -> None:
        """Does what Datasette leaves to its first request, so that none has to wait for it.

        Datasette takes a second request as started while the first still starts it. It notes the
        schemas in memory; without its threads it does so without one that then waits forever.
        """
        datasette = self.datasette
        await datasette.invoke_startup()
        executor, datasette.executor = datasette.executor, None
        await datasette.refresh_schemas()
        datasette.executor = executor
        for name in DATABASES:
            await datasette.get_database(name).table_counts(limit=3_600_000)
            await self._connect(name)
        match_query("预热")

    async def _connect(self, name: str) -> None:
        """Opens a database in every thread: its file may be removed while an answer is given."""
        threads = SETTINGS["num_sql_threads"]
        together = Barrier(threads, timeout=_LONGEST)
        database = self.datasette.get_database(name)
        await asyncio.gather(
            *(database.execute_fn(lambda _: together.wait()) for _ in range(threads))
        )

    async def close(self) -> None:
        """Lets go of connections and threads."""
        await asyncio.to_thread(self.datasette.executor.shutdown)
        for database in self.datasette.databases.values():
            database.close()

    async def ask(self, database: str, question: Callable[[sqlite3.Connection], T]) -> T:
        """Asks one of the databases beside Datasette, within the same time.

        Raises:
            QueryInterrupted: if the time is over.
        """

        def ask_in_time(db: sqlite3.Connection) -> T:
            with sqlite_timelimit(db, SETTINGS["sql_time_limit_ms"]):
                try:
                    return question(db)
                except sqlite3.OperationalError as error:
                    if error.args == ("interrupted",):
                        raise QueryInterrupted(error, database, None) from error
                    raise

        answer: T = await self.datasette.get_database(database).execute_fn(ask_in_time)
        return answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a stranger's question to an address with or without the language's prefix.

        Datasette puts the prefix (its ``base_url``) before what it links to, so that it must not
        see it in what it is asked.
        """
        path = scope["path"].removeprefix(self._prefix)
        asked = {
            "method": "GET",
            "path": path,
            "raw_path": scope.get("raw_path", path.encode()).removeprefix(self._prefix.encode()),
            "headers": [(k, v) for k, v in scope["headers"] if k.lower() not in _PRIVATE],
            "query_string": self._question(path, scope["query_string"]),
        }
        head = scope["method"] == "HEAD"
        packs = "gzip" in header(scope, b"accept-encoding") and not head
        sending = _sending(_packing(send) if packs else send, head=head)
        try:
            await self._app({**scope, **asked}, receive, sending)
        except (Base400, DatasetteError) as error:
            await self._mistake(path, error)(scope, receive, send)
        except (ValueError, KeyError, TypeError):
            if not asked["query_string"]:
                raise
            _logger.warning("a question that Datasette fails at", exc_info=True)
            await self._mistake(path, BadRequest(_UNREADABLE))(scope, receive, send)

    def _question(self, path: str, query: bytes) -> bytes:
        """The query as Datasette should have it.

        A blank search is no search. All rows as CSV come by the table's key, a thousand at a
        time: by the newest first, each page of fifty would begin to count from the first row.
        """
        parts = [part for part in query.split(b"&") if part not in {b"", b"_search="}]
        if not any(part.startswith(b"_stream=") for part in parts):
            return b"&".join(parts)
        database, _, table = path.strip("/").removesuffix(".csv").partition("/")
        described = self._described[database]["tables"].get(table, {})
        key = [f"_sort={next(iter(described['columns']))}"] if "sort_desc" in described else []
        kept = [part for part in parts if part.partition(b"=")[0] not in _PAGING]
        return b"&".join([*kept, b"_size=max", *(k.encode() for k in key)])

    def _mistake(self, path: str, error: Base400 | DatasetteError) -> Answer:
        """The answer to a question that was not right; some of these Datasette calls failures."""
        status: int = error.status if error.status < 500 else 400
        text = _TOO_SLOW if getattr(error, "message_is_html", False) else (str(error.args[0]),) * 2
        if path.endswith(".json"):
            said = {"ok": False, "error": text[1], "status": status}
            return Answer(status, orjson.dumps(said), "application/json; charset=utf-8")
        detail = None if status == 404 else text
        html = self._renderer.render("error.html", self._lang, path, code=status, detail=detail)
        return Answer(status, html.encode(), headers={"cache-control": SHORT})


def covers(path: str) -> bool:
    """Whether an address, without the language's prefix, is Datasette's."""
    first, _, rest = path[1:].partition("/")
    if first == "-":
        return rest.partition("/")[0].partition(".")[0] in OWN_PAGES
    return first.partition(".")[0] in DATABASES


def _register() -> None:
    """Registers the plugin unless Datasette has found it by its entry point."""
    if not pm.is_registered(plugin):
        pm.register(plugin, PLUGIN)


def _sending(send: Send, *, head: bool) -> Send:
    """A ``send`` for Datasette's answers.

    Pages get the policy that they need. None varies by who asks, whatever Datasette says, since
    it is not told; only by whether it may be packed. To HEAD no body is sent.
    """

    async def send_allowing(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [(k, v) for k, v in message["headers"] if k.lower() != b"vary"]
            if any(v.startswith(b"text/html") for _, v in headers):
                headers.append((POLICY.encode(), _policy().encode()))
            headers.append((b"vary", b"Accept-Encoding"))
            message = {**message, "headers": headers}
        elif head:
            message = {**message, "body": b""}
        await send(message)

    return send_allowing


def _packing(send: Send) -> Send:
    """A ``send`` that packs rows as they come, to a tenth where they hold long texts."""
    packer = compressobj(wbits=_GZIP)
    status = 0

    async def send_packed(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)
        if message["type"] == "http.response.start" and status == _OK:
            headers = [(k, v) for k, v in message["headers"] if k.lower() != b"content-length"]
            message = {**message, "headers": [*headers, (b"content-encoding", b"gzip")]}
        elif status == _OK:
            body = packer.compress(message.get("body", b""))
            ending = b"" if message.get("more_body") else packer.flush()
            message = {**message, "body": body + ending}
        await send(message)

    return send_packed


@cache
def _policy() -> str:
    """What Datasette's own pages may load: styles in line, and the scripts of its templates.

    A script is allowed by what it says, so that one slipped into a page does not run.
    """
    templates = files("datasette").joinpath("templates").iterdir()
    texts = [t.read_text("utf-8") for t in templates if t.name.endswith(".html")]
    scripts = sorted({s for text in texts for s in _SCRIPT.findall(text)})
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    lenient = (
        "default-src 'self'",
        f"script-src 'self' {hashes}",
        "style-src 'self' 'unsafe-inline'",
    )
    return "; ".join((*lenient, COMMON))


def _digest(script: str) -> str:
    """A script's hash as a policy writes it, after Datasette has filled it in."""
    text = script.replace("{{ datasette_allow_facet }}", "true")
    return b64encode(sha256(text.encode()).digest()).decode()
