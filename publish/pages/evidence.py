"""The address of the rows behind a figure: as many rows as it says, or rows that add up to it."""

from urllib.parse import quote

from monitor.clocks import DISCLOSURE
from monitor.evidence import ALL, Span, denominator, distribution, numerator, rows
from monitor.measures import FINISHED, INDICATORS, Measure, duties
from monitor.tables import DUTY, EDITION_LEAGUE, SCORE_PART, SUBMISSION

__all__ = [
    "closed",
    "denominator",
    "distribution",
    "handed_in",
    "now",
    "numerator",
    "points",
    "stage_done",
    "summed",
    "table",
    "used",
    "with_status",
]


def summed(name: str) -> tuple[str, str]:
    """The columns that add up to an indicator's numerator and denominator; empty: rows count."""
    one = INDICATORS[name]
    return _columns(one.numerator), _columns(one.denominator)


def with_status(status: str, department: str, span: Span, record_type: str = ALL) -> str:
    """Decisions of one status whose deadline falls in a period."""
    return rows(duties((DISCLOSURE.name,), (status,)), department, span, record_type)


def now(status: str, department: str, record_type: str = ALL, clock: str = DISCLOSURE.name) -> str:
    """Duties of one status, whatever their deadline."""
    asked = {"clock": clock, "status": status, "department": department, "record_type": record_type}
    return table(DUTY.name, **{name: value for name, value in asked.items() if value != ALL})


def used(department: str, span: Span, days: int) -> str:
    """Decisions that took so many working days and whose deadline falls in a period."""
    return f"{rows(FINISHED, department, span)}&working_days_used={days}"


def stage_done(clock: str, span: Span) -> str:
    """Duties of one clock that were done and whose deadline falls in a period, quickest first."""
    done = rows(duties((clock,), ("on_time", "late")), ALL, span)
    return f"{done}&_sort=working_days_used"


def handed_in(department: str, month: str) -> str:
    """The days of a month on which rows were handed in."""
    return table(SUBMISSION.name, department=department, day__startswith=month)


def points(department: str, span: Span) -> str:
    """What a department's score in a period is made of."""
    return table(SCORE_PART.name, period=span.period, department=department)


def closed(edition: str, department: str) -> str:
    """A department's row in the league table of a closed edition."""
    return table(EDITION_LEAGUE.name, edition=edition, department=department)


def table(name: str, **asked: str) -> str:
    """The rows of a table of figures that have those values."""
    return f"/monitor/{name}?" + "&".join(f"{k}={quote(v)}" for k, v in asked.items())


def _columns(measure: Measure | None) -> str:
    """The columns that a measure adds up, joined by commas."""
    return ",".join(measure.total) if measure else ""
