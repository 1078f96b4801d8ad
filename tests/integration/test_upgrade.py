"""A register that an earlier version of the program wrote is carried on without a break."""

import csv
import gzip
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publish.handin.intake import Handing, intake
from publish.project import init_project, project_template
from publish.register.register import check_register, open_register
from publish.release.release import release
from publish.schema import record_type
from tests.conftest import silent
from tests.unit.handed import example

REGISTERS = Path(__file__).parents[1] / "fixtures/registers"


@pytest.mark.parametrize("version", ["v1", "v3"])
def test_hand_ins_go_on_after_an_upgrade(tmp_path: Path, version: str) -> None:
    """What it took in before is known: the same row is a duplicate, another one a correction."""
    project = init_project(tmp_path / "project", "demo-city")
    for table in (project_template() / "data/reference").glob("*.csv"):
        shutil.copy(table, project.data / "reference")
    project.register.write_bytes(gzip.decompress((REGISTERS / f"{version}.db.gz").read_bytes()))
    path = project.data / "penalties.csv"
    rows = (
        {"content": "罚款2000元", "fine": "0.2"},
        {"document_no": "示例市监罚〔2026〕2号", "content": "罚款900元"},
        {"document_no": "示例市监罚〔2026〕4号"},
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [f.name for f in record_type("penalty").fields])
        writer.writeheader()
        writer.writerows(example(**row) for row in rows)
    at = datetime(2026, 3, 7, tzinfo=UTC)
    with open_register(project.register) as register:
        (batch,) = intake(project, register, path, Handing(at), silent)
        done = release(project, register, at, silent)
    counts = batch.counts
    assert (counts.duplicate, counts.corrected, counts.new, counts.rejected) == (1, 1, 1, 0)
    assert done.manifest["counts"]["penalty"] == {
        "live": 3,
        "published": 2,
        "withheld": {"revoked": 1},
    }
    assert list(check_register(project.register, lambda _: None)) == []
