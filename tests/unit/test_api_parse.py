"""What a request asks for: parameters as declared, everything else refused by name."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.serve.api.declare import Asked, Column, Endpoint, Listed, Parameter
from publish.serve.api.parse import next_query, parse
from publish.serve.api.problem import RequestError

SHELF = Endpoint(
    "listBooks",
    "/shelves/{shelf}",
    "书",
    "Books",
    lambda _databases, _release, _asked: Listed([]),
    (Column("title", "string", "书名", "title"),),
    (
        Parameter("shelf", "书架", "shelf"),
        Parameter("q", "检索词", "words", most=5),
        Parameter("kind", "种类", "kind", values=("novel", "law")),
        Parameter("counts", "计数", "counts", values=("kind", "year"), many=True),
        Parameter("since", "起", "from", "date"),
        Parameter("size", "大小", "size", "integer", default=3, least=1, most=9),
    ),
)
VALUES = st.one_of(
    st.integers(-(2**60), 2**60),
    st.text(max_size=20),
    st.floats(allow_nan=False, allow_infinity=False),
)


def ask(query: str) -> Asked:
    """What a query asks the shelf for."""
    return parse(SHELF, query.encode(), "a")


def refused(query: str) -> RequestError:
    """The problem with a query."""
    with pytest.raises(RequestError) as caught:
        ask(query)
    return caught.value


def test_all_parameters() -> None:
    """Each parameter means what it is declared to mean; what is not given has its default."""
    asked = ask("q=%E4%B9%A6&kind=law&counts=year,kind&since=2026-02-28&limit=7")
    assert (asked["shelf"], asked["q"], asked["kind"]) == ("a", "书", "law")
    assert asked["counts"] == ("year", "kind")
    assert (asked["since"], asked["size"], asked["limit"]) == ("2026-02-28", 3, 7)
    assert ask("")["kind"] is None


@pytest.mark.parametrize(
    ("query", "code", "named"),
    [
        ("colour=red", "unknown_parameter", "colour"),
        ("shelf=b", "unknown_parameter", "shelf"),
        ("q=a&q=b", "repeated_parameter", "q"),
        ("q=123456", "wrong_value", "q"),
        ("kind=comic", "wrong_value", "kind"),
        ("kind=", "wrong_value", "kind"),
        ("counts=kind,colour", "wrong_value", "counts"),
        ("counts=", "wrong_value", "counts"),
        ("since=2026-02-30", "wrong_value", "since"),
        ("since=20260228", "wrong_value", "since"),
        ("since=2026-W09-6", "wrong_value", "since"),
        ("size=0", "wrong_value", "size"),
        ("size=10", "wrong_value", "size"),
        ("size=3.0", "wrong_value", "size"),
        ("size=%D9%A3", "wrong_value", "size"),
        ("limit=1001", "wrong_value", "limit"),
        ("cursor=abc", "wrong_value", "cursor"),
    ],
)
def test_refused_by_name(query: str, code: str, named: str) -> None:
    """A request that cannot be meant is refused, saying which parameter is wrong and why."""
    problem = refused(query)
    assert problem.code == code
    assert [error["parameter"] for error in problem.more["errors"]] == [named]
    assert named in problem.zh and named in problem.en


def test_all_faults_at_once() -> None:
    """Everything that is wrong is told at once, with what is allowed."""
    problem = refused("colour=red&kind=comic")
    assert problem.code == "unknown_parameter"
    unknown, wrong = problem.more["errors"]
    assert "kind" in unknown["allowed"] and "cursor" in unknown["allowed"]
    assert wrong["allowed"] == ["novel", "law"]


def test_required() -> None:
    """A parameter that must be given is asked for, and blanks do not count."""
    endpoint = Endpoint(
        "getBook",
        "/book",
        "书",
        "Book",
        SHELF.ask,
        SHELF.columns,
        (Parameter("q", "检索词", "words", required=True),),
        listed=False,
    )
    for query in (b"", b"q=", b"q=%20"):
        with pytest.raises(RequestError) as caught:
            parse(endpoint, query)
        assert caught.value.code == "missing_parameter"


@given(st.lists(VALUES, min_size=1, max_size=5), st.text(max_size=5))
def test_cursor_comes_back(place: list[Any], words: str) -> None:
    """A cursor gives back the place that it was made of, to the same question with any limit."""
    query = urlencode({"q": words, "limit": "7"})
    following = next_query(SHELF, query.encode(), "a", place)
    asked = ask(following)
    assert asked.after == place
    assert (asked["q"], asked["limit"]) == (words, 7)
    larger = dict(parse_qsl(following, keep_blank_values=True)) | {"limit": "9"}
    assert ask(urlencode(larger)).after == place


@given(st.lists(VALUES, min_size=1, max_size=3))
def test_cursor_of_another_question(place: list[Any]) -> None:
    """A cursor of one question is refused by any other, lest rows be skipped unseen."""
    following = next_query(SHELF, b"q=a", "a", place).replace("q=a", "q=b")
    assert refused(following).code == "wrong_value"
    with pytest.raises(RequestError):
        parse(SHELF, next_query(SHELF, b"q=a", "a", place).encode(), "another shelf")


@given(st.text(max_size=40))
def test_any_cursor(cursor: str) -> None:
    """Whatever stands for a cursor is refused as such, never a failure."""
    if cursor:
        problem = refused(urlencode({"cursor": cursor}))
        assert problem.more["errors"][0]["parameter"] == "cursor"


@given(st.binary(max_size=60))
def test_any_query(query: bytes) -> None:
    """Whatever is asked is understood or refused, never a failure."""
    try:
        parse(SHELF, query, "a")
    except RequestError as problem:
        assert problem.more["errors"]
