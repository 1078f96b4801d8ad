"""Why a figure of a closed period moved: each cause by itself, and together."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from monitor.editions import Edition, Stated, freeze, seal
from monitor.moves import Move, Moves, Side
from monitor.periods import Period
from monitor.tables import DUTY, INDICATOR, LEAGUE, PERIOD, SUBMISSION, TABLES, Table

SPAN = Period("2026Q3", "quarter", "2026-07-01", "2026-09-30", 1, "2026Q2")
Rows = Sequence[Mapping[str, Any]]

DUTY_ROW = {
    "duty_id": "aaaa-d",
    "clock": "disclosure",
    "record_id": "aaaa",
    "department": "market",
    "record_type": "licence",
    "start_date": "2026-08-03",
    "due_date": "2026-08-12",
    "done_date": "2026-08-13",
    "status": "late",
    "working_days_used": 8,
    "days_allowed": 7,
    "excluded_days": 0,
    "provisional": 0,
    "decides": "portal",
    "received": "2026-08-12",
    "calendar_version": "2026.1",
}
RATE = {
    "department": "market",
    "record_type": "*",
    "period": "2026Q3",
    "name": "timeliness_rate",
    "numerator": 0.0,
    "denominator": 1.0,
    "value": 0.0,
}
BETTER = RATE | {"numerator": 1.0, "value": 1.0}
STANDING = {"period": "2026Q3", "department": "market", "ranked": 1, "rank": 2, "score": 0.0}


class Making:
    """Makes the sides of a comparison.

    Args:
        folder: an empty one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._number = folder, 0

    def side(
        self,
        tables: Mapping[Table, Rows],
        profile: str = "rules",
        calendar: str = "2026.1",
        rules: object = None,
    ) -> Side:
        """An edition of the quarter with some rows."""
        self._number += 1
        folder, database = self._folder / str(self._number), self._folder / f"{self._number}.db"
        folder.mkdir()
        with closing(sqlite3.connect(database)) as db:
            for table in TABLES:
                table.create(db)
                rows = [SPAN._asdict()] if table is PERIOD else tables.get(table, ())
                table.fill(db, [[row.get(name) for name in table.columns] for row in rows])
            db.commit()
            freeze(db, SPAN, folder)
        return Side(seal(folder, stated(self._number, profile, calendar)), folder, database, rules)


def stated(number: int, profile: str, calendar: str) -> Edition:
    """What an edition of the quarter says of itself."""
    return Edition(
        edition=f"2026Q3-{number}",
        period=SPAN.period,
        kind=SPAN.kind,
        number=number,
        first=SPAN.first,
        last=SPAN.last,
        closed="2026-10-10T09:00:00+08:00",
        as_of="2026-10-10T08:00:00+08:00",
        release="r",
        profile=Stated(code="demo-city", version="1", sha256=profile),
        calendar=Stated(code="cn", version=calendar, sha256=calendar),
        software="1.0",
        computed_with={},
        reason="",
    )


@pytest.fixture
def making(tmp_path: Path) -> Making:
    """Where sides are made."""
    return Making(tmp_path)


def moves(before: Side, after: Side, touched: Collection[str] = ()) -> list[Move]:
    """What moved."""
    return list(Moves(before, after, touched))


def why(before: Side, after: Side, touched: Collection[str] = ()) -> str:
    """Why the only figure that moved did."""
    (move,) = moves(before, after, touched)
    assert move[:5] == ("market", "*", "timeliness_rate", 0.0, 1.0)
    return move.why


def test_equal_editions_show_no_move(making: Making) -> None:
    """What is the same moved nothing, also on a new calendar and by new rules."""
    tables: Mapping[Table, Rows] = {DUTY: [DUTY_ROW], INDICATOR: [RATE], LEAGUE: [STANDING]}
    other = {**tables, DUTY: [DUTY_ROW | {"calendar_version": "2026.2"}]}
    assert moves(making.side(tables), making.side(other, "others", "2026.2", "weights")) == []


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"done_date": "2026-08-12"}, "data"),
        ({"start_date": "2026-08-04", "due_date": "2026-08-13"}, "data"),
        ({"due_date": "2026-08-13", "calendar_version": "2026.2"}, "calendar"),
        ({"due_date": "2026-08-13", "excluded_days": 1}, "data"),
        ({"due_date": "2026-08-17", "days_allowed": 10}, "method"),
        ({"decides": "received", "done_date": "2026-08-12"}, "method"),
        (
            {"due_date": "2026-08-17", "days_allowed": 10, "done_date": "2026-08-12"},
            "data+method",
        ),
        (
            {
                "due_date": "2026-08-13",
                "calendar_version": "2026.2",
                "received": "2026-08-11",
            },
            "calendar+data",
        ),
    ],
)
def test_a_duty_judged_otherwise_tells_the_cause(
    making: Making, change: Mapping[str, object], cause: str
) -> None:
    """Other dates are data, another deadline of the same start calendar, other days method."""
    before = making.side({DUTY: [DUTY_ROW], INDICATOR: [RATE]})
    duty = {**DUTY_ROW, "status": "on_time", **change}
    profile = "others" if "method" in cause else "rules"
    calendar = str(duty["calendar_version"])
    after = making.side({DUTY: [duty], INDICATOR: [BETTER]}, profile, calendar)
    assert why(before, after) == cause


def test_other_days_by_the_same_rules_are_data(making: Making) -> None:
    """A corrected item code can give a record another time: that is no change of method."""
    before = making.side({DUTY: [DUTY_ROW], INDICATOR: [RATE]})
    duty = DUTY_ROW | {"days_allowed": 10, "due_date": "2026-08-17", "status": "on_time"}
    assert why(before, making.side({DUTY: [duty], INDICATOR: [BETTER]})) == "data"


@pytest.mark.parametrize(
    ("profile", "touched", "cause"),
    [
        ("rules", (), "data"),
        ("rules", ("bbbb",), "data"),
        ("others", ("bbbb",), "data"),
        ("others", (), "method"),
    ],
)
def test_a_duty_that_came_is_data_unless_only_the_rules_brought_it(
    making: Making, profile: str, touched: Collection[str], cause: str
) -> None:
    """A record about which nothing was entered is judged anew only because the rules are others."""
    before = making.side({DUTY: [DUTY_ROW], INDICATOR: [RATE]})
    more = DUTY_ROW | {"duty_id": "bbbb-d", "record_id": "bbbb", "status": "on_time"}
    after = making.side({DUTY: [DUTY_ROW, more], INDICATOR: [BETTER]}, profile)
    assert why(before, after, touched) == cause


def test_a_duty_that_left_the_period_is_still_compared(making: Making) -> None:
    """A deadline that the calendar moved out of the quarter is calendar, not data that went."""
    last = DUTY_ROW | {"start_date": "2026-09-21", "due_date": "2026-09-30"}
    before = making.side({DUTY: [last], INDICATOR: [RATE]})
    moved = last | {"due_date": "2026-10-08", "calendar_version": "2026.2"}
    after = making.side({DUTY: [moved], INDICATOR: [BETTER]}, calendar="2026.2")
    assert why(before, after) == "calendar"


def test_rows_of_other_indicators_are_no_cause(making: Making) -> None:
    """A hand-in that only the compliance rate counts does not explain the timeliness rate."""
    handed = {"department": "market", "record_type": "licence", "day": "2026-08-05"}
    counts = {"submitted": 2, "accepted": 1, "rejected": 1}
    late = DUTY_ROW | {"due_date": "2026-08-13", "calendar_version": "2026.2", "status": "on_time"}
    before = making.side({DUTY: [DUTY_ROW], INDICATOR: [RATE]})
    tables: Mapping[Table, Rows] = {
        DUTY: [late],
        INDICATOR: [BETTER],
        SUBMISSION: [handed | counts],
    }
    assert why(before, making.side(tables, calendar="2026.2")) == "calendar"


def test_a_rate_of_other_numbers_moved_though_its_value_did_not(making: Making) -> None:
    """1 of 1 and 2 of 2 are both all: the numbers above and below the line are told instead."""
    before = making.side({INDICATOR: [BETTER]})
    after = making.side({INDICATOR: [BETTER | {"numerator": 2.0, "denominator": 2.0}]})
    named = [(m.name, m.before, m.after) for m in moves(before, after)]
    assert named == [
        ("timeliness_rate.denominator", 1.0, 2.0),
        ("timeliness_rate.numerator", 1.0, 2.0),
    ]


def test_a_count_without_a_row_is_none(making: Making) -> None:
    """No row and a row of zero say the same of a count; of a rate no row is no case."""
    count = RATE | {"name": "decisions_due", "denominator": None}
    before, after = making.side({INDICATOR: [count]}), making.side({})
    assert moves(before, after) == []
    one = making.side({INDICATOR: [count | {"numerator": 2.0, "value": 2.0}, BETTER]})
    told = [(m.name, m.before, m.after) for m in moves(one, after)]
    assert told == [("decisions_due", 2.0, 0.0), ("timeliness_rate", 1.0, None)]


def test_the_last_digit_of_a_computer_is_no_move(making: Making) -> None:
    """Values that differ by less than anybody could see are equal."""
    before = making.side({INDICATOR: [RATE | {"value": 1 / 3}]})
    assert moves(before, making.side({INDICATOR: [RATE | {"value": 1 / 3 + 1e-15}]})) == []


def test_a_rank_has_the_causes_of_all(making: Making) -> None:
    """A rank that another department's late record moved is put down to data."""
    other = RATE | {"department": "health"}
    before = making.side({INDICATOR: [RATE, other], LEAGUE: [STANDING]})
    tables: Mapping[Table, Rows] = {
        INDICATOR: [RATE, other | {"value": 0.5, "numerator": 0.5}],
        LEAGUE: [STANDING | {"rank": 3}],
    }
    told = {(m.department, m.name): m.why for m in moves(before, making.side(tables))}
    assert told == {("health", "timeliness_rate"): "data", ("market", "rank"): "data"}


def test_a_grade_that_only_the_scheme_moved_is_method(making: Making) -> None:
    """Another threshold gives another grade for the same score: told as texts, put to method."""
    before = making.side({LEAGUE: [STANDING | {"grade": "良好"}]}, rules="80")
    after = making.side({LEAGUE: [STANDING | {"grade": "优秀"}]}, "others", rules="75")
    assert moves(before, after) == [
        Move("market", "*", "grade", None, None, "良好", "优秀", "method")
    ]


def test_a_department_that_is_listed_no_more_moved(making: Making) -> None:
    """Who was in the league table and is not has nothing after."""
    before = making.side({LEAGUE: [STANDING]})
    told = {m.name: (m.before, m.after) for m in moves(before, making.side({}))}
    assert told == {"rank": (2, None), "ranked": (1, None), "score": (0.0, None)}
