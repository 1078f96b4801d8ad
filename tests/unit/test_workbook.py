"""Workbooks of three kinds: the same cells, none of them silently wrong or missing."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from publish.errors import ProblemError
from publish.handin.faults import faults
from publish.handin.header import layouts
from publish.handin.read import read
from publish.handin.validate import Validator
from tests.unit.handed import RECEIVED, codes, example, reference
from tests.unit.workbooks import ERRORS, Rows, write_ods, write_xls

Writer = Callable[[Path, Mapping[str, Rows], Sequence[str]], None]
DAY = date(2026, 3, 4)
ROWS: Rows = [
    ["名称", "数", "日"],
    ["示例𠮷野", 1.5, DAY],
    ["", 123456789012345.0, ""],
    ["#REF!", "#N/A", "#DIV/0!"],
]


def write_xlsx(path: Path, sheets: Mapping[str, Rows], hidden: Sequence[str] = ()) -> None:
    """A workbook as Excel writes it."""
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "yyyy/m/d"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            for line, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if isinstance(cell, date):
                        sheet.write_datetime(line, column, cell, day)
                    elif cell in ERRORS:
                        sheet.write_formula(line, column, "=1/0", value=cell)
                    elif cell != "":
                        sheet.write(line, column, cell)


WRITERS: dict[str, Writer] = {"xlsx": write_xlsx, "ods": write_ods, "xls": write_xls}
KINDS = pytest.mark.parametrize("kind", WRITERS)


def cells(path: Path) -> list[list[str]]:
    """The rows of the only sheet."""
    (sheet,) = read(path)
    return [row for _, row in sheet.rows]


@KINDS
def test_every_kind_of_workbook_gives_the_same_cells(kind: str, tmp_path: Path) -> None:
    """Text, numbers, real dates and error values are the same text from every kind."""
    path = tmp_path / f"book.{kind}"
    WRITERS[kind](path, {"处罚": ROWS}, ())
    assert cells(path) == [
        ["名称", "数", "日"],
        ["示例𠮷野", "1.5", "2026-03-04"],
        ["", "123456789012345", ""],
        ["#REF!", "#N/A", "#DIV/0!"],
    ]


@KINDS
def test_rows_that_hold_only_errors_are_rows(kind: str, tmp_path: Path) -> None:
    """A row of nothing but error values is no blank row, wherever the table begins."""
    path = tmp_path / f"book.{kind}"
    WRITERS[kind](path, {"处罚": [["", "", ""], ["", "甲", "乙"], ["", "#REF!", "#NUM!"]]}, ())
    (sheet,) = read(path)
    found = [(line, [cell for cell in row if cell]) for line, row in sheet.rows]
    assert found == [(2, ["甲", "乙"]), (3, ["#REF!", "#NUM!"])]


@KINDS
def test_an_error_value_rejects_its_row(kind: str, tmp_path: Path) -> None:
    """An error value in an optional field is an error too: something was meant to stand there."""
    path = tmp_path / f"book.{kind}"
    row = example(remark="#REF!")
    WRITERS[kind](path, {"处罚": [list(row), list(row.values())]}, ())
    (table,) = layouts(path)
    ((_, found),) = table.rows
    assert codes(Validator(table, reference(), RECEIVED).check(found)) == {"spreadsheet_error"}


@KINDS
def test_hidden_sheets_are_named_and_not_read(kind: str, tmp_path: Path) -> None:
    """What a clerk cannot see is not published; a hidden sheet with a header is named."""
    path = tmp_path / f"book.{kind}"
    table = [list(example()), list(example().values())]
    sheets = {"处罚": table, "旧": table, "选项": [["警告"], ["罚款"]]}
    WRITERS[kind](path, sheets, ["旧", "选项"])
    (found,) = layouts(path)
    assert [(p.code, p.shown) for p in found.problems] == [("sheet_hidden", "旧")]


@KINDS
def test_a_code_that_became_a_number_is_an_error(kind: str, tmp_path: Path) -> None:
    """Eighteen digits in a number cell have lost three; the advice is to format the column."""
    path = tmp_path / f"book.{kind}"
    row = example()
    numbers = list(row.values())
    numbers[list(row).index("uscc")] = ""
    table: list[list[str | float]] = [list(row), list(numbers)]
    table[1][list(row).index("uscc")] = 919901000000000000.0
    WRITERS[kind](path, {"处罚": table}, ())
    (found,) = layouts(path)
    ((_, read_so),) = found.rows
    checked = Validator(found, reference(), RECEIVED).check(read_so)
    assert codes(checked) == {"spreadsheet_float"}
    assert "文本" in checked.problems[0].remedy("zh")


@pytest.mark.parametrize("since_1904", [False, True])
def test_days_are_counted_from_either_year(since_1904: bool, tmp_path: Path) -> None:
    """Workbooks from the Macintosh count days from 1904; the day is the same."""
    write_xls(tmp_path / "a.xls", {"甲": [["日"], [DAY]]}, since_1904=since_1904)
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx"), {"date_1904": since_1904}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "日")
        day, moment = (
            book.add_format({"num_format": form}) for form in ("yyyy-mm-dd", 'yyyy"年"m"月"d"日"')
        )
        sheet.write_datetime(1, 0, DAY, day)
        sheet.write_datetime(2, 0, datetime(2026, 3, 4, 5, 6), moment)  # noqa: DTZ001 - a cell
        sheet.write_number(3, 0, 46085)
    assert cells(tmp_path / "a.xls") == [["日"], ["2026-03-04"]]
    assert cells(tmp_path / "a.xlsx") == [
        ["日"],
        ["2026-03-04"],
        ["2026-03-04 05:06:00"],
        ["46085"],
    ]


def test_formulas_count_by_their_values(tmp_path: Path) -> None:
    """A formula is read as the value that the spreadsheet saved; text with = stays text."""
    path = tmp_path / "formulas.xlsx"
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        sheet.write_formula(0, 0, '="示例"&"局"', value="示例局")
        sheet.write_formula(0, 1, "=1+1", value=2)
        sheet.write_string(0, 2, "=1+1")
        sheet.write_formula(0, 3, '=IF(A1="t=""e""",1,2)', value='t="e"')
    assert cells(path) == [["示例局", "2", "=1+1", 't="e"']]


def test_errors_are_found_in_a_sheet_of_many_pieces(tmp_path: Path) -> None:
    """Error values in a sheet of several megabytes are found, whichever piece they fall into."""
    path = tmp_path / "large.xlsx"
    lines = range(0, 60_000, 997)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("大")
        for line in range(60_000):
            sheet.write_string(line, 0, f"示例{line}" * 8)
            if line in lines:
                sheet.write_formula(line, 1, "=NA()", value="#N/A")
    assert faults(path, "大") == {line + 1: {1: "#N/A"} for line in lines}


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    """An archive that says it unpacks to four gigabytes is not unpacked."""
    path = tmp_path / "bomb.xlsx"
    write_xlsx(path, {"甲": [["a"]]})
    data = path.read_bytes()
    place = data.rindex(b"PK\x01\x02")
    path.write_bytes(data[: place + 24] + b"\xff\xff\xff\xfe" + data[place + 28 :])
    with pytest.raises(ProblemError, match="展开后太大"):
        list(read(path))
