"""`gongshi reference`: departments, other spellings, lists and the catalogue."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from publish.commands.common import as_json, command, echo_json, progress_line, writing
from publish.project import open_project
from publish.reference import check_reference
from publish.reference_load import Loaded, load_table
from publish.schema import REFERENCE_TYPES, record_type
from publish.tables import Trouble

SHOWN = 20
"""How many rows of each sort are named; --json names all."""


@click.group("reference")
def reference_group() -> None:
    """参照表：部门、别名、名单、公示目录。Departments, spellings, lists and the catalogue."""


@reference_group.command("check")
@as_json
@click.pass_obj
@command
def reference_check(root: Path, *, json_out: bool) -> None:
    """检查参照表。Check the tables in data/reference.

    Exit code 1 if anything is wrong.
    """
    project = open_project(root)
    tables, troubles = check_reference(project.data / "reference")
    if json_out:
        rows = {name: len(lines) for name, lines in tables.items()}
        echo_json({"rows": rows, "troubles": [trouble.as_dict() for trouble in troubles]})
    else:
        _echo_troubles(troubles)
        for name, lines in tables.items():
            click.echo(f"{record_type(name).title_zh} {name}: {len(lines):,} 行 rows")
    if troubles:
        sys.exit(1)


@reference_group.command("load")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--type",
    "type_name",
    type=click.Choice(REFERENCE_TYPES),
    help="哪一张表，默认按表头判断。Which table; default by its headings.",
)
@as_json
@click.pass_obj
@command
def reference_load(root: Path, path: Path, type_name: str | None, *, json_out: bool) -> None:
    """载入一张完整的参照表。Take FILE for the whole of a table.

    任一行有误则全部不写入。文件中没有的列保留原值。Nothing is written if any row is wrong; columns
    that the file does not have keep their values. Exit code 1 if anything is wrong.
    """
    with writing(root) as (project, register), progress_line() as progress:
        progress("reference", 0)
        done = load_table(project, register, path, type_name)
    if json_out:
        echo_json(done.as_dict())
    else:
        _echo_loaded(done)
    if done.troubles:
        sys.exit(1)


def _echo_loaded(done: Loaded) -> None:
    """What became of a table, or why nothing did."""
    for note in done.notes:
        click.echo(f"{note.message('zh')}\n{note.message('en')}", err=True)
    _echo_troubles(done.troubles)
    if done.troubles:
        count = len(done.troubles)
        click.echo(f"{count} 处有误，没有写入。{count} wrong; nothing was written.", err=True)
        return
    click.echo(
        f"{done.table.title_zh} {done.table.name}: {done.rows:,} 行 rows，"
        f"新增 added {len(done.added):,}，更改 changed {len(done.changed):,}，"
        f"删除 removed {len(done.removed):,}"
    )
    for sign, keys in (("+", done.added), ("~", done.changed), ("-", done.removed)):
        _echo_keys(sign, keys)


def _echo_keys(sign: str, keys: Sequence[str]) -> None:
    """Rows of one sort, the first of many."""
    for key in keys[:SHOWN]:
        click.echo(f"  {sign} {key}")
    if len(keys) > SHOWN:
        click.echo(f"  {sign} … {len(keys) - SHOWN:,}")


def _echo_troubles(troubles: Iterable[Trouble]) -> None:
    """What is wrong, in both languages."""
    for trouble in troubles:
        click.echo(f"{trouble.text('zh')}\n{trouble.text('en')}", err=True)
