"""What each scheduled job does."""

import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from publish.alerts.feeds import read_news
from publish.alerts.send import send_alerts
from publish.errors import GongshiError, ProblemError
from publish.export.export import export
from publish.export.settings import read_order
from publish.fetch.asked import Means
from publish.fetch.folder import TAKEN, put_away
from publish.handin.intake import Batch, Handing, intake
from publish.jobs.sources import Sources
from publish.project import Project
from publish.register.register import Register
from publish.release.build import read_only
from publish.release.handout import Wanted, report
from publish.release.release import ended, release
from publish.release.verify import verify

REFUSED = "refused"
"""Where files of the inbox go that were refused as a whole, with the reason beside them."""

_SUNDAY = 7

Action = Callable[[], int]


class Actions:
    """The jobs of one project; whoever runs them holds the project's lock."""

    def __init__(
        self,
        project: Project,
        register: Register,
        now: Callable[[], datetime],
        means: Means | None = None,
    ) -> None:
        self._project, self._register, self._now = project, register, now
        self._means = means or Means(os.environ)
        self._sources = Sources(project, register, now, self._means)

    def by_name(self) -> Mapping[str, Action]:
        """Each job's action, which returns the number of rows it handled."""
        return {
            "intake": self.intake,
            "release": self.release,
            "expiry": self.expiry,
            "export": self.export,
            "reports": self.reports,
            "alerts": self.alerts,
            "verify": self.verify,
        }

    def urgent(self) -> Collection[str]:
        """A release at once where something was taken off since the last one; then the alerts."""
        last = self._register.last_release()
        if last and self._register.last_event() > last:
            return ["release"]
        return ["alerts"] if self._project.alerts.exists() and self._last_alerts() < last else []

    def sources(self) -> Sequence[Mapping[str, Any]]:
        """What the status page shows of the sources."""
        return self._sources.shown()

    def intake(self) -> int:
        """Takes in what lies in the inbox, and what sources that are due have.

        Raises:
            ProblemError: with all that went wrong; it did not stop the others.
        """
        rows, refused = self._from_inbox()
        fetched, troubles = self._sources.fetch_due()
        if refused:
            zh = f"{len(refused)} 个文件被拒收，见 data/inbox/{REFUSED}"
            en = f"{len(refused)} files were refused; see data/inbox/{REFUSED}"
            troubles.insert(0, (zh, en))
        if troubles:
            raise ProblemError(*("\n".join(texts) for texts in zip(*troubles, strict=True)))
        return rows + fetched

    def _from_inbox(self) -> tuple[int, list[str]]:
        """Takes in what lies in the inbox; a file that is refused does not stop the others.

        A file in a folder of the inbox belongs to the source or the department of that name.

        Returns:
            How many rows came, and the names of the files that were refused.
        """
        rows, refused = 0, []
        for path in list(self._waiting()):
            try:
                rows += sum(b.counts.rows for b in self._take(path))
                put_away(path, self._project.inbox / TAKEN)
            except GongshiError as error:
                refused.append(path.name)
                moved = put_away(path, self._project.inbox / REFUSED)
                moved.with_name(f"{moved.name}.txt").write_text(f"{error.zh}\n{error.en}\n")
        return rows, refused

    def release(self) -> int:
        """A new release, on Sundays in full; returns how many records it holds."""
        now = self._now()
        full = now.astimezone(self._project.profile.zone).isoweekday() == _SUNDAY
        done = release(self._project, self._register, now, _silent, full=full)
        return sum(published for _, _, published, _ in done.conservation())

    def expiry(self) -> int:
        """A new release if a term of publication ended; returns how many records came off."""
        over = ended(self._project, self._now()).total()
        if over:
            self.release()
        return over

    def export(self) -> int:
        """Hands on to the platform above; returns how many records the files hold.

        Raises:
            UsageError: if there are no settings for it.
        """
        order = read_order(self._project)
        done = export(self._project, self._register, order, self._now(), _silent)
        return done.shown + done.withdrawn

    def reports(self) -> int:
        """Writes what is to be reported soon; returns how many files were written.

        They lie in data/reports, in a folder of their period, and are written once: the office
        may be at work on them.
        """
        return sum(self._report(period) for period in self._reports_due())

    def _reports_due(self) -> list[str]:
        """The periods whose circular is due soon, of which there are figures and no folder yet."""
        if not self._project.current.exists():
            return []
        with closing(read_only(self._project.current / "monitor.db")) as monitor:
            events = read_news(monitor, self._project).events
            with_figures = {row[0] for row in monitor.execute("SELECT DISTINCT period FROM league")}
        due = (event.period for event in events if event.kind == "report")
        return [p for p in due if p in with_figures and not self._project.reported(p).exists()]

    def _report(self, period: str) -> int:
        """Writes the reports of a period, in a folder that is there once all of them are."""
        folder = self._project.reported(period)
        aside = folder.with_name(f".{period}")
        shutil.rmtree(aside, ignore_errors=True)
        today = self._now().astimezone(self._project.profile.zone).date()
        written = report(self._project, self._register, Wanted(period, today), aside)
        aside.rename(folder)
        return len(written)

    def alerts(self) -> int:
        """Tells what the release being served has to tell; returns how many events were told.

        Raises:
            ProblemError: with all that went wrong; it did not stop the others.
        """
        told = send_alerts(self._project, self._register, self._now, self._means)
        if errors := [one.error for one in told if one.error]:
            zh, en = zip(*((error.zh, error.en) for error in errors), strict=True)
            raise ProblemError("\n".join(zh), "\n".join(en))
        return sum(len(one.events) for one in told)

    def verify(self) -> int:
        """Checks everything; returns 0.

        Raises:
            ProblemError: if anything is not as it was written.
        """
        troubles = list(verify(self._project, _silent))
        if troubles:
            raise ProblemError(
                f"核验发现 {len(troubles)} 处问题，请运行 gongshi verify 查看",
                f"{len(troubles)} problems were found; run 'gongshi verify' to see them",
            )
        return 0

    def _last_alerts(self) -> str:
        """When alerts were last begun; empty if never."""
        row = self._register.db.execute(
            "SELECT at FROM job WHERE job = 'alerts' AND kind = 'started' ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        return row[0] if row else ""

    def _waiting(self) -> Iterator[Path]:
        """The files in the inbox, oldest first; hidden ones are still being written."""
        inbox = self._project.inbox
        files = (p for p in inbox.rglob("*") if p.is_file() and not p.name.startswith("."))
        mine = (p for p in files if p.relative_to(inbox).parts[0] not in {TAKEN, REFUSED})
        yield from sorted(mine, key=lambda p: (p.stat().st_mtime, p))

    def _take(self, path: Path) -> list[Batch]:
        """Takes in one file."""
        folder = path.relative_to(self._project.inbox).parts[0]
        source = folder if (self._project.sources / f"{folder}.toml").exists() else None
        department = folder if folder in self._project.reference.departments else None
        handing = Handing(self._now(), "inbox", source, department=department)
        return intake(self._project, self._register, path, handing, _silent)


def _silent(_step: str, _done: int) -> None:
    """A scheduled job shows no progress line; its run is in the ledger."""
