"""A watched folder as a source: each file is taken once, when it is complete."""

import csv
import io
import os
from datetime import timedelta
from pathlib import Path

import pytest

from publish.fetch.asked import FetchError
from publish.fetch.folder import Memory
from tests.integration.fetched import AT, Place, penalty, place

FOLDER = """
[fetch]
kind = "folder"
path = "share"
pattern = "{pattern}"
move = {move}
"""


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """A folder of a department."""
    made = tmp_path / "project" / "share"
    made.mkdir(parents=True)
    return made


@pytest.fixture
def tax(share: Path) -> Place:
    """A project that watches it."""
    made = place(share.parent)
    ask(made)
    return made


def ask(made: Place, pattern: str = "*.csv", move: str = "false") -> None:
    """Writes the source file."""
    made.source(FOLDER.format(pattern=pattern, move=move))


def lay(share: Path, name: str, *numbers: int, minutes: float = 10) -> Path:
    """Lays a file of penalties into the folder, some minutes before the project's time."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(penalty(1)))
    writer.writeheader()
    writer.writerows(penalty(number) for number in numbers)
    path = share / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(out.getvalue(), "utf-8")
    touch(path, minutes)
    return path


def touch(path: Path, minutes: float) -> None:
    """Says that a file was written some minutes before nine o'clock."""
    seconds = (AT + timedelta(hours=1, minutes=-minutes)).timestamp()
    os.utime(path, (seconds, seconds))


def files(made: Place) -> list[str]:
    """The names of the files that were taken in, as they were called."""
    return [name.split("-", 1)[1] for (name,) in made.rows("SELECT file_name FROM batch")]


def test_each_file_is_taken_once(tax: Place, share: Path) -> None:
    """The oldest first, none twice, and nothing in the folder is touched."""
    lay(share, "二.csv", 2, 3, minutes=5)
    lay(share, "一.csv", 1, minutes=9)
    before = sorted((p.name, p.stat().st_mtime_ns) for p in share.iterdir())
    assert tax.fetch().rows == 3
    assert tax.fetch().batches == []
    assert files(tax) == ["一.csv", "二.csv"]
    assert sorted((p.name, p.stat().st_mtime_ns) for p in share.iterdir()) == before
    assert [path.name for path in tax.spools] == [
        "20261122T090000Z-一.csv",
        "20261122T090000Z-二.csv",
    ]


def test_a_file_that_is_still_being_written(tax: Place, share: Path) -> None:
    """A file must have lain still for two minutes."""
    path = lay(share, "一.csv", 1, minutes=1)
    assert tax.fetch().batches == []
    assert tax.spools == []
    touch(path, -1)
    assert tax.fetch().rows == 1


def test_a_file_that_changes_while_it_is_copied(
    tax: Place, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file whose size or time differs after the copy is left for the next look."""
    path = lay(share, "一.csv", 1)
    seen = iter([(1, 1), (2, 2)])
    monkeypatch.setattr("publish.fetch.folder._seen", lambda _: next(seen))
    assert tax.fetch().batches == []
    monkeypatch.undo()
    assert tax.spools == []
    assert path.exists()
    assert tax.fetch().rows == 1


@pytest.mark.parametrize("name", [".hidden.csv", "~$open.csv", "other.txt", "below/one.csv"])
def test_what_is_not_meant(tax: Place, share: Path, name: str) -> None:
    """Hidden files, those that an office program keeps open, and other names are passed over."""
    lay(share, name, 1)
    assert tax.fetch().batches == []


def test_folders_below(tax: Place, share: Path) -> None:
    """A pattern may reach into folders below; files of one name are different files."""
    ask(tax, pattern="**/*.csv")
    lay(share, "a/one.csv", 1)
    lay(share, "b/one.csv", 2)
    assert tax.fetch().rows == 2
    assert len({path.name for path in tax.spools}) == 2
    assert tax.fetch().batches == []


def test_a_file_written_anew(tax: Place, share: Path) -> None:
    """A file of the same name with other rows is another hand-in."""
    lay(share, "一.csv", 1)
    tax.fetch()
    lay(share, "一.csv", 1, 2, minutes=-30)
    (batch,) = tax.fetch().batches
    assert (batch.counts.new, batch.counts.duplicate) == (1, 1)


@pytest.mark.parametrize("name", ["一.csv", "明日.csv"])
def test_yesterdays_file_again(tax: Place, share: Path, name: str) -> None:
    """The same bytes, written anew under the old name or another, are marked."""
    lay(share, "一.csv", 1)
    tax.fetch()
    lay(share, name, 1, minutes=-30)
    (batch,) = tax.fetch().batches
    assert (batch.repeats, batch.counts.duplicate) == (1, 1)
    assert batch.findings == {"stale_file": 1}


@pytest.mark.parametrize("memory", [b"", b"[]", b'{"a": 1}', None])
def test_without_its_memory(tax: Place, share: Path, memory: bytes | None) -> None:
    """If what was taken is forgotten, the register still knows each file by its bytes and name."""
    lay(share, "一.csv", 1)
    tax.fetch()
    path = tax.project.data / "fetched/tax/taken.json"
    path.unlink() if memory is None else path.write_bytes(memory)
    assert tax.fetch().batches == []
    assert files(tax) == ["一.csv"]
    assert Memory(path).knows("一.csv")


def test_moved(tax: Place, share: Path) -> None:
    """Files that were taken in are moved where the source says so."""
    ask(tax, move="true")
    lay(share, "一.csv", 1)
    tax.fetch()
    lay(share, "一.csv", 2, minutes=-30)
    assert tax.fetch().rows == 1
    assert sorted(p.name for p in (share / "taken").iterdir()) == ["一-2.csv", "一.csv"]
    assert [p.name for p in share.iterdir()] == ["taken"]
    assert Memory(tax.project.data / "fetched/tax/taken.json").knows("一.csv") is True
    tax.fetch()
    assert Memory(tax.project.data / "fetched/tax/taken.json").knows("一.csv") is False


def test_one_bad_file(tax: Place, share: Path) -> None:
    """A file that is refused holds up no other, stays, is named, and is tried again."""
    bad = lay(share, "坏.csv", 1, minutes=9)
    bad.write_text("甲,乙\n1,2\n", "utf-8")
    touch(bad, 9)
    lay(share, "好.csv", 2)
    for rows in (1, 0):
        done = tax.fetch()
        (trouble,) = done.troubles
        assert done.rows == rows
        assert "坏.csv" in trouble.zh
        assert "no header" in trouble.en
        assert str(tax.project.root) not in str(trouble)
    assert tax.ledger()[1::2] == [("ended", "failed", 1), ("ended", "failed", 0)]
    lay(share, "坏.csv", 1, minutes=-90)
    assert tax.fetch().troubles == []


def test_a_share_that_is_not_there(tax: Place, share: Path) -> None:
    """A folder that is not mounted is an error, not an empty folder."""
    lay(share, "一.csv", 1)
    tax.fetch()
    share.rename(share.with_name("elsewhere"))
    with pytest.raises(FetchError, match="mounted") as caught:
        tax.fetch()
    assert str(tax.project.root) not in str(caught.value)
    assert str(tax.project.root) in caught.value.detail
    share.with_name("elsewhere").rename(share)
    assert tax.fetch().batches == []


def test_names_that_are_too_long_or_no_text(tax: Place, share: Path) -> None:
    """A name of 255 bytes, and one that is not UTF-8, are kept as far as they can be."""
    lay(share, "长" * 83 + ".csv", 1)
    os.rename(lay(share, "x.csv", 2), os.fsencode(share) + b"/\xb9\xab\xca\xbe.csv")  # noqa: PTH104
    assert tax.fetch().rows == 2
    assert tax.fetch().batches == []
    assert len(tax.spools) == 2
