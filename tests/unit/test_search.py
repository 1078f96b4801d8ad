"""What a search finds, in which order, and how it is counted and gone on with."""

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publish.search import facets as facets_module
from publish.search import total
from publish.search.find import Place, Query, facets, find, marked, parse, suggest
from publish.search.fold import fold
from publish.search.mend import readings
from publish.search.query import SORTS
from tests.unit.searched import DISTRICTS, change, searched

FIRM = "示例市晨光食品有限公司"
CODE = "91990100MA00000073"
PENALTY = {
    "type": "penalty",
    "record_id": "penalty1",
    "decided": "2026-03-02",
    "party_name": FIRM,
    "party_kind": "法人及非法人组织",
    "uscc": CODE,
    "document_no": "示市监罚〔2026〕第12号",
    "violation_kind": "未明码标价",
    "facts": "当事人在幸福路***号销售食品未标明价格，经责令改正后仍未改正",
    "content": "罚款1000元",
}
PERSON = {
    "type": "licence",
    "record_id": "licence1",
    "decided": "2026-03-03",
    "party_name": "张*",
    "party_kind": "自然人",
    "document_name": "驾驶证核发",
    "document_no": "示公许〔2026〕7号",
    "content": "准驾车型：C1",
    "department": "north",
}
LISTED = {
    "type": "list_entry",
    "record_id": "entry1",
    "decided": "2026-03-04",
    "list_id": "tax-a",
    "party_name": "示例市晨光衛生用品有限公司",
    "party_kind": "法人及非法人组织",
    "uscc": "91990100MAL000003R",
    "basis_document_no": "示税函〔2026〕1号",
    "department": "tax",
}
FULFILMENT = {
    "type": "fulfilment",
    "record_id": "fulfilment1",
    "decided": "2026-03-05",
    "commitment_no": "示市监诺〔2026〕1号",
    "note": "已按期补交食品经营材料",
}


@pytest.fixture(scope="module")
def db() -> Iterator[sqlite3.Connection]:
    """A database of four records."""
    opened = searched([PENALTY, PERSON, LISTED, FULFILMENT])
    yield opened
    opened.close()


def ids(db: sqlite3.Connection, query: Query) -> list[str]:
    """The ids of what is found, in order."""
    return [hit.record_id for hit in find(db, query, limit=100).hits]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("晨光食品", "penalty1"),
        ("晨光食品有限公司", "penalty1"),
        ("晨光衛生", "entry1"),
        ("晨光卫生", "entry1"),
        ("食品未標明價格", "penalty1"),
        ("Ｃ１", "licence1"),
        ("标价", "penalty1"),
        ("示市监罚〔2026〕第12号", "penalty1"),
        ("示市监罚(2026)12号", "penalty1"),
        ("示市监罚[2026]第12号", "penalty1"),
        ("示市监罚202612号", "penalty1"),
        ("示市监罚2026第12号", "penalty1"),
        ("示市監罰【２０２６】１２號", "penalty1"),
        ("监罚202612", "penalty1"),
        ("示公许2026第7号", "licence1"),
        (CODE, "penalty1"),
        (CODE.lower(), "penalty1"),
        (f" {CODE[:8]} {CODE[8:]} ", "penalty1"),
        (CODE[:12], ["penalty1", "entry1"][0]),
        ("幸福路 改正", "penalty1"),
        ("张", "licence1"),
        ("张*", "licence1"),
        ("晨光", "entry1 penalty1"),
        ("1000元", "penalty1"),
        ("补交食品经营", ""),
        ("光晨", ""),
        ("〔〕*", ""),
        ('" OR *', ""),
    ],
)
def test_what_is_typed_is_found(db: sqlite3.Connection, q: str, found: str) -> None:
    """Script, width, brackets and case make no difference; what is attached is not a record."""
    assert ids(db, Query(q=q)) == found.split()


@pytest.mark.parametrize(
    ("typed", "meant", "found"),
    [
        (CODE.replace("1", "l"), CODE, ["penalty1"]),
        (CODE.replace("1", "I").replace("0", "O"), CODE, ["penalty1"]),
        (CODE.replace("0", "o").lower(), CODE, ["penalty1"]),
        ("9l990100MAl000003R", "91990100MAL000003R", ["entry1"]),
        (CODE.lower(), "", ["penalty1"]),
        ("9I990199MA00000O73", "", []),
    ],
)
def test_misspelt_codes(db: sqlite3.Connection, typed: str, meant: str, found: list[str]) -> None:
    """Letters for digits are understood, which is told, and a real l stays one."""
    answer = find(db, Query(q=typed), limit=5)
    assert (answer.searched, [hit.record_id for hit in answer.hits]) == (meant, found)
    assert sum(one.count or 0 for one in facets(db, Query(q=typed))["type"]) == len(found)


@given(
    st.text(st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"), min_size=8, max_size=18),
    st.sets(st.sampled_from("10")),
)
def test_readings_hold_what_was_meant(code: str, wrong: set[str]) -> None:
    """Whichever digits of a code are typed as letters, it is among the readings, or just it."""
    alike = {"1": "l", "0": "O"}
    typed = "".join(alike[char] if char in wrong else char for char in code)
    every = list(readings(typed))
    assert not every or code in every or len(every) == 32


def test_order() -> None:
    """The whole name first, then names that begin so, that hold it, texts; then the newest."""
    names = ("晨光", "晨光食品店", "示例市晨光店", "别的店")
    records = [
        PENALTY
        | {
            "record_id": f"{place}{day}",
            "decided": f"2026-03-0{day}",
            "party_name": name,
            "facts": "晨光",
        }
        for day in (1, 2)
        for place, name in enumerate(names)
    ]
    db = searched(records)
    found = find(db, Query(q="晨光"), limit=10)
    assert [hit.record_id for hit in found.hits] == ["02", "01", "12", "11", "22", "21", "32", "31"]
    assert [hit.rank for hit in found.hits[::2]] == ["exact", "name_prefix", "name", "text"]
    assert [hit.record_id for hit in find(db, Query(q="晨光", sort="decided"), limit=4).hits] == [
        *("01", "11", "21", "31")
    ]


WORDS = ("晨光", "食品", "卫生", "建材", "A1", "B22", "公司", "罚款")
DAYS = st.dates(date(2025, 12, 1), date(2026, 3, 9)).map(date.isoformat)


@st.composite
def corpora(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some records of several types, departments and days."""
    text = st.lists(st.sampled_from(WORDS), max_size=4).map("".join)
    made = st.fixed_dictionaries(
        {
            "type": st.sampled_from(["penalty", "licence", "commitment", "fulfilment"]),
            "decided": DAYS,
            "department": st.sampled_from(sorted(DISTRICTS)),
            "publish_status": st.sampled_from(["on_time", "late"]),
            "party_kind": st.sampled_from(["自然人", "法人及非法人组织"]),
            "party_name": text,
            "content": text,
            "document_no": text,
            "uscc": st.sampled_from([CODE, "91990100MAL000003R", None]),
        }
    )
    records: list[dict[str, Any]] = draw(st.lists(made, max_size=25))
    for record in records:
        wait = draw(st.integers(0, 40))
        published = date.fromisoformat(record["decided"]) + timedelta(wait)
        record["portal_published"] = f"{published}T22:00:00+08:00"
    names = draw(st.permutations([f"id{n:03d}" for n in range(len(records))]))
    return [{**one, "record_id": name} for one, name in zip(records, names, strict=True)]


def _maybe(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """One of some values, or nothing."""
    return st.just("") | values


def _typed(parts: Sequence[str]) -> str:
    """What is typed of some words and spaces."""
    return "".join(parts).strip()


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """Any question."""
    return Query(
        q=draw(
            _maybe(st.lists(st.sampled_from([*WORDS, " "]), max_size=3).map("".join).map(str.strip))
        ),
        type=draw(_maybe(st.sampled_from(["penalty", "licence"]))),
        department=draw(_maybe(st.sampled_from(sorted(DISTRICTS)))),
        district=draw(_maybe(st.sampled_from(["北区", "南区"]))),
        status=draw(_maybe(st.just("late"))),
        party_kind=draw(_maybe(st.just("自然人"))),
        decided_from=draw(_maybe(DAYS)),
        decided_to=draw(_maybe(DAYS)),
        published_from=draw(_maybe(DAYS)),
        published_to=draw(_maybe(DAYS)),
        uscc=draw(_maybe(st.just(CODE))),
        sort=draw(st.sampled_from(list(SORTS))),
    )


def stands(word: str, text: str) -> bool:
    """Whether a folded word stands in a folded text, not within letters and digits.

    It may end within them after three.
    """
    begin = "(?<![0-9a-z])" if re.match("[0-9a-z]", word) else ""
    end = "(?![0-9a-z])" if re.search("(?<![0-9a-z])[0-9a-z]{1,2}$", word) else ""
    return re.search(begin + word + end, text) is not None


def holds(record: dict[str, Any], query: Query) -> bool:
    """Whether a record is asked for, found out the slow way."""
    published = record["portal_published"][:10]
    texts = [fold(record[name] or "") for name in ("party_name", "content", "uscc")]
    if record["type"] != "commitment":
        texts.append(fold(record["document_no"]))
    named = {text.replace(" ", "") for text in texts if text != fold(record["content"] or "")}
    words = [fold(term) for term in query.q.split()]
    return (
        record["type"] != "fulfilment"
        and ("".join(words) in named or all(any(stands(w, t) for t in texts) for w in words))
        and query.type in {"", record["type"]}
        and query.department in {"", record["department"]}
        and query.district in {"", DISTRICTS[record["department"]]}
        and query.status in {"", record["publish_status"]}
        and query.party_kind in {"", record["party_kind"]}
        and (query.decided_from or "0") <= record["decided"] <= (query.decided_to or "9")
        and (query.published_from or "0") <= published <= (query.published_to or "9")
        and query.uscc in {"", record["uscc"]}
    )


def pages(db: sqlite3.Connection, query: Query, size: int) -> Iterator[str]:
    """The ids of what is found, a page at a time."""
    place: Place | None = None
    while True:
        found = find(db, query, limit=size, after=place)
        yield from (hit.record_id for hit in found.hits)
        if (place := found.next) is None:
            return


@settings(max_examples=40)
@given(corpora(), queries(), st.integers(1, 4))
def test_found_as_by_looking_through_all(
    records: list[dict[str, Any]], query: Query, size: int
) -> None:
    """Whatever is asked for, just that is found, once, on pages of any size, and counted."""
    db = searched(records)
    expected = {one["record_id"] for one in records if holds(one, query)}
    found = find(db, query, limit=100)
    every = [hit.record_id for hit in found.hits]
    assert set(every) == expected
    assert found.total == len(every) == len(expected)
    assert list(pages(db, query, size)) == every
    if query.sort:
        column = query.sort.lstrip("-")
        days = [getattr(hit, column) for hit in found.hits]
        assert days == sorted(days, reverse=query.sort.startswith("-"))
    db.close()


def slow_facets(records: Sequence[dict[str, Any]], query: Query) -> dict[str, dict[str, int]]:
    """The counts of each facet, found out the slow way."""
    of: dict[str, Callable[[dict[str, Any]], str]] = {
        "type": lambda one: one["type"],
        "department": lambda one: one["department"],
        "status": lambda one: one["publish_status"],
        "district": lambda one: DISTRICTS[one["department"]],
        "party_kind": lambda one: one["party_kind"],
        "year": lambda one: one["decided"][:4],
    }
    found = {}
    for name, value in of.items():
        own = ("decided_from", "decided_to") if name == "year" else (name,)
        lifted = replace(query, **dict.fromkeys(own, ""))
        counted = Counter(value(one) for one in records if holds(one, lifted))
        found[name] = {value: n for value, n in counted.items() if value}
    return found


@settings(max_examples=25)
@given(corpora(), queries())
def test_facets(records: list[dict[str, Any]], query: Query) -> None:
    """Each is counted as if it were not filtered by, most first."""
    db = searched(records)
    counted = facets(db, query)
    assert {k: {c.value: c.count for c in v} for k, v in counted.items()} == slow_facets(
        records, query
    )
    for counts in counted.values():
        assert counts == sorted(counts, key=lambda one: (-(one.count or 0), one.value))
    db.close()


def test_more_than_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit it is said that there are more, and small values are counted still."""
    for module in (total, facets_module):
        monkeypatch.setattr(module, "MOST", 3)
    every = [PENALTY | {"record_id": f"p{n}", "department": "north"} for n in range(4)]
    db = searched([*every, PENALTY | {"record_id": "s", "department": "south"}])
    query = Query(q="晨光")
    assert find(db, query, limit=2).total is None
    counted = facets(db, query)
    assert [asdict(one) for one in counted["department"]] == [
        {"value": "north", "count": None},
        {"value": "south", "count": 1},
    ]
    assert [asdict(one) for one in counted["district"]] == [
        {"value": "北区", "count": None},
        {"value": "南区", "count": 1},
    ]
    assert [one.count for one in counted["year"]] == [None]
    assert [one.count for one in facets(db, Query())["department"]] == [4, 1]


@settings(max_examples=25)
@given(corpora(), corpora(), queries(), st.integers(1, 4), st.booleans(), st.data())
def test_a_place_holds_in_another_release(
    records: list[dict[str, Any]],
    more: list[dict[str, Any]],
    query: Query,
    size: int,
    full: bool,
    data: st.DataObject,
) -> None:
    """What was to come after a page comes, once, when records came or went in between."""
    before = searched(records)
    found = find(before, query, limit=size)
    going = {one["record_id"] for one in records if data.draw(st.booleans())}
    later = [one for one in pages(before, query, 100) if one not in going]
    seen = {hit.record_id for hit in found.hits}
    new = [{**one, "record_id": f"new{one['record_id']}"} for one in more]
    if full:
        kept = [one for one in records if one["record_id"] not in going]
        after = searched([*kept, *new])
    else:
        change(before, [*going, *(one["record_id"] for one in new)], new)
        after = before
    if found.next:
        rest = find(after, query, limit=100, after=found.next).hits
        old = [hit.record_id for hit in rest if not hit.record_id.startswith("new")]
        assert old == [one for one in later if one not in seen]


def words(db: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """Everything that the index of a database holds: each word with its places."""
    db.execute("CREATE VIRTUAL TABLE temp.held USING fts5vocab('main', 'record_fts', 'instance')")
    held = db.execute("SELECT * FROM temp.held").fetchall()
    db.execute("DROP TABLE temp.held")
    return held


@settings(max_examples=25)
@given(corpora(), corpora(), st.data())
def test_a_changed_index_is_as_a_new_one(
    records: list[dict[str, Any]], others: list[dict[str, Any]], data: st.DataObject
) -> None:
    """After records went, came and changed, the tables are those of a release built in full."""
    same = len(records[: len(others)])
    changed = [
        {**new, "record_id": old["record_id"]} for new, old in zip(others, records, strict=False)
    ]
    kept = [one for one in records[same:] if data.draw(st.booleans())]
    new = [{**one, "record_id": f"new{one['record_id']}"} for one in others[same:]]
    after = [one for one in changed if data.draw(st.booleans())]
    db = searched(records)
    change(db, [one["record_id"] for one in (*records, *new)], [*kept, *after, *new])
    fresh = searched([*kept, *after, *new])
    tables = ("SELECT * FROM record ORDER BY 1", "SELECT * FROM record_count ORDER BY 1,2,3,4,5,6")
    for sql in tables:
        assert db.execute(sql).fetchall() == fresh.execute(sql).fetchall()
    of_number = dict(fresh.execute("SELECT record_id, rowid FROM record"))
    numbers = {n: of_number[name] for name, n in db.execute("SELECT record_id, rowid FROM record")}
    attached = "SELECT record_id, rowid FROM fulfilment"
    of_attached = dict(fresh.execute(attached))
    numbers |= {number: of_attached[name] for name, number in db.execute(attached)}
    held = [(word, numbers[number], *rest) for word, number, *rest in words(db)]
    assert sorted(held) == sorted(words(fresh))


def test_nothing_removed_stays(tmp_path: Path) -> None:
    """No word that only a removed record had is in the file."""
    secret = PENALTY | {"record_id": "gone", "party_name": "龘靐齉公司", "facts": "爨癵麤"}
    db = searched([PENALTY, secret, LISTED])
    assert ids(db, Query(q="龘靐")) == ["gone"]
    change(db, ["gone"], [])
    assert ids(db, Query(q="龘靐")) == [] and ids(db, Query(q="晨光食品")) == ["penalty1"]
    db.execute("VACUUM INTO ?", (str(tmp_path / "out.db"),))
    held = (tmp_path / "out.db").read_bytes()
    assert "晨光".encode() in held
    assert not [char for char in "龘靐齉爨癵麤" if char.encode() in held]


def test_suggestions(db: sqlite3.Connection) -> None:
    """Departments, names, numbers, codes and words are offered with their counts, no person."""
    offered = {
        text: [(one.kind, one.text, one.count) for one in suggest(db, text)]
        for text in ("晨光", "示市监罚", "2026", CODE[:9], "market", "明码", "张", "*", "示例")
    }
    firm, other = ("name", FIRM, 1), ("name", LISTED["party_name"], 1)
    number = ("number", PENALTY["document_no"], 1)
    assert offered["晨光"] == [other, firm]
    assert offered["示市监罚"] == []
    assert number in offered["2026"] and len(offered["2026"]) == 3
    assert offered[CODE[:9]] == [("code", LISTED["uscc"], 1), ("code", CODE, 1)]
    assert offered["market"] == [("department", "示例市market局", 1)]
    assert offered["明码"] == [("word", "未明码标价", 1)]
    assert offered["张"] == offered["*"] == []
    assert {kind for kind, _, _ in offered["示例"]} == {"department", "name"}


def test_what_is_suggested_is_found(db: sqlite3.Connection) -> None:
    """The query of each suggestion finds as many records as it says."""
    for text in ("晨光", "2026", CODE[:9], "market", "明码"):
        for one in suggest(db, text):
            assert find(db, one.query, limit=10).total == one.count


@pytest.mark.parametrize(
    ("q", "piece"),
    [
        ("幸福路 改正", ["幸福路", "改正", "改正"]),
        ("幸福路*号销售", ["幸福路***号销售"]),
        ("標明價格", ["标明价格"]),
        ("晨光", []),
    ],
)
def test_snippets(db: sqlite3.Connection, q: str, piece: list[str]) -> None:
    """The part that was searched for is marked, over what is masked too."""
    [hit] = [hit for hit in find(db, Query(q=q), limit=5).hits if hit.type == "penalty"]
    text = "".join(text for text, _ in hit.snippet)
    assert [text for text, wanted in hit.snippet if wanted] == piece
    assert text in {PENALTY["facts"], PENALTY["violation_kind"]}


def test_a_long_text_is_cut() -> None:
    """A snippet shows a part of a long text around what was searched for."""
    facts = "甲" * 300 + "价格" + "乙" * 300
    db = searched([PENALTY | {"facts": facts}])
    [hit] = find(db, Query(q="价格"), limit=1).hits
    text = "".join(text for text, _ in hit.snippet)
    assert len(text) < 100 and text.startswith("…甲") and text.endswith("乙…")
    assert ("价格", True) in hit.snippet


@given(st.text(st.sampled_from("晨光食品*（）A1 "), max_size=20), st.text(max_size=5))
def test_marked_pieces_are_the_text(text: str, q: str) -> None:
    """Nothing of a text is lost between its pieces."""
    assert "".join(piece for piece, _ in marked(text, q)) == text


def test_parameters() -> None:
    """What no filter offers is left out, and what is too long is cut."""
    query = parse(
        {
            "q": " 晨光 ",
            "type": "fulfilment",
            "status": "x",
            "decided_from": "x",
            "sort": "-decided",
        }
    )
    assert query == Query(q="晨光", sort="-decided")
    assert len(parse({"q": "甲" * 999}).q) == 200
    assert parse({"decided_to": "2026-03-01", "type": "penalty"}) == Query(
        decided_to="2026-03-01", type="penalty"
    )
