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
