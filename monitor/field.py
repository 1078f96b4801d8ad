"""Who is listed in a period's league table, with their figures side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from monitor.groups import month_of, peers, yearly
from monitor.intervals import Floats, draw_rates
from monitor.periods import Period
from monitor.score import PLAIN, Cases
from publish.profile import League, Profile, Scheme
from publish.reference import Department

TIMELINESS = "timeliness_rate"


@dataclass(frozen=True)
class Field:
    """Everybody who is listed in a period.

    Attributes:
        codes: the departments; all else is in their order.
        cases: the rates, by indicator.
        values: the values of all indicators, a column each.
        city: the whole city's timeliness rate; None without cases.
        groups: each department's group of similar ones.
        scheme: the rule by which the score is made.
        minimum: under how many cases nobody is ranked.
    """

    span: Period
    codes: Sequence[str]
    cases: Mapping[str, Cases]
    values: Mapping[str, Sequence[float]]
    city: float | None
    groups: Sequence[str]
    scheme: Scheme
    minimum: int

    def of(self, indicator: str) -> Cases:
        """The cases of an indicator."""
        nobody = np.zeros(len(self.codes))
        return self.cases.get(indicator, Cases(nobody, nobody))

    def draw(self, indicator: str, least: float = 1) -> Floats:
        """The drawn rates of an indicator, a row for each department with so many cases."""
        cases = self.of(indicator)
        asked = Cases(cases.good, np.where(cases.all < least, 0.0, cases.all))
        return draw_rates(f"{self.span.period}:{indicator}", self.codes, *asked)

    def value(self, indicator: str, place: int) -> float | None:
        """A department's value of an indicator; None where it has none."""
        found = self.values[indicator][place] if indicator in self.values else np.nan
        return None if np.isnan(found) else float(found)


def fields(
    indicators: pd.DataFrame,
    spans: Sequence[Period],
    departments: Mapping[str, Department],
    profile: Profile,
) -> Iterator[Field]:
    """Each period that has figures, with everybody who is listed in it.

    Args:
        indicators: the rows of the table `indicator`.
    """
    whole = indicators[indicators.record_type == "*"]
    single = whole[whole.department != "*"]
    rows, city = dict(tuple(single.groupby("period"))), _city(whole[whole.department == "*"])
    year = yearly(single[single.name == "decisions_due"], spans)
    for span in spans:
        if span.period in rows:
            decided = year.get(month_of(span, list(year)) or "", {})
            yield _field(span, rows[span.period], departments, profile, city, decided)


def _field(
    span: Period,
    rows: pd.DataFrame,
    departments: Mapping[str, Department],
    profile: Profile,
    city: Mapping[str, float],
    decided: Mapping[str, float],
) -> Field:
    """One period's; ``decided`` is how many decisions of each were due within a year."""
    existed = {code for code, one in departments.items() if _existed(one, span)}
    codes = sorted(existed | set(rows.department))
    wide = rows.pivot(index="department", columns="name").reindex(codes)
    return Field(
        span,
        codes,
        _cases(wide),
        {str(name): column.to_numpy(float) for name, column in wide["value"].items()},
        city.get(span.period),
        [_group(departments.get(code), decided.get(code, 0.0), profile.league) for code in codes],
        profile.scheme.on(date.fromisoformat(span.last)) if profile.scheme else PLAIN,
        profile.league.minimum_cases,
    )


def _existed(department: Department, span: Period) -> bool:
    """Whether a department existed on a day of a period."""
    ended = department.valid_to and department.valid_to < span.first
    return department.valid_from <= span.last and not ended


def _cases(wide: pd.DataFrame) -> dict[str, Cases]:
    """The indicators that are so many of so many."""
    found = {}
    for name in wide["value"]:
        good, total = (wide[of, name].to_numpy(float) for of in ("numerator", "denominator"))
        if not np.all(np.isnan(good) | np.isnan(total)):
            found[str(name)] = Cases(np.nan_to_num(good), np.nan_to_num(total))
    return found


def _city(rows: pd.DataFrame) -> dict[str, float]:
    """The city's timeliness rate by period."""
    timely = rows[(rows.name == TIMELINESS) & rows.value.notna()]
    return dict(zip(timely.period, timely.value.astype(float), strict=True))


def _group(department: Department | None, decided: float, rule: League) -> str:
    """A department's group; one that the reference does not know is of no kind."""
    return peers(department.kind if department else "", decided, rule.volumes)
