"""What must not be in any public byte: all that a record's public row leaves out."""

import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import orjson

from publish.disclose.mask import mask_name
from publish.disclose.scan import MARK
from publish.handin import idcard
from publish.profile import Persons
from publish.register.register import Register
from publish.release.leak.database import columns
from publish.release.leak.find import LONG
from publish.release.leak.kinds import Kind
from publish.schema import PERSON, Field, RecordType, record_type, record_types

WHOLE = 12
"""From so many characters on a text that is not public is looked for by itself."""

_PIECE = 16
_BESIDE = 4
_FEWEST, _LOWEST, _DISTINCT = 8, 11, 4
_SHORTEST_LATIN = 4
_CONTACT = re.compile(r"[0-9A-Za-z._%+-]+@[0-9A-Za-z.-]+|\+?[0-9][0-9 -]{6,}[0-9]")
_GAPS = re.compile(r"[\s-]+")
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])")


class Version(NamedTuple):
    """A version of a record as the register holds it."""

    record_id: str
    record_type: str
    batch: int
    payload: str


class Secrets:
    """The values of a register that are not public, given the public rows.

    Attributes:
        needles: each value as it would stand in a file, in UTF-8, with its kind.
        shown: names of persons that stand in a text of their own record's public row.
    """

    def __init__(self, credit: sqlite3.Connection, persons: Persons) -> None:
        self.needles: dict[bytes, Kind] = {}
        self.shown = 0
        self._persons = persons
        self._rows = {n: _Rows(credit, r) for n, r in record_types().items()}

    def add_register(self, register: Register) -> None:
        """Takes every version of every record, live, corrected or held, and the rejected rows."""
        self._numbers([register.meta("identity_key")], Kind.CODE)
        versions = register.db.execute("SELECT record_id, record_type, batch, payload FROM version")
        for version in map(Version._make, versions):
            self.add(version)
        for (cells,) in register.db.execute("SELECT cells FROM rejected"):
            self._numbers(filter(idcard.is_valid, _IDENTITY.findall(cells)), Kind.NUMBER)

    def add(self, version: Version) -> None:
        """Takes what a version of a record says and its public row does not."""
        record, values = record_type(version.record_type), orjson.loads(version.payload)
        names = list(self._names(record, values))
        for name in names:
            self._name(name)
        for field in record.fields:
            if field.disclosure == "internal" and (value := values.get(field.name)):
                self._internal(field, value, record, values)
        row = self._rows[record.name].get(version.record_id)
        cuts = [self._text(f, values, row, names) for f in _texts(record) if values.get(f.name)]
        if row and all(cuts) and row["batch"] == version.batch:
            self.shown += sum(_stands_in(name, _free(record, row)) for name in names)

    def _names(self, record: RecordType, values: Mapping[str, str]) -> Iterator[str]:
        """The names of natural persons that a record does not show."""
        for field in record.fields:
            hidden = field.disclosure == "internal" and field.unicode == "name"
            if field.name == "legal_representative":
                hidden = self._persons.legal_representative == "internal"
            if field.disclosure == "masked":
                hidden = values.get("party_kind") == PERSON
            name = values.get(field.name)
            if hidden and name and len(name) > 1 and mask_name(name) != name:
                yield name

    def _name(self, name: str) -> None:
        """Looks for a name as it was handed in, without spaces, and in capitals or none."""
        if name.isascii():
            spellings = {name, name.upper(), name.lower()} if len(name) >= _SHORTEST_LATIN else ()
        else:
            spellings = {name, "".join(name.split())}
        for spelling in spellings:
            self._look_for(spelling, Kind.NAME)

    def _internal(
        self, field: Field, value: str, record: RecordType, values: Mapping[str, str]
    ) -> None:
        """Looks for the value of an internal field."""
        if field.codes or field.unicode == "name":
            return
        if field.check == "person_id":
            self._numbers([value], Kind.NUMBER)
        elif field.unicode == "code":
            if value not in (values.get(f.name) for f in record.public_fields):
                self._numbers([value], Kind.CODE)
        else:
            self._numbers(_CONTACT.findall(value), Kind.CONTACT)
            self._pieces(value)

    def _text(
        self,
        field: Field,
        values: Mapping[str, str],
        row: Mapping[str, object] | None,
        names: Iterable[str],
    ) -> bool:
        """Looks for what a public field holds and the public row does not.

        Returns:
            Whether the row's text is this one, with nothing or something taken out.
        """
        value = values[field.name]
        if field.disclosure == "masked" and values.get("party_kind") == PERSON:
            return row is not None
        shown = row.get(field.name) if row else None
        if value == shown:
            return True
        cuts = _cuts(value, shown, names) if isinstance(shown, str) else None
        if cuts is None:
            self._pieces(value)
            return False
        for start, end in cuts:
            self._cut(value, start, end)
        return True

    def _cut(self, text: str, start: int, end: int) -> None:
        """Looks for what was taken out of a text, and for the place that it was taken from."""
        piece = text[start:end]
        bare = _GAPS.sub("", unicodedata.normalize("NFKC", piece))
        if idcard.is_valid(bare):
            self._numbers({piece, bare}, Kind.NUMBER)
        elif "@" in bare or (bare.isdecimal() and len(bare) >= _LOWEST and bare[0] != "0"):
            self._numbers({piece, bare}, Kind.CONTACT)
        else:
            self._pieces(piece)
        before = _word_start(text, max(start - _BESIDE, 0))
        self._pieces(text[before : end + _BESIDE], fewest=1)

    def _pieces(self, text: str, fewest: int = WHOLE) -> None:
        """Looks for a text by its beginning and its middle."""
        if len(text) < fewest:
            return
        for start in {0, _word_start(text, max(len(text) - _PIECE, 0) // 2)}:
            piece = text[start : start + _PIECE]
            if len(piece.encode()) >= LONG:
                self._look_for(piece, Kind.TEXT)

    def _numbers(self, numbers: Iterable[str], kind: Kind) -> None:
        """Looks for what is a number, with its letters in capitals or none."""
        for number in filter(_identifies, numbers):
            for spelling in {number, number.upper(), number.lower()}:
                self._look_for(spelling, kind)

    def _look_for(self, value: str, kind: Kind) -> None:
        """Remembers a value; where it is of two kinds, as the stricter."""
        needle = value.encode()
        self.needles[needle] = min(kind, self.needles.get(needle, kind))


class _Rows:
    """The public rows of a record type."""

    def __init__(self, credit: sqlite3.Connection, record: RecordType) -> None:
        wanted = ["batch", *(field.name for field in _texts(record))]
        have = columns(credit, record.name)
        self._credit, self._columns = credit, [name for name in wanted if name in have]
        listed = ", ".join(f'"{name}"' for name in self._columns)
        self._query = f'SELECT {listed} FROM "{record.name}" WHERE record_id = ?' if have else ""

    def get(self, record_id: str) -> dict[str, object] | None:
        """The public row of a record by column; None if it has none."""
        if not self._query:
            return None
        row = self._credit.execute(self._query, (record_id,)).fetchone()
        return dict(zip(self._columns, row, strict=True)) if row else None


def _word_start(text: str, place: int) -> int:
    """The place itself, or where the word of ASCII letters and digits begins that it is in."""
    while (
        0 < place < len(text)
        and text[place - 1 : place + 1].isalnum()
        and text[place - 1 : place + 1].isascii()
    ):
        place -= 1
    return place


def _texts(record: RecordType) -> list[Field]:
    """The public fields in which something may stand that identifies somebody."""
    return [f for f in record.public_fields if f.type == "string" and not f.codes]


def _free(record: RecordType, row: Mapping[str, object]) -> str:
    """The texts of a public row from which names are taken out."""
    return "\n".join(str(row.get(f.name) or "") for f in _texts(record) if f.scan)


def _stands_in(name: str, text: str) -> bool:
    """Whether a name stands in a text; a Latin one as words of its own."""
    if name.isascii():
        return re.search(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", text) is not None
    return name in text


def _cuts(text: str, shown: str, names: Iterable[str]) -> list[tuple[int, int]] | None:
    """Where something was taken out of a text; None if the text shown was not made of it."""
    marks = "|".join(re.escape(mark) for mark in (MARK, *map(mask_name, names)))
    first, *kept = re.split(marks, shown)
    if not text.startswith(first):
        return None
    cuts, done = [], len(first)
    for number, piece in enumerate(kept, start=1):
        start = len(text) - len(piece) if number == len(kept) else text.find(piece, done)
        if start < done or not text.startswith(piece, start):
            return None
        cuts.append((done, start))
        done = start + len(piece)
    return cuts if done == len(text) else None


def _identifies(number: str) -> bool:
    """Whether a number is long enough, and no filler, to be met by itself in one sense only."""
    enough = _LOWEST if number.isdecimal() else _FEWEST
    return len(number) >= enough and len(set(number)) >= _DISTINCT
