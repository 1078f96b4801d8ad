"""One record by its id: what is public of it, of what belongs to it, and how its duties stand."""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from monitor.tables import DUTY
from publish.schema import RecordType, public_types, types_of
from publish.serve.api.declare import (
    Asked,
    Column,
    Databases,
    Release,
    Row,
    Single,
    table_columns,
    type_columns,
)
from publish.serve.api.figures import missing
from publish.serve.api.problem import ROOT, RequestError
from publish.serve.record import Gone, Record, read_duties, read_record

TYPE = Column("type", "string", "记录类型", "record type", nullable=False)
DUTIES = Column(
    "duties",
    "array",
    "有时限的义务",
    "duties with a deadline",
    nullable=False,
    parts=table_columns(DUTY),
)


def record_columns(record: RecordType) -> tuple[Column, ...]:
    """What is told of one record of a type."""
    return (TYPE, *type_columns(record), *_attached(record), DUTIES)


def _attached(record: RecordType) -> Iterator[Column]:
    """The lists of the records that belong to one."""
    for one in types_of("attached").values():
        if one.parent == record.name:
            zh, en = one.title_zh, one.title_en.lower()
            parts = type_columns(one)
            yield Column(one.name, "array", zh, en, nullable=False, parts=parts)


VARIANTS: Mapping[str, tuple[Column, ...]] = {
    name: record_columns(record) for name, record in public_types().items()
}


def one_record(databases: Databases, _release: Release, asked: Asked) -> Single:
    """One record.

    Raises:
        RequestError: if it was taken off, with all that is told of that; or if it was never public.
    """
    record_id = asked["record_id"]
    found = read_record(databases.credit, record_id)
    if isinstance(found, Gone):
        raise _withdrawn(found)
    if found is None:
        raise missing("记录", "record", record_id, "records")
    name = found.type.name
    attached = {one.name: rows for one, rows in found.attached}
    empty: dict[str, list[Row]] = {c.name: [] for c in VARIANTS[name] if c.kind == "array"}
    duties = {DUTIES.name: read_duties(databases.monitor, record_id)}
    return Single({TYPE.name: name, **found.row, **empty, **attached, **duties}, _links(found))


def _links(found: Record) -> dict[str, str]:
    """What a record leads to."""
    links = {"page": f"/record/{found.record_id}"}
    if found.parent:
        links["parent"] = f"{ROOT}/records/{found.parent}"
    if found.entity:
        links["entity"] = f"{ROOT}/entities/{found.entity['uscc']}"
    if found.listed:
        links["list"] = f"{ROOT}/lists/{quote(found.listed['list_id'], safe='')}"
    return links


def _withdrawn(gone: Gone) -> RequestError:
    """The problem that a record was taken off."""
    (zh, en), day = gone.reason, gone.row["withdrawn_on"]
    return RequestError(
        "withdrawn",
        f"该记录已于 {day} 撤下：{zh}。请同时删除您保存的副本。",
        f"This record was taken off on {day}: {en}. Please delete your copies of it as well.",
        {"tombstone": dict(gone.row)},
    )
