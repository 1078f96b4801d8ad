"""The release that comes before another, and what differs between the two."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from publish.project import Project
from publish.register.live import Moment


@dataclass(frozen=True)
class Since:
    """What a release made from the one before has in common with it.

    Attributes:
        folder: the release before, whole and checked.
        changed: the ids of the records that were judged again. Every other record has the rows
            that it had, in every table of both databases.
    """

    folder: Path
    changed: Collection[str]


def release_before(project: Project, moment: Moment) -> Path | None:
    """The folder of the last release before a moment; None if there is none on disk."""
    row = moment.register.db.execute(
        "SELECT release FROM release WHERE seq = ?", (moment.cut.release,)
    ).fetchone()
    folder = project.releases / row[0] if row else None
    return folder if folder and folder.is_dir() else None
