"""What the checks of pages take from npm; `tests/tools.sh` puts it there."""

import os
from pathlib import Path

import pytest

MODULES = Path(__file__).parents[1] / "web/node_modules"
AXE = MODULES / "axe-core/axe.min.js"
VALIDATOR = MODULES / "vnu-jar/build/dist/vnu.jar"
PLOTLY = MODULES / "plotly.js-basic-dist-min/plotly-basic.min.js"


def needs(tool: Path) -> pytest.MarkDecorator:
    """Leaves tests out where a tool is missing, unless tools are required."""
    missing = not tool.exists() and os.environ.get("GONGSHI_TOOLS") != "required"
    return pytest.mark.skipif(missing, reason=f"no {tool.name}; see tests/tools.sh")
