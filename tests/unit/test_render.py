"""Templates, translations, filters and assets."""

import re
import shutil
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from publish.errors import ProblemError
from publish.pages.render import (
    LANGUAGES,
    Language,
    Renderer,
    Text,
    Translation,
    date_text,
    load_translation,
    moment_text,
    money,
    number,
    percent,
    period_text,
    points,
    share,
    size,
)
from publish.profile import load_profile
from publish.search.find import Hit, Query
from publish.serve.records import Asked, Choice, Filter, Names, dates_set, shown, sorts

ROOT = Path(__file__).parents[2]
SITE = ROOT / "site"
TEMPLATES = sorted(p for p in (SITE / "templates").rglob("*.*") if p.suffix in {".html", ".xml"})
TEXTS = {lang: load_translation(SITE, lang) for lang in LANGUAGES}
KEY = re.compile(r"""\bt(?:\.has)?\(\s*["']([\w.]+)["']\s*(~)?""")
BEGUN = re.compile(r"""\bt\(\s*f["']([\w.]+)\{""")


def renderer(profile: str = "demo-city", site: Path = SITE) -> Renderer:
    """A renderer of the project's site for one of its profiles."""
    return Renderer(site, load_profile(ROOT / f"data/profiles/{profile}.toml"))


def tiny_site(folder: Path, template: str) -> Path:
    """A site with one template and nothing else."""
    for name in ("templates", "static", "locales"):
        (folder / name).mkdir(parents=True)
    for lang in LANGUAGES:
        (folder / f"locales/{lang}.toml").write_text('[a]\nb = "x {n}"\n', "utf-8")
    (folder / "templates/page.html").write_text(template, "utf-8")
    return folder


def keys_asked_for() -> tuple[set[str], set[str]]:
    """Keys named in full, and the beginnings of those put together, in templates and code."""
    whole, begun = set[str](), set[str]()
    for path in [*TEMPLATES, *(ROOT / "publish").rglob("*.py")]:
        for key, joined in KEY.findall(path.read_text("utf-8")):
            (begun if joined else whole).add(key)
        begun |= set(BEGUN.findall(path.read_text("utf-8")))
        whole |= set(re.findall(r'"(tools\.\w+)"', path.read_text("utf-8")))
    return whole, begun | {"period.", "error.c"}


def placeholders(text: Text) -> set[str]:
    """The values that a text asks for."""
    texts = [text] if isinstance(text, str) else text.values()
    return {name for t in texts for _, name, _, _ in string.Formatter().parse(t) if name}


def test_languages_have_the_same_keys() -> None:
    """A text that one language has, the other has too, in the same order."""
    assert list(TEXTS["zh"].texts) == list(TEXTS["en"].texts)


@pytest.mark.parametrize("key", TEXTS["zh"].texts)
def test_languages_ask_for_the_same_values(key: str) -> None:
    """A figure that one language shows, the other shows too."""
    assert placeholders(TEXTS["zh"].texts[key]) == placeholders(TEXTS["en"].texts[key])


def test_every_key_is_used() -> None:
    """No text is translated for nothing."""
    whole, begun = keys_asked_for()
    unused = [k for k in TEXTS["zh"].texts if k not in whole and not k.startswith(tuple(begun))]
    assert unused == []


def test_every_key_asked_for_exists() -> None:
    """No template names a text that is not there."""
    whole, _ = keys_asked_for()
    assert {key for key in whole if not TEXTS["en"].has(key)} == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_contents_exist_in_both_languages(lang: Language) -> None:
    """Each Markdown text has its translation."""
    names = {p.name for p in (SITE / "content" / lang).iterdir()}
    assert names == {p.name for p in (SITE / "content/zh").iterdir()}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_templates_obey_a_strict_policy(path: Path) -> None:
    """No template holds what the Content-Security-Policy forbids, or asks another host."""
    text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert not re.search(r"\sstyle=|<style|\son\w+=[\"']|javascript:", text)
    assert not re.search(r"<script(?![^>]*(\bsrc=|type=\"application/(ld\+)?json\"))", text)
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", text)


OWN = sorted(p for p in (SITE / "static").iterdir() if not p.name.startswith("plotly-"))
"""The static files but for the program of the charts, which tests in a browser watch."""


@pytest.mark.parametrize("path", OWN, ids=lambda p: p.name)
def test_assets_ask_no_other_host(path: Path) -> None:
    """Styles and scripts load nothing from elsewhere."""
    text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|@import|url\(", text)


def test_assets_are_small() -> None:
    """Styles and scripts of a page leave room for it within 150 kB, uncompressed."""
    assert sum(p.stat().st_size for p in OWN) < 100_000


@given(st.floats(0, 1))
def test_percent_keeps_all_and_nothing_apart(value: float) -> None:
    """Only all is shown as 100 %, and only nothing as 0 %."""
    assert (percent(value) == "100.0%") == (value == 1)
    assert (percent(value) == "0.0%") == (value == 0)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.8434, "84.3%"), (0.99999, "99.9%"), (0.00001, "<0.1%"), (1, "100.0%"), (0, "0.0%")],
)
def test_percent(value: float, shown: str) -> None:
    """A share has one decimal."""
    assert percent(value) == shown


def test_numbers() -> None:
    """Thousands are separated, decimals shown only where there are some, signs left to words."""
    assert [number(1234567), number(4.0), number(4.5)] == ["1,234,567", "4", "4.5"]
    assert [points(-0.0213), share(1.0), share(0.995)] == ["2.1", "100%", "99.5%"]
    assert [size(999), size(1500), size(23_400_000), size(5_000_000_000)] == [
        "999 B",
        "1.5 kB",
        "23 MB",
        "5.0 GB",
    ]


def test_dates() -> None:
    """Days and moments in each language, in the time zone they are written in."""
    assert date_text("2026-02-26", "zh") == "2026年2月26日"
    assert date_text("2026-02-26", "en") == "26 Feb 2026"
    assert moment_text("2026-11-20T14:05:00+08:00", "zh") == "2026年11月20日 14:05"
    assert moment_text("2026-11-20T14:05:00+08:00", "en") == "20 Nov 2026, 14:05"


def test_money() -> None:
    """Fines are stored in 10,000 yuan; the yuan are there in both languages."""
    assert money("0.015", "zh") == '<span title="150元">0.015万元</span>'
    assert money(120.5, "en") == "CNY&nbsp;1,205,000"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_of_period_has_a_name(lang: Language) -> None:
    """Months, quarters, halves, years and the rolling year are called differently."""
    names = ["2026", "2026H1", "2026H2", "rolling12", *(f"2026Q{q}" for q in range(1, 5))]
    names += [f"2026-{m:02d}" for m in range(1, 13)]
    assert len({period_text(n, TEXTS[lang]) for n in names}) == len(names)


def test_translation_escapes_values_and_follows_number() -> None:
    """Values are text, whatever they hold; one and many differ."""
    t = Translation("en", {"a": "<b>{x}</b>", "n": {"one": "{n} day", "other": "{n:,} days"}})
    assert t("a", x="<i>") == "<b>&lt;i&gt;</b>"
    assert (t("n", n=1), t("n", n=1200)) == ("1 day", "1,200 days")


def test_missing_text_is_named() -> None:
    """A missing text stops the build with its key and file."""
    with pytest.raises(ProblemError, match=r"en\.toml has no x\.y"):
        Translation("en", {})("x.y")


def test_missing_or_broken_translation_is_named(tmp_path: Path) -> None:
    """A file that is not TOML stops the build with its path."""
    site = tiny_site(tmp_path / "site", "")
    (site / "locales/en.toml").write_text("a = ", "utf-8")
    with pytest.raises(ProblemError, match=r"en\.toml"):
        load_translation(site, "en")


@pytest.mark.parametrize("template", ["{{ nowhere }}", "{% if %}", "{{ page.url() }}{% endfor %}"])
def test_wrong_template_is_named(tmp_path: Path, template: str) -> None:
    """A template with an error stops the build with its name."""
    with pytest.raises(ProblemError, match=r"page\.html"):
        renderer(site=tiny_site(tmp_path / "site", template)).render("page.html", "zh", "/")


def test_wrong_content_is_named(tmp_path: Path) -> None:
    """A text that asks for what is not there stops the build with its name."""
    site = tiny_site(tmp_path / "site", "")
    (site / "content/zh").mkdir(parents=True)
    (site / "content/zh/about.md").write_text("{{ nowhere }}", "utf-8")
    with pytest.raises(ProblemError, match=r"about\.md"):
        renderer(site=site).prose("about", "zh")


def test_values_are_escaped(tmp_path: Path) -> None:
    """A company called <script> is shown, not run."""
    site = tiny_site(tmp_path / "site", "{{ name }}{{ t('a.b', n=name) }}")
    html = renderer(site=site).render("page.html", "zh", "/", name="<script>")
    assert html == "&lt;script&gt;x &lt;script&gt;"


def test_assets_change_address_with_content(tmp_path: Path) -> None:
    """A changed file has a new address; what is written lies where pages ask for it."""
    site = tiny_site(tmp_path / "site", "")
    addresses = []
    for text in ("a", "b"):
        (site / "static/site.css").write_text(text, "utf-8")
        made = renderer(site=site)
        addresses.append(made.assets["site.css"].address)
        (written,) = made.write_assets(tmp_path / "out")
        assert written == tmp_path / "out" / addresses[-1].lstrip("/")
        assert written.read_text("utf-8") == text
    assert re.fullmatch(r"/static/site\.[0-9a-f]{8}\.css", addresses[0])
    assert addresses[0] != addresses[1]


def test_profile_says_which_language_is_at_the_root() -> None:
    """The city's own language has the plain addresses, the other a prefix."""
    city, fda = renderer("demo-city"), renderer("us-fda")
    assert city.page("en", "/league/").alternates == {"zh": "/league/", "en": "/en/league/"}
    assert fda.page("en", "/league/").alternates == {"zh": "/zh/league/", "en": "/league/"}
    assert (city.page("en", "/").url("/rules/"), fda.page("en", "/").url("/rules/")) == (
        "/en/rules/",
        "/rules/",
    )


def test_text_in_another_language_is_marked() -> None:
    """Where a translation is missing the other text stands in, and says in which language."""
    page = renderer().page("en", "/")
    assert page.pick("市监局", "Market") == "Market"
    assert page.pick("市监局", "") == '<span lang="zh-CN">市监局</span>'
    assert page.pick("", "") == ""
    assert page.raw("张*<b>") == '<span lang="zh-CN">张*&lt;b&gt;</span>'
    assert page.raw("2026-01-01") == "2026-01-01"
    assert renderer("us-fda").page("zh", "/").raw("Lab Inc") == '<span lang="en">Lab Inc</span>'


def test_cells_are_put_into_words() -> None:
    """Codes, statuses, moments and amounts read as words; the rest as Datasette shows it."""
    page = renderer().page("en", "/")
    assert page.cell("penalty", "severity", "2", "2") == "general"
    assert page.cell("penalty", "penalty_kind", "罚款;警告", "") == "fine; warning"
    assert page.cell("penalty", "publish_status", "late", "late") == "Late"
    assert page.cell("penalty", "fine", 0.015, "0.015") == "CNY&nbsp;150"
    assert page.cell("penalty", "masked", 1, "1") == "yes"
    moment = "2026-11-20T14:05:00+08:00"
    assert page.cell("batch", "received", moment, moment) == "20 Nov 2026, 14:05"
    assert page.cell("penalty", "party_name", "<b>", "shown") == "shown"


ASKED = Asked(Query(q="食品", type="penalty", decided_to="2026-01-01"))
PENALTIES = Filter(
    "type",
    "类型",
    "Type",
    [
        Choice("处罚", "Penalty", {"type": ""}, 3, chosen=True),
        Choice("许可", "Licence", {"type": "licence"}, None, chosen=False),
    ],
)
HIT = Hit(
    record_id="ab12",
    type="penalty",
    department="market",
    district="",
    decided="2026-01-05",
    published="2026-01-09",
    status="on_time",
    party_name="<b>示例市晨光食品有限公司</b>",
    party_kind="法人及非法人组织",
    uscc="",
    document_no="",
    headline="未按规定公示价格",
    rank="name",
    snippet=[("经营<i>", False), ("食品", True)],
)


def search_page(lang: Language, asked: Asked, **changes: object) -> str:
    """The search page with one result."""
    office = dict.fromkeys(("name_en", "short_en"), "") | {"name_zh": "市监局", "short_zh": ""}
    names = Names({"market": {"code": "market", **office}}, {})
    context: dict[str, Any] = {
        "asked": asked,
        "filters": [PENALTIES],
        "dates": list(dates_set(asked.query)),
        "sorts": list(sorts(asked)),
        "results": list(shown([HIT], asked.query.q, names)),
        "total": 3,
        "most": 10_000,
        "searched": "",
        "first": 1,
        "previous": None,
        "next": "/records?q=食品&page=2",
        "csv": None,
        "problem": None,
    }
    return renderer().render("records.html", lang, asked.address(), **(context | changes))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_search_page_shows_results_as_text(lang: Language) -> None:
    """Results link to their records; data is text, marked; what is asked for stays in forms."""
    html = search_page(lang, ASKED)
    prefix = "" if lang == "zh" else "/en"
    assert f'href="{prefix}/record/ab12"' in html
    assert "&lt;b&gt;示例市晨光<mark>食品</mark>有限公司&lt;/b&gt;" in html
    assert "经营&lt;i&gt;<mark>食品</mark>" in html
    assert 'value="食品"' in html
    assert '<input type="hidden" name="type" value="penalty">' in html
    assert f'href="/en{escape(ASKED.address())}"' in html


@pytest.mark.parametrize("lang", LANGUAGES)
def test_search_page_filters(lang: Language) -> None:
    """A filter's choices say how many records they leave; a chosen one can be dropped."""
    html = search_page(lang, ASKED)
    prefix = "" if lang == "zh" else "/en"
    for changes in ({"type": "licence"}, {"type": ""}, {"decided_to": ""}):
        assert f'href="{prefix}{escape(ASKED.address(1, **changes))}"' in html
    assert TEXTS[lang]("records.over", n="10,000") in html


def test_search_page_mends_a_code() -> None:
    """What was searched for in place of a misspelt code is said, as text."""
    html = search_page("zh", Asked(Query(q="<l>")), searched="91990100MA00000073")
    assert "&lt;l&gt;" in html
    assert "“91990100MA00000073”" in html


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("total", [None, 0])
def test_search_page_without_results(lang: Language, total: int | None) -> None:
    """Nothing found, or a question not understood, is said in words."""
    html = search_page(
        lang,
        Asked(Query()),
        results=[],
        total=total,
        next=None,
        problem=None if total == 0 else ("问题", "problem"),
    )
    assert (TEXTS[lang]("records.nothing") in html) == (total == 0)
    assert ("problem" in html or "问题" in html) or total == 0


@pytest.mark.parametrize("outcome", ["ok", "failed", "running", "never"])
def test_status_page_says_what_failed(outcome: str) -> None:
    """A job's outcome is a word; a failure is said at the top."""
    ran = outcome != "never"
    job = {
        "zh": "发布",
        "en": "release",
        "started": "2026-11-20T02:00:00+08:00" if ran else None,
        "ended": None,
        "outcome": outcome,
        "next": None,
        "error_zh": "磁盘已满" if outcome == "failed" else "",
        "error_en": "disk full" if outcome == "failed" else "",
    }
    html = renderer().render(
        "status.html",
        "en",
        "/status/",
        now="2026-11-20T14:00:00+08:00",
        releases=[
            {
                "release": "r1",
                "as_of": "2026-11-20T14:00:00+08:00",
                "published": 3,
                "withheld": 1,
                "current": True,
            }
        ],
        jobs=[job],
        failures=[{"at": "2026-11-19T14:00:00+08:00", "zh": "坏", "en": "broken"}],
        freshness=[
            {
                "code": "market",
                "name_zh": "市监局",
                "name_en": "Market",
                "received": None,
                "days": None,
            }
        ],
        versions=[("软件", "Software", "0.1.0")],
    )
    assert str(TEXTS["en"](f"outcome.{outcome}")) in html
    assert (str(TEXTS["en"]("status_page.fine")) in html) == (outcome != "failed")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", [400, 403, 404, 429, 500, 503])
def test_error_page(lang: Language, code: int) -> None:
    """Each error says what to do next, and what exactly was wrong where that is known."""
    html = renderer().render(
        "error.html", lang, "/x", code=code, detail=("没有 ab12", "There is no ab12")
    )
    assert str(code) in html
    assert ("没有 ab12" if lang == "zh" else "There is no ab12") in html


def test_frame_for_other_programs() -> None:
    """Head, header and footer can be had by themselves, for Datasette's pages."""
    page = renderer().page("en", "/credit/penalty?a=1")
    assert page.asset("site.css") in page.partial("head")
    assert 'href="/credit/penalty?a=1"' in page.partial("header")
    assert 'href="/en/about/"' in page.partial("footer")


def test_footer_names_the_release() -> None:
    """A page says as of when its figures are and by which release."""
    profile = load_profile(ROOT / "data/profiles/demo-city.toml")
    manifest = {"release": "20261120T0-aa", "as_of": "2026-11-20T14:00:00+08:00", "software": "9.9"}
    footer = Renderer(SITE, profile, manifest).page("zh", "/").partial("footer")
    assert all(part in footer for part in ("20261120T0-aa", "2026年11月20日 14:00", "9.9"))


def test_demo_data_says_so_on_every_page() -> None:
    """A fictional city's pages carry a banner; a real one's do not."""
    assert 'class="demo"' in renderer("demo-city").page("zh", "/x/").partial("header")
    assert 'class="demo"' not in renderer("us-fda").page("zh", "/x/").partial("header")


def test_prose_fills_figures_in_and_keeps_anchors(tmp_path: Path) -> None:
    """Markdown becomes HTML with its anchors; figures in it are escaped."""
    site = tmp_path / "site"
    shutil.copytree(SITE, site)
    (site / "content/zh/about.md").write_text("## 甲 {: #a }\n\n{{ x }}\n\n## 乙 丙\n", "utf-8")
    html = renderer(site=site).prose("about", "zh", x="<i>")
    assert '<h2 id="a">甲</h2>' in html
    assert "&lt;i&gt;" in html
    assert '<h2 id="乙-丙">' in html


def test_codes_of_figures_are_named() -> None:
    """Where rows are shown a department, a clock and a truth value are words, in both languages."""
    making = renderer()
    making.departments = {"m": {"name_zh": "示例市某局", "name_en": "Some Bureau"}}
    page = making.page("en", "/monitor/duty")
    named = page.cell("duty", "department", "m", "m")
    assert named == '<a href="/en/departments/m/">Some Bureau</a>'
    assert page.cell("duty", "clock", "disclosure", "disclosure") == "To publish a decision"
    assert page.cell("duty", "provisional", 1, "1") == page.t("rows.yes")
    assert page.cell("duty", "days_allowed", 1, "1") == "1"
    assert page.cell("indicator", "department", "*", "*") == "*"
