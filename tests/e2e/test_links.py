"""Where the pages lead: every link and anchor of every page is there."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urldefrag, urljoin, urlsplit

import httpx
import pytest

from publish.demo.run import Prepared
from tests.e2e.pages import EXAMPLES

ADDRESSES = {"href", "src", "action", "data-calendar", "data-plotly", "data-theme"}
NAMES = {"for", "headers", "list", "form"}
"""The attributes that name other elements of the page by their ids, besides those of ARIA."""
NAMING = {f"aria-{name}" for name in ("labelledby", "describedby", "controls", "owns", "details")}
ELSEWHERE = re.compile(r"creativecommons\.org|datasette\.io|[a-z.]+\.example")
"""The other sites that pages lead to: the licence, the program, the city's departments."""
MANY = re.compile("(/en)?/(record|entity|credit/[a-z_]+|monitor/[a-z_]+)/")
"""What the addresses of single records and rows begin with."""
SAMPLE = 2
"""How many are asked for of them, and of questions that differ in their values only."""


class Links(HTMLParser):
    """What a page leads to, and what can be led to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: set[str] = set()
        self.named: set[str] = set()
        self.ids: Counter[str] = Counter()
        self.feed(text)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes an element's addresses, its id and those of others."""
        for name, value in attrs:
            if name in ADDRESSES:
                self.targets.add(value or "")
            elif name == "id":
                self.ids[value or ""] += 1
            elif name in NAMES | NAMING:
                self.named.update((value or "").split())


class Pages:
    """The pages of a portal: those that were generated from disk, others as they are served."""

    def __init__(self, portal: str, city: Prepared) -> None:
        self.portal = portal
        self.project = city.project
        self.site = self.project.current / "site"
        self._served: dict[str, httpx.Response] = {}
        self._links: dict[str, Links] = {}
        self.client = httpx.Client(base_url=portal, follow_redirects=True, timeout=60)
        self.live = [kind.address(self.project, lang) for kind, lang in EXAMPLES if not kind.kept]

    @cached_property
    def generated(self) -> list[str]:
        """The addresses of the generated pages."""
        names = (p.relative_to(self.site).as_posix() for p in self.site.rglob("*.html"))
        return sorted("/" + name.removesuffix("index.html") for name in names)

    @cached_property
    def refused(self) -> set[str]:
        """The addresses of the list that are answered with no, and the questions among them."""
        kinds = [(kind.status, kind.address(self.project, lang)) for kind, lang in EXAMPLES]
        no = {address for status, address in kinds if status >= 400}
        return no | {query for address in no if (query := urlsplit(address).query)}

    def is_refused(self, address: str) -> bool:
        """Whether a page of an error leads to itself, in this or another language or format."""
        return address in self.refused or urlsplit(address).query in self.refused

    def file(self, path: str) -> Path | None:
        """The generated file at an address."""
        found = self.site / unquote(path).lstrip("/")
        found = found / "index.html" if path.endswith("/") else found
        return found if found.is_file() else None

    def links(self, address: str) -> Links:
        """What stands on the page at an address."""
        if address not in self._links:
            file = self.file(address)
            text = file.read_text("utf-8") if file else self.reply(address).text
            self._links[address] = Links(text)
        return self._links[address]

    def reply(self, address: str) -> httpx.Response:
        """What the server says to an address."""
        if address not in self._served:
            self._served[address] = self.client.get(address)
        return self._served[address]

    def led_to(self) -> Mapping[str, str]:
        """Every address that a page leads to, with the first page that does."""
        found: dict[str, str] = {}
        for page in (*self.generated, *self.live):
            for target in self.links(page).targets:
                address = urljoin(self.portal + page, target)
                found.setdefault(address.replace(self.project.address, self.portal, 1), page)
        return found


@pytest.fixture(scope="module")
def pages(portal: str, small_city: Prepared) -> Iterator[Pages]:
    """The pages of the small city."""
    found = Pages(portal, small_city)
    with found.client:
        yield found


def test_links_of_all_pages_lead_somewhere(pages: Pages) -> None:
    """Each address is a generated file, answered with success, or one of few other sites."""
    addresses = {urldefrag(target)[0]: page for target, page in pages.led_to().items()}
    own = [a.removeprefix(pages.portal) for a in addresses if a.startswith(pages.portal)]
    others = {urlsplit(a).netloc for a in addresses if not a.startswith(pages.portal)}
    assert not {host for host in others if not ELSEWHERE.fullmatch(host)}
    asked = _sampled(a for a in own if "?" in a or not pages.file(a))
    with ThreadPoolExecutor(4) as pool:
        replies = dict(zip(asked, pool.map(pages.reply, asked), strict=True))
    wrong = {
        address: (reply.status_code, addresses[pages.portal + address])
        for address, reply in replies.items()
        if not reply.is_success and not pages.is_refused(address)
    }
    assert not wrong


def test_anchors_of_all_pages_exist(pages: Pages) -> None:
    """Where an address ends in an anchor, the page has an element of that name."""
    wrong = {}
    for target, page in pages.led_to().items():
        address, anchor = urldefrag(target)
        if anchor and address.startswith(pages.portal):
            inner = address.removeprefix(pages.portal)
            if unquote(anchor) not in pages.links(inner).ids:
                wrong[target.removeprefix(pages.portal)] = page
    assert not wrong


def test_elements_name_others_that_exist(pages: Pages) -> None:
    """Each id stands once on its page, and what is named by an id is there."""
    wrong = {}
    for page in (*pages.generated, *pages.live):
        links = pages.links(page)
        twice = {name for name, n in links.ids.items() if n > 1}
        if twice or not links.named <= links.ids.keys():
            wrong[page] = twice | (links.named - links.ids.keys())
    assert not wrong


def _sampled(addresses: Iterator[str]) -> list[str]:
    """All addresses, but of records and of questions that differ in values only the first few."""
    counts: Counter[tuple[str, ...]] = Counter()
    kept = []
    for address in sorted(addresses):
        parts = urlsplit(address)
        one_of_many = MANY.match(parts.path)
        folder = one_of_many.group() if one_of_many and not parts.query else parts.path
        shape = (folder, *sorted({name for name, _ in parse_qsl(parts.query)}))
        counts[shape] += 1
        if counts[shape] <= SAMPLE:
            kept.append(address)
    return kept
