"""A scan with what the one before found out finds what a scan afresh finds."""

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
import pytest

from publish.errors import ProblemError
from publish.project import Project, open_project
from publish.register.register import Register, open_register
from publish.release.leak import check
from publish.release.leak.check import leaks, leaks_given, refuse_leaks
from publish.release.leak.kept import read_kept
from publish.release.leak.kinds import Kind
from publish.release.leak.search import Search
from publish.release.leak.since import Found, Since, afresh, since_last
from tests.conftest import silent
from tests.integration.test_leak import PLACES

Files = dict[str, set[Kind]]


@dataclass(frozen=True)
class Next:
    """A release that begins as a copy of the one before, which was scanned.

    Attributes:
        folder: the new release.
        since: the one before.
    """

    project: Project
    register: Register
    folder: Path
    since: Since

    def found(self) -> Files | None:
        """The leaks that are found beside the release before: kinds by file."""
        found = since_last(self.folder, self.project, self.register, self.since)
        if found is None:
            return None
        return {leak.file: set(leak.found) for leak in leaks_given(self.folder, found, silent)}

    def found_afresh(self) -> Files:
        """The leaks that are found by looking at everything."""
        every = leaks(self.folder, self.project, self.register)
        return {leak.file: set(leak.found) for leak in every}

    def change(self, sql: str, *values: object) -> None:
        """Changes the public records."""
        with closing(sqlite3.connect(self.folder / "credit.db")) as db, db:
            db.execute(sql, values)

    def hand_in(self, record_id: str, **values: str) -> None:
        """Adds a version to the register, of which no release knows."""
        self.register.db.execute(
            "INSERT INTO version SELECT NULL, record_id, record_type, department, 99999, line, "
            "digest, json_patch(payload, ?), originals, hash FROM version WHERE record_id = ? "
            "ORDER BY seq DESC LIMIT 1",
            (orjson.dumps(values).decode(), record_id),
        )


@contextmanager
def following(root: Path) -> Iterator[Next]:
    """The release that follows the one served."""
    project = open_project(root)
    served = project.current.resolve()
    folder = Path(shutil.copytree(served, project.releases / "next", symlinks=True))
    with open_register(project.register) as register:
        yield Next(project, register, folder, Since(served))


def texts(at: Next, published: bool) -> list[tuple[str, str]]:
    """Ids and facts of penalties that are published, or of those that are not."""
    with closing(sqlite3.connect(at.since.folder / "credit.db")) as db:
        public = {record_id for (record_id,) in db.execute("SELECT record_id FROM penalty")}
    rows = at.register.db.execute(
        "SELECT record_id, json_extract(payload, '$.facts') FROM version "
        "WHERE record_type = 'penalty' ORDER BY seq"
    )
    return [(record_id, text) for record_id, text in rows if (record_id in public) == published]


def planted(at: Next, rng: random.Random) -> None:
    """The facts of a record that is withheld, on a page."""
    _, text = rng.choice(texts(at, published=False))
    (at.folder / "site/index.html").write_text(text)


def handed_in(at: Next, rng: random.Random) -> None:
    """A text that is secret from today on, in a file that has not changed."""
    record_id, _ = rng.choice(texts(at, published=True))
    text = "".join(rng.choices("春夏秋冬东西南北梅兰竹菊", k=20))
    plant = rng.choice(PLACES)
    plant(at.folder, text)
    at.hand_in(record_id, facts=text)


def named(at: Next, rng: random.Random) -> None:
    """A name and a number that are secret from today on, in files that have not changed."""
    record_id, _ = rng.choice(texts(at, published=True))
    name, number = "欧阳" + "".join(rng.choices("澂珩霁筠", k=2)), "990102196205278888"
    rng.choice(PLACES)(at.folder, name)
    rng.choice(PLACES)(at.folder, number)
    at.hand_in(record_id, legal_representative=name, legal_rep_id_no=number)


def taken_off(at: Next, rng: random.Random) -> None:
    """A record that is no more among the records, but in the downloads."""
    record_id, _ = rng.choice(texts(at, published=True))
    at.change("DELETE FROM penalty WHERE record_id = ?", record_id)


def reworded(at: Next, rng: random.Random) -> None:
    """A record of which only the table says what it said before."""
    record_id, text = rng.choice(texts(at, published=True))
    at.change("UPDATE penalty SET facts = ? WHERE record_id = ?", text[::-1], record_id)


def revealed(at: Next, rng: random.Random) -> None:
    """A row in which something stands that is withheld elsewhere."""
    _, text = rng.choice(texts(at, published=False))
    record_id, _ = rng.choice(texts(at, published=True))
    at.change("UPDATE penalty SET party_name = ? WHERE record_id = ?", text, record_id)


HISTORIES = (planted, handed_in, named, taken_off, reworded, revealed)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_found_afresh_is_found_beside_the_release_before(
    city_copy: Path, seed: int
) -> None:
    """Whatever happened, in whatever order, nothing is overlooked."""
    rng = random.Random(seed)
    with following(city_copy) as at:
        happened: list[Callable[[Next, random.Random], None]] = rng.sample(HISTORIES, k=3)
        for happen in happened:
            happen(at, rng)
        found, every = at.found(), at.found_afresh()
    assert every and found is not None
    overlooked = {file: kinds - found.get(file, set()) for file, kinds in every.items()}
    assert not any(overlooked.values())


def test_planted_values_are_found_beside_the_release_before(city_copy: Path) -> None:
    """Wherever an old secret is planted it is found; where nothing is, nothing is found."""
    with following(city_copy) as at:
        assert at.found() == {}
        _, secret = texts(at, published=False)[0]
        places = {plant(at.folder, secret[:30]) for plant in PLACES}
        found = at.found()
    assert found is not None and places <= found.keys()


def test_a_name_that_a_changed_row_explained_is_a_secret_again(city_copy: Path) -> None:
    """What only one row explained, and now none does, is found in files that are as before."""
    with following(city_copy) as at:
        record_id, before = texts(at, published=True)[0]
        at.hand_in(record_id, facts=f"{before[:-1]}，示范一条街")
        at.change("UPDATE penalty SET facts = ? WHERE record_id = ?", "另有说明", record_id)
        found = at.found()
    assert found is not None and Kind.TEXT in found["downloads/penalty.csv"]


@pytest.mark.parametrize("change", ["site", "release", "kept", "records", "register", "none"])
def test_what_was_kept_counts_for_what_it_was_of(city_copy: Path, change: str) -> None:
    """Other texts, another release, register or records, or no file: all is done afresh."""
    with following(city_copy) as at:
        if change == "site":
            (at.project.site / "content/more.md").write_text("x")
        elif change == "release":
            (at.since.folder / "manifest.json").write_text("{}")
        elif change == "kept":
            (at.project.cache / "leaks.parquet").write_bytes(b"PAR1")
        elif change == "records":
            with (at.since.folder / "credit.db").open("ab") as file:
                file.write(b"\0")
        elif change == "register":
            at.register.db.execute("DROP TRIGGER version_no_update")
            at.register.db.execute("UPDATE version SET hash = hash || 'x'")
        assert (at.found() is None) == (change != "none")


def test_what_is_kept_is_for_the_owner_only(city_copy: Path) -> None:
    """The names and numbers that are looked for are as private as the register."""
    project = open_project(city_copy)
    assert (project.cache / "leaks.parquet").stat().st_mode & 0o077 == 0
    assert project.cache.stat().st_mode & 0o077 == 0


def test_a_find_beside_the_release_before_is_looked_at_afresh(
    city_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release is refused for what a scan of everything finds, and for nothing less."""
    with following(city_copy) as at:
        secret = texts(at, published=False)[0][1][:30]
        (at.folder / "site/x.html").write_text(secret)
        with pytest.raises(ProblemError, match=r"site/x\.html"):
            refuse_leaks(at.folder, at.project, at.register, since=at.since)
        before = read_kept(at.project.cache)
        with (at.project.site / "content/more.md").open("w") as file:
            file.write(secret)
        monkeypatch.setattr(check, "since_last", lambda *_: since_last_stale(at, secret))
        refuse_leaks(at.folder, at.project, at.register, since=at.since)
        after = read_kept(at.project.cache)
    assert before and after and before.manifest == after.manifest and before.basis != after.basis


def since_last_stale(at: Next, secret: str) -> Found:
    """What must be looked for, with something that has been explained meanwhile."""
    found = afresh(at.since.folder, at.project, at.register)
    needles = {**found.search.needles, secret.encode(): Kind.TEXT}
    return replace(found, search=Search(needles))
