"""Masking of natural persons' names."""

import unicodedata

MARK = "*"

# Names that are oftener a single surname and a given name (贺兰, 段干, 梁丘) are left out: one
# character less is shown of the few that are compound.
_LISTED = """
欧阳 歐陽 太史 端木 上官 司马 司馬 东方 東方 独孤 獨孤 南宫 南宮 万俟 萬俟 闻人 聞人
夏侯 诸葛 諸葛 尉迟 尉遲 公羊 赫连 赫連 澹台 澹臺 皇甫 宗政 濮阳 濮陽 公冶 太叔 申屠
公孙 公孫 慕容 仲孙 仲孫 钟离 鍾離 鐘離 长孙 長孫 宇文 司徒 鲜于 鮮于 司空 闾丘 閭丘
子车 子車 亓官 司寇 巫马 巫馬 公西 颛孙 顓孫 壤驷 壤駟 公良 漆雕 宰父 谷梁 穀梁 拓跋
夹谷 夾谷 轩辕 軒轅 令狐 百里 呼延 东郭 東郭 南门 南門 羊舌 微生 左丘 西门 西門 第五
单于 單于 淳于 纳兰 納蘭 叶赫 葉赫 那拉 耶律 完颜 完顏 仉督 归海 歸海 东门 東門
"""
# By their category letters or symbols, but nothing of them is seen.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_COMPOUND_SURNAMES = frozenset(_LISTED.split())


def mask_name(name: str) -> str:
    """Show of a natural person's name the first character and one * for each other.

    张三丰 becomes 张**; of a name with a compound surname and at least three characters the first
    two are shown (欧阳*). A name of one character becomes *, and where only dots and the like
    follow what would be shown, that is masked too, so that no name is ever shown whole.
    The same holds for names with a middle dot and in other scripts: the dot counts as a
    character, spaces and invisible characters are dropped. A mark that combines with a
    character counts with it, and a character beyond the basic plane counts once. A name that is
    masked already stays as it is.

    Args:
        name: the name in full.

    Returns:
        The masked name; empty only where the name holds nothing that can be seen.
    """
    characters = _characters(name)
    if len(characters) == 1:
        return MARK
    compound = len(characters) > 2 and "".join(characters[:2]) in _COMPOUND_SURNAMES
    shown = 2 if compound else 1
    if not any(char[0].isalnum() or char == MARK for char in characters[shown:]):
        shown = 0
    return "".join(characters[:shown]) + MARK * len(characters[shown:])


def _characters(name: str) -> list[str]:
    """Split a name into what a reader sees as characters."""
    seen: list[str] = []
    for char in unicodedata.normalize("NFC", "".join(name.split())):
        category = unicodedata.category(char)
        if seen and category[0] == "M":
            seen[-1] += char
        elif category != "Cf" and char not in _BLANK:
            seen.append(char)
    return seen
