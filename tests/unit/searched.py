"""Small databases of public records to search in."""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from monitor.tables import DEPARTMENT
from publish.release.public import columns
from publish.release.snapshot import ChangedTable, RecordTable
from publish.schema import public_types, record_type
from publish.search.index import SearchIndex

DISTRICTS = {"market": "", "tax": "", "north": "北区", "south": "南区"}
"""Departments with the districts that they belong to."""

Given = Mapping[str, Any]
"""A record: its ``type``, ``record_id`` and ``decided``, and any columns of its table."""


def searched(records: Iterable[Given]) -> sqlite3.Connection:
    """A credit.db with these records, as a release that is built in full has them."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    DEPARTMENT.create(db)
    for code, district in DISTRICTS.items():
        named = {"code": code, "name_zh": f"示例市{code}局", "district": district}
        db.execute(f"INSERT INTO department ({','.join(named)}) VALUES (?,?,?)", [*named.values()])
    db.execute("CREATE TABLE credit_list (list_id TEXT PRIMARY KEY, name_zh TEXT, name_en TEXT)")
    db.execute("INSERT INTO credit_list VALUES ('tax-a', '纳税信用A级纳税人', 'A taxpayers')")
    index, given = SearchIndex(db), list(records)
    for record in public_types().values():
        table = RecordTable(record, db, index)
        for one in given:
            if one["type"] == record.name:
                table.add(public_row(one))
        table.close()
    index.finish()
    return db


def change(db: sqlite3.Connection, ids: Iterable[str], records: Iterable[Given]) -> None:
    """Brings a credit.db up to date, as a release does that is made from the one before.

    Args:
        ids: of the records that may have changed; those that are not given are removed.
    """
    index, given = SearchIndex(db), list(records)
    for record in public_types().values():
        table = ChangedTable(record, db, index, list(ids))
        for one in given:
            if one["type"] == record.name:
                table.add(public_row(one))
        table.close()
    index.finish()


def public_row(given: Given) -> list[Any]:
    """The row of a record in the table of its type."""
    record = record_type(given["type"])
    own = {record.roles["decided"]: given["decided"], "department": "market"}
    own |= {"portal_published": f"{given['decided']}T22:00:00+08:00", "publish_status": "on_time"}
    return [(own | dict(given)).get(column.name) for column in columns(record)]
