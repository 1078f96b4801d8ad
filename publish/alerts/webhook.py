"""Tells a program by an HTTP request, signed as the Standard Webhooks specification says.

The signature is HMAC-SHA256 over id, time and body (``webhook-id.webhook-timestamp.body``); the id
is the same each time the same events are sent, so that a receiver can pass over what it has had.
"""

import base64
import hmac
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Any

import httpx
import orjson

from monitor.alerts import Event
from publish import __version__
from publish.alerts.digest import DeliveryError, Digest
from publish.alerts.settings import Webhook, secret, signing_key, trust
from publish.fetch.asked import Means, scrub
from publish.project import Project

FIRST_PAUSE = 1.0
"""How many seconds the second try waits; each further one twice as long as the one before."""


class _TryAgainError(Exception):
    """What may go better the next time."""


@dataclass(frozen=True)
class WebhookChannel:
    """A web hook.

    Attributes:
        now: tells the time, which the signature covers.
    """

    name: str
    how: Webhook
    project: Project
    means: Means
    now: Callable[[], datetime]

    @property
    def departments(self) -> tuple[str, ...]:
        """Whose events it is told."""
        return self.how.departments

    def deliver(self, digest: Digest) -> None:
        """Sends the events until they are taken, with growing pauses.

        Raises:
            DeliveryError: if they were not taken.
            UsageError: if a secret or a certificate is missing.
        """
        how, environ = self.how, self.means.environ
        url = how.url or secret(environ, str(how.url_env))
        key = signing_key(environ, how.secret_env)
        body = orjson.dumps(payload(digest))
        # httpx would log the address, which may itself be a secret.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        verify = trust(self.project, how.ca_file)
        with httpx.Client(timeout=how.timeout, verify=verify) as client:
            self._until_taken(lambda: self._once(client, url, key, digest.key, body), url)

    def _until_taken(self, attempt: Callable[[], None], url: str) -> None:
        """Tries as often as it is told to."""
        pause = FIRST_PAUSE
        for left in reversed(range(self.how.tries)):
            try:
                return attempt()
            except (_TryAgainError, httpx.TransportError, httpx.InvalidURL) as error:
                if not left:
                    raise DeliveryError.of(self.name, scrub(error, (url,))) from None
            self.means.pause(pause)
            pause *= 2
        return None

    def _once(self, client: httpx.Client, url: str, key: bytes, name: str, body: bytes) -> None:
        """One request; what it answers beside its status is not read."""
        stamp = int(self.now().timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": f"gongshi/{__version__}",
            "webhook-id": name,
            "webhook-timestamp": str(stamp),
            "webhook-signature": signature(key, name, stamp, body),
        }
        with client.stream("POST", url, content=body, headers=headers) as response:
            status = response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _TryAgainError(f"HTTP {status}")
        if not response.is_success:
            raise DeliveryError.of(self.name, f"HTTP {status}")


def signature(key: bytes, name: str, stamp: int, body: bytes) -> str:
    """The signature of a request.

    Args:
        key: the secret that both sides know.
        name: the request's id.
        stamp: seconds since 1970.
    """
    signed = b".".join((name.encode(), str(stamp).encode(), body))
    return f"v1,{base64.b64encode(hmac.digest(key, signed, sha256)).decode()}"


def payload(digest: Digest) -> dict[str, Any]:
    """The events as JSON; the same events in the same release give the same."""
    return {
        "type": "gongshi.alerts",
        "timestamp": digest.as_of,
        "data": {
            "jurisdiction": digest.place.code,
            "demo": digest.place.demo,
            "release": digest.release,
            "events": [_event(digest, event) for event in digest.events],
        },
    }


def _event(digest: Digest, event: Event) -> dict[str, Any]:
    """An event with its fields, in words, and with the address where more is to be read."""
    stated = {k: v for k, v in asdict(event).items() if v not in ("", 0)}
    for lang, words in digest.words.items():
        stated[f"text_{lang}"] = words.event(event)
    return stated | {
        "told": sorted(event.told),
        "url": digest.address + next(iter(digest.words.values())).address(event),
    }
