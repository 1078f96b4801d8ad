"""Release, withdraw, verify."""

import sys
from datetime import datetime
from pathlib import Path

import click

from publish.commands.common import as_json, command, echo_json, progress_line, utc_now, writing
from publish.errors import UsageError
from publish.project import open_project
from publish.register.register import EVENT, utc
from publish.release.release import Released, release
from publish.release.verify import verify
from publish.schema import record_type


@click.command("release")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]),
    help="数据时点，默认为现在。The moment of the data; default now.",
)
@click.option("--allow-fewer", is_flag=True, help="允许记录大幅减少。Allow far fewer records.")
@as_json
@click.pass_obj
@command
def release_command(
    root: Path, as_of: datetime | None, *, allow_fewer: bool, json_out: bool
) -> None:
    """发布：判定、脱敏、生成、检查、切换。Disclose, build, check and switch to a new release."""
    with writing(root) as (project, register), progress_line() as progress:
        moment = as_of or utc_now()
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=project.profile.zone)
        done = release(project, register, moment, progress, allow_fewer=allow_fewer)
    echo_release(done, json_out=json_out)


@click.command("withdraw")
@click.argument("record")
@click.option("--reason", required=True, help="撤下的理由，写入登记库。Why; kept in the register.")
@click.option(
    "--kind",
    type=click.Choice(["revoked", "repaired"]),
    default="revoked",
    show_default=True,
    help="决定被撤销，或已信用修复。Decision revoked, or credit repaired.",
)
@click.option("--handler", default="cli", show_default=True, help="经办人。Who decides it.")
@click.pass_obj
@command
def withdraw_command(root: Path, record: str, reason: str, kind: str, handler: str) -> None:
    """撤下一条记录并立即发布。Take RECORD off and release at once."""
    with writing(root) as (project, register), progress_line() as progress:
        if not register.find(record):
            raise UsageError(
                f"没有编号为 {record} 的记录。编号见记录页的地址。",
                f"There is no record {record}. Its id is in the address of its page.",
            )
        with register.transaction() as db:
            EVENT.append(db, [(record, kind, utc(utc_now()), handler, reason)])
        done = release(project, register, utc_now(), progress)
    echo_release(done)


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


def echo_release(done: Released, *, json_out: bool = False) -> None:
    """Prints what a release holds, with the conservation line of each record type."""
    if json_out:
        echo_json({key: done.manifest[key] for key in ("release", "as_of", "counts", "digest")})
        return
    click.echo(f"发布版本 release {done.release}")
    for name, live, published, withheld in done.conservation():
        click.echo(
            f"  {record_type(name).title_zh} {name}: 有效 live {live:,} = "
            f"公开 published {published:,} + 不公开 withheld {withheld:,}"
        )
