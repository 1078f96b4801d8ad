"""What a request asks for: its parameters read as they are declared, anything else refused."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import blake2b
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from publish.serve.api.declare import CURSOR, Asked, Endpoint, Parameter, Place
from publish.serve.api.problem import Fault, wrong

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE = re.compile(r"-?[0-9]{1,9}")
_UNLISTED = 12
"""More values than these are not repeated in the sentence; programs find them beside it."""
_GREATEST = 1 << 62

Given = Mapping[str, str]


def parse(endpoint: Endpoint, query_string: bytes, inner: str = "") -> Asked:
    """What a request asks an endpoint for.

    Args:
        inner: the value of the parameter in the path.

    Raises:
        RequestError: naming every parameter that is wrong, and what is allowed.
    """
    pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)
    declared = {p.name: p for p in endpoint.query}
    faults = [*_refused(pairs, declared)]
    given = dict(pairs)
    values: dict[str, Any] = {endpoint.inner: inner} if endpoint.inner else {}
    for name, parameter in declared.items():
        fault, value = _value(parameter, given.get(name))
        values[name] = value
        faults += [fault] if fault else []
    after = None
    if values.get(CURSOR.name) and not faults:
        after = _read_cursor(values[CURSOR.name], _mark(endpoint, given, inner))
        faults += [] if after else [wrong_cursor()]
    if faults:
        raise wrong(faults)
    return Asked(values, after)


def next_query(endpoint: Endpoint, query_string: bytes, inner: str, place: Place) -> str:
    """The query of the page that begins after a place."""
    given = dict(parse_qsl(query_string.decode("latin-1"), keep_blank_values=True))
    body = orjson.dumps([_mark(endpoint, given, inner), *place])
    cursor = urlsafe_b64encode(body).decode().rstrip("=")
    return urlencode({**given, CURSOR.name: cursor})


def _refused(pairs: list[tuple[str, str]], declared: Mapping[str, Parameter]) -> Iterator[Fault]:
    """The parameters that the endpoint does not have, and those given twice."""
    for name, count in Counter(name for name, _ in pairs).items():
        if name not in declared:
            yield Fault(
                name,
                "unknown_parameter",
                f"没有参数 {name}。可用：{'、'.join(declared) or '无'}。",
                f"There is no parameter {name}. There are: {', '.join(declared) or 'none'}.",
                tuple(declared),
            )
        elif count > 1:
            yield Fault(
                name,
                "repeated_parameter",
                f"参数 {name} 只能写一次。",
                f"The parameter {name} may stand once only.",
            )


def _value(parameter: Parameter, text: str | None) -> tuple[Fault | None, Any]:
    """What is wrong with a parameter, and what it means."""
    if text is None:
        return (_missing(parameter) if parameter.required else None), parameter.default
    read = {"text": _text, "date": _day, "integer": _whole}[parameter.kind]
    return read(parameter, text)


def _text(parameter: Parameter, text: str) -> tuple[Fault | None, Any]:
    """A text, one of the values, or several of them."""
    if parameter.many:
        parts = tuple(dict.fromkeys(text.split(",")))
        return (
            None if parameter.values and {*parts} <= {*parameter.values} else _outside(parameter)
        ), parts
    if parameter.values and text not in parameter.values:
        return _outside(parameter), text
    if len(text) > parameter.most:
        return (
            _wrong(
                parameter,
                f"最多 {parameter.most} 个字符。",
                f"must have at most {parameter.most} characters.",
            ),
            text,
        )
    if parameter.required and not text.strip():
        return _missing(parameter), text
    return None, text


def _day(parameter: Parameter, text: str) -> tuple[Fault | None, Any]:
    """A day."""
    try:
        if _DAY.fullmatch(text):
            return None, date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    return (
        _wrong(
            parameter,
            "应为日期，写作 2026-02-26。",
            "must be a day that exists, written 2026-02-26.",
        ),
        text,
    )


def _whole(parameter: Parameter, text: str) -> tuple[Fault | None, Any]:
    """A whole number within its limits."""
    least, most = parameter.least, parameter.most
    if _WHOLE.fullmatch(text) and least <= int(text) <= most:
        return None, int(text)
    return (
        _wrong(
            parameter,
            f"应为 {least} 到 {most} 的整数。",
            f"must be a whole number from {least} to {most}.",
        ),
        text,
    )


def _outside(parameter: Parameter) -> Fault:
    """A value that is none of those allowed."""
    values = parameter.values
    shown = values if len(values) <= _UNLISTED else (*values[:_UNLISTED], "…")
    return _wrong(
        parameter,
        f"应为：{'、'.join(shown)}。",
        f"must be {'some' if parameter.many else 'one'} of: {', '.join(shown)}.",
    )._replace(allowed=values)


def _missing(parameter: Parameter) -> Fault:
    """A parameter that must be given."""
    return Fault(
        parameter.name,
        "missing_parameter",
        f"必须给出参数 {parameter.name}（{parameter.zh}）。",
        f"The parameter {parameter.name} ({parameter.en}) must be given.",
    )


def _wrong(parameter: Parameter, zh: str, en: str) -> Fault:
    """A value that cannot be meant."""
    name = parameter.name
    return Fault(name, "wrong_value", f"参数 {name} {zh}", f"The parameter {name} {en}")


def wrong_cursor() -> Fault:
    """A cursor of another question, or none at all."""
    return _wrong(
        CURSOR,
        "不是这个查询的游标。请照用 links.next 的地址，不要改动其他参数。",
        "is no cursor of this query. Use the address in links.next as it is, with the other "
        "parameters unchanged.",
    )


def _mark(endpoint: Endpoint, given: Given, inner: str) -> str:
    """What tells one question from another, whatever its pages' size."""
    kept = {k: v for k, v in given.items() if k not in {"limit", CURSOR.name}}
    asked = orjson.dumps([endpoint.name, inner, kept], option=orjson.OPT_SORT_KEYS)
    return blake2b(asked, digest_size=6).hexdigest()


def _read_cursor(text: str, mark: str) -> Place | None:
    """The place that a cursor names; None if it is not one of this question's."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        found = orjson.loads(urlsafe_b64decode(padded))
    except ValueError:
        return None
    if not isinstance(found, list) or len(found) < 2 or found[0] != mark:
        return None
    place = found[1:]
    return place if all(map(_in_order, place)) else None


def _in_order(value: object) -> bool:
    """Whether a value can stand in a place."""
    if isinstance(value, int):
        return type(value) is int and abs(value) < _GREATEST
    return isinstance(value, str | float)
