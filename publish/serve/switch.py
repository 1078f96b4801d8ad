"""The release being served, changed between requests without failing one."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from publish.serve.answer import Receive, Scope, Send

RETRY_AFTER = 30.0
"""How long, in seconds, a release that could not be opened is left alone."""

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

    async def close(self) -> None:
        """Closes the release being served."""
        if self._switching:
            await self._switching
        await self._serve(None)

    async def _look(self) -> None:
        """Switches first if another release is current.

        So no request that begins after the switch is answered from the release before: what was
        taken off is gone with it, and the files of the old release may go too.
        """
        if self._switching is None and (name := self._wanted(self._clock())):
            self._switching = asyncio.create_task(self._switch(name))
        if self._switching:
            await asyncio.shield(self._switching)

    def _wanted(self, now: float) -> str | None:
        """The release to switch to; None if it is served already or cannot be."""
        try:
            name = self._current.readlink().name
        except OSError:
            return None
        failed, retry_at = self._failed
        served = self._lease is not None and self._lease.app.release == name
        return None if served or (name == failed and now < retry_at) else name

    async def _switch(self, name: str) -> None:
        """Opens a release and serves it from then on; one that cannot be opened is left alone."""
        try:
            app = await asyncio.to_thread(self._make, self._current.parent / name)
            await app.start()
        except Exception:
            _logger.exception("release %s cannot be served", name)
            self._failed = (name, self._clock() + RETRY_AFTER)
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
