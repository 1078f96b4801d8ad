"""A demo to look at."""

from pathlib import Path

import click

from publish.commands.common import command, progress_line, reading
from publish.commands.release import echo_release
from publish.commands.serve import announce, serving
from publish.demo.run import QUARTER, RECORDS, SEED, city, letters, prepare
from publish.handin.intake import Batch
from publish.handin.summary import Counts
from publish.register.register import Register
from publish.serve.server import serve

FEW = 10
"""Up to so many batches each has its own line."""


@click.command("demo")
@click.option("--records", default=RECORDS, show_default=True, type=click.IntRange(100, 20_000_000))
@click.option("--seed", default=SEED, show_default=True)
@click.option("--real", is_flag=True, help="美国FDA警告信的真实数据。3,374 real letters instead.")
@click.option("--no-serve", is_flag=True, help="只生成，不启动服务。Build only.")
@serving
@click.pass_obj
@command
def demo_command(
    root: Path,
    records: int,
    seed: int,
    host: str,
    port: int,
    workers: int,
    *,
    real: bool,
    no_serve: bool,
) -> None:
    """演示 A demo: from files to a portal that is served.

    虚构城市，或美国FDA警告信的真实数据；再次运行则直接提供已有的门户。A fictional city, or real
    letters; run again, it serves what is there.
    """
    plan = letters() if real else city(records, seed, QUARTER)
    with progress_line() as progress:
        prepared = prepare(root, plan, progress)
    if prepared.released:
        with reading(root) as (_, register):
            echo_batches(register, prepared.batches)
        echo_release(prepared.released)
    if not no_serve:
        serve(prepared.project, host, port, workers, announce)


def echo_batches(register: Register, batches: list[Batch]) -> None:
    """Prints what became of each batch, or of all together where they are many."""
    if len(batches) <= FEW:
        click.echo("\n".join(line for batch in batches for line in batch.lines(register)))
        return
    total = Counts()
    for batch in batches:
        total.merge(batch.counts)
    click.echo(f"{len(batches):,} 批 batches: {total.line()}")
