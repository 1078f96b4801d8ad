"""Rows in columns as CSV, JSON Lines and worksheets, against other programs for the same."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as Xml

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from monitor.tables import Table
from publish.release import workbook
from publish.release.encode import CELL_LIMIT, csv_lines, json_lines, sheet_rows
from publish.release.snapshot import safe_cells
from publish.release.workbook import write_workbooks

COLUMNS = {
    "text": ("TEXT", "文", "a text"),
    "other": ("TEXT", "又", "another"),
    "whole": ("INTEGER", "整", "a whole number"),
    "real": ("REAL", "实", "a number"),
}
TABLE = Table("licence", "许可", "licences", COLUMNS, ("text",))
KINDS = (pa.string(), pa.string(), pa.int64(), pa.float64())

texts = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.text(st.sampled_from("=+-@\t\r\n\",'<>&_x0041 \\/a")),
    st.sampled_from(["=1+1", "00123", "_x000D_", " 前", "后 ", "9" * 30, "2026-01-01", "<b>&"]),
)
cells = st.tuples(
    texts,
    texts,
    st.one_of(st.none(), st.integers(-(2**53), 2**53)),
    st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
)
rows = st.lists(cells, min_size=1, max_size=8)
Row = tuple[str | None, str | None, int | None, float | None]


def batch(given: Sequence[Row]) -> pa.RecordBatch:
    """Rows in columns."""
    columns = zip(zip(*given, strict=True), KINDS, strict=True)
    return pa.record_batch([pa.array(c, kind) for c, kind in columns], names=list(COLUMNS))


@given(rows)
def test_csv_is_as_the_standard_library_writes_it(given: list[Row]) -> None:
    """Quotes, line ends and apostrophes stand where csv.writer and safe_cells put them."""
    expected = io.StringIO(newline="")
    csv.writer(expected, lineterminator="\r\n").writerows(map(safe_cells, given))
    assert csv_lines(batch(given)).to_pybytes().decode() == expected.getvalue()


@given(rows)
def test_json_lines_read_back(given: list[Row]) -> None:
    """Every line is an object with the row's values, none as null."""
    lines = json_lines(batch(given)).to_pybytes().decode().split("\n")
    assert lines.pop() == ""
    assert [tuple(json.loads(line).values()) for line in lines] == given
    assert list(json.loads(lines[0])) == list(COLUMNS)


@given(rows)
def test_a_worksheet_is_xml_without_formulas(given: list[Row]) -> None:
    """Whatever a text holds, the sheet is well-formed and runs nothing."""
    found = Xml.fromstring(f"<r>{sheet_rows(batch(given)).to_pybytes().decode()}</r>")  # noqa: S314 - ours
    assert [len(row) for row in found] == [len(COLUMNS)] * len(given)
    assert not [e for e in found.iter() if e.tag == "f"]


@given(rows)
def test_parts_of_columns_are_written_alike(given: list[Row]) -> None:
    """Rows that are a part of larger columns give the bytes that they give alone."""
    whole = batch([*given, *given])
    for write in (csv_lines, json_lines, sheet_rows):
        part = whole.slice(len(given))
        assert write(part).to_pybytes() == write(batch(given)).to_pybytes()


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+1", "-1", "@a", "00123", "9" * 30, "http://example.invalid/", "2026-01-01"),
        *(
            "1e5",
            " a ",
            "a\nb",
            "a\r\nb",
            "x\x00y\x0b",
            "_x0041_",
            "_x",
            '<b>&"',
            "𠀀",
            "a_x000D_b",
        ),
    ],
)
def test_a_text_stays_as_it_is_in_a_workbook(tmp_path: Path, text: str) -> None:
    """A text that looks like a formula, a number or a date is a text, character for character."""
    ((path, held),) = write_workbooks(tmp_path, "t", TABLE, [batch([(text, None, 5, 1.5)])])
    rows, columns = CalamineWorkbook.from_path(str(path)).sheet_names
    book = CalamineWorkbook.from_path(str(path))
    assert held == 1
    assert book.get_sheet_by_name(rows).to_python() == [list(COLUMNS), [text, "", 5.0, 1.5]]
    assert book.get_sheet_by_name(columns).to_python()[1] == ["text", "文", "a text"]


def test_a_text_that_no_cell_holds_is_cut(tmp_path: Path) -> None:
    """Its first part stays, with an ellipsis, and the other texts are whole."""
    given = batch([("长" * (CELL_LIMIT + 1), "=" * CELL_LIMIT, None, None)])
    ((path, _),) = write_workbooks(tmp_path, "t", TABLE, [given])
    cut, whole, *_ = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()[1]
    assert cut == "长" * (CELL_LIMIT - 1) + "…"
    assert whole == "=" * CELL_LIMIT


def test_rows_go_on_in_another_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit of a spreadsheet a second file begins, with a header of its own."""
    monkeypatch.setattr(workbook, "ROWS", 5)
    parts = [batch([(f"{n}", None, n, None), (f"{n}b", None, n, None)]) for n in range(4)]
    found = list(write_workbooks(tmp_path, "licence-2026", TABLE, parts))
    assert [(p.name, n) for p, n in found] == [("licence-2026.xlsx", 4), ("licence-2026-2.xlsx", 4)]
    sheets = [
        CalamineWorkbook.from_path(str(p)).get_sheet_by_index(0).to_python() for p, _ in found
    ]
    assert [s[0] for s in sheets] == [list(COLUMNS)] * 2
    assert [r[2] for s in sheets for r in s[1:]] == [0, 0, 1, 1, 2, 2, 3, 3]


def test_equal_rows_give_equal_workbooks(tmp_path: Path) -> None:
    """A workbook says nothing of when it was made, nor of how the rows came."""
    rows = [("甲", "乙", n, n / 3) for n in range(6)]
    (tmp_path / "b").mkdir()
    ((one, _),) = write_workbooks(tmp_path, "t", TABLE, [batch(rows)])
    ((two, _),) = write_workbooks(tmp_path / "b", "t", TABLE, [batch(rows[:2]), batch(rows[2:])])
    assert one.read_bytes() == two.read_bytes()
