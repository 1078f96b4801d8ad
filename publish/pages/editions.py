"""The closed editions: figures that stay as they were, and what restatements moved."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from monitor.measures import INDICATORS
from publish.pages.figures import Row
from publish.pages.sheets import Sheet, Site


def edition_sheets(site: Site) -> Iterator[Sheet]:
    """The list of all editions and a page for each."""
    editions = site.figures.editions
    by_period = sorted(editions, key=lambda e: (e.period, e.number), reverse=True)
    groups = [(p, list(members)) for p, members in groupby(by_period, key=lambda e: e.period)]
    yield Sheet("/editions/", "editions.html", {"groups": groups, "moves": site.figures.moves})
    for edition in editions:
        yield Sheet(f"/editions/{edition.edition}/", "edition.html", _edition(site, edition))


def _edition(site: Site, edition: Row) -> dict[str, Any]:
    """One edition as it was closed, with the others of its period beside it."""
    figures = site.figures
    rows = figures.closed.get(edition.edition, [])
    ranked = [r for r in rows if r.ranked]
    moves = groupby(figures.moves.get(edition.edition, []), key=lambda m: m.department)
    return {
        "edition": edition,
        "period": figures.periods.get(edition.period),
        "siblings": sorted(
            (e for e in figures.editions if e.period == edition.period), key=lambda e: e.number
        ),
        "ranked": ranked,
        "apart": [r for r in rows if not r.ranked],
        "moved": [(department, list(members)) for department, members in moves],
        "names": INDICATORS,
        "departments": figures.departments,
        "files": site.files(f"editions/{edition.edition}"),
    }
