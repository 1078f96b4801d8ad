"""What is to be handed on: records that the platform does not have as they are now.

What the portal shows is handed on, and what it no longer shows is taken back. A record that was
refused comes again once it was corrected. What the law keeps from the public never leaves by this
way: the platform publishes what it gets.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import orjson

from publish.disclose.disclose import Case, Decision, decide, public_form
from publish.project import Project
from publish.register.live import Live, Moment
from publish.register.pushes import ACCEPTED, SHOW, WITHDRAW, Said, Standing, standings
from publish.release.stage import Stage
from publish.schema import PERSON, RecordType, record_type

IN_FORCE, REVOKED, OBJECTED, OTHER = "0", "1", "2", "3"
"""The standard's statuses of a record."""

_ENDS_BY_ITSELF = "term_over"
_PLEASE = "请停止公示"
_STATUSES: Mapping[str, tuple[str, str]] = {
    "revoked": (REVOKED, ""),
    "objection": (OBJECTED, ""),
    "repaired": (OTHER, f"已准予信用修复，{_PLEASE}"),
    "upheld": (OTHER, f"异议成立，更正前{_PLEASE}"),
}
"""For the reasons that say something of the decision: the status, and the remark beside it."""

Values = Mapping[str, str]


class Item(NamedTuple):
    """A record that is to be handed on.

    Attributes:
        version: the version that is written, by its number in the register.
        values: the fields as they are written, in the register's form.
    """

    record: RecordType
    record_id: str
    version: int
    said: Said
    values: Values


@dataclass
class Kept:
    """What was not handed on although it is due.

    Attributes:
        persons: records about natural persons, which need their identity numbers.
    """

    persons: int = 0


@dataclass(frozen=True)
class Choice:
    """What is due at a moment.

    Attributes:
        types: the record types of the form.
        with_identity: whether internal fields may be written.
        again: whether what was refused or not answered is due whether it was corrected or not.
        kept: counts what is kept back.
    """

    project: Project
    moment: Moment
    types: tuple[str, ...]
    with_identity: bool
    again: bool
    kept: Kept

    def items(self) -> Iterator[Item]:
        """What is to be handed on, in the order of the newest versions."""
        stage, known = Stage(self.project, self.moment), standings(self.moment.register)
        for live in self.moment.records():
            if live.record_type not in self.types:
                continue
            case, standing = stage.case(live), known.get(live.record_id)
            decision = decide(case, self.project.profile)
            said, remark = _to_say(live, case, decision, standing)
            if said and (_is_news(said, standing) or self._is_due_again(standing)):
                yield from self._item(live, said, remark)

    def _is_due_again(self, standing: Standing | None) -> bool:
        """Whether what was said before is said again, because it may be lost."""
        return self.again and standing is not None and standing.state != ACCEPTED

    def _item(self, live: Live, said: Said, remark: str) -> Iterator[Item]:
        """A record in the words in which it is handed on; none if it is kept back."""
        record, values = record_type(live.record_type), live.values
        if said.action == WITHDRAW:
            values = self._payload(said.version)
        if not self.with_identity:
            if values.get("party_kind") == PERSON:
                self.kept.persons += 1
                return
            values = self._public(record, values)
        version = said.version or self._version(live)
        values = {**values, record.roles["status"]: said.status}
        if remark:
            values["remark"] = remark
        yield Item(record, live.record_id, version, said._replace(version=version), values)

    def _public(self, record: RecordType, values: Values) -> dict[str, str]:
        """The fields as the portal shows them."""
        decided = date.fromisoformat(values[record.roles["decided"]])
        form = public_form(record, values, self.project.profile.persons.on(decided))
        shown = dict(zip((f.name for f in record.public_fields), form.values, strict=True))
        return {
            name: values[name] if isinstance(value, float) else value
            for name, value in shown.items()
            if value is not None
        }

    def _version(self, live: Live) -> int:
        """The number in the register of a record's newest version."""
        row = self.moment.register.db.execute(
            "SELECT max(seq) FROM version WHERE record_id = ? AND batch = ?",
            (live.record_id, live.batch),
        ).fetchone()
        return int(row[0])

    def _payload(self, version: int) -> dict[str, str]:
        """The fields of a version."""
        row = self.moment.register.db.execute(
            "SELECT payload FROM version WHERE seq = ?", (version,)
        ).fetchone()
        values: dict[str, str] = orjson.loads(row[0])
        return values


def _to_say(
    live: Live, case: Case, decision: Decision, standing: Standing | None
) -> tuple[Said | None, str]:
    """What the platform is to be told of a record now, and the remark that goes with it.

    To take a record back, what it holds is said again with another status: it knows the record by
    these fields, and what was corrected meanwhile may be what must not be shown.

    Returns:
        The number of the version is 0 where the newest is meant.
    """
    if decision.publish:
        objected = OBJECTED if case.history.objection else ""
        return Said(0, live.batch, SHOW, objected or case.role("status") or IN_FORCE), ""
    held = standing.held if standing else None
    if held is None or decision.reason == _ENDS_BY_ITSELF:
        return None, ""
    status, remark = _STATUSES.get(decision.reason or "", (OTHER, _PLEASE))
    return Said(held.version, held.batch, WITHDRAW, status), remark


def _is_news(said: Said, standing: Standing | None) -> bool:
    """Whether the platform was not told that last, whatever it answered."""
    return standing is None or said._replace(version=0) != standing.said._replace(version=0)
