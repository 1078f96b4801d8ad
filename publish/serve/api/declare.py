"""What an endpoint of the API is: its address, its parameters and the columns of its answer."""

import sqlite3
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

from monitor.calendar import Calendar
from monitor.tables import Table
from publish.release.public import columns as record_columns
from publish.schema import RecordType

DEFAULT_LIMIT, MOST_ROWS = 50, 1000

Kind = Literal["string", "integer", "number", "boolean", "object", "array"]
Row = Mapping[str, Any]
Place = Sequence[str | int | float]
"""Where a page of rows ended: the values by which the rows are ordered."""

_KINDS: Mapping[str, Kind] = {"TEXT": "string", "INTEGER": "integer", "REAL": "number"}


@dataclass(frozen=True)
class Parameter:
    """A parameter of an endpoint.

    Attributes:
        kind: a ``date`` is written 2026-02-26.
        values: all that it may be; none if anything may stand there.
        many: whether several of the values may stand there, separated by commas.
        default: what it is taken for where it is not given.
        least: the smallest number.
        most: the greatest number, or the longest text in characters.
    """

    name: str
    zh: str
    en: str
    kind: Literal["text", "date", "integer"] = "text"
    values: tuple[str, ...] = ()
    many: bool = False
    default: str | int | None = None
    required: bool = False
    least: int = 0
    most: int = 200


@dataclass(frozen=True)
class Column:
    """A column of an answer.

    Attributes:
        nullable: whether it may be empty, which is null in JSON and nothing in CSV.
        day: whether the text is a day, written 2026-02-26.
        parts: the columns of each item of an array, or of an object.
        flat: whether it stands in CSV, too.
        optional: whether it is left out where it was not asked for.
    """

    name: str
    kind: Kind
    zh: str
    en: str
    nullable: bool = True
    day: bool = False
    parts: tuple["Column", ...] = ()
    flat: bool = True
    optional: bool = False


class Release(NamedTuple):
    """The release that answers.

    Attributes:
        row: its row of the table `release`.
        calendar: the working days that it was judged on; None where they are not at hand.
        kept: the rows of all releases that are still there, newest first.
        totals: what was counted so far, by what was asked; in a release it never changes.
    """

    row: Row
    calendar: Calendar | None
    kept: tuple[Row, ...]
    totals: dict[Hashable, int | None]


class Databases(NamedTuple):
    """Connections to the two databases of a release, for one thread."""

    credit: sqlite3.Connection
    monitor: sqlite3.Connection


@dataclass
class Listed:
    """Rows of an answer.

    Attributes:
        rows: in the endpoint's columns.
        next: where the next page begins; None on the last page.
        total: how many rows there are on all pages; None where nobody counted so far.
        meta: what else is told of them.
    """

    rows: Sequence[Row]
    next: Place | None = None
    total: int | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Single:
    """One thing as an answer, and the addresses of what belongs to it."""

    row: Row
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A request that has been understood.

    Attributes:
        values: by parameter; what was not given and has no default is None.
        after: where the page before ended.
    """

    values: Mapping[str, Any]
    after: Place | None = None

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - as declared
        return self.values[name]


Question = Callable[[Databases, Release, Asked], Listed | Single]


@dataclass(frozen=True)
class Endpoint:
    """One address of the API.

    Attributes:
        name: what programs made from the description call it.
        path: below `ROOT`; a part in braces is a parameter.
        ask: answers it from the databases.
        columns: of the thing, or of each row.
        parameters: of the path and the query, without those that every list has.
        listed: whether the answer is a list, which comes as CSV, too.
        paged: whether a list comes in pages.
        meta: what ``meta`` holds beside what it always does.
        missing: what is not there, where that can be so: it is answered with 404.
        gone: what is not there any more, where that can be so: it is answered with 410.
        variants: the columns by type, where the type of the thing decides on them.
    """

    name: str
    path: str
    zh: str
    en: str
    ask: Question
    columns: tuple[Column, ...]
    parameters: tuple[Parameter, ...] = ()
    listed: bool = True
    paged: bool = True
    meta: tuple[Column, ...] = ()
    missing: str = ""
    gone: str = ""
    variants: Mapping[str, tuple[Column, ...]] = field(default_factory=dict)

    @cached_property
    def inner(self) -> str:
        """The name of the parameter in the path; empty if there is none."""
        return self.path.partition("{")[2].removesuffix("}")

    @property
    def all_parameters(self) -> Iterator[Parameter]:
        """The parameter of the path, then those after the question mark."""
        yield from (p for p in self.parameters if p.name == self.inner)
        yield from self.query

    @cached_property
    def query(self) -> tuple[Parameter, ...]:
        """The parameters after the question mark."""
        own = tuple(p for p in self.parameters if p.name != self.inner)
        return (*own, LIMIT, CURSOR) if self.listed and self.paged else own


LIMIT = Parameter(
    "limit",
    "每页行数",
    "rows per page",
    "integer",
    default=DEFAULT_LIMIT,
    least=1,
    most=MOST_ROWS,
)
CURSOR = Parameter(
    "cursor",
    "下一页的起点，取自 links.next",
    "where the page begins, taken from links.next",
    most=2000,
)


def table_columns(table: Table) -> tuple[Column, ...]:
    """The columns of a table of figures."""
    return tuple(
        Column(name, _KINDS[sql], zh, en, nullable=name not in table.key)
        for name, (sql, zh, en) in table.columns.items()
    )


def type_columns(record: RecordType) -> tuple[Column, ...]:
    """The columns of a record type's public table."""
    return tuple(_type_columns(record))


def _type_columns(record: RecordType) -> Iterator[Column]:
    for column in record_columns(record):
        own = record.by_name.get(column.name)
        yield Column(
            column.name,
            _KINDS[column.sql],
            column.zh,
            column.en,
            nullable=column.name != "record_id",
            day=own is not None and own.type == "date",
        )
