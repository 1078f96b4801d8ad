"""The working-day calendar, and the deadlines that it gives."""

from datetime import date, datetime
from pathlib import Path

import click

from monitor.calendar import Update, explain, update_calendar
from publish.commands.common import (
    as_json,
    command,
    echo_json,
    progress_line,
    reading,
    utc_now,
)
from publish.errors import UsageError
from publish.project import open_project
from publish.register.live import Moment
from publish.release.duties import Change, by_department, moved_by


@click.command("deadline")
@click.argument("day", metavar="DATE")
@click.option(
    "--days", default=7, show_default=True, type=click.IntRange(1, 366), help="工作日数。"
)
@as_json
@click.pass_obj
@command
def deadline_command(root: Path, day: str, days: int, *, json_out: bool) -> None:
    """期限怎么算。The deadline for a decision made on DATE, and how it is counted."""
    try:
        start = date.fromisoformat(day)
    except ValueError as error:
        raise UsageError(
            f"{day} 不是日期，应写作 2026-02-10。", f"{day} is not a date; write 2026-02-10."
        ) from error
    found = open_project(root).calendar.deadline(start, days)
    if json_out:
        echo_json(
            {
                "start": found.start,
                "days": found.days,
                "due": found.due,
                "provisional": found.provisional,
                "counted": found.counted,
                "zh": explain(found, "zh"),
                "en": explain(found, "en"),
            }
        )
        return
    click.echo(f"{explain(found, 'zh')}\n{explain(found, 'en')}")


@click.group("calendar")
def calendar_group() -> None:
    """工作日历。The working-day calendar."""


@calendar_group.command("show")
@click.argument("year", type=int, required=False)
@as_json
@click.pass_obj
@command
def calendar_show(root: Path, year: int | None, *, json_out: bool) -> None:
    """列出节假日和调休。List a year's holidays and make-up days."""
    calendar = open_project(root).calendar
    special = [
        day
        for day in calendar.rows()
        if day.name and (year is None or day.date.startswith(str(year)))
    ]
    if json_out:
        echo_json([day._asdict() for day in special])
        return
    click.echo(
        f"{calendar.name_zh} {calendar.name_en}  {calendar.version}  "
        f"确定至 final through {calendar.final_through}"
    )
    for day in special:
        work = "上班 workday" if day.is_workday else "休息 off"
        click.echo(f"{day.date}  {work}  {day.name}")


@calendar_group.command("update")
@click.option("--code", help="日历编码，默认为规则所用。Which calendar; default the profile's.")
@click.option("--last", type=click.DateTime(["%Y-%m-%d"]), help="最后一日。The last day.")
@as_json
@click.pass_obj
@command
def calendar_update(root: Path, code: str | None, last: datetime | None, *, json_out: bool) -> None:
    """按节假日数据包和本地补充重新生成日历。Make a calendar anew from the package and overrides.

    原版本留存备查，并列出期限或状态将变动的部门。The version before is kept, and the departments
    are listed whose deadlines or statuses will move with the next release.
    """
    project = open_project(root)
    name = code or project.profile.jurisdiction.calendar
    known = project.calendar
    done = update_calendar(
        project.calendars, name, known.first, last.date() if last else known.last
    )
    moved = _moved(root, done) if name == project.profile.jurisdiction.calendar else {}
    if json_out:
        echo_json(
            {
                "calendar": name,
                "version": done.calendar.version,
                "before": done.before and done.before.version,
                "changed": done.changed,
                "final_through": done.calendar.final_through,
                "moved": moved,
            }
        )
        return
    click.echo(
        f"{name} {done.calendar.version}: 改动 changed {len(done.changed)} 天 days, "
        f"确定至 final through {done.calendar.final_through}"
    )
    departments = open_project(root).reference.departments
    for department, count in moved.items():
        names = f"{departments[department].name_zh} {departments[department].name_en}"
        click.echo(f"  将变动 will move {count:,}: {names} {department}")


def _moved(root: Path, done: Update) -> dict[str, int]:
    """By department, how many duties an update moves; nobody's where the version is the same."""
    version = done.calendar.version
    handed_in = open_project(root).register.exists()
    if done.before is None or done.before.version == version or not handed_in:
        return {}
    with reading(root) as (project, register), progress_line() as progress:
        now = utc_now()
        today = now.astimezone(project.profile.zone).date()
        change = Change(done.before.version, version, today.isoformat(), done.before)
        moment = Moment(register, register.cut(now))
        return dict(sorted(by_department(moved_by(project, moment, change, progress)).items()))
