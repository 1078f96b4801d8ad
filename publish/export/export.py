"""Writes what is due to the platform, and enters in the register what stands in which row."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from publish.export.choose import Choice, Item, Kept
from publish.export.form import load_form
from publish.export.settings import Order
from publish.export.write import Files
from publish.project import Project
from publish.register.live import Moment
from publish.register.pushes import PUSHED, WITHDRAW
from publish.register.register import PUSH, Register, moment, utc
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
    now = _moment_of_its_own(register, now)
    at, cut = utc(now), Moment(register, register.cut(now))
    mark = at.replace("-", "").replace(":", "")
    kept, done = Kept(), Exported()
    choice = Choice(project, cut, tuple(form.columns), order.with_identity, again, kept)
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


def _moment_of_its_own(register: Register, now: datetime) -> datetime:
    """Now; or the second after the last export, whose files would have the same names."""
    row = register.db.execute("SELECT max(at) FROM push WHERE state = ?", (PUSHED,)).fetchone()
    now = next_moment(register, now)
    return max(now, moment(row[0]) + timedelta(seconds=1)) if row[0] else now
