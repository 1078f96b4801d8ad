"""Review and sign-off: what waits does not count, what was sent back never does."""

import csv
import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from publish.cli import main
from publish.errors import UsageError
from publish.handin.intake import Batch, Handing, intake
from publish.project import Project, init_project, project_template
from publish.register.live import Moment
from publish.register.register import Register, open_register
from publish.register.review import approve, changes, send_back, waiting
from publish.release.release import release
from publish.schema import record_type
from tests.conftest import silent
from tests.unit.handed import PERSON, example

RULE = """
[review]
record_types = ["list_entry"]
departments = ["market"]
source = "《示例市政府信息公开发布审核办法》第三条"
"""
FIRST = datetime(2026, 3, 4, 1, tzinfo=UTC)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of one's own."""
    return reviewing(tmp_path / "project")


def reviewing(root: Path) -> Project:
    """A project where the market bureau's batches wait for a reviewer."""
    project = init_project(root, "demo-city")
    for table in (project_template() / "data/reference").glob("*.csv"):
        shutil.copy(table, project.data / "reference")
    rules = project.data / "profiles/demo-city.toml"
    rules.write_text(rules.read_text("utf-8") + RULE, "utf-8")
    return project


def hand_in(project: Project, register: Register, at: datetime, *rows: Mapping[str, str]) -> Batch:
    """Takes in penalties, by 李四."""
    path = project.data / "penalties.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [f.name for f in record_type("penalty").fields])
        writer.writeheader()
        writer.writerows(example(**row) for row in rows)
    (batch,) = intake(project, register, path, Handing(at, "李四"), silent)
    return batch


def live(register: Register, at: datetime) -> dict[str, str]:
    """The content of each live record at a moment."""
    return {r.record_id: r.values["content"] for r in Moment(register, register.cut(at)).records()}


def test_a_batch_counts_from_its_approval_on(project: Project) -> None:
    """Before the approval a release holds nothing of it; afterwards it does, received as it was."""
    with open_register(project.register) as register:
        batch = hand_in(project, register, FIRST, {})
        assert batch.waits.startswith("《示例市")
        before = release(project, register, FIRST + timedelta(hours=1), silent)
        assert before.manifest["counts"]["penalty"]["live"] == 0
        approve(register, batch.number, "王五", FIRST + timedelta(hours=2))
        after = release(project, register, FIRST + timedelta(hours=3), silent)
        assert after.manifest["counts"]["penalty"]["published"] == 1
        assert live(register, FIRST + timedelta(hours=1)) == {}
        (row,) = register.db.execute("SELECT verdict, reviewer, at FROM review WHERE seq = 2")
        assert row == ("approved", "王五", "2026-03-04T03:00:00Z")


def test_the_clock_does_not_stop(project: Project) -> None:
    """A batch handed in on time and approved too late is published late."""
    with open_register(project.register) as register:
        decided = FIRST.date().isoformat()
        batch = hand_in(project, register, FIRST, {"decision_date": decided})
        approve(register, batch.number, "王五", FIRST + timedelta(days=20))
        done = release(project, register, FIRST + timedelta(days=20, hours=1), silent)
        duties = (done.folder / "downloads/duty.csv").read_text("utf-8-sig").splitlines()
        told = {duty["clock"]: duty for duty in csv.DictReader(duties)}
        duty = told["disclosure"]
        assert (duty["status"], duty["received"]) == ("late", decided)


def test_what_was_sent_back_can_be_handed_in_again(project: Project) -> None:
    """The same file after its return is new, not a duplicate, and no repeat of the old batch."""
    with open_register(project.register) as register:
        first = hand_in(project, register, FIRST, {})
        send_back(register, first.number, "王五", FIRST + timedelta(hours=1), "缺少决定书")
        again = hand_in(project, register, FIRST + timedelta(hours=2), {})
        assert (again.counts.new, again.counts.duplicate, again.repeats) == (1, 0, None)
        approve(register, again.number, "王五", FIRST + timedelta(hours=3))
        assert list(live(register, FIRST + timedelta(days=1)).values()) == ["罚款1000元"]


def test_a_correction_shows_what_it_would_change(project: Project) -> None:
    """A reviewer sees the record as it is and as it would be."""
    with open_register(project.register) as register:
        first = hand_in(project, register, FIRST, {})
        approve(register, first.number, "王五", FIRST)
        second = hand_in(project, register, FIRST + timedelta(hours=1), {"content": "罚款900元"})
        (change,) = changes(register, second.number)
        assert change.before and change.before["content"] == "罚款1000元"
        assert change.after["content"] == "罚款900元"
        assert list(live(register, FIRST + timedelta(hours=2)).values()) == ["罚款1000元"]


@pytest.mark.parametrize(
    ("reviewer", "reason", "told"),
    [
        ("李四", "重复", "somebody else"),
        ("", "重复", "Name the reviewer"),
        ("王五", " ", "Say why"),
    ],
)
def test_a_verdict_that_may_not_be_given(
    project: Project, reviewer: str, reason: str, told: str
) -> None:
    """Who handed in does not review; a reviewer has a name; a return has a reason."""
    with open_register(project.register) as register:
        batch = hand_in(project, register, FIRST, {})
        with pytest.raises(UsageError, match=told):
            send_back(register, batch.number, reviewer, FIRST, reason)
        assert [w.batch for w in waiting(register)] == [batch.number]


def test_a_verdict_is_final(project: Project) -> None:
    """What was sent back cannot be approved afterwards, nor the other way round."""
    with open_register(project.register) as register:
        batch = hand_in(project, register, FIRST, {})
        send_back(register, batch.number, "王五", FIRST, "重复")
        with pytest.raises(UsageError, match="does not wait"):
            approve(register, batch.number, "王五", FIRST)


def test_only_what_changes_something_waits(project: Project) -> None:
    """A batch of duplicates and rejected rows has nothing to be signed off."""
    with open_register(project.register) as register:
        first = hand_in(project, register, FIRST, {})
        approve(register, first.number, "王五", FIRST)
        again = hand_in(project, register, FIRST, {}, {"decision_date": "昨天"})
        assert (again.counts.duplicate, again.counts.rejected, again.waits) == (1, 1, "")


def test_other_departments_do_not_wait(project: Project) -> None:
    """The rule names departments and record types; other batches go straight through."""
    other = {"authority": "示例市交通运输局", "authority_uscc": "11990100006900747G"}
    with open_register(project.register) as register:
        assert hand_in(project, register, FIRST, other).waits == ""
        assert len(live(register, FIRST)) == 1


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from("甲乙丙"), st.sampled_from("123"), st.integers(0, 2))))
def test_what_counts_is_the_newest_that_was_approved(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, str, int]]
) -> None:
    """Whatever is approved or sent back, in whatever order, the newest approved hand-in counts."""
    project = reviewing(tmp_path_factory.mktemp("review") / "project")
    at, expected = FIRST, dict[str, str]()
    with open_register(project.register) as register:
        batches = []
        for document, content, verdict in history:
            at += timedelta(minutes=1)
            row = {"document_no": document, "content": content}
            batches.append((hand_in(project, register, at, row), document, content, verdict))
        for batch, document, content, verdict in reversed(batches):
            if verdict == 0:
                approve(register, batch.number, "王五", at)
                expected.setdefault(document, content)
            elif verdict == 1:
                send_back(register, batch.number, "王五", at, "重复")
        found = {
            r.values["document_no"]: r.values["content"]
            for r in Moment(register, register.cut(at)).records()
        }
        assert found == expected


def gongshi(project: Project, *words: object) -> Result:
    """Runs a command in this process."""
    return CliRunner().invoke(main, ["--root", str(project.root), *map(str, words)])


def test_the_commands(project: Project) -> None:
    """List, show with internal fields masked, approve by name, and nothing waits any more."""
    person = PERSON | {"document_no": "示例市监罚〔2026〕9号", "penalty_kind": "警告", "fine": ""}
    with open_register(project.register) as register:
        number = hand_in(project, register, FIRST, {}, person).number
    listed = json.loads(gongshi(project, "review", "list", "--json").output)
    assert [(w["batch"], w["new"], w["handler"]) for w in listed] == [(number, 2, "李四")]
    shown = gongshi(project, "review", "show", number).output
    assert "示例市监罚〔2026〕1号" in shown and "张**" in shown
    assert PERSON["person_id_no"] not in shown and PERSON["party_name"] not in shown
    assert gongshi(project, "review", "approve", number).exit_code == 2
    done = gongshi(project, "review", "approve", number, "--reviewer", "王五")
    assert done.exit_code == 0, done.output
    assert "No batch waits" in gongshi(project, "review", "list").output


def test_sending_back_needs_a_reason(project: Project) -> None:
    """The command does not run without one, and says so."""
    with open_register(project.register) as register:
        number = hand_in(project, register, FIRST, {}).number
    assert gongshi(project, "review", "return", number, "--reviewer", "王五").exit_code == 2
    words = ("review", "return", number, "--reviewer", "王五", "--reason", "附件不全")
    assert gongshi(project, *words).exit_code == 0
    with open_register(project.register) as register:
        (row,) = register.db.execute("SELECT verdict, reason FROM review WHERE seq = 2")
        assert row == ("returned", "附件不全")
