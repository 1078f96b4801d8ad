"""Engines: the same facts give the same figures on one machine and on Spark."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ibis.backends import BaseBackend
from pandas.testing import assert_frame_equal

from monitor.engine import duckdb, read_facts, spark
from monitor.indicators import Figures, compute
from monitor.periods import periods
from monitor.province import Summary, figures
from publish.errors import ProblemError, UsageError
from tests.unit.drawn_facts import DEPARTMENTS, FIRST, TODAY, Row, drawn, write

SPANS = periods(FIRST, TODAY)
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*pandas:FutureWarning:pyspark"),
    pytest.mark.filterwarnings("ignore:.*copy keyword:DeprecationWarning:pyspark"),
]


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Facts of every table."""
    return write(tmp_path_factory.mktemp("facts"), drawn(11, 3000))


@contextmanager
def cluster() -> Iterator[BaseBackend]:
    """A real Spark on this machine, as small as it can be."""
    with spark(
        "local[1]",
        driver__memory="1g",
        driver__bindAddress="127.0.0.1",
        driver__host="127.0.0.1",
        sql__shuffle__partitions="1",
    ) as engine:
        yield engine


def computed(engine: BaseBackend, folder: Path) -> Figures:
    """The figures that an engine gives."""
    return compute(read_facts(engine, folder), SPANS, str(TODAY), engine)


def test_spark_and_duckdb_give_equal_figures(facts: Path, tmp_path: Path) -> None:
    """Every row of both tables is the same, and so are the bytes that a province gets of them."""
    with duckdb(tmp_path) as engine:
        here = figures(facts, tmp_path / "here", engine, TODAY)
    with cluster() as engine:
        there = figures(facts, tmp_path / "there", engine, TODAY)
    assert here == there
    assert here.indicators > 5000
    files = ["histogram.csv", "histogram.parquet", "indicator.csv", "indicator.parquet"]
    assert sorted(p.name for p in (tmp_path / "here").iterdir()) == files
    for name in files:
        own, other = (tmp_path / engine / name for engine in ("here", "there"))
        if name.endswith("parquet"):
            assert_frame_equal(pd.read_parquet(own), pd.read_parquet(other))
        assert own.read_bytes() == other.read_bytes()


def cities(folder: Path, facts: Path, calendars: tuple[str, str] = ("", "")) -> Path:
    """The same facts as two cities hand them in, each department with one of them."""
    for city, (own, shifted) in enumerate(
        zip((DEPARTMENTS[:2], DEPARTMENTS[2:]), calendars, strict=True)
    ):
        (folder / f"city{city}/downloads").mkdir(parents=True)
        for path in facts.glob("*.parquet"):
            table = pq.read_table(path)
            rows: list[Row] = table.to_pylist()
            if path.stem == "calendar":
                rows = [r | {"seq": r["seq"] + (r["date"] == shifted)} for r in rows]
            else:
                rows = [r for r in rows if r["department"] in own]
            target = folder / f"city{city}/downloads" / path.name
            pq.write_table(pa.Table.from_pylist(rows, table.schema), target)
    return folder


def test_a_province_adds_its_cities_up(facts: Path, tmp_path: Path) -> None:
    """From two cities' downloads come the figures of all their departments and of both."""
    gathered = cities(tmp_path / "cities", facts)
    with duckdb(tmp_path) as engine:
        whole = figures(facts, tmp_path / "whole", engine, TODAY)
        assert figures(gathered, tmp_path / "parts", engine, TODAY) == whole
    assert whole[:3] == Summary(3000, 5, len(SPANS), 0)[:3]
    for name in ("indicator.csv", "histogram.csv"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "parts" / name).read_bytes()


def test_a_city_that_was_gathered_twice_is_refused(facts: Path, tmp_path: Path) -> None:
    """Nothing is counted twice without a word."""
    gathered = cities(tmp_path / "cities", facts)
    (gathered / "again").symlink_to(gathered / "city0")
    with duckdb(tmp_path) as engine, pytest.raises(ProblemError, match="there twice"):
        figures(gathered, tmp_path / "out", engine, TODAY)
    assert not (tmp_path / "out").exists()


def test_cities_of_different_calendars_are_refused(facts: Path, tmp_path: Path) -> None:
    """The first day on which they differ is named; days to come may still differ."""
    gathered = cities(tmp_path / "cities", facts, ("", "2026-02-14"))
    with duckdb(tmp_path) as engine, pytest.raises(ProblemError, match="2026-02-14"):
        figures(gathered, tmp_path / "out", engine, TODAY)
    later = cities(tmp_path / "later", facts, ("", "2026-12-28"))
    with duckdb(tmp_path) as engine:
        assert figures(later, tmp_path / "out", engine, TODAY).duties == 3000


def test_a_folder_without_duties_is_refused(tmp_path: Path) -> None:
    """It says which file is missing and where it comes from."""
    with duckdb(tmp_path) as engine, pytest.raises(UsageError, match=r"duty\.parquet"):
        figures(tmp_path, tmp_path / "out", engine, date(2026, 11, 20))


def test_tables_that_are_not_there_are_left_out(facts: Path, tmp_path: Path) -> None:
    """Without audits there is no omission rate; all else is as it is with them."""
    for path in facts.glob("*.parquet"):
        if path.stem != "audited":
            (tmp_path / path.name).symlink_to(path)
    with duckdb(tmp_path) as engine:
        whole, part = computed(engine, facts).indicators, computed(engine, tmp_path).indicators
    expected = whole[whole.name != "omission_rate"].reset_index(drop=True)
    assert len(expected) < len(whole)
    assert_frame_equal(part, expected)


def test_spark_that_is_not_installed_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what to install."""
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(UsageError, match=r"pip install 'gongshi\[spark\]'"), spark("local[1]"):
        pass


def test_spark_without_java_is_a_plain_error(facts: Path, tmp_path: Path) -> None:
    """The command ends with a sentence and code 2, without a trace."""
    asked = ["--engine", "spark", "--master", "local[1]", "--facts", facts, "--out", tmp_path / "o"]
    done = subprocess.run(
        [sys.executable, "-m", "publish.cli", "monitor", *map(str, asked)],
        env=os.environ | {"JAVA_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "Java 17" in done.stderr
    assert "Traceback" not in done.stderr
