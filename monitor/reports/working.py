"""How a score comes about, as formulas over the cases that it is made of."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from monitor.measures import DECIMALS
from monitor.reports.book import Column, ratio
from monitor.reports.figures import Figures, Row
from monitor.score import CONCEALED
from publish.profile import Part, Scheme

_CONCEALED = ("瞒报扣分", "deduction for what was concealed")
COLUMNS = (
    Column("name", "部门", "department", "text", 29),
    Column("what", "项目", "indicator", "text", 26),
    Column("numerator", "分子", "numerator", "count", 11),
    Column("denominator", "分母", "denominator", "count", 12.5),
    Column("value", "值", "value", "rate", 9, ratio("numerator", "denominator")),
    Column("stated", "规定权重", "stated", "points", 10),
    Column("weight", "实际权重", "weight", "points", 10),
    Column("points", "得分", "points", "points", 9),
)
"""The columns of the working; the formula of the points depends on the row."""


def working(figures: Figures, scheme: Scheme, code: str) -> Iterator[Row]:
    """The lines of a department's score.

    Where no cases are, the weight goes to the other lines: the stated one and the one that counts
    are both given.
    """
    parts = {part.indicator: part for part in scheme.parts}
    for row in figures.parts.get(code, ()):
        found = figures.figure(code, row["name"])
        hidden = row["name"] == CONCEALED
        yield {
            **row,
            "name": figures.called(code),
            "what": _CONCEALED[0] if hidden else figures.title(row["name"])[0],
            "numerator": row["value"] if hidden else found["numerator"],
            "denominator": None if hidden else found["denominator"],
            "value": None if hidden else row["value"],
            "formulas": {"points": deducted(scheme) if hidden else points(parts[row["name"]])},
        }


def points(part: Part) -> str:
    """The formula of the points that a part gives."""
    rate = "(1-{value})" if part.reverse else "{value}"
    share = _steps(part, rate) if part.steps else f"IF({rate}>={part.full_at!r},1,{rate})"
    return f'IF({{value}}="",0,{{weight}}*{share})'


def _steps(part: Part, rate: str) -> str:
    """The share of the weight that is given by thresholds, the highest first."""
    formula = "0"
    for step in part.steps:
        formula = f"IF({rate}>={step.at_least!r},{step.points!r}/{part.weight!r},{formula})"
    return formula


def deducted(scheme: Scheme) -> str:
    """The formula of what concealed decisions leave of their own points, or take."""
    rule = scheme.concealed
    if rule is None:
        return "{weight}"
    cost = f"{{numerator}}*{rule.each!r}"
    return f"{{weight}}-{f'MIN({cost},{rule.most!r})' if rule.most else cost}"


def rounds_alike(total: float, score: float) -> bool:
    """Whether a spreadsheet, which rounds halves up, comes to the score as it was published."""
    places = Decimal(1).scaleb(-DECIMALS)
    return float(Decimal(max(total, 0.0)).quantize(places, ROUND_HALF_UP)) == score
