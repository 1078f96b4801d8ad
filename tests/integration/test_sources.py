"""Sources by the clock and at the command line: which are due, what fails, what is shown."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from publish.cli import main
from publish.errors import ProblemError
from publish.fetch.asked import FetchError
from publish.jobs.actions import Actions
from publish.jobs.jobs import Runner
from publish.jobs.sources import Sources, State
from tests.integration.fetched import AT, Place, penalty, place
from tests.integration.test_folder_source import FOLDER, lay, touch

LONG_AGO = 5 * 366 * 24 * 60
"""Minutes: for commands, which ask the machine for the time."""
NIGHTLY = FOLDER.format(pattern="*.csv", move="false") + 'every = "day at 02:30"\n'
OFTEN = FOLDER.format(pattern="*.csv", move="false")
GONE = OFTEN.replace("share", "gone")


@pytest.fixture
def tax(tmp_path: Path) -> Place:
    """A project without sources of its own, and a folder with a file."""
    made = place(tmp_path / "project")
    for path in made.project.sources.glob("*.toml"):
        path.unlink()
    lay(made.project.root / "share", "一.csv", 1, minutes=LONG_AGO)
    made.at = AT + timedelta(hours=1)
    return made


@contextmanager
def actions(made: Place) -> Iterator[Actions]:
    """The project's jobs."""
    with made.register() as register:
        yield Actions(made.project, register, lambda: made.at, made.means)


def states(made: Place) -> Mapping[str, State]:
    """How it stands with each source."""
    with made.register() as register:
        sources = Sources(made.project, register, lambda: made.at, made.means)
        return {state.name: state for state in sources.states()}


def due(made: Place) -> datetime:
    """When the source is due."""
    return states(made)["tax"].due.astimezone(made.project.profile.zone)


def intake(made: Place) -> int:
    """Runs the job once."""
    with actions(made) as jobs:
        return jobs.intake()


class TestDue:
    """When a source is fetched from."""

    def test_by_its_rhythm(self, tax: Place) -> None:
        """At once the first time, and then as its file says."""
        tax.source(NIGHTLY)
        assert due(tax) == tax.at
        assert intake(tax) == 1
        assert f"{due(tax):%d %H:%M}" == "23 02:30"
        assert intake(tax) == 0
        assert len(tax.ledger()) == 2
        tax.at += timedelta(days=1)
        assert intake(tax) == 0
        assert len(tax.ledger()) == 4

    def test_sooner_after_a_failure(self, tax: Place) -> None:
        """A nightly source that failed is tried again after 10, 30 and then every 60 minutes."""
        tax.source(GONE + 'every = "day at 02:30"\n')
        waits = []
        for _ in range(4):
            with pytest.raises(ProblemError):
                intake(tax)
            waits.append((due(tax) - tax.at) / timedelta(minutes=1))
            tax.at = due(tax)
        assert waits == [10, 30, 60, 60]
        tax.source(NIGHTLY)
        intake(tax)
        assert f"{due(tax):%H:%M}" == "02:30"

    def test_after_a_process_was_killed(self, tax: Place) -> None:
        """A fetch that nobody ended counts as failed."""
        tax.source(NIGHTLY)
        with tax.register() as register:
            register.record_job("source:tax", "2026-11-22T09:00:00Z", "started", None, 0, 0.0, None)
        assert due(tax) == AT + timedelta(hours=1, minutes=10)

    def test_clock_set_back(self, tax: Place) -> None:
        """A fetch in the future does not keep a source waiting for it."""
        tax.source(OFTEN)
        intake(tax)
        tax.at -= timedelta(days=30)
        assert due(tax) == tax.at + timedelta(minutes=10)

    def test_only_what_can_be_fetched(self, tax: Place) -> None:
        """A source whose files are handed in is not fetched from."""
        tax.source("")
        assert states(tax) == {}


class TestTroubles:
    """A source that fails is in nobody's way."""

    def test_others_go_on(self, tax: Place) -> None:
        """The inbox and every other source are taken in, and all troubles are told."""
        tax.source(GONE, "a-gone")
        tax.source("colour = 'red'", "b-wrong")
        tax.source(OFTEN)
        lay(tax.project.inbox / "market", "二.csv", 2)
        (tax.project.inbox / "empty.csv").touch()
        with pytest.raises(ProblemError) as caught:
            intake(tax)
        assert tax.rows("SELECT count(*) FROM version") == [(2,)]
        for lang in (caught.value.zh, caught.value.en):
            first, second, third = lang.splitlines()
            assert "data/inbox/refused" in first
            assert "a-gone" in second
            assert "data/sources/b-wrong.toml" in third
        assert str(tax.project.root) not in str(caught.value)

    def test_no_room(self, tax: Place) -> None:
        """Where our own folder cannot be written to, that is said, and nothing is taken in."""
        tax.environ["URL"] = "sqlite://"
        tax.source('[fetch]\nkind = "sql"\nurl_env = "URL"\nquery = "SELECT 1 AS facts"\n')
        (tax.project.data / "fetched").touch()
        with pytest.raises(FetchError, match="cannot be written to"):
            tax.fetch()
        assert tax.ledger()[-1] == ("ended", "failed", 0)

    def test_interrupted(self, tax: Place) -> None:
        """A fetch that is interrupted has failed, and leaves no file behind."""
        tax.environ["URL"] = "sqlite://"
        tax.source('[fetch]\nkind = "sql"\nurl_env = "URL"\nquery = "SELECT 1 AS facts"\n')
        with pytest.raises(KeyboardInterrupt):
            tax.fetch(progress=_interrupted)
        assert tax.nothing_taken()
        assert tax.ledger()[-1] == ("ended", "failed", 0)

    def test_what_nobody_foresaw(self, tax: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of an error that is not ours only the kind is told."""
        tax.source(OFTEN, "a")
        tax.source(OFTEN, "b")
        monkeypatch.setattr("publish.fetch.run.look", _broken)
        with pytest.raises(ProblemError) as caught:
            intake(tax)
        assert caught.value.en == "Source a: internal error: ZeroDivisionError\n" + (
            "Source b: internal error: ZeroDivisionError"
        )

    def test_status(self, tax: Place) -> None:
        """Each source's last and next fetch is shown beside the jobs, with its error."""
        tax.source(GONE, "gone")
        tax.source(OFTEN)
        with tax.register() as register:
            jobs = Actions(tax.project, register, lambda: tax.at, tax.means)
            runner = Runner(
                tax.project, jobs.by_name(), register, lambda: tax.at, jobs.urgent, jobs.sources
            )
            runner.run_job("intake")
        shown = {j["name"]: j for j in orjson.loads(tax.project.status.read_bytes())["jobs"]}
        assert shown["intake"]["outcome"] == "failed"
        assert "gone" in shown["intake"]["error_en"]
        assert shown["source:gone"]["outcome"] == "failed"
        assert "mounted" in shown["source:gone"]["error_en"]
        assert shown["source:tax"] | {"seconds": 0} == {
            "name": "source:tax",
            "zh": "取数：tax",
            "en": "Fetch from tax",
            "outcome": "ok",
            "started": "2026-11-22T17:00:00+08:00",
            "ended": "2026-11-22T17:00:00+08:00",
            "rows": 1,
            "seconds": 0,
            "error_zh": "",
            "error_en": "",
            "next": "2026-11-22T17:10:00+08:00",
        }


def _interrupted(*_: object) -> None:
    """Somebody stops the process."""
    raise KeyboardInterrupt


def _broken(*_: object) -> None:
    """An error that nobody foresaw."""
    raise ZeroDivisionError("张三 13800138000")


def run(made: Place, *words: str) -> Result:
    """Runs a command."""
    return CliRunner().invoke(main, ["--root", str(made.project.root), "source", *words])


def told(made: Place, *words: str) -> Any:  # noqa: ANN401
    """What a command prints for programs."""
    return json.loads(run(made, *words, "--json").stdout)


class TestCommands:
    """`gongshi source`."""

    def test_list(self, tax: Place) -> None:
        """Each source has a line; one whose file is wrong says what is."""
        tax.source('department = "market"\n' + OFTEN)
        tax.source("colour = 'red'", "wrong")
        tax.at = AT
        tax.fetch()
        first, second = told(tax, "list")
        assert first | {"next": None} == {
            "name": "tax",
            "kind": "folder",
            "department": "market",
            "last": "2026-11-22T17:00:00+08:00",
            "outcome": "ok",
            "rows": 1,
            "next": None,
            "error": None,
        }
        assert (second["name"], second["outcome"]) == ("wrong", "never")
        assert "colour" in second["error"]["en"]
        plain = run(tax, "list").stdout
        assert "tax  folder  market  2026-11-22T17:00:00+08:00  ok  1" in plain
        assert "colour" in plain

    def test_check(self, tax: Place) -> None:
        """A look says what each column becomes, masks persons, and takes nothing in."""
        row = penalty(1, party_name="张示例", party_kind="自然人", uscc="", person_id_type="身份证")
        row |= {"person_id_no": "990101199001010019", "天气": "晴", "序号": "1"}
        share = tax.project.root / "share"
        (share / "一.csv").write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n", "utf-8")
        tax.source('ignore = ["序号"]\n' + OFTEN)
        (table,) = told(tax, "check", "tax")
        columns = {column["heading"]: column for column in table["columns"]}
        assert columns["party_name"]["fields"] == ["party_name"]
        assert (columns["天气"]["fields"], columns["天气"]["mapped"]) == ([], False)
        assert (columns["序号"]["fields"], columns["序号"]["mapped"]) == ([], True)
        (sample,) = table["sample"]
        assert (sample["line"], sample["rejected"], sample["findings"]) == (2, False, [])
        assert sample["values"]["party_name"] == "***"
        result = run(tax, "check", "tax")
        assert result.exit_code == 1
        assert "天气 → （没有对应字段 not mapped）" in result.stdout
        assert "序号 → （忽略 ignored）" in result.stdout
        assert "张示例" not in result.output
        assert "990101199001010019" not in result.output
        assert tax.nothing_taken()

    def test_check_what_is_sound(self, tax: Place) -> None:
        """Where everything is mapped and passes, the look ends well; five rows are shown."""
        lay(tax.project.root / "share", "一.csv", *range(1, 9), minutes=LONG_AGO)
        tax.source(OFTEN)
        assert run(tax, "check", "tax").exit_code == 0
        assert len(told(tax, "check", "tax")[0]["sample"]) == 5

    @pytest.mark.parametrize(
        ("source", "code", "message"),
        [
            ("", 2, "has no [fetch]"),
            ("department = 'nobody'\n" + OFTEN, 2, "nobody"),
            (GONE, 1, "mounted"),
            (OFTEN.replace("*.csv", "*.xlsx"), 1, "nothing in it"),
            ("colour = 'red'", 2, "colour"),
        ],
    )
    def test_check_what_is_not(self, tax: Place, source: str, code: int, message: str) -> None:
        """What is wrong with a source is told, with the exit code of its sort."""
        tax.source(source)
        result = run(tax, "check", "tax")
        assert result.exit_code == code
        assert message in result.stderr

    def test_check_tells_the_missing_columns(self, tax: Place) -> None:
        """Required columns that nothing fills are named."""
        tax.source(OFTEN)
        (tax.project.root / "share/一.csv").write_text(
            "party_name,party_kind,facts,content\n", "utf-8"
        )
        result = run(tax, "check", "tax")
        assert result.exit_code == 1
        assert "行政处罚决定书文号" in result.stderr

    def test_fetch(self, tax: Place) -> None:
        """A fetch prints the conservation line; a second one has nothing."""
        tax.source(OFTEN)
        result = run(tax, "fetch", "tax")
        assert result.exit_code == 0
        assert "读入 rows 1 = 新增 new 1" in result.stdout
        again = told(tax, "fetch", "tax")
        assert again == {"source": "tax", "rows": 0, "batches": [], "errors": []}
        assert "读入 rows 0" in run(tax, "fetch", "tax").stdout

    def test_fetch_what_is_refused(self, tax: Place) -> None:
        """A rejected row, a refused file and a source that fails end with exit code 1."""
        tax.source(OFTEN)
        path = tax.project.root / "share/一.csv"
        path.write_text(path.read_text("utf-8").replace("〔2026〕1号", "〔2026〕1号" * 30), "utf-8")
        touch(path, LONG_AGO)
        result = run(tax, "fetch", "tax")
        assert (result.exit_code, "退回 rejected 1" in result.stdout) == (1, True)
        tax.source(GONE)
        result = run(tax, "fetch", "tax")
        assert result.exit_code == 1
        assert str(tax.project.root) in result.stderr.splitlines()[0]
        assert "没有接收任何数据" in result.stderr
        assert run(tax, "fetch", "nothing").exit_code == 2
