"""Summaries: what became of a batch and what was found in it, by kind; never a value of a row."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import orjson

from publish.errors import UsageError
from publish.handin.findings import Problem, Severity, kinds
from publish.register.register import BATCH, Register
from publish.schema import record_type

FIRST = 5
"""How many lines are named for each kind of finding."""
SEVERITIES: Mapping[Severity, str] = {
    "error": "错误 error",
    "warning": "提醒 warning",
    "refusal": "拒收 refusal",
}
_COUNTED = ("rows", "new", "corrected", "duplicate", "rejected")
_OF_THE_FIELD = (
    "title_zh",
    "title_en",
    "options_zh",
    "options_en",
    "when_zh",
    "when_en",
    "limit",
)


@dataclass
class Counts:
    """What became of rows: read is always the sum of the other four."""

    rows: int = 0
    new: int = 0
    corrected: int = 0
    duplicate: int = 0
    rejected: int = 0

    def add(self, what: str, rows: int) -> None:
        """Counts rows of which the same became."""
        self.rows += rows
        setattr(self, what, getattr(self, what) + rows)

    def merge(self, other: "Counts") -> None:
        """Adds the rows of another count."""
        for name, rows in vars(other).items():
            setattr(self, name, getattr(self, name) + rows)

    def line(self) -> str:
        """The conservation line: nothing is dropped."""
        return (
            f"读入 rows {self.rows:,} = 新增 new {self.new:,} + "
            f"更正 corrected {self.corrected:,} + 重复 duplicate {self.duplicate:,} + "
            f"退回 rejected {self.rejected:,}"
        )


@dataclass(frozen=True)
class Found:
    """One kind of finding in one column of a batch.

    Attributes:
        field: the column's name; None where it is about rows or about the sheet.
        rows: how many rows have it; 0 where it is about the sheet.
        share: the same as a part of all rows, from 0 to 1.
        lines: the first of their lines.
        about_zh: what is wrong with the sheet; empty where rows have it.
        remedy_zh: what to do, as far as it is the same for all rows.
    """

    code: str
    severity: Severity
    field: str | None
    field_zh: str
    field_en: str
    title_zh: str
    title_en: str
    about_zh: str
    about_en: str
    remedy_zh: str
    remedy_en: str
    rows: int
    share: float
    lines: tuple[int, ...]

    def told(self) -> Iterator[str]:
        """For people: how many rows, what is wrong, where, and what to do."""
        count = f"{self.rows:,} 行 rows ({self.share:.1%}) " if self.rows else ""
        where = f"“{self.field_zh}” {self.field_en}: " if self.field else ""
        places = f"  行 lines {self.places}" if self.lines else ""
        yield (
            f"{count}{SEVERITIES[self.severity]}: "
            f"{where}{self.title_zh} {self.title_en} ({self.code}){places}"
        )
        if self.about_zh:
            yield f"  {self.about_zh} {self.about_en}"
        yield f"  {self.remedy_zh} {self.remedy_en}"

    @property
    def places(self) -> str:
        """The first lines, and whether there are more."""
        more = " …" if self.rows > len(self.lines) else ""
        return ", ".join(map(str, self.lines)) + more


@dataclass(frozen=True)
class Summary:
    """A batch in short.

    Attributes:
        received: when the portal received it, UTC.
        source: the name of its source file; None if it needed none.
        department: whose rows they are where a row does not say; None if none was named.
        repeats: the earlier batch that came from the same bytes; None if there is none.
        findings: errors first, then by how many rows have them.
    """

    batch: int
    file_name: str
    sheet: str
    record_type: str
    received: str
    handler: str
    source: str | None
    department: str | None
    repeats: int | None
    counts: Counts
    findings: tuple[Found, ...]

    @property
    def title(self) -> str:
        """The batch by number, file, sheet and type."""
        sheet = f" [{self.sheet}]" if self.sheet else ""
        title = record_type(self.record_type).title_zh
        return f"批次 batch {self.batch} {self.file_name}{sheet} {title}"

    def lines(self) -> Iterator[str]:
        """For people: the conservation line, and each kind of finding with what to do about it."""
        yield f"{self.title}: {self.counts.line()}"
        if self.repeats:
            yield f"  与批次 {self.repeats} 的文件完全相同 the same file as batch {self.repeats}"
        for found in self.findings:
            yield from (f"  {line}" for line in found.told())

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        about = {k: v for k, v in vars(self).items() if k not in {"counts", "findings"}}
        findings = [{**vars(found), "lines": list(found.lines)} for found in self.findings]
        return {**about, **vars(self.counts), "findings": findings}


def batch_summary(register: Register, number: int) -> Summary:
    """What became of a batch and what was found in it, as the register has it.

    Raises:
        UsageError: if there is no such batch.
    """
    names = [n for n in BATCH.columns if n not in _COUNTED]
    row = register.db.execute(
        f"SELECT {', '.join([*names, *_COUNTED])} FROM batch WHERE seq = ?", (number,)
    ).fetchone()
    if row is None:
        raise UsageError(
            f"没有批次 {number}。批次见 gongshi batches。",
            f"There is no batch {number}. gongshi batches lists them.",
        )
    about, counts = dict(zip(names, row, strict=False)), Counts(*row[len(names) :])
    return Summary(
        batch=number,
        **{n: about[n] for n in Summary.__dataclass_fields__ if n in about},
        counts=counts,
        findings=tuple(_findings(register, number, about["record_type"], counts.rows)),
    )


_GROUPS = """
WITH one AS (
    SELECT *, row_number() OVER (PARTITION BY code, field ORDER BY line) AS place
    FROM (
        SELECT code, field, severity, line, min(detail) AS detail
        FROM finding WHERE batch = ? AND line IS NOT NULL GROUP BY code, field, severity, line
    )
)
SELECT code, field, severity, count(*) AS rows, min(detail),
       json_group_array(line) FILTER (WHERE place <= ?)
FROM one GROUP BY code, field, severity ORDER BY severity, rows DESC, code, field
"""
_SHEET = (
    "SELECT code, field, severity, 0, detail, '[]' FROM finding WHERE batch = ? AND line IS NULL"
)


def _findings(register: Register, batch: int, type_name: str, rows: int) -> Iterator[Found]:
    """The findings of a batch by kind and column, then those about the sheet one by one."""
    record = record_type(type_name)
    found = chain(
        register.db.execute(_GROUPS, (batch, FIRST)), register.db.execute(_SHEET, (batch,))
    )
    for code, name, severity, count, detail, lines in found:
        kind, where = kinds()[code], record.by_name.get(name)
        shown, details = orjson.loads(detail)
        about = Problem(code, name, shown, details).message if not count else _nothing
        yield Found(
            code=code,
            severity=severity,
            field=name,
            field_zh=where.title_zh if where else "",
            field_en=where.title_en if where else "",
            title_zh=kind.title_zh,
            title_en=kind.title_en,
            about_zh=about("zh"),
            about_en=about("en"),
            remedy_zh=_for_all(kind.remedy_zh, details),
            remedy_en=_for_all(kind.remedy_en, details),
            rows=count,
            share=count / rows if rows else 0.0,
            lines=tuple(orjson.loads(lines)),
        )


def _nothing(_lang: str) -> str:
    """The words about the sheet where rows have the finding."""
    return ""


def _for_all(remedy: str, details: Mapping[str, object]) -> str:
    """What to do, without what is only true of one row."""
    known = {name: details[name] for name in _OF_THE_FIELD if name in details}
    return remedy.format_map(defaultdict(str, known))
