"""Looking for what records that were taken off have left behind."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from publish.project import Project
from publish.register.register import Register
from publish.release.leak.database import read_only
from publish.release.leak.find import Finder
from publish.release.leak.kinds import Kind
from publish.release.leak.search import Search
from publish.release.leak.secret import Secrets, Version
from publish.release.leak.sources import explaining
from publish.release.leak.unpack import pieces, text_pieces
from publish.schema import public_types

_SHORTEST, _SHORTEST_ASCII = 4, 8
"""From so many characters on a public value of a removed record is looked for."""


@dataclass(frozen=True)
class Traces:
    """What was looked for and where it was found.

    Attributes:
        strings: how many strings of each kind were looked for, by record.
        explained: how many others were not, since what is still public says them too, by record.
        files: how many files were searched.
        bytes: how large these are on disk, each counted once however many names it has.
        found: the files that hold something, with the records that it is of.
    """

    strings: Mapping[str, Counter[Kind]]
    explained: Mapping[str, int]
    files: int
    bytes: int
    found: Mapping[str, set[str]]


def look_for(
    project: Project, register: Register, records: Collection[str], release: Path
) -> Traces:
    """Searches every byte below data/releases for what only the removed records said.

    Looked for is all that the register knows of them, in every version: what was internal, what
    was masked, and what was public.

    Args:
        records: the ids of the records.
        release: the folder of the release that holds them no more.
    """
    strings = _strings(project, register, records, release)
    together = {needle: kind for own in strings.values() for needle, kind in own.items()}
    wanted = Search(together).without(explaining(release, project)).needles
    sought = {record: own.keys() & wanted.keys() for record, own in strings.items()}
    files = list(_files(project.releases))
    found = _found(project.releases, files, Finder(wanted))
    return Traces(
        {record: Counter(wanted[needle] for needle in own) for record, own in sought.items()},
        {record: len(own) - len(sought[record]) for record, own in strings.items()},
        len(files),
        sum({(s.st_dev, s.st_ino): s.st_size for s in map(Path.stat, files)}.values()),
        {
            name: {record for record, own in sought.items() if not own.isdisjoint(needles)}
            for name, needles in found.items()
        },
    )


def _strings(
    project: Project, register: Register, records: Collection[str], release: Path
) -> dict[str, dict[bytes, Kind]]:
    """What could tell of each record, with its kind."""
    rows = register.db.execute(
        "SELECT record_id, record_type, batch, payload FROM version "
        "WHERE record_id IN (SELECT value FROM json_each(?))",
        (orjson.dumps(list(records)).decode(),),
    )
    found: dict[str, dict[bytes, Kind]] = {record_id: {} for record_id in records}
    with read_only(release / "credit.db") as credit:
        secrets = Secrets(credit, project.profile.persons.latest)
        for version in map(Version._make, rows):
            secrets.needles = found[version.record_id]
            secrets.add(version)
            for value in _public_values(version):
                secrets.needles.setdefault(value.encode(), Kind.TEXT)
    return found


def _public_values(version: Version) -> Iterator[str]:
    """The values of a version that could be seen, unless they are too short to be its own."""
    record, values = public_types()[version.record_type], orjson.loads(version.payload)
    for field in record.public_fields:
        value = values.get(field.name, "")
        enough = _SHORTEST_ASCII if value.isascii() else _SHORTEST
        if field.type == "string" and not field.codes and len(value) >= enough:
            yield value


def _files(folder: Path) -> Iterator[Path]:
    """Every file of every release, links to releases left out."""
    for release in sorted(folder.iterdir()):
        if not release.is_symlink():
            yield from sorted(path for path in [release, *release.rglob("*")] if path.is_file())


def _found(folder: Path, files: Collection[Path], finder: Finder) -> dict[str, set[bytes]]:
    """The files that hold something, and what; one that has several names is read once."""
    inside: dict[tuple[int, int], set[bytes]] = {}
    found = {}
    for path in files:
        name, stat = str(path.relative_to(folder)), path.stat()
        key = stat.st_dev, stat.st_ino
        if key not in inside:
            inside[key] = finder.find(pieces(path))
        if needles := inside[key] | finder.find(text_pieces([name.encode()])):
            found[name] = needles
    return found
