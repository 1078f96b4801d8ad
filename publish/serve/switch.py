"""The release being served, changed between requests without failing one."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from publish.serve.answer import Answer, Headers, Receive, Scope, Send

RETRY_AFTER = 30.0
"""How long, in seconds, a release that could not be opened is left alone."""

LOOK_EVERY = 1.0
"""How often, in seconds, a server that nobody asks looks whether another release is current."""

_logger = logging.getLogger(__name__)


class Served(Protocol):
    """What a switchboard needs of a release's application."""

    release: str

    async def start(self) -> None:
        """Makes it ready to answer."""

    async def close(self) -> None:
        """Lets go of everything."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""

    def error(self, status: int, path: str, headers: Headers) -> Answer:
        """The page for people whose request is not answered; it must not fail."""


class _Lease:
    """A release with the number of requests that it is answering."""

    def __init__(self, app: Served) -> None:
        self.app = app
        self.requests = 0
        self.retired = False

    async def close_if_idle(self) -> None:
        """Closes a release that another has followed, once its last request is done."""
        if self.retired and not self.requests:
            await self.app.close()


class Switchboard:
    """Hands each request the release that is current when it begins, and keeps it until it ends.

    Args:
        current: the link to the current release.
        make: makes the application of a release's folder; called in a thread.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        current: Path,
        make: Callable[[Path], Served],
        clock: Callable[[], float],
    ) -> None:
        self._current, self._make, self._clock = current, make, clock
        self._lease: _Lease | None = None
        self._switching: asyncio.Task[None] | None = None
        self._failed = ("", 0.0)

    @asynccontextmanager
    async def release(self) -> AsyncIterator[Served | None]:
        """The release for one request; None if there is none."""
        await self._look()
        lease = self._lease
        if lease is None:
            yield None
            return
        lease.requests += 1
        try:
            yield lease.app
        finally:
            lease.requests -= 1
            await lease.close_if_idle()

    def is_current(self, name: str | None) -> bool:
        """Whether a release, or none, is what a request that begins now would get."""
        return self._served == name and not self._wanted()

    async def watch(self) -> None:
        """Switches as soon as another release is current, even if nobody asks for anything.

        Otherwise a server without visitors would hold the files of a release that was removed,
        and its next visitor would wait until the other one is open.
        """
        while True:
            await self._look()
            await asyncio.sleep(LOOK_EVERY)

    async def close(self) -> None:
        """Closes the release being served."""
        if self._switching:
            await self._switching
        await self._serve(None)

    async def _look(self) -> None:
        """Switches first if another release is current.

        So no request that begins after the switch is answered from the release before: what was
        taken off is gone with it, and the files of the old release may go too. While one release is
        being opened the next may have come.
        """
        while switching := self._switching or self._begin():
            await asyncio.shield(switching)

    def _begin(self) -> asyncio.Task[None] | None:
        """Begins to switch if another release is current."""
        if name := self._wanted():
            self._switching = asyncio.create_task(self._switch(name))
        return self._switching

    @property
    def _served(self) -> str | None:
        """The release being served."""
        return self._lease.app.release if self._lease else None

    def _named(self) -> str | None:
        """The release that is current; None if none is."""
        try:
            return self._current.readlink().name
        except OSError:
            return None

    def _wanted(self) -> str | None:
        """The release to switch to; None if it is served already or cannot be."""
        name = self._named()
        failed, retry_at = self._failed
        waits = name == failed and self._clock() < retry_at
        return None if waits or name == self._served else name

    async def _switch(self, name: str) -> None:
        """Opens a release and serves it from then on; one that cannot be opened is left alone.

        Then the one before goes on being served, unless it was removed: what was taken off must
        not be shown from memory. It is no fault if the release was removed meanwhile itself.
        """
        try:
            app = await asyncio.to_thread(self._make, self._current.parent / name)
            await app.start()
        except Exception:
            if self._named() != name:
                return
            _logger.exception("release %s cannot be served", name)
            self._failed = (name, self._clock() + RETRY_AFTER)
            if self._served and not (self._current.parent / self._served).is_dir():
                await self._serve(None)
        else:
            await self._serve(_Lease(app))
        finally:
            self._switching = None

    async def _serve(self, lease: _Lease | None) -> None:
        """Hands out another release from now on; the one before is closed when it is done."""
        before, self._lease = self._lease, lease
        if before:
            before.retired = True
            await before.close_if_idle()
