"""Intake as it is, into the register of a new project."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from publish.handin.intake import Handing, intake
from publish.project import Project, init_project, project_template
from publish.register.register import open_register

RECEIVED = datetime(2026, 3, 18, 12, tzinfo=UTC)


def take_in(path: Path, folder: Path) -> int:
    """The whole way into a new register."""
    project = demo_project(folder / "project")
    with open_register(project.register) as register:
        (batch,) = intake(project, register, path, Handing(RECEIVED), silent)
    return batch.counts.new


def demo_project(root: Path) -> Project:
    """A new project with the demo city's departments."""
    project = init_project(root, "demo-city")
    for table in (project_template() / "data/reference").glob("*.csv"):
        shutil.copy(table, project.data / "reference")
    return project


def silent(_step: str, _done: int) -> None:
    """No progress while measuring."""
