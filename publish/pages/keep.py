"""Pages that stay: what is made of the same as in the release before is that release's file itself.

What a page is made of is hashed into a key. Keys are as private as the rest of data/cache: nobody
may learn from them that two departments' figures are equal. See
docs/decisions/0029-pages-that-stay.md.
"""

import os
import shutil
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, fields, is_dataclass
from hashlib import sha256
from pathlib import Path
from types import FunctionType
from typing import NamedTuple

import orjson
from pydantic import BaseModel

from publish.release.manifest import file_sha256

_OPTIONS = (
    orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS
)


def digest(*parts: object) -> str:
    """The SHA-256 of values: equal ones have the same, whatever is shown of others differs.

    Raises:
        TypeError: if they hold something of which it is not known what it says, or that can be
            read only once.
    """
    return sha256(orjson.dumps(parts, default=_plain, option=_OPTIONS)).hexdigest()


def files_digest(folder: Path) -> str:
    """The SHA-256 of all files in a folder, with their names."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return digest({path.relative_to(folder).as_posix(): file_sha256(path) for path in found})


class Made(NamedTuple):
    """A file as it was written.

    Attributes:
        key: of what it was made.
        sha256: of its bytes.
    """

    key: str
    sha256: str


@dataclass
class Keeper:
    """Writes files, or takes those over that would be the same.

    Attributes:
        before: the folder that files are taken from; None to make all anew.
        known: what was written there, by name.
        made: what was written now, by name.
    """

    before: Path | None = None
    known: Mapping[str, Made] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)

    def put(self, folder: Path, name: str, key: str, make: Callable[[], bytes]) -> Path:
        """Puts a file in its place, with the bytes and the time that it had where it had the key.

        Args:
            folder: where the files go.
            name: the file's name from there.
            key: of all that it is made of.
            make: makes its bytes.

        Returns:
            The file.
        """
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        made = self._taken_over(target, name, key)
        if made is None:
            content = make()
            target.write_bytes(content)
            made = Made(key, sha256(content).hexdigest())
        self.made[name] = made
        return target

    def write(self, path: Path) -> None:
        """Keeps what was written, for the release to come."""
        path.write_bytes(orjson.dumps({name: [*made] for name, made in self.made.items()}))

    def _taken_over(self, target: Path, name: str, key: str) -> Made | None:
        """What is known of the file before, if it is put in place; None if it will not do."""
        known = self.known.get(name)
        if self.before is None or known is None or known.key != key:
            return None
        source = self.before / name
        try:
            if sha256(source.read_bytes()).hexdigest() != known.sha256:
                return None
        except OSError:
            return None
        _link(source, target)
        return known


def read_keeper(site: Path, path: Path) -> Keeper:
    """What takes files over from a folder, by what was kept when they were written there.

    Args:
        site: the folder.
        path: what was kept; where it is missing or cannot be read, nothing is taken over.
    """
    try:
        kept = orjson.loads(path.read_bytes())
        return Keeper(site, {name: Made(*made) for name, made in kept.items()})
    except (OSError, orjson.JSONDecodeError, AttributeError, TypeError):
        return Keeper()


def _link(source: Path, target: Path) -> None:
    """One file under two names; a copy with its times where the file system allows no more."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _plain(value: object) -> object:
    """What stands for a value of which JSON knows nothing."""
    if isinstance(value, tuple):  # a row: its columns follow from the program
        return list(value)
    if is_dataclass(value) and not isinstance(value, type):
        return [type(value).__qualname__, {f.name: getattr(value, f.name) for f in fields(value)}]
    if isinstance(value, BaseModel):
        return [type(value).__qualname__, dict(value)]
    if isinstance(value, FunctionType) and "<" not in value.__qualname__:
        return f"{value.__module__}.{value.__qualname__}"
    return _contents(value)


def _contents(value: object) -> object:
    """What stands for a collection, or for a text of a kind of its own."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Set):
        return sorted(value)
    if isinstance(value, list):
        return list(value)
    if isinstance(value, str):
        return [type(value).__qualname__, "".join(value)]
    raise TypeError(type(value))
