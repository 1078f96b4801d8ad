"""One writer per project: a lock that the system takes back when its holder ends, killed or not."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

import orjson

from publish.errors import ProblemError

_HELD: ContextVar[frozenset[Path]] = ContextVar("held", default=frozenset())


class LockedError(ProblemError):
    """Another process is writing to this project."""


@contextmanager
def writer_lock(path: Path) -> Iterator[None]:
    """Keeps every other writer out of a project for as long as the block runs.

    A block within a block of the same task holds the lock already. The file stays when the lock
    is let go of: removing it would let two processes lock two files of one name.

    Args:
        path: the lock file; made if it is not there.

    Raises:
        LockedError: if another process holds the lock, naming it and since when.
    """
    held = _HELD.get()
    if path in held:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _locked(path) from None
        _sign(file.fileno())
        token = _HELD.set(held | {path})
        try:
            yield
        finally:
            _HELD.reset(token)


def _sign(descriptor: int) -> None:
    """Writes who holds the lock, and since when by the clock of the file system."""
    os.ftruncate(descriptor, 0)
    os.utime(descriptor)
    since = datetime.fromtimestamp(os.fstat(descriptor).st_mtime, UTC)
    os.write(descriptor, orjson.dumps({"pid": os.getpid(), "since": f"{since:%Y-%m-%d %H:%M:%S}"}))


def _locked(path: Path) -> LockedError:
    """The error that names the holder; one that has not signed yet is not named."""
    try:
        holder = orjson.loads(path.read_bytes())
        pid, since = holder["pid"], holder["since"]
    except (orjson.JSONDecodeError, KeyError):
        pid, since = "?", "?"
    return LockedError(
        f"另一个进程（PID {pid}，自 {since} UTC 起）正在写入这个项目。请等它结束后再试。",
        f"Another process (PID {pid}, since {since} UTC) is writing to this project. "
        "Try again when it has ended.",
    )
