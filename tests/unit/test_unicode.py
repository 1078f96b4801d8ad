"""Unicode: one name for all its spellings, rare characters kept, the original never lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.handin.clean import cleaner
from publish.schema import Field, record_type, record_types
from publish.tables import fold_name

NAME = record_type("penalty")["party_name"]
FACTS = record_type("penalty")["facts"]
STRINGS = [
    f
    for record in record_types().values()
    for f in record.fields
    if f.type == "string" and not f.codes
]
TEXTS = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from(" \n\u3000\u200b\u202e\ufeff·•‧・･（）()ｶﾞ\u3099\u0301𠮷㐂豈⼭ㄧ１Ａ示例市"),
    ),
    max_size=40,
)
PARTS = st.lists(st.sampled_from(["买买提", "示例", "𠮷", "㐂"]), min_size=2, max_size=4)
DOTS = st.lists(st.sampled_from("·•‧∙⋅・･"), min_size=3, max_size=3)


@pytest.mark.parametrize(
    ("where", "raw", "stored"),
    [
        (NAME, "阿依古丽•示例", "阿依古丽·示例"),
        (NAME, "阿依古丽‧示例・甲･乙∙丙⋅丁", "阿依古丽·示例·甲·乙·丙·丁"),
        (NAME, "ｱｲｽ･ｸﾘｰﾑ示例（上海）", "アイス·クリーム示例（上海）"),
        (NAME, "示例ｶﾞﾗｽ店", "示例ガラス店"),
        (NAME, "か\u3099示例", "が示例"),
        (NAME, "示例(集团)有限公司", "示例（集团）有限公司"),
        (NAME, "𠮷野示例店", "𠮷野示例店"),
        (NAME, "䶮示例", "䶮示例"),
        (NAME, "示例店😀", "示例店😀"),
        (NAME, "葛\U000e0100示例", "葛\U000e0100示例"),
        (NAME, "\u202e示例店\u061c", "示例店"),
        (NAME, "示例\U000e0041店", "示例店"),
        (FACTS, "当事人“阿依古丽•示例”销售ﾗｰﾒﾝ", "当事人“阿依古丽•示例”销售ﾗｰﾒﾝ"),
        (FACTS, "\u200f当事人\u2067未标价\u2069", "当事人未标价"),
    ],
)
def test_characters_of_all_kinds(where: Field, raw: str, stored: str) -> None:
    """Names have one form, free text keeps its own; what cannot be seen is taken out of both."""
    assert cleaner(where)(raw).value == stored


@given(PARTS, DOTS, DOTS)
def test_spellings_of_a_foreign_name_are_one(
    parts: list[str], one: list[str], two: list[str]
) -> None:
    """Whatever dots stand between the parts of a name it is one name, stored and compared."""
    names = [
        "".join(p + d for p, d in zip(parts, [*dots, ""], strict=False)) for dots in (one, two)
    ]
    stored = {cleaner(NAME)(name).value for name in names}
    assert len(stored) == 1
    assert len(set(map(fold_name, names))) == 1


@given(st.sampled_from(STRINGS), TEXTS)
def test_what_was_changed_is_kept_and_nothing_else(where: Field, raw: str) -> None:
    """The original is kept if and only if what is stored differs by more than white space."""
    cleaned = cleaner(where)(raw)
    if cleaned.value is not None:
        assert cleaned.changed == ("".join(raw.split()) != "".join(cleaned.value.split()))


@given(st.sampled_from(STRINGS), TEXTS)
def test_cleaning_twice_changes_nothing(where: Field, raw: str) -> None:
    """What is stored is stored the same again, and no original is kept of it."""
    stored = cleaner(where)(raw).value
    if stored is not None:
        again = cleaner(where)(stored)
        assert (again.value, again.changed) == (stored, False)


@given(st.text(st.characters(min_codepoint=0x20000, max_codepoint=0x323AF), min_size=1, max_size=9))
def test_rare_characters_are_kept(name: str) -> None:
    """Characters beyond the basic plane come out as they went in."""
    composed = cleaner(NAME)(name).value
    assert composed is not None and len(composed) == len(name)
