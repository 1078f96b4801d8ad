"""The account of one record, for officials: what it is, why it is public or not, what became of it.

It holds what the public must not see, and no part of the server knows it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from monitor.clocks import CLOCKS, STATUSES, Duty, Extension, Pause
from monitor.explain import explain_duty
from publish.disclose.disclose import (
    REASONS,
    Decision,
    earliest_repair,
    ends,
    public_form,
)
from publish.disclose.explain import Answer, explain, hidden
from publish.errors import UsageError
from publish.handin.findings import MASK
from publish.project import Project
from publish.register.live import Live, Moment
from publish.register.register import local
from publish.register.trail import Trail, trail
from publish.release.duties import Duties
from publish.release.feedback import CASE, STEP, Feedback
from publish.release.parents import Parents
from publish.release.stage import Stage
from publish.schema import record_type

Account = dict[str, Any]


def account(project: Project, moment: Moment, record_id: str, *, internal: bool) -> Account:
    """Everything that an official may want to know of a record, as of a moment.

    Args:
        internal: whether values of internal fields and names of natural persons are told.

    Raises:
        UsageError: if the register did not hold the record then.
    """
    told = trail(moment.register, record_id, moment.cut.as_of)
    if not told.versions:
        raise _unknown(project, moment, record_id)
    found = _history(project, moment, record_id, told)
    live = next(moment.touched(moment.last_version, [record_id]), None)
    record = record_type(told.record_type)
    if live is None:
        return found
    if record.kind == "internal":
        return found | {"duties": _of_case(project, moment, live)}
    return found | _Judged(project, moment, live, internal=internal).account()


def duties_of(project: Project, moment: Moment, record_id: str) -> list[Account]:
    """Every duty about a record or a feedback case, and how each deadline was counted.

    Each is a row of the table `duty` with the names of its clock, its status and its department,
    ``counted_zh`` and ``counted_en``, and the pauses and extensions that counted under ``moves``.

    Raises:
        UsageError: if the register did not hold the record then.
    """
    live = next(moment.touched(moment.last_version, [record_id]), None)
    if live is None:
        raise _unknown(project, moment, record_id)
    if record_type(live.record_type).kind == "internal":
        return _of_case(project, moment, live)
    return _Judged(project, moment, live, internal=False).duties()


def _of_case(project: Project, moment: Moment, live: Live) -> list[Account]:
    """The duties of a feedback case; none for what is no case."""
    feedback = Feedback(project, moment)
    for each in moment.touched(moment.last_version, _ids(moment, CASE, STEP)):
        feedback.add(each)
    return [
        _told(project, judged.duty, judged.term.moves)
        for course in feedback.courses()
        if course.case.record_id == live.record_id
        for judged in feedback.judged(course, project.calendar)
    ]


def _ids(moment: Moment, *names: str | None) -> list[str]:
    """The ids of all records of some types."""
    marks = ",".join("?" * len(names))
    rows = moment.register.db.execute(
        f"SELECT DISTINCT record_id FROM version WHERE record_type IN ({marks})", names
    )
    return [row[0] for row in rows]


def _told(project: Project, duty: Duty, moves: Sequence[Pause | Extension] = ()) -> Account:
    """A duty with its names, and how its deadline was counted."""
    clock = next(clock for clock in CLOCKS if clock.name == duty.clock)
    department = project.reference.departments.get(duty.department)
    (status_zh, status_en), row = STATUSES[duty.status], duty._asdict()
    counted_zh, counted_en = explain_duty(row, project.calendar, moves)
    return row | {
        "clock_zh": clock.zh,
        "clock_en": clock.en,
        "department_zh": department.name_zh if department else "",
        "department_en": department.name_en if department else "",
        "status_zh": status_zh,
        "status_en": status_en,
        "counted_zh": counted_zh,
        "counted_en": counted_en,
        "moves": [
            {"kind": "pause" if isinstance(move, Pause) else "extension"} | move._asdict()
            for move in moves
        ],
    }


def _unknown(project: Project, moment: Moment, record_id: str) -> UsageError:
    """The error for a record that is not there."""
    if moment.register.find(record_id):
        on = local(moment.cut.as_of, project.profile.zone)
        return UsageError(
            f"{on} 时登记库中还没有记录 {record_id}。请用更晚的 --on。",
            f"The register did not hold record {record_id} yet on {on}. Give a later --on.",
        )
    return UsageError(
        f"没有编号为 {record_id} 的记录。编号见记录页的地址、下载文件和 gongshi review show。",
        f"There is no record {record_id}. Its id is in the address of its page, in the downloads "
        "and in 'gongshi review show'.",
    )


def _history(project: Project, moment: Moment, record_id: str, told: Trail) -> Account:
    """What a record is and what was done with it."""
    zone = project.profile.zone
    department = project.reference.departments.get(told.department)
    return {
        "record_id": record_id,
        "record_type": told.record_type,
        "kind": record_type(told.record_type).kind,
        "department": told.department,
        "department_zh": department.name_zh if department else "",
        "department_en": department.name_en if department else "",
        "on": local(moment.cut.as_of, zone),
        "profile": project.profile.jurisdiction.code,
        "profile_version": project.profile.jurisdiction.version,
        "versions": [
            one._asdict()
            | {"received": local(one.received, zone)}
            | {"reviewed": one.reviewed and local(one.reviewed, zone)}
            | {"counts": one.batch not in moment.cut.held}
            for one in told.versions
        ],
        "events": [one._asdict() | {"at": local(one.at, zone)} for one in told.events],
        "releases": [one._asdict() | {"as_of": local(one.as_of, zone)} for one in told.appearances],
    }


class _Judged:
    """A record as it is judged at a moment."""

    def __init__(self, project: Project, moment: Moment, live: Live, *, internal: bool) -> None:
        self._project, self._moment, self._live = project, moment, live
        self._parents = Parents(project.reference)
        self._stage = Stage(project, moment, parents=self._parents)
        self._record, self._internal = record_type(live.record_type), internal
        self._decide_parents()
        self._decision = self._stage.decide(live)
        parent = self._parents.of(live) if self._record.parent else None
        self._parent, self._party = parent, parent.party if parent else None
        self._case = self._stage.case(live)
        self._persons = project.profile.persons.on(self._case.decided)
        form = public_form(self._record, live.values, self._persons, self._party)
        self._shown = dict(
            zip((f.name for f in self._record.public_fields), form.values, strict=True)
        )

    def _decide_parents(self) -> None:
        """Decides the records that this one may belong to."""
        ids = _ids(self._moment, self._record.parent)
        for live in self._moment.touched(self._moment.last_version, ids):
            self._stage.decide(live)

    def account(self) -> Account:
        """The decision and what it rests on."""
        profile, case = self._project.profile, self._case
        return {
            "fields": {name: self._seen(name) for name in self._telling()},
            "questions": [self._question(answer) for answer in explain(case, profile)],
            "parent": self._of_parent(),
            "decision": _decision(self._decision),
            "ends": [{"day": day, "source": source} for day, source in sorted(ends(case, profile))],
            "earliest_repair": earliest_repair(case, profile),
            "hidden": [
                {"field": one.field, "hits": dict(one.hits)}
                for one in hidden(self._record, self._live.values, self._persons, self._party)
            ],
            "duties": self.duties(),
        }

    def _telling(self) -> Iterator[str]:
        """The fields that tell one record from another."""
        roles = self._record.roles
        told = [*roles["document"], roles["headline"], roles["decided"], "party_name"]
        yield from (name for name in dict.fromkeys(told) if name in self._record.by_name)

    def _seen(self, name: str) -> str:
        """A value as it may stand on a screen: what the public would see, or what there is."""
        field, value = self._record.by_name.get(name), self._live.values.get(name, "")
        if field is None or not value:
            return value
        if not self._internal:
            value = MASK if field.disclosure == "internal" else str(self._shown[name])
        label = field.codes.label(value, "zh") if field.codes else value
        return value if label == value else f"{value} {label}"

    def _question(self, answer: Answer) -> Account:
        """A question with its answer."""
        return {
            "number": answer.number,
            "zh": answer.zh,
            "en": answer.en,
            "reason": answer.reason,
            "rule": answer.rule,
            "values": {name: self._seen(name) for name in answer.values},
            "figures": [figure._asdict() for figure in answer.figures],
        }

    def _of_parent(self) -> Account | None:
        """The record that this one belongs to, and how that was decided."""
        if not self._parent:
            return None
        return {"record_id": self._parent.record_id} | _decision(self._parent.decision)

    def duties(self) -> list[Account]:
        """The duties to publish it, to hand it in and to take it off."""
        judged = Duties(self._project, self._moment, self._project.calendar)
        released = self._live.record_id in self._moment.shown.first
        return [
            _told(self._project, duty) | {"released": released}
            for duty in judged.of_record(self._live, self._decision)
        ]


def _decision(made: Decision) -> Account:
    """A decision in words."""
    zh, en = REASONS[made.reason] if made.reason else ("公示", "published")
    return {
        "publish": made.publish,
        "reason": made.reason,
        "zh": zh,
        "en": en,
        "rule": made.rule,
        "until": made.until,
    }
