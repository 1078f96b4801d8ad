"""Charts in a browser: drawn by Plotly once they are seen, there without it too."""

import pytest
from playwright.sync_api import Browser, Page, expect

BUNDLE = "/static/plotly-basic."
DEPARTMENT = "/departments/market/"
CHART = "figure[data-plotly]"


def asked(page: Page) -> list[str]:
    """The addresses that the page asks for from now on, as they come."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url))
    return found


@pytest.mark.parametrize("path", ["/", DEPARTMENT, "/en/league/2026/"])
def test_the_bundle_is_loaded_once_a_chart_is_seen(page: Page, portal: str, path: str) -> None:
    """Nothing of Plotly is asked for above the charts; then one file, from the portal itself."""
    requests = asked(page)
    page.set_viewport_size({"width": 360, "height": 500})
    page.goto(path, wait_until="networkidle")
    assert not [r for r in requests if BUNDLE in r]
    for chart in page.locator(CHART).all():
        chart.scroll_into_view_if_needed()
        expect(chart.locator(".plot .main-svg").first).to_be_visible()
        expect(chart.locator("> svg")).to_be_hidden()
    assert len([r for r in requests if BUNDLE in r]) == 1
    assert all(r.startswith((portal, "data:")) for r in requests)


def test_a_chart_keeps_its_height(page: Page) -> None:
    """Nothing below moves when Plotly's drawing takes the place of the first one."""
    page.goto("/")
    chart = page.locator(CHART).first
    still = chart.locator("> svg").bounding_box()
    chart.scroll_into_view_if_needed()
    plot = chart.locator(".plot")
    expect(plot.locator(".main-svg").first).to_be_visible()
    drawn = plot.bounding_box()
    assert still and drawn and abs(still["height"] - drawn["height"]) < 1


def test_colours_follow_the_theme(page: Page) -> None:
    """When the reader's system turns dark, the drawn chart does."""
    page.goto("/")
    chart = page.locator(CHART).first
    chart.scroll_into_view_if_needed()
    bar = chart.locator(".plot .bars path").nth(1)
    expect(bar).to_be_visible()
    colour = "e => getComputedStyle(e).fill"
    light = bar.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "([e, was]) => getComputedStyle(e).fill !== was", arg=[bar.element_handle(), light]
    )


def test_a_department_in_the_funnel_leads_to_its_page(page: Page) -> None:
    """A click on a dot opens the department that it stands for."""
    page.goto("/league/2026/")
    chart = page.locator(CHART).first
    chart.scroll_into_view_if_needed()
    dot = chart.locator(".plot .scatterlayer .trace .points path").first
    expect(dot).to_be_visible()
    box = dot.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url("**/departments/*/")


def test_paper_gets_the_first_drawing(page: Page) -> None:
    """What is printed is the drawing that the page came with."""
    page.goto("/")
    chart = page.locator(CHART).first
    chart.scroll_into_view_if_needed()
    expect(chart.locator(".plot .main-svg").first).to_be_visible()
    page.emulate_media(media="print")
    expect(chart.locator("> svg")).to_be_visible()
    expect(chart.locator(".plot")).to_be_hidden()


def test_without_scripts_drawing_and_table_are_there(browser: Browser, portal: str) -> None:
    """Without JavaScript each chart is drawn, and its figures can be opened."""
    context = browser.new_context(base_url=portal, java_script_enabled=False)
    page = context.new_page()
    for path in ("/", DEPARTMENT, "/league/2026/"):
        page.goto(path)
        for chart in page.locator(CHART).all():
            expect(chart.locator("> svg")).to_be_visible()
            chart.locator("summary").click()
            expect(chart.locator("table")).to_be_visible()
    context.close()
