"""The table of organisations that public records name."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from publish.handin.uscc import NONE_GIVEN
from publish.profile import load_profile
from publish.release.entity import ENTITY, fill_entity
from publish.release.metadata import metadata
from publish.release.public import columns
from publish.schema import PERSON, record_type, types_of
from tests.unit.handed import ROOT

FOOD, TRADER = "91990100MA00000073", "92990101MA0000123X"
ORGANISATION, SOLE = "法人及非法人组织", "个体工商户"


@pytest.fixture
def credit() -> Iterator[sqlite3.Connection]:
    """The empty tables of records."""
    db = sqlite3.connect(":memory:")
    db.row_factory = sqlite3.Row
    for record in types_of("record").values():
        db.execute(f"CREATE TABLE {record.name} ({', '.join(c.name for c in columns(record))})")
    yield db
    db.close()


def put(
    db: sqlite3.Connection,
    kind: str,
    number: str,
    day: str,
    uscc: str | None = FOOD,
    party_kind: str = ORGANISATION,
    **more: str,
) -> None:
    """Puts a record in."""
    values = {
        "record_id": number,
        record_type(kind).roles["decided"]: day,
        "uscc": uscc,
        "party_kind": party_kind,
        "party_name": f"示例{number}",
        **more,
    }
    marks = ",".join("?" * len(values))
    db.execute(f"INSERT INTO {kind} ({', '.join(values)}) VALUES ({marks})", list(values.values()))


def entities(db: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """The table, filled, by code."""
    fill_entity(db)
    return {row["uscc"]: dict(row) for row in db.execute("SELECT * FROM entity")}


def test_counts(credit: sqlite3.Connection) -> None:
    """An organisation has its records counted by type, with the first and the last day."""
    put(credit, "licence", "a", "2026-01-05")
    put(credit, "licence", "b", "2026-03-05")
    put(credit, "commitment", "c", "2025-12-01")
    found = entities(credit)[FOOD]
    counted = {name: found[name] for name in types_of("record")}
    assert counted == dict.fromkeys(types_of("record"), 0) | {"licence": 2, "commitment": 1}
    assert found["records"] == 3
    assert (found["first_decided"], found["last_decided"]) == ("2025-12-01", "2026-03-05")


def test_newest_name(credit: sqlite3.Connection) -> None:
    """The name is that of the newest record, however the rows lie."""
    put(credit, "penalty", "z", "2026-03-05", party_name="新名")
    put(credit, "licence", "b", "2026-03-05", party_name="同日")
    put(credit, "licence", "c", "2026-01-05", party_name="旧名")
    assert entities(credit)[FOOD]["name"] == "新名"


def test_no_person(credit: sqlite3.Connection) -> None:
    """A natural person is never an entity, not even where a record gives a code."""
    put(credit, "licence", "a", "2026-01-05", party_kind=PERSON)
    put(credit, "licence", "b", "2026-01-05", uscc="", party_kind=PERSON)
    put(credit, "licence", "c", "2026-01-05", uscc=None, party_kind=PERSON)
    assert entities(credit) == {}


def test_code_of_none(credit: sqlite3.Connection) -> None:
    """Traders without a code are not thrown together under the one that says so."""
    put(credit, "licence", "a", "2026-01-05", uscc=NONE_GIVEN, party_kind=SOLE)
    put(credit, "licence", "b", "2026-01-05", uscc=TRADER, party_kind=SOLE)
    found = entities(credit)
    assert found.keys() == {TRADER}
    assert found[TRADER]["party_kind"] == SOLE


def test_anew(credit: sqlite3.Connection) -> None:
    """Filled again it follows the records: of what was taken off nothing stays."""
    put(credit, "licence", "a", "2026-01-05")
    assert entities(credit).keys() == {FOOD}
    credit.execute("DELETE FROM licence")
    assert entities(credit) == {}


def test_described() -> None:
    """Datasette's metadata describes every column; a name is no facet and nothing ranks."""
    demo = load_profile(ROOT / "data/profiles/demo-city.toml")
    said = metadata(demo)["databases"]["credit"]["tables"]["entity"]
    assert said["columns"].keys() == ENTITY.columns.keys()
    assert (said["facets"], said["label_column"]) == (["party_kind"], "name")
    assert said["sort_desc"] == "last_decided"
    assert not {"score", "grade", "rank"} & ENTITY.columns.keys()
