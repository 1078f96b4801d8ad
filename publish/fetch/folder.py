"""A watched folder: each file is taken once, when it has lain still; a share may be read-only."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import orjson

from publish.errors import GongshiError
from publish.fetch.asked import Asked, FetchError
from publish.fetch.declare import Folder

TAKEN = "taken"
"""Where files go that were taken in, if they are moved."""

_CHUNK = 1 << 20
_LONGEST = 60
_UNFINISHED = (".", "~$")

Seen = tuple[int, int]
"""A file's size in bytes and when it was last written to, in nanoseconds."""


@dataclass(frozen=True)
class Found:
    """A file in the folder.

    Attributes:
        name: where it lies below the folder.
        seen: its size and time.
    """

    path: Path
    name: str
    seen: Seen

    @property
    def kept_name(self) -> str:
        """Its name in our own folder: the end of a long one, without what is no Unicode."""
        return self.path.name.encode("utf-8", "replace").decode()[-_LONGEST:]

    def copy(self, out: BinaryIO) -> bool:
        """Copies it; returns whether it stayed the same meanwhile."""
        with self.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                out.write(chunk)
        return _seen(self.path) == self.seen


class Memory:
    """What was taken of a folder, by name, size and time, so that it need not be read again.

    It may be lost: the register still knows each file by its bytes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._taken: dict[str, Seen] = {}
        with suppress(OSError, orjson.JSONDecodeError, AttributeError, TypeError):
            self._taken = {k: (v[0], v[1]) for k, v in orjson.loads(path.read_bytes()).items()}

    def has(self, found: Found) -> bool:
        """Whether this very file was taken."""
        return self._taken.get(found.name) == found.seen

    def knows(self, name: str) -> bool:
        """Whether a file of this name was taken, be it with other bytes."""
        return name in self._taken

    def add(self, found: Found) -> None:
        """Notes that a file was taken."""
        self._taken[found.name] = found.seen
        self._write()

    def keep(self, names: set[str]) -> None:
        """Forgets what is no longer in the folder."""
        if gone := self._taken.keys() - names:
            for name in gone:
                del self._taken[name]
            self._write()

    def _write(self) -> None:
        """Writes it down in one step."""
        aside = self._path.with_name(f".{self._path.name}")
        aside.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(orjson.dumps(self._taken))
        aside.replace(self._path)


def look(how: Folder, asked: Asked) -> list[Found]:
    """The files of a folder, oldest first; hidden ones are still being written.

    Raises:
        FetchError: if the folder is not there.
    """
    folder = asked.root / how.path
    try:
        if not folder.is_dir():
            raise NotADirectoryError
        found = [Found(p, name, _seen(p)) for p, name in _files(folder, how.pattern)]
    except OSError as error:
        raise asked.failed(
            "读不到文件夹。请检查共享是否已挂载、有没有权限。",
            "the folder cannot be read. See whether the share is mounted and may be read.",
            f"{folder}: {error}",
        ) from None
    return sorted(found, key=lambda f: (f.seen[1], f.name))


def settled(how: Folder, asked: Asked, found: Found) -> bool:
    """Whether a file has lain still for long enough."""
    written = datetime.fromtimestamp(found.seen[1] / 1e9, UTC)
    return asked.at - written >= how.quiet


def put_away(path: Path, folder: Path) -> Path:
    """Moves a file; one of the same name that lies there already is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    target, number = folder / path.name, 1
    while target.exists():
        number += 1
        target = folder / f"{path.stem}-{number}{path.suffix}"
    return path.rename(target)


def trouble(asked: Asked, found: Found, error: GongshiError | OSError) -> FetchError:
    """The error for one file, which does not hold up the others."""
    if isinstance(error, GongshiError):
        zh, en, detail = error.zh, error.en, ""
    else:
        zh, en = "读不到，或者不能移动。请检查权限。", "cannot be read or moved. See who may do so."
        detail = str(error)
    where = found.kept_name
    return FetchError(
        f"来源 {asked.source}，文件 {where}：{zh}",
        f"Source {asked.source}, file {where}: {en}",
        detail,
    )


def _files(folder: Path, pattern: str) -> Iterator[tuple[Path, str]]:
    """The files that are meant, with their place below the folder."""
    for path in folder.glob(pattern):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(_UNFINISHED) for part in inside.parts)
        if not hidden and inside.parts[0] != TAKEN and path.is_file():
            yield path, os.fsencode(inside).decode("utf-8", "replace")


def _seen(path: Path) -> Seen:
    """A file's size and time."""
    state = path.stat()
    return state.st_size, state.st_mtime_ns
