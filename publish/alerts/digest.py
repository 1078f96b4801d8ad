"""What one channel is told at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol, Self

from monitor.alerts import Event
from publish.alerts.feeds import stable_id
from publish.alerts.words import Words
from publish.errors import ProblemError
from publish.pages.render import Language
from publish.profile import Jurisdiction

MOST = 500
"""How many events are told at once; what is more is told by itself."""
KINDS = ("overdue", "due", "moved", "restated", "closed", "report")
"""The order in which they are told."""


class DeliveryError(ProblemError):
    """A channel was not told.

    The message may be read by the public (on /status): it names the channel, never an address.

    Attributes:
        detail: what the other side said, for the operator's log; never a secret.
        told: whether somebody was told nevertheless, so that it is not repeated.
    """

    def __init__(self, zh: str, en: str, detail: str, *, told: bool = False) -> None:
        super().__init__(zh, en)
        self.detail, self.told = detail, told

    @classmethod
    def of(cls, channel: str, detail: str) -> Self:
        """The error for a channel that will be tried again."""
        return cls(
            f"{channel} 没有送达，下次再送。",
            f"{channel} was not told and will be tried again.",
            detail,
        )


class Channel(Protocol):
    """A way to tell somebody."""

    @property
    def name(self) -> str:
        """Under which the register remembers what was told."""

    @property
    def departments(self) -> tuple[str, ...]:
        """Whose events it is told; ``*`` for everything."""

    def deliver(self, digest: "Digest") -> None:
        """Tells it.

        Raises:
            DeliveryError: if it cannot be told now.
        """


class Group(NamedTuple):
    """Events of one kind, in words.

    Attributes:
        lines: each event with the address where more is to be read.
    """

    title: str
    lines: list[tuple[str, str]]


@dataclass(frozen=True)
class Digest:
    """Events that a channel has not been told of.

    Attributes:
        departments: whose they are; ``*`` for everything.
        address: what links begin with.
        words: the words of each language, the profile's own first.
    """

    channel: str
    departments: tuple[str, ...]
    events: Sequence[Event]
    release: str
    as_of: str
    address: str
    words: Mapping[Language, Words]

    @cached_property
    def key(self) -> str:
        """The same for the same events to the same channel: who is told twice can tell."""
        told = "\n".join(sorted(event.event for event in self.events))
        return stable_id(self.place.code, f"digest/{self.channel}/{told}")

    @property
    def place(self) -> Jurisdiction:
        """The jurisdiction."""
        return self._first.renderer.profile.jurisdiction

    @property
    def subject(self) -> str:
        """The most important in one line, in the profile's own language."""
        words = self._first
        who, counts = self._who(words), [group.title for group in self.groups(words)]
        demo = words.t("alerts.demo") if self.place.demo else ""
        return demo + words.t("alerts.subject", who=who, counts=words.t("punct.list").join(counts))

    def groups(self, words: Words) -> Iterator[Group]:
        """The events by kind, in words."""
        for kind in KINDS:
            mine = [event for event in self.events if event.kind == kind]
            if mine:
                lines = [(words.event(e), self.address + words.address(e)) for e in mine]
                yield Group(words.t(f"alerts.group_{kind}", n=len(mine)), lines)

    def html(self) -> str:
        """The digest as a page, in every language."""
        words = self._first
        return words.renderer.render("feeds/digest.html", words.lang, "/", digest=self)

    def text(self) -> str:
        """The digest as plain text, in every language."""
        blocks = (self._text(words) for words in self.words.values())
        return "\n\n".join((self.subject, *blocks)) + "\n"

    def _text(self, words: Words) -> str:
        """The digest in one language."""
        lines = []
        for group in self.groups(words):
            lines += [group.title, *(f"- {said}\n  {link}" for said, link in group.lines), ""]
        return "\n".join((*lines, words.t("alerts.why", release=self.release)))

    def _who(self, words: Words) -> str:
        """Whose events they are."""
        return words.t("punct.list").join(map(words.who, self.departments))

    @property
    def _first(self) -> Words:
        """The words of the profile's own language."""
        return next(iter(self.words.values()))
