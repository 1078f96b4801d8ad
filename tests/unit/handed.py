"""What the tests of intake share: rows as departments type them, and a way to have them checked."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from publish.handin.header import Layout, lay_out
from publish.handin.read import Sheet
from publish.handin.source import Source
from publish.handin.validate import Checked, Validator
from publish.reference import Reference, load_reference
from publish.schema import record_type

ROOT = Path(__file__).parents[2]
RECEIVED = date(2026, 11, 22)
PERSON = {
    "party_kind": "自然人",
    "party_name": "张示例",
    "uscc": "",
    "person_id_type": "身份证",
    "person_id_no": "990101199001010019",
}


@cache
def reference() -> Reference:
    """The departments and lists of the demo city."""
    return load_reference(ROOT / "data/reference")


def example(type_name: str = "penalty", **changes: str) -> dict[str, str]:
    """The example row of a record type's template, with some cells changed."""
    return {f.name: f.example for f in record_type(type_name).fields} | changes


def sheet(rows: Iterable[Sequence[str]], name: str = "") -> Sheet:
    """Rows as a sheet, numbered from 1."""
    numbered = [(line, list(cells)) for line, cells in enumerate(rows, start=1)]
    return Sheet(name, tuple(numbered[:10]), iter(numbered))


def layout(
    rows: Iterable[Sequence[str]], source: Source | None = None, type_name: str | None = None
) -> Layout:
    """The layout of rows that have a header."""
    found = lay_out(sheet(rows), source, type_name)
    assert found is not None
    return found


def check(
    row: Mapping[str, str], source: Source | None = None, known: Reference | None = None
) -> Checked:
    """One row, its keys as headings, checked."""
    table = layout([list(row), list(row.values())], source)
    validator = Validator(table, known or reference(), RECEIVED)
    ((_, cells),) = table.rows
    return validator.check(cells)


def codes(checked: Checked) -> set[str]:
    """What was found."""
    return {found.code for found in checked.problems}
