"""How much a page's first load weighs, and where it comes from."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Request

from publish.demo.run import Prepared
from tests.e2e.pages import KINDS, Kind, name_of
from tests.e2e.tools import PLOTLY, needs

CHECKOUT = Path(__file__).parents[2]
CHARTS = "/plotly-basic."
"""The charts' program, which comes only where a chart is seen."""
MOST = 150_000
"""Bytes of a first load as they are sent, without the charts' program."""


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_first_load_is_light_and_of_this_site(
    browser: Browser, portal: str, small_city: Prepared, kind: Kind
) -> None:
    """A page comes with all that it needs in few bytes, and asks no other host, to its very end."""
    context = browser.new_context(base_url=portal)
    page = context.new_page()
    asked: set[str] = set()
    done: dict[str, Request] = {}
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    page.on("requestfinished", lambda request: done.update({request.url: request}))
    page.goto(kind.address(small_city.project, "zh"))
    sent = {url: r.sizes()["responseBodySize"] for url, r in [*done.items()] if CHARTS not in url}
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    context.close()
    assert 0 < sum(sent.values()) < MOST, sent
    assert asked == {urlsplit(portal).netloc}


@needs(PLOTLY)
def test_the_program_of_the_charts_is_the_published_one() -> None:
    """What the site serves is byte for byte what its makers published."""
    served = CHECKOUT / "site/static" / PLOTLY.name
    assert served.read_bytes() == PLOTLY.read_bytes()
