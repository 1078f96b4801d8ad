"""Records that others belong to, found by department and number as they are decided."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import NamedTuple

from publish.disclose.disclose import Decision, internal_numbers
from publish.reference import Reference
from publish.register.live import Live
from publish.schema import record_type, types_of

Key = tuple[str, str, str]
_BYTES = 8  # two families taken for one only means that a few records more are looked at
_SPACES = re.compile(r"\s+")
_PARTY = ("party_kind", "party_name", "legal_representative")
"""The fields that cleaning texts asks for, besides the party's internal numbers."""


def parents_first(records: Iterable[Live]) -> Iterator[Live]:
    """Records in an order in which they can be decided: what belongs to others after all others."""
    waiting = list[Live]()
    for live in records:
        if record_type(live.record_type).kind == "attached":
            waiting.append(live)
        else:
            yield live
    yield from waiting


class Parent(NamedTuple):
    """A record that others belong to, as it was decided.

    Attributes:
        party: what must be known of its party to clean their texts.
    """

    record_id: str
    decision: Decision
    party: Mapping[str, str]


class Parents:
    """Decided records by type, department and number.

    A department that took over another's work reports on the other's records, so departments are
    the same if they have the same heir. A number that several records bear leads to none of them:
    nobody could say whose fulfilment it was.
    """

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._types = {t.parent for t in types_of("attached").values()}
        self._found: dict[Key, dict[str, Parent]] = {}

    def key(self, live: Live) -> Key | None:
        """What a record and those that belong to it share; None where nothing can belong to it."""
        record = record_type(live.record_type)
        if record.parent:
            name, number = record.parent, live.values[record.roles["parent"]]
        elif record.name in self._types:
            name, number = record.name, live.values[record.roles["document"][0]]
        else:
            return None
        plain = _SPACES.sub("", unicodedata.normalize("NFKC", number)).casefold()
        return name, self._reference.heir(live.department), plain

    def family(self, live: Live) -> int | None:
        """A hash of that key; None where nothing can belong to it."""
        key = self.key(live)
        if key is None:
            return None
        digest = blake2b("\x1f".join(key).encode(), digest_size=_BYTES).digest()
        return int.from_bytes(digest, signed=True)

    def add(self, live: Live, decision: Decision) -> None:
        """Notes how a record was decided, if others can belong to it."""
        if key := self.key(live):
            asked = (*_PARTY, *internal_numbers())
            party = {name: live.values[name] for name in asked if name in live.values}
            found = Parent(live.record_id, decision, party)
            self._found.setdefault(key, {})[live.record_id] = found

    def of(self, live: Live) -> Parent | None:
        """The record that one belongs to; None if there is none, or more than one."""
        key = self.key(live)
        found = list(self._found.get(key, {}).values()) if key else []
        return found[0] if len(found) == 1 else None
