"""Margins: what is printed beside records is passed over by name, and no record ever with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.handin.findings import Problem
from publish.handin.margins import Margins
from publish.handin.workbook import Row
from publish.schema import record_type
from tests.unit.handed import example, layout

HEADER = ["文号", "名称", "机关", "金额"]
TITLE = ["行政处罚信息公示表"]
RECORD = ["示罚〔2026〕1号", "示例甲", "示例局", "1"]
FOOTERS = [
    ["合计"],
    ["合计：", "", "", "12.5"],
    ["合 计", "3", "", "1,200.00元"],
    ["", "总计", "", "7"],
    ["本页小计：3条"],
    ["共 12 条"],
    ["共12条记录。"],
    ["填表人：张示例", "", "审核人：李示例", ""],
    ["填表人：", "张示例", "", "2026年1月5日"],
    ["填报单位：示例局（盖章）"],
    ["注：本表一式两份。"],
    ["说明:金额单位为万元"],
]


def sifted(rows: list[list[str]]) -> tuple[list[list[str]], list[tuple[str, object]]]:
    """The records among rows below a title and a header, and what was passed over."""
    found: list[Problem] = []
    numbered: list[Row] = [(line, cells) for line, cells in enumerate(rows, start=3)]
    records = Margins([TITLE, HEADER], [0, 2], found).records(iter(numbered))
    return [cells for _, cells in records], [(p.code, p.details["line"]) for p in found]


@pytest.mark.parametrize("footer", FOOTERS)
def test_a_footer_at_the_end_is_named(footer: list[str]) -> None:
    """Totals, signatures and notes below the records are passed over with their line."""
    assert sifted([RECORD, footer]) == ([RECORD], [("footer_passed_over", 4)])


def test_what_follows_a_footer_belongs_to_it() -> None:
    """Notes of several lines are all passed over, each by its line."""
    rows = [RECORD, ["合计"], ["注：一、金额单位为万元"], ["二、本表一式两份"], ["（盖章）"]]
    records, found = sifted(rows)
    assert records == [RECORD]
    assert found == [
        ("footer_passed_over", 4),
        ("footer_passed_over", 5),
        ("title_passed_over", 6),
        ("title_passed_over", 7),
    ]


def test_a_new_page_begins_with_the_header() -> None:
    """Footer, title and header between two pages are passed over, the records are not."""
    rows = [RECORD, ["本页小计", "1"], ["公示表（续）"], HEADER, RECORD, TITLE, HEADER, RECORD]
    records, found = sifted(rows)
    assert records == [RECORD] * 3
    assert [code for code, _ in found] == [
        "footer_passed_over",
        "title_passed_over",
        "header_repeated",
        "header_repeated",
        "header_repeated",
    ]


@pytest.mark.parametrize(
    "record",
    [
        ["合罚〔2026〕1号", "合计示例公司", "示例局", "1"],
        ["共1号", "示例甲", "示例局", "1"],
        ["合计", "示例公司", "示例局", "1"],
        ["", "合计", "示例局", "1"],
        ["填表人：1号", "示例甲", "示例局", ""],
        ["注：1号", "示例甲", "", ""],
        ["示罚〔2026〕9号"],
        ["2026001"],
        ["", "", "示例局"],
    ],
)
def test_a_row_with_a_number_or_an_authority_is_a_record(record: list[str]) -> None:
    """Whatever it looks like, such a row is read, at the end and after a footer too."""
    assert sifted([RECORD, record])[0] == [RECORD, record]
    assert record in sifted([["合计"], record])[0]


def test_a_total_between_records_is_judged_as_a_row() -> None:
    """What is followed by records is not passed over: it comes back as a rejected row."""
    rows = [RECORD, ["小计", "1"], RECORD, ["公示"], RECORD]
    assert sifted(rows) == (rows, [])


def test_no_text_of_a_footer_is_shown() -> None:
    """Those who sign are people: a finding shows what kind of row it was, not who signed."""
    found: list[Problem] = []
    rows: list[Row] = [(2, ["填表人：张示例", "", "审核人：李示例"])]
    assert list(Margins([HEADER], [0, 2], found).records(iter(rows))) == []
    assert [p.shown for p in found] == ["填表人"]
    assert "示例" not in "".join(p.message(lang) for p in found for lang in ("zh", "en"))


CELL = st.sampled_from(["", "合计", "共3条", "注：", "填表人：甲", "示例局", "1", "文号", "续"])
RANDOM = st.lists(CELL, min_size=4, max_size=4).filter(any)


@given(st.lists(st.one_of(RANDOM, st.sampled_from([HEADER, TITLE, RECORD])), max_size=80))
def test_every_row_is_read_or_named(rows: list[list[str]]) -> None:
    """Rows come out in their order, and each that does not is named once by its line."""
    found: list[Problem] = []
    numbered: list[Row] = [(line, cells) for line, cells in enumerate(rows, start=3)]
    lines = [row[0] for row in Margins([TITLE, HEADER], [0, 2], found).records(iter(numbered))]
    named = [int(str(p.details["line"])) for p in found]
    assert lines == sorted(lines)
    assert sorted(lines + named) == [line for line, _ in numbered]
    assert all(line in lines for line, cells in numbered if cells == RECORD)


@pytest.mark.parametrize("name", ["licence", "penalty", "list_entry"])
def test_a_footer_of_any_record_type(name: str) -> None:
    """A total in the first column of a template is no record of any type."""
    row = example(name)
    table = layout([list(row), list(row.values()), ["合计：1条"]])
    assert [line for line, _ in table.rows] == [2]
    assert [p.code for p in table.problems] == ["footer_passed_over"]
    assert table.record is record_type(name)
