"""Datasette plugin: `_search` finds Chinese, SQL gets less room, pages get the portal's frame.

Datasette loads it from the entry point ``gongshi`` wherever this package is installed. It acts
only where the metadata names it, as `publish.release.metadata` does, and changes nothing elsewhere.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from datasette import Forbidden, Request, hookimpl

from publish.release.metadata import PLUGIN
from publish.release.public import BATCH, parent_column
from publish.schema import RecordType, public_types, types_of
from publish.search.express import anywhere

if TYPE_CHECKING:
    from datasette.app import Datasette

_KEYS = {BATCH.name: BATCH.key[0]}

LIMITS: Mapping[int, int] = {
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LENGTH: 10_000_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
}
"""What the time limit cannot stop: it is only looked at between steps of a query."""


@hookimpl(trylast=True)  # type: ignore[untyped-decorator]
def prepare_connection(conn: sqlite3.Connection, datasette: "Datasette") -> None:
    """Replaces ``escape_fts``, which Datasette's own plugin has just registered, and sets limits.

    Without ``trylast`` Datasette's function would be registered later and win.
    """
    if not _acts_in(datasette):
        return
    conn.create_function("escape_fts", 1, escape_fts, deterministic=True)
    conn.set_authorizer(_authorize)
    for limit, value in LIMITS.items():
        conn.setlimit(limit, value)


def _authorize(action: int, name: str | None, *_rest: str | None) -> int:
    """Leaves the list of databases empty: it names the server's folders."""
    hidden = action == sqlite3.SQLITE_PRAGMA and name == "database_list"
    return sqlite3.SQLITE_IGNORE if hidden else sqlite3.SQLITE_OK


@hookimpl  # type: ignore[untyped-decorator]
def extra_template_vars(datasette: "Datasette", request: Request | None) -> dict[str, Any]:
    """Gives templates the portal's page (`publish.pages.render.Page`) for this request.

    Datasette renders errors without asking plugins; they get the page without an address, which
    the server has put among the environment's globals.
    """
    page = datasette.jinja_env.globals.get(PLUGIN)
    if not (page and request):
        return {}

    async def attached(table: str, record_id: str) -> list[tuple[RecordType, list[sqlite3.Row]]]:
        """The public records that belong to one, by type, newest first."""
        database = datasette.get_database("credit")
        return [
            (one, (await database.execute(_attached(one), [record_id])).rows)
            for one in types_of("attached").values()
            if one.parent == table
        ]

    async def behind(duty: Mapping[str, Any]) -> dict[str, str]:
        """What of a duty's evidence is public: its record and the hand-in that it came in."""
        database = datasette.get_database("credit")
        found = {}
        for key, table, value in _evidence(duty):
            column = _KEYS.get(table, "record_id")
            sql = f'SELECT 1 FROM "{table}" WHERE "{column}" = ?'
            if (await database.execute(sql, [value])).rows:
                found[key] = f"/credit/{table}/{value}"
        return found

    shown = {PLUGIN: replace(page, path=request.full_path)}
    return {**shown, "attached": attached, "behind": behind}


def _evidence(duty: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """What a duty rests on: what it is called on the page, the table and the key."""
    if duty["record_id"] and duty["record_type"] in public_types():
        yield "see_record", duty["record_type"], duty["record_id"]
    if duty["batch"]:
        yield "see_batch", BATCH.name, duty["batch"]


def _attached(one: RecordType) -> str:
    """The question for the records of a type that belong to another."""
    column, order = parent_column(one), one.roles["decided"]
    return f'SELECT * FROM "{one.name}" WHERE "{column}" = ? ORDER BY "{order}" DESC'


@hookimpl  # type: ignore[untyped-decorator]
def handle_exception(datasette: "Datasette", exception: Exception) -> None:
    """Leaves every error to the server.

    Datasette would show the public what a failure says, and, where ``rich`` is installed, print
    all variables for each mistyped address, which takes a third of a second.
    """
    if _acts_in(datasette):
        raise exception


@hookimpl  # type: ignore[untyped-decorator]
def forbidden(datasette: "Datasette", message: str) -> None:
    """Leaves what is not allowed to the server likewise."""
    if _acts_in(datasette):
        raise Forbidden(message)


def escape_fts(query: str) -> str:
    """The full-text expression for what a reader typed; one that finds nothing for nothing."""
    return anywhere(query)


def _acts_in(datasette: "Datasette") -> bool:
    """Whether a Datasette's metadata names this plugin."""
    return datasette.plugin_config(PLUGIN) is not None
