"""`gongshi monitor explain`: the duties of a record or a case, and how each was counted."""

from datetime import datetime
from itertools import chain
from pathlib import Path

import click

from publish.commands.common import as_json, command, echo_json, reading
from publish.commands.explain import duty_lines, end_of, on_day
from publish.register.live import Moment
from publish.release.account import duties_of


@click.command("explain")
@click.argument("record")
@on_day
@as_json
@click.pass_obj
@command
def explain_command(root: Path, record: str, *, on: datetime | None, json_out: bool) -> None:
    """一条记录或反馈事项的各项时限怎么算。The duties of RECORD, and how each deadline was counted.

    RECORD 是记录或反馈事项的编号。It is the id of a record or of a feedback case. Pauses and
    extensions are named.
    """
    with reading(root) as (project, register):
        moment = Moment(register, register.cut(end_of(project, on)))
        found = duties_of(project, moment, record)
    if json_out:
        echo_json(found)
        return
    for line in chain.from_iterable(map(duty_lines, found)):
        click.echo(line)
    if not found:
        click.echo("没有期限。There is no deadline.")
