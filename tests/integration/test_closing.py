"""`gongshi monitor close` and its like as an official meets them: refusals and faults."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from monitor.periods import Period
from publish.cli import main
from publish.demo.run import Prepared
from publish.errors import ProblemError
from publish.handin.intake import Handing, intake
from publish.project import Project, init_project, open_project
from publish.register.register import (
    APPEARANCE,
    BATCH,
    RELEASE,
    Register,
    moment,
    open_register,
)
from publish.register.removal import next_moment, removal_by
from publish.register.review import approve, hold
from publish.release.draft import frozen_from
from publish.release.editions import entries
from publish.release.manifest import changed_files, read_manifest
from publish.release.release import release
from publish.release.verify import verify
from tests.conftest import silent
from tests.unit.handed import ROOT, example

QUARTER = "2026Q3"


def monitor(project: Project, *words: str) -> Result:
    """Runs a command of the group."""
    return CliRunner().invoke(main, ["--root", str(project.root), "monitor", *words])


def refused(result: Result, code: int) -> str:
    """Checks that a command was refused with a line in each language; the English one."""
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    zh, en = (line for line in result.output.splitlines() if line.startswith(("错误：", "Error: ")))
    assert zh.startswith("错误：")
    return en


@pytest.fixture(scope="module")
def closed(small_city: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A city whose third quarter was closed on the command line."""
    root = tmp_path_factory.mktemp("closing") / "city"
    shutil.copytree(small_city.project.root, root, symlinks=True)
    result = monitor(open_project(root), "close", QUARTER, "--handler", "王示例", "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["edition"] == f"{QUARTER}-1" and said["moves"] == []
    assert said["release"] == open_project(root).current.resolve().name
    return open_project(root)


@pytest.fixture
def copy(closed: Project, tmp_path: Path) -> Project:
    """Such a city to change."""
    return open_project(
        Path(shutil.copytree(closed.root, tmp_path / "city", symlinks=True)),
    )


def test_who_closed_it_stands_in_the_register_only(closed: Project) -> None:
    """The name of an official is told to officials and is in no public file."""
    (one,) = json.loads(monitor(closed, "editions", "--json").stdout)
    assert (one["edition"], one["handler"], one["reason"]) == (f"{QUARTER}-1", "王示例", "")
    public = [p for p in closed.current.rglob("*") if p.is_file()]
    assert [p for p in public if "王示例".encode() in p.read_bytes()] == []


def test_editions_share_their_room_on_disk(closed: Project) -> None:
    """A release holds the very files of the edition, so that they take their room once."""
    for path in (closed.editions / f"{QUARTER}-1").rglob("*.csv"):
        inside = path.relative_to(closed.editions)
        assert path.samefile(closed.current / "downloads/editions" / inside)


def test_the_checksums_name_files_of_editions_by_their_place(closed: Project) -> None:
    """Equal names in several folders are told apart, as `sha256sum --check` needs."""
    lines = (closed.current / "downloads/checksums.txt").read_text("utf-8").splitlines()
    names = [line.partition("  ")[2] for line in lines]
    assert f"editions/{QUARTER}-1/league.csv" in names and "league.csv" in names
    assert all((closed.current / "downloads" / name).is_file() for name in names)


def test_the_command_makes_an_edition_again(closed: Project) -> None:
    """A period means its newest edition, and equal bytes end with code 0."""
    said = json.loads(monitor(closed, "reproduce", QUARTER, "--json").stdout)
    assert said["edition"] == f"{QUARTER}-1" and said["different"] == []


def test_other_versions_are_told_where_bytes_differ(
    closed: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Software that computes otherwise ends with code 1, the files and both its versions."""

    def otherwise(database: Path, span: Period, folder: Path) -> None:
        frozen_from(database, span, folder)
        (folder / "league.csv").write_text("otherwise", "utf-8")

    monkeypatch.setattr("publish.release.reproduce.frozen_from", otherwise)
    monkeypatch.setattr("publish.release.reproduce.__version__", "9.9")
    result = monitor(closed, "reproduce", QUARTER)
    assert result.exit_code == 1
    assert "  league.csv\n" in result.stdout and "now 9.9" in result.stdout
    assert "numpy" not in result.stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["close", QUARTER], 2, "closed already"),
        (["close", "2026Q5"], 2, "no period 2026Q5"),
        (["close", "rolling12"], 2, "no period rolling12"),
        (["close", "2026"], 1, "ends on 2026-12-31"),
        (["close", "2026-11"], 1, "ends on 2026-11-30"),
        (["restate", "2026Q2", "--reason", "迟报"], 2, "not closed yet"),
        (["restate", QUARTER, "--reason", " "], 2, "Say why"),
        (["restate", QUARTER, "--reason", "电话13800138000来电"], 2, "The reason is public"),
        (["restate", QUARTER, "--reason", "核对无误"], 1, "nothing to restate"),
        (["reproduce", "2026Q1"], 2, f"There are: {QUARTER}-1"),
    ],
)
def test_what_cannot_be_done_is_refused(
    closed: Project, words: list[str], code: int, told: str
) -> None:
    """Each refusal says why in one line of each language, and leaves nothing behind."""
    assert told in refused(monitor(closed, *words), code)
    assert [path.name for path in closed.editions.iterdir()] == [f"{QUARTER}-1"]


def test_a_reason_that_names_a_person_is_refused(closed: Project) -> None:
    """The name of a natural person whose record is in the register must not become public so."""
    with open_register(closed.register) as register:
        (name,) = register.db.execute(
            "SELECT json_extract(payload, '$.party_name') FROM version "
            "WHERE json_extract(payload, '$.party_kind') = '自然人' LIMIT 1"
        ).fetchone()
    result = monitor(closed, "restate", QUARTER, "--reason", f"更正{name}的处罚")
    assert "The reason is public" in refused(result, 2)


def test_nothing_is_closed_before_the_first_release(tmp_path: Path) -> None:
    """An empty project has no figures, and says what to do."""
    project = init_project(tmp_path / "empty", "demo-city")
    assert "gongshi release" in refused(monitor(project, "close", QUARTER), 1)


def test_provisional_deadlines_keep_a_period_open(copy: Project) -> None:
    """While a later notice may move deadlines of the period it is refused, with their number."""
    declaration = copy.calendars / f"{copy.calendar.code}.toml"
    final = f"final_through = {copy.calendar.final_through}"
    text = declaration.read_text("utf-8")
    assert final in text
    declaration.write_text(text.replace(final, "final_through = 2026-05-31"), "utf-8")
    with open_register(copy.register) as register:
        _release(open_project(copy.root), register)
    told = refused(monitor(copy, "close", "2026Q2"), 1)
    assert "provisional" in told and told.split()[1].isdigit()


def test_rules_that_are_not_the_releases_are_refused(copy: Project) -> None:
    """After a change of the profile the figures shown cannot be made again: release first."""
    text = copy.profile_path.read_text("utf-8")
    copy.profile_path.write_text(text.replace("other_act = 7", "other_act = 2"), "utf-8")
    told = refused(monitor(copy, "close", "2026Q2"), 1)
    assert "gongshi release" in told and "duty.csv" in told


def test_another_version_of_the_rules_is_refused(copy: Project) -> None:
    """Rules that change no figure but call themselves another version are not the release's."""
    text = copy.profile_path.read_text("utf-8")
    version = f'version = "{copy.profile.jurisdiction.version}"'
    assert version in text
    copy.profile_path.write_text(text.replace(version, f'version = "{copy.calendar.version}"'))
    assert "(versions)" in refused(monitor(copy, "close", "2026Q2"), 1)


def test_what_a_stop_left_behind_is_no_edition(copy: Project) -> None:
    """Folders that the register does not know give way: after a kill it can be repeated."""
    for name in (".building/edition", "2026Q2-1"):
        (copy.editions / name).mkdir(parents=True)
        (copy.editions / name / "league.csv").write_text("left behind", "utf-8")
    result = monitor(copy, "close", "2026Q2", "--no-release")
    assert result.exit_code == 0, result.output
    assert {path.name for path in copy.editions.iterdir()} == {f"{QUARTER}-1", "2026Q2-1"}
    assert "left behind" not in (copy.editions / "2026Q2-1/league.csv").read_text("utf-8")
    assert monitor(copy, "reproduce", "2026Q2").exit_code == 0


@pytest.mark.parametrize("name", ["edition.json", "league.csv", "inputs/profile.json"])
def test_an_altered_edition_is_found(copy: Project, name: str) -> None:
    """A changed byte is named by verify; nothing is released, restated or proved meanwhile."""
    path = copy.editions / f"{QUARTER}-1" / name
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content.replace(b"1", b"2", 1))
    found = [trouble.en for trouble in verify(copy, silent) if trouble.part == "edition"]
    assert [name in told for told in found] == [True]
    with open_register(copy.register) as register, pytest.raises(ProblemError, match=name):
        _release(copy, register)
    assert name in refused(monitor(copy, "reproduce", QUARTER), 1)
    shutil.rmtree(path.parent if name == "league.csv" else copy.editions / f"{QUARTER}-1")
    released = copy.current / "downloads/editions" / f"{QUARTER}-1"
    shutil.copytree(released, copy.editions / f"{QUARTER}-1", dirs_exist_ok=True)
    assert [t for t in verify(copy, silent) if t.part == "edition"] == []


def test_an_edition_is_public_only_from_its_closing_on(closed: Project) -> None:
    """A release made again for an earlier moment does not hold what was closed later."""
    with open_register(closed.register) as register:
        (one,) = entries(register)
        assert list(entries(register, one.as_of)) == []
        assert list(entries(register, one.closed)) == [one]
        assert read_manifest(closed.current)["as_of"] >= one.closed[:10]
    assert list(changed_files(closed.current, read_manifest(closed.current))) == []


def test_the_facts_of_a_release_give_its_figures_again(closed: Project, tmp_path: Path) -> None:
    """Computed from the published Parquet files alone, every indicator is what the release says."""
    facts, day = closed.current / "downloads", read_manifest(closed.current)["as_of"][:10]
    result = monitor(closed, "--facts", str(facts), "--out", str(tmp_path), "--on", day, "--json")
    assert result.exit_code == 0, result.output
    figures = ["numerator", "denominator", "value"]
    key = ["department", "record_type", "period", "name"]
    made, shown = (
        pd.read_csv(path, dtype=dict.fromkeys(key, str)).set_index(key)[figures].sort_index()
        for path in (tmp_path / "indicator.csv", facts / "indicator.csv")
    )
    assert json.loads(result.stdout)["indicators"] == len(made)
    pd.testing.assert_frame_equal(made, shown, check_dtype=False)


@pytest.mark.parametrize("words", [("--out", "x"), ("--out", "x", "--facts", "y", "editions")])
def test_many_cities_need_facts_and_out(closed: Project, words: tuple[str, ...]) -> None:
    """Half of the options, or a command beside them, is refused."""
    assert "Give both --facts and --out" in refused(monitor(closed, *words), 2)


def test_every_duty_of_a_case_is_explained(closed: Project) -> None:
    """The command tells each stage of an objection, and as JSON the rows of the table `duty`."""
    with closing(sqlite3.connect(closed.current / "monitor.db")) as db:
        ((case, stages),) = db.execute(
            "SELECT record_id, count(*) FROM duty WHERE record_type = 'feedback' "
            "GROUP BY record_id ORDER BY count(*) DESC, record_id LIMIT 1"
        ).fetchall()
        statuses = {
            row[0] for row in db.execute("SELECT status FROM duty WHERE record_id = ?", (case,))
        }
    found = json.loads(monitor(closed, "explain", case, "--json").stdout)
    assert len(found) == stages > 1
    assert {duty["status"] for duty in found} == statuses
    told = monitor(closed, "explain", case).stdout
    assert all(duty["counted_zh"] in told and duty["counted_en"] in told for duty in found)


def _release(project: Project, register: Register) -> None:
    """Releases right after the last release."""
    now = next_moment(register, moment(register.last_release()))
    release(project, register, now, silent)


class TestMoments:
    """What a release held can be asked for again: nothing is entered into its second."""

    @pytest.fixture
    def register(self, tmp_path: Path) -> Iterator[Register]:
        """A register with a release."""
        with open_register(tmp_path / "register.db") as register:
            self._add(register, "2026-03-02T12:00:00Z")
            yield register

    @staticmethod
    def _add(register: Register, as_of: str) -> int:
        """Enters a release; its number."""
        with register.transaction() as db:
            return RELEASE.append(db, [(f"r{as_of}", as_of, "ok", "{}")])

    def test_a_hand_in_in_the_second_of_a_release(self, tmp_path: Path) -> None:
        """It is received a second later, since the release did not hold it."""
        project = init_project(tmp_path / "project", "demo-city")
        shutil.copytree(ROOT / "data/reference", project.data / "reference", dirs_exist_ok=True)
        row = example("licence")
        path = tmp_path / "rows.csv"
        path.write_text(f"{','.join(row)}\n{','.join(row.values())}\n", "utf-8")
        with open_register(project.register) as register:
            self._add(register, "2026-11-20T12:00:00Z")
            cut = register.cut(moment("2026-11-20T12:00:00Z"))
            intake(project, register, path, Handing(moment("2026-11-20T12:00:00Z")), silent)
            assert register.cut(moment("2026-11-20T12:00:00Z")) == cut
            assert register.last_received() == "2026-11-20T12:00:01Z"

    def test_a_verdict_in_the_second_of_a_release(self, register: Register) -> None:
        """It counts from the next second on."""
        texts = dict.fromkeys(BATCH.columns, "") | {"department": None, "repeats": None}
        with register.transaction() as db:
            BATCH.append(db, [list(texts.values())])
            hold(register, 1, "2026-03-01T12:00:00Z", "rule")
        approve(register, 1, "reviewer", moment("2026-03-02T12:00:00Z"))
        assert register.held("2026-03-02T12:00:00Z") == (1,)
        assert register.held("2026-03-02T12:00:01Z") == ()

    def test_a_removal_of_an_earlier_release(self, register: Register) -> None:
        """A record that came back later had been public since before it was taken off."""
        for as_of, kind in (
            ("2026-03-03T12:00:00Z", "published"),
            ("2026-03-05T12:00:00Z", "withdrawn"),
            ("2026-03-09T12:00:00Z", "published"),
        ):
            number = self._add(register, as_of)
            with register.transaction() as db:
                APPEARANCE.append(db, [(number, "aaaa", kind, None)])
        found = removal_by(register, "aaaa", "upheld", "2026-03-05T12:00:00Z")
        assert found.public == "2026-03-03T12:00:00Z"
