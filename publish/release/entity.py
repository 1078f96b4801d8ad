"""The table `entity`: each organisation that public records name by its code, and what it has.

There is no score and no grade in it, and no natural person: of a person no profile is made across
records. A sole trader is in it by the code of the business; the code that traders without one
share names nobody.
"""

import sqlite3

from monitor.tables import Table
from publish.handin.uscc import NONE_GIVEN
from publish.schema import PERSON, RecordType, types_of

ENTITY = Table(
    "entity",
    "单位",
    "Organisations that records name by their code",
    {
        "uscc": ("TEXT", "统一社会信用代码", "unified social credit code"),
        "name": ("TEXT", "名称，以最近的记录为准", "name, as in the newest record"),
        "party_kind": ("TEXT", "类别", "kind of party"),
        "records": ("INTEGER", "记录数", "records"),
        **{
            record.name: ("INTEGER", f"{record.title_zh}条数", record.title_en.lower())
            for record in types_of("record").values()
        },
        "first_decided": ("TEXT", "最早决定日期", "first decision"),
        "last_decided": ("TEXT", "最近决定日期", "last decision"),
    },
    ("uscc",),
    indexes=(("last_decided",),),
)

NAMED = "uscc > '' AND uscc <> :none_given AND party_kind <> :person"
"""The condition that a record is about an organisation with a code of its own."""
PARAMETERS = {"none_given": NONE_GIVEN, "person": PERSON}


def fill_entity(db: sqlite3.Connection) -> None:
    """Makes the table from the tables of records, anew if it is there already.

    Args:
        db: credit.db with the records of all types.
    """
    db.execute(f"DROP TABLE IF EXISTS {ENTITY.name}")
    ENTITY.create(db)
    types = types_of("record").values()
    counts = ", ".join(f"sum(type = '{record.name}')" for record in types)
    db.execute(
        f"INSERT INTO {ENTITY.name} SELECT uscc, max(newest) ->> 3, max(newest) ->> 2, count(*), "
        f"{counts}, min(decided), max(newest) ->> 0 "
        f"FROM ({' UNION ALL '.join(map(_named, types))}) GROUP BY uscc ORDER BY uscc",
        PARAMETERS,
    )
    ENTITY.index(db)


def _named(record: RecordType) -> str:
    """The question for the records of a type that name an organisation.

    Of two records decided on one day the one with the greater id counts as the newer, so that
    the name does not depend on the order in which rows lie.
    """
    decided = record.roles["decided"]
    return (
        f"SELECT uscc, '{record.name}' AS type, {decided} AS decided, "
        f"json_array({decided}, record_id, party_kind, party_name) AS newest "
        f"FROM {record.name} WHERE {NAMED}"
    )
