"""The address of the rows behind each figure: exactly those that were counted."""

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Protocol
from urllib.parse import quote

from monitor.measures import INDICATORS, Condition, Indicator, Mark, Measure
from monitor.tables import HISTOGRAM

ALL = "*"
"""The whole city, or all record types: as a filter, none."""

_SIGNS = {"gte": ">=", "lte": "<=", "open_gt": ">", "open_gte": ">=", "open_lte": "<="}


class Span(Protocol):
    """A period and its days."""

    @property
    def period(self) -> str:
        """Its name, such as 2026Q3."""

    @property
    def first(self) -> str:
        """The first day, ISO 8601."""

    @property
    def last(self) -> str:
        """The last day, ISO 8601."""


def numerator(name: str, department: str, span: Span, record_type: str = ALL) -> str:
    """The address of the rows of an indicator's numerator.

    Of a median or percentile they are the rows it is taken from, in its order.
    """
    return _filled(numerator_template(INDICATORS[name]), department, span, record_type)


def denominator(name: str, department: str, span: Span, record_type: str = ALL) -> str | None:
    """The address of the rows of an indicator's denominator; None for a count."""
    below = INDICATORS[name].denominator
    return rows(below, department, span, record_type) if below else None


def rows(measure: Measure, department: str, span: Span, record_type: str = ALL) -> str:
    """The address of the rows that a measure counts or sums over."""
    return _filled(template(measure), department, span, record_type)


def distribution(department: str, span: Span, record_type: str = ALL) -> str:
    """The address of the distribution of working days used."""
    return (
        f"/monitor/{HISTOGRAM.name}?period={span.period}&department={quote(department)}"
        f"&record_type={quote(record_type)}&_sort=days"
    )


def descriptions() -> Iterator[tuple[str | None, ...]]:
    """The rows of the table `indicator_name`."""
    for one in INDICATORS.values():
        below = template(one.denominator) if one.denominator else None
        yield (
            one.name,
            one.zh,
            one.en,
            one.definition_zh,
            one.definition_en,
            numerator_template(one),
            below,
        )


@cache
def numerator_template(indicator: Indicator) -> str:
    """The address of a numerator's rows, what it depends on in braces."""
    first = template(indicator.measures[0])
    return first if indicator.numerator else f"{first}&_sort={indicator.sorted_by}"


@cache
def template(measure: Measure) -> str:
    """The address of a measure's rows, with ``{department}``, ``{first}`` and so on to fill in."""
    asked = [_parameter(c) for c in measure.where]
    asked += ["department={department}", "record_type={record_type}"]
    asked += [_parameter(c) for c in measure.placed]
    if measure.having:
        asked.append(f"_where={_quoted(_exists(measure.table.name, measure.having))}")
    return f"/monitor/{measure.table.name}?{'&'.join(asked)}"


def least_volume(span: Span) -> int:
    """The records a year of which at least one is expected in the period."""
    months = (int(span.last[:4]) - int(span.first[:4])) * 12
    months += int(span.last[5:7]) - int(span.first[5:7]) + 1
    return -(-12 // months)


def _filled(address: str, department: str, span: Span, record_type: str) -> str:
    """An address for one department, type and period."""
    return _narrowed(address, department == ALL, record_type == ALL).format(
        department=_name(department),
        record_type=_name(record_type),
        first=span.first,
        last=span.last,
        period=_name(span.period),
        least=least_volume(span),
    )


@cache
def _narrowed(address: str, all_departments: bool, all_types: bool) -> str:
    """An address without the filters of which the whole has no need."""
    path, _, asked = address.partition("?")
    whole = {"department": all_departments, "record_type": all_types}
    needless = {f"{name}={{{name}}}" for name, needed in whole.items() if needed}
    return f"{path}?{'&'.join(one for one in asked.split('&') if one not in needless)}"


@lru_cache(maxsize=8192)
def _name(name: str) -> str:
    """A name fit for an address."""
    return quote(name)


def _parameter(condition: Condition) -> str:
    """A condition as a parameter of an address."""
    column, test, value = condition
    if test.startswith("open_"):
        return f"_where={_quoted(_sql(condition))}"
    suffix = "" if test == "exact" else f"__{test}"
    return f"{column}{suffix}={_quoted(_text(value))}"


def _text(value: object) -> str:
    """A value, several joined by commas, or the place where the period's comes."""
    if isinstance(value, Mark):
        return f"{{{value}}}"
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _sql(condition: Condition) -> str:
    """A condition in SQL that the empty meets as well if it is an open one."""
    column, test, value = condition
    met = f"{column} {_SIGNS[test]} '{_text(value)}'"
    if test.startswith("open_"):
        return f"({column} is null or {column} = '' or {met})"
    return met


def _exists(table: str, other: Measure) -> str:
    """That there is a row of another measure of the same department and item."""
    same = [f"{other.table.name}.{c} = {table}.{c}" for c in ("department", "item_code")]
    met = " and ".join([*same, *(_sql(c) for c in other.placed)])
    return f"exists (select 1 from {other.table.name} where {met})"


def _quoted(text: str) -> str:
    """Text fit for an address, with braces left to be filled."""
    return quote(text, safe="{},")
