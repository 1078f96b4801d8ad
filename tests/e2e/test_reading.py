"""Pages for readers who enlarge, space out, print, need no motion or choose their own colours."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from publish.demo.run import Prepared
from publish.pages.render import Language
from tests.e2e.pages import EXAMPLES, KINDS, Kind, name_of

NARROWEST = 320
"""What a window of 1280 pixels shows when it is enlarged four times (WCAG 1.4.10)."""

SHEET = 703
"""Pixels of CSS between the margins of a sheet of A4."""

SPACED = """
* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-bottom: 2em !important }
"""
"""The spacing that must lose nothing (WCAG 1.4.12)."""

CUT = """() => [...document.querySelectorAll("body *")].filter((one) => {
    const style = getComputedStyle(one);
    const shown = style.overflow === "visible" || style.clipPath !== "none";
    const kept = style.overflowX === "auto" || style.overflowX === "scroll";
    return one.textContent.trim() && !one.closest(".unseen, svg, .plot") && one.checkVisibility()
        && !shown && !kept && !one.matches("input, select, textarea")
        && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1);
}).map((one) => one.outerHTML.slice(0, 160))"""
"""What is cut off without a way to scroll to it."""

MOVING = """() => [...document.querySelectorAll("*")].filter((one) => {
    const style = getComputedStyle(one);
    const durations = `${style.transitionDuration},${style.animationDuration}`.split(",");
    return style.scrollBehavior !== "auto" || durations.some((each) => parseFloat(each) > 0);
}).map((one) => one.outerHTML.slice(0, 160))"""
"""What moves by itself or takes its time."""

PRINTED = """() => [...document.querySelectorAll("nav, form, button, input, .skip, .tools")]
    .filter((one) => one.checkVisibility()).map((one) => one.outerHTML.slice(0, 160))"""
"""Controls that are of no use on paper."""

WIDE = "document.documentElement.scrollWidth"


@pytest.fixture(scope="module")
def window(browser: Browser, portal: str) -> Iterator[Page]:
    """One window for all pages, to which a reader may add a style."""
    context = browser.new_context(base_url=portal, bypass_csp=True, reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(("kind", "lang"), EXAMPLES, ids=name_of)
def test_nothing_is_lost_when_enlarged_or_spaced_out(
    window: Page, small_city: Prepared, kind: Kind, lang: Language
) -> None:
    """No page scrolls sideways, enlarged four times or with more room between letters."""
    window.set_viewport_size({"width": NARROWEST, "height": 640})
    window.goto(kind.address(small_city.project, lang))
    assert window.evaluate(WIDE) <= NARROWEST
    window.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    assert window.evaluate(WIDE) <= NARROWEST
    window.add_style_tag(content=SPACED)
    for width in (NARROWEST, 1280):
        window.set_viewport_size({"width": width, "height": 640})
        assert window.evaluate(WIDE) <= width
        assert window.evaluate(CUT) == []


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_nothing_moves_for_whom_motion_is_too_much(
    window: Page, small_city: Prepared, kind: Kind
) -> None:
    """With reduced motion nothing scrolls smoothly, fades or slides."""
    window.goto(kind.address(small_city.project, "zh"))
    assert window.evaluate(MOVING) == []


def test_something_would_move_otherwise(browser: Browser, portal: str) -> None:
    """Without that wish the same look finds that links within a page scroll smoothly."""
    context = browser.new_context(base_url=portal, reduced_motion="no-preference")
    page = context.new_page()
    page.goto("/")
    assert page.evaluate(MOVING)
    context.close()


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_a_page_can_be_printed(window: Page, small_city: Prepared, kind: Kind) -> None:
    """On paper there are no controls, the text is there, and charts are as the page came."""
    window.goto(kind.address(small_city.project, "zh"))
    window.emulate_media(media="print")
    window.set_viewport_size({"width": SHEET, "height": 1000})
    assert window.evaluate(PRINTED) == []
    assert window.locator("main h1").is_visible()
    assert (
        window.locator("figure.chart > svg:visible").count()
        == window.locator("figure.chart > svg").count()
    )
    window.emulate_media(media="screen")


@pytest.mark.parametrize("path", ["/", "/league/", "/calendar/"])
def test_chosen_colours_keep_focus_and_signs(browser: Browser, portal: str, path: str) -> None:
    """With the reader's own colours the focus is outlined; a status is a word with a mark."""
    context = browser.new_context(base_url=portal, forced_colors="active")
    page = context.new_page()
    page.goto(path)
    page.keyboard.press("Tab")
    style = "getComputedStyle(document.activeElement)"
    assert page.evaluate(f"{style}.outlineStyle") == "solid"
    assert page.evaluate(f"{style}.outlineColor !== {style}.backgroundColor")
    for status in page.locator("main .status:visible").all()[:20]:
        assert status.inner_text().strip()
        assert status.evaluate("it => getComputedStyle(it, '::before').content") not in {"none", ""}
    context.close()
