"""What benchmarks measure does the same work on the same rows."""

from pathlib import Path

import pytest

from benchmarks import bare, disclose, indicators, whole
from benchmarks.city import penalties, write_csv
from benchmarks.intake import write_xlsx
from benchmarks.whole import RECEIVED, silent
from monitor import engine
from monitor.indicators import compute
from monitor.periods import periods
from publish.register.live import Moment
from publish.register.register import open_register
from publish.release.release import release
from publish.schema import types_of

ROWS = 60


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small file of penalties."""
    return write_csv(tmp_path_factory.mktemp("bench") / "penalties.csv", penalties(ROWS))


def test_every_row_is_good_and_new(table: Path, tmp_path: Path) -> None:
    """Intake and the bare load both take in all rows: none is returned, none is there twice."""
    assert whole.take_in(table, tmp_path) == bare.load(table, tmp_path) == ROWS


def test_a_workbook_holds_the_same_rows(tmp_path: Path) -> None:
    """The workbook is taken in like the text file."""
    book = write_xlsx(tmp_path / "penalties.xlsx", list(penalties(ROWS)))
    assert whole.take_in(book, tmp_path) == bare.read_workbook(book, tmp_path) == ROWS


def test_disclosure_is_measured_on_every_public_type(tmp_path: Path) -> None:
    """The records asked for are there, of every type, and what is disclosed is what is released."""
    project = disclose.prepare(tmp_path / "project", 600)
    assert disclose.measure(project, 1)["records"] == 600
    with open_register(project.register) as register:
        disclosed = disclose.disclose(project, Moment(register, register.cut(RECEIVED)))
        released = release(project, register, RECEIVED, silent).manifest["counts"]
    assert set(released) >= set(types_of("record")) and disclosed == sum(
        counts["published"] for counts in released.values()
    )
    assert all(released[name]["live"] for name in types_of("record"))


def test_the_indicators_are_measured_on_the_duties_asked_for(tmp_path: Path) -> None:
    """The bare queries and all indicators take the same duties; no kind of figure is left out."""
    indicators.make_facts(tmp_path, 3000)
    with engine.duckdb(tmp_path) as db:
        duty = engine.read_facts(db, tmp_path)["duty"]
        spans = periods(indicators.FIRST, indicators.TODAY)
        found = compute(engine.read_facts(db, tmp_path), spans, str(indicators.TODAY), db)
        assert db.to_pyarrow(duty.count()).as_py() == 3000
    kinds = {"timeliness_rate", "coverage", "omission_rate", "backlog_age", "days_p90"}
    assert kinds < set(found.indicators.name)
    assert indicators.month(tmp_path) < indicators.grain(tmp_path)
    assert indicators.indicators(tmp_path) == len(found.indicators)
