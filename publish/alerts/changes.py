"""The feed of what changed from release to release: ids, types and departments, never more.

What is withdrawn leaves all earlier entries: the feed is made from the table `change`.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from publish.alerts.feeds import LENGTH, stable_id
from publish.alerts.words import Words
from publish.pages.render import LANGUAGES, Renderer
from publish.project import Project
from publish.schema import record_type

NAME = "changes.xml"
_STEPS = "SELECT * FROM release_step ORDER BY release DESC"
_CHANGES = "SELECT * FROM change WHERE release = ? ORDER BY kind DESC, record_id LIMIT ?"


def write_change_feeds(
    out: Path, credit: sqlite3.Connection, project: Project, renderer: Renderer
) -> Iterator[Path]:
    """Writes the feed into the folder of the pages, in each language.

    Args:
        out: the folder of the pages.
        credit: the release's credit.db.

    Yields:
        The files written.
    """
    departments = {row["code"]: row for row in _rows(credit, "SELECT * FROM department")}
    steps = list(_newest(credit))
    place = project.profile.jurisdiction.code
    for lang in LANGUAGES:
        words = Words(renderer, lang, departments)
        path = out / renderer.prefix(lang).lstrip("/") / NAME
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_atom(credit, place, words, steps), "utf-8")
        yield path


def _newest(credit: sqlite3.Connection) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """The newest steps, each with its changes, as many as a feed lists."""
    left = LENGTH
    for step in _rows(credit, _STEPS):
        if left <= 0:
            return
        changes = list(_rows(credit, _CHANGES, step["release"], left))
        left -= 1 + len(changes)
        yield step, changes


def _atom(
    credit: sqlite3.Connection,
    place: str,
    words: Words,
    steps: list[tuple[dict[str, Any], list[dict[str, Any]]]],
) -> str:
    """The feed in one language."""
    (as_of,) = credit.execute('SELECT as_of FROM "release"').fetchone()
    entries = [
        {**entry, "id": _urn(place, entry["name"], words)}
        for step, changes in steps
        for entry in _entries(words, step, changes)
    ]
    return words.renderer.render(
        "feeds/alerts.xml",
        words.lang,
        f"/{NAME}",
        about="/downloads/",
        id=_urn(place, "changes", words),
        title=words.t("changes.feed"),
        subtitle=words.t("changes.feed_note", n=LENGTH),
        updated=steps[0][0]["as_of"] if steps else as_of,
        entries=entries,
    )


def _entries(
    words: Words, step: Mapping[str, Any], changes: list[dict[str, Any]]
) -> Iterator[dict[str, str]]:
    """A step as the template of the feed takes it: its counts, then its changes."""
    prefix, release = words.renderer.prefix(words.lang), step["release"]
    yield {
        "name": f"changes/{release}",
        "title": words.t("changes.step", **step),
        "updated": step["as_of"],
        "address": f"{prefix}/downloads/",
        "kind": "release",
    }
    for change in changes:
        kind = record_type(change["record_type"])
        one = kind.one_zh if words.lang == "zh" else kind.one_en
        what = f"{one} {change['record_id']}"
        yield {
            "name": f"changes/{release}/{change['record_id']}",
            "title": words.t(
                f"changes.kind_{change['kind']}", what=what, who=words.who(change["department"])
            ),
            "updated": step["as_of"],
            "address": f"{prefix}/record/{change['record_id']}",
            "kind": change["kind"],
        }


def _urn(place: str, name: str, words: Words) -> str:
    """An id for good."""
    return f"urn:uuid:{stable_id(place, f'{name}/{words.lang}')}"


def _rows(credit: sqlite3.Connection, sql: str, *values: object) -> Iterator[dict[str, Any]]:
    """The rows that a question finds, by name."""
    found = credit.execute(sql, values)
    names = [column[0] for column in found.description]
    return (dict(zip(names, row, strict=True)) for row in found)
