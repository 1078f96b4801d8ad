"""Identity: the same decision about the same party has one id, and nobody can guess whose."""

import re
import unicodedata
from base64 import b32encode
from hashlib import blake2b
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from publish.handin.uscc import NONE_GIVEN
from publish.register.identity import party_key, record_id
from publish.schema import record_type

KEY = bytes(range(32))
PENALTY = record_type("penalty")
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20)
VALUES = st.fixed_dictionaries(
    {"authority_uscc": TEXT, "document_no": TEXT, "party_name": TEXT, "facts": TEXT},
    optional={"uscc": TEXT, "registration_no": TEXT, "person_id_no": TEXT},
)


def of(**values: Any) -> str:  # noqa: ANN401
    """The id of a penalty with these fields."""
    return record_id(PENALTY, values, KEY)


def test_a_correction_keeps_the_id() -> None:
    """Text, amounts and dates may change; the record stays the same record."""
    same = {"authority_uscc": "A", "document_no": "示罚〔2026〕1号", "uscc": "U"}
    assert of(**same, facts="甲", fine="1") == of(**same, facts="乙", fine="2")


def test_what_makes_another_record() -> None:
    """Another authority, document or party is another record; so is another record type."""
    base = {"authority_uscc": "A", "document_no": "1号", "uscc": "U"}
    ids = {of(**base), of(**base | {"authority_uscc": "B"}), of(**base | {"document_no": "2号"})}
    ids |= {of(**base | {"uscc": "V"}), record_id(record_type("licence"), base, KEY)}
    assert len(ids) == 5


def test_spacing_and_width_do_not_make_another_document() -> None:
    """Full-width digits and stray spaces in a document number mean the same document."""
    assert of(document_no="示罚 〔2026〕１２号") == of(document_no="示罚〔2026〕12号")


def test_a_sole_trader_without_code_is_known_by_registration() -> None:
    """Seventeen zeros and X is nobody's code: the registration number tells parties apart."""
    first = {"uscc": NONE_GIVEN, "registration_no": "990100600000001"}
    second = {"uscc": NONE_GIVEN, "registration_no": "990100600000002"}
    assert party_key(first) != party_key(second)


def test_the_id_needs_the_secret() -> None:
    """With another secret every id is another, so trying all identity numbers tells nothing."""
    values = {"person_id_no": "990101199001011234", "document_no": "1号"}
    assert record_id(PENALTY, values, KEY) != record_id(PENALTY, values, KEY[::-1])


@given(VALUES)
def test_ids_are_short_plain_and_stable(values: dict[str, str]) -> None:
    """Sixteen lower-case letters and digits, the same each time, holding nothing of the input."""
    found = record_id(PENALTY, values, KEY)
    assert len(found) == 16 and found.isalnum() and found == found.lower()
    assert found == record_id(PENALTY, dict(values), KEY)


@given(VALUES, st.sampled_from(["licence", "penalty"]), st.binary(min_size=16, max_size=64))
def test_ids_never_change(values: dict[str, str], name: str, key: bytes) -> None:
    """An id is the keyed hash of type, authority, document and party in base 32, for ever."""

    def fold(text: str) -> str:
        return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()

    kinds = {"uscc": "uscc", "registration_no": "registration", "person_id_no": "person"}
    given = {f for f, text in values.items() if text and (f, text) != ("uscc", NONE_GIVEN)}
    field = next((f for f in kinds if f in given), "party_name")
    party = values[field] if field == "uscc" else fold(values[field])
    who = f"{kinds.get(field, 'name')}:{party}"
    parts = (name, values["authority_uscc"], fold(values["document_no"]), who)
    digest = blake2b("\x1f".join(parts).encode(), key=key, digest_size=10).digest()
    assert record_id(record_type(name), values, key) == b32encode(digest).decode().lower()


@given(VALUES, VALUES)
def test_different_keys_give_different_ids(one: dict[str, str], other: dict[str, str]) -> None:
    """Two records share an id only if authority, document and party are the same."""

    def key(values: dict[str, str]) -> tuple[str, str, str]:
        return values["authority_uscc"], values["document_no"], party_key(values)

    if record_id(PENALTY, one, KEY) != record_id(PENALTY, other, KEY):
        assert key(one) != key(other)
    elif key(one) != key(other):
        assert party_key(one) == party_key(other)
        assert one["authority_uscc"] == other["authority_uscc"]
