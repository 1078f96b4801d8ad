"""What charts are drawn from, without a database."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Month:
    """A month of a trend."""

    label: str
    counts: dict[str, int]
    rate: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Case:
    """A department in a funnel plot."""

    due: int
    rate: float
    ranked: int = 1
    limit_low: float | None = 0.85
    limit_high: float | None = 0.95
    department: str = "one"
