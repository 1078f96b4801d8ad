"""The check that no public byte holds what the register keeps to itself."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from monitor.editions import words
from publish.errors import ProblemError
from publish.project import SETTINGS, Project
from publish.register.register import Register
from publish.release.leak.database import SQLITE, columns, lines, read_only
from publish.release.leak.find import Finder, Piece
from publish.release.leak.index import strange_entries
from publish.release.leak.kinds import Kind, Source
from publish.release.leak.secret import Secrets
from publish.release.leak.unpack import database_pieces, pieces, text_pieces
from publish.release.manifest import NAME, release_files
from publish.schema import PERSON, RecordType, public_types

CREDIT = "credit.db"
_TOLD = 5
_NO_NAME = "〔文件名从略 name left out〕"

Progress = Callable[[str, int], None]
Allowed = Callable[[sqlite3.Connection, RecordType], Iterator[bytes]]


@dataclass(frozen=True)
class Leak:
    """A public file that holds what is not public.

    Attributes:
        file: its name in the release, left out where the name itself is the leak.
        found: how many different values of each kind.
    """

    file: str
    found: Counter[Kind] = field(default_factory=Counter)

    @property
    def zh(self) -> str:
        """What was found where, in Chinese."""
        listed = "、".join(f"{kind.zh} {n} 项" for kind, n in sorted(self.found.items()))
        return f"{self.file} 中有内部信息（{listed}）"

    @property
    def en(self) -> str:
        """What was found where, in English."""
        listed = ", ".join(f"{kind.en}: {n}" for kind, n in sorted(self.found.items()))
        return f"{self.file} holds internal information ({listed})"


@dataclass(frozen=True)
class Since:
    """The release before, in which the scan found nothing.

    Which records and files are the same as there the scan finds out for itself, so that a fault in
    building a release from the one before cannot hide from it.

    Attributes:
        folder: the release, on disk as it was scanned.
    """

    folder: Path


def refuse_leaks(
    folder: Path,
    project: Project,
    register: Register,
    progress: Progress = lambda *_: None,
    *,
    since: Since | None = None,
) -> None:
    """Refuses a release in which something stands that is not public.

    Args:
        folder: the release.
        project: whose rules say what is public, and whose texts the pages are made of.
        register: everything that was ever handed in.
        progress: told the step and how many files are done.
        since: the release before; None to scan everything.

    Raises:
        ProblemError: naming files and kinds, never a value.
    """
    found = list(leaks(folder, project, register, progress))
    if found:
        more = len(found) - _TOLD
        raise ProblemError(
            "；".join(leak.zh for leak in found[:_TOLD])
            + (f"；另有 {more} 个文件" if more > 0 else "")
            + "，未发布",
            "; ".join(leak.en for leak in found[:_TOLD])
            + (f"; and {more} more files" if more > 0 else "")
            + "; not released",
        )


def leaks(
    folder: Path, project: Project, register: Register, progress: Progress = lambda *_: None
) -> Iterator[Leak]:
    """Searches every byte of a release for what the register holds and the public rows do not say.

    A value that may lawfully stand somewhere (a name that is also a word, a text that another
    record has too) is no leak if the site's own texts or the public values of records hold it;
    see `publish.release.leak.kinds`.

    Args:
        folder: the release.
        project: whose rules say what is public, and whose texts the pages are made of.
        register: everything that was ever handed in.
        progress: told the step and how many files are done.
    """
    with read_only(folder / CREDIT) as credit:
        secrets = Secrets(credit, project.profile.persons.latest)
        secrets.add_register(register)
        search = Search(secrets.needles).without(dict(explaining(folder, project)))
        standing = search.standing + search.leaks(_names(credit))
        standing += Counter({Kind.NAME: secrets.shown})
    if standing:
        yield Leak(CREDIT, standing)
    yield from _of_files(folder, search, progress)


def leaks_of(text: str, folder: Path, project: Project, register: Register) -> Counter[Kind]:
    """How many values of each kind a text would give away that is to be public from now on.

    Args:
        folder: the release being served.
    """
    said = text.encode()
    with read_only(folder / CREDIT) as credit:
        secrets = Secrets(credit, project.profile.persons.latest)
        secrets.add_register(register)
    search = Search({needle: kind for needle, kind in secrets.needles.items() if needle in said})
    return search.without(dict(explaining(folder, project))).leaks(text_pieces([said]))


def _of_files(folder: Path, search: "Search", progress: Progress) -> Iterator[Leak]:
    """The leaks of each file; files that are the same on disk are read once."""
    seen = set()
    for number, path in enumerate([*release_files(folder), folder / NAME], start=1):
        name = str(path.relative_to(folder))
        named = search.leaks(text_pieces([name.encode()]))
        known = (path.stat().st_dev, path.stat().st_ino)
        found = (
            Counter[Kind]() if known in seen else search.leaks_of(path, but_records=name == CREDIT)
        )
        if named or found:
            yield Leak(_NO_NAME if named else name, named + found)
        seen.add(known)
        progress("leaks", number)


class Search:
    """Looks for needles that nothing explains.

    Attributes:
        needles: what is looked for, with its kind.
        standing: how many of each kind stand in what explains others, but not them.
    """

    def __init__(self, needles: Mapping[bytes, Kind], standing: Collection[bytes] = ()) -> None:
        self.needles = needles
        self.standing = Counter(needles[needle] for needle in standing if needle in needles)

    @cached_property
    def _finder(self) -> Finder:
        """Made when something is searched: two at a time would take too much memory."""
        return Finder(self.needles)

    def without(self, explained: Mapping[Source, Iterable[Piece]]) -> "Search":
        """The search for the needles that do not stand where they may."""
        known = {source: self._found(text) for source, text in explained.items()}
        left = {
            needle: kind
            for needle, kind in self.needles.items()
            if not any(needle in known[source] for source in kind.explained_by)
        }
        return Search(left, known["public"])

    def leaks(self, text: Iterable[Piece]) -> Counter[Kind]:
        """How many values of each kind stand in some text."""
        return Counter(self.needles[needle] for needle in self._found(text))

    def leaks_of(self, path: Path, *, but_records: bool = False) -> Counter[Kind]:
        """How many values of each kind stand in a file.

        Args:
            path: the file.
            but_records: whether the values of records, which are in it, were searched already.
        """
        with path.open("rb") as file:
            is_database = file.read(len(SQLITE)) == SQLITE
        if not is_database:
            return self.leaks(pieces(path))
        with read_only(path) as db:
            strange = Counter({Kind.TEXT: strange_entries(db)})
        return self.leaks(database_pieces(path, public_types() if but_records else ())) + strange

    def _found(self, text: Iterable[Piece]) -> set[bytes]:
        """The needles that stand in some text."""
        return self._finder.find(text)


def explaining(folder: Path, project: Project) -> Iterator[tuple[Source, Iterator[Piece]]]:
    """Where a value may stand: the texts of each source."""
    yield "site", (piece for path in _sources(project) for piece in pieces(path))
    yield "codes", _values(folder / CREDIT, _codes)
    yield "public", _values(folder / CREDIT, _public)


def _values(credit: Path, allowed: Allowed) -> Iterator[Piece]:
    """Values of all records."""
    with read_only(credit) as db:
        for record in public_types().values():
            yield from text_pieces(allowed(db, record))


def _public(db: sqlite3.Connection, record: RecordType) -> Iterator[bytes]:
    """The public values of a record type; of natural persons all but the name."""
    masked = _masked(record)
    if have := columns(db, record.name):
        yield from lines(db, record.name, [name for name in have if name not in masked])
    if have and masked:
        yield from lines(db, record.name, masked, f"party_kind IS NOT '{PERSON}'")


def _names(db: sqlite3.Connection) -> Iterator[Piece]:
    """What stands in the place of natural persons' names."""
    for record in public_types().values():
        masked = _masked(record)
        if masked and columns(db, record.name):
            yield from text_pieces(
                lines(db, record.name, masked, f"party_kind IS '{PERSON}'")
            )


def _codes(db: sqlite3.Connection, record: RecordType) -> Iterator[bytes]:
    """The public codes of a record type."""
    fields = (f for f in record.public_fields if f.check == "uscc" or f.unicode == "code")
    if columns(db, record.name):
        yield from lines(db, record.name, [field.name for field in fields])


def _masked(record: RecordType) -> list[str]:
    """The columns that hold natural persons' names."""
    return [field.name for field in record.public_fields if field.disclosure == "masked"]


def _sources(project: Project) -> Iterator[Path]:
    """What is public besides records: the project's texts and editions, and labels in the code."""
    for folder in (project.site, project.data / "reference", project.data / "profiles"):
        yield from sorted(path for path in folder.rglob("*") if path.is_file())
    for edition in sorted(project.editions.glob("[!.]*")):
        yield from words(edition)
    yield project.root / SETTINGS
    for package in ("publish", "monitor"):
        root = Path(str(files(package)))
        for path in sorted(root.rglob("*")):
            # The demo's people stand in its vocabulary.
            if path.suffix in {".py", ".json"} and "demo" not in path.relative_to(root).parts:
                yield path
