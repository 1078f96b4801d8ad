"""The records as they stood at a moment: newest version, first receipt, what happened since."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import orjson

from publish.disclose.disclose import NOTHING, History
from publish.register.pushes import HandedOn, handed_on
from publish.register.register import WAITING, Cut, Register, but


class Live(NamedTuple):
    """A record at a cut of the register.

    Attributes:
        version: 1 for what was first handed in, one more for each correction.
        batch: the batch that its newest version came in.
        first_batch: the batch that it first came in.
    """

    record_id: str
    record_type: str
    department: str
    values: dict[str, str]
    version: int
    batch: int
    first_batch: int


_AMONG = "AND record_id IN (SELECT value FROM json_each(:ids))"


@dataclass(frozen=True)
class Shown:
    """What earlier releases did with the records.

    Attributes:
        first: the release in which a record first appeared.
        public: the records that the last release held.
        gone: the records that were taken off: release and reason.
    """

    first: dict[str, int]
    public: set[str]
    gone: dict[str, tuple[int, str]]


@dataclass(frozen=True)
class Moment:
    """The register as it stood at a cut."""

    register: Register
    cut: Cut

    @cached_property
    def received(self) -> dict[int, str]:
        """When each batch came in (UTC)."""
        rows = self.register.db.execute(
            "SELECT seq, received FROM batch WHERE seq <= ?", (self.cut.batch,)
        )
        return dict(rows.fetchall())

    @cached_property
    def released(self) -> dict[int, str]:
        """The moment of each earlier release (UTC)."""
        rows = self.register.db.execute(
            "SELECT seq, as_of FROM release WHERE seq <= ?", (self.cut.release,)
        )
        return dict(rows.fetchall())

    @cached_property
    def histories(self) -> dict[str, History]:
        """What happened to records, for those to which something did."""
        found: dict[str, History] = {}
        self.add_events(found, 0)
        return found

    def add_events(self, histories: dict[str, History], after: int) -> int:
        """Adds what happened after the event so numbered; returns the last one's number."""
        rows = self.register.db.execute(
            "SELECT seq, record_id, kind, at FROM event WHERE seq > ? AND at <= ? ORDER BY seq",
            (after, self.cut.as_of),
        )
        for seq, record_id, kind, at in rows:
            histories[record_id] = histories.get(record_id, NOTHING).after(kind, at)
            after = seq
        return after

    @cached_property
    def shown(self) -> Shown:
        """What earlier releases showed."""
        return self._shown("", {})

    def _shown(self, among: str, values: dict[str, Any]) -> Shown:
        """What earlier releases showed of some records."""
        seen = Shown({}, set(), {})
        rows = self.register.db.execute(
            "SELECT record_id, release, kind, reason FROM appearance "
            f"WHERE release <= :release {among} ORDER BY seq",
            {"release": self.cut.release, **values},
        )
        for record_id, release, kind, reason in rows:
            note(seen, record_id, release, kind, reason)
        return seen

    @cached_property
    def handed_on(self) -> dict[str, HandedOn]:
        """When records were handed on to the platform above, for those that were."""
        return handed_on(self.register, self.cut.as_of)

    def records(self) -> Iterator[Live]:
        """All records, in the order of their newest versions."""
        return self._heads("", {})

    def touched(self, after: int, ids: Iterable[str]) -> Iterator[Live]:
        """The records with a version after the one so numbered, and those named."""
        return self._heads(
            "AND record_id IN (SELECT record_id FROM version WHERE seq > :after "
            "UNION SELECT value FROM json_each(:ids))",
            {"after": after, "ids": orjson.dumps(list(ids)).decode()},
        )

    def waiting(self) -> Iterator[Live]:
        """The versions that were handed in and wait for somebody to sign them off."""
        db, cut = self.register.db, self.cut
        verdicts = db.execute(
            "SELECT batch, verdict, max(seq) FROM review WHERE at <= ? AND batch <= ? "
            "GROUP BY batch",
            (cut.as_of, cut.batch),
        )
        if batches := [batch for batch, verdict, _ in verdicts if verdict == WAITING]:
            # The batches of versions rise with their numbers, and what waits is mostly new.
            rows = db.execute(
                "SELECT record_id, record_type, department, payload, 1, batch, batch FROM version "
                "WHERE batch IN (SELECT value FROM json_each(?)) AND seq > coalesce("
                "(SELECT seq FROM version WHERE batch < ? ORDER BY seq DESC LIMIT 1), 0)",
                (orjson.dumps(batches).decode(), min(batches)),
            )
            yield from map(_live, rows)

    def _heads(self, among: str, values: dict[str, Any]) -> Iterator[Live]:
        """The newest version by the cut of each record, versions that are held left out."""
        rows = self.register.db.execute(
            f"""
            WITH head AS (
                SELECT record_id, min(seq) AS first, max(seq) AS last, count(*) AS versions
                FROM version WHERE seq <= :last {but(self.cut.held)} {among} GROUP BY record_id
            )
            SELECT v.record_id, v.record_type, v.department, v.payload, head.versions, v.batch,
                iif(head.first = head.last, v.batch,
                    (SELECT f.batch FROM version f WHERE f.seq = head.first))
            FROM head JOIN version v ON v.seq = head.last ORDER BY head.last
            """,
            {"last": self.last_version, **values},
        )
        yield from map(_live, rows)

    def count(self) -> int:
        """How many records there are."""
        known = self.register.db.execute(
            "SELECT count(*) FROM (SELECT 1 FROM version WHERE seq <= ? GROUP BY record_id)",
            (self.last_version,),
        ).fetchone()[0]
        held = self.in_batches(self.cut.held)
        counting = Part(self.register, self.cut, frozenset(held)).records()
        return int(known) - len(held) + sum(1 for _ in counting)

    def in_batches(self, batches: Collection[int]) -> set[str]:
        """The records that have versions in some batches."""
        if not batches:
            return set()
        # The batches of versions rise with their numbers, and what is asked for is mostly new.
        rows = self.register.db.execute(
            "SELECT record_id FROM version WHERE batch IN (SELECT value FROM json_each(?)) "
            "AND seq <= ? AND seq > coalesce("
            "(SELECT seq FROM version WHERE batch < ? ORDER BY seq DESC LIMIT 1), 0)",
            (orjson.dumps(list(batches)).decode(), self.last_version, min(batches)),
        )
        return {row[0] for row in rows}

    @cached_property
    def last_version(self) -> int:
        """The last version that belongs to the cut."""
        row: Any = self.register.db.execute(
            "SELECT seq FROM version WHERE batch <= ? ORDER BY seq DESC LIMIT 1", (self.cut.batch,)
        ).fetchone()
        return int(row[0]) if row else 0


@dataclass(frozen=True)
class Part(Moment):
    """A moment at which only some records are looked at.

    Attributes:
        ids: which.
    """

    ids: frozenset[str]

    @cached_property
    def shown(self) -> Shown:
        """What earlier releases showed of these records."""
        return self._shown(_AMONG, self._listed)

    @cached_property
    def handed_on(self) -> dict[str, HandedOn]:
        """When these records were handed on, for those that were."""
        return handed_on(self.register, self.cut.as_of, self.ids)

    def records(self) -> Iterator[Live]:
        """These records, in the order of their newest versions."""
        return self._heads(_AMONG, self._listed)

    @property
    def _listed(self) -> dict[str, str]:
        """The ids as SQL takes them."""
        return {"ids": orjson.dumps(list(self.ids)).decode()}


def _live(row: tuple[Any, ...]) -> Live:
    """A record from its row."""
    record_id, record_type, department, payload, *rest = row
    return Live(record_id, record_type, department, orjson.loads(payload), *rest)


def note(seen: Shown, record_id: str, release: int, kind: str, reason: str | None) -> None:
    """Adds one appearance to what was shown."""
    if kind == "published":
        seen.first.setdefault(record_id, release)
        seen.public.add(record_id)
        seen.gone.pop(record_id, None)
    else:
        seen.public.discard(record_id)
        seen.gone[record_id] = (release, reason or "")
