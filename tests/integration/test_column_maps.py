"""Column maps: each way in which a source's columns become fields, from file to register."""

from pathlib import Path

import pytest

from publish.errors import ProblemError
from publish.handin.intake import Batch, Handing, intake
from tests.integration.fetched import AT, Place, penalty, place


@pytest.fixture
def tax(tmp_path: Path) -> Place:
    """A project."""
    return place(tmp_path / "project")


def hand_in(made: Place, rows: list[dict[str, str]], source: str = "") -> Batch:
    """Takes in rows as a file of a source."""
    made.source(source)
    path = made.project.root / "rows.csv"
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    path.write_text("\n".join(",".join(line) for line in lines) + "\n", "utf-8")
    with made.register() as register:
        (batch,) = intake(made.project, register, path, Handing(AT, source="tax"), lambda *_: None)
    return batch


def without(row: dict[str, str], *names: str, **more: str) -> dict[str, str]:
    """A row without some of its columns, and with others."""
    return {name: value for name, value in row.items() if name not in names} | more


class TestMapped:
    """A column becomes what the source says."""

    def test_renamed(self, tax: Place) -> None:
        """A heading of their own is a field, or several."""
        row = without(penalty(1), "facts", "violation_kind", 案由="未明码标价")
        batch = hand_in(tax, [row], '[columns]\n"案由" = ["facts", "violation_kind"]')
        (record,) = tax.records()
        assert (record["facts"], record["violation_kind"]) == ("未明码标价", "未明码标价")
        assert batch.findings == {}

    def test_constant(self, tax: Place) -> None:
        """A field that has no column has the same value in every row."""
        row = without(penalty(1), "status", "source")
        hand_in(tax, [row], '[constants]\nstatus = "正常"\nsource = "示例市税务局"')
        (record,) = tax.records()
        assert (record["status"], record["source"]) == ("0", "示例市税务局")

    def test_extracted(self, tax: Place) -> None:
        """A field is a part of a cell, which may fill another one whole."""
        row = without(penalty(1), "document_no", 文书="处罚决定书（示市税罚〔2026〕7号）")
        pattern = '[extract.document_no]\nfrom = "文书"\npattern = "（(.*)）"\n'
        hand_in(tax, [row], '[columns]\n"文书" = "remark"\n' + pattern)
        (record,) = tax.records()
        assert record["document_no"] == "示市税罚〔2026〕7号"
        assert record["remark"] == "处罚决定书（示市税罚〔2026〕7号）"

    @pytest.mark.parametrize("between", ["/", "／", " / "])
    def test_split(self, tax: Place, between: str) -> None:
        """A column holds two fields with a separator, in either width, between them."""
        row = penalty(1)
        both = f"{row['party_name']}{between}{row['uscc']}"
        source = '[split."当事人"]\nseparator = "/"\nfields = ["party_name", "uscc"]'
        batch = hand_in(tax, [without(row, "party_name", "uscc", 当事人=both)], source)
        (record,) = tax.records()
        assert (record["party_name"], record["uscc"]) == (row["party_name"], row["uscc"])
        assert batch.findings == {}

    def test_split_by_white_space(self, tax: Place) -> None:
        """White space parts codes too, although none is left within a code."""
        row = penalty(1)
        both = f"{row['uscc']} {row['document_no']}"
        source = '[split."号码"]\nseparator = " "\nfields = ["uscc", "document_no"]'
        hand_in(tax, [without(row, "document_no", "uscc", 号码=both)], source)
        assert tax.records()[0]["document_no"] == row["document_no"]

    def test_split_a_column_that_has_a_meaning(self, tax: Place) -> None:
        """What the source says of a heading stands in place of what it means elsewhere."""
        row = penalty(1)
        both = f"{row['party_name']};{row['uscc']}"
        source = '[split.party_name]\nseparator = ";"\nfields = ["party_name", "uscc"]'
        hand_in(tax, [without(row, "uscc", party_name=both)], source)
        assert tax.records()[0]["uscc"] == row["uscc"]

    @pytest.mark.parametrize(
        ("cell", "finding"),
        [
            ("示例市某公司", "pattern_not_matched"),
            ("a/b/c", "pattern_not_matched"),
            ("/91990100MA00000073", "required_missing"),
            ("示例市某公司/", "uscc_missing"),
            ("", "required_missing"),
        ],
    )
    def test_split_into_too_few_or_too_many(self, tax: Place, cell: str, finding: str) -> None:
        """A cell without just as many parts, or with a blank one that is required, is an error."""
        source = '[split."当事人"]\nseparator = "/"\nfields = ["party_name", "uscc"]'
        batch = hand_in(tax, [without(penalty(1), "party_name", "uscc", 当事人=cell)], source)
        assert batch.rejected == 1
        assert finding in batch.findings

    def test_dates(self, tax: Place) -> None:
        """Each field's dates may be written otherwise: years of the Republic, American order."""
        row = penalty(1, decision_date="115/03/04", valid_to="03/05/2027")
        hand_in(tax, [row], '[dates]\ndecision_date = "roc"\nvalid_to = "%m/%d/%Y"')
        (record,) = tax.records()
        assert (record["decision_date"], record["valid_to"]) == ("2026-03-04", "2027-03-05")

    def test_codes(self, tax: Place) -> None:
        """Their values of a coded field are translated; ours are still understood."""
        rows = [penalty(1, status="结案"), penalty(2, status="0")]
        hand_in(tax, rows, '[codes.status]\n"结案" = "3"')
        assert [record["status"] for record in tax.records()] == ["3", "0"]

    def test_units(self, tax: Place) -> None:
        """Amounts in yuan become units of ten thousand; one that says its unit is what it says."""
        rows = [penalty(1, fine="25000"), penalty(2, fine="2.5万元")]
        hand_in(tax, rows, '[units]\nfine = "yuan"')
        assert [record["fine"] for record in tax.records()] == ["2.5", "2.5"]

    def test_ignored(self, tax: Place) -> None:
        """A column that is known and not needed is no finding."""
        batch = hand_in(tax, [penalty(1) | {"序号": "1"}], 'ignore = ["序号"]')
        assert (batch.findings, batch.counts.new) == ({}, 1)

    def test_neither_mapped_nor_ignored(self, tax: Place) -> None:
        """Any other column is told, and the rows are taken in."""
        batch = hand_in(tax, [penalty(1) | {"天气": "晴"}])
        assert (batch.findings, batch.counts.new) == ({"unmapped_column": 1}, 1)

    def test_of_a_department(self, tax: Place) -> None:
        """Rows that name no authority are the department's."""
        row = without(penalty(1), "authority", "authority_uscc")
        hand_in(tax, [row], 'department = "market"')
        assert tax.rows("SELECT department FROM version") == [("market",)]


class TestHowMany:
    """How many rows a hand-in has."""

    def test_too_few(self, tax: Place) -> None:
        """Fewer than the source's least are refused as a whole."""
        with pytest.raises(ProblemError, match="at least 2"):
            hand_in(tax, [penalty(1)], "minimum_rows = 2")
        assert tax.rows("SELECT count(*) FROM version") == [(0,)]

    def test_too_many(self, tax: Place) -> None:
        """More than its most are taken in with a warning."""
        batch = hand_in(tax, [penalty(1), penalty(2)], "maximum_rows = 1")
        assert (batch.findings, batch.counts.new) == ({"too_many_rows": 1}, 2)

    def test_without_a_source(self, tax: Place) -> None:
        """A hand-in without a source may have any number of rows."""
        batch = hand_in(tax, [penalty(n) for n in range(1, 51)])
        assert (batch.findings, batch.counts.new) == ({}, 50)
