"""What the API promises: the names and types of everything that goes in and comes out.

``python -m tests.contract`` writes the kept copy anew. That is a decision: what is added must stay,
and what is kept must not change while the API is called v1; see docs/decisions/0022-*.md.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from publish.serve.api.endpoints import ENDPOINTS
from publish.serve.api.openapi import describe

KEPT = Path(__file__).parent / "fixtures/api/v1.json"

Node = Mapping[str, Any]


def promised() -> dict[str, str]:
    """Every name of the API, as a path, with its type."""
    described = describe(ENDPOINTS, {})
    return dict(sorted(_all(described)))


def _all(described: Node) -> Iterator[tuple[str, str]]:
    """The names of all addresses."""
    for path, methods in described["paths"].items():
        for parameter in methods["get"].get("parameters", ()):
            need = "required" if parameter["required"] else "optional"
            kind = _kind(parameter["schema"])
            yield f"{path} ? {parameter['name']}", f"{need} {kind}"
        for status, answer in methods["get"]["responses"].items():
            yield (
                f"{path} {status}",
                ", ".join(sorted(_resolved(described, answer).get("content", ()))),
            )
            for media, content in _resolved(described, answer).get("content", {}).items():
                yield from _inside(described, f"{path} {status} {media}", content["schema"])


def _inside(described: Node, name: str, schema: Node) -> Iterator[tuple[str, str]]:
    """The names in a part of an answer."""
    schema = _resolved(described, schema)
    for one in schema.get("oneOf", ()):
        yield from _inside(described, f"{name} [{one['$ref'].rpartition('/')[2]}]", one)
    for key, value in schema.get("properties", {}).items():
        inner = _resolved(described, value)
        need = "always" if key in schema.get("required", ()) else "at times"
        yield f"{name}.{key}", f"{need} {_kind(inner)}"
        yield from _inside(described, f"{name}.{key}", inner)
    if "items" in schema:
        yield from _inside(described, f"{name}[]", schema["items"])


def _kind(schema: Node) -> str:
    """The type of a value, in words."""
    kinds = schema.get("type", "one of several")
    told = kinds if isinstance(kinds, str) else " or ".join(kinds)
    details = [schema[key] for key in ("format", "const", "default") if key in schema]
    if values := schema.get("enum", schema.get("items", {}).get("enum")):
        details.append("|".join(map(str, values)))
    return " ".join(map(str, [told, *details]))


def _resolved(described: Node, node: Node) -> Node:
    """What a reference means."""
    while "$ref" in node:
        found: Any = described
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


if __name__ == "__main__":
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    KEPT.write_bytes(orjson.dumps(promised(), option=options))
