"""The score: what the scheme of the rules makes of a department's rates."""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np

from monitor.intervals import Floats
from monitor.measures import DECIMALS
from publish.profile import Part, Scheme

CONCEALED = "concealed"
"""The line of a score that holds what concealed decisions cost."""
PLAIN = Scheme(
    parts=(Part(indicator="timeliness_rate", weight=100),),
    source="没有评分办法的，得分为公示及时率乘以100 Without a scheme: timeliness rate × 100",
)


class Cases(NamedTuple):
    """An indicator of all departments, in one order: how many of how many; 0 of 0 is no cases."""

    good: Floats
    all: Floats

    def rates(self) -> Floats:
        """The rates; nan without cases."""
        found: Floats = np.full(len(self.all), np.nan)
        np.divide(self.good, self.all, out=found, where=self.all > 0)
        return found

    def reversed(self) -> "Cases":
        """What is not among the good ones."""
        return Cases(self.all - self.good, self.all)


class Line(NamedTuple):
    """A part of the scores of all departments.

    Attributes:
        name: the indicator, or `CONCEALED`.
        stated: the weight that the scheme gives it.
        values: the rates, nan without cases; of what was concealed, how many.
        weights: the weight with what parts without cases left to it.
        points: the points.
    """

    name: str
    stated: float
    values: Floats
    weights: Floats
    points: Floats


class Working(NamedTuple):
    """How the scores of all departments came about.

    Attributes:
        deduction: the points that concealed decisions cost.
        score: nan where no part has cases.
    """

    lines: Sequence[Line]
    deduction: Floats
    score: Floats


def work_out(scheme: Scheme, cases: Mapping[str, Cases], count: int) -> Working:
    """The scores of all departments, and how they came about.

    Args:
        scheme: the rule of the period.
        cases: by indicator, the departments in one order.
        count: how many departments there are.
    """
    held = _held(scheme, cases, count)
    weights = _weights(scheme, held)
    lines = [_line(*one) for one in zip(scheme.parts, held, weights, strict=True)]
    found, cost = _concealed(scheme, cases, count)
    if scheme.concealed:
        lines.append(found)
    score = _sum([line.points for line in lines])
    return Working(lines, cost, np.where(weights.any(axis=0), score, np.nan))


def draw_scores(
    scheme: Scheme, cases: Mapping[str, Cases], count: int, draw: Callable[[str], Floats]
) -> Floats:
    """The scores of drawn rates; what concealed decisions cost is not left to chance.

    Args:
        draw: gives the drawn rates of an indicator, a row for each department.

    Returns:
        a row for each department.
    """
    held = _held(scheme, cases, count)
    points = [
        weights[:, np.newaxis] * _share(part, _drawn(part, one, draw))
        for part, one, weights in zip(scheme.parts, held, _weights(scheme, held), strict=True)
    ]
    found, _ = _concealed(scheme, cases, count)
    return _sum([*points, found.points[:, np.newaxis]])


def grade(scheme: Scheme, score: float) -> str | None:
    """The grade of a score, in Chinese; None if there is none that low."""
    return next((g.zh for g in scheme.grades if score >= g.at_least), None)


def _held(scheme: Scheme, cases: Mapping[str, Cases], count: int) -> list[Cases]:
    """The cases of each part."""
    return [cases.get(part.indicator, _none(count)) for part in scheme.parts]


def _none(count: int) -> Cases:
    """No cases of anybody."""
    return Cases(np.zeros(count), np.zeros(count))


def _weights(scheme: Scheme, held: Sequence[Cases]) -> Floats:
    """Each part's weights; with too few cases a weight goes to the other parts in proportion."""
    stated = np.array([part.weight for part in scheme.parts])
    enough = [one.all >= part.least for part, one in zip(scheme.parts, held, strict=True)]
    kept: Floats = np.array(enough) * stated[:, np.newaxis]
    left, found = kept.sum(axis=0), np.zeros(kept.shape)
    np.divide(kept * stated.sum(), left, out=found, where=left > 0)
    return found


def _line(part: Part, cases: Cases, weights: Floats) -> Line:
    """What a part gives each department."""
    points = weights * np.nan_to_num(_share(part, _turned(part, cases).rates()))
    return Line(part.indicator, part.weight, cases.rates(), weights, points)


def _turned(part: Part, cases: Cases) -> Cases:
    """The cases that a part goes by: where less is better, the others."""
    return cases.reversed() if part.reverse else cases


def _share(part: Part, rates: Floats) -> Floats:
    """Which share of its weight a part gives for a rate."""
    if not part.steps:
        return np.where(rates >= part.full_at, 1.0, rates)
    found = np.zeros_like(rates)
    for step in part.steps:
        found = np.where(rates >= step.at_least, step.points / part.weight, found)
    return found


def _drawn(part: Part, cases: Cases, draw: Callable[[str], Floats]) -> Floats:
    """The drawn rates that a part goes by; its steps are asked of rates that can be had."""
    rates, total = draw(part.indicator), cases.all[:, np.newaxis]
    rates = 1 - rates if part.reverse else rates
    return np.rint(rates * total) / np.maximum(total, 1) if part.steps else rates


def _concealed(scheme: Scheme, cases: Mapping[str, Cases], count: int) -> tuple[Line, Floats]:
    """The line of what was concealed, and the points that it cost."""
    found, rule = cases.get("omission_rate", _none(count)).good, scheme.concealed
    given = rule.weight if rule else 0.0
    cost = np.minimum(found * rule.each, rule.most or np.inf) if rule else np.zeros(count)
    return Line(CONCEALED, given, found, np.full(count, given), given - cost), cost


def _sum(points: Sequence[Floats]) -> Floats:
    """The points of all lines, never below 0."""
    total: Floats = reduce(np.add, points)
    rounded: Floats = total.clip(0.0).round(DECIMALS)
    return rounded
