"""Whom decisions are about: a pool of organisations, sole traders and people.

A party is a function of its number in the pool, so that the same one comes up again under other
decisions and nothing has to be kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import NamedTuple

from publish.demo import identity
from publish.demo.chance import between, pick, stream
from publish.demo.people import Person, adult, foreigner, resident
from publish.demo.sectors import SECTORS, Sector
from publish.demo.words import SURNAMES, WORD_HEADS, WORD_TAILS, WORDS
from publish.handin import uscc

ORGANISATION, SOLE_TRADER, PERSON = "法人及非法人组织", "个体工商户", "自然人"
CITY = "示例市"

_CHAINS = 1.4  # above one, the first organisations of the pool come up more often
_SHOPS = 4  # sole traders for each organisation
_OLD_NUMBER = 0.12  # sole traders that never changed to an eighteen-digit code
_MINOR = 0.012
_CACHED = 4096


class District(NamedTuple):
    """A district or county of the city."""

    name: str
    region: str


_FORMS = ("有限公司",) * 8 + ("有限责任公司", "（集团）有限公司", "股份有限公司")
_NOBODY = Person("", "", "")
_VILLAGES = 0.06  # village collectives among the bodies of farming, with codes that begin with N2


@dataclass(frozen=True)
class Party:
    """A party of a decision.

    Attributes:
        address: where it does business; of a person, where the decision was taken.
        head: the legal representative; None for people.
        person: the natural person; None for all others.
    """

    kind: str
    name: str
    address: str
    uscc: str = ""
    registration_no: str = ""
    organisation_code: str = ""
    head: Person | None = None
    person: Person | None = None

    def fields(self) -> dict[str, str]:
        """The fields that all record types share."""
        return {
            "party_name": self.name,
            "party_kind": self.kind,
            "uscc": self.uscc,
            "registration_no": self.registration_no,
            "organisation_code": self.organisation_code,
            **_identified("legal_representative", "legal_rep", self.head),
            **_identified("", "person", self.person),
        }


@dataclass(frozen=True)
class Parties:
    """The pool of parties of one demo city.

    Attributes:
        size: organisations per sector and district.
    """

    seed: int
    districts: Sequence[District]
    size: int

    def number(self, rng: Random, who: str, district: int | None) -> int:
        """The number of a business in the pool.

        Args:
            rng: the decision's own stream.
            who: ``o`` for an organisation, ``s`` for a sole trader.
            district: the number of the district it must be in; None for anywhere.
        """
        share = rng.random() if who == "s" else rng.random() ** _CHAINS
        place = int(rng.random() * len(self.districts)) if district is None else district
        return int(share * self._sizes[who]) * len(self.districts) + place

    def business(self, who: str, sector: str, number: int) -> Party:
        """The organisation or sole trader of that number in its line of business."""
        turn, place = divmod(number, len(self.districts))
        make = _organisation if who == "o" else _sole_trader
        return make(self.seed, self.districts[place], sector, turn % self._sizes[who])

    def person(self, rng: Random, who: str, district: int | None, year: int) -> Party:
        """Somebody, now and then a minor.

        Args:
            rng: the decision's own stream.
            who: ``p``, or ``f`` for somebody from abroad.
            district: the number of the district of residence; None for any.
            year: the year of the decision.
        """
        home = pick(rng, self.districts) if district is None else self.districts[district]
        return _natural(rng, home, who, year)

    @property
    def _sizes(self) -> dict[str, int]:
        """Businesses per line of business and district."""
        return {"o": self.size, "s": self.size * _SHOPS}


def parties(seed: int, districts: Sequence[District], records: int) -> Parties:
    """A pool that fits the number of records."""
    return Parties(seed, districts, 4 + records // (4 * len(SECTORS) * len(districts)))


@lru_cache(_CACHED)
def _organisation(seed: int, district: District, sector: str, number: int) -> Party:
    """The organisation of that number in its sector and district."""
    rng = stream(seed, "organisation", district.region, sector, number)
    lines = SECTORS[sector]
    if sector == "farm" and rng.random() < _VILLAGES:
        name, kind = f"{CITY}{district.name}{_village(rng)}股份经济合作社", "N2"
    else:
        name, kind = _company(rng, lines, district), lines.code
    code = identity.credit_code(kind, district.region, identity.code_body(rng))
    return Party(
        ORGANISATION,
        name,
        address(rng, district),
        uscc=code,
        organisation_code=code[8:17],
        head=adult(rng, district.region),
    )


@lru_cache(_CACHED)
def _sole_trader(seed: int, district: District, sector: str, number: int) -> Party:
    """The sole trader of that number in its sector and district."""
    rng = stream(seed, "sole trader", district.region, sector, number)
    old = rng.random() < _OLD_NUMBER
    code = identity.credit_code("92", district.region, identity.code_body(rng))
    registration = identity.registration_number(rng, district.region)
    return Party(
        SOLE_TRADER,
        f"{CITY}{district.name}{_word(rng)}{pick(rng, SECTORS[sector].shops)}",
        address(rng, district),
        uscc=uscc.NONE_GIVEN if old else code,
        registration_no=registration if old or rng.random() < 0.1 else "",
        head=adult(rng, district.region),
    )


def _natural(rng: Random, district: District, who: str, year: int) -> Party:
    """Somebody who lives in the district, now and then a minor."""
    if who == "f":
        person = foreigner(rng)
    elif rng.random() < _MINOR:
        person = resident(rng, district.region, year - between(rng, 11, 16))
    else:
        person = adult(rng, district.region)
    return Party(PERSON, person.name, address(rng, district), person=person)


def address(rng: Random, district: District) -> str:
    """A street address in the district."""
    return f"{district.name}{pick(rng, WORDS['road'])}{between(rng, 1, 388)}号"


def _company(rng: Random, sector: Sector, district: District) -> str:
    """The name of an organisation, which always says that it is of the demo city."""
    where = pick(rng, (CITY, CITY, CITY, f"{CITY}{district.name}"))
    at = int(rng.random() * (len(sector.industries) + len(sector.wholes)))
    if at >= len(sector.industries):
        return f"{where}{_word(rng)}{sector.wholes[at - len(sector.industries)]}"
    return f"{where}{_word(rng)}{sector.industries[at]}{pick(rng, _FORMS)}"


def _word(rng: Random) -> str:
    """An invented trade name."""
    third = pick(rng, WORD_TAILS) if rng.random() < 0.25 else ""
    return pick(rng, WORD_HEADS) + pick(rng, WORD_TAILS) + third


def _village(rng: Random) -> str:
    """A village, some of them named after a family."""
    if rng.random() < 0.4:
        return f"{pick(rng, WORDS['town'])}{pick(rng, SURNAMES)}家庄村"
    return pick(rng, WORDS["town"]) + pick(rng, WORDS["village"])


def _identified(name_field: str, prefix: str, someone: Person | None) -> dict[str, str]:
    """The fields of a person's name and identity document; blank where there is nobody."""
    name, id_type, id_no = someone or _NOBODY
    fields = {f"{prefix}_id_type": id_type, f"{prefix}_id_no": id_no}
    return fields | {name_field: name} if name_field else fields
