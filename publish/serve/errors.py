"""What people are shown whose request is not answered."""

from collections.abc import Iterable

from publish.pages.errors import CODES, error_path
from publish.serve.answer import SHORT, Answer, Headers, plain_page
from publish.serve.static import Site


class ErrorPages:
    """The pages of a release for requests that are not answered, in memory from the start.

    So they are there whatever else fails, and cost nothing.

    Args:
        site: the release's generated pages.
        prefixes: what the addresses of the languages begin with.
    """

    def __init__(self, site: Site, prefixes: Iterable[str]) -> None:
        self._prefixes = sorted(prefixes, key=len, reverse=True)
        paths = [prefix + error_path(code) for prefix in self._prefixes for code in CODES]
        self._pages = {path: text for path in paths if (text := site.text(path))}

    def page(self, status: int, path: str, headers: Headers | None = None) -> Answer:
        """The page of a status in the language of an address; a plain one where there is none."""
        prefix = next((p for p in self._prefixes if path.startswith(f"{p}/")), "")
        kept = {"cache-control": SHORT if status == 404 else "no-store", **(headers or {})}
        if text := self._pages.get(prefix + error_path(status)):
            return Answer(status, text, headers=kept)
        return plain_page(status, "无法显示这个页面。", "This page cannot be shown.", kept)
