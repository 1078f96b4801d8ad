"""Review and sign-off (政府信息发布审签): who let a batch through, or sent it back, and when.

What waits or was sent back is in the register with every row, and no release takes notice of it.
The clocks do not stop meanwhile: the department owes the publication, not the hand-in.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import orjson

from publish.errors import UsageError
from publish.profile import Profile
from publish.register.register import (
    APPROVED,
    RETURNED,
    REVIEW,
    WAITING,
    Register,
    but,
    utc,
)
from publish.register.removal import next_moment


@dataclass(frozen=True)
class Waiting:
    """A batch that waits for its reviewer.

    Attributes:
        since: when it came in (UTC).
        reason: the rule that asks for a review.
    """

    batch: int
    file_name: str
    sheet: str
    record_type: str
    department: str | None
    handler: str
    since: str
    reason: str
    rows: int
    new: int
    corrected: int
    rejected: int


@dataclass(frozen=True)
class Change:
    """What one row of a batch would change.

    Attributes:
        line: its line in the file.
        before: the record as it is now; None if it is new.
    """

    record_id: str
    line: int
    before: dict[str, str] | None
    after: dict[str, str]


def asked_for(profile: Profile, record_type: str, departments: Iterable[str]) -> str:
    """The rule that asks for a review of such a batch; empty if none does."""
    rule = profile.review
    if rule is None:
        return ""
    wanted = record_type in rule.record_types or not set(rule.departments).isdisjoint(departments)
    return rule.source if wanted else ""


def hold(register: Register, batch: int, at: str, reason: str) -> None:
    """Lets a batch wait; part of the transaction in which it is taken in."""
    REVIEW.append(register.db, [(batch, WAITING, at, "", reason)])


def waiting(register: Register) -> Iterator[Waiting]:
    """The batches that wait, oldest first."""
    rows = register.db.execute(
        "SELECT b.seq, b.file_name, b.sheet, b.record_type, b.department, b.handler, r.at, "
        'r.reason, b.rows, b."new", b.corrected, b.rejected '
        "FROM review r JOIN batch b ON b.seq = r.batch WHERE r.verdict = ? "
        "AND r.seq = (SELECT max(seq) FROM review WHERE batch = r.batch) ORDER BY b.seq",
        (WAITING,),
    )
    yield from (Waiting(*row) for row in rows)


def approve(register: Register, batch: int, reviewer: str, at: datetime) -> None:
    """Signs a batch off: from now on its rows count.

    Raises:
        UsageError: if it does not wait, or its reviewer is who handed it in.
    """
    _decide(register, batch, APPROVED, reviewer, at, "")


def send_back(register: Register, batch: int, reviewer: str, at: datetime, reason: str) -> None:
    """Returns a batch to its department: its rows never count.

    Raises:
        UsageError: if it does not wait, its reviewer is who handed it in, or no reason is given.
    """
    if not reason.strip():
        raise UsageError("退回须写明理由。", "Say why it is sent back.")
    _decide(register, batch, RETURNED, reviewer, at, reason.strip())


def _decide(
    register: Register, batch: int, verdict: str, reviewer: str, at: datetime, reason: str
) -> None:
    """Writes a verdict down, unless there is one or nobody may give it."""
    with register.transaction() as db:
        found = next((w for w in waiting(register) if w.batch == batch), None)
        if found is None:
            raise UsageError(
                f"批次 {batch} 不在等待审签。待审签的见 gongshi review list。",
                f"Batch {batch} does not wait for a review. 'gongshi review list' shows which do.",
            )
        if not reviewer.strip():
            raise UsageError("请写明审签人。", "Name the reviewer.")
        if reviewer.strip() == found.handler:
            raise UsageError(
                f"{reviewer} 是这一批的经办人，须由另一人审签。",
                f"{reviewer} handed this batch in; somebody else must review it.",
            )
        REVIEW.append(db, [(batch, verdict, _after(register, at), reviewer.strip(), reason)])


def _after(register: Register, at: datetime) -> str:
    """The time of a verdict; never before the batch should the clock have been set back.

    And after the last release, also within its second: what that held can then never change.
    """
    return max(utc(next_moment(register, at)), register.last_received())


def changes(register: Register, batch: int) -> Iterator[Change]:
    """What the rows of a batch would change in what counts now, in their order."""
    held = register.held()
    rows = register.db.execute(
        "SELECT v.record_id, v.line, v.payload, (SELECT o.payload FROM version o "
        f"WHERE o.record_id = v.record_id AND o.batch <> v.batch {but(held, 'o.batch')} "
        "ORDER BY o.seq DESC LIMIT 1) FROM version v WHERE v.batch = ? ORDER BY v.seq",
        (batch,),
    )
    for record_id, line, after, before in rows:
        known = orjson.loads(before) if before else None
        yield Change(record_id, line, known, orjson.loads(after))
