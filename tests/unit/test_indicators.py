"""Indicators: the same figures as a plain count over the same duties, row by row."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from monitor.engine import duckdb, read_facts
from monitor.indicators import compute
from monitor.measures import INDICATORS
from monitor.periods import periods
from monitor.tables import TABLES

Row = dict[str, Any]
_ARROW = {"TEXT": pa.string(), "INTEGER": pa.int64()}
TODAY = "2026-11-20"
SPANS = periods(date(2025, 10, 1), date.fromisoformat(TODAY))
CALENDAR = [
    {"date": str(date(2025, 1, 1) + timedelta(days=n)), "seq": 5 * n // 7} for n in range(800)
]


def duties(seed: int, count: int) -> list[Row]:
    """Duties of five departments, of every status."""
    rng, rows = Random(seed), []
    for _ in range(count):
        due = date(2025, 10, 1) + timedelta(days=rng.randrange(410))
        status = rng.choice(["on_time"] * 6 + ["late", "late", "overdue", "pending", "error"])
        wait = {"on_time": -rng.randrange(5), "late": rng.randrange(1, 60)}.get(status)
        rows.append(
            {
                "clock": "disclosure",
                "department": rng.choice("abcde"),
                "record_type": rng.choice(["licence", "penalty"]),
                "due_date": str(due),
                "done_date": None if wait is None else str(due + timedelta(days=wait)),
                "status": status,
                "working_days_used": None if wait is None else rng.randrange(20),
            }
        )
    return rows


def as_rows(frame: pd.DataFrame) -> list[Row]:
    """A frame's rows, missing values as None."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [dict(zip(plain.columns, row, strict=True)) for row in plain.itertuples(index=False)]


SUBMITTED = [
    {
        "department": "a",
        "record_type": "licence",
        "day": "2026-07-03",
        "submitted": 40,
        "accepted": 38,
    },
    {
        "department": "a",
        "record_type": "penalty",
        "day": "2026-08-03",
        "submitted": 10,
        "accepted": 10,
    },
]


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Row], list[Row], list[Row]]:
    """The duties and the indicators and histogram computed from them."""
    rows = duties(1, 3000)
    return rows, *computed(tmp_path_factory.mktemp("facts"), rows)


def computed(folder: Path, rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """The indicators and the histogram of some duties."""
    pq.write_table(pa.Table.from_pylist(rows), folder / "duty.parquet")
    pq.write_table(pa.Table.from_pylist(SUBMITTED), folder / "submission.parquet")
    pq.write_table(pa.Table.from_pylist(CALENDAR), folder / "calendar.parquet")
    with duckdb(folder) as engine:
        found = compute(read_facts(engine, folder), SPANS, TODAY, engine)
    return as_rows(found.indicators), as_rows(found.histogram)


def plain(rows: list[Row], first: str, last: str) -> dict[str, tuple[int, int | None]]:
    """The indicators of some duties in one period, counted the slow and obvious way."""
    settled = [r for r in rows if r["status"] in {"on_time", "late", "overdue"}]
    due = [r for r in settled if first <= r["due_date"] <= last]
    done = [r for r in settled if r["done_date"] and first <= r["done_date"] <= last]
    owed = [r for r in settled if r["due_date"] <= last]
    return {
        "decisions_due": (len(due), None),
        "timeliness_rate": (sum(r["status"] == "on_time" for r in due), len(due)),
        "late_rate": (sum(r["status"] == "late" for r in done), len(done)),
        "backlog": (sum(not r["done_date"] or r["done_date"] > last for r in owed), None),
    }


@pytest.mark.parametrize("department", ["*", "a", "e"])
@pytest.mark.parametrize("record_type", ["*", "penalty"])
def test_every_figure_equals_a_plain_count(
    figures: tuple[list[Row], list[Row], list[Row]], department: str, record_type: str
) -> None:
    """In all periods numerator, denominator and value are those of a count over the rows."""
    rows, indicators, _ = figures
    mine = [
        r
        for r in rows
        if department in {"*", r["department"]} and record_type in {"*", r["record_type"]}
    ]
    found = {
        (r["period"], r["name"]): r
        for r in indicators
        if r["department"] == department and r["record_type"] == record_type
    }
    for period in SPANS:
        for name, (above, below) in plain(mine, period.first, period.last).items():
            row = found.get((period.period, name), {"numerator": 0, "denominator": 0, "value": 0})
            assert row["numerator"] == above
            if below is not None:
                assert row["denominator"] == below
                assert row["value"] == (pytest.approx(above / below) if below else None)


def test_compliance_counts_rows_by_the_day_received(
    figures: tuple[list[Row], list[Row], list[Row]],
) -> None:
    """48 of 50 rows of the third quarter were accepted; a period without rows has no rate."""
    found = {
        (r["department"], r["period"]): r
        for r in figures[1]
        if r["name"] == "compliance_rate" and r["record_type"] == "*"
    }
    assert found["a", "2026Q3"]["value"] == pytest.approx(0.96)
    assert found["*", "2026Q3"]["denominator"] == 50
    assert found["a", "2026Q1"]["value"] is None


def test_quantiles_are_nearest_rank(figures: tuple[list[Row], list[Row], list[Row]]) -> None:
    """Median and 90th percentile are values that occurred: the k-th of n in order."""
    rows, indicators, _ = figures
    used = sorted(
        r["working_days_used"]
        for r in rows
        if r["status"] in {"on_time", "late"} and "2026-07-01" <= r["due_date"] <= "2026-09-30"
    )
    found = {
        r["name"]: r["value"]
        for r in indicators
        if (r["department"], r["record_type"], r["period"]) == ("*", "*", "2026Q3")
    }
    for name, percent in (("days_median", 50), ("days_p90", 90)):
        assert found[name] == used[-(-percent * len(used) // 100) - 1]


def test_histogram_holds_every_finished_duty(
    figures: tuple[list[Row], list[Row], list[Row]],
) -> None:
    """The bars of a year add up to the duties finished that were due in it."""
    rows, _, histogram = figures
    expected = Counter(
        r["working_days_used"]
        for r in rows
        if r["status"] in {"on_time", "late"} and r["due_date"].startswith("2026")
    )
    found = {
        r["days"]: r["duties"]
        for r in histogram
        if (r["department"], r["record_type"], r["period"]) == ("*", "*", "2026")
    }
    assert found == dict(expected)


def test_every_indicator_has_a_name_in_both_languages() -> None:
    """Nothing is shown without words for it."""
    assert all(one.zh and one.en for one in INDICATORS.values())


def test_removals_change_no_other_figure(
    figures: tuple[list[Row], list[Row], list[Row]], tmp_path: Path
) -> None:
    """With duties of the other clock among them all figures are as before, and theirs are added."""
    rows, before, histogram = figures
    off = [{**row, "clock": "withdrawal", "department": "z"} for row in duties(2, 500)]
    after, histogram_after = computed(tmp_path, rows + off)
    own = [row for row in after if row["name"] == "withdrawal_timeliness"]
    assert [row for row in after if row["name"] != "withdrawal_timeliness"] == before
    assert histogram_after == histogram
    settled = [r for r in off if r["status"] in {"on_time", "late", "overdue"}]
    for period in SPANS:
        due = [r for r in settled if period.first <= r["due_date"] <= period.last]
        found = {
            r["department"]: r
            for r in own
            if (r["period"], r["record_type"]) == (period.period, "*")
        }
        for row in (found[d] for d in ("z", "*") if due):
            on_time = sum(r["status"] == "on_time" for r in due)
            assert (row["numerator"], row["denominator"]) == (on_time, len(due))
            assert row["value"] == pytest.approx(on_time / len(due))
    assert {row["department"] for row in own} == {"z", "*"}


def test_without_any_facts_there_are_no_figures(tmp_path: Path) -> None:
    """A portal that nobody has handed anything in to yet has empty tables, no failure."""
    for name in ("duty", "submission", "calendar"):
        table = next(t for t in TABLES if t.name == name)
        empty = pa.schema([(c, _ARROW[kind]) for c, (kind, _, _) in table.columns.items()])
        pq.write_table(empty.empty_table(), tmp_path / f"{name}.parquet")
    with duckdb(tmp_path) as engine:
        found = compute(read_facts(engine, tmp_path), SPANS, TODAY, engine)
    assert (len(found.indicators), len(found.histogram)) == (0, 0)
