"""Everything that was done with one record: handed in, signed off, released, and what happened."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from publish.register.register import Register


class Version(NamedTuple):
    """A version of a record as it was handed in.

    Attributes:
        line: its line in the file.
        received: when (UTC).
        verdict: on its batch: waiting, approved or returned; None where no review was asked for.
        reviewer: who gave it; blank while it waits.
        reviewed: when it was given (UTC).
    """

    batch: int
    file_name: str
    sheet: str
    line: int
    received: str
    handler: str
    verdict: str | None
    reviewer: str | None
    reviewed: str | None


class Event(NamedTuple):
    """Something that happened to a record; at is UTC."""

    kind: str
    at: str
    handler: str
    reason: str


class Appearance(NamedTuple):
    """A release in which a record first appeared or came off; as_of is UTC.

    Attributes:
        kind: published or withdrawn.
        reason: why it came off, a reason code.
    """

    release: str
    as_of: str
    kind: str
    reason: str | None


@dataclass(frozen=True)
class Trail:
    """A record's way through the register up to a moment, each part oldest first.

    Attributes:
        record_type: blank where nothing of it had been handed in.
    """

    record_type: str
    department: str
    versions: tuple[Version, ...]
    events: tuple[Event, ...]
    appearances: tuple[Appearance, ...]


def trail(register: Register, record_id: str, as_of: str) -> Trail:
    """What the register knew of a record at a moment (UTC)."""
    found = list(_rows(register, _VERSIONS, record_id, as_of))
    record_type, department = found[-1][:2] if found else ("", "")
    return Trail(
        record_type,
        department,
        tuple(Version(*row[2:]) for row in found),
        tuple(Event(*row) for row in _rows(register, _EVENTS, record_id, as_of)),
        tuple(Appearance(*row) for row in _rows(register, _APPEARANCES, record_id, as_of)),
    )


def _rows(register: Register, sql: str, record_id: str, as_of: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a record up to a moment."""
    yield from register.db.execute(sql, {"record": record_id, "as_of": as_of})


_VERSIONS = """
    SELECT v.record_type, v.department, v.batch, b.file_name, b.sheet, v.line, b.received,
        b.handler, r.verdict, r.reviewer, r.at
    FROM version v JOIN batch b ON b.seq = v.batch
    LEFT JOIN review r ON r.seq = (
        SELECT max(seq) FROM review WHERE batch = v.batch AND at <= :as_of)
    WHERE v.record_id = :record AND b.received <= :as_of ORDER BY v.seq
"""
_EVENTS = """
    SELECT kind, at, handler, reason FROM event
    WHERE record_id = :record AND at <= :as_of ORDER BY seq
"""
_APPEARANCES = """
    SELECT r.release, r.as_of, a.kind, a.reason
    FROM appearance a JOIN release r ON r.seq = a.release
    WHERE a.record_id = :record AND r.as_of <= :as_of ORDER BY a.seq
"""
