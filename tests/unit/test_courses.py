"""The duties of a feedback case, whatever steps were taken in it and in whatever order."""

from datetime import date, timedelta
from pathlib import Path
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from monitor.clocks import FEEDBACK, STATUSES
from publish.project import Project
from publish.register.live import Live, Moment
from publish.register.register import Cut, Register
from publish.release.feedback import Course, Feedback, Judged, Taken
from publish.schema import code_lists

ROOT = Path(__file__).parents[2]
TODAY = "2026-11-20"
START = date(2026, 3, 2)
STAGES = [value.value for value in code_lists()["feedback_stage"].values]
KINDS = [value.value for value in code_lists()["feedback_kind"].values]
REASONS = ("委托检验", "专家评审", "等待补充材料")


class _Repository(Project):
    """The repository as a project with the rules of the demo city."""

    @property
    def profile_path(self) -> Path:
        return ROOT / "data/profiles/demo-city.toml"


PROJECT = _Repository(ROOT)
FEEDBACK_OF_TODAY = Feedback(PROJECT, Moment(cast(Register, None), Cut(f"{TODAY}T04:00:00Z", 0, 0)))


@st.composite
def courses(draw: st.DrawFn) -> Course:
    """A case received on 2 March 2026 with any steps after that."""
    steps = []
    for wait in sorted(draw(st.lists(st.integers(0, 60), max_size=9))):
        stage, day = draw(st.sampled_from(STAGES)), (START + timedelta(days=wait)).isoformat()
        outcome = draw(st.sampled_from(("upheld", "rejected", "withdrawn")))
        to = (START + timedelta(days=wait + draw(st.integers(1, 60)))).isoformat()
        steps.append(
            Taken(
                stage,
                outcome if stage == "decided" else "",
                day,
                day,
                draw(st.sampled_from(REASONS)) if stage == "paused" else "",
                to if stage == "extended" else "",
            )
        )
    values = {"feedback_kind": draw(st.sampled_from(KINDS)), "received_date": START.isoformat()}
    due = {"due_date": "2026-04-15"} if values["feedback_kind"] in KINDS[2:] else {}
    return Course(Live("abc", "feedback", "market", values | due, 1, 1, 1), steps)


def judged(course: Course) -> dict[str, Judged]:
    """The duties of a case by clock."""
    found = FEEDBACK_OF_TODAY.judged(course, PROJECT.calendar)
    by_clock = {each.duty.clock: each for each in found}
    assert len(by_clock) == len(found), "no clock runs twice"
    return by_clock


@given(courses())
def test_every_duty_of_a_case_makes_sense(course: Course) -> None:
    """Each belongs to the kind of case, begins with a step of it, and has a status with words."""
    days = {START.isoformat(), *(taken.day for taken in course.steps)}
    for name, (duty, term, _) in judged(course).items():
        (clock,) = (clock for clock in FEEDBACK if clock.name == name)
        assert clock.steps and clock.steps.kind == course.case.values["feedback_kind"]
        assert duty.start_date in days and (duty.done_date is None or duty.done_date in days)
        assert duty.status in STATUSES.keys() - {"exempt"}
        assert duty.department == ("development" if clock.steps.office else "market")
        assert (duty.extended_to is None) or any(t.stage == "extended" for t in course.steps)
        assert duty.excluded_days == 0 or name.startswith("objection_")
        assert duty.days_allowed == term.days


@given(courses())
def test_a_case_goes_one_way(course: Course) -> None:
    """It is never owed both to settle a case alone and to pass it on."""
    assert not {"objection_own", "objection_pass_on"} <= judged(course).keys()


@given(courses(), st.integers(0, 60))
def test_what_is_withdrawn_is_never_open(course: Course, wait: int) -> None:
    """Once a case is withdrawn nothing is pending or overdue, and nothing begins."""
    day = (START + timedelta(days=wait)).isoformat()
    before = [taken for taken in course.steps if taken.day <= day and taken.outcome != "withdrawn"]
    after = [taken for taken in course.steps if taken.day > day]
    withdrawn = Taken("decided", "withdrawn", day, day, "", "")
    for duty, *_ in judged(Course(course.case, [*before, withdrawn, *after])).values():
        assert duty.done_date is not None and duty.done_date <= day >= duty.start_date


@given(courses())
def test_more_time_is_never_held_against_anybody(course: Course) -> None:
    """Without its pauses and extensions a case is due no later, stage by stage."""
    plain = [taken for taken in course.steps if taken.stage not in {"paused", "extended"}]
    without = judged(Course(course.case, plain))
    for name, (duty, *_) in judged(course).items():
        if name in without:
            assert duty.due_date >= without[name].duty.due_date
