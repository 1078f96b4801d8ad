"""The descriptor of all tables as a Tabular Data Package (Frictionless, version 1)."""

from collections.abc import Iterator
from typing import Any

from publish.catalogue.about import MEDIA_TYPES, About, Group
from publish.release.datasets import Dataset
from publish.release.entries import Entry
from publish.release.public import parent_column
from publish.schema import public_types

NAME = "datapackage.json"
_TYPES = {"TEXT": "string", "INTEGER": "integer", "REAL": "number"}
_SPDX = "CC-BY-4.0"


def datapackage(about: About) -> dict[str, Any]:
    """What lies beside the files, so that a program can read them without being told more.

    The tables are described in their CSV form; other forms hold the same rows and columns.
    """
    place, (name, address) = about.place, about.licence
    return {
        "profile": "tabular-data-package",
        "name": place.code,
        "id": about.url(f"/releases/{about.release}/downloads/{NAME}"),
        "title": f"{place.portal_zh} / {place.portal_en}",
        "homepage": about.url("/"),
        "version": about.release,
        "created": about.manifest["as_of"],
        "licenses": [{"name": _SPDX, "title": name, "path": address}],
        "sources": [{"title": " / ".join(about.publisher), "path": about.url("/")}],
        "resources": list(_resources(about)),
    }


def _resources(about: About) -> Iterator[dict[str, Any]]:
    """The CSV file of each table."""
    for group in about.groups:
        if group.dataset:
            yield from (_resource(group, group.dataset, file) for file in _csv(group))


def _csv(group: Group) -> Iterator[Entry]:
    """The files of a table in the form that is described."""
    yield from (file for file in group.files if file.format == "csv" and not file.year)


def _resource(group: Group, dataset: Dataset, file: Entry) -> dict[str, Any]:
    """A table."""
    return {
        "profile": "tabular-data-resource",
        "name": group.name,
        "title": " / ".join(group.title),
        "path": file.name,
        "format": file.format,
        "mediatype": MEDIA_TYPES[file.format],
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "doubleQuote": True},
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        "schema": _schema(dataset),
    }


def _schema(dataset: Dataset) -> dict[str, Any]:
    """The columns of a table, its key, and what belongs to which other table."""
    schema = {
        "fields": list(_fields(dataset)),
        "primaryKey": list(dataset.table.key),
        "missingValues": [""],
    }
    keys = list(_foreign_keys(dataset))
    return schema | ({"foreignKeys": keys} if keys else {})


def _fields(dataset: Dataset) -> Iterator[dict[str, Any]]:
    """The columns; those of a record as its schema describes them."""
    record = public_types().get(dataset.name)
    described = {f["name"]: f for f in record.table_schema()["fields"]} if record else {}
    for name, (kind, zh, en) in dataset.table.columns.items():
        plain = {"name": name, "type": _TYPES[kind], "title": zh, "title_zh": zh, "title_en": en}
        yield described.get(name, plain)


def _foreign_keys(dataset: Dataset) -> Iterator[dict[str, Any]]:
    """The columns that name a row of another table."""
    record = public_types().get(dataset.name)
    if record:
        yield _key("department", "department", "code")
        if record.parent:
            yield _key(parent_column(record), record.parent, "record_id")


def _key(column: str, table: str, named: str) -> dict[str, Any]:
    """A foreign key."""
    return {"fields": column, "reference": {"resource": table, "fields": named}}
