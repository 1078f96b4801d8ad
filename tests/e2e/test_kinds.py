"""The list of page kinds: each is there, and no page or template is without one."""

import re
from pathlib import Path

import httpx
import pytest

from publish.demo.run import Prepared
from publish.pages.render import Language
from tests.e2e.pages import EXAMPLES, KINDS, Kind, name_of

CHECKOUT = Path(__file__).parents[2]
TEMPLATES = CHECKOUT / "site/templates"
PARTS = re.compile(r"""{%-? *(?:extends|include|import|from) +"([^"]+)""")


@pytest.mark.parametrize(("kind", "lang"), EXAMPLES, ids=name_of)
def test_each_kind_is_served(portal: str, small_city: Prepared, kind: Kind, lang: Language) -> None:
    """An address of the list is answered as the list says, in the language asked for."""
    reply = httpx.get(portal + kind.address(small_city.project, lang))
    assert (reply.status_code, reply.headers["content-type"]) == (
        kind.status,
        "text/html; charset=utf-8",
    )
    assert f'<html lang="{"zh-CN" if lang == "zh" else lang}"' in reply.text


def test_every_template_of_a_page_belongs_to_a_kind() -> None:
    """Each template that is no part of others is one that some kind names."""
    texts = {p.relative_to(TEMPLATES).as_posix(): p.read_text("utf-8") for p in _templates()}
    parts = {
        (folder / part).as_posix()
        for name, text in texts.items()
        for part in PARTS.findall(text)
        for folder in (Path(), Path(name).parent)
    }
    whole = {name for name in texts if name not in parts and not Path(name).name.startswith("_")}
    assert whole == {kind.template for kind in KINDS}


def test_every_generated_page_is_of_a_kind(small_city: Prepared) -> None:
    """Each page of the build matches an address of the list, in both languages."""
    site = small_city.project.current / "site"
    paths = {"/" + p.relative_to(site).as_posix() for p in site.rglob("*.html")}
    for path in paths:
        inner = path.removeprefix("/en").removesuffix("index.html")
        assert any(kind.kept and kind.matches(inner) for kind in KINDS), path


def _templates() -> list[Path]:
    """The templates of pages; those of feeds and letters are not looked at in a browser."""
    found = TEMPLATES.rglob("*.html")
    return [p for p in found if p.relative_to(TEMPLATES).parts[0] not in {"feeds", "partials"}]
