"""The department pages of `benchmarks.site`, made by what makes a release's pages.

python benchmarks/site_pages.py FOLDER

The folder holds site/, data/departments.json and, where a build went before, kept/ with its pages;
the pages go to its public/.
"""

import sys
from pathlib import Path

import orjson

from publish.pages.keep import digest, files_digest, read_keeper
from publish.pages.render import Renderer
from publish.profile import load_profile

PROFILE = Path(__file__).parents[1] / "data/profiles/demo-city.toml"


def build(folder: Path) -> None:
    """Writes a page for each department, or takes it over where nothing on it changed."""
    site, public, before = folder / "site", folder / "public", folder / "kept"
    renderer = Renderer(site, load_profile(PROFILE), generates=True)
    keeper = read_keeper(before / "public", before / "keys.json")
    templates = files_digest(site)
    for department in orjson.loads((folder / "data/departments.json").read_bytes()):
        path = f"/departments/{department['code']}/"

        def page(path: str = path, department: object = department) -> bytes:
            return renderer.render("department.html", "zh", path, d=department).encode()

        keeper.put(public, f"{path[1:]}index.html", digest(templates, department), page)
    keeper.write(folder / "keys.json")


if __name__ == "__main__":
    build(Path(sys.argv[1]))
