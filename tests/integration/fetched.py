"""What the tests of sources share: a project with a source in it, and a clock of its own."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from publish.fetch.asked import Means
from publish.fetch.run import Fetched, fetch
from publish.project import Project, init_project
from publish.register.register import Register, open_register
from tests.unit.handed import ROOT, example

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)


def penalty(number: int, **changes: str) -> dict[str, str]:
    """A penalty that passes, with a number of its own."""
    row = example("penalty", document_no=f"示市监罚〔2026〕{number}号", **changes)
    return {name: value for name, value in row.items() if value}


@dataclass
class Place:
    """A project, and what its fetches have of the world.

    Attributes:
        pauses: how long they waited, without anybody's waiting.
    """

    project: Project
    environ: dict[str, str] = field(default_factory=dict)
    pauses: list[float] = field(default_factory=list)
    at: datetime = AT
    seconds: float = 0.0

    @property
    def means(self) -> Means:
        """A clock that only moves when somebody pauses."""
        return Means(self.environ, lambda: self.seconds, self._pause)

    def _pause(self, seconds: float) -> None:
        """Waits for nothing."""
        self.pauses.append(seconds)
        self.seconds += seconds

    def source(self, text: str, name: str = "tax") -> None:
        """Writes a source file for penalties."""
        path = self.project.sources / f"{name}.toml"
        path.write_text(f'name = "{name}"\nrecord_type = "penalty"\n{text}', "utf-8")

    def fetch(self, name: str = "tax", progress: Any = None) -> Fetched:  # noqa: ANN401
        """Fetches an hour after the last time."""
        self.at += timedelta(hours=1)
        with self.register() as register:
            return fetch(
                self.project, register, name, self.at, self.means, progress or (lambda *_: None)
            )

    @contextmanager
    def register(self) -> Iterator[Register]:
        """The project's register."""
        with open_register(self.project.register) as register:
            yield register

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the register says."""
        with self.register() as register:
            return [tuple(row) for row in register.db.execute(sql)]

    def records(self) -> list[Mapping[str, str]]:
        """The records as they are stored, in the order in which they came."""
        return [
            orjson.loads(row[0]) for row in self.rows("SELECT payload FROM version ORDER BY seq")
        ]

    @property
    def spools(self) -> list[Path]:
        """The files that fetches left, but for the folder's memory."""
        folder = self.project.data / "fetched"
        return sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "taken.json")

    def ledger(self) -> list[tuple[str, str | None, int]]:
        """What the ledger says of sources."""
        return self.rows(
            "SELECT kind, outcome, rows FROM job WHERE job LIKE 'source:%' ORDER BY seq"
        )

    def nothing_taken(self) -> bool:
        """Whether the register and the folder of fetched files are as if nothing had been asked."""
        tables = ("batch", "version", "rejected", "finding")
        counts = [self.rows(f"SELECT count(*) FROM {table}") for table in tables]
        return counts == [[(0,)]] * 4 and self.spools == []


def place(root: Path) -> Place:
    """A project with the demo city's departments."""
    project = init_project(root, "demo-city")
    for path in (ROOT / "data/reference").glob("*.csv"):
        shutil.copy(path, project.data / "reference")
    return Place(project)
