"""Working days as data: one versioned table per jurisdiction, and the look-ups on it.

A calendar is three files in one folder: ``<code>.toml`` declares it, ``<code>.csv`` holds its days,
and ``<code>.overrides.csv``, where there is one, holds what the package `holidays` does not know.

Every day carries a sequence number, the count of working days up to and including it. A deadline is
the first day whose number is that of day 0 plus n; the working days used are a difference of two
numbers. The same holds in SQL on the rows of `Calendar.rows`.
"""

import csv
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, timedelta
from functools import cached_property
from importlib.metadata import version
from itertools import groupby, pairwise
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from publish.errors import ProblemError, UsageError

Language = Literal["zh", "en"]

_PACKAGE = "holidays"
_VERSIONS = "versions"
_COLUMNS = ("date", "is_workday", "name", "source", "final")
_NAME_SEPARATOR = "、"
_SATURDAY = 5
_MARGIN = timedelta(days=10)  # a run that crosses the table's end is named by its other half
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKEND = {"zh": "周末", "en": "weekend"}
_PAUSED = ("中止", "paused")
_AND = {"zh": "、", "en": " and "}


class Day(NamedTuple):
    """One day of a calendar.

    Attributes:
        name: what makes it special, in the calendar's own language; a day off carries the name of
            the holiday run it lies in. Blank for ordinary days and weekends.
        source: the notice or statute behind the name, ``holidays`` where the package only projects.
    """

    date: date
    is_workday: bool
    name: str
    source: str


class CalendarRow(NamedTuple):
    """One row of the SQL table ``calendar``; dates are ISO 8601, truth values 0 or 1."""

    calendar: str
    date: str
    is_workday: int
    seq: int
    name: str
    source: str
    final: int


@dataclass(frozen=True, kw_only=True)
class Package:
    """What is taken from the package `holidays`, and under which names.

    Attributes:
        country: ISO 3166 code of the country, without subdivision: national days only.
        language: the package's language code for names.
        version: the package's version that made the table.
        settled_through: month and day up to which an announced year cannot be moved any more by the
            next year's notice; None where a statute settles every year.
        make_up: the name of a weekend day that is worked; None where there is none. Where there is
            one, holidays are announced as runs of days, weekends included.
        aliases: the package's names → the calendar's; "" for days named after their neighbours.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    country: str
    language: str
    version: str
    settled_through: Annotated[str, Field(pattern=r"^\d\d-\d\d$")] | None = None
    make_up: str | None = None
    aliases: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What a calendar says about itself.

    Attributes:
        version: the year it is final for, and a number that rises with every change.
        final_through: the last day that no later notice is expected to move.
        source: the notice or statute that makes the days.
        names: day names in the calendar's language → in the other of Chinese and English.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    code: str
    name_zh: str
    name_en: str
    timezone: str
    version: Annotated[str, Field(pattern=r"^\d{4}\.\d+$")]
    first: date
    last: date
    final_through: date
    source: str
    package: Package
    names: Mapping[str, str]


class SkippedRun(NamedTuple):
    """Days in a row that a deadline passed over, with what they are called."""

    first: date
    last: date
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class Deadline:
    """A deadline and how it was counted.

    Attributes:
        start: day 0, never counted.
        days: how many working days were given.
        due: the last day on time. The test is ``published <= due``, never "working days used":
            a Saturday after a Friday deadline has used no more of them and is late.
        final_through: the last settled day of the calendar it was counted on.
        counted: the working days, in order; the last is ``due``.
        skipped: the days off between, as runs.
        paused: the time between that did not count because the matter was paused.
    """

    start: date
    days: int
    due: date
    final_through: date
    counted: tuple[date, ...]
    skipped: tuple[SkippedRun, ...]
    paused: tuple[SkippedRun, ...] = ()

    @property
    def provisional(self) -> bool:
        """Whether it reaches past the settled days, so that nothing may be called late by it."""
        return self.due > self.final_through


@dataclass(frozen=True, kw_only=True)
class Calendar(Declaration):
    """The working days of a jurisdiction, every day from ``first`` to ``last``."""

    days: tuple[Day, ...]

    def is_workday(self, d: date) -> bool:
        """Whether ``d`` is worked.

        Raises:
            ProblemError: ``d`` is outside the calendar.
        """
        return self.days[self._index(d)].is_workday

    def is_provisional(self, d: date) -> bool:
        """Whether a later notice may still move ``d``."""
        return d > self.final_through

    def deadline(self, start: date, days: int, pauses: Sequence[tuple[str, str]] = ()) -> Deadline:
        """The n-th working day after ``start``, with the days that were counted and skipped.

        Args:
            start: day 0.
            days: how many working days are given.
            pauses: in order of time, ISO: the days after the first up to and including the second
                do not count.

        Raises:
            UsageError: ``days`` is less than 1.
            ProblemError: ``start`` or the deadline is outside the calendar.
        """
        began, due = start.isoformat(), self.due_iso(start.isoformat(), days)[0]
        stops = list[SkippedRun]()
        for since, until in pauses:
            if lost := self.paused_iso(began, due, since, until):
                due = self.later_iso(due, lost)
                first = date.fromisoformat(max(since, began)) + timedelta(days=1)
                stops.append(SkippedRun(first, date.fromisoformat(until), *_PAUSED))
        last = date.fromisoformat(due)
        between = self.days[self._index(start) + 1 : self._index(last) + 1]
        paused = [any(stop.first <= day.date <= stop.last for stop in stops) for day in between]
        told = list(zip(between, paused, strict=True))
        counted = tuple(day.date for day, stopped in told if day.is_workday and not stopped)
        off = self._runs(
            day._replace(is_workday=day.is_workday or stopped) for day, stopped in told
        )
        return Deadline(start, days, last, self.final_through, counted, off, tuple(stops))

    def due_iso(self, start_iso: str, days: int) -> tuple[str, bool]:
        """The deadline and whether it is provisional, for ISO dates; as `deadline`, but fast."""
        if days < 1:
            raise UsageError(
                f"期限须至少为1个工作日，而不是{days}。",
                f"A deadline needs at least 1 working day, not {days}.",
            )
        try:
            due = self._workdays[self._seq[start_iso] + days - 1]
        except (KeyError, IndexError):
            raise self._outside(f"{start_iso} + {days}") from None
        return due, due > self._final_iso

    def working_days_used(self, start: date, end: date) -> int:
        """How many working days are in (start, end].

        Zero if the dates are equal; if ``end`` is earlier, minus the working days in (end, start].

        Raises:
            ProblemError: a date is outside the calendar.
        """
        return self.used_iso(start.isoformat(), end.isoformat())

    def used_iso(self, start_iso: str, end_iso: str) -> int:
        """As `working_days_used`, for ISO dates."""
        try:
            return self._seq[end_iso] - self._seq[start_iso]
        except KeyError as unknown:
            raise self._outside(unknown.args[0]) from None

    def later_iso(self, start_iso: str, days: int) -> str:
        """The n-th working day after a day; the day itself for none, or the next if it is off."""
        if days:
            return self.due_iso(start_iso, days)[0]
        worked = self.is_workday(date.fromisoformat(start_iso))
        return start_iso if worked else self.due_iso(start_iso, 1)[0]

    def paused_iso(self, start_iso: str, due_iso: str, since_iso: str, until_iso: str) -> int:
        """By how many working days a pause moves a deadline.

        Time up to and including day 0 and from the deadline on is not paused.
        """
        since = max(since_iso, start_iso)
        return self.used_iso(since, until_iso) if since < min(due_iso, until_iso) else 0

    def is_open(self, iso: str) -> bool:
        """As `is_provisional`, for an ISO date."""
        return iso > self._final_iso

    def rows(self) -> Iterator[CalendarRow]:
        """The rows of the SQL table ``calendar``.

        In SQL a deadline is ``min(date)`` where ``seq`` is that of the start plus n, and the
        working days used are the difference of two ``seq``; give it the primary key
        ``(calendar, date)`` and an index on ``(calendar, seq, date)``.
        """
        for day in self.days:
            iso = day.date.isoformat()
            yield CalendarRow(
                calendar=self.code,
                date=iso,
                is_workday=int(day.is_workday),
                seq=self._seq[iso],
                name=day.name,
                source=day.source,
                final=int(not self.is_provisional(day.date)),
            )

    @cached_property
    def _seq(self) -> dict[str, int]:
        """The number of working days up to and including each ISO date."""
        seq, count = {}, 0
        for day in self.days:
            count += day.is_workday
            seq[day.date.isoformat()] = count
        return seq

    @cached_property
    def _workdays(self) -> list[str]:
        """The ISO dates of the working days, in order."""
        return [day.date.isoformat() for day in self.days if day.is_workday]

    @cached_property
    def _final_iso(self) -> str:
        """``final_through`` as an ISO date."""
        return self.final_through.isoformat()

    def _index(self, d: date) -> int:
        """The position of a date in ``days``."""
        if not self.first <= d <= self.last:
            raise self._outside(d.isoformat())
        return (d - self.first).days

    def _outside(self, what: str) -> ProblemError:
        """The error for a date that the calendar does not hold."""
        return ProblemError(
            f"{what} 不在日历“{self.code}”（{self.first} 至 {self.last}）之内；"
            "请核对日期，或运行 gongshi calendar update 延长日历。",
            f"{what} is not within the calendar “{self.code}” ({self.first} to {self.last}); "
            "check the date, or run gongshi calendar update to extend the calendar.",
        )

    def _runs(self, days: Iterable[Day]) -> tuple[SkippedRun, ...]:
        """The runs of days off."""
        return tuple(
            SkippedRun(run[0].date, run[-1].date, self._label(run, "zh"), self._label(run, "en"))
            for run in _runs_off(days)
        )

    def _label(self, run: Sequence[Day], lang: Language) -> str:
        """What a run of days off is called."""
        own = self.package.language.startswith(lang)
        names = _unique(name for day in run for name in day.name.split(_NAME_SEPARATOR))
        translated = (n if own else self.names.get(n, n) for n in names)
        return _AND[lang].join(n or _WEEKEND[lang] for n in translated)


def superseded(folder: Path, code: str, version: str) -> Calendar | None:
    """A calendar as an earlier version had it; None if that was not kept.

    Raises:
        ProblemError: its files cannot be understood or do not fit together.
    """
    name = f"{code}@{version}"
    kept = folder / _VERSIONS
    return load_calendar(kept, name) if (kept / f"{name}.toml").is_file() else None


@dataclass(frozen=True)
class Update:
    """What an update did.

    Attributes:
        calendar: the calendar as it is now on disk.
        before: as it was; None for a first table.
        changed: the days that were added, removed or altered; empty for a first table.
    """

    calendar: Calendar
    before: Calendar | None
    changed: tuple[date, ...]


def load_calendar(folder: Path, code: str) -> Calendar:
    """Load the calendar ``code`` from a folder of calendars.

    Raises:
        UsageError: the folder has no such calendar.
        ProblemError: its files cannot be understood or do not fit together.
    """
    return _calendar(_read_declaration(folder, code), _read_days(folder / f"{code}.csv"))


def update_calendar(folder: Path, code: str, first: date, last: date) -> Update:
    """Make the table of a declared calendar anew, from the package `holidays` and the overrides.

    The overrides win. The version rises only if a day changed or more days became final, and then
    the version before is kept under ``versions``. Within the table ``final_through`` never falls:
    enter a notice that the package does not have yet as overrides and raise the date in the
    declaration by hand.

    Raises:
        UsageError: the folder has no such calendar, or ``last`` is before ``first``.
        ProblemError: the declaration or the overrides cannot be understood.
    """
    if last < first:
        raise UsageError(
            f"日历的末日 {last} 早于首日 {first}。",
            f"The calendar's last day {last} is before its first day {first}.",
        )
    old = _read_declaration(folder, code)
    table = folder / f"{code}.csv"
    overrides = _read_overrides(folder / f"{code}.overrides.csv", first, last)
    made, settled = _from_package(old.package, first - _MARGIN, last + _MARGIN)
    new = replace(
        old,
        first=first,
        last=last,
        final_through=min(last, max(old.final_through, settled or last)),
        package=replace(old.package, version=version(_PACKAGE)),
    )
    named = _named((overrides.get(day.date, day) for day in made), new)
    days = tuple(day for day in named if first <= day.date <= last)
    before = _as_released(table, old) if table.exists() else None
    changed = _changed(before.days if before else days, days)
    if changed or {old.final_through, (before or old).final_through} != {new.final_through}:
        new = replace(new, version=_next_version(old.version, new.final_through))
        if before:
            _write_calendar(folder / _VERSIONS, f"{code}@{before.version}", before)
    done = _calendar(new, days)
    _write_calendar(folder, code, done)
    return Update(done, before, changed)


def _as_released(table: Path, declaration: Declaration) -> Calendar:
    """A calendar as its table says: the declaration may have been edited since it was made."""
    days = _read_days(table)
    with table.open(encoding="utf-8", newline="") as file:
        final = [line["date"] for line in csv.DictReader(file) if line.get("final") == "1"]
    through = date.fromisoformat(max(final)) if final else declaration.final_through
    return Calendar(**vars(replace(declaration, final_through=through)), days=days)


def explain(deadline: Deadline, lang: Language, began: str = "") -> str:
    """Say in one line how a deadline was counted, and why it is provisional if it is.

    Args:
        began: what happened on day 0, in that language; a decision if empty.
    """
    if lang == "zh":
        return _explain_zh(deadline, began or "作出决定")
    return _explain_en(deadline, began or "decided")


def day_in_words(day: date, lang: Language) -> str:
    """A date with its year and weekday."""
    return _full_zh(day) if lang == "zh" else _full_en(day)


def provisional_in_words(final_through: date, lang: Language) -> str:
    """Why a deadline past the settled days of a calendar is provisional."""
    if lang == "zh":
        return (
            f"暂定：日历确定至{_date_zh(final_through)}，下一年度放假通知尚未收录，"
            "收录之前不计为逾期"
        )
    return (
        f"provisional: the calendar is final only through {_date_en(final_through)} "
        "and the next year's notice is not in yet; never counted as late until it is"
    )


def _read_declaration(folder: Path, code: str) -> Declaration:
    """The declaration of a calendar."""
    path = folder / f"{code}.toml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in folder.glob("*.toml")))
        raise UsageError(
            f"没有日历“{code}”；{folder} 中有：{known}。",
            f"There is no calendar “{code}”; {folder} has: {known}.",
        )
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        return TypeAdapter(Declaration).validate_python(found)
    except (tomllib.TOMLDecodeError, ValidationError) as wrong:
        raise ProblemError(
            f"无法读懂日历声明 {path}，请改正：{wrong}",
            f"The calendar's declaration {path} cannot be understood; correct it: {wrong}",
        ) from wrong


def _read_days(path: Path) -> tuple[Day, ...]:
    """The days of a table or of an overrides file."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.DictReader(file)
        try:
            return tuple(_day(line) for line in lines)
        except (AttributeError, KeyError, ValueError) as wrong:
            raise ProblemError(
                f"{path} 第{lines.line_num}行须有date（YYYY-MM-DD）、is_workday（0或1）、name、"
                "source；请改正或恢复该文件。",
                f"{path}, line {lines.line_num}, needs a date (YYYY-MM-DD), is_workday (0 or 1), "
                "name and source; correct it or restore the file.",
            ) from wrong


def _day(line: Mapping[str, str]) -> Day:
    """One line of a table or of an overrides file."""
    is_workday = bool(("0", "1").index(line["is_workday"]))
    return Day(
        date.fromisoformat(line["date"]), is_workday, line["name"].strip(), line["source"].strip()
    )


def _read_overrides(path: Path, first: date, last: date) -> dict[date, Day]:
    """The overrides by date; none if there is no such file."""
    overrides = {day.date: day for day in _read_days(path)} if path.exists() else {}
    for day in overrides.values():
        if not (day.source and first <= day.date <= last):
            raise ProblemError(
                f"{path} 中的 {day.date} 须注明来源（source），且在 {first} 至 {last} 之内。",
                f"{day.date} in {path} needs a source and must be within {first} to {last}.",
            )
    return overrides


def _calendar(declaration: Declaration, days: tuple[Day, ...]) -> Calendar:
    """A declaration and its days, checked to fit together."""
    if [day.date for day in days] != list(_every_day(declaration.first, declaration.last)):
        raise ProblemError(
            f"日历“{declaration.code}”的表缺日、重日或次序不对；请运行 gongshi calendar update。",
            f"The table of the calendar “{declaration.code}” has missing, double or disordered "
            "days; run gongshi calendar update.",
        )
    return Calendar(**vars(declaration), days=days)


def _every_day(first: date, last: date) -> Iterator[date]:
    """Every date from ``first`` to ``last``."""
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _from_package(package: Package, first: date, last: date) -> tuple[list[Day], date | None]:
    """The package's days, named by their own holiday only, and the last day a notice settles."""
    from holidays import country_holidays  # noqa: PLC0415 - slow to import, for updates only

    years = range(first.year, last.year + 1)
    found = country_holidays(package.country, years=years, language=package.language)
    days = [
        Day(d, found.is_working_day(d), _own_name(found.get_list(d), package.aliases), "")
        for d in _every_day(first, last)
    ]
    return days, _settled(package, found.weekend_workdays)


def _settled(package: Package, make_up_days: Iterable[date]) -> date | None:
    """The last day that the last yearly notice settles; None where there are no notices.

    Beyond the announced years the package gives statutory days without make-up weekends, so the
    last make-up weekend is in the last announced year.
    """
    if package.settled_through is None:
        return None
    announced = max(make_up_days, default=date.min).year
    return date.fromisoformat(f"{announced:04}-{package.settled_through}")


def _own_name(names: Iterable[str], aliases: Mapping[str, str]) -> str:
    """The calendar's name for the package's names of a day, without remarks in brackets."""
    plain = (re.sub(r"\s*[（(].*", "", name) for name in names)
    return _NAME_SEPARATOR.join(_unique(filter(None, (aliases.get(n, n) for n in plain))))


def _named(days: Iterable[Day], declaration: Declaration) -> Iterator[Day]:
    """The days with their final names and sources; overrides stay as they are."""
    for _, run in groupby(days, key=lambda day: day.is_workday):
        members = list(run)
        names = _unique(name for day in members for name in day.name.split(_NAME_SEPARATOR) if name)
        for day in members:
            yield day if day.source else _name(day, _NAME_SEPARATOR.join(names), declaration)


def _name(day: Day, run: str, declaration: Declaration) -> Day:
    """A day with its name and source, given the name of the run it lies in."""
    make_up = declaration.package.make_up
    if day.is_workday:
        name = make_up if make_up and _is_weekend(day.date) else ""
    else:
        name = run if make_up else day.name
    settled = day.date <= declaration.final_through
    source = declaration.source if settled else _PACKAGE
    return day._replace(name=name, source=source if name else "")


def _unique(names: Iterable[str]) -> list[str]:
    """The names without repetitions, in order."""
    return list(dict.fromkeys(names))


def _runs_off(days: Iterable[Day]) -> Iterator[list[Day]]:
    """The longest runs of days off."""
    return (list(run) for worked, run in groupby(days, lambda day: day.is_workday) if not worked)


def _changed(before: Iterable[Day], after: Iterable[Day]) -> tuple[date, ...]:
    """The days that are not the same in both tables."""
    return tuple(sorted({day.date for day in set(before) ^ set(after)}))


def _next_version(old: str, final_through: date) -> str:
    """The version after ``old``; the number starts again with a new final year."""
    year, number = old.split(".")
    same_year = int(year) == final_through.year
    return f"{year}.{int(number) + 1}" if same_year else f"{final_through.year}.1"


def _write_calendar(folder: Path, name: str, calendar: Calendar) -> None:
    """Write the table and the declaration of a calendar."""
    folder.mkdir(exist_ok=True)
    _write_days(folder / f"{name}.csv", calendar.days, calendar.final_through)
    declared = asdict(
        Declaration(**{f.name: getattr(calendar, f.name) for f in fields(Declaration)})
    )
    (folder / f"{name}.toml").write_text(_toml(declared), encoding="utf-8", newline="\n")


def _write_days(path: Path, days: Iterable[Day], final_through: date) -> None:
    """Write the table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for d, is_workday, name, source in days:
            writer.writerow((d, int(is_workday), name, source, int(d <= final_through)))


def _toml(table: Mapping[str, object], path: str = "") -> str:
    """A table of texts, dates and tables as TOML; None is left out."""
    plain = [
        f"{key if key.isascii() and key.isidentifier() else _quoted(key)} = {_quoted(value)}\n"
        for key, value in table.items()
        if value is not None and not isinstance(value, Mapping)
    ]
    inner = [
        f"\n[{path}{key}]\n{_toml(value, f'{path}{key}.')}"
        for key, value in table.items()
        if isinstance(value, Mapping)
    ]
    return "".join(plain + inner)


def _quoted(value: object) -> str:
    """A TOML text or date."""
    return str(value) if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def _explain_zh(deadline: Deadline, began: str) -> str:
    """The counting of a deadline in Chinese."""
    counted = (
        _day_zh(day, known) + (f"（{_weekday_zh(day)}调休上班）" if _is_weekend(day) else "")
        for known, day in pairwise((deadline.start, *deadline.counted))
    )
    skipped = (_range_zh(run, known) + run.name_zh + "休息" for known, run in _with_known(deadline))
    parts = [
        f"{_full_zh(deadline.start)}{began}",
        f"{deadline.days}个工作日为{'、'.join(counted)}",
        "，".join(skipped),
        "，".join(f"{_range_zh(run, deadline.start)}中止不计" for run in deadline.paused),
        f"截止{_full_zh(deadline.due)}",
    ]
    if deadline.provisional:
        parts.append(provisional_in_words(deadline.final_through, "zh"))
    return "；".join(filter(None, parts))


def _explain_en(deadline: Deadline, began: str) -> str:
    """The counting of a deadline in English."""
    counted = (
        _day_en(day, known)
        + (f" (make-up {_WEEKDAYS_EN[day.weekday()]})" if _is_weekend(day) else "")
        for known, day in pairwise((deadline.start, *deadline.counted))
    )
    skipped = (f"{_range_en(run, known)} {run.name_en}" for known, run in _with_known(deadline))
    parts = [
        f"{began} {_full_en(deadline.start)}",
        f"{deadline.days} working day{'s' if deadline.days > 1 else ''}: {', '.join(counted)}",
        ", ".join(skipped),
        ", ".join(f"{_range_en(run, deadline.start)} paused" for run in deadline.paused),
        f"due {_full_en(deadline.due)}",
    ]
    if deadline.provisional:
        parts.append(provisional_in_words(deadline.final_through, "en"))
    return "; ".join(filter(None, parts))


def _with_known(deadline: Deadline) -> Iterator[tuple[date, SkippedRun]]:
    """The skipped runs, each after the date named before it, so that months are not repeated."""
    known = (deadline.start, *(run.last for run in deadline.skipped))
    return zip(known, deadline.skipped, strict=False)


def _is_weekend(d: date) -> bool:
    """Whether it is a Saturday or Sunday."""
    return d.weekday() >= _SATURDAY


def _date_zh(d: date) -> str:
    """A date with its year."""
    return f"{d.year}年{d.month}月{d.day}日"


def _full_zh(d: date) -> str:
    """A date with its year and weekday."""
    return f"{_date_zh(d)}（{_weekday_zh(d)}）"


def _weekday_zh(d: date) -> str:
    """The weekday."""
    return "周" + "一二三四五六日"[d.weekday()]


def _day_zh(d: date, known: date) -> str:
    """A date without the year and month that are known from another."""
    year = "" if d.year == known.year else f"{d.year}年"
    month = "" if (d.year, d.month) == (known.year, known.month) else f"{d.month}月"
    return f"{year}{month}{d.day}日"


def _range_zh(run: SkippedRun, known: date) -> str:
    """The dates of a run."""
    first = _day_zh(run.first, known)
    return first if run.first == run.last else f"{first}至{_day_zh(run.last, run.first)}"


def _date_en(d: date) -> str:
    """A date with its year."""
    return f"{d.day} {_MONTHS_EN[d.month - 1]} {d.year}"


def _full_en(d: date) -> str:
    """A date with its year and weekday."""
    return f"{_WEEKDAYS_EN[d.weekday()][:3]} {_date_en(d)}"


def _day_en(d: date, known: date) -> str:
    """A date without the year and month that are known from another."""
    month = "" if (d.year, d.month) == (known.year, known.month) else f" {_MONTHS_EN[d.month - 1]}"
    year = "" if d.year == known.year else f" {d.year}"
    return f"{d.day}{month}{year}"


def _range_en(run: SkippedRun, known: date) -> str:
    """The dates of a run."""
    if run.first == run.last:
        return _day_en(run.first, known)
    if run.first.month == run.last.month:
        return f"{run.first.day}-{_day_en(run.last, known)}"
    return f"{_day_en(run.first, run.last)}-{_day_en(run.last, run.first)}"
