"""Looking for values that nothing explains."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from pathlib import Path

from publish.release.leak.database import SQLITE, read_only
from publish.release.leak.find import Finder, Piece
from publish.release.leak.index import strange_entries
from publish.release.leak.kinds import Kind, Source
from publish.release.leak.unpack import database_pieces, pieces
from publish.schema import public_types


class Search:
    """Looks for needles that nothing explains.

    Attributes:
        needles: what is looked for, with its kind.
        standing: how many of each kind stand in what explains others, but not them.
    """

    def __init__(self, needles: Mapping[bytes, Kind], standing: Collection[bytes] = ()) -> None:
        self.needles = needles
        self.standing = Counter(needles[needle] for needle in standing if needle in needles)

    @cached_property
    def _finder(self) -> Finder:
        """Made when something is searched: two at a time would take too much memory."""
        return Finder(self.needles)

    def without(self, explained: Iterable[tuple[Source, Iterable[Piece]]]) -> "Search":
        """The search for the needles that do not stand where they may."""
        known = {source: self._known(source, text) for source, text in explained}
        left = {
            needle: kind
            for needle, kind in self.needles.items()
            if not any(needle in known.get(source, ()) for source in kind.explained_by)
        }
        return Search(left, known.get("public", ()))

    def leaks(self, text: Iterable[Piece]) -> Counter[Kind]:
        """How many values of each kind stand in some text."""
        return Counter(self.needles[needle] for needle in self._finder.find(text))

    def leaks_of(self, path: Path, *, but_records: bool = False) -> Counter[Kind]:
        """How many values of each kind stand in a file.

        Args:
            path: the file.
            but_records: whether the values of records, which are in it, were searched already.
        """
        with path.open("rb") as file:
            is_database = file.read(len(SQLITE)) == SQLITE
        if not is_database:
            return self.leaks(pieces(path))
        with read_only(path) as db:
            strange = Counter({Kind.TEXT: strange_entries(db)})
        return self.leaks(database_pieces(path, public_types() if but_records else ())) + strange

    def _known(self, source: Source, text: Iterable[Piece]) -> set[bytes]:
        """The needles that stand in a source; codes alone explain codes, of which there are few."""
        if source != "codes":
            return self._finder.find(text)
        codes = [needle for needle, kind in self.needles.items() if source in kind.explained_by]
        return Finder(dict.fromkeys(codes)).find(text) if codes else set()
