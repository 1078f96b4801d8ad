"""What differs between releases: told exactly, bounded, and never with a value that is private."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publish.release import changes as module
from publish.release.changes import CAUSES, KINDS, known
from publish.release.deltas import FOLDER
from publish.release.entries import entries
from publish.release.manifest import read_manifest
from tests.unit.stepped import RULES, Line, Row, Rows, row, texts, whole

TYPES = ("licence", "penalty", "commitment")
Acts = Mapping[int, str]
"""What a step does with some of the records."""

acts = st.dictionaries(
    st.integers(0, 5), st.sampled_from(("put", "correct", "age", "withdraw")), max_size=6
)


@pytest.fixture
def line(tmp_path: Path) -> Line:
    """Releases to make."""
    return Line(tmp_path)


def step(rows: Rows, gone: dict[str, str], taken: Acts, day: int) -> set[str]:
    """Lets a step do something; returns the records that it touched."""
    for number, act in taken.items():
        record_id, kind = f"r{number}", TYPES[number % len(TYPES)]
        before = rows.get(record_id)
        if act == "withdraw" and before:
            del rows[record_id]
            gone[record_id] = "revoked"
        elif act == "put" and not before:
            rows[record_id] = row(record_id, f"文{number}-{day}-", kind, version=day, batch=day)
            gone.pop(record_id, None)
        elif act == "correct" and before:
            text = f"文{number}-{day}-"
            rows[record_id] = {**before, "content": text, "version": day, "batch": day}
        elif act == "age" and before:
            rows[record_id] = {**before, "publish_status": f"status-{day}"}
    return {f"r{number}" for number in taken}


@settings(max_examples=25)
@given(st.lists(acts, min_size=2, max_size=6))
def test_deltas_lead_from_any_release_to_the_newest(history: list[Acts]) -> None:
    """Applied to the rows of each earlier release they give today's, as JSON and as CSV."""
    with TemporaryDirectory() as folder:
        line, rows, gone, held = Line(Path(folder)), Rows(), dict[str, str](), dict[str, Rows]()
        for day, taken in enumerate(history, start=1):
            step(rows, gone, taken, day)
            held[line.add(rows, gone)] = dict(rows)
        for name, then in held.items():
            assert line.by_json(whole(then), name) == whole(rows)
            assert line.by_csv(texts(then), name) == texts(rows)


@settings(max_examples=25)
@given(st.lists(acts, min_size=2, max_size=6))
def test_changes_are_the_differences(history: list[Acts]) -> None:
    """Since each earlier release just the records that differ are told, and no private word."""
    with TemporaryDirectory() as folder:
        line, rows, gone, held = Line(Path(folder)), Rows(), dict[str, str](), dict[str, Rows]()
        said = set[str]()
        for day, taken in enumerate(history, start=1):
            step(rows, gone, taken, day)
            said |= {one["content"] for one in rows.values()}
            held[line.add(rows, gone)] = dict(rows)
        with line.credit() as db:
            assert known(db) == list(reversed(line.names))
        for name, then in held.items():
            told = {change.record_id: change for change in line.since(name)}
            differ = {r for r in rows.keys() | then.keys() if rows.get(r) != then.get(r)}
            assert differ <= told.keys()
            for record_id, change in told.items():
                _right(change.kind, then.get(record_id), rows.get(record_id))
                if change.fields:
                    was, now = whole(then)[record_id], whole(rows)[record_id]
                    assert {n for n in now if was[n] != now[n]} <= set(change.fields)
        private = said - {one["content"] for one in rows.values()}
        for path, text in line.texts():
            assert not [word for word in private if word in text], path


def _right(kind: str, then: Row | None, now: Row | None) -> None:
    """Whether a kind says what became of a record."""
    assert kind in KINDS
    assert (kind == "withdrawn") == (now is None)
    if kind == "added":
        assert then is None
    if then is not None and now is not None:
        assert kind == "changed"


@settings(max_examples=12)
@given(st.lists(acts, min_size=2, max_size=5))
def test_some_records_give_what_all_give(history: list[Acts]) -> None:
    """A comparison of the touched records alone gives the same tables and the same files."""
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        full, part, rows, gone = Line(Path(one)), Line(Path(other)), Rows(), dict[str, str]()
        for day, taken in enumerate(history, start=1):
            touched = step(rows, gone, taken, day)
            full.add(rows, gone)
            part.add(rows, gone, touched)
        for sql in ("SELECT * FROM change ORDER BY 1, 2", "SELECT * FROM release_step ORDER BY 1"):
            with full.credit() as left, part.credit() as right:
                assert left.execute(sql).fetchall() == right.execute(sql).fetchall()
        stated = [read_manifest(each.folder(each.names[-1])) for each in (full, part)]
        assert entries(stated[0]) == entries(stated[1])


def test_causes(line: Line) -> None:
    """A new version is data, new rules are rule, a moved deadline calendar, mere ageing time."""
    rows = {r: row(r, "文") for r in ("corrected", "moved", "aged", "same", "party")}
    rows["ends"] = row("ends", public_until="2026-01-03")
    rows["off"] = row("off")
    line.add(rows, {})
    now = dict(rows)
    now["corrected"] = {
        **now["corrected"],
        "version": 2,
        "content": "新文",
        "due_date": "2026-02-01",
    }
    now["aged"] = {**now["aged"], "publish_status": "late"}
    now["party"] = {**now["party"], "masked": 1}
    now["new"] = row("new", received="2026-01-02T09:00:00+08:00")
    line.add(now, {})
    told = {c.record_id: (c.kind, c.cause, c.fields) for c in line.since(line.names[0])}
    assert told == {
        "corrected": ("changed", "data", ("content", "version", "due_date")),
        "aged": ("changed", "time", ("publish_status",)),
        "party": ("changed", "data", ("masked",)),
        "new": ("added", "data", ()),
    }
    line.rules["calendar_version"] = "2"
    now["moved"] = {**now["moved"], "due_date": "2026-01-19", "publish_status": "late"}
    now["same"] = {**now["same"], "content": "别文"}
    line.add(now, {})
    told = {c.record_id: (c.kind, c.cause, c.fields) for c in line.since(line.names[1])}
    assert told == {
        "moved": ("changed", "calendar", ("due_date", "publish_status")),
        "same": ("changed", "data", ("content",)),
    }
    line.rules["profile_version"] = "2"
    now["moved"] = {**now["moved"], "due_date": "2026-01-20"}
    now["old"] = row("old")
    gone = {"ends": "term_over", "off": "person", "aged": "repaired"}
    line.add({r: one for r, one in now.items() if r not in gone}, gone)
    told = {c.record_id: (c.kind, c.cause, c.fields) for c in line.since(line.names[2])}
    assert told == {
        "moved": ("changed", "rule", ("due_date",)),
        "old": ("added", "rule", ()),
        "ends": ("withdrawn", "time", ()),
        "off": ("withdrawn", "rule", ()),
        "aged": ("withdrawn", "data", ()),
    }
    assert {cause for _, cause, _ in told.values()} <= set(CAUSES)


def test_what_belongs_to_a_record_goes_for_its_cause(line: Line) -> None:
    """A fulfilment whose commitment's term is over goes because of time too."""
    parent = row("c", kind="commitment", public_until="2026-01-01")
    child = row("f", kind="fulfilment", commitment_id="c")
    line.add({"c": parent, "f": child}, {})
    line.add({}, {"c": "term_over", "f": "parent"})
    assert [(c.record_id, c.cause, c.reason) for c in line.since(line.names[0])] == [
        ("c", "time", "term_over"),
        ("f", "time", "parent"),
    ]


def test_several_steps_amount_to_one(line: Line) -> None:
    """Added and changed is added, added and withdrawn withdrawn, withdrawn and back changed."""
    same = row("same", "一")
    line.add({"back": row("back", "甲"), "same": same, "twice": row("twice", "一")}, {})
    twice = row("twice", "二", version=2)
    line.add({"new": row("new", "一"), "brief": row("brief"), "same": same, "twice": twice},
             {"back": "upheld"})  # fmt: skip
    twice = row("twice", "二", version=2, publish_status="late")
    line.add(
        {
            "new": row("new", "二", version=2),
            "back": row("back", "乙"),
            "same": same,
            "twice": twice,
        },
        {"brief": "revoked"},
    )
    told = {c.record_id: (c.kind, c.fields, c.reason) for c in line.since(line.names[0])}
    assert told == {
        "new": ("added", (), None),
        "brief": ("withdrawn", (), "revoked"),
        "back": ("changed", (), None),
        "twice": ("changed", ("content", "version", "publish_status"), None),
    }
    assert line.since(line.names[2]) == []
    with line.credit() as db:
        (rows,) = db.execute("SELECT count(*) FROM change WHERE record_id = 'brief'").fetchone()
    assert rows == 1, "of what is withdrawn nothing is left but that"


def test_pages_fit(line: Line) -> None:
    """Pages put together are the whole, and a pinned end keeps a later release out of them."""
    line.add({}, {})
    line.add({f"r{n}": row(f"r{n}") for n in range(5)}, {})
    begun = line.since(line.names[0], limit=2)
    line.add({f"r{n}": row(f"r{n}", version=2) for n in range(6)}, {})
    pages, until = list(begun), line.names[1]
    while page := line.since(line.names[0], until=until, after=pages[-1].record_id, limit=2):
        pages += page
    assert [change.record_id for change in pages] == [f"r{n}" for n in range(5)]
    assert {change.release for change in pages} == {until}


def test_a_release_that_is_not_known_is_refused(line: Line) -> None:
    """No half answer is given about steps that are not known."""
    line.add({}, {})
    line.add({}, {})
    with pytest.raises(LookupError):
        line.since("20251231T140000Z-00000000")
    with pytest.raises(LookupError):
        line.since(line.names[0], until="20991231T140000Z-00000000")


def test_history_is_bounded(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps too many or too large in sum are forgotten, oldest first; never the newest."""
    monkeypatch.setattr(module, "STEPS", 3)
    rows = Rows()
    for day in range(1, 6):
        rows[f"r{day}"] = row(f"r{day}")
        line.add(rows, {})
    with line.credit() as db:
        assert known(db) == line.names[:0:-1]
    monkeypatch.setattr(module, "ROWS", 2)
    for n in range(3):
        rows[f"more{n}"] = row(f"more{n}")
    line.add(rows, {})
    with line.credit() as db:
        assert known(db) == [line.names[-1], line.names[-2]]
        assert db.execute("SELECT count(*) FROM change").fetchone() == (3,)


def test_a_release_that_told_nothing_is_a_beginning(line: Line) -> None:
    """After one made by older software, without these tables, the history begins anew."""
    line.add({"r": row("r")}, {})
    with closing(sqlite3.connect(line.folder(line.names[0]) / "credit.db")) as db:
        db.execute("DROP TABLE change")
        db.execute("DROP TABLE release_step")
        db.execute("ALTER TABLE licence DROP COLUMN remark")
        db.execute("DROP TABLE penalty")
    line.rules = {**RULES, "software": "0.0"}
    line.add({"r": row("r", remark="新栏"), "p": row("p", kind="penalty")}, {})
    assert [(c.record_id, c.kind, c.cause, c.fields) for c in line.since(line.names[0])] == [
        ("p", "added", "rule", ()),
        ("r", "changed", "rule", ("remark",)),
    ]


def test_files_of_steps_that_did_not_change_are_taken_over(line: Line) -> None:
    """They are the same files on disk; one that is not as it was stated is written anew."""
    rows = {"a": row("a", "一")}
    line.add(rows, {})
    rows["b"] = row("b", "二")
    line.add(rows, {})
    rows["c"] = row("c", "三")
    line.add(rows, {})
    step = FOLDER / line.names[1] / "licence.csv"
    first, second = (line.folder(name) / step for name in line.names[1:])
    assert first.samefile(second)
    second.unlink()
    second.write_text("tampered", "utf-8")
    rows["d"] = row("d", "四")
    line.add(rows, {})
    assert (line.folder(line.names[3]) / step).read_bytes() == first.read_bytes()
    del rows["b"]
    line.add(rows, {"b": "revoked"})
    assert not (line.folder(line.names[4]) / step).exists()
    assert all("二" not in text for _, text in line.texts())


def test_every_stated_file_has_the_rows_that_it_states(line: Line) -> None:
    """No export is empty or cut short: the rows of each file are counted."""
    rows = {f"r{n}": row(f"r{n}", f"一\n{n}") for n in range(20)}
    line.add({}, {})
    line.add(rows, {})
    line.add({r: {**one, "version": 2} for r, one in rows.items()}, {})
    stated = {e.path: e.rows for e in entries(read_manifest(line.folder(line.names[-1])))}
    assert set(stated.values()) == {20, 2} and len(stated) == 5
    for path, text in line.texts():
        found = text.count("\r\n") - 1 if path.endswith(".csv") else text.count("\n")
        assert found == stated[path], path
