"""Pages made from those of the release before are the pages that would have been made in full."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from publish.pages import departments
from publish.pages.keep import Keeper, read_keeper
from publish.pages.pages import build_site
from publish.project import open_project
from publish.register.register import open_register
from publish.release.manifest import changed_files, read_manifest
from publish.release.release import release
from tests.conftest import silent
from tests.integration.test_line import LAST_NIGHT
from tests.integration.test_pages import fill_credit, fill_monitor, manifest, tiny_project

FIGURES = {
    "duty": ("working_days_used",),
    "histogram": ("duties",),
    "indicator": ("numerator", "denominator", "value"),
    "league": ("rate", "low", "high", "change", "rank_low", "score", "limit_low", "backlog"),
    "number_gap": ("missing",),
    "ranking": ("rank", "value"),
    "score_part": ("points", "weight"),
    "submission": ("accepted",),
    "withheld": ("records",),
}
"""Some figures of each sort, which a release can move."""

PAGES = {".html", ".ics"}
"""What stays if nothing on it changes: pages, and departments' calendars."""


@dataclass
class Site:
    """A site that is made again and again."""

    root: Path
    monitor: sqlite3.Connection
    credit: sqlite3.Connection
    number: int = 0

    @property
    def out(self) -> Path:
        """The folder of the newest pages."""
        return self.root / f"out{self.number}"

    def full(self) -> Path:
        """Makes all pages anew, in a folder of their own."""
        shutil.rmtree(self.root / "full", ignore_errors=True)
        self._build(self.root / "full", Keeper())
        return self.root / "full"

    def next(self) -> set[str]:
        """Makes the next release's pages; returns the addresses of those that are new files."""
        keeper = read_keeper(self.out, self.root / "kept.json")
        before, self.number = self.out, self.number + 1
        made = self._build(self.out, keeper)
        keeper.write(self.root / "kept.json")
        names = [path.relative_to(self.out) for path in made if path.suffix in PAGES]
        new = (n for n in names if not _is_same(before / n, self.out / n))
        return {f"/{name.as_posix().removesuffix('index.html')}" for name in new}

    def _build(self, out: Path, keeper: Keeper) -> list[Path]:
        """Builds the site as the databases are now."""
        return build_site(
            out,
            monitor=self.monitor,
            credit=self.credit,
            project=open_project(self.root / "project"),
            manifest=manifest(),
            keeper=keeper,
        )


def _is_same(before: Path, now: Path) -> bool:
    """Whether a file is the one of the release before."""
    return before.exists() and now.samefile(before)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The tiny site, made once."""
    project = tiny_project(tmp_path / "project")
    project.site.unlink()
    shutil.copytree(Path(__file__).parents[2] / "site", tmp_path / "project/site")
    with closing(sqlite3.connect(":memory:")) as monitor, closing(sqlite3.connect(":memory:")) as c:
        fill_monitor(monitor)
        fill_credit(c)
        made = Site(tmp_path, monitor, c)
        assert "/departments/good/" in made.next()
        yield made


def _texts(folder: Path) -> dict[str, bytes]:
    """The bytes of each file by name."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _differ(one: Path, other: Path) -> set[str]:
    """The names of the files in which two folders differ."""
    first, second = _texts(one), _texts(other)
    return {n for n in first.keys() | second.keys() if first.get(n) != second.get(n)}


def test_a_release_of_the_same_leaves_every_page(site: Site) -> None:
    """Whatever the clock says, no page of the new release is a new file."""
    assert site.next() == set()


def test_a_new_release_alone_leaves_the_pages_of_departments(site: Site) -> None:
    """Its number and moment stand on few pages; closed periods and departments are none."""
    site.monitor.execute("UPDATE release SET release = 'r2', as_of = '2026-11-20T21:00:00+08:00'")
    new = site.next()
    assert {"/", "/en/", "/downloads/"} <= new
    assert not {path for path in new if "/departments/" in path or "2026Q3" in path}


def test_a_department_changes_its_own_page_and_the_tables_it_stands_in(site: Site) -> None:
    """The pages of other departments stay, in both languages."""
    site.monitor.execute(
        "UPDATE league SET backlog = backlog + 1, limit_low = 0.7 WHERE department = 'big'"
    )
    site.monitor.execute(
        "UPDATE indicator SET value = value + 1 WHERE department = 'big' AND name = 'backlog'"
    )
    new = site.next()
    assert {"/departments/big/", "/en/departments/big/", "/league/2026Q3/"} <= new
    assert not any(f"/departments/{code}/" in path for code in ("good", "few") for path in new)


def test_the_citys_rate_changes_others_only_where_it_is_seen(site: Site) -> None:
    """A case of one department moves the city's rate by less than a chart or a table shows."""
    add = (
        "INSERT INTO duty (duty_id, clock, department, record_type, due_date, status) "
        "SELECT 'more' || duty_id || ?, 'disclosure', 'few', 'licence', due_date, 'on_time' "
        "FROM duty WHERE department = 'good'"
    )
    for more in range(300):
        site.monitor.execute(add, [more])
    site.next()
    site.monitor.execute(add.replace("'on_time'", "'late'") + " LIMIT 1", ["one"])
    assert "/departments/good/" not in (one := site.next()) and "/departments/few/" in one
    for more in range(300):
        site.monitor.execute(add.replace("'on_time'", "'late'"), [f"late{more}"])
    assert "/departments/good/" in site.next()


@pytest.mark.parametrize("seed", range(2))
def test_any_change_gives_the_same_as_all_pages_made_anew(site: Site, seed: int) -> None:
    """Whatever figures move, and of whomever."""
    chance = Random(seed)
    for _ in range(4):
        for _ in range(chance.randint(1, 3)):
            table = chance.choice(sorted(FIGURES))
            column = chance.choice(FIGURES[table])
            rows = [n for (n,) in site.monitor.execute(f'SELECT rowid FROM "{table}"')]
            site.monitor.execute(
                f'UPDATE "{table}" SET "{column}" = "{column}" * 0.5 WHERE rowid = ?',
                [chance.choice(rows)],
            )
        site.next()
        assert _differ(site.out, site.full()) == set()


@pytest.mark.parametrize(
    ("name", "more"),
    (
        ("site/templates/macros.html", ""),
        ("site/locales/en.toml", ""),
        ("site/content/zh/about.md", ""),
        ("site/static/site.css", ""),
        ("gongshi.toml", 'address = "https://credit.example.org"'),
    ),
)
def test_a_change_of_the_site_makes_every_page_anew(site: Site, name: str, more: str) -> None:
    """Nobody needs to know which page uses which template, text, file or setting."""
    path = site.root / "project" / name
    path.write_text(f"{path.read_text('utf-8')}{more}\n", "utf-8")
    pages = {name for name in _texts(site.out) if Path(name).suffix in PAGES}
    assert len(site.next()) == len(pages)


def test_a_page_that_was_changed_since_is_not_taken_over(site: Site) -> None:
    """The next release is right, whatever happened to a file."""
    page = site.out / "departments/good/index.html"
    page.write_bytes(page.read_bytes().replace(b"30", b"31"))
    assert site.next() == {"/departments/good/"}
    assert _differ(site.out, site.full()) == set()


def test_a_page_given_what_it_cannot_be_known_by_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever gives a page something new learns it at once, with the page's address."""
    monkeypatch.setattr(departments, "REASONS", iter([]))
    with pytest.raises(TypeError, match="/departments/"):
        site.next()


def test_a_nights_release_leaves_the_pages_of_departments(city_copy: Path) -> None:
    """An hour later nothing has come in: their files are the ones of the release before."""
    project = open_project(city_copy)
    before = _files(project.current)
    with open_register(project.register) as register:
        folder = release(project, register, LAST_NIGHT + timedelta(hours=1), silent).folder
    after = _files(folder)
    kept = [name for name in before if "departments/" in name and name.endswith("/index.html")]
    assert len(kept) > 10
    assert {name for name in kept if after[name] != before[name]} == set()
    assert after["index.html"] != before["index.html"]
    assert list(changed_files(folder, read_manifest(folder))) == []


def _files(folder: Path) -> dict[str, tuple[int, int]]:
    """Which file each page of a release is, and when it was written."""
    found = ((path, path.stat()) for path in (folder / "site").rglob("*") if path.is_file())
    return {
        path.relative_to(folder / "site").as_posix(): (stat.st_ino, stat.st_mtime_ns)
        for path, stat in found
    }
