"""The rule table: every figure with its source, in words of both languages."""

import re
from datetime import date
from pathlib import Path

import pytest

from monitor.measures import INDICATORS
from publish.pages.render import LANGUAGES, Renderer, load_translation
from publish.pages.rules import versions
from publish.profile import ancestors, load_profile
from publish.rulebook import Figure, differences, figures
from publish.schema import public_types

ROOT = Path(__file__).parents[2]
PROFILES = sorted((ROOT / "data/profiles").glob("*.toml"))
SCHEME = [
    f"rules.{name}"
    for name in (
        *("unit_points", "times", "full_at", "step", "least", "reverse", "grades", "grade"),
        *("concealed", "concealed_none", "concealed_each", "concealed_most"),
    )
]
"""The texts that show a scheme, whatever it states."""
TEXTS = {lang: load_translation(ROOT / "site", lang) for lang in LANGUAGES}


def path_of(name: str) -> Path:
    """The file of a profile that is shipped."""
    return ROOT / f"data/profiles/{name}.toml"


@pytest.mark.parametrize("path", PROFILES, ids=lambda p: p.stem)
def test_every_figure_that_is_shipped_has_a_source(path: Path) -> None:
    """Each figure names a document and the profile that states it, or is the program's default."""
    parents = ancestors(path)
    profile = load_profile(path)
    assert profile.jurisdiction.code == path.stem
    for row in figures(profile):
        assert (row.profile in {path.stem, *parents}) == bool(row.source)


@pytest.mark.parametrize("path", PROFILES, ids=lambda p: p.stem)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_figure_that_is_shipped_has_words(path: Path, lang: str) -> None:
    """What a figure is, and what its value means, can be said in both languages."""
    texts = next(t for name, t in TEXTS.items() if name == lang)
    missing = [k for row in figures(load_profile(path)) for k in keys(row) if not texts.has(k)]
    assert missing == []


def keys(row: Figure) -> list[str]:
    """The texts that the page asks for to show a figure."""
    group, _, last = row.name.partition(".")
    asked = [f"rules.title_{row.rule.replace('.', '-')}"]
    if row.unit == "code" and row.name:
        asked += [f"rules.code_{v}" for v in row.values if v not in public_types()]
    if row.unit in {"working_days", "days", "months", "years"}:
        asked.append(f"rules.unit_{row.unit}")
    if row.rule == "scheme":
        return [*asked, *SCHEME]
    if group in {"minor", "general", "serious"}:
        asked += [f"rules.severity_{group}"] + [f"rules.{last}"] * (row.unit == "months")
    elif row.name and group not in {"days", "items"} and row.name not in public_types():
        asked.append(f"figure.{row.rule}.{row.name}")
    return asked


def test_no_figure_has_words_for_nothing() -> None:
    """Each text about a figure belongs to a figure that a profile can state."""
    known = {name.split(".", 1)[1] for name in TEXTS["zh"].texts if name.startswith("figure.")}
    stated = {f"{row.rule}.{row.name}" for path in PROFILES for row in figures(load_profile(path))}
    unused = {"reports.year"}
    assert known - stated == unused | {"review.record_types", "review.departments"}


def test_a_default_of_the_program_is_called_one() -> None:
    """What a profile does not state has neither source nor profile."""
    rows = {(f.rule, f.name): f for f in figures(load_profile(path_of("us-fda")))}
    assert rows["persons", "licence"].profile == "us-fda"
    default = rows["persons", "commitment"]
    assert (default.value, default.source, default.profile) == ("withhold", "", "")
    assert "No lists" in rows["lists", ""].source and rows["lists", "require_term"].source == ""


def test_two_profiles_differ_where_their_figures_do() -> None:
    """Both values and both sources; a figure of one alone stands beside nothing."""
    one, other = (load_profile(path_of(name)) for name in ("cn", "demo-city"))
    found = {(d.one or d.other or pytest.fail()).name: d for d in differences(one, other)}
    changed = found["commitment"]
    assert changed.one and changed.other
    assert (changed.one.value, changed.other.value) == ("withhold", "publish_masked")
    assert "个人信息保护法" in changed.one.source and "示例市" in changed.other.source
    alone = found["items.XM-TZ"]
    assert alone.one is None and alone.other and alone.other.value == 2
    assert "penalty" not in found
    assert list(differences(one, one)) == []


def test_the_page_shows_the_newest_version_first_and_own_figures_before_inherited_ones() -> None:
    """Each version has its days; the one in force is marked; sources are grouped."""
    path = path_of("demo-city")
    shown = versions(load_profile(path), list(ancestors(path)), date(2026, 3, 31))
    days = [(str(v.begins), str(v.ends), v.now) for v in shown["terms"]]
    assert days == [
        ("2026-04-01", "None", False),
        ("2023-05-01", "2026-03-31", True),
        ("2019-07-01", "2023-04-30", False),
        ("None", "2019-06-30", False),
    ]
    (clock,) = shown["clocks.disclosure"]
    assert [s.profile for s in clock.stated] == ["demo-city", "cn"]
    assert [f.name for f in clock.stated[1].figures] == ["days.licence", "days.penalty", "decides"]


def test_the_tables_of_a_list_are_figures_by_what_they_are_about() -> None:
    """Each part and each grade of a scheme is told by its name, with the source of the list."""
    found = {f.name: f for f in figures(load_profile(path_of("demo-city"))) if f.rule == "scheme"}
    assert found["parts.compliance_rate.full_at"].unit == "share"
    assert (found["grades.优秀.at_least"].value, found["grades.优秀.en"].value) == (90, "excellent")
    assert found["parts.timeliness_rate.weight"].profile == "demo-city"
    assert "parts.timeliness_rate.full_at" not in found
    steps = {f.name: f.value for f in figures(load_profile(path_of("nanchang-2023")))}
    assert steps["parts.compliance_rate.steps.0.98.points"] == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "nanchang-2023",
            ["2分：达到100%得2分，达到98%得1分", "没有瞒报得2分，每件扣0.5分，最多扣2分"],
        ),
        (
            "suzhou-scorecard",
            ["6分：达到95%得满分，不足的按比率乘以该分值", "3分：按比率乘以该分值"],
        ),
        ("demo-city", ["10分：按比率乘以该分值，不足5件不计", "优秀 90分起，良好 80分起"]),
    ],
)
def test_the_page_of_the_rules_says_how_the_score_is_made(name: str, said: list[str]) -> None:
    """Points in proportion, from a rate on or by steps, what concealed decisions cost, grades."""
    path = path_of(name)
    profile, parents = load_profile(path), ancestors(path)
    html = Renderer(ROOT / "site", profile).render(
        "rules.html",
        "zh",
        "/rules/",
        release=None,
        rules=versions(profile, list(parents), date(2026, 11, 22)),
        parents=parents,
        types=public_types(),
        reasons={},
        indicators=INDICATORS,
    )
    shown = re.sub(r"\s*<[^>]+>\s*", "", html)
    assert all(text in shown for text in said)
