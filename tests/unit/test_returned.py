"""Returned rows: a clerk sees what is wrong, mends the cell, and hands the same file in again."""

import csv
import io
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publish.handin.findings import problem
from publish.handin.header import Layout, layouts
from publish.handin.returned import ADDED, guard, restore, write_returned
from publish.handin.source import Source, load_source
from publish.handin.validate import Checked, Validator
from publish.reference import load_reference
from publish.schema import record_type
from tests.unit.handed import RECEIVED, ROOT, codes, example, reference

HEADER = [f.title_zh for f in record_type("penalty").fields]


def take_in(
    path: Path, source: Source | None = None
) -> tuple[Layout, list[tuple[int, list[str], Checked]]]:
    """A file's layout and its rows with what was found in them."""
    (layout,) = layouts(path, source)
    validator = Validator(layout, reference(), RECEIVED)
    return layout, [(line, cells, validator.check(cells)) for line, cells in layout.rows]


def give_back(path: Path, layout: Layout, rows: list[tuple[int, list[str], Checked]]) -> None:
    """Writes the rejected rows."""
    rejected = [(line, cells, c.problems) for line, cells, c in rows if c.rejected]
    assert write_returned(path, layout.header, rejected) == len(rejected)


def write(path: Path, *rows: dict[str, str]) -> None:
    """A file as a department hands it in, with two title rows above the header."""
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([["处罚公示表"], [], HEADER, *(r.values() for r in rows)])


def test_a_returned_file_is_mended_and_handed_in_again(tmp_path: Path) -> None:
    """The rejected row comes back with line, reason and remedy; mended, it passes unchanged."""
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    wrong = example(uscc="9l990100MA00000073", facts="=cmd|' /C calc'!A0")
    write(first, example(), wrong)
    layout, rows = take_in(first)
    give_back(second, layout, rows)
    header, row = list(csv.reader(io.StringIO(second.read_text("utf-8-sig"), newline="")))
    told = dict(zip(header, row, strict=True))
    assert told["行号"] == "5"
    assert "9l990100MA00000073" in told["问题"]
    assert "91990100MA00000073" in told["如何修改"]
    assert told["违法事实"] == "'=cmd|' /C calc'!A0"
    second.write_text(second.read_text("utf-8-sig").replace("9l990100", "91990100"), "utf-8-sig")
    again, ((_, _, mended),) = take_in(second)
    assert again.problems == ()
    assert (mended.problems, mended.values["facts"]) == ((), wrong["facts"])


def test_a_row_that_is_not_mended_comes_back_the_same(tmp_path: Path) -> None:
    """Handed in unmended, a row is returned as before: columns are not added twice."""
    paths = [tmp_path / f"{n}.csv" for n in range(3)]
    write(paths[0], example(facts="", registration_no="0012", organisation_code="-1"))
    for path, following in pairwise(paths):
        give_back(following, *take_in(path))
    header, row = list(csv.reader(io.StringIO(paths[2].read_text("utf-8-sig"), newline="")))
    assert header == [*HEADER, *ADDED]
    assert take_in(paths[2])[1][0][1][: len(HEADER)] == take_in(paths[0])[1][0][1]
    assert row[header.index("工商注册号")] == "'0012"


def test_cells_beyond_the_header_are_not_lost(tmp_path: Path) -> None:
    """What stood under no heading is returned too, and still rejects the row."""
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    write(first, example() | {"more": "多出"})
    give_back(second, *take_in(first))
    assert codes(take_in(second)[1][0][2]) == {"too_many_cells"}


def test_reasons_are_told_once_in_both_languages(tmp_path: Path) -> None:
    """Chinese stands first, English after; the same remedy is not repeated."""
    path = tmp_path / "returned.csv"
    facts = record_type("penalty")["facts"]
    found = [problem("required_missing", facts), problem("required_missing", facts)]
    write_returned(path, ["违法事实"], [(7, [""], found)])
    _, (_, line, what, remedy) = csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
    assert line == "7"
    assert what == "“违法事实”没有填写。\n“facts” is blank."
    assert remedy.count("\n") == 1


@given(st.text(max_size=20))
def test_a_guarded_cell_comes_back(cell: str) -> None:
    """Whatever a cell holds, it comes back, and no spreadsheet takes it for a formula."""
    assert restore(guard(cell)) == cell
    assert guard(cell)[:1] not in set("=+-@\t\r")


@pytest.mark.parametrize(
    "cell", ["911234567890123456", "0012", "12E34", "1-2", "3/4", "=1+1", "@a"]
)
def test_what_a_spreadsheet_would_change_is_guarded(cell: str) -> None:
    """Long numbers, leading zeros, and what looks like a date or formula stay text."""
    assert guard(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["示例", "2026/01/05", "1000.5", "91990100MA00000073", "O'Neil"])
def test_other_cells_are_left_alone(cell: str) -> None:
    """Nothing else gets an apostrophe."""
    assert guard(cell) == cell


CELLS = st.text(max_size=15)


@given(
    st.lists(CELLS, min_size=len(HEADER), max_size=len(HEADER)).filter(
        lambda r: any(map(str.strip, r))
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_row_comes_back_as_it_was(tmp_path: Path, cells: list[str]) -> None:
    """A row of any content is the same row after it was returned and handed in again."""
    path = tmp_path / "returned.csv"
    write_returned(path, HEADER, [(2, cells, [problem("too_many_cells", cells=1, columns=1)])])
    (layout,) = layouts(path)
    ((_, again),) = layout.rows
    assert again[: len(HEADER)] == cells


def test_rows_of_a_source_with_its_own_header_come_back(tmp_path: Path) -> None:
    """A returned file of a source whose header is replaced is read by its own header."""
    source = Source.model_validate(
        {"name": "x", "record_type": "penalty", "headers": HEADER, "minimum_rows": 0}
    )
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    with first.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["wrong", "header"], example(facts="").values()])
    give_back(second, *take_in(first, source))
    layout, ((_, _, checked),) = take_in(second, source)
    assert (layout.problems, codes(checked)) == ((), {"required_missing"})


def test_rows_of_a_source_with_its_header_further_down_come_back(tmp_path: Path) -> None:
    """A returned file has its header at the top, wherever the source's files have theirs."""
    source = Source.model_validate({"name": "x", "record_type": "penalty", "header_row": 2})
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    write(first, example(facts=""), example(facts="", document_no="示例市监罚〔2026〕2号"))
    give_back(second, *take_in(first, source))
    layout, rows = take_in(second, source)
    assert layout.problems == () and len(rows) == 2


def test_the_three_letters_without_office_can_be_completed(tmp_path: Path) -> None:
    """The real letters that name no office come back in one small file of their own columns."""
    source = load_source(ROOT / "data/sources/us-fda.toml")
    known = load_reference(ROOT / "data/demo/real/us-fda")
    (layout,) = layouts(ROOT / "data/demo/real/fda_warning_letters.csv", source)
    validator = Validator(layout, known, RECEIVED)
    rows = [(line, cells, validator.check(cells)) for line, cells in layout.rows]
    path = tmp_path / "returned.csv"
    give_back(path, layout, rows)
    text = path.read_text("utf-8-sig")
    assert text.startswith("url,posted_date,letter_date,company,issuing_office,subject,行号")
    (again,) = layouts(path, source)
    returned = [validator.check(cells[: layout.width]) for _, cells in again.rows]
    assert [codes(c) for c in returned] == [{"required_missing"}] * 3
