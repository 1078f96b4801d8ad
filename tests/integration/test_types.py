"""Every record type from a department's file to what the public sees of it."""

import csv
import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from publish.demo.nights import Nights
from publish.handin.intake import Batch, Handing, intake
from publish.project import Project
from publish.register.register import EVENT, Register, utc
from publish.release.manifest import read_manifest
from publish.release.release import release
from publish.schema import RECORD_TYPES, TYPES, public_types, record_type
from tests.conftest import silent
from tests.unit.handed import PERSON, example

AT = datetime(2026, 3, 20, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
Row = Mapping[str, str]


def hand_in(
    project: Project, register: Register, name: str, rows: Sequence[Row], at: datetime = AT
) -> Batch:
    """Hands in a file of rows under the titles of the standard."""
    project.inbox.mkdir(exist_ok=True)
    path = project.inbox / f"{name}-{at:%H%M}.csv"
    titles = {f.name: f.title_zh for f in record_type(name).fields}
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(titles[column] for column in rows[0])
        writer.writerows(row.values() for row in rows)
    (batch,) = intake(project, register, path, Handing(at), silent)
    return batch


def credit(project: Project) -> closing[sqlite3.Connection]:
    """The released public records."""
    path = project.current / "credit.db"
    return closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True))


def ask(project: Project, sql: str) -> list[tuple[object, ...]]:
    """What a question to the public records finds."""
    with credit(project) as db:
        return db.execute(sql).fetchall()


def test_every_type_reaches_the_public_or_stays(project: Project, register: Register) -> None:
    """One file of each type: all are registered, the public ones have a table and downloads."""
    for name in RECORD_TYPES:
        batch = hand_in(project, register, name, [example(name)])
        assert (batch.record_type, batch.counts.new, batch.counts.rejected) == (name, 1, 0)
    done = release(project, register, AT, silent)
    assert done.manifest["counts"] == {
        name: {"live": 1, "published": 1, "withheld": {}} for name in public_types()
    }
    for name in public_types():
        assert ask(project, f'SELECT count(*) FROM "{name}"') == [(1,)]
        names = {p.name for p in (project.current / "downloads").glob(f"{name}.*")}
        assert names == {f"{name}.{kind}" for kind in ("csv", "jsonl.gz", "parquet")}
        assert (project.current / "site/data" / name / "index.html").exists()
    tables = {name for (name,) in ask(project, "SELECT name FROM sqlite_master")}
    assert tables.isdisjoint(TYPES["internal"])
    assert {"catalogue", "credit_list", "department"} <= tables
    batches = ask(project, "SELECT DISTINCT record_type FROM batch")
    assert {name for (name,) in batches} == public_types().keys()


def test_an_applicant_is_nowhere_in_public(project: Project, register: Register) -> None:
    """The name, contact and file of somebody who objects stand in no public byte."""
    who = {"applicant_name": "欧阳示例", "applicant_contact": "19900001111990000"}
    hand_in(project, register, "feedback", [example("feedback", **who)])
    hand_in(project, register, "audit", [example("audit", inspector_note="欧阳示例举报")])
    hand_in(project, register, "penalty", [example()])
    folder = release(project, register, AT, silent).folder
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(secret.encode() in content for secret in who.values()), path


def test_a_fulfilment_is_public_only_with_its_commitment(
    project: Project, register: Register
) -> None:
    """It appears with its commitment, goes with it, and leaves a tombstone of its own."""
    hand_in(project, register, "fulfilment", [example("fulfilment")])
    first = release(project, register, AT, silent)
    assert first.manifest["counts"]["fulfilment"]["withheld"] == {"parent": 1}
    hand_in(project, register, "commitment", [example("commitment")], AT + timedelta(hours=1))
    release(project, register, AT + timedelta(hours=2), silent)
    ((commitment,),) = ask(project, "SELECT record_id FROM commitment")
    ((fulfilment, of, until),) = ask(
        project, "SELECT record_id, commitment_id, public_until FROM fulfilment"
    )
    assert (of, until) == (commitment, None)
    with register.transaction() as db:
        at = utc(AT + timedelta(hours=3))
        EVENT.append(db, [(str(commitment), "revoked", at, "test", "撤回")])
    last = release(project, register, AT + timedelta(hours=4), silent, allow_fewer=True)
    assert last.manifest["counts"]["fulfilment"] == {
        "live": 1,
        "published": 0,
        "withheld": {"parent": 1},
    }
    stones = ask(project, "SELECT record_id, record_type, reason FROM tombstone ORDER BY 2")
    assert stones == [(commitment, "commitment", "revoked"), (fulfilment, "fulfilment", "parent")]


def test_past_nights_show_what_belongs_together(project: Project, register: Register) -> None:
    """Night after night a fulfilment comes and goes with its commitment, touched or not."""
    nights, days = Nights(project, register), [AT + timedelta(days=n) for n in range(4)]
    hand_in(project, register, "fulfilment", [example("fulfilment")], days[0])
    nights.publish(days[0], [])
    hand_in(project, register, "commitment", [example("commitment")], days[1])
    nights.publish(days[1], [])
    shown = nights_of(register)
    assert [(night, kind, reason) for night, _, kind, reason in shown] == [
        (2, "published", None),
        (2, "published", None),
    ]
    commitment = shown[0][1]
    with register.transaction() as db:
        EVENT.append(db, [(commitment, "revoked", utc(days[2]), "test", "撤回")])
    nights.publish(days[2], [commitment])
    assert [(night, kind, reason) for night, _, kind, reason in nights_of(register)[2:]] == [
        (3, "withdrawn", "revoked"),
        (3, "withdrawn", "parent"),
    ]
    counts = release(project, register, days[3], silent).manifest["counts"]
    assert counts["fulfilment"]["withheld"] == {"parent": 1}


def nights_of(register: Register) -> list[tuple[int, str, str, str | None]]:
    """What appeared and came off: release, record, kind and reason."""
    rows = register.db.execute(
        "SELECT release, record_id, kind, reason FROM appearance ORDER BY seq"
    )
    return rows.fetchall()


def test_a_number_that_two_commitments_bear_leads_to_none(
    project: Project, register: Register
) -> None:
    """Where nobody can say whose fulfilment it was, nobody is shown to have broken a promise."""
    other = example("commitment", uscc="91990100MA0000EX6D", party_name="示例市暮光食品有限公司")
    hand_in(project, register, "commitment", [example("commitment"), other])
    hand_in(project, register, "fulfilment", [example("fulfilment")])
    counts = release(project, register, AT, silent).manifest["counts"]
    assert counts["commitment"]["published"] == 2
    assert counts["fulfilment"]["withheld"] == {"parent": 1}


def test_a_person_is_masked_in_the_fulfilment_too(project: Project, register: Register) -> None:
    """The note of a fulfilment does not name the person whom the commitment masks."""
    hand_in(project, register, "commitment", [example("commitment") | PERSON])
    note = "张示例已补交材料"
    hand_in(project, register, "fulfilment", [example("fulfilment", note=note)])
    release(project, register, AT, silent)
    assert ask(project, "SELECT party_name FROM commitment") == [("张**",)]
    assert ask(project, "SELECT note, masked, public_until FROM fulfilment") == [
        ("张**已补交材料", 1, "2031-01-05")
    ]


def test_other_acts_on_persons_are_withheld(project: Project, register: Register) -> None:
    """A natural person who was inspected, rewarded or paid is not shown; a firm is, with a duty."""
    rows = [
        example("other_act") | PERSON,
        example("other_act", document_no="示例市监检〔2026〕2号"),
    ]
    hand_in(project, register, "other_act", rows)
    counts = release(project, register, AT, silent).manifest["counts"]["other_act"]
    assert counts == {"live": 2, "published": 1, "withheld": {"person": 1}}
    assert ask(project, "SELECT due_date, publish_status FROM other_act") == [
        ("2026-01-14", "late")
    ]


def test_the_successor_reports_on_what_it_took_over(project: Project, register: Register) -> None:
    """A fulfilment checked by the successor finds the commitment made to the merged department."""
    forestry = {"authority": "示例市林业局", "authority_uscc": "11990100006911841J"}
    planning = {"authority": "示例市自然资源和规划局", "authority_uscc": "119901000069055567"}
    made = example("commitment", signed_date="2025/01/05", kept_by_date="", **forestry)
    hand_in(project, register, "commitment", [made])
    hand_in(project, register, "fulfilment", [example("fulfilment", **planning)])
    release(project, register, AT, silent)
    assert ask(project, "SELECT department FROM commitment") == [("forestry",)]
    assert ask(project, "SELECT department FROM fulfilment") == [("planning",)]


def test_the_catalogue_shortens_a_deadline(project: Project, register: Register) -> None:
    """An item of the catalogue with its own days is due by them, and the catalogue is public."""
    table = project.data / "reference/catalogue.csv"
    table.write_text(
        ",".join(record_type("catalogue").by_name) + "\nmarket,SP-1,食品经营,Food,licence,3,90,,\n"
    )
    hand_in(project, register, "licence", [example("licence", item_code="SP-1")])
    release(Project(project.root), register, AT, silent)
    assert ask(project, "SELECT deadline_days, yearly_volume FROM catalogue") == [(3, 90)]
    ((decided, due),) = ask(project, "SELECT decision_date, due_date FROM licence")
    assert (decided, due) == ("2026-01-05", "2026-01-08")
    assert json.loads((project.current / "manifest.json").read_text())["counts"]
    assert read_manifest(project.current)["counts"]["licence"]["published"] == 1
