"""Files that stay, and the digests by which they do."""

import os
from collections import Counter, defaultdict, namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from publish.pages.keep import Keeper, digest, files_digest, read_keeper

PLAIN = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3) | st.floats(-2, 2)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=8,
)
Row = namedtuple("Row", ("code", "rate"))


@dataclass(frozen=True)
class Month:
    """A value with something that it works out for itself."""

    label: str
    counts: Counter[str]

    @cached_property
    def total(self) -> int:
        """All of them."""
        return self.counts.total()


@given(VALUES, VALUES)
def test_digests_are_equal_where_what_is_shown_is(one: object, other: object) -> None:
    """True is not 1 and 1 is not 1.0: they are written differently."""
    assert (digest(one) == digest(other)) == (repr(one) == repr(other))


def test_digests_tell_rows_texts_and_numbers_apart() -> None:
    """Each of these says something else."""
    said = (
        *(Row("a", 0.5), Row("a", 0.25), Month("a", Counter(late=1)), Month("a", Counter(late=2))),
        *("<b>", Markup("<b>"), {"a"}, {"a", "b"}, {"a": 1, "b": 2}, {"b": 2, "a": 1}, digest),
    )
    assert len({digest(one) for one in said}) == len(said)


def test_digests_follow_what_is_said_alone() -> None:
    """Neither the order of a set, nor what was worked out meanwhile, nor how a mapping is kept."""
    month = Month("2026-09", Counter(late=1))
    before = digest(month)
    assert month.total == 1 and digest(month) == before
    assert digest(frozenset("abc")) == digest({*"cba"})
    assert digest(defaultdict(list, a=[1])) == digest({"a": [1]})


@pytest.mark.parametrize("value", (iter([1]), object(), lambda: 1, {(1, 2): 3}, Path("x"), b"x"))
def test_what_nobody_can_take_a_digest_of_is_refused(value: object) -> None:
    """Something left out silently would leave a page as it was when it should change."""
    with pytest.raises(TypeError):
        digest({"a": [value]})


def test_the_digest_of_a_folder_is_that_of_names_and_bytes(tmp_path: Path) -> None:
    """A text moved to another file is another folder."""
    (tmp_path / "a").write_text("x", "utf-8")
    found = {files_digest(tmp_path)}
    (tmp_path / "a").rename(tmp_path / "b")
    found.add(files_digest(tmp_path))
    (tmp_path / "b").write_text("y", "utf-8")
    found.add(files_digest(tmp_path))
    assert len(found) == 3


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder with a page written an hour ago, and beside it what was kept of that."""
    keeper = Keeper()
    page = keeper.put(tmp_path / "old", "en/index.html", "key", lambda: b"page")
    os.utime(page, (10**9, 10**9))
    keeper.write(tmp_path / "kept.json")
    return tmp_path


def put(folder: Path, key: str = "key") -> tuple[bytes, int]:
    """Puts the page in a new folder; returns its bytes and its time."""
    keeper = read_keeper(folder / "old", folder / "kept.json")
    page = keeper.put(folder / "new", "en/index.html", key, lambda: b"anew")
    return page.read_bytes(), int(page.stat().st_mtime)


def test_a_file_made_of_the_same_stays(kept: Path) -> None:
    """It is the same file under another name, and is kept note of again."""
    assert put(kept) == (b"page", 10**9)
    assert (kept / "new/en/index.html").samefile(kept / "old/en/index.html")
    keeper = read_keeper(kept / "old", kept / "kept.json")
    keeper.put(kept / "third", "en/index.html", "key", bytes)
    assert keeper.made == keeper.known


def test_a_file_that_cannot_be_linked_is_copied_with_its_time(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Releases may lie on several file systems."""

    def refused(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "link", refused)
    assert put(kept) == (b"page", 10**9)
    assert not (kept / "new/en/index.html").samefile(kept / "old/en/index.html")


def damaged(folder: Path) -> None:
    """The page is not as it was written."""
    (folder / "old/en/index.html").write_bytes(b"pagE")


def missing(folder: Path) -> None:
    """The page is gone."""
    (folder / "old/en/index.html").unlink()


def forgotten(folder: Path) -> None:
    """Nothing was kept."""
    (folder / "kept.json").unlink()


@pytest.mark.parametrize("text", (b"", b"{", b"[]", b'{"en/index.html": ["key"]}', b'{"a": 1}'))
def test_what_cannot_be_read_is_no_reason_to_keep_a_file(kept: Path, text: bytes) -> None:
    """A file that was cut off or is of another program."""
    (kept / "kept.json").write_bytes(text)
    assert put(kept)[0] == b"anew"


@pytest.mark.parametrize("happens", (damaged, missing, forgotten))
def test_any_doubt_makes_a_file_anew(kept: Path, happens: Callable[[Path], None]) -> None:
    """What lies there is taken over only as it was written."""
    happens(kept)
    assert put(kept)[0] == b"anew"


def test_another_key_makes_a_file_anew(kept: Path) -> None:
    """The file of the release before stays as it is."""
    assert put(kept, "other")[0] == b"anew"
    assert (kept / "old/en/index.html").read_bytes() == b"page"
