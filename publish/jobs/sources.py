"""Sources that are fetched from by the clock: which are due, and how each one's last fetch went."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from publish.errors import GongshiError, ProblemError
from publish.fetch.asked import Means
from publish.fetch.run import JOB, Fetched, fetch, public_error
from publish.handin.source import Source, load_source
from publish.jobs.runs import Run, public_text, shown
from publish.jobs.timetable import next_time
from publish.project import Project
from publish.register.register import Register, moment

PAUSES = tuple(timedelta(minutes=m) for m in (10, 30, 60))
"""How long a source that failed is left alone at most; after the last it stays at that."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class State:
    """How it stands with a source.

    Attributes:
        source: what its file says; None if the file is wrong.
        error: what is wrong with the file.
        run: its last fetch.
        due: when the next one is due; at once if there was none yet.
    """

    name: str
    source: Source | None
    error: GongshiError | None
    run: Run
    due: datetime


class _History:
    """What the ledger says of one source: its last fetch, and how many failed since one did not."""

    def __init__(self) -> None:
        self.run, self.failures = Run(), 0

    def take(self, event: dict[str, Any]) -> None:
        """Adds an event; a run that was not ended by its process counts as failed."""
        self.run = self.run.after(event)
        if event["kind"] == "started":
            self.failures += 1
        elif event["outcome"] == "ok":
            self.failures = 0


class Sources:
    """The sources of a project; whoever fetches holds the project's lock."""

    def __init__(
        self, project: Project, register: Register, now: Callable[[], datetime], means: Means
    ) -> None:
        self._project, self._register = project, register
        self._now, self._means = now, means

    def states(self) -> Iterator[State]:
        """All sources that are fetched from, and those whose files are wrong, by name."""
        histories = self._histories()
        for path in sorted(self._project.sources.glob("*.toml")):
            history = histories.get(path.stem, _History())
            try:
                source = load_source(path)
            except GongshiError as error:
                yield State(path.stem, None, error, history.run, self._now())
                continue
            if source.fetch:
                due = self._due(source.fetch.every, history)
                yield State(path.stem, source, None, history.run, due)

    def fetch_due(self) -> tuple[int, list[tuple[str, str]]]:
        """Fetches from every source that is due; one that fails does not stop the others.

        Returns:
            How many rows came, and what went wrong, in Chinese and English.
        """
        rows, troubles = 0, []
        for state in self.states():
            if state.error:
                troubles.append(public_error(self._project, state.error))
            elif state.due <= self._now():
                done = self._fetch(state.name)
                rows += done.rows
                troubles += [public_error(self._project, error) for error in done.troubles]
        return rows, troubles

    def shown(self) -> list[dict[str, Any]]:
        """Each source's last and next fetch, as the status page shows jobs."""
        zone = self._project.profile.zone
        return [
            shown(JOB + s.name, f"取数：{s.name}", f"Fetch from {s.name}", s.run, s.due, zone)
            for s in self.states()
        ]

    def _fetch(self, name: str) -> Fetched:
        """Fetches from one source; whatever goes wrong is among its troubles."""
        try:
            done = fetch(self._project, self._register, name, self._now(), self._means, _silent)
        except GongshiError as error:
            done = Fetched(name, troubles=[error])
        except Exception as error:
            _logger.exception("the source %s failed", name)
            zh, en = public_text(error)
            trouble = ProblemError(f"来源 {name}：{zh}", f"Source {name}: {en}")
            return Fetched(name, troubles=[trouble])
        for found in done.troubles:
            _logger.warning("%s (%s)", found.en, getattr(found, "detail", ""))
        return done

    def _due(self, every: str, history: _History) -> datetime:
        """When a source is due: by its rhythm, and sooner again if the last fetch failed."""
        run = history.run
        if run.started is None:
            return self._now()
        started = min(moment(run.started), self._now())
        due = next_time(every, self._project.profile.zone, started)
        if history.failures:
            due = min(due, started + PAUSES[min(history.failures, len(PAUSES)) - 1])
        return due

    def _histories(self) -> dict[str, _History]:
        """What the ledger says of each source."""
        names = ("job", "at", "kind", "outcome", "rows", "seconds", "error")
        rows = self._register.db.execute(
            f"SELECT {', '.join(names)} FROM job WHERE job >= ? AND job < ? ORDER BY seq",
            (JOB, f"{JOB}\uffff"),
        )
        found: dict[str, _History] = {}
        for row in rows:
            event = dict(zip(names, row, strict=True))
            found.setdefault(event["job"].removeprefix(JOB), _History()).take(event)
        return found


def _silent(_step: str, _done: int) -> None:
    """A scheduled fetch shows no progress line; its run is in the ledger."""
