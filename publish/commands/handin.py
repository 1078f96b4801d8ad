"""Take files in, look at what was handed in, and give out the blank tables."""

import sys
from pathlib import Path

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
from publish.errors import UsageError
from publish.handin.intake import Batch, Handing, intake
from publish.handin.summary import Counts, batch_summary
from publish.handin.template import write_template
from publish.schema import RECORD_TYPES, REFERENCE_TYPES, record_type


@click.command("intake")
@click.argument("paths", metavar="FILE...", type=click.Path(path_type=Path), nargs=-1)
@click.option(
    "--type", "type_name", type=click.Choice(RECORD_TYPES), help="记录类型，默认按表头判断。"
)
@click.option("--source", help="data/sources 中的来源名（列对照）。A source with its column map.")
@click.option("--department", help="报送部门编码。The department that hands in.")
@click.option("--handler", default="cli", show_default=True, help="经办人。Who hands it over.")
@as_json
@click.pass_obj
@command
def intake_command(
    root: Path,
    paths: tuple[Path, ...],
    type_name: str | None,
    source: str | None,
    department: str | None,
    handler: str,
    *,
    json_out: bool,
) -> None:
    """接收文件：读取、校验、登记。Read, validate and register files.

    退回的行写入 data/returned，改正后可再次报送。Rejected rows are written to data/returned;
    correct them there and hand that file in again. Exit code 1 if any row was rejected.
    """
    if not paths:
        raise UsageError("请给出要接收的文件。", "Name the files to take in.")
    batches: list[Batch] = []
    with writing(root) as (project, register), progress_line() as progress:
        for path in paths:
            handing = Handing(utc_now(), handler, source, type_name, department)
            batches += intake(project, register, path, handing, progress)
        lines = [line for batch in batches for line in batch.lines(register)]
    if json_out:
        echo_json([batch.as_dict() for batch in batches])
    else:
        click.echo("\n".join(lines))
    if any(batch.rejected for batch in batches):
        sys.exit(1)


@click.command("batches")
@click.option(
    "--last", default=20, show_default=True, help="最近几批，0为全部。How many; 0 is all."
)
@as_json
@click.pass_obj
@command
def batches_command(root: Path, last: int, *, json_out: bool) -> None:
    """已接收的批次，每批一行。What was handed in, a conservation line for each batch."""
    with reading(root) as (_, register):
        rows = list(register.batches(last or None))
    if json_out:
        echo_json(rows)
        return
    for row in rows:
        counts = Counts(**{name: row[name] for name in vars(Counts())})
        click.echo(f"{row['seq']:>6} {row['received']} {row['file_name']}: {counts.line()}")


@click.command("batch")
@click.argument("number", type=int)
@as_json
@click.pass_obj
@command
def batch_command(root: Path, number: int, *, json_out: bool) -> None:
    """一个批次的汇总：每种问题的行数和改法。A batch in short: each kind of finding, what to do."""
    with reading(root) as (_, register):
        summary = batch_summary(register, number)
    if json_out:
        echo_json(summary.as_dict())
    else:
        click.echo("\n".join(summary.lines()))


@click.command("template")
@click.argument("type_name", metavar="TYPE", type=click.Choice((*RECORD_TYPES, *REFERENCE_TYPES)))
@click.option("--format", "kind", type=click.Choice(["xlsx", "csv"]), default="xlsx")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="文件名。Where to write it.")
@command
def template_command(type_name: str, kind: str, output: Path | None) -> None:
    """空白表，含下拉选项和示例。The blank table of a type, with lists, notes, an example."""
    record = record_type(type_name)
    path = output or Path(f"{record.title_zh}.{kind}")
    write_template(record, path)
    click.echo(str(path))
