"""The catalogue of findings: every kind can happen, and says in both languages what to do."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from string import Formatter
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter

from publish.errors import ProblemError
from publish.handin.catalogue import example as example_of
from publish.handin.catalogue import findings_markdown
from publish.handin.clean import cleaner
from publish.handin.edition import editions, kind_rules
from publish.handin.findings import (
    MASK,
    SHOWN,
    Kind,
    Problem,
    kinds,
    problem,
    shorten,
)
from publish.handin.header import layouts
from publish.handin.rules import Setting
from publish.handin.source import Source
from publish.handin.stale import stale_file
from publish.handin.template import pass_over_example, write_template
from publish.handin.validate import Validator
from publish.register.register import BATCH, open_register
from publish.schema import record_type
from tests.unit.handed import PERSON, RECEIVED, check, example, layout, reference
from tests.unit.tabled import body, known, tables, troubles
from tests.unit.workbooks import write_xls

PENALTY = record_type("penalty")
NO_USCC = "0" * 17 + "X"
OTHER_USCC = "91990100MA0000EX6D"
RESIDENT = PERSON["person_id_no"]

# What to change in the example row of a record type to get each kind of finding.
CELLS: dict[str, tuple[str, dict[str, str]]] = {
    "required_missing": ("penalty", {"facts": "无"}),
    "too_long": ("penalty", {"remark": "长" * 513}),
    "control_character": ("penalty", {"facts": "未明码\u200b标价"}),
    "replacement_character": ("penalty", {"facts": "未明码标\ufffd价格"}),
    "private_use_character": ("penalty", {"facts": "当事人\ue123未明码标价"}),
    "look_alike": ("penalty", {"party_name": "示例市ㄧ心食品有限公司"}),
    "spreadsheet_error": ("penalty", {"remark": "#REF!"}),
    "spreadsheet_float": ("penalty", {"registration_no": "9.90106E+14"}),
    "not_a_date": ("penalty", {"decision_date": "昨天"}),
    "date_impossible": ("penalty", {"decision_date": "2026/02/30"}),
    "date_serial": ("penalty", {"decision_date": "46026"}),
    "not_a_number": ("penalty", {"fine": "壹仟元"}),
    "number_negative": ("penalty", {"fine": "-1"}),
    "number_too_precise": ("penalty", {"fine": "0.0000001"}),
    "not_in_code_list": ("penalty", {"penalty_kind": "口头提醒"}),
    "other_without_name": ("penalty", {"penalty_kind": "其他-"}),
    "uscc_lower_case": ("penalty", {"uscc": "91990100ma00000073"}),
    "uscc_letter_for_digit": ("penalty", {"uscc": "9l990100MA00000073"}),
    "uscc_length": ("penalty", {"uscc": "91990100MA0000007"}),
    "uscc_alphabet": ("penalty", {"uscc": "91990100MA0000007Z"}),
    "uscc_zeros": ("penalty", {"uscc": "0" * 18}),
    "uscc_check_character": ("penalty", {"uscc": "91990100MA00000074"}),
    "uscc_is_id_number": ("penalty", {"uscc": RESIDENT}),
    "id_number_invalid": ("penalty", PERSON | {"person_id_no": RESIDENT[:-1] + "1"}),
    "uscc_missing": ("penalty", {"uscc": ""}),
    "uscc_placeholder": ("penalty", {"uscc": NO_USCC}),
    "registration_no_missing": ("penalty", {"uscc": NO_USCC, "party_kind": "个体工商户"}),
    "person_with_uscc": ("penalty", PERSON | {"uscc": "91990100MA00000073"}),
    "required_in_case": ("penalty", PERSON | {"person_id_no": ""}),
    "decision_in_future": ("penalty", {"decision_date": "2026/11/23"}),
    "ends_before_decision": ("penalty", {"publish_until": "2026/01/04"}),
    "ends_before_start": ("licence", {"valid_from": "2026/03/01", "valid_to": "2026/02/01"}),
    "published_before_decision": ("penalty", {"department_published": "2026/01/04"}),
    "published_in_future": ("penalty", {"department_published": "2026/11/23"}),
    "fine_missing": ("penalty", {"fine": ""}),
    "fine_large": ("penalty", {"fine": "1000.5"}),
    "fine_looks_like_yuan": ("penalty", {"fine": "1000"}),
    "unknown_department": ("penalty", {"authority": "别处市粮食局", "authority_uscc": OTHER_USCC}),
    "authority_disagrees": ("penalty", {"authority": "示例市税务局"}),
    "unknown_list": ("list_entry", {"list_id": "nothing"}),
    "list_kind_disagrees": ("list_entry", {"list_kind": "black", "reason": "拖欠工资"}),
    "list_notice_missing": ("list_entry", {"notice_date": ""}),
    "black_notice_missing": (
        "list_entry",
        {"list_id": "wage-arrears", "list_kind": "black", "reason": "拖欠工资", "notice_date": ""},
    ),
    "commitment_without_text": ("commitment", {"content": ""}),
    "due_date_missing": ("feedback", {"feedback_kind": "整改"}),
    "record_not_named": ("feedback", {"document_no": ""}),
    "stop_without_reason": ("feedback_event", {"stage": "中止", "outcome": ""}),
    "found_before_decision": ("audit", {"found_date": "2026/01/04"}),
}


def after_its_end() -> tuple[Problem, ...]:
    """A decision of a department that had ended."""
    ended = replace(reference().departments["market"], valid_to="2025-12-31")
    known = replace(reference(), departments={"market": ended})
    return tuple(check(example(), known=known).problems)


def without_basis() -> tuple[Problem, ...]:
    """A black list entry without a legal basis, on a list that has none either."""
    bare = replace(reference().lists["serious-illegal"], legal_basis="")
    known = replace(reference(), lists={"serious-illegal": bare})
    row = example("list_entry", list_id="serious-illegal", list_kind="black", reason="虚假宣传")
    return tuple(check(row, known=known).problems)


def shifted() -> tuple[Problem, ...]:
    """A row with a cell beyond the header."""
    row = example()
    table = layout([list(row), [*row.values(), "多出的一格"]])
    validator = Validator(table, reference(), RECEIVED)
    return tuple(validator.check(next(table.rows)[1]).problems)


def other_pattern() -> tuple[Problem, ...]:
    """A cell without the part that the source declares."""
    extract = {"document_no": {"from": "address", "pattern": r"no-(\d+)"}}
    source = Source.model_validate({"name": "x", "record_type": "penalty", "extract": extract})
    row = example()
    del row["document_no"]
    return tuple(check(row | {"address": "/letters/7"}, source).problems)


def too_many_rows() -> tuple[Problem, ...]:
    """More rows than a source has as a rule."""
    found = Source(name="x", maximum_rows=10).count_rows(11)
    return (found,) if found else ()


def the_same_again() -> tuple[Problem, ...]:
    """A file whose bytes came in before, in batch 1."""
    with TemporaryDirectory() as folder, open_register(Path(folder) / "register.db") as register:
        batch = {name: 0 if "INTEGER" in kind else "" for name, kind in BATCH.columns.items()}
        BATCH.append(register.db, [tuple((batch | {"received": "2026-11-21T16:30:00Z"}).values())])
        return (stale_file(register, 1, ZoneInfo("Asia/Shanghai")),)


def another_sheet() -> tuple[Problem, ...]:
    """A workbook with a sheet that holds something else."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "two.xlsx"
        with xlsxwriter.Workbook(str(path)) as book:
            book.add_worksheet("行政处罚").write_row(0, 0, list(example()))
            book.add_worksheet("封面").write(0, 0, "示例市")
        return layouts(path)[0].problems


def printed_sheet() -> tuple[Problem, ...]:
    """A sheet as it was printed: header, title and total come again."""
    row = example()
    rows = [list(row), list(row.values()), ["示例市行政处罚公示表"], list(row), ["合计"]]
    table = layout(rows)
    assert len(list(table.rows)) == 1
    return table.problems


def hidden_sheet() -> tuple[Problem, ...]:
    """A workbook with a sheet that it does not show."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "two.xlsx"
        with xlsxwriter.Workbook(str(path)) as book:
            book.add_worksheet("行政处罚").write_row(0, 0, list(example()))
            hidden = book.add_worksheet("旧数据")
            hidden.write_row(0, 0, list(example()))
            hidden.hide()
        return layouts(path)[0].problems


def of_2015(**cells: str) -> tuple[Problem, ...]:
    """A sheet by the edition of 2015 with one row."""
    (edition,) = (one for one in editions() if one.record_type == "penalty")
    table = layout([[headings[0] for headings in edition.headings.values()]])
    setting = Setting(PENALTY, frozenset(), {}, "2026-11-22", [])
    for rule in kind_rules(table.source, setting):
        rule(cells)
    return (*table.problems, *setting.found)


def in_big5() -> tuple[Problem, ...]:
    """A file in Big5 that does not say so."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "big5.csv"
        row = example(facts="當事人經營場所未明碼標價，違反規定")
        path.write_text(
            "\n".join(",".join(line) for line in (row, row.values())), "cp950", "ignore"
        )
        return layouts(path)[0].problems


def after_its_renaming() -> tuple[Problem, ...]:
    """A decision under a name that the department had given up."""
    old = body("old", name_zh="示例市市场监督管理局", uscc="11990100006900376R")
    rows = (old | {"valid_to": "2025-12-31", "successor": "new"}, body("new"))
    return tuple(check(example(), known=known(*rows)).problems)


REFERENCE: dict[str, list[dict[str, str]]] = {
    "reference_twice": [body("a"), body("a")],
    "reference_reversed": [body("a", valid_from="2026-02-01", valid_to="2026-01-31")],
    "reference_shared": [body("a"), body("b", name_zh="示例市a局")],
    "reference_succession": [body("a", successor="b"), body("b")],
    "reference_circle": [body("a", parent="a")],
}


def between_rows(code: str) -> tuple[Problem, ...]:
    """What is wrong between rows of the departments."""
    return tuple(trouble.problem for trouble in troubles(department=REFERENCE[code]))


def left_out() -> tuple[Problem, ...]:
    """A department that has records and is not in a new table."""
    (line,) = tables(department=[body("a")])["department"]
    return (line.wrong("reference_in_use", "code", records=3).problem,)


def example_left_in() -> tuple[Problem, ...]:
    """A template handed in with its example."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "template.csv"
        write_template(PENALTY, path)
        layout = pass_over_example(layouts(path)[0])
        assert not list(layout.rows)
        return layout.problems


TABLES: dict[str, Callable[[], tuple[Problem, ...]]] = {
    "authority_not_in_office": after_its_end,
    "authority_succeeded": after_its_renaming,
    "reference_in_use": left_out,
    **{code: partial(between_rows, code) for code in REFERENCE},
    "list_basis_missing": without_basis,
    "too_many_cells": shifted,
    "pattern_not_matched": other_pattern,
    "unmapped_column": lambda: layout([list(example() | {"天气": "晴"})]).problems,
    "example_row": example_left_in,
    "too_many_rows": too_many_rows,
    "stale_file": the_same_again,
    "sheet_passed_over": another_sheet,
    "sheet_hidden": hidden_sheet,
    **dict.fromkeys(("header_repeated", "title_passed_over", "footer_passed_over"), printed_sheet),
    **dict.fromkeys(("older_edition", "party_kind_unclear"), of_2015),
    "encoding_inferred": in_big5,
}

HEADER = list(example())
FILES: dict[str, list[str]] = {
    "header_missing": ["甲", "乙"],
    "missing_column": [h for h in HEADER if h != "document_no"],
    "type_unclear": ["行政相对人名称", "行政相对人类别", "统一社会信用代码"],
    "column_twice": [*HEADER, "违法事实"],
}


RAW: dict[str, bytes] = {
    "encoding_unclear": b"a,b\n1,\xc4\xe3\n",
    "json_several_arrays": b'{"a": [{"x": 1}], "b": {"c": [{"x": 1}]}}',
    "json_key_twice": b'[{"x": 1, "x": 2}]',
}


def found_by(code: str) -> tuple[Problem, ...]:
    """What is found where a kind of finding is provoked."""
    if code in TABLES:
        return TABLES[code]()
    type_name, changes = CELLS[code]
    return tuple(check(example(type_name, **changes)).problems)


@pytest.mark.parametrize("code", [*CELLS, *TABLES])
def test_each_kind_happens_and_is_told(code: str) -> None:
    """The mistake is found under its own name, and every text about it is complete."""
    (found,) = (p for p in found_by(code) if p.code == code)
    for lang in ("zh", "en"):
        assert found.message(lang) and found.remedy(lang)
        assert "{" not in found.message(lang) + found.remedy(lang)


@pytest.mark.parametrize("code", CELLS)
def test_one_mistake_gives_one_error(code: str) -> None:
    """No mistake is told twice under different names."""
    errors = [p.code for p in found_by(code) if p.severity == "error"]
    assert errors == ([code] if kinds()[code].severity == "error" else [])


@pytest.mark.parametrize("code", [*FILES, *RAW, "header_hidden"])
def test_files_are_refused_with_a_reason(code: str, tmp_path: Path) -> None:
    """A file that cannot be taken in is refused with the texts of the catalogue."""
    path = tmp_path / "refused.csv"
    if code == "header_hidden":
        write_xls(path, {"封面": [["示例市"]], "处罚": [HEADER]}, hidden=["处罚"])
    else:
        path.write_bytes(RAW.get(code) or f"{','.join(FILES[code])}\n".encode())
    with pytest.raises(ProblemError) as caught:
        layouts(path)
    assert caught.value.zh.endswith(kinds()[code].remedy_zh)
    assert caught.value.en.endswith(kinds()[code].remedy_en)
    assert "{" not in str(caught.value)


def test_too_few_rows_are_refused() -> None:
    """A file that is much shorter than a source's files are is refused."""
    with pytest.raises(ProblemError, match="至少应有100行"):
        Source(name="x", minimum_rows=100).count_rows(99)
    assert Source(name="x", minimum_rows=100, maximum_rows=100).count_rows(100) is None


def test_every_kind_has_its_example() -> None:
    """A kind of finding that no test provokes is not in the catalogue."""
    refused = FILES.keys() | RAW.keys() | {"header_hidden", "too_few_rows"}
    provoked = CELLS.keys() | TABLES.keys() | refused
    assert provoked == kinds().keys()


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: str(kind.code))
def test_both_languages_say_the_same(kind: Kind) -> None:
    """The texts of a kind mention the same things in both languages."""
    for text in ("message", "remedy"):
        zh, en = (mentioned(getattr(kind, f"{text}_{lang}")) for lang in ("zh", "en"))
        assert zh == en


def mentioned(template: str) -> set[str]:
    """What a text mentions, without the language."""
    names = (name for _, name, _, _ in Formatter().parse(template) if name)
    return {name.removesuffix("_zh").removesuffix("_en") for name in names}


@pytest.mark.parametrize("name", ["party_name", "person_id_no", "tax_no", "legal_representative"])
def test_what_may_name_a_person_is_not_shown(name: str) -> None:
    """Values of masked and internal fields never appear in a finding."""
    found = problem("too_long", PENALTY[name], "张示例13800138000", length=9, limit=1)
    assert found.shown == MASK
    assert "张示例" not in found.message("zh") + found.message("en") + repr(found)


def test_words_of_free_texts_are_not_shown() -> None:
    """A free text may name anybody: what is shown of it is the sign that is wrong."""
    found = problem("replacement_character", PENALTY["facts"], f"当事人张示例{RESIDENT}未标\ufffd")
    assert found.shown == "…***…\ufffd"
    assert problem("spreadsheet_error", PENALTY["facts"], "#REF!").shown == "#REF!"


def test_an_identity_number_in_place_of_a_code_is_not_shown() -> None:
    """The number that a clerk put into the wrong column stays out of the findings."""
    assert RESIDENT not in repr(found_by("uscc_is_id_number"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [("短", "短"), ("两\n行", "两 行"), ("长" * 41, "长" * 39 + "…"), ("宽" * 40, "宽" * SHOWN)],
)
def test_values_are_shown_on_one_short_line(text: str, shown: str) -> None:
    """A value stands in a sentence: one line, at most forty characters."""
    assert shorten(text) == shown


def test_the_reference_page_names_every_kind() -> None:
    """The generated page has one row per kind."""
    rows = [line for line in findings_markdown().splitlines() if line.startswith("| `")]
    assert sorted(row.split("`")[1] for row in rows) == sorted(kinds())
    assert all(row.count("|") == 5 for row in rows)


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: str(kind.code))
def test_each_kind_has_a_true_example(kind: Kind) -> None:
    """What the page shows is a whole sentence about this mistake and no other."""
    said = example_of(kind)
    assert said.code == kind.code
    for lang in ("zh", "en"):
        assert "{" not in said.message(lang) + said.remedy(lang)
    type_name, _, name = kind.example[0].partition(".")
    if name and kind.example[1]:
        found = {p.code for p in cleaner(record_type(type_name)[name])(kind.example[1]).problems}
        assert found <= {kind.code}
