"""One fetch: from where a department keeps its rows through a file of ours into the register."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from publish.errors import GongshiError, UsageError
from publish.fetch.asked import Asked, Means, Progress
from publish.fetch.declare import Fetching, Folder, Http, Sql
from publish.fetch.folder import TAKEN, Found, Memory, look, put_away, settled, trouble
from publish.fetch.pages import fetch_http
from publish.fetch.spool import spool, spool_path
from publish.fetch.sql import fetch_sql
from publish.handin.intake import Batch, Handing, intake
from publish.handin.source import Source, load_source
from publish.jobs.runs import Kind, Outcome, public_text
from publish.project import Project
from publish.register.register import Register, moment, utc
from publish.release.manifest import file_sha256

FETCHED = "fetched"
"""The folder below data/ that holds what was fetched, one folder a source."""
HANDLER = "fetch"
JOB = "source:"
"""How the ledger's name of a source's fetches begins."""

_MEMORY = "taken.json"
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Fetched:
    """What a fetch brought.

    Attributes:
        rows: how many came.
        batches: what was taken in.
        troubles: what went wrong with single files of a folder.
    """

    source: str
    rows: int = 0
    batches: list[Batch] = field(default_factory=list)
    troubles: list[GongshiError] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return {
            "source": self.source,
            "rows": self.rows,
            "batches": [batch.as_dict() for batch in self.batches],
            "errors": [{"zh": e.zh, "en": e.en} for e in self.troubles],
        }


def fetch(
    project: Project, register: Register, name: str, at: datetime, means: Means, progress: Progress
) -> Fetched:
    """Fetches from a source and takes in what came; the ledger says so.

    Args:
        at: the time now.

    Raises:
        UsageError: if the source cannot be fetched from, or a setting of it is wrong.
        FetchError: if not all rows came; then nothing was taken in.
        ProblemError: if what came is refused as a whole.
    """
    source, how = declared(project, name)
    asked = asking(project, source, at, means, progress, watermark(register, name))
    task = _Task(project, register, source, asked)
    with _noted(project, register, asked, task.done):
        task.clear()
        if isinstance(how, Folder):
            task.take_files(how)
        else:
            task.take_rows(how)
    return task.done


def declared(project: Project, name: str) -> tuple[Source, Fetching]:
    """A source that says where its rows come from.

    Raises:
        UsageError: if it does not, or is wrong.
    """
    source = load_source(project.sources / f"{name}.toml")
    if source.fetch is None:
        raise UsageError(
            f"来源 {name} 没有 [fetch]，只能报送文件。怎样写见 docs/how-to/sources.md。",
            f"The source {name} has no [fetch]: its files are handed in. "
            "docs/how-to/sources.md says how to write one.",
        )
    return source, source.fetch


def asking(
    project: Project,
    source: Source,
    at: datetime,
    means: Means,
    progress: Progress,
    last: datetime | None = None,
    limit: int | None = None,
) -> Asked:
    """What a fetch is told.

    Args:
        last: when the last one was; None if there was none.
        limit: after how many rows to stop.
    """
    overlap = timedelta(0) if isinstance(source.fetch, Folder | None) else source.fetch.overlap
    since = min(last, at) - overlap if last else _BEGINNING
    return Asked(
        source=source.name,
        root=project.root,
        at=at,
        since=since,
        zone=project.profile.zone,
        means=means,
        progress=progress,
        began=means.clock(),
        limit=limit,
    )


def watermark(register: Register, name: str) -> datetime | None:
    """When rows of a source were last fetched and taken in; None if never."""
    (last,) = register.db.execute(
        "SELECT max(received) FROM batch WHERE source = ? AND handler = ?", (name, HANDLER)
    ).fetchone()
    return moment(last) if last else None


def read_rows(how: Sql | Http, asked: Asked, out: BinaryIO) -> int:
    """Writes the rows of a database or web service to a file; returns how many."""
    return fetch_sql(how, asked, out) if isinstance(how, Sql) else fetch_http(how, asked, out)


def public_error(project: Project, error: BaseException) -> tuple[str, str]:
    """What the public may read of an error: without the folders of this machine."""
    zh, en = public_text(error)
    return zh.replace(f"{project.root}/", ""), en.replace(f"{project.root}/", "")


class _Task:
    """One fetch under way."""

    def __init__(self, project: Project, register: Register, source: Source, asked: Asked) -> None:
        self._project, self._register, self._source = project, register, source
        self._asked, self._folder = asked, project.data / FETCHED / source.name
        self.done = Fetched(source.name)

    def clear(self) -> None:
        """Removes what earlier fetches left without its being taken in."""
        rows = self._register.db.execute(
            "SELECT file_name FROM batch WHERE source = ?", (self._source.name,)
        )
        known = {_MEMORY, *(name for (name,) in rows)}
        for path in self._folder.glob("*"):
            if path.is_file() and path.name not in known:
                path.unlink()

    def take_rows(self, how: Sql | Http) -> None:
        """Fetches rows into a file and takes it in; no rows are no file."""
        path = spool_path(self._folder, self._asked.at, f".{how.writes}")
        with spool(path) as out:
            self.done.rows = read_rows(how, self._asked, out)
        if self.done.rows:
            self.done.batches += self._intake(path)
            return
        path.unlink()
        self._source.count_rows(0)

    def take_files(self, how: Folder) -> None:
        """Takes in each new file of a folder; one that is refused is tried again the next time."""
        memory = Memory(self._folder / _MEMORY)
        files = look(how, self._asked)
        memory.keep({found.name for found in files})
        for found in files:
            if memory.has(found) or not settled(how, self._asked, found):
                continue
            try:
                if self._take_file(found, memory) and how.move:
                    put_away(found.path, self._asked.root / how.path / TAKEN)
            except (GongshiError, OSError) as error:
                self.done.troubles.append(trouble(self._asked, found, error))

    def _take_file(self, found: Found, memory: Memory) -> bool:
        """Takes in a copy of a file, unless it is still being written to."""
        path = spool_path(self._folder, self._asked.at, f"-{found.kept_name}")
        with spool(path) as out:
            whole = found.copy(out)
        if not whole:
            path.unlink()
            return False
        if not memory.knows(found.name) and self._was_taken(found, path):
            path.unlink()
        else:
            batches = self._intake(path)
            self.done.batches += batches
            self.done.rows += sum(batch.counts.rows for batch in batches)
        memory.add(found)
        return True

    def _was_taken(self, found: Found, path: Path) -> bool:
        """Whether the register has a file of this name with these bytes from this source."""
        rows = self._register.db.execute(
            "SELECT file_name FROM batch WHERE sha256 = ? AND source = ? AND handler = ?",
            (file_sha256(path), self._source.name, HANDLER),
        )
        return any(name.endswith(f"-{found.kept_name}") for (name,) in rows)

    def _intake(self, path: Path) -> list[Batch]:
        """Takes in a file of ours."""
        source, asked = self._source, self._asked
        handing = Handing(asked.at, HANDLER, source.name, department=source.department)
        return intake(self._project, self._register, path, handing, asked.progress)


@contextmanager
def _noted(project: Project, register: Register, asked: Asked, done: Fetched) -> Iterator[None]:
    """Notes in the ledger that a fetch started, and how it ended."""

    def note(kind: Kind, outcome: Outcome | None, errors: list[tuple[str, str]]) -> None:
        zh, en = (" ".join(texts) for texts in zip(*errors, strict=True)) if errors else ("", "")
        now = asked.at + timedelta(seconds=asked.spent)
        error = orjson.dumps({"zh": zh, "en": en}).decode() if errors else None
        rows = sum(batch.counts.rows for batch in done.batches)
        job = f"{JOB}{asked.source}"
        register.record_job(job, utc(now), kind, outcome, rows, asked.spent, error)

    note("started", None, [])
    try:
        yield
    except OSError as error:
        failed = asked.failed(
            f"写不了 data/{FETCHED}。请检查磁盘空间和权限。",
            f"data/{FETCHED} cannot be written to. Look at the disk's space and who may write.",
            str(error),
        )
        note("ended", "failed", [public_error(project, failed)])
        raise failed from None
    except BaseException as error:
        note("ended", "failed", [public_error(project, error)])
        raise
    errors = [public_error(project, error) for error in done.troubles]
    note("ended", "failed" if errors else "ok", errors)
