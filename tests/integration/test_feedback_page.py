"""The page on objections and repair, and its forms: deadlines as the rules set them."""

import sqlite3
from collections import defaultdict
from contextlib import closing
from datetime import date
from io import BytesIO
from pathlib import Path

import docx
import pytest

from monitor.calendar import Calendar, load_calendar
from monitor.clocks import CLOCKS, FEEDBACK
from publish.demo.run import Prepared
from publish.errors import ProblemError
from publish.pages.feedback import PROCEDURES, feedback_sheet, procedure
from publish.pages.forms import load_forms, write_form
from publish.pages.pages import build_site
from publish.pages.queries import read_figures
from publish.pages.sheets import Site
from publish.profile import load_profile
from publish.project import Project
from publish.release.build import read_only
from publish.release.manifest import read_manifest
from publish.schema import types_of
from tests.integration.test_pages import CHECKOUT, fill_credit, fill_monitor, manifest, tiny_project

TODAY = date(2026, 3, 4)
PROFILES = sorted(p.stem for p in (CHECKOUT / "data/profiles").glob("*.toml"))


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    """China's working days."""
    return load_calendar(CHECKOUT / "data/reference/calendars", "cn")


def site_of(project: Project) -> Site:
    """What the pages of a project's release are made from."""
    credit = read_only(project.current / "credit.db")
    figures = read_figures(read_only(project.current / "monitor.db"), credit, types_of("record"))
    return Site(figures, project, read_manifest(project.current), credit)


def built(root: Path, profile: str) -> Path:
    """The folder of the site of a profile, and of hardly any records."""
    out = root / "out"
    with (
        closing(sqlite3.connect(":memory:")) as monitor,
        closing(sqlite3.connect(":memory:")) as credit,
    ):
        fill_monitor(monitor)
        fill_credit(credit)
        project = tiny_project(root / "project", profile)
        build_site(out, monitor=monitor, credit=credit, project=project, manifest=manifest())
    return out


@pytest.mark.parametrize("name", PROFILES)
def test_every_stage_that_a_profile_sets_is_shown(name: str, calendar: Calendar) -> None:
    """Of every clock the days of the profile stand there with their source, of no other any."""
    profile = load_profile(CHECKOUT / f"data/profiles/{name}.toml")
    for kind in PROCEDURES:
        rules = getattr(profile.clocks, kind)
        rule = rules.on(TODAY) if rules else None
        figures = {c.name: c.steps.figure for c in CLOCKS if c.steps and c.steps.kind == kind}
        expected = {
            clock: getattr(rule, figure)
            for clock, figure in figures.items()
            if getattr(rule, figure, None) is not None
        }
        found = procedure(profile, kind, TODAY, calendar)
        assert {s.clock: s.days for s in found.stages} == expected
        assert all(s.source in found.sources for s in found.stages)
        assert bool(found.sources) == bool(rule)


def test_worked_dates_follow_each_other(calendar: Calendar) -> None:
    """Each stage begins where the one before it ends, and ends as the calendar counts."""
    profile = load_profile(CHECKOUT / "data/profiles/demo-city.toml")
    found = {s.clock: s for s in procedure(profile, "objection", TODAY, calendar).stages}
    assert found["objection_pass_on"].due == "2026-03-11"
    assert found["objection_verify"].start == found["objection_pass_on"].due
    assert found["objection_verify"].due == "2026-03-18"
    assert found["objection_notify"].start == found["objection_verify"].due
    assert found["objection_total"].start == TODAY.isoformat()
    assert found["objection_total"].due == "2026-03-20"
    assert found["objection_verify"].longest == 10 and found["objection_total"].longest == 20
    repair = {s.clock: s for s in procedure(profile, "repair", TODAY, calendar).stages}
    assert repair["repair_execute"].start == repair["repair_decide"].due


def test_the_same_day_is_said_so(tmp_path: Path) -> None:
    """A stage of no working days is due on the day itself."""
    text = (built(tmp_path, "henan-2020") / "feedback/index.html").read_text("utf-8")
    assert "<b>当日</b>" in text and "<b>0个工作日</b>" not in text


def test_a_profile_without_those_clocks(tmp_path: Path) -> None:
    """Where the rules set no deadline the page says that, and offers no Chinese form."""
    out = built(tmp_path, "us-fda")
    text = (out / "feedback/index.html").read_text("utf-8")
    assert text.count("The rules in force set no deadline.") == len(PROCEDURES)
    assert "/forms/" not in text and not (out / "forms").exists()


def test_figures_are_those_of_the_database(small_city: Prepared) -> None:
    """Rates are the indicators of the whole city, medians are taken from the duties themselves."""
    project = small_city.project
    context = feedback_sheet(site_of(project)).context
    kept = {one.clock: one.figures for one in context["kept"]}
    assert kept.keys() <= {clock.name for clock in FEEDBACK} and len(kept) > 5
    with closing(read_only(project.current / "monitor.db")) as db:
        for place, span in enumerate(context["spans"]):
            used = defaultdict[str, list[int]](list)
            for clock, status, days in db.execute(
                "SELECT clock, status, working_days_used FROM duty WHERE due_date BETWEEN ? AND ?",
                (span.first, span.last),
            ):
                if status in {"on_time", "late"}:
                    used[clock].append(days)
            counted = {
                name.removesuffix("_timeliness"): (on_time, due)
                for name, on_time, due in db.execute(
                    "SELECT name, numerator, denominator FROM indicator "
                    "WHERE department = '*' AND record_type = '*' AND period = ?",
                    (span.period,),
                )
            }
            for clock, found in kept.items():
                row, median = found[place]
                days = sorted(used[clock])
                assert median == (days[(len(days) - 1) // 2] if days else None), clock
                shown = (row.numerator, row.denominator) if row else None
                assert shown == counted.get(clock), clock


def test_departments_are_not_ranked(small_city: Prepared) -> None:
    """They stand in the order of their codes, and what is overdue is what the duties say."""
    project = small_city.project
    rows = feedback_sheet(site_of(project)).context["departments"]
    codes = [r["department"].code for r in rows]
    assert codes == sorted(codes) and codes
    clocks = tuple(clock.name for clock in FEEDBACK)
    with closing(read_only(project.current / "monitor.db")) as db:
        overdue = dict(
            db.execute(
                "SELECT department, count(*) FROM duty WHERE status = 'overdue' "
                f"AND clock IN ({','.join('?' * len(clocks))}) GROUP BY 1",
                clocks,
            ).fetchall()
        )
    assert {r["department"].code: r["overdue"] for r in rows if r["overdue"]} == overdue


def test_forms_are_documents_with_every_field(small_city: Prepared) -> None:
    """Each form opens as a Word document, asks for all it declares and tells the deadlines."""
    project = small_city.project
    forms = load_forms(project.site)
    assert {form.name for form in forms} == set(PROCEDURES)
    text = (project.current / "site/feedback/index.html").read_text("utf-8")
    for form in forms:
        assert f'href="{form.path}"' in text
        bytes_read = (project.current / "site" / form.path.lstrip("/")).read_bytes()
        document = docx.Document(BytesIO(bytes_read))
        labels = [row.cells[0].text for table in document.tables for row in table.rows]
        assert labels == [field.label for _, fields in form.parts for field in fields]
        said = "\n".join(paragraph.text for paragraph in document.paragraphs)
        assert form.title in said and form.statement in said and "签名" in said
        site = site_of(project)
        stages = procedure(project.profile, form.name, site.today, project.calendar).stages
        assert stages and all(f"{stage.days}个工作日内" in said for stage in stages)


def test_the_same_form_has_the_same_bytes(tmp_path: Path) -> None:
    """A form does not change with the time at which it is written."""
    (form, *_) = load_forms(CHECKOUT / "site")
    one, other = (write_form(tmp_path / n, form, "（门户）", ["一", "二"]) for n in ("a", "b"))
    assert one.read_bytes() == other.read_bytes()
    changed = write_form(tmp_path / "c", form, "（门户）", ["一"])
    assert changed.read_bytes() != one.read_bytes()


def test_a_wrong_form_is_named(tmp_path: Path) -> None:
    """A declaration that lacks something stops the release with the name of its file."""
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms/broken.toml").write_text('title = "表"\n', "utf-8")
    with pytest.raises(ProblemError, match=r"broken\.toml"):
        load_forms(tmp_path)
