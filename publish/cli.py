"""The command `gongshi`."""

from pathlib import Path

import click

from publish import __version__
from publish.commands.lazy import commands_of

COMMANDS = {
    "init": "init",
    "intake": "handin",
    "template": "handin",
    "batches": "handin",
    "batch": "handin",
    "review": "review",
    "source": "source",
    "reference": "reference",
    "release": "release",
    "withdraw": "release",
    "mark": "release",
    "explain": "explain",
    "verify": "release",
    "export": "export",
    "deadline": "calendar",
    "calendar": "calendar",
    "monitor": "monitor",
    "profile": "profile",
    "serve": "serve",
    "run": "serve",
    "job": "serve",
    "demo": "demo",
}
"""Each command and the module of `publish.commands` that it is in, in the order of the help."""


@click.group(
    cls=commands_of(COMMANDS),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    default=Path(),
    help="项目文件夹，默认为当前文件夹。The project's folder; default the current one.",
)
@click.version_option(__version__, prog_name="gongshi")
@click.pass_context
def main(context: click.Context, root: Path) -> None:
    """公示 gongshi: from departments' files to open data that can be trusted."""
    context.obj = root


if __name__ == "__main__":
    main()
