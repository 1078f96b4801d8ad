"""`gongshi monitor`: the figures by which departments are held to their duties."""

import click

from publish.commands.lazy import commands_of

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


@click.group("monitor", cls=commands_of(SUBCOMMANDS))
def monitor_group() -> None:
    """考核：定稿、更正、复算。The figures: close periods, restate and reproduce them."""
