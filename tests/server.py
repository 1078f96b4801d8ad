"""A portal's server in a process of its own, started as the README says."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def started(root: Path, *options: str) -> Iterator[str]:
    """The address of a project's portal on a free port, without a slash at its end.

    Args:
        options: more options of ``gongshi serve``.
    """
    command = [sys.executable, "-m", "publish.cli", "--root", str(root), "serve", "--port", "0"]
    with subprocess.Popen(
        [*command, *options],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as server:
        assert server.stdout
        found = next(filter(None, (re.search(r"http://\S+", line) for line in server.stdout)))
        try:
            yield found.group().rstrip("/")
        finally:
            server.send_signal(signal.SIGINT)
            ended = server.wait(20)
        assert ended == 0
