"""What a release's manifest states of each file for download."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from publish.release.manifest import file_sha256


@dataclass(frozen=True)
class Entry:
    """A file for download.

    Attributes:
        path: from the release's folder, such as ``downloads/licence.csv``.
        format: what its name ends in, such as ``jsonl.gz``.
        bytes: its size.
        sha256: of its bytes, hexadecimal.
        rows: how many rows of data it holds; None if it is no table.
        table: the table that it is a download of, or of a part of it; None if of none.
        year: the year of decision of its rows; None if they are not parted by year.
        rows_sha256: of the rows that it was made from and of its form: while they are equal, the
            file of the release before will do. Only of files that cost much to make.
    """

    path: str
    format: str
    bytes: int
    sha256: str
    rows: int | None
    title_zh: str
    title_en: str
    table: str | None = None
    year: str | None = None
    rows_sha256: str | None = None

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.rpartition("/")[2]

    @property
    def title(self) -> tuple[str, str]:
        """What it holds, in Chinese and in English."""
        return self.title_zh, self.title_en

    def stated(self) -> dict[str, Any]:
        """The entry as the manifest holds it, without what does not apply."""
        return {k: v for k, v in asdict(self).items() if v is not None or k == "rows"}


def entry(
    release: Path, path: Path, title: Sequence[str], rows: int | None = None, **more: str | None
) -> Entry:
    """What is stated of a finished file, which is read once for its checksum.

    Args:
        release: the release's folder.
        path: the file in it.
        title: what the file holds, in Chinese and in English.
        rows: how many rows of data.
        more: the other attributes of an entry.
    """
    zh, en = title
    return Entry(
        path=path.relative_to(release).as_posix(),
        format=path.name.partition(".")[2],
        bytes=path.stat().st_size,
        sha256=file_sha256(path),
        rows=rows,
        title_zh=zh,
        title_en=en,
        **more,
    )


def entries(manifest: Mapping[str, Any]) -> list[Entry]:
    """The files for download that a manifest states."""
    return [Entry(**stated) for stated in manifest["files"]]


def checksums(files: Iterable[Entry]) -> str:
    """The lines that ``sha256sum --check`` reads in the folder of the downloads."""
    return "".join(f"{e.sha256}  {e.path.removeprefix('downloads/')}\n" for e in files)
