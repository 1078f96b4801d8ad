"""Works out the formulas of a workbook, as a spreadsheet would that does not trust what is kept."""

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from math import sqrt
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

_NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
_TOKEN = re.compile(r'"[^"]*"|[A-Z]+[0-9]+|[A-Z]+|[0-9.]+(?:e[+-]?[0-9]+)?|>=|<=|<>|[-+*/(),:=<>]')


class Cells:
    """The cells of one sheet."""

    def __init__(self, path: Path, sheet: int) -> None:
        with zipfile.ZipFile(path) as archive:
            texts = fromstring(archive.read("xl/sharedStrings.xml"))  # noqa: S314 - our own file
            root = fromstring(archive.read(f"xl/worksheets/sheet{sheet}.xml"))  # noqa: S314
        self._texts = ["".join(t.itertext()) for t in texts.findall("m:si", _NS)]
        self.formulas: dict[str, str] = {}
        self.values: dict[str, Any] = {}
        for cell in root.iterfind(".//m:c", _NS):
            self._add(cell.attrib, cell.findtext("m:f", None, _NS), cell.findtext("m:v", "", _NS))

    def _add(self, about: Mapping[str, str], formula: str | None, value: str) -> None:
        """Takes one cell."""
        place = about["r"]
        if formula is not None:
            self.formulas[place] = formula
        if about.get("t") == "s":
            self.values[place] = self._texts[int(value)]
        else:
            self.values[place] = value if about.get("t") == "str" or not value else float(value)

    def worked_out(self) -> Iterator[tuple[str, Any, Any]]:
        """Each formula's place, what it comes to, and what the file says that it comes to."""
        for place in self.formulas:
            yield place, self.value(place), self.values[place]

    def value(self, place: str) -> Any:  # noqa: ANN401 - a cell holds anything
        """What a cell comes to; None if it is blank."""
        if place in self.formulas:
            return _Reader(self, _TOKEN.findall(self.formulas[place])).expression()()
        value = self.values.get(place)
        return None if value == "" else value

    def span(self, first: str, last: str) -> list[Any]:
        """The cells from one to another in a column."""
        column = re.sub(r"[0-9]", "", first)
        rows = (int(re.sub(r"[A-Z]", "", place)) for place in (first, last))
        start, end = rows
        return [self.value(f"{column}{row}") for row in range(start, end + 1)]


Later = Callable[[], Any]


class _Reader:
    """A formula read from left to right; what it does not need it does not work out."""

    def __init__(self, cells: Cells, words: list[str]) -> None:
        self._cells, self._words = cells, words

    def expression(self) -> Later:
        """A comparison, or a sum."""
        left = self._sum()
        if self._next() in _COMPARE:
            compare, right = _COMPARE[self._words.pop(0)], self._sum()
            return lambda: compare(_blank(left(), right()), _blank(right(), left()))
        return left

    def _next(self) -> str:
        """The next word; empty at the end."""
        return self._words[0] if self._words else ""

    def _sum(self) -> Later:
        """Products added and subtracted."""
        left = self._product()
        while self._next() in {"+", "-"}:
            left = _join(self._words.pop(0), left, self._product())
        return left

    def _product(self) -> Later:
        """Factors multiplied and divided."""
        left = self._factor()
        while self._next() in {"*", "/"}:
            left = _join(self._words.pop(0), left, self._factor())
        return left

    def _factor(self) -> Later:
        """A number, a text, a cell, a function or something in brackets."""
        word = self._words.pop(0)
        if word == "(":
            inner = self.expression()
            assert self._words.pop(0) == ")"
            return inner
        if word.startswith('"'):
            return lambda: word[1:-1]
        if self._next() == "(":
            return self._function(word)
        if self._next() == ":":
            self._words.pop(0)
            last = self._words.pop(0)
            return lambda: self._cells.span(word, last)
        if word[0].isalpha():
            return lambda: self._cells.value(word)
        return lambda: float(word)

    def _function(self, name: str) -> Later:
        """A function and what is given to it."""
        self._words.pop(0)
        given = [self.expression()]
        while self._words.pop(0) == ",":
            given.append(self.expression())
        if name == "IF":
            return lambda: given[1]() if given[0]() else given[2]()
        return lambda: _FUNCTIONS[name](*[one() for one in given])


def _join(sign: str, left: Later, right: Later) -> Later:
    """Two numbers and a sign between them."""
    return lambda: _ARITHMETIC[sign](left() or 0, right() or 0)


def _blank(value: object, other: object) -> object:
    """A blank cell is 0 beside a number and empty beside a text."""
    return ("" if isinstance(other, str) else 0) if value is None else value


def _numbers(values: list[Any]) -> list[float]:
    """The numbers among some cells."""
    return [v for v in values if isinstance(v, (int, float))]


def _rounded(value: float, places: float) -> float:
    """Rounded as a spreadsheet does: halves go up."""
    unit = Decimal(1).scaleb(-int(places))
    return float(Decimal(repr(value)).quantize(unit, ROUND_HALF_UP))


_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "N": lambda value: value if isinstance(value, (int, float)) else 0,
    "SUM": lambda values: sum(_numbers(values)),
    "COUNT": lambda values: len(_numbers(values)),
    "MIN": min,
    "MAX": max,
    "SQRT": sqrt,
    "OR": lambda *values: any(values),
    "ROUND": _rounded,
}
