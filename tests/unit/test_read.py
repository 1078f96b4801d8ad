"""Files: one table whatever the format and encoding, one line whatever is wrong."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publish.errors import GongshiError, ProblemError, UsageError
from publish.handin.header import layouts
from publish.handin.read import MAX_CELL, MAX_COLUMNS, read
from publish.handin.source import Source
from publish.handin.workbook import as_text
from tests.unit.handed import ROOT, example

ROWS = [["名称", "文号"], ["示例甲", "1"], ["示例“乙”\n分店", "2"], ["𠮷野，丙", "3"]]
TEMPLATE_SHEET = "行政处罚"


def text(rows: list[list[str]], delimiter: str = ",") -> str:
    """Rows as delimited text."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def cells(path: Path, source: Source | None = None) -> list[list[str]]:
    """All rows of the only table of a file."""
    (sheet,) = read(path, source)
    return [row for _, row in sheet.rows]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
def test_delimited_text_in_any_encoding(delimiter: str, encoding: str, tmp_path: Path) -> None:
    """The same rows come out whatever the encoding and what parts the cells."""
    path = tmp_path / "rows.txt"
    rows = [["name", "number", "date"], *([f"示例{n}", str(n), "2026/1/1"] for n in range(40))]
    path.write_bytes(text(rows, delimiter).encode(encoding))
    assert cells(path) == rows


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    """A row bears the number of its first line, blank rows and line breaks in cells counted."""
    path = tmp_path / "rows.csv"
    path.write_text('a,b\n"one\ntwo",1\n\n , \nthree,2\n', "utf-8")
    (sheet,) = read(path)
    assert list(sheet.rows) == [(1, ["a", "b"]), (2, ["one\ntwo", "1"]), (6, ["three", "2"])]


def test_an_encoding_that_breaks_off_is_named_by_its_byte(tmp_path: Path) -> None:
    """Bytes of no encoding are an error that says where they begin."""
    path = tmp_path / "broken.csv"
    path.write_bytes("名称,文号\n".encode() + b"\xff\xff" + "示例".encode())
    with pytest.raises(ProblemError, match="第 15 个字节"):
        read(path)


def test_a_cut_character_at_the_end_is_found(tmp_path: Path) -> None:
    """A file that ends in the middle of a character was cut off."""
    path = tmp_path / "cut.csv"
    path.write_bytes("名称,文号\n示例".encode()[:-1])
    with pytest.raises(ProblemError, match="encoding"):
        read(path)


ALPHABET = st.characters(codec="utf-8", exclude_characters="\r\n\x00\x1c\x1d\x1e\x85\u2028\u2029")
TABLES = st.integers(2, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.text(ALPHABET, max_size=20), min_size=width, max_size=width).filter(
            lambda row: any(map(str.strip, row))
        ),
        min_size=1,
        max_size=20,
    )
)


@given(TABLES, st.sampled_from(["utf-8", "gb18030"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_as_csv_is_read(
    tmp_path: Path, rows: list[list[str]], encoding: str
) -> None:
    """Any cells survive CSV, in UTF-8 and GB18030, provided that a comma parts most cells.

    Random characters are no evidence for an encoding, so it is declared.
    """
    path = tmp_path / "any.csv"
    header = ["名称", *(f"列{n}" for n in range(len(rows[0]) * 30))]
    path.write_bytes(text([header, *rows]).encode(encoding))
    assert cells(path, Source(name="x", encoding=encoding)) == [header, *rows]


def test_one_workbook_has_several_tables(tmp_path: Path) -> None:
    """Each sheet that is not empty is a table; charts are none; hidden sheets are marked."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("one").write_row(2, 1, ["a", "b"])
        book.add_worksheet("empty")
        hidden = book.add_worksheet("hidden")
        hidden.write(0, 0, "c")
        hidden.hide()
        book.add_chartsheet("chart")
    found = [(sheet.name, sheet.hidden, list(sheet.rows)) for sheet in read(path)]
    assert found == [("one", False, [(3, ["a", "b"])]), ("hidden", True, [(1, ["c"])])]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("text", "text"),
        (None, ""),
        (True, "TRUE"),
        (3, "3"),
        (3.0, "3"),
        (0.1 + 0.2, "0.3"),
        (1e-05, "1e-05"),
        (123456789012345.0, "123456789012345"),
        (919901000000000000.0, "9.19901000000000E+17"),
        (datetime.fromisoformat("2026-03-04"), "2026-03-04"),
        (datetime.fromisoformat("2026-03-04T05:06"), "2026-03-04 05:06:00"),
        (date(2026, 3, 4), "2026-03-04"),
        (["警告", "罚款"], "警告;罚款"),
        ({"a": 1}, '{"a":1}'),
        ([[1, "甲"], {}], '[[1,"甲"],{}]'),
    ],
)
def test_values_become_what_a_clerk_would_type(value: object, shown: str) -> None:
    """Numbers, dates and lists become text; numbers that lost digits say so."""
    assert as_text(value) == shown


def test_csv_xlsx_and_json_give_the_same_rows(tmp_path: Path) -> None:
    """A table is the same table in every format."""
    header, *rows = ROWS
    objects = [dict(zip(header, row, strict=True)) for row in rows]
    (tmp_path / "a.csv").write_text(text(ROWS), "utf-8")
    (tmp_path / "a.json").write_text(json.dumps(objects), "utf-8")
    (tmp_path / "b.json").write_text(json.dumps(objects, ensure_ascii=False, indent=1), "gb18030")
    (tmp_path / "a.jsonl").write_text("\n\n".join(json.dumps(o) for o in objects), "utf-8")
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate(ROWS):
            sheet.write_row(n, 0, row)
    for path in sorted(tmp_path.iterdir()):
        assert cells(path) == ROWS, path.name


def test_json_objects_need_not_have_the_same_keys(tmp_path: Path) -> None:
    """The header has every key; what an object lacks is blank; numbers are objects' or lines'."""
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n\n{"b": null, "c": [2, 3]}\n', "utf-8")
    (sheet,) = read(path)
    expected = [(0, ["a", "b", "c"]), (1, ["1", "", ""]), (3, ["", "", "2;3"])]
    assert list(sheet.rows) == expected


def archive(*names: str) -> bytes:
    """An archive with files of these names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(name, "content")
    return out.getvalue()


OTHER_KINDS = {
    "PDF": b"%PDF-1.7\n1 0 obj",
    "PNG": b"\x89PNG\r\n\x1a\n" + b"\x00" * 30,
    "JPEG": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "GIF": b"GIF89a" + b"\x00" * 9,
    "gzip": b"\x1f\x8b\x08\x00" + b"\x00" * 9,
    "RAR": b"Rar!\x1a\x07\x00",
    "7-Zip": b"7z\xbc\xaf\x27\x1c",
    "HTML": b"\n <HTML><table><tr><td>1</td></tr></table>",
    "XML": b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>",
    "RTF": b"{\\rtf1 x}",
    "ZIP": archive("a.csv"),
    "Word": archive("word/document.xml"),
}


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_other_files_are_told_by_what_is_in_them(kind: str, tmp_path: Path) -> None:
    """A file of another kind is refused by its kind, whatever its name says."""
    path = tmp_path / "penalties.csv"
    path.write_bytes(OTHER_KINDS[kind])
    with pytest.raises(UsageError, match=f"其实是{kind}文件"):
        read(path)


BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "是空的"),
    "only a mark": (b"\xef\xbb\xbf\r\n", "是空的"),
    "workbook cut off": (archive("xl/workbook.xml")[:60], "不是完好的工作簿"),
    "workbook of nothing": (archive("xl/workbook.xml"), "不是完好的工作簿"),
    "old workbook cut off": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "不是完好的工作簿"),
    "open quotation mark": ('甲,乙\n1,"2\n3,4\n'.encode(), "从第 2 行起无法读取"),
    "nested quotation marks": ('甲,乙\n"示例"公司",2\n'.encode(), "从第 2 行起无法读取"),
    "giant cell": (b"a,b\n1," + b"x" * (MAX_CELL + 1), "从第 2 行起无法读取"),
    "endless line": (b"x" * (65 << 20), "64 MiB"),
    "too many columns": (b"," * MAX_COLUMNS + b"a\n1", "列数超过"),
    "JSON cut off": (b'[{"a": 1}, {"a"', "不是有效的JSON"),
    "JSON Lines with a bad line": (b'{"a": 1}\n{"a": }\n', "第 2 行不是有效的JSON"),
    "JSON of numbers": (b"[1, 2]", "第 1 项不是对象"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_give_one_line(name: str, tmp_path: Path) -> None:
    """A broken file is an error of one line in each language, never a traceback."""
    content, reason = BROKEN[name]
    path = tmp_path / "broken.csv"
    path.write_bytes(content)
    with pytest.raises(ProblemError, match=reason) as caught:
        [row for sheet in read(path) for row in sheet.rows]
    assert "\n" not in caught.value.zh + caught.value.en
    assert "broken.csv" in caught.value.zh and "broken.csv" in caught.value.en


@pytest.mark.parametrize("name", ["nothing.csv", "."])
def test_what_is_no_file_is_wrong_use(name: str, tmp_path: Path) -> None:
    """A missing file and a folder are wrong use, not bad data."""
    with pytest.raises(UsageError, match="找不到文件"):
        read(tmp_path / name)


def test_nul_bytes_do_not_end_a_row(tmp_path: Path) -> None:
    """A zero byte is a character like others here; cleaning takes it out and says so."""
    path = tmp_path / "nul.csv"
    path.write_bytes(b"a,b\n1\x002,3\n")
    assert cells(path) == [["a", "b"], ["1\x002", "3"]]


def test_a_cell_in_the_last_corner_does_not_bring_the_reader_down(tmp_path: Path) -> None:
    """A sheet whose rectangle is larger than memory is an error of the file."""
    path = tmp_path / "corner.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, "z")
    with pytest.raises(ProblemError, match="太大"):
        list(read(path))


def test_a_large_workbook_is_read_by_a_child_alike(tmp_path: Path) -> None:
    """Rows are the same whether a workbook is read here or, being large, by a child."""
    path = tmp_path / "large.xlsx"
    rows = [["名称", "数"], *([f"示例{n}", str(n)] for n in range(3))]
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)
        sheet.write(1_000_000, 2, "远")
    (found,) = read(path)
    assert [row[:2] for _, row in found.rows] == [*rows, ["", ""]]


def damaged(data: bytes, cuts: list[tuple[float, bytes]]) -> bytes:
    """A file with bytes put in here and there."""
    for where, put in cuts:
        at = int(where * len(data))
        data = data[:at] + put + data[at + len(put) :]
    return data


def seeds() -> list[Callable[[Path], None]]:
    """Ways of writing a sound file."""
    row = example()

    def as_csv(path: Path) -> None:
        path.write_text(text([list(row), list(row.values())]), "utf-8")

    def as_json(path: Path) -> None:
        path.write_text(json.dumps([row, row]), "utf-8")

    def as_xlsx(path: Path) -> None:
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet(TEMPLATE_SHEET)
            sheet.write_row(0, 0, list(row))
            sheet.write_row(1, 0, list(row.values()))

    return [as_csv, as_json, as_xlsx]


@given(
    st.sampled_from(seeds()),
    st.lists(st.tuples(st.floats(0, 0.999), st.binary(max_size=8)), min_size=1, max_size=6),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_damage_is_an_error_or_a_row(
    tmp_path: Path, write: Callable[[Path], None], cuts: list[tuple[float, bytes]]
) -> None:
    """A damaged file is read or refused with a reason in both languages; nothing else happens."""
    path = tmp_path / "damaged"
    write(path)
    path.write_bytes(damaged(path.read_bytes(), cuts))
    try:
        found = [row for layout in layouts(path) for row in layout.rows]
    except GongshiError as error:
        assert error.zh and error.en
    else:
        assert all(isinstance(line, int) and cells for line, cells in found)


@pytest.mark.parametrize("name", ["fda_warning_letters.csv", "tw_labor_penalties_sample.csv"])
def test_real_files_are_read_as_they_are(name: str) -> None:
    """Every cell of the real files comes out as Python's own reader gives it."""
    path = ROOT / "data/demo/real" / name
    with path.open(encoding="utf-8", newline="") as file:
        assert cells(path) == list(csv.reader(file))
