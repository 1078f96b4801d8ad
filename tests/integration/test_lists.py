"""The pages of the red and black lists: what they say is what credit.db holds, and no more."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from publish.cli import main
from publish.demo.run import Prepared
from publish.pages.membership import read_membership
from publish.pages.pages import build_site
from publish.project import Project, open_project
from publish.schema import PERSON
from tests.integration.test_pages import fill_credit, fill_monitor, manifest, tiny_project


@pytest.fixture
def credit() -> Iterator[sqlite3.Connection]:
    """A credit.db in memory with one list and one entry."""
    with closing(sqlite3.connect(":memory:")) as db:
        fill_credit(db)
        yield db


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with the checkout's site."""
    return tiny_project(tmp_path / "project")


def built(project: Project, credit: sqlite3.Connection, out: Path) -> Path:
    """The folder of the site built of a credit.db."""
    with closing(sqlite3.connect(":memory:")) as monitor:
        fill_monitor(monitor)
        build_site(out, monitor=monitor, credit=credit, project=project, manifest=manifest())
    return out


def page(site: Path, address: str) -> str:
    """The text of a page."""
    return (site / address / "index.html").read_text("utf-8")


def entries(db: sqlite3.Connection) -> list[dict[str, str]]:
    """All public entries of lists."""
    cursor = db.execute("SELECT * FROM list_entry")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def opened(project: Project, name: str) -> sqlite3.Connection:
    """A database of a project's release."""
    return sqlite3.connect(f"file:{project.current / name}?mode=ro", uri=True)


def test_figures_are_those_of_the_databases(small_city: Prepared) -> None:
    """Every list has a page whose figures are counted from the entries, one by one."""
    project = small_city.project
    with closing(opened(project, "credit.db")) as db, closing(opened(project, "monitor.db")) as m:
        first, last = m.execute(
            "SELECT first, last FROM period WHERE period = 'rolling12'"
        ).fetchone()
        found, kinds = entries(db), dict(db.execute("SELECT list_id, kind FROM credit_list"))
    now = Counter(e["list_id"] for e in found)
    of_late = Counter(e["list_id"] for e in found if first <= e["decision_date"] <= last)
    assert now and kinds.keys() > now.keys()
    listing = page(project.current / "site", "lists")
    sitemap = (project.current / "site/sitemap.xml").read_text("utf-8")
    assert all(f"/lists/{list_id}/</loc>" in sitemap for list_id in kinds)
    for list_id, kind in kinds.items():
        assert f'href="/lists/{list_id}/"' in listing
        text = page(project.current / "site", f"lists/{list_id}")
        said = re.findall(
            rf'href="/credit/list_entry\?list_id={list_id}" data-rows>([\d,]+)<', text
        )
        assert said == ([str(now[list_id])] if now[list_id] else []), list_id
        year = rf"list_id={list_id}&amp;decision_date__gte={first}&amp;decision_date__lte={last}"
        said = re.findall(rf'{year}" data-rows>([\d,]+)<', text)
        assert set(said) == ({str(of_late[list_id])} if of_late[list_id] else set()), list_id
        assert ("/record/" in text) == (kind != "watch" and now[list_id] > 0)


def test_what_left_is_told_by_department_and_month(credit: sqlite3.Connection) -> None:
    """Tombstones of list entries are counted by who handed them in; others are not counted."""
    stones = [
        ("a", "list_entry", "big", "2026-09-10", "term_over"),
        ("b", "list_entry", "big", "2026-09-11", "term_over"),
        ("c", "list_entry", "big", "2026-09-12", "revoked"),
        ("d", "list_entry", "good", "2026-10-12", "revoked"),
        ("e", "penalty", "big", "2026-09-10", "repaired"),
    ]
    credit.executemany("INSERT INTO tombstone VALUES (?, ?, ?, ?, ?)", stones)
    assert read_membership(credit).left == {
        "big": {("2026-09", "revoked"): 1, ("2026-09", "term_over"): 2},
        "good": {("2026-10", "revoked"): 1},
    }


def test_left_stands_on_the_pages(
    project: Project, credit: sqlite3.Connection, tmp_path: Path
) -> None:
    """What came off stands beside what entered, for the owner, with the reason and its rows."""
    stone = ("gone1", "list_entry", "big", "2026-09-10", "term_over")
    credit.execute("INSERT INTO tombstone VALUES (?, ?, ?, ?, ?)", stone)
    site = built(project, credit, tmp_path / "out")
    rows = "record_type=list_entry&amp;department=big&amp;withdrawn_on__gte="
    for address in ("lists", "lists/tax-a", "en/lists", "en/lists/tax-a"):
        text = page(site, address)
        assert f"{rows}2025-11-01&amp;withdrawn_on__lte=2026-10-31" in text, address
        assert "reason=term_over" in text and "gone1" not in text


def test_a_list_without_entries(
    project: Project, credit: sqlite3.Connection, tmp_path: Path
) -> None:
    """A list that nobody is on has its page, which says so."""
    credit.execute("DELETE FROM list_entry")
    site = built(project, credit, tmp_path / "out")
    assert "现在没有公示的条目" in page(site, "lists/tax-a")
    assert "No entry is public now" in page(site, "en/lists/tax-a")


def test_no_lists(project: Project, credit: sqlite3.Connection, tmp_path: Path) -> None:
    """A portal without lists says so, and its first page does not explain what there is not."""
    credit.execute("DELETE FROM credit_list")
    site = built(project, credit, tmp_path / "out")
    assert "名单目录里还没有名单" in page(site, "lists")
    assert 'id="lists"' not in (site / "index.html").read_text("utf-8")


def test_watch_lists_show_the_catalogue_only(
    project: Project, credit: sqlite3.Connection, tmp_path: Path
) -> None:
    """Of a watch list nothing is told but that there is one."""
    credit.execute("UPDATE credit_list SET kind = 'watch'")
    text = page(built(project, credit, tmp_path / "out"), "lists/tax-a")
    assert "这个名单的条目不公开" in text
    assert "list_entry?" not in text and "list_entry1" not in text


def test_natural_persons_are_not_listed(credit: sqlite3.Connection) -> None:
    """Pages that search engines keep name no natural person, not even with a masked name."""
    assert read_membership(credit).newest["tax-a"]
    credit.execute("UPDATE list_entry SET party_kind = ?", (PERSON,))
    held = read_membership(credit)
    assert not held.newest and held.amount("tax-a") == 1


def test_the_newest_come_first(credit: sqlite3.Connection) -> None:
    """Entries stand by the day of decision, newest first."""
    for number, day in enumerate(("2026-01-05", "2026-03-05", "2026-02-05")):
        credit.execute(
            "INSERT INTO list_entry (record_id, list_id, party_kind, decision_date) "
            "VALUES (?, 'tax-a', '法人及非法人组织', ?)",
            (f"r{number}", day),
        )
    credit.execute("DELETE FROM list_entry WHERE record_id = 'list_entry1'")
    assert [e.record_id for e in read_membership(credit).newest["tax-a"]] == ["r1", "r2", "r0"]


def test_nothing_of_a_withdrawn_entry_stays(city_copy: Path) -> None:
    """The release that takes an entry off takes it off the pages of the lists too."""
    project = open_project(city_copy)
    with closing(opened(project, "credit.db")) as db:
        record, list_id, name = db.execute(
            "SELECT record_id, list_id, party_name FROM list_entry AS one WHERE NOT EXISTS "
            "(SELECT 1 FROM list_entry AS other WHERE other.party_name = one.party_name "
            "AND other.record_id <> one.record_id) ORDER BY decision_date DESC, record_id"
        ).fetchone()
        stood = page(project.current / "site", f"lists/{list_id}")
    assert record in stood and name in stood
    words = ["--root", str(city_copy), "withdraw", record, "--reason", "决定已撤销"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    folder = open_project(city_copy).current / "site"
    for path in sorted(folder.glob("**/lists/**/*.html")):
        text = path.read_text("utf-8")
        assert record not in text and name not in text, path
