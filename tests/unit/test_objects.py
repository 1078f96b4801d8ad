"""JSON: records whatever stands around them, and no value lost."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publish.errors import GongshiError, ProblemError
from publish.handin.read import read

ROWS = [{"名称": "示例甲", "文号": "1"}, {"名称": "示例乙", "文号": "2"}]
TABLE = [["名称", "文号"], ["示例甲", "1"], ["示例乙", "2"]]


def cells(path: Path, content: str) -> list[list[str]]:
    """The rows of a JSON file."""
    path.write_text(content, "utf-8")
    (sheet,) = read(path)
    return [row for _, row in sheet.rows]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "around",
    [
        ROWS,
        {"data": ROWS},
        {"code": 0, "msg": "ok", "data": {"total": 2, "list": ROWS, "empty": []}},
        {"meta": {"columns": ["名称", "文号"]}, "rows": ROWS},
    ],
)
def test_the_one_array_of_records_is_found(
    around: object, indent: int | None, tmp_path: Path
) -> None:
    """An array of objects is read on its own or within objects, in one line or in many."""
    content = json.dumps(around, ensure_ascii=False, indent=indent)
    assert cells(tmp_path / "rows.json", content) == TABLE


@pytest.mark.parametrize("indent", [None, 2])
def test_a_single_object_is_one_record(indent: int | None, tmp_path: Path) -> None:
    """An object without an array of objects is a record itself."""
    content = json.dumps(ROWS[0] | {"kinds": ["警告", "罚款"]}, indent=indent)
    assert cells(tmp_path / "one.json", content) == [
        ["名称", "文号", "kinds"],
        ["示例甲", "1", "警告;罚款"],
    ]


def test_several_arrays_are_named(tmp_path: Path) -> None:
    """Where it cannot be told which array is meant, all are named."""
    content = json.dumps({"licences": ROWS, "more": {"penalties": ROWS}})
    with pytest.raises(ProblemError, match=r"licences, more\.penalties"):
        cells(tmp_path / "two.json", content)


def test_objects_within_objects_are_columns(tmp_path: Path) -> None:
    """Nested values stand below dotted names; lists of objects stay JSON."""
    content = json.dumps([{"a": {"b": {"c": 1}, "d": {}}, "e": [{"f": 2}]}])
    assert cells(tmp_path / "deep.json", content) == [
        ["a.b.c", "a.d", "e"],
        ["1", "{}", '[{"f":2}]'],
    ]


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ('[{"x": 1}, {"x": 1, "x": 2}]', "第2项"),
        ('{"y": 1}\n\n{"x": 1, "x": 1}', "第3项"),
        ('[{"a": {"x": 1, "x": 2}}]', "第1项"),
        ('[{"a": [{"x": 1, "x": 2}]}]', "第1项"),
        ('{"data": [{"y": 1}], "x": 1, "x": 2}', "第1项"),
        ('{"data": [{"y": 1}, {"x": 1, "x": 2}]}', "第1项"),
        ('[{"x.y": 1, "x": {"y": 2}}]', "第1项"),
    ],
)
def test_no_key_may_stand_twice(content: str, where: str, tmp_path: Path) -> None:
    """A key that stands twice is an error with its place: one value would be lost."""
    with pytest.raises(ProblemError, match=where):
        cells(tmp_path / "twice.json", content)


def test_numbers_keep_their_digits(tmp_path: Path) -> None:
    """Codes that were written as numbers lose nothing, however many digits they have."""
    content = '[{"a": 919901000000000073, "b": 123456789012345678901234567890, "c": 1.50}]'
    (_, row) = cells(tmp_path / "numbers.json", content)
    assert row == ["919901000000000073", "123456789012345678901234567890", "1.5"]


BROKEN = {
    "too deep for a parser": ('[{"a": ' + "[" * 5000 + "]" * 5000 + "}]", "不是有效的JSON|嵌套"),
    "too deep for a cell": ('[{"a": ' + "[" * 300 + "]" * 300 + "}]", "嵌套超过16层"),
    "a number of 5,000 digits": ('[{"a": ' + "9" * 5000 + "}]", "不是有效的JSON|数字太长"),
    "half a surrogate": ('[{"a": "\\ud800"}]', "不是有效的JSON"),
    "no number": ('[{"a": NaN}]', "不是有效的JSON"),
    "an object cut off": ('{"data": [{"a": 1},', "不是有效的JSON"),
    "text after the end": ('[{"a": 1}] x', "不是有效的JSON"),
    "a line that is no object": ('{"a": 1}\n[1]\n', "第 2 项不是对象"),
    "a line cut off": ('{"a": 1}\n{"a": 2\n', "第 2 行不是有效的JSON"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_json_is_one_error(name: str, tmp_path: Path) -> None:
    """Whatever is wrong is an error of the file with a reason."""
    content, reason = BROKEN[name]
    with pytest.raises(ProblemError, match=reason):
        cells(tmp_path / "broken.json", content)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


@given(st.one_of(ANY, st.lists(st.dictionaries(st.text(max_size=3), ANY), max_size=4)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_json_is_rows_or_an_error(tmp_path: Path, value: object) -> None:
    """Any JSON is read as rows of one width, or is an error in both languages."""
    path = tmp_path / "any.json"
    path.write_text(json.dumps(value), "utf-8")
    try:
        rows = [row for sheet in read(path) for _, row in sheet.rows]
    except GongshiError as error:
        assert error.zh and error.en
    else:
        assert len({len(row) for row in rows}) <= 1 or not isinstance(value, dict | list)
