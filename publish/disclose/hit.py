"""What the searches for personal data in free text have in common."""

from typing import Literal, NamedTuple

Kind = Literal[
    "identity_number", "mobile", "landline", "bank_card", "email", "plate", "address", "name"
]


class Hit(NamedTuple):
    """A place in a text that may not be published.

    Attributes:
        start: the first character.
        end: the character after the last.
        kind: what stands there.
    """

    start: int
    end: int
    kind: Kind


def blanked(flat: str, hits: list[Hit]) -> str:
    """Write something that no search reads in the place of the hits.

    It begins and ends like the mark that the public sees, so that a search finds the same beside
    the one as beside the other.
    """
    for start, end, _ in hits:
        flat = f"{flat[:start]}〔{'_' * (end - start - 2)}〕{flat[end:]}"
    return flat
