"""A release made from the one before is the release that would have been made in full."""

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from publish.handin.intake import Batch, Handing, intake
from publish.project import Project
from publish.register.live import Moment
from publish.register.register import Register, utc
from publish.register.removal import Happening, enter
from publish.register.review import approve, hold, send_back, waiting
from publish.release import build as building
from publish.release import incremental
from publish.release.build import build, read_only
from publish.release.manifest import read_manifest
from publish.release.release import Released, release, release_id
from publish.schema import public_types, record_type
from tests.conftest import silent
from tests.integration.filing import open_portal
from tests.unit.handed import PERSON, example

START = datetime(2026, 3, 2, 22, tzinfo=ZoneInfo("Asia/Shanghai"))
KINDS = ("revoked", "repaired", "upheld", "objection_opened", "objection_closed")


@pytest.fixture(autouse=True)
def _tables_only() -> Iterator[None]:
    """What is made of the databases alone is left out, and any share may be judged again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "build_site", lambda *_, **__: [])
        patch.setattr(building, "write_reports", lambda *_: "")
        patch.setattr(building, "report_files", lambda *_: ())
        patch.setattr(building, "refuse_leaks", lambda *_, **__: None)
        patch.setattr(building, "write_downloads", lambda *_: [])
        patch.setattr(incremental, "MOST", 1e9)
        yield


@dataclass
class City:
    """A portal that things happen to, one after another.

    Attributes:
        now: its clock.
        rows: what was handed in: type, and row.
    """

    project: Project
    register: Register
    now: datetime = START
    rows: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def hand_in(self, name: str, *rows: Mapping[str, str], held: bool = False) -> Batch:
        """Hands in a file."""
        self.now += timedelta(minutes=1)
        path = self.project.inbox / f"{name}-{self.now:%m%d%H%M}.csv"
        path.parent.mkdir(exist_ok=True)
        titles = {f.name: f.title_zh for f in record_type(name).fields}
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(titles[column] for column in rows[0])
            writer.writerows(row.values() for row in rows)
        (batch,) = intake(self.project, self.register, path, Handing(self.now), silent)
        if held and not batch.rejected:
            with self.register.transaction():
                hold(self.register, batch.number, utc(self.now), "rule")
        self.rows += [(name, dict(row)) for row in rows]
        return batch

    def happen(self, kind: str, *records: str) -> None:
        """Something happens to records."""
        self.now += timedelta(minutes=1)
        enter(self.register, records, Happening(kind, self.now, "office", "reason"))

    def wait(self, days: int) -> None:
        """Days go by."""
        self.now += timedelta(days=days)

    def release(self) -> tuple[Released, dict[str, str]]:
        """Releases; returns the release and the digests of one made in full."""
        self.now += timedelta(minutes=1)
        moment = Moment(self.register, self.register.cut(self.now))
        name = release_id(self.project, self.register, moment)
        with TemporaryDirectory() as folder:
            build(self.project, moment, name, Path(folder) / "full", silent, full=True)
            full = read_manifest(Path(folder) / "full")["digest"]
        done = release(self.project, self.register, self.now, silent, allow_fewer=True)
        return done, full

    def id_of(self, number: str) -> str:
        """The public record with a document number."""
        with closing(read_only(self.project.current / "credit.db")) as db:
            sql = "SELECT record_id FROM penalty WHERE document_no = ?"
            return str(db.execute(sql, (number,)).fetchone()[0])

    def base(self) -> incremental.Base | None:
        """What the release to come would be made from."""
        moment = Moment(self.register, self.register.cut(self.now + timedelta(minutes=1)))
        return incremental.base(self.project, moment)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[City]:
    """A portal with the departments of the demo city."""
    with open_portal(tmp_path / "city") as opened:
        yield City(opened.project, opened.register)


@pytest.mark.parametrize("seed", (0, 2))
def test_any_history_gives_the_same_as_a_full_release(seed: int) -> None:
    """Hand-ins, corrections, sign-offs, events, finds and cases, and days that go by."""
    with TemporaryDirectory() as folder, open_portal(Path(folder)) as opened:
        city, chance = City(opened.project, opened.register), Random(seed)
        city.hand_in("penalty", example())
        city.release()
        for _ in range(4):
            for _ in range(chance.randint(0, 9)):
                chance.choice(ACTS)(city, chance)
            city.wait(chance.choice((0, 1, 6, 40, 200)))
            assert city.base(), "it is made from the one before"
            done, full = city.release()
            found = done.manifest["digest"]
            assert {k for k in full if full[k] != found.get(k)} == set()


def test_nothing_of_what_was_removed_is_in_any_byte(portal: City) -> None:
    """Rows among many others, a long text over several pages, words of the index: all are gone."""
    marks = {f"罚{n}号": sha256(bytes([n])).hexdigest() for n in range(40)}
    words = {
        number: f"{mark[:9]}{'乙丙丁戊'[n % 4] * (n % 7 * 250)}{mark[-9:]}"
        for n, (number, mark) in enumerate(marks.items())
    }
    rows = [example(document_no=number, facts=text) for number, text in words.items()]
    assert not portal.hand_in("penalty", *rows).rejected
    release(portal.project, portal.register, portal.now, silent)
    off = list(words)[::3]
    portal.happen("revoked", *map(portal.id_of, off))
    base = portal.base()
    assert base and len(base.ids) == len(off)
    portal.now += timedelta(minutes=1)
    done = release(portal.project, portal.register, portal.now, silent, allow_fewer=True)
    held = (done.folder / "credit.db").read_bytes()
    for number in off:
        assert marks[number][:9].encode() not in held and marks[number][-9:].encode() not in held
    with closing(read_only(done.folder / "credit.db")) as db:
        left = dict(db.execute("SELECT document_no, facts FROM penalty").fetchall())
    assert left == {number: text for number, text in words.items() if number not in off}


def test_any_doubt_makes_a_full_release(portal: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other rules, a damaged or missing file, nothing kept, or too much to be judged again."""
    assert portal.base() is None, "there is no release before"
    portal.hand_in("penalty", example())
    release(portal.project, portal.register, portal.now, silent)
    assert portal.base()
    kept = incremental.trace_of(portal.project, portal.project.current.readlink().name)
    for path in (kept, *(portal.project.current / name for name in incremental.TAKEN_OVER)):
        whole = path.read_bytes()
        path.unlink()
        assert portal.base() is None, path
        path.write_bytes(whole if path == kept else whole[:-1])
        assert (portal.base() is None) == (path != kept), path
        path.write_bytes(whole)
    assert portal.base()
    extra = portal.project.data / "reference/note.csv"
    extra.write_text("a", "utf-8")
    assert portal.base() is None
    extra.unlink()
    portal.hand_in("penalty", example(document_no="罚2号"))
    assert portal.base()
    monkeypatch.setattr(incremental, "MOST", 0.5)
    assert portal.base() is None


def test_a_release_in_full_takes_nothing_over(
    portal: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is asked for, nobody even looks whether anything could be."""
    asked = list[object]()
    monkeypatch.setattr(building, "base", lambda *_: asked.append(1))
    portal.hand_in("penalty", example())
    release(portal.project, portal.register, portal.now, silent, full=True)
    assert not asked
    portal.now += timedelta(minutes=1)
    release(portal.project, portal.register, portal.now, silent)
    assert asked


def _new(city: City, chance: Random) -> None:
    """A new record of any type, of a company or a person."""
    name = chance.choice(tuple(public_types()))
    changes: dict[str, str] = {}
    record = record_type(name)
    if name not in {"fulfilment", "list_entry"}:
        number = f"示例市监{chance.choice('罚许')}〔2026〕{chance.randint(1, 9)}号"
        changes[record.roles["document"][0]] = number
    elif name == "fulfilment":
        changes["commitment_no"] = f"示例市监罚〔2026〕{chance.randint(1, 9)}号"
    day = city.now - timedelta(days=chance.choice((1, 3, 5, 12, 300, 1000)))
    changes[record.roles["decided"]] = f"{day:%Y/%m/%d}"
    if name == "penalty":
        changes["severity"] = chance.choice("123")
    if name in {"penalty", "licence"} and chance.random() < 0.3:
        changes |= PERSON
    row = {k: v for k, v in example(name, **changes).items() if v}
    _try(city, name, row, held=chance.random() < 0.2)


def _correct(city: City, chance: Random) -> None:
    """A row handed in again with something changed."""
    name, row = chance.choice(city.rows)
    record = record_type(name)
    for text in [f.name for f in record.fields if f.scan and f.name in row][-1:]:
        row = row | {text: f"更正{chance.randint(1, 99)}，联系电话13900000000"}
    if "status" in row and chance.random() < 0.3:
        row = row | {"status": chance.choice("012")}
    _try(city, name, row, held=chance.random() < 0.2)


def _review(city: City, chance: Random) -> None:
    """A batch that waits is signed off or sent back."""
    for one in list(waiting(city.register))[:1]:
        city.now += timedelta(minutes=1)
        if chance.random() < 0.7:
            approve(city.register, one.batch, "reviewer", city.now)
        else:
            send_back(city.register, one.batch, "reviewer", city.now, "reason")


def _event(city: City, chance: Random) -> None:
    """Something happens to a record, public or not."""
    ids = [row[0] for row in city.register.db.execute("SELECT DISTINCT record_id FROM version")]
    city.happen(chance.choice(KINDS), chance.choice(sorted(ids)))


def _internal(city: City, chance: Random) -> None:
    """A case, a step of one, or a find."""
    name = chance.choice(("feedback", "feedback_event", "audit"))
    changes = {} if name == "audit" else {"case_no": f"示例异议〔2026〕{chance.randint(1, 3)}号"}
    if name == "audit":
        changes["document_no"] = f"示例市监罚〔2026〕{chance.randint(1, 9)}号"
    _try(city, name, {k: v for k, v in example(name, **changes).items() if v})


def _try(city: City, name: str, row: dict[str, str], *, held: bool = False) -> None:
    """Hands a row in, whether or not it is new."""
    city.hand_in(name, row, held=held)


ACTS: tuple[Callable[[City, Random], Any], ...] = (
    *[_new] * 6,
    _correct,
    _correct,
    _review,
    _event,
    _internal,
)
