"""The command `gongshi`."""

import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import click

from monitor.calendar import explain, update_calendar
from publish import __version__
from publish.commands.common import (
    P,
    as_json,
    command,
    echo_json,
    progress_line,
    reading,
    utc_now,
    writing,
)
from publish.commands.reference import reference_group
from publish.commands.review import review_group
from publish.commands.source import source_group
from publish.demo.run import RECORDS, SEED, city, letters, prepare
from publish.errors import UsageError
from publish.handin.intake import Batch, Handing, intake
from publish.handin.summary import Counts, batch_summary
from publish.handin.template import write_template
from publish.jobs.actions import Actions
from publish.jobs.jobs import Runner, run
from publish.jobs.timetable import JOBS
from publish.project import init_project, open_project, profile_names, project_template
from publish.register.register import EVENT, Register, open_register, utc
from publish.release.release import Released, release
from publish.release.verify import verify
from publish.schema import RECORD_TYPES, REFERENCE_TYPES, record_type
from publish.serve.server import serve

FEW = 10
"""Up to so many batches each has its own line."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
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


main.add_command(reference_group)
main.add_command(review_group)
main.add_command(source_group)


@main.command("init")
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


@main.command("intake")
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


@main.command("release")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]),
    help="数据时点，默认为现在。The moment of the data; default now.",
)
@click.option("--allow-fewer", is_flag=True, help="允许记录大幅减少。Allow far fewer records.")
@as_json
@click.pass_obj
@command
def release_command(
    root: Path, as_of: datetime | None, *, allow_fewer: bool, json_out: bool
) -> None:
    """发布：判定、脱敏、生成、检查、切换。Disclose, build, check and switch to a new release."""
    with writing(root) as (project, register), progress_line() as progress:
        moment = as_of or utc_now()
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=project.profile.zone)
        done = release(project, register, moment, progress, allow_fewer=allow_fewer)
    echo_release(done, json_out=json_out)


def echo_release(done: Released, *, json_out: bool = False) -> None:
    """Prints what a release holds, with the conservation line of each record type."""
    if json_out:
        echo_json({key: done.manifest[key] for key in ("release", "as_of", "counts", "digest")})
        return
    click.echo(f"发布版本 release {done.release}")
    for name, live, published, withheld in done.conservation():
        click.echo(
            f"  {record_type(name).title_zh} {name}: 有效 live {live:,} = "
            f"公开 published {published:,} + 不公开 withheld {withheld:,}"
        )


@main.command("deadline")
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


@main.command("template")
@click.argument("type_name", metavar="TYPE", type=click.Choice((*RECORD_TYPES, *REFERENCE_TYPES)))
@click.option("--format", "kind", type=click.Choice(["xlsx", "csv"]), default="xlsx")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="文件名。Where to write it.")
@command
def template_command(type_name: str, kind: str, output: Path | None) -> None:
    """空白报送表。The blank table that departments fill in: licence, penalty or list_entry."""
    record = record_type(type_name)
    path = output or Path(f"{record.title_zh}.{kind}")
    write_template(record, path)
    click.echo(str(path))


@main.command("verify")
@as_json
@click.pass_obj
@command
def verify_command(root: Path, *, json_out: bool) -> None:
    """核验 Check that everything is still as it was written.

    登记库的散列链、发布文件的校验值、公开内容。The register's hash chains, the released files'
    checksums, and every public byte for what is internal. Exit code 1 if anything is found.
    """
    project = open_project(root)
    with progress_line() as progress:
        troubles = list(verify(project, progress))
    if json_out:
        echo_json([vars(trouble) for trouble in troubles])
    for trouble in () if json_out else troubles:
        click.echo(f"{trouble.zh}\n{trouble.en}")
    if troubles:
        sys.exit(1)
    if not json_out:
        click.echo("核验无误。Everything is as it was written.")


@main.group("calendar")
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
@click.pass_obj
@command
def calendar_update(root: Path, code: str | None, last: datetime | None) -> None:
    """按节假日数据包和本地补充重新生成日历。Make a calendar anew from the package and overrides."""
    project = open_project(root)
    name = code or project.profile.jurisdiction.calendar
    known = project.calendar
    done = update_calendar(
        project.calendars, name, known.first, last.date() if last else known.last
    )
    click.echo(
        f"{name} {done.calendar.version}: 改动 changed {len(done.changed)} 天 days, "
        f"确定至 final through {done.calendar.final_through}"
    )


def serving(function: Callable[P, None]) -> Callable[P, None]:
    """Adds the options of a server."""
    for option in (
        click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64)),
        click.option("--port", default=8001, show_default=True, type=click.IntRange(0, 65535)),
        click.option("--host", default="127.0.0.1", show_default=True),
    ):
        function = option(function)
    return function


def announce(address: str) -> None:
    """Says where the portal is."""
    click.echo(f"\n门户已就绪 The portal is ready: {address}\n按 Ctrl-C 停止 Ctrl-C stops it.")


@main.command("serve")
@serving
@click.pass_obj
@command
def serve_command(root: Path, host: str, port: int, workers: int) -> None:
    """在一个端口上提供网站和数据。Serve the site and Datasette on one port."""
    serve(open_project(root), host, port, workers, announce)


@main.command("run")
@serving
@click.pass_obj
@command
def run_command(root: Path, host: str, port: int, workers: int) -> None:
    """计划任务与服务。The scheduled jobs, and the server beside them."""
    project = open_project(root)
    with open_register(project.register) as register:
        jobs = Actions(project, register, utc_now)
        runner = Runner(project, jobs.by_name(), register, utc_now, jobs.urgent, jobs.sources)
        run(runner, host, port, workers, announce)


@main.command("job")
@click.argument("name", type=click.Choice([job.name for job in JOBS]))
@click.pass_obj
@command
def job_command(root: Path, name: str) -> None:
    """立即执行一个任务。Run one job now, as cron or a systemd timer would."""
    project = open_project(root)
    with open_register(project.register) as register:
        jobs = Actions(project, register, utc_now)
        runner = Runner(project, jobs.by_name(), register, utc_now, more=jobs.sources)
        runner.run_once(name)


@main.command("demo")
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
    plan = letters() if real else city(records, seed)
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


@main.command("batches")
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


@main.command("batch")
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


@main.command("withdraw")
@click.argument("record")
@click.option("--reason", required=True, help="撤下的理由，写入登记库。Why; kept in the register.")
@click.option(
    "--kind",
    type=click.Choice(["revoked", "repaired"]),
    default="revoked",
    show_default=True,
    help="决定被撤销，或已信用修复。Decision revoked, or credit repaired.",
)
@click.option("--handler", default="cli", show_default=True, help="经办人。Who decides it.")
@click.pass_obj
@command
def withdraw_command(root: Path, record: str, reason: str, kind: str, handler: str) -> None:
    """撤下一条记录并立即发布。Take RECORD off and release at once."""
    with writing(root) as (project, register), progress_line() as progress:
        if not register.find(record):
            raise UsageError(
                f"没有编号为 {record} 的记录。编号见记录页的地址。",
                f"There is no record {record}. Its id is in the address of its page.",
            )
        with register.transaction() as db:
            EVENT.append(db, [(record, kind, utc(utc_now()), handler, reason)])
        done = release(project, register, utc_now(), progress)
    echo_release(done)


if __name__ == "__main__":
    main()
