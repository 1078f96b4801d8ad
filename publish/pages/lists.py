"""The red and black lists: who keeps each, on what legal basis, who entered and who left."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from monitor.periods import ROLLING
from publish.disclose.disclose import REASONS
from publish.pages.figures import Row, only
from publish.pages.membership import Listing, Membership, read_membership
from publish.pages.sheets import Sheet, Site

KINDS = ("red", "black", "watch")
"""The kinds of list in the order in which they are shown."""
NEVER_PUBLIC = "watch"
"""The kind of which nothing but the catalogue is public."""


class Line(NamedTuple):
    """A list among the others.

    Attributes:
        amount: how many of its entries are public now.
        entered: how many of those were decided in the last twelve months.
    """

    listing: Listing
    owner: Row | None
    amount: int
    entered: int


class Left(NamedTuple):
    """What was taken off in the last twelve months of the list entries that a department handed in.

    Attributes:
        code: the department's.
        reasons: (reason, how many), most first.
    """

    code: str
    department: Row | None
    amount: int
    reasons: Sequence[tuple[str, int]]


class Move(NamedTuple):
    """What happened in a month: entries of the list, and entries that its owner handed in."""

    month: Row
    entered: int
    left: int


def list_sheets(site: Site) -> Iterator[Sheet]:
    """All lists, and a page for each."""
    held = read_membership(site.credit)
    yield Sheet("/lists/", "lists.html", _listing(site, held))
    for listing in held.lists:
        yield Sheet(f"/lists/{listing.list_id}/", "list.html", _one(site, held, listing))


def _listing(site: Site, held: Membership) -> dict[str, Any]:
    """The lists by kind, and what was taken off, by department."""
    lines = [_line(site, held, listing) for listing in held.lists]
    groups = [(kind, [line for line in lines if line.listing.kind == kind]) for kind in KINDS]
    return {
        "groups": [(kind, members) for kind, members in groups if members],
        "never": NEVER_PUBLIC,
        "year": site.figures.periods.get(ROLLING),
        "left": [_left(site, held, code) for code in sorted(held.left)],
        "reasons": REASONS,
    }


def _line(site: Site, held: Membership, listing: Listing) -> Line:
    """One list among the others."""
    entered = held.entered.get(listing.list_id, {})
    return Line(
        listing,
        _department(site, listing.owner),
        held.amount(listing.list_id),
        sum(n for month, n in entered.items() if _within_year(site, month)),
    )


def _one(site: Site, held: Membership, listing: Listing) -> dict[str, Any]:
    """One list: what it is, its newest entries, and the months with who entered and who left."""
    return {
        "line": _line(site, held, listing),
        "public": listing.kind != NEVER_PUBLIC,
        "year": site.figures.periods.get(ROLLING),
        "ends": held.ends.get(listing.list_id),
        "deciders": held.deciders.get(listing.list_id, ()),
        "newest": held.newest.get(listing.list_id, ()),
        "moves": list(_moves(site, held, listing)),
        "left": _left(site, held, listing.owner),
        "reasons": REASONS,
        "file": next(iter(site.files("list_entry")), None),
    }


def _moves(site: Site, held: Membership, listing: Listing) -> Iterator[Move]:
    """The last twelve complete months, the newest first."""
    entered, left = held.entered.get(listing.list_id, {}), held.left.get(listing.owner, {})
    for month in reversed(site.figures.months):
        if not _within_year(site, month.period):
            return
        gone = sum(n for (m, _), n in left.items() if m == month.period)
        yield Move(only(month, "period", "first", "last"), entered.get(month.period, 0), gone)


def _left(site: Site, held: Membership, code: str) -> Left:
    """What was taken off of a department's list entries in the last twelve months."""
    reasons = Counter[str]()
    for (month, reason), amount in held.left.get(code, {}).items():
        if _within_year(site, month):
            reasons[reason] += amount
    ordered = sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    return Left(code, _department(site, code), reasons.total(), ordered)


def _within_year(site: Site, month: str) -> bool:
    """Whether a month is one of the last twelve complete ones."""
    year = site.figures.periods.get(ROLLING)
    return year is not None and bool(year.first[:7] <= month <= year.last[:7])


def _department(site: Site, code: str) -> Row | None:
    """A department as links name it; None if there is none of that code."""
    found = site.figures.departments.get(code)
    names = ("code", "name_zh", "name_en", "short_zh", "short_en")
    return only(found, *names) if found else None
