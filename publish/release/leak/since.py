"""The scan of a release beside the one before: only what differs is worked out anew."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from publish.project import Project
from publish.register.register import RECORD, REJECTED, Chain, Register
from publish.release.leak.database import read_only
from publish.release.leak.find import Finder, Piece
from publish.release.leak.kept import Kept, Tail, basis, manifest_digest, read_kept
from publish.release.leak.kinds import Kind
from publish.release.leak.moved import Moved, moved, only
from publish.release.leak.search import Search
from publish.release.leak.secret import Secrets
from publish.release.leak.sources import CREDIT, explaining, explaining_rows, names
from publish.release.manifest import file_sha256, read_manifest

Needles = Mapping[bytes, Kind]


@dataclass(frozen=True)
class Since:
    """The release before, in which the scan found nothing.

    Which records are as they were there the scan finds out for itself, so that a fault in building
    a release from the one before cannot hide from it.

    Attributes:
        folder: the release, on disk as it was scanned.
    """

    folder: Path


@dataclass(frozen=True)
class Found:
    """What must be looked for in a release's files, and what stands in its records already.

    Attributes:
        search: the needles that nothing explains.
        standing: how many of each kind stand in rows of records where they must not.
        kept: for the next scan, if this one finds nothing.
    """

    search: Search
    standing: Counter[Kind]
    kept: Kept


def afresh(folder: Path, project: Project, register: Register) -> Found:
    """Works out what to look for from everything that was ever handed in."""
    last = _last(register)
    needles, shown = _secrets(folder, project, register)
    search = Search(needles).without(explaining(folder, project))
    standing = search.standing + search.leaks(names(folder)) + shown
    explained = {needle: needles[needle] for needle in needles.keys() - search.needles.keys()}
    kept = Kept(basis(project), manifest_digest(folder), *last, search.needles, explained)
    return Found(search, standing, kept)


def since_last(folder: Path, project: Project, register: Register, since: Since) -> Found | None:
    """Works out what to look for from what the scan of the release before left.

    It may be more than `afresh` finds out, and is never less: a scan that finds nothing is right,
    and what one finds must be looked for afresh. See docs/decisions/0027-what-a-scan-keeps.md.

    Returns:
        None where the last scan was of something else.
    """
    kept = read_kept(project.cache)
    if kept is None or not _fits(kept, project, register, since):
        return None
    last = _last(register)
    rows = moved(folder, since.folder)
    records = rows.ids | _versions(register, kept.version[0])
    needles, shown = _secrets(folder, project, register, records, kept.rejected[0])
    doubtful = _doubtful(kept, needles, _values_then(since, rows))
    fresh = Search(doubtful).without(explaining(folder, project))
    sought = {n: kind for n, kind in kept.sought.items() if n not in doubtful}
    search = Search({**sought, **fresh.needles}).without(explaining_rows(folder, only(rows.now)))
    standing = fresh.standing + search.standing + search.leaks(names(folder)) + shown
    known = {**kept.explained, **kept.sought, **doubtful}
    explained = {needle: known[needle] for needle in known.keys() - search.needles.keys()}
    found = Kept(kept.basis, manifest_digest(folder), *last, search.needles, explained)
    return Found(search, standing, found)


def _secrets(
    folder: Path,
    project: Project,
    register: Register,
    records: Collection[str] | None = None,
    rejected: int = 0,
) -> tuple[dict[bytes, Kind], Counter[Kind]]:
    """What the register holds and a release's rows do not say; of all records or only of some.

    Returns:
        The needles, and the names that stand in a text of their own record's row.
    """
    with read_only(folder / CREDIT) as credit:
        secrets = Secrets(credit, project.profile.persons.latest, records)
        secrets.add_register(register, rejected)
    return secrets.needles, Counter({Kind.NAME: secrets.shown})


def _last(register: Register) -> tuple[Tail, Tail]:
    """The last version and the last rejected row."""
    return RECORD.tail(register.db), REJECTED.tail(register.db)


def _fits(kept: Kept, project: Project, register: Register, since: Since) -> bool:
    """Whether what was kept is of that release as it lies there, of this register and these texts.

    A register that was restored from a backup may hold other rows under the same numbers.
    """
    if not (since.folder / CREDIT).exists() or kept.manifest != manifest_digest(since.folder):
        return False
    stated = read_manifest(since.folder)["sha256"][CREDIT]
    return (
        stated == file_sha256(since.folder / CREDIT)
        and _holds(register, RECORD, kept.version)
        and _holds(register, REJECTED, kept.rejected)
        and kept.basis == basis(project)
    )


def _holds(register: Register, chain: Chain, last: Tail) -> bool:
    """Whether a chain goes on from that row."""
    row = register.db.execute(f"SELECT hash FROM {chain.name} WHERE seq = ?", last[:1]).fetchone()
    return last[0] == 0 or row == last[1:]


def _versions(register: Register, after: int) -> frozenset[str]:
    """The records that had a version handed in after the one so numbered."""
    rows = register.db.execute("SELECT record_id FROM version WHERE seq > ?", (after,))
    return frozenset(record_id for (record_id,) in rows)


def _values_then(since: Since, rows: Moved) -> Iterator[Piece]:
    """What the rows that have changed explained in the release before."""
    for _, text in explaining_rows(since.folder, only(rows.then)):
        yield from text


def _doubtful(kept: Kept, needles: Needles, gone: Iterable[Piece]) -> dict[bytes, Kind]:
    """The needles of which it must be found out anew whether something explains them.

    These are new ones, those that have become of a stricter kind, those that were explained by a
    row that has changed, and those of several lines, which two rows side by side may explain.

    Args:
        kept: what was known.
        needles: those of the records that have changed.
        gone: the values that stand no more where they stood.
    """
    doubtful = {}
    for needle, kind in needles.items():
        before = kept.sought.get(needle, kept.explained.get(needle))
        if before is None or kind < before:
            doubtful[needle] = kind
    lost = Finder(kept.explained).find(gone)
    lost.update(needle for needle in kept.explained if b"\n" in needle)
    return {needle: kept.explained[needle] for needle in lost} | doubtful
