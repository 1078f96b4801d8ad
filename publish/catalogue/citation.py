"""How the data are quoted: in words, as BibTeX, and as a Citation File (CFF 1.2.0)."""

from collections.abc import Mapping

import orjson

from publish.catalogue.about import About
from publish.catalogue.datapackage import NAME as DESCRIPTOR

NAME = "CITATION.cff"
_TEX = str.maketrans(
    {
        **{char: f"\\{char}" for char in "#$%&_{}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
    }
)


def words(about: About) -> tuple[str, str]:
    """A reference in Chinese and in English."""
    place, (zh, en) = about.place, about.publisher
    address = _address(about)
    return (
        f"{zh}：《{place.portal_zh}》数据集，版本 {about.release}，数据截至 {about.day}，"
        f"{about.licence[0]}，{address}",
        f"{en}: {place.portal_en} (data set), release {about.release}, data as of {about.day}, "
        f"{about.licence[0]}, {address}",
    )


def bibtex(about: About, lang: str) -> str:
    """An entry for BibTeX."""
    zh = lang == "zh"
    fields = {
        "author": f"{{{_plain(about.publisher[0 if zh else 1])}}}",
        "title": _plain(about.place.portal_zh if zh else about.place.portal_en),
        "year": about.day[:4],
        "version": about.release,
        "note": _plain(f"data as of {about.day}, {about.licence[0]}"),
        "url": _address(about),
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{gongshi-{about.place.code}-{about.release},\n{lines}\n}}"


def citation_file(about: About) -> str:
    """The data as a Citation File, which programs that keep references read."""
    place = about.place
    fields: Mapping[str, object] = {
        "cff-version": "1.2.0",
        "message": "Please cite the release that you used. 引用时请注明所用的发布版本。",
        "type": "dataset",
        "title": f"{place.portal_zh} / {place.portal_en}",
        "version": about.release,
        "date-released": about.day,
        "license": "CC-BY-4.0",
        "url": about.url("/"),
        "repository-artifact": _address(about),
        "authors": [{"name": " / ".join(about.publisher)}],
    }
    return "".join(f"{key}: {orjson.dumps(value).decode()}\n" for key, value in fields.items())


def _address(about: About) -> str:
    """Where the release describes itself, for as long as it is offered."""
    return about.url(f"/releases/{about.release}/downloads/{DESCRIPTOR}")


def _plain(text: str) -> str:
    """A text in which nothing is a command of TeX."""
    return text.translate(_TEX)
