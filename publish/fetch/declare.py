"""Where a source's rows come from: the table `[fetch]` of its file in data/sources."""

import codecs
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from publish.jobs.timetable import rhythm

SINCE = "{since}"
"""What stands in a parameter for the time of the last fetch."""
_SPAN = re.compile(r"(\d{1,5}) (second|minute|hour|day)s?")
_SECRET_HEADERS = {"authorization", "proxy-authorization", "cookie"}


def _span(value: object) -> timedelta:
    """A length of time as it is written: ``10 minutes``."""
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('write a length of time like "30 seconds", "10 minutes" or "1 day"')
    return timedelta(**{f"{found[2]}s": int(found[1])})


def _rhythm(value: object) -> str:
    """A rhythm that the scheduler understands."""
    rhythm(str(value))
    return str(value)


def _variable(value: object) -> object:
    """The name of an environment variable, not what it holds; the value stays out of errors."""
    if not isinstance(value, str) or not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", value):
        raise ValueError("give the name of an environment variable, not the secret itself")
    return value


def _encoding(value: object) -> str:
    """The name of an encoding that exists."""
    try:
        return codecs.lookup(str(value)).name
    except LookupError as error:
        raise ValueError(str(error)) from error


Encoding = Annotated[str, BeforeValidator(_encoding)]
Span = Annotated[timedelta, BeforeValidator(_span)]
Rhythm = Annotated[str, BeforeValidator(_rhythm)]
Variable = Annotated[str, BeforeValidator(_variable)]
Format = Annotated[str, Field(min_length=2)]


class _Table(BaseModel):
    """A table of the file: nothing in it is unknown, and nothing of it is repeated in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Folder(_Table):
    """A folder into which a department lays files; each is taken in once.

    Attributes:
        path: the folder, from the project's root or absolute.
        pattern: which files, as a glob.
        quiet: how long a file must have lain unchanged, so that it is complete.
        move: whether files that were taken in are moved to ``taken`` in that folder.
        every: when to look.
    """

    kind: Literal["folder"]
    path: Path
    pattern: Annotated[str, Field(min_length=1, pattern=r"^[^/]")] = "*"
    quiet: Span = timedelta(minutes=2)
    move: bool = False
    every: Rhythm = "10 minutes"


class _Remote(_Table):
    """What is asked over a network.

    Attributes:
        timeout: how many seconds one answer may keep us waiting.
        deadline: after how long a fetch is cut off, whatever it is doing.
        overlap: how far before the last fetch rows are asked for again, as clocks differ.
        since_format: how the time of the last fetch is written, a `strftime` format in the
            profile's time zone; ISO 8601 if there is none.
        every: when to fetch.
    """

    timeout: Annotated[float, Field(gt=0, le=3600)] = 60.0
    deadline: Span = timedelta(minutes=30)
    overlap: Span = timedelta(days=1)
    since_format: Format | None = None
    every: Rhythm = "day at 02:30"


class Sql(_Remote):
    """A query to a database.

    Attributes:
        query: one SELECT; ``:since`` in it is the time of the last fetch less the overlap.
        url_env: the environment variable that holds the database's address with its password.
        url_file: the file that holds it, from the project's root or absolute.
    """

    kind: Literal["sql"]
    query: Annotated[str, Field(min_length=8)]
    url_env: Variable | None = None
    url_file: Path | None = None

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        if (self.url_env is None) == (self.url_file is None):
            raise ValueError("give either url_env or url_file")
        unknown = self.parameters - {"since"}
        if unknown:
            raise ValueError(f"query: :{', :'.join(sorted(unknown))} is not known, only :since is")
        return self

    @property
    def writes(self) -> str:
        """The kind of file that its rows are written to."""
        return "jsonl"

    @property
    def parameters(self) -> set[str]:
        """The names that stand in the query after a colon."""
        # Loading it takes half a second, which only who has such a source need wait for.
        from sqlalchemy import text  # noqa: PLC0415

        return set(text(self.query).compile().params)


class ByPage(_Table):
    """Pages by number; the first that is empty ends them.

    Attributes:
        param: the parameter that holds the number.
        first: the number of the first page.
    """

    by: Literal["page"]
    param: str = "page"
    first: Annotated[int, Field(ge=0)] = 1


class ByOffset(_Table):
    """Pages by how many rows came before; the first that is empty ends them."""

    by: Literal["offset"]
    param: str = "offset"
    first: Annotated[int, Field(ge=0)] = 0


class ByCursor(_Table):
    """Pages by a mark that stands in the answer before; an answer without one is the last.

    Attributes:
        param: the parameter that holds the mark.
        next: where the mark stands in the answer.
    """

    by: Literal["cursor"]
    param: str = "cursor"
    next: Annotated[str, Field(min_length=1)]


class ByLink(_Table):
    """Pages by the address that stands in the answer before; an answer without one is the last."""

    by: Literal["link"]
    next: Annotated[str, Field(min_length=1)]


class ByHeader(_Table):
    """Pages by the header ``Link`` with ``rel="next"`` (RFC 8288)."""

    by: Literal["header"]


Paging = Annotated[ByPage | ByOffset | ByCursor | ByLink | ByHeader, Field(discriminator="by")]


class Http(_Remote):
    """A web service.

    Attributes:
        url: its address, without secrets.
        format: what it answers with.
        encoding: of JSON that is not in UTF-8.
        records: where the array of records stands in the JSON, keys joined by dots; empty if the
            answer is the array itself.
        total: where the number of all records stands in the JSON.
        total_header: the header that holds that number.
        params: parameters; ``{since}`` in one is the time of the last fetch less the overlap.
        params_env: parameters whose values are in environment variables.
        headers: headers.
        headers_env: headers whose values are in environment variables.
        paging: how its pages follow each other; None if there is one only.
        tries: how often a request is made before it is given up.
        max_pages: more pages are an error.
        max_bytes: more bytes, unpacked, are an error.
    """

    kind: Literal["http"]
    url: str
    format: Literal["json", "csv"] = "json"
    encoding: Encoding = "utf-8-sig"
    records: str = ""
    total: str = ""
    total_header: str = ""
    params: dict[str, str] = {}
    params_env: dict[str, Variable] = {}
    headers: dict[str, str] = {}
    headers_env: dict[str, Variable] = {}
    paging: Paging | None = None
    tries: Annotated[int, Field(ge=1, le=10)] = 5
    max_pages: Annotated[int, Field(ge=1)] = 10_000
    max_bytes: Annotated[int, Field(ge=1)] = 256 << 20

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("url: it must begin with https:// or http:// and name a host")
        if "@" in parts.netloc:
            raise ValueError("url: no user or password here; use headers_env")
        if secret := _SECRET_HEADERS & {name.casefold() for name in self.headers}:
            raise ValueError(f"headers: {', '.join(sorted(secret))} belongs in headers_env")
        inside = self.records or self.total or isinstance(self.paging, ByCursor | ByLink)
        if self.format == "csv" and inside:
            raise ValueError("records, total and paging by cursor or link are for JSON only")
        return self

    @property
    def writes(self) -> str:
        """The kind of file that its rows are written to."""
        return "csv" if self.format == "csv" else "jsonl"


Fetching = Annotated[Folder | Sql | Http, Field(discriminator="kind")]
"""Any kind of source."""
