"""Folding, pairs of characters and queries, tried in a real full-text table."""

import re
import sqlite3
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from publish.search.fold import fold, highlight, index_text, match_query

HAN = "示例市监罚食品安全生产经营〇々𠮷龘"
TEXTS = st.text(st.sampled_from(HAN + "09azA  ，。〔〕（）[]-/·"), max_size=40)


@pytest.fixture(scope="module")
def connection() -> Iterator[sqlite3.Connection]:
    """Open a contentless table like that of the public database."""
    opened = sqlite3.connect(":memory:")
    opened.execute("CREATE VIRTUAL TABLE found USING fts5(words, content='', tokenize='ascii')")
    yield opened
    opened.close()


def finds(connection: sqlite3.Connection, query: str, text: str) -> bool:
    """Index one text and say whether the query finds it."""
    expression = match_query(query)
    if expression is None:
        return False
    connection.execute("INSERT INTO found (rowid, words) VALUES (1, ?)", [index_text(text)])
    try:
        hits = connection.execute("SELECT rowid FROM found WHERE found MATCH ?", [expression])
        return hits.fetchall() == [(1,)]
    finally:
        connection.execute("INSERT INTO found (found) VALUES ('delete-all')")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("示市监罚〔2026〕123号", "示市监罚 2026 123号"),
        ("示市監罰［２０２６］１２３號", "示市监罚 2026 123号"),
        ("  ＡＢＣ，（甲）  乙。", "abc 甲 乙"),
        ("薴", "苎"),
        ("著衞敍覆瞭藉伕簷枱俱像澂濬彷揹", "着卫叙复了借夫檐台具象澄浚仿背"),
        ("㈱①㎡Ⅳ", "株 1m2iv"),
        ("STRASSE Straße", "strasse strasse"),
        ("cafe\u0301 café", "café café"),
        ("葛\U000e0100城\u200b示\u00ad例", "葛城示例"),
        ("\U000323af𠮷", "\U000323af𠮷"),
        ("a_b*c\x00d\ud800e😀f", "a b c d e f"),
        ("", ""),
        ("〔〕", ""),
    ],
)
def test_what_is_written_differently_folds_alike(text: str, folded: str) -> None:
    """Width, case, script, brackets and invisible characters make no difference."""
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    """Folded text has single spaces between letters, digits and marks, and folds to itself."""
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert fold(folded) == folded
    assert not {unicodedata.category(char)[0] for char in folded.replace(" ", "")} & {"P", "S", "Z"}


@given(st.text(), st.text())
def test_a_neighbour_does_not_change_how_a_text_folds(text: str, other: str) -> None:
    """Beside a traditional character the long way is taken, and gives the same."""
    assert fold(f"{text} 國 {other}").split() == [*fold(text).split(), "国", *fold(other).split()]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("示例市", "示例 例市 市"),
        ("号", "号"),
        ("示监罚〔2026〕12号", "示监 监罚 罚 2026 12 号"),
        ("A座B1-2", "a 座 b1 2"),
        ("100%s%%", "100 s"),
        ("𠮷田屋", "𠮷田 田屋 屋"),
        ("Straße", "strasse"),
        ("", ""),
        ("，。", ""),
    ],
)
def test_tokens(text: str, tokens: str) -> None:
    """Each run of Chinese characters gives its pairs and its last character; others one token."""
    assert index_text(text).split() == tokens.split()


@pytest.mark.parametrize(
    ("query", "expression"),
    [
        ("示例市", '"示例 例市"'),
        ("示例　幸福", '"示例" AND "幸福"'),
        ("示例 示例", '"示例"'),
        ("号", '"号"*'),
        ("第123号", '"第 123 号"*'),
        ("示监罚2026号", '"示监 监罚 罚 2026"'),
        ("AB", '"ab"'),
        ("ABC", '"abc"*'),
        ("91990000MA5K7Q3D2", '"91990000ma5k7q3d2"*'),
        ("91990000MA5K7Q3D2G", '"91990000ma5k7q3d2g"'),
        ("罚〔2026〕", '"罚 2026"*'),
        ('"示例" OR 甲*', '"示例" AND "or" AND "甲"*'),
        ("名:示例", '"名 示例"'),
        ("", None),
        ("*()\"' 〔〕 😀", None),
    ],
)
def test_expressions(query: str, expression: str | None) -> None:
    """Terms are phrases, all needed; the last token is a prefix only where it may go on."""
    assert match_query(query) == expression


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("示例市幸福食品有限公司", "福食"),
        ("示市監罰〔2026〕123號", "示市监罚(2026)123号"),
        ("示市监罚〔2026〕123号", "示市監罰【２０２６】１２３號"),
        ("示市监罚〔2026〕123号", "监罚[2026"),
        ("示市监罚〔2026〕123号", "123"),
        ("ＡＢＣ科技", "abc科"),
        ("于2026年作出", "年作"),
        ("衛生许可", "卫生許可"),
        ("张*", "张"),
        ("91990000MA5K7Q3D2G", "91990000ma5k"),
        ("幸福路12号 示例市", "示例 幸福"),
    ],
)
def test_variants_find_each_other(connection: sqlite3.Connection, text: str, query: str) -> None:
    """Traditional and simplified, wide and narrow, any brackets: all are one to the search."""
    assert finds(connection, query, text)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("示例市", "例示"),
        ("示例，市监", "例市"),
        ("示市监罚〔2026〕123号", "026"),
        ("示例 幸福", "示例 幸运"),
        ("2026123号", "2026〕123"),
    ],
)
def test_what_is_not_there_is_not_found(
    connection: sqlite3.Connection, text: str, query: str
) -> None:
    """Pairs in order make a phrase: no other order, nothing across a gap, no middle of a number."""
    assert not finds(connection, query, text)


@given(TEXTS, st.data())
def test_any_part_of_a_text_finds_it(
    connection: sqlite3.Connection, text: str, data: st.DataObject
) -> None:
    """A query cut out of a text finds it, across punctuation and spaces too.

    It may begin anywhere but within a number or word, and end within one of three characters.
    """
    start = data.draw(st.integers(0, len(text)))
    query = text[start : data.draw(st.integers(start, len(text)))]
    assume(match_query(query) is not None)
    assume(not re.search("[0-9a-zA-Z]$", text[:start]) or not re.match("[0-9a-zA-Z]", query))
    cut = re.search("[0-9a-zA-Z]+$", query)
    goes_on = re.match("[0-9a-zA-Z]", text[start + len(query) :])
    assume(not (cut and goes_on) or 3 <= len(cut[0]) <= 17)
    assert finds(connection, query, text)


@given(st.text(), st.text())
def test_no_query_is_an_error(connection: sqlite3.Connection, text: str, query: str) -> None:
    """Whatever is typed is either nothing to search for or an expression that SQLite takes."""
    found = finds(connection, query, text)
    assert (match_query(query) is None) == (fold(query) == "")
    assert not found or set(fold(query)) - {" "} <= set(fold(text))


@pytest.mark.parametrize(
    "query", ["甲 " * 1000, "甲乙" * 50000, "a " + "(" * 9999, "AND NOT NEAR(a)"]
)
def test_long_and_odd_queries_are_no_error(connection: sqlite3.Connection, query: str) -> None:
    """Length and FTS5's own words make no difference."""
    assert not finds(connection, query, "示例市")


def test_more_terms_than_sqlite_can_nest_are_ignored(connection: sqlite3.Connection) -> None:
    """Of a thousand different terms the first are searched for."""
    words = [f"词{number}" for number in range(1000)]
    assert finds(connection, " ".join(words), " ".join(words[:32]))


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("示例市監罰〔２０２６〕123号", "监罚(2026)12", ["監罰〔２０２６〕12"]),
        ("幸福食品，食品幸福", "幸福 食品", ["幸福", "食品", "食品", "幸福"]),
        ("㎡甲", "m2甲", ["㎡甲"]),
        ("示\u200b例市", "示例", ["示\u200b例"]),
        ("示例市", "()", []),
        ("示例市", "乙", []),
    ],
)
def test_highlighted_places(text: str, query: str, marked: list[str]) -> None:
    """The places are those of the original, however it writes what was searched for."""
    assert [text[start:end] for start, end in highlight(text, query)] == marked


@given(TEXTS, st.data())
def test_a_part_of_a_text_is_highlighted(text: str, data: st.DataObject) -> None:
    """A query of one term that was cut out of a text has a place there that folds to it."""
    start = data.draw(st.integers(0, len(text)))
    query = text[start : data.draw(st.integers(start, len(text)))]
    assume(fold(query) and len(query.split()) == 1)
    places = [fold(text[first:last]) for first, last in highlight(text, query)]
    assert fold(query).replace(" ", "") in [place.replace(" ", "") for place in places]


@given(TEXTS, st.data())
def test_a_plain_text_is_highlighted_as_any_other(text: str, data: st.DataObject) -> None:
    """A text that needs no folding is looked through as it is: the places are the same."""
    start = data.draw(st.integers(0, len(text)))
    query = text[start : data.draw(st.integers(start, min(len(text), start + 4)))]
    folded = [place for place in highlight(f"{text} ㎡", query) if place[1] <= len(text)]
    assert highlight(text, query) == folded
