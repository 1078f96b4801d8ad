"""What a release tells of its changes: in its tables, its files, its feed, and over the wire."""

import asyncio
import csv
import gzip
import hashlib
import io
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import httpx
import orjson
import pytest

from publish.project import Project
from publish.register.register import Register
from publish.register.removal import Happening, withdraw
from publish.release.changes import changes, fill_changes, known
from publish.release.deltas import FOLDER
from publish.release.entries import Entry, entries
from publish.release.manifest import CHECKSUMS, read_manifest
from publish.release.release import Released, release, settle
from publish.release.snapshot import new_database
from publish.serve.app import create_app
from tests.conftest import silent
from tests.integration.test_types import AT, ask, hand_in
from tests.server import unlimited
from tests.unit.handed import example

ATOM = "{http://www.w3.org/2005/Atom}"
HOUR = timedelta(hours=1)
NAME = "示例市燕隼建材有限公司"


@pytest.fixture
def told(project: Project, register: Register) -> list[Released]:
    """Two releases: between them a record was corrected, one came and one was withdrawn."""
    rows = [example(document_no=f"示罚〔2026〕{n}号", content=f"罚款{n}万元整") for n in range(3)]
    hand_in(project, register, "penalty", rows)
    first = release(project, register, AT + HOUR, silent)
    [(second,)] = ask(project, "SELECT record_id FROM penalty WHERE document_no LIKE '%〕1号'")
    rows[0]["content"] = "罚款九万元整，已更正"
    more = example(document_no="示罚〔2026〕9号", content="警告", party_name=NAME)
    hand_in(project, register, "penalty", [rows[0], more], AT + 2 * HOUR)
    off = Happening("revoked", AT + 2 * HOUR, "王五", "复议撤销")
    withdraw(register, [str(second)], off)
    return [first, release(project, register, AT + 3 * HOUR, silent, allow_fewer=True)]


def stated(project: Project) -> list[Entry]:
    """The files of changes that the current release states."""
    found = entries(read_manifest(project.current.resolve()))
    return [one for one in found if one.path.startswith(f"{FOLDER}/")]


def table(project: Project) -> set[tuple[object, ...]]:
    """What is told of each record, by its document number where it is public."""
    return set(
        ask(
            project,
            "SELECT p.document_no, c.kind, c.fields, c.cause, c.reason "
            "FROM change c LEFT JOIN penalty p USING (record_id)",
        )
    )


def test_a_release_tells_what_changed(project: Project, told: list[Released]) -> None:
    """Which records, which fields, why; of what was withdrawn the reason alone."""
    assert table(project) == {
        ("示罚〔2026〕0号", "changed", "content,version,batch,received", "data", None),
        ("示罚〔2026〕9号", "added", "", "data", None),
        (None, "withdrawn", "", "data", "revoked"),
    }
    steps = "SELECT release, previous, added, changed, withdrawn FROM release_step"
    assert ask(project, steps) == [(told[1].release, told[0].release, 1, 1, 1)]
    with closing(sqlite3.connect(project.current / "credit.db")) as db:
        assert known(db) == [told[1].release, told[0].release]
        assert len(changes(db, told[0].release)) == 3


def test_files_say_the_same(project: Project, told: list[Released]) -> None:
    """They are stated with rows and checksums, and hold today's rows and no name but these."""
    step = f"{FOLDER}/{told[1].release}"
    rows = {one.path: one.rows for one in stated(project)}
    assert rows == {
        f"{FOLDER}/steps.csv": 1,
        f"{step}/changes.jsonl.gz": 3,
        f"{step}/penalty.csv": 3,
    }
    sums = (project.current / CHECKSUMS).read_text("utf-8")
    for one in stated(project):
        content = (project.current / one.path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == one.sha256
        assert f"{one.sha256}  {one.path.removeprefix('downloads/')}\n" in sums
    lines = gzip.decompress((project.current / step / "changes.jsonl.gz").read_bytes())
    by_kind = {one["kind"]: one for one in map(orjson.loads, lines.splitlines())}
    assert by_kind["added"]["record"]["party_name"] == NAME
    assert by_kind["changed"]["record"]["content"] == "罚款九万元整，已更正"
    gone = by_kind["withdrawn"]
    assert (gone["record"], gone["reason"], gone["fields"]) == (None, "revoked", [])
    text = (project.current / step / "penalty.csv").read_text("utf-8-sig")
    off = next(r for r in csv.DictReader(io.StringIO(text)) if r["change_kind"] == "withdrawn")
    assert {name for name, cell in off.items() if cell} == {
        "change_kind", "change_cause", "change_reason", "record_id",
    }  # fmt: skip


def test_the_feed_names_nobody(project: Project, told: list[Released]) -> None:
    """It is Atom, tells the step and each record by id, type and department, and no more."""
    for prefix in ("", "en/"):
        text = (project.current / "site" / prefix / "changes.xml").read_text("utf-8")
        feed = ElementTree.fromstring(text)  # noqa: S314 - our own file
        entries = feed.findall(f"{ATOM}entry")
        kinds = [one.find(f"{ATOM}category").get("term") for one in entries]  # type: ignore[union-attr]
        assert kinds == ["release", "withdrawn", "changed", "added"]
        assert len({one.findtext(f"{ATOM}id") for one in entries}) == len(entries)
        assert feed.findtext(f"{ATOM}updated") == told[1].manifest["as_of"]
        ids = {str(row[0]) for row in ask(project, "SELECT record_id FROM change")}
        assert all(any(one in (e.findtext(f"{ATOM}title") or "") for e in entries) for one in ids)
        assert NAME not in text and "更正" not in text.replace("更正窗口", "")


def test_a_withdrawal_reaches_earlier_steps(
    project: Project, register: Register, told: list[Released]
) -> None:
    """What the last release told of a record as added is gone from that step's files and feed."""
    [(record_id,)] = ask(project, "SELECT record_id FROM change WHERE kind = 'added'")
    at = AT + 4 * HOUR
    withdraw(register, [str(record_id)], Happening("upheld", at, "王五", "名称有误"))
    last = release(project, register, at + HOUR, silent, allow_fewer=True)
    assert {path.name for path in project.releases.iterdir()} == {"current", last.release}
    for path in (path for path in project.current.resolve().rglob("*") if path.is_file()):
        content = path.read_bytes()
        unpacked = gzip.decompress(content) if path.suffix == ".gz" else b""
        assert NAME.encode() not in content + unpacked, path
    rows = {one.path: one.rows for one in stated(project)}
    assert rows[f"{FOLDER}/{told[1].release}/penalty.csv"] == 2
    told_of = "SELECT release, kind, reason FROM change WHERE record_id = ?"
    with closing(sqlite3.connect(project.current / "credit.db")) as db:
        assert db.execute(told_of, (record_id,)).fetchall() == [
            (last.release, "withdrawn", "upheld")
        ]


def test_every_address_answers_with_its_own_file(
    project: Project, register: Register, told: list[Released]
) -> None:
    """No address of a change is stale, and none shows the file of another release."""

    async def story() -> Iterator[tuple[str, httpx.Response]]:
        app = create_app(unlimited(project.root))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://portal") as client:
            answers = [
                (address, await client.get(address, follow_redirects=True)) for address in addresses
            ]
        await app.close()
        return iter(answers)

    hand_in(project, register, "penalty", [example(document_no="示罚〔2026〕10号")], AT + 4 * HOUR)
    last = release(project, register, AT + 5 * HOUR, silent)
    sums = {
        f"/releases/{one.release}/{file.path}": file.sha256
        for one in (told[1], last)
        for file in entries(read_manifest(one.folder))
    }
    newest = {f"/{file.path}": file.sha256 for file in entries(read_manifest(last.folder))}
    gone = f"/releases/{told[0].release}/downloads/penalty.csv"
    unknown = f"/downloads/changes/{told[0].release}/penalty.csv"
    addresses = [*sums, *newest, gone, unknown]
    found = dict(asyncio.run(story()))
    assert (found.pop(gone).status_code, found.pop(unknown).status_code) == (410, 404)
    for address, answer in found.items():
        assert answer.status_code == 200, address
        digest = hashlib.sha256(answer.content).hexdigest()
        assert digest == (sums | newest)[address], address
    assert f"/downloads/changes/{told[1].release}/penalty.csv" in newest
    assert f"/downloads/changes/{last.release}/penalty.csv" in newest


def test_some_records_give_what_all_give(
    project: Project, register: Register, told: list[Released], tmp_path: Path
) -> None:
    """A release made from the one before tells what a comparison of every record does."""
    hand_in(project, register, "penalty", [example(document_no="示罚〔2026〕10号")], AT + 4 * HOUR)
    made = release(project, register, AT + 5 * HOUR, silent)
    with new_database(Path(shutil.copy(made.folder / "credit.db", tmp_path))) as db:
        every = "SELECT * FROM change ORDER BY release, record_id"
        before = db.execute(every).fetchall()
        fill_changes(db, told[1].folder, db.execute('SELECT * FROM "release"').fetchone())
        assert db.execute(every).fetchall() == before and len(before) == 4


def test_a_release_is_removed_though_a_server_opens_it(
    project: Project, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opened as Datasette does while it is removed, no empty database is left in its place."""

    def remove_while_opened(folder: Path) -> None:
        removed.append(folder.name.removeprefix("."))
        database = f"file:{project.releases / removed[-1] / 'credit.db'}?immutable=1"
        with pytest.raises(sqlite3.OperationalError):
            sqlite3.connect(database, uri=True)
        remove(folder)

    remove, removed = shutil.rmtree, list[str]()
    made = [release(project, register, AT + n * HOUR, silent).release for n in (1, 2)]
    with monkeypatch.context() as patch:
        patch.setattr("publish.release.release.shutil.rmtree", remove_while_opened)
        (project.root / "gongshi.toml").write_text('profile = "demo-city"\nkeep = 1\n')
        settle(project, register)
    assert removed == made[:1]
    left = {path.name for path in project.releases.iterdir()}
    assert left == {"current", made[1]}


@pytest.mark.parametrize(("keep", "left"), [(None, 2), (1, 1), (4, 4)])
def test_as_many_releases_are_kept_as_the_settings_say(
    project: Project, register: Register, keep: int | None, left: int
) -> None:
    """Two unless stated; after a removal the newest alone, whatever is stated."""
    if keep:
        (project.root / "gongshi.toml").write_text(f'profile = "demo-city"\nkeep = {keep}\n')
    hand_in(project, register, "penalty", [example(document_no=f"罚{n}号") for n in range(2)])
    made = [release(project, register, AT + n * HOUR, silent).release for n in range(1, 6)]
    there = sorted(path.name for path in project.releases.glob("[0-9]*"))
    assert there == made[-left:]
    [(record_id,), _] = ask(project, "SELECT record_id FROM penalty")
    withdraw(register, [str(record_id)], Happening("revoked", AT + 6 * HOUR, "王五", "撤销"))
    last = release(project, register, AT + 7 * HOUR, silent, allow_fewer=True).release
    assert [path.name for path in project.releases.glob("[0-9]*")] == [last]
    certificate = orjson.loads((project.certificates / f"{last}.json").read_bytes())
    assert certificate["release_before"] == made[-1]
