"""`gongshi profile`: the rules as a table, whether they hold together, how two differ."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from publish.commands.common import as_json, command, echo_json
from publish.errors import UsageError
from publish.profile import ancestors, load_profile
from publish.project import Project, open_project, profile_names
from publish.rulebook import Figure, differences, figures


@click.group("profile")
def profile_group() -> None:
    """规则：每个数字及其出处。The rules: every figure with its source.

    规则文件在 data/profiles。不写名称的，是本项目所用的规则。The files lie in data/profiles;
    without a NAME, the one that this project uses.
    """


@profile_group.command("list")
@as_json
@click.pass_obj
@command
def profile_list(root: Path, *, json_out: bool) -> None:
    """列出规则，* 为本项目所用。List the profiles; * is this project's own."""
    project = open_project(root)
    found = [_heading(project, name) for name in profile_names(root)]
    if json_out:
        echo_json(found)
        return
    for one in found:
        mark = "*" if one["used"] else " "
        line = f"{mark} {one['name']:16} {one['version']:8} {one['name_zh']} {one['name_en']}"
        click.echo(line + (f"  ← {' ← '.join(one['extends'])}" if one["extends"] else ""))


@profile_group.command("show")
@click.argument("name", required=False)
@as_json
@click.pass_obj
@command
def profile_show(root: Path, name: str | None, *, json_out: bool) -> None:
    """列出全部规则：数字、起始日、出处、沿用自何处。Every figure, from when on, by what source."""
    project = open_project(root)
    path = _path(project, name)
    rows, parents = list(figures(load_profile(path))), ancestors(path)
    if json_out:
        echo_json([_as_dict(row) | {"inherited": row.profile in parents} for row in rows])
        return
    for row in rows:
        inherited = f"  ← {row.profile}" if row.profile in parents else ""
        click.echo(f"{_key(row)} = {_value(row)}{inherited}\n    {_source(row)}")


@profile_group.command("check")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@as_json
@click.pass_obj
@command
def profile_check(root: Path, names: tuple[str, ...], *, json_out: bool) -> None:
    """检查规则文件，退出码 1 表示有误。Check the files; exit code 1 if one is wrong."""
    project = open_project(root)
    paths = [_path(project, name) for name in names or (None,)]
    found = [_checked(path) for path in paths]
    if json_out:
        echo_json(found)
    else:
        for one in found:
            click.echo(_verdict(one))
    sys.exit(1 if any("error_zh" in one for one in found) else 0)


@profile_group.command("diff")
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@as_json
@click.pass_obj
@command
def profile_diff(root: Path, one: str, other: str, *, json_out: bool) -> None:
    """两套规则不同的数字及各自的出处。The figures that differ, with both sources."""
    project = open_project(root)
    found = list(differences(*(load_profile(_path(project, name)) for name in (one, other))))
    if json_out:
        echo_json([[row and _as_dict(row) for row in pair] for pair in found])
        return
    for mine, yours in found:
        either = mine or yours
        if either is not None:
            click.echo(_key(either))
        click.echo("\n".join([*_side(one, mine), *_side(other, yours)]))
    if not found:
        click.echo("没有不同。No figure differs.")


def _path(project: Project, name: str | None) -> Path:
    """The file of a profile, of the project's own without a name.

    Raises:
        UsageError: if there is no such profile.
    """
    if name is None:
        return project.profile_path
    names = list(profile_names(project.root))
    if name not in names:
        raise UsageError(
            f"没有名为 {name} 的规则。可用：{'、'.join(names)}。",
            f"There is no profile {name}. There are: {', '.join(names)}.",
        )
    return project.data / "profiles" / f"{name}.toml"


def _heading(project: Project, name: str) -> dict[str, Any]:
    """A profile's name, version and what it inherits from."""
    path = _path(project, name)
    place = load_profile(path).jurisdiction
    return {
        "name": name,
        "name_zh": place.name_zh,
        "name_en": place.name_en,
        "version": place.version,
        "extends": list(ancestors(path)),
        "used": path == project.profile_path,
    }


def _checked(path: Path) -> dict[str, Any]:
    """How many figures a profile has, or what is wrong with it."""
    try:
        sources = [row.source for row in figures(load_profile(path)) if row.name]
    except UsageError as error:
        return {"name": path.stem, "error_zh": error.zh, "error_en": error.en}
    defaults = sources.count("")
    return {"name": path.stem, "figures": len(sources) - defaults, "defaults": defaults}


def _verdict(one: dict[str, Any]) -> str:
    """A line, or two, on a profile that was checked."""
    if "error_zh" in one:
        return f"{one['name']}\n  错误：{one['error_zh']}\n  Error: {one['error_en']}"
    return (
        f"{one['name']}: {one['figures']} 项有出处 figures with a source, "
        f"{one['defaults']} 项为程序默认 defaults of the program"
    )


def _as_dict(row: Figure) -> dict[str, Any]:
    """A figure for programs."""
    return row._asdict() | {"unit": row.unit if row.name else None}


def _key(row: Figure) -> str:
    """Where a figure stands, and from when on it holds."""
    since = f" [{row.valid_from}]" if row.valid_from else ""
    return f"{row.rule}{since}{'.' if row.name else ''}{row.name}"


def _value(row: Figure) -> str:
    """A figure as text."""
    if not row.name:
        return "—"
    return ", ".join(str(value) for value in row.values)


def _source(row: Figure) -> str:
    """Where it comes from."""
    return row.source or "程序默认 default of the program"


def _side(name: str, row: Figure | None) -> Iterator[str]:
    """One profile's side of a difference."""
    yield f"  {name}: {_value(row) if row else '—'}"
    if row:
        yield f"    {_source(row)}" + (
            f"  ← {row.profile}" if row.profile not in {"", name} else ""
        )
