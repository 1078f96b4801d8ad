"""`gongshi monitor close`, `restate`, `reproduce`, `editions`: figures that stay as they were."""

import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, ParamSpec

import click

from monitor.editions import Edition
from monitor.moves import ALL, CALENDAR, DATA, METHOD, Move
from publish.commands.common import (
    as_json,
    command,
    echo_json,
    progress_line,
    reading,
    utc_now,
    writing,
)
from publish.progress import ProgressLine
from publish.project import Project
from publish.register.register import Register, local
from publish.register.removal import next_moment
from publish.release.close import close, restate
from publish.release.editions import entries, entry
from publish.release.release import release
from publish.release.reproduce import other_versions, reproduce

P = ParamSpec("P")

_CAUSES = {DATA: "数据 data", CALENDAR: "日历 calendar", METHOD: "方法 method"}


def _closing(function: Callable[P, None]) -> Callable[P, None]:
    """Adds what closing and restating share."""
    for option in (
        as_json,
        click.option(
            "--no-release",
            is_flag=True,
            help="不立即发布，留待下一次发布。Leave its publication to the next release.",
        ),
        click.option("--handler", default="cli", show_default=True, help="经办人。Who decides it."),
        click.argument("period", metavar="PERIOD"),
    ):
        function = option(function)
    return function


@click.command("close")
@_closing
@click.pass_obj
@command
def close_command(
    root: Path, period: str, handler: str, *, no_release: bool, json_out: bool
) -> None:
    """期间定稿并发布。Close PERIOD: freeze its figures for good, and publish them.

    PERIOD 如 2026-09、2026Q3、2026H2、2026。The figures are those of the release being served. They
    are written to data/editions, which belongs into the backup. Exit code 1 if the period cannot be
    closed yet.
    """
    with writing(root) as (project, register), progress_line() as progress:
        at = next_moment(register, utc_now())
        made = close(project, register, period, handler, at, progress)
        published = None if no_release else _publish(project, register, progress)
    _echo_made(made, [], published, json_out=json_out)


@click.command("restate")
@_closing
@click.option("--reason", required=True, help="更正理由，会公开。Why; it is public.")
@click.pass_obj
@command
def restate_command(
    root: Path, period: str, handler: str, reason: str, *, no_release: bool, json_out: bool
) -> None:
    """更正已定稿的期间并发布。Restate a closed PERIOD: a further edition beside the first.

    列出每个变动的部门、原值、新值和原因。It lists every department whose figures or rank moved, and
    why: data, calendar or method. Exit code 1 if nothing moved.
    """
    with writing(root) as (project, register), progress_line() as progress:
        at = next_moment(register, utc_now())
        made, moved = restate(project, register, period, reason, handler, at, progress)
        published = None if no_release else _publish(project, register, progress)
    _echo_made(made, moved, published, json_out=json_out)


@click.command("reproduce")
@click.argument("edition", metavar="EDITION|PERIOD")
@as_json
@click.pass_obj
@command
def reproduce_command(root: Path, edition: str, *, json_out: bool) -> None:
    """由登记库重新算出定稿，逐字节比较。Make an edition again from the register and compare.

    只写期间时指其最新一稿。A PERIOD means its newest edition. What was handed in or changed since
    takes no part. Exit code 1 if a byte differs.
    """
    with reading(root) as (project, register), progress_line() as progress:
        one = entry(register, edition)
        different = reproduce(project, register, one, progress)
        versions = other_versions(project, one)
    if json_out:
        said = {"edition": one.edition, "digest": one.digest, "different": different}
        echo_json(said | {"other_versions": versions})
    elif different:
        click.echo(f"{one.edition}: 不同 {len(different)} 个文件 files differ")
        for name in different:
            click.echo(f"  {name}")
        for name, (then, now) in versions.items():
            click.echo(f"  当时 then {name} {then}，现在 now {now or '—'}")
    else:
        click.echo(f"{one.edition}: 逐字节相同 every byte is the same  {one.digest}")
    sys.exit(bool(different))


@click.command("editions")
@as_json
@click.pass_obj
@command
def editions_command(root: Path, *, json_out: bool) -> None:
    """列出全部定稿。List the editions."""
    with reading(root) as (project, register):
        zone = project.profile.zone
        found: list[dict[str, Any]] = [
            {"edition": one.edition}
            | one._asdict()
            | {"as_of": local(one.as_of, zone), "closed": local(one.closed, zone)}
            for one in entries(register)
        ]
    if json_out:
        echo_json(found)
        return
    for one in found:
        click.echo(
            f"{one['edition']}  定稿 closed {one['closed']}  数据截至 as of {one['as_of']}  "
            f"{one['handler']}  {one['reason']}".rstrip()
        )
    if not found:
        click.echo("还没有定稿。No period was closed yet.")


def _publish(project: Project, register: Register, progress: ProgressLine) -> str:
    """Releases what was closed; returns the release."""
    at = next_moment(register, utc_now())
    return release(project, register, at, progress).release


def _echo_made(
    made: Edition, moved: Sequence[Move], published: str | None, *, json_out: bool
) -> None:
    """Says what was closed, what moved, and which release publishes it."""
    if json_out:
        stated = {"edition": made.edition, "digest": made.digest, "as_of": made.as_of}
        moves = [move._asdict() for move in moved]
        echo_json(stated | {"moves": moves, "release": published})
        return
    click.echo(f"定稿 edition {made.edition}  数据截至 as of {made.as_of}  {made.digest}")
    for line in _moved(moved):
        click.echo(line)
    click.echo(f"发布版本 release {published or '—'}")


def _moved(moved: Sequence[Move]) -> Iterator[str]:
    """Each department that moved, and what of it."""
    whole = [move for move in moved if move.record_type == ALL]
    for department, moves in groupby(whole, key=lambda move: move.department):
        yield f"  {department}"
        for move in moves:
            why = "、".join(_CAUSES[cause] for cause in move.why.split("+"))
            before, after = _figures(move)
            yield f"    {move.name}: {before} → {after}（{why}）"


def _figures(move: Move) -> tuple[str, str]:
    """A figure before and after."""
    pairs = (move.before, move.after), (move.before_text, move.after_text)
    before, after = next((p for p in pairs if p != (None, None)), pairs[0])
    return _figure(before), _figure(after)


def _figure(value: float | str | None) -> str:
    """A figure; that there is none is a dash."""
    if value is None:
        return "—"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
