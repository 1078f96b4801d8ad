"""Blank forms to download, each a Word document made of a small declaration."""

import io
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from docx import Document
from docx.document import Document as Paper
from docx.enum.table import WD_ALIGN_VERTICAL, WD_ROW_HEIGHT_RULE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Length, Pt
from docx.text.paragraph import Paragraph

from monitor.reports.document import timeless
from publish.errors import ProblemError

LABEL, FIELD, LINE = Cm(4.5), Cm(12), Cm(0.9)
"""How wide a label and its field are, and how high a line to write on."""
FONT, HEADING = "宋体", "黑体"
LEFT, CENTRE = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER


@dataclass(frozen=True)
class Field:
    """A field to be filled in.

    Attributes:
        label: what is asked.
        lines: how many lines there are to write on.
        hint: what may help, in the field itself.
    """

    label: str
    lines: int = 1
    hint: str = ""


@dataclass(frozen=True)
class Form:
    """A form.

    Attributes:
        name: the end of its address, and the kind of case that it begins.
        parts: (heading, its fields).
        statement: what is signed.
    """

    name: str
    title: str
    parts: Sequence[tuple[str, Sequence[Field]]]
    statement: str
    attach: Sequence[str]

    @property
    def path(self) -> str:
        """Where it is served from."""
        return f"/forms/{self.name}.docx"


def load_forms(site: Path) -> list[Form]:
    """The forms that a site declares, in the order of their names.

    Raises:
        ProblemError: if a declaration is not as it must be.
    """
    return [_form(path) for path in sorted((site / "forms").glob("*.toml"))]


def write_form(out: Path, form: Form, addressed: str, notes: Iterable[str]) -> Path:
    """Writes a form; the same form with the same notes gives the same bytes.

    Args:
        out: the folder of the site.
        form: what is asked.
        addressed: whom it is addressed to and where it was found.
        notes: what is told at its end: the deadlines of those who answer.
    """
    paper = _paper()
    told = paper.core_properties
    told.title, told.author, told.comments = form.title, "", ""
    _line(paper, form.title, HEADING, 18, CENTRE)
    _line(paper, addressed, FONT, 11)
    for heading, fields in form.parts:
        _line(paper, heading, HEADING, 12)
        _table(paper, fields)
    _line(paper, "附材料", HEADING, 12)
    for each in form.attach:
        _line(paper, f"□ {each}", FONT, 11)
    _line(paper, form.statement, FONT, 11)
    _line(paper, "申请人（签名或者盖章）：", FONT, 11)
    _line(paper, "日期：　　　　年　　月　　日", FONT, 11)
    _line(paper, "办理时限", HEADING, 12)
    for number, note in enumerate(notes, start=1):
        _line(paper, f"{number}. {note}", FONT, 10.5)
    held = io.BytesIO()
    paper.save(held)
    target = out / form.path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(timeless(held.getvalue()))
    return target


def _form(path: Path) -> Form:
    """A form from its declaration."""
    try:
        said = tomllib.loads(path.read_text("utf-8"))
        parts = [(p["heading"], [Field(**field) for field in p["fields"]]) for p in said["parts"]]
        return Form(path.stem, said["title"], parts, said["statement"], said["attach"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ProblemError(
            f"表格 {path} 有误：{error}。", f"The form {path} is not right: {error}."
        ) from error


def _paper() -> Paper:
    """An empty sheet of A4."""
    paper = Document()
    section = paper.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.25)
    section.top_margin = section.bottom_margin = Cm(2)
    return paper


def _line(
    paper: Paper, text: str, font: str, size: float, aligned: WD_ALIGN_PARAGRAPH = LEFT
) -> None:
    """A paragraph."""
    paragraph = paper.add_paragraph()
    paragraph.alignment = aligned
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(3)
    paragraph.paragraph_format.keep_with_next = font == HEADING
    _put(paragraph, text, font, size)


def _table(paper: Paper, fields: Sequence[Field]) -> None:
    """The fields, each with its label."""
    table = paper.add_table(rows=len(fields), cols=2, style="Table Grid")
    table.autofit = False
    for column, width in zip(table.columns, (LABEL, FIELD), strict=True):
        column.width = width
    for row, field in zip(table.rows, fields, strict=True):
        row.height, row.height_rule = Length(LINE * field.lines), WD_ROW_HEIGHT_RULE.AT_LEAST
        (label, blank), hint = row.cells, field.hint
        label.width, blank.width = LABEL, FIELD
        label.vertical_alignment = blank.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
        _put(label.paragraphs[0], field.label, FONT, 10.5)
        _put(blank.paragraphs[0], hint, FONT, 9)


def _put(paragraph: Paragraph, text: str, font: str, size: float) -> None:
    """Text in a typeface, which Word asks for apart where text is Chinese."""
    run = paragraph.add_run(text)
    run.font.name, run.font.size = font, Pt(size)
    run.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
