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
        ("ＪＯＨＮ　ＳＭＩＴＨ", "Ｊ********"),
        ("古丽娜尔 · 艾山", "古******"),
        ("ئالىم ئەخمەت", "ئ**********"),
        ("བཀྲ་ཤིས", "བ****"),
        ("ཚེ་", "**"),
        ("王·", "**"),
        ("王\u3164", "*"),
        ("欧阳·", "***"),
        ("王 建 国", "王**"),
        ("\U00020bb7\U00020bb7", "\U00020bb7*"),
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
    blank = "\u115f\u1160\u2800\u3164\uffa0"
    invisible = all(
        char.isspace() or unicodedata.category(char) == "Cf" or char in blank for char in name
    )
    assert (masked == "") is invisible
    assert invisible or (masked.endswith(MARK) and name not in masked)


@given(st.text(), st.text())
def test_some_letter_is_always_hidden(first: str, rest: str) -> None:
    """What is shown never holds all the letters of a name, whatever stands between them."""
    name = f"{first}王{rest}".replace(MARK, "")
    letters = [char for char in unicodedata.normalize("NFC", name) if char.isalnum()]
    assert mask_name(name).count(MARK) >= 1
    assert sum(char.isalnum() for char in mask_name(name)) < len(letters)


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
