"""Numbers that look right and belong to nobody: region 99 does not exist."""

from random import Random

from publish.demo.chance import between, digits, pick
from publish.handin import idcard, uscc

_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714-1997
_PHONE_PREFIX = "19900"
_CARD_PREFIX = "629999"
_PLATE_PREFIX = "青Z"


def credit_code(kind: str, region: str, body: str) -> str:
    """A unified social credit code with both of its check characters.

    Args:
        kind: the registering authority and the kind of body, such as ``91`` for enterprises.
        region: six digits.
        body: the eight digits and letters of the organisation code.
    """
    first17 = f"{kind}{region}{organisation_code(body)}"
    return first17 + uscc.check_character(first17)


def organisation_code(body: str) -> str:
    """Eight digits and letters, and the check character after them (GB 11714-1997)."""
    total = sum(int(c, 36) * w for c, w in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    return body + "0123456789X"[-total % 11]


def code_body(rng: Random) -> str:
    """The eight characters of an organisation code as given out since 2015."""
    return "MA" + "".join(pick(rng, uscc.ALPHABET) for _ in range(6))


def registration_number(rng: Random, region: str) -> str:
    """The fifteen digits of a sole trader's old registration number."""
    return f"{region}6{digits(rng, 8)}"


def resident_id(rng: Random, region: str, year: int) -> str:
    """The number of the identity card of somebody born in that year."""
    born = f"{year}{between(rng, 1, 12):02}{between(rng, 1, 28):02}"
    first17 = f"{region}{born}{digits(rng, 3)}"
    return first17 + idcard.check_character(first17)


def passport(rng: Random) -> str:
    """The number of a passport."""
    return f"EX{digits(rng, 7)}"


def phone(rng: Random) -> str:
    """A mobile number from the range that stands for nobody here."""
    return _PHONE_PREFIX + digits(rng, 6)


def bank_card(rng: Random) -> str:
    """A card number of nineteen digits that passes the check of ISO/IEC 7812-1."""
    first18 = _CARD_PREFIX + digits(rng, 12)
    doubled = (int(d) * (2 - place % 2) for place, d in enumerate(reversed(first18)))
    return first18 + str(-sum(n // 10 + n % 10 for n in doubled) % 10)


def plate(rng: Random) -> str:
    """A licence plate with a letter that its province does not give out."""
    return f"{_PLATE_PREFIX}{digits(rng, 4)}{pick(rng, uscc.ALPHABET[10:])}"


def email(rng: Random) -> str:
    """An address under a name that is kept for examples (RFC 2606)."""
    return f"contact{digits(rng, 5)}@mail.example"
