"""The file that a fetch writes: it has its name only once it is complete."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

PART = ".part"


@contextmanager
def spool(path: Path) -> Iterator[BinaryIO]:
    """Opens a file beside its place and puts it there if no error leaves the block."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}{PART}")
    try:
        with aside.open("wb") as file:
            yield file
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def spool_path(folder: Path, at: datetime, rest: str) -> Path:
    """A name that tells the time (UTC) and is not taken yet."""
    stamp = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    path, number = folder / f"{stamp}{rest}", 1
    while path.exists():
        number += 1
        path = folder / f"{stamp}-{number}{rest}"
    return path
