"""What was handed on, row by row, to be looked up when an answer comes."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from publish.register.identity import folded
from publish.register.pushes import PUSHED
from publish.register.register import Register

DOCUMENT, PARTY, CODE = "document_no", "party_name", "uscc"
"""The fields by which an answer tells a record."""


class Entry(NamedTuple):
    """A row of ours, as it was handed on.

    Attributes:
        state: the last answer to it; `PUSHED` if there is none.
        reason: what that answer gave as its reason.
        document_no: of the record in that version, as are the others.
    """

    file: str
    line: int
    record_id: str
    version: int
    action: str
    status: str
    state: str
    reason: str
    document_no: str
    party_name: str
    uscc: str | None

    @property
    def said(self) -> tuple[str, int, str, str]:
        """What the platform was told: of which record, in which version, to do what."""
        return self.record_id, self.version, self.action, self.status


class Log:
    """What was handed on, to be looked up."""

    def __init__(self, register: Register) -> None:
        self._db = register.db
        self._documents: dict[str, dict[str, list[Entry]]] = {}

    @cached_property
    def files(self) -> frozenset[str]:
        """The names of all files that were handed on."""
        return frozenset(row[0] for row in self._db.execute("SELECT DISTINCT file FROM push"))

    def at(self, file: str, line: int) -> Entry | None:
        """A row of a file; None if it has none of that number."""
        return next(self._entries("p.file = ? AND p.line = ?", file, line), None)

    def of_file(self, file: str) -> Iterator[Entry]:
        """The rows of a file."""
        return self._entries("p.file = ?", file)

    def with_document(self, file: str) -> Mapping[str, list[Entry]]:
        """The rows of a file, or of all files if none is named, by document number."""
        if file not in self._documents:
            found: dict[str, list[Entry]] = {}
            for entry in self.of_file(file) if file else self._entries("1"):
                found.setdefault(folded(entry.document_no), []).append(entry)
            self._documents[file] = found
        return self._documents[file]

    def _entries(self, where: str, *values: object) -> Iterator[Entry]:
        """Rows as they were handed on, each with its last answer."""
        named = (f"json_extract(v.payload, '$.{name}')" for name in (DOCUMENT, PARTY, CODE))
        rows = self._db.execute(
            "SELECT p.file, p.line, p.record_id, p.version, p.action, p.status, l.state, l.reason, "
            f"{', '.join(named)} FROM push p JOIN version v ON v.seq = p.version "
            "JOIN push l ON l.seq = (SELECT max(seq) FROM push WHERE file = p.file "
            f"AND line = p.line) WHERE p.state = '{PUSHED}' AND {where} ORDER BY p.seq",
            values,
        )
        yield from map(Entry._make, rows)
