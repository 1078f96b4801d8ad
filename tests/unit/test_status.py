"""What the portal tells of releases, also while one is being removed."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from publish.serve.status import read_releases


def laid(folder: Path) -> Path:
    """A release that says its name."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / "monitor.db")) as db, db:
        db.execute("CREATE TABLE release (release TEXT)")
        db.execute("INSERT INTO release VALUES (?)", (folder.name,))
    return folder


def test_a_release_that_is_being_removed_is_not_told_of(tmp_path: Path) -> None:
    """And no file is laid into its folder, which would keep it from being removed."""
    first, second, third = (laid(tmp_path / f"2026030{n}T000000Z") for n in (1, 2, 3))
    (second / "monitor.db").unlink()
    (second / "credit.db").touch()
    found = [(one["release"], one["current"]) for one in read_releases(third)]
    assert found == [(third.name, True), (first.name, False)]
    assert [path.name for path in second.iterdir()] == ["credit.db"]
    with pytest.raises(sqlite3.OperationalError):
        list(read_releases(second))
