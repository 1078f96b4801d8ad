"""League tables: nobody gains by being small, and everybody is compared with like."""

from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.intervals import wilson
from monitor.periods import Period
from publish.profile import Dated, Deduction, Grade, Part, Scheme
from tests.unit.standings import BEFORE, QUARTER, department, figures, rules, table, tables

LAST_YEAR = Period("2025Q3", "quarter", "2025-07-01", "2025-09-30", 1, "2025Q2")
CITY = st.dictionaries(
    st.sampled_from("abcdefghijkl"),
    st.integers(0, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=1,
)


def test_small_department_with_a_perfect_record_is_not_ranked() -> None:
    """Three of three on time is listed without a rank, below those with enough cases."""
    found = table({"small": (3, 3), "large": (190, 200), "poor": (10, 100)})
    assert [(r["department"], r["rank"]) for r in found] == [
        ("large", 1),
        ("poor", 2),
        ("empty", None),
        ("small", None),
    ]


def test_departments_without_cases_have_no_rate() -> None:
    """No cases is neither 0 % nor 100 %; a department abolished before is not listed."""
    found = {r["department"]: r for r in table({"large": (190, 200)})}
    assert found["empty"]["rate"] is None and found["empty"]["due"] == 0
    assert found["empty"]["score"] is None and found["empty"]["limit_low"] is None
    assert "gone" not in found


def test_equal_rates_share_a_rank() -> None:
    """Two departments with the same rate are both second, and the next is fourth."""
    found = table({"a": (90, 100), "b": (50, 100), "c": (100, 200), "d": (10, 100)})
    assert [(r["department"], r["rank"]) for r in found[:4]] == [
        ("a", 1),
        ("b", 2),
        ("c", 2),
        ("d", 4),
    ]


def test_change_is_against_the_period_before() -> None:
    """From 50 % to 90 % is a change of plus 40 points; without a period before there is none."""
    found = {r["department"]: r for r in table({"a": (90, 100), "b": (9, 100)}, {"a": (50, 100)})}
    assert found["a"]["change"] == pytest.approx(0.4)
    assert (found["a"]["previous_rank"], found["b"]["previous_rank"]) == (1, None)
    assert found["b"]["change"] is None


def test_a_score_of_several_indicators_ranks() -> None:
    """Who hands in well but publishes late falls behind who does both well."""
    rule = scheme(
        Part(indicator="timeliness_rate", weight=60), Part(indicator="late_rate", weight=40)
    )
    timely = {"a": (90, 100), "b": (95, 100), "c": (95, 100)}
    found = table(timely, None, rules(rule), late_rate={"a": (0, 90), "b": (50, 100), "c": (0, 9)})
    assert [(r["department"], r["score"]) for r in found[:3]] == [("c", 97), ("a", 94), ("b", 77)]


def test_grades_are_for_the_ranked() -> None:
    """Three of three is a full score and neither a rank nor a grade."""
    rule = scheme(Part(indicator="timeliness_rate", weight=100))
    found = {
        r["department"]: r for r in table({"small": (3, 3), "large": (95, 100)}, None, rules(rule))
    }
    assert (found["small"]["score"], found["small"]["grade"]) == (100, None)
    assert (found["large"]["score"], found["large"]["grade"]) == (95, "优秀")


def test_concealed_decisions_lower_a_rank() -> None:
    """Ten concealed decisions cost five points, and the deduction is told."""
    rule = scheme(
        Part(indicator="timeliness_rate", weight=100), concealed=Deduction(each=0.5, most=10)
    )
    timely = {"a": (95, 100), "b": (92, 100)}
    found = table(timely, None, rules(rule), omission_rate={"a": (10, 40), "b": (0, 40)})
    assert [(r["department"], r["score"], r["deduction"]) for r in found[:2]] == [
        ("b", 92, 0),
        ("a", 90, 5),
    ]


def test_the_scheme_of_the_last_day_applies() -> None:
    """A scheme from 1 July on makes the third quarter's scores and not the second's."""
    old = scheme(Part(indicator="timeliness_rate", weight=10))
    new = old.model_copy(
        update={"valid_from": date(2026, 7, 1), "parts": (Part(indicator="late_rate", weight=5),)}
    )
    profile = rules().model_copy(update={"scheme": Dated[Scheme]((old, new))})
    rows = [
        row
        for period in ("2026Q2", "2026Q3")
        for name in ("timeliness_rate", "late_rate")
        for row in figures(name, period, {"a": (40, 50)})
    ]
    found, _, parts = tables(rows, profile)
    assert [(r["period"], r["score"]) for r in found] == [("2026Q2", 8), ("2026Q3", 1)]
    assert [(p["name"], p["stated"], p["points"]) for p in parts] == [
        ("timeliness_rate", 10, 8),
        ("late_rate", 5, 1),
    ]


def test_similar_departments_are_ranked_among_themselves() -> None:
    """By kind and by decisions within a year; alone in a group nobody is first."""
    known = [department("a"), department("b"), department("c"), department("d", kind="district")]
    year = {"a": (600, 0), "b": (40, 0), "c": (60, 0), "d": (30, 0)}
    rows = figures(
        "timeliness_rate", "2026Q3", {"a": (90, 90), "b": (30, 40), "c": (50, 60), "d": (9, 30)}
    )
    rows += [(c, "*", "2026-08", "decisions_due", n, None, n) for c, (n, _) in year.items()]
    month = Period("2026-08", "month", "2026-08-01", "2026-08-31", 1, None)
    found, _, _ = tables(rows, rules(volumes=(500,)), known, [month, QUARTER])
    mine = {r["department"]: r for r in found if r["period"] == "2026Q3"}
    assert {c: (r["peers"], r["peer_rank"], r["peer_count"]) for c, r in mine.items()} == {
        "a": ("department:500", None, 1),
        "b": ("department:0", 2, 2),
        "c": ("department:0", 1, 2),
        "d": ("district:0", None, 1),
    }


def test_the_size_of_a_department_is_that_of_twelve_months() -> None:
    """Decisions of the year before the last twelve months do not count."""
    months = [
        Period(f"{y}-{m:02d}", "month", f"{y}-{m:02d}-01", f"{y}-{m:02d}-28", 1, None)
        for y in (2025, 2026)
        for m in range(1, 13)
        if (y, m) <= (2026, 9)
    ]
    rows = figures("timeliness_rate", "2026Q3", {"a": (90, 90)})
    counted = {"2025-09": 400, "2025-10": 60, "2026-09": 39}
    rows += [("a", "*", p, "decisions_due", n, None, n) for p, n in counted.items()]
    found, _, _ = tables(rows, rules(volumes=(99, 100)), (), [*months, QUARTER])
    assert [r["peers"] for r in found if r["period"] == "2026Q3"] == [":99"]


def test_change_is_also_against_a_year_ago() -> None:
    """The third quarter stands beside that of 2025, with its rate and its rank."""
    rows = figures("timeliness_rate", "2026Q3", {"a": (90, 100), "b": (80, 100)})
    rows += figures("timeliness_rate", "2025Q3", {"a": (50, 100), "b": (60, 100)})
    found, _, _ = tables(rows, spans=[LAST_YEAR, BEFORE, QUARTER])
    mine = {r["department"]: r for r in found if r["period"] == "2026Q3"}
    assert mine["a"]["year_change"] == pytest.approx(0.4)
    assert (mine["a"]["year_ago_rate"], mine["a"]["year_ago_rank"]) == (0.5, 2)
    assert mine["a"]["previous_rate"] is None


def test_silent_is_who_owes_and_hands_in_nothing() -> None:
    """The catalogue expects records of two departments, one of which handed something in."""
    found = silent(QUARTER, "2026-06")
    assert found == {"a": 1, "b": 0, "c": 0}


@pytest.mark.parametrize(
    ("span", "began"), [(QUARTER._replace(complete=0), "2026-06"), (QUARTER, "2026-07")]
)
def test_nobody_is_silent_before_he_could_speak(span: Period, began: str) -> None:
    """A period that runs, or in which the portal began, is held against nobody."""
    assert silent(span, began) == {"a": 0, "b": 0, "c": 0}


def silent(span: Period, began: str) -> dict[str, int]:
    """Who is silent in a period, if the first hand-in of all came in some month."""
    month = Period(began, "month", f"{began}-01", f"{began}-30", 1, None)
    rows = figures("compliance_rate", began, {"*": (9, 9)})
    rows += figures("coverage", "2026Q3", {"a": (0, 3), "b": (0, 3), "c": (0, 0)})
    rows += figures("compliance_rate", "2026Q3", {"b": (0, 2)})
    return {r["department"]: r["silent"] for r in tables(rows, spans=[month, span])[0]}


def test_a_merged_departments_cases_stay_its_own() -> None:
    """Both bodies are listed in the quarter of the merger, each with its own cases."""
    known = [department("old", valid_to="2026-08-15"), department("new", valid_from="2026-08-16")]
    rows = figures("timeliness_rate", "2026Q3", {"old": (20, 40), "new": (30, 30)})
    found, _, _ = tables(rows, departments=known)
    assert [(r["department"], r["on_time"], r["due"]) for r in found] == [
        ("new", 30, 30),
        ("old", 20, 40),
    ]


def test_funnel_limits_are_those_of_the_city() -> None:
    """The limits lie around the city's rate, wider for the department with fewer cases."""
    rows = figures("timeliness_rate", "2026Q3", {"*": (850, 1000), "a": (20, 22), "b": (800, 978)})
    found = {r["department"]: r for r in tables(rows)[0]}
    assert found["a"]["limit_low"] < found["b"]["limit_low"] < 0.85 < found["b"]["limit_high"]
    assert found["a"]["limit_high"] == 1


def test_every_rate_ranks_by_itself() -> None:
    """Of late rates the lowest is first; document numbers rank nobody; few cases have no rank."""
    timely = {"a": (90, 100), "b": (95, 100), "c": (3, 3)}
    rows = figures("timeliness_rate", "2026Q3", timely)
    rows += figures("late_rate", "2026Q3", {"a": (5, 100), "b": (9, 100), "c": (0, 3)})
    rows += figures("number_gaps", "2026Q3", {"a": (5, 100), "b": (9, 100)})
    _, ranking, _ = tables(rows)
    found = {(r["name"], r["department"]): r["rank"] for r in ranking}
    late = {"a": 1, "b": 2, "c": None}
    score = {"a": 2, "b": 1, "c": None}
    assert found == {
        **{("late_rate", c): n for c, n in late.items()},
        **{("timeliness_rate", c): n for c, n in score.items()},
        **{("score", c): n for c, n in score.items()},
    }


def test_a_single_ranking_shows_its_interval() -> None:
    """A rate has its Wilson interval; a score the middle of its simulation, around itself."""
    _, ranking, _ = tables(figures("timeliness_rate", "2026Q3", {"a": (90, 100), "b": (60, 100)}))
    found = {(r["name"], r["department"]): r for r in ranking}
    rate, points = found["timeliness_rate", "a"], found["score", "a"]
    assert (rate["low"], rate["high"]) == pytest.approx(wilson(90, 100))
    assert 80 < points["low"] < 85 < points["value"] < 94 < points["high"] < 96
    assert points["numerator"] is None


@settings(max_examples=30)
@given(CITY)
def test_nobody_with_few_cases_is_ranked(timely: dict[str, tuple[int, int]]) -> None:
    """Whoever has a rank has 20 cases or more, so three of three is never first."""
    found = table(timely | {"lucky": (3, 3)})
    assert all(r["rank"] is None or r["due"] >= 20 for r in found)
    assert all(r["ranked"] == (r["rank"] is not None) for r in found)
    assert next(r for r in found if r["department"] == "lucky")["rank"] is None


@settings(max_examples=30)
@given(CITY, st.randoms(use_true_random=False))
def test_the_order_of_the_figures_does_not_matter(
    timely: dict[str, tuple[int, int]], shuffled: Random
) -> None:
    """The same figures in another order make the same tables, byte for byte."""
    codes = list(timely)
    shuffled.shuffle(codes)
    assert table({code: timely[code] for code in codes}) == table(timely)


@settings(max_examples=30)
@given(CITY)
def test_a_rank_lies_in_its_interval(timely: dict[str, tuple[int, int]]) -> None:
    """The best rank that chance allows, the rank, the worst; also among similar departments."""
    found = [r for r in table(timely) if r["rank"]]
    assert all(1 <= r["rank_low"] <= r["rank"] <= r["rank_high"] <= len(found) for r in found)
    among = [r for r in found if r["peer_rank"]]
    assert all(r["peer_rank_low"] <= r["peer_rank"] <= r["peer_rank_high"] for r in among)
    assert all(r["peer_rank_high"] <= r["peer_count"] for r in among)


@settings(max_examples=30)
@given(CITY, st.sampled_from("abcdefghijkl"))
def test_another_departments_cases_change_no_figure_but_ranks(
    timely: dict[str, tuple[int, int]], other: str
) -> None:
    """One department's correction leaves the others' rates, intervals and scores as they were."""
    kept = ("rate", "low", "high", "score", "grade", "due")
    before = {r["department"]: [r[k] for k in kept] for r in table(timely)}
    after = {r["department"]: [r[k] for k in kept] for r in table(timely | {other: (1, 50)})}
    assert all(after[code] == row for code, row in before.items() if code != other)


def scheme(*parts: Part, concealed: Deduction | None = None) -> Scheme:
    """A scheme with the grade of 90 points."""
    return Scheme(
        source="示例规则",
        parts=parts,
        concealed=concealed,
        grades=(Grade(zh="优秀", en="good", at_least=90),),
    )
