"""Whose reports these are: the rules, the working days and the words of one city's office."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from monitor.calendar import Calendar
from monitor.score import PLAIN
from publish.profile import Profile, Reports, Scheme

_DEFAULTS = Reports(source="没有规定，系程序默认 Not stated: defaults of the program")


@dataclass(frozen=True)
class Office:
    """What reports need besides figures.

    Attributes:
        calendar: the working days in which deadlines are set.
        kinds: what each kind of department is called.
    """

    profile: Profile
    calendar: Calendar
    kinds: Mapping[str, str]

    @property
    def rules(self) -> Reports:
        """When reports are due and what they tell."""
        return self.profile.reports or _DEFAULTS

    def scheme(self, last: str) -> Scheme:
        """How scores are made in a period.

        Args:
            last: the period's last day, ISO.
        """
        scheme = self.profile.scheme
        return scheme.on(date.fromisoformat(last)) if scheme else PLAIN

    def peers(self, group: str | None) -> str:
        """A group of similar departments in words, such as 区·100件以上."""
        kind, _, least = (group or "").partition(":")
        size = f"·{least}件以上" if least not in {"", "0"} else ""
        return f"{self.kinds.get(kind, kind)}{size}"
