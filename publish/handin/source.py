"""A source: what one department's file means, declared in a TOML file instead of in code."""

import codecs
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from publish.fetch.declare import Fetching, Http, Sql
from publish.handin.findings import Problem, problem, refusal
from publish.profile import RecordTypeName
from publish.schema import Field as SchemaField
from publish.schema import RecordType, record_type
from publish.settings import read_settings

REPUBLIC = "roc"
"""The date format of years of the Republic (中華民國)."""
OTHER = "其他-"
"""What a code of one's own begins with."""
Reason = Annotated[str, Field(min_length=4)]


class Extract(BaseModel):
    """A field that is a part of a cell.

    Attributes:
        heading: the heading of the column that holds it (``from`` in the file).
        pattern: a regular expression; its one group is the part.
        template: the value, ``{}`` standing for the part.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    heading: str = Field(alias="from")
    pattern: str = "(.*)"
    template: str = "{}"

    @model_validator(mode="after")
    def _one_group(self) -> Self:
        try:
            groups = re.compile(self.pattern).groups
        except re.error as error:
            raise ValueError(f"the pattern is wrong: {error}") from error
        if groups != 1:
            raise ValueError("the pattern needs exactly one group")
        if "{}" not in self.template:
            raise ValueError("the template needs {}")
        return self


class Split(BaseModel):
    """Fields that stand in one cell with a separator between them.

    Attributes:
        separator: what stands between; full width and half width are the same.
        fields: the fields in their order; a cell must have just as many parts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    separator: Annotated[str, Field(min_length=1, max_length=8)]
    fields: Annotated[tuple[str, ...], Field(min_length=2)]

    def extracts(self, heading: str) -> Iterator[tuple[str, Extract]]:
        """The same said field by field."""
        between = "".join(f"[{re.escape(c)}{re.escape(_wide(c))}]" for c in self.separator)
        other, last = rf"(?:(?!{between})[\s\S])*", len(self.fields) - 1
        for place, name in enumerate(self.fields):
            before, after = f"{other}{between}" * place, f"{between}{other}" * (last - place)
            pattern = rf"\A{before}({other}){after}\Z"
            yield name, Extract.model_validate({"from": heading, "pattern": pattern})


def _wide(character: str) -> str:
    """The full-width form of an ASCII character."""
    return chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character


class Source(BaseModel):
    """What is particular to the files of one source.

    Attributes:
        record_type: what its rows are; None to tell from the headings.
        department: the code of the department that decided, where a row does not say.
        encoding: of its text files, where it is neither UTF-8 nor GB18030.
        header_row: which row that is not blank holds the headings; 0 if none does.
        headers: the headings to use instead, for a header that is wrong or missing.
        columns: its headings and the field, or the fields, that each fills.
        constants: fields whose value is the same in every row.
        extract: fields that are a part of a cell.
        split: headings of columns that hold several fields with a separator between them.
        dates: fields whose dates are written otherwise: a `strptime` format, or ``roc`` for
            years of the Republic.
        units: amounts that are given in yuan.
        codes: its values of coded fields and ours.
        ignore: headings that are known and not needed.
        absent: fields that it cannot give, or not always, with the reason; their being blank is
            no error.
        minimum_rows: fewer rows are refused.
        maximum_rows: more rows give a warning.
        fetch: where its rows are fetched from; None if files are handed in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    record_type: RecordTypeName | None = None
    department: str | None = None
    encoding: str | None = None
    header_row: Annotated[int, Field(ge=0, le=10)] | None = None
    headers: tuple[str, ...] = ()
    columns: dict[str, str | tuple[str, ...]] = {}
    constants: dict[str, str] = {}
    extract: dict[str, Extract] = {}
    split: dict[str, Split] = {}
    dates: dict[str, str] = {}
    units: dict[str, Literal["yuan"]] = {}
    codes: dict[str, dict[str, str]] = {}
    ignore: tuple[str, ...] = ()
    absent: dict[str, Reason] = {}
    minimum_rows: Annotated[int, Field(ge=0)] = 0
    maximum_rows: Annotated[int, Field(ge=1)] | None = None
    fetch: Fetching | None = None

    @model_validator(mode="after")
    def _fits_the_schema(self) -> Self:
        if self.header_row == 0 and not self.headers:
            raise ValueError("headers: needed where no row holds the headings")
        _known_encoding(self.encoding or "utf-8")
        if self.encoding and isinstance(self.fetch, Sql | Http) and self.fetch.writes == "jsonl":
            raise ValueError("encoding: what is fetched is written down in UTF-8; leave it out")
        _whole_dates(self.dates)
        if self.record_type:
            _known_fields(self, record_type(self.record_type))
        elif self.mapped or self.constants or self.parts or self.absent or self.codes:
            raise ValueError("record_type: fields can only be named if it is given")
        _given_once(self)
        return self

    def fields_of(self, heading: str) -> tuple[str, ...]:
        """The fields that a heading, as it stands in `columns`, fills."""
        named = self.columns[heading]
        return (named,) if isinstance(named, str) else named

    @cached_property
    def parts(self) -> dict[str, Extract]:
        """The fields that are a part of a cell, by pattern or between separators."""
        split = (part for heading, one in self.split.items() for part in one.extracts(heading))
        return self.extract | dict(split)

    @property
    def mapped(self) -> list[str]:
        """The fields that its columns fill."""
        return [field for heading in self.columns for field in self.fields_of(heading)]

    def count_rows(self, rows: int) -> Problem | None:
        """Judges how many rows a hand-in has.

        Returns:
            A warning about too many, or None.

        Raises:
            ProblemError: if they are too few.
        """
        if rows < self.minimum_rows:
            raise refusal("too_few_rows", rows=rows, limit=self.minimum_rows)
        if self.maximum_rows is not None and rows > self.maximum_rows:
            return problem("too_many_rows", rows=rows, limit=self.maximum_rows)
        return None


def _known_encoding(name: str) -> None:
    """Refuses an encoding that does not exist."""
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise ValueError(f"encoding: {error}") from error


def _whole_dates(formats: Mapping[str, str]) -> None:
    """Refuses a date format from which a day cannot be told."""
    day = date(2026, 11, 22)
    for name, form in formats.items():
        if form != REPUBLIC and parse_date(day.strftime(form), form) != day:
            raise ValueError(f"dates: {name}: {form!r} does not hold year, month and day")


def parse_date(text: str, form: str) -> date | None:
    """A date in a `strptime` format; None if the text is not in it."""
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def _known_fields(source: Source, record: RecordType) -> None:
    """Refuses a field that the record type does not have, and a unit or format of another type."""
    for key, kind, names in (
        ("columns", None, source.mapped),
        ("constants", None, source.constants),
        ("extract", None, source.extract),
        ("split", None, [name for one in source.split.values() for name in one.fields]),
        ("absent", None, source.absent),
        ("codes", None, source.codes),
        ("dates", "date", source.dates),
        ("units", "number", source.units),
    ):
        for name in names:
            if name not in record.by_name:
                raise ValueError(f"{key}: {record.name} has no field {name!r}")
            if kind and record[name].type != kind:
                raise ValueError(f"{key}: {name} is no {kind}")
    for name, values in source.codes.items():
        _known_codes(record[name], values)


def _known_codes(where: SchemaField, values: Mapping[str, str]) -> None:
    """Refuses a code that is not one of ours."""
    codes = where.codes
    if codes is None:
        raise ValueError(f"codes: {where.name} has no code list")
    ours = {v.value for v in codes.values}
    for value in values.values():
        if value not in ours and not (codes.other and value.startswith(OTHER)):
            raise ValueError(f"codes: {where.name} has no value {value!r}")


def _given_once(source: Source) -> None:
    """Refuses a field that is filled in two ways."""
    between = [name for one in source.split.values() for name in one.fields]
    filled = [*source.mapped, *source.constants, *source.extract, *between]
    twice = sorted({name for name in filled if filled.count(name) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)}: filled in more than one way")


def load_source(path: Path) -> Source:
    """Reads and checks a source.

    Raises:
        UsageError: naming the file, the key and the reason.
    """
    return read_settings(path, Source)
