"""Disclosure, whatever the record, the rules and the day: nothing hidden is shown."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from publish.disclose.disclose import REASONS, Case, PublicForm, decide, ends, last_day, public_form
from publish.disclose.explain import explain, hidden
from publish.profile import Persons, Profile
from publish.schema import PERSON
from tests.unit.disclosed import CITY, TYPES, Planted, cases, profiles, records, tightened

SHORTEST = 4
"""Shorter internal values, such as a code, may stand in a public text by chance."""

OF_A_RELEASE = {"parent"}
"""The reasons that no record has by itself."""


def form_of(planted: Planted, persons: Persons) -> PublicForm:
    """A record's public form; one without a party belongs to one of a natural person's."""
    return public_form(planted.record, planted.values, persons)


def persons_of(profile: Profile, planted: Planted) -> Persons:
    """The rule about natural persons that a record follows."""
    decided = planted.values[planted.record.roles["decided"]]
    return profile.persons.on(date.fromisoformat(decided))


def repeat(count: Callable[[], None], reached: Callable[[], bool]) -> None:
    """Draws examples, each time others, until something is reached, twenty times at most.

    What is drawn depends on the modules that happen to be loaded, whose constants are drawn too.
    """
    for number in range(20):
        seed(number)(count)()
        if reached():
            return


@given(records(), profiles())
def test_nothing_internal_is_in_the_public_form(planted: Planted, profile: Profile) -> None:
    """No internal value, no name in full and no number planted in a text comes out."""
    form = form_of(planted, persons_of(profile, planted))
    shown = "\n".join(str(value) for value in form.values if value is not None)
    assert not [s for s in planted.secrets if len(s) >= SHORTEST and s in shown], shown


@pytest.mark.parametrize("own", ["person_id_no", "legal_rep_id_no", "tax_no"])
@pytest.mark.parametrize(
    "spelt", ["EX1234567", "ＥＸ１２３４５６７", "EX１２３４567", "ex 123 4567"]
)
def test_a_known_number_is_taken_out_whatever_it_looks_like(own: str, spelt: str) -> None:
    """A passport's number has no check: it is known from the record, or from that of the parent."""
    party = {"party_kind": PERSON, "party_name": "张示例", own: "EX1234567"}
    persons = CITY.persons.latest
    for name, text, values in (("licence", "content", party), ("fulfilment", "note", {})):
        written = {**values, text: f"持{spelt}者，2026年1月"}
        form = public_form(TYPES[name], written, persons, party)
        assert "持〔已脱敏〕者，2026年1月" in form.values and form.hits == 1
    assert not public_form(TYPES["fulfilment"], {"note": "EX1234567"}, persons).hits


@given(records(), profiles())
def test_masking_what_is_masked_changes_nothing(planted: Planted, profile: Profile) -> None:
    """The public form of a public form is the same, and nothing more is found in it."""
    persons = persons_of(profile, planted)
    form = form_of(planted, persons)
    fields = planted.record.public_fields
    public = {f.name: str(v) for f, v in zip(fields, form.values, strict=True) if v is not None}
    again = public_form(planted.record, public, persons)
    assert (again.values, again.hits) == (form.values, 0)


@given(cases(), profiles(), st.data())
def test_a_stricter_profile_never_publishes_more(
    case: Case, profile: Profile, data: st.DataObject
) -> None:
    """What stricter rules publish, the others publish too, and at least as long."""
    strict = decide(case, data.draw(tightened(profile)))
    loose = decide(case, profile)
    if strict.publish:
        assert loose.publish
        assert (strict.until or date.max) <= (loose.until or date.max)


def test_a_stricter_profile_may_publish_less() -> None:
    """The property before is no empty one: some records come off under the stricter rules."""
    fewer = Counter[str]()

    @settings(max_examples=200, database=None, phases=[Phase.generate])
    @given(cases(), profiles(), st.data())
    def count(case: Case, profile: Profile, data: st.DataObject) -> None:
        reason = decide(case, data.draw(tightened(profile))).reason
        if reason and decide(case, profile).publish:
            fewer[reason] += 1

    repeat(count, lambda: bool(fewer))
    assert fewer


@given(cases(), profiles(), st.integers(1, 4000))
def test_what_is_off_by_its_term_stays_off(case: Case, profile: Profile, days: int) -> None:
    """Once a term is over only something that happens could bring a record back."""
    if decide(case, profile).reason == "term_over":
        later = replace(case, day=case.day + timedelta(days=days))
        assert not decide(later, profile).publish


@given(cases(), profiles())
def test_the_last_day_is_the_last(case: Case, profile: Profile) -> None:
    """A record is published up to its last day, the earliest of its ends, and not after it."""
    decision = decide(case, profile)
    days = [day for day, _ in ends(case, profile)]
    assert last_day(case, profile) == min(days, default=None)
    if decision.publish and decision.until:
        assert case.day <= decision.until
        after = replace(case, day=decision.until + timedelta(days=1))
        assert decide(after, profile).reason == "term_over"


@given(cases(), profiles())
def test_the_same_question_has_the_same_answer(case: Case, profile: Profile) -> None:
    """Deciding changes nothing and depends on nothing but what it is given."""
    again = Case(case.record, dict(case.values), replace(case.history), dict(case.lists), case.day)
    assert decide(case, profile) == decide(case, profile) == decide(again, profile)


@given(cases(), profiles())
def test_the_explanation_says_what_is_decided(case: Case, profile: Profile) -> None:
    """The first answer that withholds gives the reason and the rule of the decision."""
    answers, decision = explain(case, profile), decide(case, profile)
    first = next((a for a in answers if a.reason), None)
    assert [a.number for a in answers] == [1, 2, 3, 4, 5, 6, 7]
    assert (first.reason if first else None) == decision.reason
    assert first is None or first.rule == decision.rule
    for answer in answers:
        assert {n: case.values.get(n, "") for n in answer.values} == answer.values


@given(records(), profiles())
def test_the_explanation_counts_what_is_masked(planted: Planted, profile: Profile) -> None:
    """The hits by field add up to those of the public form; only what is hidden is named."""
    persons = persons_of(profile, planted)
    form = form_of(planted, persons)
    found = hidden(planted.record, planted.values, persons)
    assert sum(sum(one.hits.values()) for one in found) == form.hits
    shown = dict(zip((f.name for f in planted.record.public_fields), form.values, strict=True))
    changed = {name for name, value in shown.items() if _differs(planted, name, value)}
    assert changed <= {one.field for one in found}


def _differs(planted: Planted, name: str, value: str | float | None) -> bool:
    """Whether a text is not shown as it was handed in."""
    return isinstance(value, str) and value != planted.values[name]


def test_the_records_reach_every_reason() -> None:
    """Random records, rules and days meet every reason there is, every type and kind of party."""
    reasons, types, parties = Counter[str](), Counter[str](), Counter[str]()

    @settings(max_examples=700, database=None, phases=[Phase.generate])
    @given(cases(), profiles())
    def count(case: Case, profile: Profile) -> None:
        reasons[decide(case, profile).reason or "published"] += 1
        types[case.record.name] += 1
        parties[case.values.get("party_kind", "")] += 1

    wanted = {"published", *REASONS} - OF_A_RELEASE
    repeat(count, lambda: set(reasons) >= wanted)
    assert set(reasons) == wanted, reasons
    assert len(types) == 6 and len(parties) == 4
    assert parties[PERSON] > 100
