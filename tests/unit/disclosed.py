"""Random records, histories, profiles and days, derived from the schemas and the profile's model.

Identity numbers have region 99, which does not exist; other numbers are those of the demo city.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

from publish.demo.identity import bank_card, email, phone, resident_id
from publish.disclose.disclose import Case, History
from publish.profile import (
    GRADES,
    Dated,
    DatedRule,
    Lists,
    Objection,
    Persons,
    Profile,
    Regime,
    load_profile,
)
from publish.reference import CreditList
from publish.schema import PERSON, Field, RecordType, public_types

SOURCE = "《示例规则》第一条"
CITY = load_profile(Path(__file__).parents[2] / "data/profiles/demo-city.toml")
TYPES = public_types()
FIRST, LAST = date(2016, 1, 1), date(2034, 12, 31)
LAWS = ("《中华人民共和国安全生产法》第一条", "《某条例》第二条")
WORDS = ("当场处罚", "简易程序")
NAMES = ("张示例", "欧阳晨光", "司马文远", "李佚", "阿依古丽·买买提", "John Q. Sample")
FIRMS = ("示例市晨光食品有限公司", "示例市远山商行")
LISTS: Mapping[str, CreditList] = {
    name: CreditList(name, "", "名单", "list", "market", basis, months)
    for name, basis, months in (
        ("based", "《某法》第一条", "36"),
        ("short", "《某法》第一条", "6"),
        ("baseless", "", "36"),
        ("endless", "《某法》第一条", ""),
    )
}
T = TypeVar("T")
R = TypeVar("R", bound=DatedRule)
Draw = Callable[[st.SearchStrategy[T]], T]


class Planted(NamedTuple):
    """A record with what must not be seen of it.

    Attributes:
        secrets: internal values, full names of natural persons, numbers planted in texts.
    """

    record: RecordType
    values: Mapping[str, str]
    secrets: frozenset[str]


days = st.dates(FIRST, LAST)
histories = st.builds(
    History,
    *[st.sampled_from([False] * 9 + [True])] * 3,
    upheld=st.sampled_from([""] * 9 + ["2025-01-01T00:00:00Z"]),
)


@st.composite
def records(draw: Draw[Any]) -> Planted:
    """A record of a public type, with names and numbers of persons planted in its texts."""
    record = TYPES[draw(st.sampled_from([*sorted(TYPES), "list_entry", "list_entry"]))]
    rng = Random(draw(st.integers(0, 2**32)))
    values = {f.name: _value(f, rng) for f in record.fields} | draw(_fields(record.name))
    values = {name: text for name, text in values.items() if text} | _party(draw, record, rng)
    if "notice_date" in record.by_name and (before := draw(st.sampled_from([None, 0, 10, 70]))):
        noticed = date.fromisoformat(values[record.roles["decided"]]) - timedelta(days=before)
        values["notice_date"] = noticed.isoformat()
    names = {values[n] for n in ("legal_representative",) if n in values}
    if values.get("party_kind") == PERSON:
        names.add(values["party_name"])
    planted = {make(rng) for make in (phone, bank_card, email) if draw(st.booleans())}
    numbers = {values[n] for n in ("person_id_no", "legal_rep_id_no") if n in values}
    hide = sorted(names | planted | numbers)
    for field in record.public_fields:
        if field.scan and field.name not in _DECISIVE and hide and draw(st.booleans()):
            values[field.name] = draw(_text(hide))
    return Planted(
        record, MappingProxyType(values), frozenset({*hide, *_free_internal(record, values)})
    )


def _free_internal(record: RecordType, values: Mapping[str, str]) -> set[str]:
    """The values of internal fields that are no codes."""
    return {
        values[f.name]
        for f in record.fields
        if f.disclosure == "internal" and f.codes is None and f.name in values
    }


@cache
def _fields(name: str) -> st.SearchStrategy[dict[str, str]]:
    """The fields of a record type that decide something; most are blank or say nothing special."""
    decided = TYPES[name].roles["decided"]
    dates = [f.name for f in TYPES[name].fields if f.type == "date" and f.name != decided]
    some = st.just("") | days.map(date.isoformat)
    drawn = {n: st.sampled_from(values) for n, values in _DECISIVE.items()} | dict.fromkeys(
        dates, some
    )
    fields = {n: values for n, values in drawn.items() if n in TYPES[name].by_name}
    return st.fixed_dictionaries(fields | {decided: days.map(date.isoformat)})


_DECISIVE: Mapping[str, Sequence[str]] = {
    "usage_scope": [*[""] * 12, "0", "1", "2"],
    "withhold_reason": [*[""] * 24, "secret", "minor"],
    "status": ["", *["0"] * 8, "1", "2"],
    "severity": ["", "0", "1", "2", "3"],
    "list_kind": ["red", "red", "black", "black", "black", "watch"],
    "legal_basis": ["", "", *LAWS],
    "list_id": [*LISTS, "based", "endless", "endless", "unknown", "unknown"],
}


def _value(field: Field, rng: Random) -> str:
    """A value of a field that decides nothing."""
    if field.codes:
        return rng.choice(["", *(v.value for v in field.codes.values)])
    if field.type == "number":
        return rng.choice(["", "0", "0.5", "1000000", "12.345678"])
    if field.disclosure == "internal" or field.type == "date":
        return ""
    return rng.choice(["", "示例文本", *LAWS, *WORDS, "罚款5000元〔2026〕12号"])


def _party(draw: Draw[Any], record: RecordType, rng: Random) -> dict[str, str]:
    """A party: a natural person, of age or not, a sole trader or an organisation."""
    if "party_name" not in record.by_name:
        return {}
    kind = draw(st.sampled_from([PERSON, PERSON, "个体工商户", "法人及非法人组织"]))
    person = kind == PERSON
    values = {
        "party_kind": kind,
        "party_name": draw(st.sampled_from(NAMES if person else FIRMS)),
        "tax_no": f"TAX{rng.randrange(10**9):09}",
        "legal_representative": draw(st.sampled_from(("", *NAMES))),
        "legal_rep_id_no": draw(st.sampled_from(["", resident_id(rng, "990101", 1980)])),
    }
    if person:
        year = draw(st.sampled_from([1960, 1990, 2000, 2012, 2024]))
        values["person_id_no"] = draw(
            st.sampled_from([resident_id(rng, "990101", year), "EX1234567", ""])
        )
    return {name: text for name, text in values.items() if text}


@cache
def _joints() -> st.SearchStrategy[str]:
    """What stands between two things in a text."""
    return st.sampled_from(
        ["，", "电话", "：", "（", "）", " ", "经查，当事人", "。身份证号", "账号"]
    )


@st.composite
def _text(draw: Draw[Any], hide: list[str]) -> str:
    """A text with some of what must not be seen."""
    parts = draw(st.lists(st.sampled_from(hide), min_size=0, max_size=3))
    return "当事人" + "".join(f"{draw(_joints())}{part}，" for part in parts) + "属实"


@st.composite
def cases(draw: Draw[Any]) -> Case:
    """A random record on a random day; some days are near the decision."""
    planted = draw(records())
    decided = date.fromisoformat(planted.values[planted.record.roles["decided"]])
    near = decided + timedelta(days=draw(st.integers(0, 2500)))
    day = draw(st.sampled_from([near, near, draw(days)]))
    return Case(planted.record, planted.values, draw(histories), LISTS, day)


# Profiles -----------------------------------------------------------------------------------


def _dated(rule: Callable[[date | None], st.SearchStrategy[R]]) -> st.SearchStrategy[list[R]]:
    """A rule in one or two versions."""

    def versions(change: date | None) -> st.SearchStrategy[list[R]]:
        starts = [None] if change is None else [None, change]
        return st.tuples(*map(rule, starts)).map(list)

    return st.one_of(st.none(), days).flatmap(versions)


def _persons(valid_from: date | None) -> st.SearchStrategy[Persons]:
    """What is published about natural persons."""
    of = st.sampled_from(["publish_masked", "withhold"])
    kinds = {name: of for name in TYPES if name in Persons.model_fields}

    return st.builds(
        lambda words, years, chosen: Persons.model_validate(
            {
                "source": SOURCE,
                "valid_from": valid_from,
                "simplified_penalty": "withhold" if words else None,
                "simplified_words": words,
                "retention_years": years,
                **chosen,
            }
        ),
        st.sampled_from([(), WORDS[:1], WORDS]),
        st.none() | st.integers(1, 10),
        st.fixed_dictionaries(kinds),
    )


def _terms(valid_from: date | None) -> st.SearchStrategy[Regime]:
    """The terms of penalties; the shortest does not matter to what is shown."""
    term = st.none() | st.fixed_dictionaries(
        {
            "publish": st.sampled_from([True, True, False]),
            "max_months": st.none() | st.integers(1, 60),
        }
    )
    return st.builds(
        lambda **terms: Regime.model_validate(
            {"source": SOURCE, "valid_from": valid_from, **terms}
        ),
        minor=term,
        general=term,
        serious=term,
        ungraded=st.sampled_from(sorted(GRADES.values())),
    )


def _lists(valid_from: date | None) -> st.SearchStrategy[Lists]:
    """What lists need."""
    return st.builds(
        Lists,
        source=st.just(SOURCE),
        valid_from=st.just(valid_from),
        require_legal_basis=st.booleans(),
        black_notice_first=st.booleans(),
        require_term=st.booleans(),
        red_notice_days=st.integers(0, 60),
    )


def _objection(valid_from: date | None) -> st.SearchStrategy[Objection]:
    """What an open objection does."""
    return st.builds(
        Objection,
        source=st.just(SOURCE),
        valid_from=st.just(valid_from),
        while_open=st.sampled_from(["keep", "hide"]),
    )


@st.composite
def profiles(draw: Draw[Any]) -> Profile:
    """A profile with random rules of disclosure."""
    terms = draw(st.none() | _dated(_terms))
    return CITY.model_copy(
        update={
            "persons": Dated[Persons](tuple(draw(_dated(_persons)))),
            "terms": Dated[Regime](tuple(terms)) if terms else None,
            "lists": Dated[Lists](tuple(draw(_dated(_lists)))),
            "objection": Dated[Objection](tuple(draw(_dated(_objection)))),
        }
    )


@st.composite
def tightened(draw: Draw[Any], profile: Profile) -> Profile:
    """The same profile, or one that is stricter in some of its figures."""
    persons = tuple(draw(_stricter_persons(rule)) for rule in profile.persons.root)
    lists = tuple(draw(_stricter_lists(rule)) for rule in profile.lists.root)
    objection = tuple(
        rule.model_copy(update={"while_open": draw(st.sampled_from([rule.while_open, "hide"]))})
        for rule in profile.objection.root
    )
    if profile.terms:
        terms = [draw(_stricter_terms(rule)) for rule in profile.terms.root]
    else:
        terms = draw(st.just([]) | _dated(_terms))
    return profile.model_copy(
        update={
            "persons": Dated[Persons](persons),
            "terms": Dated[Regime](tuple(terms)) if terms else None,
            "lists": Dated[Lists](lists),
            "objection": Dated[Objection](objection),
        }
    )


@st.composite
def _stricter_persons(draw: Draw[Any], rule: Persons) -> Persons:
    """Withheld where it was published, kept shorter, known by more words."""
    kinds = [name for name in TYPES if name in Persons.model_fields]
    withheld = {name: "withhold" for name in kinds if draw(st.booleans())}
    words = rule.simplified_words + draw(st.sampled_from([(), WORDS]))
    return rule.model_copy(
        update=withheld
        | {
            "retention_years": draw(_fewer(rule.retention_years, 10)),
            "simplified_penalty": "withhold" if words else None,
            "simplified_words": words,
        }
    )


@st.composite
def _stricter_terms(draw: Draw[Any], rule: Regime) -> Regime:
    """Shorter, or not at all."""
    terms = {}
    for grade in GRADES.values():
        term = rule.term(grade)
        before = term.max_months if term else None
        terms[grade] = {
            "publish": (term is None or term.publish) and draw(st.booleans()),
            "max_months": draw(_fewer(before, 60)),
        }
    return Regime.model_validate(rule.model_dump(exclude={*GRADES.values(), "origins"}) | terms)


@st.composite
def _stricter_lists(draw: Draw[Any], rule: Lists) -> Lists:
    """More is needed, and notice for longer."""
    needs = ("require_legal_basis", "black_notice_first", "require_term")
    return rule.model_copy(
        update={name: getattr(rule, name) or draw(st.booleans()) for name in needs}
        | {"red_notice_days": rule.red_notice_days + draw(st.integers(0, 30))}
    )


def _fewer(limit: int | None, most: int) -> st.SearchStrategy[int | None]:
    """A limit that is as strict or stricter; none is the least strict."""
    if limit is None:
        return st.none() | st.integers(1, most)
    return st.integers(1, limit)
