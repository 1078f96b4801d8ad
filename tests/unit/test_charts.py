"""The small charts: scales, what is drawn, and what a reader is told."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.intervals import funnel_limits
from publish.pages import charts
from tests.unit.charted import Case, Month

SHARES = st.floats(0, 1)


@dataclass(frozen=True)
class Row:
    """A rate with its interval, as the league table has it."""

    low: float | None
    rate: float | None
    high: float | None


def parsed(svg: str) -> ET.Element:
    """The drawing as XML, which it must be."""
    return ET.fromstring(svg)  # noqa: S314 - our own drawing


def places(svg: str) -> list[float]:
    """Every place across, in percent."""
    return [float(x) for x in re.findall(r'(?:x|x1|x2|cx)="([-\d.]+)%"', svg)]


def named(root: ET.Element, kind: str) -> list[ET.Element]:
    """The parts of one class."""
    return [e for e in root.iter() if e.get("class") == kind]


@given(st.lists(SHARES, min_size=1))
def test_axis_shows_every_value(lows: list[float]) -> None:
    """The scale starts at or before the least value and has a handful of marks up to 1."""
    axis = charts.axis(lows)
    assert 0 <= axis.start <= min(lows)
    assert axis.ticks[0] == axis.start
    assert axis.ticks[-1] == 1
    assert 2 <= len(axis.ticks) <= 7


@given(st.lists(SHARES, min_size=1), SHARES, SHARES)
def test_axis_keeps_order(lows: list[float], a: float, b: float) -> None:
    """A greater share never lies further left, and all lie within the drawing."""
    axis = charts.axis(lows)
    left, right = sorted((a, b))
    assert 0 <= axis.at(left) <= axis.at(right) <= 100


@given(SHARES, SHARES, SHARES)
def test_interval_holds_its_rate(a: float, b: float, c: float) -> None:
    """The dot lies within the bar, the bar within the drawing."""
    low, rate, high = sorted((a, b, c))
    svg = charts.interval(charts.axis([low]), Row(low, rate, high), 0.5, 1)
    root = parsed(svg)
    (bar,), (dot,) = named(root, "band"), named(root, "dot")
    left = float(bar.get("x", "").rstrip("%"))
    right = left + float(bar.get("width", "").rstrip("%"))
    assert left - 0.02 <= float(dot.get("cx", "").rstrip("%")) <= right + 0.02
    assert all(0 <= x <= 100 for x in places(svg))


def test_interval_without_cases_draws_no_rate() -> None:
    """No cases is neither 0 nor 100 %: only the guides are drawn."""
    root = parsed(charts.interval(charts.axis([0.5]), Row(None, None, None), 0.8, 1))
    assert not named(root, "dot")
    assert named(root, "city")


def test_sign_in_a_table_is_hidden_from_readers() -> None:
    """An interval repeats the figure beside it, so screen readers skip it."""
    svg = charts.interval(charts.axis([0.5]), Row(0.6, 0.7, 0.8), None, 1)
    assert parsed(svg).get("aria-hidden") == "true"


def months(number: int) -> list[Month]:
    """Months with ten cases each, one of them late."""
    return [
        Month(f"2026-{i + 1:02d}", {"on_time": 9, "late": 1}, 0.9, (0.6, 0.98))
        for i in range(number)
    ]


NAMES = {"on_time": "on time", "late": "late", "overdue": "overdue", "cases": "due"}


def test_trend_says_what_it_shows() -> None:
    """The chart has a label, a dot per month with cases and each month's counts in words."""
    points = [*months(3), Month("2026-04", {}, None, None)]
    svg = charts.trend(points, label="A & B", aim=1, names=NAMES)
    root = parsed(svg)
    assert (root.get("role"), root.get("aria-label")) == ("img", "A & B")
    assert len(named(root, "dot")) == 3
    assert "2026-01: on time 9, late 1, overdue 0" in svg


@pytest.mark.parametrize("number", [1, 4, 5, 24, 36])
def test_trend_names_few_months_and_the_last(number: int) -> None:
    """No more months are named than fit on a phone; the last one always is."""
    svg = charts.trend(months(number)[:12], label="", aim=1, names=NAMES)
    labels = re.findall(r">(2026-\d\d)</text>", svg)
    assert len(labels) <= 3
    assert f"2026-{min(number, 12):02d}" in labels


def test_nothing_is_drawn_of_nothing() -> None:
    """Without months, duties or departments there is no chart."""
    assert charts.trend([], label="", aim=1, names=NAMES) == ""
    assert charts.funnel([], 0.9, 20, label="", name=str) == ""


@given(st.lists(st.tuples(st.integers(-3, 90), st.integers(0, 999))), st.integers(0, 99))
def test_bins_keep_every_duty(days: list[tuple[int, int]], never: int) -> None:
    """The bars of a histogram add up to the duties, those never done in the last bar."""
    bars = charts.bins(days, 7, never, "never")
    assert sum(b.amount for b in bars) == sum(n for _, n in days) + never
    assert (bars[-1].label, bars[-1].amount) == ("never", never)


def test_bins_colour_by_the_deadline() -> None:
    """Up to the days allowed a bar counts as in time, after them as late."""
    kinds = {b.label: b.kind for b in charts.bins([], 7, 0, "never")}
    assert (kinds["7"], kinds["8"], kinds["11+"]) == ("on_time", "late", "late")


def test_histogram_draws_the_deadline_after_its_last_day() -> None:
    """The line stands between the seventh and the eighth working day."""
    bars = charts.bins([(3, 10), (9, 5)], 7, 1, "never")
    root = parsed(charts.histogram(bars, label="days", limit=8, deadline="day 7"))
    line = next(e for e in named(root, "deadline") if e.get("x1"))
    labels = {e.text: float(e.get("x", "").rstrip("%")) for e in named(root, "x")}
    assert labels["7"] < float(line.get("x1", "").rstrip("%")) < labels["8"]


def test_funnel_tells_chance_from_difference() -> None:
    """A department is marked only where its cases are enough and its rate beyond the limits."""
    cases = [Case(400, 0.6), Case(400, 0.89), Case(400, 0.99), Case(5, 0.2, ranked=0)]
    root = parsed(charts.funnel(cases, 0.9, 20, label="", name=lambda c: f"<{c.due}>"))
    kinds = [e.get("class") for e in root.iter() if e.tag == "circle"]
    assert kinds == ["below", "within", "above", "few"]
    assert [charts.side(c) for c in cases] == kinds


@given(st.integers(0, 200), st.integers(20, 400), st.integers(0, 380))
def test_funnel_draws_the_limits_that_judge(late: int, most: int, less: int) -> None:
    """The curves end at the limits by which the department with the most cases is judged."""
    city = 1 - late / 200
    cases = [Case(most, city), Case(most - min(less, most - 1), city)]
    root = parsed(charts.funnel(cases, city, 20, label="", name=lambda c: str(c.due)))
    ends = {float(e.get("y2", "")) for e in named(root, "limit") if e.get("x2") == "92.0%"}
    axis = charts.axis([city, *(funnel_limits(city, min(20, most))[:1])])
    frame = charts.Frame(axis, 16, 220)
    assert ends == {frame.y(rate) for rate in funnel_limits(city, most)}


def test_names_are_text() -> None:
    """A department's name never becomes part of the drawing."""
    svg = charts.funnel([Case(30, 0.5)], 0.9, 20, label='"><b>', name=lambda _: "<script>")
    assert "<script>" not in svg
    assert parsed(svg).get("aria-label") == '"><b>'
