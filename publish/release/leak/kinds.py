"""What sorts of values must not be in a public byte, and what may explain one that is."""

from enum import IntEnum
from typing import Literal

Source = Literal["site", "codes", "public"]
"""Where a value may lawfully stand: in the site's own texts (templates, content, reference tables),
among the public codes of records, or in any public value of a record."""


class Kind(IntEnum):
    """A sort of value, the strictest first.

    Attributes:
        zh: what it is called in Chinese.
        en: what it is called in English.
        explained_by: where it may stand without being a leak.
    """

    zh: str
    en: str
    explained_by: tuple[Source, ...]

    def __new__(cls, zh: str, en: str, *explained_by: Source) -> "Kind":
        """Numbers the kinds in the order in which they are listed."""
        kind = int.__new__(cls, len(cls.__members__))
        kind._value_ = len(cls.__members__)
        kind.zh, kind.en, kind.explained_by = zh, en, explained_by
        return kind

    NUMBER = "证件号码", "number of an identity document"
    CONTACT = "联系方式或账号", "contact or account", "site"
    CODE = "内部编号", "internal code", "site", "codes"
    NAME = "自然人姓名", "name of a natural person", "site", "public"
    TEXT = "未公开的内容", "text that is not public", "site", "public"
