"""What makes a record the same record: its type, authority, document and party."""

import re
import unicodedata
from base64 import b32encode
from collections.abc import Mapping
from hashlib import blake2b

from publish.handin.uscc import NONE_GIVEN
from publish.schema import RecordType

_ID_BYTES = 10  # 80 bits: two of ten million records share an id once in 10^10 cities
_SPACES = re.compile(r"\s+")


def record_id(record: RecordType, values: Mapping[str, str], key: bytes) -> str:
    """The public id of a record: 16 letters and digits that tell nothing about the party.

    The hash is keyed with a secret of the register, so that nobody can find a person's
    identity number by trying all of them.

    Args:
        record: the record type.
        values: the record's fields.
        key: the register's secret, 16 to 64 bytes.
    """
    document = (values.get(name, "") for name in record.roles["document"])
    parts = (
        record.name,
        values.get(record.roles["authority_uscc"], ""),
        *map(_fold, document),
        party_key(values),
    )
    digest = blake2b("\x1f".join(parts).encode(), key=key, digest_size=_ID_BYTES)
    return b32encode(digest.digest()).decode().lower()


def party_key(values: Mapping[str, str]) -> str:
    """What tells one party of a document from another.

    The code where there is a real one, else the registration number, else a natural person's
    document number, else the name.
    """
    uscc = values.get("uscc", "")
    if uscc and uscc != NONE_GIVEN:
        return f"uscc:{uscc}"
    if number := values.get("registration_no"):
        return f"registration:{_fold(number)}"
    if number := values.get("person_id_no"):
        return f"person:{_fold(number)}"
    return f"name:{_fold(values.get('party_name', ''))}"


def _fold(text: str) -> str:
    """Text without what spellings of the same number differ in."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).casefold()
