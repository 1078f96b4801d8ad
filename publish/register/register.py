"""The register: everything handed in and everything done with it, only ever added to.

Each table is a chain: a row's hash covers the row and the hash of the row before it, so that a
row changed, removed or slipped in later is found by `verify` and named.
"""

import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from publish.errors import ProblemError, UsageError

VERSION = 4
_START = "0" * 64
_FOREVER = "9999"
_SEAL = 64


@dataclass(frozen=True)
class Chain:
    """One append-only table of the register.

    Attributes:
        columns: name and SQL type of each column but the first (the row's number) and the last
            (its hash).
        since: the version of the register that brought it.
        sealed: a long column of UTF-8 text, and the column before it that holds its SHA-256. A
            row's hash then covers the latter, so that the text is gone through only once.
    """

    name: str
    columns: Mapping[str, str]
    indexes: tuple[str, ...] = ()
    since: int = 1
    sealed: str = ""

    def create(self, db: sqlite3.Connection) -> None:
        """Makes the table, with triggers that refuse every change to what is in it."""
        columns = ", ".join(f'"{n}" {kind}' for n, kind in self.columns.items())
        db.execute(
            f'CREATE TABLE "{self.name}" (seq INTEGER PRIMARY KEY, {columns}, hash TEXT NOT NULL)'
        )
        for verb in ("UPDATE", "DELETE"):
            db.execute(
                f'CREATE TRIGGER "{self.name}_no_{verb.lower()}" BEFORE {verb} ON "{self.name}" '
                "BEGIN SELECT RAISE(ABORT, 'the register is only ever added to'); END"
            )
        for sql in self.indexes:
            db.execute(sql)

    @property
    def insert(self) -> str:
        """The statement that adds a row."""
        marks = ("CAST(? AS TEXT)" if name == self.sealed else "?" for name in self.columns)
        return f'INSERT INTO "{self.name}" VALUES (?,{",".join(marks)},?)'

    def tail(self, db: sqlite3.Connection) -> tuple[int, str]:
        """Number and hash of the last row."""
        row = db.execute(
            f'SELECT seq, hash FROM "{self.name}" ORDER BY seq DESC LIMIT 1'
        ).fetchone()
        return (row[0], row[1]) if row else (0, _START)

    def append(self, db: sqlite3.Connection, rows: Iterable[Sequence[Any]]) -> int:
        """Adds rows to the end of the chain; returns the number of the last."""
        tail = _Tail(self, *self.tail(db))
        db.executemany(self.insert, map(tail.link, rows))
        return tail.seq

    def broken(self, db: sqlite3.Connection) -> Iterator[int]:
        """The numbers of the rows that are not as they were written.

        Where only a hash was changed the next row still fits the true one, so that just the
        changed row is named.
        """
        expected, before = 1, {_START}
        for seq, *values, stored in db.execute(f'SELECT * FROM "{self.name}" ORDER BY seq'):
            computed = {self.link(previous, seq, values) for previous in before}
            if stored not in computed or seq != expected or not self._holds(values):
                yield seq
            expected, before = seq + 1, {stored, *computed}

    def link(self, previous: str, seq: int, values: Sequence[Any]) -> str:
        """The hash of a row that follows the row with the hash ``previous``."""
        if self.sealed and len(values[self._seal]) == _SEAL:
            values = (*values[: self._seal + 1], *values[self._seal + 2 :])
        return sha256(previous.encode() + orjson.dumps((seq, *values))).hexdigest()

    @cached_property
    def _seal(self) -> int:
        """Where the hash of the sealed column stands; the column itself stands next to it."""
        return list(self.columns).index(self.sealed) - 1

    def _holds(self, values: Sequence[Any]) -> bool:
        """Whether a sealed column is what its hash says; version 1 covered it otherwise."""
        if not self.sealed or len(values[self._seal]) != _SEAL:
            return True
        return bool(seal(str(values[self._seal + 1]).encode()) == values[self._seal])


class _Tail:
    """The end of a chain while rows are being added."""

    def __init__(self, chain: Chain, seq: int, last: str) -> None:
        self._link, self.seq, self._last = chain.link, seq, last

    def link(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """The row as stored: its number, its values, its hash."""
        self.seq += 1
        self._last = self._link(self._last, self.seq, values)
        return (self.seq, *values, self._last)


def seal(content: bytes) -> str:
    """The SHA-256 of a sealed column's text."""
    return sha256(content).hexdigest()


def digest_v1(content: bytes) -> str:
    """What version 1 wrote instead of `seal`; rows that it wrote are compared by it."""
    return blake2b(content, digest_size=12).hexdigest()


META = Chain("meta", {"key": "TEXT NOT NULL UNIQUE", "value": "TEXT NOT NULL"})
BATCH = Chain(
    "batch",
    {
        "file_name": "TEXT NOT NULL",
        "sheet": "TEXT NOT NULL",
        "sha256": "TEXT NOT NULL",
        "bytes": "INTEGER NOT NULL",
        "received": "TEXT NOT NULL",
        "handler": "TEXT NOT NULL",
        "source": "TEXT",
        "record_type": "TEXT NOT NULL",
        "department": "TEXT",
        "repeats": "INTEGER",
        "rows": "INTEGER NOT NULL",
        "new": "INTEGER NOT NULL",
        "corrected": "INTEGER NOT NULL",
        "duplicate": "INTEGER NOT NULL",
        "rejected": "INTEGER NOT NULL",
        "header": "TEXT NOT NULL",
    },
    (
        "CREATE INDEX batch_sha256 ON batch(sha256)",
        "CREATE INDEX batch_received ON batch(received)",
    ),
)
TALLY = Chain(
    "tally",
    {
        "batch": "INTEGER NOT NULL",
        "department": "TEXT NOT NULL",
        "rows": "INTEGER NOT NULL",
        "new": "INTEGER NOT NULL",
        "corrected": "INTEGER NOT NULL",
        "duplicate": "INTEGER NOT NULL",
        "rejected": "INTEGER NOT NULL",
    },
    ("CREATE INDEX tally_batch ON tally(batch)",),
)
RECORD = Chain(
    "version",
    {
        "record_id": "TEXT NOT NULL",
        "record_type": "TEXT NOT NULL",
        "department": "TEXT NOT NULL",
        "batch": "INTEGER NOT NULL",
        "line": "INTEGER NOT NULL",
        "digest": "TEXT NOT NULL",
        "payload": "TEXT NOT NULL",
        "originals": "TEXT",
    },
    ("CREATE INDEX version_record ON version(record_id)",),
    sealed="payload",
)
REJECTED = Chain(
    "rejected",
    {"batch": "INTEGER NOT NULL", "line": "INTEGER NOT NULL", "cells": "TEXT NOT NULL"},
    ("CREATE INDEX rejected_batch ON rejected(batch)",),
)
FINDING = Chain(
    "finding",
    {
        "batch": "INTEGER NOT NULL",
        "line": "INTEGER",
        "department": "TEXT",
        "code": "TEXT NOT NULL",
        "severity": "TEXT NOT NULL",
        "field": "TEXT",
        "detail": "TEXT NOT NULL",
    },
    ("CREATE INDEX finding_batch ON finding(batch, line)",),
)
EVENT = Chain(
    "event",
    {
        "record_id": "TEXT NOT NULL",
        "kind": "TEXT NOT NULL",
        "at": "TEXT NOT NULL",
        "handler": "TEXT NOT NULL",
        "reason": "TEXT NOT NULL",
    },
    ("CREATE INDEX event_record ON event(record_id)",),
)
REVIEW = Chain(
    "review",
    {
        "batch": "INTEGER NOT NULL",
        "verdict": "TEXT NOT NULL",
        "at": "TEXT NOT NULL",
        "reviewer": "TEXT NOT NULL",
        "reason": "TEXT NOT NULL",
    },
    ("CREATE INDEX review_batch ON review(batch, seq, at, verdict)",),
    since=2,
)
WAITING, APPROVED, RETURNED = "waiting", "approved", "returned"
"""The verdicts on a batch that must be signed off; the last one counts."""
RELEASE = Chain(
    "release",
    {
        "release": "TEXT NOT NULL",
        "as_of": "TEXT NOT NULL",
        "outcome": "TEXT NOT NULL",
        "detail": "TEXT NOT NULL",
    },
    ("CREATE INDEX release_as_of ON release(as_of)",),
)
APPEARANCE = Chain(
    "appearance",
    {
        "release": "INTEGER NOT NULL",
        "record_id": "TEXT NOT NULL",
        "kind": "TEXT NOT NULL",
        "reason": "TEXT",
    },
    ("CREATE INDEX appearance_record ON appearance(record_id, seq, release, kind, reason)",),
)
JOB = Chain(
    "job",
    {
        "job": "TEXT NOT NULL",
        "at": "TEXT NOT NULL",
        "kind": "TEXT NOT NULL",
        "outcome": "TEXT",
        "rows": "INTEGER NOT NULL",
        "seconds": "REAL NOT NULL",
        "error": "TEXT",
    },
)
EDITION = Chain(
    "edition",
    {
        "period": "TEXT NOT NULL",
        "number": "INTEGER NOT NULL",
        "release": "TEXT NOT NULL",
        "as_of": "TEXT NOT NULL",
        "closed": "TEXT NOT NULL",
        "handler": "TEXT NOT NULL",
        "reason": "TEXT NOT NULL",
        "digest": "TEXT NOT NULL",
    },
    ("CREATE INDEX edition_period ON edition(period, number)",),
    since=3,
)
ALERT = Chain(
    "alert",
    {
        "event": "TEXT NOT NULL",
        "channel": "TEXT NOT NULL",
        "at": "TEXT NOT NULL",
    },
    ("CREATE INDEX alert_event ON alert(event, channel)",),
    since=3,
)
PUSH = Chain(
    "push",
    {
        "record_id": "TEXT NOT NULL",
        "version": "INTEGER NOT NULL",
        "action": "TEXT NOT NULL",
        "status": "TEXT NOT NULL",
        "file": "TEXT NOT NULL",
        "line": "INTEGER NOT NULL",
        "at": "TEXT NOT NULL",
        "state": "TEXT NOT NULL",
        "reason": "TEXT NOT NULL",
    },
    (
        "CREATE INDEX push_record ON push(record_id)",
        "CREATE INDEX push_file ON push(file, line)",
        "CREATE INDEX push_at ON push(at, record_id)",
    ),
    since=4,
)
Returned = tuple[int, list[str], list[tuple[str, str | None, str, dict[str, object]]]]
"""A rejected row: line, cells, and each finding as code, field, value shown, details."""

CHAINS = (
    META,
    BATCH,
    TALLY,
    RECORD,
    REJECTED,
    FINDING,
    EVENT,
    REVIEW,
    RELEASE,
    APPEARANCE,
    JOB,
    EDITION,
    ALERT,
    PUSH,
)


def utc(moment: datetime) -> str:
    """A moment as the register writes it: UTC, whole seconds, sortable as text.

    Raises:
        ValueError: if the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    """A moment from the register."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


@lru_cache(maxsize=200_000)
def local(text: str, zone: ZoneInfo) -> str:
    """A moment from the register as the public reads it: local time with its offset, ISO 8601."""
    return moment(text).astimezone(zone).isoformat()


@dataclass(frozen=True)
class Cut:
    """How much of the register had been written at a moment.

    Attributes:
        as_of: the moment.
        batch: the last batch received by then.
        release: the last release made before it.
        held: batches that had not been signed off, or were sent back.
    """

    as_of: str
    batch: int
    release: int
    held: tuple[int, ...] = ()


class Register:
    """An open register. Writing happens in `transaction` only."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    @property
    def identity_key(self) -> bytes:
        """The secret with which record ids are made."""
        return bytes.fromhex(self.meta("identity_key"))

    def meta(self, key: str) -> str:
        """A fixed fact about this register; empty if it was never set."""
        row = self.db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def set_meta(self, key: str, value: str) -> None:
        """States a fact about this register, once."""
        META.append(self.db, [(key, value)])

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: what is added within is kept only if no error leaves it."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            self.db.rollback()
            raise
        self.db.commit()

    def heads(self, record_ids: Sequence[str], held: Sequence[int] = ()) -> dict[str, str]:
        """The digest of the newest version of each record that is known.

        Args:
            held: batches whose versions do not count.
        """
        rows = self.db.execute(
            "SELECT record_id, digest, max(seq) FROM version "
            f"WHERE record_id IN (SELECT value FROM json_each(?)) {but(held)}GROUP BY record_id",
            (orjson.dumps(record_ids).decode(),),
        )
        return {row[0]: row[1] for row in rows}

    def held(self, as_of: str = _FOREVER) -> tuple[int, ...]:
        """The batches that are not signed off by a moment, or were sent back."""
        rows = self.db.execute(
            "SELECT batch, verdict, max(seq) FROM review WHERE at <= ? GROUP BY batch", (as_of,)
        )
        return tuple(batch for batch, verdict, _ in rows if verdict != APPROVED)

    def last_received(self) -> str:
        """When the last batch came in; empty if none did."""
        row = self.db.execute("SELECT max(received) FROM batch").fetchone()
        return row[0] or ""

    def last_release(self) -> str:
        """The moment of the last release; empty if there was none."""
        row = self.db.execute("SELECT max(as_of) FROM release WHERE outcome = 'ok'").fetchone()
        return row[0] or ""

    def releases(self) -> list[str]:
        """The names of all releases, newest first."""
        rows = self.db.execute("SELECT release FROM release WHERE outcome = 'ok' ORDER BY seq DESC")
        return [row[0] for row in rows]

    def last_event(self) -> str:
        """When something last happened to a record; empty if nothing did."""
        row = self.db.execute("SELECT max(at) FROM event").fetchone()
        return row[0] or ""

    def batches(self, last: int | None) -> Iterator[dict[str, Any]]:
        """The batches, oldest first, or only the last few."""
        names = ("seq", *BATCH.columns)
        rows = self.db.execute(
            f"SELECT * FROM (SELECT {', '.join(names)} FROM batch ORDER BY seq DESC LIMIT ?) "
            "ORDER BY seq",
            (-1 if last is None else last,),
        )
        yield from (dict(zip(names, row, strict=True)) for row in rows)

    def rejected(self, batch: int) -> tuple[list[str], Iterator[Returned]]:
        """The header of a batch, and its rejected rows with what was found in them."""
        header = self.db.execute("SELECT header FROM batch WHERE seq = ?", (batch,)).fetchone()[0]
        rows = self.db.execute(
            "SELECT line, cells, (SELECT json_group_array(json_array(code, field, detail)) "
            "FROM finding f WHERE f.batch = r.batch AND f.line = r.line) "
            "FROM rejected r WHERE batch = ? ORDER BY seq",
            (batch,),
        )
        return orjson.loads(header), (
            (line, orjson.loads(cells), [_finding(*found) for found in orjson.loads(findings)])
            for line, cells, findings in rows
        )

    def batch_with(self, sha: str, sheet: str) -> int | None:
        """The first batch that came from a file with the same bytes and was not sent back."""
        row = self.db.execute(
            f"SELECT min(seq) FROM batch WHERE sha256 = ? AND sheet = ? {but(self.held(), 'seq')}",
            (sha, sheet),
        ).fetchone()
        return row[0] if row else None

    def cut(self, as_of: datetime) -> Cut:
        """What had been written at a moment."""
        text = utc(as_of)
        batch = self.db.execute(
            "SELECT coalesce(max(seq), 0) FROM batch WHERE received <= ?", (text,)
        ).fetchone()[0]
        release = self.db.execute(
            "SELECT coalesce(max(seq), 0) FROM release WHERE outcome = 'ok' AND as_of < ?", (text,)
        ).fetchone()[0]
        return Cut(text, batch, release, self.held(text))

    def head(self) -> dict[str, list[Any]]:
        """Number and hash of the last row of each chain: what a manifest states."""
        return {chain.name: list(chain.tail(self.db)) for chain in CHAINS}

    def find(self, record_id: str) -> bool:
        """Whether a record is known."""
        found = self.db.execute("SELECT 1 FROM version WHERE record_id = ?", (record_id,))
        return found.fetchone() is not None

    def record_job(
        self,
        job: str,
        at: str,
        kind: str,
        outcome: str | None,
        rows: int,
        seconds: float,
        error: str | None,
    ) -> None:
        """Notes that a job started or ended."""
        with self.transaction() as db:
            JOB.append(db, [(job, at, kind, outcome, rows, seconds, error)])

    def job_events(self) -> list[dict[str, Any]]:
        """What jobs did, oldest first."""
        names = ("seq", *JOB.columns)
        rows = self.db.execute(f"SELECT {', '.join(names)} FROM job ORDER BY seq")
        return [dict(zip(names, row, strict=True)) for row in rows]


@contextmanager
def open_register(path: Path, identity_key: str = "") -> Iterator[Register]:
    """Opens the register of a project, making it if it does not exist.

    Args:
        path: the file.
        identity_key: the secret of a new register, hexadecimal; drawn by chance if empty.

    Raises:
        ProblemError: if the file is damaged.
        UsageError: if the register was written by a newer version.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, isolation_level=None)
    try:
        yield _prepared(db, path, identity_key)
    finally:
        db.close()


def _prepared(db: sqlite3.Connection, path: Path, identity_key: str) -> Register:
    """The register behind a connection, its tables made where they are missing."""
    try:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        db.execute("PRAGMA page_size = 16384")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA cache_size = -131072")
    except sqlite3.DatabaseError as error:
        raise _damaged(path, error) from error
    if version > VERSION:
        raise UsageError(
            f"{path} 由更新版本的 gongshi 写入（{version}）。请升级后再用。",
            f"{path} was written by a newer gongshi ({version}). Upgrade first.",
        )
    register = Register(db)
    if version < VERSION:
        _upgrade(register, identity_key or secrets.token_hex(32))
    return register


def _upgrade(register: Register, identity_key: str) -> None:
    """Makes the tables that a register does not have yet: all of them if it is new.

    What was written stays as it was written, so that its hashes still hold.
    """
    with register.transaction() as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        for chain in CHAINS:
            if chain.since > version:
                chain.create(db)
        if version == 0:
            register.set_meta("identity_key", identity_key)
        if version == 1:
            db.execute("DROP INDEX version_record")
            db.execute(*RECORD.indexes)
        db.execute(f"PRAGMA user_version = {VERSION}")


def but(held: Sequence[int], column: str = "batch") -> str:
    """The SQL condition that leaves out some batches."""
    return f"AND {column} NOT IN ({','.join(map(str, held))}) " if held else ""


@dataclass(frozen=True)
class Fault:
    """Something in the register that is not as it was written."""

    table: str
    seq: int | None
    zh: str
    en: str


def check_register(path: Path, progress: Callable[[str], None]) -> Iterator[Fault]:
    """Looks through the whole register: pages, indexes, and each chain row by row.

    Args:
        path: the register.
        progress: told the name of each table as it is begun.
    """
    with open_register(path) as register:
        for (message,) in register.db.execute("PRAGMA integrity_check"):
            if message != "ok":
                yield Fault("", None, f"文件页损坏：{message}", f"damaged pages: {message}")
        for chain in CHAINS:
            progress(chain.name)
            yield from _chain_faults(register.db, chain)


def _chain_faults(db: sqlite3.Connection, chain: Chain) -> Iterator[Fault]:
    """The rows of one chain that were changed, with where they came from."""
    try:
        db.text_factory = _lenient
        for seq in chain.broken(db):
            yield Fault(
                chain.name,
                seq,
                f"{chain.name} 第 {seq} 行与写入时不同{_origin(db, chain, seq, 'zh')}",
                f"{chain.name} row {seq} is not as it was written{_origin(db, chain, seq, 'en')}",
            )
    except sqlite3.DatabaseError as error:
        yield Fault(
            chain.name,
            None,
            f"{chain.name} 无法读出：{error}",
            f"{chain.name} cannot be read: {error}",
        )


def _lenient(raw: bytes) -> str:
    """Text even of bytes that are no longer UTF-8: the hash then tells that they changed."""
    return raw.decode("utf-8", "replace")


def _origin(db: sqlite3.Connection, chain: Chain, seq: int, lang: str) -> str:
    """For a record: the file and line that it came from."""
    if chain is not RECORD:
        return ""
    row = db.execute(
        "SELECT b.file_name, v.line, v.record_id FROM version v "
        "JOIN batch b ON b.seq = v.batch WHERE v.seq = ?",
        (seq,),
    ).fetchone()
    if row is None:
        return ""
    name, line, record = row
    if lang == "zh":
        return f"（记录 {record}，来自 {name} 第 {line} 行）"
    return f" (record {record}, from {name} line {line})"


def _finding(code: str, field: str | None, detail: str) -> tuple[str, str | None, str, Any]:
    """A finding as it was noted."""
    shown, details = orjson.loads(detail)
    return code, field, shown, details


def _damaged(path: Path, error: Exception) -> ProblemError:
    """The error for a register that SQLite cannot open."""
    return ProblemError(
        f"登记库 {path} 已损坏（{error}）。请从备份恢复。",
        f"The register {path} is damaged ({error}). Restore it from the backup.",
    )
