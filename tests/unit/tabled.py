"""Reference tables for tests: made of rows, without files."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from publish.reference import Alias, Department, Reference
from publish.schema import record_type, types_of
from publish.tables import Line, Trouble, clean, cross_check

Row = Mapping[str, str]


def body(code: str, **changes: str) -> dict[str, str]:
    """A department; its names follow from its code."""
    names = {"name_zh": f"示例市{code}局", "name_en": f"Bureau {code}", "kind": "department"}
    blank = dict.fromkeys(record_type("department").by_name, "")
    return blank | names | {"code": code} | changes


def tables(**rows: Iterable[Row]) -> dict[str, list[Line]]:
    """Every reference table with the rows given; the others are empty."""
    return {
        name: clean(table, Path(str(table.file)), enumerate(rows.get(name, ()), 2))[0]
        for name, table in types_of("reference").items()
    }


def troubles(**rows: Iterable[Row]) -> list[Trouble]:
    """What is wrong between the rows."""
    return list(cross_check(tables(**rows)))


def known(*bodies: Row, aliases: Iterable[tuple[str, str]] = ()) -> Reference:
    """A reference with these departments."""
    return Reference(
        {row["code"]: Department(**row) for row in bodies},
        {},
        {},
        tuple(Alias(alias, code) for alias, code in aliases),
    )
