"""Files of a release: the generated pages and the downloads. Nothing outside its folder."""

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import lru_cache
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import quote

from publish.pages.render import RELEASED
from publish.release.changes import CHANGE
from publish.release.manifest import CHECKSUMS, file_sha256, read_manifest
from publish.serve.answer import SHORT, Answer, App, FileAnswer, Headers, redirect
from publish.serve.shelf import Shelf

FOREVER = "public, max-age=31536000, immutable"
KEPT = "public, max-age=3600, immutable"
"""How long others may keep a file of a release. It never changes, but what is taken off must be
gone from their caches the same day."""
_RELEASED = re.compile(r"/releases/(?P<release>\d{8}T\d{6}Z-[0-9a-f]{8})/(?P<name>downloads/.+)")
_HASHED = re.compile(r"\.[0-9a-f]{8,64}\.\w+$")
_KINDS: Mapping[str, str] = {
    ".cff": "application/yaml; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".db": "application/vnd.sqlite3",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".gz": "application/gzip",
    ".ics": "text/calendar; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".jsonld": "application/ld+json",
    ".parquet": "application/vnd.apache.parquet",
    ".ttl": "text/turtle; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/atom+xml; charset=utf-8",
    ".zst": "application/zstd",
    "sitemap.xml": "application/xml; charset=utf-8",
}


class Site:
    """The generated pages and what they are made of.

    Args:
        folder: where they lie.
        released: what the beginning of an address tells of the release in its language, as HTML;
            the longest beginning counts.
        assets: what pages that are made on request are made of, by its address: the project's
            files, which may have changed since the release was made.
    """

    def __init__(
        self,
        folder: Path,
        released: Mapping[str, str] | None = None,
        assets: Mapping[str, Path] | None = None,
    ) -> None:
        self._folder, self._assets, self._shelf = folder.resolve(), assets or {}, Shelf()
        self._released = sorted((released or {}).items(), key=lambda pair: -len(pair[0]))

    def find(self, path: str, query: bytes = b"") -> Answer | None:
        """The answer to an address; None if there is no such page."""
        if path.endswith("/"):
            return self._shelf.get(path + "index.html", self._page)
        if self._file(path + "/index.html"):
            return redirect(path + "/", query)
        return self._shelf.get(path, self._page) or self._other(path)

    def text(self, path: str) -> bytes | None:
        """What a file says; None if there is no such file."""
        file = self._file(path)
        return self._read(file, path) if file else None

    def _page(self, path: str) -> Answer | None:
        """A file in memory; its name tells whether its content can ever change."""
        file = self._file(path)
        if not file:
            return None
        lasting = {"cache-control": FOREVER if _HASHED.search(file.name) else SHORT}
        return Answer(200, self._read(file, path), content_type(file), lasting).ready()

    def _other(self, path: str) -> Answer | None:
        """What a page that is not of this release is made of."""
        if file := self._former(path):
            return Answer(200, file.read_bytes(), content_type(file), {"cache-control": FOREVER})
        if file := self._assets.get(path):
            return Answer(200, file.read_bytes(), content_type(file), {"cache-control": SHORT})
        return None

    def _read(self, file: Path, path: str) -> bytes:
        """A file; a page with the release that it is served from."""
        body = file.read_bytes()
        if file.suffix != ".html":
            return body
        said = next((html for start, html in self._released if path.startswith(start)), "")
        return body.replace(RELEASED.encode(), said.encode(), 1)

    def _former(self, path: str) -> Path | None:
        """What a page of another release that is still there is made of, its hash in its name.

        A client may hold that page while this release is served already.
        """
        others = self._folder.parent.parent.glob("[0-9]*/site") if _HASHED.search(path) else ()
        return next(filter(None, (Site(other)._file(path) for other in others)), None)

    def _file(self, path: str) -> Path | None:
        """The file behind an address, links followed; None if it lies elsewhere or is not one."""
        file = (self._folder / path.lstrip("/")).resolve()
        return file if file.is_relative_to(self._folder) and file.is_file() else None


class Downloads:
    """The files that manifests name for download, each under an address of its release.

    ``/downloads/NAME`` sends on to the file of the release being served. The file's own address
    never shows another file, and ends with the release, or as soon as anything that was public in
    it is not public any more.

    Args:
        folder: the release being served; others lie beside it.
        manifest: its manifest.
        gone: makes the page for what is not offered any more.
    """

    def __init__(
        self, folder: Path, manifest: Mapping[str, Any], gone: Callable[[Headers], Answer]
    ) -> None:
        self._folder, self._gone = folder, gone
        self._stated = dict(_stated(folder, manifest))
        self._oldest = _last_removal(folder / "credit.db")

    def find(self, path: str) -> App | None:
        """The answer to an address; None if no manifest names such a file."""
        if asked := _RELEASED.fullmatch(path):
            return self._released(asked["release"], asked["name"])
        name = path.removeprefix("/")
        if name not in self._stated or not _is_own(self._folder / name):
            return None
        address = f"/releases/{self._folder.name}/{quote(name)}"
        return Answer(302, headers={"location": address, "cache-control": SHORT})

    def _released(self, release: str, name: str) -> App | None:
        """The answer to a file's own address."""
        if release > self._folder.name:
            return None
        if release == self._folder.name:
            return _file(self._folder, name, self._stated)
        folder = self._folder.parent / release
        if release < self._oldest or not folder.is_dir():
            newest = f'</{quote(name)}>; rel="latest-version"'
            return self._gone({"link": newest} if name in self._stated else {})
        return _file(folder, name, _stated_before(folder))


def _file(folder: Path, name: str, stated: Mapping[str, str]) -> App | None:
    """A file of a release; None if its manifest names no such file."""
    file = folder / name
    if name not in stated or not _is_own(file):
        return None
    headers = {
        "cache-control": KEPT,
        "content-disposition": f'attachment; filename="{file.name}"',
        "x-robots-tag": "noindex",
    }
    return FileAnswer(file, content_type(file), stated[name], headers)


def _is_own(file: Path) -> bool:
    """Whether it is a file, and no link to one that lies elsewhere."""
    return file.is_file() and not file.is_symlink()


def _stated(folder: Path, manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The files for download of a release with their checksums."""
    yield from ((entry["path"], entry["sha256"]) for entry in manifest["files"])
    if (folder / CHECKSUMS).is_file():
        yield CHECKSUMS, file_sha256(folder / CHECKSUMS)


@lru_cache(maxsize=8)
def _stated_before(folder: Path) -> Mapping[str, str]:
    """The files of a release that is not the one being served."""
    return dict(_stated(folder, read_manifest(folder)))


def _last_removal(credit: Path) -> str:
    """The newest release that something public was taken off with; empty if none is known."""
    with closing(sqlite3.connect(f"file:{credit}?mode=ro&immutable=1", uri=True)) as db:
        (found,) = db.execute(
            f"SELECT max(release) FROM {CHANGE.name} WHERE kind = 'withdrawn'"
        ).fetchone()
    return found or ""


def content_type(file: Path) -> str:
    """The media type of a file by its name; texts are UTF-8."""
    known = _KINDS.get(file.name) or _KINDS.get(file.suffix)
    kind = known or guess_type(file.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") and ";" not in kind else kind
