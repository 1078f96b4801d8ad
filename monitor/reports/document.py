"""Fills a Word template that an office may have replaced by its own."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate
from jinja2 import Environment, StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment

from monitor.reports.circular import FIELDS, LISTS
from publish.errors import UsageError

_MADE = (2026, 1, 1, 0, 0, 0)


def fill(template: Path, values: Mapping[str, Any], out: Path) -> None:
    """Writes a circular: the template with its fields filled in.

    The same values in the same template give the same bytes.

    Raises:
        UsageError: if the template cannot be read, or names a field that there is not.
    """
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    try:
        document = DocxTemplate(template)
        refuse_unknown(template, document, environment)
        document.render(dict(values), environment, autoescape=True)
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise UsageError(
            f"{template} 不是Word文档（.docx）：{error}",
            f"{template} is not a Word document (.docx): {error}",
        ) from error
    except TemplateSyntaxError as error:
        raise UsageError(
            f"模板 {template} 的标记写法有误：{error.message}。写法见 docs/how-to/reports.md。",
            f"A mark of the template {template} is not right: {error.message}. "
            "See docs/how-to/reports.md.",
        ) from error
    except (TemplateError, SecurityError, TypeError) as error:
        raise UsageError(
            f"模板 {template} 无法填写：{error}",
            f"The template {template} cannot be filled in: {error}",
        ) from error
    held = io.BytesIO()
    document.save(held)
    out.write_bytes(timeless(held.getvalue()))


def refuse_unknown(template: Path, document: DocxTemplate, environment: Environment) -> None:
    """Refuses a template that names a field which there is not.

    Raises:
        UsageError: naming the fields, and for each the one that may be meant.
    """
    document.init_docx()
    named = document.get_undeclared_template_variables(environment)
    unknown = sorted(named - FIELDS.keys() - LISTS.keys())
    body = environment.parse(document.patch_xml(document.get_xml()))
    unknown += sorted(set(_unknown_of_items(body)))
    if unknown:
        told = [_meant(name) for name in unknown]
        raise UsageError(
            f"模板 {template} 中有未知的字段：{'、'.join(told)}。"
            "全部字段见 docs/how-to/reports.md。",
            f"The template {template} has unknown fields: {', '.join(told)}. "
            "docs/how-to/reports.md lists all fields.",
        )


def _unknown_of_items(body: nodes.Template) -> Iterator[str]:
    """Fields of the items of lists that there are not."""
    for loop in body.find_all(nodes.For):
        if isinstance(loop.iter, nodes.Name) and isinstance(loop.target, nodes.Name):
            known = LISTS[loop.iter.name][2] if loop.iter.name in LISTS else {}
            for one in loop.find_all(nodes.Getattr):
                of_item = isinstance(one.node, nodes.Name) and one.node.name == loop.target.name
                if of_item and one.attr not in known:
                    yield f"{loop.target.name}.{one.attr}"


def _meant(name: str) -> str:
    """An unknown field, with the known one that is most like it."""
    last = name.rpartition(".")[2]
    fields = {*FIELDS, *LISTS, *(key for _, _, keys in LISTS.values() for key in keys)}
    like = get_close_matches(last, sorted(fields), 1, 0.5)
    return f"{name}（{like[0]}？）" if like else name


def timeless(document: bytes) -> bytes:
    """A Word document whose parts carry no time of writing."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(document)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            new.writestr(
                zipfile.ZipInfo(part.filename, _MADE), old.read(part), zipfile.ZIP_DEFLATED
            )
    return out.getvalue()
