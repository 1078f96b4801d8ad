"""What Datasette says about the tables and how it shows them, derived from their definitions."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from monitor.tables import DEPARTMENT, RELEASE, TABLES, Table
from publish.profile import Profile
from publish.release.changes import CHANGE, RELEASE_STEP
from publish.release.entity import ENTITY
from publish.release.public import BATCH, TOMBSTONE, Column, columns, reference_table
from publish.schema import CodeList, RecordType, public_types
from publish.search.tables import INDEX, RECORD, RECORD_COUNT

PAGE_SIZE = 50
PLUGIN = "gongshi"
"""The name of the entry point, and of the part of the metadata that switches the plugin on."""
LICENCE = ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")

Texts = tuple[str, str]
Columns = Mapping[str, Texts]

_LABELS = ("name_zh", "file_name", "release")
_FACETS = frozenset(
    {"department", "record_type", "clock", "status", "kind", "severity", "reason", "name"}
)


def metadata(profile: Profile) -> dict[str, Any]:
    """Datasette's metadata for a release: titles, licence, columns, facets, order, search.

    Texts are Chinese, then English, parted by a slash, since Datasette holds one language.
    """
    place = profile.jurisdiction
    return {
        "title": _both((place.portal_zh, place.portal_en)),
        "license": LICENCE[0],
        "license_url": LICENCE[1],
        "source": _both((place.name_zh, place.name_en)),
        "plugins": {PLUGIN: {"search": "pairs"}},
        "databases": {
            "credit": {
                "title": _both(("公开记录", "Public records")),
                "description": _both((place.remedies_zh, place.remedies_en)),
                "tables": dict(_credit()),
            },
            "monitor": {
                "title": _both(("公示监测", "How timely publication is")),
                "tables": {table.name: _figures(table) for table in TABLES},
            },
        },
    }


def write_metadata(path: Path, profile: Profile) -> None:
    """Writes the metadata as a file that ``datasette -m`` reads."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    path.write_bytes(orjson.dumps(metadata(profile), option=options))


def _credit() -> Iterator[tuple[str, dict[str, Any]]]:
    """The tables of credit.db."""
    for record in public_types().values():
        yield record.name, _records(record)
    yield ENTITY.name, _entities()
    yield RECORD.name, _figures(RECORD, "decided") | {"fts_table": INDEX, "fts_pk": "rowid"}
    yield RECORD_COUNT.name, _figures(RECORD_COUNT)
    yield "department", _figures(DEPARTMENT)
    for name in ("credit_list", "catalogue"):
        yield name, _figures(reference_table(name))
    yield "batch", _figures(BATCH, "received")
    yield "tombstone", _figures(TOMBSTONE, "withdrawn_on")
    yield "release", _figures(RELEASE)
    yield "change", _figures(CHANGE, "release")
    yield "release_step", _figures(RELEASE_STEP, "release")


def _records(record: RecordType) -> dict[str, Any]:
    """A table of records, searched through its contentless index.

    Datasette finds an index by the table that it copies; one without content must be named, or a
    search is ignored and every row comes back.
    """
    table = _plain(
        record.title_zh,
        record.title_en,
        {column.name: _meaning(record, column) for column in columns(record)},
        "party_name" if "party_name" in record.by_name else record.roles["document"][0],
        record.roles["decided"],
    )
    facets = ["publish_status", "department", *(f.name for f in record.public_fields if f.facet)]
    return table | {"facets": facets, "fts_table": INDEX, "fts_pk": "rowid"}


def _entities() -> dict[str, Any]:
    """The table of organisations; a name is no facet there, and most records are no merit."""
    return _figures(ENTITY, "last_decided") | {"label_column": "name", "facets": ["party_kind"]}


def _figures(table: Table, newest: str | None = None) -> dict[str, Any]:
    """A table that is not one of records."""
    columns = {name: (zh, en) for name, (_, zh, en) in table.columns.items()}
    label = next((name for name in _LABELS if name in columns), None)
    return _plain(table.zh, table.en, columns, label, newest)


def _plain(
    zh: str, en: str, columns: Columns, label: str | None, newest: str | None = None
) -> dict[str, Any]:
    """What every table has: title, columns, page size, and where they make sense the rest."""
    out: dict[str, Any] = {"title": _both((zh, en)), "size": PAGE_SIZE}
    out["columns"] = {name: _both(texts) for name, texts in columns.items()}
    if facets := [name for name in columns if name in _FACETS]:
        out["facets"] = facets
    if label:
        out["label_column"] = label
    if newest:
        out["sort_desc"] = newest
    return out


def _meaning(record: RecordType, column: Column) -> Texts:
    """A column's title; a field's with its note and what its codes mean."""
    field = record.by_name.get(column.name)
    if not field:
        return column.zh, column.en
    values = field.codes.values if field.codes and _coded(field.codes) else ()
    return (
        _join([column.zh, field.note_zh, *(f"{v.value} {v.zh}" for v in values)], "；"),
        _join([column.en, field.note_en, *(f"{v.value} {v.en}" for v in values)], "; "),
    )


def _coded(codes: CodeList) -> bool:
    """Whether the stored values are codes, not words."""
    return any(v.value != v.zh for v in codes.values)


def _join(parts: Iterable[str], mark: str) -> str:
    """The parts that say something."""
    return mark.join(filter(None, parts))


def _both(texts: Texts) -> str:
    """A text in both languages, or once where both are the same."""
    return " / ".join(dict.fromkeys(texts))
