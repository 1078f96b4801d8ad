"""Looks for what is private in every byte of a release."""

import gzip
import re
from collections.abc import Iterator, Set
from pathlib import Path

import pyarrow.parquet as pq

from publish.errors import ProblemError
from publish.register.live import Live
from publish.release.manifest import release_files
from publish.schema import record_type

_BLOCK = 1 << 22
_OVERLAP = 64
_SHORTEST = 15
_NUMBER = re.compile(rb"[0-9]{14,}[0-9Xx]")


def secrets_of(live: Live) -> Iterator[str]:
    """The numbers in a record's internal fields that identify somebody."""
    for field in record_type(live.record_type).fields:
        if field.disclosure == "internal" and len(value := live.values.get(field.name, "")) >= 15:
            yield value


def check_no_leaks(folder: Path, secrets: Set[str]) -> None:
    """Refuses a release in which an internal number stands.

    Raises:
        ProblemError: naming the file, never the number.
    """
    wanted = {s.upper().encode() for s in secrets}
    for path in release_files(folder):
        found = sum(number in wanted for number in numbers(path))
        if found:
            name = path.relative_to(folder)
            raise ProblemError(
                f"{name} 中有 {found} 处内部信息，未发布",
                f"{name} holds {found} pieces of internal information; not released",
            )


def numbers(path: Path) -> Iterator[bytes]:
    """Every long number in a file, however it is packed, upper case."""
    for block in _blocks(path):
        for match in _NUMBER.finditer(block):
            yield match.group().upper()


def _blocks(path: Path) -> Iterator[bytes]:
    """A file's bytes, unpacked, each block beginning with the end of the one before."""
    if path.suffix == ".parquet":
        for batch in pq.ParquetFile(path).iter_batches():
            yield batch.to_pandas().to_csv(index=False).encode()
        return
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as file:
        tail = b""
        while block := file.read(_BLOCK):
            yield tail + block
            tail = block[-_OVERLAP:]
