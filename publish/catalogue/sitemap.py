"""The pages that search engines are led to, and when what they say last changed."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as Xml
from xml.sax.saxutils import escape, quoteattr

from publish.catalogue.about import About
from publish.pages.render import LANGUAGES, TAGS, Renderer, moment_text

NAME = "sitemap.xml"
MOST = 50_000
"""How many addresses a sitemap may hold (sitemaps.org)."""

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_MAIN = re.compile(r"<main\b.*</main>", re.DOTALL)


@dataclass(frozen=True)
class Before:
    """The pages of the release before.

    Attributes:
        site: their folder.
        days: when each address last changed, as its sitemap says.
        moments: what names the release and its moment on a page.
    """

    site: Path
    days: Mapping[str, str]
    moments: frozenset[str]


def read_before(folder: Path, manifest: Mapping[str, str]) -> Before:
    """The pages of a release with its manifest; it may be from before there were sitemaps."""
    path = folder / "site" / NAME
    days = dict(_days(Xml.parse(path))) if path.is_file() else {}  # noqa: S314 - our own file
    return Before(folder / "site", days, _moments(manifest["release"], manifest["as_of"]))


def sitemap(
    about: About, renderer: Renderer, out: Path, paths: Iterable[str], before: Before | None
) -> str:
    """The sitemap of the generated pages.

    A page whose main part says what it said in the release before, apart from the release and its
    moment, keeps its day.

    Args:
        out: the folder of the pages, which are written already.
        paths: the addresses of the pages, without the language's prefix.
        before: the release before; None if there is none.
    """
    moments = _moments(about.release, about.manifest["as_of"])
    entries = []
    for path in paths:
        addresses = {lang: renderer.prefix(lang) + path for lang in LANGUAGES}
        links = "".join(
            f'<xhtml:link rel="alternate" hreflang="{TAGS[lang]}" '
            f"href={quoteattr(about.url(address))}/>"
            for lang, address in addresses.items()
        )
        for address in addresses.values():
            day = _unchanged(out, address, moments, before, about) or about.day
            loc = escape(about.url(address))
            entries.append(f"<url><loc>{loc}</loc><lastmod>{day}</lastmod>{links}</url>\n")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{_NAMESPACE}" '
        f'xmlns:xhtml="http://www.w3.org/1999/xhtml">\n{"".join(entries[:MOST])}</urlset>\n'
    )


def _unchanged(
    out: Path, address: str, moments: frozenset[str], before: Before | None, about: About
) -> str | None:
    """The day that a page has been as it is since; None if it was not so in the release before."""
    if before is None or about.url(address) not in before.days:
        return None
    name = f"{address.lstrip('/')}index.html"
    old, new = before.site / name, out / name
    same = old.is_file() and (
        new.samefile(old) or _said(old, before.moments) == _said(new, moments)
    )
    return before.days[about.url(address)] if same else None


def _said(page: Path, moments: frozenset[str]) -> str:
    """What a page says, without what is different in every release."""
    text = page.read_text("utf-8")
    found = _MAIN.search(text)
    said = found[0] if found else text
    for moment in sorted(moments, key=len, reverse=True):
        said = said.replace(moment, "")
    return said


def _moments(release: str, as_of: str) -> frozenset[str]:
    """What names a release and its moment on a page."""
    return frozenset({release, as_of, *(moment_text(as_of, lang) for lang in LANGUAGES)})


def _days(tree: "Xml.ElementTree[Xml.Element]") -> Iterator[tuple[str, str]]:
    """The addresses of a sitemap, each with its day."""
    for url in tree.iterfind(f"{{{_NAMESPACE}}}url"):
        loc, day = (url.findtext(f"{{{_NAMESPACE}}}{name}") for name in ("loc", "lastmod"))
        if loc and day:
            yield loc, day
