"""League tables that say how much of a rank is chance."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from monitor.field import TIMELINESS, Field, fields
from monitor.intervals import Floats, Ints, funnel_limits, wilson
from monitor.periods import Period
from monitor.ranking import UNRANKED, Place, by_rate, by_score, places
from monitor.score import Working, draw_scores, grade, work_out
from monitor.tables import LEAGUE
from publish.profile import Profile
from publish.reference import Department

Row = tuple[Any, ...]
Cells = dict[str, Any]


class Standings(NamedTuple):
    """One period's rows of the tables `league`, `ranking` and `score_part`."""

    league: list[Row]
    ranking: list[Row]
    parts: list[Row]


class Past(NamedTuple):
    """A department in an earlier period."""

    rate: float | None = None
    rank: int | None = None


class Peer(NamedTuple):
    """A department's place in its group, and how many of the group are ranked."""

    place: Place
    ranked: int


class Board(NamedTuple):
    """Everybody's score and ranks in a period.

    Attributes:
        drawn: the drawn scores, a row for each department.
        places: the ranks of those who are ranked.
        peers: everybody's place in its group.
    """

    field: Field
    working: Working
    drawn: Floats
    places: Mapping[str, Place]
    peers: Mapping[str, Peer]


History = dict[tuple[str | None, str], Past]


def league(
    indicators: pd.DataFrame,
    spans: Sequence[Period],
    departments: Mapping[str, Department],
    profile: Profile,
) -> Iterator[Standings]:
    """The league tables, period by period.

    Departments are ranked by their score; who has too few decisions due is listed after them.

    Args:
        indicators: the rows of the table `indicator`.
        spans: the periods to rank in, those of a kind from the oldest on.
        departments: the departments by code.
        profile: the rules on ranking and on the score.
    """
    past: History = {}
    for field in fields(indicators, spans, departments, profile):
        board = _board(field)
        rows = [_row(board, i, past) for i in _order(board)]
        yield Standings(
            [tuple(row[name] for name in LEAGUE.columns) for row in rows],
            [*by_rate(field), *by_score(field, board.working.score, board.drawn, board.places)],
            list(_parts(board)),
        )
        past |= {(field.span.period, r["department"]): Past(r["rate"], r["rank"]) for r in rows}


def _board(field: Field) -> Board:
    """The scores and the ranks of a period."""
    count = len(field.codes)
    working = work_out(field.scheme, field.cases, count)
    drawn = draw_scores(field.scheme, field.cases, count, field.draw)
    enough = field.of(TIMELINESS).all >= field.minimum
    ranked = np.flatnonzero(enough & ~np.isnan(working.score))
    found = _places(field, ranked, working.score, drawn)
    return Board(field, working, drawn, found, _peers(field, ranked, working.score, drawn))


def _places(field: Field, who: Ints, score: Floats, drawn: Floats) -> dict[str, Place]:
    """The ranks of some departments among themselves."""
    return places([field.codes[i] for i in who], score[who], drawn[who])


def _peers(field: Field, ranked: Ints, score: Floats, drawn: Floats) -> dict[str, Peer]:
    """Everybody's place in its group; a group of which only one is ranked has no ranks."""
    groups, found = np.asarray(field.groups), dict[str, Peer]()
    for group in sorted(set(field.groups)):
        who = ranked[groups[ranked] == group]
        within = _places(field, who, score, drawn) if len(who) > 1 else {}
        for i in np.flatnonzero(groups == group).tolist():
            code = field.codes[i]
            found[code] = Peer(within.get(code, UNRANKED), len(who))
    return found


def _order(board: Board) -> list[int]:
    """The ranked by rank, then the others by code."""
    codes = board.field.codes
    last = (len(codes) + 1, 0, 0)
    return sorted(range(len(codes)), key=lambda i: (board.places.get(codes[i], last)[0], codes[i]))


def _row(board: Board, i: int, past: History) -> Cells:
    """A department's row of the league table."""
    field, code = board.field, board.field.codes[i]
    place, peer = board.places.get(code, UNRANKED), board.peers[code]
    rates = _rates(field, i)
    return {
        "period": field.span.period,
        "department": code,
        "ranked": int(code in board.places),
        **_named("", place),
        **rates,
        **_compared(field.span, code, rates["rate"], past),
        **_scored(board, i),
        "peers": field.groups[i],
        **_named("peer_", peer.place),
        "peer_count": peer.ranked,
        "silent": int(_silent(field, i)),
    }


def _named(before: str, place: Place) -> Cells:
    """A place by its columns."""
    return dict(
        zip((f"{before}rank", f"{before}rank_low", f"{before}rank_high"), place, strict=True)
    )


def _rates(field: Field, i: int) -> Cells:
    """The figures beside a department's rank."""
    cases = field.of(TIMELINESS)
    good, due = int(cases.good[i]), int(cases.all[i])
    low, high = wilson(good, due) if due else (None, None)
    limits = funnel_limits(field.city, due) if due and field.city is not None else (None, None)
    backlog = field.value("backlog", i)
    return {
        "on_time": good,
        "due": due,
        "rate": good / due if due else None,
        "low": low,
        "high": high,
        "limit_low": limits[0],
        "limit_high": limits[1],
        "late_rate": field.value("late_rate", i),
        "compliance_rate": field.value("compliance_rate", i),
        "median_days": field.value("days_median", i),
        "backlog": None if backlog is None else int(backlog),
    }


def _compared(span: Period, code: str, rate: float | None, past: History) -> Cells:
    """Against the period before and the same one a year ago."""
    before, year = past.get((span.previous, code), Past()), past.get((span.year_ago, code), Past())
    return {
        "previous_rate": before.rate,
        "previous_rank": before.rank,
        "change": _change(rate, before.rate),
        "year_ago_rate": year.rate,
        "year_ago_rank": year.rank,
        "year_change": _change(rate, year.rate),
    }


def _change(rate: float | None, before: float | None) -> float | None:
    """The difference of two rates; None if one is missing."""
    return None if rate is None or before is None else rate - before


def _scored(board: Board, i: int) -> Cells:
    """A department's score; who is not ranked has no grade."""
    score, code = board.working.score[i], board.field.codes[i]
    has_grade = code in board.places
    return {
        "score": None if np.isnan(score) else float(score),
        "deduction": float(board.working.deduction[i]),
        "grade": grade(board.field.scheme, score) if has_grade else None,
    }


def _silent(field: Field, i: int) -> bool:
    """Whether the catalogue expects something of a department that handed nothing in."""
    expected, handed_in = field.of("coverage").all[i], field.of("compliance_rate").all[i]
    return bool(field.whole and expected > 0 and handed_in == 0)


def _parts(board: Board) -> Iterator[Row]:
    """The rows of the table `score_part`: what each score is made of."""
    field = board.field
    for i in np.flatnonzero(~np.isnan(board.working.score)).tolist():
        for line in board.working.lines:
            value = line.values[i]
            yield (
                field.span.period,
                field.codes[i],
                line.name,
                None if np.isnan(value) else float(value),
                line.stated,
                float(line.weights[i]),
                float(line.points[i]),
            )
