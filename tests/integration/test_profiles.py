"""Every profile that is shipped runs a portal; the rules as commands and as a page."""

import csv
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from markupsafe import escape

from publish.cli import main
from publish.handin.intake import Handing, intake
from publish.jobs.actions import Actions
from publish.project import Project, init_project, profile_names
from publish.register.register import open_register
from publish.release.release import release
from publish.rulebook import figures
from tests.conftest import silent
from tests.unit.handed import example

ROOT = Path(__file__).parents[2]
MORNING = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
HANDED_IN = ("licence", "penalty", "list_entry")


def gongshi(*words: object) -> Result:
    """Runs a command."""
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A new project under the demo city's rules."""
    return init_project(tmp_path / "project", "demo-city")


def handed_in(root: Path, profile: str, penalties: int = 1, **changes: str) -> Project:
    """A project with examples of three types; cells of the first penalty are changed."""
    project = init_project(root, profile)
    for name in ("departments", "aliases", "lists"):
        shutil.copy(ROOT / f"data/reference/{name}.csv", project.data / "reference")
    with open_register(project.register) as register:
        for name in HANDED_IN:
            rows = [example(name)]
            if name == "penalty":
                more = [f"示例市监罚〔2026〕{n}号" for n in range(2, penalties + 1)]
                rows = [example(name, **changes), *(example(name, document_no=n) for n in more)]
            path = root / f"{name}.csv"
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerows([list(rows[0]), *(list(r.values()) for r in rows)])
            (batch,) = intake(project, register, path, Handing(MORNING), silent)
            assert batch.counts.new == len(rows)
    return project


def shown(project: Project, table: str) -> list[str | None]:
    """The last days of the records of a type that are being served."""
    path = project.current / "credit.db"
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as db:
        return [row[0] for row in db.execute(f'SELECT public_until FROM "{table}"')]


@pytest.mark.parametrize("name", list(profile_names(ROOT)))
def test_every_profile_runs_a_portal(tmp_path: Path, name: str) -> None:
    """Under each set of rules rows are taken in, decided and released, with a page of the rules."""
    project = handed_in(tmp_path / "project", name)
    with open_register(project.register) as register:
        release(project, register, MORNING + timedelta(hours=1), silent)
    assert [len(shown(project, table)) for table in HANDED_IN] == [1, 1, 1]
    for prefix in ("", "en" if project.profile.jurisdiction.language == "zh" else "zh"):
        page = (project.current / "site" / prefix / "rules/index.html").read_text("utf-8")
        for row in figures(project.profile):
            assert str(escape(row.source)) in page


@pytest.mark.parametrize("name", ["demo-city", "us-fda"])
def test_a_term_that_ends_tonight_is_off_tonight(tmp_path: Path, name: str) -> None:
    """The last day is public to its last second by the profile's clock; then the job ends it."""
    project = handed_in(tmp_path / "project", name, 4, publish_until="2026-11-20")
    midnight = datetime(2026, 11, 21, tzinfo=project.profile.zone)
    now = [midnight - timedelta(hours=9)]
    with open_register(project.register) as register:
        actions = Actions(project, register, lambda: now[0])
        actions.release()
        assert "2026-11-20" in shown(project, "penalty")
        now[0] = midnight - timedelta(seconds=1)
        assert actions.expiry() == 0 and len(shown(project, "penalty")) == 4
        now[0] = midnight
        assert actions.expiry() == 1
        assert "2026-11-20" not in shown(project, "penalty") and actions.expiry() == 0
    assert [len(shown(project, table)) for table in HANDED_IN] == [1, 3, 1]


def test_the_rules_are_listed_and_shown(project: Project) -> None:
    """The list marks the project's own; each figure has its day, source and who states it."""
    found = json.loads(gongshi("--root", project.root, "profile", "list", "--json").output)
    assert [one["name"] for one in found] == list(profile_names(ROOT))
    used = {one["name"]: one["extends"] for one in found if one["used"]}
    assert used == {"demo-city": ["cn"]}
    rows = json.loads(gongshi("--root", project.root, "profile", "show", "--json").output)
    (serious,) = (
        row
        for row in rows
        if (row["name"], row["valid_from"]) == ("serious.min_months", "2026-04-01")
    )
    assert (serious["rule"], serious["value"], serious["unit"]) == ("terms", 12, "months")
    assert (serious["profile"], serious["inherited"]) == ("cn", True)
    assert "第36号" in serious["source"]
    text = gongshi("--root", project.root, "profile", "show", "us-fda")
    assert text.exit_code == 0 and "clocks.disclosure.days.penalty = 7" in text.output
    assert "程序默认 default of the program" in text.output
    assert "  demo-city " not in gongshi("--root", project.root, "profile", "list").output


def test_a_rule_without_figures_is_shown_with_its_source(project: Project) -> None:
    """Where nothing was found to be set, the table says so."""
    rows = gongshi("--root", project.root, "profile", "show", "henan-2020").output
    assert "clocks.objection = —\n    《河南省社会信用条例》施行" in rows


def test_profiles_are_checked(project: Project) -> None:
    """All that are shipped pass; a wrong one is told in both languages, with exit code 1."""
    names = list(profile_names(ROOT))
    passed = gongshi("--root", project.root, "profile", "check", *names)
    assert passed.exit_code == 0 and passed.output.count("\n") == len(names)
    path = project.data / "profiles/cn.toml"
    path.write_text(path.read_text("utf-8").replace("retention_years = 5", "retention_years = 0"))
    failed = gongshi("--root", project.root, "profile", "check", "us-fda", "henan-2020")
    assert failed.exit_code == 1 and "us-fda: " in failed.output
    assert "cn.toml" in failed.output and "persons.retention_years" in failed.output
    assert "错误：" in failed.output and "Error: " in failed.output
    (one,) = json.loads(gongshi("--root", project.root, "profile", "check", "--json").output)
    assert one["name"] == "demo-city" and one["error_en"] != one["error_zh"]


def test_two_profiles_are_compared(project: Project) -> None:
    """What differs is named once with both values and sources."""
    words = ("--root", project.root, "profile", "diff")
    text = gongshi(*words, "henan-2020", "shandong-2020")
    assert text.exit_code == 0
    assert "clocks.objection [2020-05-01].own\n  henan-2020: 3\n" in text.output
    pairs = json.loads(gongshi(*words, "cn", "demo-city", "--json").output)
    (changed,) = ([a, b] for a, b in pairs if a and b and a["name"] == "commitment")
    assert [side["value"] for side in changed] == ["withhold", "publish_masked"]
    assert "没有不同" in gongshi(*words, "cn", "cn").output


@pytest.mark.parametrize("words", [("show", "x"), ("check", "x"), ("diff", "cn", "x")])
def test_an_unknown_profile_is_wrong_use(project: Project, words: tuple[str, ...]) -> None:
    """What is not there is named, and what is."""
    result = gongshi("--root", project.root, "profile", *words)
    assert result.exit_code == 2
    zh, en = result.output.strip().splitlines()
    assert zh.startswith("错误：") and en.startswith("Error: ") and "shanghai-2017" in en
