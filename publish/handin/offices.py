"""Offices: which department a row belongs to, by the code and the name that it gives."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from publish.errors import UsageError
from publish.handin.clean import CACHED
from publish.handin.findings import Problem, problem
from publish.handin.source import Source
from publish.reference import Department, Reference
from publish.schema import RecordType

Key = tuple[str | None, str | None, str | None]


class Office(NamedTuple):
    """The department that a code and a name lead to.

    Attributes:
        body: the department; None if it is not known.
        filled: fields that are left to the department, with what it puts there.
        dated: whether it depends on the day of the decision.
    """

    body: Department | None
    problems: tuple[Problem, ...]
    filled: dict[str, str]
    dated: bool = False


class Offices(dict[Key, Office]):
    """Departments by the code and the name in a row; each pair is resolved once.

    The code decides. A name alone will do if it is known, and so will nothing at all if the
    source says which department decided. A pair that was borne by several bodies, or by one that
    began or ended, is resolved for each day of decision.

    Raises:
        UsageError: if the department of the source is not known.
    """

    def __init__(self, record: RecordType, source: Source, reference: Reference) -> None:
        super().__init__()
        self._record, self._source, self._reference = record, source, reference
        self._uscc, self._name = record.roles["authority_uscc"], record.roles["authority"]
        self._decided = record.roles["decided"]
        self._own = None if record.about_others else source.department
        self.fillable = source.absent.keys() | ({self._uscc, self._name} if self._own else set())
        if source.department and source.department not in reference.departments:
            raise UsageError(
                f"来源 {source.name} 的部门 {source.department} 不在部门名录中。",
                f"The department {source.department} of source {source.name} is not known.",
            )

    def settle(self, values: dict[str, str], found: list[Problem]) -> str | None:
        """Fills in what a row leaves to its department, and notes what is wrong with it.

        Returns:
            The department's code; None if it is not known.
        """
        uscc, name = values.get(self._uscc), values.get(self._name)
        body, problems, filled, dated = self[uscc, name, None]
        if dated and (decided := values.get(self._decided)):
            body, problems, filled, _ = self[uscc, name, decided]
        found += problems
        if filled:
            values |= filled
        return body.code if body else None

    def __missing__(self, key: Key) -> Office:
        office = self._find(*key)
        if len(self) >= CACHED:
            self.clear()
        self[key] = office
        return office

    def _find(self, uscc: str | None, name: str | None, day: str | None) -> Office:
        """The department of a code and a name, on the day of a decision."""
        known, departments = self._reference, self._reference.departments
        coded, named = known.bearers(uscc, None), known.bearers(None, name)
        bearers = coded or named or ([self._own] if self._own and not (uscc or name) else [])
        if not bearers:
            return Office(None, tuple(self._unknown(uscc, name)), {})
        body = departments[known.standing(bearers, day) if day else bearers[-1]]
        problems = [*self._disagreement(uscc, name, body, day)]
        if day:
            problems += self._lineage(uscc, name, body, day)
        dated = any(departments[code].dated for code in {*coded, *named, *bearers})
        return Office(body, tuple(problems), dict(self._filled(uscc, name, body)), dated)

    def _unknown(self, uscc: str | None, name: str | None) -> Iterator[Problem]:
        """A department that is not known; blank cells were noted when they were read."""
        if uscc or name or self._name in self._source.absent:
            yield self._problem("unknown_department", name or uscc or "")

    def _disagreement(
        self, uscc: str | None, name: str | None, body: Department, day: str | None
    ) -> Iterator[Problem]:
        """A code that is another department's than the name, or nobody's."""
        resolve = self._reference.resolve
        by_code, by_name = resolve(uscc, None, day), resolve(None, name, day)
        nobodys = by_code is None and bool(body.uscc)
        if uscc and by_name and (nobodys or by_name != body.code):
            yield self._problem("authority_disagrees", name or "", body=body, uscc=uscc)

    def _lineage(
        self, uscc: str | None, name: str | None, body: Department, day: str
    ) -> Iterator[Problem]:
        """A department that did not exist on the day, or was called otherwise then."""
        if not body.stood(day):
            yield self._problem("authority_not_in_office", body=body, decided=day)
            return
        for text, found in (
            (name, self._reference.bearers(None, name)),
            (uscc, self._reference.bearers(uscc, None)),
        ):
            if text and found and self._is_forebear(body, found):
                yield self._problem("authority_succeeded", text, body=body, decided=day)
                return

    def _is_forebear(self, body: Department, found: Sequence[str]) -> bool:
        """Whether a text names only others of the body's lineage."""
        heir = self._reference.heir
        return body.code not in found and heir(body.code) in map(heir, found)

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
