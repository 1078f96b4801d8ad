"""The files for download: what they hold, that they are the same for the same, and who can read."""

import json
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

import duckdb
import frictionless
import pandas as pd
import pytest
import rdflib
from pyshacl import validate
from python_calamine import CalamineWorkbook
from rdflib.compare import isomorphic

from publish.catalogue.about import About
from publish.catalogue.robots import LIVE
from publish.catalogue.sitemap import NAME as SITEMAP
from publish.catalogue.sitemap import read_before, sitemap
from publish.demo.run import Prepared
from publish.pages.render import LANGUAGES, Renderer, moment_text
from publish.release.datasets import datasets
from publish.release.downloads import write_downloads
from publish.release.entries import Entry, checksums, entries
from publish.release.manifest import read_manifest, write_manifest
from publish.schema import public_types

pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")
SHAPES = Path(__file__).parents[1] / "fixtures/dcat-ap"
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")


@pytest.fixture(scope="module")
def released(small_city: Prepared) -> Path:
    """The release of the small city."""
    return small_city.project.current.resolve()


@pytest.fixture(scope="module")
def about(small_city: Prepared, released: Path) -> About:
    """The release as catalogues describe it."""
    return About(small_city.project, read_manifest(released))


def read(path: Path, query: str) -> list[tuple[object, ...]]:
    """The rows of a query on a database."""
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as db:
        return db.execute(query).fetchall()


def by_name(files: list[Entry]) -> dict[str, Entry]:
    """The files that lie in the folder itself, by their names."""
    return {file.name: file for file in files if file.path == f"downloads/{file.name}"}


class Rewritten:
    """Downloads made again of a copy of a city's records.

    Attributes:
        files: the first ones; their release is a folder with a manifest.
    """

    def __init__(self, credit: Path, folder: Path) -> None:
        self.folder, self.credit = folder, folder / "source.db"
        folder.mkdir()
        shutil.copy(credit, self.credit)
        self.files = by_name(self.write("one"))
        listed = [file.stated() for file in self.files.values()]
        write_manifest(folder / "one", {"files": listed})

    def write(self, name: str, previous: str | None = None) -> list[Entry]:
        """Writes the downloads of the copy as it is now."""
        downloads = self.folder / name / "downloads"
        downloads.mkdir(parents=True)
        before = self.folder / previous if previous else None
        with closing(sqlite3.connect(self.credit)) as db:
            return write_downloads(db, downloads, before)

    def change(self, *statements: str) -> None:
        """Changes the copy."""
        with closing(sqlite3.connect(self.credit)) as db, db:
            for statement in statements:
                db.execute(statement)


@pytest.fixture
def rewritten(released: Path, tmp_path: Path) -> Rewritten:
    """Downloads made again."""
    return Rewritten(released / "credit.db", tmp_path / "again")


def test_every_table_is_there_in_every_format(released: Path, about: About) -> None:
    """Each table has CSV, JSON Lines and Parquet; each with rows a workbook, but the duties."""
    found = by_name(about.files)
    for name, dataset in datasets().items():
        plain = [found[f"{name}.{kind}"] for kind in ("csv", "jsonl.gz", "parquet")]
        database = released / f"{dataset.database}.db"
        (count,) = read(database, f'SELECT count(*) FROM "{name}"')[0]
        assert [file.rows for file in plain] == [count] * 3, name
        books = [f for f in about.files if f.table == name and f.format == "xlsx"]
        assert sum(book.rows or 0 for book in books) == (count if dataset.workbook else 0), name
    assert {"credit.db", "credit.db.zst", "monitor.db", "monitor.db.zst"} <= found.keys()


@pytest.mark.parametrize("name", sorted(public_types()))
def test_workbooks_hold_the_rows_of_their_year(released: Path, about: About, name: str) -> None:
    """The workbooks of a type hold each record once, under the year of its decision, as text."""
    dataset = datasets()[name]
    columns = list(dataset.table.columns)
    for file in (f for f in about.files if f.table == name and f.format == "xlsx"):
        header, *rows = (
            CalamineWorkbook.from_path(str(released / file.path)).get_sheet_by_index(0).to_python()
        )
        expected = read(
            released / "credit.db",
            f'SELECT {", ".join(columns)} FROM "{name}" WHERE {dataset.decided} LIKE '
            f"'{file.year}-%' ORDER BY {', '.join(dataset.order)}",
        )
        assert header == columns
        assert rows == [["" if v is None else v for v in row] for row in expected]


def test_other_programs_read_them(released: Path, about: About) -> None:
    """pandas, DuckDB and JSON readers find the rows that the manifest states."""
    folder = released / "downloads"
    with duckdb.connect() as engine:
        for name in ("licence", "penalty", "duty", "indicator", "entity"):
            rows = by_name(about.files)[f"{name}.csv"].rows
            assert len(pd.read_csv(folder / f"{name}.csv", dtype=str)) == rows
            for source in (f"'{folder}/{name}.parquet'", f"read_json('{folder}/{name}.jsonl.gz')"):
                assert engine.sql(f"SELECT count(*) FROM {source}").fetchall() == [(rows,)]


def test_checksums_are_true(released: Path, about: About) -> None:
    """sha256sum finds every file as checksums.txt states it, and checksums.txt states all."""
    words = ["sha256sum", "--check", "--quiet", "--strict", "checksums.txt"]
    done = subprocess.run(words, cwd=released / "downloads", check=False, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    text = (released / "downloads/checksums.txt").read_text("utf-8")
    assert text == checksums(about.files)
    assert len(about.files) == text.count("\n") > 100


def test_equal_rows_give_equal_bytes(rewritten: Rewritten) -> None:
    """However rows lie in the database, CSV, JSON Lines, Parquet and workbooks are the same."""
    columns = ", ".join(datasets()["penalty"].table.columns)
    rewritten.change(
        f"CREATE TEMP TABLE kept AS SELECT {columns} FROM penalty ORDER BY record_id DESC",
        "DELETE FROM penalty",
        f"INSERT INTO penalty ({columns}) SELECT * FROM kept",
    )
    again = by_name(rewritten.write("two"))
    assert {n: f.sha256 for n, f in again.items()} == {
        n: f.sha256 for n, f in rewritten.files.items()
    }


def test_workbooks_of_equal_rows_are_taken_over(rewritten: Rewritten) -> None:
    """Where one record changed only the workbooks of its year, and of no other, are made anew."""
    year, changed = read(
        rewritten.credit, "SELECT substr(decision_date, 1, 4), record_id FROM penalty LIMIT 1"
    )[0]
    rewritten.change(f"UPDATE penalty SET remark = '更正' WHERE record_id = '{changed}'")
    again = by_name(rewritten.write("two", previous="one"))
    one, two = (rewritten.folder / release for release in ("one", "two"))
    books = [file for file in again.values() if file.format == "xlsx"]
    made = {f.name for f in books if not (one / f.path).samefile(two / f.path)}
    assert made == {f"penalty-{year}.xlsx"}
    assert again["penalty.csv"].sha256 != rewritten.files["penalty.csv"].sha256
    for name in again.keys() - made - {"penalty.csv", "penalty.jsonl.gz", "penalty.parquet"}:
        assert again[name] == rewritten.files[name]


def test_a_damaged_workbook_is_not_taken_over(rewritten: Rewritten) -> None:
    """What is not as its manifest states is made anew from the rows."""
    name = next(n for n in rewritten.files if n.startswith("licence-"))
    path = rewritten.folder / "one/downloads" / name
    path.write_bytes(path.read_bytes() + b" ")
    again = by_name(rewritten.write("two", previous="one"))
    assert again[name] == rewritten.files[name]
    assert not (rewritten.folder / "two/downloads" / name).samefile(path)


def test_entries_come_back_from_a_manifest(about: About) -> None:
    """What a manifest states is read as it was written; what does not apply is left out."""
    stated = [file.stated() for file in about.files]
    assert entries({"files": stated}) == about.files
    assert all("year" not in s or s["year"] for s in stated)


def test_the_data_package_is_valid_with_its_data(released: Path) -> None:
    """Frictionless finds the descriptor and every row of every table valid, keys included."""
    report = frictionless.Package(str(released / "downloads/datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "type", "message"])[:5]
    assert {task.name for task in report.tasks} == set(datasets())


def test_the_data_package_tells_a_wrong_table(released: Path, tmp_path: Path) -> None:
    """A row that breaks a key makes the package invalid: the check above can fail."""
    described = json.loads((released / "downloads/datapackage.json").read_text("utf-8"))
    described["resources"] = [r for r in described["resources"] if r["name"] == "department"]
    (tmp_path / "datapackage.json").write_text(json.dumps(described), "utf-8")
    whole = (released / "downloads/department.csv").read_bytes()
    (tmp_path / "department.csv").write_bytes(whole + whole.splitlines(keepends=True)[-1])
    report = frictionless.Package(str(tmp_path / "datapackage.json")).validate()
    assert "primary-key" in {found for (found,) in report.flatten(["type"])}


@pytest.mark.parametrize("shapes", ["shapes", "range"])
def test_the_catalogue_keeps_dcat_ap(released: Path, shapes: str) -> None:
    """The catalogue fits the European Commission's shapes of DCAT-AP 3."""
    graph = rdflib.Graph().parse(released / "site/catalog.ttl")
    fits, _, text = validate(graph, shacl_graph=str(SHAPES / f"{shapes}.ttl"), advanced=True)
    assert fits, text[:2000]


def test_the_shapes_can_fail(released: Path) -> None:
    """A data set without a title is found by the shapes."""
    graph = rdflib.Graph().parse(released / "site/catalog.ttl")
    graph.remove((None, rdflib.DCTERMS.title, None))
    assert not validate(graph, shacl_graph=str(SHAPES / "shapes.ttl"), advanced=True)[0]


def test_both_forms_of_the_catalogue_say_the_same(released: Path, about: About) -> None:
    """Turtle and JSON-LD are one graph, with each file's address, size and checksum."""
    turtle = rdflib.Graph().parse(released / "site/catalog.ttl")
    assert isomorphic(turtle, rdflib.Graph().parse(released / "site/catalog.jsonld"))
    listed = {str(o) for o in turtle.objects(None, rdflib.DCAT.downloadURL)}
    assert listed == {about.own_url(file) for group in about.groups for file in group.files}
    sums = {str(o).lower() for o in turtle.objects(None, SPDX.checksumValue)}
    assert sums == {file.sha256 for group in about.groups for file in group.files}


def structured(page: Path) -> dict[str, object]:
    """The data that a page holds for search engines."""
    (text,) = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', page.read_text("utf-8"), re.DOTALL
    )
    found: dict[str, object] = json.loads(text)
    return found


@pytest.mark.parametrize("prefix", ["", "en/"])
def test_landing_pages_tell_search_engines(released: Path, about: About, prefix: str) -> None:
    """The page of downloads lists every data set, each page of a type its own with its columns."""
    catalogue = structured(released / f"site/{prefix}downloads/index.html")
    assert catalogue["@type"] == "DataCatalog"
    assert isinstance(catalogue["dataset"], list)
    assert [d["identifier"] for d in catalogue["dataset"]] == [g.name for g in about.groups]
    for name in public_types():
        found = structured(released / f"site/{prefix}data/{name}/index.html")
        assert found["@type"] == "Dataset" and found["license"] == about.licence[1]
        assert len(str(found["name"])) < 50 and len(str(found["description"])) + 50 >= 50
        columns = found["variableMeasured"]
        assert isinstance(columns, list)
        assert [c["name"] for c in columns] == list(datasets()[name].table.columns)
        assert not {"contentSize", "sha256"} & set(re.findall(r'"(\w+)":', json.dumps(found)))


def pages(text: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """The pages of a sitemap: address, day, and its other languages."""
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    for url in Xml.fromstring(text).iterfind("s:url", names):  # noqa: S314 - our own file
        links = url.iterfind("{http://www.w3.org/1999/xhtml}link")
        others = {link.attrib["hreflang"]: link.attrib["href"] for link in links}
        yield url.findtext("s:loc", "", names), url.findtext("s:lastmod", "", names), others


def test_the_sitemap_lists_what_is_generated(released: Path, about: About) -> None:
    """Each page that was written is listed once in each language, and nothing about a record."""
    found = list(pages((released / "site" / SITEMAP).read_text("utf-8")))
    site = released / "site"
    written = {path.parent.relative_to(site) for path in site.rglob("index.html")}
    paths = [urlsplit(loc).path for loc, _, _ in found]
    assert sorted(paths) == sorted(f"/{p}/".replace("/./", "/") for p in map(str, written))
    assert not [path for path in paths if path.removeprefix("/en").startswith(LIVE[:3])]
    for loc, day, others in found:
        assert loc.startswith(about.project.address)
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", day)
        assert others.keys() == {"zh-CN", "en"} and loc in others.values()


def test_a_page_keeps_its_day_until_it_says_something_else(
    about: About, released: Path, tmp_path: Path
) -> None:
    """A later release gives its own day only to the page that changed, not for its moment."""
    before, after = tmp_path / "before", tmp_path / "after"
    shutil.copytree(released / "site", before / "site")
    later = replace(about, manifest={**about.manifest, "as_of": "2027-01-02T22:00:00+08:00"})
    pages_of = ["/", "/about/", "/rules/"]
    for page in (
        p / "index.html" for path in pages_of for p in (Path(path[1:]), Path("en" + path))
    ):
        text = (before / "site" / page).read_text("utf-8")
        for lang in LANGUAGES:
            old, new = (moment_text(one.manifest["as_of"], lang) for one in (about, later))
            text = text.replace(old, new)
        (after / page).parent.mkdir(parents=True, exist_ok=True)
        (after / page).write_text(text, "utf-8")
    changed = after / "about/index.html"
    changed.write_text(changed.read_text("utf-8").replace("</main>", "新</main>"), "utf-8")
    renderer = Renderer(about.project.site, about.project.profile, later.manifest)
    known = read_before(before, dict(about.manifest))
    text = sitemap(later, renderer, after, pages_of, known)
    days = {urlsplit(loc).path: day for loc, day, _ in pages(text)}
    assert days.pop("/about/") == "2027-01-02"
    assert set(days.values()) == {about.day}


def test_robots_keep_away_from_records(released: Path, about: About) -> None:
    """Search engines may read the generated pages, and nothing that is about single records."""
    text = (released / "site/robots.txt").read_text("utf-8")
    closed = re.findall(r"Disallow: (\S+)", text)
    for path in ("/records", "/record/x", "/entity/x", "/api/v1/records", "/credit/licence"):
        assert any(path.startswith(rule) for rule in closed)
        assert any(f"/en{path}".startswith(rule) for rule in closed)
    for path in ("/", "/departments/", "/downloads/", "/data/licence/", "/en/league/"):
        assert not any(path.startswith(rule) for rule in closed)
    assert f"Sitemap: {about.url('/sitemap.xml')}" in text


def test_the_citation_names_the_release(released: Path, about: About) -> None:
    """Text, BibTeX and the citation file all name the very release, its licence and its day."""
    page = (released / "site/downloads/index.html").read_text("utf-8")
    cited = (released / "downloads/CITATION.cff").read_text("utf-8")
    for text in (page, cited):
        assert about.release in text and about.day in text
        assert about.own_url(by_name(about.files)["datapackage.json"]) in text
    assert 'cff-version: "1.2.0"' in cited and 'license: "CC-BY-4.0"' in cited
    assert "@misc{gongshi-" in page
