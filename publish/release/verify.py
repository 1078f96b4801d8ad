"""Whether everything is still as it was written: the register, the release, what is public."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from publish.cycles import without_collections
from publish.project import Project
from publish.register.register import check_register, open_register
from publish.release.editions import faults
from publish.release.leak.check import leaks
from publish.release.manifest import changed_files, read_manifest


@dataclass(frozen=True)
class Trouble:
    """Something that is not as it must be."""

    part: str
    zh: str
    en: str


def verify(project: Project, progress: Callable[[str, int], None]) -> Iterator[Trouble]:
    """Checks the register's chains, closed periods, released files, and every public byte.

    Args:
        progress: told the step and how far it is.
    """
    broken = list(check_register(project.register, lambda _: progress("verify", 0)))
    yield from (Trouble("register", fault.zh, fault.en) for fault in broken)
    if not broken:
        yield from _editions(project)
    if not project.current.exists():
        return
    changed = list(changed_files(project.current, read_manifest(project.current)))
    for name in changed:
        yield Trouble(
            "release",
            f"发布文件 {name} 与清单不符。请重新发布：gongshi release。",
            f"Released file {name} is not as the manifest states. Run 'gongshi release'.",
        )
    if not broken and not changed:
        yield from _leaks(project, progress)


def _editions(project: Project) -> Iterator[Trouble]:
    """The files of closed periods that are not as they were closed."""
    with open_register(project.register) as register:
        for edition, name in faults(project, register):
            yield Trouble(
                "edition",
                f"定稿 {edition} 的 {name} 与定稿时不符。请从备份恢复 data/editions/{edition}。",
                f"{name} of edition {edition} is not as it was closed. "
                f"Restore data/editions/{edition} from the backup.",
            )


def _leaks(project: Project, progress: Callable[[str, int], None]) -> Iterator[Trouble]:
    """What the register keeps to itself and a public file holds."""
    progress("leaks", 0)
    with open_register(project.register) as register, without_collections():
        found = list(leaks(project.current.resolve(), project, register, progress))
    yield from (Trouble("leak", f"{leak.zh}。", f"{leak.en}.") for leak in found)
