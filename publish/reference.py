"""Reference data: departments with their lineage, other spellings, and the red and black lists."""

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from publish.errors import UsageError

_NOT_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Department:
    """A body that decides and hands in.

    Attributes:
        successor: the body that it was merged into or renamed to; its records stay its own.
    """

    code: str
    uscc: str
    name_zh: str
    name_en: str
    short_zh: str
    short_en: str
    kind: str
    district: str
    parent: str
    valid_from: str
    valid_to: str
    successor: str


@dataclass(frozen=True)
class Alias:
    """Another spelling of a department's name."""

    alias: str
    code: str


@dataclass(frozen=True)
class CreditList:
    """A red or black list: who keeps it, on what legal basis, for how long entries stay."""

    list_id: str
    kind: str
    name_zh: str
    name_en: str
    owner: str
    legal_basis: str
    term_months: str


TABLES = {
    name: tuple(f.name for f in fields(row))
    for name, row in (("departments", Department), ("aliases", Alias), ("lists", CreditList))
}


@dataclass(frozen=True)
class Reference:
    """The reference tables of a project."""

    departments: Mapping[str, Department]
    lists: Mapping[str, CreditList]
    _by_uscc: Mapping[str, str]
    _by_name: Mapping[str, str]

    def resolve(self, uscc: str | None, name: str | None) -> str | None:
        """The department's code for the code or the name that a row gives; None if unknown."""
        if uscc and uscc in self._by_uscc:
            return self._by_uscc[uscc]
        return self._by_name.get(fold_name(name)) if name else None


def fold_name(name: str) -> str:
    """A name without what spellings differ in: width, case, dashes, punctuation, white space."""
    return _NOT_WORD.sub(" ", unicodedata.normalize("NFKC", name).casefold()).strip()


def load_reference(folder: Path) -> Reference:
    """Reads departments.csv, aliases.csv and lists.csv.

    Raises:
        UsageError: naming the file and line that is wrong.
    """
    departments = {d.code: d for d in (Department(**r) for r in _rows(folder, "departments"))}
    by_name = {
        fold_name(n): d.code for d in departments.values() for n in (d.name_zh, d.name_en) if n
    }
    for line, row in enumerate(_rows(folder, "aliases"), start=2):
        _known(folder / "aliases.csv", line, row["code"], departments)
        by_name[fold_name(row["alias"])] = row["code"]
    lists = {e.list_id: e for e in (CreditList(**r) for r in _rows(folder, "lists"))}
    by_uscc = {key: d.code for d in departments.values() for key in (d.code, d.uscc) if key}
    return Reference(departments, lists, by_uscc, by_name)


def _rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """The rows of one reference table; a table that is missing is empty."""
    path = folder / f"{name}.csv"
    if not path.exists():
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != TABLES[name]:
            raise UsageError(
                f"{path} 的表头应为 {','.join(TABLES[name])}",
                f"{path} must have the header {','.join(TABLES[name])}",
            )
        for row in reader:
            if None in row or None in row.values():
                raise UsageError(
                    f"{path} 第 {reader.line_num} 行的列数不对",
                    f"{path} line {reader.line_num} has the wrong number of columns",
                )
            yield row


def _known(path: Path, line: int, code: str, departments: Mapping[str, Department]) -> None:
    """Refuses an alias of a department that does not exist."""
    if code not in departments:
        raise UsageError(
            f"{path} 第 {line} 行：没有编码为 {code} 的部门",
            f"{path} line {line}: there is no department {code}",
        )
