"""`gongshi review`: sign batches off before their rows count, or send them back."""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import click

from publish.commands.common import as_json, command, echo_json, reading, utc_now, writing
from publish.disclose.mask import mask_name
from publish.errors import UsageError
from publish.handin.findings import MASK
from publish.project import Project
from publish.register.register import local, utc
from publish.register.review import Change, Waiting, approve, changes, send_back, waiting
from publish.schema import PERSON, Field, record_type

SHOWN = 20
"""How many rows of a batch are shown unless more are asked for."""

named_reviewer = click.option(
    "--reviewer",
    required=True,
    envvar="GONGSHI_REVIEWER",
    show_envvar=True,
    help="审签人姓名，不得是经办人。Who signs; not who handed it in.",
)


@click.group("review")
def review_group() -> None:
    """审签：签发后批次才生效。Sign batches off before their rows count.

    哪些批次须审签由规则文件的 [review] 规定。The profile's [review] says which batches wait. The
    clocks do not stop while they do.
    """


@review_group.command("list")
@as_json
@click.pass_obj
@command
def review_list(root: Path, *, json_out: bool) -> None:
    """等待审签的批次，先到先列。The batches that wait, oldest first."""
    with reading(root) as (project, register):
        found = [_as_dict(project, one) for one in waiting(register)]
    if json_out:
        echo_json(found)
        return
    for one in found:
        click.echo(_line(one))
    if not found:
        click.echo("没有等待审签的批次。No batch waits.")


@review_group.command("show")
@click.argument("batch", type=int)
@click.option("--all", "show_all", is_flag=True, help=f"列出全部行，不只{SHOWN}行。Every row.")
@as_json
@click.pass_obj
@command
def review_show(root: Path, batch: int, *, show_all: bool, json_out: bool) -> None:
    """这一批会改变什么。What a batch would change, row by row; internal fields are masked."""
    with reading(root) as (project, register):
        found = next((w for w in waiting(register) if w.batch == batch), None)
        if found is None:
            raise UsageError(
                f"批次 {batch} 不在等待审签。", f"Batch {batch} does not wait for a review."
            )
        rows = changes(register, batch)
        told = [_told(found, row) for row in (rows if show_all else islice(rows, SHOWN))]
        about = _as_dict(project, found)
    if json_out:
        echo_json(about | {"changes": told})
        return
    click.echo(_line(about))
    click.echo(f"  {about['rule']}")
    for one in told:
        click.echo("\n".join(_change_lines(found, one)))
    left = found.new + found.corrected - len(told)
    if left > 0:
        click.echo(f"  另有 {left:,} 行，加 --all 全部列出 {left:,} more rows: --all")


@review_group.command("approve")
@click.argument("batches", metavar="BATCH...", type=int, nargs=-1, required=True)
@named_reviewer
@click.pass_obj
@command
def review_approve(root: Path, batches: tuple[int, ...], reviewer: str) -> None:
    """签发：下一次发布即包含。Sign off: the next release holds them."""
    with writing(root) as (_, register):
        for batch in batches:
            approve(register, batch, reviewer, utc_now())
            click.echo(f"批次 {batch} 已签发 batch {batch} approved: {reviewer}")


@review_group.command("return")
@click.argument("batch", type=int)
@named_reviewer
@click.option("--reason", required=True, help="退回理由，必填。Why; required.")
@click.pass_obj
@command
def review_return(root: Path, batch: int, reviewer: str, reason: str) -> None:
    """退回部门，改正后可再次报送。Send back; the corrected file can be handed in again."""
    with writing(root) as (_, register):
        send_back(register, batch, reviewer, utc_now(), reason)
    click.echo(f"批次 {batch} 已退回 batch {batch} sent back: {reason}")


def _as_dict(project: Project, one: Waiting) -> dict[str, Any]:
    """A waiting batch for programs."""
    since = local(one.since, project.profile.zone)
    today = local(utc(utc_now()), project.profile.zone)
    begun, now = (date.fromisoformat(text[:10]) for text in (since, today))
    return {
        "batch": one.batch,
        "file": one.file_name,
        "sheet": one.sheet,
        "record_type": one.record_type,
        "department": one.department,
        "handler": one.handler,
        "since": since,
        "working_days": project.calendar.working_days_used(begun, max(begun, now)),
        "rule": one.reason,
        "rows": one.rows,
        "new": one.new,
        "corrected": one.corrected,
        "rejected": one.rejected,
    }


def _line(one: dict[str, Any]) -> str:
    """A waiting batch in one line."""
    sheet = f" [{one['sheet']}]" if one["sheet"] else ""
    return (
        f"{one['batch']:>6} {one['file']}{sheet} {record_type(one['record_type']).title_zh} "
        f"新增 new {one['new']:,} 更正 corrected {one['corrected']:,} "
        f"退回 rejected {one['rejected']:,} 经办 by {one['handler']} {one['since']} "
        f"已等 waiting {one['working_days']} 个工作日 working days"
    )


def _told(batch: Waiting, row: Change) -> dict[str, Any]:
    """What a row changes: each field with what it was and what it would be."""
    before, person = (
        row.before or {},
        PERSON in {values.get("party_kind") for values in (row.before or {}, row.after)},
    )
    fields = {
        f.name: [_seen(f, values.get(f.name), person=person) for values in (before, row.after)]
        for f in record_type(batch.record_type).fields
        if before.get(f.name) != row.after.get(f.name)
    }
    what = "new" if row.before is None else "corrected"
    return {"line": row.line, "record_id": row.record_id, "what": what, "fields": fields}


def _seen(field: Field, value: str | None, *, person: bool) -> str | None:
    """A value as it may stand on a screen."""
    if value is None:
        return None
    if field.disclosure == "internal":
        return MASK
    if person and field.disclosure == "masked":
        return mask_name(value)
    return field.codes.label(value, "zh") if field.codes else value


def _change_lines(batch: Waiting, one: dict[str, Any]) -> Iterator[str]:
    """A row for people."""
    what = {"new": "新增 new", "corrected": "更正 corrected"}[one["what"]]
    yield f"  第 {one['line']} 行 line {one['line']} {what} {one['record_id']}"
    record = record_type(batch.record_type)
    for name, (before, after) in one["fields"].items():
        change = after if one["what"] == "new" else f"{before or '—'} → {after or '—'}"
        yield f"      {record[name].title_zh} {name}: {change}"
