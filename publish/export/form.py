"""The form in which records are handed on: which fields stand in which file, in which order."""

from importlib.resources import as_file, files
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from publish.errors import UsageError
from publish.project import Project
from publish.register.pushes import TYPES
from publish.schema import Field as Column
from publish.schema import RecordType, record_type
from publish.settings import read_settings

Words = Annotated[tuple[str, ...], Field(min_length=1)]


class Answer(BaseModel):
    """How a platform heads its answers and what it says in them.

    Attributes:
        file: headings of the column with the name of our file.
        line: headings of the column with the row of that file; the header is row 1.
        result: headings of the column that says whether a row was taken.
        reason: headings of the column that says why not.
        accepted: what is written of a row that was taken.
        refused: what is written of one that was not; the same with something after it counts too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Words
    line: Words
    result: Words
    reason: Words
    accepted: Words
    refused: Words


class Form(BaseModel):
    """A form, declared in `publish/schemas/exports` or in a project's `data/forms`.

    Attributes:
        columns: the fields of each record type's file, in order.
        answer: how the platform answers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title_zh: str
    title_en: str
    columns: dict[str, tuple[str, ...]]
    answer: Answer

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for name, columns in self.columns.items():
            if name not in TYPES:
                raise ValueError(f"columns: there is no form for {name!r}, only for {TYPES}")
            _check(record_type(name), columns)
        return self

    def fields(self, record: RecordType) -> tuple[Column, ...]:
        """The fields of a record type's file."""
        return tuple(record[name] for name in self.columns[record.name])


def _check(record: RecordType, columns: tuple[str, ...]) -> None:
    """Refuses columns that are unknown, and a form that could not say what must be said."""
    unknown = [name for name in columns if name not in record.by_name]
    if unknown:
        raise ValueError(f"columns.{record.name}: no such field: {', '.join(unknown)}")
    needed = {record.roles["status"], record.roles["authority_uscc"], *record.roles["document"]}
    if missing := sorted({*needed, "party_name"} - set(columns)):
        raise ValueError(
            f"columns.{record.name}: {', '.join(missing)} must be among them: without it nobody "
            "could tell which record a row is about, or that it was taken back"
        )


def load_form(project: Project, name: str) -> Form:
    """A form: the project's own, or that of the program.

    Raises:
        UsageError: if there is none of that name, or it is not as it must be.
    """
    own = project.forms / f"{name}.toml"
    if own.exists():
        return read_settings(own, Form)
    with as_file(files("publish").joinpath("schemas", "exports")) as folder:
        path = folder / f"{name}.toml"
        if not path.exists():
            names = sorted(p.stem for p in folder.glob("*.toml"))
            raise UsageError(
                f"没有名为 {name} 的标准。可用：{'、'.join(names)}；自定的放在 {own}。",
                f"There is no form {name}. There are: {', '.join(names)}; put your own at {own}.",
            )
        return read_settings(path, Form)
