"""What is told of a release in every catalogue: whose it is, where, which files, and who may."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from publish.profile import Jurisdiction
from publish.project import Project
from publish.release.datasets import Dataset, datasets
from publish.release.downloads import DATABASES
from publish.release.entries import Entry, entries
from publish.release.metadata import LICENCE
from publish.schema import public_types

MEDIA_TYPES: Mapping[str, str] = {
    "csv": "text/csv",
    "jsonl.gz": "application/gzip",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "db": "application/vnd.sqlite3",
    "db.zst": "application/zstd",
}
"""The media type of each format of a table, as a server sends it."""

Texts = tuple[str, str]


@dataclass(frozen=True)
class Group:
    """A set of data with its files.

    Attributes:
        name: unique in the portal.
        title: in Chinese and in English.
        page: the page about it, without the language's prefix.
        dataset: the table; None for a whole database.
    """

    name: str
    title: Texts
    page: str
    files: Sequence[Entry]
    dataset: Dataset | None = None


@dataclass(frozen=True)
class About:
    """A release as catalogues describe it."""

    project: Project
    manifest: Mapping[str, Any]

    @property
    def place(self) -> Jurisdiction:
        """Whose records these are."""
        return self.project.profile.jurisdiction

    @property
    def release(self) -> str:
        """The release's id."""
        return str(self.manifest["release"])

    @property
    def day(self) -> str:
        """The day of the data, ISO."""
        return str(self.manifest["as_of"][:10])

    @property
    def publisher(self) -> Texts:
        """Who publishes: the office that runs the portal, or else the place."""
        found = self.project.reference.departments.get(self.place.office or "")
        return (found.name_zh, found.name_en) if found else (self.place.name_zh, self.place.name_en)

    @property
    def licence(self) -> Texts:
        """The name and the address of the licence."""
        return LICENCE

    @cached_property
    def files(self) -> list[Entry]:
        """All files for download."""
        return entries(self.manifest)

    @cached_property
    def groups(self) -> list[Group]:
        """The files by what they hold: each database, then each table."""
        whole = [
            Group(name, title, "/downloads/", [f for f in self.files if f.title == title])
            for name, title in DATABASES.items()
        ]
        tables = (self._group(one) for one in datasets().values())
        return [group for group in (*whole, *tables) if group.files]

    def _group(self, one: Dataset) -> Group:
        """A table with its files."""
        page = f"/data/{one.name}/" if one.name in public_types() else "/data/"
        files = [f for f in self.files if f.table == one.name]
        return Group(one.name, one.title, page, files, one)

    @cached_property
    def _address(self) -> str:
        """What addresses begin with, read from the settings once."""
        return self.project.address

    def url(self, path: str) -> str:
        """An address with the portal's name in it."""
        return self._address + path

    def own_url(self, file: Entry) -> str:
        """The address at which a file stays what it is."""
        return self.url(f"/releases/{self.release}/{file.path}")
