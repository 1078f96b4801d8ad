"""What the commands share: errors as exit codes, the project held for writing, progress, JSON."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import click

from publish.errors import GongshiError
from publish.lock import writer_lock
from publish.progress import ProgressLine
from publish.project import Project, open_project
from publish.register.register import Register, open_register

P = ParamSpec("P")


def command(function: Callable[P, None]) -> Callable[P, None]:
    """Turns our errors into one line in each language and an exit code."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except GongshiError as error:
            click.echo(f"错误：{error.zh}\nError: {error.en}", err=True)
            sys.exit(error.exit_code)

    return run


def as_json(function: Callable[P, None]) -> Callable[P, None]:
    """Adds the option --json."""
    return click.option(
        "--json", "json_out", is_flag=True, help="输出 JSON。Print JSON for programs."
    )(function)


@contextmanager
def reading(root: Path) -> Iterator[tuple[Project, Register]]:
    """The project and its register, to look at."""
    project = open_project(root)
    with open_register(project.register) as register:
        yield project, register


@contextmanager
def writing(root: Path) -> Iterator[tuple[Project, Register]]:
    """The project and its register, held so that nobody else writes."""
    project = open_project(root)
    with writer_lock(project.lock), open_register(project.register) as register:
        yield project, register


@contextmanager
def progress_line() -> Iterator[ProgressLine]:
    """Progress on the error stream."""
    line = ProgressLine(time.monotonic)
    try:
        yield line
    finally:
        line.close()


def utc_now() -> datetime:
    """The time, for the one place where it comes in."""
    return datetime.now(UTC)


def echo_json(value: object) -> None:
    """Prints a value for programs."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
