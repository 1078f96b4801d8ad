"""Tell departments what is due."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from publish.alerts.send import Told, send_alerts
from publish.commands.common import as_json, command, echo_json, utc_now, writing
from publish.fetch.asked import Means


@click.command("alerts")
@click.option("--dry-run", is_flag=True, help="只列出，不发送。Only list them; send nothing.")
@as_json
@click.pass_obj
@command
def alerts_command(root: Path, *, dry_run: bool, json_out: bool) -> None:
    """发送提醒：即将到期、新逾期、改期、定稿。Tell what is due, overdue, moved or closed, once.

    收件人和网址见 data/alerts.toml。Who is told stands in data/alerts.toml. Exit code 1 if somebody
    could not be told.
    """
    with writing(root) as (project, register):
        told = send_alerts(project, register, utc_now, Means(os.environ), dry_run=dry_run)
    if json_out:
        echo_json([_as_json(one) for one in told])
    else:
        _echo(told)
    if any(one.error for one in told):
        sys.exit(1)


def _echo(told: Sequence[Told]) -> None:
    """Prints what became of the events of each channel."""
    said = {"told": "已送达 told", "failed": "未送达 not told", "waiting": "待发 to be told"}
    for one in told:
        click.echo(f"{one.channel}: {said[one.outcome]} {len(one.events)}")
        if one.outcome == "waiting":
            for event in one.events:
                click.echo(f"  {event.kind} {event.department} {event.due_date} {event.event}")
        if one.error:
            click.echo(f"  {one.error.zh} {one.error.en}", err=True)
    if not told:
        click.echo("没有新的提醒。There is nothing new to tell.")


def _as_json(one: Told) -> dict[str, object]:
    """What became of some events, for programs."""
    return {
        "channel": one.channel,
        "outcome": one.outcome,
        "events": [event.event for event in one.events],
        "error": one.error and {"zh": one.error.zh, "en": one.error.en},
    }
