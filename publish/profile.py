"""A jurisdiction's rules as data: one TOML file, every figure with its source."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from publish.schema import RECORD_TYPES, TYPES
from publish.settings import read_settings


def _one_of(*names: str) -> AfterValidator:
    """The check that a name is one of those."""

    def check(value: str) -> str:
        if value not in names:
            raise ValueError(f"must be one of {', '.join(names)}")
        return value

    return AfterValidator(check)


RecordTypeName = Annotated[str, _one_of(*RECORD_TYPES)]
"""A type that departments hand in."""
DutyName = Annotated[str, _one_of(*TYPES["record"])]
"""A type that must be made public in time."""
Source = Annotated[str, Field(min_length=4)]


class Rule(BaseModel):
    """A part of a profile; every rule names the document and article it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Source


class Jurisdiction(BaseModel):
    """Whose rules these are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    name_zh: str
    name_en: str
    portal_zh: str
    portal_en: str
    timezone: str
    calendar: str
    version: str
    demo: bool = False
    language: Literal["zh", "en"] = "zh"
    remedies_zh: str
    remedies_en: str

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        ZoneInfo(value)
        return value


class DisclosureClock(Rule):
    """Within how many working days a decision must be public, and whose date decides.

    Attributes:
        days: working days after the decision, by record type; a type without one has no clock.
        items: exceptions by catalogue item code.
        decides: ``portal`` (first release that held it), ``received`` (hand-in), or
            ``department`` (the date the department reports).
    """

    days: dict[DutyName, Annotated[int, Field(ge=1, le=366)]]
    items: dict[str, Annotated[int, Field(ge=1, le=366)]] = {}
    decides: Literal["portal", "received", "department"] = "portal"

    def days_for(self, record_type: str, item_code: str | None) -> int | None:
        """The days that apply to one record; None where no clock runs."""
        override = self.items.get(item_code) if item_code else None
        return override or {str(k): v for k, v in self.days.items()}.get(record_type)


class WithdrawalClock(Rule):
    """Within how many working days a revoked or repaired record must be off."""

    days: Annotated[int, Field(ge=1, le=366)]


class Clocks(BaseModel):
    """The duties that are measured."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    disclosure: DisclosureClock
    withdrawal: WithdrawalClock | None = None


OfPersons = Literal["publish_masked", "withhold"]


class Persons(Rule):
    """What may be published about natural persons; minors are never published.

    Where a profile says nothing, nothing but licences is: personal information is not made public
    without the person's own consent or a law (《中华人民共和国个人信息保护法》第二十五条). That
    holds for promises as for inspections, payments and rewards.
    """

    licence: OfPersons = "publish_masked"
    penalty: OfPersons = "withhold"
    other_act: OfPersons = "withhold"
    list_entry: OfPersons = "withhold"
    commitment: OfPersons = "withhold"
    retention_years: Annotated[int, Field(ge=1)] | None = None
    legal_representative: Literal["internal", "public"] = "internal"


class Term(BaseModel):
    """How long a penalty of one severity is published; zero months means not at all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_months: Annotated[int, Field(ge=0)]
    max_months: Annotated[int, Field(ge=0)]


class Regime(Rule):
    """The terms of publication for penalties decided from a day on."""

    valid_from: date
    minor: Term
    general: Term
    serious: Term


class Lists(Rule):
    """What a red or black list entry needs before it may be published."""

    require_legal_basis: bool = True
    black_notice_first: bool = True
    red_notice_days: Annotated[int, Field(ge=0)] = 0


class Objection(Rule):
    """What happens to a record while an objection against it is open."""

    while_open: Literal["keep", "hide"] = "keep"


class Review(Rule):
    """Which hand-ins wait until somebody else signs them off (政府信息发布审签).

    Attributes:
        record_types: every batch of these.
        departments: every batch with rows of these.
    """

    record_types: tuple[RecordTypeName, ...] = ()
    departments: tuple[str, ...] = ()


class League(Rule):
    """How departments are ranked.

    Attributes:
        minimum_cases: under how many cases a department is listed but not ranked.
        aim: the rate that departments are held to, drawn as a line.
    """

    minimum_cases: Annotated[int, Field(ge=1)] = 20
    aim: Annotated[float, Field(gt=0, le=1)] = 1.0


class Profile(BaseModel):
    """All rules of one jurisdiction."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    jurisdiction: Jurisdiction
    clocks: Clocks
    persons: Persons
    terms: tuple[Regime, ...] = ()
    lists: Lists
    objection: Objection
    league: League
    review: Review | None = None

    @field_validator("terms")
    @classmethod
    def _newest_first(cls, value: tuple[Regime, ...]) -> tuple[Regime, ...]:
        return tuple(sorted(value, key=lambda r: r.valid_from, reverse=True))

    @property
    def zone(self) -> ZoneInfo:
        """The jurisdiction's time zone."""
        return ZoneInfo(self.jurisdiction.timezone)

    def regime(self, decided: date) -> Regime | None:
        """The terms in force on the day of a decision; before the first, the first.

        None where the jurisdiction sets no end of publication.
        """
        if not self.terms:
            return None
        return next((r for r in self.terms if r.valid_from <= decided), self.terms[-1])


def load_profile(path: Path) -> Profile:
    """Reads and checks a profile.

    Raises:
        UsageError: naming the file, the key and the reason.
    """
    return read_settings(path, Profile)
