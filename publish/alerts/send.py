"""Tells each channel what it has not been told yet, and remembers it."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import orjson

from monitor.alerts import Event
from publish.alerts.digest import MOST, Channel, DeliveryError, Digest
from publish.alerts.feeds import News, read_news
from publish.alerts.mail import MailChannel, PostOffice
from publish.alerts.settings import Alerts, load_alerts
from publish.alerts.webhook import WebhookChannel
from publish.alerts.words import Words
from publish.errors import GongshiError
from publish.fetch.asked import Means
from publish.pages.render import LANGUAGES, Language, Renderer
from publish.project import Project
from publish.register.register import ALERT, Register, utc
from publish.release.build import read_only

_logger = logging.getLogger(__name__)

Outcome = Literal["told", "failed", "waiting"]


@dataclass(frozen=True)
class Told:
    """What became of some events on their way to a channel.

    Attributes:
        outcome: ``told``, ``failed``, or ``waiting`` where nothing was to be sent.
        error: what went wrong; None if nothing did.
    """

    channel: str
    events: Sequence[Event]
    outcome: Outcome
    error: GongshiError | None = None


def send_alerts(
    project: Project,
    register: Register,
    now: Callable[[], datetime],
    means: Means,
    *,
    dry_run: bool = False,
) -> list[Told]:
    """Tells every channel of data/alerts.toml what the release being served has for it.

    Each event is told once to each channel. It is written down after it was told: what could not
    be told is told the next time, and whoever is stopped between the two tells it once more.

    Args:
        register: where what was told is written down; held by the caller.
        now: tells the time.
        dry_run: whether nothing is sent or written down.

    Returns:
        What became of the new events; nothing if there are none, or nobody is to be told.

    Raises:
        UsageError: if data/alerts.toml is wrong.
    """
    settings = load_alerts(project)
    if settings is None or not project.current.exists():
        return []
    folder = project.current.resolve()
    with closing(read_only(folder / "monitor.db")) as monitor:
        news = read_news(monitor, project)
    renderer, own = Renderer(project.site, project.profile), project.profile.jurisdiction.language
    languages = sorted(LANGUAGES, key=lambda lang: lang != own)
    words = {lang: Words(renderer, lang, news.departments) for lang in languages}
    teller = _Teller(register, now, settings, news, folder.name, words)
    with _channels(settings, project, means, now) as channels:
        return [told for channel in channels for told in teller.tell(channel, dry_run=dry_run)]


@contextmanager
def _channels(
    settings: Alerts, project: Project, means: Means, now: Callable[[], datetime]
) -> Iterator[Sequence[Channel]]:
    """Every channel; those by e-mail share a connection."""
    hooks = [
        WebhookChannel(f"webhook/{name}", how, project, means, now)
        for name, how in settings.webhooks.items()
    ]
    if settings.mail is None:
        yield hooks
        return
    how, office = settings.mail, PostOffice(settings.mail, project, means)
    try:
        yield [*(MailChannel(code, how, office, now) for code in how.to), *hooks]
    finally:
        office.close()


@dataclass(frozen=True)
class _Teller:
    """What the channels are told from."""

    register: Register
    now: Callable[[], datetime]
    settings: Alerts
    news: News
    release: str
    words: Mapping[Language, Words]

    def tell(self, channel: Channel, *, dry_run: bool) -> Iterator[Told]:
        """Tells a channel what is new to it, oldest first, until something goes wrong."""
        new = self._new(channel)
        for start in range(0, len(new), MOST):
            digest = self._digest(channel, new[start : start + MOST])
            if dry_run:
                yield Told(channel.name, digest.events, "waiting")
                continue
            told = self._deliver(channel, digest)
            yield told
            if told.outcome == "failed":
                return

    def _deliver(self, channel: Channel, digest: Digest) -> Told:
        """Tells a channel once, and writes down what it was told."""
        trouble: GongshiError | None = None
        try:
            channel.deliver(digest)
        except GongshiError as error:
            trouble = error
            _logger.warning("%s (%s)", error.en, getattr(error, "detail", ""))
            if not (isinstance(error, DeliveryError) and error.told):
                return Told(channel.name, digest.events, "failed", error)
        at = utc(self.now())
        with self.register.transaction() as db:
            ALERT.append(db, ((event.event, channel.name, at) for event in digest.events))
        return Told(channel.name, digest.events, "told", trouble)

    def _new(self, channel: Channel) -> list[Event]:
        """What concerns a channel and was not told to it, oldest first."""
        mine = [e for e in self.news.events if any(map(e.concerns, channel.departments))]
        known = self.register.db.execute(
            "SELECT event FROM alert WHERE channel = ? "
            "AND event IN (SELECT value FROM json_each(?))",
            (channel.name, orjson.dumps([event.event for event in mine]).decode()),
        )
        told = {row[0] for row in known}
        return [event for event in reversed(mine) if event.event not in told]

    def _digest(self, channel: Channel, events: Sequence[Event]) -> Digest:
        """Events for a channel, in the words of every language."""
        return Digest(
            channel=channel.name,
            departments=channel.departments,
            events=events,
            release=self.release,
            as_of=self.news.as_of,
            address=self.settings.address,
            words=self.words,
        )
