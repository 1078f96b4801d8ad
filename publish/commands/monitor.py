"""`gongshi monitor`: the figures by which departments are held to their duties."""

from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from publish.commands.common import as_json, command, echo_json, utc_now
from publish.commands.lazy import commands_of
from publish.errors import UsageError

SUBCOMMANDS = {
    "close": "monitor_editions",
    "restate": "monitor_editions",
    "reproduce": "monitor_editions",
    "editions": "monitor_editions",
    "explain": "monitor_explain",
    "report": "monitor_report",
    "alerts": "monitor_alerts",
}
"""Each subcommand and the module of `publish.commands` that it is in, in the order of the help."""


@click.group("monitor", cls=commands_of(SUBCOMMANDS), invoke_without_command=True)
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="本机或集群。On this machine, or on a cluster.",
)
@click.option(
    "--master", default="local[*]", show_default=True, help="Spark 集群地址。The cluster's address."
)
@click.option(
    "--facts",
    type=click.Path(path_type=Path),
    help="各市发布的 Parquet 文件所在文件夹。The folder of the cities' Parquet files.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="结果写入的文件夹。Where the figures go."
)
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="各市发布的日期，默认为今天。The day of the cities' releases; default today.",
)
@as_json
@click.pass_context
@command
def monitor_group(
    context: click.Context,
    engine: str,
    master: str,
    facts: Path | None,
    out: Path | None,
    on: datetime | None,
    *,
    json_out: bool,
) -> None:
    """考核：定稿、更正、复算、说明、报表、提醒。The figures: close periods, explain, report, alert.

    不写子命令而写 --facts 和 --out，则计算多个城市的全部指标。With --facts and --out instead of a
    command: all indicators of many cities, see docs/how-to/scale-out.md.
    """
    asked = context.invoked_subcommand
    if facts and out and not asked:
        day = on or utc_now().astimezone()
        _of_many(engine, master, facts, out, day, json_out=json_out)
    elif facts or out:
        raise UsageError(
            "--facts 和 --out 须一并写明，且不与子命令同用。",
            "Give both --facts and --out, and no command with them.",
        )
    elif not asked:
        click.echo(context.get_help())


def _of_many(
    engine: str, master: str, facts: Path, out: Path, day: datetime, *, json_out: bool
) -> None:
    """Computes the figures of many cities and says how many there are."""
    # The libraries of the engines take a second to load, which the subcommands need not wait for.
    from monitor import engine as engines  # noqa: PLC0415
    from monitor.province import figures  # noqa: PLC0415

    with ExitStack() as stack:
        aside = Path(stack.enter_context(TemporaryDirectory()))
        chosen = engines.duckdb(aside) if engine == "duckdb" else engines.spark(master)
        made = figures(facts, out, stack.enter_context(chosen), day.date())
    if json_out:
        echo_json({**made._asdict(), "out": str(out)})
        return
    click.echo(
        f"义务 duties {made.duties:,}  部门 departments {made.departments:,}  "
        f"期间 periods {made.periods:,}  指标 indicators {made.indicators:,}  → {out}"
    )
