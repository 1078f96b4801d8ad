"""Masking of natural persons' names."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.disclose.mask import MARK, mask_name


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("欧阳修", "欧阳*"),
        ("歐陽修", "歐陽*"),
        ("諸葛孔明", "諸葛**"),
        ("欧阳", "欧*"),
        ("贺兰英", "贺**"),
        ("王", "*"),
        ("𠮷田一", "𠮷**"),
        ("𠮷", "*"),
        ("阿卜杜拉·买买提", "阿*******"),
        ("葛\U000e0100城", "葛\U000e0100*"),
        ("e\u0301lan", "é***"),
        ("John Smith", "J********"),
        (" 张　三 ", "张*"),
        ("\u200b张\u200b三", "张*"),
        ("张**", "张**"),
        ("*", "*"),
        ("", ""),
        (" \u3000", ""),
    ],
)
def test_the_first_character_is_shown_and_one_star_for_each_other(name: str, masked: str) -> None:
    """Surnames of two characters are kept whole when a given name follows; nothing else is."""
    assert mask_name(name) == masked


@given(st.text().filter(lambda name: MARK not in name))
def test_no_name_is_shown_whole(name: str) -> None:
    """Of every name with anything to see, something is hidden."""
    masked = mask_name(name)
    invisible = all(char.isspace() or unicodedata.category(char) == "Cf" for char in name)
    assert (masked == "") is invisible
    assert invisible or (masked.endswith(MARK) and masked != name)


@given(st.text())
def test_masking_twice_changes_nothing(name: str) -> None:
    """A masked name is its own mask."""
    assert mask_name(mask_name(name)) == mask_name(name)


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2))
def test_chinese_names_keep_their_length(name: str) -> None:
    """There is a star for each character that is not shown, and at most two are shown."""
    masked = mask_name(name)
    assert len(masked) == len(unicodedata.normalize("NFC", name))
    assert len(masked.rstrip(MARK)) <= min(2, len(name) - 1)
