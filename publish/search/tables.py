"""The tables by which records of all types are searched, listed and counted together."""

from monitor.tables import Table

RECORD = Table(
    "record",
    "全部记录",
    "Records of all types",
    {
        "record_id": ("TEXT", "记录编号", "record"),
        "type": ("TEXT", "记录类型", "record type"),
        "department": ("TEXT", "部门编码", "department's code"),
        "district": ("TEXT", "部门所在区县", "district of the department"),
        "decided": ("TEXT", "决定日期", "decided on"),
        "published": ("TEXT", "门户公示日期", "published by the portal on"),
        "status": ("TEXT", "公示时效", "timeliness of publication"),
        "party_name": ("TEXT", "行政相对人名称，自然人已脱敏", "party, natural persons masked"),
        "party_kind": ("TEXT", "行政相对人类别", "kind of party"),
        "uscc": ("TEXT", "统一社会信用代码", "unified social credit code"),
        "document_no": ("TEXT", "文书号", "document number"),
        "headline": ("TEXT", "事由", "what it is about"),
    },
    ("record_id",),
    indexes=(("published",),),
)
"""Each record has there the rowid of its row in the table of its type: `publish.search.numbers`."""

RECORD_COUNT = Table(
    "record_count",
    "记录数",
    "How many records",
    {
        "type": ("TEXT", "记录类型", "record type"),
        "department": ("TEXT", "部门编码", "department's code"),
        "district": ("TEXT", "部门所在区县", "district of the department"),
        "status": ("TEXT", "公示时效", "timeliness of publication"),
        "party_kind": ("TEXT", "行政相对人类别", "kind of party"),
        "year": ("TEXT", "决定年份", "year decided"),
        "records": ("INTEGER", "记录数", "records"),
    },
    ("type", "department", "district", "status", "party_kind", "year"),
)
"""What lists without a text to search for are counted by."""

INDEX = "record_fts"
"""The full-text index of the records of all types and of what is attached to them."""
