"""What makes a record the same record: its type, authority, document and party."""

import unicodedata
from collections.abc import Callable, Mapping
from hashlib import blake2b
from itertools import product

from publish.handin.uscc import NONE_GIVEN
from publish.schema import RecordType

_ID_BYTES = 10  # 80 bits: two of ten million records share an id once in 10^10 cities
_PAIRS = ["".join(pair) for pair in product("abcdefghijklmnopqrstuvwxyz234567", repeat=2)]


def record_id(record: RecordType, values: Mapping[str, str], key: bytes) -> str:
    """The public id of a record: 16 letters and digits that tell nothing about the party.

    The hash is keyed with a secret of the register, so that nobody can find a person's
    identity number by trying all of them.

    Args:
        record: the record type.
        values: the record's fields.
        key: the register's secret, 16 to 64 bytes.
    """
    return identifier(record, key)(values)


def identifier(record: RecordType, key: bytes) -> Callable[[Mapping[str, str]], str]:
    """The function from a record's fields to its id, for many records of one type."""
    authority, documents = record.roles["authority_uscc"], record.roles["document"]
    keyed = blake2b(key=key, digest_size=_ID_BYTES)

    def identify(values: Mapping[str, str]) -> str:
        document = (folded(values.get(name, "")) for name in documents)
        parts = (record.name, values.get(authority, ""), *document, party_key(values))
        digest = keyed.copy()
        digest.update("\x1f".join(parts).encode())
        return _letters(digest.digest())

    return identify


def party_key(values: Mapping[str, str]) -> str:
    """What tells one party of a document from another.

    The code where there is a real one, else the registration number, else a natural person's
    document number, else the name.
    """
    uscc = values.get("uscc", "")
    if uscc and uscc != NONE_GIVEN:
        return f"uscc:{uscc}"
    if number := values.get("registration_no"):
        return f"registration:{folded(number)}"
    if number := values.get("person_id_no"):
        return f"person:{folded(number)}"
    return f"name:{folded(values.get('party_name', ''))}"


def folded(text: str) -> str:
    """Text without what spellings of the same number differ in."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _letters(digest: bytes) -> str:
    """Ten bytes in base 32 (RFC 4648), lower case: ten bits at a time, for speed."""
    n, pairs = int.from_bytes(digest, "big"), _PAIRS
    return (
        f"{pairs[n >> 70]}{pairs[n >> 60 & 1023]}{pairs[n >> 50 & 1023]}{pairs[n >> 40 & 1023]}"
        f"{pairs[n >> 30 & 1023]}{pairs[n >> 20 & 1023]}{pairs[n >> 10 & 1023]}{pairs[n & 1023]}"
    )
