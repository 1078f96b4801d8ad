"""The sheet that says what the figures of a workbook mean and where they come from."""

from collections.abc import Iterator

from monitor.reports.book import Book, Column, basis, marks
from monitor.reports.figures import Figures, Row, day_zh
from monitor.reports.office import Office
from publish.profile import Part, Profile, Scheme

SHEET = "说明"
_COLUMNS = (
    Column("what", "项目", "item", "label", 26),
    Column("zh", "说明", "", "text", 62),
    Column("en", "meaning", "", "text", 62),
)
_METHODS = (
    (
        "名次区间 rank interval",
        "按各部门案件数计算，名次仅因偶然可在“最好”与“最差”之间变动（95%）。区间重叠的部门，名次先后不足为据。",
        "By its number of cases a department's rank may lie anywhere between best and worst by "
        "chance alone (95 %). Where two overlap, neither can be said to be ahead.",
    ),
    (
        "及时率下限、上限 interval",
        "威尔逊（Wilson）95%置信区间，公式见单元格。",
        "The Wilson 95 % interval of the rate; the formula is in the cells.",
    ),
    (
        "空白 empty",
        "没有案件的指标留空，既不是0%，也不是100%。",
        "Without cases a rate is empty: neither 0 % nor 100 %.",
    ),
    (
        "公式 formulas",
        "比率、区间、变化和合计都是公式，可点开单元格核对。",
        "Rates, intervals, changes and totals are formulas: click a cell to check it.",
    ),
)


def write_legend(book: Book, figures: Figures, office: Office) -> None:
    """Writes the last sheet: what the figures are from, what they mean, how scores are made."""
    sheet = book.sheet(SHEET)
    sheet.widths(c.width for c in _COLUMNS)
    rows = [*_origin(figures, office.profile), *_definitions(figures), *_methods(office.profile)]
    rows += _scheme(figures, office.scheme(figures.period["last"]))
    top = sheet.line(0, len(_COLUMNS) - 1, "说明 What the figures mean", "title", 26)
    if mark := marks(figures, office.profile.jurisdiction):
        top = sheet.line(top, len(_COLUMNS) - 1, mark, "mark")
    end = sheet.table(top, _COLUMNS, rows)
    sheet.page(top, (end - 1, len(_COLUMNS) - 1), landscape=True, foot=basis(figures))


def _origin(figures: Figures, profile: Profile) -> Iterator[Row]:
    """The release, edition, rules, calendar and software behind the figures."""
    release, edition = figures.release, figures.edition
    state = f"{edition['edition']}（{day_zh(edition['closed'])}）" if edition else "未定稿"
    told = edition["edition"] if edition else "not closed: the figures may still change"
    yield _said("定稿 edition", state, told)
    yield _said("发布版本 release", release["release"], f"as of {release['as_of']}")
    rules = f"{release['profile']} {release['profile_version']}"
    yield _said("规则 rules", f"{profile.jurisdiction.name_zh} {rules}", rules)
    yield _said("日历 calendar", *[f"{release['calendar']} {release['calendar_version']}"] * 2)
    yield _said("软件 software", *[f"gongshi {release['software']}"] * 2)


def _definitions(figures: Figures) -> Iterator[Row]:
    """What each indicator is."""
    for row in figures.titles.values():
        what = f"{row['title_zh']} {row['title_en']}"
        yield _said(what, row["definition_zh"], row["definition_en"])


def _methods(profile: Profile) -> Iterator[Row]:
    """What holds for all figures."""
    for method in _METHODS:
        yield _said(*method)
    n = profile.league.minimum_cases
    yield _said(
        "不排名 not ranked",
        f"应公示不足{n}件的部门只列出、不排名：件数太少时，及时率主要由偶然决定。{profile.league.source}",
        f"With fewer than {n} decisions due a department is listed, not ranked: such a rate is "
        "mostly chance.",
    )


def _scheme(figures: Figures, scheme: Scheme) -> Iterator[Row]:
    """How the score is made."""
    for part in scheme.parts:
        zh, en = figures.title(part.indicator)
        yield _said(f"计分 score: {zh}", *_part(part, zh, en))
    for grade in scheme.grades:
        yield _said(
            f"等次 grade: {grade.zh}",
            f"得分不低于{grade.at_least:g}",
            f"{grade.en}: score of at least {grade.at_least:g}",
        )
    if scheme.concealed:
        most = scheme.concealed.most
        limit = (f"，最多扣{most:g}分", f", {most:g} at most") if most else ("", "")
        yield _said(
            "扣分 deduction",
            f"抽查发现未报的决定每件扣{scheme.concealed.each:g}分{limit[0]}",
            f"{scheme.concealed.each:g} points for each decision found that had not been handed in"
            + limit[1],
        )
    yield _said("计分依据 source", scheme.source, "")


def _part(part: Part, zh: str, en: str) -> tuple[str, str]:
    """What one indicator gives, in words."""
    if part.reverse:
        zh, en = f"1－{zh}", f"1 - {en}"
    few = _few(part)
    if part.steps:
        steps = [(f"{s.at_least:.0%}", f"{s.points:g}") for s in part.steps]
        return (
            f"{zh}：" + "，".join(f"达到{at}得{points}分" for at, points in steps) + few[0],
            f"{en}: " + ", ".join(f"from {at} {points} points" for at, points in steps) + few[1],
        )
    return (
        f"权重{part.weight:g}；{zh}达到{part.full_at:.0%}得满分，以下为权重乘以{zh}{few[0]}",
        f"weight {part.weight:g}; all of it from {part.full_at:.0%} of {en} on, "
        f"below that the weight times the rate{few[1]}",
    )


def _few(part: Part) -> tuple[str, str]:
    """Under how many cases an indicator counts as having none."""
    if part.least == 1:
        return "", ""
    return (
        f"；不足{part.least}件视为没有案件，权重分给其余各项",
        f"; with fewer than {part.least} cases it counts as having none, and its weight goes to "
        "the others",
    )


def _said(what: str, zh: str, en: str) -> Row:
    """A row of the legend."""
    return {"what": what, "zh": zh, "en": en}
