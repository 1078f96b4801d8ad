"""The named broken files: for each exactly what becomes of it, from the file to the register."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import orjson
import pytest
import xlsxwriter

from publish.handin.findings import kinds
from tests.integration.filing import Portal, open_portal
from tests.unit.handed import example
from tests.unit.workbooks import write_ods, write_xls

HEADER = list(example())


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """An empty portal."""
    with open_portal(tmp_path / "portal") as portal:
        yield portal


def text(*rows: Mapping[str, str], header: Sequence[str] = HEADER) -> str:
    """Rows as CSV."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *(list(row.values()) for row in rows)])
    return out.getvalue()


def stored(portal: Portal) -> list[dict[str, str]]:
    """What the register holds."""
    payloads = portal.register.db.execute("SELECT payload FROM version ORDER BY seq")
    return [orjson.loads(payload) for (payload,) in payloads]


def book(path: Path, write: Callable[[xlsxwriter.Workbook], None]) -> Path:
    """A workbook as Excel writes it."""
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False}) as made:
        write(made)
    return path


REFUSED: dict[str, tuple[bytes, str]] = {
    "UTF-8 with a byte of another encoding": (text(example()).encode() + b"\xff\n", "个字节起不是"),
    "Shift JIS": ("名前,住所\nラーメン屋,東京都\n".encode("shift_jis"), "编码"),
    "Latin-1": ("nom,ville\nSociété,Besançon\n".encode("latin-1"), "编码"),
    "a million columns": (b"a," * 1_000_000 + b"b\n1", "列数超过"),
    "a cell of 20 MB": (text(example(facts="x" * (20 << 20))).encode(), "单元格太大"),
    "nested quotation marks": (text(example()).encode() + b'"a"b",1\n', "引号没有成对"),
    "an open quotation mark": (text(example()).encode() + b'a,"b\n1,2\n', "引号没有成对"),
    "nothing": (b"", "是空的"),
    "only zero bytes": (b"\x00" * 100, "表头|编码|是空的"),
    "a page of HTML": (b"<html><table><tr><td>1</td></tr></table></html>", "其实是HTML"),
    "a workbook cut off": (b"PK\x03\x04xl/" + b"\x00" * 50, "不是完好的工作簿"),
    "an old workbook cut off": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x01" * 900, "不是完好的"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_as_a_whole(name: str, portal: Portal, tmp_path: Path) -> None:
    """A file that cannot be read leaves the register as it was and says why."""
    content, reason = REFUSED[name]
    path = tmp_path / "refused.csv"
    path.write_bytes(content)
    taken = portal.take_in(path)
    assert taken.error
    assert any(part in taken.error.zh for part in reason.split("|")), taken.error.zh


ROWS: dict[str, tuple[dict[str, str], set[str], bool]] = {
    "a cell of 10 MB": ({"facts": "长" * ((10 << 20) // 3)}, {"too_long"}, True),
    "a formula": ({"party_name": "=cmd|' /C calc'!A0"}, set(), False),
    "a script": ({"party_name": "<script>alert(1)</script>"}, set(), False),
    "zero bytes": ({"facts": "未明\x00码标价"}, {"control_character"}, False),
    "right-to-left marks": (
        {"party_name": "\u202e示例\u200f公司\u061c"},
        {"control_character"},
        False,
    ),
    "emoji": ({"party_name": "示例😀公司"}, set(), False),
    "half-width katakana": ({"party_name": "ﾄﾖﾀ示例公司"}, set(), False),
    "beyond the basic plane": ({"party_name": "𠮷野示例公司"}, set(), False),
    "lost characters": ({"facts": "未明\ufffd标价"}, {"replacement_character"}, False),
    "a private character": ({"facts": "未明\ue000标价"}, {"private_use_character"}, False),
    "quotation marks": ({"facts": '当事人称"示例","概不负责"'}, set(), False),
    "line breaks": ({"facts": "未明码\r\n标价"}, set(), False),
    "a code in scientific notation": ({"uscc": "9.1990E+17"}, {"spreadsheet_float"}, True),
    "an error value": ({"facts": "#REF!"}, {"spreadsheet_error"}, True),
    "a day as a number": ({"decision_date": "46026"}, {"date_serial"}, True),
}
STORED = {
    "zero bytes": ("facts", "未明码标价"),
    "right-to-left marks": ("party_name", "示例公司"),
    "emoji": ("party_name", "示例😀公司"),
    "half-width katakana": ("party_name", "トヨタ示例公司"),
    "beyond the basic plane": ("party_name", "𠮷野示例公司"),
    "a formula": ("party_name", "=cmd|' /C calc'!A0"),
    "a script": ("party_name", "<script>alert(1)</script>"),
    "quotation marks": ("facts", '当事人称"示例","概不负责"'),
    "line breaks": ("facts", "未明码标价"),
}


@pytest.mark.parametrize("name", ROWS)
def test_what_becomes_of_a_row(name: str, portal: Portal, tmp_path: Path) -> None:
    """An odd cell is stored as text, put right with a warning, or comes back; never lost."""
    changes, codes, rejected = ROWS[name]
    path = tmp_path / "odd.csv"
    path.write_text(
        text(example(**changes), example(document_no="示罚〔2026〕2号")), "utf-8", newline=""
    )
    taken = portal.take_in(path)
    (batch,) = taken.batches
    assert (batch.counts.new, batch.counts.rejected) == (1, 1) if rejected else (2, 0)
    assert set(taken.found) == codes
    if name in STORED:
        field, value = STORED[name]
        assert stored(portal)[0][field] == value


@pytest.mark.parametrize("encoding", ["gb18030", "cp950", "utf-16", "utf-16-le", "utf-8-sig"])
def test_other_encodings_are_read(encoding: str, portal: Portal, tmp_path: Path) -> None:
    """Known encodings are told apart; what is stored is what was written."""
    path = tmp_path / "rows.csv"
    facts = "當事人於示例市經營場所未明碼標價"
    changes = dict.fromkeys(
        ("party_name", "facts", "content", "violation_kind", "legal_basis"), facts
    )
    path.write_bytes(text(example(**changes)).encode(encoding, "replace"))
    taken = portal.take_in(path)
    assert taken.rows == 1
    assert ("encoding_inferred" in taken.found) is (encoding == "cp950")
    cells = portal.register.db.execute("SELECT cells FROM rejected").fetchall()
    kept = [*stored(portal), *(dict(zip(HEADER, orjson.loads(c), strict=True)) for (c,) in cells)]
    assert [one["facts"] for one in kept] == [facts]


def test_merged_headers(portal: Portal, tmp_path: Path) -> None:
    """A printed sheet: title, group headings over merged cells, footer and signature."""

    def write(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet("公示")
        titles = [f"{h}" for h in HEADER]
        sheet.merge_range(0, 0, 0, len(titles) - 1, "示例市行政处罚信息公示表")
        sheet.write(1, 0, "填报单位：示例市市场监督管理局")
        sheet.write(1, 3, "填报日期：2026年1月5日")
        sheet.merge_range(2, 0, 2, 1, "行政相对人")
        sheet.write_row(3, 0, ["名称", "类别"])
        for column, title in enumerate(titles[2:], start=2):
            sheet.merge_range(2, column, 3, column, title)
        sheet.write_row(4, 0, example().values())
        sheet.write_row(5, 0, ["合计", "1"])
        sheet.write_row(6, 0, ["填表人：张示例", "", "审核人：李示例"])

    taken = portal.take_in(book(tmp_path / "merged.xlsx", write))
    (batch,) = taken.batches
    assert (batch.counts.rows, batch.counts.new) == (1, 1)
    assert taken.found == {"footer_passed_over": 2}


def test_macros_are_not_run_and_change_nothing(portal: Portal, tmp_path: Path) -> None:
    """A workbook with a macro project is read for its cells."""
    path = book(
        tmp_path / "macro.xlsm", lambda made: table(made, [HEADER, list(example().values())])
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" + b"\x00" * 600)
    (batch,) = portal.take_in(path).batches
    assert (batch.counts.rows, batch.counts.new) == (1, 1)


def table(made: xlsxwriter.Workbook, rows: Sequence[Sequence[str]]) -> None:
    """A plain sheet."""
    sheet = made.add_worksheet()
    for line, cells in enumerate(rows):
        sheet.write_row(line, 0, list(cells))


def test_formulas_count_by_their_values(portal: Portal, tmp_path: Path) -> None:
    """The value that the spreadsheet saved is what is read; nothing is computed."""

    def write(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, example().values())
        sheet.write_formula(1, HEADER.index("facts"), '="未明码"&"标价"', value="未明码标价")
        sheet.write_formula(1, HEADER.index("fine"), "=1/10", value=0.1)

    (batch,) = portal.take_in(book(tmp_path / "formula.xlsx", write)).batches
    assert batch.counts.new == 1
    assert (stored(portal)[0]["facts"], stored(portal)[0]["fine"]) == ("未明码标价", "0.1")


@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"])
def test_zip_bombs(part: str, portal: Portal, tmp_path: Path) -> None:
    """A part that unpacks to a thousand times its size is read within bounds, or refused."""
    whole = book(
        tmp_path / "whole.xlsx", lambda made: table(made, [HEADER, list(example().values())])
    )
    path = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(whole) as given,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made,
    ):
        for name in given.namelist():
            content = given.read(name)
            made.writestr(name, content + b" " * (200 << 20) if name == part else content)
    assert path.stat().st_size < 2 << 20
    taken = portal.take_in(path)
    assert taken.error or taken.rows == 1


def test_an_archive_within_an_archive_is_no_table(portal: Portal, tmp_path: Path) -> None:
    """What is no workbook is not unpacked at all."""
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.zip", b"\x00" * (10 << 20))
    taken = portal.take_in(path)
    assert taken.error and "ZIP" in taken.error.zh


def test_every_kind_of_workbook(portal: Portal, tmp_path: Path) -> None:
    """OpenDocument and XLS reach the register; the same record again is known."""
    rows = [HEADER, list(example().values())]
    write_ods(tmp_path / "a.ods", {"处罚": rows})
    write_xls(tmp_path / "a.xls", {"处罚": rows})
    (first,) = portal.take_in(tmp_path / "a.ods").batches
    (second,) = portal.take_in(tmp_path / "a.xls").batches
    assert (first.counts.new, second.counts.duplicate) == (1, 1)


def test_every_finding_here_has_its_remedy() -> None:
    """The findings that this corpus expects are in the catalogue."""
    assert {code for _, codes, _ in ROWS.values() for code in codes} <= kinds().keys()
