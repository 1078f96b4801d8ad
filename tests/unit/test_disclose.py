"""Disclosure: what may be seen, for how long, and the one reason why not."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.disclose.disclose import (
    NOTHING,
    REASONS,
    Case,
    History,
    add_months,
    decide,
    earliest_repair,
    last_day,
    public_form,
)
from publish.profile import Dated, Objection, Persons, Profile, load_profile
from publish.reference import CreditList
from publish.schema import record_type, record_types

DAY = date(2026, 11, 20)
BLACK = CreditList("b", "black", "黑", "black", "scjg", "《某法》第一条", "36")
BARE = CreditList("n", "black", "黑", "black", "scjg", "", "")
LISTS = {"b": BLACK, "n": BARE}
PERSON = {"party_kind": "自然人", "party_name": "欧阳晨光", "person_id_no": "990101199003070000"}
FIRM = {"party_kind": "法人及非法人组织", "party_name": "示例市晨光食品有限公司", "uscc": "U"}


SIGNED = {"signed_date": "2026-05-06"}


def profile_of(name: str) -> Profile:
    """A profile that is shipped."""
    return load_profile(Path(__file__).parents[2] / f"data/profiles/{name}.toml")


CITY = profile_of("demo-city")


def ask(kind: str, values: dict[str, str], history: History = NOTHING, day: date = DAY) -> str:
    """The reason why a record is withheld, or ``published``."""
    base = {"decision_date": "2026-05-06", **values}
    case = Case(record_type(kind), base, history, LISTS, day)
    return decide(case, CITY).reason or "published"


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("licence", FIRM, "published"),
        ("licence", PERSON, "published"),
        ("penalty", FIRM, "published"),
        ("penalty", PERSON, "person"),
        ("list_entry", PERSON | {"list_kind": "red", "notice_date": "2026-04-01"}, "person"),
        ("penalty", FIRM | {"usage_scope": "0"}, "published"),
        ("penalty", FIRM | {"usage_scope": "1"}, "scope"),
        ("penalty", FIRM | {"usage_scope": "2"}, "scope"),
        ("licence", FIRM | {"withhold_reason": "secret"}, "secret"),
        ("licence", FIRM | {"withhold_reason": "commercial"}, "secret"),
        ("licence", PERSON | {"withhold_reason": "minor"}, "minor"),
        ("licence", PERSON | {"person_id_no": "990101200901010000"}, "minor"),
        ("licence", FIRM | {"status": "1"}, "revoked"),
        ("licence", FIRM | {"status": "2"}, "published"),
        ("penalty", FIRM | {"severity": "1"}, "term_over"),
        ("penalty", FIRM | {"publish_until": "2026-11-19"}, "term_over"),
        ("penalty", FIRM | {"publish_until": "2026-11-20"}, "published"),
    ],
)
def test_the_questions_one_by_one(kind: str, values: dict[str, str], expected: str) -> None:
    """Each question withholds with its own reason, and only where it should."""
    assert ask(kind, values) == expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"list_kind": "watch"}, "scope"),
        ({"list_kind": "black", "list_id": "n", "notice_date": "2026-04-01"}, "list_basis"),
        ({"list_kind": "black", "list_id": "b"}, "list_notice"),
        ({"list_kind": "black", "list_id": "b", "notice_date": "2026-05-07"}, "list_notice"),
        ({"list_kind": "black", "list_id": "b", "notice_date": "2026-05-06"}, "published"),
        ({"list_kind": "red", "notice_date": "2026-04-30"}, "list_notice"),
        ({"list_kind": "red", "notice_date": "2026-04-29"}, "published"),
        ({"list_kind": "red", "notice_date": "2026-04-01", "exit_date": "2026-11-20"}, "term_over"),
        ({"list_kind": "red", "notice_date": "2026-04-01", "exit_date": "2026-11-21"}, "published"),
        (
            {"list_kind": "black", "legal_basis": "《某法》", "notice_date": "2026-05-06"},
            "list_term",
        ),
        (
            {
                "list_kind": "black",
                "legal_basis": "《某法》",
                "notice_date": "2026-05-06",
                "publish_until": "2026-11-20",
            },
            "published",
        ),
    ],
)
def test_lists_need_basis_notice_and_term(entry: dict[str, str], expected: str) -> None:
    """国办发〔2020〕49号: a legal basis, notice first, and off when the party has left."""
    assert ask("list_entry", FIRM | entry) == expected


@pytest.mark.parametrize(
    ("decided", "severity", "last"),
    [
        ("2026-04-01", "2", "2027-04-01"),
        ("2026-04-01", "3", "2029-04-01"),
        ("2026-03-31", "1", "2029-03-31"),
        ("2026-03-31", "2", "2029-03-31"),
        ("2019-07-01", "2", "2020-07-01"),
        ("2019-07-01", "3", "2022-07-01"),
        ("2024-02-29", "2", "2027-02-28"),
        ("2023-05-01", "1", "2026-05-01"),
        ("2023-04-30", "1", "2024-04-30"),
        ("2019-06-30", "3", "2022-06-30"),
        ("2010-05-06", "2", "2011-05-06"),
        ("2026-05-06", "", "2027-05-06"),
        ("2026-05-06", "0", "2027-05-06"),
    ],
)
def test_the_term_follows_the_rules_of_its_time(decided: str, severity: str, last: str) -> None:
    """Order 36, order 58 and 527号 each govern the decisions of their time, to the day."""
    values = FIRM | {"decision_date": decided, "severity": severity}
    end = date.fromisoformat(last)
    assert ask("penalty", values, day=end) == "published"
    assert ask("penalty", values, day=end + timedelta(days=1)) == "term_over"


def test_a_record_keeps_the_terms_of_its_day_after_the_rules_changed() -> None:
    """On the day order 36 begins, a minor penalty of the day before stays, one of that day not."""
    change = date(2026, 4, 1)
    before = FIRM | {"severity": "1", "decision_date": "2026-03-31"}
    assert ask("penalty", before, day=change) == "published"
    assert ask("penalty", before | {"decision_date": "2026-04-01"}, day=change) == "term_over"


@pytest.mark.parametrize(
    ("decided", "severity", "basis", "first"),
    [
        ("2026-04-01", "1", "", None),
        ("2026-04-01", "2", "", "2026-07-01"),
        ("2026-04-01", "3", "", "2027-04-01"),
        ("2026-04-01", "3", "《中华人民共和国消防法》第五条", "2027-04-01"),
        ("2024-05-06", "2", "《中华人民共和国价格法》第四十二条", "2024-08-06"),
        ("2024-05-06", "2", "《中华人民共和国消防法》第五条", "2025-05-06"),
        ("2019-07-01", "3", "", "2020-01-01"),
        ("2019-11-30", "2", "", "2020-02-29"),
    ],
)
def test_the_earliest_repair_is_after_the_shortest_term(
    decided: str, severity: str, basis: str, first: str | None
) -> None:
    """The shortest term of its time, longer in the special fields of order 58; none if hidden."""
    values = FIRM | {"decision_date": decided, "severity": severity, "legal_basis": basis}
    case = Case(record_type("penalty"), values, NOTHING, LISTS, DAY)
    assert earliest_repair(case, CITY) == (date.fromisoformat(first) if first else None)


def test_only_penalties_have_an_earliest_repair() -> None:
    """A licence and, where no terms are set, a penalty cannot be repaired early or late."""
    for kind, profile in (("licence", CITY), ("penalty", profile_of("tw-labor"))):
        case = Case(record_type(kind), FIRM | {"decision_date": "2026-05-06"}, NOTHING, LISTS, DAY)
        assert earliest_repair(case, profile) is None


@pytest.mark.parametrize(
    ("entry", "last"),
    [
        ({"list_id": "b"}, "2029-05-06"),
        ({"list_id": "b", "publish_until": "2027-01-01"}, "2027-01-01"),
        ({"list_id": "b", "publish_until": "2031-01-01"}, "2029-05-06"),
        ({"list_id": "b", "exit_date": "2026-12-24"}, "2026-12-23"),
        ({"list_id": "n"}, None),
    ],
)
def test_the_last_day_of_a_list_entry(entry: dict[str, str], last: str | None) -> None:
    """The list's term, an earlier date of the department's, or the day before the party leaves."""
    values = FIRM | {"decision_date": "2026-05-06"} | entry
    case = Case(record_type("list_entry"), values, NOTHING, LISTS, DAY)
    assert last_day(case, CITY) == (date.fromisoformat(last) if last else None)


@pytest.mark.parametrize(
    ("decided", "text", "expected"),
    [
        ("2020-05-01", "适用简易程序，罚款五十元", "person"),
        ("2020-05-01", "罚款五千元", "published"),
        ("2020-04-30", "适用简易程序，罚款五十元", "published"),
    ],
)
def test_small_penalties_of_persons_can_be_held_back(
    decided: str, text: str, expected: str
) -> None:
    """Henan, article 13: where persons' penalties are published, simplified ones are not."""
    henan = profile_of("henan-2020")
    shown = [rule.model_copy(update={"penalty": "publish_masked"}) for rule in henan.persons.root]
    rules = henan.model_copy(update={"persons": Dated[Persons](tuple(shown))})
    values = PERSON | {"decision_date": decided, "content": text}
    case = Case(record_type("penalty"), values, NOTHING, LISTS, date(2020, 5, 2))
    assert (decide(case, rules).reason or "published") == expected


def test_the_rule_that_decided_is_the_one_of_its_time() -> None:
    """What is cited is the source of the figure that was applied, inherited or not."""
    terms = {
        "2018-05-06": "2019年7月1日以前",
        "2020-05-06": "527号",
        "2023-05-06": "第58号",
        "2026-05-06": "第36号",
    }
    for decided, cited in terms.items():
        values = FIRM | {"decision_date": decided, "severity": "1"}
        decision = decide(Case(record_type("penalty"), values, NOTHING, LISTS, date.max), CITY)
        assert decision.reason == "term_over" and cited in decision.rule
    values = PERSON | {"decision_date": "2026-05-06"}
    withheld = decide(Case(record_type("penalty"), values, NOTHING, LISTS, DAY), CITY)
    shown = decide(Case(record_type("commitment"), values | SIGNED, NOTHING, LISTS, DAY), CITY)
    assert "征信业管理条例" in withheld.rule
    assert shown.publish and "示例市（虚构）" in shown.rule


def test_an_open_objection_follows_the_rule_of_the_day() -> None:
    """Not of the decision's: the question is what is shown today."""
    keep = Objection(source="示例规则一")
    hide = Objection(source="示例规则二", while_open="hide", valid_from=date(2026, 6, 1))
    rules = CITY.model_copy(update={"objection": Dated[Objection]((keep, hide))})
    values = FIRM | {"decision_date": "2026-05-06"}
    opened = NOTHING.after("objection_opened")
    for day, reason in ((date(2026, 5, 31), None), (date(2026, 6, 1), "objection")):
        decision = decide(Case(record_type("penalty"), values, opened, LISTS, day), rules)
        assert decision.reason == reason


def test_a_person_is_never_shown_past_the_retention() -> None:
    """A masked licence of a natural person ends five years after the decision."""
    values = PERSON | {"decision_date": "2021-11-20"}
    assert ask("licence", values) == "published"
    assert ask("licence", values, day=DAY + timedelta(days=1)) == "term_over"
    assert ask("licence", FIRM | {"decision_date": "2001-11-20"}) == "published"


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["repaired"], "repaired"),
        (["revoked"], "revoked"),
        (["objection_opened"], "published"),
        (["objection_opened", "objection_closed"], "published"),
    ],
)
def test_events_take_a_record_off(kinds: list[str], expected: str) -> None:
    """A repair or a revocation takes it off; an open objection is kept and marked here."""
    history = NOTHING
    for kind in kinds:
        history = history.after(kind)
    assert ask("penalty", FIRM, history) == expected


def test_a_profile_may_hide_while_an_objection_is_open() -> None:
    """Where the profile says hide, an open objection hides the record and its end shows it."""
    rule = Objection(while_open="hide", source="示例规则")
    hides = CITY.model_copy(update={"objection": Dated[Objection]((rule,))})
    values = FIRM | {"decision_date": "2026-05-06"}
    opened = NOTHING.after("objection_opened")
    reasons = [
        decide(Case(record_type("penalty"), values, history, LISTS, DAY), hides).reason
        for history in (opened, opened.after("objection_closed"))
    ]
    assert reasons == ["objection", None]


def test_every_reason_has_words() -> None:
    """Each reason code is explained in Chinese and English."""
    assert all(zh and en for zh, en in REASONS.values())


def test_the_public_form_holds_nothing_internal() -> None:
    """Names of persons are masked, also inside texts; identity numbers are in no field."""
    values = PERSON | {
        "document_no": "示卫许〔2026〕1号",
        "content": "准予欧阳晨光开办诊所，联系电话19900001111，负责人同上",
        "legal_rep_id_no": "990101199003070000",
        "tax_no": "990100123456789",
        "legal_representative": "司马文远",
        "remark": "司马文远代办",
    }
    form = public_form(record_type("licence"), values, CITY.persons.latest)
    shown = "\n".join(str(v) for v in form.values if v)
    assert "欧阳**" in shown and form.masked and form.hits
    for secret in ("欧阳晨光", "司马文远", "19900001111", "990101199003070000", "990100123456789"):
        assert secret not in shown


def test_an_organisation_is_shown_by_its_full_name() -> None:
    """Masking is for natural persons only; amounts come out as numbers."""
    form = public_form(record_type("penalty"), FIRM | {"fine": "0.5"}, CITY.persons.latest)
    shown = dict(
        zip((f.name for f in record_type("penalty").public_fields), form.values, strict=True)
    )
    assert shown["party_name"] == "示例市晨光食品有限公司" and shown["fine"] == 0.5
    assert not form.masked


@given(
    st.sampled_from(sorted(record_types())),
    st.dictionaries(
        st.sampled_from(["legal_rep_id_no", "person_id_no", "tax_no", "legal_representative"]),
        st.text("甲乙丙丁0123456789", min_size=8, max_size=20),
        min_size=1,
    ),
    st.booleans(),
)
def test_no_internal_value_ever_comes_out(
    kind: str, internal: dict[str, str], is_person: bool
) -> None:
    """For every record type, whatever stands in an internal field stands in no public one."""
    values = (PERSON if is_person else FIRM) | internal | {"content": "内容", "remark": "备注"}
    form = public_form(record_type(kind), values, CITY.persons.latest)
    assert not {str(v) for v in form.values if v} & set(internal.values())


@given(st.dates(date(1990, 1, 1), date(2060, 12, 31)), st.integers(0, 600))
def test_months_are_added_to_the_same_day_or_the_months_last(day: date, months: int) -> None:
    """The day stays, unless the month is too short; months never run over."""
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1
