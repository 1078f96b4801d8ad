"""Reports: what is printed and signed is what the portal's tables hold, and can be worked out."""

import json
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from docx import Document
from python_calamine import CalamineWorkbook

from monitor.clocks import CLOCKS, DISCLOSURE
from monitor.reports.circular import FIELDS, LISTS
from monitor.tables import LEAGUE
from publish.cli import main
from publish.demo.run import Prepared
from publish.errors import UsageError
from publish.project import Project, open_project
from publish.register.register import moment, open_register
from publish.register.removal import next_moment
from publish.release.close import close
from publish.release.handout import Wanted, report
from publish.release.manifest import read_manifest
from publish.release.release import release
from tests.conftest import silent
from tests.unit.formulas import Cells

QUARTER = "2026Q3"
DAY = date(2026, 10, 9)
DUE = "2026年10月22日"
"""Ten working days after that day: 10 October is a make-up Saturday."""
SPAN = ("2026-07-01", "2026-09-30")
ROOT = Path(__file__).parents[2]
Sheet = list[list[Any]]


@pytest.fixture(scope="module")
def project(small_city: Prepared) -> Project:
    """The demo city."""
    return small_city.project


@pytest.fixture(scope="module")
def reports(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of a quarter that is not closed, as an office asks for them."""
    out = tmp_path_factory.mktemp("reports")
    with open_register(project.register) as register:
        report(project, register, Wanted(QUARTER, DAY), out)
    return out


@pytest.fixture(scope="module")
def closed(small_city: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the city in which the quarter was closed and published."""
    root = tmp_path_factory.mktemp("closed") / "city"
    shutil.copytree(small_city.project.root, root, symlinks=True)
    project = open_project(root)
    with open_register(project.register) as register:
        at = next_moment(register, moment(register.last_release()))
        close(project, register, QUARTER, "示例经办", at, silent)
        release(project, register, next_moment(register, at), silent)
    return open_project(root)


def figures(project: Project, sql: str, *values: object) -> list[dict[str, Any]]:
    """Rows of the release's figures."""
    with closing(sqlite3.connect(f"file:{project.current / 'monitor.db'}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(sql, values)]


def indicator(project: Project, department: str, name: str, kind: str = "*") -> dict[str, Any]:
    """One figure of the quarter."""
    sql = (
        "SELECT numerator, denominator, value FROM indicator WHERE period = ? AND department = ? "
        "AND name = ? AND record_type = ?"
    )
    found = figures(project, sql, QUARTER, department, name, kind)
    return found[0] if found else {"numerator": None, "denominator": None, "value": None}


def sheet(path: Path, name: str) -> Sheet:
    """The cells of a sheet; blank ones are empty texts."""
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_name(name).to_python()


def below(rows: Sheet, heading: str) -> list[dict[str, Any]]:
    """The rows of the table in which some column is so headed, by the Chinese headings."""
    top = next(
        i for i, row in enumerate(rows) if any(str(c).split("\n")[0] == heading for c in row)
    )
    names = [str(c).split("\n")[0] for c in rows[top]]
    return [dict(zip(names, row, strict=True)) for row in rows[top + 1 :] if any(row)]


def texts(path: Path) -> str:
    """Everything that a document says, paragraphs and tables."""
    document = Document(str(path))
    cells = (c.text for t in document.tables for row in t.rows for c in row.cells)
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def departments(project: Project) -> Mapping[str, str]:
    """Every department's name."""
    return {r["code"]: r["name_zh"] for r in figures(project, "SELECT * FROM department")}


def test_the_league_workbook_holds_the_league_table(project: Project, reports: Path) -> None:
    """Each row's counts, rate, interval, ranks and score are those of the table `league`."""
    names = departments(project)
    held = {names[r["department"]]: r for r in figures(project, f"{_LEAGUE} ORDER BY 2", QUARTER)}
    rows = below(sheet(reports / "league-2026Q3.xlsx", "排名"), "部门")
    assert {row["部门"] for row in rows} == {*held, "全市 whole city"}
    for row in rows[:-1]:
        told = held[row["部门"]]
        for heading, column in _HEADINGS.items():
            want = told[column]
            assert row[heading] == ("" if want is None else pytest.approx(want)), (row, heading)


_LEAGUE = "SELECT * FROM league WHERE period = ?"
_HEADINGS = {
    "名次": "rank",
    "最好": "rank_low",
    "最差": "rank_high",
    "得分": "score",
    "及时": "on_time",
    "应公示": "due",
    "及时率": "rate",
    "下限": "low",
    "上限": "high",
    "逾期未办": "backlog",
}


def test_every_formula_comes_to_what_the_file_says(reports: Path) -> None:
    """Worked out anew, each formula of the workbooks gives the published figure beside it."""
    count = 0
    for path in [reports / "league-2026Q3.xlsx", *sorted(reports.glob("scorecard-*.xlsx"))[:5]]:
        sheets = len(CalamineWorkbook.from_path(str(path)).sheet_names)
        for number in range(1, sheets + 1):
            for place, found, said in Cells(path, number).worked_out():
                count += 1
                assert found == (said if isinstance(said, str) else pytest.approx(said)), place
    assert count > 500


def test_the_city_is_the_sum_of_the_departments(project: Project, reports: Path) -> None:
    """The last row adds up the rows above and is the city's own figure."""
    last = below(sheet(reports / "league-2026Q3.xlsx", "排名"), "部门")[-1]
    city = indicator(project, "*", "timeliness_rate")
    assert (last["及时"], last["应公示"]) == (city["numerator"], city["denominator"])
    assert last["及时率"] == pytest.approx(city["value"])


def test_the_league_for_programs_is_the_table(project: Project, reports: Path) -> None:
    """The JSON holds every column of every row, and says what it is taken from."""
    held = json.loads((reports / "league-2026Q3.json").read_bytes())
    rows = sorted(figures(project, _LEAGUE, QUARTER), key=lambda r: r["department"])
    told = sorted(held["data"], key=lambda r: r["department"])
    assert [{c: row[c] for c in LEAGUE.columns} for row in told] == rows
    assert held["meta"]["release"]["release"] == project.current.resolve().name
    assert held["meta"]["edition"] is None


def test_a_scorecard_is_for_every_department_listed(project: Project, reports: Path) -> None:
    """There is one workbook for each department of the league table."""
    listed = {r["department"] for r in figures(project, _LEAGUE, QUARTER)}
    assert {p.stem.removeprefix("scorecard-") for p in reports.glob("scorecard-*")} == listed


def scorecards(project: Project, reports: Path) -> Iterator[tuple[str, Path]]:
    """Each department with its scorecard."""
    for code in departments(project):
        path = reports / f"scorecard-{code}.xlsx"
        if path.exists():
            yield code, path


def test_the_working_adds_up_to_the_score(project: Project, reports: Path) -> None:
    """The points of a scorecard come to the department's score in the league table."""
    held = {r["department"]: r["score"] for r in figures(project, _LEAGUE, QUARTER)}
    for code, path in scorecards(project, reports):
        rows = sheet(path, "考核表")
        total = next(row for row in rows if row[0] == "合计 total")
        assert total[6] == ("" if held[code] is None else held[code]), code


def test_rejected_rows_are_listed_by_place_and_reason(project: Project, reports: Path) -> None:
    """As many lines are listed as rows of the department were rejected in the period."""
    seen = 0
    for code, path in scorecards(project, reports):
        rate = indicator(project, code, "compliance_rate")
        rejected = (rate["denominator"] or 0) - (rate["numerator"] or 0)
        lines = {(r["批次"], r["行"]) for r in below(sheet(path, "退回行"), "批次")}
        assert len(lines) == rejected, code
        seen += len(lines)
    assert seen


def test_lists_have_as_many_rows_as_the_figures_say(project: Project, reports: Path) -> None:
    """Unused items, decisions found and number gaps are listed one by one."""
    for code, path in scorecards(project, reports):
        coverage = indicator(project, code, "coverage")
        unused = (coverage["denominator"] or 0) - (coverage["numerator"] or 0)
        assert len(below(sheet(path, "目录覆盖"), "事项编码")) == unused, code
        found = indicator(project, code, "omission_rate")["numerator"] or 0
        assert len(below(sheet(path, "抽查未报"), "抽查编号")) == found, code
        gaps = figures(project, "SELECT * FROM number_gap WHERE department = ?", code)
        asked = [g for g in gaps if g["year"] == "2026"]
        rows = [r for r in below(sheet(path, "文号缺口"), "文号系列") if r["文号系列"]]
        assert len(rows) == len(asked), code


def test_overdue_duties_are_all_listed(project: Project, reports: Path) -> None:
    """What counts as late or overdue in the period is listed, with the working days over."""
    seen = 0
    for code, path in scorecards(project, reports):
        rows = below(sheet(path, "逾期清单"), "到期日")
        clocks = Counter(row["义务"] for row in rows if SPAN[0] <= str(row["到期日"]))
        for clock in CLOCKS:
            rate = indicator(project, code, f"{clock.name}_timeliness")
            if clock is DISCLOSURE:
                rate = indicator(project, code, "timeliness_rate")
            missed = (rate["denominator"] or 0) - (rate["numerator"] or 0)
            assert clocks[clock.zh] == missed, (code, clock.name)
        seen += len(rows)
    assert seen


def test_what_is_overdue_now_is_all_listed(project: Project, reports: Path) -> None:
    """Every overdue duty stands in the scorecard with its evidence and the working days over."""
    seen = 0
    for code, path in scorecards(project, reports):
        held = figures(project, _OWED, code)
        rows = below(sheet(path, "仍未办结"), "到期日")
        assert [r["依据（接在门户地址后）"].rpartition("/")[2] for r in rows] == held_ids(held)
        for row, duty in zip(rows, held, strict=True):
            assert str(row["到期日"]) == duty["due_date"]
            assert row["逾期工作日"] == duty["over"]
        seen += len(rows)
    assert seen


def held_ids(duties: list[dict[str, Any]]) -> list[str]:
    """The ids of duties."""
    return [duty["duty_id"] for duty in duties]


_OWED = """
SELECT duty.*, at.seq - due.seq AS over FROM duty JOIN "release"
JOIN calendar due ON due.date = due_date
JOIN calendar at ON at.date = substr(as_of, 1, 10)
WHERE department = ? AND status = 'overdue' ORDER BY due_date, clock, duty_id
"""


def test_the_circular_states_the_figures(project: Project, reports: Path) -> None:
    """Totals, late rates of licences and penalties, and the day by which to put things right."""
    said = texts(reports / "circular-2026Q3.docx")
    timely = indicator(project, "*", "timeliness_rate")
    assert f"应公示行政决定{timely['denominator']:.0f}件" in said
    assert f"及时率{timely['value'] * 100:.2f}%" in said
    for word, kind in (("行政许可", "licence"), ("行政处罚", "penalty")):
        late = indicator(project, "*", "late_rate", kind)
        told = f"{word}公示{late['denominator']:.0f}件，迟报{late['numerator']:.0f}件"
        assert told in said
    assert f"不迟于{DUE}（10个工作日内）" in said
    assert "未定稿" in said
    assert "演示数据" in said
    assert not re.search(r"[{}]|None|nan", said)


def test_the_circular_names_exactly_who_is_over_a_limit(project: Project, reports: Path) -> None:
    """The departments with a late rate over a tenth are named, the highest first."""
    names, over = departments(project), {}
    for row in figures(project, _LEAGUE, QUARTER):
        rate = indicator(project, row["department"], "late_rate")["value"]
        if rate is not None and rate > 0.1:
            over[names[row["department"]]] = f"{rate * 100:.2f}%"
    table = next(
        t
        for t in Document(str(reports / "circular-2026Q3.docx")).tables
        if t.rows[0].cells[1].text == "迟报（件）"
    )
    named = {row.cells[0].text: row.cells[3].text for row in table.rows[1:]}
    assert named == over
    rates = [float(rate[:-1]) for rate in named.values()]
    assert rates == sorted(rates, reverse=True)


def test_options_override_the_rules(project: Project, tmp_path: Path) -> None:
    """A limit of one leaves nobody to be named; the number and the days are as asked for."""
    limits = {"late_over": 1.0, "rectify_days": 1}
    wanted = Wanted(QUARTER, DAY, sorts=("circular",), number="示例信用〔2026〕9号", limits=limits)
    with open_register(project.register) as register:
        (path,) = report(project, register, wanted, tmp_path)
    said = texts(path)
    assert "没有迟报率高于100%的部门" in said
    assert "示例信用〔2026〕9号" in said
    assert "不迟于2026年10月10日（1个工作日内）" in said


def test_the_same_figures_give_the_same_bytes(
    project: Project, reports: Path, tmp_path: Path
) -> None:
    """Asked for a second time, every report is the same in every byte."""
    with open_register(project.register) as register:
        again = report(project, register, Wanted(QUARTER, DAY), tmp_path)
    assert len(again) > 10
    assert [p.name for p in again if p.read_bytes() != (reports / p.name).read_bytes()] == []


def test_a_closed_period_is_reported_from_its_edition(closed: Project, tmp_path: Path) -> None:
    """Nothing is marked as a draft any more, the edition is named, and the circular is public."""
    folder = closed.current / "downloads/reports"
    book, circular = folder / "league-2026Q3.xlsx", folder / "circular-2026Q3.docx"
    assert "未定稿" not in texts(circular)
    assert "以定稿2026Q3-1为准" in texts(circular)
    head = " ".join(str(c) for row in sheet(book, "排名")[:3] for c in row)
    assert "未定稿" not in head
    assert "2026Q3-1" in head
    assert not (folder / "circular-2026Q2.docx").exists()
    assert "未定稿" in str(sheet(folder / "league-2026Q2.xlsx", "排名")[1])
    with open_register(closed.register) as register:
        for path in report(closed, register, Wanted(QUARTER, DAY, 1, sorts=("league",)), tmp_path):
            assert path.read_bytes() == (folder / path.name).read_bytes()


def test_a_scorecard_of_an_edition_asks_about_the_same(
    closed: Project, project: Project, reports: Path
) -> None:
    """A scorecard from an edition lists what the draft listed, series of numbers included."""
    seen = 0
    for code, path in scorecards(project, reports):
        other = closed.current / "downloads/reports" / path.name
        for name, heading in (("逾期清单", "到期日"), ("文号缺口", "文号系列"), ("退回行", "批次")):
            one, two = (below(sheet(p, name), heading) for p in (path, other))
            assert one == two, (code, name)
            seen += len(one)
    assert seen


def test_reports_are_downloads_with_titles(project: Project) -> None:
    """Each report is in the manifest with its checksum, under one title for each sort."""
    files = read_manifest(project.current)["files"]
    held = [f for f in files if f["path"].startswith("downloads/reports/")]
    assert {f["title_en"] for f in held} == {"League tables", "Scorecards of the departments"}
    assert len(held) == sum(1 for _ in (project.current / "downloads/reports").iterdir())


def test_scorecards_can_be_left_out(city_copy: Path) -> None:
    """Where the rules say so, a release holds league tables but no scorecards."""
    rules = city_copy / "data/profiles/demo-city.toml"
    rules.write_text(rules.read_text("utf-8").replace("[reports]", "[reports]\nscorecards = false"))
    project = open_project(city_copy)
    with open_register(project.register) as register:
        release(project, register, next_moment(register, moment(register.last_release())), silent)
    names = [p.name for p in (project.current / "downloads/reports").iterdir()]
    assert "league-2026Q3.xlsx" in names
    assert not [n for n in names if n.startswith("scorecard")]


def altered(template: Path, old: str, new: str, out: Path) -> Path:
    """A copy of a template in which some words are others."""
    document = Document(str(template))
    runs = [r for p in document.paragraphs for r in p.runs]
    runs += [
        r
        for t in document.tables
        for row in t.rows
        for c in row.cells
        for p in c.paragraphs
        for r in p.runs
    ]
    hits = [run for run in runs if old in run.text]
    assert hits
    for run in hits:
        run.text = run.text.replace(old, new)
    document.save(str(out))
    return out


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{{ 首日 }}", "{{ 开始日 }}", "开始日"),
        ("{{ 应公示 }}", "{{ 应公式 }}", "应公式（应公示？）"),
        ("{{ 项.退回 }}", "{{ 项.退会 }}", "项.退会（退回？）"),
        ("{%tr for 项 in 积压部门 %}", "{%tr for 项 in 积压单位 %}", "积压单位（积压？）"),
        ("{{ 末日 }}", "{{ 末日 ", "标记写法有误"),
    ],
)
def test_a_template_that_is_wrong_is_refused_by_name(
    project: Project, tmp_path: Path, old: str, new: str, told: str
) -> None:
    """An unknown field, list or field of a list, and a mark without its end."""
    template = altered(project.circular, old, new, tmp_path / "own.docx")
    wanted = Wanted(QUARTER, DAY, sorts=("circular",), template=template)
    with (
        open_register(project.register) as register,
        pytest.raises(UsageError, match=re.escape(told)),
    ):
        report(project, register, wanted, tmp_path)


def test_a_template_may_not_reach_beyond_its_fields(project: Project, tmp_path: Path) -> None:
    """What is no field but a way into the program is refused."""
    way = "{{ 首日.__class__.__mro__ }}"
    template = altered(project.circular, "{{ 首日 }}", way, tmp_path / "own.docx")
    wanted = Wanted(QUARTER, DAY, sorts=("circular",), template=template)
    with open_register(project.register) as register, pytest.raises(UsageError, match="无法填写"):
        report(project, register, wanted, tmp_path)


def test_what_is_no_word_document_is_refused(project: Project, tmp_path: Path) -> None:
    """A text that is only called .docx."""
    template = tmp_path / "own.docx"
    template.write_text("通报", "utf-8")
    wanted = Wanted(QUARTER, DAY, sorts=("circular",), template=template)
    with open_register(project.register) as register, pytest.raises(UsageError, match="不是Word"):
        report(project, register, wanted, tmp_path)


def test_names_are_text_in_every_report(city_copy: Path, tmp_path: Path) -> None:
    """A department called like a formula or like markup is shown by that name."""
    name = '=1+1<b>&"局'
    path = city_copy / "data/reference/departments.csv"
    text = path.read_text("utf-8").replace("示例市交通运输局", '"=1+1<b>&""局"')
    path.write_text(text, "utf-8")
    project = open_project(city_copy)
    with closing(sqlite3.connect(project.current / "monitor.db")) as db:
        db.execute("UPDATE department SET name_zh = ? WHERE code = 'transport'", (name,))
        db.commit()
    with open_register(project.register) as register:
        report(project, register, Wanted(QUARTER, DAY, departments=("transport",)), tmp_path)
    assert name in [
        r["部门"] for r in below(sheet(tmp_path / "league-2026Q3.xlsx", "排名"), "部门")
    ]
    assert name in str(sheet(tmp_path / "scorecard-transport.xlsx", "考核表")[0])
    assert name in texts(tmp_path / "circular-2026Q3.docx")


def test_the_command_lists_what_it_wrote(project: Project, tmp_path: Path) -> None:
    """With --json a program reads the files; what there is not is wrong use."""
    run = CliRunner().invoke
    args = ["--root", str(project.root), "monitor", "report"]
    asked = [*args, QUARTER, "--only", "league", "--out", str(tmp_path), "--json"]
    done = run(main, asked)
    assert done.exit_code == 0, done.output
    files = json.loads(done.stdout)["files"]
    assert [Path(f).name for f in files] == [f"league-2026Q3.{k}" for k in ("xlsx", "csv", "json")]
    for wrong in (["2026Q9"], [QUARTER, "--department", "nobody"], [QUARTER, "--edition", "3"]):
        failed = run(main, [*args, *wrong, "--out", str(tmp_path / "none")])
        assert failed.exit_code == 2, failed.output
        assert not (tmp_path / "none").exists()


def test_the_documentation_names_every_field() -> None:
    """Each field and list that a template may hold stands in the how-to with its meaning."""
    held = (ROOT / "docs/how-to/reports.md").read_text("utf-8")
    for name, (zh, en) in FIELDS.items():
        assert f"| `{name}` | {zh} | {en} |" in held
    for name, (zh, en, items) in LISTS.items():
        assert f"| `{name}` | | {zh} | {en} |" in held
        for key, (one, other) in items.items():
            assert f"| | `项.{key}` | {one} | {other} |" in held
