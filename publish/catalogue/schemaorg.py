"""The data sets as search engines read them from pages: schema.org, as JSON-LD.

It names no sizes and no checksums, so that a page changes only when what it says does.
"""

from collections.abc import Callable
from typing import Any

import orjson
from markupsafe import Markup

from publish.catalogue.about import MEDIA_TYPES, About, Group, Texts

_CONTEXT = "https://schema.org/"
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&"}


def catalogue(about: About, lang: str) -> dict[str, Any]:
    """The whole catalogue, for the page of downloads."""
    place, pick = about.place, _picker(lang)
    return {
        "@context": _CONTEXT,
        "@type": "DataCatalog",
        "@id": about.url("/catalog"),
        "name": pick((place.portal_zh, place.portal_en)),
        "url": about.url("/downloads/"),
        "license": about.licence[1],
        "publisher": _publisher(about, lang),
        "dataset": [_dataset(about, group, lang) for group in about.groups],
    }


def dataset(about: About, name: str, lang: str) -> dict[str, Any] | None:
    """A set of data, for the page about it; None if it has no files."""
    group = next((group for group in about.groups if group.name == name), None)
    if not group:
        return None
    columns = group.dataset.table.columns if group.dataset else {}
    return {
        "@context": _CONTEXT,
        **_dataset(about, group, lang),
        "variableMeasured": [
            {"@type": "PropertyValue", "name": column, "description": _picker(lang)((zh, en))}
            for column, (_, zh, en) in columns.items()
        ],
        "includedInDataCatalog": {"@type": "DataCatalog", "@id": about.url("/catalog")},
    }


def script(data: dict[str, Any]) -> Markup:
    """The text of a script element that holds data; nothing in it ends that element."""
    return Markup(orjson.dumps(data).decode().translate(_ESCAPES))  # noqa: S704 - escaped here


def _dataset(about: About, group: Group, lang: str) -> dict[str, Any]:
    """A set of data."""
    pick, place = _picker(lang), about.place
    name = pick(group.title)
    said = pick(
        (
            f"{place.name_zh}依法公示的{group.title[0]}，每日更新，可免费下载和再利用。",
            f"{group.title[1]}, made public by {place.name_en} every day, free to use.",
        )
    )
    return {
        "@type": "Dataset",
        "@id": about.url(f"/catalog#{group.name}"),
        "name": f"{pick((place.name_zh, place.name_en))} · {name}",
        "description": said,
        "url": about.url(group.page),
        "identifier": group.name,
        "license": about.licence[1],
        "isAccessibleForFree": True,
        "inLanguage": place.language,
        "dateModified": about.day,
        "creator": _publisher(about, lang),
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": about.url(f"/{file.path}"),
                "encodingFormat": MEDIA_TYPES[file.format],
            }
            for file in group.files
        ],
    }


def _publisher(about: About, lang: str) -> dict[str, str]:
    """Who publishes."""
    name = _picker(lang)(about.publisher)
    return {"@type": "GovernmentOrganization", "name": name, "url": about.url("/")}


def _picker(lang: str) -> Callable[[Texts], str]:
    """Picks the text of a language; where there is none, the other."""
    return lambda texts: (texts[0] or texts[1]) if lang == "zh" else (texts[1] or texts[0])
