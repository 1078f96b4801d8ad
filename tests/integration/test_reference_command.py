"""`gongshi reference`: tables checked, and loaded whole or not at all."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from publish.cli import main
from publish.handin.template import EXAMPLE, write_template
from publish.project import Project
from publish.schema import REFERENCE_TYPES, record_type

Run = Callable[..., Result]


@pytest.fixture
def run(project: Project) -> Run:
    """Runs a command in the project."""

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(main, ["--root", str(project.root), *words])

    return invoke


def table(project: Project, name: str) -> Path:
    """The file of a table."""
    return project.data / "reference" / str(record_type(name).file)


def test_the_demo_tables_are_right(run: Run) -> None:
    """Nothing is found in the tables of the demo city, and their rows are counted."""
    done = run("reference", "check", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "rows": {"department": 40, "alias": 205, "credit_list": 6, "catalogue": 176},
        "troubles": [],
    }
    assert "部门名录 department: 40" in run("reference", "check").stdout


def test_a_mistake_is_told_with_line_field_and_remedy(project: Project, run: Run) -> None:
    """Exit code 1; file, line and field are named in both languages."""
    path = table(project, "alias")
    path.write_text(path.read_text("utf-8") + "新区分局,nobody\n", "utf-8")
    done = run("reference", "check")
    assert done.exit_code == 1
    assert f"{path} 第 207 行：部门名录中没有“nobody”。" in done.stderr
    assert f"{path} line 207: “nobody” is not among the departments." in done.stderr
    (trouble,) = json.loads(run("reference", "check", "--json").stdout)["troubles"]
    assert (trouble["line"], trouble["field"], trouble["code"]) == (
        207,
        "code",
        "unknown_department",
    )


def test_no_project_is_wrong_use(tmp_path: Path) -> None:
    """Exit code 2 outside a project."""
    done = CliRunner().invoke(main, ["--root", str(tmp_path), "reference", "check"])
    assert done.exit_code == 2 and "Error: " in done.stderr


@pytest.mark.parametrize("name", REFERENCE_TYPES)
def test_a_template_filled_in_is_loaded(name: str, run: Run, tmp_path: Path) -> None:
    """The blank table of each type is recognised by its headings and loaded as it is filled in."""
    path = tmp_path / f"{name}.csv"
    write_template(record_type(name), path)
    path.write_text(path.read_text("utf-8").replace(EXAMPLE, ""), "utf-8")
    done = run("reference", "load", str(path), "--json")
    told = json.loads(done.stdout)
    assert (told["table"], told["rows"]) == (name, 1)
    # The lists, the catalogue and the other spellings name departments that the example lacks.
    assert (done.exit_code, told["written"]) == ((1, False) if name == "department" else (0, True))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("name", REFERENCE_TYPES)
def test_a_blank_template_wipes_no_table(name: str, kind: str, run: Run, tmp_path: Path) -> None:
    """A template with nothing but its example is refused: it would empty the table."""
    path = tmp_path / f"{name}.{kind}"
    write_template(record_type(name), path)
    done = run("reference", "load", str(path))
    assert done.exit_code == 2 and "has no rows" in done.stderr


def test_changes_are_told_and_other_columns_kept(
    project: Project, run: Run, tmp_path: Path
) -> None:
    """A file without some columns leaves them; added, changed and removed rows are named."""
    path = tmp_path / "名单.csv"
    path.write_bytes(
        "名单编码,名单类别,名单名称,英文名称,主管部门编码\n"
        "tax-a,守信激励,甲级纳税人,Taxpayers of class A,tax\n"
        "new,失信惩戒,新名单,New list,market\n".encode("gb18030")
    )
    before = table(project, "credit_list").read_text("utf-8")
    done = run("reference", "load", str(path))
    assert done.exit_code == 0
    assert "新增 added 1，更改 changed 1，删除 removed 5" in done.stdout
    assert (
        "  + new" in done.stdout and "  ~ tax-a" in done.stdout and "  - integrity" in done.stdout
    )
    after = table(project, "credit_list").read_text("utf-8").splitlines()
    assert after[0] == before.splitlines()[0]
    assert after[1].startswith("tax-a,red,甲级纳税人,") and after[1].endswith(",12")
    assert after[2] == "new,black,新名单,New list,market,,"


def test_nothing_is_written_if_a_row_is_wrong(project: Project, run: Run, tmp_path: Path) -> None:
    """One bad cell and one unknown department: both are told, the table stays as it was."""
    path = tmp_path / "catalogue.csv"
    path.write_text(
        "部门编码,事项编码,事项名称,记录类型,公示期限（工作日）\n"
        "market,1,事项,行政许可,两天\nnobody,2,事项,行政处罚,\n",
        "utf-8",
    )
    before = table(project, "catalogue").read_bytes()
    done = run("reference", "load", str(path))
    assert done.exit_code == 1
    assert f"{path} 第 2 行" in done.stderr and f"{path} 第 3 行" in done.stderr
    assert "2 处有误，没有写入" in done.stderr
    assert table(project, "catalogue").read_bytes() == before


def test_a_department_with_records_may_not_vanish(
    project: Project, run: Run, tmp_path: Path
) -> None:
    """A new table without a department that has records is refused, naming it."""
    assert run("intake", _penalty(tmp_path)).exit_code == 0
    lines = table(project, "department").read_text("utf-8").splitlines(keepends=True)
    path = tmp_path / "departments.csv"
    path.write_text("".join(line for line in lines if not line.startswith("market,")), "utf-8")
    done = run("reference", "load", str(path), "--json")
    assert done.exit_code == 1
    told = {(t["code"], t["line"]) for t in json.loads(done.stdout)["troubles"]}
    assert ("reference_in_use", 2) in told
    assert table(project, "department").read_text("utf-8") == "".join(lines)


def _penalty(folder: Path) -> str:
    """A file with the example of a penalty."""
    path = folder / "penalty.csv"
    write_template(record_type("penalty"), path)
    path.write_text(path.read_text("utf-8").replace(EXAMPLE, ""), "utf-8")
    return str(path)


def test_a_broken_table_can_be_replaced(project: Project, run: Run) -> None:
    """A table that cannot be read is no obstacle to loading it anew."""
    broken = table(project, "alias")
    good = broken.with_suffix(".bak")
    broken.rename(good)
    broken.write_text("x\n", "utf-8")
    assert run("reference", "check").exit_code == 2
    target = project.root / "aliases.csv"
    shutil.copy(good, target)
    assert run("reference", "load", str(target)).exit_code == 0
    assert broken.read_text("utf-8") == good.read_text("utf-8")


def test_headings_of_no_table_are_wrong_use(run: Run, tmp_path: Path) -> None:
    """A file that is none of the tables is refused, naming those that there are."""
    path = tmp_path / "x.csv"
    path.write_text("甲,乙\n1,2\n", "utf-8")
    done = run("reference", "load", str(path))
    assert done.exit_code == 2 and "credit_list" in done.stderr
