"""What takes records off: who may say so, how soon it happened, and the certificate of it."""

import json
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from publish.cli import main
from publish.demo.run import Prepared
from publish.disclose.disclose import OBJECTED
from publish.errors import ProblemError, UsageError
from publish.project import Project, open_project
from publish.register.register import Register, moment, open_register
from publish.register.removal import (
    Happening,
    cause,
    mark,
    next_moment,
    removals,
    taken_off,
    withdraw,
)
from publish.release.build import Progress
from publish.release.manifest import read_manifest
from publish.release.release import release, settle
from tests.conftest import silent


@pytest.fixture
def project(city_copy: Path) -> Project:
    """A small city to change."""
    return open_project(city_copy)


def ask(project: Project, database: str, sql: str, *values: str) -> list[Any]:
    """What a question to a released database finds."""
    path = project.current.resolve() / database
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as db:
        return db.execute(sql, values).fetchall()


def some(project: Project, kind: str, count: int = 1) -> list[str]:
    """The ids of some public records."""
    return [row[0] for row in ask(project, "credit.db", f"SELECT record_id FROM {kind}")][:count]


def after(register: Register, **passed: int) -> datetime:
    """A moment after the last release."""
    return moment(register.last_release()) + timedelta(**passed)


def gongshi(project: Project, *words: str) -> Result:
    """Runs a command in this process."""
    return CliRunner().invoke(main, ["--root", str(project.root), *words])


def test_several_records_in_one_release(project: Project) -> None:
    """One command takes several off in one release and prints where their certificates are."""
    records = [*some(project, "licence", 2), *some(project, "penalty")]
    words = ("--kind", "upheld", "--reason", "名称有误", "--handler", "王五", "--json")
    done = gongshi(project, "withdraw", *records, *words)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    papers = {Path(paper).name for paper in told["certificates"]}
    assert papers == {f"{told['release']}{end}.md" for end in ("", *(f"-{r}" for r in records))}
    marks = ",".join("?" * len(records))
    stones = ask(
        project,
        "credit.db",
        f"SELECT DISTINCT reason FROM tombstone WHERE record_id IN ({marks})",
        *records,
    )
    assert stones == [("upheld",)]


def test_what_cannot_be_withdrawn_is_named_before_anything_is_done(
    project: Project, register: Register
) -> None:
    """Unknown, never public, off already: each is named, and the register stays as it is."""
    now = after(register, hours=1)
    what = Happening("revoked", now, "王五", "撤销")
    hidden = register.db.execute(
        "SELECT record_id FROM version WHERE record_type = 'penalty' AND record_id NOT IN "
        "(SELECT record_id FROM appearance)"
    ).fetchone()[0]
    gone = next(r.record_id for r in removals(register, 10**9))
    known = some(project, "licence")
    before = register.head()
    for wrong, told in (
        (["abc", "def"], "abc, def: no such record"),
        ([hidden], f"{hidden}: never public"),
        ([gone], f"{gone} .*off already"),
    ):
        with pytest.raises(UsageError, match=told):
            withdraw(register, [*known, *wrong], what)
    assert register.head() == before
    result = gongshi(project, "withdraw", "abc", "def", "--reason", "x")
    assert result.exit_code == 2 and "abc, def" in result.output


def test_a_release_that_failed_is_tried_again(project: Project, register: Register) -> None:
    """A second withdrawal before any release writes nothing more down, and is no error."""
    records = some(project, "licence", 2)
    what = Happening("repaired", after(register, hours=1), "王五", "已修复")
    assert withdraw(register, records[:1], what) == records[:1]
    assert withdraw(register, records, what) == records[1:]
    release(project, register, after(register, hours=2), silent)
    with pytest.raises(UsageError, match="off already"):
        withdraw(register, records, what)


def test_objections_are_opened_and_closed_in_turn(project: Project, register: Register) -> None:
    """None is opened twice or closed unopened; one upheld is closed; public records are kept."""
    (record,) = some(project, "licence")

    def note(kind: str) -> None:
        mark(register, [record], Happening(kind, after(register, minutes=1), "王五", "异议"))

    with pytest.raises(UsageError, match="no objection is open"):
        note("objection_closed")
    note("objection_opened")
    with pytest.raises(UsageError, match="open already"):
        note("objection_opened")
    note("objection_closed")
    with pytest.raises(UsageError, match="gongshi withdraw"):
        note("revoked")
    words = ("mark", record, "--kind", "objection_opened", "--reason", "金额不符", "--json")
    assert json.loads(gongshi(project, *words).stdout)["records"] == [record]


def test_a_record_objected_to_says_so_while_it_is_shown(
    project: Project, register: Register
) -> None:
    """The rule is to keep and mark it: its public status is 异议 until the objection is closed."""
    (record,) = some(project, "licence")

    def status() -> str:
        release(project, register, after(register, hours=1), silent)
        sql = "SELECT status FROM licence WHERE record_id = ?"
        return str(ask(project, "credit.db", sql, record)[0][0])

    for kind, told in (("objection_opened", OBJECTED), ("objection_closed", "0")):
        mark(register, [record], Happening(kind, after(register, minutes=1), "王五", "异议"))
        assert status() == told


def test_what_was_never_public_can_be_kept_from_it(project: Project, register: Register) -> None:
    """A record that has not been released yet is marked as revoked and never appears."""
    hidden = register.db.execute(
        "SELECT record_id FROM version WHERE record_type = 'penalty' AND record_id NOT IN "
        "(SELECT record_id FROM appearance)"
    ).fetchone()[0]
    done = gongshi(project, "mark", hidden, "--kind", "revoked", "--reason", "撤销")
    assert done.exit_code == 0, done.output
    kinds = register.db.execute("SELECT kind FROM event WHERE record_id = ?", (hidden,)).fetchall()
    assert kinds == [("revoked",)]


@pytest.mark.parametrize(("decided", "status"), [("2026-11-18", "on_time"), ("2026-11-10", "late")])
def test_the_clock_starts_when_it_was_decided(
    project: Project, register: Register, decided: str, status: str
) -> None:
    """A repair of which the portal was told on 20 November had to be granted three days before."""
    (record,) = some(project, "penalty")
    zone = project.profile.zone
    day = datetime.fromisoformat(decided).replace(tzinfo=zone)
    what = Happening("repaired", after(register, minutes=5), "王五", "准予修复", day)
    withdraw(register, [record], what)
    release(project, register, after(register, minutes=9), silent)
    sql = (
        "SELECT start_date, received, done_date, days_allowed, status FROM duty "
        "WHERE clock = 'withdrawal' AND record_id = ?"
    )
    expected = [(decided, "2026-11-20", "2026-11-20", 3, status)]
    assert ask(project, "monitor.db", sql, record) == expected
    release(project, register, after(register, days=20), silent, allow_fewer=True)
    assert ask(project, "monitor.db", sql, record) == expected, "later releases say the same"


def test_a_small_table_may_lose_its_records(project: Project, register: Register) -> None:
    """All commitments withdrawn at once come off, and their checks with them, unlike by mistake."""
    records = some(project, "commitment", 100)
    withdraw(register, records, Happening("revoked", after(register, minutes=1), "王五", "撤回"))
    done = release(project, register, after(register, minutes=2), silent)
    counts = done.manifest["counts"]
    assert len(records) > 3 and counts["commitment"]["published"] == 0
    assert counts["fulfilment"]["published"] == 0 < counts["fulfilment"]["live"]


def test_every_removal_that_was_asked_for_is_judged(small_city: Prepared) -> None:
    """In the demo city each has one duty, some are late, and the indicator counts just these."""
    project = small_city.project
    rows = ask(
        project,
        "monitor.db",
        "SELECT record_id, status, done_date, start_date FROM duty WHERE clock = 'withdrawal'",
    )
    with open_register(project.register) as register:
        found = list(removals(register, 10**9))
        assert all(cause(register, removal, ()) for removal in found)
        reasons = {removal.reason for removal in found}
    assert sorted(row[0] for row in rows) == sorted(removal.record_id for removal in found)
    assert reasons == {"revoked", "repaired"}
    statuses = [row[1] for row in rows]
    assert set(statuses) == {"on_time", "late"}
    ((above, below),) = ask(
        project,
        "monitor.db",
        "SELECT sum(numerator), sum(denominator) FROM indicator WHERE department = '*' AND "
        "record_type = '*' AND name = 'withdrawal_timeliness' AND period GLOB '20[0-9][0-9]'",
    )
    assert (above, below) == (statuses.count("on_time"), len(statuses))


def test_the_certificate_says_what_changed(project: Project, register: Register) -> None:
    """It names both releases, every file that changed with both checksums, and nothing private."""
    (record,) = some(project, "penalty")
    ((document, party),) = ask(
        project,
        "credit.db",
        "SELECT document_no, party_name FROM penalty WHERE record_id = ?",
        record,
    )
    first = read_manifest(project.current)
    asked = next_moment(register, after(register, minutes=1))
    withdraw(register, [record], Happening("repaired", asked, "王五", "准予修复"))
    done = release(project, register, after(register, minutes=2), silent)
    folder = project.certificates
    paper = json.loads((folder / f"{done.release}-{record}.json").read_bytes())
    assert (paper["release_before"], paper["release"]) == (first["release"], done.release)
    changed = {each["file"]: (each["before"], each["after"]) for each in paper["artifacts"]}
    last = done.manifest["sha256"]
    names = first["sha256"].keys() | last.keys()
    differ = {n for n in names if first["sha256"].get(n) != last.get(n)}
    assert changed.keys() == differ | {"manifest.json"}
    assert all(changed[n] == (first["sha256"].get(n), last.get(n)) for n in differ)
    (told,) = paper["records"]
    assert (told["record_id"], told["reason"], told["found"]) == (record, "repaired", [])
    assert (told["asked"]["by"], told["asked"]["why"]) == ("王五", "准予修复")
    assert told["strings"]["text"] > 0 and paper["searched"]["files"] > 100
    texts = [path.read_text("utf-8") for path in folder.iterdir()]
    assert not any(document in text or party in text for text in texts)
    assert "未检出。None was found." in (folder / f"{done.release}.md").read_text("utf-8")


def test_a_release_certifies_all_that_it_took_off(project: Project, register: Register) -> None:
    """A nightly release after which terms were over has one certificate that lists the records."""
    done = release(project, register, after(register, days=10), silent)
    gone = taken_off(register, done.release)
    assert set(gone.values()) == {"term_over"}
    (paper,) = (project.certificates).glob(f"{done.release}*.json")
    records = json.loads(paper.read_bytes())["records"]
    assert {r["record_id"]: r["reason"] for r in records} == gone
    assert {r["asked"] for r in records} == {None}


def test_a_trace_that_is_left_is_told_loudly(
    project: Project, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text that stands in a page after the removal fails the command, which names the file."""
    (record,) = some(project, "penalty")
    ((document,),) = ask(
        project, "credit.db", "SELECT document_no FROM penalty WHERE record_id = ?", record
    )
    real_settle = settle

    def forgetful(project: Project, register: Register, progress: Progress) -> None:
        page = project.releases / register.releases()[0] / "site/index.html"
        if page.exists() and record in taken_off(register, register.releases()[0]):
            page.write_text(page.read_text("utf-8") + document, "utf-8")
        real_settle(project, register, progress)

    monkeypatch.setattr("publish.release.release.settle", forgetful)
    withdraw(register, [record], Happening("revoked", after(register, minutes=1), "王五", "撤销"))
    with pytest.raises(ProblemError, match=r"still in: .*site/index\.html"):
        release(project, register, after(register, minutes=2), silent)
    (own,) = (project.certificates).glob(f"*-{record}.json")
    assert [
        name.endswith("site/index.html")
        for name in json.loads(own.read_bytes())["records"][0]["found"]
    ] == [True]
    monkeypatch.undo()
    release(project, register, after(register, minutes=5), silent)
    assert document not in (project.current / "site/index.html").read_text("utf-8")


@pytest.mark.parametrize("stop", ["note_before", "certify"])
def test_a_stop_after_the_switch_is_made_up_for(
    project: Project, register: Register, monkeypatch: pytest.MonkeyPatch, stop: str
) -> None:
    """Killed before or after the old files went, the next run certifies the same and clears up."""
    first = read_manifest(project.current)
    (record,) = some(project, "licence")
    withdraw(register, [record], Happening("revoked", after(register, minutes=1), "王五", "撤销"))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"publish.release.certificate.Certifier.{stop}", die)
    with pytest.raises(KeyboardInterrupt):
        release(project, register, after(register, minutes=2), silent)
    monkeypatch.undo()
    settle(project, register)
    name = project.current.resolve().name
    assert {path.name for path in project.releases.iterdir()} == {name, "current"}
    paper = json.loads((project.certificates / f"{name}-{record}.json").read_bytes())
    assert paper["release_before"] == first["release"]
    before = {each["file"]: each["before"] for each in paper["artifacts"]}
    assert before["credit.db"] == first["sha256"]["credit.db"]
    assert not list((project.certificates).glob(".*"))


def test_the_clock_set_back(register: Register) -> None:
    """What happens now happens after the last release, whatever the clock says."""
    last = moment(register.last_release())
    assert next_moment(register, last - timedelta(days=3)) == last + timedelta(seconds=1)
    assert next_moment(register, last + timedelta(days=3)) == last + timedelta(days=3)
