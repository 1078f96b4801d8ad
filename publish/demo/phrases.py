"""Sentences with slots, so that few templates make many different texts."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from random import Random

from publish.demo.chance import between, pick
from publish.demo.words import WORDS

Part = Callable[[Random, Mapping[str, str]], str]

_SLOT = re.compile(r"\{([^{}]*)\}")
_NUMBER = re.compile(r"(\d+)-(\d+)(?:\*(\d+))?")


def say(rng: Random, template: str, given: Mapping[str, str]) -> str:
    """A template with its slots filled.

    A slot is a range of numbers (``{2-30}``, in steps ``{100-900*50}``), a choice (``{a|b}``), a
    word list of `WORDS`, or something ``given``.
    """
    return "".join(part if isinstance(part, str) else part(rng, given) for part in _parts(template))


@cache
def _parts(template: str) -> Sequence[str | Part]:
    """A template cut into plain text and slots."""
    pieces = _SLOT.split(template)
    return tuple(_slot(p) if i % 2 else p for i, p in enumerate(pieces) if p)


def _slot(inside: str) -> Part:
    """What fills a slot."""
    if number := _NUMBER.fullmatch(inside):
        low, high, step = (int(n or 1) for n in number.groups())
        return lambda rng, _: str(between(rng, low // step, high // step) * step)
    if "|" in inside:
        return _choice(inside.split("|"))
    if inside in WORDS:
        return _choice(WORDS[inside])
    return lambda _, given: given[inside]


def _choice(choices: Sequence[str]) -> Part:
    """One of several words."""
    return lambda rng, _: pick(rng, choices)
