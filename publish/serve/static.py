"""Files of a release: the generated pages and the downloads. Nothing outside its folder."""

import re
from collections.abc import Mapping
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from publish.release.manifest import CHECKSUMS, file_sha256
from publish.serve.answer import SHORT, Answer, App, FileAnswer, redirect

FOREVER = "public, max-age=31536000, immutable"
_HASHED = re.compile(r"\.[0-9a-f]{8,64}\.\w+$")
_KINDS: Mapping[str, str] = {
    ".csv": "text/csv; charset=utf-8",
    ".db": "application/vnd.sqlite3",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".gz": "application/gzip",
    ".ics": "text/calendar; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/atom+xml; charset=utf-8",
}


class Site:
    """The generated pages and what they are made of."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def find(self, path: str, query: bytes = b"") -> Answer | None:
        """The answer to an address; None if there is no such page."""
        if path.endswith("/"):
            return self._page(path + "index.html")
        if self._file(path + "/index.html"):
            return redirect(path + "/", query)
        return self._page(path)

    def missing(self, prefix: str) -> Answer | None:
        """The site's own page for what is not there, in the language of a prefix."""
        file = self._file(f"{prefix}/404.html")
        return Answer(404, file.read_bytes(), headers={"cache-control": SHORT}) if file else None

    def _page(self, path: str) -> Answer | None:
        """A file in memory; its name tells whether its content can ever change."""
        file = self._file(path) or self._former(path)
        if not file:
            return None
        lasting = FOREVER if _HASHED.search(file.name) else SHORT
        return Answer(200, file.read_bytes(), content_type(file), {"cache-control": lasting})

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
    """The files that the manifest names for download, each with the checksum that it states."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        stated = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
        if (folder / CHECKSUMS).is_file():
            stated[CHECKSUMS] = file_sha256(folder / CHECKSUMS)
        self._folder = folder
        self._stated = stated

    def find(self, path: str) -> App | None:
        """The answer to an address; None if the manifest names no such file."""
        name = path.removeprefix("/")
        file = self._folder / name
        if name not in self._stated or file.is_symlink() or not file.is_file():
            return None
        headers = {
            "cache-control": SHORT,
            "content-disposition": f'attachment; filename="{file.name}"',
        }
        return FileAnswer(file, content_type(file), self._stated[name], headers)


def content_type(file: Path) -> str:
    """The media type of a file by its name; texts are UTF-8."""
    kind = _KINDS.get(file.suffix) or guess_type(file.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") and ";" not in kind else kind
