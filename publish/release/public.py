"""The public tables of credit.db; those of records are derived from the schemas."""

from dataclasses import dataclass

from monitor.tables import Table
from publish.schema import RecordType


@dataclass(frozen=True)
class Column:
    """A column of a public table with what it means."""

    name: str
    sql: str
    zh: str
    en: str


_BEFORE = (
    Column("record_id", "TEXT", "记录编号", "record"),
    Column("department", "TEXT", "部门编码", "department"),
)
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
CREDIT_LIST = Table(
    "credit_list",
    "红黑名单目录",
    "Red and black lists",
    {
        "list_id": ("TEXT", "名单编码", "list"),
        "kind": ("TEXT", "名单类别", "red or black"),
        "name_zh": ("TEXT", "名称", "name in Chinese"),
        "name_en": ("TEXT", "英文名称", "name in English"),
        "owner": ("TEXT", "主管部门编码", "code of the department that keeps it"),
        "legal_basis": ("TEXT", "法律依据", "legal basis"),
        "term_months": ("TEXT", "公示期（月）", "months an entry stays"),
    },
    ("list_id",),
)


def columns(record: RecordType) -> tuple[Column, ...]:
    """The columns of a record type's public table, in order."""
    fields = (Column(f.name, _SQL[f.type], f.title_zh, f.title_en) for f in record.public_fields)
    return (*_BEFORE, *fields, *_AFTER)


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
        ("uscc",),
        documents,
        ("portal_published",),
        ("publish_status", decided),
    )
