"""Scores: within bounds, rising with every rate, and worked out as a person would."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.score import CONCEALED, PLAIN, Cases, draw_scores, grade, work_out
from publish.profile import RATES, Deduction, Grade, Part, Scheme, Step, load_profile

ROOT = Path(__file__).parents[2]
SOURCE = "示例规则"
GRADES = (Grade(zh="优秀", en="good", at_least=90), Grade(zh="合格", en="fair", at_least=60))


def scheme(*parts: Part, concealed: Deduction | None = None) -> Scheme:
    """A scheme of some parts."""
    return Scheme(source=SOURCE, parts=parts, concealed=concealed, grades=GRADES)


def part(indicator: str = "timeliness_rate", weight: float = 100, **more: object) -> Part:
    """A part of a scheme."""
    return Part.model_validate({"indicator": indicator, "weight": weight, **more})


def cases(**counts: tuple[float, float]) -> dict[str, Cases]:
    """The indicators of one department: so many of so many."""
    return {
        name: Cases(np.array([float(a)]), np.array([float(b)])) for name, (a, b) in counts.items()
    }


def score(rule: Scheme, **counts: tuple[float, float]) -> float:
    """The score of one department."""
    return float(work_out(rule, cases(**counts), 1).score[0])


@pytest.mark.parametrize(
    ("one", "counts", "expected"),
    [
        (part(), (9, 10), 90),
        (part(), (2, 3), 66.67),
        (part(weight=6, full_at=0.95), (95, 100), 6),
        (part(weight=6, full_at=0.95), (94, 100), 5.64),
        (part("late_rate"), (1, 10), 90),
        (part("late_rate", full_at=0.9), (1, 10), 100),
    ],
)
def test_a_rate_gives_its_share_of_the_weight(
    one: Part, counts: tuple[int, int], expected: float
) -> None:
    """In proportion, all of it from the stated rate on, one minus the rate if less is better."""
    assert score(scheme(one), **{one.indicator: counts}) == expected


@pytest.mark.parametrize(("good", "points"), [(1000, 2), (999, 1), (980, 1), (979, 0), (0, 0)])
def test_steps_give_points_by_thresholds(good: int, points: float) -> None:
    """From 100 % on two points, from 98 % on one, below none (南信办字〔2023〕7号)."""
    steps = (Step(at_least=0.98, points=1), Step(at_least=1, points=2))
    assert score(scheme(part(weight=2, steps=steps)), timeliness_rate=(good, 1000)) == points


def test_no_cases_leave_their_weight_to_the_others() -> None:
    """Without removals the other parts count in proportion to what they weigh."""
    rule = scheme(part(weight=60), part("compliance_rate", 20), part("withdrawal_timeliness", 20))
    counts = {"timeliness_rate": (9, 10), "compliance_rate": (10, 10)}
    found = work_out(rule, cases(**counts), 1)
    assert [float(line.weights[0]) for line in found.lines] == [75, 25, 0]
    assert score(rule, **counts) == 92.5
    assert score(rule, **counts, withdrawal_timeliness=(0, 0)) == 92.5
    assert np.isnan(score(rule, withdrawal_timeliness=(0, 0)))


def test_too_few_cases_count_as_none() -> None:
    """One late removal of two does not cost half of its points where five cases are asked for."""
    rule = scheme(part(weight=90), part("withdrawal_timeliness", 10, least=5))
    assert score(rule, timeliness_rate=(10, 10), withdrawal_timeliness=(1, 2)) == 100
    assert score(rule, timeliness_rate=(10, 10), withdrawal_timeliness=(3, 6)) == 95


def test_concealed_decisions_cost_points() -> None:
    """Half a point each and ten at most, never below nothing."""
    rule = scheme(part(), concealed=Deduction(each=0.5, most=10))
    assert score(rule, timeliness_rate=(9, 10), omission_rate=(3, 40)) == 88.5
    assert score(rule, timeliness_rate=(9, 10), omission_rate=(40, 40)) == 80
    assert score(rule, timeliness_rate=(0, 10), omission_rate=(3, 40)) == 0


def test_points_for_nothing_concealed_are_lost_first() -> None:
    """Two points, half a point less for each, until none are left (南信办字〔2023〕7号)."""
    rule = scheme(part(weight=2), concealed=Deduction(weight=2, each=0.5, most=2))
    found = [score(rule, timeliness_rate=(1, 1), omission_rate=(n, 9)) for n in (0, 1, 4, 9)]
    assert found == [4, 3.5, 2, 2]


def test_grades_go_by_the_published_score() -> None:
    """A score of 90.00 is the better grade, 89.99 the next, and under the last there is none."""
    assert [grade(scheme(part()), s) for s in (100, 90, 89.99, 60, 59.99)] == [
        *("优秀", "优秀", "合格", "合格"),
        None,
    ]


NAMES = ("timeliness_rate", "late_rate", "omission_rate", "coverage")
PARTS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True).flatmap(
    lambda names: st.tuples(*map(of_indicator, names))
)
COUNTS = st.fixed_dictionaries(
    {
        name: st.integers(0, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
        for name in NAMES
    }
)


def of_indicator(name: str) -> st.SearchStrategy[Part]:
    """Parts of an indicator: in proportion, full from a rate on, or by steps."""
    steps = st.lists(st.integers(0, 20), min_size=1, max_size=4, unique=True).map(
        lambda marks: [
            {"at_least": mark / 20, "points": 10 * (i + 1) / len(marks)}
            for i, mark in enumerate(sorted(marks))
        ]
    )
    how: st.SearchStrategy[dict[str, object]] = st.one_of(
        st.just({}),
        st.integers(1, 20).map(lambda n: {"full_at": n / 20}),
        steps.map(lambda found: {"steps": found}),
    )
    return st.tuples(how, st.integers(1, 9)).map(lambda one: part(name, 10, least=one[1], **one[0]))


@given(PARTS, COUNTS, st.floats(0.1, 20))
def test_a_score_is_within_its_bounds(
    parts: Sequence[Part], counts: dict[str, tuple[int, int]], each: float
) -> None:
    """Never below nothing, never above all weights; its lines add up to it."""
    rule = scheme(*parts, concealed=Deduction(each=each))
    found = work_out(rule, cases(**counts), 1)
    assume(not np.isnan(found.score[0]))
    assert 0 <= found.score[0] <= 10 * len(parts)
    total = sum(float(line.points[0]) for line in found.lines)
    assert found.score[0] == pytest.approx(max(total, 0), abs=0.005001)
    assert found.lines[-1].name == CONCEALED


@given(PARTS, COUNTS, st.sampled_from(NAMES))
def test_a_better_rate_never_costs_points(
    parts: Sequence[Part], counts: dict[str, tuple[int, int]], name: str
) -> None:
    """One case more among the good ones does not lower a score, one concealed does not raise it."""
    good, total = counts[name]
    better = good + (1 if RATES[name] == "high" else -1)
    assume(0 <= better <= total)
    rule = scheme(*parts, concealed=Deduction(each=0.5))
    assume(not np.isnan(score(rule, **counts)))
    assert score(rule, **counts | {name: (better, total)}) >= score(rule, **counts)


@given(PARTS, COUNTS)
def test_drawn_scores_of_what_is_certain_are_the_score(
    parts: Sequence[Part], counts: dict[str, tuple[int, int]]
) -> None:
    """If each draw is the rate itself, the score of every draw is the score."""
    rule, held = scheme(*parts, concealed=Deduction(each=0.5, most=3)), cases(**counts)
    found = work_out(rule, held, 1)
    assume(not np.isnan(found.score[0]))
    drawn = draw_scores(
        rule, held, 1, lambda name: np.nan_to_num(held[name].rates())[:, np.newaxis]
    )
    assert drawn[0, 0] == pytest.approx(found.score[0], abs=0.01001)


@pytest.mark.parametrize(
    ("name", "counts", "expected"),
    [
        ("nanchang-2023", {"compliance_rate": (100, 100), "omission_rate": (2, 9)}, 3),
        ("nanchang-2023", {"compliance_rate": (99, 100), "omission_rate": (9, 9)}, 1),
        (
            "suzhou-scorecard",
            {"compliance_rate": (94, 100), "completeness": (95, 100), "push_timeliness": (9, 10)},
            11.34,
        ),
    ],
)
def test_shipped_schemes_give_what_their_sources_say(
    name: str, counts: dict[str, tuple[int, int]], expected: float
) -> None:
    """Points for 100 % and 98 %, half a point lost for each concealed; all points from 95 % on."""
    rule = load_profile(ROOT / f"data/profiles/{name}.toml").scheme
    assert rule is not None
    assert score(rule.latest, **counts) == expected


def test_the_scheme_of_the_how_to_is_a_scheme(tmp_path: Path) -> None:
    """What an office copies from there is read as it stands."""
    text = (ROOT / "docs/how-to/schemes.md").read_text("utf-8")
    blocks = "".join(re.findall(r"```toml\n(.*?)```", text, re.DOTALL))
    for one in ("cn", "demo-city"):
        shutil.copy(ROOT / f"data/profiles/{one}.toml", tmp_path)
    city = (tmp_path / "demo-city.toml").read_text("utf-8").partition("[clocks")[0]
    (tmp_path / "demo-city.toml").write_text(city + blocks, "utf-8")
    profile = load_profile(tmp_path / "demo-city.toml")
    assert profile.scheme is not None
    assert (profile.league.volumes, len(profile.scheme.latest.parts)) == ((50, 500), 4)


def test_without_a_scheme_the_score_is_the_timeliness_rate() -> None:
    """Times a hundred, with two decimals."""
    assert score(PLAIN, timeliness_rate=(2, 3)) == 66.67
