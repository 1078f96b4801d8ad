"""The settings of a project."""

from pathlib import Path

import pytest

from publish.errors import UsageError
from publish.project import ADDRESS, Project


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("", ADDRESS),
        ('address = "https://credit.example.cn/"', "https://credit.example.cn"),
        ('address = "http://10.0.0.1:8001"', "http://10.0.0.1:8001"),
    ],
)
def test_the_address_is_stated_or_this_machine_s(tmp_path: Path, line: str, address: str) -> None:
    """Where the public finds the portal is told without a slash at the end."""
    (tmp_path / "gongshi.toml").write_text(f'profile = "demo-city"\n{line}\n', "utf-8")
    assert Project(tmp_path).address == address


@pytest.mark.parametrize(
    "address", ["credit.example.cn", "ftp://a", "https://a/b", "https://a b", ""]
)
def test_what_is_no_address_is_refused(tmp_path: Path, address: str) -> None:
    """A path cannot be put behind it, so the error names the file and shows an example."""
    text = f'profile = "demo-city"\naddress = "{address}"\n'
    (tmp_path / "gongshi.toml").write_text(text, "utf-8")
    with pytest.raises(UsageError, match=r"gongshi\.toml"):
        _ = Project(tmp_path).address


@pytest.mark.parametrize(("line", "kept"), [("", 2), ("keep = 1", 1), ("keep = 30", 30)])
def test_as_many_releases_are_kept_as_stated_or_two(tmp_path: Path, line: str, kept: int) -> None:
    """A number of releases, the one being served among them."""
    (tmp_path / "gongshi.toml").write_text(f'profile = "demo-city"\n{line}\n', "utf-8")
    assert Project(tmp_path).keep == kept


@pytest.mark.parametrize("keep", ["0", "-1", "2.5", '"all"', "1000"])
def test_what_is_no_number_of_releases_is_refused(tmp_path: Path, keep: str) -> None:
    """The error names the file and the key."""
    (tmp_path / "gongshi.toml").write_text(f'profile = "demo-city"\nkeep = {keep}\n', "utf-8")
    with pytest.raises(UsageError, match=r"gongshi\.toml: keep must be a whole number"):
        _ = Project(tmp_path).keep


@pytest.mark.parametrize(
    ("line", "most", "proxies"),
    [
        ("", 600, ["127.0.0.1", "::1"]),
        ("requests_per_minute = 0", 0, ["127.0.0.1", "::1"]),
        ('proxies = ["10.0.0.0/8", "2001:db8::1"]', 600, ["10.0.0.0/8", "2001:db8::1"]),
        ("proxies = []", 600, []),
    ],
)
def test_how_often_who_may_ask(tmp_path: Path, line: str, most: int, proxies: list[str]) -> None:
    """The limit, and the proxies that are believed about whom they ask for."""
    (tmp_path / "gongshi.toml").write_text(f'profile = "demo-city"\n{line}\n', "utf-8")
    project = Project(tmp_path)
    assert (project.requests_per_minute, project.proxies) == (most, proxies)


@pytest.mark.parametrize(
    "line",
    ["requests_per_minute = -1", "requests_per_minute = 0.5", 'proxies = ["*"]', 'proxies = "a"'],
)
def test_no_limit_by_mistake(tmp_path: Path, line: str) -> None:
    """Nobody is believed without being named, and no mistake switches the limit off."""
    (tmp_path / "gongshi.toml").write_text(f'profile = "demo-city"\n{line}\n', "utf-8")
    with pytest.raises(UsageError, match=line.split(maxsplit=1)[0]):
        _ = Project(tmp_path).requests_per_minute
