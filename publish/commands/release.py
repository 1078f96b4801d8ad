"""Release, withdraw, mark, verify."""

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import ParamSpec
from zoneinfo import ZoneInfo

import click

from publish.commands.common import as_json, command, echo_json, progress_line, utc_now, writing
from publish.errors import UsageError
from publish.project import open_project
from publish.register.removal import OBJECTION, OFF, Happening, mark, next_moment, withdraw
from publish.release.certificate import certificates
from publish.release.release import Released, release
from publish.release.verify import verify
from publish.schema import record_type

P = ParamSpec("P")


@click.command("release")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]),
    help="数据时点，默认为现在。The moment of the data; default now.",
)
@click.option("--allow-fewer", is_flag=True, help="允许记录大幅减少。Allow far fewer records.")
@click.option(
    "--full",
    is_flag=True,
    help="全部记录重新判定，不沿用上一版本。Judge every record anew, taking nothing over.",
)
@as_json
@click.pass_obj
@command
def release_command(
    root: Path, as_of: datetime | None, *, allow_fewer: bool, full: bool, json_out: bool
) -> None:
    """发布：判定、脱敏、生成、检查、切换。Disclose, build, check and switch to a new release."""
    with writing(root) as (project, register), progress_line() as progress:
        moment = as_of or utc_now()
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=project.profile.zone)
        done = release(project, register, moment, progress, allow_fewer=allow_fewer, full=full)
        papers = certificates(project, done.release)
    echo_release(done, json_out=json_out, certificates=papers)


def happening(function: Callable[P, None]) -> Callable[P, None]:
    """Adds which records something happened to, why, and who says so."""
    for option in (
        as_json,
        click.option("--handler", default="cli", show_default=True, help="经办人。Who decides it."),
        click.option(
            "--reason", required=True, help="理由，写入登记库。Why; kept in the register."
        ),
        click.argument("records", metavar="RECORD...", nargs=-1, required=True),
    ):
        function = option(function)
    return function


@click.command("withdraw")
@happening
@click.option(
    "--kind",
    type=click.Choice(list(OFF)),
    default="revoked",
    show_default=True,
    help="决定被撤销、已信用修复，或异议成立。Revoked, repaired, or an objection upheld.",
)
@click.option(
    "--on",
    "decided",
    type=click.DateTime(["%Y-%m-%d"]),
    help="撤销、修复或异议决定的日期，期限自此起算，默认为今天。When decided; default today.",
)
@click.pass_obj
@command
def withdraw_command(
    root: Path,
    records: tuple[str, ...],
    reason: str,
    handler: str,
    kind: str,
    decided: datetime | None,
    *,
    json_out: bool,
) -> None:
    """撤下记录并立即发布。Take RECORDs off and release once, at once.

    撤下证明写在 data/certificates。Certificates of removal are written there. Exit code 1 if a
    trace of a record is left.
    """
    with writing(root) as (project, register), progress_line() as progress:
        now = next_moment(register, utc_now())
        day = _past_day(decided, now, project.profile.zone) if decided else None
        what = Happening(kind, now, handler, reason, day)
        withdraw(register, dict.fromkeys(records), what)
        done = release(project, register, next_moment(register, utc_now()), progress)
        papers = certificates(project, done.release)
    echo_release(done, json_out=json_out, certificates=papers)


@click.command("mark")
@happening
@click.option(
    "--kind",
    type=click.Choice([*OBJECTION, *OFF]),
    required=True,
    help="发生了什么。What happened.",
)
@click.pass_obj
@command
def mark_command(
    root: Path, records: tuple[str, ...], reason: str, handler: str, kind: str, *, json_out: bool
) -> None:
    """记下异议的提出和办结。Note that an objection to RECORDs was made or dealt with.

    在下一次发布时生效。It counts from the next release on. revoked, repaired and upheld are for
    records that are not public, and keep them from becoming so; gongshi withdraw takes public ones
    off.
    """
    with writing(root) as (_, register):
        what = Happening(kind, next_moment(register, utc_now()), handler, reason)
        mark(register, dict.fromkeys(records), what)
    if json_out:
        echo_json({"kind": kind, "records": list(dict.fromkeys(records))})
        return
    zh, en = {**OBJECTION, **OFF}[kind]
    click.echo(f"已记下 {len(set(records))} 条：{zh}。Noted for {len(set(records))}: {en}.")


def _past_day(day: datetime, now: datetime, zone: ZoneInfo) -> datetime:
    """The start of a day that is not in the future."""
    start = day.replace(tzinfo=zone)
    if start > now:
        raise UsageError(f"{day:%Y-%m-%d} 还没有到。", f"{day:%Y-%m-%d} is still to come.")
    return start


@click.command("verify")
@as_json
@click.pass_obj
@command
def verify_command(root: Path, *, json_out: bool) -> None:
    """核验 Check that everything is still as it was written.

    登记库的散列链、发布文件的校验值、公开内容。The register's hash chains, the released files'
    checksums, and every public byte for what is internal. Exit code 1 if anything is found.
    """
    project = open_project(root)
    with progress_line() as progress:
        troubles = list(verify(project, progress))
    if json_out:
        echo_json([vars(trouble) for trouble in troubles])
    for trouble in () if json_out else troubles:
        click.echo(f"{trouble.zh}\n{trouble.en}")
    if troubles:
        sys.exit(1)
    if not json_out:
        click.echo("核验无误。Everything is as it was written.")


def echo_release(
    done: Released, *, json_out: bool = False, certificates: Sequence[Path] = ()
) -> None:
    """Prints what a release holds, with the conservation line of each record type."""
    papers = list(map(str, certificates))
    if json_out:
        stated = {
            key: done.manifest[key] for key in ("release", "as_of", "counts", "calendar", "digest")
        }
        echo_json(stated | ({"certificates": papers} if papers else {}))
        return
    click.echo(f"发布版本 release {done.release}")
    for name, live, published, withheld in done.conservation():
        click.echo(
            f"  {record_type(name).title_zh} {name}: 有效 live {live:,} = "
            f"公开 published {published:,} + 不公开 withheld {withheld:,}"
        )
    _echo_calendar(done)
    for paper in papers:
        click.echo(f"撤下证明 certificate {paper}")


def _echo_calendar(done: Released) -> None:
    """Prints what the last change of the calendar moved."""
    stated = done.manifest["calendar"]
    if "before" not in stated:
        return
    change = f"日历 calendar {stated['code']} {stated['before']} → {stated['version']}"
    if stated["moved"] is None:
        click.echo(
            f"{change}: 原版本未留存，无法列出变动的期限 "
            "the version before was not kept, so nobody can say which deadlines moved"
        )
        return
    count, departments = sum(stated["moved"].values()), len(stated["moved"])
    click.echo(
        f"{change}: 变动的义务 duties moved {count:,}，部门 departments {departments:,}，见 see "
        "/calendar/"
    )
