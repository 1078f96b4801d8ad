"""Writes what is due to the platform, and enters in the register what stands in which row."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from publish.errors import UsageError
from publish.export.choose import Choice, Item, Kept
from publish.export.form import load_form
from publish.export.settings import Order
from publish.export.write import Files
from publish.project import Project
from publish.register.live import Moment
from publish.register.pushes import PUSHED, WITHDRAW
from publish.register.register import PUSH, Register, utc
from publish.register.removal import next_moment

Progress = Callable[[str, int], None]


@dataclass
class Exported:
    """What was handed on.

    Attributes:
        files: where it lies; empty if nothing was due.
        shown: records that are new to the platform, or were corrected.
        withdrawn: records that it is asked to take off.
        persons: records about natural persons that were kept back, since they need their numbers.
    """

    files: tuple[Path, ...] = ()
    shown: int = 0
    withdrawn: int = 0
    persons: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return vars(self) | {"files": list(map(str, self.files))}


def export(
    project: Project,
    register: Register,
    order: Order,
    now: datetime,
    progress: Progress,
    *,
    again: bool = False,
) -> Exported:
    """Hands on what the platform does not have as it is now.

    The files are there before the register knows of them: a stop between leaves files that nobody
    handed on and that the next export makes again, never an entry of a file that does not exist.

    Args:
        again: also what was refused or not answered, corrected or not.

    Raises:
        UsageError: if there is no such form, or the public could read the folder.
    """
    form, folder = load_form(project, order.codes), order.folder(project)
    now = next_moment(register, now)
    at = utc(now)
    mark = at.replace("-", "").replace(":", "")
    _refuse_same_moment(register, at)
    moment = Moment(register, register.cut(now))
    kept, done = Kept(), Exported()
    choice = Choice(project, moment, tuple(form.columns), order.with_identity, again, kept)
    with Files(folder, form, order, mark) as files, register.transaction() as db:
        PUSH.append(db, _entered(choice.items(), files, at, done, progress))
        done.files = tuple(files.settle())
    done.persons = kept.persons
    return done


def _entered(
    items: Iterator[Item], files: Files, at: str, done: Exported, progress: Progress
) -> Iterator[tuple[Any, ...]]:
    """Writes records into files; gives the row of the log for each."""
    for number, item in enumerate(items, start=1):
        file, line = files.add(item)
        withdrawn = item.said.action == WITHDRAW
        done.withdrawn += withdrawn
        done.shown += not withdrawn
        if number % 1000 == 0:
            progress("export", number)
        said = item.said
        yield item.record_id, said.version, said.action, said.status, file, line, at, PUSHED, ""


def _refuse_same_moment(register: Register, at: str) -> None:
    """Refuses a second export within a second: its files would have the same names."""
    row = register.db.execute("SELECT max(at) FROM push WHERE state = ?", (PUSHED,)).fetchone()
    if row[0] == at:
        raise UsageError("一秒之内不能导出两次，请再试。", "Try again: one export a second.")
