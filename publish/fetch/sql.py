"""Rows of a query: streamed, read only, cut off when they take too long."""

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from decimal import Decimal
from os import dup
from threading import Timer
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import URL, Connection, NullPool, create_engine, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)

from publish.errors import UsageError
from publish.fetch.asked import Asked, FetchError, scrub
from publish.fetch.declare import Sql

CHUNK = 2_000

_Limits = Mapping[str, Callable[[int], object]]
_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
_POSTGRESQL: _Limits = {"connect_timeout": int, "application_name": lambda _: "gongshi"}
_MYSQL: _Limits = {"connect_timeout": int, "read_timeout": int, "charset": lambda _: "utf8mb4"}
_LIMITS = {"postgresql": _POSTGRESQL, "mysql": _MYSQL, "mariadb": _MYSQL}
"""What a driver is told when it connects, given the timeout in seconds."""
_READ_ONLY = {
    "postgresql": ("SET TRANSACTION READ ONLY", "SET LOCAL statement_timeout = {milliseconds}"),
    "mysql": ("SET SESSION TRANSACTION READ ONLY",),
    "mariadb": ("SET SESSION TRANSACTION READ ONLY",),
}
_CANCELLED, _BROKEN = "57014", {"08", "28", "3D", "53", "57"}
"""SQLSTATE of a statement that was cut off, and classes of those about the connection."""


def fetch_sql(how: Sql, asked: Asked, out: BinaryIO) -> int:
    """Writes the rows of a query as JSON Lines, each value as text.

    Returns:
        How many rows.

    Raises:
        UsageError: if the address is missing or its driver is not installed.
        FetchError: if the database cannot be reached, refuses, or breaks off.
    """
    url = _url(how, asked)
    secrets = (url.render_as_string(hide_password=False), str(url.password or ""))
    try:
        with _connected(url, how, asked) as connection:
            return _write(how, asked, connection, out)
    except SQLAlchemyError as error:
        if asked.spent >= how.deadline.total_seconds():
            raise asked.cut_off() from None
        raise _broken(asked, error, secrets) from None


def _write(how: Sql, asked: Asked, connection: Connection, out: BinaryIO) -> int:
    """Writes the rows as they come; no more of them are in memory than a chunk."""
    parameters = {name: asked.since_text(how.since_format) for name in how.parameters}
    chunk, rows = min(CHUNK, asked.limit or CHUNK), 0
    options = {"yield_per": chunk}
    with connection.execute(text(how.query), parameters, execution_options=options) as result:
        keys = _keys(asked, result.keys())
        for part in result.partitions(chunk):
            out.writelines(_line(asked, keys, row) for row in part)
            rows += len(part)
            asked.progress("fetch", rows)
            if asked.spent > how.deadline.total_seconds():
                raise asked.cut_off()
            if asked.limit and rows >= asked.limit:
                break
    return rows


def _keys(asked: Asked, keys: Any) -> tuple[str, ...]:  # noqa: ANN401 - a private type of theirs
    """The names of the columns; two of one name would hide each other."""
    names = tuple(map(str, keys))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise asked.failed(
            f"查询结果中有同名的列：{'、'.join(twice)}。请用 AS 改名。",
            f"columns of the result have the same name: {', '.join(twice)}. Rename them with AS.",
        )
    return names


def _line(asked: Asked, keys: Sequence[str], row: Sequence[Any]) -> bytes:
    """A row as a line of JSON."""
    values = {key: _text(asked, key, value) for key, value in zip(keys, row, strict=True)}
    return orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE)


def _text(asked: Asked, key: str, value: object) -> str | None:
    """A value as a department would have typed it: all digits, days and times as they were there.

    A moment with a zone is told in the profile's, without the zone, as a date is read from it.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return _moment(value, asked.zone)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bytes | bytearray | memoryview):
        raise asked.failed(
            f"列 {key} 是二进制数据，不是文字。请从查询中去掉。",
            f"the column {key} holds bytes, not text. Leave it out of the query.",
        )
    if isinstance(value, dict | list):
        return orjson.dumps(value, default=str).decode()
    return str(value)


def _moment(value: datetime, zone: ZoneInfo) -> str:
    """A moment on the wall clock."""
    local = value.astimezone(zone) if value.tzinfo else value
    return local.replace(tzinfo=None).isoformat(sep=" ")


def _url(how: Sql, asked: Asked) -> URL:
    """The database's address, with the driver that we test."""
    given = asked.secret(how.url_env) if how.url_env else _from_file(how, asked)
    try:
        url = make_url(given)
        return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    except ArgumentError:
        raise UsageError(
            f"来源 {asked.source} 的数据库地址写法不对。应为 postgresql://用户:密码@主机/库。",
            f"The database address of source {asked.source} is not one. "
            "Write postgresql://user:password@host/database.",
        ) from None


def _from_file(how: Sql, asked: Asked) -> str:
    """The address from the file that holds it."""
    path = asked.root / str(how.url_file)
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise UsageError(
            f"来源 {asked.source}：读不到 url_file {how.url_file}。",
            f"Source {asked.source}: url_file {how.url_file} cannot be read.",
        ) from None


@contextmanager
def _connected(url: URL, how: Sql, asked: Asked) -> Iterator[Connection]:
    """A connection in a transaction that can only read; broken at the deadline."""
    dialect, timeout = url.get_backend_name(), max(1, round(how.timeout))
    try:
        engine = create_engine(
            url,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={k: v(timeout) for k, v in _LIMITS.get(dialect, {}).items()},
        )
    except (ImportError, NoSuchModuleError):
        raise _no_driver(asked, url) from None
    with _watched(engine.connect(), how, asked) as connection, connection:
        for statement in _READ_ONLY.get(dialect, ()):
            connection.exec_driver_sql(statement.format(milliseconds=round(how.timeout * 1000)))
        yield connection


def _no_driver(asked: Asked, url: URL) -> UsageError:
    """The error for a driver that is not installed."""
    extra = "mysql" if "pymysql" in url.drivername else "postgresql"
    return UsageError(
        f"来源 {asked.source}：没有安装 {url.drivername} 的驱动。"
        f"请运行 pip install 'gongshi[{extra}]'。",
        f"Source {asked.source}: the driver of {url.drivername} is not installed. "
        f"Run pip install 'gongshi[{extra}]'.",
    )


@contextmanager
def _watched(connection: Connection, how: Sql, asked: Asked) -> Iterator[Connection]:
    """Breaks the line at the deadline, even while we wait for a server that says nothing."""
    fileno = getattr(connection.connection.driver_connection, "fileno", None)
    if fileno is None:
        yield connection
        return
    with socket.socket(fileno=dup(fileno())) as line:
        watch = Timer(max(0.0, how.deadline.total_seconds() - asked.spent), _break, [line])
        watch.daemon = True
        watch.start()
        try:
            yield connection
        finally:
            watch.cancel()


def _break(line: socket.socket) -> None:
    """Ends a connection, so that whoever waits for it wakes up."""
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def _broken(asked: Asked, error: SQLAlchemyError, secrets: tuple[str, ...]) -> FetchError:
    """The error for a database that did not give all rows."""
    cause = getattr(error, "orig", None) or error
    state, detail = getattr(cause, "sqlstate", None), scrub(cause, secrets)
    if state == _CANCELLED:
        return asked.failed(
            "数据库查询超时。请优化查询，或者调大 timeout。",
            "the query took too long. Make it quicker, or raise the timeout.",
            detail,
        )
    if isinstance(error, OperationalError | InterfaceError) and (state or "08")[:2] in _BROKEN:
        return asked.failed(
            "数据库连不上，或者中途断开。请运行 gongshi source check 查看原因。",
            "the database cannot be reached or broke off. 'gongshi source check' tells why.",
            detail,
        )
    reason = state or type(cause).__name__
    return asked.failed(
        f"数据库拒绝了查询（{reason}）。请运行 gongshi source check 查看原因。",
        f"the database refused the query ({reason}). 'gongshi source check' tells why.",
        detail,
    )
