"""The people of the demo city: names from a lot, identity numbers of region 99."""

from random import Random
from typing import NamedTuple

from publish.demo.chance import between, pick
from publish.demo.identity import passport, resident_id
from publish.demo.words import (
    COMPOUND_SURNAMES,
    DOTTED,
    FOREIGN,
    GIVEN,
    RARE_GIVEN,
    SURNAMES,
)


class Person(NamedTuple):
    """Somebody who does not exist."""

    name: str
    id_type: str
    id_no: str


def resident(rng: Random, region: str, born: int) -> Person:
    """Somebody with an identity card, born in that year."""
    return Person(_name(rng), "身份证", resident_id(rng, region, born))


def foreigner(rng: Random) -> Person:
    """Somebody with a passport."""
    return Person(pick(rng, FOREIGN), "护照号", passport(rng))


def adult(rng: Random, region: str) -> Person:
    """Somebody of working age with an identity card."""
    return resident(rng, region, between(rng, 1958, 2003))


def _name(rng: Random) -> str:
    """A full name: mostly three characters, sometimes two, a compound surname, or a dot."""
    chance = rng.random()
    if chance < 0.01:
        return pick(rng, DOTTED)
    surname = pick(rng, COMPOUND_SURNAMES if chance < 0.04 else SURNAMES)
    if chance < 0.25:
        return surname + pick(rng, RARE_GIVEN)
    return surname + pick(rng, GIVEN) + pick(rng, GIVEN)
