"""What tests of the line share: an empty project, and its register."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from publish.project import Project, init_project
from publish.register.register import Register, open_register
from tests.unit.handed import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project with the reference tables of the demo city."""
    made = init_project(tmp_path / "project", "demo-city")
    for table in (ROOT / "data/reference").glob("*.csv"):
        shutil.copy(table, made.data / "reference")
    return made


@pytest.fixture
def register(project: Project) -> Iterator[Register]:
    """The register of the test's project, open."""
    with open_register(project.register) as opened:
        yield opened
