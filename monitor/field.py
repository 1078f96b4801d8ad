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
from publish.profile import Profile, Scheme
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
        whole: whether the period is over and the portal took hand-ins all through it.
    """

    span: Period
    codes: Sequence[str]
    cases: Mapping[str, Cases]
    values: Mapping[str, Sequence[float]]
    city: float | None
    groups: Sequence[str]
    scheme: Scheme
    minimum: int
    whole: bool

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


@dataclass(frozen=True)
class _Backdrop:
    """What the fields of all periods share.

    Attributes:
        city: the whole city's timeliness rates, by period.
        decided: by month, how many decisions of each department were due within a year.
        began: the month of the first hand-in of all.
    """

    departments: Mapping[str, Department]
    profile: Profile
    city: Mapping[str, float]
    decided: Mapping[str, Mapping[str, float]]
    began: str

    def field(self, span: Period, rows: pd.DataFrame) -> Field:
        """One period's, of its rows of the table `indicator`."""
        existed = {code for code, one in self.departments.items() if _existed(one, span)}
        codes, scheme = sorted(existed | set(rows.department)), self.profile.scheme
        wide = rows.pivot(index="department", columns="name").reindex(codes)
        return Field(
            span,
            codes,
            _cases(wide),
            {str(name): column.to_numpy(float) for name, column in wide["value"].items()},
            self.city.get(span.period),
            self._groups(codes, month_of(span, list(self.decided))),
            scheme.on(date.fromisoformat(span.last)) if scheme else PLAIN,
            self.profile.league.minimum_cases,
            bool(span.complete) and self.began < span.first[:7],
        )

    def _groups(self, codes: Sequence[str], month: str | None) -> list[str]:
        """The departments' groups; one that the reference does not know is of no kind."""
        decided = self.decided.get(month or "", {})
        kinds = [self.departments[c].kind if c in self.departments else "" for c in codes]
        volumes = self.profile.league.volumes
        return [
            peers(kind, decided.get(c, 0.0), volumes) for c, kind in zip(codes, kinds, strict=True)
        ]


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
    single, city = whole[whole.department != "*"], whole[whole.department == "*"]
    months = {span.period for span in spans if span.kind == "month"}
    timely, handed_in = (_values(city, name) for name in (TIMELINESS, "compliance_rate"))
    year = yearly(single[single.name == "decisions_due"], spans)
    began = min(months & handed_in.keys(), default="9999-12")
    backdrop = _Backdrop(departments, profile, timely, year, began)
    rows = dict(tuple(single.groupby("period")))
    yield from (backdrop.field(s, rows[s.period]) for s in spans if s.period in rows)


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


def _values(rows: pd.DataFrame, name: str) -> dict[str, float]:
    """An indicator's values by period, where there are cases."""
    found = rows[(rows.name == name) & rows.value.notna()]
    return dict(zip(found.period, found.value.astype(float), strict=True))
