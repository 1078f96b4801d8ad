"""What a scan leaves for the next one: what it looked for, and what was explained."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from publish.project import Project
from publish.release.leak.kinds import Kind
from publish.release.leak.sources import sources
from publish.release.manifest import NAME, file_sha256

Tail = tuple[int, str]
"""The number and the hash of a chain's last row."""

_FILE, _STATED = "leaks.parquet", b"gongshi"
_OWNER, _OWN = 0o700, 0o600


@dataclass(frozen=True)
class Kept:
    """The needles of a release in which the scan found nothing.

    Attributes:
        basis: the digest of all that explains needles beside the records.
        manifest: the SHA-256 of the release's manifest, which states that of every file.
        version: number and hash of the last version that the register held.
        rejected: number and hash of the last rejected row.
        sought: what was looked for in every byte.
        explained: what was not, since it may stand where it stood.
    """

    basis: str
    manifest: str
    version: Tail
    rejected: Tail
    sought: Mapping[bytes, Kind]
    explained: Mapping[bytes, Kind]

    def write(self, folder: Path) -> None:
        """Keeps it for the next scan, where only the owner may read it."""
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(_OWNER)
        aside = folder / f".{_FILE}"
        aside.unlink(missing_ok=True)
        aside.touch(_OWN)
        pq.write_table(self._table(), aside, compression="zstd", use_dictionary=False)
        aside.replace(folder / _FILE)

    def _table(self) -> pa.Table:
        """Needles with kind and whether they were explained; the rest describes the table."""
        needles = [*self.sought, *self.explained]
        kinds = [*self.sought.values(), *self.explained.values()]
        explained = [False] * len(self.sought) + [True] * len(self.explained)
        table = pa.table(
            {
                "needle": pa.array(needles, pa.binary()),
                "kind": pa.array(kinds, pa.int8()),
                "explained": explained,
            }
        )
        stated = [self.basis, self.manifest, self.version, self.rejected]
        return table.replace_schema_metadata({_STATED: orjson.dumps(stated)})


def read_kept(folder: Path) -> Kept | None:
    """What the last scan left; None where there is nothing that can be read."""
    try:
        table = pq.read_table(folder / _FILE)
        stated = orjson.loads(table.schema.metadata[_STATED])
    except (OSError, pa.ArrowException, KeyError, TypeError):
        return None
    basis, manifest, version, rejected = stated
    sought, explained = (
        _needles(table.filter(pc.equal(table["explained"], which))) for which in (False, True)
    )
    return Kept(basis, manifest, tuple(version), tuple(rejected), sought, explained)


def _needles(table: pa.Table) -> dict[bytes, Kind]:
    """Needles with their kinds."""
    kinds = map([*Kind].__getitem__, table["kind"].to_pylist())
    return dict(zip(table["needle"].to_pylist(), kinds, strict=True))


def basis(project: Project) -> str:
    """The digest of the program and of the texts that the pages are made of."""
    digest = sha256(project.profile.model_dump_json().encode())
    for path in sources(project):
        digest.update(f"{path.name}\0{file_sha256(path)}\n".encode())
    return digest.hexdigest()


def manifest_digest(folder: Path) -> str:
    """The SHA-256 of a release's manifest."""
    return file_sha256(folder / NAME)
