"""The page of one record: what is public of it, what was owed and done, what belongs to it."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from monitor.clocks import DISCLOSURE
from publish.disclose.disclose import OBJECTED, REASONS
from publish.release.public import Column, columns, parent_column
from publish.schema import ORGANISATION, PERSON, RecordType, public_types, types_of

Row = Mapping[str, Any]

GROUPS = ("party", "decision", "publication")
"""The groups in which a record's columns are shown."""
ENDLESS = "2099-12-31"
"""The day by which the standard says that a licence has no end (长期有效填2099/12/31)."""
ORDER = (
    "noticed",
    "decided",
    "department",
    "received",
    "published",
    "corrected",
    "due",
    *types_of("attached"),
    "kept_by",
    "exit",
    "valid_to",
    "until",
)
"""What can happen to a record, in the order in which things of one day are told."""
_DATES = {
    "notice_date": "noticed",
    "department_published": "department",
    "first_received": "received",
    "kept_by_date": "kept_by",
    "exit_date": "exit",
    "valid_to": "valid_to",
    "public_until": "until",
}
"""The columns that tell when something happened, and what that was."""


@dataclass(frozen=True)
class Step:
    """Something that happened to a record, or is still to come.

    Attributes:
        day: the day or moment, ISO.
        what: one of `ORDER`, the key of its name among the texts.
        status: how the duty stands that it was done for; empty for none.
        n: a number that its name holds.
        ahead: whether it is still to come.
    """

    day: str
    what: str
    status: str = ""
    n: int = 0
    ahead: bool = False


@dataclass(frozen=True)
class Record:
    """A public record with what is public around it.

    Attributes:
        row: its public columns.
        attached: the records that belong to it, by type, newest first.
        entity: its party's row of the table `entity`; None for a person or without a code.
        listed: the row of the list that it is an entry of.
        batch: the row of the hand-in that it came in, if that is public.
    """

    type: RecordType
    row: Row
    attached: list[tuple[RecordType, list[Row]]]
    entity: Row | None
    listed: Row | None
    batch: Row | None

    @property
    def record_id(self) -> str:
        """Its public id."""
        return str(self.row["record_id"])

    @property
    def title(self) -> str:
        """What it is about; of a list entry, the list."""
        return str(
            self.listed["name_zh"] if self.listed else self._text(self.type.roles["headline"])
        )

    @property
    def document(self) -> str:
        """The number of its document."""
        return self._text(self.type.roles["document"][-1])

    @property
    def authority(self) -> str:
        """Who decided."""
        return self._text(self.type.roles["authority"])

    @property
    def unlisted(self) -> bool:
        """Whether search engines are asked to leave it out: a name in it may be a person's."""
        return self.row.get("party_kind") != ORGANISATION or bool(self.row["masked"])

    @property
    def parent(self) -> str:
        """The id of the record that it belongs to; empty if it belongs to none."""
        return str(self.row[parent_column(self.type)]) if self.type.parent else ""

    @property
    def objected(self) -> bool:
        """Whether an objection against it is open."""
        status = self.type.roles.get("status")
        return bool(status and self.row[status] == OBJECTED)

    @property
    def groups(self) -> list[tuple[str, list[tuple[Column, Any]]]]:
        """Its columns that are filled, in groups."""
        found: dict[str, list[tuple[Column, Any]]] = {name: [] for name in GROUPS}
        for column in columns(self.type):
            value = self.row[column.name]
            if value not in {None, ""}:
                found[self._group(column.name)].append((column, value))
        return [(name, cells) for name, cells in found.items() if cells]

    def _text(self, column: str) -> str:
        """A column's text; empty if it has none."""
        return str(self.row[column] or "")

    def _group(self, column: str) -> str:
        """The group in which a column stands."""
        field = self.type.by_name.get(column)
        if field is None or field.part == "handling":
            return "publication"
        return "party" if field.part == "party" else "decision"


@dataclass(frozen=True)
class Gone:
    """What stays of a record that was taken off.

    Attributes:
        row: its row of the table `tombstone`.
    """

    row: Row

    @property
    def reason(self) -> tuple[str, str]:
        """Why it was taken off, in Chinese and English."""
        return REASONS[self.row["reason"]]


def read_record(db: sqlite3.Connection, record_id: str) -> Record | Gone | None:
    """A record by its id, what is left of it, or none if it was never public.

    Args:
        db: a release's credit.db.
    """
    for one in public_types().values():
        if row := _one(db, one.name, "record_id", record_id):
            return _record(db, one, row)
    left = _one(db, "tombstone", "record_id", record_id)
    return Gone(left) if left else None


def read_duties(db: sqlite3.Connection, record_id: str) -> list[Row]:
    """What was owed for a record, the first to fall due first.

    Args:
        db: the release's monitor.db.
    """
    found = db.execute(
        "SELECT * FROM duty WHERE record_id = ? ORDER BY due_date, clock", (record_id,)
    )
    return [dict(row) for row in found]


def timeline(record: Record, duties: Sequence[Row], today: str) -> list[Step]:
    """What happened to a record in order of time, with what is still to come.

    Args:
        today: the day of the release, ISO.
    """
    steps = [*_of_record(record), *_of_deadline(duties), *_of_attached(record)]
    steps = [replace(s, ahead=s.day[:10] > today) for s in steps if s.day != ENDLESS]
    return sorted(steps, key=lambda step: (step.day[:10], ORDER.index(step.what), step.day))


def _of_record(record: Record) -> Iterator[Step]:
    """What the record's own columns tell."""
    row = record.row
    yield Step(row[record.type.roles["decided"]], "decided")
    yield Step(row["portal_published"], "published", row["publish_status"] or "")
    if row["version"] > 1:
        yield Step(row["received"], "corrected", n=row["version"])
    for column, what in _DATES.items():
        if day := row.get(column):
            yield Step(day, what)


def _of_deadline(duties: Sequence[Row]) -> Iterator[Step]:
    """The last day to publish it."""
    for duty in duties:
        if duty["clock"] == DISCLOSURE.name:
            yield Step(duty["due_date"], "due")


def _of_attached(record: Record) -> Iterator[Step]:
    """What the records that belong to it tell."""
    for one, rows in record.attached:
        for row in rows:
            yield Step(row[one.roles["decided"]], one.name)


def _record(db: sqlite3.Connection, one: RecordType, row: Row) -> Record:
    """A record with what is public around it."""
    return Record(
        type=one,
        row=row,
        attached=list(read_attached(db, one, row["record_id"])),
        entity=_entity(db, row),
        listed=_one(db, "credit_list", "list_id", row.get("list_id")),
        batch=_one(db, "batch", "batch_id", row["batch"]),
    )


def read_attached(
    db: sqlite3.Connection, parent: RecordType, record_id: str
) -> Iterator[tuple[RecordType, list[Row]]]:
    """The public records that belong to one, by type, newest first."""
    for one in types_of("attached").values():
        if one.parent == parent.name:
            rows = db.execute(
                f"SELECT * FROM {one.name} WHERE {parent_column(one)} = ? "
                f"ORDER BY {one.roles['decided']} DESC, record_id",
                (record_id,),
            )
            found: list[Row] = [dict(row) for row in rows]
            if found:
                yield one, found


def _entity(db: sqlite3.Connection, row: Row) -> Row | None:
    """The organisation that a record is about; a code alone makes no organisation of a person."""
    is_person = row.get("party_kind") == PERSON
    return None if is_person else _one(db, "entity", "uscc", row.get("uscc"))


def _one(db: sqlite3.Connection, table: str, key: str, value: object) -> Row | None:
    """The row of a table with a key, if there is one."""
    row = db.execute(f"SELECT * FROM {table} WHERE {key} = ?", (value,)).fetchone()
    return dict(row) if row else None
