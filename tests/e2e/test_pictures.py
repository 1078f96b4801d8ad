"""Pages look as they looked when somebody last looked at them.

The pictures are made anew with ``make pictures``, to be looked at before they are kept.
"""

import pytest
from PIL import Image
from playwright.sync_api import Browser

from publish.demo.run import Prepared
from publish.pages.render import Language
from tests.e2e.pages import KINDS, Kind, name_of
from tests.e2e.pictures import (
    FOUND,
    KEPT,
    LOOKED_AT,
    TOLERATED,
    apart,
    keep,
    kept,
    opened,
    shots,
    side_by_side,
    still,
    taken,
)

MOST = 2_000_000
"""Bytes that all pictures may have together."""


@pytest.mark.parametrize(("kind", "lang"), LOOKED_AT, ids=name_of)
def test_a_page_looks_as_it_did(
    browser: Browser,
    portal: str,
    small_city: Prepared,
    kind: Kind,
    lang: Language,
    new_pictures: bool,
) -> None:
    """At three widths, light and dark, the first screens are as in the pictures that are kept."""
    unlike = []
    with still(browser, portal) as page:
        opened(page, kind.address(small_city.project, lang))
        for shot in shots(kind, lang):
            found = taken(page, shot.width, shot.theme)
            if new_pictures:
                keep(found, shot.name)
            elif (share := apart(kept(shot.name), found)) > TOLERATED:
                unlike.append(f"{share:.1%} {_put_down(found, shot.name)}")
    assert not unlike, "; ".join(unlike)


def _put_down(found: Image.Image, name: str) -> str:
    """Where the new picture and the difference (kept, new, new with red) can be looked at."""
    FOUND.mkdir(parents=True, exist_ok=True)
    path = FOUND / name.replace(".webp", ".png")
    difference = path.with_stem(f"{path.stem}-difference")
    found.save(path)
    side_by_side(kept(name), found).save(difference)
    return f"{path} {difference}"


def test_every_picture_is_of_a_page_and_all_are_small() -> None:
    """No picture stays behind when its page is gone, and a clone need not wait for them."""
    files = {path.name: path.stat().st_size for path in KEPT.iterdir()}
    assert set(files) == {shot.name for pair in LOOKED_AT for shot in shots(*pair)}
    assert sum(files.values()) < MOST


HOME = next(kind for kind in KINDS if kind.name == "home")
OVERLAP = ".masthead { position: absolute; inset: 0 0 auto }"
BOLDER = "body { -webkit-text-stroke: .15px }"
ASIDE = "main { transform: translate(.4px, .4px) }"


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("fault", ["no stylesheet", "other theme", "overlap"])
def test_a_fault_is_noticed(browser: Browser, portal: str, width: int, fault: str) -> None:
    """A page without its stylesheet, in the other theme, or under its own header is not alike."""
    with still(browser, portal) as page:
        opened(page, HOME.path)
        sound = taken(page, width, "light")
        if fault == "overlap":
            page.add_style_tag(content=OVERLAP)
        elif fault == "no stylesheet":
            page.route("**/site.*.css", lambda route: route.abort())
            opened(page, HOME.path)
        found = taken(page, width, "dark" if fault == "other theme" else "light")
    assert apart(sound, found) > 5 * TOLERATED


@pytest.mark.parametrize("trifle", [BOLDER, ASIDE])
def test_a_trifle_is_tolerated(browser: Browser, portal: str, trifle: str) -> None:
    """Letters that are drawn a little bolder or less than half a pixel aside are alike."""
    with still(browser, portal) as page:
        opened(page, HOME.path)
        sound = taken(page, 1440, "light")
        page.add_style_tag(content=trifle)
        found = taken(page, 1440, "light")
    assert sound.tobytes() != found.tobytes()
    assert apart(sound, found) <= TOLERATED
