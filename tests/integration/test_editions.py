"""A quarter closed, then corrected, added to and restated: what stays, what moved, and why."""

import csv
import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.calendar import update_calendar
from monitor.editions import Edition, marks, open_edition, where
from monitor.measures import INDICATORS, Measure
from monitor.moves import ALL, Move
from monitor.periods import Period
from publish.demo.run import Prepared
from publish.handin.intake import Handing, intake
from publish.project import Project, open_project
from publish.register.live import Moment
from publish.register.register import Register, moment, open_register
from publish.register.removal import Happening, next_moment, withdraw
from publish.release.build import Progress, rebuild_figures
from publish.release.close import close, restate
from publish.release.editions import entry
from publish.release.manifest import read_manifest
from publish.release.release import release
from publish.release.reproduce import reproduce
from tests.conftest import silent
from tests.unit.handed import PERSON

QUARTER = "2026Q3"
FIRST, LAST = "2026-07-01", "2026-09-30"
NAME = "华山路"
REASON = f"补录{NAME}沿线的许可"
STOOD = ("rank", "peer_rank", "score", "deduction", "grade", "ranked", "peers", "silent")
Figures = Mapping[str, set[tuple[object, ...]]]


@dataclass
class Chapter:
    """What a restatement was made of.

    Attributes:
        before: each department's figures of the quarter in the release closed before.
        after: those in the release that it was made from.
        planted: the departments whose data were changed.
    """

    edition: Edition
    moves: Sequence[Move]
    before: Figures
    after: Figures
    planted: set[str] = field(default_factory=set)

    @property
    def moved(self) -> set[str]:
        """The departments that it names."""
        return {move.department for move in self.moves} - {ALL}

    @property
    def differ(self) -> set[str]:
        """The departments whose figures differ between the two releases."""
        codes = self.before.keys() | self.after.keys()
        return {c for c in codes if self.before.get(c) != self.after.get(c)} - {ALL}

    @property
    def causes(self) -> set[str]:
        """All causes that it tells."""
        return {cause for move in self.moves for cause in move.why.split("+")}


@dataclass
class Story:
    """A project in which a quarter was closed and restated three times.

    Attributes:
        first: the bytes of the first edition right after it was closed.
    """

    root: Path
    first: Mapping[str, bytes]
    chapters: Mapping[str, Chapter]

    @property
    def project(self) -> Project:
        """The project as it is at the end."""
        return open_project(self.root)


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def released(root: Path, register: Register) -> Figures:
    """Releases anew; each department's figures of the quarter then."""
    project = open_project(root)
    release(project, register, next_moment(register, moment(register.last_release())), silent)
    return figures(project)


def figures(project: Project) -> Figures:
    """Each department's figures of the quarter in the release being served."""
    found: dict[str, set[tuple[object, ...]]] = {}
    with closing(sqlite3.connect(project.current / "monitor.db")) as db:
        for code, *rest in db.execute(
            "SELECT department, record_type, name, numerator, denominator, round(value, 9) "
            "FROM indicator WHERE period = ?",
            (QUARTER,),
        ):
            found.setdefault(code, set()).add(tuple(rest))
        listed = ", ".join(STOOD)
        for code, *rest in db.execute(
            f"SELECT department, {listed} FROM league WHERE period = ?", (QUARTER,)
        ):
            found.setdefault(code, set()).add(tuple(rest))
    return found


def due_in_quarter(project: Project, status: str) -> Iterator[tuple[str, str]]:
    """Licences of that status due in the quarter, one per department: record and department."""
    with closing(sqlite3.connect(project.current / "monitor.db")) as db:
        yield from db.execute(
            "SELECT min(record_id), department FROM duty WHERE clock = 'disclosure' "
            "AND record_type = 'licence' AND status = ? AND due_date BETWEEN ? AND ? "
            "GROUP BY department ORDER BY count(*) DESC, department",
            (status, FIRST, LAST),
        )


def values(register: Register, record_id: str) -> dict[str, str]:
    """The newest version of a record as the register holds it."""
    (payload,) = register.db.execute(
        "SELECT payload FROM version WHERE record_id = ? ORDER BY seq DESC LIMIT 1", (record_id,)
    ).fetchone()
    found: dict[str, str] = json.loads(payload)
    return found


def hand_in(project: Project, register: Register, rows: Sequence[Mapping[str, str]]) -> None:
    """Hands rows in as a file."""
    path = project.root / "more.csv"
    names = sorted({name for row in rows for name in row})
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(rows)
    handing = Handing(moment(register.last_release()), record_type="licence")
    (batch,) = intake(project, register, path, handing, silent)
    assert batch.counts.rejected == 0 and batch.counts.new + batch.counts.corrected == len(rows)


def change_data(project: Project, register: Register) -> set[str]:
    """Corrects one record, takes one off and adds one; the departments whose figures that moves."""
    (late, own), *_ = due_in_quarter(project, "late")
    timely = [pair for pair in due_in_quarter(project, "on_time") if pair[1] != own]
    (removed, _), (copied, other), *_ = timely
    later = moment(register.last_release()) + timedelta(hours=1)
    withdraw(register, [removed], Happening("revoked", later, "clerk", "决定已撤销"))
    corrected = values(register, late) | {"decision_date": "2026-10-20"}
    added = values(register, copied) | {"document_no": "示例补报〔2026〕1号"}
    hand_in(project, register, [corrected, added])
    return {own, other}


def edit(path: Path, old: str, new: str) -> None:
    """Changes a file."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def change_calendar(project: Project) -> None:
    """A sudden notice gives one working day of the quarter off."""
    calendar, code = project.calendar, project.calendar.code
    with (project.calendars / f"{code}.overrides.csv").open("a", encoding="utf-8") as file:
        file.write("2026-09-28,0,示例假日,示例市（虚构）通知\n")
    update_calendar(project.calendars, code, calendar.first, calendar.last)


def change_rules(project: Project) -> None:
    """The score gives the timeliness rate another weight."""
    edit(project.profile_path, '"timeliness_rate", weight = 50', '"timeliness_rate", weight = 30')


def settle_rules(project: Project) -> None:
    """Ranks smaller departments too, since the city is small; leaves out what takes time."""
    edit(project.profile_path, "[league]\n", "[league]\nminimum_cases = 10\n")
    edit(project.profile_path, "[reports]\n", "[reports]\nscorecards = false\n")


def namesake(register: Register, project: Project) -> None:
    """A natural person who bears a name that an edition's reason holds as a word."""
    ((copied, _), *_) = due_in_quarter(project, "on_time")
    person = values(register, copied) | PERSON | {"party_name": NAME}
    later = {"document_no": "示例补报〔2026〕2号", "decision_date": "2026-11-18"}
    hand_in(project, register, [person | later])


@pytest.fixture(scope="module")
def story(small_city: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The quarter closed, then restated after its data, its calendar and its rules changed."""
    root = tmp_path_factory.mktemp("closed") / "city"
    shutil.copytree(small_city.project.root, root, symlinks=True)
    settle_rules(open_project(root))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("publish.release.build.build_site", lambda *_, **__: [])
        return _live(root)


def _live(root: Path) -> Story:
    """Everything that happens to the quarter."""
    with open_register(open_project(root).register) as register:
        before = released(root, register)
        first = close(open_project(root), register, QUARTER, "clerk", _now(register), silent)
        frozen = bytes_of(open_project(root).editions / first.edition)
        chapters = {}
        for name in ("data", "calendar", "method"):
            planted = _change(name, open_project(root), register)
            after = released(root, register)
            made, moves = restate(
                open_project(root), register, QUARTER, REASON, "clerk", _now(register), silent
            )
            chapters[name] = Chapter(made, moves, before, after, planted)
            before = after
    return Story(root, frozen, chapters)


def _now(register: Register) -> datetime:
    """Right after the last release."""
    return next_moment(register, moment(register.last_release()))


def _change(name: str, project: Project, register: Register) -> set[str]:
    """One of the three things that can move a closed period."""
    if name == "data":
        return change_data(project, register)
    if name == "calendar":
        namesake(register, project)
        change_calendar(project)
    else:
        change_rules(project)
    return set()


def test_the_first_edition_never_changes(story: Story) -> None:
    """Corrected, deleted and added records, a new calendar and new rules leave its bytes alone."""
    folder = story.project.editions / f"{QUARTER}-1"
    assert bytes_of(folder) == story.first
    assert bytes_of(story.project.current / "downloads/editions" / folder.name) == story.first


@pytest.mark.parametrize("name", ["data", "calendar", "method"])
def test_a_restatement_names_exactly_who_moved(story: Story, name: str) -> None:
    """The departments named are those whose figures differ between the two releases, no other."""
    chapter = story.chapters[name]
    assert chapter.moved == chapter.differ
    assert chapter.moved, "the change moved somebody"


@pytest.mark.parametrize("name", ["data", "calendar", "method"])
def test_a_restatement_tells_the_cause(story: Story, name: str) -> None:
    """Where only one thing changed, no figure is put down to another."""
    assert story.chapters[name].causes == {name}


def test_the_figures_of_those_alone_moved_whose_data_changed(story: Story) -> None:
    """A correction and an addition move indicators of their departments; of others only ranks."""
    chapter = story.chapters["data"]
    own = {m.department for m in chapter.moves if m.name not in STOOD} - {ALL}
    assert own == chapter.planted
    others = {m.name for m in chapter.moves if m.department not in chapter.planted | {ALL}}
    assert others <= {"rank", "peer_rank"}


@pytest.mark.parametrize("number", [1, 4])
def test_an_edition_can_be_made_again(story: Story, number: int) -> None:
    """After later hand-ins, removals, calendars and rules it comes out byte for byte."""
    with open_register(story.project.register) as register:
        one = entry(register, f"{QUARTER}-{number}")
        assert reproduce(story.project, register, one, silent) == []


def test_what_comes_out_otherwise_is_named(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """If one duty were judged otherwise, the files that say so are named and no others."""

    def tampered(project: Project, then: Moment, folder: Path, progress: Progress) -> Path:
        path = rebuild_figures(project, then, folder, progress)
        with closing(sqlite3.connect(path)) as db, db:
            db.execute(
                "UPDATE duty SET status = 'late' WHERE duty_id = (SELECT min(duty_id) FROM duty "
                "WHERE status = 'on_time' AND due_date BETWEEN ? AND ?)",
                (FIRST, LAST),
            )
        return path

    monkeypatch.setattr("publish.release.draft.rebuild_figures", tampered)
    with open_register(story.project.register) as register:
        one = entry(register, f"{QUARTER}-1")
        different = reproduce(story.project, register, one, silent)
    assert different == ["duty.csv", "edition.json"]


def test_the_rows_of_an_edition_give_its_figures(story: Story) -> None:
    """For every department, type and indicator the frozen rows add up to what was frozen."""
    with closing(open_edition(story.project.editions / f"{QUARTER}-2")) as db:
        span = Period(*db.execute("SELECT * FROM period").fetchone())
        checked = 0
        for name, indicator in INDICATORS.items():
            for part in ("numerator", "denominator"):
                measure = getattr(indicator, part)
                if measure is None or measure.having:
                    continue
                figures = db.execute(
                    f"SELECT department, record_type, {part} FROM indicator WHERE name = ?", (name,)
                ).fetchall()
                for department, record_type, figure in figures:
                    assert _counted(db, measure, span, department, record_type) == figure
                    checked += 1
    assert checked > 500


def _counted(
    db: sqlite3.Connection, measure: Measure, span: Period, department: str, record_type: str
) -> float:
    """How many rows of an edition a measure counts, or their sum."""
    total = " + ".join(f"sum({column})" for column in measure.total) or "count(*)"
    sql = (
        f"SELECT coalesce({total}, 0) FROM {measure.table.name} WHERE {where(measure)} "
        "AND (:department = '*' OR department = :department) "
        "AND (:type = '*' OR record_type = :type)"
    )
    given = {**marks(span), "department": department, "type": record_type}
    return float(db.execute(sql, given).fetchone()[0])


def test_an_edition_holds_no_word_of_a_record(story: Story) -> None:
    """No number, name or text of a record due in the quarter stands in an edition of it."""
    editions = b"".join(
        content
        for folder in story.project.editions.iterdir()
        for name, content in bytes_of(folder).items()
        if not name.startswith("inputs/")
    )
    with open_register(story.project.register) as register:
        ids = [record_id for record_id, _ in due_in_quarter(story.project, "on_time")]
        assert all(record_id.encode() in editions for record_id in ids)
        told = {
            value
            for record_id in ids
            for name, value in values(register, record_id).items()
            if name in {"party_name", "document_no", "licence_content", "uscc", "certificate_no"}
        }
    assert len(told) > len(ids)
    assert [value for value in told if value.encode() in editions] == []


def test_every_edition_is_public(story: Story) -> None:
    """A release lists every file of every edition, and its tables hold their league tables."""
    project, manifest = story.project, read_manifest(story.project.current)
    listed = {entry["path"] for entry in manifest["files"]}
    folders = sorted(path.name for path in (project.current / "downloads/editions").iterdir())
    assert folders == [f"{QUARTER}-{number}" for number in (1, 2, 3)]
    for folder in folders:
        names = {
            f"downloads/editions/{folder}/{name}" for name in bytes_of(project.editions / folder)
        }
        assert names <= listed
    with closing(sqlite3.connect(project.current / "monitor.db")) as db:
        shown = db.execute("SELECT edition, number, reason FROM edition ORDER BY 1").fetchall()
        assert shown == [(f, n, REASON if n > 1 else "") for n, f in enumerate(folders, start=1)]
        moved = db.execute("SELECT count(*) FROM edition_move GROUP BY edition").fetchall()
        assert [n for (n,) in moved] == [len(story.chapters[c].moves) for c in ("data", "calendar")]
        (rows,) = db.execute("SELECT count(*) FROM edition_league").fetchone()
        (members,) = db.execute("SELECT count(*) FROM department").fetchone()
        assert rows > members
