"""Templates: what departments download can be handed in as it is."""

from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from publish.errors import UsageError
from publish.handin.header import NOTES, layouts
from publish.handin.template import write_template
from publish.handin.validate import Validator
from publish.schema import RECORD_TYPES, record_type
from tests.unit.handed import RECEIVED, reference

every_type = pytest.mark.parametrize("name", RECORD_TYPES)
every_kind = pytest.mark.parametrize("kind", ["xlsx", "csv"])


def sheets(path: Path) -> dict[str, list[list[object]]]:
    """The sheets of a workbook as they are stored."""
    with CalamineWorkbook.from_path(path) as book:
        return {
            n: [list(row) for row in book.get_sheet_by_name(n).to_python()]
            for n in book.sheet_names
        }


@every_kind
@every_type
def test_the_example_can_be_handed_in(name: str, kind: str, tmp_path: Path) -> None:
    """The template is recognised, and its one row has no finding and every value of its example."""
    record, path = record_type(name), tmp_path / f"template.{kind}"
    write_template(record, path)
    (layout,) = layouts(path)
    assert (layout.record, layout.problems) == (record, ())
    assert layout.positions == {f.name: n for n, f in enumerate(record.fields)}
    ((line, cells),) = layout.rows
    checked = Validator(layout, None, reference(), RECEIVED).check(cells)
    assert (line, checked.problems) == (2, ())
    assert checked.values.keys() == {f.name for f in record.fields if f.example}


@every_type
def test_the_notes_tell_of_every_column(name: str, tmp_path: Path) -> None:
    """The sheet of notes has a line for each column, with its code, name and example."""
    record, path = record_type(name), tmp_path / "template.xlsx"
    write_template(record, path)
    notes = sheets(path)[NOTES]
    told = {str(row[2]): row for row in notes[1 : len(record.fields) + 1]}
    assert list(told) == [f.name for f in record.fields]
    assert all(told[f.name][:2] == [f.title_zh, f.code or ""] for f in record.fields)
    assert any("报送前请删去示例行" in str(row[0]) for row in notes)


def test_codes_are_text_and_dates_are_dates(tmp_path: Path) -> None:
    """No code of the example became a number; its dates are real dates."""
    path = tmp_path / "template.xlsx"
    write_template(record_type("penalty"), path)
    header, row = sheets(path)["行政处罚"]
    typed = dict(zip(map(str, header), (type(cell).__name__ for cell in row), strict=True))
    assert typed["统一社会信用代码"] == "str"
    assert (typed["处罚决定日期"], typed["罚款金额（万元）"]) == ("date", "float")


@every_kind
def test_the_same_template_has_the_same_bytes(kind: str, tmp_path: Path) -> None:
    """A template depends on the schema only, not on when it was made."""
    for n in (1, 2):
        write_template(record_type("licence"), tmp_path / f"{n}.{kind}")
    assert (tmp_path / f"1.{kind}").read_bytes() == (tmp_path / f"2.{kind}").read_bytes()


@pytest.mark.parametrize("name", ["template.pdf", "template", "missing/template.csv", "no/t.xlsx"])
def test_what_cannot_be_written_is_wrong_use(name: str, tmp_path: Path) -> None:
    """Another kind of file, or a folder that is not there, is named."""
    with pytest.raises(UsageError):
        write_template(record_type("licence"), tmp_path / name)
