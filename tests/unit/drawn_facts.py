"""Facts drawn at random, of every table that the indicators are taken from."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from monitor.clocks import CLOCKS, STATUSES
from monitor.tables import (
    AUDITED,
    CALENDAR,
    COMPLETENESS,
    DUTY,
    ITEM,
    ITEM_DAY,
    NUMBER_SERIES,
    SUBMISSION,
    Table,
)

Row = dict[str, Any]
TABLES: Sequence[Table] = (
    DUTY,
    SUBMISSION,
    COMPLETENESS,
    AUDITED,
    ITEM,
    ITEM_DAY,
    NUMBER_SERIES,
    CALENDAR,
)
TODAY = date(2026, 11, 20)
FIRST = date(2025, 10, 1)
DEPARTMENTS = "abcde"
TYPES = ("licence", "penalty", "feedback")
_ARROW = {"TEXT": pa.string(), "INTEGER": pa.int64()}


def drawn(seed: int, count: int) -> dict[str, list[Row]]:
    """Facts of five departments: so many duties, and a few hundred of everything else."""
    rng = Random(seed)
    return {
        DUTY.name: [_duty(rng, n) for n in range(count)],
        SUBMISSION.name: _daily(rng, ("submitted", "accepted")),
        COMPLETENESS.name: _daily(rng, ("fields", "filled")),
        AUDITED.name: [_audited(rng, n) for n in range(150)],
        ITEM.name: [_item(rng, d, n) for d in DEPARTMENTS for n in range(8)],
        ITEM_DAY.name: _item_days(rng),
        NUMBER_SERIES.name: [_series(rng, d, y) for d in DEPARTMENTS for y in ("2025", "2026")],
        CALENDAR.name: calendar(),
    }


def calendar() -> list[Row]:
    """A working day on every weekday."""
    rows, seq = [], 0
    for n in range(900):
        day = date(2025, 1, 1) + timedelta(days=n)
        seq += day.weekday() < 5
        rows.append({"calendar": "xx", "date": str(day), "seq": seq})
    return rows


def write(folder: Path, facts: Mapping[str, Sequence[Row]]) -> Path:
    """The facts as Parquet files; columns that were not drawn are empty."""
    for table in (t for t in TABLES if t.name in facts):
        rows = [{c: row.get(c) for c in table.columns} for row in facts[table.name]]
        schema = pa.schema([(c, _ARROW[kind]) for c, (kind, _, _) in table.columns.items()])
        pq.write_table(pa.Table.from_pylist(rows, schema), folder / f"{table.name}.parquet")
    return folder


def _day(rng: Random) -> date:
    """Any day of the periods."""
    return FIRST + timedelta(days=rng.randrange((TODAY - FIRST).days))


def _duty(rng: Random, number: int) -> Row:
    """A duty of any clock and status."""
    due = _day(rng)
    status = rng.choice(["on_time"] * 6 + ["late", "late", "overdue", *STATUSES])
    wait = {"on_time": -rng.randrange(9), "exempt": -3, "late": rng.randrange(1, 90)}.get(status)
    return {
        "duty_id": f"{number:06}",
        "clock": rng.choice(["disclosure"] * 8 + [c.name for c in CLOCKS]),
        "department": rng.choice(DEPARTMENTS),
        "record_type": rng.choice(TYPES),
        "due_date": str(due),
        "done_date": None if wait is None else str(due + timedelta(days=wait)),
        "status": status,
        "working_days_used": None if wait is None else rng.randrange(30),
    }


def _daily(rng: Random, columns: tuple[str, str]) -> list[Row]:
    """Counts of some days, the second column no more than the first."""
    rows: dict[tuple[str, str, str], Row] = {}
    for _ in range(200):
        key = rng.choice(DEPARTMENTS), rng.choice(TYPES), str(_day(rng))
        whole = rng.randrange(1, 50)
        counts = dict(zip(columns, (whole, rng.randrange(whole + 1)), strict=True))
        rows[key] = dict(zip(("department", "record_type", "day"), key, strict=True)) | counts
    return list(rows.values())


def _audited(rng: Random, number: int) -> Row:
    """A decision that was found, concealed or not."""
    return {
        "audit_id": f"{number:04}",
        "department": rng.choice(DEPARTMENTS),
        "record_type": rng.choice(TYPES),
        "day": str(_day(rng)),
        "concealed": int(rng.random() < 0.3),
    }


def _item(rng: Random, department: str, number: int) -> Row:
    """An item of the catalogue, listed always or for a while."""
    return {
        "department": department,
        "record_type": rng.choice(TYPES),
        "item_code": f"X{number}",
        "yearly_volume": rng.choice([1, 2, 4, 6, 12, 50]),
        "valid_from": rng.choice([None, "", "2025-01-01", str(_day(rng))]),
        "valid_to": rng.choice([None, "", "", str(_day(rng))]),
    }


def _item_days(rng: Random) -> list[Row]:
    """Records of some items, also of such as are in no catalogue."""
    keys = {
        (rng.choice(DEPARTMENTS), rng.choice(TYPES), f"X{rng.randrange(10)}", str(_day(rng)))
        for _ in range(120)
    }
    columns = ("department", "record_type", "item_code", "day")
    return [dict(zip(columns, key, strict=True)) | {"records": 2} for key in sorted(keys)]


def _series(rng: Random, department: str, year: str) -> Row:
    """A series of document numbers, with gaps or without."""
    present, missing = rng.randrange(2, 40), rng.choice([0, 0, 3, 1000])
    return {
        "department": department,
        "record_type": "penalty",
        "year": year,
        "series": f"示例{department}罚",
        "lowest": 1,
        "highest": present + missing,
        "present": present,
        "missing": missing,
    }
