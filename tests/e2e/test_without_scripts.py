"""With JavaScript off every page says what it says with it, and nothing on it is dead."""

from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from publish.demo.run import Prepared
from publish.pages.render import Language
from tests.e2e.pages import EXAMPLES, Kind, name_of

ADDED = "button, .calculator, .plot, .suggestions, .sortbar, [role=status]"
"""What scripts add to a page: controls, what they draw, and what they announce."""

TEXTS = """added => {
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        const text = walker.currentNode.data.trim();
        const seen = parent.checkVisibility({ visibilityProperty: true });
        if (text && seen && !parent.closest(added)) texts.push(text);
    }
    return texts;
}"""
"""All texts that can be seen in the main part."""

DEAD = """() => [...document.querySelectorAll("button, input, select, textarea")]
    .filter((one) => one.checkVisibility() && !one.form?.hasAttribute("action"))
    .map((one) => one.outerHTML)"""
"""Controls that can be seen and lead nowhere."""

BARE = """() => [...document.querySelectorAll("figure.chart")].filter((one) => {
    const picture = [...one.children].find((child) => child.matches("svg"));
    return !picture?.checkVisibility() || !one.querySelector("table");
}).map((one) => one.outerHTML.slice(0, 200))"""
"""Charts without a picture or without a table."""


@pytest.fixture(scope="module")
def plain(browser: Browser, portal: str) -> Iterator[Page]:
    """A window in which JavaScript is off."""
    context = browser.new_context(base_url=portal, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def rich(browser: Browser, portal: str) -> Iterator[Page]:
    """A window in which JavaScript is on."""
    context = browser.new_context(base_url=portal)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(("kind", "lang"), EXAMPLES, ids=name_of)
def test_a_page_says_the_same(
    plain: Page, rich: Page, small_city: Prepared, kind: Kind, lang: Language
) -> None:
    """No text is there only with scripts, no control leads nowhere, no chart is without figures."""
    address = kind.address(small_city.project, lang)
    plain.goto(address)
    rich.goto(address)
    texts = Counter(plain.evaluate(TEXTS, "x-none"))
    assert texts
    assert Counter(rich.evaluate(TEXTS, ADDED)) - texts == Counter()
    assert plain.evaluate(DEAD) == []
    assert plain.evaluate(BARE) == []


@pytest.mark.parametrize("lang", ["", "/en"])
def test_the_search_is_a_form(plain: Page, lang: str) -> None:
    """What is typed into either field is searched for when it is sent."""
    for path, field in (("/", "main input[name=q]"), ("/league/", "header input[name=q]")):
        plain.goto(lang + path)
        plain.locator(field).fill("食品")
        plain.locator(field).press("Enter")
        expect(plain.locator("main .results")).to_contain_text("食品")
        assert "/records?q=" in plain.url


def test_deadlines_are_printed(plain: Page) -> None:
    """The calendar says by when what was decided these days is due, without its calculator."""
    plain.goto("/calendar/")
    expect(plain.locator(".calculator")).to_be_hidden()
    expect(plain.locator("main table").first).to_be_visible()
    assert plain.locator("main time[datetime], main table td").count() > 5
