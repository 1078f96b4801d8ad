"""Records with words of their own, taken off in every way: afterwards none of these is anywhere."""

import asyncio
import csv
import gzip
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ahocorasick_rs import BytesAhoCorasick

from publish.handin import idcard, uscc
from publish.handin.intake import Handing, intake
from publish.project import Project, init_project
from publish.register.register import Register, open_register, utc
from publish.register.removal import Happening, withdraw
from publish.register.review import hold, send_back
from publish.release.close import close
from publish.release.manifest import read_manifest
from publish.release.release import release
from publish.schema import public_types, record_type
from publish.serve.app import Portal, create_app
from tests.conftest import silent
from tests.server import unlimited
from tests.unit.handed import ROOT, example

RECORDS = 500
ZONE = ZoneInfo("Asia/Shanghai")
HANDED_IN = datetime(2026, 3, 20, 10, tzinfo=ZONE)
CORRECTED, REMOVED, MENDED = (HANDED_IN + timedelta(days=n) for n in (1, 3, 4))
NIGHT = timedelta(hours=12)
CLOSED = "2026-02"
"""A month that is closed while every word is still public."""

KINDS = ("licence", "penalty", "other_act", "list_entry", "commitment")
EVENTS = ("revoked", "repaired", "upheld", "mended")
HAND_INS: Mapping[str, Mapping[str, str]] = {
    "status": {"status": "1"},
    "shared": {"usage_scope": "1"},
    "authorised": {"usage_scope": "2"},
    "exit": {"exit_date": "2026/03/23"},
}
"""The ways off by a correction, with what it changes."""


@dataclass(frozen=True)
class Canary:
    """A record that holds words which no other holds.

    Attributes:
        way: how it comes off; ``stays`` if it does not.
        row: its newest row as handed in.
        never: what must never be public.
        old: what was public before its correction.
        shown: what is public of it until it comes off.
    """

    number: int
    type: str
    way: str
    row: Mapping[str, str]
    never: tuple[str, ...]
    old: tuple[str, ...]
    shown: tuple[str, ...]

    @property
    def document(self) -> str:
        """Its number, which leads to it in the register and in the search."""
        return self.row[record_type(self.type).roles["document"][-1]]


def ways(kind: str) -> Sequence[str]:
    """The ways in which records of a type can come off, and staying."""
    roles = record_type(kind).roles
    by_role = {"scope": ("shared", "authorised"), "publish_until": ("expiry",), "exit": ("exit",)}
    own = [way for role, names in by_role.items() if role in roles for way in names]
    return ("stays", *EVENTS, "status", *own, "rejected")


def canaries() -> Iterator[Canary]:
    """As many records as there are, of every type and way."""
    for number in range(RECORDS):
        kind = KINDS[number % len(KINDS)]
        of_kind = number // len(KINDS)
        yield canary(number, kind, ways(kind)[of_kind % len(ways(kind))])


def canary(number: int, kind: str, way: str) -> Canary:
    """One record; every tenth is of a natural person where the rules allow to publish these."""
    record = record_type(kind)
    identity = f"99010119800101{number:03d}"
    identity += idcard.check_character(identity)
    code = f"91990100MA{number:07d}"
    code += uscc.check_character(code)
    name = "欧" + chr(0x5000 + number) + chr(0x6000 + number)
    secrets = {
        "legal_representative": name,
        "legal_rep_id_type": "身份证",
        "legal_rep_id_no": identity,
        "tax_no": f"TX{number:05d}7713",
    }
    public = {"party_name": f"示例市黄雀{number:03d}翎商行", "uscc": code}
    if kind in {"licence", "commitment"} and number % 10 in {0, 4} and number % 3 == 0:
        secrets = {"party_name": name, "person_id_no": identity}
        public = {"party_kind": "自然人", "uscc": "", "person_id_type": "身份证"}
    numbered = f"示例市雀{number:03d}翎〔2026〕{number + 1}号"
    document = {record.roles["document"][-1]: numbered}
    texts = ["content", "reason", "honour_name"]
    free = next(each for each in texts if each in record.by_name and each != "reason")
    before, after = (f"金丝雀{number:03d}{word}羽色已登记在案" for word in ("旧", "新"))
    if way == "expiry":
        document["publish_until"] = "2026/03/22"
    row = example(kind, **secrets, **public, **document, **{free: before})
    never = tuple(secrets[n] for n in secrets if n != "legal_rep_id_type")
    shown = (after, numbered, *(v for n, v in public.items() if n in {"party_name", "uscc"} and v))
    return Canary(number, kind, way, row | {free: after}, never, (before,), shown)


def fulfilment(of: Canary) -> dict[str, str]:
    """The check of a commitment, with words of its own."""
    return example("fulfilment", commitment_no=of.document, note=note_of(of))


def note_of(of: Canary) -> str:
    """The words of the check of a commitment."""
    return f"金丝雀{of.number:03d}已补交羽毛样本"


@dataclass
class Aviary:
    """The portal in which all of them were shown and most of them taken off."""

    project: Project
    register: Register
    birds: tuple[Canary, ...] = tuple(canaries())
    ids: dict[int, str] = field(default_factory=dict)

    def way(self, *names: str) -> list[Canary]:
        """Those that come off in one of these ways."""
        return [bird for bird in self.birds if bird.way in names]

    @property
    def off(self) -> list[Canary]:
        """Those that are not public in the end."""
        return [bird for bird in self.birds if bird.way not in {"stays", "mended"}]

    def hand_in(
        self, kind: str, rows: Sequence[Mapping[str, str]], at: datetime, name: str = ""
    ) -> int:
        """Hands rows of one type in; returns the number of the batch."""
        self.project.inbox.mkdir(exist_ok=True)
        path = self.project.inbox / f"{kind}{name}-{at:%m%d}.csv"
        titles = {f.name: f.title_zh for f in record_type(kind).fields}
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(titles[column] for column in rows[0])
            writer.writerows(row.values() for row in rows)
        (batch,) = intake(self.project, self.register, path, Handing(at, "雀科"), silent)
        assert batch.counts.rejected == 0, batch.returned and batch.returned.read_text("utf-8-sig")
        return batch.number

    def first(self) -> None:
        """Everything is handed in and, but for what a reviewer sends back, published."""
        for kind in KINDS:
            for waits in (False, True):
                birds = [b for b in self.birds if b.type == kind and (b.way == "rejected") == waits]
                rows = [{**b.row, **self._draft(b)} for b in birds]
                batch = self.hand_in(kind, rows, HANDED_IN, "-waits" if waits else "")
                if waits:
                    self._send_back(batch)
        kept = [b for b in self.birds if b.type == "commitment" and b.way != "rejected"]
        self.hand_in("fulfilment", [fulfilment(bird) for bird in kept], HANDED_IN)
        release(self.project, self.register, HANDED_IN + NIGHT, silent)
        versions = self.register.db.execute(
            "SELECT record_id, payload FROM version WHERE record_type <> 'fulfilment'"
        )
        numbers = {bird.document: bird.number for bird in self.birds}
        for record_id, payload in versions:
            document = next(v for v in orjson.loads(payload).values() if v in numbers)
            self.ids[numbers[document]] = record_id

    def _draft(self, bird: Canary) -> dict[str, str]:
        """What its first version said instead."""
        (old,) = bird.old
        return {name: old for name, value in bird.row.items() if value == bird.shown[0]}

    def _send_back(self, batch: int) -> None:
        """A reviewer refuses a batch."""
        with self.register.transaction():
            hold(self.register, batch, utc(HANDED_IN), "示例市发布审签规定")
        send_back(self.register, batch, "王五", HANDED_IN + timedelta(hours=1), "不应公示")

    def corrected(self) -> None:
        """All that is public is corrected: the words of the first version are to go."""
        for kind in KINDS:
            rows = [b.row for b in self.birds if b.type == kind and b.way != "rejected"]
            self.hand_in(kind, rows, CORRECTED)
        release(self.project, self.register, CORRECTED + NIGHT, silent)
        at = CORRECTED + NIGHT * 1.5
        edition = close(self.project, self.register, CLOSED, "王五", at, silent).edition
        frozen = (self.project.editions / edition / "duty.csv").read_text("utf-8-sig")
        assert sum(record_id in frozen for record_id in self.ids.values()) > RECORDS // 2

    def removed(self) -> None:
        """Everything that is to come off does, in one release."""
        for kind in KINDS:
            birds = [b for b in self.way(*HAND_INS) if b.type == kind]
            self.hand_in(kind, [{**b.row, **HAND_INS[b.way]} for b in birds], REMOVED)
        for way in EVENTS:
            ids = [self.ids[bird.number] for bird in self.way(way)]
            what = Happening("upheld" if way == "mended" else way, REMOVED, "王五", "请求撤下")
            withdraw(self.register, ids, what)
        release(self.project, self.register, REMOVED + NIGHT, silent, allow_fewer=True)

    def mended(self) -> None:
        """What an objection was upheld against is corrected, and public again."""
        for kind in KINDS:
            rows = [
                {n: v.replace("新羽", "真羽") for n, v in b.row.items()}
                for b in self.way("mended")
                if b.type == kind
            ]
            self.hand_in(kind, rows, MENDED)
        release(self.project, self.register, MENDED + NIGHT, silent)

    def forbidden(self) -> dict[str, int]:
        """What must be nowhere, with the number of the record that it is of."""
        gone = {text: b.number for b in self.birds for text in (*b.never, *b.old)}
        gone |= {text: b.number for b in self.off for text in b.shown}
        gone |= {b.shown[0]: b.number for b in self.way("mended")}
        gone |= {note_of(b): b.number for b in self.off if b.type == "commitment"}
        return gone

    def public(self) -> dict[str, int]:
        """What must still be found, with the number of the record that it is of."""
        kept = [(b, text) for b in self.way("stays") for text in b.shown]
        kept += [(b, b.shown[0].replace("新羽", "真羽")) for b in self.way("mended")]
        return {text: bird.number for bird, text in kept}


ADDRESSES = (
    "/credit/{type}/{id}",
    "/en/credit/{type}/{id}",
    "/credit/{type}.json?_shape=array&record_id={id}",
    "/credit/{type}.csv?record_id={id}",
    "/record/{id}",
    "/api/v1/records/{id}",
    "/api/v1/records?q={document}",
    "/records?q={document}",
    "/records.csv?q={document}",
    "/downloads/{type}.csv",
    "/downloads/{type}.jsonl.gz",
    "/downloads/{type}.parquet",
    "/downloads/credit.db",
)


Answers = dict[str, httpx.Response]


@dataclass(frozen=True)
class Story:
    """What became of the portal, and what it answered before and after the removal.

    Attributes:
        before: the answers about some removed records while these were public.
        again: the answers after the removal to a client that holds the former ones.
    """

    aviary: Aviary
    before: Answers
    again: Answers


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Everything that happens, with a server running all the while."""
    project = init_project(tmp_path_factory.mktemp("aviary") / "project", "demo-city")
    shutil.copytree(ROOT / "data/reference", project.data / "reference", dirs_exist_ok=True)
    with open_register(project.register) as register:
        yield asyncio.run(happens(Aviary(project, register)))


async def happens(aviary: Aviary) -> Story:
    """The whole story."""
    aviary.first()
    aviary.corrected()
    app = create_app(unlimited(aviary.project.root))
    async with portal(app) as client:
        before = {a: await client.get(a) for a in addresses(aviary)}
        aviary.removed()
        held = {a: {"if-none-match": r.headers.get("etag", "")} for a, r in before.items()}
        again = {a: await client.get(a, headers=headers) for a, headers in held.items()}
        aviary.mended()
        await client.get("/")
        await app.close()
    return Story(aviary, before, again)


def portal(app: Portal) -> httpx.AsyncClient:
    """A client of a portal in this process."""
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://portal", follow_redirects=True)


def addresses(aviary: Aviary) -> list[str]:
    """Where one removed record of each type can be seen."""
    found = []
    for kind in KINDS:
        bird = next(b for b in aviary.way("revoked") if b.type == kind)
        values = {"type": kind, "id": aviary.ids[bird.number], "document": bird.document}
        found += [address.format(**values) for address in ADDRESSES]
    return list(dict.fromkeys(found))


class Net:
    """Finds canaries in bytes, whatever stands around them."""

    def __init__(self, texts: Mapping[str, int]) -> None:
        self._texts = list(texts)
        self._automaton = BytesAhoCorasick([text.encode() for text in self._texts])

    def caught(self, content: bytes) -> set[str]:
        """Those that stand in some bytes."""
        return {self._texts[n] for n, *_ in self._automaton.find_matches_as_indexes(content)}


def contents(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and what is packed in them."""
    yield path.read_bytes()
    if path.suffix == ".gz":
        yield gzip.decompress(path.read_bytes())
    elif path.suffix == ".zst":
        with pa.input_stream(path, "zstd") as unpacked:
            yield unpacked.read()
    elif path.suffix == ".parquet":
        yield pq.read_table(path).to_pandas().to_csv().encode()
    elif path.suffix in {".xlsx", ".docx", ".zip"}:
        with zipfile.ZipFile(path) as archive:
            yield from map(archive.read, archive.namelist())
    elif path.suffix == ".db":
        with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as db:
            tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (name,) in tables:
                yield str(db.execute(f'SELECT * FROM "{name}"').fetchall()).encode()


def said(answer: httpx.Response) -> bytes:
    """What an answer says, JSON without its escapes as well."""
    is_json = "json" in answer.headers.get("content-type", "")
    plain = orjson.dumps(orjson.loads(answer.content)) if is_json else b""
    return answer.content + plain


def files(project: Project) -> Iterator[Path]:
    """Every file below data/releases."""
    yield from (path for path in project.releases.rglob("*") if path.is_file())


def test_the_canaries_were_seen(story: Story) -> None:
    """While they were public each of these addresses showed the record and its words."""
    shown = {b.document for b in story.aviary.way("revoked")}
    for address, answer in story.before.items():
        assert answer.status_code == 200, address
        if not address.endswith((".gz", ".parquet", ".db")):
            assert any(document.encode() in said(answer) for document in shown), address


def test_nothing_is_left_in_any_file(story: Story) -> None:
    """No byte below data/releases, unpacked, holds a word of what came off; the rest is there."""
    aviary = story.aviary
    forbidden, public = Net(aviary.forbidden()), Net(aviary.public())
    assert len(aviary.birds) == RECORDS and len(aviary.forbidden()) > 5 * RECORDS
    caught, kept, packed = {}, set[str](), 0
    for path in files(aviary.project):
        for content in contents(path):
            packed += 1
            kept |= public.caught(content)
            if found := forbidden.caught(content):
                caught[path.name] = found
    assert caught == {}
    assert kept == set(aviary.public())
    assert packed > 300


def test_only_the_last_release_is_on_disk(story: Story) -> None:
    """After a removal neither older releases nor temporary files nor logs of databases are left."""
    releases = story.aviary.project.releases
    left = {path.name for path in releases.iterdir()}
    assert len(left) == 3 and "current" in left, "the removal's release, and the one after it"
    odd = [p.name for p in files(story.aviary.project) if re.search(r"-(wal|shm|journal)$", p.name)]
    assert odd == []
    assert not [path for path in releases.rglob(".*") if path.is_file()]


def test_a_client_with_the_old_answer_is_told(story: Story) -> None:
    """With the entity tag of the former answer it gets a new one, 404 or 410, never 304.

    What it may keep without asking it may keep for a minute; for an hour what was at an address
    that is a release's own, and to which it was sent on.
    """
    for address, answer in story.again.items():
        before = story.before[address]
        assert answer.status_code in {200, 404, 410}, address
        assert answer.headers.get("etag") != before.headers.get("etag") or not before.headers.get(
            "etag"
        )
        assert answer.headers["x-release"] != before.headers["x-release"]
        for hop in (*answer.history, answer):
            lasting = re.search(r"max-age=(\d+)", hop.headers.get("cache-control", ""))
            longest = 3600 if hop.url.path.startswith("/releases/") else 60
            assert not lasting or int(lasting[1]) <= longest, hop.url
    tagged = [a for a, r in story.before.items() if "etag" in r.headers]
    assert len(tagged) >= 20


def test_nothing_is_left_in_any_answer(story: Story) -> None:
    """A crawl of all pages and routes in both languages meets none of it, and all of the rest."""
    aviary = story.aviary
    forbidden, public = Net(aviary.forbidden()), Net(aviary.public())
    answers = asyncio.run(crawl(aviary))
    assert len(answers) > 800
    caught = {address: found for address, body in answers if (found := forbidden.caught(body))}
    assert caught == {}
    kept = set[str]().union(*(public.caught(body) for _, body in answers))
    assert kept == set(aviary.public())


LINK = re.compile(r"""(?:href|src)=["']([^"'#]+)""")


async def crawl(aviary: Aviary) -> list[tuple[str, bytes]]:
    """The answers to every address that is linked to, and to those that are known of."""
    app = create_app(unlimited(aviary.project.root))
    waiting, seen, answers = list(known(aviary)), set[str](), list[tuple[str, bytes]]()
    async with portal(app) as client:
        while waiting:
            address = waiting.pop()
            if address in seen:
                continue
            seen.add(address)
            answer = await client.get(address, follow_redirects=True)
            assert answer.status_code < 500, address
            answers.append((address, said(answer)))
            if "html" in answer.headers.get("content-type", ""):
                waiting += [link for link in links(answer) if link not in seen]
        await app.close()
    return answers


def links(answer: httpx.Response) -> Iterator[str]:
    """Where a page leads within the portal.

    Sorted and filtered tables only lead out of it; of searches those with one filter are enough.
    """
    for found in LINK.findall(answer.text):
        url = answer.url.join(found.replace("&amp;", "&"))
        one_filter = url.path.endswith("/records") and b"&" not in url.query
        if url.host == "portal" and (not url.query or one_filter):
            yield url.raw_path.decode()


def known(aviary: Aviary) -> Iterator[str]:
    """Addresses that nothing may link to: all rows, single records, searches, files."""
    for prefix in ("", "/en"):
        yield f"{prefix}/"
        for name in (*public_types(), "tombstone", "batch"):
            yield f"{prefix}/credit/{name}"
            yield f"{prefix}/credit/{name}.json?_shape=array&_size=max"
            yield f"{prefix}/credit/{name}.csv?_stream=on&_size=max"
        for bird in aviary.off:
            if bird.number in aviary.ids:
                yield f"{prefix}/credit/{bird.type}/{aviary.ids[bird.number]}"
                yield f"{prefix}/record/{aviary.ids[bird.number]}"
                yield f"/api/v1/records/{aviary.ids[bird.number]}"
        for bird in aviary.birds:
            yield f"/records.csv?q={bird.document}"
        yield f"{prefix}/records?q=金丝雀"
        yield f"{prefix}/credit/licence?_search=金丝雀"
    manifest = read_manifest(aviary.project.current)
    yield from (f"/{each['path']}" for each in manifest["files"])
