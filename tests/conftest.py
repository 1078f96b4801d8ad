"""What tests of the whole line share: a small demo city, built once."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from publish.demo.run import Prepared, city, prepare

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

SMALL = 1500
"""Records in the city of the tests: every sort of trouble occurs, and it is built in seconds."""


def silent(_step: str, _done: int) -> None:
    """No progress in tests."""


@pytest.fixture(scope="session")
def small_city(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A small demo city, built once; tests that change it take a copy."""
    return prepare(tmp_path_factory.mktemp("city"), city(SMALL), silent)


@pytest.fixture
def city_copy(small_city: Prepared, tmp_path: Path) -> Path:
    """A city of one's own to change."""
    return Path(shutil.copytree(small_city.project.root, tmp_path / "city", symlinks=True))


def pytest_addoption(parser: pytest.Parser) -> None:
    """An option for what is looked at by people."""
    parser.addoption(
        "--new-pictures", action="store_true", help="keep the pictures of pages as they are now"
    )


@pytest.fixture(scope="session")
def new_pictures(pytestconfig: pytest.Config) -> bool:
    """Whether pictures of pages are made anew instead of compared."""
    return bool(pytestconfig.getoption("--new-pictures"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the browser tests out where there is no browser, unless tools are required."""
    if os.environ.get("GONGSHI_TOOLS") == "required" or shutil.which("chromium"):
        return
    left_out = pytest.mark.skip(reason="no chromium; see tests/tools.sh")
    for item in items:
        if "tests/e2e/" in item.nodeid:
            item.add_marker(left_out)
