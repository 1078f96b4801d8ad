"""The portal with a keyboard alone: every stop can be seen and is named, and nothing holds one."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from monitor.clocks import DISCLOSURE
from publish.demo.run import Prepared
from publish.pages.render import LANGUAGES, Language
from tests.e2e.pages import KINDS, Kind, name_of

WIDTHS = (1440, 360)
LONGEST = 600
"""More stops than any page that is walked through has."""

STOP = """() => {
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    const style = getComputedStyle(at);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const boxes = [...at.getClientRects()].filter((box) => box.width && box.height);
    const seen = (x, y) => {
        const top = document.elementFromPoint(x, y);
        return top && (at.contains(top) || top.contains(at) && !top.matches("header, header *"));
    };
    const inside = boxes.some((box) => [0.1, 0.5, 0.9].some((part) =>
        seen(box.left + box.width * part, Math.max(box.top, 0) + Math.min(box.height, 40) / 2)));
    const labels = [...(at.labels ?? [])].map((label) => label.textContent);
    const named = (at.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean)
        .map((id) => document.getElementById(id)?.textContent ?? "");
    at.dataset.walked ??= document.querySelectorAll("[data-walked]").length;
    return {
        what: at.outerHTML.slice(0, 160),
        number: Number(at.dataset.walked),
        name: [at.getAttribute("aria-label"), ...named, ...labels, at.textContent].join("").trim(),
        target: at.matches("main"),
        outlined, inside,
    };
}"""
"""Where the keyboard is: its name, whether it is outlined, and whether anything covers it."""

FOCUSABLE = """() => [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
    .filter((one) => !one.disabled && one.checkVisibility({ visibilityProperty: true })).length"""
"""How many elements the keyboard should come to."""


class Walker:
    """Somebody who has a keyboard and no mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, key: str) -> None:
        """Presses a key."""
        self.page.keyboard.press(key)

    def stop(self) -> dict[str, Any] | None:
        """Where the keyboard is, which must be plain to see; None if it has left the page."""
        here: dict[str, Any] | None = self.page.evaluate(STOP)
        if here and not here["target"]:
            trouble = [key for key in ("name", "outlined", "inside") if not here[key]]
            assert not trouble, (self.page.url, trouble, here["what"])
        return here

    def tab(self) -> dict[str, Any] | None:
        """Goes on to the next stop."""
        self.press("Tab")
        return self.stop()

    def to(self, selector: str) -> None:
        """Goes on until the keyboard is on what a selector means."""
        for _ in range(LONGEST):
            here = self.tab()
            assert here, f"{selector} was not reached on {self.page.url}"
            if self.page.evaluate("it => document.activeElement.matches(it)", selector):
                return
        raise AssertionError(f"{selector} was not reached on {self.page.url}")

    def follow(self, selector: str) -> None:
        """Goes on to a link and follows it."""
        self.to(selector)
        with self.page.expect_navigation():
            self.press("Enter")

    def skip(self) -> None:
        """Takes the page's first stop, which leads past its head."""
        self.to("*")
        assert self.page.evaluate("document.activeElement.getAttribute('href')") == "#main"
        self.press("Enter")
        expect(self.page.locator("#main")).to_be_focused()


@pytest.fixture(params=WIDTHS)
def walker(request: pytest.FixtureRequest, browser: Browser, portal: str) -> Iterator[Walker]:
    """Somebody in front of a wide window, or with a phone and a keyboard."""
    context = browser.new_context(
        base_url=portal, viewport={"width": request.param, "height": 800}, reduced_motion="reduce"
    )
    yield Walker(context.new_page())
    context.close()


def one(city: Prepared, database: str, sql: str) -> Any:  # noqa: ANN401
    """What the released database says first."""
    path = city.project.current / database
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as db:
        return db.execute(sql).fetchone()[0]


def home(walker: Walker, lang: Language) -> None:
    """Opens the home page and skips its head."""
    walker.page.goto("/" if lang == "zh" else f"/{lang}/")
    walker.skip()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_from_home_to_a_record(walker: Walker, small_city: Prepared, lang: Language) -> None:
    """What is typed is found, and the first thing found is a record that can be read."""
    name = one(small_city, "credit.db", "SELECT name FROM entity ORDER BY records DESC, uscc")
    home(walker, lang)
    walker.to("main input[name=q]")
    walker.page.keyboard.type(name)
    walker.follow("main form button")
    walker.skip()
    walker.follow("main a[href*='/record/']")
    expect(walker.page).to_have_url(re.compile("/record/"))
    expect(walker.page.locator("main")).to_contain_text(name)
    walker.skip()
    walker.to("main a")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_from_home_to_a_record_by_a_suggestion(
    walker: Walker, small_city: Prepared, lang: Language
) -> None:
    """A suggestion is chosen with arrow keys and Enter; its records are one more step."""
    name = one(small_city, "credit.db", "SELECT name FROM entity ORDER BY records DESC, uscc")
    home(walker, lang)
    walker.to("main input[name=q]")
    walker.page.keyboard.type(name[-8:-4])
    expect(walker.page.get_by_role("option").first).to_be_visible()
    walker.press("ArrowDown")
    chosen = walker.page.locator("[role=option][aria-selected=true] span").inner_text()
    walker.stop()
    with walker.page.expect_navigation():
        walker.press("Enter")
    walker.skip()
    walker.follow("main a[href*='/record/']")
    expect(walker.page.locator("main")).to_contain_text(chosen)


LATE = "duty WHERE status = 'overdue'"
MOST = f"SELECT department FROM {LATE} GROUP BY 1 ORDER BY count(*) DESC, 1"
IN_SECTION = """() => {
    const heads = [...document.querySelectorAll("main h2[id]")].filter((head) =>
        head.compareDocumentPosition(document.activeElement) & Node.DOCUMENT_POSITION_FOLLOWING);
    return heads.at(-1).id;
}"""
"""Under which heading the keyboard is."""


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("way", ["/league/", "/departments/"])
def test_from_home_to_overdue_rows(
    walker: Walker, small_city: Prepared, lang: Language, way: str
) -> None:
    """By the league table or the list of departments to the rows that a department is late with."""
    code = one(small_city, "monitor.db", MOST)
    prefix = "" if lang == "zh" else f"/{lang}"
    home(walker, lang)
    walker.follow(f"a[href='{prefix}{way}']")
    walker.skip()
    walker.follow(f"main a[href='{prefix}/departments/{code}/']")
    walker.skip()
    clock = one(small_city, "monitor.db", f"SELECT clock FROM {LATE} AND department = '{code}'")
    part = "overdue" if clock == DISCLOSURE.name else "clocks"
    walker.to(f"main a[href='#{part}']")
    walker.press("Enter")
    walker.to("main a[href*='/monitor/duty?'][href*='status=overdue']")
    assert walker.page.evaluate(IN_SECTION) == part
    number = int(walker.page.evaluate("document.activeElement.textContent").replace(",", ""))
    with walker.page.expect_navigation():
        walker.press("Enter")
    walker.skip()
    walker.to("main table tbody a")
    expect(walker.page.locator("main table tbody tr")).to_have_count(number)


WALKED = [
    next(kind for kind in KINDS if kind.name == name)
    for name in ("home", "records-found", "record", "league", "department", "calendar", "table")
]
"""Pages with every sort of control: fields, filters, headings that sort, panels, charts."""


@pytest.mark.parametrize("kind", WALKED, ids=name_of)
def test_every_stop_is_seen_and_none_holds(
    walker: Walker, small_city: Prepared, kind: Kind
) -> None:
    """Tab alone comes to everything on a page, once, in plain view, and leaves it again."""
    walker.page.goto(kind.address(small_city.project, "zh"), wait_until="networkidle")
    for chart in walker.page.locator("figure[data-plotly]").all():
        chart.scroll_into_view_if_needed()  # a chart brings a button once it is drawn
        expect(chart.get_by_role("button").first).to_be_attached()
    walker.page.evaluate("scrollTo(0, 0)")
    stops: list[int] = []
    for _ in range(LONGEST):
        here = walker.tab()
        if not here:
            break
        if stops[-1:] != [here["number"]]:  # a date has a stop for its day, month and year
            stops.append(here["number"])
    assert here is None
    assert stops == [*range(len(stops))]
    assert len(stops) >= walker.page.evaluate(FOCUSABLE)


@pytest.mark.parametrize("walker", [WIDTHS[0]], indirect=True)
def test_a_heading_sorts_with_the_keyboard(walker: Walker) -> None:
    """Enter and Space on a heading sort by it, and the keyboard stays there."""
    walker.page.goto("/league/")
    walker.skip()
    walker.to("thead th:nth-child(2) button")
    orders = []
    for key in ("Enter", "Space"):
        walker.press(key)
        heading = walker.page.locator("thead th:nth-child(2)").first
        orders.append(heading.get_attribute("aria-sort"))
        expect(heading.get_by_role("button")).to_be_focused()
        walker.stop()
    assert sorted(map(str, orders)) == ["ascending", "descending"]
