"""`gongshi export`: hand records on to the platform above, and read its answers in."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import click
import orjson

from publish.commands.common import (
    as_json,
    command,
    echo_json,
    progress_line,
    reading,
    utc_now,
    writing,
)
from publish.disclose.mask import mask_name
from publish.errors import UsageError
from publish.export.answer import Answered, read_answer
from publish.export.export import Exported, export
from publish.export.form import load_form
from publish.export.settings import Encoding, Format, Headings, Order, read_order
from publish.project import Project
from publish.register.pushes import refusals
from publish.register.register import Register, local
from publish.schema import PERSON, record_type


@dataclass(frozen=True)
class Asked:
    """What was asked for on the command line."""

    order: Mapping[str, str | bool | None]
    again: bool
    answer: Path | None
    file: str
    rest_accepted: bool
    json_out: bool


@click.command("export")
@click.option("--codes", help="上级平台的数据标准，默认 2018。The platform's form; default 2018.")
@click.option("--out", help="存放的文件夹，默认 data/exports。Where to; default data/exports.")
@click.option("--format", type=click.Choice(get_args(Format)), help="默认 xlsx。Default xlsx.")
@click.option("--encoding", type=click.Choice(get_args(Encoding)), help="CSV 的编码。Of CSV.")
@click.option(
    "--headings",
    type=click.Choice(get_args(Headings)),
    help="表头用字段代码或中文名称，默认代码。Field codes, the default, or Chinese names.",
)
@click.option(
    "--with-identity",
    is_flag=True,
    default=None,
    help="填写证件号码等内部字段，并报送自然人的记录。"
    "Fill in identity numbers and other internal fields; also records about natural persons.",
)
@click.option(
    "--again",
    is_flag=True,
    help="未答复和退回的重新导出。Also what is not answered or refused, corrected or not.",
)
@click.option(
    "--answer",
    type=click.Path(path_type=Path),
    help="导入平台的答复文件。Read in the platform's answer.",
)
@click.option(
    "--file",
    default="",
    help="答复所针对的导出文件。The exported file that the answer is about.",
)
@click.option(
    "--rest-accepted",
    is_flag=True,
    help="答复只列退回的行，其余视为接收。The answer names only what was refused.",
)
@click.option(
    "--refused", is_flag=True, help="列出退回而未更正的记录。What is refused and not corrected."
)
@as_json
@click.pass_obj
@command
def export_command(
    root: Path,
    /,
    *,
    again: bool,
    answer: Path | None,
    file: str,
    rest_accepted: bool,
    refused: bool,
    json_out: bool,
    **order: str | bool | None,
) -> None:
    """向上级平台报送。Hand on to the platform above what it does not have as it is now.

    按国家数据标准生成文件，并逐条记录报送情况；--answer 导入平台的答复，--refused 列出退回的记录。
    Files in the national standard's codes, with a log of each record in the register. What is set
    in data/export.toml holds unless the command line says otherwise. Exit code 1 if the answer
    refuses rows, or records are refused.
    """
    asked = Asked(order, again, answer, file, rest_accepted, json_out)
    if refused:
        _show_refused(root, json_out=json_out)
    elif answer:
        _take_answer(root, answer, asked)
    else:
        _write(root, asked)


def _write(root: Path, asked: Asked) -> None:
    """Writes the files."""
    if asked.file or asked.rest_accepted:
        raise UsageError(
            "--file 和 --rest-accepted 与 --answer 一起使用。",
            "--file and --rest-accepted go with --answer.",
        )
    with writing(root) as (project, register), progress_line() as progress:
        order = _order(project, asked.order)
        if order.with_identity:
            click.echo(
                "注意：文件含有证件号码等个人信息，只限交给上级平台，用后即删。\n"
                "Careful: the files hold identity numbers. They are for the platform only; delete "
                "them afterwards.",
                err=True,
            )
        done = export(project, register, order, utc_now(), progress, again=asked.again)
    if asked.json_out:
        echo_json(done.as_dict())
        return
    click.echo("\n".join(_lines(done)))


def _order(project: Project, asked: Mapping[str, str | bool | None]) -> Order:
    """What is asked for, in place of what the project's settings say."""
    settings = read_order(project) if project.export.exists() else Order()
    said = {name: value for name, value in asked.items() if value is not None}
    if out := said.get("out"):
        said["out"] = str(Path(str(out)).resolve())
    return settings.model_copy(update=said)


def _lines(done: Exported) -> Iterator[str]:
    """What was handed on, for people."""
    if not done.files:
        yield "没有需要报送的记录。Nothing is due: the platform has everything as it is."
    for path in done.files:
        yield str(path)
    if done.files:
        yield f"报送 handed on {done.shown:,}，撤下 to be taken off {done.withdrawn:,}"
    if done.persons:
        yield (
            f"另有 {done.persons:,} 条自然人的记录未导出，平台须有证件号码：加 --with-identity\n"
            f"{done.persons:,} records about natural persons are not among them: the platform "
            "needs their identity numbers. Say --with-identity."
        )


def _take_answer(root: Path, path: Path, asked: Asked) -> None:
    """Reads an answer in."""
    with writing(root) as (project, register):
        form = load_form(project, _order(project, asked.order).codes)
        done = read_answer(
            register, form, path, utc_now(), file=asked.file, rest_accepted=asked.rest_accepted
        )
    if asked.json_out:
        echo_json(done.as_dict())
    else:
        click.echo(_answered(done))
    if done.refused:
        sys.exit(1)


def _answered(done: Answered) -> str:
    """What an answer said, for people."""
    line = (
        f"接收 accepted {done.accepted:,}，退回 refused {done.refused:,}，"
        f"此前已导入 known {done.known:,}，尚未答复 not answered yet {done.waiting:,}"
    )
    if done.refused:
        line += "\n退回的记录和原因：gongshi export --refused\nWhy: gongshi export --refused"
    return line


def _show_refused(root: Path, *, json_out: bool) -> None:
    """Lists what is refused, so that each department can be told."""
    with reading(root) as (project, register):
        rows = list(_refused(project, register))
    if json_out:
        echo_json(rows)
    for row in () if json_out else rows:
        click.echo(
            f"{row['department_zh']} {row['record_zh']} {row['document_no']} {row['party_name']} "
            f"{row['record_id']}：{row['reason'] or '—'}（{row['file']} 第 {row['line']} 行）"
        )
    if rows:
        sys.exit(1)
    if not json_out:
        click.echo("没有退回而未更正的记录。Nothing is refused that was not corrected.")


def _refused(project: Project, register: Register) -> Iterator[dict[str, Any]]:
    """What is refused, names of natural persons masked."""
    departments = project.reference.departments
    for one in refusals(register):
        values = orjson.loads(one.values)
        name, record = values["party_name"], record_type(one.record_type)
        office = departments.get(one.department)
        yield {
            "department": one.department,
            "department_zh": office.name_zh if office else one.department,
            "record_id": one.record_id,
            "record_type": one.record_type,
            "record_zh": record.one_zh,
            "document_no": values["document_no"],
            "party_name": mask_name(name) if values["party_kind"] == PERSON else name,
            "reason": one.reason,
            "file": one.file,
            "line": one.line,
            "answered": local(one.at, project.profile.zone),
        }
