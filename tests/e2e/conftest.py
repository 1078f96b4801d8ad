"""A real browser on a real portal."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from publish.demo.run import QUARTER, Prepared, city, prepare
from tests.conftest import SMALL, silent
from tests.server import started

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def small_city(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The small city with a closed quarter, so that every kind of page is there."""
    plan = city(SMALL, quarter=QUARTER)
    return prepare(tmp_path_factory.mktemp("closed"), plan, silent)


@pytest.fixture(scope="session")
def portal(small_city: Prepared) -> Iterator[str]:
    """The address of the small city's portal, started as the README says."""
    with started(small_city.project.root) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium; closed with its module, since its event loop would disturb others."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=[*QUIET]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, portal: str) -> Iterator[Page]:
    """A fresh window; an error in any script or a refused file fails the test."""
    context = browser.new_context(base_url=portal, accept_downloads=True)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
    page.on("requestfailed", lambda r: troubles.append(f"{r.url}: {r.failure}"))
    yield page
    context.close()
    assert [t for t in troubles if "ERR_ABORTED" not in t] == []
