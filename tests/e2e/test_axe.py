"""What axe finds on the pages: nothing, in both languages, in light and dark, wide and narrow."""

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from publish.demo.run import Prepared
from publish.pages.render import LANGUAGES, Language
from tests.e2e.pages import EXAMPLES, Kind, name_of
from tests.e2e.tools import AXE, needs

pytestmark = needs(AXE)
Theme = Literal["light", "dark"]
WIDE, NARROW = 1440, 360
RULES: dict[Theme, dict[str, Any]] = {
    "light": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
"""All rules in light; in dark those whose answer is another there."""

OPEN = """
() => {
    for (const one of document.querySelectorAll("details")) one.open = true;
    for (const one of document.querySelectorAll(".scroll")) one.style.backgroundImage = "none";
}
"""
"""Shows what is folded up, without the shadows on which axe cannot measure contrasts."""

RUN = """
only => axe.run(document, {
    runOnly: only, resultTypes: ["violations"], elementRef: false
}).then(found => found.violations)
"""


@pytest.fixture(scope="module")
def window(browser: Browser, portal: str) -> Iterator[Page]:
    """One window for all pages, with axe in it, which the pages' own policy would refuse."""
    context = browser.new_context(base_url=portal, reduced_motion="reduce")
    context.add_init_script(path=AXE)
    yield context.new_page()
    context.close()


def check(page: Page, width: int, theme: Theme) -> None:
    """Fails if axe finds anything on the page as it is, saying what and where."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    found = [line for one in page.evaluate(RUN, RULES[theme]) for line in _told(one)]
    assert not found, "\n".join([f"{page.url} at {width}, {theme}", *found])


@pytest.mark.parametrize(("kind", "lang"), EXAMPLES, ids=name_of)
def test_axe_finds_nothing(window: Page, small_city: Prepared, kind: Kind, lang: Language) -> None:
    """Neither as the page comes nor with everything on it opened and drawn."""
    window.goto(kind.address(small_city.project, lang))
    check(window, WIDE, "light")
    window.evaluate(OPEN)
    for chart in window.locator("[data-plotly]").all():
        chart.scroll_into_view_if_needed()
        expect(chart.locator(".plot svg").first).to_be_visible()
    check(window, WIDE, "dark")
    check(window, NARROW, "light")
    check(window, NARROW, "dark")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_axe_finds_nothing_in_suggestions(window: Page, lang: Language) -> None:
    """Suggestions under the search box are as accessible as the page."""
    window.goto("/" if lang == "zh" else f"/{lang}/")
    window.get_by_role("combobox").first.press_sequentially("食品")
    expect(window.get_by_role("option").first).to_be_visible()
    for width in (WIDE, NARROW):
        check(window, width, "light")
        check(window, width, "dark")


def _told(violation: dict[str, Any]) -> Iterator[str]:
    """A violation in words, one line for each of its first elements."""
    for node in violation["nodes"][:5]:
        why = node["failureSummary"].splitlines()[1].strip()
        yield f"{violation['id']}: {' '.join(map(str, node['target']))}: {why}"
