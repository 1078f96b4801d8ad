"""A jurisdiction's rules as data: one TOML file, every figure with its source.

A profile may extend another (city, province, nation); what it inherits keeps its own source. A rule
may be one table, or several with ``valid_from``, each the regime of its time.
"""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Generic, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    field_validator,
    model_validator,
)

from monitor.measures import INDICATORS
from publish.inherit import Raw, lineage, merge
from publish.schema import RECORD_TYPES, TYPES
from publish.settings import checked


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
WorkingDays = Annotated[int, Field(ge=1, le=366)]
Months = Annotated[int, Field(ge=1, le=1200)]


class Origin(BaseModel):
    """Where a figure is stated.

    Attributes:
        profile: the profile that states it, by the name of its file.
        source: the document and article that this profile names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: str
    source: Source


class Rule(BaseModel):
    """A part of a profile; every rule names the document and article it comes from.

    Attributes:
        origins: by figure, where it is stated, filled in when a file is read; under an empty name
            that of the rule itself. A figure without one is a default of this program.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Source
    origins: Mapping[str, Origin] = {}

    def source_of(self, figure: str) -> str:
        """The source of one figure, which is the parent's where the figure is inherited."""
        origin = self.origins.get(figure)
        return origin.source if origin else self.source


class DatedRule(Rule):
    """A rule that holds from a day on, until the next; without one from the beginning."""

    valid_from: date | None = None


R = TypeVar("R", bound=DatedRule)


class Dated(RootModel[tuple[R, ...]], Generic[R]):
    """A rule in all its versions, oldest first; every day has exactly one."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return value if isinstance(value, (list, tuple)) else (value,)

    @field_validator("root")
    @classmethod
    def _every_day_once(cls, rules: tuple[R, ...]) -> tuple[R, ...]:
        ordered = tuple(sorted(rules, key=_start))
        starts = [_start(rule) for rule in ordered]
        if not starts or starts[0] != date.min:
            first = f" before {starts[0]}" if starts else ""
            raise ValueError(
                f"nothing is said of the time{first}: one table must have no valid_from"
            )
        if len(set(starts)) < len(starts):
            raise ValueError("two tables have the same valid_from")
        return ordered

    @cached_property
    def _starts(self) -> list[date]:
        """The first days, in order."""
        return [_start(rule) for rule in self.root]

    def on(self, day: date) -> R:
        """The rule in force on a day."""
        rules = self.root
        return rules[0] if len(rules) == 1 else rules[bisect_right(self._starts, day) - 1]

    @property
    def latest(self) -> R:
        """The newest rule, which may not be in force yet."""
        return self.root[-1]


def _start(rule: DatedRule) -> date:
    """The first day on which a rule holds."""
    return rule.valid_from or date.min


class Jurisdiction(BaseModel):
    """Whose rules these are.

    Attributes:
        office: code of the department that runs the portal and receives objections.
    """

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
    office: str | None = None
    language: Literal["zh", "en"] = "zh"
    remedies_zh: str
    remedies_en: str

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        ZoneInfo(value)
        return value


class DisclosureClock(DatedRule):
    """Within how many working days a decision must be public, and whose date decides.

    The rule in force on the day of the decision applies.

    Attributes:
        days: working days after the decision, by record type; a type without one has no clock.
        items: exceptions by catalogue item code.
        decides: ``portal`` (first release that held it), ``received`` (hand-in), or
            ``department`` (the date the department reports).
    """

    days: dict[DutyName, WorkingDays]
    items: dict[str, WorkingDays] = {}
    decides: Literal["portal", "received", "department"] = "portal"

    def days_for(self, record_type: str, item_code: str | None) -> int | None:
        """The days that apply to one record; None where no clock runs."""
        override = self.items.get(item_code) if item_code else None
        return override or self.days.get(record_type)


class WithdrawalClock(DatedRule):
    """Within how many working days a revoked or repaired record must be off.

    The rule in force on the day of the revocation or repair applies.
    """

    days: WorkingDays


Exclusion = Literal["inspection", "appraisal", "expert_review"]
EXCLUSIONS: Mapping[Exclusion, tuple[str, ...]] = {
    "inspection": ("检验", "检测", "检查"),
    "appraisal": ("鉴定",),
    "expert_review": ("专家评审", "专家论证"),
}
"""What may stop a clock, with the words by which the reason for a pause tells of it."""


class ObjectionClock(DatedRule):
    """The stages of an objection in working days, each from its own start.

    The rule in force on the day the objection is received applies. A stage without a figure has
    no clock.

    Attributes:
        annotate: from receipt until the record is marked as objected to; 0 is the same day.
        accept: from receipt until it is taken up.
        own: until it is settled, where the office can verify it by itself.
        pass_on: from receipt until it is with the department that handed the record in.
        verify: from there until that department has verified it.
        notify: from there until the applicant is told.
        total: from receipt until the answer; it runs by itself.
        total_extended: the same with the longest extension.
        extension: by how much verifying may be extended.
        excludes: what stops the clock.
        suspends_measures: whether measures rest while an objection is open.
    """

    annotate: Annotated[int, Field(ge=0, le=366)] | None = None
    accept: WorkingDays | None = None
    own: WorkingDays | None = None
    pass_on: WorkingDays | None = None
    verify: WorkingDays | None = None
    notify: WorkingDays | None = None
    total: WorkingDays | None = None
    total_extended: WorkingDays | None = None
    extension: WorkingDays | None = None
    excludes: tuple[Exclusion, ...] = ()
    suspends_measures: bool | None = None

    def longest(self, figure: str) -> int | None:
        """How many working days a stage may have with an extension; None if it has none."""
        if figure == "verify" and self.verify and self.extension:
            return self.verify + self.extension
        return self.total_extended if figure == "total" else None

    def stops(self, reason: str) -> bool:
        """Whether the reason for a pause is one that stops the clock."""
        return any(word in reason for kind in self.excludes for word in EXCLUSIONS[kind])


class RepairClock(DatedRule):
    """The stages of a credit repair in working days.

    The rule in force on the day of the application applies.

    Attributes:
        accept: from the application until it is taken up.
        total: from being taken up until the decision.
        execute: from the decision until it is carried out.
    """

    accept: WorkingDays | None = None
    total: WorkingDays | None = None
    execute: WorkingDays | None = None


class PushClock(DatedRule):
    """The second clock: within how many working days a decision must be with the platform.

    The rule in force on the day of the decision applies.

    Attributes:
        ends: what it ends with: that the portal received the decision, that it was handed on to
            the platform above, or that it was in a file of which the platform took it. The last
            two are for licences and penalties, for which there is a form; others end with receipt.
    """

    days: WorkingDays
    ends: Literal["received", "pushed", "accepted"] = "received"


class Clocks(BaseModel):
    """The duties with a deadline."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    disclosure: Dated[DisclosureClock]
    withdrawal: Dated[WithdrawalClock] | None = None
    push: Dated[PushClock] | None = None
    objection: Dated[ObjectionClock] | None = None
    repair: Dated[RepairClock] | None = None


OfPersons = Literal["publish_masked", "withhold"]


class Persons(DatedRule):
    """What may be published about natural persons; minors are never published.

    The rule in force on the day of the decision applies. Where a profile says nothing, nothing but
    licences is: personal information is not made public without the person's own consent or a law
    (《中华人民共和国个人信息保护法》第二十五条). That holds for promises as for inspections,
    payments and rewards.

    Attributes:
        simplified_penalty: penalties under the simplified procedure, where other penalties are
            published.
        simplified_words: by which of these in its texts such a penalty is known.
        retention_years: after how many years a record comes off whatever else holds.
        legal_representative: whether his name is a public field.
    """

    licence: OfPersons = "publish_masked"
    penalty: OfPersons = "withhold"
    other_act: OfPersons = "withhold"
    list_entry: OfPersons = "withhold"
    commitment: OfPersons = "withhold"
    simplified_penalty: Literal["withhold"] | None = None
    simplified_words: tuple[Annotated[str, Field(min_length=2)], ...] = ()
    retention_years: Annotated[int, Field(ge=1)] | None = None
    legal_representative: Literal["internal", "public"] = "internal"

    @model_validator(mode="after")
    def _known_by_words(self) -> Self:
        if bool(self.simplified_penalty) != bool(self.simplified_words):
            raise ValueError("simplified_penalty and simplified_words go together")
        return self


def _same_masks(persons: Dated[Persons]) -> Dated[Persons]:
    """The check that which names are masked does not depend on the day.

    A name is looked for in every public byte, whatever record it stands in.
    """
    if len({rule.legal_representative for rule in persons.root}) > 1:
        raise ValueError("legal_representative must be the same from every valid_from on")
    return persons


class Term(BaseModel):
    """How long a penalty of one severity is published.

    Attributes:
        publish: whether it is published at all.
        min_months: months after the decision before which it cannot come off by repair.
        max_months: months after the decision at which it comes off; None if none is stated.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    publish: bool = True
    min_months: Months | None = None
    max_months: Months | None = None

    @model_validator(mode="after")
    def _shortest_first(self) -> Self:
        if self.min_months and self.max_months and self.min_months > self.max_months:
            raise ValueError("min_months must not be more than max_months")
        return self


class Special(BaseModel):
    """Fields in which a penalty stays longer before it can come off by repair.

    Attributes:
        laws: a penalty is in such a field if its legal basis names one of these.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_months: Months
    laws: Annotated[tuple[Annotated[str, Field(min_length=2)], ...], Field(min_length=1)]


Severity = Literal["minor", "general", "serious"]
GRADES: Mapping[str, Severity] = {"1": "minor", "2": "general", "3": "serious"}
"""The codes of 失信严重程度 CF_SXYZCD; 0 and blank are not graded."""


class Regime(DatedRule):
    """The terms of publication for penalties decided from a day on.

    Without a table for a severity no term is stated for it.

    Attributes:
        ungraded: as what a penalty counts whose severity is not stated.
    """

    minor: Term | None = None
    general: Term | None = None
    serious: Term | None = None
    ungraded: Severity = "general"
    special: Special | None = None

    def grade(self, code: str) -> Severity:
        """The severity that a code means."""
        return GRADES.get(code, self.ungraded)

    def term(self, grade: Severity) -> Term | None:
        """The term of a severity; None if none is stated."""
        term: Term | None = getattr(self, grade)
        return term

    def limit(self, code: str) -> tuple[int | None, str]:
        """After how many months a penalty of a severity comes off, and the source that says so.

        0 months where it is not published at all, None where no end is stated.
        """
        return self._limits[self.grade(code)]

    @cached_property
    def _limits(self) -> dict[Severity, tuple[int | None, str]]:
        """Each severity's limit: it is asked for each penalty, twice."""
        return {grade: self._limit(grade, self.term(grade)) for grade in GRADES.values()}

    def _limit(self, grade: Severity, term: Term | None) -> tuple[int | None, str]:
        """A severity's limit and its source."""
        if term is None or not term.publish:
            return (None if term is None else 0), self.source_of(f"{grade}.publish")
        return term.max_months, self.source_of(f"{grade}.max_months")


class Lists(DatedRule):
    """What a red or black list entry needs before it may be published.

    The rule in force on the day of the decision applies.

    Attributes:
        require_term: whether a black list entry needs an end, its own or its list's.
        red_notice_days: calendar days of public notice before a red list entry is decided.
    """

    require_legal_basis: bool = True
    black_notice_first: bool = True
    require_term: bool = True
    red_notice_days: Annotated[int, Field(ge=0)] = 0


class Objection(DatedRule):
    """What happens to a record while an objection against it is open.

    The rule in force on the day of publication applies: the question is what is shown today.
    """

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
        minimum_cases: under how many cases a department is listed but not ranked. Never less than
            ten: of fewer, one case moves the rate by more than ten points, and the few and lucky
            would come first.
        aim: the rate that departments are held to, drawn as a line.
        volumes: from how many decisions due in the last twelve months on a department counts among
            those of the next size, rising; departments of one kind and size are ranked among
            themselves too.
    """

    minimum_cases: Annotated[int, Field(ge=10)] = 20
    aim: Annotated[float, Field(gt=0, le=1)] = 1.0
    volumes: tuple[Annotated[int, Field(ge=1)], ...] = ()

    @field_validator("volumes")
    @classmethod
    def _rising(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if list(value) != sorted(set(value)):
            raise ValueError("volumes must rise")
        return value


DayOfMonth = Annotated[int, Field(ge=1, le=28)]


class Reports(Rule):
    """When circulars are due and what they tell.

    Attributes:
        month: by which day of the next month a month's circular is due; None if it has none. The
            same holds for the other periods.
        late_over: a department whose late rate is higher is named.
        compliance_under: a department whose compliance rate is lower is named.
        rectify_days: the working days in which what is named must be put right.
        scorecards: whether each release holds every department's scorecard.
    """

    month: DayOfMonth | None = None
    quarter: DayOfMonth | None = None
    half: DayOfMonth | None = None
    year: DayOfMonth | None = None
    late_over: Annotated[float, Field(ge=0, le=1)] = 0.1
    compliance_under: Annotated[float, Field(ge=0, le=1)] = 0.9
    rectify_days: WorkingDays = 10
    scorecards: bool = True

    @property
    def days(self) -> Mapping[str, int]:
        """The day by the kind of period, of those that have a circular."""
        kinds = ("month", "quarter", "half", "year")
        return {kind: day for kind in kinds if (day := getattr(self, kind)) is not None}


Share = Annotated[float, Field(ge=0, le=1)]


RATES = {name: one.better for name, one in INDICATORS.items() if one.kind == "rate" and one.better}
"""The rates that departments may be held to, with which end of each is good."""
RateName = Annotated[str, _one_of(*RATES)]


class Step(BaseModel):
    """A rate from which on so many points are given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_least: Share
    points: Annotated[float, Field(ge=0)]


class Part(BaseModel):
    """What one indicator gives to the score.

    Of an indicator of which less is better, such as the late rate, everything here is about one
    minus the rate.

    Attributes:
        weight: the most points that it gives.
        full_at: the rate from which on all points are given; below it the weight times the rate.
        steps: instead, points by thresholds, rising; below the first none.
        least: under how many cases the indicator counts as having none, so that one case of two
            does not cost half the points.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    indicator: RateName
    weight: Annotated[float, Field(gt=0)]
    full_at: Annotated[float, Field(gt=0, le=1)] = 1.0
    steps: tuple[Step, ...] = ()
    least: Annotated[int, Field(ge=1)] = 1

    @property
    def reverse(self) -> bool:
        """Whether one minus the rate counts."""
        return RATES[self.indicator] == "low"

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if self.steps and self.full_at < 1:
            raise ValueError("full_at and steps do not go together")
        if any(a.at_least >= b.at_least or a.points > b.points for a, b in pairwise(self.steps)):
            raise ValueError("steps must rise, from the lowest rate with the fewest points on")
        if self.steps and self.steps[-1].points > self.weight:
            raise ValueError("steps must not give more points than the weight")
        return self


class Grade(BaseModel):
    """A grade and the score from which on it is given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str
    at_least: float


class Deduction(BaseModel):
    """Points that each concealed decision costs.

    Attributes:
        weight: points of their own that are lost first; without them the total is less.
        each: what one decision costs.
        most: the most that all of them can cost.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    weight: Annotated[float, Field(ge=0)] = 0
    each: Annotated[float, Field(gt=0)]
    most: Annotated[float, Field(gt=0)] | None = None


class Scheme(DatedRule):
    """How the score is made; the rule in force on the period's last day applies.

    An indicator without cases gives its weight to the others, so that nobody gains or loses by it.
    Points of one's own for what is not concealed stay as they are.

    Attributes:
        parts: what each indicator gives.
        grades: best first; empty if none are given.
        concealed: what a decision costs that inspectors found and the register did not hold.
    """

    parts: Annotated[tuple[Part, ...], Field(min_length=1)]
    grades: tuple[Grade, ...] = ()
    concealed: Deduction | None = None

    @field_validator("parts")
    @classmethod
    def _once(cls, value: tuple[Part, ...]) -> tuple[Part, ...]:
        if len({part.indicator for part in value}) < len(value):
            raise ValueError("an indicator stands in two parts")
        return value

    @field_validator("grades")
    @classmethod
    def _best_first(cls, value: tuple[Grade, ...]) -> tuple[Grade, ...]:
        if any(a.at_least <= b.at_least for a, b in pairwise(value)):
            raise ValueError("grades must fall, the best first")
        return value


class Profile(BaseModel):
    """All rules of one jurisdiction, what it inherits included.

    Attributes:
        extends: the profile that it inherits from, by the name of its file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    extends: str | None = None
    jurisdiction: Jurisdiction
    clocks: Clocks
    persons: Annotated[Dated[Persons], AfterValidator(_same_masks)]
    terms: Dated[Regime] | None = None
    lists: Dated[Lists]
    objection: Dated[Objection]
    league: League
    scheme: Dated[Scheme] | None = None
    review: Review | None = None
    reports: Reports | None = None

    @cached_property
    def zone(self) -> ZoneInfo:
        """The jurisdiction's time zone."""
        return ZoneInfo(self.jurisdiction.timezone)

    def regime(self, decided: date) -> Regime | None:
        """The terms in force on the day of a decision; None where none are set."""
        return self.terms.on(decided) if self.terms else None


OWN = ("code", "name_zh", "name_en", "portal_zh", "portal_en", "version", "demo", "office")
"""What a jurisdiction does not inherit: it is somebody else's name."""


def load_profile(path: Path) -> Profile:
    """Reads and checks a profile and those that it extends, each by itself.

    Raises:
        UsageError: naming the file, the key and the reason.
    """
    (first, raw), *heirs = lineage(path)
    profile = checked(first, raw, Profile)
    for heir, own in heirs:
        raw = merge(heir, _without_own(raw), own)
        profile = checked(heir, raw, Profile)
    return profile


def ancestors(path: Path) -> dict[str, tuple[str, str]]:
    """The profiles that one inherits from, nearest first: file name to Chinese and English name."""
    places = {p.stem: raw["jurisdiction"] for p, raw in reversed(lineage(path)[:-1])}
    return {name: (place["name_zh"], place["name_en"]) for name, place in places.items()}


def _without_own(raw: Raw) -> Raw:
    """What a profile leaves to its heirs."""
    place = {k: v for k, v in raw["jurisdiction"].items() if k not in OWN}
    return {**raw, "jurisdiction": place}
