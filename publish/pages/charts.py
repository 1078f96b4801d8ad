"""Small charts as inline SVG: positions across in percent, so that they fit any width.

Colours and type come from the stylesheet by class. Each chart stands beside its table, which says
the same in figures; the text under ``role="img"`` names what is drawn.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, sqrt
from typing import Any, Protocol

from markupsafe import Markup, escape

from monitor.clocks import SETTLED
from monitor.intervals import funnel_limits

TAIL = 4
"""How many working days after the deadline the histogram's last bar of days begins."""

_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)
_MOST_TICKS = 6
EDGE = 8.0
"""How far from either side a funnel plot keeps its dots, in percent of the width."""

_MONTHS_NAMED = 3
_MARKS = 4
_CURVE = 40
LABEL_FROM = 0.02
SIDES = ("below", "within", "above", "few")
"""Where a department may lie in a funnel plot."""

_ROUND = (10, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)

Spot = tuple[float, float]
"""A place: percent of the width, pixels down; or a number of cases and a rate."""


class Interval(Protocol):
    """A rate with its interval; None without cases."""

    @property
    def low(self) -> float | None:
        """The lower end."""

    @property
    def rate(self) -> float | None:
        """The rate."""

    @property
    def high(self) -> float | None:
        """The upper end."""


class Place(Protocol):
    """A rank with the range in which it may lie."""

    @property
    def rank(self) -> int:
        """The rank; 1 is the best."""

    @property
    def rank_low(self) -> int:
        """The best rank in the range."""

    @property
    def rank_high(self) -> int:
        """The worst."""


class Point(Protocol):
    """A month of a trend."""

    @property
    def label(self) -> str:
        """The month, such as 2026-09."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Duties by status."""

    @property
    def rate(self) -> float | None:
        """The rate; None without cases."""

    @property
    def interval(self) -> tuple[float, float] | None:
        """The ends of the rate's interval."""


class Case(Protocol):
    """A department in a funnel plot."""

    @property
    def due(self) -> int:
        """How many cases it had."""

    @property
    def rate(self) -> float:
        """Its rate."""

    @property
    def ranked(self) -> int:
        """Whether it had enough cases to be ranked."""

    @property
    def limit_low(self) -> float | None:
        """The least rate that chance explains at so many cases."""

    @property
    def limit_high(self) -> float | None:
        """The greatest."""


@dataclass(frozen=True)
class Axis:
    """A scale of shares from ``start`` to 1.

    Attributes:
        ticks: the shares that are marked.
    """

    start: float
    ticks: tuple[float, ...]

    def at(self, share: float) -> float:
        """The position of a share in percent of the way; what lies before the start is at 0."""
        return round(max(0.0, share - self.start) / (1 - self.start) * 100, 2)


@dataclass(frozen=True)
class Frame:
    """Where shares are drawn upwards.

    Attributes:
        top: pixels above the plot.
        height: the plot's height in pixels.
    """

    over: Axis
    top: int
    height: int

    @property
    def bottom(self) -> int:
        """Where the scale starts."""
        return self.top + self.height

    def y(self, share: float) -> float:
        """How far down a share lies."""
        return round(self.bottom - self.over.at(share) / 100 * self.height, 1)

    def level(self, kind: str, share: float) -> str:
        """A line across at a share."""
        return f'<line class="{kind}" x1="0" x2="100%" y1="{self.y(share)}" y2="{self.y(share)}"/>'

    def grid(self) -> str:
        """A line across at each mark, with its share."""
        return "".join(
            f'{self.level("grid", t)}<text class="y" x="-8" y="{self.y(t) + 4:.1f}">{t:.0%}</text>'
            for t in self.over.ticks
        )


@dataclass(frozen=True)
class Columns:
    """A number of columns of one width."""

    number: int

    def middle(self, i: int) -> float:
        """The middle of a column in percent of the width."""
        return round((i + 0.5) * 100 / self.number, 2)

    def rect(self, i: int, y: float, tall: float, kind: str) -> str:
        """A bar in a column."""
        wide = 75 / self.number
        return (
            f'<rect class="{kind}" x="{self.middle(i) - wide / 2:.2f}%" y="{y}" '
            f'width="{wide:.2f}%" height="{tall}"/>'
        )

    def spots(self, frame: Frame, rates: Iterable[float | None]) -> list[Spot]:
        """Where the rates of the columns lie; those without cases are left out."""
        return [(self.middle(i), frame.y(r)) for i, r in enumerate(rates) if r is not None]


@dataclass(frozen=True)
class Bar:
    """One bar of a histogram.

    Attributes:
        label: what stands under it; a gap has none.
        amount: how many it counts.
        kind: the class that colours it.
    """

    label: str
    amount: int
    kind: str


def axis(lows: Iterable[float]) -> Axis:
    """A scale that shows all lower ends, with a handful of round marks."""
    start = max(0.0, floor(min(lows, default=0.0) * 20 - 0.2) / 20)
    step = next((s for s in _STEPS if (1 - start) / s < _MOST_TICKS), _STEPS[-1])
    count = ceil(round((1 - start) / step, 6))
    start = max(0.0, round(1 - count * step, 6))
    return Axis(start, tuple(round(start + i * step, 6) for i in range(count + 1)))


def scale(over: Axis, city: float | None, aim: float) -> Markup:
    """The marks above a column of interval bars."""
    ticks = "".join(
        f'<line class="tick" x1="{over.at(t)}%" x2="{over.at(t)}%" y1="18" y2="24"/>'
        f'<text x="{over.at(t)}%" y="13" {_anchor(over.at(t))}>{t:.0%}</text>'
        for t in over.ticks
    )
    return _svg("scale", 24, ticks + _guides(over, city, aim, 18, 24))


def interval(over: Axis, row: Interval, city: float | None, aim: float) -> Markup:
    """A rate as a dot on the bar of its interval, with the city's rate and the aim as lines."""
    guides = _guides(over, city, aim, 0, 22)
    if row.rate is None or row.low is None or row.high is None:
        return _svg("interval", 22, guides)
    left, right = over.at(row.low), over.at(row.high)
    bar = f'<rect class="band" x="{left}%" y="7" width="{right - left:.2f}%" height="8"/>'
    dot = f'<circle class="dot" cx="{over.at(row.rate)}%" cy="11" r="4.5"/>'
    return _svg("interval", 22, guides + bar + dot)


def places(row: Place, ranked: int) -> Markup:
    """A rank as a dot on the range of ranks that chance alone explains."""
    columns = Columns(max(ranked, 1))
    low, high, at = (columns.middle(n - 1) for n in (row.rank_low, row.rank_high, row.rank))
    whole = '<line class="grid" x1="0" x2="100%" y1="5" y2="5"/>'
    band = f'<line class="band" x1="{low}%" x2="{high}%" y1="5" y2="5"/>'
    return _svg("places", 10, f'{whole}{band}<circle class="dot" cx="{at}%" cy="5" r="3.5"/>')


def spark(over: Axis, rates: Sequence[float | None]) -> Markup:
    """A line of rates without marks, ending in a dot."""
    spots = Columns(max(len(rates), 1)).spots(Frame(over, 3, 18), rates)
    return _svg("spark", 24, _line(spots, "rate") + _dots(spots[-1:]))


def trend(
    points: Sequence[Point],
    *,
    label: str,
    aim: float,
    names: Mapping[str, str],
    city: Sequence[float | None] = (),
) -> Markup:
    """Months: the rate with its intervals above, the cases by status below.

    Args:
        points: the months, oldest first.
        label: what the chart shows, in words.
        aim: the rate held to, drawn as a line.
        names: the names of the settled statuses, and ``cases``, that of all of them.
        city: the city's rate in each month, drawn behind.
    """
    if not points:
        return Markup()
    frame, columns = Frame(axis(lowest(points, city)), 16, 150), Columns(len(points))
    bottom = frame.bottom + 100
    rates = columns.spots(frame, (p.rate for p in points))
    drawn = (
        frame.grid(),
        frame.level("aim", aim),
        _line(columns.spots(frame, city), "city"),
        *(_whisker(frame, columns.middle(i), p) for i, p in enumerate(points)),
        _line(rates, "rate"),
        _dots(rates),
        f'<text x="0" y="{frame.bottom + 22}">{escape(names["cases"])}</text>',
        *_stacks(points, columns, names, bottom, 70),
        *_months(points, columns, bottom + 18),
    )
    return _svg("trend", bottom + 24, "".join(drawn), label)


def histogram(bars: Sequence[Bar], *, label: str, limit: int, deadline: str) -> Markup:
    """Bars with their shares on top and a line after the last one that the deadline allows.

    Args:
        bars: the bars, left to right.
        label: what the chart shows, in words.
        limit: how many bars stand before the deadline's line.
        deadline: what is written at that line.
    """
    bottom, columns, edge = 170, Columns(len(bars)), round(limit * 100 / len(bars), 2)
    drawn = (
        f'<line class="base" x1="0" x2="100%" y1="{bottom}" y2="{bottom}"/>',
        *_bars(bars, columns, bottom, 130),
        f'<line class="deadline" x1="{edge}%" x2="{edge}%" y1="14" y2="{bottom + 4}"/>',
        f'<text class="deadline" x="{edge}%" dx="6" y="14">{escape(deadline)}</text>',
    )
    return _svg("histogram", bottom + 22, "".join(drawn), label)


def bins(days: Iterable[tuple[int, int]], allowed: int, unpublished: int, name: str) -> list[Bar]:
    """Duties by working days used, the long tail in one bar, those not done apart.

    Args:
        days: working days used and how many duties took them.
        allowed: working days allowed.
        unpublished: duties past their deadline and not done.
        name: what the last bar is called.
    """
    last = allowed + TAIL
    amounts = [0] * (last + 1)
    for used, amount in days:
        amounts[max(0, min(used, last))] += amount
    bars = [
        Bar(f"{used}+" if used == last else str(used), n, "on_time" if used <= allowed else "late")
        for used, n in enumerate(amounts)
    ]
    return [*bars, Bar("", 0, "gap"), Bar(name, unpublished, "overdue")]


def funnel(
    cases: Sequence[Case], city: float, minimum: int, *, label: str, name: Callable[[Any], str]
) -> Markup:
    """Each department's rate over its number of cases, with the limits that chance alone explains.

    Args:
        cases: the departments.
        city: the city's rate, around which the limits lie (99.8 %).
        minimum: under how many cases departments are not ranked.
        label: what the chart shows, in words.
        name: what a department's dot is called.
    """
    if not cases:
        return Markup()
    most = max(case.due for case in cases)
    frame = Frame(funnel_axis(cases, city, minimum), 16, 220)

    def spot(due: float, rate: float) -> Spot:
        across = EDGE + sqrt(due / most) * (100 - 2 * EDGE)
        return round(across, 2), frame.y(min(1.0, rate))

    drawn = (
        frame.grid(),
        *(_line([spot(*p) for p in line], "limit") for line in curves(city, most, minimum)),
        frame.level("city", city),
        *(_case(spot(c.due, c.rate), side(c), name(c)) for c in cases),
        *(_mark(spot(n, 0)[0], frame.bottom + 18, f"{n:,}") for n in rounds(most)),
    )
    return _svg("funnel", frame.bottom + 24, "".join(drawn), label)


def funnel_axis(cases: Sequence[Case], city: float, minimum: int) -> Axis:
    """The scale of a funnel plot."""
    fewest = min(minimum, max(case.due for case in cases))
    return axis([*(case.rate for case in cases), funnel_limits(city, fewest)[0]])


def curves(city: float, most: int, minimum: int) -> Iterator[list[Spot]]:
    """The limits of a funnel plot, the lower and the upper: numbers of cases with rates.

    They are the closer to the city's rate the more cases there are.
    """
    few = min(minimum, max(1, most - 1))
    cases = sorted({few + round((most - few) * (i / _CURVE) ** 2) for i in range(_CURVE + 1)})
    limits = [funnel_limits(city, n) for n in cases]
    for ends in zip(*limits, strict=True):
        yield list(zip(cases, ends, strict=True))


def side(case: Case) -> str:
    """On which side of a funnel plot's limits a department lies."""
    if not case.ranked or case.limit_low is None or case.limit_high is None:
        return "few" if not case.ranked else "within"
    if case.rate < case.limit_low:
        return "below"
    return "above" if case.rate > case.limit_high else "within"


def _case(at: Spot, kind: str, name: str) -> str:
    """A department's dot."""
    title = f"<title>{escape(name)}</title>"
    return f'<circle class="{kind}" cx="{at[0]}%" cy="{at[1]}" r="5">{title}</circle>'


def rounds(most: int) -> list[int]:
    """A few round numbers of cases up to the most."""
    return [n for n in _ROUND if n <= most][-_MARKS:] or [most]


def lowest(points: Sequence[Point], city: Sequence[float | None]) -> Iterator[float]:
    """Everything that the scale of a trend must show."""
    yield from (p.interval[0] for p in points if p.interval)
    yield from (p.rate for p in points if p.rate is not None)
    yield from (r for r in city if r is not None)


def _whisker(frame: Frame, x: float, point: Point) -> str:
    """The interval of a month's rate."""
    if point.interval is None:
        return ""
    low, high = map(frame.y, point.interval)
    return f'<line class="band" x1="{x}%" x2="{x}%" y1="{high}" y2="{low}"/>'


def _stacks(
    points: Sequence[Point], columns: Columns, names: Mapping[str, str], bottom: int, height: int
) -> Iterator[str]:
    """A stack of statuses for each month."""
    most = max(sum(p.counts.get(s, 0) for s in SETTLED) for p in points) or 1
    for i, p in enumerate(points):
        said = ", ".join(f"{names[s]} {p.counts.get(s, 0):,}" for s in SETTLED)
        y, stack = float(bottom), ""
        for status in SETTLED:
            tall = round(p.counts.get(status, 0) / most * height, 1)
            y = round(y - tall, 1)
            stack += columns.rect(i, y, tall, status) if tall else ""
        yield f"<g><title>{escape(p.label)}: {escape(said)}</title>{stack}</g>"
    yield f'<line class="base" x1="0" x2="100%" y1="{bottom}" y2="{bottom}"/>'


def _months(points: Sequence[Point], columns: Columns, y: int) -> Iterator[str]:
    """The months' names, no more than fit on a phone, the last one always."""
    every = ceil(len(points) / _MONTHS_NAMED)
    for i in range(len(points) - 1, -1, -every):
        yield _mark(columns.middle(i), y, points[i].label)


def _bars(bars: Sequence[Bar], columns: Columns, bottom: int, height: int) -> Iterator[str]:
    """The bars of a histogram, each with its share and name."""
    total, most = sum(b.amount for b in bars) or 1, max(b.amount for b in bars) or 1
    for i, bar in enumerate(bars):
        if bar.label:
            x, tall = columns.middle(i), round(bar.amount / most * height, 1)
            y, share = round(bottom - tall, 1), bar.amount / total
            value = f'<text class="value" x="{x}%" y="{y - 5:.1f}">{share:.0%}</text>'
            yield (
                f"<g><title>{escape(bar.label)}: {bar.amount:,}</title>"
                f"{columns.rect(i, y, tall, bar.kind)}{value if share >= LABEL_FROM else ''}</g>"
                f'<text class="x" x="{x}%" y="{bottom + 16}">{escape(bar.label)}</text>'
            )


def _guides(over: Axis, city: float | None, aim: float, top: int, bottom: int) -> str:
    """The city's rate and the aim as lines down."""
    lines = [("aim", aim)] if city is None else [("city", city), ("aim", aim)]
    return "".join(
        f'<line class="{kind}" x1="{over.at(at)}%" x2="{over.at(at)}%" y1="{top}" y2="{bottom}"/>'
        for kind, at in lines
    )


def _line(spots: Sequence[Spot], kind: str) -> str:
    """Segments from spot to spot; a polyline knows no percentages."""
    return "".join(
        f'<line class="{kind}" x1="{a}%" y1="{b}" x2="{c}%" y2="{d}"/>'
        for (a, b), (c, d) in pairwise(spots)
    )


def _dots(spots: Iterable[Spot]) -> str:
    """A dot at each spot."""
    return "".join(f'<circle class="dot" cx="{x}%" cy="{y}" r="3.5"/>' for x, y in spots)


def _mark(x: float, y: int, text: str) -> str:
    """A word under a place."""
    return f'<text x="{x}%" y="{y}" {_anchor(x)}>{escape(text)}</text>'


def _anchor(x: float) -> str:
    """Keeps the words at either edge inside the chart."""
    if x < EDGE:
        return 'text-anchor="start"'
    return 'text-anchor="end"' if x > 100 - EDGE else 'text-anchor="middle"'


def _svg(kind: str, height: int, inner: str, label: str = "") -> Markup:
    """The drawing; without a label it repeats a figure beside it and is hidden from readers."""
    said = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return Markup(  # noqa: S704 - numbers and escaped text only
        f'<svg class="{kind}" width="100%" height="{height}" {said}>{inner}</svg>'
    )
