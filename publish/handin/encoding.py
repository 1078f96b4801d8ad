"""Encodings: which one a text file is in, by its mark, its source or by evidence; never guessed.

Nearly all bytes of Big5 are valid GB 18030 too, and read so they are rubbish. What is not UTF-8 is
therefore read in each encoding that fits, and the one is taken whose text is Chinese: known
headings and characters that are common. Where that settles nothing the file is refused.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from opencc import OpenCC

from publish.errors import ProblemError
from publish.handin.findings import Problem, problem, refusal
from publish.handin.source import Source
from publish.schema import record_types

MAX_LINE = 64 << 20

_PIECE = 128 << 10  # decoded text of this size stays in the processor's cache: twice as fast
_SAMPLE = 1 << 20
_BACK = 64 << 10
_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"\x84\x31\x95\x33": "gb18030",
}
_LIKELY = ("gb18030", "cp950", "big5hkscs")
_POSSIBLE = (*_LIKELY, "utf-16-le", "utf-16-be")
_NOTABLE = ("cp950", "big5hkscs")
_FEWEST = 2
_SHARE = 0.2
_HAN = re.compile("[㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff]{2,}")
_COMMON = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种"
    "面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去"
    "把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但"
    "质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式"
    "活设及管特件长求老头基资边流路级少图山统接知较将组见计别手角期根论运农指几九区强放决西被干做必战先回则"
    "任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联认六共权收证改清己美再"
    "采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报完类八离华名确才科张信马节话米整空元况今"
    "集温传土许步广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备"
    "半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛快效院查江型眼王按格"
    "养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严首底液官德随病苏失死讲配女黄推显谈"
    "罪神艺呢席含企望密批营项防举球英氧势告李台落木帮轮破亚师围注远字材排供河态封另施减树助超违罚款食药卫检"
    "测营销售店厅街村镇城租税环境监督许可证执照登记处决案店铺贸易限司股份"
)
"""The commonest characters of Chinese texts, and some that decisions of authorities use."""


class _Reading(NamedTuple):
    """A sample read in one encoding: how many characters are known or common, and of how many."""

    encoding: str
    score: int
    letters: int

    @property
    def plausible(self) -> bool:
        """Whether the text looks Chinese at all."""
        return self.score >= max(_FEWEST, self.letters * _SHARE)

    def beats(self, other: "_Reading") -> bool:
        """Whether it is far more like Chinese than another reading."""
        return self.score >= 2 * other.score + _FEWEST


def find_encoding(
    path: Path, start: bytes, source: Source | None
) -> tuple[str, tuple[Problem, ...]]:
    """The encoding of a whole text file, checked to its end.

    A mark at its start decides, then the source, then UTF-8 if all of it is valid, then evidence.

    Args:
        path: the file.
        start: its first bytes.
        source: what is particular to it.

    Returns:
        The encoding, and a notice where one was inferred that few would expect.

    Raises:
        ProblemError: naming the byte that is not valid, or that the encoding cannot be told.
    """
    declared = source.encoding if source else None
    marked = next((name for mark, name in _MARKS.items() if start.startswith(mark)), None)
    if name := marked or declared:
        return _whole(path, name), ()
    if (name := _utf16(start)) and _valid_bytes(path, name) is None:
        return name, ()
    valid = _valid_bytes(path, "utf-8")
    return ("utf-8", ()) if valid is None else _inferred(path, valid, source)


def _inferred(path: Path, valid: int, source: Source | None) -> tuple[str, tuple[Problem, ...]]:
    """The encoding of what is not UTF-8 from some byte on."""
    readings = list(_readings(_sample(path, valid), known_headings(source)))
    for one in readings:
        others = (other for other in readings if other is not one)
        if one.plausible and all(one.beats(other) or _is_part(other, one) for other in others):
            name = _whole(path, one.encoding)
            return name, (problem("encoding_inferred", raw="Big5"),) if name in _NOTABLE else ()
    if not any(one.encoding in _LIKELY for one in readings):
        raise _invalid(path, "utf-8", valid)
    raise refusal("encoding_unclear", file=path, byte=valid + 1)


def _is_part(other: _Reading, one: _Reading) -> bool:
    """Whether both are Big5, of which the first that fits is taken."""
    return {one.encoding, other.encoding} == set(_NOTABLE) and one.encoding == _NOTABLE[0]


def _sample(path: Path, valid: int) -> bytes:
    """A part of a file from the line on in which it ceases to be UTF-8, or from its start."""
    with path.open("rb") as file:
        if valid < _SAMPLE // 2:
            return file.read(_SAMPLE)
        file.seek(valid - _BACK)
        back = file.read(_BACK)
        file.seek(valid - _BACK + back.rfind(b"\n") + 1)
        return file.read(_SAMPLE)


def _readings(sample: bytes, headings: Iterable[str]) -> Iterator[_Reading]:
    """The sample in each encoding in which it can be read; a character cut at its end is none."""
    for name in _POSSIBLE:
        try:
            text = codecs.getincrementaldecoder(name)().decode(sample)
        except UnicodeDecodeError:
            continue
        letters = Counter(char for char in text if char > "\x7f" and char.isalpha())
        known = sum(len(heading) for heading in headings if heading in text[:_BACK])
        common = sum(letters[char] for char in _common())
        yield _Reading(name, common + known, letters.total())


@cache
def _common() -> frozenset[str]:
    """Common characters, simplified and traditional."""
    return frozenset(_COMMON + OpenCC("s2t").convert(_COMMON))


def known_headings(source: Source | None) -> set[str]:
    """The Chinese headings that a file may have."""
    fields = [field for record in record_types().values() for field in record.fields]
    names = [heading for field in fields for heading in field.headers]
    if source:
        names += [*source.columns, *source.headers, *source.ignore]
    return {part for name in names for part in _HAN.findall(name)}


def _whole(path: Path, name: str) -> str:
    """An encoding that all of the file is in."""
    valid = _valid_bytes(path, name)
    if valid is None:
        return name
    raise _invalid(path, name, valid)


def _invalid(path: Path, name: str, valid: int) -> ProblemError:
    """The error for bytes that are no text of an encoding."""
    return ProblemError(
        f"{path} 第 {valid + 1} 个字节起不是{name}编码的文字。"
        "请另存为UTF-8编码的csv，或者在来源文件中写明encoding。",
        f"{path} is not {name} text from byte {valid + 1} on. Save it as csv in UTF-8, or name "
        "its encoding in the source file.",
    )


def _utf16(start: bytes) -> str | None:
    """UTF-16 without a mark, told by the zero bytes of commas and digits; a few mean nothing."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) * 20 <= max(len(start), 160):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _valid_bytes(path: Path, encoding: str) -> int | None:
    """How many bytes can be decoded; None if all can."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done = since_break = 0
    with path.open("rb") as file:
        while chunk := file.read(_PIECE):
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return done - pending + error.start
            done += len(chunk)
            last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            since_break = len(chunk) - last if last >= 0 else since_break + len(chunk)
            _refuse_endless_line(path, since_break)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return done - len(decoder.getstate()[0])
    return None


def _refuse_endless_line(path: Path, length: int) -> None:
    """Refuses what cannot be a line of a table."""
    if length > MAX_LINE:
        raise ProblemError(
            f"{path} 有超过64 MiB的一行，不是表格。", f"{path} has a line of over 64 MiB: no table."
        )
