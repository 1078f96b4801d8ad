"""A hundred thousand rows, one in twenty wrong: just those come back, marked, and mended they pass.

The test plants every kind of defect that a row can have, knows which row got which, and puts the
right values back into the files that were returned.
"""

import csv
import random
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import pytest

from publish.handin import uscc
from publish.handin.findings import kinds
from publish.handin.intake import Batch, Handing, intake
from publish.handin.returned import ADDED, guard
from publish.handin.returned_book import return_rejected
from publish.handin.summary import batch_summary
from publish.project import Project, init_project
from publish.register.register import Register, open_register
from publish.schema import RecordType, record_type
from tests.conftest import silent
from tests.unit.handed import PERSON, ROOT, example
from tests.unit.marked import Place, colours, comments, mend, texts
from tests.unit.test_findings import CELLS, NO_USCC

KEY = "99" * 32
MANY, FEW = 100_000, 400
SHARE = 20
"""One row in so many gets a defect."""
DAYS = (datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC))
MORE = "多出的一格"
NEW_BODY = "11990100006999990" + uscc.check_character("11990100006999990")
SOURCE = """name = "letters"
record_type = "penalty"
[extract.remark]
from = "页面"
pattern = "no-(\\\\d+)"
"""
FORESTRY = {"authority": "示例市林业局", "authority_uscc": "11990100006911841J"}

# What to change in a row for the kinds of finding that need more than one wrong cell of `CELLS`.
PLANTS: Mapping[str, tuple[str, Mapping[str, str]]] = CELLS | {
    "registration_no_missing": (
        "penalty",
        {"uscc": NO_USCC, "party_kind": "个体工商户", "registration_no": ""},
    ),
    "too_many_cells": ("penalty", {}),
    "authority_succeeded": ("penalty", FORESTRY),
    "authority_not_in_office": (
        "penalty",
        {"authority": "示例市数据局", "authority_uscc": NEW_BODY},
    ),
    "list_basis_missing": (
        "list_entry",
        {"list_id": "no-basis", "list_kind": "black", "reason": "虚假宣传"},
    ),
    "pattern_not_matched": ("letters", {"remark": "/letters/7"}),
}
# What the right row has that the example has not, where a defect only shows in another case.
CASES = {
    "registration_no_missing": {
        "uscc": NO_USCC,
        "party_kind": "个体工商户",
        "registration_no": "990100600000019",
    },
}


@dataclass(frozen=True)
class Plan:
    """One hand-in: what its rows are and how many there are."""

    name: str
    record: RecordType
    size: int

    @property
    def codes(self) -> list[str]:
        """The kinds of finding that are planted."""
        return [code for code, (name, _) in PLANTS.items() if name == self.name]

    @property
    def header(self) -> list[str]:
        """The headings; the source's own file has its document number in a page's address."""
        titles = {f.name: f.title_zh for f in self.record.fields}
        return list((titles | ({"remark": "页面"} if self.name == "letters" else {})).values())

    def column(self, name: str) -> int:
        """Where a field stands."""
        return list(self.record.by_name).index(name)

    @cached_property
    def planted(self) -> dict[int, str]:
        """The rows that get a defect, from 0, and which; by a fixed seed."""
        chosen = random.Random(3).sample(range(self.size), self.size // SHARE)
        codes = self.codes
        return {row: codes[n % len(codes)] for n, row in enumerate(sorted(chosen))}

    @cached_property
    def numbered(self) -> str:
        """The field by which rows are told apart."""
        fields = (self.record[name] for name in reversed(self.record.roles["document"]))
        return next(f.name for f in fields if f.type == "string" and not f.codes)

    def right(self, n: int) -> dict[str, str]:
        """Row ``n`` as it should be: it differs from all others in number and party."""
        row = example(self.record.name)
        row[self.numbered] = re.sub(r"\d+(?=号|$)", str(n + 1), row[self.numbered])
        if row.get("uscc"):
            first = f"91990100MA{n:07}"
            row["uscc"] = first + uscc.check_character(first)
        if self.name == "letters":
            row["remark"] = f"no-{n}"
        code = self.planted.get(n, "")
        changes = PLANTS[code][1] if code else {}
        if changes.get("party_kind") == PERSON["party_kind"]:
            row |= PERSON
        return row | CASES.get(code, {})

    def wrong(self, n: int) -> dict[str, str]:
        """The same row with its defect."""
        return self.right(n) | dict(PLANTS[self.planted[n]][1])

    def write(self, path: Path, *, clean: bool) -> None:
        """The file of the hand-in, or what it would be without its errors."""
        planted = self.planted
        with path.open("w", encoding="utf-8", newline="") as file:
            write = csv.writer(file).writerow
            write(self.header)
            for n in range(self.size):
                code = planted.get(n)
                if code is None or (clean and kinds()[code].severity == "error"):
                    write(self.right(n).values())
                else:
                    write([*self.wrong(n).values(), *([MORE] if code == "too_many_cells" else [])])

    def errors(self) -> list[int]:
        """The rows that must come back."""
        return [n for n, code in self.planted.items() if kinds()[code].severity == "error"]


PLANS = [
    Plan("penalty", record_type("penalty"), MANY),
    *(
        Plan(name, record_type(name if name != "letters" else "penalty"), FEW)
        for name in dict.fromkeys(name for name, _ in PLANTS.values() if name != "penalty")
    ),
]


@dataclass
class Done:
    """A hand-in after intake.

    Attributes:
        csv: the returned file.
        clean: the records that the file would have given without its errors, by id.
    """

    plan: Plan
    project: Project
    register: Register
    batch: Batch
    csv: Path
    clean: list[tuple[str, str]] = field(default_factory=list)

    @property
    def book(self) -> Path:
        """The returned workbook."""
        return self.csv.with_suffix(".xlsx")

    def handing(self, day: int) -> Handing:
        """How it was handed in on the first day, or on the second."""
        named = "letters" if self.plan.name == "letters" else None
        return Handing(DAYS[day], source=named, record_type=self.plan.record.name)


def records(register: Register) -> list[tuple[str, str]]:
    """All records of a register, by id."""
    return register.db.execute("SELECT record_id, payload FROM version ORDER BY 1").fetchall()


@pytest.fixture(scope="module", params=PLANS, ids=lambda plan: plan.name)
def done(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Done]:
    """A hand-in with its defects, taken in, and what came back."""
    plan: Plan = request.param
    folder = tmp_path_factory.mktemp(plan.name)
    project = set_up(folder / "project")
    path = folder / "handed.csv"
    plan.write(path, clean=False)
    with open_register(project.register, KEY) as register:
        done = Done(plan, project, register, Batch(0, "", "", plan.record.name), path)
        (done.batch,) = intake(project, register, path, done.handing(0), silent)
        positions = {f.name: n for n, f in enumerate(plan.record.fields)}
        done.csv = return_rejected(register, done.batch.number, positions, folder / "returned")
        clean = set_up(folder / "clean")
        plan.write(folder / "clean.csv", clean=True)
        with open_register(clean.register, KEY) as without:
            intake(clean, without, folder / "clean.csv", done.handing(0), silent)
            done.clean = records(without)
        yield done


def set_up(root: Path) -> Project:
    """A project with the demo city's departments, one not yet founded, and a list without basis."""
    project = init_project(root, "demo-city")
    for path in (ROOT / "data/reference").glob("*.csv"):
        shutil.copy(path, project.data / "reference")
    for name, line in (
        (
            "departments",
            f"data,{NEW_BODY},示例市数据局,Shili Data Bureau,,,department,,,2026-06-01,,",
        ),
        ("lists", "no-basis,black,无依据名单,List without basis,market,,36"),
    ):
        with (project.data / f"reference/{name}.csv").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
    (project.sources / "letters.toml").write_text(SOURCE, "utf-8")
    return project


def test_every_kind_of_finding_is_planted() -> None:
    """Whatever the catalogue has for a row is among the defects."""
    rows = {name for plan in PLANS for name in plan.planted.values()}
    assert rows == set(PLANTS)


def test_exactly_the_planted_rows_come_back(done: Done) -> None:
    """Errors are rejected and warnings kept, row by row, each under its own name."""
    counts, errors = done.batch.counts, done.plan.errors()
    assert (counts.rows, counts.rejected) == (done.plan.size, len(errors))
    assert counts.new == done.plan.size - len(errors)
    db = done.register.db
    rejected = [line - 2 for (line,) in db.execute("SELECT line FROM rejected ORDER BY line")]
    assert rejected == errors
    found = db.execute("SELECT line, code FROM finding WHERE line IS NOT NULL ORDER BY line")
    assert [(line - 2, code) for line, code in found] == list(done.plan.planted.items())


def test_the_summary_has_the_same_counts(done: Done) -> None:
    """Each kind is counted as often as it was planted."""
    found = batch_summary(done.register, done.batch.number).findings
    planted = list(done.plan.planted.values())
    counted = {code: sum(f.rows for f in found if f.code == code) for code in set(planted)}
    assert counted == {code: planted.count(code) for code in set(planted)}


def test_the_returned_files_hold_exactly_the_rejected_rows(done: Done) -> None:
    """Both files have the rows as they were handed in, and nothing else."""
    width = len(done.plan.header)
    wrong = [(n, list(done.plan.wrong(n).values())) for n in done.plan.errors()]
    book = texts(done.book, "退回的行")
    with done.csv.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    for header, *returned in (book, rows):
        assert header[: width + 3] == [*done.plan.header, *ADDED]
        assert [int(row[width]) - 2 for row in returned] == [n for n, _ in wrong]
    assert [row[:width] for row in book[1:]] == [cells for _, cells in wrong]
    assert [row[:width] for row in rows[1:]] == [list(map(guard, cells)) for _, cells in wrong]


def test_the_wrong_cells_are_marked(done: Done) -> None:
    """In the workbook just the cells of the findings are coloured, and each has its comment."""
    width = len(done.plan.header)
    place = {n: row for row, n in enumerate(done.plan.errors(), start=1)}
    expected: set[Place] = set()
    for line, name in done.register.db.execute(
        "SELECT line, field FROM finding JOIN rejected USING (batch, line)"
    ):
        row = place[line - 2]
        beside = {(row, width + more) for more in (1, 2, 3)}
        expected |= {(row, done.plan.column(name))} if name else beside
    assert colours(done.book).keys() == expected
    assert comments(done.book).keys() == {(row, n) for row, n in expected if n < width}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_corrected_file_clears_them(done: Done, kind: str, tmp_path: Path) -> None:
    """With the right values put back, every row is new, and the register is as if never wrong."""
    mended = tmp_path / f"mended.{kind}"
    (mend_csv if kind == "csv" else mend_book)(done, mended)
    shutil.copytree(done.project.root, root := tmp_path / "project")
    with open_register(root / "data/register.db") as register:
        (batch,) = intake(Project(root), register, mended, done.handing(1), silent)
        assert (batch.counts.new, batch.counts.rows) == (batch.counts.rows, len(done.plan.errors()))
        assert not batch.findings
        assert records(register) == done.clean


def mend_book(done: Done, target: Path) -> None:
    """Types the right values into the cells of the workbook."""
    width = len(done.plan.header)
    changes: dict[Place, str] = {}
    for row, n in enumerate(done.plan.errors(), start=1):
        for column, (wrong, right) in enumerate(pairs(done.plan, n)):
            if wrong != right:
                changes[row, column] = right
        if done.plan.planted[n] == "too_many_cells":
            changes[row, width + len(ADDED)] = ""
    mend(done.book, target, changes)


def mend_csv(done: Done, target: Path) -> None:
    """Writes the right values into the cells of the CSV file."""
    with done.csv.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    for row, n in zip(rows, done.plan.errors(), strict=True):
        for column, (wrong, right) in enumerate(pairs(done.plan, n)):
            if wrong != right:
                row[column] = right
        del row[len(header) :]
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def pairs(plan: Plan, n: int) -> Iterator[tuple[str, str]]:
    """The wrong and the right text of each cell of a row."""
    return zip(plan.wrong(n).values(), plan.right(n).values(), strict=True)
