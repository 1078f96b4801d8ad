"""Every byte of a file in pieces, unpacked whatever it is packed in."""

import gzip
import os
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from publish.release.leak.database import SQLITE, read_only, seams, values
from publish.release.leak.find import Form, Piece
from publish.release.leak.readings import in_utf8, unescaped

BLOCK = 1 << 22
OVERLAP = 1 << 10
"""Longer than any value that is looked for, written in escapes."""

_HEADER = 256
_ROWS = 1 << 14


class Readable(Protocol):
    """Whatever bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """So many bytes, or what is left of them."""


def pieces(path: Path) -> Iterator[Piece]:
    """A file's own bytes, and those that are packed in it.

    What a file is is told by how it begins, not by what it is called.
    """
    with path.open("rb") as file:
        head = file.read(len(SQLITE))
    unpack = next((u for start, u in _UNPACKERS.items() if head.startswith(start)), _text)
    yield from unpack(path)


def _text(path: Path) -> Iterator[Piece]:
    """A file that is not packed."""
    with path.open("rb") as file:
        yield from text_pieces(_blocks(file))


def text_pieces(blocks: Iterable[bytes]) -> Iterator[Piece]:
    """Text as it stands, and as it reads without escapes."""
    for block in _overlapping(in_utf8(blocks)):
        yield Piece(block)
        if plain := unescaped(block):
            yield Piece(plain)


def _blocks(file: Readable) -> Iterator[bytes]:
    """A file's bytes."""
    while block := file.read(BLOCK):
        yield block


def _overlapping(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Blocks that each begin with the end of the one before."""
    tail = b""
    for block in blocks:
        joined = tail + block if tail else block
        yield joined
        tail = joined[-OVERLAP:]


def _raw(path: Path, form: Form) -> Iterator[Piece]:
    """A file's bytes as they are."""
    with path.open("rb") as file:
        for block in _overlapping(_blocks(file)):
            yield Piece(block, form)


def database_pieces(path: Path, but: Collection[str] = ()) -> Iterator[Piece]:
    """The pages of a database, free ones too, and its values, which may lie on several.

    Args:
        path: the file.
        but: tables whose values are left out.
    """
    yield from _raw(path, "pages")
    yield Piece(b"\n".join(seams(path)), "pages")
    with read_only(path) as db:
        for rows in values(db, but):
            yield from text_pieces([rows])


def _gzip(path: Path) -> Iterator[Piece]:
    """The header, which may hold a name and a comment, and the content."""
    yield from _raw(path, "packed")
    with path.open("rb") as file:
        yield Piece(file.read(_HEADER), "pages")
    with gzip.open(path, "rb") as file:
        yield from _inner(file)


def _zstandard(path: Path) -> Iterator[Piece]:
    """The frames and their content, unless that lies beside, where it is read itself."""
    yield from _raw(path, "packed")
    if not _lies_beside(path):
        with pa.OSFile(str(path)) as file, pa.CompressedInputStream(file, "zstd") as inner:
            yield from _inner(inner)


def _lies_beside(path: Path) -> bool:
    """Whether a file called as this one without its suffix has the same content."""
    beside = path.with_suffix("")
    if beside == path or beside.is_symlink() or not beside.is_file():
        return False
    with (
        pa.OSFile(str(path)) as file,
        pa.CompressedInputStream(file, "zstd") as inner,
        beside.open("rb") as plain,
    ):
        while block := inner.read(BLOCK):
            if plain.read(len(block)) != block:
                return False
        return not plain.read(1)


def _zip(path: Path) -> Iterator[Piece]:
    """The members of an archive or a workbook, their names and comments."""
    yield from _raw(path, "packed")
    with zipfile.ZipFile(path) as archive:
        yield Piece(archive.comment)
        for member in archive.infolist():
            yield from text_pieces([b"\n".join((member.filename.encode(), member.comment))])
            with archive.open(member) as file:
                yield from _inner(file)


def _inner(file: Readable) -> Iterator[Piece]:
    """What lies in a packed file, which may itself be packed."""
    head = file.read(BLOCK)
    if not head.startswith(tuple(_UNPACKERS)):
        yield from text_pieces(_chained(head, _blocks(file)))
        return
    with NamedTemporaryFile() as copy:
        copy.write(head)
        copy.writelines(_blocks(file))
        copy.flush()
        yield from pieces(Path(copy.name))


def _chained(head: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The first block and the others."""
    yield head
    yield from blocks


def _parquet(path: Path) -> Iterator[Piece]:
    """The values of every column, whole dictionaries, and the footer with its statistics."""
    yield from _raw(path, "packed")
    yield Piece(_footer(path), "pages")
    schema = pq.read_schema(path)
    for held in (schema.metadata, *(field.metadata for field in schema)):
        for key, value in (held or {}).items():
            yield from text_pieces([b"\n".join((key, value))])
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    last: dict[int, pa.Array] = {}
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        for batch in file.iter_batches(batch_size=_ROWS):
            for place, column in enumerate(batch.columns):
                values = _distinct(column)
                # Batches of one group of rows have one dictionary.
                if values is column or place not in last or not values.equals(last[place]):
                    yield from text_pieces([_joined(values)])
                last[place] = values


def _footer(path: Path) -> bytes:
    """The bytes of a Parquet file's footer, whose length stands at its end."""
    with path.open("rb") as file:
        file.seek(-8, os.SEEK_END)
        length = int.from_bytes(file.read(4), "little")
        file.seek(-8 - length, os.SEEK_END)
        return file.read(length)


def _distinct(column: pa.Array) -> pa.Array:
    """The values of a column; of a dictionary all, used or not."""
    return column.dictionary if isinstance(column, pa.DictionaryArray) else column


def _joined(values: pa.Array) -> bytes:
    """Values, one a line."""
    if pa.types.is_nested(values.type):
        values = pa.array(map(str, values.to_pylist()))
    values = values.cast(pa.string()).drop_null()
    lines = pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), values)
    return bytes(pc.binary_join(lines, "\n")[0].as_buffer())


_UNPACKERS: dict[bytes, Callable[[Path], Iterator[Piece]]] = {
    SQLITE: database_pieces,
    b"\x1f\x8b": _gzip,
    b"PK\x03\x04": _zip,
    b"PAR1": _parquet,
    b"\x28\xb5\x2f\xfd": _zstandard,
}
