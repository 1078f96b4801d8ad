"""Real decisions: 3,374 warning letters, judged as a few independent lines judge them."""

import csv
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import holidays
import numpy as np
import pytest

from publish.demo.run import Prepared, letters, prepare
from publish.handin.intake import Handing, intake
from publish.project import init_project, project_template
from publish.register.register import moment, open_register
from publish.release.release import release
from tests.conftest import silent

REAL = Path(__file__).parents[2] / "data/demo/real"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The portal of the letters."""
    return prepare(tmp_path_factory.mktemp("letters"), letters(), silent)


def test_every_letter_is_accounted_for(real: Prepared) -> None:
    """3,371 are registered; three name no office and come back with a reason."""
    (batch,) = real.batches
    counts = vars(batch.counts)
    assert counts == {"rows": 3374, "new": 3371, "corrected": 0, "duplicate": 0, "rejected": 3}
    assert batch.findings == {"required_missing": 6, "published_before_decision": 2}
    assert batch.returned and batch.returned.read_text("utf-8-sig").count("authority") == 3


def test_each_office_is_judged_as_an_independent_count_judges_it(real: Prepared) -> None:
    """Letters on time per office equal a count with numpy's business days and federal holidays.

    Posted before its date is an error in the data and counts for nobody.
    """
    closed = [np.datetime64(d) for d in holidays.country_holidays("US", years=range(2019, 2028))]
    office = office_of_spelling()
    due, on_time = Counter[str](), Counter[str]()
    with (REAL / "fda_warning_letters.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            letter, posted = (
                np.datetime64("{2}-{0}-{1}".format(*row[c].split("/")))
                for c in ("letter_date", "posted_date")
            )
            if not row["issuing_office"] or posted < letter:
                continue
            limit = np.busday_offset(letter, 7, roll="backward", holidays=closed)
            due[office[words(row["issuing_office"])]] += 1
            on_time[office[words(row["issuing_office"])]] += bool(posted <= limit)
    with closing(sqlite3.connect(real.project.current / "monitor.db")) as db:
        found = db.execute(
            "SELECT department, count(*), sum(status = 'on_time') FROM duty "
            "WHERE status IN ('on_time', 'late') GROUP BY 1"
        ).fetchall()
        errors = db.execute("SELECT count(*) FROM duty WHERE status = 'error'").fetchone()[0]
    assert found == [(code, due[code], on_time[code]) for code in sorted(due)]
    assert (sum(due.values()), errors) == (3369, 2)


def test_the_figures_of_each_office_are_those_of_a_few_plain_lines(real: Prepared) -> None:
    """Numerator and denominator per office and year of the deadline, counted without our calendar.

    The holidays are those of 5 U.S.C. 6103: one on a Saturday is kept on the Friday before, one
    on a Sunday on the Monday after.
    """
    office, due, on_time = office_of_spelling(), Counter[str](), Counter[str]()
    with (REAL / "fda_warning_letters.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            letter, posted = (american(row[c]) for c in ("letter_date", "posted_date"))
            if row["issuing_office"] and posted >= letter:
                last = letter
                for _ in range(7):
                    last = next(d for n in range(1, 9) if worked(d := last + timedelta(days=n)))
                key = f"{office[words(row['issuing_office'])]} {last.year}"
                due[key] += 1
                on_time[key] += posted <= last
    with closing(sqlite3.connect(real.project.current / "monitor.db")) as db:
        found = db.execute(
            "SELECT department || ' ' || period, denominator, numerator, value FROM indicator "
            "JOIN period USING (period) WHERE name = 'timeliness_rate' AND kind = 'year' "
            "AND department <> '*' AND record_type = '*' AND denominator > 0 ORDER BY 1"
        ).fetchall()
    assert found == [(key, n, on_time[key], on_time[key] / n) for key, n in sorted(due.items())]
    assert (sum(due.values()), len({key.split()[0] for key in due})) == (3369, 48)


def american(text: str) -> date:
    """A date written month/day/year."""
    month, day, year = map(int, text.split("/"))
    return date(year, month, day)


def worked(day: date) -> bool:
    """Whether the federal government works on a day (5 U.S.C. 6103)."""
    if day.weekday() >= 5:
        return False
    shifted = {0: (0, -1), 4: (0, 1)}.get(day.weekday(), (0,))
    return not any(is_holiday(day + timedelta(days=n)) for n in shifted)


def is_holiday(day: date) -> bool:
    """Whether the law names a day as a holiday, before any shift for a weekend."""
    dated = {(1, 1), (7, 4), (11, 11), (12, 25)} | ({(6, 19)} if day.year > 2020 else set())
    nth = (day.month, day.weekday(), (day.day + 6) // 7)
    last_monday_of_may = day.month == 5 and day.weekday() == 0 and day.day > 24
    return (
        (day.month, day.day) in dated
        or nth in {(1, 0, 3), (2, 0, 3), (9, 0, 1), (10, 0, 2), (11, 3, 4)}
        or last_monday_of_may
    )


def words(name: str) -> str:
    """A spelling without what spellings differ in."""
    return " ".join("".join(c if c.isalnum() else " " for c in name.casefold()).split())


def office_of_spelling() -> dict[str, str]:
    """Every spelling's office, from the reference tables."""
    spellings: dict[str, str] = {}
    for table, column in (("departments", "name_en"), ("aliases", "alias")):
        with (REAL / f"us-fda/{table}.csv").open(encoding="utf-8-sig", newline="") as file:
            spellings |= {words(r[column]): r["code"] for r in csv.DictReader(file)}
    return spellings


def test_offices_with_few_letters_are_not_ranked(real: Prepared) -> None:
    """In the league table of 2025 everybody who is ranked has 20 letters or more."""
    with closing(sqlite3.connect(real.project.current / "monitor.db")) as db:
        rows = db.execute("SELECT due, rank FROM league WHERE period = '2025'").fetchall()
    assert {due >= 20 for due, rank in rows if rank} == {True}
    assert {due >= 20 for due, rank in rows if not rank} == {False}


def test_the_taiwan_sample_goes_in_with_its_defects_named(tmp_path: Path) -> None:
    """27 rows: years of the Republic, broken headers, a shifted header, one decision twice.

    Released, they are shown without any rate: no deadline is claimed for Taiwan.
    """
    project = init_project(tmp_path / "tw", "tw-labor")
    for table in ("departments", "aliases"):
        text = (project_template() / f"data/demo/real/tw-labor/{table}.csv").read_bytes()
        (project.data / f"reference/{table}.csv").write_bytes(text)
    path = REAL / "tw_labor_penalties_sample.csv"
    handing = Handing(moment("2026-11-22T00:00:00Z"), source="tw-labor")
    with open_register(project.register) as register:
        (batch,) = intake(project, register, path, handing, silent)
        done = release(project, register, moment("2026-11-22T01:00:00Z"), silent)
        dates = register.db.execute(
            "SELECT payload ->> 'decision_date', payload ->> 'document_no' FROM version ORDER BY 1"
        ).fetchall()
        fine = register.db.execute(
            "SELECT payload ->> 'fine' FROM version WHERE payload ->> 'fine' IS NOT NULL"
        ).fetchall()
    counts = vars(batch.counts)
    assert counts == {"rows": 27, "new": 26, "corrected": 1, "duplicate": 0, "rejected": 0}
    assert dates[0] == ("2014-06-30", "高市勞條字第10333583700號")
    assert all("2014" <= day <= "2023" for day, _ in dates)
    assert len(fine) == 1
    assert batch.findings["look_alike"] == 3
    assert ("penalty", 26, 26, 0) in list(done.conservation())
    with closing(sqlite3.connect(project.current / "monitor.db")) as db:
        assert db.execute("SELECT count(*) FROM duty").fetchone()[0] == 0
    page = (project.current / "site/index.html").read_text("utf-8")
    assert "0个工作日" not in page and "上网公示" in page
