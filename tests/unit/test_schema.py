"""Record types: each described by one file, each of one kind, with what its kind needs."""

from importlib.resources import files

import pytest

from publish.handin.clean import cleaner
from publish.profile import Persons
from publish.schema import (
    RECORD_TYPES,
    TYPES,
    Kind,
    RecordType,
    code_lists,
    public_types,
    record_type,
    record_types,
    types_of,
)

EVERY = [record_type(name) for names in TYPES.values() for name in names]
SHARED = {"codes", "findings", "handling", "party"}
every_type = pytest.mark.parametrize("record", EVERY, ids=lambda record: str(record.name))


def test_every_schema_file_is_a_type_of_one_kind() -> None:
    """No file of the folder is forgotten, and no type stands under two kinds."""
    folder = files("publish").joinpath("schemas")
    names = [p.name.removesuffix(".json") for p in folder.iterdir() if p.name.endswith(".json")]
    listed = [name for group in TYPES.values() for name in group]
    assert sorted(set(names) - SHARED) == sorted(listed)
    assert {record.name for record in EVERY} == set(listed)


def test_what_departments_hand_in_and_what_is_public() -> None:
    """Reference tables are not handed in; what is internal has no public table."""
    assert tuple(record_types()) == RECORD_TYPES
    assert set(RECORD_TYPES).isdisjoint(TYPES["reference"])
    assert public_types().keys() == {*TYPES["record"], *TYPES["attached"]}


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        ("record", {"decided", "authority", "authority_uscc", "document", "headline", "status"}),
        ("attached", {"decided", "authority", "authority_uscc", "document", "headline", "parent"}),
        ("internal", {"decided", "authority", "authority_uscc", "document", "headline"}),
        ("reference", {"key", "departments"}),
    ],
)
def test_types_play_the_parts_of_their_kind(kind: Kind, roles: set[str]) -> None:
    """Each type of a kind names the fields that its kind is asked for, and they exist."""
    for record in types_of(kind).values():
        assert roles <= record.roles.keys(), record.name
        for part in record.roles.values():
            fields = {part} if isinstance(part, str) else set(part)
            assert fields <= record.by_name.keys()
        assert (record.parent in TYPES["record"]) == (kind == "attached")
        assert bool(record.file) == (kind == "reference")


@every_type
def test_titles_are_in_both_languages_and_tell_fields_apart(record: RecordType) -> None:
    """Every field has a Chinese and an English title of its own."""
    for lang in ("zh", "en"):
        titles = [getattr(field, f"title_{lang}") for field in record.fields]
        assert all(titles) and len(set(titles)) == len(titles)


@every_type
def test_examples_pass_their_own_checks(record: RecordType) -> None:
    """The example of every field can be stored, and what is required has one."""
    for field in record.fields:
        cleaned = cleaner(field)(field.example)
        assert cleaned.problems == (), field.name
        assert bool(cleaned.value) == bool(field.example), field.name
        assert field.example or not field.required, field.name


def test_nothing_of_an_applicant_is_meant_for_the_public() -> None:
    """Names and contacts of applicants, and inspectors' notes, are internal always."""
    hidden = {"feedback": ("applicant_name", "applicant_contact"), "audit": ("inspector_note",)}
    for name, fields in hidden.items():
        assert all(record_type(name)[field].disclosure == "internal" for field in fields)


def test_every_record_has_a_rule_about_persons() -> None:
    """A profile that says nothing of acts and promises shows none of natural persons."""
    assert set(TYPES["record"]) <= Persons.model_fields.keys()
    quiet = Persons(source="示例规则")
    assert (quiet.other_act, quiet.commitment) == ("withhold", "withhold")


def test_types_as_a_code_have_the_titles_of_their_files() -> None:
    """The code list of record types is made from their files: nothing is typed twice."""
    codes = code_lists()["record_type"]
    assert [v.value for v in codes.values] == list(TYPES["record"])
    assert codes.label("other_act", "zh") == record_type("other_act").title_zh
