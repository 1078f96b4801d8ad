"""Names of files as the public may see them.

A department names its files as it likes, also after a person or a company whose record the law
keeps private. What a file is called is evidence, but no law opens it: only words that say nothing
about a party are shown. The checksum stands beside the name and identifies the file in any case.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from publish.reference import Reference
from publish.schema import RECORD_TYPES, record_type

HIDDEN = "〔文件名略〕"
"""What stands for a name that says more than whose rows of what kind it holds, and when."""

_WORDS = (
    *("公示", "报送", "数据", "信息", "明细", "汇总", "台账", "清单", "导出", "上报", "反馈"),
    *("更正", "补报", "新增", "修改", "退回", "周报", "月报", "季度", "半年", "年度", "月份"),
)
_OTHER = (
    "第?(?<![0-9])[0-9]{1,8}(?![0-9])[年月日周批期号版份表至]?"
    r"|[\s_+,.;:()\[\]—–~，。、：；（）【】〔〕-]"
)
_LATIN = "[A-Za-z]+"


class PublicNames:
    """Shows file names, or hides them.

    Args:
        reference: whose departments' names may stand in a file's name.
    """

    def __init__(self, reference: Reference) -> None:
        words = sorted(set(_known(reference)), key=len, reverse=True)
        known = "|".join((*map(re.escape, words), _OTHER))
        self._own = re.compile(f"(?:{known})+", re.IGNORECASE)
        self._declared = re.compile(f"(?:{known}|{_LATIN})+", re.IGNORECASE)

    def show(self, file_name: str, source: str | None) -> str:
        """The name if the public may see it, else only its ending.

        Args:
            source: the declared source that the file came from, whose owner chose its name in
                Latin letters; None if a department handed it in.
        """
        path = PurePath(file_name)
        allowed = self._declared if source else self._own
        return file_name if allowed.fullmatch(path.stem) else HIDDEN + path.suffix


def _known(reference: Reference) -> Iterator[str]:
    """Words that say whose rows of what kind a file holds."""
    yield from _WORDS
    for body in reference.departments.values():
        yield from _filled((body.name_zh, body.name_en, body.short_zh, body.short_en, body.code))
    yield from _filled(one.alias for one in reference.aliases)
    for name in RECORD_TYPES:
        record = record_type(name)
        yield from (record.title_zh, record.one_zh, record.title_en, record.one_en, record.name)


def _filled(words: Iterable[str]) -> Iterator[str]:
    """Words that are not blank."""
    return (word for word in words if word)
