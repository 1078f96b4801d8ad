"""What the tests of league tables share: indicators as the release writes them, and the tables."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from monitor.league import league
from monitor.periods import Period
from monitor.tables import INDICATOR, LEAGUE, RANKING, SCORE_PART, Table
from publish.profile import Dated, League, Profile, Scheme, load_profile
from publish.reference import Department

Row = dict[str, Any]
Counts = Mapping[str, tuple[float, float]]
QUARTER = Period("2026Q3", "quarter", "2026-07-01", "2026-09-30", 1, "2026Q2")
BEFORE = Period("2026Q2", "quarter", "2026-04-01", "2026-06-30", 1, None)
NATION = load_profile(Path(__file__).parents[2] / "data/profiles/cn.toml")


def department(code: str, kind: str = "department", **days: str) -> Department:
    """A department of a kind, with its first and last day if there are any."""
    blank = dict.fromkeys(Department.__dataclass_fields__, "")
    return Department(**blank | {"code": code, "kind": kind} | days)


def figures(
    name: str, period: str, counts: Counts, record_type: str = "*"
) -> list[tuple[object, ...]]:
    """Rows of the table `indicator`: so many of so many by department."""
    return [
        (code, record_type, period, name, good, total, good / total if total else None)
        for code, (good, total) in counts.items()
    ]


def rules(
    scheme: Scheme | None = None, minimum: int = 20, volumes: tuple[int, ...] = ()
) -> Profile:
    """The nation's rules with a scheme and other rules of ranking."""
    ranked = League(source="示例规则", minimum_cases=minimum, volumes=volumes)
    dated = Dated[Scheme]((scheme,)) if scheme else None
    return NATION.model_copy(update={"league": ranked, "scheme": dated})


def tables(
    rows: Iterable[Sequence[object]],
    profile: Profile | None = None,
    departments: Sequence[Department] = (),
    spans: Sequence[Period] = (BEFORE, QUARTER),
) -> tuple[list[Row], list[Row], list[Row]]:
    """The rows of `league`, `ranking` and `score_part` of all periods."""
    frame = pd.DataFrame(rows, columns=list(INDICATOR.columns))
    known = {one.code: one for one in departments}
    found = list(league(frame, spans, known, profile or rules()))
    return (
        _named(LEAGUE, (row for one in found for row in one.league)),
        _named(RANKING, (row for one in found for row in one.ranking)),
        _named(SCORE_PART, (row for one in found for row in one.parts)),
    )


def table(
    timely: Counts, before: Counts | None = None, profile: Profile | None = None, **more: Counts
) -> list[Row]:
    """The third quarter's league table of departments with so many on time of so many due."""
    rows = figures("timeliness_rate", "2026Q3", timely)
    rows += figures("timeliness_rate", "2026Q2", before or {})
    for name, counts in more.items():
        rows += figures(name, "2026Q3", counts)
    known = [department("empty"), department("gone", valid_to="2020-01-01")]
    return [r for r in tables(rows, profile, known)[0] if r["period"] == "2026Q3"]


def _named(of: Table, rows: Iterable[Sequence[object]]) -> list[Row]:
    """Rows by their columns."""
    return [dict(zip(of.columns, row, strict=True)) for row in rows]
