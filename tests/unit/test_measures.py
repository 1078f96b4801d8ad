"""Measures: every figure is the number of rows at the address that stands beside it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from statistics import median_low
from urllib.parse import parse_qsl, urlsplit

import pytest

from monitor import evidence
from monitor.engine import duckdb, read_facts
from monitor.indicators import compute
from monitor.measures import INDICATORS, Measure
from monitor.periods import Period, periods
from tests.unit.drawn_facts import FIRST, TABLES, TODAY, drawn, write

SPANS = periods(FIRST, TODAY)
_SIGNS = {"gte": ">=", "lte": "<="}
_Found = dict[tuple[str, str, str, str], tuple[float | None, float | None, float | None]]


@pytest.fixture(scope="module")
def tables() -> Iterator[sqlite3.Connection]:
    """The drawn facts as the portal's database has them."""
    facts = drawn(3, 2500)
    with closing(sqlite3.connect(":memory:")) as db:
        for table in TABLES:
            table.create(db)
            table.fill(db, ([row.get(c) for c in table.columns] for row in facts[table.name]))
            table.index(db)
        yield db


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> _Found:
    """The indicators of the same facts."""
    folder = write(tmp_path_factory.mktemp("facts"), drawn(3, 2500))
    with duckdb(folder) as engine:
        table = compute(read_facts(engine, folder), SPANS, str(TODAY), engine).indicators
    plain = table.astype(object).where(table.notna(), None)
    return {tuple(row[:4]): tuple(row[4:]) for row in plain.itertuples(index=False, name=None)}


def rows(db: sqlite3.Connection, address: str) -> list[sqlite3.Row]:
    """The rows at an address, as Datasette reads it."""
    split, met, order = urlsplit(address), ["1"], ""
    for name, value in parse_qsl(split.query, strict_parsing=True):
        column, _, test = name.partition("__")
        if name == "_where":
            met.append(value)
        elif name == "_sort":
            order = f" ORDER BY {value}"
        elif test == "in":
            met.append(f"{column} IN ({','.join(repr(one) for one in value.split(','))})")
        else:
            met.append(f"{column} {_SIGNS.get(test, '=')} {value!r}")
    table = split.path.removeprefix("/monitor/")
    db.row_factory = sqlite3.Row
    return db.execute(f"SELECT * FROM {table} WHERE {' AND '.join(met)}{order}").fetchall()


def counted(db: sqlite3.Connection, address: str | None, measure: Measure | None) -> int | None:
    """How many rows there are at an address, or what their columns add up to."""
    if address is None or measure is None:
        return None
    there = rows(db, address)
    return sum(row[c] for row in there for c in measure.total) if measure.total else len(there)


@pytest.mark.parametrize("record_type", ["*", "penalty"])
@pytest.mark.parametrize("department", ["*", "b"])
@pytest.mark.parametrize("name", list(INDICATORS))
def test_every_figure_is_what_its_rows_add_up_to(
    tables: sqlite3.Connection, found: _Found, name: str, department: str, record_type: str
) -> None:
    """In all periods both parts of a figure are counted again at the addresses shown for them.

    Where there are no rows there is no figure, or one without a value.
    """
    one, none = INDICATORS[name], (None, None, None)
    for span in SPANS:
        above = counted(
            tables, evidence.numerator(name, department, span, record_type), one.numerator
        )
        below = counted(
            tables, evidence.denominator(name, department, span, record_type), one.denominator
        )
        figure = found.get((department, record_type, span.period, name), none)
        assert (figure[0] or 0, figure[1] or 0) == (above or 0, below or 0), span
        if one.kind == "rate":
            assert figure[2] == ((above or 0) / below if below else None), span


@pytest.mark.parametrize("name", ["days_median", "days_p90"])
def test_a_quantile_is_a_value_of_its_rows(
    tables: sqlite3.Connection, found: _Found, name: str
) -> None:
    """Of n rows in order it is the one at n times the share, rounded up."""
    percent = INDICATORS[name].percent or 0
    for span in SPANS:
        used = [r["working_days_used"] for r in rows(tables, evidence.numerator(name, "*", span))]
        assert found["*", "*", span.period, name][2] == used[-(-percent * len(used) // 100) - 1]


def test_a_backlog_is_as_old_as_the_middle_one_of_it(
    tables: sqlite3.Connection, found: _Found
) -> None:
    """Working days past the deadline, on the period's last day or today if it is not over."""
    seq = dict(tables.execute("SELECT date, seq FROM calendar").fetchall())
    for span in SPANS:
        due = [r["due_date"] for r in rows(tables, evidence.numerator("backlog_age", "*", span))]
        ages = [seq[min(span.last, str(TODAY))] - seq[day] for day in due]
        assert found["*", "*", span.period, "backlog_age"][2] == median_low(ages)


def test_the_addresses_to_fill_in_are_those_of_the_figures() -> None:
    """Whoever fills in the braces of the table `indicator_name` gets the portal's own addresses."""
    span = next(s for s in SPANS if s.period == "2026")
    given = {"department": "a%20b", "record_type": "penalty", "least": "1", **_days(span)}
    for name, *_, above, below in evidence.descriptions():
        assert name and above
        shown = evidence.numerator(name, "a b", span, "penalty")
        assert above.format(**given) == shown
        assert (below and below.format(**given)) == evidence.denominator(
            name, "a b", span, "penalty"
        )


def _days(span: Period) -> dict[str, str]:
    """What a template asks of a period."""
    return {"first": span.first, "last": span.last, "period": span.period}


def test_every_indicator_is_told_in_both_languages() -> None:
    """Each has a title and a definition, and says which end of it is good only if it judges."""
    for one in INDICATORS.values():
        assert all((one.zh, one.en, one.definition_zh, one.definition_en))
    assert INDICATORS["number_gaps"].better == INDICATORS["exempt"].better == ""


def test_no_item_is_due_of_which_none_is_expected() -> None:
    """One a year is due in a year, two in a half, four in a quarter, twelve in a month."""
    least = {s.period: evidence.least_volume(s) for s in SPANS}
    assert [least[p] for p in ("2026", "rolling12", "2026H1", "2026Q3", "2026-07")] == [
        1,
        1,
        2,
        4,
        12,
    ]
