"""Headers: found wherever they stand, understood however they are typed."""

from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publish.errors import ProblemError, UsageError
from publish.handin.header import NOTES, fold, lay_out, layouts
from publish.handin.returned import ADDED
from publish.handin.source import Source
from publish.schema import RECORD_TYPES, record_type, record_types
from tests.unit.handed import check, codes, example, layout, sheet

PENALTY = record_type("penalty")
TITLES = [f.title_zh for f in PENALTY.fields]
DECORATIONS = [
    "{}",
    " {} ",
    "{}*",
    "＊{}",
    "{}（必填）",
    "{}\n(示例)",
    "\ufeff{}",
    "{}【选填】",
    "\u3000{}\u200b",
]


def wide(text: str) -> str:
    """A text in full width."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@pytest.mark.parametrize("name", RECORD_TYPES)
def test_no_two_fields_share_a_heading(name: str) -> None:
    """Within a record type each folded heading means one field."""
    fields = record_type(name).fields
    headings = [fold(h) for f in fields for h in set(map(fold, f.headers))]
    assert len(headings) == len(set(headings))
    assert not set(headings) & set(map(fold, ADDED))


@given(st.data())
def test_headings_are_known_in_any_dress_and_order(data: st.DataObject) -> None:
    """Chinese title, code or English name, in any order, width, case and decoration, are known."""
    record = data.draw(st.sampled_from(list(record_types().values())))
    fields = data.draw(st.permutations(record.fields))
    headings = []
    for f in fields:
        spelling = data.draw(st.sampled_from(f.headers))
        spelling = data.draw(st.sampled_from([spelling, spelling.lower(), wide(spelling)]))
        headings.append(data.draw(st.sampled_from(DECORATIONS)).format(spelling))
    found = layout([headings])
    assert found.record is record
    assert found.problems == ()
    assert found.positions == {f.name: position for position, f in enumerate(fields)}


@given(st.permutations(TITLES), st.sampled_from(["utf-8-sig", "gb18030", "utf-16"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_columns_in_a_file_does_not_matter(
    tmp_path: Path, titles: list[str], encoding: str
) -> None:
    """The same cells reach the same fields whatever the order, encoding and byte-order mark."""
    path = tmp_path / "any.csv"
    numbered = [str(TITLES.index(title)) for title in titles]
    path.write_bytes(f"{','.join(titles)}\n{','.join(numbered)}\n".encode(encoding))
    (found,) = layouts(path)
    ((_, cells),) = found.rows
    values = {name: cells[position] for name, position in found.positions.items()}
    assert values == {f.name: str(n) for n, f in enumerate(PENALTY.fields)}


@pytest.mark.parametrize("above", [0, 1, 9])
def test_titles_above_the_header_are_skipped(above: int) -> None:
    """The header may stand in any of the first ten rows."""
    found = layout([*[["示例市行政处罚公示表"]] * above, TITLES, ["x"]])
    assert found.line == above + 1
    assert [line for line, _ in found.rows] == [above + 2]


def test_a_header_further_down_is_not_looked_for() -> None:
    """After ten rows of something else a table has no header."""
    assert lay_out(sheet([*[["示例"]] * 10, TITLES])) is None


def test_records_above_a_better_header_are_records() -> None:
    """A slip in the first header does not make titles of the records down to the second."""
    slip = ["遗漏", *TITLES[1:]]
    record = list(example().values())
    with pytest.raises(ProblemError, match="行政相对人名称"):
        layout([slip, record, record, TITLES, record])
    found = layout([["天气", *TITLES], ["", *record], ["", *TITLES], ["", *record]])
    assert [line for line, _ in found.rows] == [2, 4]


def test_wide_rows_above_the_header_are_named() -> None:
    """What stands above a header and has many cells may be a record: it is named by its line."""
    found = layout([["填报单位", "甲", "日期", "1/5"], [*"一二三四五"], TITLES, ["x"]])
    assert [(p.code, p.details) for p in found.problems] == [("title_passed_over", {"line": 2})]


def test_a_header_in_two_spellings() -> None:
    """Codes above titles: the second row is the header again, and no record."""
    codes_of = [f.code or f.name for f in PENALTY.fields]
    found = layout([["公示表"], codes_of, TITLES, list(example().values())])
    assert (found.line, [line for line, _ in found.rows]) == (2, [4])
    assert [(p.code, p.details["line"]) for p in found.problems] == [("header_repeated", 3)]


def test_a_header_of_two_rows() -> None:
    """Headings of groups above, merged cells beside: the header is both rows together."""
    upper, lower = [], []
    for title in TITLES:
        rest = title.removeprefix("行政相对人")
        upper.append("行政相对人" if rest in {"名称", "类别"} else "" if rest != title else title)
        lower.append(rest if rest in {"名称", "类别"} else "")
    upper[TITLES.index("行政相对人类别")] = ""
    found = layout([["示例市行政处罚信息公示表"], upper, lower, ["甲"]])
    assert found.line == 3
    assert found.problems == ()
    assert found.positions == {f.name: i for i, f in enumerate(PENALTY.fields)}
    assert list(found.header) == TITLES
    assert [line for line, _ in found.rows] == [4]


def test_groups_above_headings_that_are_known() -> None:
    """A heading that is understood by itself does not need its group."""
    groups = ["处罚对象", *[""] * 12, "处罚情况"]
    found = layout([groups, TITLES, ["甲"]])
    assert (found.line, list(found.header)) == (2, TITLES)


def test_a_record_below_the_header_is_no_second_row_of_it() -> None:
    """Blank cells of the first record do not make it a part of the header."""
    row = ["", "自然人", *[""] * (len(TITLES) - 2)]
    found = layout([TITLES, row])
    assert (found.line, [line for line, _ in found.rows]) == (1, [2])


def test_a_header_of_two_rows_comes_again() -> None:
    """On the next page both rows of the header, and the title above, are passed over."""
    upper = ["行政相对人", "", *TITLES[2:]]
    lower = ["名称", "类别", *[""] * (len(TITLES) - 2)]
    record = list(example().values())
    found = layout([["公示表"], upper, lower, record, ["公示表"], upper, lower, record])
    assert [line for line, _ in found.rows] == [4, 8]
    assert [p.code for p in found.problems] == ["header_repeated"] * 3


def test_a_column_that_is_not_known_is_named() -> None:
    """Columns that are neither known nor blank at the end are named once, and not used."""
    found = layout([[*TITLES, "天气", "", "心情", "", ""]])
    assert [p.shown for p in found.problems] == ["天气", f"#{len(TITLES) + 2}", "心情"]
    assert found.width == len(TITLES) + 3


def test_columns_that_a_source_ignores_are_not_named() -> None:
    """Ignored headings are known and not used."""
    source = Source(name="x", ignore=("天 气",))
    assert layout([[*TITLES, "天气"]], source).problems == ()


def test_a_source_maps_headings_to_fields() -> None:
    """One heading may fill several fields, and takes the place of what it would mean otherwise."""
    source = Source.model_validate(
        {
            "name": "x",
            "record_type": "penalty",
            "columns": {"机关": ["authority", "source"], "备注": "facts"},
            "absent": dict.fromkeys(("authority_uscc", "source_uscc"), "not in it"),
        }
    )
    left = {"authority", "authority_uscc", "source", "source_uscc", "facts", "remark"}
    titles = [f.title_zh for f in PENALTY.fields if f.name not in left]
    found = layout([[*titles, "机关", "备注（事实）"]], source)
    assert found.positions["authority"] == found.positions["source"] == len(titles)
    assert found.positions["facts"] == len(titles) + 1


@pytest.mark.parametrize("header_row", [None, 1, 2])
def test_a_source_replaces_a_wrong_header(header_row: int | None) -> None:
    """Declared headings take the place of a row's; rows above and that row are no records."""
    source = Source(name="x", headers=tuple(TITLES), header_row=header_row)
    found = layout([["错", "的"], ["表", "头"], ["甲"]], source)
    assert found.header == tuple(TITLES)
    assert next(line for line, _ in found.rows) == (header_row or 1) + 1


def test_a_file_without_header_gets_one() -> None:
    """With row 0 as the header every row is a record."""
    found = layout([["甲"], ["乙"]], Source(name="x", headers=tuple(TITLES), header_row=0))
    assert len(list(found.rows)) == 2


def test_a_declared_row_is_the_header() -> None:
    """A source can say which of two rows with headings counts."""
    found = layout([TITLES, TITLES, ["甲"]], Source(name="x", header_row=2))
    assert found.line == 2


def test_the_type_may_be_named() -> None:
    """Headings that fit several types are settled by --type or the source; a clash is wrong use."""
    shared = ["行政相对人名称", "行政相对人类别", "统一社会信用代码"]
    with pytest.raises(ProblemError, match="缺"):
        layout([shared])
    with pytest.raises(ProblemError, match="违法行为类型"):
        layout([shared], type_name="penalty")
    with pytest.raises(UsageError, match="licence"):
        layout([TITLES], Source(name="x", record_type="penalty"), "licence")


@pytest.mark.parametrize("name", RECORD_TYPES)
def test_the_type_is_told_by_the_headings(name: str) -> None:
    """A file with the columns that a type requires is of that type, and no other is considered."""
    required = [f.title_zh for f in record_type(name).fields if f.required]
    assert layout([required]).record.name == name
    with pytest.raises(ProblemError, match=required[-1]):
        layout([required[:-1]], type_name=name)


def test_a_department_of_the_source_stands_for_its_columns() -> None:
    """Where the source says which department it is, the authority's columns may be missing."""
    row = example()
    del row["authority"], row["authority_uscc"]
    checked = check(row, Source(name="x", department="market"))
    assert codes(checked) == set()
    assert checked.department == "market"
    assert checked.values["authority"] == "示例市市场监督管理局"
    assert checked.values["authority_uscc"] == "11990100006900376R"


def test_notes_are_no_records_and_other_sheets_are_named(tmp_path: Path) -> None:
    """The sheet of notes is passed over silently, another sheet without header by name."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("封面").write(0, 0, "示例市")
        book.add_worksheet("处罚").write_row(0, 0, TITLES)
        book.add_worksheet("许可").write_row(0, 0, [f.name for f in record_type("licence").fields])
        book.add_worksheet(NOTES).write_row(0, 0, TITLES)
        book.add_worksheet("空")
    found = layouts(path)
    assert [(one.sheet, one.record.name) for one in found] == [
        ("处罚", "penalty"),
        ("许可", "licence"),
    ]
    assert [[p.shown for p in one.problems] for one in found] == [["封面"], ["封面"]]
