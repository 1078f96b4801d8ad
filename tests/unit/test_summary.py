"""Summaries of batches: every finding is counted, nobody is named, and the register has it all."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from publish.errors import UsageError
from publish.handin.header import layouts
from publish.handin.intake import Batch, Handing, intake
from publish.handin.returned_book import return_rejected, returned_name
from publish.handin.summary import FIRST, Summary, batch_summary
from publish.project import Project, init_project
from publish.register.register import Register, open_register
from publish.schema import record_type
from tests.conftest import silent
from tests.unit.handed import PERSON, ROOT, example

AT = datetime(2026, 11, 22, tzinfo=UTC)
TITLES = [f.title_zh for f in record_type("penalty").fields]
WRONG = [
    example(facts=""),
    *(example(document_no=f"示例罚〔2026〕{n}号", uscc="91990100MA00000074") for n in range(7)),
    example(**PERSON | {"person_id_no": "990101199001010011", "penalty_kind": "口头提醒张示例"}),
    example(document_no="示例罚〔2026〕99号", fine="1000.5"),
    example(document_no="示例罚〔2026〕100号"),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with the demo city's departments."""
    project = init_project(tmp_path_factory.mktemp("summary") / "project", "demo-city")
    for name in ("departments", "aliases", "lists"):
        text = (ROOT / f"data/reference/{name}.csv").read_bytes()
        (project.data / f"reference/{name}.csv").write_bytes(text)
    return project


@pytest.fixture(scope="module")
def register(project: Project) -> Iterator[Register]:
    """Its register."""
    with open_register(project.register) as opened:
        yield opened


@pytest.fixture(scope="module")
def batch(project: Project, register: Register) -> Batch:
    """One hand-in with several defects and two columns that nobody knows."""
    path = project.root / "penalties.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file).writerow
        write([*TITLES, "天气", "心情"])
        for row in WRONG:
            write([*row.values(), "晴", "好"])
    (done,) = intake(project, register, path, Handing(AT, handler="李四"), silent)
    return done


@pytest.fixture(scope="module")
def summary(register: Register, batch: Batch) -> Summary:
    """What is said of it."""
    return batch_summary(register, batch.number)


def test_the_counts_are_those_of_intake(summary: Summary, batch: Batch) -> None:
    """The conservation line read back from the register is the one that intake printed."""
    assert summary.counts.line() == batch.counts.line()
    assert (summary.counts.rows, summary.counts.rejected) == (len(WRONG), 9)
    assert (summary.file_name, summary.handler, summary.record_type) == (
        "penalties.csv",
        "李四",
        "penalty",
    )


def test_findings_are_counted_by_kind_and_column(summary: Summary) -> None:
    """Errors first, then the most frequent; with the first lines and the share of rows."""
    assert [(f.code, f.field, f.rows, f.lines) for f in summary.findings] == [
        ("uscc_check_character", "uscc", 7, (3, 4, 5, 6, 7)),
        ("id_number_invalid", "person_id_no", 1, (10,)),
        ("not_in_code_list", "penalty_kind", 1, (10,)),
        ("required_missing", "facts", 1, (2,)),
        ("fine_large", "fine", 1, (11,)),
        ("unmapped_column", None, 0, ()),
        ("unmapped_column", None, 0, ()),
    ]
    assert summary.findings[0].share == 7 / len(WRONG)
    assert len(summary.findings[0].lines) == FIRST


def test_it_says_what_to_do(summary: Summary) -> None:
    """Remedies are whole sentences in both languages, with what is true of every row."""
    text = "\n".join(summary.lines())
    assert "{" not in text
    assert "可填：警告；" in text and "Use one of: " in text
    assert "没有用到“天气”这一列。" in text and "没有用到“心情”这一列。" in text
    assert "“统一社会信用代码” unified social credit code: 信用代码校验不符" in text
    assert "7 行 rows (63.6%) 错误 error" in text and "lines 3, 4, 5, 6, 7 …" in text


def test_nobody_is_named(summary: Summary) -> None:
    """No value of any row is in a summary, as text or for programs."""
    told = "\n".join(summary.lines()) + orjson.dumps(summary.as_dict()).decode()
    for value in ("张示例", "990101199001010011", "口头提醒", "91990100MA", "1000.5"):
        assert value not in told


def test_programs_read_the_same(summary: Summary) -> None:
    """The dictionary has the counts, the findings and where the batch came from."""
    read = orjson.loads(orjson.dumps(summary.as_dict()))
    assert read["rows"] == read["new"] + read["rejected"] == len(WRONG)
    assert read["findings"][0]["code"] == "uscc_check_character"
    assert read["batch"] == summary.batch and "counts" not in read


def test_a_repeated_file_says_so(summary: Summary) -> None:
    """The same bytes again are named as such."""
    assert "同 the same file as batch 1" in "\n".join(replace(summary, repeats=1).lines())


def test_an_unknown_batch_is_wrong_use(register: Register) -> None:
    """A number that no batch has is named."""
    with pytest.raises(UsageError, match="99"):
        batch_summary(register, 99)


def test_rejected_rows_are_returned_in_both_forms(
    project: Project, register: Register, batch: Batch
) -> None:
    """One file for spreadsheets and one for anything else, of the same rows and name."""
    positions = {f.name: n for n, f in enumerate(record_type("penalty").fields)}
    path = return_rejected(register, batch.number, positions, project.data / "again")
    book = path.with_suffix(".xlsx")
    assert (path.name, book.exists()) == ("000001-penalties.csv", True)
    rows = [[cells for _, cells in one.rows] for one in (*layouts(path), *layouts(book))]
    assert rows[0] == rows[1] and len(rows[0]) == 9


@pytest.mark.parametrize(
    ("file", "sheet", "name"),
    [
        ("处罚.xlsx", "三月", "000007-处罚-三月"),
        ("a.ods", "../../etc/x", "000007-a-_etc_x"),
        ("长" * 300 + ".csv", "", f"000007-{'长' * 60}"),
    ],
)
def test_returned_files_have_safe_names(summary: Summary, file: str, sheet: str, name: str) -> None:
    """A sheet's name does not lead out of the folder, nor is it too long for a file."""
    assert returned_name(replace(summary, batch=7, file_name=file, sheet=sheet)) == name
