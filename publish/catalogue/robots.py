"""What search engines are asked to leave alone."""

from collections.abc import Iterable

from publish.catalogue.about import About
from publish.catalogue.sitemap import NAME as SITEMAP

LIVE = ("/records", "/record/", "/entity/", "/api/", "/credit", "/monitor", "/releases/", "/-/")
"""What a search engine must not keep: records of which each may be taken off on any day, answers
without end to searches, and files of releases that have been followed by others."""


def robots(about: About, prefixes: Iterable[str]) -> str:
    """robots.txt (RFC 9309): the generated pages may be read, what is about single records not.

    Args:
        prefixes: what addresses of a language begin with.
    """
    kept = "".join(f"Disallow: {prefix}{path}\n" for prefix in prefixes for path in LIVE)
    api = "".join(f"Allow: {prefix}/api/$\n" for prefix in prefixes)
    return f"User-agent: *\n{api}{kept}\nSitemap: {about.url(f'/{SITEMAP}')}\n"
