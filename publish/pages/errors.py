"""The pages that are shown in place of the one asked for; they need nothing but themselves."""

from collections.abc import Iterator

from publish.pages.sheets import Sheet

CODES = (400, 403, 404, 405, 410, 429, 500, 503)
"""The statuses that people may be told."""


def error_path(code: int) -> str:
    """The address of the page of a status, without the language's prefix."""
    return f"/{code}.html"


def error_sheets() -> Iterator[Sheet]:
    """A page for each status."""
    for code in CODES:
        yield Sheet(error_path(code), "error.html", {"code": code, "detail": None})
