"""A value that is not public, planted in a release, stops it, wherever it is."""

import gzip
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from publish.demo.run import NIGHT, UNTIL, Prepared
from publish.errors import ProblemError
from publish.project import Project, open_project
from publish.register.register import open_register
from publish.release.leak.check import leaks, refuse_leaks
from publish.release.leak.kinds import Kind
from publish.release.release import release
from publish.release.verify import verify
from publish.search.fold import index_text
from tests.conftest import silent

LAST_NIGHT = datetime.combine(UNTIL, NIGHT, ZoneInfo("Asia/Shanghai"))


def found(project: Project) -> dict[str, list[Kind]]:
    """The leaks of the release that is served: kinds by file."""
    with open_register(project.register) as register:
        return {
            leak.file: sorted(leak.found)
            for leak in leaks(project.current.resolve(), project, register)
        }


def versions(project: Project) -> Iterator[tuple[str, dict[str, str]]]:
    """Every record of the register with its id."""
    with open_register(project.register) as register:
        for record_id, payload in register.db.execute("SELECT record_id, payload FROM version"):
            yield record_id, orjson.loads(payload)


@pytest.fixture(scope="module")
def secrets(small_city: Prepared) -> Mapping[Kind, str]:
    """A value of each kind that nothing public explains."""
    with closing(sqlite3.connect(small_city.project.current / "credit.db")) as db:
        public = "".join(str(row) for row in db.execute("SELECT * FROM penalty"))
        published = {record_id for (record_id,) in db.execute("SELECT record_id FROM licence")}
    people = [
        values
        for record_id, values in versions(small_city.project)
        if values.get("party_kind") == "自然人" and "facts" in values
        if record_id not in published and len(values["party_name"]) == 3
        if values["facts"][:16] not in public and "/" not in values["facts"][:30]
    ]
    return {
        Kind.NUMBER: people[0]["person_id_no"],
        Kind.NAME: people[0]["party_name"],
        Kind.TEXT: people[0]["facts"][:30],
    }


def page(folder: Path, secret: str) -> str:
    """In a page, in the middle of a sentence."""
    return appended(folder / "site/index.html", f"<!-- 当事人{secret}已整改 -->".encode())


def references(folder: Path, secret: str) -> str:
    """In a page, in character references."""
    text = "".join(f"&#{ord(c)};" for c in secret)
    return appended(folder / "site/league/index.html", f"<p>{text}</p>".encode())


def address(folder: Path, secret: str) -> str:
    """In the address of a link."""
    link = f'<a href="/search?q={quote(secret)}">'
    return appended(folder / "site/index.html", link.encode())


def feed(folder: Path, secret: str) -> str:
    """In a feed."""
    (folder / "site/feed.atom").write_text(f"<feed><title>{secret}</title></feed>", "utf-8")
    return "site/feed.atom"


def escaped(folder: Path, secret: str) -> str:
    """In a JSON file, escaped."""
    text = "".join(f"\\u{ord(c):04x}" for c in secret)
    (folder / "site/x.json").write_text(f'{{"name": "{text}"}}', "ascii")
    return "site/x.json"


def table(folder: Path, secret: str) -> str:
    """In a CSV file."""
    return appended(folder / "downloads/duty.csv", f"x,{secret},x\r\n".encode())


def lines(folder: Path, secret: str) -> str:
    """In packed JSON Lines, as a second member."""
    line = orjson.dumps({"party_name": secret}) + b"\n"
    return appended(folder / "downloads/penalty.jsonl.gz", gzip.compress(line))


def parquet(folder: Path, secret: str) -> str:
    """In a Parquet file."""
    pq.write_table(pa.table({"a": [secret]}), folder / "downloads/more.parquet")
    return "downloads/more.parquet"


def workbook(folder: Path, secret: str) -> str:
    """In a workbook."""
    with xlsxwriter.Workbook(folder / "downloads/more.xlsx") as book:
        book.add_worksheet().write(0, 0, secret)
    return "downloads/more.xlsx"


def wide(folder: Path, secret: str) -> str:
    """In a text in UTF-16."""
    (folder / "downloads/more.txt").write_text(f"备注\t{secret}\n", "utf-16")
    return "downloads/more.txt"


def masked_column(folder: Path, secret: str) -> str:
    """In a row, where the masked name of a natural person stands."""
    sql = "UPDATE licence SET party_name = ? WHERE rowid = (SELECT rowid FROM licence WHERE masked)"
    return changed(folder, "credit.db", sql, secret)


def other_table(folder: Path, secret: str) -> str:
    """In a table beside the records."""
    return changed(folder, "credit.db", "UPDATE batch SET file_name = ?", f"{secret}.xlsx")


def figures(folder: Path, secret: str) -> str:
    """In the database of figures."""
    return changed(folder, "monitor.db", "UPDATE department SET short_zh = ?", secret)


def free_page(folder: Path, secret: str) -> str:
    """In a database, on pages that are free."""
    with closing(sqlite3.connect(folder / "monitor.db")) as db:
        db.execute("PRAGMA secure_delete = OFF")
        db.execute("CREATE TABLE t (a TEXT)")
        db.executemany("INSERT INTO t VALUES (?)", [(f"，{secret}，",)] * 2000)
        db.execute("DROP TABLE t")
        db.commit()
    return "monitor.db"


def index(folder: Path, secret: str) -> str:
    """In a full-text index, under a row that is there."""
    sql = "INSERT INTO record_fts (rowid, text) SELECT max(rowid), ? FROM penalty"
    return changed(folder, "credit.db", sql, index_text(secret))


def file_name(folder: Path, secret: str) -> str:
    """In the name of a file, which is not repeated."""
    (folder / f"site/{secret}.html").write_text("x")
    return "〔文件名从略 name left out〕"


def manifest(folder: Path, secret: str) -> str:
    """In the manifest."""
    return appended(folder / "manifest.json", secret.encode())


def appended(path: Path, what: bytes) -> str:
    """Adds to a file; returns its name in the release."""
    with path.open("ab") as file:
        file.write(what)
    return str(path.relative_to(next(p for p in path.parents if (p / "manifest.json").exists())))


def changed(folder: Path, name: str, sql: str, value: str) -> str:
    """Changes a database and returns its name."""
    with closing(sqlite3.connect(folder / name)) as db, db:
        db.execute(sql, (value,))
    return name


PLACES = (
    page, references, address, feed, escaped, table, lines, parquet, workbook, wide, masked_column,
    other_table, figures, free_page, index, file_name, manifest,
)  # fmt: skip


@pytest.mark.parametrize("plant", PLACES)
def test_a_planted_value_is_found(
    city_copy: Path, secrets: Mapping[Kind, str], plant: Callable[[Path, str], str]
) -> None:
    """A number, a name and a text, planted in one place, are found there and nowhere else."""
    project = open_project(city_copy)
    place = plant(project.current.resolve(), "，".join(secrets.values()))
    expected = {Kind.NUMBER, Kind.TEXT} if plant is index else set(secrets)
    assert found(project) == {place: sorted(expected)}


def test_a_leak_is_told_without_the_value(city_copy: Path, secrets: Mapping[Kind, str]) -> None:
    """The error names files, kinds and numbers, in Chinese and in English."""
    project = open_project(city_copy)
    folder = project.current.resolve()
    place = file_name(folder, "，".join(secrets.values()))
    for number in range(6):
        (folder / f"site/x{number}.html").write_text(secrets[Kind.NAME])
    with (
        open_register(project.register) as register,
        pytest.raises(ProblemError, match="internal information") as refused,
    ):
        refuse_leaks(folder, project, register)
    assert place in refused.value.en and "and 2 more files" in refused.value.en
    assert Kind.NUMBER.zh in refused.value.zh and Kind.NUMBER.en in refused.value.en
    assert not [secret for secret in secrets.values() if secret in str(refused.value)]


def test_the_demo_city_has_no_leak(small_city: Prepared) -> None:
    """Nothing in the release of the small city is taken for a leak."""
    assert found(small_city.project) == {}


def test_a_word_of_the_site_is_no_leak(city_copy: Path, secrets: Mapping[Kind, str]) -> None:
    """A name that a template holds may stand on a page; an identity number may not even so."""
    project = open_project(city_copy)
    folder = project.current.resolve()
    for kind in (Kind.NAME, Kind.NUMBER):
        with (project.site / "templates/layout.html").open("a") as file:
            file.write(secrets[kind])
        place = page(folder, secrets[kind])
        assert found(project) == ({} if kind == Kind.NAME else {place: [kind]})


def test_a_release_with_a_leak_is_refused(
    city_copy: Path, secrets: Mapping[Kind, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is served stays, and the reason on record names the file and never the value."""
    project = open_project(city_copy)
    served, secret = project.current.resolve(), secrets[Kind.NUMBER]

    def leaking(folder: Path, **_: object) -> list[Path]:
        (folder / "about").mkdir(parents=True)
        (folder / "about/index.html").write_text(f"<p>{secret}</p>")
        return [folder / "about/index.html"]

    monkeypatch.setattr("publish.release.build.build_site", leaking)
    with open_register(project.register) as register:
        with pytest.raises(ProblemError, match=r"site/about/index\.html"):
            release(project, register, LAST_NIGHT + timedelta(hours=1), silent)
        outcome, detail = register.db.execute(
            "SELECT outcome, detail FROM release ORDER BY seq DESC LIMIT 1"
        ).fetchone()
    assert outcome == "failed" and "site/about/index.html" in detail and secret not in detail
    assert project.current.resolve() == served


def test_verify_names_a_leak(city_copy: Path, secrets: Mapping[Kind, str]) -> None:
    """A leak in what is served, of which the manifest knows, is told by `gongshi verify`."""
    project = open_project(city_copy)
    folder = project.current.resolve()
    stated: dict[str, Any] = orjson.loads((folder / "manifest.json").read_bytes())
    stated["title"] = secrets[Kind.NAME]
    (folder / "manifest.json").write_bytes(orjson.dumps(stated))
    troubles = list(verify(project, silent))
    assert [(t.part, "manifest.json" in t.en) for t in troubles] == [("leak", True)]


def test_what_waits_for_review_is_a_secret(city_copy: Path) -> None:
    """Every version in the register counts, also one that no release shows."""
    project = open_project(city_copy)
    with closing(sqlite3.connect(project.register)) as db:
        db.execute("DROP TRIGGER version_no_update")
        payload = orjson.dumps({"facts": "当事人在观星路夜间违规施工扰民"}).decode()
        db.execute("UPDATE version SET payload = ?, batch = 99999 WHERE seq = 1", (payload,))
        db.commit()
    assert found(project) == {}
    place = page(project.current.resolve(), "当事人在观星路夜间违规施工扰民")
    assert found(project) == {place: [Kind.TEXT]}
