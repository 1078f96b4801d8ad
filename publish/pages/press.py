"""Writes pages in both languages, or takes them over from the release before."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from publish.pages import charts, evidence, plots
from publish.pages.keep import Keeper, digest, files_digest
from publish.pages.render import LANGUAGES, Language, Renderer
from publish.pages.sheets import Sheet, Site
from publish.program import program

MODULES = {"rows": evidence, "charts": charts, "plots": plots}
"""The functions that every template may call."""


class Press:
    """Makes the files of sheets.

    Args:
        out: the folder that they go to.
        renderer: lays them out.
        site: what all pages are made from.
        keeper: takes over what stays.

    Attributes:
        state: the digest of what all files are made of alike: program, rules, templates, texts.
    """

    def __init__(self, out: Path, renderer: Renderer, site: Site, keeper: Keeper) -> None:
        self._out, self._renderer, self._keeper = out, renderer, keeper
        profile = site.project.profile
        self._rules = {"clock": site.clock, "persons": profile.persons.on(site.today)}
        self.state = digest(
            program().hex(),
            profile.model_dump_json(),
            site.project.address,
            files_digest(site.project.site),
            self._rules,
        )
        self._alike: dict[int, tuple[Mapping[str, Any], str]] = {}

    def press(self, sheets: Iterable[Sheet]) -> Iterator[list[Path]]:
        """Makes the files of each sheet."""
        for sheet in sheets:
            key = self._key(sheet)
            yield [self._put(lang, sheet, key) for lang in LANGUAGES]

    def _key(self, sheet: Sheet) -> str:
        """The digest of all that a sheet's pages are made of.

        Raises:
            TypeError: naming the page, if it is given what no digest can be taken of.
        """
        try:
            if id(sheet.shared) not in self._alike:
                self._alike[id(sheet.shared)] = sheet.shared, digest(sheet.shared)
            _, alike = self._alike[id(sheet.shared)]
            own = sheet.path, sheet.template, sheet.prose, sheet.context
            return digest(self.state, alike, *own)
        except TypeError as error:
            raise TypeError(f"{sheet.path}: {error}") from error

    def _put(self, lang: Language, sheet: Sheet, key: str) -> Path:
        """Puts one page in one language in its place."""
        name = (self._renderer.prefix(lang) + sheet.path).lstrip("/")
        if not name or name.endswith("/"):
            name += "index.html"
        return self._keeper.put(self._out, name, key, lambda: self._page(lang, sheet))

    def _page(self, lang: Language, sheet: Sheet) -> bytes:
        """One page in one language."""
        renderer, context = self._renderer, {**MODULES, **self._rules, **sheet.shared}
        context |= sheet.context
        if sheet.prose:
            context["prose"] = renderer.prose(sheet.prose, lang, **context)
        return renderer.render(sheet.template, lang, sheet.path, **context).encode()
