"""Reference tables as files: read, checked cell by cell like what departments hand in, written."""

import csv
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from publish.errors import UsageError
from publish.handin.clean import Cleaned, Cleaner, cleaner
from publish.handin.findings import Problem, problem
from publish.schema import Field, RecordType

Values = dict[str, str]
_NOT_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Line:
    """A row of a reference table.

    Attributes:
        path: the file that it stands in.
        number: the line, from 1.
        values: every field of the table; blank where it says nothing.
    """

    table: RecordType
    path: Path
    number: int
    values: Values

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it from the other rows."""
        return tuple(self.values[name] for name in self.table.roles["key"])

    def wrong(self, code: str, name: str, **details: object) -> "Trouble":
        """A problem with one of its fields."""
        found = problem(code, self.table[name], self.values[name], **details)
        return Trouble(self.path, self.number, found)


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a cell of a reference table, and what to do about it."""

    path: Path
    line: int
    problem: Problem

    def text(self, lang: str) -> str:
        """File, line, field, what is wrong and how to mend it, in ``zh`` or ``en``."""
        said = self.problem
        if lang == "zh":
            return f"{self.path} 第 {self.line} 行：{said.message(lang)}{said.remedy(lang)}"
        return f"{self.path} line {self.line}: {said.message(lang)} {said.remedy(lang)}"

    def as_dict(self) -> dict[str, object]:
        """For programs."""
        said = self.problem
        texts = {
            f"{part}_{lang}": getattr(said, part)(lang)
            for part in ("message", "remedy")
            for lang in ("zh", "en")
        }
        place = {"file": str(self.path), "line": self.line, "field": said.field}
        return {**place, "code": said.code, "severity": said.severity, **texts}


def read_table(folder: Path, table: RecordType) -> Iterator[tuple[int, Values]]:
    """The rows of a table of a project, as they stand in its file; a missing file has none.

    Raises:
        UsageError: if the file is not UTF-8, or its header or a row is not as it must be.
    """
    path = folder / str(table.file)
    if not path.exists():
        return
    wanted = [f.name for f in table.fields]
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if list(reader.fieldnames or ()) != wanted:
                raise UsageError(
                    f"{path} 的表头应为 {','.join(wanted)}。"
                    f"其他写法的表请用 gongshi reference load 载入。",
                    f"{path} must have the header {','.join(wanted)}. "
                    "Other tables come in with 'gongshi reference load'.",
                )
            for row in reader:
                yield reader.line_num, _whole(path, reader.line_num, row)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"{path} 不是UTF-8编码的CSV文件：{error}。请另存为“CSV UTF-8”。",
            f"{path} is no CSV file in UTF-8: {error}. Save it as 'CSV UTF-8'.",
        ) from error


def _whole(path: Path, line: int, row: Mapping[str | None, str | None]) -> Values:
    """A row that has a cell for each heading and no more."""
    cells = {name: cell for name, cell in row.items() if name is not None and cell is not None}
    if len(cells) != len(row):
        raise UsageError(
            f"{path} 第 {line} 行的列数不对。请检查逗号和引号。",
            f"{path} line {line} has the wrong number of columns. Check its commas and quotes.",
        )
    return cells


def clean(
    table: RecordType, path: Path, rows: Iterable[tuple[int, Mapping[str, str]]]
) -> tuple[list[Line], list[Trouble]]:
    """The rows with every cell as it is stored, and the errors in cells."""
    cleaners = {
        f.name: _code_cleaner(f) if f.unicode == "code" else cleaner(f) for f in table.fields
    }
    lines, troubles = list[Line](), list[Trouble]()
    for number, cells in rows:
        cleaned = {name: one(cells.get(name, "")) for name, one in cleaners.items()}
        values = {name: found.value or "" for name, found in cleaned.items()}
        lines.append(Line(table, path, number, values))
        troubles += [
            Trouble(path, number, found)
            for cell in cleaned.values()
            for found in cell.problems
            if found.severity == "error"
        ]
    return lines, troubles


def _code_cleaner(where: Field) -> Cleaner:
    """A cleaner to which every word is a code: NAN is Nantou, not a spreadsheet's no number."""
    usual = cleaner(where)

    def clean_code(raw: str) -> Cleaned:
        found = usual(raw)
        word = raw.strip()
        return Cleaned(word) if found.value is None and word.isascii() and word.isalnum() else found

    return clean_code


def cross_check(tables: Mapping[str, Sequence[Line]]) -> Iterator[Trouble]:
    """What is wrong between rows and between tables."""
    known = {line.values["code"]: line for line in tables["department"] if line.values["code"]}
    for lines in tables.values():
        yield from _twice(lines)
        for line in lines:
            yield from _unknown(line, known)
            yield from _reversed(line)
    yield from _overlaps(tables)
    for line in known.values():
        yield from _succession(line, known)
        yield from _circles(line, known)


def _twice(lines: Sequence[Line]) -> Iterator[Trouble]:
    """Rows with a key that an earlier one has."""
    first: dict[tuple[str, ...], int] = {}
    for line in lines:
        earlier = first.setdefault(line.key, line.number)
        if earlier != line.number:
            yield line.wrong("reference_twice", line.table.roles["key"][-1], earlier=earlier)


def _unknown(line: Line, known: Mapping[str, Line]) -> Iterator[Trouble]:
    """Fields that name a department which is not there."""
    for name in line.table.roles.get("departments", ()):
        if line.values[name] and line.values[name] not in known:
            yield line.wrong("unknown_department", name)


def _reversed(line: Line) -> Iterator[Trouble]:
    """A row that ends before it begins."""
    start, end = line.values.get("valid_from"), line.values.get("valid_to")
    if start and end and end < start:
        yield line.wrong("reference_reversed", "valid_to", start=start)


def _overlaps(tables: Mapping[str, Sequence[Line]]) -> Iterator[Trouble]:
    """Departments that bear one code or one name on the same day."""
    bodies = {line.values["code"]: line for line in tables["department"]}
    borne: dict[str, list[Values]] = {}
    for line, name in _borne(tables):
        own = bodies.get(line.values["code"])
        if own is None:
            continue
        others = borne.setdefault(_mark(line.values[name], name), [])
        for other in others:
            if other["code"] != own.values["code"] and _together(other, own.values):
                yield line.wrong("reference_shared", name, other=other["code"])
        others.append(own.values)


def _borne(tables: Mapping[str, Sequence[Line]]) -> Iterator[tuple[Line, str]]:
    """Every code and name that a department bears, as a line and a field of it."""
    named = ((line, ("uscc", "name_zh", "name_en")) for line in tables["department"])
    spelt = ((line, ("alias",)) for line in tables["alias"])
    for line, names in (*named, *spelt):
        yield from ((line, name) for name in names if line.values[name])


def _mark(text: str, name: str) -> str:
    """What two bodies must not share: a code as it is, or a name however it is spelt."""
    return text if name == "uscc" else fold_name(text)


def _together(one: Values, other: Values) -> bool:
    """Whether two bodies existed on the same day."""
    starts = one["valid_from"], other["valid_from"]
    ends = (each["valid_to"] or "9999" for each in (one, other))
    return max(starts) <= min(ends)


def _succession(line: Line, known: Mapping[str, Line]) -> Iterator[Trouble]:
    """A body with a successor has ended, and the successor stood on the next day."""
    heir, ended = known.get(line.values["successor"]), line.values["valid_to"]
    if heir is None:
        return
    start, end = heir.values["valid_from"], heir.values["valid_to"]
    if not ended or (end and end <= ended) or (start and start > _next_day(ended)):
        yield line.wrong("reference_succession", "successor", ended=ended or "—")


def _circles(line: Line, known: Mapping[str, Line]) -> Iterator[Trouble]:
    """A body that is above or after itself."""
    for name in ("parent", "successor"):
        seen, at = set[str](), line.values[name]
        while at in known and at not in seen and at != line.values["code"]:
            seen.add(at)
            at = known[at].values[name]
        if at and at == line.values["code"]:
            yield line.wrong("reference_circle", name)


def _next_day(day: str) -> str:
    """The day after."""
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def fold_name(name: str) -> str:
    """A name without what spellings differ in: width, case, dashes, punctuation, white space."""
    return _NOT_WORD.sub(" ", unicodedata.normalize("NFKC", name).casefold()).strip()


def write_table(path: Path, table: RecordType, lines: Iterable[Line]) -> None:
    """Writes a table's file anew, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}")
    with aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [f.name for f in table.fields], lineterminator="\n")
        writer.writeheader()
        writer.writerows(line.values for line in lines)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
