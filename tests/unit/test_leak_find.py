"""Finding values in bytes, however they are written and packed."""

import gzip
import io
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from publish.release.leak.find import Finder, Form, Piece
from publish.release.leak.index import strange_entries, words_of_lines
from publish.release.leak.unpack import BLOCK, OVERLAP, pieces, text_pieces
from publish.release.public import columns
from publish.schema import record_type
from publish.search.fold import fold, index_text, term_count
from publish.search.index import COLUMNS, SearchIndex
from publish.search.keys import HEAD, exact_key, head_key
from publish.search.tables import INDEX

NAME, NUMBER, CODE = "张澂珩", "990102196205278888", "E99000123"
TEXT = "当事人在望月路无证经营烧烤摊"
SECRETS = (NAME, NUMBER, CODE, TEXT)
FINDER = Finder({secret.encode(): None for secret in SECRETS})


def found(path: Path) -> set[str]:
    """Which of the secrets stand in a file."""
    return {needle.decode() for needle in FINDER.find(pieces(path))}


def found_in(data: bytes, form: Form = "text") -> set[str]:
    """Which of the secrets stand in a piece."""
    return {needle.decode() for needle in FINDER.find([Piece(data, form)])}


def plain(path: Path, text: str) -> None:
    """A file that is its text."""
    path.write_text(text, "utf-8")


def packed(path: Path, text: str) -> None:
    """A gzip file."""
    path.write_bytes(gzip.compress(text.encode()))


def frames(path: Path, text: str) -> None:
    """A Zstandard file of two frames."""
    path.write_bytes(zstandard(b"x\n") + zstandard(text.encode()))


def packed_table(path: Path, text: str) -> None:
    """A packed database, beside which none lies unpacked."""
    table(path, text)
    path.write_bytes(zstandard(path.read_bytes()))


def zstandard(data: bytes) -> bytes:
    """A frame of Zstandard."""
    return bytes(pa.Codec("zstd").compress(data, asbytes=True))


def parquet(path: Path, text: str) -> None:
    """A Parquet file with the text in a column."""
    pq.write_table(pa.table({"a": ["x", text], "n": [1, 2]}), path, compression="zstd")


def dictionary(path: Path, text: str) -> None:
    """A Parquet file with the text in a dictionary, but in no row."""
    column = pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.int32()), pa.array(["x", text]))
    pq.write_table(pa.table({"a": column}), path, compression="zstd")


def described(path: Path, text: str) -> None:
    """A Parquet file with the text in what describes it."""
    table = pa.table({"a": ["x"]}).replace_schema_metadata({"note": text})
    pq.write_table(table, path, compression="zstd")


def table(path: Path, text: str) -> None:
    """A database with the text in a row."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE t (a INTEGER, b TEXT)")
        db.execute("INSERT INTO t VALUES (1, ?)", (text,))


def freed(path: Path, text: str) -> None:
    """A database with the text on a page that is no longer used."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA secure_delete = OFF")
        db.execute("CREATE TABLE t (a TEXT)")
        db.executemany("INSERT INTO t VALUES (?)", [("，" * 500,), (f"，{text}，" * 40,)] * 20)
        db.execute("DROP TABLE t")
        db.commit()
        assert db.execute("PRAGMA freelist_count").fetchone()[0] > 1


def overflowing(path: Path, text: str) -> None:
    """A database with the text in the middle of a value that lies on several pages."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE t (a TEXT)")
        for before in range(5000, 5000 + 3 * len(text)):
            db.execute("INSERT INTO t VALUES (?)", (f"{'x' * before} {text} {'x' * 9000}",))


def book(path: Path, text: str) -> None:
    """A workbook with the text in a cell."""
    with xlsxwriter.Workbook(path) as workbook:
        workbook.add_worksheet().write_column(0, 0, ["x", text])


def archive(path: Path, text: str) -> None:
    """An archive with a packed file that holds the text."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("inner.jsonl.gz", gzip.compress(text.encode()))


def archive_name(path: Path, text: str) -> None:
    """An archive in which a file is called the text."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(f"{text}.txt", "x")


WRITERS: tuple[Callable[[Path, str], None], ...] = (
    plain, packed, frames, packed_table, parquet, dictionary, described, table, freed, overflowing,
    book, archive, archive_name,
)  # fmt: skip


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_found_in_every_sort_of_file(
    tmp_path: Path, write: Callable[[Path, str], None], secret: str
) -> None:
    """Planted alone it is found, and nothing else; planted not, nothing is."""
    write(tmp_path / "with", secret)
    write(tmp_path / "without", "李四")
    assert found(tmp_path / "with") == {secret}
    assert found(tmp_path / "without") == set()


@pytest.mark.parametrize(
    "escaped",
    [
        "".join(f"&#{ord(c)};" for c in NAME),
        "".join(f"&#x{ord(c):X};" for c in NAME),
        "张&#28546;珩",
        "".join(f"\\u{ord(c):04x}" for c in NAME),
        quote(NAME),
        quote(NAME).lower(),
        quote("".join(f"&#{ord(c)};" for c in NAME)).replace("%3B", ";"),
    ],
)
def test_escapes_are_read(escaped: str) -> None:
    """Character references, JSON and percent escapes hide nothing, alone or mixed."""
    text = f'<a href="/?q=5%2B">{escaped}</a>'.encode()
    assert FINDER.find(text_pieces([text])) == {NAME.encode()}


def test_a_rare_character_is_read_from_its_two_halves() -> None:
    """A character beyond the basic plane is two escapes in JSON."""
    finder = Finder({"王𠮷".encode(): None})
    pieces_of = text_pieces([rb'{"a": "\u738b\ud842\udfb7"}'])
    assert finder.find(pieces_of) == {"王𠮷".encode()}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    """A text in another encoding is told from bytes that are none, and read."""
    text = "".join(f"编号,姓名{i}\n" for i in range(99)) + "".join(f"{s}\n" for s in SECRETS)
    (tmp_path / "text").write_bytes(text.encode(encoding))
    assert found(tmp_path / "text") == set(SECRETS)


def test_a_picture_is_no_text(tmp_path: Path) -> None:
    """Bytes of no meaning are not read as characters by chance."""
    finder = Finder({chr(0x4E00 + i).encode() * 2: None for i in range(20_000)})
    (tmp_path / "p.png").write_bytes(b"\x89PNG\r\n" + bytes(range(256)) * 400)
    assert not finder.find(pieces(tmp_path / "p.png"))


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("beyond", [-40, -20, -9, -1, 0, 1])
def test_a_secret_across_blocks_is_found(tmp_path: Path, secret: str, beyond: int) -> None:
    """Where one block ends and the next begins nothing is lost, escaped or not."""
    for text in (secret.encode(), "".join(f"&#x{ord(c):X};" for c in secret).encode()):
        (tmp_path / "t").write_bytes(b" " * (BLOCK + beyond) + text + b" " * 99)
        assert found(tmp_path / "t") == {secret}
    assert max(len(s) for s in SECRETS) * len("&#x1F469;") < OVERLAP


@pytest.mark.parametrize(
    "text, form, expected",
    [
        (f"1{CODE}", "text", set()),
        (f"{CODE}9", "text", set()),
        (f"护照{CODE}。", "text", {CODE}),
        (f"7{NUMBER}7", "text", {NUMBER}),
        (f"见{NAME}等", "text", {NAME}),
        (f"见{NAME}等", "pages", set()),
        (f"0101{NAME}自然人", "pages", {NAME}),
        (f"0101{NAME}\0", "pages", {NAME}),
        (f"见{TEXT}等", "pages", {TEXT}),
        ("张三", "packed", set()),
    ],
)
def test_what_stands_beside(text: str, form: Form, expected: set[str]) -> None:
    """A short number must stand by itself; a name too where values touch by chance."""
    assert found_in(text.encode(), form) == expected


def test_a_name_of_two_characters_is_not_met_in_compressed_bytes() -> None:
    """Six bytes turn up by chance among many; as text they count."""
    finder = Finder({"张玥".encode(): None})
    data = b"\0" + "张玥".encode() + b"\0"
    assert not finder.find([Piece(data, "packed")]) and finder.find([Piece(data)])


LETTERS = st.text(st.characters(categories=["Lo", "Ll", "Lu"]), min_size=8, max_size=24)
PRINTED = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="/"))


@given(st.sampled_from(WRITERS), st.lists(LETTERS, min_size=1, max_size=4), PRINTED, PRINTED)
def test_any_text_at_any_place_is_found(
    tmp_path_factory: pytest.TempPathFactory,
    write: Callable[[Path, str], None],
    secrets: list[str],
    before: str,
    after: str,
) -> None:
    """Whatever is looked for, wherever it stands in whatever sort of file, it is found."""
    path = tmp_path_factory.mktemp("any") / "file"
    write(path, f"{before}，{secrets[0]}，{after}")
    finder = Finder({secret.encode(): None for secret in secrets})
    assert secrets[0].encode() in finder.find(pieces(path))


@given(st.text())
def test_terms_are_counted_as_they_are_made(text: str) -> None:
    """The count of a text's terms is that of the terms of the index."""
    assert term_count(text) == len(index_text(text).split())


def indexed(rows: dict[int, str], entries: list[tuple[int, str]]) -> sqlite3.Connection:
    """A table of penalties with their index, which holds whatever entries are given."""
    record = record_type("penalty")
    db = sqlite3.connect(":memory:")
    db.execute(f"CREATE TABLE penalty ({', '.join(column.name for column in columns(record))})")
    SearchIndex(db)
    db.executemany("INSERT INTO penalty (rowid, party_name) VALUES (?, ?)", rows.items())
    for number, name in entries:
        words = index_text(name)
        texts = (number, "", f"{head_key(words)} {words}", "", "", exact_key(fold(name)))
        db.execute(f"INSERT INTO {INDEX} (rowid, {', '.join(COLUMNS)}) VALUES (?,?,?,?,?,?)", texts)
    db.commit()
    return db


LONG_TEXT = "某某" * 999


@pytest.mark.parametrize(
    "entries, strange",
    [
        ([(1, "张**"), (2, LONG_TEXT)], 0),
        ([(1, NAME), (2, LONG_TEXT)], 1),
        ([(1, "张**"), (2, LONG_TEXT), (3, NAME)], 1),
        ([(1, "张**"), (1, NAME), (2, LONG_TEXT)], 1),
        ([(2, LONG_TEXT)], 2),
    ],
)
def test_an_index_is_of_its_rows(entries: list[tuple[int, str]], strange: int) -> None:
    """An entry of more than its row says, without a row, or twice, is told."""
    with closing(indexed({1: "张**", 2: LONG_TEXT}, entries)) as db:
        assert strange_entries(db) == strange


@pytest.mark.parametrize("column", ["party_name", "keys"])
def test_words_of_no_entry_are_told(column: str) -> None:
    """What was taken out of the index as another text than it was put in as leaves words behind."""
    with closing(indexed({1: "张**"}, [(1, "张**"), (2, NAME)])) as db:
        gone = dict.fromkeys(COLUMNS, "") | {column: "王"}
        db.execute(
            f"INSERT INTO {INDEX} ({INDEX}, rowid, {', '.join(COLUMNS)}) "
            "VALUES ('delete', 2, ?, ?, ?, ?, ?)",
            [*gone.values()],
        )
        assert strange_entries(db) > 0


def test_pairs_among_the_words_of_their_own_are_told() -> None:
    """The column of whole words, which are looked for themselves, holds no pairs of a text."""
    with closing(indexed({1: "张**"}, [])) as db:
        db.execute(
            f"INSERT INTO {INDEX} (rowid, {', '.join(COLUMNS)}) VALUES (1, '', ?, '', '', ?)",
            (f"{HEAD}张 张", index_text(NAME)),
        )
        assert strange_entries(db) > 0


def test_an_index_of_something_else_is_strange() -> None:
    """Of an index that is none of the records every entry is told."""
    with closing(indexed({1: "张**"}, [(1, "张**")])) as db:
        db.execute("CREATE VIRTUAL TABLE more USING fts5(a, content='', tokenize='ascii')")
        db.execute("INSERT INTO more (rowid, a) VALUES (1, ?)", (index_text(NAME),))
        assert strange_entries(db) == 1


LINES = st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"])))


@given(LINES.filter(bool))
def test_words_of_lines_are_counted_as_they_are_made(texts: list[str]) -> None:
    """Counting many lines at once gives what counting each does, whatever characters they hold."""
    counts, filled = words_of_lines("\n".join(texts))
    assert counts.tolist() == list(map(term_count, texts))
    assert filled.tolist() == list(map(bool, texts))


def test_texts_of_several_lines_are_counted() -> None:
    """A text with a line break in it is counted as one."""
    text = "张**\n经营"
    with closing(indexed({1: text, 2: "x"}, [(1, text), (2, "x")])) as db:
        assert strange_entries(db) == 0
    with closing(indexed({1: text, 2: "x"}, [(1, f"{text}者"), (2, "x")])) as db:
        assert strange_entries(db) == 1


@pytest.mark.parametrize("secret", [NUMBER, TEXT])
def test_a_whole_word_in_an_index_is_found(tmp_path: Path, secret: str) -> None:
    """A number or a whole text of which the index holds the word and no row the text."""
    with closing(indexed({1: "x"}, [(1, secret)])) as db:
        (tmp_path / "db").write_bytes(db.serialize())
    assert found(tmp_path / "db") == {secret}


def test_what_lies_beside_is_read_once(tmp_path: Path) -> None:
    """A packed copy is unpacked only if it differs from what it is a copy of, at its end too."""
    (tmp_path / "a.db").write_bytes(b"x" * BLOCK)
    for more in (b"", TEXT.encode()):
        (tmp_path / "a.db.zst").write_bytes(zstandard(b"x" * BLOCK + more))
        forms = {piece.form for piece in pieces(tmp_path / "a.db.zst")}
        assert forms == ({"packed", "text"} if more else {"packed"})


def test_no_secrets_no_finds() -> None:
    """A register that keeps nothing to itself is searched for nothing."""
    assert Finder({}).find([Piece(b"x")]) == set()


def test_what_an_archive_says_of_itself_is_read(tmp_path: Path) -> None:
    """The comment of an archive and the name that a gzip header states."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("x", "x")
        file.comment = NAME.encode()
    held = io.BytesIO()
    with gzip.GzipFile(filename=f"{CODE}.csv", fileobj=held, mode="wb") as packed_file:
        packed_file.write(b"x")
    (tmp_path / "b.gz").write_bytes(held.getvalue())
    assert found(tmp_path / "a.zip") == {NAME} and found(tmp_path / "b.gz") == {CODE}
