"""The server over tiny releases: what it answers, refuses, and how it changes releases."""

import asyncio
import base64
import csv
import gzip
import hashlib
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, unquote

import httpx
import orjson
import pytest
from datasette.app import Datasette
from datasette.plugins import pm

from monitor.tables import DEPARTMENT, RELEASE, SUBMISSION, TABLES
from publish.demo.run import Prepared
from publish.errors import UsageError
from publish.project import Project, open_project
from publish.release.changes import CHANGE
from publish.release.downloads import write_downloads
from publish.release.entity import ENTITY
from publish.release.manifest import file_sha256, release_files, write_manifest
from publish.release.metadata import metadata
from publish.release.public import BATCH, TOMBSTONE, columns, reference_table
from publish.release.snapshot import RecordTable, new_database
from publish.schema import TYPES, public_types
from publish.search.index import SearchIndex
from publish.serve import plugin, portal, records
from publish.serve.answer import Message
from publish.serve.api.problem import KIND
from publish.serve.app import Portal, create_app
from publish.serve.headers import METHODS, POLICY, SAFE, STRICT
from publish.serve.server import listen
from publish.serve.static import FOREVER
from publish.serve.tables import SETTINGS
from tests.server import unlimited

T = TypeVar("T")

CHECKOUT = Path(__file__).parents[2]
FIRST, SECOND = "20261120T140000Z-aaaaaaaa", "20261121T140000Z-bbbbbbbb"
RELEASED = f"/releases/{FIRST}"
FILE = f"{RELEASED}/downloads/licence.csv"
SEARCHED = 45 * len(TYPES["record"])
"""How many records of the tiny release are searched."""
DEPARTMENTS = (("990001", "示例市市场监督管理局"), ("990002", "示例市税务局"))

TEMPLATES = {
    "records.html": (
        "{{ lang }}|{{ total }}|{{ first }}|{{ previous }}|{{ next }}|{{ csv | safe }}|"
        "{{ problem }}|"
        "{% for r in results %}"
        "{{ r.hit.type }}/{{ r.hit.record_id }} {{ r.hit.party_name }} {{ r.hit.decided }}\n"
        "{% endfor %}"
    ),
    "record.html": "{{ lang }} {{ record.record_id }} {{ record.row['remark'] }} {{ address }}",
    "error.html": "{{ lang }} {{ code }} {{ detail }}",
    "partials/release.html": "",
    "status.html": (
        "{{ lang }}|{{ now }}|{{ jobs | length }}|{{ releases | join(' ', 'release') }}|"
        "{% for d in freshness %}{{ d.code }} {{ d.received }} {% endfor %}|{{ versions }}"
    ),
}
ERRORS = {
    404: ("没有", "not here"),
    405: ("只读", "read"),
    410: ("不再", "gone"),
    429: ("慢", "slower"),
    500: ("出错", "failed"),
}
PAGES = {
    "index.html": "<p>首页 {release}</p>" + "示" * 2000,
    "en/index.html": "<p>home {release}</p>",
    "departments/index.html": "<p>部门 {release}</p>",
    "downloads/index.html": "<p>下载 {release}</p>",
    **{
        f"{prefix}{code}.html": f"<p>{text} {{release}}</p>"
        for code, texts in ERRORS.items()
        for prefix, text in zip(("", "en/"), texts, strict=True)
    },
    "static/site.1a2b3c4d.css": "body {{}}",
    "data.json": '{{"release": "{release}"}}',
}


def tiny_project(root: Path) -> Project:
    """Lays out a project with the least that serving needs."""
    shutil.copytree(CHECKOUT / "data/profiles", root / "data/profiles")
    (root / "gongshi.toml").write_text('profile = "demo-city"\n', "utf-8")
    for name in ("templates/partials", "locales", "static"):
        (root / "site" / name).mkdir(parents=True)
    for name, text in TEMPLATES.items():
        (root / "site/templates" / name).write_text(text, "utf-8")
    for lang in ("zh", "en"):
        (root / "site/locales" / f"{lang}.toml").write_text("", "utf-8")
    return open_project(root)


def tiny_release(project: Project, name: str, records: int = 3) -> Path:
    """Makes a release by hand: a few records of each type, every table, a few pages."""
    folder = project.releases / name
    (folder / "downloads").mkdir(parents=True)
    with new_database(folder / "credit.db") as db:
        _fill_credit(db, folder / "downloads", name, records)
    with new_database(folder / "monitor.db") as db:
        _fill_monitor(db, name)
    for page, text in PAGES.items():
        path = folder / "site" / page
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(release=name), "utf-8")
    for database in ("credit.db", "monitor.db"):
        os.link(folder / database, folder / "downloads" / database)
    (folder / "downloads/secret.txt").write_text("not in the manifest", "utf-8")
    write_manifest(folder, _manifest(folder, name))
    return folder


def make_current(project: Project, name: str) -> None:
    """Switches to a release as the release command does."""
    aside = project.releases / ".current"
    aside.symlink_to(name)
    aside.replace(project.current)


def _fill_credit(db: sqlite3.Connection, downloads: Path, name: str, records: int) -> None:
    """The tables of credit.db."""
    index = SearchIndex(db)
    for record in public_types().values():
        writer = RecordTable(record, db, index)
        for number in range(records):
            values: dict[str, Any] = {c.name: None for c in columns(record)}
            values |= {f.name: f.example for f in record.public_fields if f.type != "number"}
            own = _record(record.name, number, name)
            values |= {name: value for name, value in own.items() if name in values}
            values[record.roles["decided"]] = f"2026-03-{number % 28 + 1:02d}"
            writer.add(list(values.values()))
        writer.close()
    for table in (
        CHANGE,
        ENTITY,
        TOMBSTONE,
        BATCH,
        *map(reference_table, ("credit_list", "catalogue")),
    ):
        table.create(db)
    write_downloads(db, downloads)
    DEPARTMENT.create(db)
    DEPARTMENT.fill(db, _departments())
    listed = "INSERT INTO credit_list (list_id, name_zh, name_en) VALUES (?, ?, ?)"
    db.execute(listed, ("tax-a", "纳税信用A级纳税人", "A taxpayers"))
    RELEASE.create(db)
    RELEASE.fill(db, [_release_row(name)])
    index.finish()


def _fill_monitor(db: sqlite3.Connection, name: str) -> None:
    """The tables of monitor.db, most of them empty."""
    for table in TABLES:
        table.create(db)
    DEPARTMENT.fill(db, _departments())
    RELEASE.fill(db, [_release_row(name)])
    SUBMISSION.fill(db, [("990001", "licence", "2026-11-19", 3, 3, 0)])
    for table in TABLES:
        table.index(db)


def _record(kind: str, number: int, release: str) -> dict[str, Any]:
    """The values of a record that tests look for; its remark names the release."""
    documents = {"list_entry": "basis_document_no", "commitment": "commitment_no"}
    document = documents.get(kind, "document_no")
    text = "exit_reason" if kind == "list_entry" else "remark"
    return {
        "record_id": f"{kind}-{number:04d}",
        "commitment_id": f"commitment-{number % 2:04d}",
        "department": DEPARTMENTS[number % 2][0],
        "party_name": f"示例市晨光食品第{number}有限公司",
        "uscc": f"9199010000000{number:05d}",
        document: f"示例{kind}〔2026〕{number}号",
        text: release,
        "publish_status": "late" if number == 2 else "on_time",
        "portal_published": "2026-11-20T22:00:00+08:00",
        "version": 1,
        "masked": 0,
    }


def _departments() -> Iterator[tuple[str, ...]]:
    """Rows of the table `department`."""
    for code, name in DEPARTMENTS:
        yield (code, "", name, name, name[3:], name[3:], "department", "", "", "", "", "")


def _release_row(name: str) -> tuple[Any, ...]:
    """The row of the table `release`."""
    return (name, "2026-11-20T22:00:00+08:00", "demo-city", "1", "cn", "1", "0", 9, 9, 0, 0)


def _manifest(folder: Path, name: str) -> dict[str, Any]:
    """The manifest of a tiny release."""
    named = [p for p in release_files(folder / "downloads") if p.name != "secret.txt"]
    files = [{"path": f"downloads/{p.name}", "sha256": file_sha256(p)} for p in named]
    calendar = {"code": "cn", "version": "2026.1"}
    as_of = "2026-11-20T22:00:00+08:00"
    return {"release": name, "as_of": as_of, "calendar": calendar, "files": files}


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever was asked for
        """The body as JSON."""
        return orjson.loads(self.body)


async def ask(
    app: Portal, target: str, method: str = "GET", client: str = "192.0.2.1", **headers: str
) -> Reply:
    """Asks the application as uvicorn would, with a target that no client library tidies up."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {**_scope(target, method, headers), "client": (client, 50000)}
    await app(scope, _nothing, send)
    start, *rest = sent
    assert [m["type"] for m in rest] == ["http.response.body"] * len(rest)
    named = {k.decode().lower(): v.decode() for k, v in start["headers"]}
    return Reply(start["status"], named, b"".join(m.get("body", b"") for m in rest))


def _scope(target: str, method: str, headers: dict[str, str]) -> dict[str, Any]:
    """A request as a server hands it to an application."""
    raw, _, query = target.partition("?")
    return {
        "type": "http",
        "method": method,
        "path": unquote(raw),
        "raw_path": raw.encode(),
        "query_string": quote(query, safe="%=&+*:,()/<>'-").encode(),
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
    }


def visit(project: Project, story: Callable[[Portal], Awaitable[T]]) -> T:
    """Runs a story with a portal and closes the portal."""

    async def main() -> T:
        settings = project.root / "gongshi.toml"
        stated = settings.read_bytes()
        app = create_app(unlimited(project.root))
        settings.write_bytes(stated)  # other tests use the city too
        try:
            return await story(app)
        finally:
            await app.close()

    return asyncio.run(main())


def get(project: Project, *targets: str, method: str = "GET", **headers: str) -> list[Reply]:
    """The replies to requests, one after the other."""

    async def story(app: Portal) -> list[Reply]:
        return [await ask(app, target, method, **headers) for target in targets]

    return visit(project, story)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with one release; tests do not change it."""
    made = tiny_project(tmp_path_factory.mktemp("project"))
    tiny_release(made, FIRST, records=45)
    make_current(made, FIRST)
    return made


@pytest.fixture
def own(tmp_path: Path) -> Project:
    """A project with two releases, the first current, for a test to change."""
    made = tiny_project(tmp_path / "project")
    tiny_release(made, FIRST)
    tiny_release(made, SECOND)
    make_current(made, FIRST)
    return made


class TestErrors:
    """The pages in place of the one that was asked for."""

    def test_in_the_language_of_the_address(self, project: Project) -> None:
        """The page is the release's own, whatever the reason, and no cache keeps it."""
        zh, en = get(project, "/nothing", "/en/nothing")
        assert (zh.text, en.text) == (f"<p>没有 {FIRST}</p>", f"<p>not here {FIRST}</p>")
        zh, en = get(project, "/nothing", "/en/records", method="POST")
        assert (zh.text, en.text) == (f"<p>只读 {FIRST}</p>", f"<p>read {FIRST}</p>")
        assert {zh.headers["cache-control"], en.headers["cache-control"]} == {"no-store"}
        (gone,) = get(project, "/releases/20200101T000000Z-00000000/downloads/licence.csv")
        assert (gone.status, gone.text) == (410, f"<p>不再 {FIRST}</p>")
        assert gone.headers["link"] == '</downloads/licence.csv>; rel="latest-version"'

    def test_programs_get_a_problem(self, project: Project) -> None:
        """The API, files of data and clients that want nothing but JSON get no page."""
        kind = {"accept": "application/json"}
        for reply in (
            get(project, "/api/v1/records", method="POST")[0],
            get(project, "/credit/licence.json", method="POST")[0],
            get(project, "/records", method="POST", **kind)[0],
        ):
            assert reply.headers["content-type"] == KIND
            assert (reply.json["status"], reply.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
        kind["accept"] = "text/html,application/json;q=0.9"
        assert get(project, "/records", method="POST", **kind)[0].text == f"<p>只读 {FIRST}</p>"

    def test_a_failure_needs_no_template(
        self, own: Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The page for a failure was read when the release was opened."""

        async def story(app: Portal) -> list[Reply]:
            before = await ask(app, "/status/")
            monkeypatch.setattr(portal, "read_status", _fails)
            shutil.rmtree(own.site / "templates")
            shutil.rmtree(own.current.resolve() / "site")
            return [before, await ask(app, "/status/"), await ask(app, "/en/status/")]

        before, zh, en = visit(own, story)
        assert (before.status, zh.status, en.status) == (200, 500, 500)
        assert (zh.text, en.text) == (f"<p>出错 {FIRST}</p>", f"<p>failed {FIRST}</p>")
        assert "secret" not in zh.text
        assert "/status/ failed" in caplog.text

    def test_a_release_without_pages(self, own: Project) -> None:
        """A release that an older program made has a plain page in both languages."""
        for page in own.releases.glob(f"{FIRST}/site/**/4*.html"):
            page.unlink()
        (reply,) = get(own, "/nothing")
        assert reply.status == 404
        assert "无法显示" in reply.text
        assert "cannot be shown" in reply.text


class TestAssets:
    """What pages are made of."""

    def test_changed_since_the_release(self, own: Project) -> None:
        """Pages made on request keep their looks if those were changed and nothing was released.

        Nobody may keep such a file for long: it can be changed again under the same address.
        """
        (own.site / "static/site.css").write_text("main {}", "utf-8")
        mark = hashlib.sha256(b"main {}").hexdigest()[:8]
        new, old, wrong = get(
            own, f"/static/site.{mark}.css", "/static/site.1a2b3c4d.css", "/static/site.css"
        )
        assert (new.text, new.headers["cache-control"]) == ("main {}", "public, max-age=60")
        assert (old.text, old.headers["cache-control"]) == ("body {}", FOREVER)
        assert wrong.status == 404


class TestPacked:
    """Rows take a fraction of their length on the way."""

    @pytest.mark.parametrize(
        "target",
        ["/credit/licence", "/credit/licence.csv?_stream=on", "/credit.json?sql=select+1"],
    )
    def test_rows(self, project: Project, target: str) -> None:
        """They are the same unpacked, and caches are told."""
        plain, packed = (
            get(project, target, accept_encoding=coding)[0] for coding in ("identity", "gzip")
        )
        assert (packed.status, packed.headers["content-encoding"]) == (200, "gzip")
        assert "content-encoding" not in plain.headers
        assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
        assert "content-length" not in packed.headers
        strip = re.compile(rb'"query_ms": [0-9.]+|Queries took [0-9.]+ms')
        assert strip.sub(b"", gzip.decompress(packed.body)) == strip.sub(b"", plain.body)
        (head,) = get(project, target, method="HEAD", accept_encoding="gzip")
        assert (head.status, head.body) == (200, b"")

    def test_no_answer_but_rows(self, project: Project) -> None:
        """What has no body is not packed."""
        (moved,) = get(project, "/credit/licence?_filter_column=department", accept_encoding="gzip")
        assert (moved.status, moved.body) == (302, b"")
        assert "content-encoding" not in moved.headers


class TestLimit:
    """How often an address may ask."""

    def test_too_many(self, own: Project) -> None:
        """What is looked up ends after a minute's worth; pages and files do not, nor others'."""
        _settle(own, "requests_per_minute = 5")

        async def story(app: Portal) -> list[Reply]:
            live = [
                "/records",
                "/api/v1/departments",
                "/credit/licence",
                "/en/record/x",
                "/status/",
            ]
            for target in live:
                assert (await ask(app, target)).status != 429
            lookups = [await ask(app, target) for target in (*live, "/credit/licence.json")]
            for target in ("/", "/departments/", "/downloads/licence.csv", "/nothing", "/404.html"):
                assert (await ask(app, target)).status != 429
            other = await ask(app, "/records", client="192.0.2.2")
            assert other.status == 200
            return lookups

        page, problem, _, english, _, rows = answered = visit(own, story)
        assert {reply.status for reply in answered} == {429}
        assert {reply.headers["retry-after"] for reply in answered} == {"12"}
        assert {reply.headers["cache-control"] for reply in answered} == {"no-store"}
        assert (page.text, english.text) == (f"<p>慢 {FIRST}</p>", f"<p>slower {FIRST}</p>")
        assert problem.headers["content-type"] == rows.headers["content-type"] == KIND
        assert problem.json["type"] == "/api/#too_many"

    def test_a_switch_counts_no_request_twice(self, own: Project) -> None:
        """A request that another release answers after all is counted once."""
        _settle(own, "requests_per_minute = 2")

        async def story(app: Portal) -> list[int]:
            found = [(await ask(app, "/records")).status]
            make_current(own, SECOND)
            found += [(await ask(app, "/records")).status for _ in range(2)]
            return found

        assert visit(own, story) == [200, 200, 429]

    def test_no_limit(self, own: Project) -> None:
        """Zero switches it off."""

        async def story(app: Portal) -> set[int]:
            return {(await ask(app, "/api/v1/departments")).status for _ in range(700)}

        assert visit(own, story) == {200}


def _fails(*_: object) -> None:
    """Fails with words that the public must not see."""
    raise RuntimeError("secret")


def _settle(project: Project, line: str) -> None:
    """Adds a line to a project's settings."""
    settings = project.root / "gongshi.toml"
    settings.write_text(f"{line}\n{settings.read_text('utf-8')}", "utf-8")


class TestSite:
    """The generated pages."""

    def test_pages(self, project: Project) -> None:
        """A folder's page stands at its address with a slash; without one it is sent there."""
        home, folder, bare, english = get(
            project, "/", "/departments/", "/departments?x=%E4%B8%AD", "/en/"
        )
        assert (home.status, folder.status, english.status) == (200, 200, 200)
        assert "首页" in home.text
        assert "部门" in folder.text
        assert "home" in english.text
        assert (bare.status, bare.headers["location"]) == (301, "/departments/?x=%E4%B8%AD")

    def test_missing(self, project: Project) -> None:
        """What is not there is answered by the site's own page in the address's language."""
        zh, en = get(project, "/nothing", "/en/nothing/")
        assert (zh.status, en.status) == (404, 404)
        assert "没有" in zh.text
        assert "not here" in en.text

    def test_head(self, project: Project) -> None:
        """HEAD has the headers of GET and no body, whoever answers."""
        for target in ("/", "/downloads/licence.csv", "/credit/licence", "/records", "/nothing"):
            full, head = get(project, target)[0], get(project, target, method="HEAD")[0]
            assert head.body == b""
            assert (head.status, head.headers) == (full.status, full.headers)

    def test_not_modified(self, project: Project) -> None:
        """A client that has the content is told so, without it."""
        for target in ("/", FILE, "/records?q=晨光"):
            tag = get(project, target)[0].headers["etag"]
            again = get(project, target, if_none_match=f'"other", {tag}')[0]
            assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
            assert get(project, target, if_none_match='"other"')[0].status == 200

    def test_packed(self, project: Project) -> None:
        """A text is packed for who takes it packed, under a tag of its own."""
        plain = get(project, "/")[0]
        packed = get(project, "/", accept_encoding="br, gzip")[0]
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert packed.headers["etag"] != plain.headers["etag"]
        assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"

    def test_lasting(self, project: Project) -> None:
        """What has a hash in its name is kept for good, pages for a minute."""
        asset, page = get(project, "/static/site.1a2b3c4d.css", "/")
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert asset.headers["content-type"] == "text/css; charset=utf-8"
        assert page.headers["cache-control"] == "public, max-age=60"

    @pytest.mark.parametrize(
        "target",
        [
            "/../gongshi.toml",
            "/%2e%2e/%2e%2e/gongshi.toml",
            "/departments/..%2f..%2fmanifest.json",
            "/departments/%5c..%5cmanifest.json",
            "/departments\\index.html",
            "/index.html%00.css",
            "/./index.html",
            "//example.org/",
            "/departments//index.html",
            "/downloads/../credit.db",
            "/credit/licence%2F..",
            "index.html",
        ],
    )
    def test_improper_address(self, project: Project, target: str) -> None:
        """Addresses that mean something else to a file system are refused before any look-up."""
        assert get(project, target)[0].status == 400

    def test_links_out(self, own: Project, tmp_path: Path) -> None:
        """A link out of the release is not followed, wherever it lies."""
        (tmp_path / "private.txt").write_text("private", "utf-8")
        release = own.releases / FIRST
        (release / "site/leak.txt").symlink_to(tmp_path / "private.txt")
        (release / "site/folder").symlink_to(tmp_path)
        (release / "downloads/licence.csv").unlink()
        (release / "downloads/licence.csv").symlink_to(tmp_path / "private.txt")
        replies = get(own, "/leak.txt", "/folder/private.txt", "/downloads/licence.csv")
        assert [r.status for r in replies] == [404, 404, 404]


class TestDownloads:
    """Files."""

    def test_whole(self, project: Project) -> None:
        """A file comes whole, with its name, its media type and the manifest's checksum as tag."""
        csv, db, page = get(project, FILE, f"{RELEASED}/downloads/credit.db", "/downloads/")
        file = project.releases / FIRST / "downloads/licence.csv"
        assert csv.body == file.read_bytes()
        assert csv.headers["content-type"] == "text/csv; charset=utf-8"
        assert csv.headers["content-disposition"] == 'attachment; filename="licence.csv"'
        assert csv.headers["content-length"] == str(len(csv.body))
        assert csv.headers["etag"] == f'"{file_sha256(file)}"'
        assert db.headers["content-type"] == "application/vnd.sqlite3"
        assert db.body == (project.releases / FIRST / "credit.db").read_bytes()
        assert "下载" in page.text

    def test_only_named(self, project: Project) -> None:
        """A file that the manifest does not name is not there."""
        for folder in ("", RELEASED):
            assert get(project, f"{folder}/downloads/secret.txt")[0].status == 404

    def test_latest(self, project: Project) -> None:
        """The address that always holds sends on to the release's own, and is soon asked again."""
        reply, file = get(project, "/downloads/licence.csv", FILE)
        assert (reply.status, reply.headers["location"]) == (302, FILE)
        assert reply.headers["cache-control"] == "public, max-age=60"
        assert {r.headers["access-control-allow-origin"] for r in (reply, file)} == {"*"}
        assert file.headers["cache-control"] == "public, max-age=3600, immutable"
        assert file.headers["x-robots-tag"] == "noindex"

    def test_a_release_before_keeps_its_files(self, own: Project) -> None:
        """After a switch the address of a file still shows that file; one to come shows none."""
        own_file = get(own, FILE)[0]
        assert get(own, FILE.replace(FIRST, SECOND))[0].status == 404
        make_current(own, SECOND)
        old, new = get(own, FILE, FILE.replace(FIRST, SECOND))
        assert (old.status, old.body) == (200, own_file.body)
        assert (new.status, new.body == old.body) == (200, False)

    def test_a_release_that_is_gone(self, own: Project) -> None:
        """A release that is on no disk any more is gone, and what has taken its place is named."""
        make_current(own, SECOND)
        shutil.rmtree(own.releases / FIRST)
        gone, other = get(own, FILE, FILE.replace("licence", "nothing"))
        assert gone.status == other.status == 410
        assert gone.headers["link"] == '</downloads/licence.csv>; rel="latest-version"'
        assert "link" not in other.headers

    def test_a_release_before_a_removal(self, own: Project) -> None:
        """A release from before something was taken off is offered to nobody, on disk or not."""
        with closing(sqlite3.connect(own.releases / SECOND / "credit.db")) as db, db:
            row = (SECOND, "licence-0001", "licence", "990001", "withdrawn", "", "data", "revoked")
            db.execute(f"INSERT INTO {CHANGE.name} VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        make_current(own, SECOND)
        before, after = get(own, FILE, FILE.replace(FIRST, SECOND))
        assert (before.status, after.status) == (410, 200)

    @pytest.mark.parametrize(
        "release", ["20991231T000000Z-aaaaaaaa", "2026", ".building-x", FIRST[:-1]]
    )
    def test_no_such_release(self, project: Project, release: str) -> None:
        """What is no release, or none yet, is not there."""
        assert get(project, f"/releases/{release}/downloads/licence.csv")[0].status == 404

    @pytest.mark.parametrize(
        ("asked", "first", "last"),
        [("bytes=0-9", 0, 10), ("bytes=10-", 10, None), ("bytes=-7", -7, None)],
    )
    def test_part(self, project: Project, asked: str, first: int, last: int | None) -> None:
        """A part is sent alone, saying which it is."""
        whole = get(project, FILE)[0]
        part = get(project, FILE, range=asked)[0]
        assert (part.status, part.body) == (206, whole.body[first:last])
        start = first % len(whole.body)
        end = start + len(part.body) - 1
        assert part.headers["content-range"] == f"bytes {start}-{end}/{len(whole.body)}"

    @pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
    def test_no_such_part(self, project: Project, asked: str) -> None:
        """A part beyond the end is refused, saying where the end is."""
        reply = get(project, FILE, range=asked)[0]
        assert reply.status == 416
        assert re.fullmatch(r"bytes \*/\d+", reply.headers["content-range"])

    @pytest.mark.parametrize("asked", ["bytes=-", "bytes=9-1", "bytes=0-1,5-6", "lines=1-2"])
    def test_part_not_understood(self, project: Project, asked: str) -> None:
        """A range that is none, or several, is answered with the whole file."""
        assert get(project, FILE, range=asked)[0].status == 200

    def test_part_of_other_content(self, project: Project) -> None:
        """A client whose other parts are of an older file gets the whole new one."""
        tag = get(project, FILE)[0].headers["etag"]
        same, other = (
            get(project, FILE, range="bytes=0-1", if_range=mark)[0] for mark in (tag, '"older"')
        )
        assert (same.status, other.status) == (206, 200)


class TestHeaders:
    """What every answer carries."""

    def test_guard(self, project: Project) -> None:
        """Every answer of every part and kind has the headers of safety and the release's id."""
        (project.root / "site/templates/records.html").write_text("{{ 1 / 0 }}", "utf-8")
        try:
            replies = visit(project, _walk)
        finally:
            (project.root / "site/templates/records.html").write_text(
                TEMPLATES["records.html"], "utf-8"
            )
        assert {r.status for _, r in replies} >= {200, 206, 204, 301, 304, 400, 403, 404, 405, 500}
        for target, reply in replies:
            assert {k: reply.headers.get(k) for k in SAFE} == dict(SAFE), target
            assert reply.headers["x-release"] == FIRST, target
            assert "server" not in reply.headers, target
            assert "set-cookie" not in reply.headers, target
            policy = reply.headers[POLICY]
            assert "frame-ancestors 'none'" in policy, target
            assert "'unsafe-inline'" not in policy.partition("style-src")[0], target
            table = re.match(r"(/en)?/(credit|monitor|-)($|[/.?])", target)
            html = reply.headers.get("content-type", "").startswith("text/html")
            assert policy == STRICT or (table and html), target

    def test_scripts_of_datasette(self, project: Project) -> None:
        """Datasette's own scripts in its pages are allowed by their hashes, others are not."""
        page = get(project, "/credit/licence")[0]
        for script in re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL):
            assert f"'{_source(script)}'" in page.headers[POLICY]
        assert f"'{_source('alert(1)')}'" not in page.headers[POLICY]

    def test_sharing(self, project: Project) -> None:
        """Other sites may read data, not pages; nobody may send anything."""
        data: tuple[str, ...] = (
            "/credit/licence.json",
            "/monitor/duty.csv",
            "/downloads/licence.csv",
            "/data.json",
        )
        data += ("/alerts.xml", "/departments/market/deadlines.ics")
        for reply in get(project, *data):
            assert reply.headers["access-control-allow-origin"] == "*"
        for reply in get(project, "/", "/records", "/credit/licence"):
            assert "access-control-allow-origin" not in reply.headers
        before = get(project, "/credit/licence.json", method="OPTIONS")[0]
        assert before.status == 204
        assert before.headers["access-control-allow-methods"] == "GET, HEAD"

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
    def test_only_reading(self, project: Project, method: str) -> None:
        """Methods that send something reach nothing."""
        for reply in get(project, "/", "/credit", "/-/metadata", "/records", method=method):
            assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


async def _walk(app: Portal) -> list[tuple[str, Reply]]:
    """Asks for something of everything."""
    tables = [
        f"{prefix}/{database}{ending}"
        for prefix in ("", "/en")
        for database in ("credit", "monitor")
        for ending in ("", ".json", "/release", "/release.json", "/release.csv", "/nothing", ".db")
    ]
    targets = [
        *(f"/{page}" for page in PAGES),
        *("/", "/departments", "/nothing", "/en/", "/en/nothing", "/bad//path"),
        *("/downloads/licence.csv", FILE, "/downloads/nothing.csv"),
        *(
            "/records",
            "/en/records",
            "/records/",
            "/records.csv",
            "/record/licence-0001",
            "/en/record/licence-0001",
            "/record/nothing",
            "/entity/nothing",
            "/status/",
            "/status",
            "/en/status/",
        ),
        *("/-/versions", "/-/metadata.json", "/-/static/app.css", "/-/databases", "/-/nothing"),
        *("/credit?sql=select+1", "/credit?sql=drop+table+licence", "/credit/licence/licence-0001"),
        *tables,
    ]
    replies = [(target, await ask(app, target)) for target in targets]
    replies += [
        (t, await ask(app, t, method)) for t in ("/", "/credit") for method in (*METHODS, "POST")
    ]
    tag = replies[0][1].headers["etag"]
    replies.append(("/", await ask(app, f"/{next(iter(PAGES))}", if_none_match=tag)))
    replies.append(("/", await ask(app, FILE, range="bytes=0-1")))
    return replies


def _source(script: str) -> str:
    """A script's hash as a policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


class TestTables:
    """Datasette."""

    def test_search(self, project: Project) -> None:
        """Datasette's search finds Chinese in the index that holds no text."""

        def found(query: str) -> list[str]:
            reply = get(project, f"/credit/licence.json?_shape=array&_size=100&_search={query}")[0]
            return [row["record_id"] for row in reply.json]

        assert len(found("晨光食品")) == 45
        assert found("第7有限公司") == ["licence-0007"]
        assert found("示例licence[2026]7號") == ["licence-0007"]
        assert found("火星") == []
        assert found("示例licence20267号") == ["licence-0007"]
        assert found("！？") == []
        assert len(found("")) == 45

    def test_search_in_a_column(self, project: Project) -> None:
        """Names, codes, numbers and texts can be searched apart; the table of all records too."""
        asked = {
            "licence.json?_search_party_name=第7": ["licence-0007"],
            "licence.json?_search_document_no=第7": [],
            "penalty.json?_search_document_no=penalty20267号": ["penalty-0007"],
            "record.json?_search=示例penalty[2026]7号": ["penalty-0007"],
        }
        for path, ids in asked.items():
            table, _, query = path.partition("?")
            reply = get(project, f"/credit/{table}?_shape=array&{query}")[0]
            assert [row["record_id"] for row in reply.json] == ids
        assert get(project, "/credit/licence.json?_search_facts=第7")[0].status == 400

    def test_search_page(self, project: Project) -> None:
        """A table's page offers the search, in whichever language it is asked for."""
        for reply in get(project, "/credit/licence?_search=第7", "/en/credit/licence?_search=第7"):
            assert "licence-0007" in reply.text
            assert 'name="_search"' in reply.text
            assert "licence-0008" not in reply.text

    def test_language(self, project: Project) -> None:
        """What Datasette links to stays in the language of the page."""
        page = get(project, "/en/credit/licence?_size=1&_facet=department")[0]
        inside = re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text)
        assert len(inside) > 20
        assert {link for link in inside if not re.match(r"/en/(credit|-)|/en/$", link)} == set()

    def test_no_stranger_is_known(self, project: Project) -> None:
        """Cookies and passwords mean nothing: the answer is the one that everybody gets."""
        plain = get(project, "/credit/licence.json?_size=1")[0]
        known = get(project, "/credit/licence.json?_size=1", cookie="ds_actor=x", authorization="x")
        assert known[0].headers == plain.headers

    def test_own_pages(self, project: Project) -> None:
        """Of Datasette's own pages those about it are served, not those about this machine."""
        public = ("/-/versions.json", "/-/metadata.json", "/-/plugins.json", "/-/settings")
        private = ("/-/databases.json", "/-/threads", "/-/auth-token", "/-/logout", "/-/messages")
        assert [r.status for r in get(project, *public)] == [200] * 4
        assert [r.status for r in get(project, *private)] == [404] * 5
        settings = get(project, "/-/settings.json")[0].json
        assert {name: settings[name] for name in SETTINGS} == SETTINGS

    @pytest.mark.parametrize(
        "sql",
        [
            "attach database '/etc/passwd' as x",
            "select * from licence; attach database 'x' as y",
            "pragma journal_mode=delete",
            "select * from pragma_journal_mode('delete')",
            "pragma query_only=0",
            "insert into licence(record_id) values ('x')",
            "with x as (select 1) delete from licence",
            "explain update licence set department='x'",
            "select load_extension('x')",
            "select writefile('x', 'y')",
            "select length(hex(zeroblob(100000000)))",
            f"select 'a' like '{'%a' * 200}'",
            "with recursive n(i) as (select 1 union all select i+1 from n) select count(*) from n",
        ],
    )
    def test_sql_only_reads(self, project: Project, sql: str) -> None:
        """SQL from strangers can neither write, open, load, nor take more than its share."""
        before = file_sha256(project.releases / FIRST / "credit.db")
        reply = get(project, f"/credit.json?sql={quote(sql)}")[0]
        if not sql.startswith("explain"):
            assert reply.status == 400, reply.text
        assert file_sha256(project.releases / FIRST / "credit.db") == before

    def test_sql_does_not_tell_where_files_are(self, project: Project) -> None:
        """The list of databases, which names folders of the server, is empty for strangers."""
        for sql in (
            "select * from pragma_database_list",
            "select file from pragma_database_list()",
        ):
            reply = get(project, f"/credit.json?_shape=array&sql={quote(sql)}")[0]
            assert (reply.status, reply.json) == (200, [])

    def test_sql_reads(self, project: Project) -> None:
        """SQL that reads is answered, up to a thousand rows."""
        many = (
            "with recursive n(i) as (select 1 union select i+1 from n limit 5000) select * from n"
        )
        reply = get(project, f"/credit.json?_shape=objects&sql={quote(many)}")[0]
        assert (reply.status, len(reply.json["rows"]), reply.json["truncated"]) == (200, 1000, True)

    def test_mistakes(self, project: Project, capfd: pytest.CaptureFixture[str]) -> None:
        """A visitor's mistake is answered in the site's frame, as JSON to programs, unlogged."""
        replies = get(
            project,
            "/credit/nothing",
            "/en/credit/licence/nothing",
            "/credit/licence?_sort=nothing",
            "/credit.db",
            "/credit.json?sql=drop+table+licence",
            "/credit/nothing.json",
        )
        assert [r.status for r in replies] == [404, 404, 400, 403, 400, 404]
        assert [r.text for r in replies[:2]] == ["zh 404 None", "en 404 None"]
        assert "Cannot sort table by nothing" in replies[2].text
        assert replies[4].json == {
            "ok": False,
            "error": "Statement must be a SELECT",
            "status": 400,
        }
        assert "Traceback" not in "".join(capfd.readouterr())

    @pytest.mark.parametrize(
        "query",
        ["_through={", "_through=[]", "uscc__in=[1", "_timelimit=x", "_size=-1", "_next=x,y,z"],
    )
    def test_unreadable_question(self, project: Project, query: str) -> None:
        """A question that Datasette fails at is the visitor's mistake, not the server's failure."""
        for reply in get(project, f"/credit/licence?{query}", f"/credit/licence.json?{query}"):
            assert reply.status in {200, 400}

    def test_whole_table_as_csv(self, project: Project) -> None:
        """All rows of a table come as CSV, each once, whatever order was asked for."""
        for query in ("_stream=on", "_size=max&_sort_desc=content&_stream=on&_search="):
            reply = get(project, f"/credit/licence.csv?{query}")[0]
            rows = list(csv.DictReader(reply.text.splitlines()))
            assert [row["record_id"] for row in rows] == [f"licence-{n:04d}" for n in range(45)]
        duties = get(project, "/monitor/submission.csv?_stream=on")[0]
        assert len(duties.text.splitlines()) == 2

    def test_every_table_is_described(self, small_city: Prepared) -> None:
        """Each table and column of a real release has its meaning in the metadata."""
        said = metadata(small_city.project.profile)["databases"]
        for name in ("credit", "monitor"):
            served = get(small_city.project, f"/{name}.json")[0].json["tables"]
            tables = {t["name"]: t["columns"] for t in served if not t["hidden"]}
            described = {t: list(d["columns"]) for t, d in said[name]["tables"].items()}
            assert {t: sorted(c) for t, c in tables.items() if not t.startswith("sqlite_")} == {
                t: sorted(c) for t, c in described.items()
            }

    def test_real_pages(self, small_city: Prepared) -> None:
        """The site's own templates can show what the server finds, in both languages."""
        row = get(small_city.project, "/credit/licence.json?_shape=array&_size=1")[0].json[0]
        for prefix in ("", "/en"):
            for path in (
                "/",
                "/records",
                f"/records?q={row['party_name']}&type=licence",
                "/status/",
                "/credit",
                "/credit/licence",
                f"/credit/licence/{row['record_id']}",
                "/credit?sql=select+1",
                "/monitor",
                "/monitor/duty?status=late",
                "/-/versions",
            ):
                reply = get(small_city.project, prefix + path)[0]
                assert reply.status == 200, path
                assert f'lang="{"en" if prefix else "zh-CN"}"' in reply.text, path
        found = get(small_city.project, f"/records?q={row['party_name']}&type=licence")[0]
        assert f"/record/{row['record_id']}" in found.text
        assert get(small_city.project, "/credit/nothing")[0].status == 404
        assert get(small_city.project, "/en/credit?sql=drop")[0].status == 400

    def test_a_commitment_shows_how_it_was_kept(self, small_city: Prepared) -> None:
        """The page of a commitment lists its fulfilments, and each leads back to it."""
        project = small_city.project
        rows = get(project, "/credit/fulfilment.json?_shape=array")[0].json
        row = rows[0]
        own, of = (
            f"/credit/{n}/{row[f'{c}_id']}"
            for n, c in (("fulfilment", "record"), ("commitment",) * 2)
        )
        for prefix in ("", "/en"):
            assert f'<a href="{prefix}{own}">' in get(project, prefix + of)[0].text
            assert f'<a href="{prefix}{of}">' in get(project, prefix + own)[0].text

    def test_registered_once(self, project: Project) -> None:
        """The plugin is registered one time, whether its entry point was found or not."""
        get(project, "/-/versions")
        get(project, "/-/versions")
        assert [p for p in pm.get_plugins() if p is plugin] == [plugin]
        assert [i.plugin for i in pm.hook.prepare_connection.get_hookimpls()].count(plugin) == 1

    def test_harmless_elsewhere(self, project: Project) -> None:
        """In a Datasette whose metadata does not name it the plugin changes nothing."""
        get(project, "/-/versions")

        async def story() -> tuple[str, int]:
            other = Datasette(memory=True)
            await other.invoke_startup()
            rows = await other.execute(
                "_memory", "select escape_fts('市 局'), length(zeroblob(2e7))"
            )
            page = await other.client.get("/_memory?sql=select+1")
            assert "gongshi" not in page.text
            other.executor.shutdown()
            return tuple(rows.first())

        assert asyncio.run(story()) == ('"市" "局"', 20_000_000)


class TestRecords:
    """The search page."""

    def test_newest_first(self, project: Project) -> None:
        """Without a question all records come, the newest decision first, twenty a page."""
        first, last = get(project, "/records", f"/records?page={-(-SEARCHED // 20)}")
        lang, total, place, previous, following, *_ = first.text.split("|")
        assert (lang, total, place) == ("zh", str(SEARCHED), "1")
        assert (previous, following) == ("None", "/records?page=2")
        decided = re.findall(r"\d{4}-\d\d-\d\d$", first.text, re.MULTILINE)
        assert len(decided) == 20
        assert decided == sorted(decided, reverse=True)
        whole = (SEARCHED - 1) // 20
        assert last.text.split("|")[2:5] == [str(20 * whole + 1), f"/records?page={whole}", "None"]

    def test_pages_hold_each_record_once(self, project: Project) -> None:
        """Paging shows every record, none twice."""
        pages = get(project, *(f"/records?q=晨光&page={n}" for n in range(1, SEARCHED // 20 + 2)))
        shown = [line for page in pages for line in re.findall(r"\w+/\w+-\d{4}", page.text)]
        assert len(shown) == len(set(shown)) == SEARCHED

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("第7有限公司&type=licence", ["licence/licence-0007"]),
            ("第７有限公司&type=licence", ["licence/licence-0007"]),
            ("晨光食品第7有限公司 licence", ["licence/licence-0007"]),
            ("示例penalty[2026]7號", ["penalty/penalty-0007"]),
            ("919901000000000007&type=penalty", ["penalty/penalty-0007"]),
            ("火星", []),
            ("？", []),
            ('" OR "&type=licence', []),
            ("%00", []),
        ],
    )
    def test_query(self, project: Project, query: str, expected: list[str]) -> None:
        """A name, a document number however it is written, and a code find their records."""
        reply = get(project, f"/records?q={query}")[0]
        assert re.findall(r"\w+/\w+-\d{4}", reply.text) == expected

    def test_named_first(self, project: Project) -> None:
        """A record that the query names in full comes before newer ones that only hold the text."""
        reply = get(project, "/records?q=示例licence〔2026〕4号&type=licence")[0]
        shown = re.findall(r"licence-\d{4}", reply.text)
        assert shown[0] == "licence-0004"

    def test_record(self, project: Project) -> None:
        """A record has a page in each language, at one address for good."""
        own, english, unknown, slashed = get(
            project,
            "/record/licence-0001",
            "/en/record/licence-0001",
            "/record/nothing",
            "/record/licence-0001/",
        )
        lasting = f"{project.address}/record/licence-0001"
        assert own.text == f"zh licence-0001 {FIRST} {lasting}"
        assert english.text == f"en licence-0001 {FIRST} {lasting}"
        assert unknown.status == 404
        assert (slashed.status, slashed.headers["location"]) == (301, "/record/licence-0001")

    def test_a_slash_too_many(self, project: Project) -> None:
        """Pages of records and organisations are sent on to their one address, query and all."""
        to = {
            "/record/licence-0001/?a=1": "/record/licence-0001?a=1",
            "/en/record/%E7%A4%BA%E4%BE%8B/": "/en/record/%E7%A4%BA%E4%BE%8B",
            "/en/entity/9/": "/en/entity/9",
        }
        found = get(project, *to)
        assert [(r.status, r.headers["location"]) for r in found] == [(301, a) for a in to.values()]
        assert {r.status for r in get(project, "/record/", "/en/entity/", "/record/a/b")} == {404}
        same, slashed = get(project, "/record/licence-0001", "/en/entity/9/", method="HEAD")
        assert (same.status, same.body, slashed.status) == (200, b"", 301)

    def test_filters(self, project: Project) -> None:
        """Filters narrow down; what no filter offers is left out."""
        late, tax, days, nonsense = get(
            project,
            "/records?status=late",
            "/records?department=990002&type=penalty",
            "/records?type=licence&decided_from=2026-03-02&decided_to=2026-03-03&q=晨光",
            "/records?type=nothing&status=nothing&decided_from=soon&page=-1",
        )
        assert late.text.split("|")[1] == str(len(TYPES["record"]))
        assert tax.text.split("|")[1] == "22"
        assert days.text.split("|")[1] == "4"
        assert nonsense.text.split("|")[1] == str(SEARCHED)

    def test_csv(self, project: Project) -> None:
        """The results as CSV are all the results of the page's question, in its order."""
        page = get(project, "/en/records?q=晨光&department=990001&page=2")[0]
        address = page.text.split("|")[5]
        reply = get(project, address)[0]
        assert reply.headers["content-type"] == "text/csv; charset=utf-8"
        assert reply.text.startswith("\ufefftype,record_id,headline,party,document,")
        rows = list(csv.DictReader(reply.text.removeprefix("\ufeff").splitlines()))
        assert len(rows) == int(page.text.split("|")[1]) == 23 * len(TYPES["record"])
        shown = re.findall(r"\w+/\w+-\d{4}", page.text)
        assert [f"{row['type']}/{row['record_id']}" for row in rows[20:40]] == shown
        assert get(project, "/records?q=火星")[0].text.split("|")[5] == "None"

    def test_too_many(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        """More than can be counted is said to be more, and can be paged through so far."""
        monkeypatch.setattr(records, "MOST", 40)
        monkeypatch.setattr("publish.search.total.MOST", 40)
        first, second, third = get(project, *(f"/records?q=晨光&page={n}" for n in (1, 2, 3)))
        assert first.text.split("|")[1] == "None"
        assert second.text.split("|")[4] == "None"
        assert third.text == second.text

    def test_too_slow(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        """A search that takes too long is stopped and says so."""

        def forever(db: sqlite3.Connection, *_: object, **__: object) -> None:
            endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
            db.execute(f"{endless} SELECT i FROM n WHERE i < 0").fetchall()

        monkeypatch.setattr(records, "find", forever)
        assert get(project, "/records.csv")[0].status == 503
        reply = get(project, "/records?q=晨光")[0]
        assert (reply.status, reply.headers["cache-control"]) == (503, "no-store")
        assert "检索用时过长" in reply.text


class TestStatus:
    """The page on how the portal is doing."""

    def test_status(self, own: Project) -> None:
        """It shows jobs, releases up to the one served, and who has been silent for longest."""
        before = get(own, "/status/")[0].text.split("|")
        assert before[2:5] == ["0", FIRST, "990002 None 990001 2026-11-19 "]
        own.status.write_bytes(orjson.dumps({"jobs": [{}, {}], "failures": []}))
        make_current(own, SECOND)
        after = get(own, "/en/status/")[0].text.split("|")
        assert (after[0], after[2:4]) == ("en", ["2", f"{SECOND} {FIRST}"])
        assert after[1].endswith("+08:00")


class TestSwitch:
    """Changing releases."""

    def test_no_release(self, tmp_path: Path) -> None:
        """Before the first release every page says what to do, and then it is served."""
        empty = tiny_project(tmp_path / "project")

        async def story(app: Portal) -> None:
            reply = await ask(app, "/")
            assert (reply.status, reply.headers["x-release"]) == (503, "none")
            assert "gongshi release" in reply.text
            tiny_release(empty, FIRST)
            make_current(empty, FIRST)
            await asyncio.sleep(0.6)
            assert (await ask(app, "/")).headers["x-release"] == FIRST

        visit(empty, story)

    def test_under_load(self, own: Project) -> None:
        """While releases change no request fails and none is answered by two of them."""
        targets = (
            "/",
            "/data.json",
            "/records",
            "/record/licence-0001",
            "/credit/release.json?_shape=array",
            "/monitor/release.json?_shape=array",
            "/credit/licence.csv",
            "/records.csv?q=晨光",
        )

        async def client(app: Portal, number: int) -> list[tuple[str, Reply]]:
            replies: list[tuple[str, Reply]] = []
            while not done.is_set():
                target = targets[(number + len(replies)) % len(targets)]
                replies.append((target, await ask(app, target)))
                await asyncio.sleep(0)
            return replies

        async def story(app: Portal) -> list[tuple[str, Reply]]:
            clients = [asyncio.create_task(client(app, number)) for number in range(8)]
            for name in (SECOND, FIRST, SECOND):
                await asyncio.sleep(0.8)
                make_current(own, name)
            await asyncio.sleep(1.2)
            done.set()
            return [reply for replies in await asyncio.gather(*clients) for reply in replies]

        done = asyncio.Event()
        replies = visit(own, story)
        assert {r.status for _, r in replies} == {200}
        assert {r.headers["x-release"] for _, r in replies} == {FIRST, SECOND}
        for target, reply in replies:
            named = set(re.findall(rb"2026112\dT140000Z-\w{8}", reply.body))
            assert named <= {reply.headers["x-release"].encode()}, target

    def test_old_release_is_let_go(self, own: Project) -> None:
        """After a change nothing of the old release stays open, and no thread is left."""

        async def story(app: Portal) -> None:
            for address in ("/credit/licence", "/en/credit/licence"):
                await ask(app, address)
            before = _pools()
            for name in (SECOND, FIRST, SECOND):
                make_current(own, name)
                await asyncio.sleep(0.6)
                await ask(app, "/credit/licence")
                await asyncio.sleep(0.6)
                assert (await ask(app, "/credit/licence")).headers["x-release"] == name
            assert len(_pools()) <= len(before)
            assert not before & _pools()
            opened = [str(f.readlink()) for f in Path("/proc/self/fd").iterdir() if f.is_symlink()]
            assert [f for f in opened if FIRST in f] == []

        visit(own, story)

    def test_long_answer_is_finished(self, own: Project) -> None:
        """A download that began before the change ends with the bytes of its own release."""
        file = own.releases / FIRST / "downloads/credit.db"

        async def story(app: Portal) -> None:
            sent: list[Message] = []

            async def slowly(message: Message) -> None:
                if not sent:
                    make_current(own, SECOND)
                    await asyncio.sleep(0.6)
                    assert (await ask(app, "/")).status == 200
                    await asyncio.sleep(0.3)
                    assert (await ask(app, "/")).headers["x-release"] == SECOND
                sent.append(message)

            await app(_scope(f"{RELEASED}/downloads/credit.db", "GET", {}), _nothing, slowly)
            body = b"".join(m.get("body", b"") for m in sent[1:])
            assert hashlib.sha256(body).hexdigest() == file_sha256(file)

        visit(own, story)

    def test_broken_release(self, own: Project) -> None:
        """A release that cannot be opened is passed over; the next good one is served."""
        broken = own.releases / "20261122T140000Z-cccccccc"
        broken.mkdir()

        async def story(app: Portal) -> None:
            assert (await ask(app, "/")).headers["x-release"] == FIRST
            for name, served in ((broken.name, FIRST), (SECOND, SECOND)):
                make_current(own, name)
                await asyncio.sleep(0.6)
                await ask(app, "/")
                await asyncio.sleep(0.6)
                reply = await ask(app, "/")
                assert (reply.status, reply.headers["x-release"]) == (200, served)

        visit(own, story)


def _pools() -> set[str]:
    """The groups of threads that are not the event loop's own."""
    names = (t.name.rpartition("_")[0] for t in threading.enumerate())
    return {name for name in names if name.startswith("ThreadPoolExecutor")}


async def _nothing() -> dict[str, Any]:
    """A request without a body."""
    return {"type": "http.request", "body": b"", "more_body": False}


SERVE = """
import sys
from pathlib import Path
from publish.project import open_project
from publish.serve.server import serve

if __name__ == "__main__":
    serve(open_project(Path(sys.argv[1])), "127.0.0.1", 0, int(sys.argv[2]),
          lambda address: print(address, flush=True))
    print("ended", flush=True)
"""


@contextmanager
def served(project: Project, folder: Path, workers: int) -> Iterator[tuple[str, Any]]:
    """A real server on a free port of this machine: its address and its process."""
    script = folder / "serve_script.py"
    script.write_text(SERVE, "utf-8")
    process = subprocess.Popen(
        [sys.executable, script, project.root, str(workers)],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.communicate()


class TestServer:
    """A real server."""

    @pytest.mark.parametrize(
        ("workers", "number"), [(1, signal.SIGINT), (1, signal.SIGTERM), (2, signal.SIGINT)]
    )
    def test_serves_and_ends(
        self, project: Project, tmp_path: Path, workers: int, number: signal.Signals
    ) -> None:
        """It answers, and a signal ends it with code 0 and without a word of complaint."""
        with served(project, tmp_path, workers) as (address, process):
            with httpx.Client(base_url=address, timeout=30) as client:
                home, posted = client.get("/"), client.post("/", content=b"x")
                part = client.get(
                    f"{RELEASED}/downloads/credit.db", headers={"Range": "bytes=0-15"}
                )
                rows = client.get("/credit/licence.json?_shape=array&_search=第7").json()
            assert (home.status_code, home.headers["x-release"]) == (200, FIRST)
            assert "server" not in home.headers
            assert posted.status_code == 405
            assert (part.status_code, part.content) == (206, b"SQLite format 3\0")
            assert [row["record_id"] for row in rows] == ["licence-0007"]
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
            assert (process.returncode, out, err) == (0, "ended\n", "")

    def test_raw_requests(self, project: Project, tmp_path: Path) -> None:
        """Requests that no browser makes are refused on the wire, too."""
        with served(project, tmp_path, 1) as (address, _):
            host, port = httpx.URL(address).host, httpx.URL(address).port
            assert port is not None
            for target in ("/../../gongshi.toml", "/..%2f..%2fgongshi.toml", "/a%00b", "//x/"):
                with socket.create_connection((host, port), 10) as wire:
                    wire.sendall(
                        f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
                    )
                    assert wire.recv(100).startswith(b"HTTP/1.1 400"), target

    def test_port_in_use(self) -> None:
        """A port that another program has is reported with what to do."""
        with listen("127.0.0.1", 0) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(
                UsageError, match=f"端口 {port} 已被占用.*--port {port + 1}"
            ) as caught:
                listen("127.0.0.1", port)
        assert f"Port {port} is in use" in caught.value.en
        assert caught.value.exit_code == 2

    @pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("127.0.0.1", 70000)])
    def test_no_such_address(self, host: str, port: int) -> None:
        """An address that is not this machine's, or a port that is none, is reported."""
        with pytest.raises(UsageError, match="--host"):
            listen(host, port)
