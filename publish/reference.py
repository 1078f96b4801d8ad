"""Reference data: departments with their lineage, other spellings, lists, and the catalogue."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from publish.errors import UsageError
from publish.schema import types_of
from publish.tables import Line, Trouble, clean, cross_check, fold_name, read_table


@dataclass(frozen=True)
class Department:
    """A body that decides and hands in, under one name; one that is renamed has two rows.

    Attributes:
        valid_from: its first day, ISO; blank for always.
        valid_to: its last day; blank while it exists.
        successor: the body that it was merged into or renamed to; its records stay its own.
    """

    code: str
    uscc: str
    name_zh: str
    name_en: str
    short_zh: str
    short_en: str
    kind: str
    district: str
    parent: str
    valid_from: str
    valid_to: str
    successor: str

    @property
    def dated(self) -> bool:
        """Whether there are days on which it did not exist."""
        return bool(self.valid_from or self.valid_to)

    def stood(self, day: str) -> bool:
        """Whether it existed on a day, ISO."""
        return self.valid_from <= day <= (self.valid_to or day)


@dataclass(frozen=True)
class Alias:
    """Another spelling of a department's name."""

    alias: str
    code: str


@dataclass(frozen=True)
class CreditList:
    """A red or black list: who keeps it, on what legal basis, for how long entries stay."""

    list_id: str
    kind: str
    name_zh: str
    name_en: str
    owner: str
    legal_basis: str
    term_months: str


@dataclass(frozen=True)
class CatalogueItem:
    """What a department must publish.

    Attributes:
        deadline_days: working days from decision to publication, where not the usual ones.
        yearly_volume: how many decisions a year are expected.
    """

    department: str
    item_code: str
    item_zh: str
    item_en: str
    record_type: str
    deadline_days: str
    yearly_volume: str
    valid_from: str
    valid_to: str


@dataclass(frozen=True)
class Reference:
    """The reference tables of a project.

    Attributes:
        catalogue: the items by department and item code.
    """

    departments: Mapping[str, Department]
    lists: Mapping[str, CreditList]
    catalogue: Mapping[tuple[str, str], CatalogueItem]
    aliases: tuple[Alias, ...]

    def resolve(self, uscc: str | None, name: str | None, day: str | None = None) -> str | None:
        """The department's code for the code or the name that a row gives; None if unknown.

        A record belongs to the body as it stood on the day of its decision: one that was merged
        or renamed by then gives way to its successor, one not yet there to its forerunner.

        Args:
            day: the day of the decision, ISO; without it the newest body of that name is meant.
        """
        found = self.bearers(uscc, None) or self.bearers(None, name)
        if not found:
            return None
        return self.standing(found, day) if day else found[-1]

    def bearers(self, uscc: str | None, name: str | None) -> Sequence[str]:
        """The codes of the departments that ever bore a code or a name, oldest first."""
        found = self._by_uscc.get(uscc) if uscc else None
        return found or (self._by_name.get(fold_name(name), []) if name else [])

    def standing(self, codes: Sequence[str], day: str) -> str:
        """The body that stood on a day: one of those given, or of their lineage.

        Where none did, or nobody can know which of several was meant, the nearest of those given.

        Args:
            codes: departments that share a code or a name, oldest first.
            day: ISO.
        """
        bodies = [self.departments[code] for code in codes]
        begun = [body for body in bodies if body.valid_from <= day]
        nearest = begun[-1] if begun else bodies[0]
        if nearest.stood(day):
            return nearest.code
        lineage = self._heirs(nearest) if begun else self._forerunners(nearest)
        stood = [body.code for body in lineage if body.stood(day)]
        return stood[0] if len(stood) == 1 else nearest.code

    def heir(self, code: str) -> str:
        """The body that holds today what a department held."""
        body = self.departments.get(code)
        *_, last = (code, *(heir.code for heir in (self._heirs(body) if body else ())))
        return last

    def deadline_days(self, department: str, item_code: str | None, day: str) -> int | None:
        """The working days that the catalogue allows an item on a day; None for the usual ones."""
        item = self.catalogue.get((department, item_code)) if item_code else None
        if item is None or not item.valid_from <= day <= (item.valid_to or day):
            return None
        return int(item.deadline_days or 0) or None

    def _heirs(self, body: Department) -> Iterator[Department]:
        """The successor, its successor and so on."""
        while following := self.departments.get(body.successor):
            yield (body := following)

    def _forerunners(self, body: Department) -> Iterator[Department]:
        """The bodies that went into it, those that went into them, and so on."""
        for before in self.departments.values():
            if before.successor == body.code:
                yield before
                yield from self._forerunners(before)

    @cached_property
    def _by_uscc(self) -> Mapping[str, list[str]]:
        """The departments by credit code and by their own code."""
        return _bearers(
            (key, d.code) for d in self._by_age for key in dict.fromkeys((d.code, d.uscc)) if key
        )

    @cached_property
    def _by_name(self) -> Mapping[str, list[str]]:
        """The departments by name, in every spelling."""
        spelt: dict[str, list[str]] = {}
        for one in self.aliases:
            spelt.setdefault(one.code, []).append(one.alias)
        return _bearers(
            (fold_name(name), d.code)
            for d in self._by_age
            for name in (d.name_zh, d.name_en, *spelt.get(d.code, ()))
            if name
        )

    @cached_property
    def _by_age(self) -> list[Department]:
        """The departments, oldest first."""
        return sorted(self.departments.values(), key=lambda d: d.valid_from)


def _bearers(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Keys with the departments that bear them, each once."""
    found: dict[str, list[str]] = {}
    for key, code in pairs:
        if code not in (known := found.setdefault(key, [])):
            known.append(code)
    return found


def load_reference(folder: Path) -> Reference:
    """Reads the reference tables of a project.

    Raises:
        UsageError: naming file, line and field that are wrong, and what to do.
    """
    tables, troubles = check_reference(folder)
    if troubles:
        first, more = troubles[0], len(troubles) - 1
        zh, en = first.text("zh"), first.text("en")
        if more:
            zh += f"另有 {more} 处问题，见 gongshi reference check。"
            en += f" There are {more} more: 'gongshi reference check' lists them."
        raise UsageError(zh, en)
    rows = {name: [line.values for line in lines] for name, lines in tables.items()}
    catalogue = [CatalogueItem(**row) for row in rows["catalogue"]]
    return Reference(
        {row["code"]: Department(**row) for row in rows["department"]},
        {row["list_id"]: CreditList(**row) for row in rows["credit_list"]},
        {(item.department, item.item_code): item for item in catalogue},
        tuple(Alias(**row) for row in rows["alias"]),
    )


def check_reference(
    folder: Path, instead: Mapping[str, Sequence[Line]] | None = None
) -> tuple[dict[str, list[Line]], list[Trouble]]:
    """The rows of all reference tables, and everything that is wrong with them.

    Args:
        folder: where the tables' files lie.
        instead: tables to take in place of their files.

    Raises:
        UsageError: if a file cannot be read as the table that it should be.
    """
    tables, troubles = dict[str, list[Line]](), list[Trouble]()
    for name, table in types_of("reference").items():
        if instead and name in instead:
            tables[name] = list(instead[name])
            continue
        tables[name], wrong = clean(table, folder / str(table.file), read_table(folder, table))
        troubles += wrong
    return tables, [*troubles, *cross_check(tables)]
