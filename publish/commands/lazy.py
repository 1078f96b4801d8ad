"""Groups whose commands are loaded when they are asked for, so that small ones start at once."""

from collections.abc import Mapping
from importlib import import_module

import click


def commands_of(modules: Mapping[str, str]) -> type[click.Group]:
    """The class of a group whose commands lie in modules of `publish.commands`.

    Args:
        modules: each command and the module that it is in, in the order of the help.
    """

    class Commands(click.Group):
        """Loads a command's module when the command is asked for."""

        def list_commands(self, _context: click.Context) -> list[str]:
            """The names of all commands."""
            return list(modules)

        def get_command(self, _context: click.Context, name: str) -> click.Command | None:
            """The command of that name."""
            return _load(modules[name], name) if name in modules else None

    return Commands


def _load(module: str, name: str) -> click.Command:
    """The command of a name in a module."""
    found = vars(import_module(f"publish.commands.{module}")).values()
    return next(c for c in found if isinstance(c, click.Command) and c.name == name)
