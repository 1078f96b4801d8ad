"""The feeds of a release: what RFC 4287 and RFC 5545 ask for, and bytes that stay."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID
from xml.etree import ElementTree

import pytest
from icalendar import Calendar

from monitor.tables import CALENDAR_CHANGE, DEPARTMENT, DUTY, EDITION, EDITION_MOVE, RELEASE
from publish.alerts.feeds import LENGTH, write_feeds
from publish.pages.render import Renderer
from publish.project import Project, init_project
from tests.unit.test_alerts import TODAY, duty, put

ATOM = "{http://www.w3.org/2005/Atom}"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")  # RFC 3339
NASTY = '<script>alert("示例")</script> & =cmd|" /C'


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project without records."""
    return init_project(tmp_path_factory.mktemp("feeds") / "project", "demo-city")


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    """A monitor.db with three departments, of which one was merged into another."""
    with closing(sqlite3.connect(":memory:")) as made:
        for table in (CALENDAR_CHANGE, DEPARTMENT, DUTY, EDITION, EDITION_MOVE, RELEASE):
            table.create(made)
        put(made, RELEASE, release="r", as_of=f"{TODAY}T22:00:00+08:00")
        for code, successor in (("health", ""), ("old", "market"), ("market", "")):
            names = {"name_zh": f"示例市{code}局", "short_zh": "", "name_en": code, "short_en": ""}
            put(made, DEPARTMENT, code=code, successor=successor, **names)
        yield made


@pytest.fixture
def busy(db: sqlite3.Connection) -> sqlite3.Connection:
    """The same with everything that can be told."""
    duty(db, "a", TODAY + timedelta(1))
    duty(db, "b", TODAY - timedelta(3), status="overdue", department="old")
    duty(db, "c", TODAY, status="provisional", clock="objection_verify", record_type="feedback")
    moved = {"department": "health", "record_type": "penalty", "clock": "push"}
    moved |= {"due_before": "2026-10-08", "due_after": "2026-10-09", "since": "2026-09-20"}
    put(db, CALENDAR_CHANGE, duty_id="m", **moved)
    for number in (1, 2):
        closed = f"2026-09-{number + 9}T10:00:00+08:00"
        edition = f"2026H1-{number}"
        put(db, EDITION, edition=edition, period="2026H1", number=number, closed=closed)
    put(db, EDITION_MOVE, edition="2026H1-2", department="market", name="rank")
    return db


def written(out: Path, db: sqlite3.Connection, project: Project) -> dict[str, bytes]:
    """The feeds by their address."""
    files = write_feeds(out, db, project, Renderer(project.site, project.profile))
    return {f"/{path.relative_to(out)}": path.read_bytes() for path in files}


def parsed(feed: bytes) -> ElementTree.Element:
    """A feed that we wrote ourselves."""
    return ElementTree.fromstring(feed)  # noqa: S314 - our own


def texts(feed: bytes) -> list[str]:
    """The titles of a feed's entries."""
    return [str(e.findtext(f"{ATOM}title")) for e in parsed(feed).iter(f"{ATOM}entry")]


def summaries(calendar: bytes) -> list[str]:
    """The titles of a calendar's entries."""
    return [str(entry["summary"]) for entry in Calendar.from_ical(calendar).walk("VEVENT")]


def test_addresses(tmp_path: Path, busy: sqlite3.Connection, project: Project) -> None:
    """The city and each department have an Atom feed and a calendar in each language."""
    homes = ("/", "/departments/health/", "/departments/market/", "/departments/old/")
    names = ("alerts.xml", "deadlines.ics")
    every = {f"{lang}{home}{name}" for lang in ("", "/en") for home in homes for name in names}
    assert set(written(tmp_path, busy, project)) == every


def test_atom(tmp_path: Path, busy: sqlite3.Connection, project: Project) -> None:
    """Each feed has what RFC 4287 says it must have (4.1.1, 4.1.2), and ids of its own."""
    found = written(tmp_path, busy, project)
    feeds = [parsed(text) for name, text in found.items() if name.endswith(".xml")]
    ids = [str(feed.findtext(f"{ATOM}id")) for feed in feeds]
    assert len(set(ids)) == len(feeds)
    for feed in feeds:
        entries = feed.findall(f"{ATOM}entry")
        for element in (feed, *entries):
            assert len(element.findall(f"{ATOM}id")) == 1
            assert UUID(str(element.findtext(f"{ATOM}id")).removeprefix("urn:uuid:"))
            assert str(element.findtext(f"{ATOM}title")).strip()
            assert INSTANT.fullmatch(str(element.findtext(f"{ATOM}updated")))
            alternates = element.findall(f"{ATOM}link[@rel='alternate']")
            assert len(alternates) == 1 and alternates[0].get("href", "").startswith("/")
        assert len(feed.findall(f"{ATOM}link[@rel='self']")) == 1
        assert feed.findtext(f"{ATOM}author/{ATOM}name")
        named = [str(entry.findtext(f"{ATOM}id")) for entry in entries]
        assert len(set(named)) == len(named)
        updated = [str(entry.findtext(f"{ATOM}updated")) for entry in entries]
        assert updated == sorted(updated, reverse=True)
        if entries:
            assert feed.findtext(f"{ATOM}updated") == updated[0]


def test_in_words(tmp_path: Path, busy: sqlite3.Connection, project: Project) -> None:
    """Every kind of event is told in the words of each language, with what it is about."""
    found = written(tmp_path, busy, project)
    assert texts(found["/alerts.xml"]) == [
        "2026年9月30日到期：公示（行政处罚 record-a），示例市health局",
        "已逾期，期限为2026年9月26日：公示（行政处罚 record-b），示例市old局",
        "2026年9月29日到期（日历未定，期限暂定）：异议核实（反馈事项 record-c），示例市health局",
        "工作日历更新，期限由2026年10月8日改为2026年10月9日：报送（行政处罚），示例市health局",
        "2026年上半年的指标已更正，为第2稿",
        "2026年上半年的指标已定稿",
    ]
    assert texts(found["/en/departments/market/alerts.xml"]) == [
        "Overdue, was due 26 Sep 2026: to publish a decision (penalty record-b), old",
        "Figures restated, edition 2: first half of 2026",
        "Figures closed: first half of 2026",
    ]


def test_calendar(tmp_path: Path, busy: sqlite3.Connection, project: Project) -> None:
    """A calendar is read back as what it says: whole days that block nobody's time."""
    found = written(tmp_path, busy, project)
    own = Calendar.from_ical(found["/departments/health/deadlines.ics"])
    assert (own["version"], own["method"]) == ("2.0", "PUBLISH")
    entries = own.walk("VEVENT")
    assert [(e.decoded("dtstart"), str(e["summary"])) for e in entries] == [
        (TODAY, "1件到期（期限暂定）：异议核实，示例市health局"),
        (TODAY + timedelta(1), "1件到期：公示，示例市health局"),
    ]
    assert [str(e["description"]) for e in entries] == ["编号：record-c", "编号：record-a"]
    assert {str(e["transp"]) for e in entries} == {"TRANSPARENT"}
    assert all(isinstance(e.decoded("dtstamp"), datetime) for e in entries)
    assert len({str(e["uid"]) for e in entries}) == len(entries)
    assert summaries(found["/departments/market/deadlines.ics"]) == ["1件已逾期：公示，示例市old局"]


def test_lines_of_calendar(tmp_path: Path, busy: sqlite3.Connection, project: Project) -> None:
    """Lines end in CRLF and hold no more than 75 bytes (RFC 5545, 3.1)."""
    for name, text in written(tmp_path, busy, project).items():
        if name.endswith(".ics"):
            assert text.endswith(b"\r\n")
            assert b"\n" not in text.replace(b"\r\n", b"")
            assert max(map(len, text.split(b"\r\n"))) <= 75


def test_city_calendar(tmp_path: Path, busy: sqlite3.Connection, project: Project) -> None:
    """The city's calendar names who owes what, and the days of a year's circulars."""
    entries = Calendar.from_ical(written(tmp_path, busy, project)["/deadlines.ics"]).walk("VEVENT")
    first = next(e for e in entries if "已逾期" in str(e["summary"]))
    assert str(first["description"]) == "示例市old局：1件\n编号：record-b"
    circulars = [e for e in entries if "通报" in str(e["summary"])]
    assert [str(e["summary"]) for e in circulars if e.decoded("dtstart") == date(2027, 1, 5)] == [
        "2026年下半年的通报应在2027年1月5日以前报出"
    ]
    assert len(circulars) == 12 + 4 + 2


def test_bytes_stay(tmp_path: Path, busy: sqlite3.Connection, project: Project) -> None:
    """The same release gives the same bytes; the next day nothing that still holds looks new."""
    before = written(tmp_path / "a", busy, project)
    assert written(tmp_path / "b", busy, project) == before
    busy.execute("UPDATE \"release\" SET as_of = '2026-09-30T22:00:00+08:00'")
    after = written(tmp_path / "c", busy, project)
    for name in ("/departments/old/alerts.xml", "/en/departments/market/deadlines.ics"):
        assert after[name] == before[name]


def test_taken_off(tmp_path: Path, busy: sqlite3.Connection, project: Project) -> None:
    """What is in the release no more is in no feed."""
    busy.execute("DELETE FROM duty WHERE duty_id = 'a'")
    for text in written(tmp_path, busy, project).values():
        assert b"record-a" not in text and b"/duty/a" not in text


def test_nothing_to_tell(tmp_path: Path, db: sqlite3.Connection, project: Project) -> None:
    """A feed without entries is a feed nevertheless, as of the release."""
    found = written(tmp_path, db, project)
    feed = parsed(found["/departments/health/alerts.xml"])
    assert feed.findtext(f"{ATOM}updated") == f"{TODAY}T22:00:00+08:00"
    assert summaries(found["/departments/health/deadlines.ics"]) == []


def test_a_flood(tmp_path: Path, db: sqlite3.Connection, project: Project) -> None:
    """Of many events a feed lists the newest."""
    for number in range(LENGTH + 10):
        duty(db, f"{number:03}", TODAY - timedelta(2 + number % 3), status="overdue")
    feed = written(tmp_path, db, project)["/departments/health/alerts.xml"]
    assert len(texts(feed)) == LENGTH
    newest = parsed(feed).findtext(f"{ATOM}updated")
    assert newest == f"{TODAY - timedelta(1)}T00:00:00+08:00"


def test_names_are_text(tmp_path: Path, busy: sqlite3.Connection, project: Project) -> None:
    """A name that looks like code is shown as it is and does nothing."""
    busy.execute("UPDATE department SET name_zh = ? WHERE code = 'health'", (NASTY,))
    found = written(tmp_path, busy, project)
    assert any(NASTY in title for title in texts(found["/alerts.xml"]))
    assert b"<script" not in found["/alerts.xml"]
    assert any(NASTY in title for title in summaries(found["/departments/health/deadlines.ics"]))
