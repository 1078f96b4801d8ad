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
from publish.schema import record_type

AUDIT = "audit"
_BYTES = 8  # of a million documents and ten thousand finds, two are taken for one once in 10^9

Row = tuple[str, str, str, str, str, str | None, int]


class Audited:
    """Decisions that were found, held against all that were handed in.

    A decision is the same if record type and document number are, and the department or one of
    its lineage. What is lawfully withheld was handed in all the same. Of a document, only a hash
    and a day are kept, so that a million take little room.
    """

    def __init__(self, reference: Reference) -> None:
        self._heir: Callable[[str], str] = cache(reference.heir)
        self._finds: list[Live] = []
        self._keys, self._days = array("Q"), array("i")

    def add(self, live: Live, received: str) -> None:
        """Notes a find, or a record that somebody may look for.

        Args:
            received: the day the portal first received it, ISO.
        """
        if live.record_type == AUDIT:
            self._finds.append(live)
        else:
            document = record_type(live.record_type).roles["document"][-1]
            key = self._key(live.record_type, live.department, live.values[document])
            self._keys.append(key)
            self._days.append(date.fromisoformat(received).toordinal())

    def rows(self) -> Iterator[Row]:
        """The rows of the table `audited`, in order of their ids."""
        finds = sorted(self._finds)
        for find, received in zip(finds, self._received(finds), strict=True):
            values = find.values
            yield (
                find.record_id,
                find.department,
                values["record_type"],
                values["found_date"],
                values["decision_date"],
                received,
                int(received is None or received > values["found_date"]),
            )

    def _received(self, finds: list[Live]) -> Iterator[str | None]:
        """The day each decision was first received; None for one that never was."""
        keys, days = np.asarray(self._keys), np.asarray(self._days)
        order = np.lexsort((days, keys))
        keys, days = keys[order], days[order]
        wanted = [
            self._key(find.values["record_type"], find.department, find.values["document_no"])
            for find in finds
        ]
        for key, at in zip(wanted, np.searchsorted(keys, np.array(wanted, "u8")), strict=True):
            known = at < len(keys) and keys[at] == key
            yield date.fromordinal(int(days[at])).isoformat() if known else None

    def _key(self, record_type: str, department: str, document: str) -> int:
        """What a record and the finds of it share."""
        text = "\x1f".join((record_type, self._heir(department), canonical(document)))
        return int.from_bytes(blake2b(text.encode(), digest_size=_BYTES).digest())
