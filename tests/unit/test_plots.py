"""The big charts as data: Plotly takes them, and they say what the small drawings say."""

from hashlib import sha256
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plotly import graph_objects

from monitor.clocks import SETTLED
from publish.pages import charts, plots
from publish.pages.theme import LAYOUT, TRACES, theme, write_theme
from tests.unit.charted import Case, Month

ROOT = Path(__file__).parents[2]
BUNDLE = "99784e3abfb07b142a15e521a439e6d9addceadb3f79553fd24c72774f0649ba"
"""plotly-basic.min.js of plotly.js-basic-dist-min 4.1.1."""
NAMES = {s: s for s in (*SETTLED, *charts.SIDES, "cases", "rate", "city", "limit")}
SHARES = st.floats(0, 1)


@st.composite
def months(draw: st.DrawFn) -> list[Month]:
    """Some months, each with cases or without."""
    made = []
    for n in range(draw(st.integers(1, 24))):
        counts = {s: draw(st.integers(0, 500)) for s in SETTLED}
        rate = draw(st.none() | SHARES)
        ends = None if rate is None else draw(st.none() | st.just((rate / 2, (1 + rate) / 2)))
        made.append(Month(f"{2024 + n // 12}-{n % 12 + 1:02d}", counts, rate, ends))
    return made


CASES = st.lists(
    st.builds(
        Case, st.integers(1, 9000), SHARES, st.integers(0, 1), department=st.text(max_size=5)
    ),
    min_size=1,
    max_size=20,
)


def taken(figure: plots.Figure) -> graph_objects.Figure:
    """The figure dressed as the browser dresses it; Plotly refuses what it does not know."""
    data = [{**TRACES[trace["meta"]], **trace} for trace in figure["data"]]
    return graph_objects.Figure(data, {**figure["layout"], "template": theme()["template"]})


@given(months(), SHARES, st.booleans())
def test_a_trend_draws_every_month(points: list[Month], aim: float, beside: bool) -> None:
    """Rates, their intervals and the cases of every month are there, at the month's name."""
    city = [p.rate for p in points] if beside else []
    figure = plots.trend(points, aim=aim, names=NAMES, city=city)
    drawn = {trace.meta: trace for trace in taken(figure).data}
    assert set(drawn) == {"rate", *SETTLED, *(["city"] if city else [])}
    for trace in drawn.values():
        assert list(trace.x) == [p.label for p in points]
    for status in SETTLED:
        assert list(drawn[status].y) == [p.counts[status] for p in points]
    for shown, point in zip(drawn["rate"].y, points, strict=True):
        assert (shown is None) == (point.rate is None)
        assert shown is None or shown == pytest.approx(point.rate, abs=1e-4)


@given(st.lists(st.tuples(st.integers(-3, 30), st.integers(0, 999)), max_size=20))
def test_a_histogram_counts_every_duty(days: list[tuple[int, int]]) -> None:
    """The bars add up to all duties, those never done among them."""
    bars = charts.bins(days, 7, 5, "never")
    figure = plots.histogram(bars, limit=8, deadline="<7>", names=NAMES)
    drawn = taken(figure)
    assert sum(sum(trace.y) for trace in drawn.data) == sum(n for _, n in days) + 5
    assert drawn.layout.annotations[0].text == "&lt;7&gt;"


@given(CASES, st.integers(0, 9999).map(lambda n: n / 9999))
def test_a_funnel_shows_every_department_once(cases: list[Case], city: float) -> None:
    """Each department is on the side on which the drawing has it."""
    figure = plots.funnel(cases, city, 20, name=lambda c: f"<{c.department}>", names=NAMES)
    drawn = taken(figure)
    sides = [(t.meta, d) for t in drawn.data if t.meta != "limit" for d in t.ids]
    assert sorted(sides) == sorted((charts.side(c), c.department) for c in cases)
    assert not any("<" in text for t in drawn.data if t.hovertext for text in t.hovertext)


def test_what_stays_in_sight_stays_the_same() -> None:
    """A rate that differs by less than can be seen leaves the figure, and so the page, as it is."""
    one, other = ([Month("2026-01", {"on_time": 9}, rate, None)] for rate in (0.912_341, 0.912_343))
    assert plots.trend(one, aim=1, names=NAMES) == plots.trend(other, aim=1, names=NAMES)


def test_a_figure_cannot_end_its_script() -> None:
    """A name that looks like markup stays data."""
    bars = [charts.Bar("</script><b>", 1, "on_time")]
    figure = plots.histogram(bars, limit=1, deadline="", names=NAMES)
    assert "<" not in plots.embedded(figure)


def test_the_theme_is_current_and_plotly_takes_it(tmp_path: Path) -> None:
    """The file of the theme is what the code makes; its colours are tokens that there are."""
    write_theme(tmp_path / "theme.json")
    made = (tmp_path / "theme.json").read_bytes()
    assert (ROOT / "site/static/chart-theme.json").read_bytes() == made
    assert orjson.loads(made) == theme()
    known = (ROOT / "site/static/tokens.css").read_text("utf-8")
    for name in {part.split(")")[0] for part in made.decode().split("var(")[1:]}:
        assert f"  {name}:" in known, name
    assert LAYOUT["showlegend"] is False


def test_the_program_of_the_charts_is_the_one_stated() -> None:
    """The bundle is byte for byte the one whose provenance is stated."""
    bundle = ROOT / "site/static/plotly-basic.min.js"
    assert sha256(bundle.read_bytes()).hexdigest() == BUNDLE
    assert BUNDLE in (ROOT / "docs/decisions/0030-charts.md").read_text("utf-8")
