"""What inspectors found: whether the decision was in the register on the day it was found."""

from array import array
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from hashlib import blake2b

import numpy as np

from publish.reference import Reference
from publish.register.live import Live
from publish.release.numbers import canonical

_BYTES = 8  # of a million documents and ten thousand finds, two are taken for one once in 10^9

_TOLD = ("record_type", "found_date", "decision_date")

Row = tuple[str, str, str, str, str, str, str | None, int]


class Audited:
    """Decisions that were found, held against all that were handed in.

    A decision is the same if record type and document number are, and the department or one of
    its lineage. What is lawfully withheld was handed in all the same. Of a document, only a hash
    and a day are kept, so that a million take little room.

    Args:
        due: the last day on time for a record type and a day of decision. While it has not passed
            nobody has to have handed anything in, and nothing is concealed.
    """

    def __init__(self, reference: Reference, due: Callable[[str, str], str]) -> None:
        self._heir: Callable[[str], str] = cache(reference.heir)
        self._due = due
        self._finds: list[Live] = []
        self._keys, self._days = array("Q"), array("i")

    def add_find(self, find: Live) -> None:
        """Notes what an inspector found."""
        self._finds.append(find)

    def add_record(self, live: Live, document: str, received: str) -> None:
        """Notes a record that somebody may look for.

        Args:
            document: its document number, in the one spelling of `publish.release.numbers`.
            received: the day the portal first received it, ISO.
        """
        self._keys.append(self._key(live.record_type, live.department, document))
        self._days.append(date.fromisoformat(received).toordinal())

    def rows(self) -> Iterator[Row]:
        """The rows of the table `audited`, in order of their ids."""
        finds = sorted(self._finds)
        for find, received in zip(finds, self._received(finds), strict=True):
            record_type, day, decided = (find.values[name] for name in _TOLD)
            due = self._due(record_type, decided)
            concealed = day > due and (received is None or received > day)
            told = (find.record_id, find.department, record_type)
            yield *told, day, decided, due, received, int(concealed)

    def _received(self, finds: list[Live]) -> Iterator[str | None]:
        """The day each decision was first received; None for one that never was."""
        keys, days = np.asarray(self._keys), np.asarray(self._days)
        order = np.lexsort((days, keys))
        keys, days = keys[order], days[order]
        wanted = [self._wanted(find) for find in finds]
        for key, at in zip(wanted, np.searchsorted(keys, np.array(wanted, "u8")), strict=True):
            known = at < len(keys) and keys[at] == key
            yield date.fromordinal(int(days[at])).isoformat() if known else None

    def _wanted(self, find: Live) -> int:
        """What the decision that was found would be kept under."""
        document = canonical(find.values["document_no"])
        return self._key(find.values["record_type"], find.department, document)

    def _key(self, record_type: str, department: str, document: str) -> int:
        """What a record and the finds of it share."""
        text = "\x1f".join((record_type, self._heir(department), document))
        return int.from_bytes(blake2b(text.encode(), digest_size=_BYTES).digest())
