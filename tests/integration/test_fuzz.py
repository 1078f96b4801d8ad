"""Any file at all: taken in with every row accounted for, or refused with a reason.

200 files in an ordinary run; GONGSHI_FUZZ says how many in a long one.
"""

import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publish.handin.edition import editions
from publish.schema import record_type
from tests.integration.filing import Portal, open_portal
from tests.unit.handed import PERSON, example
from tests.unit.workbooks import write_ods, write_xls

FILES = int(os.environ.get("GONGSHI_FUZZ", "200"))
ODD = [
    "", " ", "\u3000", "/", "无", "-", "NULL", "\n", "\r\n", "\x00", "a\x00b", '"', '"""', "''",
    "=cmd|' /C calc'!A0", "@SUM(1)", "+1", "<script>alert(1)</script>", "'); DROP TABLE batch;--",
    "𠮷", "😀👨‍👩‍👧", "\u202e颠倒", "\u200f", "\u061c", "ｶﾞﾗｽ", "\ufeff", "\ufffd", "锟斤拷",
    "\ue000", "#REF!", "#N/A", "1.23E+17", "9" * 40, "-1", "1e999", "NaN", "½", "٣",
    "2026/02/30", "46026",
    "20260304", "03/04/2026", "长期", "9999-12-31", "合计", "共3条", "填表人：张示例", "注：无",
    "长" * 600, "{", "[", "]}", ",", ";;;;", "\t", "|", "\\", "\x1b[31m", "\u2028", "罚款;警告",
    "其他-", "0" * 17 + "X", PERSON["person_id_no"], "91990100MA00000073",
    "92990100MA00000000", "【示例】",
]  # fmt: skip
CELLS = st.one_of(st.sampled_from(ODD), st.text(st.characters(codec="utf-8"), max_size=12))
ENCODINGS = [
    "utf-8",
    "utf-8-sig",
    "gb18030",
    "cp950",
    "big5hkscs",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
]
ABOVE = [["示例市行政处罚信息公示表"], ["填报单位：示例局", "", "填报日期：2026年1月5日"]]
BELOW = [
    ["合计", "", "3"],
    ["填表人：张示例", "审核人：李示例"],
    ["共 3 条"],
    ["注：本表一式两份"],
    ["", "甲"],
]
Table = list[list[str]]
NUMBERS = {"document_no", "basis_document_no", "commitment_no", "CF_WSH", "XK_WSH"}
"""Where the number stands by which records are told apart."""


def of_2015(name: str) -> dict[str, str]:
    """The example row of a record type by the edition of 2015."""
    (edition,) = (one for one in editions() if one.record_type == name)
    row = example(name)
    return {headings[0]: row[field] for field, headings in edition.headings.items()}


@st.composite
def tables(draw: st.DrawFn) -> tuple[Table, int]:
    """A table with odd cells, columns and rows, and how many records it may hold."""
    name = draw(st.sampled_from(["penalty", "licence", "list_entry", "other_act", "commitment"]))
    fields = record_type(name).fields
    row = example(name)
    if name in {"penalty", "licence"} and draw(st.integers(0, 4)) == 0:
        row = of_2015(name)
        header = list(row)
    else:
        spelling = draw(st.sampled_from(["title_zh", "code", "name"]))
        header = [str(getattr(f, spelling) or f.name) for f in fields]
    rows = [list(row.values()) for _ in range(draw(st.integers(1, 12)))]
    for number, cells in enumerate(rows):
        place = list(row).index(next(h for h in row if h in NUMBERS))
        cells[place] = f"示例文〔2026〕{draw(st.integers(0, 99))}{number}号"
    for cells in rows:
        for _ in range(draw(st.integers(0, 3))):
            cells[draw(st.integers(0, len(cells) - 1))] = draw(CELLS)
        if draw(st.integers(0, 9)) == 0:
            cells.extend(draw(st.lists(CELLS, max_size=3)))
        if draw(st.integers(0, 9)) == 0:
            del cells[draw(st.integers(0, len(cells))) :]
    rows += draw(st.lists(st.sampled_from([*BELOW, header]), max_size=2))
    rows = [list(cells) for cells in rows]
    for _ in range(draw(st.sampled_from([0] * 7 + [1, 2]))):
        header[draw(st.integers(0, len(header) - 1))] = draw(CELLS)
    above = draw(st.lists(st.sampled_from(ABOVE), max_size=2))
    count = sum(any(map(str.strip, cells)) for cells in rows)
    return [*above, header, *rows], count


def as_csv(path: Path, table: Table, encoding: str, delimiter: str) -> None:
    """Delimited text."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(table)
    path.write_bytes(out.getvalue().encode(encoding, "replace"))


def as_json(path: Path, table: Table, around: str) -> None:
    """An array, an array within objects, or one object a line."""
    header, *rows = table
    objects = [dict(zip(header, cells, strict=False)) for cells in rows]
    if around == "lines":
        path.write_text("\n".join(map(json.dumps, objects)) or "{}", "utf-8")
    else:
        whole = {"code": 0, "data": {"list": objects}} if around == "object" else objects
        path.write_text(json.dumps(whole, ensure_ascii=False), "utf-8")


def as_xlsx(path: Path, table: Table) -> None:
    """A workbook as Excel writes it."""
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False}) as book:
        sheet = book.add_worksheet("报送")
        for line, cells in enumerate(table):
            for column, cell in enumerate(cells):
                sheet.write_string(line, column, cell)


def printable(table: Table) -> Table:
    """Cells without the characters that XML 1.0 does not have."""
    return [["".join(c for c in cell if c.isprintable()) for cell in cells] for cells in table]


def damaged(data: bytes, cuts: Sequence[tuple[float, bytes]], end: float) -> bytes:
    """A file with bytes put in here and there, and cut off."""
    for where, put in cuts:
        at = int(where * len(data))
        data = data[:at] + put + data[at + len(put) :]
    return data[: int(len(data) * end)]


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """One portal for all files, so that they also meet what others have left."""
    with open_portal(tmp_path_factory.mktemp("portal")) as portal:
        yield portal


def fuzz(share: float) -> settings:
    """How many files a test makes: its share of all."""
    return settings(
        max_examples=max(10, int(FILES * share)),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def check(portal: Portal, path: Path, count: int, table: Table) -> None:
    """Hands a sound file in: if it is taken in, as many rows are accounted for as it holds."""
    taken = portal.take_in(path)
    if not taken.error:
        assert taken.accounted == count, table


@given(tables(), st.sampled_from(ENCODINGS), st.sampled_from(",\t;|"))
@fuzz(0.4)
def test_delimited_text(
    portal: Portal,
    tmp_path_factory: pytest.TempPathFactory,
    made: tuple[Table, int],
    encoding: str,
    delimiter: str,
) -> None:
    """Text in any encoding: what cannot be encoded becomes question marks, rows stay rows."""
    table, count = made
    path = tmp_path_factory.getbasetemp() / "rows.csv"
    as_csv(path, table, encoding, delimiter)
    check(portal, path, count, table)


@given(tables(), st.sampled_from(["array", "object", "lines"]))
@fuzz(0.15)
def test_json(
    portal: Portal,
    tmp_path_factory: pytest.TempPathFactory,
    made: tuple[Table, int],
    around: str,
) -> None:
    """JSON in any of its forms."""
    table, count = made
    path = tmp_path_factory.getbasetemp() / "rows.json"
    as_json(path, table, around)
    taken = portal.take_in(path)
    assert taken.error or taken.accounted <= count


@given(tables(), st.sampled_from(["xlsx"] * 8 + ["ods", "xls"]))
@fuzz(0.15)
def test_workbooks(
    portal: Portal,
    tmp_path_factory: pytest.TempPathFactory,
    made: tuple[Table, int],
    kind: str,
) -> None:
    """Workbooks of all kinds, among them formulas, marks and characters beyond the basic plane."""
    table = printable(made[0])
    path = tmp_path_factory.getbasetemp() / f"rows.{kind}"
    if kind == "xlsx":
        as_xlsx(path, table)
    else:
        {"ods": write_ods, "xls": write_xls}[kind](path, {"报送": table[:8]})
    taken = portal.take_in(path)
    held = sum(any(map(str.strip, cells)) for cells in table)
    assert taken.error or taken.accounted < held


@given(
    tables(),
    st.sampled_from(["csv"] * 6 + ["json"] * 3 + ["xlsx"]),
    st.lists(st.tuples(st.floats(0, 0.999), st.binary(max_size=6)), max_size=5),
    st.one_of(st.just(1.0), st.floats(0, 1)),
)
@fuzz(0.25)
def test_damaged_files(
    portal: Portal,
    tmp_path_factory: pytest.TempPathFactory,
    made: tuple[Table, int],
    kind: str,
    cuts: list[tuple[float, bytes]],
    end: float,
) -> None:
    """Bytes changed and files cut off: an error, or rows that are all accounted for."""
    table, _ = made
    path = tmp_path_factory.getbasetemp() / f"damaged.{kind}"
    if kind == "csv":
        as_csv(path, table, "utf-8", ",")
    elif kind == "json":
        as_json(path, table, "array")
    else:
        as_xlsx(path, printable(table))
    path.write_bytes(damaged(path.read_bytes(), cuts, end))
    portal.take_in(path)


@given(st.binary(max_size=400), st.sampled_from(["", "PK\x03\x04", "{", "[", "文号,机关\n"]))
@fuzz(0.05)
def test_any_bytes(
    portal: Portal, tmp_path_factory: pytest.TempPathFactory, data: bytes, start: str
) -> None:
    """Bytes that were never a table."""
    path = tmp_path_factory.getbasetemp() / "bytes"
    path.write_bytes(start.encode() + data)
    portal.take_in(path)
