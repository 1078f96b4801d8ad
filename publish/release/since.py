"""The release that comes before another."""

from pathlib import Path

from publish.project import Project
from publish.register.live import Moment


def release_before(project: Project, moment: Moment) -> Path | None:
    """The folder of the last release before a moment; None if there is none on disk."""
    row = moment.register.db.execute(
        "SELECT release FROM release WHERE seq = ?", (moment.cut.release,)
    ).fetchone()
    folder = project.releases / row[0] if row else None
    return folder if folder and folder.is_dir() else None
