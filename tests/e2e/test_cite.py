"""Quoting a page: its address for good and its citation, with a button that copies them."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from publish.demo.run import Prepared
from tests.e2e.test_portal import rows_of

READ = "() => navigator.clipboard.readText()"


@pytest.fixture
def record(small_city: Prepared) -> str:
    """The address of a record's page."""
    return f"/record/{rows_of(small_city, 'credit.db', 'SELECT record_id FROM licence')[0][0]}"


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_what_is_copied_is_what_stands_there(page: Page, record: str, prefix: str) -> None:
    """With the keyboard alone; it is said to those who do not see it."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(prefix + record)
    for name in ("address", "words", "bibtex"):
        button = page.locator(f"button[data-copy=cite-{name}]")
        status = button.locator("xpath=following-sibling::*[1]")
        expect(status).to_have_role("status")
        expect(status).to_be_empty()
        button.focus()
        page.keyboard.press("Enter")
        expect(status).to_have_text(re.compile("^(已复制|Copied)$"))
        text = page.locator(f"#cite-{name}").text_content() or ""
        assert page.evaluate(READ) == text.strip()
        assert record in text
    assert page.locator("#cite-address").inner_text().endswith(record)


def test_where_the_clipboard_is_closed_the_text_is_selected(page: Page, record: str) -> None:
    """Without TLS a browser has no clipboard for scripts; then the reader's own command copies."""
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.add_init_script("document.execCommand = () => false")
    page.goto(record)
    page.locator("button[data-copy=cite-bibtex]").click()
    expect(page.locator("#cite-bibtex")).to_be_visible()
    selected = page.evaluate("() => getSelection().toString()")
    assert selected.strip() == page.locator("#cite-bibtex").inner_text().strip()
    expect(page.get_by_role("status").filter(has_text="已选中")).to_be_visible()


@pytest.mark.parametrize("path", ["record", "/downloads/", "entity"])
def test_without_scripts_it_can_be_read(
    browser: Browser, portal: str, record: str, small_city: Prepared, path: str
) -> None:
    """Address and citation stand there as text, and no button that does nothing."""
    code = rows_of(small_city, "credit.db", "SELECT uscc FROM entity")[0][0]
    context = browser.new_context(base_url=portal, java_script_enabled=False)
    page = context.new_page()
    page.goto({"record": record, "entity": f"/entity/{code}"}.get(path, path))
    expect(page.locator("#cite-address")).to_be_visible()
    expect(page.locator("#cite-words")).to_be_visible()
    expect(page.locator("button[data-copy]").first).to_be_hidden()
    context.close()
