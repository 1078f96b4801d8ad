"""A real PostgreSQL server for tests: a throw-away cluster on a free port."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

import psycopg

PASSWORD = "fictional-secret-7"  # noqa: S105 - of a server that lives for one test run


def programs() -> Path | None:
    """Where PostgreSQL's programs are; None if it is not installed."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = packaged[-1] if packaged else shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class Postgres:
    """A running server."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port

    def url(self, password: str = PASSWORD) -> str:
        """Its address."""
        return f"postgresql://clerk:{password}@127.0.0.1:{self.port}/postgres"

    def run(self, *statements: str) -> None:
        """Carries out statements."""
        with psycopg.connect(self.url(), autocommit=True) as db:
            for statement in statements:
                db.execute(statement.encode())

    @property
    def pid(self) -> int:
        """The process that answers the door."""
        return int((self.folder / "data/postmaster.pid").read_text("utf-8").splitlines()[0])

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the server and to all its processes."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text("utf-8")
        for process in (self.pid, *map(int, children.split())):
            os.kill(process, number)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A new server that is gone afterwards.

    PostgreSQL refuses to run as root, so root lends it to the user that owns nothing here.
    """
    found = programs()
    assert found is not None
    folder = Path(mkdtemp(prefix="gongshi-pg-", dir="/tmp"))
    become = _give_away(folder)
    (folder / "password").write_text(PASSWORD, "utf-8")
    port, data = _free_port(), folder / "data"
    init: list[str | Path] = [
        "-D",
        data,
        "-U",
        "clerk",
        "-A",
        "scram-sha-256",
        "--pwfile",
        folder / "password",
    ]
    options = f"-p {port} -h 127.0.0.1 -k {folder} -F -c max_connections=20"
    control: list[str | Path] = [*become, found / "pg_ctl", "-D", data, "-w"]
    try:
        _run([*become, found / "initdb", "-E", "UTF8", *init], folder)
        _run([*control, "-l", folder / "log", "-o", options, "start"], folder)
        yield Postgres(folder, port)
    finally:
        with suppress(subprocess.CalledProcessError):
            _run([*control, "-m", "immediate", "stop"], folder)
        shutil.rmtree(folder)


def _run(command: list[str | Path], folder: Path) -> None:
    """Runs one of PostgreSQL's programs."""
    quiet = subprocess.DEVNULL
    subprocess.run(command, cwd=folder, env={"LC_ALL": "C"}, stdout=quiet, stderr=quiet, check=True)


def _give_away(folder: Path) -> list[str]:
    """Gives a folder to another user if we are root; how to become that user."""
    if os.getuid() != 0:
        return []
    names = {user.pw_name for user in pwd.getpwall()}
    name = "postgres" if "postgres" in names else "nobody"
    shutil.chown(folder, name)
    return ["setpriv", "--reuid", name, "--regid", str(pwd.getpwnam(name).pw_gid), "--clear-groups"]


def _free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
