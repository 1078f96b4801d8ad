"""Templates: what departments download can be filled in and handed in."""

import csv
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from python_calamine import CalamineWorkbook

from publish.errors import UsageError
from publish.handin.clean import cleaner
from publish.handin.header import NOTES, Layout, layouts
from publish.handin.source import Source
from publish.handin.template import EXAMPLE, pass_over_example, write_template
from publish.handin.validate import Validator
from publish.schema import TYPES, Field, RecordType, record_type
from publish.tables import clean
from tests.unit import handed
from tests.unit.handed import RECEIVED, codes, example, reference
from tests.unit.marked import Typed, comments, mend, place, shape

ALL_TYPES = [name for names in TYPES.values() for name in names]
every_type = pytest.mark.parametrize("name", ALL_TYPES)
every_kind = pytest.mark.parametrize("kind", ["xlsx", "csv"])
PENALTY = record_type("penalty")


def laid_out(path: Path, record: RecordType) -> Layout:
    """A filled-in template as intake sees it."""
    (layout,) = layouts(path, type_name=record.name)
    return pass_over_example(layout)


def found_in(layout: Layout, cells: Sequence[str]) -> tuple[dict[str, str], set[str]]:
    """What a row is stored as, and the codes of what is wrong with it."""
    if layout.record.kind != "reference":
        checked = Validator(layout, reference(), RECEIVED).check(cells)
        return checked.values, codes(checked)
    row = {name: cells[i] for name, i in layout.positions.items()}
    ((line,), troubles) = clean(layout.record, Path("x.csv"), [(2, row)])
    return {k: v for k, v in line.values.items() if v}, {t.problem.code for t in troubles}


def typed(f: Field) -> Typed:
    """The example of a field as a clerk types it: the spreadsheet makes numbers of days."""
    stored = cleaner(f)(f.example).value
    if stored is None:
        return ""
    if f.type == "date":
        return (date.fromisoformat(stored) - date(1899, 12, 30)).days
    if f.type == "number":
        return float(stored)
    return f.codes.label(f.example, "zh") if f.codes else f.example


def sheets(path: Path) -> dict[str, list[list[object]]]:
    """The sheets of a workbook as they are stored."""
    with CalamineWorkbook.from_path(path) as book:
        return {
            n: [list(row) for row in book.get_sheet_by_name(n).to_python()]
            for n in book.sheet_names
        }


@every_type
def test_a_filled_in_workbook_is_taken_in(name: str, tmp_path: Path) -> None:
    """Typed over the example in the very workbook, a row has no finding and every value."""
    record, path, filled = record_type(name), tmp_path / "template.xlsx", tmp_path / "filled.xlsx"
    write_template(record, path)
    mend(path, filled, {(1, n): typed(f) for n, f in enumerate(record.fields)})
    layout = laid_out(filled, record)
    assert (layout.record, layout.problems) == (record, ())
    assert layout.positions == {f.name: n for n, f in enumerate(record.fields)}
    ((line, cells),) = layout.rows
    values, problems = found_in(layout, cells)
    assert (line, problems) == (2, set())
    assert values.keys() == {f.name for f in record.fields if f.example}


@every_kind
@every_type
def test_the_example_is_no_record(name: str, kind: str, tmp_path: Path) -> None:
    """Left in place, the example is passed over by name; the rows below it are read."""
    record, path = record_type(name), tmp_path / f"template.{kind}"
    write_template(record, path)
    if kind == "csv":
        with path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow([f.example for f in record.fields])
    else:
        below = {(2, n): f.example for n, f in enumerate(record.fields)}
        mend(path, path := tmp_path / "filled.xlsx", below)
    layout = laid_out(path, record)
    ((line, cells),) = layout.rows
    assert [p.code for p in layout.problems] == ["example_row"]
    assert (line, found_in(layout, cells)[1]) == (3, set())


def test_the_example_is_known_wherever_it_stands(tmp_path: Path) -> None:
    """Sorted to the end, or changed under its mark, it is named with its line, and only it."""
    path, changed = tmp_path / "template.xlsx", tmp_path / "changed.xlsx"
    write_template(PENALTY, path)
    names = [f.name for f in PENALTY.fields]
    changes = {(n, c): f.example for n in (1, 2) for c, f in enumerate(PENALTY.fields)}
    changes |= {(40, c): f.example for c, f in enumerate(PENALTY.fields)}
    changes |= {(40, 0): f" {EXAMPLE}示例市晨光食品有限公司", (40, names.index("fine")): "0.2"}
    mend(path, changed, changes)
    layout = laid_out(changed, PENALTY)
    assert [line for line, _ in layout.rows] == [2, 3]
    assert [(p.code, p.details["line"]) for p in layout.problems] == [("example_row", 41)]


def test_a_sheet_without_the_marked_column_is_left_alone() -> None:
    """Where no column can hold the mark there is nothing to look for."""
    source = Source.model_validate(
        {"name": "x", "record_type": "audit", "constants": {"document_no": "一"}}
    )
    row = {k: v for k, v in example("audit").items() if k != "document_no"}
    plain = handed.layout([list(row), list(row.values())], source)
    assert pass_over_example(plain) is plain


def test_an_untouched_template_holds_no_rows(tmp_path: Path) -> None:
    """The blank template handed in by mistake: one warning, nothing registered."""
    path = tmp_path / "template.xlsx"
    write_template(PENALTY, path)
    layout = laid_out(path, PENALTY)
    assert not list(layout.rows) and [p.code for p in layout.problems] == ["example_row"]


@every_type
def test_lists_to_choose_from_hold_what_is_accepted(name: str, tmp_path: Path) -> None:
    """Each coded column has a drop-down list by name; all its values are on the notes sheet."""
    record, path = record_type(name), tmp_path / "template.xlsx"
    write_template(record, path)
    names, offered = shape(path)
    coded = {(1, n): f.codes for n, f in enumerate(record.fields) if f.codes}
    assert offered == {at: f"list_{c.name}" for at, c in coded.items()}
    cells = sheets(path)[NOTES]
    for codes_ in coded.values():
        sheet, _, places = names[f"list_{codes_.name}"].partition("!")
        first, last = map(place, places.replace("$", "").split(":"))
        assert sheet.strip("'") == NOTES and first[1] == last[1]
        told = [cells[row][first[1]] for row in range(first[0], last[0] + 1)]
        assert told == [value.zh for value in codes_.values]
        f = next(f for f in record.fields if f.codes is codes_)
        assert all(not cleaner(f)(str(text)).problems for text in told)


@every_type
def test_no_spreadsheet_needs_to_repair_it(name: str, tmp_path: Path) -> None:
    """Names, comments and messages keep within what spreadsheets allow."""
    path = tmp_path / "template.xlsx"
    write_template(record_type(name), path)
    assert all(len(n) <= 31 and not set(n) & set("[]:*?/\\") for n in sheets(path))
    assert all(0 < len(text) <= 32_767 for text in comments(path).values())
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == len(set(archive.namelist()))
        names = [n for n in archive.namelist() if n.endswith("xml")]
        parts = [Xml.fromstring(archive.read(n)) for n in names]  # noqa: S314 - we wrote it
    for one in parts:
        for validation in one.iter(
            "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}dataValidation"
        ):
            assert len(validation.get("promptTitle", "")) <= 32
            assert len(validation.get("prompt", "")) <= 255


@every_type
def test_the_notes_tell_of_every_column(name: str, tmp_path: Path) -> None:
    """The sheet of notes has a line for each column, with its code, name and example."""
    record, path = record_type(name), tmp_path / "template.xlsx"
    write_template(record, path)
    notes = sheets(path)[NOTES]
    told = {str(row[2]): row for row in notes[1 : len(record.fields) + 1]}
    assert list(told) == [f.name for f in record.fields]
    assert all(told[f.name][:2] == [f.title_zh, f.code or ""] for f in record.fields)
    assert any("报送前请删去" in str(row[0]) for row in notes)


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
