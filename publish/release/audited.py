"""What inspectors found: whether the decision was in the register on the day it was found."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from hashlib import blake2b

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

    def add_find(self, find: Live) -> None:
        """Notes what an inspector found."""
        self._finds.append(find)

    def key(self, record_type: str, department: str, document: str) -> int:
        """What a record and the finds of it share.

        Args:
            document: its document number, in the one spelling of `publish.release.numbers`.
        """
        text = "\x1f".join((record_type, self._heir(department), document))
        digest = blake2b(text.encode(), digest_size=_BYTES).digest()
        return int.from_bytes(digest, signed=True)

    def wanted(self) -> set[int]:
        """What the decisions that were found would be kept under."""
        return set(map(self._wanted, self._finds))

    def rows(self, received: Mapping[int, str]) -> Iterator[Row]:
        """The rows of the table `audited`, in order of their ids.

        Args:
            received: the day each of the decisions `wanted` was first received, ISO, if it was.
        """
        for find in sorted(self._finds):
            record_type, day, decided = (find.values[name] for name in _TOLD)
            due, known = self._due(record_type, decided), received.get(self._wanted(find))
            concealed = day > due and (known is None or known > day)
            told = (find.record_id, find.department, record_type)
            yield *told, day, decided, due, known, int(concealed)

    def _wanted(self, find: Live) -> int:
        """What the decision that was found would be kept under."""
        document = canonical(find.values["document_no"])
        return self.key(find.values["record_type"], find.department, document)
