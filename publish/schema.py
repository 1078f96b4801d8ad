"""Record types, each described by one Table Schema file; everything else is derived from them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Literal, cast

import orjson

Disclosure = Literal["public", "masked", "internal"]
ORGANISATION = "法人及非法人组织"
"""The kind of party that is no natural person, nor one trading under a name."""
PERSON = "自然人"
"""The kind of party of which names are masked."""

Kind = Literal["record", "attached", "internal", "reference"]
TYPES: Mapping[Kind, tuple[str, ...]] = {
    "record": ("licence", "penalty", "other_act", "list_entry", "commitment"),
    "attached": ("fulfilment",),
    "internal": ("feedback", "feedback_event", "audit"),
    "reference": ("department", "alias", "credit_list", "catalogue"),
}
"""Every type, each described by the file of its name, in the order in which they are shown.

``record``: has a party, asks the questions of disclosure, has a public table and is searched.
``attached``: belongs to a record and is public only with it. ``internal``: stays in the register.
``reference``: a table of the project that rows are checked against.
"""
REFERENCE_TYPES = TYPES["reference"]
RECORD_TYPES = (*TYPES["record"], *TYPES["attached"], *TYPES["internal"])
"""The types that departments hand in."""


@dataclass(frozen=True)
class CodeValue:
    """One value of a code list: what is stored, its labels, and other spellings that mean it."""

    value: str
    en: str
    zh: str
    also: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        """Everything a department may write for this value."""
        return (self.value, self.zh, self.en, *self.also)


@dataclass(frozen=True)
class CodeList:
    """The values a coded field may have.

    Attributes:
        other: whether 其他-… with a text of one's own is a value too.
        many: whether several values may stand together, separated by semicolons.
    """

    name: str
    values: tuple[CodeValue, ...]
    other: bool = False
    many: bool = False

    def label(self, value: str, lang: str) -> str:
        """The label of a stored value in ``zh`` or ``en``; what is not in the list is its own."""
        if self.many and ";" in value:
            return "; ".join(self.label(part, lang) for part in value.split(";"))
        return next((getattr(v, lang) for v in self.values if v.value == value), value)


@dataclass(frozen=True)
class Field:
    """One column of a record type.

    Attributes:
        name: the column name in the code, the database, the API and the downloads.
        code: the national standard's field code; None where the standard has none.
        unicode: how text is normalised: ``text``, ``name``, ``code`` or ``document_no``.
        check: a check of the content: ``uscc`` or ``person_id``.
        required_if: other field and the value that makes this one required.
        scan: whether free text is searched for personal data before it is published.
        part: the fragment of fields that it comes from, such as ``party``; empty for a type's own.
    """

    name: str
    title_zh: str
    title_en: str
    type: Literal["string", "date", "number"]
    disclosure: Disclosure
    code: str | None = None
    constraints: Mapping[str, Any] = field(default_factory=dict)
    codes: CodeList | None = None
    check: str | None = None
    unicode: str = "text"
    decimals: int = 0
    required_if: Mapping[str, str] = field(default_factory=dict)
    searchable: bool = False
    facet: bool = False
    scan: bool = False
    also: tuple[str, ...] = ()
    note_zh: str = ""
    note_en: str = ""
    example: str = ""
    part: str = ""

    @property
    def required(self) -> bool:
        """Whether a row without it is rejected whatever else it says."""
        return bool(self.constraints.get("required"))

    @property
    def max_length(self) -> int | None:
        """The longest text allowed, in characters."""
        return cast("int | None", self.constraints.get("maxLength"))

    @property
    def headers(self) -> tuple[str, ...]:
        """The headings a department may give this column."""
        return tuple(h for h in (self.title_zh, self.code, self.name, *self.also) if h)


@dataclass(frozen=True)
class RecordType:
    """A kind of record: its fields in the standard's order and what they are for.

    Attributes:
        roles: which field plays which part (``decided``, ``authority``, ``document`` …).
        rules: the names of the rules between fields that apply.
        parent: the type of the record that one of an attached type belongs to.
        file: the name of a reference table's file.
        about_others: whether the office that hands rows in is not the department that they are
            about: what is wrong with them is the office's mistake, not the department's.
    """

    name: str
    kind: Kind
    title_zh: str
    title_en: str
    one_zh: str
    one_en: str
    roles: Mapping[str, Any]
    rules: tuple[str, ...]
    fields: tuple[Field, ...]
    parent: str | None = None
    file: str | None = None
    about_others: bool = False

    def __getitem__(self, name: str) -> Field:
        return self.by_name[name]

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """The fields by column name."""
        return {f.name: f for f in self.fields}

    @cached_property
    def public_fields(self) -> tuple[Field, ...]:
        """The fields that may leave the register, masked or not."""
        return tuple(f for f in self.fields if f.disclosure != "internal")

    def table_schema(self) -> dict[str, Any]:
        """The public form as a Frictionless Table Schema descriptor."""
        return {
            "fields": [_descriptor(f) for f in self.public_fields],
            "primaryKey": ["record_id"],
            "missingValues": [""],
        }


def record_types() -> dict[str, RecordType]:
    """The types that departments hand in by name, in the order in which they are shown."""
    return {name: record_type(name) for name in RECORD_TYPES}


def public_types() -> dict[str, RecordType]:
    """The types that have a public table."""
    return types_of("record") | types_of("attached")


def types_of(kind: Kind) -> dict[str, RecordType]:
    """The types of one kind."""
    return {name: record_type(name) for name in TYPES[kind]}


@cache
def record_type(name: str) -> RecordType:
    """The type of that name, with the fields that all parties share filled in."""
    raw = _load(name)
    return RecordType(
        name=raw["name"],
        kind=next(kind for kind, names in TYPES.items() if name in names),
        title_zh=raw["title_zh"],
        title_en=raw["title_en"],
        one_zh=raw["one_zh"],
        one_en=raw["one_en"],
        roles=raw["roles"],
        rules=tuple(raw["rules"]),
        fields=tuple(_fields(raw["fields"])),
        parent=raw.get("parent"),
        file=raw.get("file"),
        about_others=raw.get("about_others", False),
    )


@cache
def code_lists() -> dict[str, CodeList]:
    """All code lists by name; that of the record types is made from their own files."""
    lists = {name: _code_list(name, raw) for name, raw in _load("codes").items()}
    return lists | {"record_type": CodeList("record_type", tuple(_named_types()))}


def _named_types() -> Iterator[CodeValue]:
    """The types of records as values of a code."""
    for raw in map(_load, TYPES["record"]):
        also = {raw["one_zh"], raw["title_en"]} - {raw["title_zh"], raw["one_en"]}
        yield CodeValue(raw["name"], raw["one_en"], raw["title_zh"], tuple(sorted(also)))


def _load(name: str) -> dict[str, Any]:
    """One schema file of the package."""
    text = files("publish").joinpath("schemas", f"{name}.json").read_bytes()
    return cast("dict[str, Any]", orjson.loads(text))


def _fields(items: list[dict[str, Any]]) -> Iterator[Field]:
    """Fields in order, includes expanded."""
    for item in items:
        if "include" in item:
            yield from _included(item)
        else:
            yield _field(item)


def _included(item: dict[str, Any]) -> Iterator[Field]:
    """The fields of a fragment; the standard prefixes most codes with the record type's letters."""
    prefix, bare = item.get("code_prefix", ""), item.get("keep_codes", [])
    for raw in _load(item["include"])["fields"]:
        one = _field({**raw, "part": item["include"]})
        yield one if one.code in bare else replace(one, code=f"{prefix}{one.code}")


def _field(raw: dict[str, Any]) -> Field:
    """A field from its descriptor."""
    known = dict(raw)
    if "codes" in known:
        known["codes"] = code_lists()[known["codes"]]
    if "also" in known:
        known["also"] = tuple(known["also"])
    return Field(**known)


def _code_list(name: str, raw: dict[str, Any]) -> CodeList:
    """A code list from its descriptor; a value without a Chinese label is its own label."""
    values = tuple(
        CodeValue(v["value"], v["en"], v.get("zh", v["value"]), tuple(v.get("also", ())))
        for v in raw["values"]
    )
    return CodeList(name, values, raw.get("other", False), raw.get("many", False))


def _descriptor(f: Field) -> dict[str, Any]:
    """A field as the Table Schema standard writes it, with our own keys beside."""
    out: dict[str, Any] = {"name": f.name, "type": f.type, "title": f.title_zh}
    out |= {"title_zh": f.title_zh, "title_en": f.title_en, "disclosure": f.disclosure}
    if f.code:
        out["code"] = f.code
    limits = {k: v for k, v in f.constraints.items() if k != "required" or v}
    if f.codes and not (f.codes.other or f.codes.many):
        limits["enum"] = [v.value for v in f.codes.values]
    if limits:
        out["constraints"] = limits
    return out
