"""Serve the portal, with or without the scheduled jobs; run one of them."""

from collections.abc import Callable
from pathlib import Path

import click

from publish.commands.common import P, command, utc_now
from publish.jobs.actions import Actions
from publish.jobs.jobs import Runner, run
from publish.jobs.timetable import JOBS
from publish.project import open_project
from publish.register.register import open_register
from publish.serve.server import serve


def serving(function: Callable[P, None]) -> Callable[P, None]:
    """Adds the options of a server."""
    for option in (
        click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64)),
        click.option("--port", default=8001, show_default=True, type=click.IntRange(0, 65535)),
        click.option("--host", default="127.0.0.1", show_default=True),
    ):
        function = option(function)
    return function


def announce(address: str) -> None:
    """Says where the portal is."""
    click.echo(f"\n门户已就绪 The portal is ready: {address}\n按 Ctrl-C 停止 Ctrl-C stops it.")


@click.command("serve")
@serving
@click.pass_obj
@command
def serve_command(root: Path, host: str, port: int, workers: int) -> None:
    """在一个端口上提供网站和数据。Serve the site and Datasette on one port."""
    serve(open_project(root), host, port, workers, announce)


@click.command("run")
@serving
@click.pass_obj
@command
def run_command(root: Path, host: str, port: int, workers: int) -> None:
    """计划任务与服务。The scheduled jobs, and the server beside them."""
    project = open_project(root)
    with open_register(project.register) as register:
        jobs = Actions(project, register, utc_now)
        runner = Runner(project, jobs.by_name(), register, utc_now, jobs.urgent, jobs.sources)
        run(runner, host, port, workers, announce)


@click.command("job")
@click.argument("name", type=click.Choice([job.name for job in JOBS]))
@click.pass_obj
@command
def job_command(root: Path, name: str) -> None:
    """立即执行一个任务。Run one job now, as cron or a systemd timer would."""
    project = open_project(root)
    with open_register(project.register) as register:
        jobs = Actions(project, register, utc_now)
        runner = Runner(project, jobs.by_name(), register, utc_now, more=jobs.sources)
        runner.run_once(name)
