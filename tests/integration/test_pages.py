"""The static site built from databases: what is there, where it leads, and that it adds up."""

import asyncio
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
import pytest
from datasette.app import Datasette

from monitor.calendar import load_calendar
from monitor.intervals import wilson
from monitor.tables import (
    AUDITED,
    CALENDAR,
    CALENDAR_CHANGE,
    DEPARTMENT,
    DUTY,
    EDITION,
    EDITION_LEAGUE,
    EDITION_MOVE,
    FINDING,
    HISTOGRAM,
    INDICATOR,
    ITEM,
    ITEM_DAY,
    LEAGUE,
    NUMBER_GAP,
    NUMBER_SERIES,
    PERIOD,
    RANKING,
    RELEASE,
    SCORE_PART,
    SUBMISSION,
    TABLES,
    WITHHELD,
    Table,
)
from publish.demo.run import Prepared
from publish.pages.pages import build_site
from publish.project import Project, open_project
from publish.release.build import read_only
from publish.release.changes import CHANGE, RELEASE_STEP
from publish.release.entity import ENTITY
from publish.release.manifest import read_manifest
from publish.schema import public_types
from publish.search.tables import RECORD

CHECKOUT = Path(__file__).parents[2]
AS_OF = "2026-11-20T14:00:00+08:00"
HAN = re.compile("[㐀-鿿].*")
LIVE = (
    *("/records", "/record/", "/entity/", "/status/", "/credit", "/monitor", "/downloads/"),
    "/api/v1/",
)
PERIODS = (
    ("2026Q2", "quarter", "2026-04-01", "2026-06-30", 1, None),
    ("2026Q3", "quarter", "2026-07-01", "2026-09-30", 1, "2026Q2"),
    ("2026Q4", "quarter", "2026-10-01", "2026-12-31", 0, "2026Q3"),
    ("2026-09", "month", "2026-09-01", "2026-09-30", 1, None),
    ("rolling12", "rolling", "2025-11-01", "2026-10-31", 1, None),
)
CASES = {"big": (50, 43), "good": (30, 30), "few": (4, 1), "none": (0, 0)}
"""Departments with decisions due and how many were on time in the third quarter."""


Tiny = tuple[Project, sqlite3.Connection, sqlite3.Connection]
"""A project, its monitor.db and its credit.db."""


class Document(HTMLParser):
    """What a page holds: its elements, with the text of links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.links: list[tuple[str, str]] = []
        self.own_text = ""  # titles and data apart: they can hold no mark of language
        self._open: list[tuple[str, str | None]] = []
        self._href: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes an element."""
        values = dict(attrs)
        self.elements.append((tag, values))
        if tag not in {"meta", "link", "input", "br", "wbr"}:
            self._open.append((tag, values.get("lang")))
        if tag == "a":
            self._href = values.get("href")
            self.links.append((self._href or "", ""))

    def handle_endtag(self, tag: str) -> None:
        """Leaves an element, which must be the last one opened."""
        assert self._open, f"</{tag}> closes nothing"
        last, _ = self._open.pop()
        assert last == tag, f"</{tag}> closes <{last}>"
        if tag == "a":
            self._href = None

    def handle_data(self, data: str) -> None:
        """Notes text in the page's own language, and that of links."""
        if self._href is not None:
            href, text = self.links[-1]
            self.links[-1] = (href, text + data)
        langs = [lang for _, lang in self._open if lang]
        if len(langs) <= 1 and not {"title", "script"}.intersection(tag for tag, _ in self._open):
            self.own_text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of one kind."""
        return [values for name, values in self.elements if name == tag]


def tiny_project(root: Path, profile: str = "demo-city") -> Project:
    """A project with the checkout's site, profile and calendars."""
    (root / "data/reference").mkdir(parents=True)
    (root / "site").symlink_to(CHECKOUT / "site")
    (root / "data/profiles").symlink_to(CHECKOUT / "data/profiles")
    (root / "data/reference/calendars").symlink_to(CHECKOUT / "data/reference/calendars")
    (root / "gongshi.toml").write_text(f'profile = "{profile}"\n', "utf-8")
    return open_project(root)


def departments() -> Iterator[tuple[str, ...]]:
    """Four departments, one of them without an English name, and one that was merged."""
    for code in CASES:
        english = "" if code == "few" else f"{code.title()} Bureau"
        yield (code, "", f"示例市{code}局", english, f"{code}局", english, "department", *[""] * 5)
    merged = ("old", "", "示例市旧局", "Old Bureau", "旧局", "Old", "department", "", "")
    yield (*merged, "2010-01-01", "2024-12-31", "big")


def row(table: Table, **values: object) -> tuple[Any, ...]:
    """A row of a table; what is not given is empty."""
    assert values.keys() <= table.columns.keys()
    return tuple(values.get(name) for name in table.columns)


def duties() -> Iterator[tuple[Any, ...]]:
    """One duty per case, the late ones done after the quarter's end or never; one of feedback."""
    dates = {"start_date": "2026-09-01", "due_date": "2026-09-10", "days_allowed": 7}
    shared = dates | {"excluded_days": 0, "provisional": 0, "decides": "portal"}
    for code, (due, on_time) in CASES.items():
        for i in range(due):
            status = "on_time" if i < on_time else ("late" if i % 2 else "overdue")
            done = {"on_time": "2026-09-10", "late": "2026-10-09", "overdue": None}[status]
            name = f"{code}{i:03d}"
            yield row(
                DUTY,
                **shared,
                duty_id=f"{name}-d",
                clock="disclosure",
                record_id=name,
                department=code,
                record_type="licence",
                done_date=done,
                status=status,
                working_days_used=7 if done else None,
            )
    case = {"duty_id": "case1-ov", "clock": "objection_verify", "record_id": "case1"}
    held = {"department": "big", "record_type": "feedback", "status": "overdue"}
    yield row(DUTY, **shared, **case, **held)


def indicators(code: str, due: int, on_time: int) -> Iterator[tuple[Any, ...]]:
    """A department's or the city's figures in the third quarter and the last twelve months."""
    figures = {
        "decisions_due": (due, None, due),
        "timeliness_rate": (on_time, due, on_time / due if due else None),
        "late_rate": (0, on_time, 0.0 if on_time else None),
        "compliance_rate": (due, due, 1.0 if due else None),
        "coverage": (1, 2, 0.5),
        "omission_rate": (1, 1, 1.0),
        "days_median": (None, due, 7 if due else None),
        "days_p90": (None, due, 7 if due else None),
        "backlog": (due - on_time, None, due - on_time),
        "objection_verify_timeliness": (0, 1, 0.0),
    }
    for name, values in figures.items():
        for period in ("2026Q3", "2026-09", "rolling12"):
            yield (code, "*", period, name, *values)


def standing(period: str, code: str) -> dict[str, Any]:
    """A department's row in the league table of a period."""
    ranked = [c for c, (due, _) in sorted(CASES.items()) if due >= 20]
    due, on_time = CASES[code]
    place = ranked.index(code) + 1 if code in ranked else None
    rate = on_time / due if due else None
    low, high = wilson(on_time, due) if due else (None, None)
    found: dict[str, Any] = {"period": period, "department": code, "rank": place}
    found |= {"ranked": int(code in ranked)}
    found |= {"on_time": on_time, "due": due, "rate": rate, "low": low, "high": high}
    found |= {"backlog": due - on_time, "limit_low": 0.8, "limit_high": 1.0}
    found |= {"silent": int(code == "few"), "peers": "department:0"}
    if place:
        found |= {"rank_low": place, "rank_high": 2, "score": 100 * (rate or 0), "grade": "优秀"}
        found |= {"peer_rank": place, "peer_rank_low": 1, "peer_rank_high": 2, "peer_count": 2}
    if due:
        found |= {"late_rate": 0.0, "compliance_rate": 1.0, "median_days": 7}
    if code == "big" and rate:
        found |= {"previous_rate": 0.9, "change": rate - 0.9, "previous_rank": 1}
        found |= {"year_ago_rate": 0.8, "year_change": rate - 0.8, "year_ago_rank": 2}
    return found


def closed_editions() -> Iterator[dict[str, Any]]:
    """The third quarter's first edition and its restatement."""
    shared = {"period": "2026Q3", "as_of": AS_OF, "release": "r0", "profile": "demo-city"}
    shared |= {"profile_version": "2026.1", "calendar_version": "2026.1", "software": "0.1.0"}
    first = {"edition": "2026Q3-1", "number": 1, "closed": "2026-10-12T09:00:00+08:00"}
    second = {"edition": "2026Q3-2", "number": 2, "closed": "2026-11-02T09:00:00+08:00"}
    yield shared | first | {"digest": "cd" * 32, "reason": ""}
    yield shared | second | {"digest": "ef" * 32, "reason": "补报了漏报的决定"}


def fill_monitor(db: sqlite3.Connection) -> None:
    """Every table of monitor.db, small enough to be known by heart."""
    for table in TABLES:
        table.create(db)
    DEPARTMENT.fill(db, departments())
    DUTY.fill(db, duties())
    PERIOD.fill(db, PERIODS)
    total = [sum(column) for column in zip(*CASES.values(), strict=True)]
    for code, (due, on_time) in {**CASES, "*": total}.items():
        INDICATOR.fill(db, indicators(code, due, on_time))
    HISTOGRAM.fill(db, [(c, "*", "rolling12", 7, due) for c, (due, _) in CASES.items() if due])
    SUBMISSION.fill(db, [("big", "licence", "2026-09-10", 52, 50, 2)])
    FINDING.fill(db, [("big", "licence", "x", "error", "必填项为空", "a field is empty", 2)])
    WITHHELD.fill(db, [("big", "licence", "scope", 3)])
    fill_standings(db)
    fill_rest(db)
    calendar = load_calendar(CHECKOUT / "data/reference/calendars", "cn")
    CALENDAR.fill(db, (row for row in calendar.rows() if row.date.startswith("2026")))
    RELEASE.fill(db, [release_row()])


def fill_standings(db: sqlite3.Connection) -> None:
    """League tables as they are now and as they were closed."""
    for period in ("2026Q3", "2026-09"):
        LEAGUE.fill(db, [row(LEAGUE, **standing(period, code)) for code in CASES])
    for name in ("timeliness_rate", "late_rate"):
        for code in ("big", "good"):
            one = {"period": "2026Q3", "name": name, "department": code, "rank": 1}
            RANKING.fill(db, [row(RANKING, **one, rank_low=1, rank_high=2)])
    gained = {"big": 91.0, "good": 100.0}
    for code, concealed in (("big", 1), ("good", 0)):
        part: dict[str, Any] = {"period": "2026Q3", "department": code, "stated": 100}
        part |= {"name": "timeliness_rate", "value": 0.9, "weight": 100, "points": gained[code]}
        SCORE_PART.fill(db, [row(SCORE_PART, **part)])
        part |= {"name": "concealed", "value": concealed, "stated": 0, "weight": 0}
        SCORE_PART.fill(db, [row(SCORE_PART, **part | {"points": -5.0 * concealed})])
    for edition in closed_editions():
        EDITION.fill(db, [row(EDITION, **edition)])
        held = {"edition": edition["edition"]}
        rows = [row(EDITION_LEAGUE, **held, **standing("2026Q3", code)) for code in CASES]
        EDITION_LEAGUE.fill(db, rows)
    move: dict[str, Any] = {
        "edition": "2026Q3-2",
        "department": "big",
        "record_type": "*",
        "before": 0.88,
    }
    EDITION_MOVE.fill(
        db, [row(EDITION_MOVE, **move, name="timeliness_rate", after=0.86, why="data+calendar")]
    )


def fill_rest(db: sqlite3.Connection) -> None:
    """Catalogue items, an inspector's find, a gap in the numbers and a moved deadline."""
    one = {"department": "big", "record_type": "licence"}
    for code, english in (("A1", "Food licence"), ("A2", "")):
        item = {"item_code": code, "item_zh": f"事项{code}", "item_en": english}
        ITEM.fill(db, [row(ITEM, **one, **item, yearly_volume=10, valid_from="2020-01-01")])
    ITEM_DAY.fill(db, [row(ITEM_DAY, **one, item_code="A1", day="2026-08-03", records=4)])
    find = {"audit_id": "find1", "day": "2026-09-20", "decision_date": "2026-08-01"}
    AUDITED.fill(db, [row(AUDITED, **one, **find, concealed=1)])
    series = {"year": "2026", "series": "示例市监许〔2026〕号"}
    span = {"lowest": 1, "highest": 60, "present": 50, "missing": 10}
    NUMBER_SERIES.fill(db, [row(NUMBER_SERIES, **one, **series, **span)])
    NUMBER_GAP.fill(db, [row(NUMBER_GAP, **one, **series, first=41, last=50, missing=10)])
    moved = {"duty_id": "big000-d", "record_id": "big000", "clock": "disclosure"}
    moved |= {"from_version": "2026.0", "to_version": "2026.1", "since": "2026-11-01"}
    moved |= {"due_before": "2026-09-09", "due_after": "2026-09-10"}
    statuses = {"status_before": "late", "status_after": "on_time"}
    CALENDAR_CHANGE.fill(db, [row(CALENDAR_CHANGE, **one, **moved, **statuses)])


def release_row() -> tuple[Any, ...]:
    """The row of the table release."""
    return ("r1", AS_OF, "demo-city", "2026.1", "cn", "2026.1", "0.1.0", 5, 2, 3, 0)


def fill_credit(db: sqlite3.Connection) -> None:
    """A record of each type, the lists and a batch; nothing has changed."""
    for table in (RECORD, ENTITY, CHANGE, RELEASE_STEP, DEPARTMENT, RELEASE):
        table.create(db)
    RELEASE.fill(db, [release_row()])
    after = "portal_published TEXT, public_until TEXT, due_date TEXT, publish_status TEXT"
    for record in public_types().values():
        fields = ", ".join(f'"{f.name}" TEXT' for f in record.public_fields)
        db.execute(
            f'CREATE TABLE "{record.name}" (record_id TEXT PRIMARY KEY, department TEXT, '
            f"{fields}, {after})"
        )
        known = {*record.by_name, "record_id", "department", "portal_published", "publish_status"}
        row = {f.name: f.example for f in record.public_fields} | {
            "record_id": f"{record.name}1",
            "department": "big",
            "party_name": "<b>示例市晨光食品有限公司</b>",
            "portal_published": AS_OF,
            "publish_status": "on_time",
        }
        row = {name: value for name, value in row.items() if name in known}
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" * len(row))
        db.execute(f'INSERT INTO "{record.name}" ({names}) VALUES ({marks})', [*row.values()])
    db.execute(
        "CREATE TABLE credit_list (list_id TEXT, kind TEXT, name_zh TEXT, name_en TEXT, "
        "owner TEXT, legal_basis TEXT, term_months INTEGER)"
    )
    listed = ("tax-a", "red", "纳税信用A级", "A-grade taxpayers", "big", "《办法》", 12)
    db.execute("INSERT INTO credit_list VALUES (?, ?, ?, ?, ?, ?, ?)", listed)
    db.execute("CREATE TABLE tombstone (record_id, record_type, department, withdrawn_on, reason)")
    db.execute(
        "CREATE TABLE batch (batch_id INTEGER PRIMARY KEY, file_name, sha256, received, "
        'record_type, department, "rows", new, corrected, duplicate, rejected)'
    )
    db.execute(
        "INSERT INTO batch VALUES (1, '许可.csv', 'ab', ?, 'licence', 'big', 52, 50, 0, 0, 2)",
        [AS_OF],
    )


def manifest() -> dict[str, Any]:
    """What the release says of itself."""
    counts = {"live": 4, "published": 1, "withheld": {"scope": 3}}
    file = {"path": "downloads/licence.csv", "format": "csv", "bytes": 1234, "rows": 1}
    file["table"] = "licence"
    titles = {"sha256": "ab" * 32, "title_zh": "行政许可", "title_en": "Licences"}
    return {
        "release": "r1",
        "as_of": AS_OF,
        "software": "0.1.0",
        "counts": dict.fromkeys(public_types(), counts),
        "files": [file | titles],
    }


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Tiny]:
    """A project and its two databases in memory."""
    with closing(sqlite3.connect(":memory:")) as monitor, closing(sqlite3.connect(":memory:")) as c:
        fill_monitor(monitor)
        fill_credit(c)
        yield tiny_project(tmp_path / "project"), monitor, c


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The text of each file of the tiny site by address, built once."""
    folder = tmp_path_factory.mktemp("tiny")
    with closing(sqlite3.connect(":memory:")) as monitor, closing(sqlite3.connect(":memory:")) as c:
        fill_monitor(monitor)
        fill_credit(c)
        return build((tiny_project(folder / "project"), monitor, c), folder / "out")


@pytest.fixture(scope="module")
def found(texts: dict[str, str]) -> dict[str, Document]:
    """The pages of the tiny site by address."""
    return pages(texts)


def build(tiny: Tiny, out: Path) -> dict[str, str]:
    """Builds the site; returns the text of each file by address."""
    project, monitor, credit = tiny
    files = build_site(out, monitor=monitor, credit=credit, project=project, manifest=manifest())
    assert sorted(files) == sorted(p for p in out.rglob("*") if p.is_file())
    texts = {p.relative_to(out).as_posix(): p.read_text("utf-8", "replace") for p in files}
    return {f"/{path.removesuffix('index.html')}": text for path, text in texts.items()}


def pages(texts: dict[str, str]) -> dict[str, Document]:
    """The HTML pages among the files."""
    return {p: Document(text) for p, text in texts.items() if p.endswith(("/", ".html"))}


def test_every_page_is_there_in_both_languages(found: dict[str, Document]) -> None:
    """Each address exists in Chinese and, under /en, in English, and says which it is."""
    chinese = {path for path in found if not path.startswith("/en/")}
    assert {path.removeprefix("/en") for path in found if path.startswith("/en/")} == chinese
    expected = {"/", "/departments/", "/departments/big/", "/league/", "/league/2026Q3/"}
    expected |= {"/lists/", "/lists/tax-a/", "/feedback/"}
    expected |= {"/downloads/", "/methodology/", "/calendar/", "/rules/", "/data/licence/"}
    assert expected | {"/about/", "/privacy/", "/accessibility/", "/404.html"} <= chinese
    for path, page in found.items():
        assert page.of("html")[0]["lang"] == ("en" if path.startswith("/en/") else "zh-CN")


def test_links_lead_somewhere(texts: dict[str, str]) -> None:
    """Every link of the site leads to a page or file that was written, or to the server's own."""
    known = set(texts) | {"/downloads/licence.csv", "/downloads/checksums.txt"}
    for path, page in pages(texts).items():
        ids = {v["id"] for _, v in page.elements if v.get("id")}
        for href, _ in page.links:
            parts = urlsplit(href)
            if parts.netloc:
                assert parts.netloc == "creativecommons.org"
            elif parts.path == "":
                assert parts.fragment in ids, f"{path}: {href}"
            elif not parts.path.removeprefix("/en").startswith(LIVE):
                assert unquote(parts.path) in known, f"{path}: {href}"


def test_anchors_of_the_methods_exist(found: dict[str, Document]) -> None:
    """Where a figure points at its method, the method is there in both languages."""
    for prefix in ("", "/en"):
        ids = {v.get("id") for _, v in found[f"{prefix}/methodology/"].elements}
        hrefs = {h for page in found.values() for h, _ in page.links}
        start = f"{prefix}/methodology/#"
        assert {h.removeprefix(start) for h in hrefs if h.startswith(start)} <= ids


def test_tables_can_be_read_aloud(found: dict[str, Document]) -> None:
    """Every table has a caption or a name and headers with scope; no id stands twice."""
    for path, page in found.items():
        kinds = Counter(tag for tag, _ in page.elements)
        named = sum(1 for t in page.of("table") if t.get("aria-labelledby"))
        assert kinds["table"] <= kinds["caption"] + named, path
        assert all(t.get("scope") for t in page.of("th")), path
        ids = Counter(v["id"] for _, v in page.elements if v.get("id"))
        assert not {i for i, n in ids.items() if n > 1}, path
        assert kinds["h1"] == 1, path


def test_pages_obey_a_strict_policy(found: dict[str, Document]) -> None:
    """No style or script stands in a page, and nothing is loaded from another host."""
    for page in found.values():
        assert not page.of("style")
        names = {name for _, values in page.elements for name in values}
        assert not {n for n in names if n == "style" or n.startswith("on")}
        for script in page.of("script"):
            data = script.get("type") in {"application/ld+json", "application/json"}
            assert data or (script.get("src") or "").startswith("/static/")
        for link in page.of("link"):
            named = link.get("rel") in {"canonical", "alternate"}  # said, not loaded
            assert named or (link.get("href") or "").startswith("/")


def test_english_pages_mark_what_is_chinese(found: dict[str, Document]) -> None:
    """English pages show no Chinese but what has no translation, and that is marked."""
    for path, page in found.items():
        if path.startswith("/en/"):
            assert not HAN.findall(page.own_text), path


def test_names_from_data_are_text(texts: dict[str, str]) -> None:
    """Markup in a party's name is shown, not obeyed."""
    text = texts["/"]
    assert "&lt;b&gt;示例市晨光" in text
    assert "<b>示例市晨光" not in text


def test_front_of_league_is_the_newest_complete_quarter(texts: dict[str, str]) -> None:
    """The league table at the front is the third quarter's, not the running fourth's."""
    assert "2026年第三季度部门排名" in texts["/league/"]
    assert "/league/2026Q4/" not in texts


def test_few_cases_are_listed_but_not_ranked(texts: dict[str, str]) -> None:
    """Departments under the minimum stand apart; those without cases have no rate at all."""
    _, _, page = texts["/league/2026Q3/"].partition('class="standings')
    ranked, _, apart = page.partition('id="few"')
    assert "big局" in ranked
    assert "good局" in ranked
    assert "few局" not in ranked
    assert "none局" not in ranked
    table, _, idle = apart.partition("本期没有到期应公示的决定：")
    assert "few局" in table
    assert "none局" not in table
    assert "none局" in idle


def test_change_is_said_in_words(texts: dict[str, str]) -> None:
    """A fall against the period before is a word and a number, not a colour alone."""
    assert "降 4.0" in texts["/league/2026Q3/"]
    assert "下降 4.0 个百分点" in texts["/departments/big/"]
    assert "down 4.0" in texts["/en/league/2026Q3/"]
    assert "down 4.0 points" in texts["/en/departments/big/"]


def test_department_answers_first(texts: dict[str, str]) -> None:
    """A department's page begins with its rate, its range of ranks and what is overdue."""
    assert "86.0% public in time in Q3 2026, rank between 1 and 2 of 2" in re.sub(
        r"\s+", " ", texts["/en/departments/big/"]
    )
    assert "不足 20 件，不参加排名" in texts["/departments/few/"]
    assert "没有到期应公示的决定，现在没有逾期未公示的决定。" in texts["/departments/none/"]


def test_merged_departments_point_at_each_other(texts: dict[str, str]) -> None:
    """The old body names its successor, the successor what it took over."""
    assert 'href="/departments/big/"' in texts["/departments/old/"]
    assert 'href="/departments/old/"' in texts["/departments/big/"]


def test_same_release_gives_the_same_bytes(tiny: Tiny, tmp_path: Path) -> None:
    """Building twice writes the same files."""
    assert build(tiny, tmp_path / "a") == build(tiny, tmp_path / "b")


def test_progress_ends_with_every_page(tiny: Tiny, tmp_path: Path) -> None:
    """Whoever asks is told after each page how many of all are written."""
    project, monitor, credit = tiny
    told: list[tuple[int, int]] = []
    build_site(
        tmp_path / "out",
        monitor=monitor,
        credit=credit,
        project=project,
        manifest=manifest(),
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(done, len(told)) for done in range(1, len(told) + 1)]


def test_questions_do_not_grow_with_departments(tiny: Tiny, tmp_path: Path) -> None:
    """Figures are read in a fixed number of queries, however many departments there are."""
    _, monitor, credit = tiny
    asked: list[str] = []
    for db in (monitor, credit):
        db.set_trace_callback(asked.append)
    build(tiny, tmp_path / "a")
    before, asked[:] = len(asked), []
    more = [(f"d{i}", *[""] * 11) for i in range(20)]
    monitor.set_trace_callback(None)
    DEPARTMENT.fill(monitor, more)
    monitor.set_trace_callback(asked.append)
    build(tiny, tmp_path / "b")
    assert len(asked) == before


def test_english_jurisdiction_has_english_at_the_root(tmp_path: Path) -> None:
    """Where the profile's language is English, / is English and /zh/ Chinese."""
    project = tiny_project(tmp_path / "project", "us-fda")
    with closing(sqlite3.connect(":memory:")) as m, closing(sqlite3.connect(":memory:")) as c:
        fill_monitor(m)
        fill_credit(c)
        found = pages(build((project, m, c), tmp_path / "out"))
    assert found["/"].of("html")[0]["lang"] == "en"
    assert found["/zh/"].of("html")[0]["lang"] == "zh-CN"
    assert "/en/" not in found


def test_site_of_an_empty_portal(tmp_path: Path) -> None:
    """Before the first case there are pages that say so, and no league table."""
    project = tiny_project(tmp_path / "project")
    empty = manifest() | {"files": [], "counts": {}}
    with closing(sqlite3.connect(":memory:")) as m, closing(sqlite3.connect(":memory:")) as c:
        for table in TABLES:
            table.create(m)
        RELEASE.fill(m, [release_row()])
        fill_credit(c)
        for name in (*public_types(), "batch", "credit_list"):
            c.execute(f'DELETE FROM "{name}"')
        build_site(tmp_path / "out", monitor=m, credit=c, project=project, manifest=empty)
    home = (tmp_path / "out/en/index.html").read_text("utf-8")
    assert "No records are public yet" in home
    league = (tmp_path / "out/en/league/index.html").read_text("utf-8")
    assert "No period is complete yet" in league


def test_site_before_the_first_quarter_is_over(tmp_path: Path) -> None:
    """With duties but no period that is over, departments show their duties and no figures."""
    project = tiny_project(tmp_path / "project")
    with closing(sqlite3.connect(":memory:")) as m, closing(sqlite3.connect(":memory:")) as c:
        for table in TABLES:
            table.create(m)
        DEPARTMENT.fill(m, departments())
        DUTY.fill(m, duties())
        RELEASE.fill(m, [release_row()])
        fill_credit(c)
        texts = build((project, m, c), tmp_path / "out")
    assert 'id="clocks"' in texts["/departments/big/"]
    assert 'id="indicators"' not in texts["/departments/big/"]


def test_score_is_shown_with_what_it_is_made_of(texts: dict[str, str]) -> None:
    """The league table names score and grade, and the department what gave and what cost points."""
    assert "86.00</a>" in texts["/league/2026Q3/"]
    assert 'class="grade">优秀' in texts["/league/2026Q3/"]
    part = texts["/departments/big/"].partition('id="score"')[2].partition("</table>")[0]
    assert "91.0" in part
    assert "-5.0" in part


def test_silent_departments_are_named(texts: dict[str, str]) -> None:
    """Whoever handed in nothing although its catalogue lists items is named above the table."""
    above = texts["/league/2026Q3/"].partition('class="standings')[0]
    assert "few局" in above.partition("本期却没有报送的部门：")[2]
    assert "公示目录有事项，本期没有报送。" in texts["/departments/few/"]


def test_single_indicators_have_their_ranks(found: dict[str, Document]) -> None:
    """Each ranking of single indicators opens onto as many ranks as it says."""
    links = [h for h, text in found["/league/2026Q3/"].links if "/monitor/ranking" in h]
    assert len(links) == 2
    assert all("rank__notnull=1" in href for href in links)


def test_editions_stay_beside_the_newest_figures(texts: dict[str, str]) -> None:
    """A closed period's page names its editions; a restatement says who moved and why."""
    assert 'href="/editions/2026Q3-1/"' in texts["/league/2026Q3/"]
    assert "补报了漏报的决定" in texts["/editions/"]
    moved = texts["/editions/2026Q3-2/"].partition('id="moved"')[2].partition("</table>")[0]
    assert "big局" in moved
    assert "88.0%" in moved
    assert "86.0%" in moved
    assert "数据、日历" in moved
    assert 'id="moved"' not in texts["/editions/2026Q3-1/"]
    assert "第2稿" in texts["/departments/big/"].partition('id="editions"')[2]


def test_what_was_never_handed_in_is_told(texts: dict[str, str]) -> None:
    """A department's page lists unused items, finds and gaps; gaps are a question only."""
    text = texts["/departments/big/"]
    assert "事项A2" in text.partition('id="coverage"')[2].partition("</section>")[0]
    assert "事项A1" not in text
    assert "至今未报" in text.partition('id="omissions"')[2].partition("</section>")[0]
    gaps = text.partition('id="gaps"')[2].partition("</section>")[0]
    assert "41–50" in gaps
    assert "不计入任何指标和得分" in gaps


def test_the_calendar_tells_whom_it_moved(texts: dict[str, str]) -> None:
    """The calendar's page lists the duties that its newest version moved, before and after."""
    moved = texts["/calendar/"].partition('id="moved"')[2].partition("</section>")[0]
    assert "2026-09-09" in moved
    assert "2026-09-10" in moved
    assert "/monitor/duty/big000-d" in moved


def test_calendar_for_programs(texts: dict[str, str]) -> None:
    """calendar.json holds what the calculator counts by: the days that differ from their week."""
    days = orjson.loads(texts["/calendar.json"])["days"]
    assert days["2026-02-14"][:2] == [1, "调休上班"]
    assert days["2026-02-23"][0] == 0
    assert "2026-11-20" not in days
    assert "2026-11-21" not in days


def figures_with_rows(site: Path) -> dict[str, int]:
    """Addresses of rows of duties on a sample of pages, with the number that leads there."""
    sample = ["index.html", "league/index.html", "league/rolling12/index.html"]
    sample += [str(p.relative_to(site)) for p in sorted(site.glob("departments/*/index.html"))[::6]]
    out = {}
    for name in sample:
        for href, text in Document((site / name).read_text("utf-8")).links:
            if href.startswith("/monitor/duty?clock") and re.fullmatch(r"[\d,]+", text.strip()):
                out[href] = int(text.replace(",", ""))
    return out


async def rows_behind(database: Path, addresses: list[str]) -> dict[str, int]:
    """How many rows Datasette finds at each address."""
    datasette = Datasette(immutables=[str(database)])
    await datasette.invoke_startup()
    found = {}
    for address in addresses:
        answer = await datasette.client.get(address.replace("?", ".json?", 1) + "&_size=0")
        found[address] = answer.json()["filtered_table_rows_count"]
    datasette.executor.shutdown()
    for db in datasette.databases.values():
        db.close()
    return found


def test_figures_lead_to_as_many_rows(small_city: Prepared, tmp_path: Path) -> None:
    """Every figure of decisions links to exactly the rows that it counts."""
    folder = small_city.project.current.resolve()
    shutil.copy(folder / "monitor.db", tmp_path / "monitor.db")
    with (
        closing(read_only(folder / "monitor.db")) as monitor,
        closing(read_only(folder / "credit.db")) as credit,
    ):
        build_site(
            tmp_path / "site",
            monitor=monitor,
            credit=credit,
            project=small_city.project,
            manifest=read_manifest(folder),
        )
    stated = figures_with_rows(tmp_path / "site")
    assert len(stated) > 100
    assert asyncio.run(rows_behind(tmp_path / "monitor.db", list(stated))) == stated
