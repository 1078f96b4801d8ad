"""Margins: what stands on a printed sheet beside its records, and what is no record in a file.

Headers that come again on every page, totals, signatures and notes. A row with a document number
or an authority is never one of them.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from publish.handin.findings import Problem, problem
from publish.handin.workbook import Row

_HELD = 30
"""How many rows may wait for what comes after them."""
_LONGEST = 16
_SPACE = re.compile(r"\s+")
_TOTAL = re.compile(
    r"(本页合计|本页小计|合计|总计|小计|共计|累计)(?:[:：]?共?\d*[条行项件笔户家]?(?:记录|数据)?)?"
    r"|(共)\d+[条行项件笔户家](?:记录|数据|信息)?[。.]?"
)
_SIGNED = re.compile(
    r"(填表人|填报人|制表人|经办人|审核人|复核人|审批人|负责人|单位负责人|分管领导|签发人|录入人|校对人|联系人"
    r"|联系电话|填报单位|报送单位|制表单位|填报日期|填表日期|制表日期|报送日期)[:：].*"
)
_STARTS = frozenset(" \t\u3000本合总小共累填制经审复负单分签录校联报注备说附")
"""What such rows begin with; others need no second look if they have a key."""
_NUMBER = re.compile(r".*[\[(〔]\d{4}[\])〕].*|.*\d号|[\w-]+", re.ASCII)
_NOTED = re.compile(r"(注|备注|说明|填表说明|填报说明|附注)\d{0,2}[:：].*")


class _Held(NamedTuple):
    """A row that may be no record.

    Attributes:
        sign: what shows that it is a footer; None where only its one cell shows that it is odd.
    """

    row: Row
    sign: str | None


class Margins:
    """Tells the rows of a sheet that are no records.

    Args:
        heads: the rows of the sheet down to its header.
        keys: the columns of document number and authority, the most telling first.
        found: where rows that are passed over are put down, with their lines.
    """

    def __init__(
        self, heads: Collection[Sequence[str]], keys: Sequence[int], found: list[Problem]
    ) -> None:
        self._heads = {_plain(cells) for cells in heads}
        self._keys, self._found = frozenset(keys), found
        self._first = keys[0] if keys else 0
        self._repeated = {cells[self._first] for cells in heads if len(cells) > self._first}

    def records(self, rows: Iterator[Row]) -> Iterator[Row]:
        """The rows that are records, or may be."""
        first, repeated, starts = self._first, self._repeated, _STARTS
        held: list[_Held] = []
        for row in rows:
            try:
                key = row[1][first]
            except IndexError:
                key = ""
            if key and key[0] not in starts and key not in repeated and not held:
                yield row
            else:
                yield from self._weigh(row, held)
        yield from self._end(held)

    def _weigh(self, row: Row, held: list[_Held]) -> Iterator[Row]:
        """Holds a row that is odd; else yields it after those that were held."""
        if _plain(row[1]) in self._heads:
            for one in held:
                self._pass_over(one)
            held.clear()
            self._found.append(problem("header_repeated", line=row[0]))
            return
        sign = self._footer(row[1])
        odd = sign or self._is_odd(row[1])
        if odd:
            held.append(_Held(row, sign))
        if not odd or len(held) > _HELD:
            yield from (one.row for one in held)
            held.clear()
        if not odd:
            yield row

    def _end(self, held: list[_Held]) -> Iterator[Row]:
        """What was held when the sheet ends: from its first footer on there are no records."""
        while held and held[0].sign is None:
            yield held.pop(0).row
        for one in held:
            self._pass_over(one)

    def _pass_over(self, one: _Held) -> None:
        """Puts down a row that is no record: never its text, in which people are named."""
        code = "footer_passed_over" if one.sign else "title_passed_over"
        self._found.append(problem(code, raw=one.sign or "", line=one.row[0]))

    def _is_odd(self, cells: Sequence[str]) -> bool:
        """Whether a row has one cell only, and that is neither an authority nor a number."""
        (place, cell), *rest = ((p, c) for p, c in enumerate(cells) if c.strip())
        if rest or (place in self._keys and place != self._first):
            return False
        return place != self._first or not _NUMBER.fullmatch(_fold(cell))

    def _footer(self, cells: Sequence[str]) -> str | None:
        """What shows that a row is a footer; None if it is not surely one."""
        texts = [(place, _fold(cell)) for place, cell in enumerate(cells) if cell.strip()]
        (_, text), rest = texts[0], texts[1:]
        if found := _TOTAL.fullmatch(text):
            sure = all(self._is_sum(place, other) for place, other in rest)
        elif found := _SIGNED.fullmatch(text):
            sure = all(p not in self._keys or _SIGNED.fullmatch(other) for p, other in rest)
        else:
            found = _NOTED.fullmatch(text)
            sure = not rest
        return next(filter(None, found.groups())) if found and sure else None

    def _is_sum(self, place: int, text: str) -> bool:
        """Whether a cell beside a total can be a sum."""
        return place not in self._keys and len(text) <= _LONGEST and text[:1].isdigit()


def _plain(cells: Sequence[str]) -> tuple[str, ...]:
    """Cells without white space, up to the last that is not blank."""
    plain = [cell.strip() for cell in cells]
    while plain and not plain[-1]:
        plain.pop()
    return tuple(plain)


def _fold(text: str) -> str:
    """A text in one width, without white space; only so much of it as can matter."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text[:200]))
