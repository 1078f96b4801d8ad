"""The register: only ever added to, and any change to it is found and named."""

import gzip
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publish.errors import ProblemError, UsageError
from publish.register.live import Moment
from publish.register.register import (
    BATCH,
    CHAINS,
    PUSH,
    RECORD,
    REVIEW,
    Chain,
    Fault,
    Register,
    check_register,
    local,
    moment,
    open_register,
    seal,
    utc,
)

BATCH_ROW = (
    "hand-in.csv", "", "ab", 10, "2026-03-04T01:00:00Z", "cli", None, "penalty", "scjg", None,
    3, 3, 0, 0, 0, "[]",
)  # fmt: skip


def version(number: int, payload: str = "罚款1000元") -> tuple[object, ...]:
    """A row of the table `version`."""
    return (f"id{number:04}", "penalty", "scjg", 1, number + 1, f"d{number}", payload, None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A register with one batch of three records."""
    path = tmp_path / "register.db"
    with open_register(path) as register, register.transaction() as db:
        BATCH.append(db, [BATCH_ROW])
        RECORD.append(db, [version(n) for n in (1, 2, 3)])
    return path


def faults(path: Path) -> list[Fault]:
    """What a check of the register finds."""
    return list(check_register(path, lambda _: None))


@pytest.mark.parametrize("chain", CHAINS, ids=lambda c: c.name)
@pytest.mark.parametrize("sql", ["UPDATE {} SET hash = ''", "DELETE FROM {}"])
def test_nothing_can_be_changed_or_removed(path: Path, chain: Chain, sql: str) -> None:
    """Every table refuses updates and deletions by trigger."""
    name = chain.name
    with open_register(path) as register:
        columns = register.db.execute(f"SELECT * FROM {name} LIMIT 0").description
        if not register.db.execute(f"SELECT 1 FROM {name}").fetchone():
            values = ", ".join("1" for _ in columns)
            register.db.execute(f"INSERT INTO {name} VALUES ({values})")
        with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
            register.db.execute(sql.format(name))


def test_a_clean_register_has_no_faults(path: Path) -> None:
    """What was written is what is found."""
    assert faults(path) == []


@pytest.mark.parametrize("marker", [b"id0002", "罚款".encode(), b"hand-in.csv"])
def test_one_altered_byte_is_found_and_its_row_named(path: Path, marker: bytes) -> None:
    """One byte changed in the file on disk names the table and the row, and only that row."""
    raw = bytearray(path.read_bytes())
    position = raw.index(marker)
    raw[position] ^= 0x01
    path.write_bytes(raw)
    rows = {(f.table, f.seq) for f in faults(path) if f.table}
    assert len(rows) == 1
    table, seq = rows.pop()
    assert table == ("batch" if marker == b"hand-in.csv" else "version") and seq


def test_the_fault_says_which_record_file_and_line(path: Path) -> None:
    """The operator is told where the changed row came from, in both languages."""
    db = sqlite3.connect(path)
    db.execute("DROP TRIGGER version_no_update")
    db.execute("UPDATE version SET payload = '罚款1元' WHERE seq = 2")
    db.commit()
    db.close()
    (fault,) = faults(path)
    assert (fault.table, fault.seq) == ("version", 2)
    assert "id0002" in fault.en and "hand-in.csv line 3" in fault.en
    assert "第 3 行" in fault.zh


@pytest.mark.parametrize(
    "sql", ["DELETE FROM version WHERE seq = 2", "UPDATE version SET hash='0' WHERE seq = 2"]
)
def test_a_removed_row_or_a_changed_hash_is_found(path: Path, sql: str) -> None:
    """A gap is found at the next row; a changed hash at its own row only."""
    db = sqlite3.connect(path)
    db.execute("DROP TRIGGER version_no_update")
    db.execute("DROP TRIGGER version_no_delete")
    db.execute(sql)
    db.commit()
    db.close()
    assert [f.seq for f in faults(path)] == ([3] if sql.startswith("DELETE") else [2])


def test_bytes_that_are_no_longer_text_are_found(path: Path) -> None:
    """A byte that breaks UTF-8 is reported as a changed row, not as a crash."""
    raw = bytearray(path.read_bytes())
    raw[raw.index("罚款".encode())] = 0xFF
    path.write_bytes(raw)
    assert any(f.table == "version" and f.seq for f in faults(path))


def test_a_file_that_is_no_database_is_one_clear_error(tmp_path: Path) -> None:
    """A register overwritten by something else says so and names the remedy."""
    path = tmp_path / "register.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(ProblemError, match="backup"), open_register(path):
        pass


def test_a_newer_register_is_refused(path: Path) -> None:
    """An old program does not write into a register of a newer one."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(UsageError, match="Upgrade"), open_register(path):
        pass


def test_a_transaction_that_fails_leaves_nothing(path: Path) -> None:
    """An error in the middle takes back everything added before it."""
    with open_register(path) as register:
        with pytest.raises(RuntimeError), register.transaction() as db:
            RECORD.append(db, [version(4)])
            raise RuntimeError
        assert RECORD.tail(register.db)[0] == 3
    assert faults(path) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=6), st.data())
def test_any_change_to_any_payload_is_found(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], data: st.DataObject
) -> None:
    """Whatever text a row holds and whatever replaces it, the check names exactly that row."""
    path = tmp_path_factory.mktemp("register") / "register.db"
    with open_register(path) as register, register.transaction() as db:
        RECORD.append(db, [version(n, text) for n, text in enumerate(texts)])
    victim = data.draw(st.integers(1, len(texts)))
    other = data.draw(st.text(max_size=30).filter(lambda t: t != texts[victim - 1]))
    db = sqlite3.connect(path)
    db.execute("DROP TRIGGER version_no_update")
    db.execute("UPDATE version SET payload = ? WHERE seq = ?", (other, victim))
    db.commit()
    db.close()
    assert [f.seq for f in faults(path)] == [victim]


@pytest.fixture
def register(path: Path) -> Iterator[Register]:
    """An open register."""
    with open_register(path) as register:
        yield register


def test_heads_are_the_newest_versions(register: Register) -> None:
    """After a correction the head of a record is the correction; the others are unknown."""
    with register.transaction() as db:
        RECORD.append(db, [(*version(2)[:5], "newer", "{}", None)])
    assert register.heads(["id0001", "id0002", "nobody"]) == {"id0001": "d1", "id0002": "newer"}


def test_the_cut_holds_what_had_been_received(register: Register) -> None:
    """A moment before the batch sees nothing of it; its own second sees all."""
    before = datetime(2026, 3, 4, 0, 59, 59, tzinfo=UTC)
    assert register.cut(before).batch == 0
    assert register.cut(moment("2026-03-04T01:00:00Z")).batch == 1


def test_moments_are_utc_and_read_back_locally() -> None:
    """Ten in the evening in the city is two in the afternoon UTC, and back."""
    zone = ZoneInfo("Asia/Shanghai")
    text = utc(datetime(2026, 11, 20, 22, 0, tzinfo=zone))
    assert text == "2026-11-20T14:00:00Z"
    assert local(text, zone) == "2026-11-20T22:00:00+08:00"
    with pytest.raises(ValueError, match="time zone"):
        utc(datetime(2026, 11, 20))  # noqa: DTZ001


def unpacked(version: str, folder: Path) -> Path:
    """A register as an earlier version of the program left it."""
    path = folder / "register.db"
    packed = Path(__file__).parents[1] / f"fixtures/registers/{version}.db.gz"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    return path


def test_a_register_of_version_1_is_carried_on(tmp_path: Path) -> None:
    """What version 1 wrote keeps its hashes and its key; what is new can be written."""
    path = unpacked("v1", tmp_path)
    before = sqlite3.connect(path)
    assert before.execute("PRAGMA user_version").fetchone() == (1,)
    written = {chain.name: chain.tail(before) for chain in CHAINS if chain.since == 1}
    before.close()
    with open_register(path) as register:
        tails = {chain.name: chain.tail(register.db) for chain in CHAINS if chain.since == 1}
        assert tails == written
        assert register.identity_key == bytes.fromhex("ab" * 32)
        assert len(list(register.batches(None))) == 2
        with register.transaction() as db:
            REVIEW.append(db, [(2, "returned", "2026-03-05T02:00:00Z", "王五", "重复")])
        assert register.held() == (2,)
    assert faults(path) == []


def test_a_register_of_version_3_is_carried_on(tmp_path: Path) -> None:
    """What version 3 wrote keeps its hashes and its key; what was handed on can be written."""
    path = unpacked("v3", tmp_path)
    before = sqlite3.connect(path)
    assert before.execute("PRAGMA user_version").fetchone() == (3,)
    written = {chain.name: chain.tail(before) for chain in CHAINS if chain.since <= 3}
    before.close()
    row = ("jxnhindj3kfhpvq6", 3, "show", "0", "a.csv", 2, "2026-03-07T01:00:00Z", "pushed", "")
    with open_register(path) as register:
        assert {c.name: c.tail(register.db) for c in CHAINS if c.since <= 3} == written
        assert register.identity_key == bytes.fromhex("ab" * 32)
        with register.transaction() as db:
            PUSH.append(db, [row])
    assert faults(path) == []


def test_a_register_of_version_1_gives_the_same_records(tmp_path: Path) -> None:
    """The live records of an upgraded register are those that version 1 had."""
    path = unpacked("v1", tmp_path)
    with open_register(path) as register:
        live = list(Moment(register, register.cut(datetime(2026, 3, 6, tzinfo=UTC))).records())
    assert {(r.values["document_no"], r.values["content"], r.version) for r in live} == {
        ("示例市监罚〔2026〕1号", "罚款2000元", 2),
        ("示例市监罚〔2026〕2号", "罚款1000元", 1),
    }


@pytest.mark.parametrize("column", ["payload", "digest", "department", "hash"])
def test_a_sealed_row_is_covered_in_every_column(path: Path, column: str) -> None:
    """The payload's hash stands in the chain, and the payload is what its hash says."""
    with open_register(path) as register, register.transaction() as db:
        payload = '{"content":"罚款1000元"}'.encode()
        RECORD.append(
            db,
            [(f"id{n}", "penalty", "scjg", 1, n, seal(payload), payload, None) for n in (7, 8, 9)],
        )
    assert faults(path) == []
    db = sqlite3.connect(path)
    db.execute("DROP TRIGGER version_no_update")
    db.execute(
        f"UPDATE version SET {column} = replace({column}, substr({column}, 3, 1), 'x') "
        "WHERE seq = 5"
    )
    db.commit()
    db.close()
    assert [(f.table, f.seq) for f in faults(path)] == [("version", 5)]
