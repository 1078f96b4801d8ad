"""What happens to records besides hand-ins: what takes them off, who asked for it, and when.

A withdrawal, a repair and an objection upheld are events of the register; a department may also
hand a decision in again as revoked. Whatever the cause, the next release takes the record off.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import NamedTuple

import orjson

from publish.errors import UsageError
from publish.register.register import EVENT, Register, but, moment, utc
from publish.schema import public_types, record_type

OFF: Mapping[str, tuple[str, str]] = {
    "revoked": ("决定已撤销", "the decision was revoked"),
    "repaired": ("已准予信用修复", "credit repair was granted"),
    "upheld": ("异议成立，更正前不公示", "an objection was upheld: off until corrected"),
}
"""The kinds of event that take a record off; they are also the reasons for which it is off."""

OBJECTION: Mapping[str, tuple[str, str]] = {
    "objection_opened": ("已提出异议", "an objection was made"),
    "objection_closed": ("异议已办结", "the objection was dealt with"),
}
"""The kinds of event that do not take a record off, unless the rules hide what is objected to."""

DECIDED = "decided"
"""The event that says on which day a removal was decided, right before the one that tells of it."""

_REVOKED = "1"


@dataclass(frozen=True)
class Happening:
    """Something that happened to records.

    Attributes:
        kind: a key of `OFF` or `OBJECTION`.
        at: when the portal was told.
        decided: when it was decided, if earlier.
    """

    kind: str
    at: datetime
    handler: str
    reason: str
    decided: datetime | None = None


class Removal(NamedTuple):
    """A record taken off because somebody said that it must be. Moments are UTC.

    Attributes:
        public: when it had become public.
        off: when it was taken off.
    """

    record_id: str
    reason: str
    public: str
    off: str


class Cause(NamedTuple):
    """Who said that a record must come off. Moments are UTC.

    Attributes:
        by: who entered the event or handed the file in.
        told: when the portal was told.
        since: when it was decided, as far as the portal was told: the start of the clock.
        why: the reason given; empty for a hand-in.
        batch: the hand-in that said so; None for an event.
    """

    by: str
    told: str
    since: str
    why: str
    batch: int | None


class _State(NamedTuple):
    """What the last release that changed anything did with a record."""

    kind: str
    as_of: str
    reason: str | None


def enter(register: Register, records: Iterable[str], what: Happening) -> None:
    """Writes down what happened to some records, whether that makes sense or not."""
    rows: list[tuple[str, str, str, str, str]] = []
    for record_id in records:
        if what.decided:
            rows.append((record_id, DECIDED, utc(what.decided), what.handler, what.reason))
        rows.append((record_id, what.kind, utc(what.at), what.handler, what.reason))
    with register.transaction() as db:
        EVENT.append(db, rows)


def withdraw(register: Register, records: Collection[str], what: Happening) -> list[str]:
    """Writes down that public records must come off; the next release takes them off.

    Returns:
        Those for which it had not been written down yet: a release that failed may be tried again.

    Raises:
        UsageError: if any is unknown, was never public or is off already. All of these are named
            and nothing is written down.
    """
    _refuse_unknown(register, records)
    states = {record_id: _state(register, record_id) for record_id in records}
    _refuse(
        [record_id for record_id, state in states.items() if state is None],
        "从未公示，无需撤下。如要使其今后也不公示，请用 gongshi mark",
        "never public, so there is nothing to take off. "
        "'gongshi mark' keeps it from ever being shown",
    )
    _refuse(
        [
            f"{record_id} ({state.reason}, {state.as_of})"
            for record_id, state in states.items()
            if state and state.kind == "withdrawn"
        ],
        "早已撤下",
        "off already",
    )
    last = register.last_release()
    told = {r for r in records if _told_after(register, r, what.kind, last)}
    fresh = [record_id for record_id in records if record_id not in told]
    enter(register, fresh, what)
    return fresh


def mark(register: Register, records: Collection[str], what: Happening) -> None:
    """Writes down what happened to records without taking anything off.

    Raises:
        UsageError: if any is unknown, is public and would have to come off, has an open objection
            already, or has none that could be closed. All of these are named and nothing is
            written down.
    """
    _refuse_unknown(register, records)
    if what.kind in OFF:
        states = {record_id: _state(register, record_id) for record_id in records}
        _refuse(
            [r for r, state in states.items() if state and state.kind == "published"],
            "正在公示，请用 gongshi withdraw 撤下",
            "public; take it off with 'gongshi withdraw'",
        )
    elif what.kind == "objection_opened":
        _refuse(
            [r for r in records if _objection(register, r)],
            "已有未办结的异议",
            "an objection is open already",
        )
    else:
        _refuse(
            [r for r in records if not _objection(register, r)],
            "没有未办结的异议",
            "no objection is open",
        )
    enter(register, records, what)


def next_moment(register: Register, now: datetime) -> datetime:
    """Now; or right after the last release, should the clock have been set back since."""
    last = register.last_release()
    return max(now, moment(last) + timedelta(seconds=1)) if last else now


def removals(register: Register, release: int) -> Iterator[Removal]:
    """Every time that a release up to the one so numbered took a record off for a reason in `OFF`.

    A record that was corrected and published again may have come off more than once.
    """
    rows = register.db.execute(
        "SELECT a.record_id, a.kind, a.reason, r.as_of FROM appearance a "
        "JOIN release r ON r.seq = a.release WHERE a.release <= ? AND a.record_id IN ("
        f"SELECT record_id FROM appearance WHERE reason IN ({_listed(OFF)})) "
        "ORDER BY a.record_id, a.seq",
        (release,),
    )
    public = ""
    for record_id, kind, reason, as_of in rows:
        if kind == "published":
            public = as_of
        elif reason in OFF:
            yield Removal(record_id, reason, public, as_of)


def taken_off(register: Register, release: str) -> dict[str, str]:
    """The records that the newest release, or one shortly before it, took off, with the reason."""
    row = register.db.execute(
        "SELECT max(seq) FROM release WHERE release = ? AND outcome = 'ok'", (release,)
    ).fetchone()
    newest_first = register.db.execute(
        "SELECT release, record_id, kind, reason FROM appearance ORDER BY seq DESC"
    )
    since = takewhile(lambda each: each[0] >= (row[0] or 0), newest_first)
    return {
        record_id: reason
        for number, record_id, kind, reason in since
        if number == row[0] and kind == "withdrawn"
    }


def removal_by(register: Register, record_id: str, reason: str, off: str) -> Removal:
    """The removal of a public record by the release of a moment (UTC), made now or made again."""
    row = register.db.execute(
        "SELECT r.as_of FROM appearance a JOIN release r ON r.seq = a.release "
        "WHERE a.record_id = ? AND a.kind = 'published' AND r.as_of < ? "
        "ORDER BY a.seq DESC LIMIT 1",
        (record_id, off),
    ).fetchone()
    return Removal(record_id, reason, row[0], off)


def cause(register: Register, removal: Removal, held: Sequence[int]) -> Cause | None:
    """Who was the first to say that a record must come off; None if nobody is on record.

    Args:
        held: batches whose rows do not count.
    """
    found = [*_told(register, removal)]
    if removal.reason == "revoked":
        found += _handed_in(register, removal, held)
    return min(found, key=lambda each: (each.since, each.told), default=None)


def _told(register: Register, removal: Removal) -> Iterator[Cause]:
    """The events that took a record off."""
    rows = register.db.execute(
        "SELECT kind, at, handler, reason FROM event WHERE record_id = ? ORDER BY seq",
        (removal.record_id,),
    )
    decided = ""
    for kind, at, handler, why in rows:
        if kind == removal.reason and removal.public <= at <= removal.off:
            yield Cause(handler, at, decided or at, why, None)
        decided = at if kind == DECIDED else ""


def _handed_in(register: Register, removal: Removal, held: Sequence[int]) -> Iterator[Cause]:
    """The hand-ins that said that a decision was revoked."""
    rows = register.db.execute(
        "SELECT v.record_type, v.payload, b.received, b.handler, b.seq FROM version v "
        "JOIN batch b ON b.seq = v.batch WHERE v.record_id = ? AND b.received BETWEEN ? AND ? "
        f"{but(held, 'v.batch')} ORDER BY v.seq",
        (removal.record_id, removal.public, removal.off),
    )
    for name, payload, received, handler, batch in rows:
        if orjson.loads(payload).get(record_type(name).roles.get("status", "")) == _REVOKED:
            yield Cause(handler, received, received, "", batch)


def _state(register: Register, record_id: str) -> _State | None:
    """How a record stands with the public; None if it was never shown."""
    row = register.db.execute(
        "SELECT a.kind, r.as_of, a.reason FROM appearance a JOIN release r ON r.seq = a.release "
        "WHERE a.record_id = ? ORDER BY a.seq DESC LIMIT 1",
        (record_id,),
    ).fetchone()
    return _State(*row) if row else None


def _told_after(register: Register, record_id: str, kind: str, release: str) -> bool:
    """Whether an event of a kind was entered for a record since a release."""
    found = register.db.execute(
        "SELECT 1 FROM event WHERE record_id = ? AND kind = ? AND at > ?",
        (record_id, kind, release),
    )
    return found.fetchone() is not None


def _objection(register: Register, record_id: str) -> bool:
    """Whether an objection against a record is open."""
    row = register.db.execute(
        "SELECT kind FROM event WHERE record_id = ? AND kind IN "
        f"({_listed([*OBJECTION, 'upheld'])}) ORDER BY seq DESC LIMIT 1",
        (record_id,),
    ).fetchone()
    return row is not None and row[0] == "objection_opened"


def _refuse_unknown(register: Register, records: Iterable[str]) -> None:
    """Refuses ids that are of no record that could be public."""
    public = _listed(public_types())
    known = f"SELECT 1 FROM version WHERE record_id = ? AND record_type IN ({public})"
    _refuse(
        [r for r in records if not register.db.execute(known, (r,)).fetchone()],
        "没有这样的记录。编号见记录页的地址",
        "no such record. Its id is in the address of its page",
    )


def _refuse(records: Sequence[str], zh: str, en: str) -> None:
    """Refuses what cannot be done to some records, naming each."""
    if records:
        raise UsageError(f"{'、'.join(records)}：{zh}。", f"{', '.join(records)}: {en}.")


def _listed(names: Iterable[str]) -> str:
    """Names from the code as SQL lists them."""
    return ", ".join(f"'{name}'" for name in names)
