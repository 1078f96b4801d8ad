"""Settings that extend others: tables merged key by key, each figure with where it is stated."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from publish.errors import UsageError
from publish.settings import read_toml

Raw = dict[str, Any]

EXTENDS = "extends"
INHERITS = "inherits"
"""In a dated rule: it stands on the parent's rule of that day and those that follow."""
_NOT_FIGURES = ("source", "valid_from", INHERITS)


def lineage(path: Path) -> list[tuple[Path, Raw]]:
    """A file of settings and those that it extends, the oldest ancestor first.

    Every rule (a table with a ``source``) is given ``origins``: for each of its figures the file
    that states it and that file's source; under an empty name those of the rule itself.

    Raises:
        UsageError: if a file is missing or not TOML, or extends itself in a circle.
    """
    found: dict[Path, Raw] = {}
    while path not in found:
        found[path] = raw = read_toml(path)
        _mark(raw, path, "")
        name = raw.get(EXTENDS)
        if name is None:
            return list(reversed(found.items()))
        path = _parent(path, str(name))
    circle = " → ".join(p.stem for p in (*found, path))
    first = next(iter(found))
    raise UsageError(
        f"{first} 有误：{EXTENDS}: 继承成环：{circle}",
        f"{first} is not right: {EXTENDS}: goes round in a circle: {circle}",
    )


def merge(path: Path, parent: Mapping[str, Any], child: Mapping[str, Any]) -> Raw:
    """What a file says on top of what it extends.

    Tables are merged key by key. Arrays, and so rules with dates, are replaced as a whole. In
    them a table with `INHERITS` takes the parent's versions of its own days, its own figures
    laid over each; without figures of its own it is the parent's rule of that time.

    Args:
        path: the child's file, for errors.

    Raises:
        UsageError: if a rule is changed without a source.
    """
    return _merge(path, parent, child, "")


def _merge(path: Path, parent: Mapping[str, Any], child: Mapping[str, Any], place: str) -> Raw:
    """The merged table at a place."""
    out = dict(parent)
    for key, value in child.items():
        old, here = parent.get(key), f"{place}{key}"
        if isinstance(value, dict) and isinstance(old, dict):
            if "source" in old and "source" not in value:
                raise _wrong(
                    path,
                    here,
                    "改了继承来的规则，须写明自己的 source",
                    "changes a rule that is inherited and must name a source of its own",
                )
            out[key] = _merge(path, old, value, f"{here}.")
        elif _dated(value):
            out[key] = list(_expanded(path, old, value, here))
        else:
            out[key] = value
    return out


def _expanded(path: Path, old: object, rules: list[Raw], place: str) -> Iterator[Raw]:
    """Dated rules, those of the parent where the child says that it follows them."""
    ordered = sorted(rules, key=_start)
    ends = [*map(_start, ordered[1:]), date.max]
    for rule, end in zip(ordered, ends, strict=True):
        if INHERITS not in rule:
            yield rule
            continue
        if not old or rule[INHERITS] is not True:
            raise _wrong(
                path,
                f"{place}.{INHERITS}",
                "只能写 true，且所继承的规则须有这一项",
                "is true or left out, and the parent must have that rule",
            )
        over = {k: v for k, v in rule.items() if k not in (INHERITS, "valid_from")}
        for one in _between(_tables(old), rule, end):
            yield _merge(path, {place: one}, {place: over}, "")[place] if over else one


def _between(rules: list[Raw], begins: Raw, end: date) -> Iterator[Raw]:
    """The parent's versions of a rule from one day to the day before another."""
    start = _start(begins)
    before = [r for r in sorted(rules, key=_start) if _start(r) <= start]
    if before:
        undated = {k: v for k, v in before[-1].items() if k != "valid_from"}
        yield undated | {k: v for k, v in begins.items() if k == "valid_from"}
    yield from (r for r in rules if start < _start(r) < end)


def _mark(table: object, path: Path, place: str) -> None:
    """Notes in each rule which file states each of its figures, and its source."""
    if isinstance(table, list):
        for one in table:
            _mark(one, path, place)
    elif isinstance(table, dict):
        if "origins" in table:
            raise _wrong(path, f"{place}origins", "没有这一项", "there is no such key")
        if "source" not in table:
            for key, value in table.items():
                _mark(value, path, f"{place}{key}.")
        else:
            origin = {"profile": path.stem, "source": table["source"]}
            names = ["", *(name for name, _ in leaves(table) if name not in _NOT_FIGURES)]
            table["origins"] = dict.fromkeys(names, origin)


def leaves(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Every figure of a table with its name, the keys joined by dots."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _parent(path: Path, name: str) -> Path:
    """The file that one extends, beside it."""
    names = sorted(p.stem for p in path.parent.glob("*.toml"))
    if name not in names:
        raise _wrong(
            path,
            EXTENDS,
            f"没有 {name}。可用：{'、'.join(names)}",
            f"there is no {name}. There are: {', '.join(names)}",
        )
    return path.with_name(f"{name}.toml")


def _tables(rule: object) -> list[Raw]:
    """A rule that is one table or several, as several."""
    tables = rule if isinstance(rule, list) else [rule]
    return [table for table in tables if isinstance(table, dict)]


def _start(rule: Raw) -> date:
    """The day from which on a rule holds; what is no day is left to the model to refuse."""
    begins = rule.get("valid_from")
    return begins if type(begins) is date else date.min


def _dated(value: object) -> bool:
    """Whether a value is an array of tables."""
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def _wrong(path: Path, key: str, zh: str, en: str) -> UsageError:
    """The error that names file, key and reason."""
    return UsageError(f"{path} 有误：{key}: {zh}", f"{path} is not right: {key}: {en}")
