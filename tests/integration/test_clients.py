"""The examples of docs/how-to/clients.md, run as they stand there against a portal's server."""

import csv
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from click.testing import CliRunner

from publish.cli import main
from publish.demo.run import Prepared
from tests.server import started

PAGE = Path(__file__).parents[2] / "docs/how-to/clients.md"
WRITTEN = "http://127.0.0.1:8001"
_BLOCK = re.compile(r"^```(sh|python|r|powerquery)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^##+ (.+)$", re.MULTILINE)
_RUN = {
    "sh": ("sh", "-eu"),
    "python": (sys.executable, "-W", "error"),
    "r": ("Rscript", "--vanilla"),
}
_NEEDED = {"sh": ("curl", "--version"), "r": ("Rscript", "-e", "library(jsonlite)")}


@cache
def is_there(command: tuple[str, ...] | None) -> bool:
    """Whether a program, and what it loads, is on this machine."""
    if command is None:
        return True
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def examples() -> dict[str, tuple[str, str]]:
    """The language and text of each example, by the heading above it."""
    text = PAGE.read_text("utf-8")
    found = {}
    for block in _BLOCK.finditer(text):
        heading = [h[1] for h in _HEADING.finditer(text[: block.start()])][-1]
        found[f"{block[1]}: {heading.split(' ')[-1]}"] = (block[1], block[2])
    return found


EXAMPLES = examples()
SECOND_RUN = "python: 保持最新的副本"


@pytest.fixture(scope="module")
def city(small_city: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city of this module's own, since a record is taken off it."""
    root = tmp_path_factory.mktemp("clients") / "city"
    return Path(shutil.copytree(small_city.project.root, root, symlinks=True))


@pytest.fixture(scope="module")
def address(city: Path) -> Iterator[str]:
    """The address of the city's portal."""
    with started(city) as found:
        yield found


def count(city: Path, where: str = "1") -> int:
    """How many public penalties there are."""
    path = city / "data/releases/current/credit.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return int(db.execute(f"SELECT count(*) FROM penalty WHERE {where}").fetchone()[0])


def run(name: str, address: str, folder: Path) -> str:
    """What an example prints; its address is the only thing that is changed."""
    language, text = EXAMPLES[name]
    if os.environ.get("GONGSHI_TOOLS") != "required" and not is_there(_NEEDED.get(language)):
        pytest.skip(f"nothing to run {language} with; see tests/tools.sh")
    script = folder / f"example.{language}"
    script.write_text(text.replace(WRITTEN, address), "utf-8")
    done = subprocess.run(
        [*_RUN[language], script.name],
        cwd=folder,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_is_tried() -> None:
    """None of the page's examples is left to chance."""
    tried = {
        "sh: 部分记录", "sh: 整表下载并核对", "sh: 有更新才下载",
        "python: 查询的全部记录", SECOND_RUN, "python: pandas",
        "r: 表格", "r: 查询", "powerquery: 可以刷新的表", "powerquery: 接口查询",
    }  # fmt: skip
    assert set(EXAMPLES) == tried


def test_curl_finds_some_records(address: str, tmp_path: Path) -> None:
    """A page of JSON, and a CSV of what the words find."""
    page = json.loads(run("sh: 部分记录", address, tmp_path))
    assert [row["type"] for row in page["data"]] == ["penalty"] * 3
    with (tmp_path / "food.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert all("示例" in str(row) for row in rows)


def test_curl_loads_a_table_and_checks_it(address: str, city: Path, tmp_path: Path) -> None:
    """The file is what its checksum says, and has all rows."""
    assert run("sh: 整表下载并核对", address, tmp_path) == "penalty.csv: OK\n"
    with (tmp_path / "penalty.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == count(city)


def test_curl_loads_nothing_twice(address: str, tmp_path: Path) -> None:
    """The second time the portal says that nothing changed, and the file stays."""
    assert run("sh: 有更新才下载", address, tmp_path).split() == ["200", "304"]
    assert json.loads((tmp_path / "releases.json").read_bytes())["data"]


@pytest.mark.parametrize("name", ["python: 查询的全部记录", "r: 查询"])
def test_a_query_gives_all_its_records(address: str, city: Path, tmp_path: Path, name: str) -> None:
    """Over all pages, no record more or less than the release has."""
    expected = count(city, "decision_date >= '2026-01-01'")
    assert expected > 100
    assert run(name, address, tmp_path) == f"{expected} records\n"


@pytest.mark.parametrize("name", ["python: pandas", "r: 表格"])
def test_a_table_is_read_whole(address: str, city: Path, tmp_path: Path, name: str) -> None:
    """With codes as text and days as days, every row."""
    assert run(name, address, tmp_path).splitlines()[-1] == f"{count(city)} records"


@pytest.mark.parametrize("name", ["powerquery: 可以刷新的表", "powerquery: 接口查询"])
def test_the_queries_for_excel_name_what_there_is(address: str, name: str) -> None:
    """Every address answers and has the columns; every bracket is closed."""
    text = EXAMPLES[name][1].replace(WRITTEN, address)
    for opened, closed in ("()", "[]", "{}"):
        assert text.count(opened) == text.count(closed)
    links = re.findall(r'"((?:http|/)[^"]*)"', text)
    link = next(link for link in links if len(urlsplit(link).path) > 1)
    answer = httpx.get(link if link.startswith("http") else address + link, follow_redirects=True)
    body = answer.raise_for_status().content.decode("utf-8-sig")
    header = body.splitlines()[0].split(",") if "csv" in link else json.loads(body)["data"][0]
    columns = re.findall(r'"([a-z_]+)"', text)
    assert len(columns) >= 4
    assert set(columns) <= set(header)


def test_a_copy_follows_the_portal(address: str, city: Path, tmp_path: Path) -> None:
    """What is taken off the portal is off the copy after the next run, and nothing else is.

    The last test of this module: it changes the city.
    """
    first = run(SECOND_RUN, address, tmp_path)
    held = json.loads((tmp_path / "penalties.json").read_bytes())
    assert first.startswith(f"{count(city)} records of release {held['release']}")
    gone = next(iter(held["records"]))
    reason = ["--reason", "复议撤销", "--handler", "王五"]
    done = CliRunner().invoke(main, ["--root", str(city), "withdraw", gone, *reason])
    assert done.exit_code == 0, done.output
    second = run(SECOND_RUN, address, tmp_path)
    followed = json.loads((tmp_path / "penalties.json").read_bytes())
    assert second != first
    assert gone not in followed["records"]
    (tmp_path / "penalties.json").unlink()
    run(SECOND_RUN, address, tmp_path)
    assert json.loads((tmp_path / "penalties.json").read_bytes()) == followed
