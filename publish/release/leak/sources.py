"""Where a value may lawfully stand, and where natural persons' names must not."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from importlib.resources import files
from pathlib import Path

from monitor.editions import words
from publish.project import SETTINGS, Project
from publish.release.leak.database import columns, lines, parts, read_only
from publish.release.leak.find import Piece
from publish.release.leak.kinds import Source
from publish.release.leak.unpack import pieces, text_pieces
from publish.schema import PERSON, RecordType, public_types

CREDIT = "credit.db"

Rows = Callable[[sqlite3.Connection, str], Iterable[str]]
"""The conditions by which the rows of a table are read, some of them at a time."""

Values = Callable[[sqlite3.Connection, RecordType, Rows], Iterator[bytes]]


def explaining(folder: Path, project: Project) -> Iterator[tuple[Source, Iterator[Piece]]]:
    """Where a value may stand: the texts of each source."""
    yield "site", (piece for path in sources(project) for piece in pieces(path))
    yield from explaining_rows(folder)


def explaining_rows(folder: Path, rows: Rows = parts) -> Iterator[tuple[Source, Iterator[Piece]]]:
    """Where a value may stand in rows of records."""
    yield "codes", _values(folder, _codes, rows)
    yield "public", _values(folder, _public, rows)


def names(folder: Path, rows: Rows = parts) -> Iterator[Piece]:
    """What stands in the place of natural persons' names."""
    return _values(folder, _names, rows)


def _values(folder: Path, values: Values, rows: Rows) -> Iterator[Piece]:
    """Values of all types of records."""
    with read_only(folder / CREDIT) as db:
        for record in public_types().values():
            if columns(db, record.name):
                yield from text_pieces(values(db, record, rows))


def _public(db: sqlite3.Connection, record: RecordType, rows: Rows) -> Iterator[bytes]:
    """The public values of a record type; of natural persons all but the name."""
    masked = _masked(record)
    listed = [name for name in columns(db, record.name) if name not in masked]
    yield from lines(db, record.name, listed, rows=rows)
    if masked:
        yield from lines(db, record.name, masked, f"party_kind IS NOT '{PERSON}'", rows)


def _names(db: sqlite3.Connection, record: RecordType, rows: Rows) -> Iterator[bytes]:
    """What stands in the place of natural persons' names in one record type."""
    if masked := _masked(record):
        yield from lines(db, record.name, masked, f"party_kind IS '{PERSON}'", rows)


def _codes(db: sqlite3.Connection, record: RecordType, rows: Rows) -> Iterator[bytes]:
    """The public codes of a record type."""
    fields = (f for f in record.public_fields if f.check == "uscc" or f.unicode == "code")
    yield from lines(db, record.name, [field.name for field in fields], rows=rows)


def _masked(record: RecordType) -> list[str]:
    """The columns that hold natural persons' names."""
    return [field.name for field in record.public_fields if field.disclosure == "masked"]


def sources(project: Project) -> Iterator[Path]:
    """What is public besides records: the project's texts and editions, and labels in the code."""
    for folder in (project.site, project.data / "reference", project.data / "profiles"):
        yield from sorted(path for path in folder.rglob("*") if path.is_file())
    for edition in sorted(project.editions.glob("[!.]*")):
        yield from words(edition)
    yield project.root / SETTINGS
    for package in ("publish", "monitor"):
        root = Path(str(files(package)))
        for path in sorted(root.rglob("*")):
            # The demo's people stand in its vocabulary.
            if path.suffix in {".py", ".json"} and "demo" not in path.relative_to(root).parts:
                yield path
