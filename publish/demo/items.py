"""The items of the catalogue that the demo city's decisions fall under."""

from collections import defaultdict
from collections.abc import Mapping

from publish.demo.permits import PERMITS, Permit
from publish.reference import Reference


class Items:
    """The catalogue as the departments read it.

    A department's items of one type stand in the order of its permits. What it took over or does
    for others, and what has one item for everything, falls under its last.
    """

    def __init__(self, reference: Reference) -> None:
        self._listed = defaultdict[tuple[str, str], list[str]](list)
        for (department, code), item in reference.catalogue.items():
            self._listed[department, item.record_type].append(code)

    def of(self, department: str, record_type: str, domain: str, matter: object) -> str:
        """The code of a decision's item; blank where the catalogue has none.

        Args:
            domain: the field of work that the matter belongs to.
        """
        listed = self._listed.get((department, record_type))
        if not listed:
            return ""
        own = isinstance(matter, Permit) and domain == department
        return listed[_PLACES[matter] if own else -1]


def _places() -> Mapping[object, int]:
    """The place of each permit among those of its field of work."""
    seen = defaultdict[str, list[Permit]](list)
    for permit in PERMITS:
        seen[permit.domain].append(permit)
    return {permit: n for permits in seen.values() for n, permit in enumerate(permits)}


_PLACES = _places()
