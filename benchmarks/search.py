"""What the search finds, how fast, and what its index costs, beside FTS5's trigram.

    python -m benchmarks.search CREDIT_DB [--queries 100] [--seed 1]

The rows of a release's credit.db are indexed anew, and the same texts with FTS5's own tokenizer
``trigram``. Queries are drawn from the texts; what is found is compared with what is found by
looking through all folded texts one by one. Times are those of one client that asks for the first
twenty and the number of all; they are of the processor, as are those of the indexes, since other
work on the machine would be in any others.
"""

import argparse
import random
import sqlite3
import tempfile
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from statistics import median, quantiles
from time import process_time
from typing import NamedTuple

import opencc

from publish.release.public import columns
from publish.release.snapshot import RecordTable, new_database
from publish.schema import public_types, types_of
from publish.search.facets import facets
from publish.search.find import find
from publish.search.fold import fold
from publish.search.index import SearchIndex, texts
from publish.search.query import Query, asked
from publish.search.suggest import suggest
from publish.search.tables import INDEX
from publish.search.total import numbers

_COMMONEST = 50


class Drawn(NamedTuple):
    """A query, and the text that it must find at least.

    Attributes:
        needle: what a text must hold to be found, folded; None if only that one record must be.
    """

    q: str
    needle: str | None
    number: int


class Texts:
    """All searched texts of all records, folded."""

    def __init__(self, db: sqlite3.Connection) -> None:
        found = [(n, kind, fold(t)) for n, kind, t in _texts(db)]
        self.of_kind = {
            kind: [(n, text) for n, k, text in found if k == kind and text]
            for kind in ("text", "party_name", "uscc", "document_no")
        }
        self._numbers = [n for n, _, _ in found]
        self._all = "\n".join(text for _, _, text in found)
        self._starts = [0, *accumulate(len(text) + 1 for _, _, text in found)]

    def holding(self, needle: str) -> set[int]:
        """The numbers of the records with a text that holds a needle as the index sees it.

        A word of letters and digits cannot be found from its middle.
        """
        found, at = set(), self._all.find(needle)
        while at >= 0:
            if not (_is_word(self._all[at - 1 : at]) and _is_word(needle[0])):
                place = bisect_right(self._starts, at) - 1
                found.add(self._numbers[place])
                at = self._starts[place + 1] - 2
            at = self._all.find(needle, at + 1)
        return found


def main() -> None:
    """Prints what was measured."""
    parser = argparse.ArgumentParser(description="Search beside brute force and trigram")
    parser.add_argument("credit_db", type=Path)
    parser.add_argument("--queries", type=int, default=100, help="of each class")
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(wanted.credit_db, Path(folder), wanted.queries, random.Random(wanted.seed))  # noqa: S311 - repeatable


def measure(source: Path, folder: Path, queries: int, chance: random.Random) -> None:
    """Builds both indexes, asks, and prints."""
    before = sqlite3.connect(f"file:{source.resolve()}?immutable=1", uri=True)
    with new_database(folder / "credit.db") as db:
        seconds = index(before, db)
    db = sqlite3.connect(f"file:{folder / 'credit.db'}?immutable=1", uri=True)
    db.execute("PRAGMA mmap_size = 8589934592")
    records = db.execute("SELECT count(*) FROM record").fetchone()[0]
    print(f"{records} records, tables {_size(db, tuple(public_types())):.0f} MB")
    print(f"index          {seconds:8.1f} s  {_size(db, (f'{INDEX}_',)):8.0f} MB")
    with new_database(folder / "trigram.db") as trigram:
        seconds = trigrams(db, trigram)
        print(f"trigram        {seconds:8.1f} s  {_size(trigram, ('trigram_',)):8.0f} MB")
    held = Texts(db)
    print("class          recall  precision   median ms   p95 ms   max ms")
    for name, drawn in classes(held, queries, chance):
        print(f"{name:14}", report(db, held, drawn))
    for name, work in (("facets", facets), ("suggest", lambda d, q: suggest(d, q.q))):
        two = [Query(q=one.q) for one in pairs(held, queries, chance)]
        print(f"{name:14}                  ", _times([_timed(work, db, q) for q in two]))


def index(before: sqlite3.Connection, db: sqlite3.Connection) -> float:
    """Copies the records of another database and indexes them; returns the seconds of that."""
    made = SearchIndex(db)
    for name, record in public_types().items():
        table = RecordTable(record, db, made)
        listed = ", ".join(f'"{column.name}"' for column in columns(record))
        for row in before.execute(f'SELECT {listed} FROM "{name}"'):
            table.add(row)
        table.close()
    for name in ("department", "credit_list"):
        made_by = "SELECT sql FROM sqlite_master WHERE name = ?"
        db.execute(before.execute(made_by, (name,)).fetchone()[0])
        rows = before.execute(f"SELECT * FROM {name}").fetchall()
        db.executemany(f"INSERT INTO {name} VALUES ({','.join('?' * len(rows[0]))})", rows)
    began = process_time()
    made.finish()
    return process_time() - began


def trigrams(db: sqlite3.Connection, out: sqlite3.Connection) -> float:
    """Indexes the same texts with FTS5's trigram; returns the seconds of that."""
    out.execute(
        "CREATE VIRTUAL TABLE trigram USING fts5(text, party_name, uscc, document_no, "
        "content='', tokenize='trigram')"
    )
    began = process_time()
    for record in public_types().values():
        parts = [_sql(part) for part in texts(record.name)]
        rows = db.execute(f'SELECT rowid, {", ".join(parts)} FROM "{record.name}" ORDER BY rowid')
        out.executemany(
            "INSERT INTO trigram (rowid, text, party_name, uscc, document_no) "
            "VALUES (?, ?, ?, ?, ?)",
            rows,
        )
    return process_time() - began


def classes(
    held: Texts, queries: int, chance: random.Random
) -> Iterator[tuple[str, Sequence[Drawn]]]:
    """The queries of each class."""
    yield "two characters", pairs(held, queries, chance)
    yield "commonest two", commonest(held)
    yield "four of a text", [_part(held, "text", 4, chance) for _ in range(queries)]
    yield "eight of one", [_part(held, "text", 8, chance) for _ in range(queries)]
    names = [chance.choice(held.of_kind["party_name"]) for _ in range(queries)]
    yield "names", [Drawn(name, name, n) for n, name in names]
    traditional = opencc.OpenCC("s2t")
    yield "traditional", [Drawn(traditional.convert(name), name, n) for n, name in names]
    yield "part of names", [_part(held, "party_name", 3, chance) for _ in range(queries)]
    documents = [chance.choice(held.of_kind["document_no"]) for _ in range(queries)]
    yield "numbers", [Drawn(text.replace(" ", "（"), text, n) for n, text in documents]
    yield "no brackets", [Drawn(text.replace(" ", ""), None, n) for n, text in documents]
    codes = [chance.choice(held.of_kind["uscc"]) for _ in range(queries)]
    yield "codes", [Drawn(code, code, n) for n, code in codes]
    yield "l for 1", [Drawn(code.replace("1", "l"), None, n) for n, code in codes]


def pairs(held: Texts, queries: int, chance: random.Random) -> list[Drawn]:
    """Two characters of names and texts."""
    kinds = ("text", "party_name")
    return [_part(held, chance.choice(kinds), 2, chance) for _ in range(queries)]


def commonest(held: Texts) -> list[Drawn]:
    """The two characters that most texts hold."""
    counted = Counter[str]()
    for kind in ("text", "party_name"):
        for _, text in held.of_kind[kind][:: max(len(held.of_kind[kind]) // 20_000, 1)]:
            counted.update({text[at : at + 2] for at in range(len(text) - 1)})
    common = [two for two, _ in counted.most_common() if not any(map(_is_word, two))]
    return [Drawn(two, two, 0) for two in common if " " not in two][:_COMMONEST]


def report(db: sqlite3.Connection, held: Texts, drawn: Sequence[Drawn]) -> str:
    """Recall, precision and times of some queries."""
    hit = found_in_all = expected_in_all = 0
    for one in drawn:
        found = _found(db, Query(q=one.q))
        expected = held.holding(one.needle) if one.needle else {one.number}
        hit += len(found & expected)
        expected_in_all += len(expected)
        found_in_all += len(found) if one.needle else len(found & expected)
    times = [_timed(lambda d, q: find(d, q, limit=20), db, Query(q=one.q)) for one in drawn]
    precision = hit / found_in_all if found_in_all else 0
    return f"{hit / expected_in_all:7.4f}  {precision:9.4f}  {_times(times)}"


def _found(db: sqlite3.Connection, query: Query) -> set[int]:
    """The numbers of all records that a query finds, its code mended as for a reader."""
    read = Query(q=find(db, query, limit=1, counted=False).searched or query.q)
    wanted = asked(db, read)
    return {number for (number,) in db.execute(numbers(wanted.any), wanted.values)}


def _part(held: Texts, kind: str, length: int, chance: random.Random) -> Drawn:
    """A part of a text that begins and ends with a character of its own."""
    while True:
        number, text = chance.choice(held.of_kind[kind])
        at = chance.randrange(max(len(text) - length, 0) + 1)
        part = text[at : at + length]
        ends = (part[0], part[-1], *text[at - 1 : at])
        if len(part) == length and not (" " in {part[0], part[-1]} or any(map(_is_word, ends))):
            return Drawn(part.replace(" ", "，"), part, number)


def _texts(db: sqlite3.Connection) -> Iterator[tuple[int, str, str]]:
    """Number, kind and text of all that is searched of records."""
    for record in types_of("record").values():
        for kind, part in texts(record.name)._asdict().items():
            for name in part:
                sql = f'SELECT rowid, "{name}" FROM "{record.name}" WHERE "{name}" <> \'\''
                yield from ((number, kind, text) for number, text in db.execute(sql))


def _sql(part: Sequence[str]) -> str:
    """The texts of some columns of a row."""
    return " || char(10) || ".join(f"coalesce(\"{name}\", '')" for name in part) or "''"


def _size(db: sqlite3.Connection, prefixes: tuple[str, ...]) -> float:
    """How many megabytes tables take whose names begin so, without their indexes."""
    sizes = db.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name")
    return float(sum(size for name, size in sizes if name.startswith(prefixes))) / 1e6


def _timed(
    work: Callable[[sqlite3.Connection, Query], object], db: sqlite3.Connection, query: Query
) -> float:
    """Milliseconds of the processor for a piece of work."""
    began = process_time()
    work(db, query)
    return (process_time() - began) * 1000


def _times(times: Iterable[float]) -> str:
    """Median, 95th percentile and maximum."""
    found = sorted(times)
    return f"{median(found):9.2f}  {quantiles(found, n=20)[-1]:7.2f}  {found[-1]:7.2f}"


def _is_word(char: str) -> bool:
    """Whether a character is one of a word that is indexed whole."""
    return char.isascii() and char.isalnum()


if __name__ == "__main__":
    main()
