"""The command line as a stranger meets it: one clear line for each mistake, and the right code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from publish.cli import COMMANDS, main
from publish.demo.run import Prepared
from publish.handin.header import layouts
from publish.handin.template import EXAMPLE
from publish.project import Project, init_project
from publish.schema import RECORD_TYPES
from tests.unit.marked import mend, texts

ROOT = Path(__file__).parents[2]


def gongshi(*words: object) -> Result:
    """Runs a command in this process."""
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A new project with the demo city's departments."""
    project = init_project(tmp_path / "project", "demo-city")
    for name in ("departments", "aliases", "lists"):
        text = (ROOT / f"data/reference/{name}.csv").read_bytes()
        (project.data / f"reference/{name}.csv").write_bytes(text)
    return project


def unmarked(template: Path) -> Path:
    """A template whose example is a record: its first cell no longer says that it is none."""
    if template.suffix == ".csv":
        text = template.read_text("utf-8-sig").replace(EXAMPLE, "")
        template.write_text(text, "utf-8-sig")
        return template
    rows = texts(template, next(iter(layouts(template))).sheet)
    (column,) = (n for n, text in enumerate(rows[1]) if text.startswith(EXAMPLE))
    filled = template.with_stem("filled")
    mend(template, filled, {(1, column): rows[1][column].removeprefix(EXAMPLE)})
    return filled


def clear(result: Result, code: int) -> str:
    """Checks that a command failed with one line in each language and no traceback."""
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    zh, en = result.output.strip().splitlines()
    assert zh.startswith("错误：") and en.startswith("Error: ")
    return en


def test_the_deadline_and_how_it_is_counted() -> None:
    """The Spring Festival of 2026: due on the 26th, the make-up Saturday counted."""
    result = gongshi("--root", ROOT, "deadline", "2026-02-10")
    assert result.exit_code == 0
    assert "due Thu 26 Feb 2026" in result.output
    assert "11, 12, 13, 14 (make-up Saturday), 24, 25, 26" in result.output


def test_a_deadline_past_the_last_notice_is_provisional() -> None:
    """The notice for 2027 is not in, so the deadline may still move, and says so."""
    found = json.loads(gongshi("--root", ROOT, "deadline", "2026-12-28", "--json").output)
    assert found["provisional"] is True and "provisional" in found["en"] and "暂定" in found["zh"]


@pytest.mark.parametrize(("day", "code"), [("2026-13-01", 2), ("tomorrow", 2), ("1999-01-01", 1)])
def test_a_date_that_cannot_be_counted(day: str, code: int) -> None:
    """No date, and a date before the calendar, each say what to do."""
    clear(gongshi("--root", ROOT, "deadline", day), code)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("missing.csv", None, 2),
        ("empty.csv", b"", 1),
        ("header.csv", "姓名,年龄\n张三,7\n".encode(), 1),
        ("only-header.pdf.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", 2),
        ("picture.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(100), 2),
        ("archive.xlsx", b"PK\x03\x04" + bytes(200), 2),
        ("bytes.csv", bytes(range(128, 256)) * 20, 1),
    ],
)
def test_bad_files_give_one_clear_line(
    project: Project, tmp_path: Path, name: str, content: bytes | None, code: int
) -> None:
    """A file that cannot be taken in is named, with the reason, and nothing is registered."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    result = gongshi("--root", project.root, "intake", path)
    clear(result, code)
    assert gongshi("--root", project.root, "batches").output.strip() == ""


def test_half_a_workbook(project: Project, tmp_path: Path) -> None:
    """A workbook whose second half was lost on the way is damaged, and says so."""
    path = tmp_path / "blank.xlsx"
    gongshi("template", "penalty", "-o", path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "blank.xlsx" in clear(gongshi("--root", project.root, "intake", path), 1)


def test_a_folder_is_not_a_file(project: Project, tmp_path: Path) -> None:
    """Handing in a folder is wrong use."""
    clear(gongshi("--root", project.root, "intake", tmp_path), 2)


def test_no_project_says_how_to_make_one(tmp_path: Path) -> None:
    """Outside a project every command names the remedy."""
    for words in (["verify"], ["release"], ["serve"], ["batches"], ["intake", "x.csv"]):
        assert "gongshi init" in clear(gongshi("--root", tmp_path, *words), 2)


def test_an_unknown_profile_source_or_department(project: Project, tmp_path: Path) -> None:
    """What is not there is named, and so is where to look."""
    assert "demo-city" in clear(gongshi("init", tmp_path / "x", "--profile", "atlantis"), 2)
    path = tmp_path / "x.csv"
    path.write_text("a")
    clear(gongshi("--root", project.root, "intake", path, "--source", "atlantis"), 2)
    clear(gongshi("--root", project.root, "intake", path, "--department", "atlantis"), 2)


def test_init_does_not_overwrite(project: Project) -> None:
    """A folder that is a project stays what it is."""
    clear(gongshi("init", project.root), 2)


def test_a_profile_with_an_error_names_file_and_key(project: Project) -> None:
    """A wrong figure in the rules is found before anything is done with them."""
    path = project.data / "profiles/cn.toml"
    path.write_text(path.read_text("utf-8").replace("minimum_cases = 20", "minimum_cases = 0"))
    error = clear(gongshi("--root", project.root, "release"), 2)
    assert "cn.toml" in error and "league.minimum_cases" in error


@pytest.mark.parametrize("record_type", RECORD_TYPES)
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_blank_table_can_be_handed_in(
    project: Project, tmp_path: Path, record_type: str, kind: str
) -> None:
    """The template's example row without its mark is accepted, and released."""
    path = tmp_path / f"blank.{kind}"
    assert gongshi("template", record_type, "--format", kind, "-o", path).exit_code == 0
    path = unmarked(path)
    result = gongshi("--root", project.root, "intake", path, "--json")
    assert result.exit_code == 0, result.output
    (batch,) = json.loads(result.output)
    assert (batch["record_type"], batch["rows"], batch["new"]) == (record_type, 1, 1)


def test_a_corrected_return_file_clears_the_rows(project: Project, tmp_path: Path) -> None:
    """Rejected rows come back in a file; mended there, the same file is accepted."""
    path = tmp_path / "blank.csv"
    gongshi("template", "penalty", "--format", "csv", "-o", path)
    good = unmarked(path).read_text("utf-8-sig")
    path.write_text(good.replace("2026/01/05", "2026/02/30"), "utf-8")
    first = gongshi("--root", project.root, "intake", path, "--json")
    assert first.exit_code == 1
    (batch,) = json.loads(first.output)
    returned = Path(batch["returned"])
    text = returned.read_text("utf-8-sig")
    assert "2026/02/30" in text and "行号" in text
    returned.write_text(text.replace("2026/02/30", "2026/01/05"), "utf-8-sig")
    second = gongshi("--root", project.root, "intake", returned, "--json")
    assert second.exit_code == 0, second.output
    (batch,) = json.loads(second.output)
    assert (batch["new"], batch["rejected"]) == (1, 0)


def test_the_same_file_again_undoes_nothing(project: Project, tmp_path: Path) -> None:
    """Yesterday's file handed in after a correction is recognised and changes nothing."""
    path, newer = tmp_path / "monday.csv", tmp_path / "tuesday.csv"
    gongshi("template", "penalty", "--format", "csv", "-o", path)
    newer.write_text(
        unmarked(path).read_text("utf-8-sig").replace("罚款1000元", "罚款2000元"), "utf-8"
    )
    for each in (path, newer):
        assert gongshi("--root", project.root, "intake", each).exit_code == 0
    (batch,) = json.loads(gongshi("--root", project.root, "intake", path, "--json").output)
    assert (batch["repeats"], batch["duplicate"], batch["corrected"]) == (1, 1, 0)


def test_withdrawing_an_unknown_record(project: Project) -> None:
    """A mistyped id is wrong use, not a silent success."""
    clear(gongshi("--root", project.root, "withdraw", "nobody", "--reason", "x"), 2)


def test_verify_and_batches_of_a_city(small_city: Prepared) -> None:
    """Verify is clean, and each batch is a line that adds up."""
    root = small_city.project.root
    assert gongshi("--root", root, "verify").exit_code == 0
    batches = json.loads(gongshi("--root", root, "batches", "--last", 0, "--json").output)
    assert len(batches) == len(small_city.batches)
    lines = gongshi("--root", root, "batches", "--last", 3).output.splitlines()
    assert len(lines) == 3 and all("读入 rows" in line for line in lines)


def test_every_command_has_help_in_both_languages() -> None:
    """Nobody needs the source to know what a command does."""
    for name in main.commands:
        text = gongshi(name, "--help").output
        assert any("\u4e00" <= c <= "\u9fff" for c in text) and "Usage:" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    """Each command of the table is found in its module and explains itself."""
    result = gongshi(name, "--help")
    assert result.exit_code == 0 and f"gongshi {name}" in result.output.replace("main", "gongshi")


def test_a_small_command_starts_at_once() -> None:
    """What only releases need is not loaded to count a deadline."""
    code = (
        "import sys; from publish.cli import main\n"
        f"main(['--root', {str(ROOT)!r}, 'deadline', '2026-02-10'], standalone_mode=False)\n"
        "print([m for m in ('ibis', 'pandas', 'datasette', 'sqlalchemy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"
