"""How the API asks: at once while that is quick, in threads otherwise, never longer than it may."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from threading import current_thread, main_thread
from typing import TypeVar

import pytest

from publish.serve.api import databases
from publish.serve.api.databases import Asker, TooSlowError
from publish.serve.api.declare import Databases

T = TypeVar("T")

FOR_EVER = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A release with two databases of one row each."""
    for name in Databases._fields:
        with closing(sqlite3.connect(tmp_path / f"{name}.db")) as db:
            db.execute("CREATE TABLE t (name)")
            db.execute("INSERT INTO t VALUES (?)", (name,))
            db.commit()
    return tmp_path


def tell(folder: Path, story: Callable[[Asker], Awaitable[T]]) -> T:
    """Runs a story with an asker and closes it."""

    async def main() -> T:
        asker = Asker(folder)
        try:
            return await story(asker)
        finally:
            await asker.close()

    return asyncio.run(main())


def at_once(_databases: Databases) -> bool:
    """Whether it is asked in the event loop."""
    return current_thread() is main_thread()


def for_ever(found: Databases) -> int:
    """A question without an end."""
    return int(found.credit.execute(FOR_EVER).fetchone()[0])


def test_both_databases_for_reading_only(folder: Path) -> None:
    """Both are at hand, and nothing can be written to either."""

    def names(found: Databases) -> list[str]:
        for db in found:
            with pytest.raises(sqlite3.OperationalError):
                db.execute("INSERT INTO t VALUES ('x')")
        return [db.execute("SELECT name FROM t").fetchone()["name"] for db in found]

    assert tell(folder, lambda asker: asker.ask(names, "names")) == ["credit", "monitor"]


def test_too_slow(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question without an end is ended, and others are answered after it."""
    monkeypatch.setattr(databases, "LIMIT", 0.05)

    async def story(asker: Asker) -> bool:
        with pytest.raises(TooSlowError):
            await asker.ask(for_ever, "ever")
        return await asker.ask(at_once, "other")

    assert tell(folder, story)


def test_slow_ones_go_to_threads_until_they_are_quick(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was slow is asked in a thread, and in the loop again once it has proved quick."""
    monkeypatch.setattr(databases, "LIMIT", 0.05)

    async def story(asker: Asker) -> list[bool]:
        with pytest.raises(TooSlowError):
            await asker.ask(for_ever, "shape")
        return [await asker.ask(at_once, "shape") for _ in range(2)]

    assert tell(folder, story) == [False, True]


def test_failures_are_told(folder: Path) -> None:
    """What is wrong with a question is not taken for slowness."""
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        tell(folder, lambda a: a.ask(lambda d: d.credit.execute("SELECT * FROM x"), "wrong"))
