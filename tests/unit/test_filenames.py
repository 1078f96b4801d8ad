"""Which names of files the public sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.release.filenames import HIDDEN, PublicNames
from tests.unit.handed import reference

NAMES = PublicNames(reference())


@pytest.mark.parametrize(
    "name",
    [
        "示例市医疗保障局_行政许可_20250522.csv",
        "市监局行政处罚2026年3月公示数据（更正）.xlsx",
        "penalty 2026-03-04.json",
        "market_行政处罚_第2批.xls",
        "2026.csv",
    ],
)
def test_a_name_that_names_nobody_is_shown(name: str) -> None:
    """Departments, types, days and numbers of batches are evidence, and public anyway."""
    assert NAMES.show(name, None) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("行政处罚_张示例.xlsx", f"{HIDDEN}.xlsx"),
        ("示例市晨光食品有限公司.csv", f"{HIDDEN}.csv"),
        ("行政处罚_990101199001010019.csv", f"{HIDDEN}.csv"),
        ("990101 19900101 0019x.csv", f"{HIDDEN}.csv"),
        ("ZhangShili.csv", f"{HIDDEN}.csv"),
        ("张示例", HIDDEN),
    ],
)
def test_any_other_name_is_hidden(name: str, shown: str) -> None:
    """A party's name or number is not shown, and the ending is."""
    assert NAMES.show(name, None) == shown


def test_the_owner_of_a_source_chose_its_names() -> None:
    """Files of a declared source may have Latin names; Chinese ones are hidden all the same."""
    assert NAMES.show("fda_warning_letters.csv", "us-fda") == "fda_warning_letters.csv"
    assert NAMES.show("张示例.csv", "us-fda") == f"{HIDDEN}.csv"


@given(
    st.text("张李王示例赵钱", min_size=2, max_size=4), st.sampled_from(["行政处罚_{}", "{}2026"])
)
def test_no_name_of_a_person_is_shown(person: str, pattern: str) -> None:
    """Whatever stands around it, a word that is not known hides the whole name."""
    shown = NAMES.show(pattern.format(person) + ".csv", None)
    assert person not in shown.replace(HIDDEN, "")
