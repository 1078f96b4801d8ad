"""The league table in a browser: one group of departments at a time, and on paper."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

LEAGUE = "/league/2026/"


def test_a_group_is_shown_alone_and_has_an_address(page: Page) -> None:
    """A group picked with the keyboard leaves its own rows, with ranks among themselves."""
    page.goto(LEAGUE)
    rows = page.locator("table.standings tbody tr")
    link = page.locator("nav.groups a[data-group]").nth(1)
    group = link.get_attribute("data-group")
    members = page.locator(f"table.standings tbody tr[data-group='{group}']").count()
    everybody = rows.count()
    assert 0 < members < everybody
    expect(page.locator(".among").first).to_be_hidden()
    link.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"\?group="))
    expect(page.locator("table.standings tbody tr:visible")).to_have_count(members)
    expect(page.locator("nav.groups [role=status]")).to_contain_text(str(members))
    expect(link).to_have_attribute("aria-current", "true")
    ranks = [
        int(re.findall(r"\d+", text)[0])
        for text in page.locator(".among:visible").all_inner_texts()
    ]
    assert ranks[0] == 1 and ranks == sorted(ranks) and len(ranks) == members
    page.reload()
    expect(page.locator("table.standings tbody tr:visible")).to_have_count(members)
    page.locator("table.standings thead button").nth(1).click()
    expect(page.locator("table.standings tbody tr:visible")).to_have_count(members)
    page.locator("nav.groups a[data-group='']").click()
    expect(page.locator("table.standings tbody tr:visible")).to_have_count(everybody)
    assert page.url.endswith(LEAGUE)


def test_an_unknown_group_shows_everybody(page: Page) -> None:
    """An address with a group that is not there hides nothing."""
    page.goto(f"{LEAGUE}?group=nobody:0")
    rows = page.locator("table.standings tbody tr")
    expect(page.locator("table.standings tbody tr:visible")).to_have_count(rows.count())


def test_without_scripts_a_group_leads_to_its_own_table(browser: Browser, portal: str) -> None:
    """The links of the groups lead to the tables further down."""
    context = browser.new_context(base_url=portal, java_script_enabled=False)
    page = context.new_page()
    page.goto(LEAGUE)
    page.locator("nav.groups a[data-group]").nth(1).click()
    expect(page).to_have_url(re.compile(r"#peers-1$"))
    expect(page.locator("#peers-1")).to_be_in_viewport()
    context.close()


def test_it_prints_on_a4(browser: Browser, portal: str, tmp_path: Path) -> None:
    """On A4 across nothing is cut off at the side, and there is nothing to click."""
    context = browser.new_context(base_url=portal, viewport={"width": 1032, "height": 730})
    page = context.new_page()
    page.goto(LEAGUE)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1032
    for gone in ("nav.groups", "nav.jump", ".sortbar", "form.seek"):
        expect(page.locator(gone).first).to_be_hidden()
    printed = page.pdf(prefer_css_page_size=True, path=tmp_path / "league.pdf")
    size = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", printed)
    assert size and [round(float(n)) for n in size.groups()] == [842, 595]
    context.close()
