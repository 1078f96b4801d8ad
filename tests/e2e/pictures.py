"""Small pictures of pages, and how far two of them are apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Literal

from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page

from publish.pages.render import Language
from tests.e2e.pages import KINDS, Kind

KEPT = Path(__file__).with_name("pictures")
FOUND = Path(__file__).parents[2] / "build/pictures"

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
SCALES = {360: 3, 768: 5, 1440: 6}
"""The widths of the window, and by how much its picture is scaled down."""

SCREENS = 1800
"""How many pixels from the top of a page are looked at: two screens."""

ENGLISH = ("home", "records-found", "record", "league", "department", "downloads", "missing")
"""The kinds that are looked at in English as well: those of most visitors."""

LOOKED_AT: list[tuple[Kind, Language]] = [
    *((kind, "zh") for kind in KINDS),
    *((kind, "en") for kind in KINDS if kind.name in ENGLISH),
]

BLOCK = 6
"""The side of a block of pixels, in the picture; about as wide as a letter is on a phone."""

STEP = 16
"""By how many levels of 255 the means of two blocks differ that are not alike."""

TOLERATED = 0.01
"""The share of blocks that may be unlike.

Measured on the home page, a record and the league table: letters drawn with other hints or half a
pixel aside make no block unlike, letters a fifth of a pixel bolder up to 0.5 % of them. All links
in another colour make 1.5 to 11 % unlike, one line more at the top 2 to 29 %, a header that lies
upon the text 10 to 46 %.
"""

_HIDDEN = (
    ".edition, .status-page .day, .status-page td, .status-page code, .status-page .quiet"
    " { visibility: hidden !important }"
)
_BUNDLE = "**/plotly*"


@dataclass(frozen=True)
class Shot:
    """One picture to be taken of a page."""

    kind: Kind
    lang: Language
    width: int
    theme: Theme

    @property
    def name(self) -> str:
        """The picture's file name."""
        return f"{self.kind.name}-{self.lang}-{self.width}-{self.theme}.webp"


def shots(kind: Kind, lang: Language) -> list[Shot]:
    """All pictures of a kind in a language."""
    return [Shot(kind, lang, width, theme) for width, theme in product(SCALES, THEMES)]


@contextmanager
def still(browser: Browser, portal: str) -> Iterator[Page]:
    """A window in which nothing moves: charts are not drawn anew, and fields do not blink."""
    context = browser.new_context(base_url=portal, bypass_csp=True, reduced_motion="reduce")
    context.route(_BUNDLE, lambda route: route.abort())
    yield context.new_page()
    context.close()


def opened(page: Page, address: str) -> None:
    """Opens an address and hides what is not the same tomorrow: the software, the time of day."""
    page.goto(address, wait_until="networkidle")
    page.add_style_tag(content=_HIDDEN)


def taken(page: Page, width: int, theme: Theme) -> Image.Image:
    """The picture of the open page at a width in a theme, scaled down."""
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": SCREENS})
    shot = page.screenshot(animations="disabled", caret="hide", scale="css")
    image = Image.open(BytesIO(shot)).convert("RGB")
    return image.reduce(SCALES[width])


def apart(kept: Image.Image, found: Image.Image) -> float:
    """The share of blocks in which two pictures are unlike."""
    unlike = _unlike(kept, found)
    return unlike.histogram()[255] / (unlike.width * unlike.height)


def _unlike(kept: Image.Image, found: Image.Image) -> Image.Image:
    """White where the blocks of two pictures are unlike, else black; one pixel for a block."""
    if kept.size != found.size:
        return Image.new("L", (1, 1), 255)
    channels = ImageChops.difference(kept.reduce(BLOCK), found.reduce(BLOCK)).split()
    most = ImageChops.lighter(ImageChops.lighter(*channels[:2]), channels[2])
    return most.point([255 * (level >= STEP) for level in range(256)])


def side_by_side(kept: Image.Image, found: Image.Image) -> Image.Image:
    """What is kept, what was found, and what was found with the unlike blocks in red."""
    mask = _unlike(kept, found).resize(found.size, Image.Resampling.NEAREST)
    marked = Image.composite(
        Image.new("RGB", found.size, "red"), found, mask.point(lambda v: v // 2)
    )
    sheet = Image.new("RGB", (kept.width + 2 * found.width, max(kept.height, found.height)))
    for left, image in ((0, kept), (kept.width, found), (kept.width + found.width, marked)):
        sheet.paste(image, (left, 0))
    return sheet


def keep(image: Image.Image, name: str) -> None:
    """Keeps a picture for the comparisons to come."""
    KEPT.mkdir(exist_ok=True)
    image.save(KEPT / name, quality=50, method=6)


def kept(name: str) -> Image.Image:
    """A picture that was kept.

    Raises:
        FileNotFoundError: if there is none.
    """
    with Image.open(KEPT / name) as image:
        return image.convert("RGB")
