"""Every figure leads to its rows: followed from the pages to the answers of the real server."""

import re
import shutil
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urljoin

import httpx
import pytest
from click.testing import CliRunner

from publish.cli import main
from publish.demo.run import Prepared
from tests.server import started

SAMPLE = 60
"""How many figures of each sort of page are followed."""

KINDS = {
    "home": "index.html",
    "departments": "departments/index.html",
    "department": "departments/*/index.html",
    "league": "league/*/index.html",
    "edition": "editions/*/index.html",
    "lists": "lists/index.html",
    "list": "lists/*/index.html",
    "feedback": "feedback/index.html",
    "dictionary": "data/*/index.html",
}
"""The sorts of pages that show figures, each with its files."""


class Shown(NamedTuple):
    """A figure on a page.

    Attributes:
        href: the address of its rows.
        columns: the columns that add up to it; none where the rows are counted.
        text: what the page shows.
        figure: the exact figure where the text is not it.
    """

    href: str
    columns: tuple[str, ...]
    text: str
    figure: str | None


class Figures(HTMLParser):
    """The figures of a page that lead to rows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[Shown] = []
        self._open: Shown | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begins a figure."""
        values = dict(attrs)
        if tag == "a" and "data-rows" in values:
            columns = tuple(filter(None, (values["data-rows"] or "").split(",")))
            self._open = Shown(values["href"] or "", columns, "", values.get("data-figure"))

    def handle_data(self, data: str) -> None:
        """Takes what a figure shows."""
        if self._open:
            self._open = self._open._replace(text=self._open.text + data)

    def handle_endtag(self, tag: str) -> None:
        """Ends a figure."""
        if tag == "a" and self._open:
            self.found.append(self._open)
            self._open = None


@pytest.fixture(scope="module")
def closed_city(small_city: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the small city in which a quarter was closed, and so released again."""
    root = tmp_path_factory.mktemp("closed") / "city"
    shutil.copytree(small_city.project.root, root, symlinks=True)
    command = ["--root", str(root), "monitor", "close", "2026Q2"]
    done = CliRunner().invoke(main, command, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return root


@pytest.fixture(scope="module")
def client(closed_city: Path) -> Iterator[httpx.Client]:
    """Asks the portal of that city, started as the README says."""
    with (
        started(closed_city) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        yield client


def sample(site: Path, pattern: str) -> list[tuple[str, Shown]]:
    """Figures of one sort of page, evenly taken from all of them, with the file they stand in."""
    files = sorted(site.glob(pattern))
    assert files, pattern
    figures = [
        (str(path.relative_to(site)), shown)
        for path in files
        for shown in Figures(path.read_text("utf-8")).found
    ]
    return figures[:: max(1, len(figures) // SAMPLE)]


def rows_behind(client: httpx.Client, href: str, columns: tuple[str, ...]) -> float:
    """How many rows an address has, or what the columns of all of them add up to."""
    path, mark, asked = href.partition("?")
    size = "_size=max" if columns else "_size=0"
    address: str | None = f"{path}.json?{asked}{'&' if mark else ''}{size}&_shape=objects"
    total = 0.0
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, (href, answer.text)
        page: Mapping[str, Any] = answer.json()
        if not columns:
            return float(page["filtered_table_rows_count"])
        total += sum(row[c] or 0 for row in page["rows"] for c in columns)
        address = page["next_url"] and urljoin(address, page["next_url"])
    return total


def stated(shown: Shown) -> tuple[float, float]:
    """The figure that a page states, and by how much its rounding may hide."""
    text = (shown.figure or shown.text).replace(",", "").strip()
    decimals = len(text.partition(".")[2])
    return float(text), 0.5 * 10**-decimals if decimals or shown.columns == ("points",) else 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("prefix", ["", "en/"])
def test_figures_lead_to_their_rows(
    closed_city: Path, client: httpx.Client, kind: str, prefix: str
) -> None:
    """Behind each figure of each sort of page are exactly as many rows as it says."""
    site = closed_city / "data/releases/current/site"
    figures = sample(site, prefix + KINDS[kind])
    assert figures, "a page without figures proves nothing"
    wrong = []
    for name, shown in figures:
        figure, hidden = stated(shown)
        found = rows_behind(client, shown.href, shown.columns)
        if abs(found - figure) > hidden + 1e-9:
            wrong.append((name, shown, found))
    assert not wrong


def test_every_indicator_shows_both_its_parts(closed_city: Path, client: httpx.Client) -> None:
    """On departments' pages each indicator with cases leads to its numerator and denominator."""
    site = closed_city / "data/releases/current/site"
    names = {
        row["name"]
        for row in client.get("/monitor/indicator_name.json?_shape=objects&_size=max").json()[
            "rows"
        ]
    }
    seen = set()
    for path in sorted(site.glob("departments/*/index.html")):
        for row in re.findall(
            r'<tr><th scope="row"><a href="/methodology/#(\w+)">.*?</tr>',
            path.read_text("utf-8"),
            re.DOTALL,
        ):
            seen.add(row)
    assert seen <= names
    assert {"timeliness_rate", "late_rate", "compliance_rate", "completeness", "coverage"} <= seen


def test_a_duty_tells_how_it_was_counted(client: httpx.Client) -> None:
    """The page of a duty explains its deadline day by day and leads to its record and hand-in."""
    asked = "clock=disclosure&status=on_time&days_allowed=7&_size=1&_shape=objects"
    (duty,) = client.get(f"/monitor/duty.json?{asked}").json()["rows"]
    page = client.get(f"/monitor/duty/{duty['duty_id']}").text
    assert "7个工作日为" in page
    for address in (
        f"/credit/{duty['record_type']}/{duty['record_id']}",
        f"/credit/batch/{duty['batch']}",
        f"/departments/{duty['department']}/",
    ):
        assert f'href="{address}"' in page
        assert client.get(address).status_code == 200
    english = client.get(f"/en/monitor/duty/{duty['duty_id']}").text
    assert "7 working days:" in english
