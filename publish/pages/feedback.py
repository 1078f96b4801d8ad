"""How objections and repairs go: the stages that the rules set, and how they were kept."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from monitor.calendar import Calendar
from monitor.clocks import FEEDBACK, RECEIPT, Clock, Term, deadline
from monitor.evidence import ALL
from monitor.periods import ROLLING
from publish.pages.figures import Figures, Row, only
from publish.pages.forms import Form, load_forms, write_form
from publish.pages.sheets import Sheet, Site
from publish.profile import ObjectionClock, Profile, RepairClock

PROCEDURES = ("objection", "repair")
"""The kinds of case whose stages the profile sets, in the order in which they are shown."""
EXAMPLE = timedelta(days=180)
"""Longer than all stages of a case take one after the other."""

_GRANTED = {"decided": "upheld"}
"""Where the example ends well, what stands for a step."""


class Stage(NamedTuple):
    """A stage of a procedure with its deadline.

    Attributes:
        clock: the name of its clock.
        began: what happened on day 0, in Chinese and in English.
        office: whether the office that runs the portal owes it, not the department that decided.
        days: working days allowed; 0 is the same day.
        longest: the same with the longest extension; None without one.
        source: the document and article.
        start: day 0 in the worked example.
        due: the last day in it.
        provisional: whether the calendar may still move that.
    """

    clock: str
    began: tuple[str, str]
    office: bool
    days: int
    longest: int | None
    source: str
    start: str
    due: str
    provisional: bool


class Procedure(NamedTuple):
    """How a kind of case goes.

    Attributes:
        stages: those that the rule in force sets a deadline for.
        sources: where their deadlines are set, or why there are none; each once.
        excludes: what stops the clock.
    """

    kind: str
    stages: list[Stage]
    sources: list[str]
    excludes: tuple[str, ...]


class Kept(NamedTuple):
    """How one clock was kept in each period shown.

    Attributes:
        figures: for each period the row of the timeliness, if there is one, and the median of the
            working days used.
    """

    clock: str
    figures: list[tuple[Row | None, int | None]]


def feedback_sheet(site: Site) -> Sheet:
    """The page on objections and repairs."""
    profile, calendar, figures = site.project.profile, site.project.calendar, site.figures
    office = figures.departments.get(profile.jurisdiction.office or "")
    withdrawal = profile.clocks.withdrawal
    spans = [span for span in (figures.headline, figures.periods.get(ROLLING)) if span]
    context = {
        "procedures": [procedure(profile, kind, site.today, calendar) for kind in PROCEDURES],
        "office": _named(office) if office else None,
        "today": example_day(site.today, calendar),
        "while_open": profile.objection.on(site.today).while_open,
        "withdrawal": withdrawal.on(site.today).days if withdrawal else None,
        "forms": {form.name: (form.title, form.path) for form in _offered(site)},
        "spans": spans,
        "kept": list(_kept(figures, spans)),
        "departments": list(_departments(figures)),
        "names": [clock.name for clock in FEEDBACK],
    }
    return Sheet("/feedback/", "feedback.html", context)


def example_day(today: date, calendar: Calendar) -> date:
    """The day on which the worked example begins: today, or one well within the calendar."""
    return min(today, calendar.last - EXAMPLE)


def procedure(profile: Profile, kind: str, today: date, calendar: Calendar) -> Procedure:
    """How a case of a kind that is received today goes by the rule in force.

    Args:
        profile: the rules.
        kind: ``objection`` or ``repair``.
        today: the day by whose rule it goes.
        calendar: the working days.
    """
    rules = getattr(profile.clocks, kind)
    rule: ObjectionClock | RepairClock | None = rules.on(today) if rules else None
    if rule is None:
        return Procedure(kind, [], [], ())
    stages = list(_stages(rule, kind, example_day(today, calendar).isoformat(), calendar))
    sources = list(dict.fromkeys(stage.source for stage in stages)) or [rule.source]
    return Procedure(kind, stages, sources, getattr(rule, "excludes", ()))


def _stages(
    rule: ObjectionClock | RepairClock, kind: str, today: str, calendar: Calendar
) -> Iterator[Stage]:
    """The stages that a rule sets, in a case where each takes all its time."""
    reached = {RECEIPT: today}
    for clock in FEEDBACK:
        steps = clock.steps
        days = getattr(rule, steps.figure, None) if steps and steps.kind == kind else None
        if steps is None or days is None:
            continue
        start = next((reached[step] for step in steps.start if step in reached), today)
        due = deadline(start, Term(days), calendar).day
        done = steps.end[0]
        reached |= {done: due, _GRANTED.get(done, done): due}
        yield Stage(
            clock.name,
            (clock.began_zh, clock.began_en),
            steps.office,
            days,
            rule.longest(steps.figure) if isinstance(rule, ObjectionClock) else None,
            rule.source_of(steps.figure),
            start,
            due,
            calendar.is_open(due),
        )


def _kept(figures: Figures, spans: Iterable[Row]) -> Iterator[Kept]:
    """The clocks of feedback cases that something was due by."""
    for clock in FEEDBACK:
        found = [_of_span(figures, clock, span) for span in spans]
        if any(row and row.denominator for row, _ in found):
            yield Kept(clock.name, found)


def _of_span(figures: Figures, clock: Clock, span: Row) -> tuple[Row | None, int | None]:
    """How a clock was kept in a period."""
    row = figures.values(ALL, span).get(f"{clock.name}_timeliness")
    return row, figures.stage_days.get((clock.name, span.period))


def _departments(figures: Figures) -> Iterator[Mapping[str, Any]]:
    """The departments by which a stage was due in the last twelve months, by their code."""
    year = figures.periods.get(ROLLING)
    for code, department in figures.departments.items() if year else ():
        row = figures.values(code, year).get("feedback_timeliness")
        overdue = sum(figures.clocks.get((code, c.name), {}).get("overdue", 0) for c in FEEDBACK)
        if overdue or (row and row.denominator):
            yield {"department": _named(department), "row": row, "overdue": overdue}


def _named(department: Row) -> Row:
    """A department as links name it."""
    return only(department, "code", "name_zh", "name_en", "short_zh", "short_en")


def write_forms(out: Path, site: Site) -> list[Path]:
    """Writes the blank forms, each with the deadlines that the rules in force set for it."""
    profile = site.project.profile
    found = f"（由{profile.jurisdiction.portal_zh}提供；记录和公示规则以门户为准。）"
    written = []
    for form in _offered(site):
        rules = procedure(profile, form.name, site.today, site.project.calendar)
        written.append(write_form(out, form, found, list(_notes(rules))))
    return written


def _offered(site: Site) -> list[Form]:
    """The forms that the site offers: they are in Chinese, so none where the data are not."""
    chinese = site.project.profile.jurisdiction.language == "zh"
    return load_forms(site.project.site) if chinese else []


def _notes(rules: Procedure) -> Iterator[str]:
    """The deadlines of a procedure, in Chinese, and where they are set."""
    for stage in rules.stages:
        zh = next(clock.zh for clock in FEEDBACK if clock.name == stage.clock)
        within = f"{stage.days}个工作日内" if stage.days else "当日"
        extended = f"，延长的不超过{stage.longest}个工作日" if stage.longest else ""
        yield f"{zh}：自{stage.began[0]}之日起{within}{extended}。"
    yield from (f"依据：{source}。" for source in rules.sources)
