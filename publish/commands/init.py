"""Lay out a new project."""

from pathlib import Path

import click

from publish.commands.common import command
from publish.project import init_project, profile_names, project_template


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--profile",
    default="demo-city",
    show_default=True,
    help="规则文件名（data/profiles）。The jurisdiction's rules.",
)
@click.option("--list", "list_profiles", is_flag=True, help="列出可用的规则。List the profiles.")
@command
def init_command(folder: Path, profile: str, *, list_profiles: bool) -> None:
    """新建空项目。Lay out a new, empty project in FOLDER."""
    if list_profiles:
        click.echo("\n".join(profile_names(project_template())))
        return
    project = init_project(folder, profile)
    click.echo(
        f"已建立项目 {project.root}\n"
        f"Made the project {project.root}\n\n"
        "下一步 next:\n"
        "  1. data/reference/departments.csv   部门 the departments\n"
        "  2. gongshi template penalty -o penalty.xlsx\n"
        "  3. gongshi intake FILE && gongshi release && gongshi serve"
    )
