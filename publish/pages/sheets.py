"""What a page is before it is in a language, and what all pages are made from."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from publish.catalogue.about import About
from publish.pages.figures import Figures
from publish.profile import DisclosureClock, Scheme
from publish.project import Project

CALCULATED = 7
"""The working days that the calculator begins with where the rules set no deadline."""


@dataclass(frozen=True)
class Sheet:
    """A page before it is in a language.

    Attributes:
        path: its address without the language's prefix.
        context: what its template asks for.
        prose: the text of site/content that it holds.
        shared: what many pages' templates ask for alike, so that it is looked through once.
    """

    path: str
    template: str
    context: Mapping[str, Any]
    prose: str | None = None
    shared: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Site:
    """Everything that the pages are made from."""

    figures: Figures
    project: Project
    manifest: Mapping[str, Any]
    credit: sqlite3.Connection

    @cached_property
    def about(self) -> About:
        """The release as catalogues describe it."""
        return About(self.project, self.manifest)

    @property
    def today(self) -> date:
        """The day of the release."""
        return date.fromisoformat(self.figures.release.as_of[:10])

    @property
    def clock(self) -> DisclosureClock:
        """The disclosure clock of today's decisions."""
        return self.project.profile.clocks.disclosure.on(self.today)

    @property
    def allowed(self) -> int:
        """Working days from decision to publication, for most records; 0 if no clock is set."""
        return max(self.clock.days.values(), default=0)

    @property
    def days(self) -> list[int]:
        """All numbers of working days that some decision is allowed, the usual one first."""
        others = {*self.clock.days.values(), *self.clock.items.values()} - {self.allowed}
        return [self.allowed or CALCULATED, *sorted(others)]

    def scheme(self, last: str) -> Scheme | None:
        """How the score of a period that ends on a day is made; None where nothing says."""
        scheme = self.project.profile.scheme
        return scheme.on(date.fromisoformat(last)) if scheme else None

    def files(self, name: str) -> list[Mapping[str, Any]]:
        """The release's downloads in a folder, or of one name in all its formats."""
        return self._files.get(f"downloads/{name}", [])

    @cached_property
    def _files(self) -> Mapping[str, list[Mapping[str, Any]]]:
        """The release's files by each folder above them, and by their path without endings."""
        out: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for file in self.manifest["files"]:
            path = PurePosixPath(file["path"])
            bare = path.with_name(path.name.partition(".")[0])
            for place in (bare, *path.parents):
                out[str(place)].append(file)
        return out
