"""A release: everything the public gets, built aside, checked, and switched to at once."""

import logging
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from publish import __version__
from publish.errors import GongshiError, ProblemError
from publish.project import Project
from publish.register.live import Moment
from publish.register.register import APPEARANCE, RELEASE, Register, local, utc
from publish.register.removal import OFF
from publish.release.build import Outcome, Progress, build, read_only
from publish.release.certificate import Certifier
from publish.release.manifest import read_manifest
from publish.schema import public_types

_logger = logging.getLogger(__name__)

SHRINK_FAILS = 0.7
"""A release with fewer than this share of the last one's records of a type is refused."""

_BUILDING = ".building"


@dataclass(frozen=True)
class Released:
    """A finished release."""

    release: str
    folder: Path
    manifest: Mapping[str, Any]

    def conservation(self) -> Iterator[tuple[str, int, int, int]]:
        """Record type, live, published, withheld: the second is always the sum of the others."""
        for name, counts in self.manifest["counts"].items():
            yield name, counts["live"], counts["published"], sum(counts["withheld"].values())


def release(
    project: Project,
    register: Register,
    as_of: datetime,
    progress: Progress,
    *,
    allow_fewer: bool = False,
    full: bool = False,
) -> Released:
    """Builds a release of what the register held at a moment, and switches to it.

    Whatever goes wrong before the switch leaves the old release served; the attempt is noted
    in the register.

    Args:
        as_of: the moment; after the last release, unless nothing has changed since.
        allow_fewer: whether a release may hold far fewer records than the last.
        full: whether every record is judged anew, even where only a few can have changed.

    Raises:
        ProblemError: if a check fails.
    """
    settle(project, register, progress)
    moment = Moment(register, register.cut(as_of))
    name = release_id(project, register, moment)
    if (project.releases / name).exists():
        return Released(name, project.releases / name, read_manifest(project.releases / name))
    _refuse_past(register, as_of)
    work = project.releases / f"{_BUILDING}-{name}"
    try:
        outcome = build(project, moment, name, work, progress, full=full)
        manifest = read_manifest(work)
        if not allow_fewer:
            _check_size(project, manifest, _asked_off(moment, outcome) + ended(project, as_of))
        work.rename(project.releases / name)
    except GongshiError as error:
        _note_failure(register, name, moment, error)
        raise
    except Exception as error:
        failure = _unforeseen(error)
        _note_failure(register, name, moment, failure)
        raise failure from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _enter(register, name, moment, manifest, outcome)
    settle(project, register, progress)
    return Released(name, project.releases / name, manifest)


def settle(
    project: Project, register: Register, progress: Progress = lambda _step, _done: None
) -> None:
    """Finishes or clears away what earlier releases left behind.

    A release is valid from the moment it is in the register: then it is switched to. A folder
    that the register does not know never was a release. Of the others as many are kept as the
    settings say; after a removal only the newest, so that what was taken off is on no disk any
    more, and that is certified.

    Raises:
        ProblemError: if a trace of what was taken off is left; the release is served nevertheless.
    """
    project.releases.mkdir(parents=True, exist_ok=True)
    there = [name for name in register.releases() if (project.releases / name).is_dir()]
    kept = there[: project.keep]
    if not kept:
        _keep(project, [])
        return
    switch(project, kept[0])
    certifier = Certifier(project, register, kept[0])
    if not certifier.gone:
        _keep(project, kept)
        return
    if certifier.is_due and len(there) > 1:
        certifier.note_before(project.releases / there[1])
    _keep(project, kept[:1])
    if certifier.is_due:
        certifier.certify(progress)


def _keep(project: Project, names: Sequence[str]) -> None:
    """Removes every release but some."""
    for folder in project.releases.iterdir():
        if folder.is_dir() and not folder.is_symlink() and folder.name not in names:
            remove(folder)


def remove(folder: Path) -> None:
    """Removes a release, after taking it from its address.

    A server that is only now opening it may lay an empty database there, since Datasette opens
    files that do not change for writing too; the folder would not be empty and stay.
    """
    if not folder.name.startswith("."):
        folder = folder.rename(folder.with_name(f".{folder.name}"))
    shutil.rmtree(folder)


def switch(project: Project, name: str) -> None:
    """Makes a release the one being served, in one step of the file system."""
    if project.current.is_symlink() and project.current.readlink().name == name:
        return
    aside = project.releases / ".current"
    aside.unlink(missing_ok=True)
    aside.symlink_to(name)
    aside.replace(project.current)


def release_id(project: Project, register: Register, moment: Moment) -> str:
    """Time and content: equal register, rules, calendar and moment give an equal id."""
    profile, head = project.profile, register.head()
    inputs = (
        moment.cut,
        head["version"],
        head["event"],
        head["edition"],
        profile.model_dump_json(),
        profile.jurisdiction.calendar,
        project.calendar.version,
        __version__,
    )
    short = sha256(orjson.dumps(inputs)).hexdigest()[:8]
    return f"{moment.cut.as_of.translate(str.maketrans('', '', '-:'))}-{short}"


def _refuse_past(register: Register, as_of: datetime) -> None:
    """A release only ever moves forward: what was shown cannot be shown differently later."""
    last = register.last_release()
    if last and utc(as_of) <= last:
        raise ProblemError(
            f"时点 {utc(as_of)} 不晚于上一版本的 {last}。请用更晚的时点，或不写 --as-of。",
            f"{utc(as_of)} is not after the last release's {last}. "
            "Give a later moment, or leave out --as-of.",
        )


def _asked_off(moment: Moment, outcome: Outcome) -> Counter[str]:
    """How many records of each type come off because of an event, and what belongs to them."""
    told = moment.histories
    return Counter(
        name
        for record_id, name, _, reason in outcome.off
        if reason == "parent" or (reason in OFF and record_id in told)
    )


def ended(project: Project, as_of: datetime) -> Counter[str]:
    """How many records of the release being served are past the last day that it states for them.

    Args:
        as_of: the moment; days are those of the profile's time zone.
    """
    if not project.current.exists():
        return Counter()
    today = local(utc(as_of), project.profile.zone)[:10]
    with closing(read_only(project.current / "credit.db")) as db:
        return Counter(
            {
                name: db.execute(
                    f'SELECT count(*) FROM "{name}" WHERE public_until < ?', (today,)
                ).fetchone()[0]
                for name in public_types()
            }
        )


def _check_size(project: Project, manifest: Mapping[str, Any], explained: Counter[str]) -> None:
    """A release that lost many records is more likely a mistake than a true change.

    What came off at somebody's word, one record at a time, is none, and neither is what had been
    announced: the end of a term.
    """
    if not project.current.exists():
        return
    before = read_manifest(project.current)["counts"]
    for name in filter(before.__contains__, public_types()):
        had, has = before[name]["published"], manifest["counts"][name]["published"]
        if has < SHRINK_FAILS * (had - explained[name]):
            raise ProblemError(
                f"{name} 只有 {has} 条，上一版本有 {had} 条。"
                "如确实如此：gongshi release --allow-fewer。",
                f"Only {has} of {name}, the last release had {had}. "
                "If that is right: gongshi release --allow-fewer.",
            )


def _unforeseen(error: Exception) -> ProblemError:
    """The error for a fault that nobody foresaw: its trace goes to the log.

    The public may read this error, so it says no more than what kind of fault it was.
    """
    _logger.error("the release failed", exc_info=error)
    reason = (isinstance(error, OSError) and error.strerror) or type(error).__name__
    return ProblemError(
        f"发布未完成，仍提供原版本：{reason}",
        f"The release was not finished and the old one stays: {reason}",
    )


def _note_failure(register: Register, name: str, moment: Moment, error: GongshiError) -> None:
    """A release that failed is on record."""
    detail = orjson.dumps({"zh": error.zh, "en": error.en}).decode()
    with register.transaction() as db:
        RELEASE.append(db, [(name, moment.cut.as_of, "failed", detail)])


def _enter(
    register: Register,
    name: str,
    moment: Moment,
    manifest: Mapping[str, Any],
    outcome: Outcome,
) -> None:
    """Puts a release in the register, with every record that appeared or came off."""
    stated = {name: manifest["calendar"][name] for name in ("code", "version")}
    detail = orjson.dumps(
        {
            "digest": manifest["digest"]["content"],
            "counts": manifest["counts"],
            "calendar": stated,
        }
    )
    with register.transaction() as db:
        number = RELEASE.append(db, [(name, moment.cut.as_of, "ok", detail.decode())])
        APPEARANCE.append(
            db,
            [
                *((number, record_id, "published", None) for record_id in outcome.appeared),
                *(
                    (number, record_id, "withdrawn", reason)
                    for record_id, _, _, reason in outcome.off
                ),
            ],
        )
