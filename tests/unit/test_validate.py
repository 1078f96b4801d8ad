"""Rows: what is right passes with its values, what is wrong has a name."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publish.errors import UsageError
from publish.handin.header import layouts
from publish.handin.source import Source
from publish.handin.validate import Validator
from publish.schema import record_type
from tests.unit.handed import PERSON, RECEIVED, check, codes, example, layout, reference

NO_USCC = "0" * 17 + "X"


@pytest.mark.parametrize("name", ["licence", "penalty", "list_entry"])
def test_the_example_of_each_type_is_right(name: str) -> None:
    """The example row of every template has no finding, and keeps every value that it gives."""
    row = example(name)
    checked = check(row)
    assert (checked.problems, checked.originals, checked.rejected) == ((), {}, False)
    assert checked.values.keys() == {column for column, cell in row.items() if cell}


def test_values_are_stored_in_one_form() -> None:
    """Dates, amounts, codes and numbers have one form whatever was typed."""
    typed = {
        "decision_date": "2026年1月5日",
        "fine": "1,000.50元",
        "penalty_kind": "警告；罚款",
        "severity": "一般",
        "document_no": "示例市监罚[2026]1号",
        "valid_to": "长期",
    }
    checked = check(example(content="警告，并处罚款") | typed)
    assert codes(checked) == set()
    assert {name: checked.values[name] for name in typed} == {
        "decision_date": "2026-01-05",
        "fine": "0.10005",
        "penalty_kind": "警告;罚款",
        "severity": "2",
        "document_no": "示例市监罚〔2026〕1号",
        "valid_to": "2099-12-31",
    }
    assert checked.originals == {"document_no": "示例市监罚[2026]1号"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"uscc": ""}, {"uscc_missing"}),
        ({"uscc": NO_USCC}, {"uscc_placeholder"}),
        ({"uscc": NO_USCC, "party_kind": "个体工商户"}, {"registration_no_missing"}),
        (
            {"uscc": NO_USCC, "party_kind": "个体", "registration_no": "990106600000001"},
            set(),
        ),
        (PERSON, set()),
        (PERSON | {"uscc": NO_USCC}, set()),
        (PERSON | {"uscc": "91990100MA00000073"}, {"person_with_uscc"}),
        (PERSON | {"person_id_no": ""}, {"required_in_case"}),
        (PERSON | {"person_id_no": "12345"}, {"id_number_invalid"}),
        (PERSON | {"person_id_no": "99010119900307001Q"}, {"id_number_invalid"}),
        (PERSON | {"person_id_type": "护照", "person_id_no": "E12345678"}, set()),
        ({"legal_rep_id_type": "身份证", "legal_rep_id_no": "1"}, {"id_number_invalid"}),
        ({"legal_rep_id_no": PERSON["person_id_no"].lower()}, set()),
        ({"party_kind": "公司"}, {"not_in_code_list"}),
    ],
)
def test_who_needs_which_number(changes: dict[str, str], expected: set[str]) -> None:
    """Organisations need a code, sole traders a code or number, persons a document and no code."""
    assert codes(check(example(**changes))) == expected


def test_a_person_has_no_placeholder() -> None:
    """The placeholder that a person's row gives in place of a code is not stored."""
    assert "uscc" not in check(example(**PERSON | {"uscc": NO_USCC})).values


@given(
    st.dates(date(1990, 1, 1), date(2030, 12, 31)), st.dates(date(1990, 1, 1), date(2030, 12, 31))
)
def test_dates_stand_in_order(decided: date, until: date) -> None:
    """A decision is not later than receipt, publication does not end before the decision."""
    row = example(decision_date=decided.isoformat(), publish_until=until.isoformat())
    expected = {"decision_in_future"} if decided > RECEIVED else set()
    expected |= {"ends_before_decision"} if until < decided else set()
    assert codes(check(row)) == expected


@given(st.dates(date(1990, 1, 1), date(2030, 12, 31)))
def test_when_the_department_published(published: date) -> None:
    """A publication before the decision or after receipt is told, and the row is kept."""
    checked = check(example(department_published=published.isoformat()))
    expected = {"published_before_decision"} if published < date(2026, 1, 5) else set()
    expected |= {"published_in_future"} if published > RECEIVED else set()
    assert codes(checked) == expected
    assert not checked.rejected


@pytest.mark.parametrize(
    ("fine", "content", "expected"),
    [
        ("1000", "罚款一千万元", set()),
        ("1000.000001", "罚款", {"fine_large"}),
        ("5000", "罚款5000元", {"fine_looks_like_yuan"}),
        ("5000", "罚款5,000元整", {"fine_looks_like_yuan"}),
        ("500", "罚款5500元", set()),
        ("0.5", "罚款5000元", set()),
        ("5", "罚款0.5元", set()),
        ("0", "免予罚款", set()),
    ],
)
def test_amounts_that_may_be_in_yuan(fine: str, content: str, expected: set[str]) -> None:
    """More than ten million yuan, or the figure of the text in yuan, is told; the row is kept."""
    checked = check(example(fine=fine, content=content))
    assert codes(checked) == expected
    assert not checked.rejected


def test_a_fine_is_needed_among_several_kinds() -> None:
    """罚款 as one of several kinds still needs its amount; another kind alone does not."""
    assert codes(check(example(penalty_kind="警告;罚款", fine=""))) == {"fine_missing"}
    assert codes(check(example(penalty_kind="警告", fine=""))) == set()
    assert codes(check(example(penalty_kind="其他-罚款前警示", fine=""))) == set()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"list_kind": "red", "honour_name": ""}, {"required_in_case"}),
        ({"notice_date": "2026/01/06"}, {"list_notice_missing"}),
        ({"list_id": "transport-watch", "list_kind": "watch", "notice_date": ""}, set()),
        (
            {"list_id": "serious-illegal", "list_kind": "black", "reason": "虚假宣传"},
            set(),
        ),
        ({"list_id": "serious-illegal", "list_kind": "black"}, {"required_in_case"}),
        ({"exit_date": "2026/01/01"}, {"ends_before_decision"}),
    ],
)
def test_list_entries(changes: dict[str, str], expected: set[str]) -> None:
    """Entries stand on lists that exist, with what each kind needs."""
    assert codes(check(example("list_entry", **changes))) == expected


@pytest.mark.parametrize(
    ("name", "uscc", "department", "expected"),
    [
        ("示例市市场监督管理局", "11990100006900376R", "market", set()),
        ("示例市市监局", "11990100006900376R", "market", set()),
        ("从未见过的写法", "11990100006900376R", "market", set()),
        ("示例市市场监督管理局", "91990100MA0000EX6D", "market", {"authority_disagrees"}),
        ("示例市税务局", "11990100006900376R", "market", {"authority_disagrees"}),
        ("从未见过的局", "91990100MA0000EX6D", None, {"unknown_department"}),
        ("", "11990100006900376R", "market", {"required_missing"}),
        ("", "", None, {"required_missing"}),
    ],
)
def test_whose_row_it_is(name: str, uscc: str, department: str | None, expected: set[str]) -> None:
    """The code decides; a known name will do; a row of nobody is rejected."""
    checked = check(example(authority=name, authority_uscc=uscc))
    assert (checked.department, codes(checked)) == (department, expected)


@given(
    st.lists(
        st.sampled_from(["", "x", "/", "2026/01/05", "罚款", "1", "示例市税务局"]), max_size=40
    )
)
def test_a_row_without_department_is_rejected(cells: list[str]) -> None:
    """Whatever stands in a row, it is rejected or it belongs to a department."""
    table = layout([list(example())])
    checked = Validator(table, reference(), RECEIVED).check(cells)
    assert checked.rejected or checked.department in reference().departments


def test_short_rows_are_filled_and_long_ones_need_blanks() -> None:
    """Blank cells may be too few or too many; anything else beyond the header is an error."""
    row = example()
    table = layout([list(row)])
    validator = Validator(table, reference(), RECEIVED)
    cells = list(row.values())
    last = max(i for i, cell in enumerate(cells) if cell)
    assert validator.check(cells[: last + 1]) == validator.check([*cells, "", " "])
    assert codes(validator.check([*cells, "", "x"])) == {"too_many_cells"}


def test_nothing_passes_from_one_row_to_the_next() -> None:
    """Problems and originals of a row are its own, also when the same cells come again."""
    table = layout([list(example())])
    validator = Validator(table, reference(), RECEIVED)
    wrong, right = (list(example(**c).values()) for c in ({"facts": "无", "party_name": "Ａ"}, {}))
    for _ in range(3):
        checked = validator.check(wrong)
        assert (codes(checked), checked.originals) == ({"required_missing"}, {"party_name": "Ａ"})
        assert validator.check(right).problems == ()
        assert validator.check(right).originals == {}


def source(**changes: object) -> Source:
    """A source of penalties."""
    return Source.model_validate({"name": "x", "record_type": "penalty"} | changes)


def test_constants_fill_what_a_file_does_not_say() -> None:
    """A constant is stored in our form; a column of the file goes before it."""
    row = example()
    del row["severity"]
    checked = check(row, source(constants={"severity": "严重", "status": "撤销"}))
    assert (checked.values["severity"], checked.values["status"]) == ("3", "0")


@pytest.mark.parametrize("constants", [{"severity": "可怕"}, {"facts": "无"}])
def test_a_wrong_constant_is_wrong_use(constants: dict[str, str]) -> None:
    """A source whose constant could not be handed in is refused with the reason."""
    with pytest.raises(UsageError, match=next(iter(constants))):
        check(example(), source(constants=constants))


def test_an_unknown_department_of_a_source_is_wrong_use() -> None:
    """A source cannot speak for a department that is not known."""
    with pytest.raises(UsageError, match="nobody"):
        check(example(), source(department="nobody"))


def test_parts_of_cells() -> None:
    """A field can be a part of a cell, put into a template, and is then checked as ever."""
    row = example() | {"address": "/letters/示例罚[2026]7号"}
    del row["document_no"]
    extract = {
        "document_no": {"from": "address", "pattern": "([^/]+)$"},
        "department_published_url": {"from": "address", "template": "https://credit.example{}"},
    }
    del row["department_published_url"]
    values = check(row, source(extract=extract)).values
    assert values["document_no"] == "示例罚〔2026〕7号"
    assert values["department_published_url"] == "https://credit.example/letters/示例罚[2026]7号"


def test_what_a_source_cannot_give_is_no_error() -> None:
    """Declared gaps are no errors; the department's code stands in for the authority's."""
    absent = dict.fromkeys(("uscc", "facts", "authority_uscc", "fine"), "not known there")
    row = {name: cell for name, cell in example().items() if name not in absent}
    checked = check(row, source(absent=absent))
    assert codes(checked) == set()
    assert checked.values["authority_uscc"] == "11990100006900376R"
    assert check(row | {"uscc": "1"}, source(absent=absent)).rejected


def test_a_department_without_code_is_known_by_its_own() -> None:
    """Where departments have no credit code their code in the reference data takes its place."""
    market = replace(reference().departments["market"], uscc="")
    known = replace(reference(), departments={"market": market})
    row = example()
    del row["authority_uscc"]
    checked = check(row, source(absent={"authority_uscc": "none there"}), known)
    assert checked.values["authority_uscc"] == "market"


def test_departments_are_those_of_their_time() -> None:
    """A decision outside the life of its department is told, and stays that department's."""
    market = replace(reference().departments["market"], valid_from="2026-01-06")
    known = replace(reference(), departments={"market": market})
    checked = check(example(), known=known)
    assert (codes(checked), checked.department) == ({"authority_not_in_office"}, "market")


CELLS = st.text(
    st.characters(codec="gb18030", exclude_categories=["Cc", "Cs", "Co", "Cn"]), max_size=8
)


@given(st.lists(st.fixed_dictionaries({"facts": CELLS, "remark": CELLS}), min_size=1, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_every_format_gives_the_same_records(tmp_path: Path, changes: list[dict[str, str]]) -> None:
    """The same rows as CSV in two encodings, JSON and XLSX give the same values and findings."""
    rows = [example(**one) for one in changes]
    write_all(tmp_path, rows)
    results = [
        [(c.values, codes(c), c.originals) for c in checked(path)] for path in tmp_path.iterdir()
    ]
    assert len(results) == 5
    assert all(result == results[0] for result in results)


def write_all(folder: Path, rows: list[dict[str, str]]) -> None:
    """The same rows in every format."""
    header = list(rows[0])
    quoted = [[f'"{c.replace(chr(34), chr(34) * 2)}"' for c in r.values()] for r in rows]
    text = "\n".join(",".join(line) for line in [header, *quoted])
    (folder / "utf8.csv").write_text(text, "utf-8")
    (folder / "gb18030.csv").write_text(text, "gb18030")
    (folder / "rows.json").write_text(json.dumps(rows), "utf-8")
    (folder / "rows.jsonl").write_text("\n".join(json.dumps(r) for r in rows), "utf-8")
    with xlsxwriter.Workbook(str(folder / "rows.xlsx"), {"strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate([header, *(list(r.values()) for r in rows)]):
            for m, cell in enumerate(row):
                sheet.write_string(n, m, cell)


def checked(path: Path) -> list[Any]:
    """All rows of a file, checked."""
    (table,) = layouts(path)
    validator = Validator(table, reference(), RECEIVED)
    return [validator.check(cells) for _, cells in table.rows]


def test_fields_of_a_file_keep_the_order_of_the_standard() -> None:
    """Values stand in the schema's order, whatever the order of the columns."""
    row = dict(reversed(example().items()))
    names = [f.name for f in record_type("penalty").fields]
    assert list(check(row).values) == [n for n in names if n in check(row).values]
