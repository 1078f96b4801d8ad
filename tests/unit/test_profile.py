"""Profiles: inheritance, rules with dates, errors that name file, key and reason."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from publish.errors import UsageError
from publish.profile import Dated, Lists, Objection, ancestors, load_profile

SHIPPED = Path(__file__).parents[2] / "data/profiles"
NATION = """
[jurisdiction]
code = "nation"
name_zh = "国"
name_en = "Nation"
portal_zh = "门户"
portal_en = "Portal"
timezone = "Asia/Shanghai"
calendar = "cn"
version = "1"
remedies_zh = "复议"
remedies_en = "appeal"
[clocks.disclosure]
days = { licence = 7, penalty = 7 }
source = "nation's clock"
[persons]
penalty = "withhold"
retention_years = 5
source = "nation's persons"
[lists]
source = "nation's lists"
[[objection]]
while_open = "keep"
source = "nation's old objections"
[[objection]]
valid_from = 2020-01-01
while_open = "hide"
source = "nation's new objections"
[league]
source = "nation's league"
"""
CITY = """
extends = "nation"
[jurisdiction]
code = "city"
name_zh = "市"
name_en = "City"
portal_zh = "门户"
portal_en = "Portal"
version = "1"
"""


STEPS = "steps = [{ at_least = 0.9, points = 1 }, { at_least = 1, points = 2 }]"
GRADES = """grades = [
    { zh = "合格", en = "fair", at_least = 60 },
    { zh = "优秀", en = "good", at_least = 90 },
]
"""


def of_scheme(part: str) -> str:
    """A scheme of a part that begins with its indicator."""
    return f"[scheme]\nsource = 'city'\nparts = [{{ indicator = {part} }}]\n"


def written(folder: Path, **texts: str) -> Path:
    """Profiles of those texts; the path of the last one."""
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text, "utf-8")
    return folder / f"{name}.toml"


def refused(path: Path) -> str:
    """What is said of a wrong profile, in one string that names its file in both languages."""
    with pytest.raises(UsageError) as caught:
        load_profile(path)
    assert caught.value.zh != caught.value.en
    return caught.value.en


def test_a_city_changes_one_figure_and_inherits_the_rest(tmp_path: Path) -> None:
    """Tables are merged key by key, and each figure keeps the source of who states it."""
    own = '[clocks.disclosure]\ndays = { penalty = 5 }\nsource = "city\'s clock"\n'
    city = load_profile(written(tmp_path, nation=NATION, city=CITY + own))
    clock = city.clocks.disclosure.on(date(2026, 1, 1))
    assert clock.days == {"licence": 7, "penalty": 5}
    assert clock.source_of("days.licence") == "nation's clock"
    assert clock.source_of("days.penalty") == clock.source == "city's clock"
    origins = {name: origin.profile for name, origin in clock.origins.items()}
    assert origins == {"": "city", "days.licence": "nation", "days.penalty": "city"}
    assert city.jurisdiction.timezone == "Asia/Shanghai" and city.jurisdiction.name_en == "City"


def test_what_is_inherited_over_two_steps_names_who_states_it(tmp_path: Path) -> None:
    """A district that extends the city that extends the nation sees through both."""
    district = CITY.replace('"nation"', '"city"').replace('"city"\nname', '"district"\nname')
    path = written(tmp_path, nation=NATION, city=CITY, district=district)
    persons = load_profile(path).persons.on(date(2026, 1, 1))
    assert persons.origins["retention_years"].profile == "nation"
    assert ancestors(path) == {"city": ("市", "City"), "nation": ("国", "Nation")}


def test_a_name_is_not_inherited(tmp_path: Path) -> None:
    """Whose rules these are each profile says for itself."""
    nameless = CITY.replace('name_en = "City"\n', "")
    error = refused(written(tmp_path, nation=NATION, city=nameless))
    assert "city.toml" in error and "jurisdiction.name_en" in error


@pytest.mark.parametrize(
    ("text", "file", "key", "reason"),
    [
        ('[persons]\npenalty = "withhold"\n', "city", "persons", "source of its own"),
        ("[clocks.disclosure.days]\npenalty = 1\n", "city", "clocks.disclosure", "source of its"),
        ("[lists]\nred_notice_days = -1\nsource = 'city'\n", "city", "lists.red_notice_days", "0"),
        ("[lists]\nsource = 'x'\n", "city", "lists.source", "at least 4"),
        ("[lists]\nwrong = 1\nsource = 'city'\n", "city", "lists.wrong", "not permitted"),
        ("[lists]\nvalid_from = 2020-01-01\nsource = 'city'\n", "city", "lists", "valid_from"),
        ("[league]\nvalid_from = 2020-01-01\nsource = 'city'\n", "city", "league.valid_from", ""),
        (
            "[[lists]]\nsource = 'city'\n[[lists]]\nsource = 'city'\n",
            "city",
            "lists",
            "same valid_from",
        ),
        ("[[review]]\ninherits = true\n", "city", "review.inherits", "must have that rule"),
        ("[[lists]]\ninherits = false\n", "city", "lists.inherits", "is true"),
        (
            "[[lists]]\ninherits = true\nred_notice_days = 3\n",
            "city",
            "lists",
            "source of its own",
        ),
        ("[lists]\nsource = 'city'\norigins = {}\n", "city", "lists.origins", "no such key"),
        (
            "[[persons]]\nsource = 'city'\n[[persons]]\nvalid_from = 2020-01-01\n"
            "legal_representative = 'public'\nsource = 'city'\n",
            "city",
            "persons",
            "legal_representative must be the same",
        ),
        (
            "[persons]\nsimplified_penalty = 'withhold'\nsource = 'city'\n",
            "city",
            "persons",
            "go together",
        ),
        (
            "[terms]\nsource = 'city'\ngeneral = { min_months = 9, max_months = 3 }\n",
            "city",
            "terms.general",
            "must not be more",
        ),
        ("[league]\nminimum_cases = 3\nsource = 'city'\n", "city", "league.minimum_cases", "10"),
        ("[league]\nvolumes = [9, 5]\nsource = 'city'\n", "city", "league.volumes", "must rise"),
        (of_scheme("'backlog', weight = 1"), "city", "scheme.parts.0.indicator", "one of"),
        (of_scheme("'number_gaps', weight = 1"), "city", "scheme.parts.0.indicator", "one of"),
        (of_scheme("'late_rate', weight = 0"), "city", "scheme.parts.0.weight", "than 0"),
        (
            of_scheme("'late_rate', weight = 1 }, { indicator = 'late_rate', weight = 2"),
            "city",
            "scheme.parts",
            "in two parts",
        ),
        (
            of_scheme(f"'late_rate', weight = 2, full_at = 0.9, {STEPS}"),
            "city",
            "scheme.parts.0",
            "do not go together",
        ),
        (of_scheme(f"'late_rate', weight = 1, {STEPS}"), "city", "scheme.parts.0", "more points"),
        (
            of_scheme(f"'late_rate', weight = 2, {STEPS.replace('0.9', '1')}"),
            "city",
            "scheme.parts.0",
            "steps must rise",
        ),
        (of_scheme("'late_rate', weight = 2") + GRADES, "city", "scheme.grades", "the best first"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, text: str, file: str, key: str, reason: str
) -> None:
    """Each mistake is told by file, key and reason."""
    error = refused(written(tmp_path, nation=NATION, city=CITY + text))
    assert f"{file}.toml" in error and f" {key}: " in error and reason in error


def test_a_mistake_of_the_parent_is_the_parents(tmp_path: Path) -> None:
    """A wrong figure that is inherited is told of the file that states it."""
    wrong = NATION.replace("retention_years = 5", "retention_years = 0")
    error = refused(written(tmp_path, nation=wrong, city=CITY))
    assert "nation.toml" in error and "persons.retention_years" in error


@pytest.mark.parametrize("name", ["atlantis", "../nation", ""])
def test_an_unknown_parent_is_named(tmp_path: Path, name: str) -> None:
    """A parent that is not there is named, and those that are."""
    text = CITY.replace('"nation"', f'"{name}"')
    error = refused(written(tmp_path, nation=NATION, city=text))
    assert "city.toml" in error and "extends" in error and "nation" in error


def test_a_circle_is_named(tmp_path: Path) -> None:
    """Profiles that extend one another are told with the way round."""
    path = written(tmp_path, nation='extends = "city"\n' + NATION, city=CITY)
    error = refused(path)
    assert "city.toml" in error and "city → nation → city" in error


def test_a_rule_in_force_is_found_by_its_day(tmp_path: Path) -> None:
    """The rule of a day is the newest that began by then."""
    rule = load_profile(written(tmp_path, nation=NATION)).objection
    days = [date(1999, 1, 1), date(2019, 12, 31), date(2020, 1, 1), date(2030, 1, 1)]
    assert [rule.on(day).while_open for day in days] == ["keep", "keep", "hide", "hide"]
    assert rule.latest.while_open == "hide"


def test_dated_rules_are_replaced_as_a_whole(tmp_path: Path) -> None:
    """A city that writes one rule for all days has none of the nation's versions."""
    text = "[objection]\nsource = 'city'\n"
    rule = load_profile(written(tmp_path, nation=NATION, city=CITY + text)).objection
    assert [r.source for r in rule.root] == ["city"]


def test_a_city_can_stand_on_the_nations_versions(tmp_path: Path) -> None:
    """With inherits a rule takes the parent's versions of its days, its own figures laid over."""
    text = """
[[objection]]
while_open = "hide"
source = "city's objections"
[[objection]]
valid_from = 2010-01-01
inherits = true
[[persons]]
inherits = true
[[persons]]
valid_from = 2015-01-01
inherits = true
retention_years = 3
source = "city's persons"
"""
    city = load_profile(written(tmp_path, nation=NATION, city=CITY + text))
    versions = [(str(r.valid_from), r.while_open, r.source) for r in city.objection.root]
    assert versions == [
        ("None", "hide", "city's objections"),
        ("2010-01-01", "keep", "nation's old objections"),
        ("2020-01-01", "hide", "nation's new objections"),
    ]
    old, new = city.persons.root
    assert (old.retention_years, old.source) == (5, "nation's persons")
    assert (new.retention_years, new.source_of("retention_years")) == (3, "city's persons")
    assert new.source_of("penalty") == "nation's persons"


def test_what_a_city_lays_over_ends_with_its_own_version(tmp_path: Path) -> None:
    """The parent's versions after the child's next day are not the child's."""
    text = """
[[objection]]
inherits = true
[[objection]]
valid_from = 2015-01-01
while_open = "keep"
source = "city's objections"
"""
    city = load_profile(written(tmp_path, nation=NATION, city=CITY + text))
    assert [r.source for r in city.objection.root] == [
        "nation's old objections",
        "city's objections",
    ]


@given(
    st.sets(st.dates(date(2000, 1, 1), date(2030, 12, 31)), max_size=6),
    st.dates(date(1990, 1, 1), date(2040, 12, 31)),
)
def test_every_day_has_exactly_one_rule(starts: set[date], day: date) -> None:
    """Whatever the days on which rules begin, the rule found has begun and no later one has."""
    days = [None, *starts]
    rule = Dated[Lists](tuple(Lists(valid_from=d, source="示例规则") for d in days))
    found = rule.on(day).valid_from
    assert found is None or found <= day
    assert not any(d <= day and (found is None or d > found) for d in starts)
    for earlier, later in pairwise(rule.root):
        assert later.valid_from is not None
        assert rule.on(later.valid_from) == later
        assert rule.on(later.valid_from - timedelta(days=1)) == earlier


def test_no_day_is_without_a_rule() -> None:
    """Rules that leave the time before the first open are refused."""
    with pytest.raises(ValidationError, match="before 2020-01-01"):
        Dated[Objection]((Objection(valid_from=date(2020, 1, 1), source="示例规则"),))
    with pytest.raises(ValidationError, match="one table must have no valid_from"):
        Dated[Objection](())
