"""The editions that the register knows: published with every release, and checked."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from monitor.editions import (
    INPUTS,
    changed,
    edition_id,
    files,
    read_edition,
    refuse_changed,
)
from monitor.editions import rows as rows_of
from monitor.tables import EDITION, EDITION_LEAGUE, EDITION_MOVE, LEAGUE, TABLES
from publish.errors import UsageError
from publish.profile import Profile
from publish.project import Project
from publish.reference import Reference, load_reference
from publish.register.live import Moment
from publish.register.register import EDITION as CHAIN
from publish.register.register import Register

PROFILE = "profile.json"
CALENDARS = "calendars"
REFERENCE = "reference"
"""What lies in the folder of an edition's inputs."""

_FOLDER = "editions"
_FOREVER = "9999"


class Entry(NamedTuple):
    """An edition in the register.

    Attributes:
        release: the release that it was taken from.
        as_of: the moment of that release (UTC).
        closed: when it was closed (UTC).
        reason: why it was restated; empty for the first.
        digest: the SHA-256 of its statement.
    """

    period: str
    number: int
    release: str
    as_of: str
    closed: str
    handler: str
    reason: str
    digest: str

    @property
    def edition(self) -> str:
        """Its id."""
        return edition_id(self.period, self.number)


@dataclass(frozen=True)
class AsItWas(Project):
    """A project with the rules, the calendar and the reference tables of an edition.

    Attributes:
        inputs: the folder that holds them.
    """

    inputs: Path

    @property
    def calendars(self) -> Path:
        """The calendar as it was."""
        return self.inputs / CALENDARS

    @cached_property
    def profile(self) -> Profile:
        """The rules as they were."""
        return Profile.model_validate_json((self.inputs / PROFILE).read_bytes())

    @cached_property
    def reference(self) -> Reference:
        """The reference tables as they were."""
        return load_reference(self.inputs / REFERENCE)


def entries(register: Register, as_of: str = _FOREVER) -> Iterator[Entry]:
    """The editions closed by a moment (UTC), oldest first."""
    listed = ", ".join(CHAIN.columns)
    sql = f"SELECT {listed} FROM edition WHERE closed <= ? ORDER BY seq"
    yield from map(Entry._make, register.db.execute(sql, (as_of,)))


def entry(register: Register, name: str) -> Entry:
    """The edition of an id; of a period the newest.

    Raises:
        UsageError: if there is none, naming those that there are.
    """
    found = list(entries(register))
    for one in reversed(found):
        if name in (one.edition, one.period):
            return one
    known = [one.edition for one in found]
    raise UsageError(
        f"没有定稿 {name}。已有：{'、'.join(known) or '无'}。",
        f"There is no edition {name}. There are: {', '.join(known) or 'none'}.",
    )


def folder_of(project: Project, one: Entry) -> Path:
    """The folder of an edition.

    Raises:
        ProblemError: if anything in it is missing or not as it was closed.
    """
    folder = project.editions / one.edition
    refuse_changed(folder, one.digest)
    return folder


def publish_editions(
    project: Project, moment: Moment, db: sqlite3.Connection, downloads: Path
) -> None:
    """Puts every edition into a release: its files, and its tables into monitor.db.

    The files are the same on disk in all releases, so that they take their room once.

    Raises:
        ProblemError: if an edition is missing or not as it was closed.
    """
    for one in entries(moment.register, moment.cut.as_of):
        folder = folder_of(project, one)
        shutil.copytree(folder, downloads / _FOLDER / one.edition, copy_function=_link)
        stated = read_edition(folder).row()
        EDITION.fill(db, [[stated[name] for name in EDITION.columns]])
        EDITION_LEAGUE.fill(db, ([one.edition, *row] for row in rows_of(folder, LEAGUE)))
        EDITION_MOVE.fill(db, rows_of(folder, EDITION_MOVE))


def _link(source: str, target: str) -> None:
    """Gives a file a second name; a copy where the file system has no such thing."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def edition_files(downloads: Path) -> Iterator[tuple[Path, str, str]]:
    """The files of all editions in a release, with what each is in Chinese and English."""
    for folder in sorted((downloads / _FOLDER).glob("*")):
        for path in files(folder):
            zh, en = _title(path.relative_to(folder))
            yield path, f"{folder.name} 定稿：{zh}", f"edition {folder.name}: {en}"


def _title(path: Path) -> tuple[str, str]:
    """What a file of an edition is."""
    if path.parts[0] == INPUTS:
        return _INPUTS[path.parts[1]]
    return _TITLES.get(path.name) or ("说明与校验值", "what it is, and checksums")


_TITLES = {f"{table.name}.csv": (table.zh, table.en) for table in TABLES}
_INPUTS = {
    PROFILE: ("所用规则", "the rules"),
    CALENDARS: ("所用日历", "the calendar"),
    REFERENCE: ("所用参照表", "the reference tables"),
}


def faults(project: Project, register: Register) -> Iterator[tuple[str, str]]:
    """The files of editions that are not as they were closed: edition and file."""
    for one in entries(register):
        for name in changed(project.editions / one.edition, one.digest):
            yield one.edition, name
