"""Returned workbooks: the wrong cells are marked, and the mended file passes."""

import csv
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publish.handin import returned_book
from publish.handin.findings import problem
from publish.handin.header import NOTES, Layout, layouts
from publish.handin.returned import ADDED
from publish.handin.returned_book import LONGEST, write_returned_workbook
from publish.handin.summary import Counts, Found, Summary
from publish.handin.validate import Checked, Validator
from publish.schema import record_type
from tests.unit.handed import PERSON, RECEIVED, codes, example, layout, reference
from tests.unit.marked import colours, comments, kinds_of_cells, mend, texts

PENALTY = record_type("penalty")
HEADER = [f.title_zh for f in PENALTY.fields]
POSITIONS = {f.name: n for n, f in enumerate(PENALTY.fields)}
ERROR, WARNING = "F8CBAD", "FFF2CC"
SHEET = "退回的行"
FOUND = Found(
    code="uscc_length",
    severity="error",
    field="uscc",
    field_zh="统一社会信用代码",
    field_en="unified social credit code",
    title_zh="信用代码不是18位",
    title_en="credit code not of 18 signs",
    about_zh="",
    about_en="",
    remedy_zh="请按证照补全。",
    remedy_en="Complete it from the certificate.",
    rows=2,
    share=0.5,
    lines=(3, 4),
)
SUMMARY = Summary(
    batch=7,
    file_name="penalties.csv",
    sheet="",
    record_type="penalty",
    received="2026-11-22T00:00:00Z",
    handler="李四",
    source=None,
    department=None,
    repeats=None,
    counts=Counts(4, 2, 0, 0, 2),
    findings=(FOUND,),
)
Rows = list[tuple[int, list[str], Checked]]


def taken_in(layout: Layout) -> Rows:
    """The rows of a sheet with what was found in them."""
    validator = Validator(layout, reference(), RECEIVED)
    return [(line, list(cells), validator.check(cells)) for line, cells in layout.rows]


def give_back(path: Path, layout: Layout, rows: Rows) -> None:
    """Writes the rejected rows."""
    rejected = [(line, cells, c.problems) for line, cells, c in rows if c.rejected]
    written = write_returned_workbook(path, layout.header, rejected, SUMMARY, layout.positions)
    assert written == len(rejected)


def returned(path: Path, *rows: Mapping[str, str]) -> Layout:
    """Hands in rows, has the rejected ones returned, and says how they were laid out."""
    first = layout([HEADER, *(list(row.values()) for row in rows)])
    give_back(path, first, taken_in(first))
    return first


def test_wrong_cells_are_coloured_and_commented(tmp_path: Path) -> None:
    """Errors and warnings have a colour and a comment each; other cells have neither."""
    path = tmp_path / "returned.xlsx"
    wrong = example(uscc="9l990100MA00000073", fine="1000.5", content="")
    returned(path, example(), wrong)
    uscc, fine, content = (
        (1, HEADER.index(PENALTY[n].title_zh)) for n in ("uscc", "fine", "content")
    )
    assert colours(path) == {uscc: ERROR, fine: WARNING, content: ERROR}
    said = comments(path)
    assert said.keys() == {uscc, fine, content}
    assert (
        said[uscc].startswith("错误 error: “统一社会信用代码”")
        and "91990100MA00000073" in said[uscc]
    )
    assert "Compare it with the certificate" in said[uscc]
    assert said[fine].startswith("提醒 warning: ") and "Fill it in" in said[content]


def test_rows_are_told_in_the_added_columns(tmp_path: Path) -> None:
    """Line, message and remedy stand beside the row, coloured where no cell can be pointed at."""
    path = tmp_path / "returned.xlsx"
    returned(path, example() | {"more": "多出的一格"})
    header, row = texts(path, SHEET)
    assert header == [*HEADER, *ADDED, ""]
    assert row[len(HEADER)] == "2" and "内容可能错位" in row[len(HEADER) + 1]
    assert "“多出的" not in row[len(HEADER) + 1] and row[-1] == "多出的一格"
    assert colours(path) == {(1, len(HEADER) + n): ERROR for n in (1, 2, 3)}


def test_a_field_without_a_column_is_told_beside_the_row(tmp_path: Path) -> None:
    """A constant of the source is no cell of the file: the row is marked instead."""
    path = tmp_path / "returned.xlsx"
    found = problem(
        "decision_in_future", PENALTY["decision_date"], "2027-01-01", received="2026-11-22"
    )
    write_returned_workbook(path, ["文号"], [(2, ["一"], [found])], SUMMARY, {"document_no": 0})
    assert colours(path) == {(1, 2): ERROR, (1, 3): ERROR}
    assert not comments(path)


def test_every_cell_is_text(tmp_path: Path) -> None:
    """No number becomes a float, no formula runs, and what is typed into a column stays text."""
    path = tmp_path / "returned.xlsx"
    risky = {"facts": "=cmd|' /C calc'!A0", "registration_no": "001234567890123456", "content": ""}
    risky |= {"remark": "https://example.org/", "tax_no": "'=1+1", "fine": "0.1000"}
    first = returned(path, example(**risky))
    told = dict(zip(*texts(path, SHEET), strict=True))
    assert told["违法事实"] == risky["facts"] and told["罚款金额（万元）"] == "0.1000"
    assert kinds_of_cells(path) == {"inlineStr", "n"}
    with zipfile.ZipFile(path) as archive:
        assert not any(
            "hyperlink" in archive.read(n).decode().lower()
            for n in archive.namelist()
            if "sheet1" in n
        )
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
        assert b'numFmtId="49"' in archive.read("xl/styles.xml")
    (again,) = layouts(path)
    ((_, cells),) = again.rows
    assert cells[: len(HEADER)] == list(example(**risky).values())
    assert first.positions == again.positions


def test_a_mended_workbook_passes(tmp_path: Path) -> None:
    """The marked cells put right in the very file, it is taken in without a word."""
    path, mended = tmp_path / "returned.xlsx", tmp_path / "mended.xlsx"
    right = [example(), example(**PERSON), example(facts="’=1+1")]
    wrong = [right[0] | {"uscc": "1"}, right[1] | {"person_id_no": ""}, right[2] | {"fine": "无"}]
    returned(path, *wrong)
    assert len(texts(path, SHEET)) == 4
    mend(path, mended, {at: list(right[at[0] - 1].values())[at[1]] for at in colours(path)})
    (again,) = layouts(mended)
    rows = taken_in(again)
    assert again.problems == () and [c.problems for _, _, c in rows] == [()] * 3
    assert [c.values for _, _, c in rows] == [
        c.values for _, _, c in taken_in(layout([HEADER, *(list(r.values()) for r in right)]))
    ]


def test_a_row_that_is_not_mended_comes_back_the_same(tmp_path: Path) -> None:
    """Handed in unmended, a row is returned and marked as before; columns are not added twice."""
    paths = [tmp_path / f"{n}.xlsx" for n in range(3)]
    returned(paths[0], example(facts="", registration_no="0012", organisation_code="'-1"))
    for path, following in pairwise(paths):
        (again,) = layouts(path)
        give_back(following, again, taken_in(again))
    assert texts(paths[2], SHEET)[1][: len(HEADER)] == texts(paths[0], SHEET)[1][: len(HEADER)]
    assert texts(paths[2], SHEET)[0] == [*HEADER, *ADDED]
    assert [colours(p) for p in paths] == [colours(paths[0])] * 3
    assert [comments(p) for p in paths] == [comments(paths[0])] * 3


def test_the_second_sheet_sums_up(tmp_path: Path) -> None:
    """Batch, conservation line, and each kind of finding with count, share and remedy."""
    path = tmp_path / "returned.xlsx"
    returned(path, example(uscc="1"))
    told = texts(path, NOTES)
    assert "批次 batch 7 penalties.csv 行政处罚" in told[0][0] and "李四" in told[1][0]
    assert told[2][0] == SUMMARY.counts.line()
    last = told[-1]
    assert last[0] == "信用代码不是18位 credit code not of 18 signs" and last[3:6] == [
        "2",
        "0.5",
        "3, 4",
    ]
    assert (
        last[6] == "请按证照补全。\nComplete it from the certificate." and last[7] == "uscc_length"
    )
    (one,) = layouts(path)
    assert (one.sheet, one.problems) == (SHEET, ())


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    """A returned workbook depends on the batch only, not on when it was written."""
    for n in (1, 2):
        returned(tmp_path / f"{n}.xlsx", example(uscc="1"))
    assert (tmp_path / "1.xlsx").read_bytes() == (tmp_path / "2.xlsx").read_bytes()


def test_a_full_sheet_is_followed_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More rows than a sheet holds stand on several, each of which is taken in."""
    monkeypatch.setattr(returned_book, "SHEET_ROWS", 2)
    monkeypatch.setattr(returned_book, "COMMENTS", 3)
    path = tmp_path / "returned.xlsx"
    returned(path, *(example(uscc=str(n)) for n in range(5)))
    read = layouts(path)
    assert [one.sheet for one in read] == [SHEET, f"{SHEET}2", f"{SHEET}3"]
    assert [cells[2] for one in read for _, cells in one.rows] == ["0", "1", "2", "3", "4"]
    with zipfile.ZipFile(path) as archive:
        assert [n for n in sorted(archive.namelist()) if "comments" in n] == [
            "xl/comments1.xml",
            "xl/comments2.xml",
        ]


def test_a_cell_too_long_for_a_workbook_is_cut_and_says_so(tmp_path: Path) -> None:
    """What does not fit is cut at the limit, marked, and pointed to the CSV file."""
    path = tmp_path / "returned.xlsx"
    returned(path, example(facts="长" * (LONGEST + 1), remark="短", uscc=""))
    column = HEADER.index("违法事实")
    assert texts(path, SHEET)[1][column] == "长" * LONGEST
    assert "请在CSV文件中改正" in comments(path)[1, column]
    assert colours(path)[1, column] == ERROR


def test_a_batch_without_rejected_rows_gives_an_empty_sheet(tmp_path: Path) -> None:
    """Nothing rejected, nothing written; the file is a sound workbook all the same."""
    path = tmp_path / "returned.xlsx"
    assert write_returned_workbook(path, HEADER, [], SUMMARY, POSITIONS) == 0
    assert texts(path, SHEET) == [[*HEADER, *ADDED]]


CELLS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), max_size=15
)


@given(
    st.lists(CELLS, min_size=len(HEADER), max_size=len(HEADER)).filter(
        lambda r: any(map(str.strip, r))
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_row_comes_back_as_it_was(tmp_path: Path, cells: list[str]) -> None:
    """A row of any content is the same row after it was returned and handed in again."""
    path = tmp_path / "returned.xlsx"
    rows = [(2, cells, [problem("too_many_cells", cells=1, columns=1)])]
    write_returned_workbook(path, HEADER, rows, SUMMARY, POSITIONS)
    (again,) = layouts(path)
    ((_, read),) = again.rows
    assert read[: len(HEADER)] == cells


def test_what_no_workbook_can_hold_is_left_out(tmp_path: Path) -> None:
    """The two characters that are none are dropped, as intake would drop them."""
    path = tmp_path / "returned.xlsx"
    rows = [(2, ["一\ufffe二\uffff"], [problem("too_many_cells", cells=1, columns=1)])]
    write_returned_workbook(path, ["文号"], rows, replace(SUMMARY, findings=()), {})
    assert texts(path, SHEET)[1][0] == "一二"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_codes_survive_the_way_through_a_csv_file(kind: str, tmp_path: Path) -> None:
    """Saved from the workbook as CSV, the returned rows are still taken in the same."""
    path, target = tmp_path / "returned.xlsx", tmp_path / f"again.{kind}"
    returned(path, example(registration_no="001234567890123456", uscc="1"))
    if kind == "xlsx":
        target = path
    else:
        with target.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(texts(path, SHEET))
    (again,) = layouts(target)
    ((_, _, checked),) = taken_in(again)
    assert codes(checked) == {"uscc_length"}
    assert checked.values["registration_no"] == "001234567890123456"
