"""Pages in two languages: a template, a translation and the figures make one page of HTML."""

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import quote

import markdown
from jinja2 import (
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    pass_context,
)
from jinja2.runtime import Context
from markdown.extensions.toc import TocExtension
from markupsafe import Markup, escape

from monitor.calendar import Calendar
from monitor.clocks import CLOCKS, STATUSES
from monitor.explain import explain_duty
from monitor.measures import DECIMALS, INDICATORS
from publish.errors import ProblemError
from publish.pages.compile import DirectEnvironment
from publish.profile import Profile
from publish.release.metadata import LICENCE
from publish.release.public import parent_column
from publish.schema import TYPES, RecordType, public_types, record_type

Language = Literal["zh", "en"]
Text = str | Mapping[str, str]

LANGUAGES: tuple[Language, ...] = ("zh", "en")
TAGS = {"zh": "zh-CN", "en": "en"}
CLOCKS_BY_NAME = {clock.name: clock for clock in CLOCKS}
YES_OR_NO = frozenset(
    {"masked", "provisional", "concealed", "ranked", "silent", "complete", "is_workday", "final"}
)
RELEASED = "<!--release-->"
"""Where the server says which release it serves. Generated pages do not say it themselves, so
that a page stays as it is from release to release until something on it changes."""
_TYPES = frozenset(name for names in TYPES.values() for name in names)
STATUS_COLUMNS = ("status", "publish_status", "status_before", "status_after")
_HAN = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003ffff]")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_YUAN = 10_000


class Translation:
    """The texts of one language by dotted key; a text with ``one`` and ``other`` follows ``n``."""

    def __init__(self, lang: Language, texts: Mapping[str, Text]) -> None:
        self.lang = lang
        self.texts = {
            key: Markup(text) if isinstance(text, str) else text  # noqa: S704 - our own text
            for key, text in texts.items()
        }

    def __call__(self, key: str, **values: object) -> Markup:
        """The text of a key; the text may hold HTML, the values are escaped.

        Raises:
            ProblemError: if the language has no such text.
        """
        try:
            text = self.texts[key]
        except KeyError:
            raise ProblemError(
                f"site/locales/{self.lang}.toml 缺少 {key}。",
                f"site/locales/{self.lang}.toml has no {key}.",
            ) from None
        if not isinstance(text, str):
            text = Markup(text["one" if values["n"] in {1, "1"} else "other"])  # noqa: S704
        if not values:
            return text
        safe = {k: v if isinstance(v, int | float) else escape(v) for k, v in values.items()}
        return Markup(str.format(text, **safe))  # noqa: S704 - our own text, its values escaped

    def has(self, key: str) -> bool:
        """Whether there is a text for a key."""
        return key in self.texts


@dataclass(frozen=True)
class Asset:
    """A static file under an address that changes with its content.

    Attributes:
        address: where it is served from, for good.
        source: the file itself.
    """

    address: str
    source: Path


@dataclass(frozen=True)
class Page:
    """One page in one language: what every template may use besides its own figures.

    Attributes:
        path: the address without the language's prefix; a live page's with its query.
    """

    renderer: "Renderer"
    lang: Language
    path: str

    @property
    def t(self) -> Translation:
        """The texts of the page's language."""
        return self.renderer.translations[self.lang]

    @property
    def tag(self) -> str:
        """The page's language as HTML names it."""
        return TAGS[self.lang]

    @property
    def profile(self) -> Profile:
        """The jurisdiction's rules."""
        return self.renderer.profile

    @property
    def manifest(self) -> Mapping[str, Any] | None:
        """The release that the page belongs to; None for pages that belong to none."""
        return self.renderer.manifest

    @property
    def alternates(self) -> Mapping[Language, str]:
        """The page's address in each language."""
        return {lang: self.renderer.prefix(lang) + self.path for lang in LANGUAGES}

    @property
    def address(self) -> str:
        """Where the page is for good."""
        return self.renderer.address + self.url(self.path)

    @property
    def context(self) -> dict[str, Any]:
        """The names that every template knows."""
        short = {"lang": self.lang, "t": self.t, "url": self.url, "asset": self.asset}
        return {"page": self, "pick": self.pick, "raw": self.raw, **short}

    def url(self, path: str) -> str:
        """The address of a page in this page's language."""
        return self.renderer.prefix(self.lang) + path

    def asset(self, name: str) -> str:
        """The address of a static file, by its name in site/static."""
        return self.renderer.assets[name].address

    def pick(self, zh: str, en: str) -> Markup:
        """The text of this page's language; where there is none, the other one, marked as such."""
        own, other = (zh, en) if self.lang == "zh" else (en, zh)
        return escape(own) if own else self._marked(other, "en" if self.lang == "zh" else "zh")

    def raw(self, text: str) -> Markup:
        """A text from the data, marked with the data's language where the page's is another."""
        data = self.profile.jurisdiction.language
        if data == self.lang or (data == "zh" and not _HAN.search(text)):
            return escape(text)
        return self._marked(text, data)

    def one(self, name: str) -> Markup:
        """What one record of a type is called."""
        named = record_type(name)
        return self.pick(named.one_zh, named.one_en)

    def status(self, code: str) -> Markup:
        """What a status of a duty is called."""
        zh, en = STATUSES[code]
        return self.pick(zh, en[0].upper() + en[1:])

    def clock(self, name: str) -> Markup:
        """What a sort of duty is called."""
        clock = CLOCKS_BY_NAME[name]
        return self.pick(clock.zh, clock.en[0].upper() + clock.en[1:])

    def headline(self, table: str) -> str | None:
        """The column that says what a record is about; None for tables of other things."""
        named = public_types().get(table)
        return named.roles["headline"] if named else None

    def cell(self, table: str, column: str, raw: object, shown: object) -> object:
        """A value in words: codes and statuses named; what needs no words as it is shown."""
        if column in STATUS_COLUMNS and isinstance(raw, str) and raw in STATUSES:
            return self.status(raw)
        if column in YES_OR_NO:
            return self.t("rows.yes") if raw else self.t("rows.no")
        if isinstance(raw, str) and _MOMENT.fullmatch(raw):
            return moment_text(raw, self.lang)
        named = public_types().get(table)
        if named:
            return self._field(named, column, raw, shown)
        return self._code(column, raw) or shown

    def explain(self, duty: Mapping[str, Any]) -> Markup:
        """How the deadline of a row of `duty` was counted; nothing where no calendar tells."""
        calendar = self.renderer.calendar
        return self.pick(*explain_duty(duty, calendar)) if calendar else Markup()

    def _code(self, column: str, raw: object) -> Markup | None:
        """What a code of the tables of figures stands for; None where it stands for nothing."""
        if column == "department" and raw in self.renderer.departments:
            found = self.renderer.departments[str(raw)]
            address = self.url(f"/departments/{quote(str(raw))}/")
            name = self.pick(found["name_zh"], found["name_en"])
            return Markup('<a href="{}">{}</a>').format(address, name)
        if column == "clock" and raw in CLOCKS_BY_NAME:
            return self.clock(str(raw))
        if column == "record_type" and raw in _TYPES:
            return self.one(str(raw))
        if column == "decides" and raw:
            return self.t(f"rules.code_{raw}")
        if column == "name" and raw in INDICATORS:
            one = INDICATORS[str(raw)]
            return self.pick(one.zh, one.en[0].upper() + one.en[1:])
        return None

    def _field(self, named: RecordType, column: str, raw: object, shown: object) -> object:
        """A value of a record in words."""
        if named.parent and column == parent_column(named):
            address = self.url(f"/credit/{named.parent}/{raw}")
            return Markup('<a href="{}">{}</a>').format(address, raw)
        field = named.by_name.get(column)
        if field and field.codes and isinstance(raw, str):
            return escape(field.codes.label(raw, self.lang))
        if field and field.type == "number" and isinstance(raw, int | float):
            return money(raw, self.lang)
        return shown

    @property
    def released(self) -> Markup:
        """Which release the page belongs to; in generated pages the mark that stands for it."""
        mark = Markup(RELEASED)  # noqa: S704 - our own text
        return mark if self.renderer.generates else self.partial("release")

    def partial(self, name: str) -> Markup:
        """A part of the page by itself, for pages that another program lays out."""
        return Markup(  # noqa: S704 - escaped by the template
            self.renderer.render(f"partials/{name}.html", self.lang, self.path)
        )

    def _marked(self, text: str, lang: Language) -> Markup:
        """A text with its language."""
        return Markup('<span lang="{}">{}</span>').format(TAGS[lang], text) if text else Markup()


class Renderer:
    """Renders the templates of a site folder for one jurisdiction.

    Args:
        site: the folder with templates, static, content and locales.
        profile: the jurisdiction; its language is the one at the root.
        manifest: the release named in the footer.
        calendar: the working days by which pages about duties explain a deadline.
        generates: whether the pages are kept as files, for the server to say their release.
        address: where the public finds the portal, without a slash at the end.

    Attributes:
        departments: the departments that pages about rows name, by code.
    """

    def __init__(
        self,
        site: Path,
        profile: Profile,
        manifest: Mapping[str, Any] | None = None,
        calendar: Calendar | None = None,
        *,
        generates: bool = False,
        address: str = "",
    ) -> None:
        self.site = site
        self.address = address
        self.profile = profile
        self.generates = generates
        self.manifest = manifest
        self.calendar = calendar
        self.departments: Mapping[str, Mapping[str, Any]] = {}
        self.translations = {lang: load_translation(site, lang) for lang in LANGUAGES}
        self.assets = {a.source.name: a for a in _assets(site / "static")}
        self.environment = DirectEnvironment(
            loader=FileSystemLoader(site / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.environment.filters |= FILTERS
        self.environment.globals["licence"] = LICENCE

    def prefix(self, lang: Language) -> str:
        """What the addresses of a language begin with."""
        return "" if lang == self.profile.jurisdiction.language else f"/{lang}"

    def page(self, lang: Language, path: str) -> Page:
        """What a page's template may use besides its own figures."""
        return Page(self, lang, path)

    def render(self, template: str, lang: Language, path: str, /, **context: object) -> str:
        """The HTML of one page.

        Args:
            template: the file's name in site/templates.
            lang: the page's language.
            path: its address without the language's prefix, such as ``/league/2026Q3/``.
            context: what the template asks for.

        Raises:
            ProblemError: naming the template that is wrong.
        """
        given = self.page(lang, path).context | context
        try:
            return self.environment.get_template(template).render(given)
        except TemplateError as error:
            raise _template_problem(template, error) from error

    def prose(self, name: str, lang: Language, /, **context: object) -> Markup:
        """A text of site/content: Markdown in which figures stand as in templates.

        Raises:
            ProblemError: naming the text that is wrong.
        """
        given = self.page(lang, f"/{name}/").context | context
        source = (self.site / "content" / lang / f"{name}.md").read_text("utf-8")
        try:
            text = self.environment.from_string(source).render(given)
        except TemplateError as error:
            raise _template_problem(f"content/{lang}/{name}.md", error) from error
        extension = TocExtension(slugify=_slug)
        html = markdown.markdown(text, extensions=["tables", "attr_list", extension])
        return Markup(html)  # noqa: S704 - our own text, figures escaped

    def write_assets(self, out: Path) -> list[Path]:
        """Copies the static files under the names that pages ask for."""
        written = []
        for asset in self.assets.values():
            target = out / asset.address.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(asset.source.read_bytes())
            written.append(target)
        return written


def load_translation(site: Path, lang: Language) -> Translation:
    """The texts of a language.

    Raises:
        ProblemError: if the file is missing or not TOML.
    """
    path = site / "locales" / f"{lang}.toml"
    try:
        return Translation(lang, dict(_flat(tomllib.loads(path.read_text("utf-8")))))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ProblemError(
            f"无法读取译文 {path}：{error}", f"The texts {path} cannot be read: {error}"
        ) from error


def percent(value: float) -> str:
    """A share with one decimal; what is not all or nothing is never shown as 100 % or 0 %."""
    if 0 < value < 0.001:
        return "<0.1%"
    if 0.999 < value < 1:
        return "99.9%"
    return f"{value:.1%}"


def share(value: float) -> str:
    """A share as it was set, such as 100% or 99.5%."""
    return f"{value * 100:g}%"


def number(value: float) -> str:
    """A number with thousands separated; no decimals unless it has some."""
    return f"{value:,}" if type(value) is int else f"{value:,.{0 if value == int(value) else 1}f}"


def score(value: float) -> str:
    """Points with all decimals that they are ranked by, so that equal ones share a rank."""
    return f"{value:,.{DECIMALS}f}"


def points(value: float) -> str:
    """A difference of shares in percentage points, without sign."""
    return f"{abs(value) * 100:.1f}"


def size(count: int) -> str:
    """A file's size."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if amount >= 10 or unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def date_text(value: str | date, lang: Language) -> str:
    """A day: 2026年2月26日 or 26 Feb 2026."""
    d = value if isinstance(value, date) else date.fromisoformat(value[:10])
    if lang == "zh":
        return f"{d.year}年{d.month}月{d.day}日"
    return f"{d.day} {_MONTHS[d.month - 1]} {d.year}"


def moment_text(value: str, lang: Language) -> str:
    """A day and the time of day as it is written, in the time zone that it is written in."""
    at = datetime.fromisoformat(value)
    return f"{date_text(at.date(), lang)}{' ' if lang == 'zh' else ', '}{at:%H:%M}"


def money(value: float | str, lang: Language) -> Markup:
    """An amount in 万元 (10,000 yuan), in 万元 for Chinese and yuan for English.

    The yuan stand in the title.
    """
    yuan = number(round(float(value) * _YUAN, 2))
    if lang == "en":
        return Markup("CNY&nbsp;{}").format(yuan)
    return Markup('<span title="{}元">{}万元</span>').format(yuan, f"{float(value):,.6g}")


def period_text(period: str, t: Translation) -> Markup:
    """A period's name, such as 2026年第三季度 or third quarter of 2026."""
    if period == "rolling12":
        return t("period.rolling12")
    year, part = period[:4], period[4:].lstrip("-")
    return t(f"period.{part or 'year'}", year=year)


def _local(function: Callable[[Any, Language], str]) -> Callable[[Context, object], str]:
    """A filter that follows the page's language."""

    @pass_context
    def filtered(context: Context, value: object) -> str:
        return function(value, cast(Language, context["lang"]))

    return filtered


@pass_context
def _period(context: Context, value: str) -> Markup:
    """A period's name in the page's language."""
    return period_text(value, context["t"])


FILTERS: dict[str, Callable[..., Any]] = {
    "percent": percent,
    "share": share,
    "number": number,
    "points": points,
    "score": score,
    "size": size,
    "date": _local(date_text),
    "moment": _local(moment_text),
    "wan": _local(money),
    "period": _period,
}
"""The filters of the templates."""


def _flat(texts: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Text]]:
    """Nested tables as dotted keys; a table of ``one`` and ``other`` is one text."""
    for key, value in texts.items():
        if isinstance(value, dict) and value.keys() != {"one", "other"}:
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _assets(folder: Path) -> Iterator[Asset]:
    """Every static file, with a hash of its content in its address."""
    for path in sorted(p for p in folder.iterdir() if p.is_file()):
        mark = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
        yield Asset(f"/static/{path.stem}.{mark}{path.suffix}", path)


def _slug(text: str, separator: str) -> str:
    """A heading's anchor; Chinese characters stay."""
    return re.sub(r"[\W_]+", separator, text.casefold()).strip(separator)


def _template_problem(name: str, error: TemplateError) -> ProblemError:
    """The error for a template that cannot be rendered."""
    place = (
        f"{error.name or name}:{error.lineno}" if isinstance(error, TemplateSyntaxError) else name
    )
    return ProblemError(
        f"页面模板 {place} 有误：{error.message}。请改正后重新发布。",
        f"The template {place} is wrong: {error.message}. Correct it and release again.",
    )
