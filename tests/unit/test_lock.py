"""One writer per project."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from publish.lock import LockedError, writer_lock

CHECKOUT = Path(__file__).parents[2]
HOLD = """
import sys, time
from pathlib import Path
from publish.lock import writer_lock

with writer_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds a lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, path], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_names_the_holder(tmp_path: Path) -> None:
    """A second writer is told who writes and since when, in both languages."""
    path = tmp_path / "data/writer.lock"
    with holder(path) as process, pytest.raises(LockedError) as caught, writer_lock(path):
        pass
    since = r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d"
    assert re.search(rf"PID {process.pid}，自 {since} UTC", caught.value.zh)
    assert re.search(rf"PID {process.pid}, since {since} UTC", caught.value.en)
    assert caught.value.exit_code == 1


def test_freed_when_done(tmp_path: Path) -> None:
    """After one writer the next may write, also after one that failed."""
    path = tmp_path / "writer.lock"
    with pytest.raises(ZeroDivisionError), writer_lock(path):
        raise ZeroDivisionError
    with writer_lock(path):
        assert str(os.getpid()) in path.read_text("utf-8")


def test_freed_when_killed(tmp_path: Path) -> None:
    """A process that was killed does not keep the lock."""
    path = tmp_path / "writer.lock"
    with holder(path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        with writer_lock(path):
            assert str(os.getpid()) in path.read_text("utf-8")


def test_within_itself(tmp_path: Path) -> None:
    """A step that takes the lock may be part of a larger one that holds it, up to its end."""
    path = tmp_path / "writer.lock"
    with writer_lock(path):
        with writer_lock(path):
            pass
        assert _refused(path)


def test_threads_are_others(tmp_path: Path) -> None:
    """Another thread of the same process is another writer."""
    path = tmp_path / "writer.lock"
    found: list[bool] = []
    with writer_lock(path):
        thread = Thread(target=lambda: found.append(_refused(path)))
        thread.start()
        thread.join()
    assert found == [True]


def test_unsigned(tmp_path: Path) -> None:
    """A holder that has not signed yet is reported without a name."""
    path = tmp_path / "writer.lock"
    with holder(path):
        path.write_bytes(b"")
        with pytest.raises(LockedError, match=r"PID \?"), writer_lock(path):
            pass


def _refused(path: Path) -> bool:
    """Whether a writer that begins here, with nothing held, is refused."""
    refused: list[bool] = []

    def attempt() -> None:
        try:
            with writer_lock(path):
                refused.append(False)
        except LockedError:
            refused.append(True)

    thread = Thread(target=attempt)
    thread.start()
    thread.join()
    return refused[0]
