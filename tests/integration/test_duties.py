"""What a release says of duties: handed in, exempt, and moved by a new calendar."""

from contextlib import closing
from datetime import date, timedelta
from shutil import rmtree

from click.testing import CliRunner, Result

from monitor.calendar import Calendar, update_calendar
from monitor.clocks import CLOCKS, STATUSES
from publish.cli import main
from publish.demo.run import Prepared
from publish.project import Project, open_project
from publish.register.register import Register
from publish.release.build import read_only
from publish.release.release import release
from tests.conftest import silent
from tests.integration.test_types import AT, hand_in
from tests.unit.handed import PERSON, example

OFF = date(2026, 3, 9)
"""A Monday that a later notice takes from the working days."""


def ask(project: Project, sql: str) -> list[tuple[object, ...]]:
    """What a question to the figures of the release finds."""
    with closing(read_only(project.current / "monitor.db")) as db:
        return db.execute(sql).fetchall()


def gongshi(project: Project, *words: str) -> Result:
    """What a command does."""
    return CliRunner().invoke(main, ["--root", str(project.root), *words])


def closed(project: Project, day: date = OFF) -> Project:
    """The project with a new version of its calendar, in which a day is off."""
    overrides = project.calendars / "cn.overrides.csv"
    text = overrides.read_text("utf-8")
    overrides.write_text(f"{text}{day},0,临时停工,示例市（虚构）公告\n", "utf-8")
    update_calendar(project.calendars, "cn", project.calendar.first, project.calendar.last)
    return open_project(project.root)


def naive(calendar: Calendar, start: str, days: int) -> str:
    """A deadline, counted day by day."""
    day = date.fromisoformat(start)
    while days:
        day += timedelta(days=1)
        days -= calendar.is_workday(day)
    return day.isoformat()


def test_what_is_lawfully_withheld_is_exempt(project: Project, register: Register) -> None:
    """It is counted without its id, under an id of the duty's own that stays and tells nothing."""
    hand_in(project, register, "penalty", [example(), example(document_no="罚2号") | PERSON])
    seen = []
    for hours in (1, 2):
        release(project, register, AT + timedelta(hours=hours), silent)
        seen.append(ask(project, "SELECT duty_id FROM duty WHERE record_id = '' ORDER BY clock"))
    assert seen[0] == seen[1] and len(set(seen[0])) == 2
    rows = ask(
        project, "SELECT clock, status, record_id <> '', done_date FROM duty ORDER BY 1, 2, 3"
    )
    assert [row[:3] for row in rows] == [
        ("disclosure", "exempt", 0),
        ("disclosure", "late", 1),
        ("push", "late", 0),
        ("push", "late", 1),
    ]
    assert {row[3] for row in rows} == {"2026-03-20"}
    ids = {row[0] for row in register.db.execute("SELECT record_id FROM version")}
    shown = {row[0] for row in ask(project, "SELECT record_id FROM duty WHERE record_id <> ''")}
    (withheld,) = ids - shown
    for path in project.current.resolve().rglob("*"):
        assert not path.is_file() or withheld.encode() not in path.read_bytes(), path
    due = ask(
        project,
        "SELECT sum(numerator) FROM indicator WHERE name = 'decisions_due' "
        "AND department = 'market' AND record_type = 'penalty' AND period = '2026'",
    )
    assert due == [(1.0,)]


def test_every_duty_of_a_city_has_its_words(small_city: Prepared) -> None:
    """Each clock and status of a release is declared, and only what is exempt has no record."""
    names = {clock.name for clock in CLOCKS}
    rows = ask(small_city.project, "SELECT clock, status, record_id, duty_id, batch FROM duty")
    assert {row[0] for row in rows} <= names and {row[1] for row in rows} <= STATUSES.keys()
    assert {row[0] for row in rows} >= {"disclosure", "push", "withdrawal", "objection_total"}
    assert len({row[3] for row in rows}) == len(rows)
    nameless = {row[:2] for row in rows if not row[2]}
    assert ("disclosure", "exempt") in nameless
    assert {clock for clock, _ in nameless} == {"disclosure", "push"}
    assert all(row[2] == "" for row in rows if row[1] == "exempt")
    assert all((row[2] == "") == (row[4] is None) for row in rows)


def test_a_hand_in_is_judged_by_the_day_received(project: Project, register: Register) -> None:
    """Decided on 5 January, seven working days: received on the 20th of March is late."""
    hand_in(project, register, "licence", [example("licence")])
    release(project, register, AT, silent)
    (row,) = ask(
        project,
        "SELECT start_date, due_date, done_date, status, decides FROM duty WHERE clock = 'push'",
    )
    start, due, *rest = row
    assert due == naive(project.calendar, str(start), 7)
    assert rest == ["2026-03-20", "late", "received"]


def test_a_new_calendar_lists_exactly_whom_it_moved(project: Project, register: Register) -> None:
    """Every duty with another last day or status is listed, and goes on being listed."""
    days = [date(2026, 2, 25) + timedelta(days=n) for n in range(18)]
    rows = [example(document_no=f"罚{day:%m%d}号", decision_date=f"{day:%Y/%m/%d}") for day in days]
    hand_in(project, register, "penalty", rows, AT - timedelta(days=5))
    before = release(project, register, AT, silent)
    assert "before" not in before.manifest["calendar"]
    assert ask(project, "SELECT * FROM calendar_change") == []
    changed = closed(project)
    for hours in (1, 2):
        done = release(changed, register, AT + timedelta(hours=hours), silent)
        found = ask(
            changed,
            "SELECT clock, d.start_date, due_before, due_after, from_version, to_version, since "
            "FROM calendar_change c JOIN duty d USING (duty_id, clock)",
        )
        old, new = project.calendar, changed.calendar
        expected = {
            (clock, str(day), naive(old, str(day), 7), naive(new, str(day), 7))
            for day in days
            for clock in ("disclosure", "push")
            if naive(old, str(day), 7) != naive(new, str(day), 7)
        }
        assert {row[:4] for row in found} == expected and len(found) == len(expected) > 10
        assert {row[4:] for row in found} == {("2026.1", "2026.2", "2026-03-20")}
        moved = {"code": "cn", "version": "2026.2", "before": "2026.1"}
        assert done.manifest["calendar"] == moved | {"moved": {"market": len(expected)}}
    states = ask(changed, "SELECT status_before, status_after FROM calendar_change")
    assert ("late", "on_time") in states


def test_the_command_says_whom_a_new_calendar_moves(project: Project, register: Register) -> None:
    """An update tells before the release, the release tells again, and nobody twice."""
    rows = [example(decision_date="2026/03/03"), example("penalty", document_no="罚2号")]
    hand_in(project, register, "penalty", rows)
    release(project, register, AT, silent)
    register.db.close()
    overrides = project.calendars / "cn.overrides.csv"
    text = overrides.read_text("utf-8")
    overrides.write_text(f"{text}{OFF},0,临时停工,示例市（虚构）公告\n", "utf-8")
    told = gongshi(project, "calendar", "update")
    assert told.exit_code == 0, told.output
    assert "将变动 will move 2: 示例市市场监督管理局" in told.output
    assert "将变动" not in gongshi(project, "calendar", "update").output
    done = gongshi(project, "release", "--as-of", "2026-03-21")
    assert done.exit_code == 0, done.output
    assert "日历 calendar cn 2026.1 → 2026.2: 变动的义务 duties moved 2" in done.output


def test_a_version_that_was_not_kept_is_said_plainly(project: Project, register: Register) -> None:
    """Nobody can say who moved: the release is made, lists nobody, and says why."""
    hand_in(project, register, "penalty", [example(decision_date="2026/03/03")])
    release(project, register, AT, silent)
    changed = closed(project)
    rmtree(project.calendars / "versions")
    done = release(changed, register, AT + timedelta(hours=1), silent)
    assert done.manifest["calendar"]["moved"] is None
    assert ask(changed, "SELECT * FROM calendar_change") == []
    register.db.close()
    told = gongshi(changed, "release", "--as-of", "2026-03-21")
    assert "原版本未留存" in told.output and "not kept" in told.output


def test_the_register_states_the_calendar_of_each_release(
    project: Project, register: Register
) -> None:
    """Which working days a release counted on is written where it cannot be changed."""
    release(project, register, AT, silent)
    release(closed(project), register, AT + timedelta(hours=1), silent)
    rows = register.db.execute(
        "SELECT json_extract(detail, '$.calendar.version') FROM release ORDER BY seq"
    )
    assert [version for (version,) in rows] == ["2026.1", "2026.2"]
