"""`gongshi explain`: why a record is public or not, and what became of it."""

from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import chain, count
from pathlib import Path

import click

from monitor.clocks import DISCLOSURE
from publish.commands.common import as_json, command, echo_json, reading, utc_now
from publish.project import Project
from publish.register.live import Moment
from publish.release.account import Account, account
from publish.schema import record_type

_KINDS = {
    "identity_number": ("证件号码", "identity number"),
    "mobile": ("手机号码", "mobile number"),
    "landline": ("固定电话", "telephone number"),
    "bank_card": ("银行卡号", "bank card"),
    "email": ("电子邮箱", "e-mail address"),
    "plate": ("车牌号", "licence plate"),
    "address": ("住址", "home address"),
    "name": ("姓名或已登记的号码", "name or number on record"),
}
_VERDICTS = {
    "waiting": ("待审签", "waits for a review"),
    "approved": ("已签发", "approved"),
    "returned": ("已退回", "sent back"),
}


on_day = click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="按那一日判定，默认为现在。Judge as of the end of that day; default now.",
)


@click.command("explain")
@click.argument("record")
@on_day
@click.option(
    "--internal",
    is_flag=True,
    help="显示不公开的内容，勿外传。Show what is not public; not to be passed on.",
)
@as_json
@click.pass_obj
@command
def explain_command(
    root: Path, record: str, *, on: datetime | None, internal: bool, json_out: bool
) -> None:
    """一条记录为何公示或不公示。Why RECORD is public or not, rule by rule.

    含期限、脱敏、公示义务和办理经过。Its term, what is masked, its duty, what became of it.
    """
    with reading(root) as (project, register):
        moment = Moment(register, register.cut(end_of(project, on)))
        found = account(project, moment, record, internal=internal)
    if json_out:
        echo_json(found)
        return
    click.echo("\n".join(_lines(found)))


def end_of(project: Project, on: datetime | None) -> datetime:
    """The last second of a day in the jurisdiction, or now."""
    if on is None:
        return utc_now()
    return datetime.combine(on, time(23, 59, 59), project.profile.zone)


def _lines(found: Account) -> Iterator[str]:
    """An account for people."""
    yield from _about(found)
    yield from chain.from_iterable(map(_version, found["versions"], count(1)))
    yield from _judged(found) if "decision" in found else _not_judged(found)
    for one in found["releases"]:
        what = "公示 published" if one["kind"] == "published" else "撤下 withdrawn"
        yield f"发布 release {one['release']} {one['as_of']} {what} {one['reason'] or ''}".rstrip()
    for one in found["events"]:
        yield f"事件 event {one['kind']} {one['at']} {one['handler']} {one['reason']}"


def _about(found: Account) -> Iterator[str]:
    """What the record is, and by which rules it is judged on which day."""
    record = record_type(found["record_type"])
    yield f"{record.one_zh} {record.one_en} {found['record_id']}"
    names = f"{found['department_zh']} {found['department_en']}"
    yield f"  部门 department {names} {found['department']}"
    for name, value in found.get("fields", {}).items():
        yield f"  {record[name].title_zh} {name}: {value}"
    yield (
        f"  判定时点 judged as of {found['on']}，"
        f"规则 rules {found['profile']} {found['profile_version']}"
    )


def _version(one: Account, number: int) -> Iterator[str]:
    """A version, and who let it through."""
    sheet = f" [{one['sheet']}]" if one["sheet"] else ""
    yield (
        f"版本 version {number}: 批次 batch {one['batch']} {one['file_name']}{sheet} "
        f"第 {one['line']} 行 line {one['line']}，收到 received {one['received']}，"
        f"经办 by {one['handler']}"
    )
    if one["verdict"]:
        zh, en = _VERDICTS[one["verdict"]]
        yield f"  审签 review: {zh} {en} {one['reviewer']} {one['reviewed']}".rstrip()


def _not_judged(found: Account) -> Iterator[str]:
    """Why there is nothing to decide."""
    if found["kind"] == "internal":
        yield from chain.from_iterable(map(duty_lines, found.get("duties", ())))
        yield "结论 decision: 这类信息只留在登记库，从不公示 this type is never public"
    else:
        yield (
            "结论 decision: 所在批次未签发，不计入发布 its batch is not signed off, so it does not "
            "count: gongshi review list"
        )


def _judged(found: Account) -> Iterator[str]:
    """The questions, the decision, and what follows from it."""
    record = record_type(found["record_type"])
    for answer in found["questions"]:
        yield from _question(found["record_type"], answer)
    if record.parent:
        yield from _parent(found["parent"])
    made = found["decision"]
    verdict = "公示 published" if made["publish"] else f"不公示 withheld ({made['reason']})"
    yield f"结论 decision: {verdict}"
    yield f"  {made['zh']} {made['en']}" + (f"，依据 by {made['rule']}" if made["rule"] else "")
    yield from _ends(found)
    for one in found["hidden"]:
        yield f"脱敏 masked: {record[one['field']].title_zh} {one['field']} {_hits(one['hits'])}"
    yield from chain.from_iterable(map(duty_lines, found["duties"]))
    if not found["duties"]:
        yield "义务 duties: 无，没有期限 none: no deadline"


def _question(type_name: str, answer: Account) -> Iterator[str]:
    """A question, the values and figures that it turned on, and its answer."""
    reason = answer["reason"]
    said = "是 yes" if reason is None else f"否 no ({reason})"
    yield f"{answer['number']} {answer['zh']} {answer['en']} {said}"
    fields = record_type(type_name).by_name
    for name, value in answer["values"].items():
        if name in fields:
            yield f"    {fields[name].title_zh} {name} = {value or '—'}"
    figures = answer["figures"]
    if figures:
        yield "    " + "，".join(f"{one['key']} = {_figure(one['value'])}" for one in figures)
    for source in dict.fromkeys(filter(None, [*(f["source"] for f in figures), answer["rule"]])):
        yield f"    依据 by {source}"


def _figure(value: object) -> str:
    """A figure as the profile writes it."""
    return str(value).lower() if isinstance(value, bool) else "—" if value is None else str(value)


def _parent(parent: Account | None) -> Iterator[str]:
    """The record that this one belongs to."""
    if parent is None:
        yield "所属记录 belongs to: 找不到，或不止一条 none found, or more than one"
        return
    verdict = "公示 published" if parent["publish"] else f"不公示 withheld ({parent['reason']})"
    yield f"所属记录 belongs to {parent['record_id']}: {verdict}"


def _ends(found: Account) -> Iterator[str]:
    """The last day of publication, and every rule that sets one."""
    days = [found["decision"]["until"], *(end["day"] for end in found["ends"])]
    last = min(filter(None, days), default=None)
    yield f"最后公示日 last day of publication: {_day(last) if last else '无期限 none'}"
    for end in found["ends"]:
        yield f"    {_day(end['day'])} 依据 by {end['source']}"
    if found["earliest_repair"]:
        yield f"最早可修复 earliest repair: {found['earliest_repair']}"


def _day(day: date) -> str:
    """A last day; the first day of all means that it is not published at all."""
    return "不公示 not at all" if day == date.min else str(day)


def _hits(hits: dict[str, int]) -> str:
    """What was found in a field, or that it is masked as a whole."""
    words = (f"{_KINDS[kind][0]} {_KINDS[kind][1]} {count}" for kind, count in hits.items())
    return "、".join(words) or "姓名 name"


def duty_lines(duty: Account) -> Iterator[str]:
    """A duty for people: what, by whom, how it stands, and how its deadline was counted."""
    yield (
        f"义务 duty: {duty['clock_zh']} {duty['clock_en']}: "
        f"{duty['status_zh']} {duty['status_en']}，{duty['department_zh']} {duty['department_en']}"
    )
    yield f"    {duty['counted_zh']}\n    {duty['counted_en']}"
    if duty["clock"] == DISCLOSURE.name and duty["portal_published"]:
        portal = duty["portal_published"]
        shown = portal if duty["released"] else f"{portal}（若此刻发布 if released now）"
        yield (
            f"    收到 received {duty['received']}，门户公示 published {shown}，"
            f"部门自报 by the department {duty['department_published'] or '—'}，"
            f"以其为准 counts: {duty['decides']}"
        )
