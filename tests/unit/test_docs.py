"""Generated files are current, and the documentation's links lead somewhere."""

import re
from pathlib import Path

import pytest

from publish.cli import COMMANDS
from publish.docs import pages

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/**/*.md")])


@pytest.mark.parametrize("name", sorted(pages()))
def test_reference_page_is_current(name: str) -> None:
    """A change of schema, command or finding without `make docs` fails here."""
    assert (ROOT / "docs/reference" / name).read_text("utf-8") == pages()[name]


def test_every_command_is_in_the_readme_or_its_reference() -> None:
    """No command without documentation."""
    text = (ROOT / "docs/reference/cli.md").read_text("utf-8")
    assert [name for name in COMMANDS if f"## gongshi {name}\n" not in text] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    """Every relative link and picture of a Markdown file exists."""
    links = re.findall(r"\]\((?!https?:|#|/)([^)#]+)", document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readme_begins_with_the_two_commands(readme: str) -> None:
    """A stranger sees how to start and how to test before anything else."""
    head = (ROOT / readme).read_text("utf-8").splitlines()[:6]
    commands = [line.split("#")[0].strip() for line in head if line.startswith("make ")]
    assert commands == ["make demo", "make test"]
