"""The two real files through their source files: every figure that their README states."""

import csv
from collections import Counter
from datetime import date
from functools import cache

import pytest

from publish.handin.header import Layout, layouts
from publish.handin.source import load_source
from publish.handin.validate import Checked, Validator
from publish.profile import load_profile
from publish.reference import load_reference
from tests.unit.handed import ROOT, codes

REAL = ROOT / "data/demo/real"
NAME_HEADING = "事業單位名稱(負責人)\n自然人姓名"
FILES = {"us-fda": "fda_warning_letters.csv", "tw-labor": "tw_labor_penalties_sample.csv"}


@cache
def taken_in(name: str) -> tuple[Layout, list[Checked]]:
    """A real file's layout and all its rows, checked."""
    source = load_source(ROOT / f"data/sources/{name}.toml")
    (layout,) = layouts(REAL / FILES[name], source)
    validator = Validator(layout, load_reference(REAL / name), date(2026, 3, 23))
    return layout, [validator.check(cells) for _, cells in layout.rows]


def raw(name: str) -> list[dict[str, str]]:
    """A real file as Python's own reader gives it."""
    with (REAL / FILES[name]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", FILES)
def test_every_column_is_understood(name: str) -> None:
    """No column of a real file is left over."""
    assert taken_in(name)[0].problems == ()


def test_the_letters_are_counted() -> None:
    """3,374 letters: three name no office and are rejected, two were posted before their date."""
    _, rows = taken_in("us-fda")
    found = Counter((p.code, p.field) for row in rows for p in row.problems)
    assert (len(rows), sum(row.rejected for row in rows)) == (3374, 3)
    assert found == {
        ("required_missing", "authority"): 3,
        ("required_missing", "source"): 3,
        ("published_before_decision", "department_published"): 2,
    }


def test_each_letter_says_what_the_file_says() -> None:
    """Dates, addresses, names and offices of every letter are those of the file."""
    for row, checked in zip(raw("us-fda"), taken_in("us-fda")[1], strict=True):
        values = checked.values
        month, day, year = row["letter_date"].split("/")
        assert values["decision_date"] == f"{year}-{month}-{day}"
        assert values["department_published_url"] == f"https://www.fda.gov{row['url']}"
        assert values["document_no"] == row["url"].rsplit("/", 1)[1]
        if not checked.rejected:
            assert values["authority_uscc"] == checked.department


def test_the_letters_have_48_offices_and_numbers_of_their_own() -> None:
    """Every letter falls to one of 48 offices, and no two have the same number."""
    rows = [row for row in taken_in("us-fda")[1] if not row.rejected]
    assert len({row.department for row in rows}) == 48
    assert len({row.values["document_no"] for row in rows}) == len(rows)


def test_originals_of_the_letters() -> None:
    """One name was changed by more than white space: an ohm sign became the Greek letter."""
    originals = [row.originals for row in taken_in("us-fda")[1] if row.originals]
    assert originals == [
        {"party_name": "Thang Botanicals, Inc. d/b/a 7\u2126HMZ, 7-OHMZ, or 7OHMZ"}
    ]


def test_the_labour_penalties_are_counted() -> None:
    """27 rows, none rejected; the three names with bopomofo for 一 are told."""
    _, rows = taken_in("tw-labor")
    assert (len(rows), any(row.rejected for row in rows)) == (27, False)
    assert [n for n, row in enumerate(rows, start=1) if row.problems] == [16, 17, 18]
    assert all(codes(row) == {"look_alike"} for row in rows if row.problems)


def test_the_shifted_header_is_put_right() -> None:
    """Each cell is under its own name, one to the left of where the file's header puts it."""
    for row, checked in zip(raw("tw-labor"), taken_in("tw-labor")[1], strict=True):
        assert checked.values["authority"] == row["編號"]
        assert checked.values["legal_basis"] == row["處分字號"]
        assert row["備註"] == ""


def test_years_of_the_republic_are_common_years() -> None:
    """106/06/05 is 2017-06-05, in both dates of all rows."""
    under = {"縣市／單位別": "department_published", NAME_HEADING: "decision_date"}
    for row, checked in zip(raw("tw-labor"), taken_in("tw-labor")[1], strict=True):
        for heading, field in under.items():
            year, month, day = row[heading].split("/")
            assert checked.values[field] == f"{int(year) + 1911}-{month}-{day}"


def test_line_breaks_and_look_alikes_are_mended() -> None:
    """Breaks inside cells are gone, ㄧ is 一, and the original name is kept."""
    _, rows = taken_in("tw-labor")
    third, sixteenth, twenty_third = rows[2], rows[15], rows[22]
    assert third.values["violation_kind"] == "每七日中未有二日之休息作為例假及休息日"
    assert twenty_third.values["document_no"] == "高市勞條字第10333583700號"
    assert sixteenth.values["party_name"] == "一五一絲綢織品有限公司"
    assert sixteenth.originals == {"party_name": "ㄧ五ㄧ絲綢織品有限公司"}


def test_the_one_amount_is_in_units_of_ten_thousand() -> None:
    """20,000 of row 19 is 2; the other rows announce none."""
    fines = [row.values.get("fine") for row in taken_in("tw-labor")[1]]
    assert fines == [None] * 18 + ["2"] + [None] * 8


def test_the_decision_announced_twice_is_one_document() -> None:
    """Rows 13 and 14 have the same authority, number and party, so that they are one record."""
    _, rows = taken_in("tw-labor")
    keys = [
        tuple(row.values[k] for k in ("authority_uscc", "document_no", "party_name"))
        for row in rows
    ]
    assert keys[12] == keys[13]
    assert len(set(keys)) == 26


def test_the_profile_of_the_labour_penalties_claims_no_deadline() -> None:
    """No clock runs for any type of record."""
    clocks = load_profile(ROOT / "data/profiles/tw-labor.toml").clocks
    assert (clocks.disclosure.latest.days, clocks.withdrawal) == ({}, None)


def test_declared_gaps_have_reasons() -> None:
    """What a source cannot give is declared with a reason, field by field."""
    for name in FILES:
        source = load_source(ROOT / f"data/sources/{name}.toml")
        record = taken_in(name)[0].record
        given = {*source.mapped, *source.constants, *source.extract}
        required = {f.name for f in record.fields if f.required}
        assert required - given == source.absent.keys() & required
