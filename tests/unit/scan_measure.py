"""Recall and precision of the scan, counted on labelled texts."""

from collections import Counter
from dataclasses import dataclass, field

from publish.disclose.hit import Hit
from publish.disclose.scan import MARK, find, scan
from tests.unit.scan_texts import Span, Text, texts


@dataclass
class Measured:
    """What a scan of labelled texts found and missed.

    Attributes:
        clean: texts without anything to hide.
        changed: those of them that the scan changed.
        dirty: texts with something to hide.
        exact: those of them of which just that was taken.
        planted: what was to be found, by kind.
        missed: what of it was not found whole, by kind.
        found: what was found, by kind.
        wrong: what of it overlaps nothing planted of the kind.
    """

    clean: int = 0
    changed: list[str] = field(default_factory=list)
    dirty: int = 0
    exact: int = 0
    planted: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    def add(self, text: Text) -> None:
        """Scan a text and count."""
        hits = find(text.text, addresses=text.person)
        hidden = {place for start, end, _ in hits for place in range(start, end)}
        for span in text.spans:
            self.planted[span.kind] += 1
            self.missed[span.kind] += not hidden.issuperset(range(span.start, span.end))
        for hit in hits:
            self.found[hit.kind] += 1
            self.wrong[hit.kind] += not any(_is_of(hit, span) for span in text.spans)
        if text.spans:
            self.dirty += 1
            self.exact += scan(text.text, addresses=text.person).text == text.without(MARK)
        else:
            self.clean += 1
            self.changed += [text.text] if hits else []

    def recall(self, kind: str) -> float:
        """The share of the planted that was found whole."""
        return 1 - self.missed[kind] / self.planted[kind]

    def precision(self, kind: str) -> float:
        """The share of the found that was planted."""
        return 1 - self.wrong[kind] / self.found[kind]


def _is_of(hit: Hit, span: Span) -> bool:
    """Say whether a hit overlaps a span of its kind."""
    return (
        hit.start < span.end and span.start < hit.end and span.kind.removeprefix("old_") == hit.kind
    )


def measure(name: str, count: int, seed: int) -> Measured:
    """Scan texts of one of the sets."""
    measured = Measured()
    for text in texts(name, count, seed):
        measured.add(text)
    return measured
