"""The whole line, from files to a release: nothing is lost, and equal input gives equal bytes."""

import csv
import gzip
import json
import re
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

from publish.demo import generate
from publish.demo.run import NIGHT, UNTIL, Prepared, city, prepare
from publish.errors import ProblemError
from publish.project import open_project
from publish.register.register import EVENT, open_register, utc
from publish.release.manifest import changed_files, read_manifest
from publish.release.public import columns
from publish.release.release import release, settle
from publish.release.verify import verify
from publish.schema import TYPES, public_types
from tests.conftest import SMALL, silent

LAST_NIGHT = datetime.combine(UNTIL, NIGHT, ZoneInfo("Asia/Shanghai"))


def read_only(path: Path) -> closing[sqlite3.Connection]:
    """A released database."""
    return closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True))


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The same city, built a second time somewhere else."""
    return prepare(tmp_path_factory.mktemp("again"), city(SMALL), silent)


def test_the_same_input_gives_the_same_bytes(small_city: Prepared, again: Prepared) -> None:
    """Two builds of the same city are equal in every byte of every released file."""
    one, other = (bytes_of(p.project.current.resolve()) for p in (small_city, again))
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []


def test_a_second_demo_changes_nothing(small_city: Prepared) -> None:
    """Run again, the demo finds everything there and leaves every file as it is."""
    root = small_city.project.root
    before = bytes_of(root / "data")
    second = prepare(root, city(SMALL), silent)
    after = bytes_of(root / "data")
    assert second.batches == [] and second.released is None
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert changed <= {"writer.lock", "register.db-wal", "register.db-shm"}


def test_rows_read_are_all_accounted_for(small_city: Prepared) -> None:
    """For every batch, rows = new + corrected + duplicate + rejected, and the register agrees."""
    with open_register(small_city.project.register) as register:
        count = register.db.execute
        versions = dict(count("SELECT batch, count(*) FROM version GROUP BY 1"))
        rejected = dict(count("SELECT batch, count(*) FROM rejected GROUP BY 1"))
        tallies = dict(count("SELECT batch, sum(rows) FROM tally GROUP BY 1"))
        batches = list(register.batches(None))
    assert len(batches) == len(small_city.batches) > 100
    for b in batches:
        assert b["rows"] == b["new"] + b["corrected"] + b["duplicate"] + b["rejected"]
        assert b["new"] + b["corrected"] == versions.get(b["seq"], 0)
        assert (b["rejected"], b["rows"]) == (rejected.get(b["seq"], 0), tallies[b["seq"]])


def test_live_records_are_published_or_withheld(small_city: Prepared) -> None:
    """For every record type the manifest adds up, and the tables hold what it says."""
    manifest = read_manifest(small_city.project.current)
    with read_only(small_city.project.current / "credit.db") as db:
        for name, counts in manifest["counts"].items():
            assert counts["live"] == counts["published"] + sum(counts["withheld"].values())
            held = db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            assert held == counts["published"] > 0
    with open_register(small_city.project.register) as register:
        kept = ",".join(f"'{name}'" for name in TYPES["internal"])
        live = register.db.execute(
            f"SELECT count(DISTINCT record_id) FROM version WHERE record_type NOT IN ({kept})"
        ).fetchone()[0]
    assert live == sum(c["live"] for c in manifest["counts"].values())


def test_every_sort_of_trouble_is_in_the_demo(small_city: Prepared) -> None:
    """The demo city has corrections, duplicates, rejections, withheld and withdrawn records."""
    counts = Counter[str]()
    for batch in small_city.batches:
        counts.update(vars(batch.counts))
    assert all(counts[k] for k in ("new", "corrected", "duplicate", "rejected"))
    manifest = read_manifest(small_city.project.current)
    reasons = {r for c in manifest["counts"].values() for r in c["withheld"]}
    assert {"person", "term_over", "revoked"} <= reasons
    with read_only(small_city.project.current / "credit.db") as db:
        assert db.execute("SELECT count(*) FROM tombstone").fetchone()[0]


@pytest.mark.parametrize("name", sorted(public_types()))
def test_every_download_holds_the_same_rows(small_city: Prepared, name: str) -> None:
    """CSV, JSON Lines, Parquet and SQLite of a record type agree row by row."""
    folder = small_city.project.current / "downloads"
    names = [c.name for c in columns(public_types()[name])]
    with read_only(folder / "credit.db") as db:
        order = f"{public_types()[name].roles['decided']}, record_id"
        rows = db.execute(f'SELECT {", ".join(names)} FROM "{name}" ORDER BY {order}').fetchall()
    lines = gzip.decompress((folder / f"{name}.jsonl.gz").read_bytes()).splitlines()
    assert [tuple(json.loads(line).values()) for line in lines] == rows
    table = pq.read_table(folder / f"{name}.parquet")
    assert [tuple(row.values()) for row in table.to_pylist()] == rows
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *cells = csv.reader(file)
    assert header == names
    assert cells == [["" if v is None else str(v) for v in row] for row in rows]


def test_the_files_are_as_the_manifest_states(city_copy: Path) -> None:
    """A byte changed, a file added or a file removed in a release is named."""
    folder = (city_copy / "data/releases/current").resolve()
    manifest = read_manifest(folder)
    assert list(changed_files(folder, manifest)) == []
    page = folder / "site/index.html"
    page.write_bytes(page.read_bytes() + b" ")
    (folder / "site/league/index.html").unlink()
    (folder / "site/extra.html").write_text("x")
    assert list(changed_files(folder, manifest)) == [
        "site/extra.html",
        "site/index.html",
        "site/league/index.html",
    ]


def test_a_figure_leads_to_exactly_its_rows(small_city: Prepared) -> None:
    """For every department and period, the duties on time and due are those counted."""
    with read_only(small_city.project.current / "monitor.db") as db:
        rows = db.execute(
            "SELECT l.department, l.on_time, l.due, p.first, p.last FROM league l "
            "JOIN period p USING (period) WHERE l.due > 0"
        ).fetchall()
        assert len(rows) > 100
        for department, on_time, due, first, last in rows:
            found = db.execute(
                "SELECT sum(status = 'on_time'), count(*) FROM duty WHERE department = ? "
                "AND clock = 'disclosure' AND due_date BETWEEN ? AND ? "
                "AND status IN ('on_time', 'late', 'overdue')",
                (department, first, last),
            ).fetchone()
            assert found == (on_time, due)


def test_a_withdrawal_is_off_in_the_next_release(city_copy: Path) -> None:
    """A repaired record leaves every file of the new release; a tombstone stays."""
    project = open_project(city_copy)
    with read_only(project.current / "credit.db") as db:
        record, document = db.execute(
            "SELECT record_id, document_no FROM penalty ORDER BY record_id"
        ).fetchone()
    with open_register(project.register) as register:
        as_of = LAST_NIGHT + timedelta(hours=1)
        with register.transaction() as db:
            EVENT.append(db, [(record, "repaired", utc(as_of), "test", "已修复")])
        done = release(project, register, as_of, silent)
    assert done.manifest["withdrawn"] > 0
    with read_only(project.current / "credit.db") as db:
        stone = db.execute(
            "SELECT record_type, withdrawn_on, reason FROM tombstone WHERE record_id = ?", (record,)
        ).fetchone()
    assert stone == ("penalty", "2026-11-20", "repaired")
    assert project.current.resolve() == done.folder
    holders = [name for name, text in bytes_of(done.folder).items() if document.encode() in text]
    assert holders == []
    assert {p.name for p in project.releases.iterdir()} == {done.release, "current"}


def test_without_a_removal_the_last_release_is_kept(city_copy: Path) -> None:
    """Where nothing came off, the release before stays beside the new one, and no older one."""
    project = open_project(city_copy)
    served = [project.current.resolve().name]
    with open_register(project.register) as register:
        for minutes in (1, 2):
            done = release(project, register, LAST_NIGHT + timedelta(minutes=minutes), silent)
            served.append(done.release)
    assert {p.name for p in project.releases.iterdir()} == {*served[1:], "current"}


def test_a_release_before_the_last_is_refused(city_copy: Path) -> None:
    """What was shown cannot be shown differently for a moment that is past."""
    project = open_project(city_copy)
    with (
        open_register(project.register) as register,
        pytest.raises(ProblemError, match="not after the last release"),
    ):
        release(project, register, LAST_NIGHT - timedelta(days=1), silent)


def test_a_second_release_of_the_same_moment(city_copy: Path) -> None:
    """With nothing new it is the same release; with a withdrawal it is refused, never ignored."""
    project = open_project(city_copy)
    served = project.current.resolve().name
    with open_register(project.register) as register:
        assert release(project, register, LAST_NIGHT, silent).release == served
        record = register.db.execute("SELECT record_id FROM version").fetchone()[0]
        with register.transaction() as db:
            EVENT.append(db, [(record, "revoked", utc(LAST_NIGHT), "test", "撤销")])
        with pytest.raises(ProblemError, match="not after the last release"):
            release(project, register, LAST_NIGHT, silent)


def test_a_failed_release_leaves_the_old_one(city_copy: Path) -> None:
    """A template with an error fails the build and names it; what is served stays; it is noted."""
    project = open_project(city_copy)
    served = project.current.resolve()
    before = bytes_of(served)
    (project.site / "templates/home.html").write_text("{% if %}")
    with open_register(project.register) as register:
        with pytest.raises(ProblemError, match=r"home\.html"):
            release(project, register, LAST_NIGHT + timedelta(hours=1), silent)
        outcome = register.db.execute(
            "SELECT outcome FROM release ORDER BY seq DESC LIMIT 1"
        ).fetchone()[0]
    assert outcome == "failed"
    assert project.current.resolve() == served and bytes_of(served) == before
    assert {p.name for p in project.releases.iterdir()} == {served.name, "current"}


def test_an_unforeseen_fault_leaves_the_old_release(
    city_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault that nobody foresaw is one clear error, on record, and changes nothing served."""
    project = open_project(city_copy)
    served = project.current.resolve()

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("publish.release.build.build_site", fail)
    with open_register(project.register) as register:
        with pytest.raises(ProblemError, match=r"the old one stays: No space left"):
            release(project, register, LAST_NIGHT + timedelta(hours=1), silent)
        outcome = register.db.execute("SELECT outcome FROM release ORDER BY seq DESC").fetchone()
    assert outcome == ("failed",)
    assert {p.name for p in project.releases.iterdir()} == {served.name, "current"}


def test_a_release_that_shrank_is_refused_unless_allowed(city_copy: Path) -> None:
    """Losing most penalties to a changed rule is taken for a mistake until somebody allows it."""
    rules = city_copy / "data/profiles/cn.toml"
    text = rules.read_text("utf-8")
    rules.write_text(re.sub(r"(?m)^general = .*$", "general = { publish = false }", text), "utf-8")
    project, as_of = open_project(city_copy), LAST_NIGHT + timedelta(days=1)
    with open_register(project.register) as register:
        with pytest.raises(ProblemError, match="--allow-fewer"):
            release(project, register, as_of, silent)
        done = release(project, register, as_of, silent, allow_fewer=True)
    assert done.manifest["counts"]["penalty"]["published"] < 200


def test_terms_that_end_are_no_mistake(city_copy: Path) -> None:
    """Years later every penalty is off, as it had been announced: nothing keeps them public."""
    project = open_project(city_copy)
    with open_register(project.register) as register:
        done = release(project, register, LAST_NIGHT + timedelta(days=4000), silent)
    assert done.manifest["counts"]["penalty"]["published"] == 0


def test_a_release_stopped_before_the_switch_is_settled(city_copy: Path) -> None:
    """Folders that the register does not know are removed, and the link points to its newest."""
    project = open_project(city_copy)
    served = project.current.resolve().name
    (project.releases / ".building-x").mkdir()
    (project.releases / "20991231T000000Z-unknown").mkdir()
    project.current.unlink()
    with open_register(project.register) as register:
        settle(project, register)
    assert {p.name for p in project.releases.iterdir()} == {served, "current"}
    assert project.current.resolve().name == served


def test_a_planted_number_blocks_the_release(city_copy: Path) -> None:
    """An identity number that stands in a page template is found before the switch."""
    project = open_project(city_copy)
    with open_register(project.register) as register:
        payload = register.db.execute(
            "SELECT payload FROM version WHERE payload LIKE '%person_id_no%' LIMIT 1"
        ).fetchone()[0]
        number = json.loads(payload)["person_id_no"]
        layout = project.site / "templates/layout.html"
        layout.write_text(layout.read_text() + f"<!-- {number} -->")
        with pytest.raises(ProblemError, match="internal information"):
            release(project, register, LAST_NIGHT + timedelta(hours=1), silent)


def test_verify_is_clean_and_names_what_was_altered(city_copy: Path) -> None:
    """All is well as built; one byte of the register or of a released file is named."""
    project = open_project(city_copy)
    assert list(verify(project, silent)) == []
    page = project.current / "site/index.html"
    page.write_bytes(page.read_bytes() + b"\n")
    assert ["site/index.html" in t.en for t in verify(project, silent)] == [True]
    raw = bytearray(project.register.read_bytes())
    raw[raw.index("示例市".encode(), len(raw) // 2)] ^= 0x01
    project.register.write_bytes(raw)
    assert any(t.part == "register" and "row" in t.en for t in verify(project, silent))


def test_nothing_planted_is_in_any_public_byte(small_city: Prepared, tmp_path: Path) -> None:
    """No number, address or full name of a natural person of the demo is served anywhere.

    The city is generated once more to learn its secrets, then every public file is searched,
    packed ones unpacked.
    """
    project, secrets = small_city.project, tmp_path / "secrets.txt"
    for _ in generate(
        project.reference, project.calendar, tmp_path / "files", records=SMALL, secrets=secrets
    ):
        pass
    wanted = {line for line in secrets.read_text("utf-8").splitlines() if len(line) > 1}
    assert len(wanted) > 100
    texts = [text_of(p) for p in sorted(project.current.resolve().rglob("*")) if p.is_file()]
    public = "\n".join(texts)
    assert [secret for secret in sorted(wanted) if secret in public] == []


def text_of(path: Path) -> str:
    """What a file says, however it is packed."""
    if path.suffix == ".parquet":
        return str(pq.read_table(path).to_pandas().to_csv())
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8", "replace")
