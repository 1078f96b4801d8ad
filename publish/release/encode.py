"""Rows in columns (Arrow) as the text of CSV, JSON Lines and worksheets.

Whole columns are joined at once. Single texts are looked at only where a column's bytes hold
something that the format must write otherwise.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from publish.release.snapshot import FORMULA

CELL_LIMIT = 32_767
"""The longest text that a cell of a spreadsheet holds."""

_MARKS = re.escape("".join(sorted(FORMULA)))
_QUOTED = re.compile('[",\r\n]')
_NOT_XML = re.compile("[\x00-\x08\x0b-\x1f￾￿]|_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(frozen=True)
class Rule:
    """Which texts a format writes otherwise, and how.

    Attributes:
        bytes: what the bytes of a column with such a text hold.
        text: a regular expression (RE2) that matches in such a text.
        write: how it is written.
    """

    bytes: re.Pattern[bytes]
    text: str
    write: Callable[[str], str]

    def __call__(self, texts: pa.StringArray) -> pa.StringArray:
        """The texts of a column as the format writes them."""
        held = texts.buffers()[2]
        if held is None or not self.bytes.search(held.to_pybytes()):
            return texts
        found = pc.fill_null(pc.match_substring_regex(texts, self.text), False)
        written = [self.write(text) for text in texts.filter(found).to_pylist()]
        return pc.replace_with_mask(texts, found, pa.array(written, pa.string()))


def _csv(text: str) -> str:
    """A text that begins like a formula gets an apostrophe, one that needs quotes gets them."""
    safe = f"'{text}" if text[0] in FORMULA else text
    return '"' + safe.replace('"', '""') + '"' if _QUOTED.search(safe) else safe


def _json(text: str) -> str:
    """A text as JSON writes it, without the quotes around it."""
    return orjson.dumps(text).decode()[1:-1]


def _xml(text: str) -> str:
    """A text as a worksheet writes it: what XML cannot hold by its code."""
    return escape(_NOT_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", text))


CSV = Rule(re.compile(f'[{_MARKS}",\n]'.encode()), f'^[{_MARKS}]|[",\r\n]', _csv)
JSON = Rule(re.compile(rb'["\\\x00-\x1f]'), r'["\\\x00-\x1f]', _json)
XML = Rule(
    re.compile("[&<>\x00-\x08\x0b-\x1f]|_x|￾|￿".encode()),
    "[&<>\x00-\x08\x0b-\x1f￾￿]|_x[0-9A-Fa-f]{4}_",
    _xml,
)


def csv_lines(rows: pa.RecordBatch) -> pa.Buffer:
    """Rows as RFC 4180 writes them, made safe for spreadsheets as `snapshot.safe_cells` does."""
    return _lines([_texts(column, CSV) for column in rows.columns], ",", "\r\n")


def json_lines(rows: pa.RecordBatch) -> pa.Buffer:
    """Rows as one JSON object a line; a cell without a value is null."""
    cells = [_member(n, c) for n, c in zip(rows.schema.names, rows.columns, strict=True)]
    return _lines([_around("{", cells[0], ""), *cells[1:]], ",", "}\n")


def sheet_rows(rows: pa.RecordBatch) -> pa.Buffer:
    """Rows as a worksheet (ECMA-376) writes them: texts in the cells themselves, never formulas."""
    cells = [_cell(column) for column in rows.columns]
    return _lines([_around("<row>", cells[0], ""), *cells[1:]], "", "</row>")


def _texts(column: pa.Array, rule: Rule) -> pa.StringArray:
    """A column's values as a format writes them; numbers as Python does."""
    if pa.types.is_string(column.type):
        return rule(column)
    if pa.types.is_floating(column.type):
        return pa.array([v if v is None else repr(v) for v in column.to_pylist()], pa.string())
    return column.cast(pa.string())


def _member(name: str, column: pa.Array) -> pa.StringArray:
    """A column as members of JSON objects."""
    key = orjson.dumps(name).decode() + ":"
    mark = '"' if pa.types.is_string(column.type) else ""
    return pc.fill_null(_around(key + mark, _texts(column, JSON), mark), key + "null")


def _cell(column: pa.Array) -> pa.StringArray:
    """A column as cells."""
    before, after = "<c><v>", "</v></c>"
    if pa.types.is_string(column.type):
        column = _fitting(column)
        before, after = '<c s="1" t="inlineStr"><is><t>', "</t></is></c>"
        if _edged(column):
            before = before.replace("<t>", '<t xml:space="preserve">')
    return pc.fill_null(_around(before, _texts(column, XML), after), "<c/>")


def _fitting(texts: pa.StringArray) -> pa.StringArray:
    """Texts of which those that no cell can hold are cut, and end in an ellipsis."""
    long = pc.greater(pc.utf8_length(texts), CELL_LIMIT)
    if not pc.any(long).as_py():
        return texts
    cut = pc.binary_join_element_wise(pc.utf8_slice_codeunits(texts, 0, CELL_LIMIT - 1), "…", "")
    return pc.if_else(pc.fill_null(long, False), cut, texts)


def _edged(texts: pa.StringArray) -> bool:
    """Whether a text begins or ends with a space, which XML would drop, or holds a line break."""
    held = texts.buffers()[2]
    if held is None or not re.search(rb"\s", held.to_pybytes()):
        return False
    return bool(pc.any(pc.match_substring_regex(texts, r"^\s|\n|\s$")).as_py())


def _around(before: str, texts: pa.StringArray, after: str) -> pa.StringArray:
    """Texts with something before and after; none stays none."""
    return pc.binary_join_element_wise(before, texts, after, "")


def _lines(cells: Sequence[pa.StringArray], between: str, after: str) -> pa.Buffer:
    """The cells of columns joined row by row; a cell that is none is empty."""
    last = pc.binary_join_element_wise(
        cells[-1], after, "", null_handling="replace", null_replacement=""
    )
    joined = pc.binary_join_element_wise(
        *cells[:-1], last, between, null_handling="replace", null_replacement=""
    )
    return joined.buffers()[2]
