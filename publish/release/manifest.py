"""What a release says of itself: counts, digests, files with checksums, the register's head."""

import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from publish.errors import ProblemError

NAME = "manifest.json"
CHECKSUMS = "downloads/checksums.txt"
_BLOCK = 1 << 20
_MODULUS = 1 << 256
_NO_PAGES = {"changes.xml", "catalog.ttl", "catalog.jsonld", "sitemap.xml"}
_NO_CONTENT = {"change", "release_step"}


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def table_digest(db: sqlite3.Connection, table: str) -> str:
    """A digest of a table's rows, whatever order they lie in: the sum of their SHA-256.

    It tells whether two releases hold the same. It is no seal: that is the SHA-256 of a file.
    """
    total = 0
    for row in db.execute(f'SELECT * FROM "{table}"'):
        total += int.from_bytes(sha256(orjson.dumps(row)).digest())
    return f"{total % _MODULUS:064x}"


def content_tables(db: sqlite3.Connection) -> list[str]:
    """The tables of credit.db whose rows are content, sorted by name.

    What changed since the release before is none: it depends on that release. Neither are the
    tables of full-text indexes, which are made of the others.
    """
    rows = db.execute("SELECT name FROM pragma_table_list WHERE type = 'table' ORDER BY name")
    return [name for (name,) in rows if name not in _NO_CONTENT and not name.startswith("sqlite_")]


def states_files(path: Path) -> bool:
    """Whether a page, named from the release's folder, depends on more than the content.

    Sizes and checksums of files depend on how the rows lie in a database, and not only on what
    they say; the feed of changes and the days in the sitemap depend on the release before.
    """
    return "downloads" in path.parts or path.name in _NO_PAGES


def content_digest(parts: dict[str, str]) -> str:
    """One digest of many, by name."""
    return sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()


def release_files(folder: Path) -> Iterator[Path]:
    """Every file of a release but the manifest, sorted."""
    yield from sorted(
        p for p in folder.rglob("*") if p.is_file() and not p.is_symlink() and p.name != NAME
    )


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Writes manifest.json, readable and in a fixed order."""
    text = orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    (folder / NAME).write_bytes(text + b"\n")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a release.

    Raises:
        ProblemError: if it is missing or damaged.
    """
    try:
        found: dict[str, Any] = orjson.loads((folder / NAME).read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise ProblemError(
            f"发布版本 {folder.name} 的 {NAME} 无法读取：{error}。请重新发布：gongshi release。",
            f"{NAME} of release {folder.name} cannot be read: {error}. Run 'gongshi release'.",
        ) from error
    return found


def changed_files(folder: Path, manifest: dict[str, Any]) -> Iterator[str]:
    """The files that are missing, added or not as the manifest states."""
    stated: dict[str, str] = manifest["sha256"]
    found = {str(p.relative_to(folder)): p for p in release_files(folder)}
    for name in sorted(stated.keys() | found.keys()):
        if name not in found or stated.get(name) != file_sha256(found[name]):
            yield name
