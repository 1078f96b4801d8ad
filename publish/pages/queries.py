"""Reads all figures that pages show from a release, in a fixed number of queries."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from monitor.clocks import DISCLOSURE, FEEDBACK
from monitor.evidence import ALL
from monitor.periods import ROLLING
from publish.pages.figures import Figures, Row, row_type
from publish.schema import RecordType

NEWEST = 10
OVERDUE_SHOWN = 50
WAITING_SHOWN = 20
BATCHES_SHOWN = 20
SERIES_SHOWN = 12
RUNS_SHOWN = 6
FINDS_SHOWN = 20
SHIFTED_SHOWN = 200


def read_figures(
    monitor: sqlite3.Connection, credit: sqlite3.Connection, types: Mapping[str, RecordType]
) -> Figures:
    """Reads everything that the pages show."""
    periods = {p.period: p for p in _rows(monitor, "SELECT * FROM period ORDER BY first, last")}
    league = _group(_rows(monitor, _LEAGUE), "period")
    headline = _headline(periods, league)
    front = headline.period if headline else ""
    overdue = _rows(monitor, _OVERDUE.format(clock="="), DISCLOSURE.name, OVERDUE_SHOWN)
    waiting = _rows(monitor, _OVERDUE.format(clock="<>"), DISCLOSURE.name, WAITING_SHOWN)
    return Figures(
        departments={d.code: d for d in _rows(monitor, "SELECT * FROM department ORDER BY code")},
        periods=periods,
        headline=headline,
        indicators=_indicators(monitor, front),
        league=league,
        rankings=_group(_rows(monitor, _RANKINGS), "period"),
        ranks=_ranks(monitor, front),
        parts=_group(_rows(monitor, _PARTS), "period", "department"),
        duties=_duties(monitor),
        clocks=_clocks(monitor),
        stage_days=_stage_days(monitor, front),
        histograms=_histograms(monitor),
        overdue=_group(overdue, "department"),
        waiting=_group(waiting, "department"),
        public=_public(credit, [*overdue, *waiting], types),
        items=_group(_rows(monitor, _ITEMS, *_days(periods.get(ROLLING))), "department"),
        series=_group(_rows(monitor, _SERIES, SERIES_SHOWN), "department"),
        gaps=_group(
            _rows(monitor, _GAPS, RUNS_SHOWN), "department", "record_type", "year", "series"
        ),
        finds=_group(_rows(monitor, _FINDS, FINDS_SHOWN), "department"),
        submissions=_group(_rows(monitor, _SUBMISSIONS), "department"),
        findings=_group(_rows(monitor, _FINDINGS), "department"),
        withheld=_group(_rows(monitor, _WITHHELD), "department"),
        batches=_group(_rows(credit, _BATCHES, BATCHES_SHOWN), "department"),
        newest=_newest(credit, types),
        lists={r.list_id: r for r in _rows(credit, "SELECT * FROM credit_list")},
        editions=_rows(monitor, "SELECT * FROM edition ORDER BY closed DESC, edition DESC"),
        closed=_group(_rows(monitor, _CLOSED), "edition"),
        moves=_group(_rows(monitor, _MOVES), "edition"),
        shifted=_shifted(monitor),
        release=_rows(monitor, 'SELECT * FROM "release"')[0],
    )


def filled(credit: sqlite3.Connection, record_type: RecordType) -> tuple[int, Mapping[str, int]]:
    """How many public records of a type there are, and in how many each field is filled."""
    names = [f.name for f in record_type.public_fields]
    counts = ", ".join(f"count(nullif(\"{name}\", ''))" for name in names)
    total, *each = credit.execute(f'SELECT count(*), {counts} FROM "{record_type.name}"').fetchone()
    return total, dict(zip(names, each, strict=True))


_ORDER = "ranked DESC, rank, due DESC, department"
_LEAGUE = f"""
SELECT league.* FROM league JOIN department ON department.code = league.department
ORDER BY period, {_ORDER}
"""
_CLOSED = f"SELECT * FROM edition_league ORDER BY edition, {_ORDER}"
_INDICATORS = """
SELECT * FROM indicator WHERE period = ?1 OR period = ?2
    OR record_type = '*' AND (department = '*' OR name IN ('late_rate', 'compliance_rate'))
"""
_MOVES = """
SELECT * FROM edition_move WHERE record_type = '*' ORDER BY edition, department, name
"""
_RANKINGS = """
SELECT period, name, count(*) AS listed, count(rank) AS ranked FROM ranking
WHERE department <> '*' GROUP BY period, name
"""
_PARTS = "SELECT * FROM score_part ORDER BY period, department, weight DESC, name"
_OVERDUE = """
SELECT * FROM (
    SELECT duty_id, clock, record_id, department, record_type, start_date, due_date,
        row_number() OVER (PARTITION BY department ORDER BY due_date DESC, duty_id) AS place
    FROM duty WHERE status = 'overdue' AND clock {clock} ?
) WHERE place <= ? ORDER BY department, place
"""
_STAGE_DAYS = """
SELECT clock, period, working_days_used FROM (
    SELECT clock, period, working_days_used,
        row_number() OVER (PARTITION BY clock, period ORDER BY working_days_used) AS place,
        count(*) OVER (PARTITION BY clock, period) AS finished
    FROM duty JOIN period ON due_date BETWEEN first AND last
    WHERE period IN (?, ?) AND clock IN ({marks}) AND status IN ('on_time', 'late')
) WHERE place = (finished + 1) / 2
"""
_ITEMS = """
SELECT item.*, coalesce(sum(used.records), 0) AS records
FROM item LEFT JOIN item_day AS used ON used.department = item.department
    AND used.item_code = item.item_code AND used.day BETWEEN ? AND ?
GROUP BY item.department, item.item_code ORDER BY item.department, records, item.item_code
"""
_SERIES = """
SELECT * FROM (
    SELECT *, row_number() OVER (
        PARTITION BY department ORDER BY year DESC, missing DESC, record_type, series) AS place
    FROM number_series WHERE missing > 0
) WHERE place <= ? ORDER BY department, place
"""
_GAPS = """
SELECT * FROM (
    SELECT *, row_number() OVER (
        PARTITION BY department, record_type, year, series ORDER BY first) AS place
    FROM number_gap
) WHERE place <= ? ORDER BY department, place
"""
_FINDS = """
SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY department ORDER BY day DESC, audit_id) AS place
    FROM audited WHERE concealed
) WHERE place <= ? ORDER BY department, place
"""
_SUBMISSIONS = """
SELECT department, substr(day, 1, 7) AS month, sum(submitted) AS submitted,
    sum(accepted) AS accepted, sum(rejected) AS rejected
FROM submission WHERE department <> '*' AND record_type <> '*' GROUP BY 1, 2 ORDER BY 1, 2 DESC
"""
_FINDINGS = """
SELECT department, code, severity, title_zh, title_en, sum("rows") AS amount
FROM finding WHERE department <> '*' AND record_type <> '*'
GROUP BY department, code, severity, title_zh, title_en
ORDER BY department, severity, amount DESC, code
"""
_WITHHELD = """
SELECT department, reason, sum(records) AS amount FROM withheld
WHERE department <> '*' AND record_type <> '*'
GROUP BY department, reason ORDER BY department, amount DESC, reason
"""
_BATCHES = """
SELECT * FROM (
    SELECT batch.*, row_number() OVER (PARTITION BY department ORDER BY received DESC, batch_id)
        AS place
    FROM batch
) WHERE place <= ? ORDER BY department, place
"""


def _headline(periods: Mapping[str, Row], league: Mapping[str, Sequence[Row]]) -> Row | None:
    """The newest complete quarter, or failing that period, that has figures."""
    complete = [p for p in periods.values() if p.complete and p.period in league]
    quarters = [p for p in complete if p.kind == "quarter"]
    return max(quarters or complete, key=lambda p: (p.last, p.first), default=None)


def _rows(db: sqlite3.Connection, sql: str, *values: int | str) -> list[Row]:
    """The rows of a query as named tuples."""
    cursor = db.cursor()
    cursor.row_factory = None
    cursor.execute(sql, values)
    make = row_type(tuple(column[0] for column in cursor.description))
    return [make(*row) for row in cursor]


def _group(rows: Iterable[Row], *keys: str) -> Mapping[Any, list[Row]]:
    """Rows by the value of one column, or the values of several, in order."""
    out: dict[Any, list[Row]] = defaultdict(list)
    key = attrgetter(*keys)
    for row in rows:
        out[key(row)].append(row)
    return out


def _days(period: Row | None) -> tuple[str, str]:
    """The first and last day of a period; none without one."""
    return (period.first, period.last) if period else ("", "")


def _indicators(
    db: sqlite3.Connection, headline: str
) -> dict[tuple[str, str, str], dict[str, Row]]:
    """The indicators by department, record type and period, then by name."""
    out: dict[tuple[str, str, str], dict[str, Row]] = defaultdict(dict)
    for row in _rows(db, _INDICATORS, headline, ROLLING):
        out[row.department, row.record_type, row.period][row.name] = row
    return out


def _ranks(db: sqlite3.Connection, period: str) -> dict[str, dict[str, Row]]:
    """The ranks by single indicators in a period, by department and name."""
    out: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in _rows(db, "SELECT * FROM ranking WHERE period = ?", period):
        out[row.department][row.name] = row
    return out


def _duties(db: sqlite3.Connection) -> dict[tuple[str, str, str], dict[str, int]]:
    """Disclosure duties counted by department, record type, month of the deadline and status."""
    out: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    counted = db.execute(
        "SELECT department, record_type, substr(due_date, 1, 7), status, count(*) FROM duty "
        "WHERE clock = ? GROUP BY 1, 2, 3, 4",
        (DISCLOSURE.name,),
    )
    for department, record_type, month, status, amount in counted:
        out[department, record_type, month][status] = amount
    return out


def _clocks(db: sqlite3.Connection) -> dict[tuple[str, str], dict[str, int]]:
    """Duties counted by department, clock and status."""
    out: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for department, clock, status, amount in db.execute(
        "SELECT department, clock, status, count(*) FROM duty GROUP BY 1, 2, 3"
    ):
        out[department, clock][status] = amount
    return out


def _stage_days(db: sqlite3.Connection, headline: str) -> dict[tuple[str, str], int]:
    """The median working days used by clock of feedback cases and period, by nearest rank."""
    clocks = [clock.name for clock in FEEDBACK]
    sql = _STAGE_DAYS.format(marks=",".join("?" * len(clocks)))
    return {
        (clock, period): days
        for clock, period, days in db.execute(sql, (headline, ROLLING, *clocks))
    }


def _histograms(db: sqlite3.Connection) -> dict[str, list[tuple[int, int]]]:
    """The distribution of working days used in the last twelve months, by department."""
    out: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for department, days, duties in db.execute(
        "SELECT department, days, duties FROM histogram WHERE record_type = ? AND period = ? "
        "ORDER BY department, days",
        (ALL, ROLLING),
    ):
        out[department].append((days, duties))
    return out


def _shifted(db: sqlite3.Connection) -> tuple[list[Row], int]:
    """The duties that the newest calendar moved: the last ones due, and how many in all."""
    order = "SELECT * FROM calendar_change ORDER BY due_after DESC, duty_id LIMIT ?"
    (total,) = db.execute("SELECT count(*) FROM calendar_change").fetchone()
    return _rows(db, order, SHIFTED_SHOWN), total


def _public(
    credit: sqlite3.Connection, duties: Iterable[Row], types: Mapping[str, RecordType]
) -> frozenset[str]:
    """Which records of those duties are public."""
    found: set[str] = set()
    for name, rows in _group(duties, "record_type").items():
        if name in types:
            ids = [row.record_id for row in rows]
            marks = ",".join("?" * len(ids))
            sql = f'SELECT record_id FROM "{name}" WHERE record_id IN ({marks})'
            found |= {record_id for (record_id,) in credit.execute(sql, ids)}
    return frozenset(found)


def _newest(credit: sqlite3.Connection, types: Mapping[str, RecordType]) -> list[Row]:
    """The records published last."""
    rows = [row for one in types.values() for row in _rows(credit, _newest_of(one), NEWEST)]
    rows.sort(key=lambda r: (r.portal_published, r.decided, r.record_id), reverse=True)
    return rows[:NEWEST]


def _newest_of(record_type: RecordType) -> str:
    """The query for the newest records of a type."""
    roles = record_type.roles
    return (
        f"SELECT '{record_type.name}' AS type, record_id, department, party_name, "
        f'"{roles["headline"]}" AS headline, "{roles["document"][-1]}" AS document, '
        f'"{roles["decided"]}" AS decided, '
        f'portal_published, publish_status FROM "{record_type.name}" '
        f'ORDER BY portal_published DESC, "{roles["decided"]}" DESC, record_id DESC LIMIT ?'
    )
