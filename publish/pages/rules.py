"""What the rules page shows: each rule's versions, and in them the figures of each source."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from publish.profile import Profile
from publish.rulebook import Figure, figures


class Stated(NamedTuple):
    """The figures of one version of a rule that have one source."""

    source: str
    profile: str
    figures: list[Figure]


class Version(NamedTuple):
    """A rule in one version.

    Attributes:
        begins: its first day; None: from the beginning.
        ends: its last day; None: until further notice.
        now: whether it is in force.
        stated: its figures: the profile's own, then inherited ones, then defaults.
    """

    begins: date | None
    ends: date | None
    now: bool
    stated: list[Stated]


def versions(
    profile: Profile, inherited: Sequence[str], today: date
) -> Mapping[str, list[Version]]:
    """Each rule of a profile in its versions, the newest first, by its place in the profile.

    Args:
        inherited: the names of the profiles that it inherits from, nearest first.
        today: the day on which a version is in force or not.
    """
    by_rule = groupby(figures(profile), key=lambda f: f.rule)
    return {rule: list(_versions(list(rows), inherited, today))[::-1] for rule, rows in by_rule}


def _versions(rows: list[Figure], inherited: Sequence[str], today: date) -> Iterator[Version]:
    """The versions of one rule, the oldest first."""
    parts = [(day, list(part)) for day, part in groupby(rows, key=lambda f: f.valid_from)]
    following = [begins for begins, _ in parts[1:]]
    for (begins, part), after in zip(parts, [*following, None], strict=True):
        ends = after - timedelta(days=1) if after else None
        now = (begins is None or begins <= today) and (ends is None or today <= ends)
        yield Version(begins, ends, now, _stated(part, inherited))


def _stated(rows: list[Figure], inherited: Sequence[str]) -> list[Stated]:
    """Figures by their source: the profile's own, inherited ones by nearness, then defaults."""
    by_source: dict[tuple[str, str], list[Figure]] = {}
    for figure in rows:
        by_source.setdefault((figure.source, figure.profile), []).append(figure)
    far = {name: i for i, name in enumerate(inherited, start=1)} | {"": len(inherited) + 1}
    found = [Stated(*key, shown) for key, shown in by_source.items()]
    return sorted(found, key=lambda s: far.get(s.profile, 0))
