"""The commands about sources that are fetched from."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from publish.commands.common import (
    as_json,
    command,
    echo_json,
    progress_line,
    reading,
    utc_now,
    writing,
)
from publish.errors import GongshiError
from publish.fetch.asked import Means
from publish.fetch.look import Table, inspect
from publish.fetch.run import Fetched, fetch
from publish.handin.summary import Counts
from publish.jobs.sources import Sources, State
from publish.project import open_project
from publish.register.register import local, utc
from publish.schema import record_type


@click.group("source")
def source_group() -> None:
    """数据来源。Sources that rows are fetched from: folders, databases, web services."""


@source_group.command("list")
@as_json
@click.pass_obj
@command
def source_list(root: Path, *, json_out: bool) -> None:
    """列出来源和最近一次取数。List the sources, each with its last and next fetch."""
    with reading(root) as (project, register):
        states = Sources(project, register, utc_now, Means(os.environ)).states()
        rows = [_row(state, project.profile.zone) for state in states]
    if json_out:
        echo_json(rows)
        return
    for row in rows:
        click.echo("  ".join(str(row[key] or "-") for key in _LISTED))
        if row["error"]:
            click.echo(f"  {row['error']['zh']}\n  {row['error']['en']}")


@source_group.command("check")
@click.argument("name")
@as_json
@click.pass_obj
@command
def source_check(root: Path, name: str, *, json_out: bool) -> None:
    """检查一个来源。Look at a source: what comes, and what each column becomes.

    只看前几行，什么也不接收；涉及个人的内容以星号代替。Only some rows are looked at and nothing is
    taken in; what may be about a person is masked. Exit code 1 if a column is not mapped or a row
    would be rejected.
    """
    project = open_project(root)
    with _detailed(), progress_line() as progress:
        tables = inspect(project, name, utc_now(), Means(os.environ), progress)
    if json_out:
        echo_json([table.as_dict() for table in tables])
    else:
        click.echo("\n".join(line for table in tables for line in _told(table)))
    if not all(table.sound for table in tables):
        sys.exit(1)


@source_group.command("fetch")
@click.argument("name")
@as_json
@click.pass_obj
@command
def source_fetch(root: Path, name: str, *, json_out: bool) -> None:
    """立即取数并接收。Fetch from a source now and take in what came.

    Exit code 1 if a row or a file was rejected or not all rows came; then nothing was taken in.
    """
    with _detailed(), writing(root) as (project, register), progress_line() as progress:
        done = fetch(project, register, name, utc_now(), Means(os.environ), progress)
        lines = [line for batch in done.batches for line in batch.lines(register)]
    if json_out:
        echo_json(done.as_dict())
    else:
        _echo_fetched(done, lines)
    if done.troubles or any(batch.rejected for batch in done.batches):
        sys.exit(1)


_LISTED = ("name", "kind", "department", "last", "outcome", "rows", "next")


def _row(state: State, zone: ZoneInfo) -> dict[str, Any]:
    """A source as it is listed."""
    source, run = state.source, state.run
    errors = {"zh": state.error.zh, "en": state.error.en} if state.error else run.error
    return {
        "name": state.name,
        "kind": source.fetch.kind if source and source.fetch else None,
        "department": source.department if source else None,
        "last": local(run.started, zone) if run.started else None,
        "outcome": run.outcome,
        "rows": run.rows,
        "next": local(utc(state.due), zone),
        "error": dict(errors) or None,
    }


def _told(table: Table) -> Iterator[str]:
    """What a look found, for people."""
    record = record_type(table.record_type)
    yield f"{table.sheet} {record.title_zh} {record.title_en}".strip()
    for column in table.columns:
        becomes = "、".join(f"{name} {record[name].title_zh}" for name in column.fields)
        unused = "（忽略 ignored）" if column.mapped else "（没有对应字段 not mapped）"
        yield f"  {column.heading} → {becomes or unused}"
    for row in table.sample:
        yield f"  第 {row['line']} 行 line: {'退回 rejected' if row['rejected'] else '通过 passed'}"
        yield from (f"    {name}: {value}" for name, value in row["values"].items())
        yield from (f"    ! {found['zh']} {found['en']}" for found in row["findings"])


def _echo_fetched(done: Fetched, lines: Sequence[str]) -> None:
    """Prints what became of each batch, and what went wrong with files."""
    for line in lines:
        click.echo(line)
    if not done.batches:
        click.echo(f"{done.source}: {Counts().line()}")
    for error in done.troubles:
        click.echo(f"错误：{error.zh}\nError: {error.en}", err=True)


@contextmanager
def _detailed() -> Iterator[None]:
    """Tells whoever keeps the source what the other side said, before the error itself."""
    try:
        yield
    except GongshiError as error:
        if detail := getattr(error, "detail", ""):
            click.echo(detail, err=True)
        raise
