"""What the scan of free text finds, and its time beside one search with a plain expression.

    python -m benchmarks.scan [--texts 10000] [--runs 9] [--seed 20261122]

First recall and precision of each kind on the labelled texts of the tests: those that the scan was
improved with, and those of other prose and other ways of writing that were held out. Then processor
microseconds of a text without any digit, without and with something to hide, medians of several
runs, each in turn with a search for eleven digits, which is the least that anybody would do: every
free text of every record is scanned at each release.
"""

import argparse
import re
from collections.abc import Callable, Sequence
from statistics import median
from time import process_time

from publish.disclose.scan import scan
from tests.unit.scan_measure import measure
from tests.unit.scan_texts import Text, texts

PLAIN = re.compile("[0-9]{11}")


def main() -> None:
    """Prints what is found of each set, then what it costs."""
    parser = argparse.ArgumentParser(description="The scan of free text: what it finds, its time")
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--seed", type=int, default=20261122)
    wanted = parser.parse_args()
    for name in ("tuned", "held_out"):
        print_figures(name, wanted.texts, wanted.seed)
    print_times(list(texts("tuned", wanted.texts, wanted.seed)), wanted.runs)


def print_figures(name: str, count: int, seed: int) -> None:
    """Prints recall and precision of each kind in a set."""
    found = measure(name, count, seed)
    print(f"{name}: {len(found.changed)} of {found.clean} texts with nothing to hide were changed,")
    print(f"  {found.exact} of {found.dirty} others lost just what was planted")
    for kind, planted in sorted(found.planted.items()):
        hit = kind.removeprefix("old_")
        print(
            f"  {kind:20} planted {planted:5}   recall {found.recall(kind):8.3%}"
            f"   precision {found.precision(hit):8.3%}"
        )


def print_times(drawn: list[Text], count: int) -> None:
    """Prints microseconds of a text and the ratio, for each sort of text."""
    wordy = [text._replace(text=re.sub(r"\d", "", text.text), person=False) for text in drawn]
    for sort, chosen in {
        "no digits": wordy,
        "clean": [text for text in drawn if not text.spans],
        "dirty": [text for text in drawn if text.spans],
    }.items():
        runs = [(timed(plainly, chosen), timed(scanned, chosen)) for _ in range(count)]
        plain, scanning = (median(each) for each in zip(*runs, strict=True))
        ratio = median(b / a for a, b in runs)
        print(f"{sort:10} plain {plain:6.2f} µs   scan {scanning:7.2f} µs   ratio {ratio:6.1f}")


def timed(work: Callable[[Text], object], chosen: Sequence[Text]) -> float:
    """Processor microseconds of a text."""
    began = process_time()
    for text in chosen:
        work(text)
    return (process_time() - began) / len(chosen) * 1e6


def plainly(text: Text) -> object:
    """The least: one search."""
    return PLAIN.search(text.text)


def scanned(text: Text) -> object:
    """The scan, as a release calls it."""
    return scan(text.text, names={"赵钱孙": "赵**"}, addresses=text.person)


if __name__ == "__main__":
    main()
