"""The address of the rows behind a figure: as many rows as the figure says."""

from typing import Protocol
from urllib.parse import quote

from monitor.clocks import SETTLED
from publish.pages.figures import ALL

DUTIES = "/monitor/duty?clock=disclosure"


class Span(Protocol):
    """A period's days."""

    @property
    def first(self) -> str:
        """The first day, ISO 8601."""

    @property
    def last(self) -> str:
        """The last day, ISO 8601."""


def numerator(name: str, department: str, span: Span, record_type: str = ALL) -> str:
    """The rows of an indicator's numerator."""
    return _NUMERATORS[name](department, span, record_type)


def denominator(name: str, department: str, span: Span, record_type: str = ALL) -> str:
    """The rows of an indicator's denominator."""
    return _DENOMINATORS[name](department, span, record_type)


def summed(name: str) -> tuple[str, str]:
    """The columns that add up to an indicator's numerator and denominator; empty: rows count."""
    return ("accepted", "submitted") if name == "compliance_rate" else ("", "")


def closed(edition: str, department: str) -> str:
    """A department's row in the league table of a closed edition."""
    return f"/monitor/edition_league?edition={quote(edition)}&department={quote(department)}"


def due(department: str, span: Span, record_type: str = ALL) -> str:
    """Duties whose final deadline falls in a period: the denominator of the timeliness rate."""
    return f"{_due(department, span, record_type)}&status__in={','.join(SETTLED)}"


def on_time(department: str, span: Span, record_type: str = ALL) -> str:
    """Those of them that were kept in time: the numerator of the timeliness rate."""
    return with_status("on_time", department, span, record_type)


def with_status(status: str, department: str, span: Span, record_type: str = ALL) -> str:
    """Duties of one status whose deadline falls in a period."""
    return f"{_due(department, span, record_type)}&status={status}"


def done(department: str, span: Span, record_type: str = ALL) -> str:
    """Duties done in a period: the denominator of the late rate."""
    return f"{_done(department, span, record_type)}&status__in=on_time,late"


def done_late(department: str, span: Span, record_type: str = ALL) -> str:
    """Those of them that were late: the numerator of the late rate."""
    return f"{_done(department, span, record_type)}&status=late"


def backlog(department: str, span: Span, record_type: str = ALL) -> str:
    """Duties past their deadline and not done on a period's last day."""
    last = span.last
    where = f"(done_date is null or done_date > '{last}')"
    return (
        f"{DUTIES}{_whose(department, record_type)}&status__in=late,overdue"
        f"&due_date__lte={last}&_where={quote(where)}"
    )


def now(status: str, department: str, record_type: str = ALL) -> str:
    """Duties of one status, whatever their deadline."""
    return f"{DUTIES}{_whose(department, record_type)}&status={status}"


def handed_in(department: str, span: Span, record_type: str = ALL) -> str:
    """The days on which rows were handed in, with how many were accepted."""
    return (
        f"/monitor/submission?day__gte={span.first}&day__lte={span.last}"
        f"{_whose(department, record_type)}"
    )


def days_used(department: str, period: str, record_type: str = ALL) -> str:
    """The distribution of working days used."""
    return (
        f"/monitor/histogram?period={period}&department={quote(department)}"
        f"&record_type={quote(record_type)}&_sort=days"
    )


def _due(department: str, span: Span, record_type: str) -> str:
    """Duties whose deadline falls in a period."""
    return (
        f"{DUTIES}{_whose(department, record_type)}"
        f"&due_date__gte={span.first}&due_date__lte={span.last}"
    )


def _done(department: str, span: Span, record_type: str) -> str:
    """Duties done in a period."""
    return (
        f"{DUTIES}{_whose(department, record_type)}"
        f"&done_date__gte={span.first}&done_date__lte={span.last}"
    )


def _whose(department: str, record_type: str) -> str:
    """The filters of one department and type; none for the whole."""
    by_department = "" if department == ALL else f"&department={quote(department)}"
    by_type = "" if record_type == ALL else f"&record_type={record_type}"
    return by_department + by_type


_NUMERATORS = {
    "decisions_due": due,
    "timeliness_rate": on_time,
    "late_rate": done_late,
    "compliance_rate": handed_in,
    "backlog": backlog,
}
_DENOMINATORS = {"timeliness_rate": due, "late_rate": done, "compliance_rate": handed_in}
