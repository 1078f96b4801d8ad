"""What a release gathers besides duties: planted finds, items, fields and numbers, told exactly."""

import csv
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.tables import AUDITED, COMPLETENESS, ITEM, ITEM_DAY, NUMBER_GAP, NUMBER_SERIES
from publish.demo.run import Prepared
from publish.handin.intake import Batch, Handing, intake
from publish.project import Project, init_project, open_project
from publish.register.live import Moment
from publish.register.register import Register, open_register
from publish.register.review import approve, send_back
from publish.release.build import rebuild_figures
from publish.schema import record_type
from tests.conftest import silent
from tests.unit.handed import PERSON, ROOT, example, reference

ZONE = ZoneInfo("Asia/Shanghai")
PLANNING = {
    "authority": "示例市自然资源和规划局",
    "authority_uscc": reference().departments["planning"].uscc,
}
FORESTRY = {
    "authority": "示例市林业局",
    "authority_uscc": reference().departments["forestry"].uscc,
}


def at(day: int, month: int = 3) -> datetime:
    """Noon of a day of 2026."""
    return datetime(2026, month, day, 12, tzinfo=ZONE)


@dataclass(frozen=True)
class Office:
    """A portal on which tests hand in and look at what is gathered."""

    project: Project
    register: Register

    def hand_in(
        self, name: str, *rows: Mapping[str, str], at: datetime, by: str | None = None
    ) -> Batch:
        """Hands in a file of rows."""
        path = self.project.inbox / f"{name}-{at:%m%d%H}-{len(rows)}.csv"
        path.parent.mkdir(exist_ok=True)
        titles = {f.name: f.title_zh for f in record_type(name).fields}
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(titles[column] for column in rows[0])
            writer.writerows(row.values() for row in rows)
        (batch,) = intake(self.project, self.register, path, Handing(at, department=by), silent)
        return batch

    def facts(self, sql: str, as_of: datetime, folder: Path) -> list[tuple[object, ...]]:
        """What a question to the facts of a moment finds."""
        folder.mkdir()
        moment = Moment(self.register, self.register.cut(as_of))
        path = rebuild_figures(self.project, moment, folder, silent)
        with closing(sqlite3.connect(path)) as db:
            return db.execute(sql).fetchall()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An empty portal with the departments of the demo city."""
    project = init_project(tmp_path / "project", "demo-city")
    for table in (ROOT / "data/reference").glob("*.csv"):
        shutil.copy(table, project.data / "reference")
    with open_register(project.register) as register:
        yield Office(project, register)


def penalties(*numbers: str, **changes: str) -> list[dict[str, str]]:
    """One penalty of the market bureau under each document number, decided on 5 January 2026."""
    return [example(document_no=number, **changes) for number in numbers]


def find(number: str, found: str, **changes: str) -> dict[str, str]:
    """What an inspector found of the market bureau."""
    return example("audit", document_no=number, found_date=found, **changes)


# Finds ---------------------------------------------------------------------------------------

CONCEALED = (
    f"SELECT department, day, due_date, received, concealed FROM {AUDITED.name} ORDER BY day"
)


def test_what_was_never_handed_in_is_concealed(office: Office, tmp_path: Path) -> None:
    """Of three finds one was there in any spelling, one came afterwards, one never."""
    office.hand_in("penalty", *penalties("示例市监罚〔2026〕1号"), at=at(6, 1))
    office.hand_in(
        "audit",
        find("示例市监罚[2026]第0001号", "2026/03/02"),
        find("示例市监罚〔2026〕2号", "2026/03/03"),
        find("示例市监罚〔2026〕3号", "2026/03/04"),
        at=at(5),
        by="development",
    )
    office.hand_in("penalty", *penalties("示例市监罚〔2026〕2号"), at=at(9))
    assert office.facts(CONCEALED, at(20), tmp_path / "facts") == [
        ("market", "2026-03-02", "2026-01-14", "2026-01-06", 0),
        ("market", "2026-03-03", "2026-01-14", "2026-03-09", 1),
        ("market", "2026-03-04", "2026-01-14", None, 1),
    ]


def test_nothing_is_concealed_while_its_deadline_runs(office: Office, tmp_path: Path) -> None:
    """On the seventh working day a department may still hand in; on the day after it is due."""
    office.hand_in(
        "audit",
        find("示例市监罚〔2026〕1号", "2026/01/14"),
        find("示例市监罚〔2026〕2号", "2026/01/15"),
        at=at(5),
    )
    found = office.facts(CONCEALED, at(20), tmp_path / "facts")
    assert [row[-1] for row in found] == [0, 1]


def test_a_part_of_a_document_is_another_document(office: Office, tmp_path: Path) -> None:
    """What was handed in as 1-1 does not answer for 1-2, and a licence not for a penalty."""
    office.hand_in("penalty", *penalties("示例市监罚〔2026〕1-1号"), at=at(6, 1))
    office.hand_in("licence", example("licence", document_no="示例市监许〔2026〕7号"), at=at(6, 1))
    office.hand_in(
        "audit",
        find("示例市监罚〔2026〕1-2号", "2026/03/02"),
        find("示例市监许〔2026〕7号", "2026/03/03"),
        find("示例市监罚〔2026〕1-1号", "2026/03/04"),
        at=at(5),
    )
    found = office.facts(CONCEALED, at(20), tmp_path / "facts")
    assert [row[-1] for row in found] == [1, 1, 0]


def test_what_is_withheld_was_handed_in(office: Office, tmp_path: Path) -> None:
    """A find is not concealed because the law keeps the record from the public."""
    office.hand_in("penalty", *penalties("示例市监罚〔2026〕1号", **PERSON), at=at(6, 1))
    office.hand_in("audit", find("示例市监罚〔2026〕1号", "2026/03/02"), at=at(5))
    assert office.facts(CONCEALED, at(20), tmp_path / "facts")[0][-1] == 0


def test_what_waits_for_a_signature_was_handed_in(office: Office, tmp_path: Path) -> None:
    """While a batch waits nothing in it is concealed or missing; once sent back it is."""
    rules = office.project.data / "profiles/demo-city.toml"
    review = '\n[review]\ndepartments = ["market"]\nrecord_types = []\nsource = "示例办法"\n'
    rules.write_text(rules.read_text("utf-8") + review, "utf-8")
    portal = Office(open_project(office.project.root), office.register)
    shown = penalties("示例市监罚〔2026〕1号", "示例市监罚〔2026〕3号")
    approve(
        portal.register, portal.hand_in("penalty", *shown, at=at(6, 1)).number, "王五", at(7, 1)
    )
    waits = portal.hand_in("penalty", *penalties("示例市监罚〔2026〕2号"), at=at(8, 1))
    portal.hand_in("audit", find("示例市监罚〔2026〕2号", "2026/03/02"), at=at(5), by="development")
    missing = f"SELECT sum(missing) FROM {NUMBER_SERIES.name}"
    assert portal.facts(CONCEALED, at(6), tmp_path / "one")[0][-2:] == ("2026-01-08", 0)
    assert portal.facts(missing, at(6), tmp_path / "two") == [(0,)]
    send_back(portal.register, waits.number, "王五", at(9), "附件不全")
    assert portal.facts(CONCEALED, at(10), tmp_path / "three")[0][-2:] == (None, 1)
    assert portal.facts(missing, at(10), tmp_path / "four") == [(1,)]


def test_finds_count_for_the_body_as_it_stood(office: Office, tmp_path: Path) -> None:
    """What a department decided before its merger may be handed in by its successor."""
    handed = PLANNING | {"decision_date": "2025/04/02"}
    office.hand_in("penalty", *penalties("示林罚〔2025〕4号", **handed), at=at(6, 1))
    decided = FORESTRY | {"decision_date": "2025/03/10"}
    office.hand_in(
        "audit",
        find("示林罚〔2025〕4号", "2026/03/02", **decided),
        find("示林罚〔2025〕5号", "2026/03/03", **decided),
        at=at(5),
    )
    found = office.facts(CONCEALED, at(20), tmp_path / "facts")
    assert [(row[0], row[-1]) for row in found] == [("forestry", 0), ("forestry", 1)]


def test_a_find_is_the_inspectors_hand_in(office: Office, tmp_path: Path) -> None:
    """Its rows, and what is wrong with them, count for the office that handed them in."""
    good, nameless = (
        find("示例市监罚〔2026〕1号", "2026/03/02"),
        {"authority": "", "authority_uscc": ""},
    )
    batch = office.hand_in(
        "audit",
        good,
        find("乙", "2026/03/02", **nameless),
        find("丙", ""),
        at=at(5),
        by="development",
    )
    assert (batch.counts.new, batch.counts.rejected) == (1, 2)
    submitted = "SELECT department, submitted, rejected FROM submission"
    assert office.facts(submitted, at(20), tmp_path / "one") == [("development", 3, 2)]
    wrong = "SELECT DISTINCT department FROM finding"
    assert office.facts(wrong, at(20), tmp_path / "two") == [("development",)]


# Items and fields ----------------------------------------------------------------------------


def test_items_count_where_they_belong(office: Office, tmp_path: Path) -> None:
    """A record counts for its department's item of its type on the day of its decision."""
    rows = [
        example("licence", document_no=f"示例市监许〔2026〕{n}号", item_code=code)
        for n, code in enumerate(("MARKET-XK-01", "MARKET-XK-01", "MARKET-CF", "HOUSING-XK-01", ""))
    ]
    office.hand_in("licence", *rows, at=at(6, 1))
    used = f"SELECT * FROM {ITEM_DAY.name}"
    expected = [("market", "licence", "MARKET-XK-01", "2026-01-05", 2)]
    assert office.facts(used, at(20), tmp_path / "used") == expected


def test_the_catalogue_is_what_is_owed(office: Office, tmp_path: Path) -> None:
    """Every item stands there, expected once a year where nobody said how often."""
    table = office.project.data / "reference/catalogue.csv"
    table.write_text(
        ",".join(record_type("catalogue").by_name)
        + "\nmarket,A,许可,Licence,licence,,12,,"
        + "\nmarket,B,处罚,Penalty,penalty,,,2025-01-01,2026-06-30\n"
    )
    reread = Office(open_project(office.project.root), office.register)
    assert reread.facts(f"SELECT * FROM {ITEM.name}", at(20), tmp_path / "listed") == [
        ("market", "licence", "A", "许可", "Licence", 12, None, None),
        ("market", "penalty", "B", "处罚", "Penalty", 1, "2025-01-01", "2026-06-30"),
    ]


def test_fields_filled_are_counted_once(office: Office, tmp_path: Path) -> None:
    """By the day first received, whatever is corrected later; withheld records count too."""
    first, second = penalties("示例市监罚〔2026〕1号", "示例市监罚〔2026〕2号", remark="")
    office.hand_in("penalty", first, second | PERSON, at=at(6, 1))
    office.hand_in("penalty", first | {"remark": "已缴纳"}, at=at(9, 1))
    filled = [sum(map(bool, row.values())) for row in (first | {"remark": "是"}, second | PERSON)]
    fields = len(record_type("penalty").fields)
    told = office.facts(f"SELECT * FROM {COMPLETENESS.name}", at(20), tmp_path / "filled")
    assert told == [("market", "penalty", "2026-01-06", 2, sum(filled), 2 * fields)]


# Document numbers ----------------------------------------------------------------------------


def test_planted_gaps_are_told(office: Office, tmp_path: Path) -> None:
    """Numbers 3 to 5 and 8 are missing; what is withheld is there, and a slip makes no gap."""
    seen = penalties(*(f"示例市监罚〔2026〕{n}号" for n in (1, 2, 6, 9, 20_260_012 % 1_000_000)))
    hidden = penalties("示例市监罚〔2026〕7号", **PERSON)
    office.hand_in("penalty", *seen, *hidden, at=at(6, 1))
    series = ("market", "penalty", "2026", "示例市监罚〔2026〕…号")
    told = office.facts(f"SELECT * FROM {NUMBER_SERIES.name}", at(20), tmp_path / "series")
    assert told == [(*series, 1, 9, 5, 4, 1)]
    runs = office.facts(f"SELECT * FROM {NUMBER_GAP.name}", at(20), tmp_path / "runs")
    assert runs == [(*series, 3, 5, 3), (*series, 8, 8, 1)]


def test_a_series_that_names_somebody_is_nowhere(office: Office, tmp_path: Path) -> None:
    """Of numbers that only withheld records carry, or one public one, nothing is told."""
    hidden = penalties("关于张示例的罚〔2026〕1号", "关于张示例的罚〔2026〕5号", **PERSON)
    office.hand_in("penalty", *hidden, *penalties("致某厂〔2026〕3号"), at=at(6, 1))
    for number, table in enumerate((NUMBER_SERIES, NUMBER_GAP)):
        told = office.facts(f"SELECT * FROM {table.name}", at(20), tmp_path / str(number))
        assert told == []


def test_a_masked_name_keeps_a_series_from_the_public(office: Office, tmp_path: Path) -> None:
    """Two public licences whose numbers name their holder show neither the name nor the series."""
    rows = [example("licence", document_no=f"张示例许〔2026〕{n}号", **PERSON) for n in (1, 4)]
    office.hand_in("licence", *rows, at=at(6, 1))
    assert office.facts(f"SELECT * FROM {NUMBER_SERIES.name}", at(20), tmp_path / "series") == []


# Through to the figures ------------------------------------------------------------------------


def test_what_was_planted_is_what_is_counted(office: Office, tmp_path: Path) -> None:
    """Finds, items, fields and numbers reach their indicators as they were planted."""
    table = office.project.data / "reference/catalogue.csv"
    items = (
        f"market,{code},许可,Licence,licence,,{n},,"
        for code, n in {"A": 4, "B": 12, "C": 3}.items()
    )
    table.write_text("\n".join((",".join(record_type("catalogue").by_name), *items, "")))
    portal = Office(open_project(office.project.root), office.register)
    licences = [
        example("licence", document_no=f"示例市监许〔2026〕{n}号", item_code="B") for n in (1, 2, 5)
    ]
    portal.hand_in("licence", *licences, at=at(6, 1))
    portal.hand_in("audit", *_finds(2, 9), at=at(5), by="development")
    filled = sum(sum(map(bool, row.values())) for row in licences)
    fields = 3 * len(record_type("licence").fields)
    told = portal.facts(
        "SELECT name, period, numerator, denominator FROM indicator WHERE department = 'market' "
        "AND record_type = 'licence' AND period IN ('2026Q1', '2026') "
        "AND name IN ('omission_rate', 'coverage', 'completeness', 'number_gaps')",
        at(20, 4),
        tmp_path / "figures",
    )
    quarter = {name: (above, below) for name, period, above, below in told if period == "2026Q1"}
    assert quarter == {
        "omission_rate": (1, 2),
        "coverage": (1, 2),
        "completeness": (filled, fields),
    }
    year = {name: (above, below) for name, period, above, below in told if period == "2026"}
    assert year["number_gaps"] == (2, 5)


def _finds(*numbers: int) -> list[dict[str, str]]:
    """Finds of the market bureau's licences."""
    return [find(f"示例市监许〔2026〕{n}号", "2026/03/02", record_type="licence") for n in numbers]


# The demo city -------------------------------------------------------------------------------


def test_the_demo_has_something_to_show(small_city: Prepared) -> None:
    """Finds of many departments, some concealed, handed in by the credit office; unused items."""
    with closing(sqlite3.connect(small_city.project.current / "monitor.db")) as db:

        def ask(sql: str) -> list[tuple[object, ...]]:
            return db.execute(sql).fetchall()

        assert ask("SELECT DISTINCT department FROM submission WHERE record_type = 'audit'") == [
            ("development",)
        ]
        ((finds, departments, concealed),) = ask(
            "SELECT count(*), count(DISTINCT department), sum(concealed) FROM audited"
        )
        assert finds > departments > 1 and 0 < concealed < finds  # type: ignore[operator]
        used = "SELECT department, item_code FROM item_day"
        unused = ask(f"SELECT department, item_code FROM item EXCEPT {used}")
        assert ("market", "MARKET-XK-08") in unused
        assert ask(f"SELECT * FROM ({used}) EXCEPT SELECT department, item_code FROM item") == []
        assert ask("SELECT DISTINCT record_type FROM item_day ORDER BY 1") == [
            ("licence",),
            ("other_act",),
            ("penalty",),
        ]
        silent_quarter = "department = 'commerce' AND day BETWEEN '2026-07-01' AND '2026-09-30'"
        assert ask(f"SELECT count(*) FROM submission WHERE {silent_quarter}") == [(0,)]
        ((series, gaps),) = ask("SELECT count(*), sum(missing) FROM number_series")
        assert series and ask("SELECT sum(missing) FROM number_gap") == [(gaps,)]


def test_numbers_there_and_missing_add_up(small_city: Prepared) -> None:
    """In every series of the demo, present and missing numbers make the whole of it."""
    with closing(sqlite3.connect(small_city.project.current / "monitor.db")) as db:
        rows = db.execute("SELECT lowest, highest, present, missing FROM number_series").fetchall()
    assert rows
    assert all(highest - lowest + 1 == there + gone for lowest, highest, there, gone in rows)
