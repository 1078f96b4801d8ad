"""Offices: which department a row belongs to, by the code and the name that it gives."""

from collections.abc import Iterator
from typing import NamedTuple

from publish.errors import UsageError
from publish.handin.clean import CACHED
from publish.handin.findings import Problem, problem
from publish.handin.source import Source
from publish.reference import Department, Reference
from publish.schema import RecordType

Key = tuple[str | None, str | None]


class Office(NamedTuple):
    """The department that a code and a name lead to.

    Attributes:
        body: the department; None if it is not known.
        filled: fields that are left to the department, with what it puts there.
    """

    body: Department | None
    problems: tuple[Problem, ...]
    filled: dict[str, str]


class Offices(dict[Key, Office]):
    """Departments by the code and the name in a row; each pair is resolved once.

    The code decides. A name alone will do if it is known, and so will nothing at all if the
    source says which department decided.

    Raises:
        UsageError: if the department of the source is not known.
    """

    def __init__(self, record: RecordType, source: Source, reference: Reference) -> None:
        super().__init__()
        self._record, self._source, self._reference = record, source, reference
        self._uscc, self._name = record.roles["authority_uscc"], record.roles["authority"]
        self._own = source.department
        self.fillable = source.absent.keys() | ({self._uscc, self._name} if self._own else set())
        if self._own and self._own not in reference.departments:
            raise UsageError(
                f"来源 {source.name} 的部门 {self._own} 不在部门名录中。",
                f"The department {self._own} of source {source.name} is not known.",
            )

    def settle(self, values: dict[str, str], found: list[Problem]) -> str | None:
        """Fills in what a row leaves to its department, and notes what is wrong with it.

        Returns:
            The department's code; None if it is not known.
        """
        body, problems, filled = self[values.get(self._uscc), values.get(self._name)]
        found += problems
        if body is None:
            return None
        if filled:
            values |= filled
        decided = values.get(self._record.roles["decided"])
        if decided and not body.valid_from <= decided <= (body.valid_to or decided):
            found.append(self._problem("authority_not_in_office", body=body, decided=decided))
        return body.code

    def __missing__(self, key: Key) -> Office:
        office = self._find(*key)
        if len(self) >= CACHED:
            self.clear()
        self[key] = office
        return office

    def _find(self, uscc: str | None, name: str | None) -> Office:
        """The department of a code and a name."""
        resolve = self._reference.resolve
        by_code, by_name = resolve(uscc, None), resolve(None, name)
        code = by_code or by_name or (None if uscc or name else self._own)
        if code is None:
            return Office(None, tuple(self._unknown(uscc, name)), {})
        body = self._reference.departments[code]
        problems = tuple(self._disagreement(uscc, name, body, by_name))
        return Office(body, problems, dict(self._filled(uscc, name, body)))

    def _unknown(self, uscc: str | None, name: str | None) -> Iterator[Problem]:
        """A department that is not known; blank cells were noted when they were read."""
        if uscc or name or self._name in self._source.absent:
            yield self._problem("unknown_department", name or uscc or "")

    def _disagreement(
        self, uscc: str | None, name: str | None, body: Department, by_name: str | None
    ) -> Iterator[Problem]:
        """A code that is another department's than the name, or nobody's."""
        own = {body.uscc or uscc, body.code}
        if uscc and by_name and (by_name != body.code or uscc not in own):
            yield self._problem("authority_disagrees", name or "", body=body, uscc=uscc)

    def _filled(
        self, uscc: str | None, name: str | None, body: Department
    ) -> Iterator[tuple[str, str]]:
        """What the department puts into the fields that are left to it."""
        if not uscc and self._uscc in self.fillable:
            yield self._uscc, body.uscc or body.code
        if not name and self._name in self.fillable:
            yield self._name, body.name_zh

    def _problem(
        self, code: str, raw: str = "", body: Department | None = None, **details: object
    ) -> Problem:
        """A problem with the authority."""
        if body:
            details |= {"taken_zh": body.name_zh, "taken_en": body.name_en}
        return problem(code, self._record[self._name], raw, **details)
