"""The check that no public byte holds what the register keeps to itself."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from publish.errors import ProblemError
from publish.project import Project
from publish.register.register import Register
from publish.release.leak.database import read_only
from publish.release.leak.kinds import Kind
from publish.release.leak.search import Search
from publish.release.leak.secret import Secrets
from publish.release.leak.since import Found, Since, afresh, since_last
from publish.release.leak.sources import CREDIT, explaining
from publish.release.leak.unpack import text_pieces
from publish.release.manifest import NAME, release_files

_TOLD = 5
_NO_NAME = "〔文件名从略 name left out〕"

Progress = Callable[[str, int], None]


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
    found = since and since_last(folder, project, register, since)
    if not found or any(leaks_given(folder, found, progress)):
        found = afresh(folder, project, register)
        _refuse(list(leaks_given(folder, found, progress)))
    found.kept.write(project.cache)


def _refuse(found: Sequence[Leak]) -> None:
    """Tells what was found where."""
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
    yield from leaks_given(folder, afresh(folder, project, register), progress)


def leaks_given(folder: Path, found: Found, progress: Progress) -> Iterator[Leak]:
    """The leaks of a release, given what must be looked for."""
    if found.standing:
        yield Leak(CREDIT, found.standing)
    yield from _of_files(folder, found.search, progress)


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
    return search.without(explaining(folder, project)).leaks(text_pieces([said]))


def _of_files(folder: Path, search: Search, progress: Progress) -> Iterator[Leak]:
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
