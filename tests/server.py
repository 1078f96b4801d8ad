"""A portal's server in a process of its own, started as the README says."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from publish.project import SETTINGS


@contextmanager
def started(root: Path, *options: str) -> Iterator[str]:
    """The address of a project's portal on a free port, without a slash at its end.

    Whoever tests or measures it may ask as often as they like, unless the project says otherwise.

    Args:
        options: more options of ``gongshi serve``.
    """
    settings = root / SETTINGS
    stated = settings.read_bytes()
    unlimited(root)
    command = [sys.executable, "-m", "publish.cli", "--root", str(root), "serve", "--port", "0"]
    with subprocess.Popen(
        [*command, *options],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as server:
        assert server.stdout
        found = next(filter(None, (re.search(r"http://\S+", line) for line in server.stdout)))
        _wait(found.group())
        settings.write_bytes(stated)  # others use the project too, and releases are made of it
        try:
            yield found.group().rstrip("/")
        finally:
            server.send_signal(signal.SIGINT)
            ended = server.wait(20)
        assert ended == 0


def _wait(address: str) -> None:
    """Waits until a server that has said its address answers."""
    with httpx.Client(timeout=30, transport=httpx.HTTPTransport(retries=20)) as client:
        client.get(address)


def unlimited(root: Path) -> Path:
    """A project that lets one address ask as often as it likes, as tests and measurements do."""
    settings = root / SETTINGS
    text = settings.read_text("utf-8")
    if "requests_per_minute" not in text:
        settings.write_text(f"requests_per_minute = 0\n{text}", "utf-8")
    return root
