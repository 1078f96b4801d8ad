"""What Lighthouse says of the main pages: speed, accessibility, best practices, search engines.

    python -m benchmarks.lighthouse ADDRESS [--runs 3] [--prefix /en] [PATH ...]

ADDRESS is that of a running portal. Each page is loaded as a phone on a slow connection and as a
desktop computer; printed is the median of each score, and what any audit took off. Pages that
robots.txt keeps out of search engines on purpose, with a * here, are not asked whether engines may
list them. Lighthouse is fetched with npm, as pinned in benchmarks/lighthouse/, into build/; the
browser is chromium.
"""

import argparse
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from urllib.robotparser import RobotFileParser

import httpx

from tests.e2e.conftest import QUIET

AIM = 95
GOOD = 0.9
"""From where Lighthouse shows an audit in green."""

CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FORMS: dict[str, list[str]] = {"mobile": [], "desktop": ["--preset=desktop"]}
"""How a page is loaded; a phone is what Lighthouse takes for granted."""

PINNED = Path(__file__).parent / "lighthouse"
TOOLS = Path("build/lighthouse")
_PROGRAM = "node_modules/lighthouse/cli/index.js"


class Verdict(NamedTuple):
    """What one run says.

    Attributes:
        scores: of 100, one for each category.
        faults: the audits that took something off, by category.
    """

    scores: tuple[int, ...]
    faults: frozenset[str]


def install() -> Path:
    """Lighthouse as it is pinned, fetched unless that is done."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    lock = TOOLS / "package-lock.json"
    wanted = (PINNED / lock.name).read_bytes()
    if not (TOOLS / _PROGRAM).exists() or lock.read_bytes() != wanted:
        for path in PINNED.iterdir():
            shutil.copy(path, TOOLS)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=TOOLS, check=True)
    return TOOLS / _PROGRAM


def run(program: Path, address: str, options: Sequence[str]) -> Verdict:
    """Looks at one page once.

    Raises:
        subprocess.CalledProcessError: if the page could not be looked at.
    """
    command = [
        "node",
        str(program),
        address,
        "--quiet",
        "--output=json",
        f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-flags={' '.join(('--headless=new', *QUIET))}",
        *options,
    ]
    env = os.environ | {"CHROME_PATH": shutil.which("chromium") or ""}
    done = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE)
    return _verdict(json.loads(done.stdout))


def _verdict(found: dict[str, Any]) -> Verdict:
    """The scores of a report, and the audits with a weight that did not pass."""
    parts = found["categories"]
    faults = frozenset(
        f"{name}: {audit['id']}"
        for name in CATEGORIES
        for audit in parts[name]["auditRefs"]
        if audit["weight"] and _points(found, audit["id"]) < GOOD
    )
    return Verdict(tuple(round(parts[name]["score"] * 100) for name in CATEGORIES), faults)


def _points(found: dict[str, Any], audit: str) -> float:
    """What an audit gives, of 1; all of it if it does not apply."""
    score: float | None = found["audits"][audit]["score"]
    return 1 if score is None else score


def main_pages(address: str) -> list[str]:
    """The pages that most people see, with a department and a record that there are."""
    with httpx.Client(base_url=address) as client:
        department = client.get("/api/v1/departments").json()["data"][0]["code"]
        record = client.get("/api/v1/records?limit=1").json()["data"][0]["record_id"]
    return [
        "/",
        "/league/",
        f"/departments/{department}/",
        "/records",
        f"/record/{record}",
        "/downloads/",
        "/methodology/",
    ]


def robots(address: str) -> RobotFileParser:
    """Which pages search engines may list."""
    parser = RobotFileParser()
    parser.parse(httpx.get(f"{address}/robots.txt").text.splitlines())
    return parser


def report(program: Path, address: str, path: str, form: str, runs: int) -> bool:
    """Prints one page's scores; whether all reach the aim."""
    listed = robots(address).can_fetch("*", address + path)
    options = [*FORMS[form], *([] if listed else ["--skip-audits=is-crawlable"])]
    found = [run(program, address + path, options) for _ in range(runs)]
    scores = [median(each) for each in zip(*(one.scores for one in found), strict=True)]
    print(
        f"{path + '*' * (not listed):40} {form:8}" + "".join(f"{score:>16.0f}" for score in scores),
        flush=True,
    )
    for fault in sorted(frozenset().union(*(one.faults for one in found))):
        print(f"    {fault}")
    return all(score >= AIM for score in scores)


def main() -> None:
    """Prints the scores of all pages; 1 if any is under the aim."""
    parser = argparse.ArgumentParser(description="Lighthouse on the main pages")
    parser.add_argument("address", type=lambda text: text.rstrip("/"))
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--prefix", default="", help="/en for the pages in English")
    wanted = parser.parse_intermixed_args()
    program = install()
    print(f"{'page':49}" + "".join(f"{name:>16}" for name in CATEGORIES))
    paths = [wanted.prefix + path for path in wanted.paths or main_pages(wanted.address)]
    good = [
        report(program, wanted.address, path, form, wanted.runs) for path in paths for form in FORMS
    ]
    raise SystemExit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
