"""The API described as OpenAPI 3.1, made from the declarations of its endpoints."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from sqlite3 import Connection
from typing import Any

from publish.release.metadata import LICENCE
from publish.serve.api.declare import (
    Column,
    Endpoint,
    Parameter,
)
from publish.serve.api.problem import KIND, ROOT, SORTS

VERSION = "1.0.0"
DESCRIPTION = f"{ROOT}/openapi.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

_ABOUT = (
    "公开记录、公示时效、排名和版本间变更。只能读取，无需注册。\n\n"
    "每个列表地址加 .csv，或用请求头 Accept: text/csv，即得 CSV。翻页请照用 links.next，"
    "版本更替时不会重复或遗漏。出错按 RFC 9457 说明原因和可用的值。\n\n"
    "Public records, how timely they are published, league tables and what changed between "
    "releases. For reading only; no registration.\n\n"
    "Every list comes as CSV under its address with .csv, or with the header Accept: text/csv. To "
    "turn pages, follow links.next: nothing is repeated or skipped when a release follows. Errors "
    "say by RFC 9457 what is wrong and what is allowed."
)
_IN_PATHS = r"^(?!\.{1,2}$)[^/\\%\x00-\x1f\x7f]+$"
"""What may stand in a path; anything else could mean another address."""

EXAMPLES: Mapping[str, str | int] = {
    "q": "公司",
    "type": "penalty",
    "status": "on_time",
    "sort": "-decided",
    "facets": "type,status",
    "name": "timeliness_rate",
    "kind": "objection",
    "days": 7,
    "limit": 10,
}
"""Values of parameters that are good anywhere; the others come from the release."""

_LARGEST = "SELECT uscc FROM entity ORDER BY records DESC, uscc LIMIT 1"
_LEADING: Mapping[str, str] = {
    "uscc": f"SELECT uscc FROM ({_LARGEST})",
    "record_id": f"SELECT record_id FROM record WHERE uscc = ({_LARGEST}) ORDER BY decided DESC",
    "code": "SELECT code FROM department ORDER BY code",
    "list_id": "SELECT list_id FROM credit_list ORDER BY list_id",
}
"""The questions for the others."""


def describe(endpoints: Iterable[Endpoint], examples: Mapping[str, str | int]) -> Schema:
    """The description of the API.

    Args:
        examples: a value for each parameter that has one, by name, taken from the release.
    """
    known = tuple(endpoints)
    given = {**EXAMPLES, **examples}
    schemas = {name: schema for e in known for name, schema in _schemas(e)}
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": {
            "title": "公示 gongshi",
            "version": VERSION,
            "description": _ABOUT,
            "license": {"name": LICENCE[0], "url": LICENCE[1]},
        },
        "servers": [{"url": "/"}],
        "paths": {
            **{ROOT + e.path: {"get": _operation(e, given)} for e in known},
            DESCRIPTION: {"get": _own()},
        },
        "components": {
            "schemas": {**schemas, "Problem": _problem()},
            "headers": _headers(),
            "responses": {sort: _response(sort) for sort in _statuses()},
        },
    }


def read_examples(
    credit: Connection, release: Mapping[str, Any], period: str | None
) -> dict[str, str | int]:
    """Values of parameters that lead to something in a release.

    Args:
        credit: the release's credit.db.
        release: the release's row.
        period: one that has figures, if there is any.
    """
    found = {name: credit.execute(f"{sql} LIMIT 1").fetchone() for name, sql in _LEADING.items()}
    values: dict[str, str | int] = {name: row[0] for name, row in found.items() if row}
    if "code" in values:
        values["department"] = values["code"]
    if period:
        values["period"] = period
    name = release["release"]
    return {**values, "release": name, "since": name, "date": release["as_of"][:10]}


def _operation(endpoint: Endpoint, examples: Mapping[str, str | int]) -> Schema:
    """One endpoint."""
    content: Schema = {
        "application/json": {"schema": {"$ref": f"#/components/schemas/{_answer_name(endpoint)}"}}
    }
    if endpoint.listed:
        content["text/csv"] = {"schema": {"type": "string"}}
    return {
        "operationId": endpoint.name,
        "summary": f"{endpoint.zh} / {endpoint.en}",
        "parameters": [_parameter(endpoint, p, examples) for p in endpoint.all_parameters],
        "responses": {
            "200": {"description": endpoint.en, "headers": _named_headers(), "content": content},
            "304": {"description": "Not modified: the client's copy is good"},
            **{str(s): {"$ref": f"#/components/responses/{s}"} for s in _can_answer(endpoint)},
        },
    }


def _own() -> Schema:
    """The description itself."""
    return {
        "operationId": "describe",
        "summary": "接口说明 / This description",
        "responses": {
            "200": {
                "description": "This description",
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            "304": {"description": "Not modified: the client's copy is good"},
        },
    }


def _parameter(
    endpoint: Endpoint, parameter: Parameter, examples: Mapping[str, str | int]
) -> Schema:
    """One parameter."""
    inside = parameter.name == endpoint.inner
    out: Schema = {
        "name": parameter.name,
        "in": "path" if inside else "query",
        "required": inside or parameter.required,
        "description": f"{parameter.zh} / {parameter.en}",
        "schema": _value_schema(parameter, inside=inside),
    }
    if parameter.many:
        out |= {"style": "form", "explode": False}
    if parameter.name in examples:
        example = examples[parameter.name]
        out["example"] = str(example).split(",") if parameter.many else example
    return out


def _value_schema(parameter: Parameter, *, inside: bool) -> Schema:
    """What a parameter may be."""
    if parameter.kind == "integer":
        limits = {"minimum": parameter.least, "maximum": parameter.most}
        default = {"default": parameter.default} if parameter.default is not None else {}
        return {"type": "integer", **limits, **default}
    if parameter.kind == "date":
        return {"type": "string", "format": "date"}
    one: Schema = {"type": "string"}
    if parameter.values:
        one["enum"] = list(parameter.values)
    else:
        one |= {"maxLength": parameter.most}
        one |= {"minLength": 1} if inside or parameter.required else {}
        one |= {"pattern": _IN_PATHS} if inside else {}
    return {"type": "array", "items": one, "minItems": 1} if parameter.many else one


def _schemas(endpoint: Endpoint) -> Iterator[tuple[str, Schema]]:
    """The schemas of an endpoint's answer by name."""
    name = _row_name(endpoint)
    if endpoint.variants:
        for one, columns in endpoint.variants.items():
            yield f"{name}_{one}", _object(columns, {"type": {"const": one}})
        listed = [{"$ref": f"#/components/schemas/{name}_{one}"} for one in endpoint.variants]
        mapping = {one: f"#/components/schemas/{name}_{one}" for one in endpoint.variants}
        yield name, {"oneOf": listed, "discriminator": {"propertyName": "type", "mapping": mapping}}
    else:
        yield name, _object(endpoint.columns)
    row: Schema = {"$ref": f"#/components/schemas/{name}"}
    yield (
        _answer_name(endpoint),
        {
            "type": "object",
            "required": ["data", "meta", "links"],
            "properties": {
                "data": {"type": "array", "items": row} if endpoint.listed else row,
                "meta": _meta(endpoint),
                "links": _links(endpoint),
            },
        },
    )


def _row_name(endpoint: Endpoint) -> str:
    """What the schema of an endpoint's thing or row is called: getRecord tells of a Record."""
    return endpoint.name.removeprefix("get").removeprefix("list")


def _answer_name(endpoint: Endpoint) -> str:
    """What the schema of an endpoint's whole answer is called."""
    return f"{_row_name(endpoint)}Answer"


def _object(columns: Sequence[Column], known: Mapping[str, Schema] | None = None) -> Schema:
    """An object with columns, all of which are there."""
    properties = {c.name: _column(c) for c in columns}
    for name, more in (known or {}).items():
        properties[name] |= more
    required = [c.name for c in columns if not c.optional]
    return {"type": "object", "required": required, "properties": properties}


def _column(column: Column) -> Schema:
    """What a column may hold."""
    out: Schema = {"type": [column.kind, "null"] if column.nullable else column.kind}
    out["description"] = f"{column.zh} / {column.en}"
    if column.day:
        out["format"] = "date"
    if column.parts:
        inner = _object(column.parts)
        out |= {"items": inner} if column.kind == "array" else inner | {"type": out["type"]}
    return out


def _meta(endpoint: Endpoint) -> Schema:
    """What an answer tells of itself."""
    licence = (
        Column("name", "string", "许可", "licence", nullable=False),
        Column("url", "string", "许可全文", "its text", nullable=False),
    )
    always = (
        Column("release", "string", "发布版本", "release", nullable=False),
        Column("as_of", "string", "数据截至", "moment of the data", nullable=False),
        Column("licence", "object", "数据许可", "licence", nullable=False, parts=licence),
    )
    counted = (
        Column("count", "integer", "本页行数", "rows in this answer", nullable=False),
        Column(
            "total",
            "integer",
            "全部行数；超过一万或未计数时为空",
            "rows on all pages; null if more than 10,000, or not counted",
        ),
    )
    return _object((*always, *(counted if endpoint.listed else ()), *endpoint.meta))


def _links(endpoint: Endpoint) -> Schema:
    """Where an answer leads."""
    own = Column("self", "string", "本答复的地址", "the address of this answer", nullable=False)
    following = Column("next", "string", "下一页；末页为空", "the next page; null on the last")
    out = _object((own, following) if endpoint.listed else (own,))
    return out | {"additionalProperties": {"type": "string"}} if not endpoint.listed else out


def _can_answer(endpoint: Endpoint) -> Iterator[int]:
    """The statuses of the problems that an endpoint can answer with."""
    yield 400
    if endpoint.missing:
        yield 404
    if endpoint.gone:
        yield 410
    if endpoint.query:
        yield 422
    yield 429
    yield 503


def _statuses() -> list[str]:
    """The statuses of all problems."""
    return sorted({str(sort.status) for sort in SORTS.values()})


def _response(status: str) -> Schema:
    """An answer that says what is wrong."""
    return {
        "description": HTTPStatus(int(status)).phrase,
        "content": {KIND: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _problem() -> Schema:
    """What is wrong, by RFC 9457."""
    fault = (
        Column("parameter", "string", "参数", "the parameter", nullable=False),
        Column("detail", "string", "问题（英文）", "what is wrong with it", nullable=False),
        Column("detail_zh", "string", "问题", "the same in Chinese", nullable=False),
    )
    told = _object(
        (
            Column("type", "string", "问题种类的地址", "address of the sort", nullable=False),
            Column("title", "string", "问题种类（英文）", "sort of problem", nullable=False),
            Column("status", "integer", "状态码", "status", nullable=False),
            Column("detail", "string", "说明（英文）", "what is wrong, what to do", nullable=False),
            Column("title_zh", "string", "问题种类", "the sort in Chinese", nullable=False),
            Column("detail_zh", "string", "说明", "the same in Chinese", nullable=False),
        )
    )
    errors = Column("errors", "array", "各参数的问题", "what is wrong with parameters", parts=fault)
    told["properties"]["errors"] = _column(errors)
    return told


def _headers() -> Schema:
    """The headers that answers have."""
    return {
        "ETag": {
            "description": "Changes with the release and the request; send it as If-None-Match",
            "schema": {"type": "string"},
        },
        "X-Release": {"description": "The release that answers", "schema": {"type": "string"}},
    }


def _named_headers() -> Schema:
    """References to them."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in _headers()}
