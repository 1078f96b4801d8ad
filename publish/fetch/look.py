"""A look at a source before anything is taken in: what comes, and what each column becomes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from publish.errors import ProblemError
from publish.fetch.asked import Asked, Means, Progress
from publish.fetch.declare import Fetching, Folder
from publish.fetch.folder import look
from publish.fetch.run import asking, declared, read_rows
from publish.handin.findings import MASK, shorten
from publish.handin.header import Layout, layouts
from publish.handin.source import Source
from publish.handin.validate import Checked, Validator
from publish.project import Project
from publish.register.register import local, utc
from publish.schema import Field

SAMPLE = 5
"""How many rows are shown."""
LOOKED_AT = 100
"""After how many rows a database or web service is let go of."""


@dataclass(frozen=True)
class Column:
    """A column that came, and what becomes of it.

    Attributes:
        heading: as it came.
        fields: the names of the fields that it fills; none if it is ignored or not mapped.
        mapped: whether it is mapped or ignored; if not, it is a finding in every hand-in.
    """

    heading: str
    fields: tuple[str, ...]
    mapped: bool


@dataclass(frozen=True)
class Table:
    """What a look shows of one table.

    Attributes:
        record_type: what its rows are.
        columns: its columns in their order.
        sample: some rows: the fields' values, personal ones masked, and what was found in each.
    """

    sheet: str
    record_type: str
    columns: tuple[Column, ...]
    sample: tuple[dict[str, Any], ...]

    @property
    def sound(self) -> bool:
        """Whether every column is mapped and every row of the sample would be taken in."""
        mapped = all(column.mapped for column in self.columns)
        return mapped and not any(row["rejected"] for row in self.sample)

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def inspect(
    project: Project, name: str, at: datetime, means: Means, progress: Progress
) -> list[Table]:
    """Fetches a few rows of a source and checks them; nothing is taken in.

    Raises:
        UsageError: if the source or its department is wrong, or a secret is not set.
        FetchError: if it cannot be reached.
        ProblemError: if no rows came, or columns are missing.
    """
    source, how = declared(project, name)
    asked = asking(project, source, at, means, progress, limit=LOOKED_AT)
    with _few_rows(how, asked) as path:
        found = layouts(path, source)
        today = date.fromisoformat(local(utc(at), project.profile.zone)[:10])
        return [_table(layout, source, project, today) for layout in found]


@contextmanager
def _few_rows(how: Fetching, asked: Asked) -> Iterator[Path]:
    """A file with some rows: the newest of a folder, or the first rows of a database."""
    if isinstance(how, Folder):
        files = look(how, asked)
        if not files:
            raise _nothing(asked)
        yield files[-1].path
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{asked.source}.{how.writes}"
        with path.open("wb") as out:
            rows = read_rows(how, asked, out)
        if not rows:
            raise _nothing(asked)
        yield path


def _nothing(asked: Asked) -> ProblemError:
    """The error for a source that can be reached and has nothing."""
    return ProblemError(
        f"来源 {asked.source} 可以访问，但现在没有数据可看。",
        f"The source {asked.source} can be reached, but there is nothing in it to look at now.",
    )


def _table(layout: Layout, source: Source, project: Project, today: date) -> Table:
    """What a look shows of one layout."""
    validator = Validator(layout, project.reference, today)
    rows = [(line, validator.check(cells)) for line, cells in islice(layout.rows, SAMPLE)]
    unmapped = {found.shown for found in layout.problems if found.code == "unmapped_column"}
    return Table(
        layout.sheet,
        layout.record.name,
        tuple(_columns(layout, unmapped)),
        tuple(_sampled(layout.record.fields, line, row) for line, row in rows),
    )


def _columns(layout: Layout, unmapped: set[str]) -> Iterator[Column]:
    """Each column and the fields that it fills."""
    for position, heading in enumerate(layout.header[: layout.width]):
        fields = tuple(n for n, place in layout.positions.items() if place == position)
        known = shorten(heading.strip() or f"#{position + 1}") not in unmapped
        yield Column(heading, fields, bool(fields) or known)


def _sampled(fields: Sequence[Field], line: int, row: Checked) -> dict[str, Any]:
    """A row as it may be shown: personal fields masked."""
    return {
        "line": line,
        "rejected": row.rejected,
        "values": {f.name: _shown(f, row.values[f.name]) for f in fields if f.name in row.values},
        "findings": [
            {"code": p.code, "field": p.field, "zh": p.message("zh"), "en": p.message("en")}
            for p in row.problems
        ],
    }


def _shown(where: Field, value: str) -> str:
    """A value, or a mask where it may be about a person."""
    return shorten(value) if where.disclosure == "public" else MASK
