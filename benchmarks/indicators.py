"""All indicators beside the bare group-by of the same duties, in the same run.

    python -m benchmarks.indicators [--duties 1000000] [--runs 5]

DuckDB makes the facts: so many duties of 40 departments over 26 months, half of them to publish and
half of the other clocks, with a release's other facts beside. Against all indicators, of each
department, record type and period (months, quarters, halves, years), with the histograms, stand two
bare queries over the Parquet file: counts, rate, median and 90th percentile per department and
month; and the same at the grain that the indicators need, per record type and clock as well. Each
contender runs in a process of its own on two threads, after once on a thousand duties. Medians of
processor seconds, and the most memory that a process took.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.apart import Run, peak, processor_seconds
from monitor import engine
from monitor.indicators import compute
from monitor.periods import periods

TODAY = date(2026, 11, 22)
FIRST = date(2024, 10, 1)
THREADS = 2
_FACTS = {
    "duty": """
        WITH drawn AS (
            SELECT i, i // 2 AS record, hash(i // 2, 1) % 40 AS department,
                hash(i // 2, 2) % 100 AS kind, hash(i, 3) % 1000 AS luck, hash(i, 4) % 100 AS other,
                DATE '2024-10-01' + (hash(i // 2, 5) % 780)::INT AS due,
                hash(i, 6) % 1000 / 1000.0 AS wait
            FROM range({count}) AS t(i)
        ), judged AS (
            SELECT *, CASE WHEN luck < 880 THEN 'on_time' WHEN luck < 960 THEN 'late'
                WHEN luck < 975 THEN 'overdue' WHEN luck < 990 THEN 'pending'
                WHEN luck < 995 THEN 'provisional' ELSE 'exempt' END AS status
            FROM drawn
        ), done AS (
            SELECT *, CASE status WHEN 'on_time' THEN due - (wait * 9)::INT
                WHEN 'late' THEN due + 1 + (wait * wait * wait * 90)::INT
                WHEN 'exempt' THEN due END AS done
            FROM judged
        )
        SELECT printf('%016x-d', i) AS duty_id,
            CASE WHEN i % 2 = 0 THEN 'disclosure' WHEN other < 96 THEN 'push'
                WHEN other < 98 THEN 'withdrawal' ELSE 'objection_verify' END AS clock,
            printf('%016x', record) AS record_id, 'department' || department AS department,
            CASE WHEN kind < 50 THEN 'licence' WHEN kind < 90 THEN 'penalty'
                ELSE 'other_act' END AS record_type,
            (due - 9)::VARCHAR AS start_date, due::VARCHAR AS due_date, done::VARCHAR AS done_date,
            status, greatest(0, 7 + (done - due) * 5 // 7)::BIGINT AS working_days_used
        FROM done ORDER BY i""",
    "submission": """
        SELECT 'department' || d AS department, t AS record_type,
            (DATE '2024-10-01' + n::INT)::VARCHAR AS "day", 20 AS submitted, 19 AS accepted
        FROM range(40) AS a(d), unnest(['licence', 'penalty', 'other_act']) AS b(t),
            range(0, 780, 7) AS c(n)""",
    "completeness": """
        SELECT department, record_type, "day", submitted * 20 AS fields, submitted * 18 AS filled
        FROM {submission}""",
    "audited": """
        SELECT department, record_type, "day", (hash("day", department) % 4 = 0)::INT AS concealed
        FROM {submission} WHERE hash("day", department, record_type) % 100 = 0""",
    "item": """
        SELECT DISTINCT department, record_type, record_type || n AS item_code,
            1 + n * 3 AS yearly_volume, '2020-01-01' AS valid_from, '' AS valid_to
        FROM {submission}, range(8) AS a(n)""",
    "item_day": """
        SELECT department, record_type, record_type || hash("day", department) % 8 AS item_code,
            "day", 3 AS records
        FROM {submission}""",
    "number_series": """
        SELECT DISTINCT department, record_type, left("day", 4) AS "year", 90 AS present,
            10 AS missing
        FROM {submission}""",
    "calendar": """
        SELECT day::DATE::VARCHAR AS date,
            sum((isodow(day) < 6)::BIGINT) OVER (ORDER BY day)::BIGINT AS seq
        FROM range(DATE '2024-01-01', DATE '2027-12-31', INTERVAL 1 DAY) AS t(day)""",
}
_BARE = """
    SELECT {keys}, left(due_date, 7) AS month, count(*), avg((status = 'on_time')::INT),
        median(working_days_used), quantile_disc(working_days_used, 0.9)
    FROM '{duty}' GROUP BY ALL"""


def main() -> None:
    """Prints each run, the medians, the ratios and the memory."""
    parser = argparse.ArgumentParser(description="All indicators beside a bare group-by")
    parser.add_argument("--duties", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--once", nargs=2, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.once:
        print(json.dumps(once(wanted.once[0], Path(wanted.once[1]))))
        return
    with TemporaryDirectory() as folder:
        make_facts(Path(folder) / "few", 1000)
        make_facts(Path(folder), wanted.duties)
        runs = [{name: apart(name, folder) for name in CONTENDERS} for _ in range(wanted.runs)]
    for name in CONTENDERS:
        told = [run[name] for run in runs]
        print(
            f"{name:12} {median(r.seconds for r in told):7.2f} s {told[0].rows:9,} rows"
            f" {max(r.mebibytes for r in told):7.0f} MiB   "
            + " ".join(f"{r.seconds:.2f}" for r in told)
        )
    for bare in ("month", "grain"):
        ratio = median(run["indicators"].seconds / run[bare].seconds for run in runs)
        print(f"indicators / {bare} {ratio:6.2f}")


def make_facts(folder: Path, count: int) -> None:
    """Writes the facts of so many duties."""
    folder.mkdir(exist_ok=True)
    paths = {name: f"'{folder / name}.parquet'" for name in _FACTS}
    with duckdb.connect() as db:
        for name, query in _FACTS.items():
            asked = query.format(count=count, **paths)
            db.execute(f"COPY ({asked}) TO {paths[name]} (FORMAT parquet, COMPRESSION zstd)")


def apart(name: str, folder: str) -> Run:
    """One contender in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.indicators", "--once"]
    told = subprocess.run([*command, name, folder], check=True, capture_output=True, text=True)
    return Run(*json.loads(told.stdout))


def once(name: str, folder: Path) -> Run:
    """One contender in this process, after it did a little."""
    work = CONTENDERS[name]
    work(folder / "few")
    began = processor_seconds()
    rows = work(folder)
    return Run(rows, processor_seconds() - began, peak())


def month(folder: Path) -> int:
    """The bare group-by per department and month."""
    return bare(folder, "department")


def grain(folder: Path) -> int:
    """The bare group-by per department, record type, clock and month."""
    return bare(folder, "department, record_type, clock")


def bare(folder: Path, keys: str) -> int:
    """Counts, rate, median and 90th percentile of the duties of each month."""
    with duckdb.connect(config={"threads": THREADS}) as db:
        query = _BARE.format(keys=keys, duty=folder / "duty.parquet")
        return len(db.execute(query).fetchall())


def indicators(folder: Path) -> int:
    """All indicators and histograms."""
    with engine.duckdb(folder, threads=THREADS) as db:
        facts = engine.read_facts(db, folder)
        return len(compute(facts, periods(FIRST, TODAY), str(TODAY), db).indicators)


CONTENDERS: dict[str, Callable[[Path], int]] = {
    "month": month,
    "grain": grain,
    "indicators": indicators,
}

if __name__ == "__main__":
    main()
