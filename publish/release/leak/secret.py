"""What must not be in any public byte: all that a record's public row leaves out."""

import re
import sqlite3
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

import orjson

from publish.disclose.mask import MARK as STAR
from publish.disclose.mask import mask_name
from publish.disclose.scan import MARK
from publish.handin import idcard
from publish.profile import Persons
from publish.register.register import Register
from publish.release.leak.database import columns
from publish.release.leak.find import LONG
from publish.release.leak.kinds import Kind
from publish.schema import PERSON, Field, RecordType, record_types

WHOLE = 12
"""From so many characters on a text that is not public is looked for by itself."""

_PIECES = 16, 48
_BESIDE = 4
_FEWEST, _LOWEST, _DISTINCT = 8, 11, 4
_SHORTEST_LATIN = 4
_CONTACT = re.compile(r"[0-9A-Za-z._%+-]+@[0-9A-Za-z.-]+|\+?[0-9][0-9 -]{6,}[0-9]")
_GAPS = re.compile(r"[\s-]+")
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])")


_AMONG = "WHERE record_id IN (SELECT value FROM json_each(CAST(? AS TEXT)))"


class _Only(NamedTuple):
    """Which records are asked about, as a condition and its value."""

    where: str
    ids: tuple[bytes, ...]


class Version(NamedTuple):
    """A version of a record as the register holds it."""

    record_id: str
    record_type: str
    batch: int
    payload: str


class Secrets:
    """The values of a register that are not public, given the public rows.

    Args:
        credit: the database of the public rows.
        persons: the rules for natural persons.
        only: the ids of the records that are asked about; all if it is not given.

    Attributes:
        needles: each value as it would stand in a file, in UTF-8, with its kind.
        shown: names of persons that stand in a text of their own record's public row.
    """

    def __init__(
        self, credit: sqlite3.Connection, persons: Persons, only: Collection[str] | None = None
    ) -> None:
        self.needles: dict[bytes, Kind] = {}
        self.shown = 0
        self._only = _Only("", ()) if only is None else _Only(_AMONG, (orjson.dumps([*only]),))
        types = record_types().items()
        self._types = {name: _Type(of, persons, credit, self._only) for name, of in types}

    def add_register(self, register: Register, rejected: int = 0) -> None:
        """Takes every version of every record, live, corrected or held, and the rejected rows.

        Args:
            register: everything that was ever handed in.
            rejected: the number of the last rejected row that is left out.
        """
        self._numbers([register.meta("identity_key")], Kind.NUMBER)
        versions = register.db.execute(
            f"SELECT record_id, record_type, batch, payload FROM version {self._only.where}",
            self._only.ids,
        )
        for version in map(Version._make, versions):
            self.add(version)
        cells = register.db.execute("SELECT cells FROM rejected WHERE seq > ?", (rejected,))
        for (text,) in cells:
            self._numbers(filter(idcard.is_valid, _IDENTITY.findall(text)), Kind.NUMBER)

    def add(self, version: Version) -> None:
        """Takes what a version of a record says and its public row does not."""
        of, values = self._types[version.record_type], orjson.loads(version.payload)
        names = of.names(values)
        for name in names:
            self._name(name)
        for name, field in of.internal.items():
            if name in values:
                self._internal(field, values[name], of, values)
        row, newest = of.row(version, values)
        whole = [self._text(text, shown, names) for text, shown in of.changed(values, row)]
        if names and newest and all(whole):
            free = "\n".join(filter(None, map(row.get, of.scanned)))
            self.shown += sum(_stands_in(name, free) for name in names)

    def _name(self, name: str) -> None:
        """Looks for a name as it was handed in, without spaces, and in capitals or none."""
        if name.isascii():
            spellings = {name, name.upper(), name.lower()} if len(name) >= _SHORTEST_LATIN else ()
        else:
            spellings = {name, "".join(name.split())}
        for spelling in spellings:
            self._look_for(spelling, Kind.NAME)

    def _internal(self, field: Field, value: str, of: "_Type", values: Mapping[str, str]) -> None:
        """Looks for the value of an internal field."""
        if field.check == "person_id":
            self._numbers([value], Kind.NUMBER)
        elif field.unicode == "code":
            self._numbers({value}.difference(of.public_values(values)), Kind.CODE)
        else:
            self._numbers(_CONTACT.findall(value), Kind.CONTACT)
            self._pieces(value)

    def _text(self, text: str, shown: str | None, names: Iterable[str]) -> bool:
        """Looks for what a text holds and the public one does not.

        Returns:
            Whether the public text is this one with something taken out.
        """
        cuts = None if shown is None else _cuts(text, shown, names)
        if cuts is None:
            self._pieces(text)
            return False
        for start, end in cuts:
            self._cut(text, start, end)
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
        self._pieces(text[max(start - _BESIDE, 0) : end + _BESIDE], fewest=1)

    def _pieces(self, text: str, fewest: int = WHOLE) -> None:
        """Looks for a text by its beginning: a short one, and a long one that fewer texts share."""
        if len(text) < fewest:
            return
        for length in _PIECES:
            if len(text[:length].encode()) >= LONG:
                self._look_for(text[:length], Kind.TEXT)

    def _numbers(self, numbers: Iterable[str], kind: Kind) -> None:
        """Looks for what is a number, with its letters in capitals or none."""
        for number in filter(_identifies, numbers):
            for spelling in {number, number.upper(), number.lower()}:
                self._look_for(spelling, kind)

    def _look_for(self, value: str, kind: Kind) -> None:
        """Remembers a value; where it is of two kinds, as the stricter."""
        needle = value.encode()
        self.needles[needle] = min(kind, self.needles.get(needle, kind))


class _Type:
    """A record type: which fields hide what, and its public rows.

    Attributes:
        internal: the fields that never leave the register, without names and codes of lists.
        scanned: the public fields from which personal data is taken out.
    """

    def __init__(
        self, record: RecordType, persons: Persons, credit: sqlite3.Connection, only: _Only
    ) -> None:
        fields = [f for f in record.fields if f.type == "string" and not f.codes]
        public = [f for f in fields if f.disclosure != "internal"]
        inside = [f for f in fields if f.disclosure == "internal"]
        self.internal = {f.name: f for f in inside if f.unicode != "name"}
        self.scanned = [f.name for f in public if f.scan]
        shown = {"legal_representative"} if persons.legal_representative == "public" else set()
        self._hidden = [f.name for f in inside if f.unicode == "name" and f.name not in shown]
        self._masked = [f.name for f in public if f.disclosure == "masked"]
        self._texts = [f.name for f in public]
        self._have = [name for name in self._texts if name in columns(credit, record.name)]
        self._credit = credit
        listed = ", ".join(f'"{name}"' for name in self._have)
        self._query = f'SELECT {listed} FROM "{record.name}" WHERE record_id = ?'
        self._shown: dict[str, int] = {}
        if self._have:
            query = f'SELECT record_id, iif(masked, -batch, batch) FROM "{record.name}"'
            self._shown.update(credit.execute(f"{query} {only.where}", only.ids))

    def names(self, values: Mapping[str, str]) -> list[str]:
        """The names of natural persons that a record does not show."""
        masked = self._masked if values.get("party_kind") == PERSON else []
        given = (values.get(name, "") for name in (*self._hidden, *masked))
        return [name for name in given if len(name) > 1 and STAR not in name]

    def row(self, version: Version, values: Mapping[str, str]) -> tuple[Mapping[str, str], bool]:
        """The texts of a record's public row, and whether this version is the one shown.

        Without a mask they are the version's own. Where there is no row there is nothing.
        """
        batch = self._shown.get(version.record_id)
        if batch is None:
            return {}, False
        if batch == version.batch:
            return values, True
        found = self._credit.execute(self._query, (version.record_id,)).fetchone()
        return dict(zip(self._have, found, strict=True)), -batch == version.batch

    def changed(
        self, values: Mapping[str, str], row: Mapping[str, str]
    ) -> Iterator[tuple[str, str | None]]:
        """The texts that the public row does not show as they are, with what it shows."""
        if row is values:
            return
        masked = self._masked if values.get("party_kind") == PERSON else ()
        for name in self._texts:
            text, shown = values.get(name), row.get(name)
            if text and text != shown and name not in masked:
                yield text, shown

    def public_values(self, values: Mapping[str, str]) -> list[str]:
        """What a record says in public fields."""
        return [values[name] for name in self._texts if name in values]


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
