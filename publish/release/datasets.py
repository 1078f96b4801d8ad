"""The tables that the public can download, in the order in which they are shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from monitor.tables import DUTY, TABLES, Table
from publish.release.entity import ENTITY
from publish.release.public import BATCH, TOMBSTONE, columns, reference_table
from publish.schema import RecordType, public_types


@dataclass(frozen=True)
class Dataset:
    """A table that can be downloaded.

    Attributes:
        database: the database that holds it: ``credit`` or ``monitor``.
        order: the columns by which its rows lie in every file.
        decided: the column with the day of decision, by whose year workbooks are parted; None
            if they are not.
        workbook: whether there are workbooks of it.
    """

    table: Table
    database: str
    order: tuple[str, ...]
    decided: str | None = None
    workbook: bool = True

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    @property
    def title(self) -> tuple[str, str]:
        """What it holds, in Chinese and in English."""
        return self.table.zh, self.table.en


@cache
def datasets() -> dict[str, Dataset]:
    """All of them by name.

    There is no workbook of the duties: they are several times as many as the records, and a
    spreadsheet cannot hold them.
    """
    return {one.name: one for one in _datasets()}


def _datasets() -> Iterator[Dataset]:
    """The tables of records, those beside them, and the figures."""
    yield from map(_records, public_types().values())
    lists = [reference_table(name) for name in ("credit_list", "catalogue")]
    for table in (ENTITY, TOMBSTONE, BATCH, *lists):
        yield Dataset(table, "credit", table.key)
    for table in TABLES:
        yield Dataset(table, "monitor", table.key, workbook=table is not DUTY)


def _records(record: RecordType) -> Dataset:
    """A table of records, oldest decision first."""
    named = {c.name: (c.sql, c.zh, c.en) for c in columns(record)}
    table = Table(record.name, record.title_zh, record.title_en, named, ("record_id",))
    decided = record.roles["decided"]
    return Dataset(table, "credit", (decided, "record_id"), decided)
