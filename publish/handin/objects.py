"""JSON → rows: arrays of objects, one object a line, or an object around the one array.

Objects within objects become columns of their own, ``party.name`` for ``{"party": {"name": …}}``.
A key that stands twice in one object is an error: every reader would keep one value and lose the
other.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from publish.errors import ProblemError
from publish.handin.findings import refusal, shorten
from publish.handin.workbook import Row, as_text

MAX_ARRAY = 256 << 20
"""The most bytes that an array, or an object around one, may have."""
DEEPEST = 16
"""How many objects and arrays may stand within one another."""

_SPACE = "\ufeff \t\r\n"


class _Twice(dict[str, Any]):
    """An object in which a key stands twice.

    Attributes:
        key: the first such key.
    """

    key: str


def array_rows(path: Path, encoding: str) -> Iterator[Row]:
    """The objects of a JSON array, counted from 1, below their keys."""
    return _numbered(path, _parsed(path, 1, _small_text(path, encoding)))


def object_rows(path: Path, encoding: str) -> Iterator[Row]:
    """The objects of a JSON Lines file with their lines, or of the one array in a single object."""
    if _is_one_object(path, encoding):
        whole = _parsed(path, 1, _small_text(path, encoding))
        found = dict(_arrays("", _sound(path, 1, whole)))
        if len(found) > 1:
            raise refusal("json_several_arrays", file=path, names=shorten(", ".join(found)))
        return _numbered(path, next(iter(found.values()), [whole]))

    def objects() -> Iterator[tuple[int, dict[str, str]]]:
        for line, text in _lines(path, encoding):
            yield line, _cells(path, line, _parsed(path, line, text))

    return _rows(objects)


def _small_text(path: Path, encoding: str) -> str:
    """All of a file that is read in one piece."""
    if path.stat().st_size > MAX_ARRAY:
        raise ProblemError(
            f"{path} 是超过256 MiB的JSON。请改用JSON Lines（每行一个对象）或者csv。",
            f"{path} is JSON of over 256 MiB. Use JSON Lines (one object a line) or csv.",
        )
    return path.read_text(encoding).strip(_SPACE)


def _lines(path: Path, encoding: str) -> Iterator[tuple[int, str]]:
    """The lines that are not blank."""
    with path.open(encoding=encoding) as file:
        for line, text in enumerate(file, start=1):
            if content := text.strip(_SPACE):
                yield line, content


def _is_one_object(path: Path, encoding: str) -> bool:
    """Whether a file is one object, in one line or in many, and no object is a line of its own."""
    lines = _lines(path, encoding)
    _, first = next(lines)
    try:
        orjson.loads(first)
    except orjson.JSONDecodeError:
        return not first.endswith("}")
    return next(lines, None) is None


def _arrays(name: str, value: dict[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """The arrays of objects in an object, below dotted names."""
    for key, one in value.items():
        dotted = f"{name}.{key}" if name else key
        if isinstance(one, dict):
            yield from _arrays(dotted, one)
        elif isinstance(one, list) and one and all(isinstance(item, dict) for item in one):
            yield dotted, one


def _numbered(path: Path, items: list[Any]) -> Iterator[Row]:
    """Items as rows, counted from 1."""
    return _rows(lambda: ((n, _cells(path, n, item)) for n, item in enumerate(items, 1)))


def _rows(objects: Callable[[], Iterable[tuple[int, dict[str, str]]]]) -> Iterator[Row]:
    """Objects as rows below one header that has every key."""
    keys = list(dict.fromkeys(key for _, one in objects() for key in one))
    yield 0, keys
    for number, one in objects():
        cells = [one.get(key, "") for key in keys]
        if any(map(str.strip, cells)):
            yield number, cells


def _cells(path: Path, number: int, item: object) -> dict[str, str]:
    """The cells of one object by heading."""
    pairs = list(_flat("", _sound(path, number, item)))
    cells = dict(pairs)
    if len(cells) < len(pairs):
        raise refusal("json_key_twice", file=path, number=number, key=shorten(_repeated(pairs)))
    return cells


def _flat(name: str, value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The values of an object as text, those of objects within it below dotted names."""
    for key, one in value.items():
        dotted = f"{name}.{key}" if name else key
        if isinstance(one, dict) and one:
            yield from _flat(dotted, one)
        else:
            yield dotted, as_text(one)


def _sound(path: Path, number: int, item: object) -> dict[str, Any]:
    """An object that can be read without losing anything."""
    if not isinstance(item, dict):
        raise ProblemError(
            f"{path} 第 {number} 项不是对象。应为对象的数组，或者每行一个对象。",
            f"{path} item {number} is no object. Give an array of objects, or one object a line.",
        )
    for depth, one in _within(item, 1):
        if depth > DEEPEST:
            raise ProblemError(
                f"{path} 第 {number} 项嵌套超过{DEEPEST}层。请改成每个字段一个值。",
                f"{path} item {number} is nested more than {DEEPEST} deep. Give each field one "
                "value.",
            )
        if isinstance(one, _Twice):
            raise refusal("json_key_twice", file=path, number=number, key=shorten(one.key))
    return item


def _within(value: object, depth: int) -> Iterator[tuple[int, object]]:
    """All objects and arrays in one another with their depth, down to one too deep."""
    if isinstance(value, dict | list):
        yield depth, value
        if depth <= DEEPEST:
            for one in value.values() if isinstance(value, dict) else value:
                yield from _within(one, depth + 1)


def _parsed(path: Path, line: int, text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """A JSON value by the standard; keys that stand twice are marked, numbers keep all digits."""
    try:
        orjson.loads(text)
        return json.loads(text, object_pairs_hook=_pairs)
    except orjson.JSONDecodeError as error:
        raise ProblemError(
            f"{path} 第 {line + error.lineno - 1} 行不是有效的JSON：{error}",
            f"{path} line {line + error.lineno - 1} is not valid JSON: {error}",
        ) from error
    except (RecursionError, ValueError) as error:  # too deep, or a number of thousands of digits
        raise ProblemError(
            f"{path} 第 {line} 行起的JSON嵌套太深，或者数字太长。",
            f"{path} has JSON nested too deep, or a number too long, from line {line} on.",
        ) from error


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, marked if a key stands twice in it."""
    whole = dict(pairs)
    if len(whole) == len(pairs):
        return whole
    marked = _Twice(whole)
    marked.key = _repeated(pairs)
    return marked


def _repeated(pairs: list[tuple[str, Any]]) -> str:
    """The first key that stands twice."""
    return next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
