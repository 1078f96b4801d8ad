"""Writes the catalogues of a release: those beside the files, and those of the site."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from publish.catalogue import citation, datapackage, dcat, sitemap
from publish.catalogue.about import About
from publish.catalogue.robots import robots
from publish.pages.render import LANGUAGES, Renderer
from publish.release.entries import Entry, entry
from publish.release.manifest import read_manifest

DESCRIPTORS = {
    datapackage.NAME: (
        "全部数据表的说明（Frictionless）",
        "Description of all tables (Frictionless)",
    ),
    citation.NAME: ("引用信息", "How to cite the data"),
}
"""What describes the files, lies beside them, and what that is in Chinese and in English."""


def write_descriptors(about: About, release: Path) -> list[Entry]:
    """Lays the data package's descriptor and the citation beside the files for download.

    Args:
        about: the release with those files.
        release: its folder.
    """
    texts = {
        datapackage.NAME: _json(datapackage.datapackage(about)),
        citation.NAME: citation.citation_file(about).encode(),
    }
    for name, text in texts.items():
        (release / "downloads" / name).write_bytes(text)
    return [entry(release, release / "downloads" / name, DESCRIPTORS[name]) for name in texts]


def write_catalogues(
    out: Path, about: About, renderer: Renderer, paths: Iterable[str], previous: Path | None
) -> list[Path]:
    """Writes what other programs look for beside the pages.

    Args:
        out: the folder of the pages, which are written already.
        paths: the addresses of the pages, without the language's prefix.
        previous: the folder of the release before; None if there is none.

    Returns:
        The files written.
    """
    before = sitemap.read_before(previous, read_manifest(previous)) if previous else None
    texts = {
        "catalog.ttl": dcat.turtle(about),
        "catalog.jsonld": dcat.jsonld(about),
        sitemap.NAME: sitemap.sitemap(about, renderer, out, paths, before).encode(),
        "robots.txt": robots(about, [renderer.prefix(lang) for lang in LANGUAGES]).encode(),
    }
    for name, text in texts.items():
        (out / name).write_bytes(text)
    return [out / name for name in texts]


def _json(data: Mapping[str, Any]) -> bytes:
    """Readable JSON."""
    return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
