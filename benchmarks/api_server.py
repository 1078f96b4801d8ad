"""One contender of `benchmarks.api` as a server, on a port that is open already.

python -m benchmarks.api_server WHO PROJECT STATEMENTS FILE-DESCRIPTOR
"""

import logging
import socket
import sqlite3
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import uvicorn

_MAPPED = 1 << 31
_UNHURRIED = {"sql_time_limit_ms": 60_000, "facet_time_limit_ms": 60_000}


def main(who: str, root: Path, notes: Path, descriptor: int) -> None:
    """Serves until a signal ends it."""
    app = {"api": _api, "starlette": _starlette, "datasette": _datasette}[who](root, notes)
    logging.disable(logging.WARNING)
    config = uvicorn.Config(app, access_log=False, log_level="error", lifespan="auto", ws="none")
    listener = socket.socket(fileno=descriptor)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run([listener])


def _api(root: Path, _notes: Path) -> Any:  # noqa: ANN401 - an ASGI application
    """The whole portal."""
    from publish.serve.app import create_app  # noqa: PLC0415 - the others must not load it
    from tests.server import unlimited  # noqa: PLC0415

    return create_app(unlimited(root))


def _starlette(root: Path, notes: Path) -> Any:  # noqa: ANN401
    """A handler that does the statements noted for an address, in the event loop."""
    from starlette.applications import Starlette  # noqa: PLC0415
    from starlette.requests import Request  # noqa: PLC0415
    from starlette.responses import Response  # noqa: PLC0415
    from starlette.routing import Route  # noqa: PLC0415

    noted: dict[str, list[tuple[str, str, Any, int]]] = orjson.loads(notes.read_bytes())
    folder = (root / "data/releases/current").resolve()
    databases = {name: _connect(folder / f"{name}.db") for name in ("credit", "monitor")}

    async def answer(request: Request) -> Response:
        url = request.url
        headers = {"etag": f'"{url.path}"'}
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        statements = noted.get(f"{url.path}?{url.query}" if url.query else url.path)
        if statements is None:
            return Response(status_code=404)
        found = [
            [dict(row) for row in databases[name].execute(sql, values).fetchmany(count)]
            for name, sql, values, count in statements
        ]
        return Response(orjson.dumps(found), media_type="application/json", headers=headers)

    return Starlette(routes=[Route("/{path:path}", answer)])


def _connect(path: Path) -> sqlite3.Connection:
    """A connection like the API's."""
    db = sqlite3.connect(
        f"{path.as_uri()}?immutable=1", uri=True, check_same_thread=False, cached_statements=4096
    )
    db.row_factory = sqlite3.Row
    db.execute(f"PRAGMA mmap_size = {_MAPPED}")
    return db


def _datasette(root: Path, _notes: Path) -> Any:  # noqa: ANN401
    """Datasette alone, with the settings that the portal gives it and all the time it needs."""
    from datasette.app import Datasette  # noqa: PLC0415

    from publish.project import open_project  # noqa: PLC0415
    from publish.release.metadata import metadata  # noqa: PLC0415
    from publish.serve.tables import DATABASES, SETTINGS  # noqa: PLC0415

    folder = (root / "data/releases/current").resolve()
    datasette = Datasette(
        immutables=[str(folder / f"{name}.db") for name in DATABASES],
        metadata=metadata(open_project(root).profile),
        settings={**SETTINGS, **_UNHURRIED, "num_sql_threads": 0, "cache_size_kb": 65536},
    )
    return datasette.app()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
