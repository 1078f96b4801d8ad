"""`gongshi explain`: why a record is public or not, for officials; no server knows of it."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from publish.cli import main
from publish.demo.run import Prepared
from publish.project import Project
from publish.register.live import Moment
from publish.register.register import open_register
from publish.release.account import account
from publish.release.stage import Stage
from publish.schema import public_types
from tests.integration.test_review import hand_in, reviewing
from tests.unit.handed import PERSON

NIGHT = "2026-11-20"
FIRST = datetime(2026, 3, 4, 1, tzinfo=UTC)


def explain(root: Path, *words: str) -> Result:
    """The command's answer."""
    return CliRunner().invoke(main, ["--root", str(root), "explain", *words])


def told(root: Path, *words: str) -> dict[str, Any]:
    """The command's answer as data."""
    done = explain(root, *words, "--json")
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.output))


def one(project: Project, sql: str) -> str:
    """A record of the register."""
    with closing(sqlite3.connect(project.register)) as db:
        (found,) = db.execute(sql).fetchone()
        return str(found)


def test_what_is_explained_is_what_was_released(small_city: Prepared) -> None:
    """For records of every type the account has the decision, term and duty of the release."""
    project = small_city.project
    night = datetime.combine(
        datetime.fromisoformat(NIGHT), datetime.max.time().replace(microsecond=0)
    )
    with open_register(project.register) as register:
        moment = Moment(register, register.cut(night.replace(tzinfo=project.profile.zone)))
        stage, seen = Stage(project, moment), set[tuple[str, str | None]]()
        for live in sorted(moment.records(), key=lambda r: r.record_type == "fulfilment"):
            if live.record_type not in public_types():
                continue
            decision = stage.decide(live)
            if (live.record_type, decision.reason) in seen:
                continue
            seen.add((live.record_type, decision.reason))
            found = account(project, moment, live.record_id, internal=False)
            made = found["decision"]
            assert (made["reason"], made["until"]) == (decision.reason, decision.until)
            duty = stage.duty(live, publish=decision.publish)
            told_of = {each["clock"]: each["due_date"] for each in found["duties"]}
            assert told_of.get("disclosure") == (duty and duty.due_date)
    assert {name for name, _ in seen} == set(public_types())
    assert len({reason for _, reason in seen}) > 4


def test_the_account_tells_the_whole_trail(small_city: Prepared) -> None:
    """Type, department, file and line, questions, rule, counting, releases and events are there."""
    project = small_city.project
    record = one(
        project,
        "SELECT record_id FROM event GROUP BY 1 HAVING count(*) = 1 AND max(kind) = 'repaired'",
    )
    done = explain(project.root, record, "--on", NIGHT)
    assert done.exit_code == 0, done.output
    for text in (
        f"行政处罚 penalty {record}",
        "批次 batch",
        "行 line",
        "经办 by demo",
        "否 no (repaired)",
        "结论 decision: 不公示 withheld (repaired)",
        "clocks.withdrawal.days = 3",
        "《中华人民共和国行政处罚法》",
        "最后公示日 last day of publication: 20",
        "7个工作日为",
        "7 working days:",
        "公示 published",
        "撤下 withdrawn repaired",
        "事件 event repaired",
    ):
        assert text in done.output, text
    found = told(project.root, record, "--on", NIGHT)
    assert [q["number"] for q in found["questions"]] == [1, 2, 3, 4, 5, 6, 7]
    assert [e["kind"] for e in found["events"]] == ["repaired"]
    assert [r["kind"] for r in found["releases"]] == ["published", "withdrawn"]


def test_another_day_is_judged_by_what_was_known_then(small_city: Prepared) -> None:
    """Before its repair a record is published; long after, its term is over besides."""
    project = small_city.project
    record = one(project, "SELECT record_id FROM event WHERE kind = 'repaired'")
    at = one(project, f"SELECT at FROM event WHERE record_id = '{record}'")
    received = one(
        project,
        "SELECT received FROM batch b JOIN version v ON v.batch = b.seq "
        f"WHERE record_id = '{record}' ORDER BY v.seq",
    )
    before = told(project.root, record, "--on", received[:10])
    assert before["decision"]["publish"] and not before["events"]
    after = told(project.root, record, "--on", "2035-01-01")
    assert after["decision"]["reason"] == "term_over" and after["events"]
    assert at > received
    early = explain(project.root, record, "--on", "2001-01-01")
    assert early.exit_code == 2 and "--on" in early.output


def test_internal_values_are_shown_only_when_asked_for(small_city: Prepared) -> None:
    """A natural person's name and number stay masked unless --internal is given."""
    project = small_city.project
    record = one(
        project,
        "SELECT record_id FROM version WHERE record_type = 'licence' AND "
        "json_extract(payload, '$.party_kind') = '自然人'",
    )
    name, number = (
        one(
            project,
            f"SELECT json_extract(payload, '$.{field}') FROM version "
            f"WHERE record_id = '{record}' ORDER BY seq DESC",
        )
        for field in ("party_name", "person_id_no")
    )
    masked = explain(project.root, record, "--on", NIGHT).output
    assert name not in masked and number not in masked and "***" in masked
    assert "脱敏 masked: 行政相对人名称 party_name" in masked
    plain = explain(project.root, record, "--on", NIGHT, "--internal").output
    assert name in plain and number in plain


def test_what_is_not_there_says_what_to_do(small_city: Prepared) -> None:
    """An unknown record and a wrong day are wrong use; what never is public says so."""
    project = small_city.project
    unknown = explain(project.root, "aaaaaaaaaaaaaaaa")
    assert unknown.exit_code == 2 and "aaaaaaaaaaaaaaaa" in unknown.output
    assert explain(project.root, "aaaaaaaaaaaaaaaa", "--on", "gestern").exit_code == 2
    case = one(project, "SELECT record_id FROM version WHERE record_type = 'feedback'")
    done = explain(project.root, case)
    assert done.exit_code == 0 and "never public" in done.output


@pytest.mark.parametrize("changes", [{}, PERSON])
def test_what_waits_for_a_review_is_not_decided(tmp_path: Path, changes: dict[str, str]) -> None:
    """A batch that waits is told with its version; there is no decision yet."""
    project = reviewing(tmp_path / "project")
    with open_register(project.register) as register:
        hand_in(project, register, FIRST, changes)
    found = told(project.root, one(project, "SELECT record_id FROM version"))
    assert found["versions"][0]["verdict"] == "waiting" and "decision" not in found
    done = explain(project.root, found["record_id"])
    assert "待审签" in done.output and "gongshi review" in done.output


def test_the_server_cannot_reach_it() -> None:
    """Nothing that serves the public imports what explains a record."""
    script = (
        "import sys, pkgutil, importlib, publish.serve as served\n"
        "for one in pkgutil.iter_modules(served.__path__, 'publish.serve.'):\n"
        "    importlib.import_module(one.name)\n"
        "print([m for m in sys.modules if m.startswith('publish.') "
        "and m.endswith(('.explain', '.account', '.trail'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"
