"""What was handed on to the platform above, record by record, and what it answered.

A row of the chain `push` says that a version of a record stands in a row of a file; a later row
with the same file and line says what the platform answered.
"""

from collections.abc import Iterable, Iterator
from sys import intern
from typing import Any, NamedTuple

import orjson

from publish.register.register import Register

TYPES = ("licence", "penalty")
"""What the national standard has a form for, in which it is handed on."""
PUSHED, ACCEPTED, REFUSED = "pushed", "accepted", "refused"
"""The states of what was handed on: no answer yet, taken, sent back."""
SHOW, WITHDRAW = "show", "withdraw"
"""What the platform was asked to do with a record."""


class Said(NamedTuple):
    """What the platform was told of a record.

    Attributes:
        version: the version, by its number in the register.
        batch: the batch that the version came in.
        action: `SHOW` or `WITHDRAW`.
        status: the standard's status as it was written.
    """

    version: int
    batch: int
    action: str
    status: str


class Standing(NamedTuple):
    """How a record stands with the platform.

    Attributes:
        said: what it was told last.
        state: `PUSHED`, `ACCEPTED` or `REFUSED`.
        shown: what it had been told to show before that and did not refuse; None if nothing.
    """

    said: Said
    state: str
    shown: Said | None

    @property
    def held(self) -> Said | None:
        """The record as the platform has it, as far as is known; None if it has none."""
        taken = self.said.action == SHOW and self.state != REFUSED
        return self.said if taken else self.shown


class HandedOn(NamedTuple):
    """When a record was first handed on (UTC).

    Attributes:
        pushed: in a file of any sort.
        accepted: in a file of which the platform took its row; None if it took none.
    """

    pushed: str
    accepted: str | None


def standings(register: Register) -> dict[str, Standing]:
    """How every record stands that was ever handed on."""
    found: dict[str, Standing] = {}
    rows = register.db.execute(
        "SELECT p.record_id, p.state, p.version, v.batch, p.action, p.status "
        "FROM push p JOIN version v ON v.seq = p.version ORDER BY p.seq"
    )
    for record_id, state, version, batch, action, status in rows:
        said = Said(version, batch, intern(action), intern(status))
        found[record_id] = _after(found.get(record_id), intern(state), said)
    return found


def _after(before: Standing | None, state: str, said: Said) -> Standing:
    """How a record stands after one more row of the log; an answer may be to an earlier file."""
    if before is None or state == PUSHED:
        return Standing(said, state, before.held if before else None)
    if said == before.said:
        return before._replace(state=state)
    if said == before.shown and state == REFUSED:
        return before._replace(shown=None)
    return before


def handed_on(
    register: Register, as_of: str, among: Iterable[str] | None = None
) -> dict[str, HandedOn]:
    """When each record was first handed on, and first in a file of which its row was taken.

    The day of the file counts, not that of the answer: how long the platform takes is not up to
    whoever hands on.

    Args:
        as_of: the moment (UTC) up to which the log is read.
        among: the records that are asked for, if not all.
    """
    some = "" if among is None else "AND p.record_id IN (SELECT value FROM json_each(:ids)) "
    rows = register.db.execute(
        f"""
        SELECT record_id, min(at), min(iif(answer = '{ACCEPTED}', at, NULL)) FROM (
            SELECT p.record_id, p.at, (
                SELECT a.state FROM push a WHERE a.file = p.file AND a.line = p.line
                AND a.state <> '{PUSHED}' AND a.at <= :as_of ORDER BY a.seq DESC LIMIT 1
            ) AS answer
            FROM push p
            WHERE p.state = '{PUSHED}' AND p.action = '{SHOW}' AND p.at <= :as_of {some}
        ) GROUP BY record_id
        """,
        {"as_of": as_of, "ids": orjson.dumps(list(among or ())).decode()},
    )
    return {record_id: HandedOn(*moments) for record_id, *moments in rows}


def pushed_between(register: Register, after: str, until: str) -> set[str]:
    """The records of which something was handed on or answered after a moment (UTC)."""
    rows = register.db.execute(
        "SELECT DISTINCT record_id FROM push WHERE at > ? AND at <= ?", (after, until)
    )
    return {row[0] for row in rows}


class Refusal(NamedTuple):
    """A row that the platform sent back and that was not accepted or corrected since.

    Attributes:
        values: the record as it was handed on, as JSON.
        at: when the answer was read in (UTC).
    """

    record_id: str
    record_type: str
    department: str
    values: str
    file: str
    line: int
    at: str
    reason: str


def refusals(register: Register) -> Iterator[Refusal]:
    """What is refused and has not been handed on again, by department and record."""
    rows: Iterator[Any] = register.db.execute(
        "SELECT p.record_id, v.record_type, v.department, v.payload, p.file, p.line, p.at, "
        "p.reason FROM push p JOIN version v ON v.seq = p.version WHERE p.state = ? AND p.seq = "
        "(SELECT max(seq) FROM push WHERE record_id = p.record_id) "
        "ORDER BY v.department, p.record_id",
        (REFUSED,),
    )
    yield from (Refusal(*row) for row in rows)
