"""A file's way into the register: read, validate, tell new from corrected from known, add."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice, starmap
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from publish.cycles import without_collections
from publish.errors import UsageError
from publish.handin.findings import Problem, veiled
from publish.handin.header import Layout, is_returned, layouts
from publish.handin.returned_book import return_rejected
from publish.handin.source import Source, load_source
from publish.handin.stale import stale_file
from publish.handin.summary import Counts, batch_summary
from publish.handin.template import pass_over_example
from publish.handin.validate import Checked, Validator
from publish.project import Project
from publish.register.identity import identifier
from publish.register.register import (
    BATCH,
    FINDING,
    RECORD,
    REJECTED,
    TALLY,
    Register,
    digest_v1,
    local,
    moment,
    seal,
    utc,
)
from publish.register.removal import next_moment
from publish.register.review import asked_for, hold
from publish.release.manifest import file_sha256

_CHUNK = 500
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Handing:
    """How a file was handed in.

    Attributes:
        at: when the portal received it.
        handler: who handed it over.
        source: the name of a source file in data/sources, if its headings need one.
        record_type: what the rows are, if the headings do not tell.
        department: the department that hands in, for rows that name none.
    """

    at: datetime
    handler: str = "cli"
    source: str | None = None
    record_type: str | None = None
    department: str | None = None


@dataclass
class Batch:
    """One sheet taken in.

    Attributes:
        repeats: the earlier batch that came from the same bytes, if there is one.
        waits: the rule that asks for a review before its rows count; empty if none does.
        returned: where the rejected rows lie, if there are any.
    """

    number: int
    file_name: str
    sheet: str
    record_type: str
    counts: Counts = field(default_factory=Counts)
    findings: Counter[str] = field(default_factory=Counter)
    repeats: int | None = None
    waits: str = ""
    returned: Path | None = None

    @property
    def rejected(self) -> int:
        """Rows that came back."""
        return self.counts.rejected

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return {
            "batch": self.number,
            "file": self.file_name,
            "sheet": self.sheet,
            "record_type": self.record_type,
            **vars(self.counts),
            "findings": dict(self.findings),
            "repeats": self.repeats,
            "waits": self.waits or None,
            "returned": str(self.returned) if self.returned else None,
        }

    def lines(self, register: Register) -> Iterator[str]:
        """For people: what became of it, what was found, and what to do next."""
        yield from batch_summary(register, self.number).lines()
        if self.waits:
            yield f"  待审签 waits for a review: gongshi review show {self.number}（{self.waits}）"
        if self.returned:
            yield f"  退回的行 rejected rows: {self.returned}, .xlsx"


def intake(
    project: Project, register: Register, path: Path, handing: Handing, progress: Progress
) -> list[Batch]:
    """Takes in all sheets of a file, or none of them.

    Args:
        progress: told how many rows are done.

    Raises:
        UsageError: if the path, the source or the department is wrong.
        ProblemError: if the file cannot be read or is refused as a whole.
    """
    _known_department(project, handing.department)
    source = _source(project, handing)
    found = [pass_over_example(one) for one in layouts(path, source, handing.record_type)]
    with register.transaction(), without_collections():
        handing = replace(handing, at=_not_before(register, handing.at))
        done = [
            _Sheet(project, register, path, layout, handing, source).take_in(progress)
            for layout in found
        ]
    for batch, layout in zip(done, found, strict=True):
        if batch.rejected:
            batch.returned = return_rejected(
                register, batch.number, layout.positions, project.returned
            )
    return done


def _source(project: Project, handing: Handing) -> Source | None:
    """What is particular to the file; rows that name no authority are its department's."""
    path = project.sources / f"{handing.source}.toml"
    source = load_source(path) if handing.source else None
    if handing.department is None:
        return source
    return (source or Source(name="cli")).model_copy(update={"department": handing.department})


def _known_department(project: Project, code: str | None) -> None:
    """Refuses a department that is not in the reference table."""
    if code is not None and code not in project.reference.departments:
        raise UsageError(
            f"没有编码为 {code} 的部门。部门见 data/reference/departments.csv。",
            f"There is no department {code}. data/reference/departments.csv lists them.",
        )


def _not_before(register: Register, at: datetime) -> datetime:
    """The time of receipt: never before the last batch, should the clock have been set back.

    And after the last release, also within its second: what that held can then never change.
    """
    last = register.last_received()
    at = next_moment(register, at)
    return max(at, moment(last)) if last else at


class _Settled(NamedTuple):
    """A row gone through to its end; what it was made from is not kept.

    Rows that wait for the others of their chunk are small then, and stay in the processor's cache.

    Attributes:
        department: whose hand-in it counts as; None for the one that handed the file in.
        identity: the record's id; None if the row goes back.
        row: what is added to the register's table `version` or `rejected`.
    """

    department: str | None
    identity: str | None
    digest: str
    payload: bytes
    row: tuple[Any, ...]


class _Sheet:
    """One sheet on its way into the register."""

    def __init__(
        self,
        project: Project,
        register: Register,
        path: Path,
        layout: Layout,
        handing: Handing,
        source: Source | None,
    ) -> None:
        self._project, self._register, self._path, self._layout = project, register, path, layout
        self._handing, self._source = handing, source
        self._sha256 = file_sha256(path)
        self._record = layout.record
        self._identify = identifier(layout.record, register.identity_key)
        self._held, self._found = register.held(), list[tuple[Any, ...]]()
        number = BATCH.tail(register.db)[0] + 1
        repeats = register.batch_with(self._sha256, layout.sheet)
        self._batch = Batch(number, path.name, layout.sheet, self._record.name, repeats=repeats)
        self._tallies: dict[str, Counts] = {}
        received = local(utc(handing.at), project.profile.zone)[:10]
        self._validator = Validator(layout, project.reference, date.fromisoformat(received))

    def take_in(self, progress: Progress) -> Batch:
        """Adds every row to the register, as a version or as rejected."""
        rows = starmap(self._settle, self._layout.rows)
        while chunk := list(islice(rows, _CHUNK)):
            self._add(chunk)
            progress("intake", self._batch.counts.rows)
        self._close()
        return self._batch

    def _settle(self, line: int, cells: Sequence[str]) -> _Settled:
        """Checks a row and makes of it what is added to the register."""
        checked, number = self._validator.check(cells), self._batch.number
        owner = None if self._record.about_others else checked.department
        if checked.problems:
            problems = veiled(checked.problems, self._record, checked.values)
            self._found += self._findings(line, owner, problems)
            if checked.rejected:
                row = (number, line, orjson.dumps(cells).decode())
                return _Settled(owner, None, "", b"", row)
        identity = self._identify(checked.values)
        payload = orjson.dumps(checked.values, option=orjson.OPT_SORT_KEYS)
        digest = seal(payload)
        row = self._version(identity, line, checked, digest, payload)
        return _Settled(owner, identity, digest, payload, row)

    def _add(self, chunk: Sequence[_Settled]) -> None:
        """Adds some rows."""
        heads = self._register.heads([one.identity for one in chunk if one.identity], self._held)
        counts = Counter[tuple[str | None, str]]()
        versions, rejected = [], []
        for department, identity, digest, payload, row in chunk:
            if identity is None:
                rejected.append(row)
                what = "rejected"
            else:
                what = self._news(heads.get(identity), digest, payload)
                if what != "duplicate":
                    heads[identity] = digest
                    versions.append(row)
            counts[department, what] += 1
        self._count(counts)
        RECORD.append(self._register.db, versions)
        REJECTED.append(self._register.db, rejected)
        FINDING.append(self._register.db, self._found)
        self._found.clear()

    def _news(self, known: str | None, digest: str, payload: bytes) -> str:
        """Whether a row says something new.

        A file handed in before says nothing new, even if rows of it were corrected since:
        yesterday's file must not undo today's correction.
        """
        if known is None:
            return "new"
        if known == digest or self._batch.repeats or known == digest_v1(payload):
            return "duplicate"
        return "corrected"

    def _version(
        self, identity: str, line: int, row: Checked, digest: str, payload: bytes
    ) -> tuple[Any, ...]:
        """The row of the register's table `version`."""
        originals = orjson.dumps(row.originals).decode() if row.originals else None
        return (
            identity,
            self._record.name,
            row.department,
            self._batch.number,
            line,
            digest,
            payload,
            originals,
        )

    def _findings(
        self, line: int | None, department: str | None, problems: Iterable[Problem]
    ) -> Iterator[tuple[Any, ...]]:
        """The rows of the register's table `finding`."""
        for problem in problems:
            self._batch.findings[problem.code] += 1
            detail = orjson.dumps([problem.shown, problem.details], default=str).decode()
            yield (
                self._batch.number,
                line,
                department or self._handing.department,
                problem.code,
                problem.severity,
                problem.field,
                detail,
            )

    def _sheet_problems(self) -> Iterator[Problem]:
        """What is wrong with the sheet as a whole; a refusal where it has too few rows."""
        yield from self._layout.problems
        if self._batch.repeats:
            yield stale_file(self._register, self._batch.repeats, self._project.profile.zone)
        if self._source and not is_returned(self._layout.header):
            many = self._source.count_rows(self._batch.counts.rows)
            yield from [many] if many else []

    def _count(self, counts: Mapping[tuple[str | None, str], int]) -> None:
        """Counts rows for the batch and for their departments."""
        for (department, what), rows in counts.items():
            code = department or self._handing.department or ""
            self._batch.counts.add(what, rows)
            self._tallies.setdefault(code, Counts()).add(what, rows)

    def _ask_for_review(self) -> None:
        """Lets the batch wait where a rule says so and it would change anything."""
        if self._batch.counts.new + self._batch.counts.corrected:
            self._batch.waits = asked_for(self._project.profile, self._record.name, self._tallies)
        if self._batch.waits:
            at = utc(self._handing.at)
            hold(self._register, self._batch.number, at, self._batch.waits)

    def _close(self) -> None:
        """Adds the batch itself, with its totals."""
        db, handing = self._register.db, self._handing
        FINDING.append(db, self._findings(None, None, self._sheet_problems()))
        BATCH.append(
            db,
            [
                (
                    self._path.name,
                    self._batch.sheet,
                    self._sha256,
                    self._path.stat().st_size,
                    utc(handing.at),
                    handing.handler,
                    handing.source,
                    self._record.name,
                    handing.department,
                    self._batch.repeats,
                    *vars(self._batch.counts).values(),
                    orjson.dumps(self._layout.header).decode(),
                )
            ],
        )
        self._ask_for_review()
        TALLY.append(
            db,
            (
                (self._batch.number, code, *vars(counts).values())
                for code, counts in sorted(self._tallies.items())
            ),
        )
