"""What visitors do: search, open a department, sort the league table, download and read."""

import csv
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from publish.demo.run import Prepared


def rows_of(project: Prepared, database: str, sql: str) -> list[tuple[object, ...]]:
    """What the released database says."""
    path = project.project.current / database
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as db:
        return db.execute(sql).fetchall()


def test_a_citizen_searches_and_opens_a_record(page: Page, small_city: Prepared) -> None:
    """Two characters of a firm's name typed on the home page lead to its record."""
    name = str(
        rows_of(
            small_city,
            "credit.db",
            "SELECT party_name FROM penalty WHERE party_kind = '法人及非法人组织' ORDER BY 1",
        )[0][0]
    )
    page.goto("/")
    page.get_by_role("combobox").first.fill(name[3:7])
    page.get_by_role("combobox").first.press("Enter")
    expect(page).to_have_url(re.compile(r"/records\?q="))
    expect(page.locator("main")).to_contain_text(name)
    page.locator("main .results a[href^='/record/']").first.click()
    expect(page).to_have_url(re.compile("/record/"))
    expect(page.locator("main")).to_contain_text(name[3:7])


def test_a_suggestion_is_picked_with_the_keyboard(page: Page, small_city: Prepared) -> None:
    """Two characters bring suggestions; arrow keys and Enter lead to the records of one."""
    name = str(
        rows_of(small_city, "credit.db", "SELECT name FROM entity ORDER BY records DESC, uscc")[0][
            0
        ]
    )
    page.goto("/")
    field = page.get_by_role("combobox").first
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press_sequentially(name[-8:-4])
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute(
        "aria-activedescendant", options.first.get_attribute("id") or ""
    )
    field.press("ArrowUp")
    expect(options.first).to_have_attribute("aria-selected", "false")
    field.press("Escape")
    expect(options).to_have_count(0)
    assert field.input_value() == name[-8:-4]
    field.press("ArrowDown")
    expect(options.first).to_be_visible()
    field.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true] span").inner_text()
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"/records\?"))
    expect(page.locator("main .results")).to_contain_text(chosen)
    page.locator("main .results a[href^='/record/']").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("main")).to_contain_text(chosen)


def test_filters_narrow_down_and_can_be_dropped(page: Page) -> None:
    """On a wide screen a filter stands beside the results, on a phone in a panel that opens."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/records")
    before = page.locator(".found [role=status]").inner_text()
    page.locator(".facets-of").get_by_role("link", name=re.compile("行政处罚")).click()
    expect(page).to_have_url(re.compile(r"type=penalty"))
    assert page.locator(".found [role=status]").inner_text() != before
    page.set_viewport_size({"width": 360, "height": 800})
    expect(page.locator(".facets-of")).to_be_hidden()
    for panel in page.locator(".narrow summary").all():
        panel.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator(".narrow summary", has_text="部门").click()
    page.locator(".narrow details[open] li a").first.click()
    expect(page).to_have_url(re.compile(r"department="))
    for _ in range(2):
        page.locator(".chips li:not(.all) a").first.click()
    expect(page).to_have_url(re.compile(r"/records$"))
    assert page.locator(".found [role=status]").inner_text() == before


def test_a_visitor_opens_a_department(page: Page, small_city: Prepared) -> None:
    """From the list of departments to one of them, which says how timely it is."""
    code, name = rows_of(
        small_city, "monitor.db", "SELECT code, name_zh FROM department ORDER BY code"
    )[0]
    page.goto("/departments/")
    page.locator(f"main a[href='/departments/{code}/']").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(str(name))
    expect(page.locator("main table:visible").first).to_be_visible()


def test_the_league_table_sorts_and_comes_back(page: Page) -> None:
    """A click on a heading sorts by it and says so; the order of ranks can be had again."""
    page.goto("/league/2026/")
    table = page.locator("main table").first
    cells = table.locator("tbody tr th, tbody tr td:first-child")
    before = table.locator("tbody tr").all_inner_texts()
    assert len(before) > 1 and cells.count()
    heading = table.locator("thead th button").nth(1)
    heading.click()
    expect(table.locator("thead th[aria-sort]:not([aria-sort=none])")).to_have_count(1)
    once = table.locator("tbody tr").all_inner_texts()
    heading.click()
    twice = table.locator("tbody tr").all_inner_texts()
    assert sorted(before) == sorted(once) == sorted(twice)
    assert once == twice[::-1] or once != twice
    page.reload()
    assert table.locator("tbody tr").all_inner_texts() == before


def test_a_journalist_downloads_and_reads(page: Page, small_city: Prepared, tmp_path: Path) -> None:
    """The CSV of all licences, fetched from the downloads page, holds the rows that it promises."""
    page.goto("/downloads/")
    with page.expect_download() as waiting:
        page.locator("main a[href$='/downloads/licence.csv']").first.click()
    path = tmp_path / "licence.csv"
    waiting.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    query = "SELECT record_id, party_name FROM licence ORDER BY decision_date, record_id"
    expected = rows_of(small_city, "credit.db", query)
    assert [(r["record_id"], r["party_name"]) for r in rows] == expected


def test_a_figure_is_followed_to_its_rows(page: Page) -> None:
    """The first figure of the league table leads to as many rows as it says."""
    page.goto("/league/2026/")
    link = page.locator("main table").first.locator("a[href*='/monitor/duty']").first
    number = int(link.inner_text().replace(",", ""))
    link.click()
    expect(page.locator("body")).to_contain_text(f"{number:,} 行")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/league/2026/",
        "/departments/",
        "/departments/market/",
        "/editions/",
        "/methodology/",
        "/downloads/",
        "/status/",
    ],
)
@pytest.mark.parametrize("width", [360, 768, 1024, 1200, 1440])
def test_no_page_scrolls_sideways(browser: Browser, portal: str, path: str, width: int) -> None:
    """From phone to desktop width, in both languages, every page fits."""
    context = browser.new_context(base_url=portal, viewport={"width": width, "height": 800})
    page = context.new_page()
    for address in (path, f"/en{path}"):
        answer = page.goto(address)
        assert answer and answer.status == 200
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


FLAWS = """() => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const ids = all("[id]").map((e) => e.id);
    const levels = all("h1, h2, h3").map((e) => Number(e.tagName[1]));
    const fields = all("input:not([type=hidden]), select, textarea");
    const named = all("[aria-labelledby], [aria-controls]").flatMap((e) =>
        ["aria-labelledby", "aria-controls"].map((name) => e.getAttribute(name)).filter(Boolean));
    return {
        ids: ids.filter((id, n) => ids.indexOf(id) !== n),
        missing: named.filter((id) => !document.getElementById(id)),
        unlabelled: fields.filter((e) => !e.labels.length && !e.ariaLabel).map((e) => e.name),
        skipped: levels.filter((level, n) => n && level > levels[n - 1] + 1),
        titles: levels.filter((level) => level === 1).length,
        nameless: all("a, button, summary").filter((e) => !e.textContent.trim()).length,
        wide: document.documentElement.scrollWidth > innerWidth,
    };
}"""
"""What a browser can tell is wrong with a page: for its width, its headings, its names."""


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_live_pages_are_sound(
    browser: Browser, portal: str, small_city: Prepared, width: int
) -> None:
    """Pages of the search, of records and of organisations fit and are properly labelled."""
    ids = [
        str(rows_of(small_city, "credit.db", f"SELECT {column} FROM {table} {rest} LIMIT 1")[0][0])
        for column, table, rest in (
            ("record_id", "penalty", "ORDER BY length(facts) DESC"),
            ("commitment_id", "fulfilment", ""),
            ("record_id", "licence", "WHERE masked"),
            ("record_id", "tombstone", ""),
            ("uscc", "entity", "ORDER BY records DESC"),
        )
    ]
    paths = [*(f"/record/{record_id}" for record_id in ids[:-1]), f"/entity/{ids[-1]}"]
    context = browser.new_context(base_url=portal, viewport={"width": width, "height": 800})
    page = context.new_page()
    for path in (*paths, "/records?q=%E7%A4%BA%E4%BE%8B&type=penalty&decided_from=2024-01-01"):
        for prefix in ("", "/en"):
            page.goto(prefix + path)
            flaws = page.evaluate(FLAWS)
            assert flaws.pop("titles") == 1, path
            assert not any(flaws.values()), (prefix + path, flaws)
    context.close()
