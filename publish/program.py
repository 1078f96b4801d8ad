"""Which program this is: what the same program makes of the same stays the same."""

import sqlite3
import sys
from functools import cache
from hashlib import sha256
from importlib.metadata import distributions
from importlib.resources import files
from pathlib import Path


@cache
def program() -> bytes:
    """A digest of this program as it runs, of Python, SQLite and all libraries."""
    digest = sha256(sys.version.encode() + sqlite3.sqlite_version.encode())
    digest.update(repr(sorted({f"{d.name} {d.version}" for d in distributions()})).encode())
    for package in ("publish", "monitor"):
        root = Path(str(files(package)))
        for path in sorted(p for p in root.rglob("*") if p.suffix in {".py", ".json", ".toml"}):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.digest()
