"""Search for home addresses of natural persons."""

import re
from collections.abc import Iterator

from publish.disclose.hit import Hit, blanked

_COUNT = "[0-9A-Za-z一二三四五六七八九十百零〇甲乙丙丁-]{1,8} ?"
# 12-3-401 and 8#3-401, but no date.
_DASHED = (
    "(?<![0-9-])(?!(?:19|20)[0-9]{2}-)[0-9]{1,4}(?:#|-[0-9]{1,4}-)[0-9]{1,4}(?:-[0-9]{1,4})*"
    "(?![0-9A-Za-z-])"
)
_ROOM = (
    f"(?:{_COUNT}(?:号楼|单元|室|户|栋|幢)|(?:村|屯|嘎查){_COUNT}(?:组|队|社|号)|弄{_COUNT}号|{_DASHED})"
    "(?:[0-9]{2,5}(?![0-9])号?)?"
)
_DOOR = f"(?:{_ROOM}|{_COUNT}(?:号院|号|座|楼|层|组|队|社|门|弄|屯|村民小组))"
_QUARTER = "(?:[省市区县旗镇乡村屯寨路街巷里苑庄]|街道|大道|胡同|花园|家园|公寓|苏木|嘎查)"
_LABEL = (
    "(?:家庭住址|家庭地址|住址|住所地|住所|居住地址?|居住于|现[住居]|家住|户籍地址?|户籍所在地|户口所在地|暂住地?|暂住于"
    "|(?<!经营)(?<!营业)(?<!生产)(?<!注册)(?<!单位)(?<!办公)地址)[:：为系是在于]{0,2} ?"
)
_BODY = "(?:(?!电话|联系|身份|手机|邮编|因|从事|经营)[^_，。；、,;！？!?()（）〔〕“”]){2,60}"
_LABELLED = re.compile(f"{_LABEL}({_BODY})")
_LIVES = re.compile(f"(?:住[在于]?(?![房宅宿院建持所址处])|坐落[在于]?)({_BODY})")
_HOME_FOLLOWS = re.compile("[在于]([^\\W_在于]{4,60})的?(?:住处|住宅|居所|家中|家里)")
# Words that no address holds, and those that only a name within it does, after a district's.
_STOP = "_在于至到从由往住租是为系的把将对与及因被"
_WORDS = re.compile(
    rf"((?:(?:[^\W{_STOP}]{{1,6}}?[省市区县旗镇乡村道]){{1,5}}[^\W{_STOP}]{{0,3}}[向居和经])?"
    rf"(?:[^\W{_STOP}向居和经]|[-#]){{4,80}})"
)
_UP_TO_PLACE = re.compile(f".*(?:{_DOOR}|{_QUARTER})(?:民小组)?")
_UP_TO_DOOR = re.compile(f".*{_DOOR}")
_UP_TO_ROOM = re.compile(f".*?{_QUARTER}.*{_ROOM}(?:{_DOOR})*")


def homes(flat: str) -> Iterator[Hit]:
    """Find home addresses.

    They are those after a label, after 住 with a door, before 的住处, and anywhere with a room.

    Args:
        flat: a text whose letters and digits are written in ASCII.

    Yields:
        The places, in no order.
    """
    for stretch, address in (
        (_LABELLED, _UP_TO_PLACE),
        (_LIVES, _UP_TO_DOOR),
        (_HOME_FOLLOWS, _UP_TO_PLACE),
        (_WORDS, _UP_TO_ROOM),
    ):
        places = [found.span(1) for found in stretch.finditer(flat)]
        hits = [
            Hit(*found.span(), "address")
            for place in places
            if (found := address.match(flat, *place))
        ]
        yield from hits
        flat = blanked(flat, hits)


# A character of each label and each room.
_TRACE = re.compile("[住址籍落居家元室户栋幢楼弄村屯查]|[0-9０-９]\\W{1,3}[0-9０-９]")


def may_be_home(text: str) -> bool:
    """Say whether a text may hold a home address, whatever the width of its letters."""
    return _TRACE.search(text) is not None
