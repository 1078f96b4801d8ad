"""A portal that takes files in, and what must hold whatever it is given."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

from publish.errors import GongshiError
from publish.handin.findings import kinds
from publish.handin.intake import Batch, Handing, intake
from publish.project import Project, init_project
from publish.register.register import CHAINS, Register, open_register
from tests.conftest import silent
from tests.unit.handed import ROOT

PASSED_OVER = ("header_repeated", "title_passed_over", "footer_passed_over")
"""Findings that name a row which was not read as a record."""


@dataclass(frozen=True)
class Taken:
    """What became of a file.

    Attributes:
        batches: its sheets, if it was taken in.
        error: why not, if it was refused.
        lines: the rows that were passed over by name.
        found: how often each finding was put down.
    """

    batches: tuple[Batch, ...] = ()
    error: GongshiError | None = None
    lines: int = 0
    found: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """The rows read."""
        return sum(batch.counts.rows for batch in self.batches)

    @property
    def accounted(self) -> int:
        """The rows read or passed over by name, as margins or as the template's example."""
        return self.rows + self.lines + self.found["example_row"]


@contextmanager
def open_portal(root: Path) -> Iterator["Portal"]:
    """A project with the departments of the demo city, and its register."""
    project = init_project(root, "demo-city")
    copytree(ROOT / "data/reference", root / "data/reference", dirs_exist_ok=True)
    with open_register(project.register) as register:
        yield Portal(project, register)


@dataclass(frozen=True)
class Portal:
    """Where files are handed in."""

    project: Project
    register: Register

    def take_in(self, path: Path, source: str | None = None) -> Taken:
        """Hands a file in and checks what must hold whatever is in it."""
        before = self.sizes()
        handing = Handing(at=datetime(2026, 11, 22, 8, tzinfo=UTC), source=source)
        try:
            batches = intake(self.project, self.register, path, handing, silent)
        except GongshiError as error:
            assert error.zh and error.en, "both languages say why"
            assert "\n" not in error.zh + error.en, "in one line"
            assert self.sizes() == before, "a refused file leaves no trace"
            return Taken(error=error)
        assert batches
        for batch in batches:
            self._conserved(batch)
        after = self.sizes()
        changed = {name: after[name] - before[name] for name in after}
        assert changed["batch"] == len(batches)
        assert changed["version"] == sum(b.counts.new + b.counts.corrected for b in batches)
        assert changed["rejected"] == sum(b.counts.rejected for b in batches)
        found = Counter(code for batch in batches for _, code, _ in self.findings(batch))
        return Taken(tuple(batches), None, sum(found[code] for code in PASSED_OVER), found)

    def sizes(self) -> dict[str, int]:
        """How many rows each chain of the register has."""
        count = self.register.db.execute
        return {
            chain.name: count(f"SELECT count(*) FROM {chain.name}").fetchone()[0]
            for chain in CHAINS
        }

    def findings(self, batch: Batch) -> Iterator[tuple[int | None, str, str]]:
        """Line, code and severity of each finding in a batch."""
        query = "SELECT line, code, severity FROM finding WHERE batch = ?"
        yield from self.register.db.execute(query, (batch.number,))

    def _conserved(self, batch: Batch) -> None:
        """No row is lost, and whatever came back says where, why and what to do."""
        counts = batch.counts
        assert counts.rows == counts.new + counts.corrected + counts.duplicate + counts.rejected
        lines = self.register.db.execute(
            "SELECT line FROM rejected WHERE batch = ?", (batch.number,)
        )
        rejected = sorted(line for (line,) in lines)
        errors = {line for line, _, severity in self.findings(batch) if severity == "error"}
        assert len(rejected) == counts.rejected
        assert set(rejected) == errors, "a row comes back if and only if it has an error"
        for _, code, _ in self.findings(batch):
            assert kinds()[code].remedy_zh and kinds()[code].remedy_en
        if rejected:
            assert batch.returned and batch.returned.exists()
