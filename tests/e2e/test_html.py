"""What the HTML checker says of all pages and stylesheets: nothing but what is meant so."""

import json
import re
import subprocess
from collections import Counter
from pathlib import Path

import httpx

from publish.demo.run import Prepared
from tests.e2e.pages import EXAMPLES
from tests.e2e.tools import VALIDATOR, needs

pytestmark = needs(VALIDATOR)

MEANT = {
    "a table that narrow screens show as blocks is none to some readers unless roles say so": (
        r"The “role” attribute must not be used on a “t[dhr]” element which has a “table” ancestor"
        r"|The “(table|rowgroup|row|cell|columnheader|rowheader)” role is unnecessary for element"
    ),
}
"""What the checker may say, by the reason why."""


def test_pages_and_stylesheets_are_valid(portal: str, small_city: Prepared, tmp_path: Path) -> None:
    """Every generated file and every kind of page made on request obeys the standards."""
    for kind, lang in EXAMPLES:
        if not kind.kept:
            reply = httpx.get(portal + kind.address(small_city.project, lang))
            (tmp_path / f"{kind.name}-{lang}.html").write_bytes(reply.content)
    said = Counter(_said(small_city.project.current / "site", tmp_path))
    assert not said, "\n".join(f"{n} × {text}" for text, n in said.most_common())


def _said(*folders: Path) -> list[str]:
    """What the checker says, each with an extract of where it stands first."""
    done = subprocess.run(
        [
            *("java", "-jar", VALIDATOR, "--format", "json", "--stdout", "--exit-zero-always"),
            *("--no-langdetect", "--skip-non-html", "--also-check-css"),
            *(folder.resolve() for folder in folders),
        ],
        capture_output=True,
        check=True,
    )
    meant = re.compile("|".join(MEANT.values()))
    messages = [m for m in json.loads(done.stdout)["messages"] if not meant.match(m["message"])]
    first = {m["message"]: m for m in reversed(messages)}
    return [_told(first[m["message"]]) for m in messages]


def _told(message: dict[str, str]) -> str:
    """A message in words."""
    place = "/".join(message["url"].rsplit("/", 3)[1:])
    return f"{message['message']} ({place}: {message.get('extract', '')!r})"
