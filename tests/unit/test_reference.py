"""Reference tables: what is wrong in them is named, and a body is found as it stood on a day."""

import csv
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.errors import UsageError
from publish.handin.findings import Problem
from publish.handin.offices import Offices
from publish.handin.source import Source
from publish.reference import (
    Alias,
    CatalogueItem,
    CreditList,
    Department,
    Reference,
    check_reference,
    load_reference,
)
from publish.schema import record_type, types_of
from publish.tables import write_table
from tests.unit.handed import ROOT, check, codes, example
from tests.unit.tabled import Row, body, known, tables, troubles

SHARED = "11990100006900376R"
OTHER = "11990100006900747G"
FIRST = date(2020, 1, 1)


def item(**changes: str) -> dict[str, str]:
    """An item of the catalogue."""
    blank = dict.fromkeys(record_type("catalogue").by_name, "")
    return blank | {
        "department": "a", "item_code": "1", "item_zh": "事项", "record_type": "licence"
    } | changes  # fmt: skip


# Tables --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("department", Department),
        ("alias", Alias),
        ("credit_list", CreditList),
        ("catalogue", CatalogueItem),
    ],
)
def test_rows_have_the_fields_of_their_schema(name: str, row: type) -> None:
    """The typed row of a table has the fields of its schema file, in order."""
    assert tuple(f.name for f in fields(row)) == tuple(record_type(name).by_name)


@pytest.mark.parametrize("folder", ["data/reference", "data/demo/real/us-fda"])
def test_the_tables_in_the_repository_are_right(folder: str) -> None:
    """Nothing is wrong in the tables that come with the project, and cleaning changes no cell."""
    found, wrong = check_reference(ROOT / folder)
    assert wrong == []
    for name, lines in found.items():
        path = ROOT / folder / str(record_type(name).file)
        if path.exists():
            with path.open(encoding="utf-8", newline="") as file:
                assert list(csv.DictReader(file)) == [line.values for line in lines]


WRONG: list[tuple[dict[str, list[Row]], list[tuple[str, int, str]]]] = [
    ({"department": [body("a"), body("b")]}, []),
    (
        {"department": [body("a"), body("a", name_zh="示例市别局", name_en="Else")]},
        [("department", 3, "reference_twice")],
    ),
    (
        {"department": [body("a")], "alias": [{"alias": "别名", "code": "z"}]},
        [("alias", 2, "unknown_department")],
    ),
    ({"department": [body("a", parent="z")]}, [("department", 2, "unknown_department")]),
    ({"department": [body("a")], "catalogue": [item()]}, []),
    ({"catalogue": [item()]}, [("catalogue", 2, "unknown_department")]),
    (
        {"department": [body("a", valid_from="2026-02-01", valid_to="2026-01-31")]},
        [("department", 2, "reference_reversed")],
    ),
    (
        {"department": [body("a", uscc=SHARED), body("b", uscc=SHARED)]},
        [("department", 3, "reference_shared")],
    ),
    (
        {"department": [body("a"), body("b")], "alias": [{"alias": "示例市A局", "code": "b"}]},
        [("alias", 2, "reference_shared")],
    ),
    (
        {"department": [body("a", valid_to="2026-01-31"), body("b", name_zh="示例市a局")]},
        [("department", 3, "reference_shared")],
    ),
    (
        {
            "department": [
                body("a", uscc=SHARED, valid_to="2026-01-31", successor="b"),
                body("b", uscc=SHARED, valid_from="2026-02-01"),
            ]
        },
        [],
    ),
    ({"department": [body("a", successor="b"), body("b")]},
     [("department", 2, "reference_succession")]),
    (
        {
            "department": [
                body("a", valid_to="2026-01-31", successor="b"),
                body("b", valid_from="2026-02-02"),
            ]
        },
        [("department", 2, "reference_succession")],
    ),
    (
        {
            "department": [
                body("a", valid_to="2026-01-31", successor="b"),
                body("b", valid_to="2026-01-31"),
            ]
        },
        [("department", 2, "reference_succession")],
    ),
    (
        {"department": [body("a", parent="b"), body("b", parent="a")]},
        [("department", 2, "reference_circle"), ("department", 3, "reference_circle")],
    ),
    ({"department": [body("a", parent="a")]}, [("department", 2, "reference_circle")]),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), WRONG)
def test_what_is_wrong_between_rows_is_named(
    rows: dict[str, list[Row]], expected: list[tuple[str, int, str]]
) -> None:
    """Each mistake is told once, with its table, line and kind."""
    found = troubles(**rows)
    files = {str(t.file): name for name, t in types_of("reference").items()}
    assert [(files[str(t.path)], t.line, t.problem.code) for t in found] == expected
    assert all("{" not in t.text(lang) for t in found for lang in ("zh", "en"))


def test_an_error_names_file_line_field_and_remedy(tmp_path: Path) -> None:
    """The first mistake of a project's tables is told in full, and how many more there are."""
    rows = [body("a", uscc="11990100006900376r", name_zh=""), body("b", valid_from="昨天")]
    path = tmp_path / "departments.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(UsageError) as caught:
        load_reference(tmp_path)
    assert f"{path} 第 2 行：“统一社会信用代码”" in caught.value.zh
    assert "请" in caught.value.zh and "另有 2 处问题" in caught.value.zh
    assert f"{path} line 2: “unified social credit code”" in caught.value.en
    assert "There are 2 more" in caught.value.en


@pytest.mark.parametrize(
    "content",
    [
        b"code,name\na,b\n",
        "部门".encode("gb18030"),
        (",".join(record_type("department").by_name) + "\na,b\n").encode(),
    ],
)
def test_a_file_that_is_no_table_is_wrong_use(content: bytes, tmp_path: Path) -> None:
    """Another header, another encoding, a short row: a clear error, no trace."""
    (tmp_path / "departments.csv").write_bytes(content)
    with pytest.raises(UsageError, match=r"departments\.csv"):
        load_reference(tmp_path)


def test_a_table_is_written_as_it_is_read(tmp_path: Path) -> None:
    """Written and read again, the tables of the demo city are the same."""
    found, _ = check_reference(ROOT / "data/reference")
    for name, lines in found.items():
        table = record_type(name)
        write_table(tmp_path / str(table.file), table, lines)
    again, wrong = check_reference(tmp_path)
    assert wrong == []
    assert {n: [line.values for line in lines] for n, lines in again.items()} == {
        n: [line.values for line in lines] for n, lines in found.items()
    }


def test_nan_is_a_code() -> None:
    """The code of Nantou is no blank, though spreadsheets write NaN for one."""
    (line,) = tables(department=[body("NAN")])["department"]
    assert line.values["code"] == "NAN"


def test_the_catalogue_may_allow_an_item_fewer_days() -> None:
    """An item's own deadline holds while it is listed; without one the usual days do."""
    listed = CatalogueItem(**item(deadline_days="2", valid_from="2026-01-01"))
    usual = CatalogueItem(**item(item_code="2"))
    both = {(one.department, one.item_code): one for one in (listed, usual)}
    held = Reference({}, {}, both, ())
    assert held.deadline_days("a", "1", "2026-01-01") == 2
    assert held.deadline_days("a", "1", "2025-12-31") is None
    assert held.deadline_days("a", "2", "2026-01-01") is None
    assert held.deadline_days("b", "1", "2026-01-01") is None
    assert held.deadline_days("a", None, "2026-01-01") is None


# Lineage -------------------------------------------------------------------------------------


@st.composite
def renamings(draw: st.DrawFn) -> list[dict[str, str]]:
    """A body renamed some times, each name with its own days; it may keep its credit code."""
    keeps = draw(st.booleans())
    lengths = draw(st.lists(st.integers(1, 400), min_size=2, max_size=5))
    rows, start = [], FIRST
    for number, days in enumerate(lengths):
        last = number + 1 == len(lengths)
        end = start + timedelta(days=days - 1)
        rows.append(
            body(
                f"n{number}",
                uscc=SHARED if keeps or last else "",
                valid_from=start.isoformat() if number else "",
                valid_to="" if last else end.isoformat(),
                successor="" if last else f"n{number + 1}",
            )
        )
        start = end + timedelta(days=1)
    return rows


@given(renamings(), st.data())
def test_a_renamed_body_is_found_under_every_name_as_it_stood(
    rows: list[dict[str, str]], data: st.DataObject
) -> None:
    """Whatever name, code or credit code of a line is given, the day decides which body it is."""
    assert troubles(department=rows) == []
    held = known(*data.draw(st.permutations(rows)))
    day = (FIRST + timedelta(days=data.draw(st.integers(-10, 2100)))).isoformat()
    stood = [r["code"] for r in rows if r["valid_from"] <= day <= (r["valid_to"] or "9999")]
    given_row = data.draw(st.sampled_from(rows))
    for uscc, name in (
        (None, given_row["name_zh"]),
        (None, given_row["name_en"].upper()),
        (given_row["code"], None),
        (given_row["uscc"] or None, given_row["name_zh"]),
    ):
        assert [held.resolve(uscc, name, day)] == stood
    assert held.heir(given_row["code"]) == rows[-1]["code"]


@given(renamings(), st.integers(-10, 2100))
def test_a_row_goes_to_the_body_that_stood_that_day(
    rows: list[dict[str, str]], offset: int
) -> None:
    """The offices of intake agree with the tables, for one key asked again and again."""
    held = known(*rows)
    offices = Offices(record_type("penalty"), Source(name="x"), held)
    for days in (offset, offset + 37, offset):
        day = (FIRST + timedelta(days=days)).isoformat()
        values = {"authority": rows[0]["name_zh"], "decision_date": day}
        assert offices.settle(values, []) == held.resolve(None, rows[0]["name_zh"], day)


MERGED = (
    body("old", uscc=SHARED, valid_to="2025-03-31", successor="new"),
    body("gone", valid_to="2025-03-31", successor="new"),
    body("new", uscc=OTHER, valid_from="2025-04-01"),
)


@pytest.mark.parametrize(
    ("uscc", "name", "day", "expected", "found"),
    [
        (SHARED, "示例市old局", "2025-03-31", "old", set()),
        (SHARED, "示例市old局", "2025-04-01", "new", {"authority_succeeded"}),
        (OTHER, "示例市new局", "2025-04-01", "new", set()),
        (OTHER, "示例市old局", "2025-04-01", "new", {"authority_succeeded"}),
        # Two bodies went into it: nobody can know which of them decided.
        (OTHER, "示例市new局", "2025-03-31", "new", {"authority_not_in_office"}),
        (OTHER, "示例市gone局", "2025-03-31", "new",
         {"authority_disagrees", "authority_not_in_office"}),
    ],
)  # fmt: skip
def test_merged_bodies(uscc: str, name: str, day: str, expected: str, found: set[str]) -> None:
    """After a merger the successor takes over; before, only a name that leads to one body does."""
    offices = Offices(record_type("penalty"), Source(name="x"), known(*MERGED))
    problems: list[Problem] = []
    values = {"authority": name, "authority_uscc": uscc, "decision_date": day}
    assert offices.settle(values, problems) == expected
    assert {p.code for p in problems} == found


def test_a_source_of_a_renamed_department_fills_in_the_name_of_the_day() -> None:
    """A row that leaves its authority blank gets the name that the department bore then."""
    rows = (
        body("old", uscc=SHARED, valid_to="2025-12-31", successor="new"),
        body("new", uscc=SHARED, valid_from="2026-01-01"),
    )
    source = Source(name="x", department="new")
    for day, code in (("2025/12/31", "old"), ("2026/01/05", "new")):
        row = example(authority="", authority_uscc="", decision_date=day)
        checked = check(row, source, known(*rows))
        assert (checked.department, checked.values["authority"]) == (code, f"示例市{code}局")
        assert codes(checked) == set()
