"""The catalogue of the data sets for other portals to harvest: DCAT-AP 3, as JSON-LD and Turtle.

One graph, made as JSON-LD objects without nesting, is written in both forms.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from publish.catalogue.about import MEDIA_TYPES, About, Group
from publish.release.entries import Entry

Value = Mapping[str, str]
Node = dict[str, Any]

_PREFIXES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_EU = "http://publications.europa.eu/resource/authority"
_IANA = "http://www.iana.org/assignments/media-types"
_DAILY = f"{_EU}/frequency/DAILY"
_GOVERNMENT = f"{_EU}/data-theme/GOVE"
_THEMES = f"{_EU}/data-theme"
_LANGUAGES = {"zh": f"{_EU}/language/ZHO", "en": f"{_EU}/language/ENG"}
_SHA256 = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"


def jsonld(about: About) -> bytes:
    """The catalogue as JSON-LD."""
    written = {"@context": _PREFIXES, "@graph": list(graph(about))}
    return orjson.dumps(written, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def turtle(about: About) -> bytes:
    """The catalogue as Turtle."""
    head = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in _PREFIXES.items())
    return (head + "".join(map(_statements, graph(about)))).encode()


def graph(about: About) -> Iterator[Node]:
    """Every resource of the catalogue with what is said of it."""
    yield _catalog(about)
    for group in about.groups:
        yield _dataset(about, group)
        for file in group.files:
            yield from _distribution(about, group, file)
    yield _node(_publisher(about)["@id"], "foaf:Agent", {"foaf:name": _texts(about.publisher)})
    for page in sorted({"/", "/downloads/", *(group.page for group in about.groups)}):
        yield _node(about.url(page), "foaf:Document", {})
    yield from _named()
    yield _node(about.licence[1], "dct:LicenseDocument", {"dct:title": _text(about.licence[0])})


def _catalog(about: About) -> Node:
    """The catalogue itself."""
    place = about.place
    return _node(
        about.url("/catalog"),
        "dcat:Catalog",
        {
            "dct:title": _texts((place.portal_zh, place.portal_en)),
            "dct:description": _texts(
                (
                    f"{place.name_zh}依法公示的行政许可、行政处罚和名单，以及各部门公示是否及时的指标。",
                    f"Licences, penalties and lists that {place.name_en} makes public by law, and "
                    "figures on how timely its departments are.",
                )
            ),
            "dct:publisher": _publisher(about),
            "dct:license": _iri(about.licence[1]),
            "dct:language": [_iri(iri) for iri in _LANGUAGES.values()],
            "dct:modified": _day(about),
            "dcat:themeTaxonomy": _iri(_THEMES),
            "foaf:homepage": _iri(about.url("/")),
            "dcat:dataset": [_iri(_dataset_iri(about, group)) for group in about.groups],
        },
    )


def _dataset(about: About, group: Group) -> Node:
    """A set of data."""
    zh, en = group.title
    place = about.place
    said = (f"{place.name_zh}：{zh}。", f"{place.name_en}: {en}.")
    return _node(
        _dataset_iri(about, group),
        "dcat:Dataset",
        {
            "dct:title": _texts(group.title),
            "dct:description": _texts(said),
            "dct:identifier": _text(group.name),
            "dct:publisher": _publisher(about),
            "dct:language": _iri(_LANGUAGES[place.language]),
            "dct:accrualPeriodicity": _iri(_DAILY),
            "dct:modified": _day(about),
            "dcat:version": _text(about.release),
            "dcat:theme": _iri(_GOVERNMENT),
            "dcat:landingPage": _iri(about.url(group.page)),
            "dcat:distribution": [_iri(about.own_url(file)) for file in group.files],
        },
    )


def _distribution(about: About, group: Group, file: Entry) -> Iterator[Node]:
    """A file of a set of data, and its checksum."""
    own = about.own_url(file)
    year = f" {file.year}" if file.year else ""
    said = [f"{title}{year} ({file.format})" for title in group.title]
    yield _node(
        own,
        "dcat:Distribution",
        {
            "dct:title": _texts((said[0], said[1])),
            "dct:license": _iri(about.licence[1]),
            "dct:issued": _day(about),
            "dcat:accessURL": _iri(about.url("/downloads/")),
            "dcat:downloadURL": _iri(own),
            "dcat:mediaType": _iri(f"{_IANA}/{MEDIA_TYPES[file.format]}"),
            "dcat:byteSize": _typed(str(file.bytes), "xsd:decimal"),
            "spdx:checksum": _iri(f"{own}#sha256"),
        },
    )
    yield _node(
        f"{own}#sha256",
        "spdx:Checksum",
        {
            "spdx:algorithm": _iri(_SHA256),
            "spdx:checksumValue": _typed(file.sha256, "xsd:hexBinary"),
        },
    )


def _named() -> Iterator[Node]:
    """The terms of others that are used, with what each is."""
    yield _node(_DAILY, "dct:Frequency", {})
    yield _node(_SHA256, "spdx:ChecksumAlgorithm", {})
    yield _node(_THEMES, "skos:ConceptScheme", {"dct:title": _texts(("数据主题", "Data theme"))})
    government = {"skos:prefLabel": _texts(("政府与公共部门", "Government and public sector"))}
    yield _node(_GOVERNMENT, "skos:Concept", government | {"skos:inScheme": _iri(_THEMES)})
    yield from (_node(iri, "dct:LinguisticSystem", {}) for iri in _LANGUAGES.values())
    for kind in sorted(set(MEDIA_TYPES.values())):
        yield _node(f"{_IANA}/{kind}", "dct:MediaType", {})


def _node(iri: str, kind: str, said: Mapping[str, Any]) -> Node:
    """A resource."""
    return {"@id": iri, "@type": kind, **said}


def _dataset_iri(about: About, group: Group) -> str:
    """What identifies a set of data over all releases."""
    return about.url(f"/catalog#{group.name}")


def _publisher(about: About) -> Value:
    """Who publishes."""
    return _iri(about.url("/catalog#publisher"))


def _iri(value: str) -> Value:
    """Another resource."""
    return {"@id": value}


def _text(value: str) -> Value:
    """A text in no language."""
    return {"@value": value}


def _typed(value: str, kind: str) -> Value:
    """A value of a type."""
    return {"@value": value, "@type": kind}


def _texts(texts: tuple[str, str]) -> list[Value]:
    """A text in each language."""
    pairs = zip(("zh", "en"), texts, strict=True)
    return [{"@value": text, "@language": lang} for lang, text in pairs if text]


def _day(about: About) -> Value:
    """The day of the data."""
    return _typed(about.day, "xsd:date")


def _statements(node: Node) -> str:
    """What is said of a resource, as Turtle."""
    said = [f"a {node['@type']}"]
    for name, values in node.items():
        if not name.startswith("@"):
            listed = values if isinstance(values, list) else [values]
            said.append(f"{name} {', '.join(map(_term, listed))}")
    return f"\n<{node['@id']}>\n    " + " ;\n    ".join(said) + " .\n"


def _term(value: Value) -> str:
    """A value as Turtle; JSON escapes a text as Turtle does."""
    if "@id" in value:
        return f"<{value['@id']}>"
    text = orjson.dumps(value["@value"]).decode()
    if "@language" in value:
        return f"{text}@{value['@language']}"
    return f"{text}^^{value['@type']}" if "@type" in value else text
