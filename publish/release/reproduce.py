"""Making an edition again, to prove that the register gives it."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from monitor.editions import INPUTS, Edition, edition_id, read_edition, seal
from monitor.periods import Period
from publish import __version__
from publish.project import Project
from publish.register.register import Register
from publish.release.build import Progress
from publish.release.draft import Draft, different, frozen_from, libraries, rebuilt, write_moves
from publish.release.editions import Entry, entry, folder_of


def reproduce(project: Project, register: Register, one: Entry, progress: Progress) -> list[str]:
    """Makes an edition again from the register as of its moment, and compares every byte.

    What the register learnt since takes no part, nor do the rules, the calendar and the reference
    tables of today.

    Returns:
        The files that are not the same.

    Raises:
        ProblemError: if the edition is missing or not as it was closed.
    """
    frozen = folder_of(project, one)
    stated = read_edition(frozen)
    with TemporaryDirectory() as name:
        work, folder = Path(name), Path(name) / "edition"
        shutil.copytree(frozen / INPUTS, folder / INPUTS)
        database = rebuilt(project, register, one.as_of, folder, work / "figures", progress)
        frozen_from(database, _span(stated), folder)
        if one.number > 1:
            after = Draft(stated, folder, database, one.as_of)
            before = entry(register, edition_id(one.period, one.number - 1))
            write_moves(project, register, before, after, work / "before", progress)
        seal(folder, stated)
        return different(frozen, folder)


def other_versions(project: Project, one: Entry) -> dict[str, tuple[str, str]]:
    """The software and libraries that are not those an edition was made with: then and now."""
    stated = read_edition(folder_of(project, one))
    then = {"gongshi": stated.software, **stated.computed_with}
    now = {"gongshi": __version__, **libraries()}
    return {n: (v, now.get(n, "")) for n, v in then.items() if v != now.get(n)}


def _span(stated: Edition) -> Period:
    """The period of an edition."""
    return Period(stated.period, stated.kind, stated.first, stated.last, 1, None)
