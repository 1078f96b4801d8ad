"""The edition of 2015: recognised, read in full, no person made public by what it leaves out."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.errors import ProblemError
from publish.handin import uscc
from publish.handin.edition import (
    KIND,
    Edition,
    editions,
    is_registration_number,
    kind_of_party,
)
from publish.handin.header import Layout
from publish.handin.rules import SOLE_TRADER
from publish.handin.source import Source
from publish.handin.validate import Checked, Validator
from publish.schema import ORGANISATION, PERSON, record_type
from tests.unit.handed import PERSON as A_PERSON
from tests.unit.handed import RECEIVED, codes, layout, reference

RESIDENT = A_PERSON["person_id_no"]
COMPANY, SHOP = "91990100MA00000073", "92990100MA0000000"
SHOP += uscc.check_character(SHOP)
OLD_CODE, OLD_COMPANY, OLD_SHOP = "00690037-6", "990100100000019", "990100600000017"
LICENCE = {
    "行政许可决定书文号": "示例市监许〔2016〕1号",
    "项目名称": "食品经营许可",
    "审批类别": "其他",
    "许可内容": "食品销售",
    "行政相对人名称": "示例市晨光食品有限公司",
    "行政相对人代码_1 (统一社会信用代码)": COMPANY,
    "行政相对人代码_2 (组织机构代码)": "",
    "行政相对人代码_3 (工商登记码)": "",
    "行政相对人代码_4 (税务登记号)": "",
    "行政相对人代码_5 (居民身份证号)": "",
    "法定代表人姓名": "张示例",
    "许可决定日期": "2016/3/4",
    "许可截止期": "2020/3/3",
    "许可机关": "示例市市场监督管理局",
    "当前状态": "0",
    "地方编码": "990100",
    "数据更新时间戳": "2016/3/5",
    "备注": "",
}
PENALTY = {
    "CF_WSH": "示例市监罚〔2016〕1号",
    "CF_CFMC": "未明码标价案",
    "CF_CFLB1": "罚款",
    "CF_CFLB2": "/",
    "CF_SY": "未明码标价",
    "CF_YJ": "《中华人民共和国价格法》第四十二条",
    "CF_XDR_MC": "示例市晨光食品有限公司",
    "CF_XDR_SHXYM": COMPANY,
    "CF_XDR_ZDM": "",
    "CF_XDR_GSDJ": "",
    "CF_XDR_SWDJ": "",
    "CF_XDR_SFZ": "",
    "CF_FR": "张示例",
    "CF_JG": "罚款1000元",
    "CF_JDRQ": "2016/3/4",
    "CF_XZJG": "示例市市场监督管理局",
    "CF_ZT": "0",
    "DFBM": "990100",
    "SJC": "2016/3/5",
    "BZ": "",
}


def read_so(row: dict[str, str], source: Source | None = None) -> tuple[Layout, Checked]:
    """A row by the headings of 2015, checked."""
    table = layout([list(row), list(row.values())], source)
    ((_, cells),) = table.rows
    return table, Validator(table, reference(), RECEIVED).check(cells)


@pytest.mark.parametrize(("name", "row"), [("licence", LICENCE), ("penalty", PENALTY)])
def test_a_file_of_2015_is_read_in_full(name: str, row: dict[str, str]) -> None:
    """All its columns are known, a notice says so, and what it lacks is no error."""
    table, checked = read_so(row)
    assert (table.record.name, [p.code for p in table.problems]) == (name, ["older_edition"])
    assert codes(checked) == set()
    values = checked.values
    assert (values["uscc"], values[KIND]) == (COMPANY, ORGANISATION)
    assert values["authority_uscc"] == "11990100006900376R"
    assert values["legal_representative"] == "张示例"
    assert record_type(name)["legal_representative"].disclosure == "internal"
    assert values["decision_date"] == "2016-03-04"


def test_headings_and_codes_may_be_mixed_in_any_order() -> None:
    """Each field goes by its code or its Chinese heading, whatever its place."""
    for edition in editions():
        first, last = (
            [headings[place] for headings in edition.headings.values()] for place in (0, -1)
        )
        mixed = [pair[n % 2] for n, pair in enumerate(zip(first, last, strict=True))]
        for header in (first, last, mixed, mixed[::-1]):
            table = layout([header])
            assert isinstance(table.source, Edition)
            assert table.positions.keys() == {*edition.headings, KIND}


def test_todays_files_are_read_by_todays_edition() -> None:
    """A file of 2018 is never taken for one of 2015, also where a column is missing."""
    for name in ("licence", "penalty"):
        record = record_type(name)
        titles = [f.title_zh for f in record.fields]
        assert not isinstance(layout([titles]).source, Edition)
        for left_out in (f.title_zh for f in record.fields if f.required):
            with pytest.raises(ProblemError, match=left_out):
                layout([[t for t in titles if t != left_out]], type_name=name)


def test_a_missing_column_is_called_by_its_name_of_2015() -> None:
    """What a file of 2015 lacks is named by the headings of 2015."""
    for row, missing in ((LICENCE, "审批类别"), (PENALTY, "CF_XZJG")):
        with pytest.raises(ProblemError, match=r"审批类别|处罚机关"):
            layout([[heading for heading in row if heading != missing]])


def test_numbered_codes_go_by_what_they_are() -> None:
    """行政相对人代码_2 is another code in each edition: what stands in brackets counts."""
    titles = {f.title_zh: f.name for f in record_type("licence").fields}
    titles["行政相对人代码_2（工商注册号）"] = titles.pop("工商注册号")
    titles["行政相对人代码＿3 (组织机构代码)"] = titles.pop("组织机构代码")
    found = layout([list(titles)])
    assert {list(titles)[i]: name for name, i in found.positions.items()} == titles


@pytest.mark.parametrize(
    ("first", "second", "kinds"),
    [
        ("罚款", "", "罚款"),
        ("罚款", "没收违法所得", "罚款;没收违法所得、没收非法财物"),
        ("", "警告", "警告"),
        ("罚款", "罚款", "罚款"),
        ("其他", "—", "其他-2015年版未写明"),
    ],
)
def test_both_kinds_of_penalty_count(first: str, second: str, kinds: str) -> None:
    """What 处罚类别2 says is added to 处罚类别1."""
    row = PENALTY | {"CF_CFLB1": first, "CF_CFLB2": second}
    assert read_so(row)[1].values["penalty_kind"] == kinds


@pytest.mark.parametrize(
    ("numbers", "kind", "finding"),
    [
        ({"SHXYM": COMPANY}, ORGANISATION, None),
        ({"SHXYM": f"{COMPANY}\u200b", "SFZ": RESIDENT}, ORGANISATION, "control_character"),
        ({"SFZ": f"{RESIDENT}\u200b"}, PERSON, "control_character"),
        ({"SFZ": "\u200b"}, None, "party_kind_unclear"),
        ({"SHXYM": COMPANY, "SFZ": RESIDENT}, ORGANISATION, None),
        ({"SHXYM": SHOP, "SFZ": RESIDENT}, SOLE_TRADER, None),
        ({"GSDJ": OLD_COMPANY}, ORGANISATION, None),
        ({"GSDJ": OLD_SHOP, "SFZ": RESIDENT}, SOLE_TRADER, None),
        ({"ZDM": OLD_CODE, "SFZ": RESIDENT}, ORGANISATION, None),
        ({"SFZ": RESIDENT}, PERSON, None),
        ({"SFZ": RESIDENT, "SWDJ": "9901"}, PERSON, None),
        ({}, None, "party_kind_unclear"),
        ({"SWDJ": "990100123456789"}, None, "party_kind_unclear"),
        ({"GSDJ": "3301001234567"}, None, "party_kind_unclear"),
        ({"GSDJ": "3301001234567", "SFZ": RESIDENT}, None, "party_kind_unclear"),
        ({"GSDJ": OLD_SHOP[:-1] + "9"}, None, "party_kind_unclear"),
        ({"ZDM": "12345678-0"}, None, "party_kind_unclear"),
        ({"SHXYM": uscc.NONE_GIVEN}, None, "uscc_placeholder"),
        ({"SHXYM": uscc.NONE_GIVEN, "SFZ": RESIDENT}, None, "uscc_placeholder"),
        ({"SHXYM": uscc.NONE_GIVEN, "GSDJ": OLD_SHOP}, SOLE_TRADER, None),
        ({"SFZ": "E12345678"}, None, "party_kind_unclear"),
        ({"SFZ": RESIDENT[:-1] + "1"}, None, "id_number_invalid"),
        ({"SHXYM": COMPANY[:-1] + "0", "SFZ": RESIDENT}, None, "uscc_check_character"),
        ({"SHXYM": RESIDENT}, None, "uscc_is_id_number"),
    ],
)
def test_the_kind_of_party_is_told_by_numbers(
    numbers: dict[str, str], kind: str | None, finding: str | None
) -> None:
    """Codes tell organisations and sole traders, an identity number alone a person; else ask."""
    row = PENALTY | {"CF_XDR_SHXYM": ""} | {f"CF_XDR_{k}": v for k, v in numbers.items()}
    _, checked = read_so(row)
    assert (checked.values.get(KIND), codes(checked)) == (kind, {finding} if finding else set())
    assert checked.rejected is (kind is None)


def test_an_identity_number_is_that_of_its_bearer() -> None:
    """Beside an organisation's code the number is its representative's, else the party's own."""
    company = read_so(PENALTY | {"CF_XDR_SFZ": RESIDENT})[1].values
    person = read_so(PENALTY | {"CF_XDR_SHXYM": "", "CF_XDR_SFZ": RESIDENT})[1].values
    assert (company.get("person_id_no"), company["legal_rep_id_no"]) == (None, RESIDENT)
    assert (person["person_id_no"], person["person_id_type"]) == (RESIDENT, "身份证")
    assert "legal_rep_id_no" not in person


def test_no_row_passes_without_a_kind() -> None:
    """Where nothing tells the kind of party, or it is not asked for, the row is rejected."""
    table = layout([list(PENALTY), list(PENALTY.values())])
    ((_, cells),) = table.rows
    checked = Validator(table, reference(), RECEIVED).check(cells)
    assert checked.rejected is (KIND not in checked.values)


def test_a_kind_that_is_given_counts() -> None:
    """A column for the kind of party, added by the clerk, settles what numbers do not."""
    row = PENALTY | {"CF_XDR_SHXYM": "", "行政相对人类别": ORGANISATION}
    assert read_so(row)[1].values[KIND] == ORGANISATION
    wrong = PENALTY | {"CF_XDR_SHXYM": "", "行政相对人类别": "公司"}
    assert codes(read_so(wrong)[1]) == {"not_in_code_list"}
    contrary = PENALTY | {"行政相对人类别": PERSON, "CF_XDR_SFZ": RESIDENT}
    assert codes(read_so(contrary)[1]) == {"person_with_uscc"}


def test_a_source_goes_before_the_edition() -> None:
    """A department's own headings, codes and department join those of the edition."""
    source = Source.model_validate(
        {
            "name": "own",
            "record_type": "penalty",
            "department": "market",
            "columns": {"文书编号": "document_no"},
            "codes": {"penalty_kind": {"3": "罚款"}},
        }
    )
    row = {"文书编号" if key == "CF_WSH" else key: value for key, value in PENALTY.items()}
    del row["CF_XZJG"]
    table, checked = read_so(row | {"CF_CFLB1": "3"}, source)
    assert (table.source.name, checked.department, codes(checked)) == ("own", "market", set())
    assert checked.values["penalty_kind"] == "罚款"
    assert checked.values["document_no"] == "示例市监罚〔2016〕1号"


def test_editions_are_sources_whose_gaps_have_reasons() -> None:
    """What today's edition requires is there or declared with its reason, field by field."""
    for edition in editions():
        record = record_type(str(edition.record_type))
        required = {f.name for f in record.fields if f.required}
        assert required - edition.headings.keys() <= edition.absent.keys() | {KIND}


TEXT = st.text("0123456789X-", max_size=18)
PARTS: Sequence[str] = ("uscc", "registration_no", "organisation_code", "person_id_no", "tax_no")


@given(st.fixed_dictionaries({}, optional={name: TEXT for name in PARTS if name != "uscc"}))
def test_no_kind_without_evidence(values: dict[str, str]) -> None:
    """Random numbers make nobody an organisation unless their check characters are right."""
    kind = kind_of_party(values)
    if kind in {ORGANISATION, SOLE_TRADER}:
        assert is_registration_number(
            values.get("registration_no", "")
        ) or uscc.organisation_code_is_valid(values.get("organisation_code", ""))


@given(st.text("0123456789", min_size=14, max_size=14))
def test_one_last_digit_is_right(first: str) -> None:
    """Of ten registration numbers that differ in their last digit one is right."""
    assert sum(is_registration_number(f"{first}{last}") for last in range(10)) == 1


def test_a_licence_that_is_not_for_the_public_says_so() -> None:
    """The supplement's scope of use is read for licences too, so that they can be withheld."""
    values = read_so(LICENCE | {"SYFW": "1"})[1].values
    assert values[record_type("licence").roles["scope"]] == "1"
