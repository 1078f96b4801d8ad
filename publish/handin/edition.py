"""Editions: files by an earlier edition of the national data standard, read as the present one.

An edition is declared like a source, in `publish/schemas/editions`: its headings, and which fields
of today it does not have. It is recognised by its headings.

The editions of 2015 and 2016 do not say what kind of party a row is about, on which hangs whether
a name may be published. It is told by numbers that only one kind has; where none does the row is
rejected.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import as_file, files
from typing import Any, Self

from pydantic import Field as Default
from pydantic import model_validator

from publish.handin import idcard, uscc
from publish.handin.findings import Problem
from publish.handin.rules import RESIDENT_CARD, SOLE_TRADER, Rule, Setting, Values
from publish.handin.source import Source
from publish.handin.tidy import is_blank
from publish.handin.workbook import Row
from publish.schema import ORGANISATION, PERSON, Field, RecordType, record_type
from publish.settings import read_settings

KIND = "party_kind"
_BLANK = "required_missing"
_NUMBERS = {"uscc", "registration_no", "organisation_code", "person_id_no"}
"""What the kind of party is told by; where one is wrong, that is told instead."""

_REGISTRATION = re.compile(r"[0-9]{15}", re.ASCII)
_FIRST_OF_SOLE_TRADERS = "6"


class Edition(Source):
    """What is particular to an earlier edition of the standard, for one record type.

    Attributes:
        title_zh: what it is called.
        headings: the fields that it has and all their headings; the first is the code.
        second: headings of a second column for a field that may have several values.
    """

    title_zh: str
    title_en: str
    headings: dict[str, tuple[str, ...]]
    second: dict[str, tuple[str, ...]] = Default(default_factory=dict)

    @model_validator(mode="after")
    def _known_headings(self) -> Self:
        record = record_type(str(self.record_type))
        for name in (*self.headings, *self.second):
            if name not in record.by_name:
                raise ValueError(f"headings: {record.name} has no field {name!r}")
        return self

    def headings_of(self, field: Field) -> Sequence[str]:
        """The headings of a field; a field that it does not have goes by those of today."""
        return self.headings.get(field.name, field.headers)


@cache
def editions() -> tuple[Edition, ...]:
    """The earlier editions, by record type."""
    with as_file(files("publish").joinpath("schemas", "editions")) as folder:
        return tuple(read_settings(path, Edition) for path in sorted(folder.glob("*.toml")))


def editions_for(record: RecordType, source: Source) -> Iterator[Edition]:
    """The earlier editions of a record type, with what is particular to a file beside it.

    A source says everything about its files: it goes before the edition.
    """
    for edition in editions():
        if edition.record_type == record.name:
            yield edition.model_copy(update=dict(_both(edition, source)))


def _both(edition: Edition, source: Source) -> Iterator[tuple[str, Any]]:
    """What an edition and a source say together."""
    for key in source.model_fields_set:
        ours, theirs = getattr(edition, key), getattr(source, key)
        if isinstance(theirs, dict):
            yield key, ours | theirs
        elif isinstance(theirs, tuple):
            yield key, (*ours, *theirs)
        elif theirs is not None:
            yield key, theirs


def joined(rows: Iterator[Row], first: int, second: int) -> Iterator[Row]:
    """Rows in which what a second column says is added to the first."""
    for line, cells in rows:
        if len(cells) > max(first, second) and not is_blank(cells[second]):
            also = () if is_blank(cells[first]) else (cells[first],)
            cells[first] = ";".join((*also, cells[second]))
        yield line, cells


def kind_rules(source: Source | None, setting: Setting) -> list[Rule]:
    """What must be done before the rules of a record type, if a file is of an earlier edition."""
    return [_kind_of_party(setting)] if isinstance(source, Edition) else []


def _kind_of_party(setting: Setting) -> Rule:
    """Tells the kind of party, and whose identity number a row gives.

    That the kind is blank was noted as an error when the row was read; only what it is told by
    takes that back.
    """

    def rule(values: Values) -> None:
        blank = [noted for noted in setting.found if noted.field == KIND]
        wrong = any(n.field in _NUMBERS and n.severity == "error" for n in setting.found)
        kind = values.get(KIND) or (None if wrong else kind_of_party(values))
        if kind or wrong or values.get("uscc") == uscc.NONE_GIVEN:
            _take_back(setting, blank)
        elif all(noted.code == _BLANK for noted in blank):
            _take_back(setting, blank)
            setting.note("party_kind_unclear", KIND)
        if kind:
            values[KIND] = kind
            _assign_number(values, kind)

    return rule


def _take_back(setting: Setting, blank: Sequence[Problem]) -> None:
    """Takes back that the kind of party is blank, which is told otherwise."""
    for noted in blank:
        if noted.code == _BLANK:
            setting.found.remove(noted)


def kind_of_party(values: Values) -> str | None:
    """The kind of party by numbers that only one kind has; None where they do not tell.

    A unified social credit code that begins with 92 is a sole trader's, any other an
    organisation's (GB 32100-2015, 4.2); so is an organisation code (GB 11714-1997) and, by its
    seventh digit, a registration number (GS 15-2006, 4.3). A resident identity number alone is a
    natural person's; beside one of the others it is the legal representative's.
    """
    code = values.get("uscc")
    if code and code != uscc.NONE_GIVEN:
        return SOLE_TRADER if code.startswith("92") else ORGANISATION
    number = values.get("registration_no", "")
    if is_registration_number(number):
        return SOLE_TRADER if number[6] >= _FIRST_OF_SOLE_TRADERS else ORGANISATION
    if uscc.organisation_code_is_valid(values.get("organisation_code", "")):
        return ORGANISATION
    others = code or number or values.get("organisation_code")
    return PERSON if not others and idcard.is_valid(values.get("person_id_no", "")) else None


def is_registration_number(number: str) -> bool:
    """Whether a number is one of the registration authorities' (GS 15-2006; ISO 7064 MOD 11,10)."""
    if not _REGISTRATION.fullmatch(number):
        return False
    product = 10
    for digit in number[:14]:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return (product + int(number[14])) % 10 == 1


def _assign_number(values: Values, kind: str) -> None:
    """Gives the identity number to the party if that is a person, else to who represents it."""
    number = values.get("person_id_no")
    if number and kind == PERSON:
        values.setdefault("person_id_type", RESIDENT_CARD)
    elif number:
        del values["person_id_no"]
        values.setdefault("legal_rep_id_no", number)
