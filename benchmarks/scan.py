"""The scan of free text beside one search with a plain regular expression over the same texts.

    python -m benchmarks.scan [--texts 2000] [--runs 9]

Every free text of every record is scanned at each release. The texts are the labelled ones of the
tests: without and with something to hide, and sentences without any digit. The plain search looks
for eleven digits in a row, which is the least that anybody would do. Processor microseconds of a
text, medians of several runs, each pair in turn.
"""

import argparse
import re
from collections.abc import Callable, Sequence
from statistics import median
from time import process_time

from publish.disclose.scan import scan
from tests.unit.scan_texts import Text, texts

SEED = 20261122
PLAIN = re.compile("[0-9]{11}")


def main() -> None:
    """Prints microseconds of a text and the ratio, for each sort of text."""
    parser = argparse.ArgumentParser(description="The scan beside a plain search")
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=9)
    wanted = parser.parse_args()
    drawn = list(texts("tuned", wanted.texts, SEED))
    wordy = [text._replace(text=re.sub(r"\d", "", text.text), person=False) for text in drawn]
    for sort, chosen in {
        "no digits": wordy,
        "clean": [text for text in drawn if not text.spans],
        "dirty": [text for text in drawn if text.spans],
    }.items():
        runs = [(timed(plainly, chosen), timed(scanned, chosen)) for _ in range(wanted.runs)]
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
