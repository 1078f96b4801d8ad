"""The public tables of credit.db; those of records are derived from the schemas."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from monitor.tables import Table
from publish.schema import RecordType, record_type


@dataclass(frozen=True)
class Column:
    """A column of a public table with what it means."""

    name: str
    sql: str
    zh: str
    en: str


_ID = Column("record_id", "TEXT", "记录编号", "record")
_DEPARTMENT = Column("department", "TEXT", "部门编码", "department")
_AFTER = (
    Column("masked", "INTEGER", "是否脱敏", "name or text masked"),
    Column("version", "INTEGER", "版本", "version"),
    Column("batch", "INTEGER", "批次", "batch"),
    Column("first_received", "TEXT", "首次收到", "first received"),
    Column("received", "TEXT", "本版收到", "this version received"),
    Column("portal_published", "TEXT", "门户公示", "published by the portal"),
    Column("public_until", "TEXT", "公示至", "public until"),
    Column("due_date", "TEXT", "公示期限", "due"),
    Column("publish_status", "TEXT", "公示时效", "timeliness"),
)
_SQL = {"string": "TEXT", "date": "TEXT", "number": "REAL"}


BATCH = Table(
    "batch",
    "报送批次",
    "Batches handed in",
    {
        "batch_id": ("INTEGER", "批次编号", "id of the batch"),
        "received": ("TEXT", "收到时间", "received"),
        "file_name": ("TEXT", "文件名", "file"),
        "sha256": ("TEXT", "文件校验值", "checksum of the file"),
        "record_type": ("TEXT", "记录类型", "record type"),
        "department": ("TEXT", "部门编码", "department's code"),
        "rows": ("INTEGER", "行数", "rows read"),
        "new": ("INTEGER", "新增", "new records"),
        "corrected": ("INTEGER", "更正", "corrections"),
        "duplicate": ("INTEGER", "重复", "duplicates, ignored"),
        "rejected": ("INTEGER", "退回", "rejected"),
    },
    ("batch_id",),
)
TOMBSTONE = Table(
    "tombstone",
    "已撤下记录",
    "Taken off",
    {
        "record_id": ("TEXT", "记录编号", "id of the record"),
        "record_type": ("TEXT", "记录类型", "record type"),
        "department": ("TEXT", "部门编码", "department's code"),
        "withdrawn_on": ("TEXT", "撤下日期", "taken off on"),
        "reason": ("TEXT", "原因", "reason code"),
    },
    ("record_id",),
)


@cache
def reference_table(name: str) -> Table:
    """The public table of a reference table; whole numbers are numbers there."""
    record = record_type(name)
    return Table(
        record.name,
        record.title_zh,
        record.title_en,
        {
            f.name: ("INTEGER" if f.type == "number" else "TEXT", f.title_zh, f.title_en)
            for f in record.fields
        },
        tuple(record.roles["key"]),
    )


def reference_rows(name: str, items: Iterable[object]) -> Iterator[list[str | int | None]]:
    """The rows of that table; a number that is not given is none."""
    kinds = {column: kind for column, (kind, _, _) in reference_table(name).columns.items()}
    for item in items:
        cells = ((kind, getattr(item, column)) for column, kind in kinds.items())
        yield [(int(c) if c else None) if kind == "INTEGER" else c for kind, c in cells]


def columns(record: RecordType) -> tuple[Column, ...]:
    """The columns of a record type's public table, in order."""
    fields = (Column(f.name, _SQL[f.type], f.title_zh, f.title_en) for f in record.public_fields)
    return (_ID, *_parent(record), _DEPARTMENT, *fields, *_AFTER)


def _parent(record: RecordType) -> Iterator[Column]:
    """The column of an attached type that names the record that it belongs to."""
    if record.parent:
        named = record_type(record.parent)
        yield Column(
            parent_column(record), "TEXT", f"所属{named.one_zh}", f"of which {named.one_en}"
        )


def parent_column(record: RecordType) -> str:
    """What that column is called."""
    return f"{record.parent}_id"


def searchable(record: RecordType) -> tuple[str, ...]:
    """The columns that full-text search covers."""
    return tuple(f.name for f in record.public_fields if f.searchable)


def indexed(record: RecordType) -> tuple[tuple[str, ...], ...]:
    """The indexes of a record type's public table."""
    decided = record.roles["decided"]
    documents = tuple(record.roles["document"])
    return (
        ("department", decided),
        (decided,),
        *((name,) for name in ("uscc",) if name in record.by_name),
        *((parent_column(record),) for _ in _parent(record)),
        documents,
        ("portal_published",),
        ("publish_status", decided),
    )
