"""Reports for the assessment office: league table, scorecards, circular."""

from datetime import datetime
from pathlib import Path
from typing import Literal, TypedDict, Unpack

import click

from publish.commands.common import as_json, command, echo_json, reading, utc_now
from publish.release.handout import SORTS, Wanted, report

LIMITS: tuple[Literal["late_over", "compliance_under", "rectify_days"], ...] = (
    "late_over",
    "compliance_under",
    "rectify_days",
)
"""What the circular may have otherwise than the rules."""
_SHARE = click.FloatRange(0, 1)


class Asked(TypedDict):
    """What is asked for besides a period."""

    edition: int | None
    sorts: tuple[str, ...]
    departments: tuple[str, ...]
    number: str
    late_over: float | None
    compliance_under: float | None
    rectify_days: int | None
    template: Path | None


@click.command("report")
@click.argument("period")
@click.option("--edition", type=click.IntRange(1), help="第几稿，默认最新。Which edition.")
@click.option(
    "--only",
    "sorts",
    multiple=True,
    type=click.Choice(SORTS),
    help="只要排名表、考核表或者通报，可重复。Only these; may be repeated.",
)
@click.option(
    "--department",
    "departments",
    multiple=True,
    help="只要这些部门的考核表，可重复。Scorecards of these only; may be repeated.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="放报表的文件夹，默认 reports-PERIOD。The folder; default reports-PERIOD.",
)
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="通报的成文日期，默认今天。The circular's day; default today.",
)
@click.option("--number", default="", help="通报的发文字号。The circular's document number.")
@click.option(
    "--late-over",
    type=_SHARE,
    help="点名迟报率高于此数的部门，如0.1。Name departments with a higher late rate.",
)
@click.option(
    "--compliance-under",
    type=_SHARE,
    help="点名合规率低于此数的部门。Name departments with a lower compliance rate.",
)
@click.option(
    "--rectify-days",
    type=click.IntRange(1, 366),
    help="整改期限（工作日）。Working days in which to put things right.",
)
@click.option(
    "--template",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="通报的模板（.docx），默认为项目的。The circular's template; default the project's.",
)
@as_json
@click.pass_obj
@command
def report_command(
    root: Path,
    /,
    period: str,
    out: Path | None,
    day: datetime | None,
    *,
    json_out: bool,
    **asked: Unpack[Asked],
) -> None:
    """生成排名表、考核表和通报。Write the league table, scorecards and circular of PERIOD.

    已定稿的期间以定稿为准，其余标明未定稿。A closed period's are from its edition; others are
    marked as drafts. 门槛和期限默认按规则中的 [reports]。Limits default to those of the rules.
    """
    limits: dict[str, object] = {n: asked[n] for n in LIMITS if asked[n] is not None}
    with reading(root) as (project, register):
        today = utc_now().astimezone(project.profile.zone)
        wanted = Wanted(
            period,
            (day or today).date(),
            asked["edition"],
            asked["sorts"] or SORTS,
            asked["departments"],
            asked["number"],
            limits,
            asked["template"],
        )
        written = report(project, register, wanted, out or Path(f"reports-{period}"))
    if json_out:
        echo_json({"files": list(map(str, written))})
    for path in () if json_out else written:
        click.echo(path)
