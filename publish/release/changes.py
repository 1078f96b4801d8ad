"""What differs between releases: which records came, changed or went, and why; never a value.

Each release compares itself with the one before and takes over what that one told of earlier
steps, so that no old file is needed to answer. What is withdrawn leaves every earlier step.
"""

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate, groupby, islice
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from monitor.tables import RELEASE, Table
from publish.release.public import TOMBSTONE, columns, parent_column
from publish.schema import RecordType, public_types

STEPS = 60
"""Of how many releases the changes are kept at most: two months of nights."""

ROWS = 500_000
"""How many changes are kept at most; those of the newest release are kept whatever they are."""

KINDS = ("added", "changed", "withdrawn")
CAUSES = ("data", "rule", "calendar", "time")
"""Why a record changed; of several the first is told."""

CHANGE = Table(
    "change",
    "版本间变更",
    "What differs between releases",
    {
        "release": ("TEXT", "版本号", "release that differs from the one before"),
        "record_id": ("TEXT", "记录编号", "id of the record"),
        "record_type": TOMBSTONE.columns["record_type"],
        "department": TOMBSTONE.columns["department"],
        "kind": (
            "TEXT",
            "变更种类：added 新增，changed 变更，withdrawn 撤下",
            "added, changed or withdrawn",
        ),
        "fields": (
            "TEXT",
            "变更的字段，以逗号分隔；新增和撤下的为空",
            "columns that changed, with commas between; empty if added or withdrawn",
        ),
        "cause": (
            "TEXT",
            "变更原因：data 数据，rule 规则或软件，calendar 日历，time 日期推移",
            "data, rule (or software), calendar or time (only days went by)",
        ),
        "reason": ("TEXT", "撤下原因；未撤下的为空", "reason code if withdrawn, else empty"),
    },
    ("record_id", "release"),
    indexes=(("release",),),
)
RELEASE_STEP = Table(
    "release_step",
    "版本沿革",
    "From release to release",
    {
        "release": ("TEXT", "版本号", "release"),
        "previous": ("TEXT", "上一版本", "release before it"),
        "as_of": RELEASE.columns["as_of"],
        "added": ("INTEGER", "新增", "records added"),
        "changed": ("INTEGER", "变更", "records changed"),
        "withdrawn": ("INTEGER", "撤下", "records withdrawn"),
    },
    ("release",),
)

_RULES = ("profile", "profile_version", "software")
_CALENDAR = ("calendar", "calendar_version")
_BY_CALENDAR = ("due_date", "publish_status", "due_date,publish_status")
_BY_TIME = "publish_status"
_BY_RULE = ("person", "minor", "list_basis", "list_notice", "list_term", "term_over")
"""Reasons for which a changed rule can take off what it left on before."""


class Change(NamedTuple):
    """What became of one record from a release to a later one.

    Attributes:
        kind: ``added``, ``changed`` or ``withdrawn``; what was withdrawn and came back in between
            is ``changed``.
        fields: the columns that changed, in the order in which they did; none if the record was
            added or withdrawn, and none if it came back: then any may have.
        cause: one of `CAUSES`.
        reason: why it was withdrawn; None if it was not.
        release: the last release in which something became of it.
    """

    record_id: str
    record_type: str
    department: str
    kind: str
    fields: tuple[str, ...]
    cause: str
    reason: str | None
    release: str


def known(db: sqlite3.Connection) -> list[str]:
    """The releases since which all changes are told, newest first: this one and earlier ones.

    Args:
        db: a release's credit.db.
    """
    own = [row[0] for row in db.execute('SELECT release FROM "release"')]
    steps = db.execute("SELECT previous FROM release_step ORDER BY release DESC")
    return own + [row[0] for row in steps]


def changes(
    db: sqlite3.Connection,
    since: str,
    *,
    until: str | None = None,
    after: str = "",
    limit: int | None = None,
) -> list[Change]:
    """What became of each record from one release to another, by record id.

    Whoever holds the rows of ``since``, puts in or replaces the rows of what was added or changed
    and deletes those of what was withdrawn holds the rows of ``until``.

    Args:
        db: the credit.db of a release.
        since: the release that the client has, one of `known`.
        until: the release that it wants, likewise; the newest unless stated. A client that pages
            through the answer should state it, lest a release in between change earlier pages.
        after: the record id after which to go on.
        limit: how many records at most.

    Raises:
        LookupError: if ``since`` or ``until`` is not among `known`.
    """
    releases = known(db)
    until = releases[0] if until is None else until
    if since not in releases or until not in releases:
        raise LookupError(since, until)
    rows = db.execute(
        "SELECT record_id, record_type, department, kind, fields, cause, reason, release "
        "FROM change WHERE record_id > ? AND release > ? AND release <= ? "
        "ORDER BY record_id, release",
        (after, since, until),
    )
    steps = groupby(map(Change._make, rows), attrgetter("record_id"))
    return [_cumulated(list(of_record)) for _, of_record in islice(steps, limit)]


def _cumulated(steps: Sequence[Change]) -> Change:
    """What several steps amount to."""
    first, last = steps[0], steps[-1]
    cause = min((step.cause for step in steps), key=CAUSES.index)
    if last.kind == "withdrawn":
        return last._replace(fields=())
    if first.kind == "added":
        return last._replace(kind="added", fields=(), cause=first.cause)
    if any(step.kind != "changed" for step in steps):
        return last._replace(kind="changed", fields=(), cause=cause)
    names = ",".join(str(step.fields) for step in steps).split(",")
    return last._replace(fields=tuple(dict.fromkeys(names)), cause=cause)


def fill_changes(
    db: sqlite3.Connection,
    previous: Path | None,
    release: Sequence[Any],
    ids: Collection[str] | None = None,
) -> None:
    """Makes the tables `CHANGE` and `RELEASE_STEP` of a release.

    The tables of records, `TOMBSTONE` and their like must be complete. What is in the two tables
    already, because the database began as a copy, is made anew.

    Args:
        db: the release's credit.db.
        previous: the folder of the release before; None if there is none.
        release: the row of the table `RELEASE`.
        ids: the records that can differ; None if any can.
    """
    for table in (CHANGE, RELEASE_STEP):
        db.execute(f'DROP TABLE IF EXISTS "{table.name}"')
        table.create(db)
    if previous is not None:
        with _beside(db, previous / "credit.db"):
            _take_over(db)
            _compare(db, dict(zip(RELEASE.columns, release, strict=True)), ids)
        _forget(db, str(release[0]))
    CHANGE.index(db)


@contextmanager
def _beside(db: sqlite3.Connection, previous: Path) -> Iterator[None]:
    """Another database attached as ``previous``.

    It is let go of, since ANALYZE looks at everything that is attached; that is refused within
    the transaction that read it.
    """
    db.execute("COMMIT")
    db.execute("ATTACH ? AS previous", (str(previous),))
    db.execute("BEGIN")
    yield
    db.execute("COMMIT")
    db.execute("DETACH previous")
    db.execute("BEGIN")


def _take_over(db: sqlite3.Connection) -> None:
    """What the release before told of earlier steps, unless it is of a time that told nothing."""
    for table in (CHANGE, RELEASE_STEP):
        if _columns(db, table.name):
            listed = ", ".join(table.columns)
            db.execute(
                f"INSERT INTO main.{table.name} SELECT {listed} FROM previous.{table.name} "
                "ORDER BY rowid"
            )


def _compare(
    db: sqlite3.Connection, release: Mapping[str, Any], ids: Collection[str] | None
) -> None:
    """Writes the changes from the release before to this one."""
    found = db.execute("SELECT * FROM previous.release")
    before = dict(zip((c[0] for c in found.description), found.fetchone(), strict=True))
    values = {
        "release": release["release"],
        "before": before["as_of"],
        "today": release["as_of"][:10],
        "rules": any(release[name] != before[name] for name in _RULES),
        "calendar": any(release[name] != before[name] for name in _CALENDAR),
        "ids": orjson.dumps(list(ids or ())).decode(),
    }
    among = "" if ids is None else "AND {}.record_id IN (SELECT value FROM json_each(:ids))"
    for record in sorted(public_types().values(), key=lambda one: bool(one.parent)):
        for sql in _comparisons(record, _columns(db, record.name), among):
            db.execute(f"INSERT INTO main.change {sql}", values)
    count = "SELECT count(*) FROM main.change WHERE release = ? AND kind = ?"
    kinds = (db.execute(count, (release["release"], kind)).fetchone()[0] for kind in KINDS)
    RELEASE_STEP.fill(db, [(release["release"], before["release"], release["as_of"], *kinds)])


def _comparisons(record: RecordType, had: Collection[str], among: str) -> Iterator[str]:
    """The questions for the changes of a record type.

    Args:
        had: the columns of its table in the release before; none if there was no such table.
        among: the condition on the records to look at; a table's name goes into its braces.
    """
    if had:
        yield _changed(record, had, among.format("n"))
        yield _withdrawn(record, among.format("o"))
    yield _added(record, among.format("n"), there=bool(had))


def _added(record: RecordType, among: str, *, there: bool) -> str:
    """The records that the release before did not hold.

    Without new rules only something that was entered can bring a record.
    """
    new = f"AND record_id NOT IN (SELECT record_id FROM previous.{record.name})" if there else ""
    return f"""
        SELECT :release, record_id, '{record.name}', department, 'added', '',
            iif(:rules AND julianday(received) <= julianday(:before), 'rule', 'data'), NULL
        FROM main.{record.name} n WHERE true {new} {among} ORDER BY n.rowid
    """


def _changed(record: RecordType, had: Collection[str], among: str) -> str:
    """The records that read differently, with the columns that do; new columns count as empty."""
    names = [column.name for column in columns(record)]
    pairs = [(name, f"n.{name} IS NOT {f'o.{name}' if name in had else 'NULL'}") for name in names]
    listed = "||".join(f"iif({differs}, ',{name}', '')" for name, differs in pairs)
    return f"""
        SELECT :release, record_id, '{record.name}', department, 'changed', fields,
            CASE WHEN entered THEN 'data' WHEN :rules THEN 'rule'
                WHEN :calendar AND fields IN {_BY_CALENDAR} THEN 'calendar'
                WHEN fields = '{_BY_TIME}' THEN 'time' ELSE 'data' END, NULL
        FROM (
            SELECT n.record_id, n.department, substr({listed}, 2) AS fields,
                (n.version, n.batch) IS NOT (o.version, o.batch) AS entered
            FROM main.{record.name} n JOIN previous.{record.name} o ON o.record_id = n.record_id
            WHERE ({" OR ".join(differs for _, differs in pairs)}) {among} ORDER BY n.rowid
        )
    """


def _withdrawn(record: RecordType, among: str) -> str:
    """The records that only the release before held.

    What belongs to another record goes for the cause for which that one does.
    """
    parent = f"o.{parent_column(record)}" if record.parent else "NULL"
    return f"""
        SELECT :release, o.record_id, '{record.name}', o.department, 'withdrawn', '',
            CASE WHEN t.reason = 'parent' THEN coalesce((SELECT p.cause FROM main.change p
                    WHERE p.record_id = {parent} AND p.release = :release), 'data')
                WHEN t.reason = 'term_over' AND o.public_until < :today THEN 'time'
                WHEN :rules AND t.reason IN {_BY_RULE} THEN 'rule' ELSE 'data' END, t.reason
        FROM previous.{record.name} o LEFT JOIN main.tombstone t ON t.record_id = o.record_id
        WHERE o.record_id NOT IN (SELECT record_id FROM main.{record.name}) {among}
        ORDER BY o.rowid
    """


def _columns(db: sqlite3.Connection, table: str) -> set[str]:
    """The columns that a table had in the release before; none if there was no such table."""
    return {
        row[0] for row in db.execute("SELECT name FROM pragma_table_info(?, 'previous')", (table,))
    }


def _forget(db: sqlite3.Connection, release: str) -> None:
    """Leaves of what is withdrawn nothing but that, and of the steps those that are not too old."""
    db.execute(
        "DELETE FROM change WHERE release < :release AND record_id IN "
        "(SELECT record_id FROM change WHERE release = :release AND kind = 'withdrawn')",
        {"release": release},
    )
    steps = db.execute(
        "SELECT s.release, (SELECT count(*) FROM change c WHERE c.release = s.release) "
        "FROM release_step s ORDER BY s.release DESC"
    ).fetchall()
    rows = accumulate(count for _, count in steps)
    old = [
        step
        for place, ((step, _), total) in enumerate(zip(steps, rows, strict=True))
        if place and (place >= STEPS or total > ROWS)
    ]
    for table in (CHANGE, RELEASE_STEP):
        db.executemany(f"DELETE FROM {table.name} WHERE release = ?", [(step,) for step in old])
