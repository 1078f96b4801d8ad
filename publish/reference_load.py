"""A reference table loaded from any file that departments could hand in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from publish.errors import ProblemError, UsageError
from publish.handin.findings import Problem
from publish.handin.header import Layout, layouts
from publish.handin.template import pass_over_example
from publish.project import Project
from publish.reference import check_reference
from publish.register.register import Register
from publish.schema import REFERENCE_TYPES, RecordType
from publish.tables import Line, Trouble, Values, clean, read_table, write_table


@dataclass(frozen=True)
class Loaded:
    """What a file would make of a reference table.

    Attributes:
        added: the keys of new rows; `changed` and `removed` likewise.
        troubles: what is wrong; the table is written only if nothing is.
        notes: what was noticed about the file as a whole.
    """

    table: RecordType
    rows: int
    added: Sequence[str]
    changed: Sequence[str]
    removed: Sequence[str]
    troubles: Sequence[Trouble]
    notes: Sequence[Problem]

    def as_dict(self) -> dict[str, object]:
        """For programs."""
        return {
            "table": self.table.name,
            "rows": self.rows,
            "written": not self.troubles,
            "added": list(self.added),
            "changed": list(self.changed),
            "removed": list(self.removed),
            "troubles": [trouble.as_dict() for trouble in self.troubles],
            "notes": [note.message("en") for note in self.notes],
        }


def load_table(
    project: Project, register: Register, path: Path, type_name: str | None = None
) -> Loaded:
    """Takes a file for the whole of a reference table, and writes it if nothing is wrong.

    Columns that the file does not have keep what they hold in rows of the same key.

    Args:
        path: CSV, workbook or JSON with the table's headings in any of their spellings.
        type_name: the table, if the headings do not tell.

    Raises:
        ProblemError: if the file cannot be read or a column is missing.
        UsageError: if it has no rows, or headings of no reference table, or of several.
    """
    folder = project.data / "reference"
    layout = pass_over_example(_layout(path, type_name))
    table = layout.record
    old = _old(folder, table)
    lines, wrong = clean(table, path, _rows(layout))
    if not lines:
        raise UsageError(
            f"{path} 没有数据行，没有载入。",
            f"{path} has no rows; nothing was loaded.",
        )
    new = [_filled(line, old.get(line.key), layout) for line in lines]
    _, between = check_reference(folder, {table.name: new})
    troubles = [*wrong, *between, *_in_use(register, old, new, table)]
    if not troubles:
        write_table(folder / str(table.file), table, new)
    rows, kept = {line.key: line.values for line in new}, old.keys()
    return Loaded(
        table,
        len(new),
        [_named(key) for key in rows if key not in kept],
        [_named(key) for key, row in rows.items() if key in old and old[key].values != row],
        [_named(key) for key in kept if key not in rows],
        troubles,
        layout.problems,
    )


def _layout(path: Path, type_name: str | None) -> Layout:
    """The sheet of the file that holds the table, its headings understood."""
    if type_name:
        return layouts(path, None, type_name)[0]
    found: list[Layout] = []
    for name in REFERENCE_TYPES:
        try:
            found += layouts(path, None, name)
        except ProblemError:
            continue
    most = max((len(one.positions) for one in found), default=0)
    best = [one for one in found if len(one.positions) == most]
    if len(best) != 1:
        names = "、".join(REFERENCE_TYPES)
        raise UsageError(
            f"{path} 的表头看不出是哪一张参照表。请用 --type 指明：{names}。",
            f"The headings of {path} do not tell which table it is. "
            f"Name it with --type: {', '.join(REFERENCE_TYPES)}.",
        )
    return best[0]


def _rows(layout: Layout) -> Iterator[tuple[int, Values]]:
    """The rows below the header, by field."""
    for line, cells in layout.rows:
        yield (
            line,
            {name: cells[place] for name, place in layout.positions.items() if place < len(cells)},
        )


def _filled(line: Line, old: Line | None, layout: Layout) -> Line:
    """A row with what the table holds in columns that the file does not have."""
    if old is None:
        return line
    kept = {n: value for n, value in old.values.items() if n not in layout.positions}
    return Line(line.table, line.path, line.number, line.values | kept)


def _old(folder: Path, table: RecordType) -> dict[tuple[str, ...], Line]:
    """The rows that the table has now; none where its file cannot be read."""
    path = folder / str(table.file)
    try:
        lines, _ = clean(table, path, read_table(folder, table))
    except UsageError:
        return {}
    return {line.key: line for line in lines}


def _in_use(
    register: Register,
    old: Mapping[tuple[str, ...], Line],
    new: Sequence[Line],
    table: RecordType,
) -> Iterator[Trouble]:
    """Departments that would vanish though the register has records of theirs."""
    if table.name != "department":
        return
    kept = {line.key for line in new}
    blank = dict.fromkeys(table.by_name, "")
    for code, records in register.db.execute(
        "SELECT department, count(DISTINCT record_id) FROM version GROUP BY department ORDER BY 1"
    ):
        if (code,) not in kept:
            line = old.get((code,)) or Line(table, Path(str(table.file)), 0, blank | {"code": code})
            yield line.wrong("reference_in_use", "code", records=f"{records:,}")


def _named(key: tuple[str, ...]) -> str:
    """A row's key as it is told."""
    return " ".join(key)
