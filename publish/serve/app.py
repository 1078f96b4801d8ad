"""The portal as an ASGI application: whatever release is current, safe headers, only reading."""

import asyncio
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic

from publish.project import Project, open_project
from publish.serve.answer import App, Message, Receive, Scope, Send
from publish.serve.api.problem import Refusal, RequestError, told
from publish.serve.headers import PREFLIGHT, refusal, securing
from publish.serve.limit import Limit
from publish.serve.portal import ReleaseApp
from publish.serve.server import ROOT
from publish.serve.switch import Served, Switchboard

NO_RELEASE = RequestError(
    "nothing_released",
    "现在没有可以提供的版本。如尚未发布，请运行 gongshi release。",
    "There is no release to show now. If none has been made yet, run 'gongshi release'.",
)
FAILED = RequestError(
    "failed",
    "这个页面出了错，已记录在案。",
    "This page failed; the failure has been noted.",
)
TOO_MANY = RequestError(
    "too_many",
    "请求过于频繁，请稍候再试。大量数据请用下载页的文件。",
    "Too many requests: wait and try again. For a lot of data use the files for download.",
)

_NO = 400
_logger = logging.getLogger(__name__)


class Portal:
    """Answers every request from one release.

    Args:
        wait: tells how many seconds whoever asks has to wait, if at all; it counts the request.
    """

    def __init__(
        self, switchboard: Switchboard, wait: Callable[[Scope], int] = lambda _: 0
    ) -> None:
        self._switchboard, self._wait = switchboard, wait

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or starts and ends."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        refused = refusal(scope) or self._overdone(scope)
        answered = False
        while not answered:
            async with self._switchboard.release() as release:
                answered = await self._answer(release, refused, scope, receive, send)

    async def close(self) -> None:
        """Closes the release being served."""
        await self._switchboard.close()

    def _overdone(self, scope: Scope) -> Refusal | None:
        """Why whoever asks too often is not answered; counted once, whichever release answers."""
        seconds = self._wait(scope)
        return Refusal(TOO_MANY, {"retry-after": str(seconds)}) if seconds else None

    async def _answer(
        self,
        release: Served | None,
        refused: Refusal | None,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> bool:
        """Lets a release answer; False if another must be asked, since it is not current any more.

        Its files may be gone with what was taken off. So it may not say no, or fail before it
        began to answer.
        """
        name = release.release if release else None
        is_current = partial(self._switchboard.is_current, name)
        trying = _Trying(securing(scope, send, name or "none"), is_current)
        try:
            await _app(release, refused, scope)(scope, receive, trying)
        except Exception as error:
            if trying.begun:
                raise
            if isinstance(error, _OverError) or not is_current():
                return False
            _logger.exception("%s failed", scope["path"])
            await told(scope, Refusal(FAILED, {}), release)(scope, receive, trying)
        return True

    async def _live(self, receive: Receive, send: Send) -> None:
        """Opens the current release before the first request, closes it after the last."""
        watching: asyncio.Task[None] | None = None
        while (await receive())["type"] != "lifespan.shutdown":
            async with self._switchboard.release():
                watching = asyncio.create_task(self._switchboard.watch())
                await send({"type": "lifespan.startup.complete"})
        if watching:
            watching.cancel()
        await self.close()
        await send({"type": "lifespan.shutdown.complete"})


def _app(release: Served | None, refused: Refusal | None, scope: Scope) -> App:
    """Whatever answers a request."""
    if scope["method"] == "OPTIONS":
        return PREFLIGHT
    if refused or not release:
        return told(scope, refused or Refusal(NO_RELEASE, {"retry-after": "10"}), release)
    return release


class _OverError(Exception):
    """Another release is current: this one may not say no any more."""


class _Trying:
    """A ``send`` that knows whether an answer has begun, and lets no outdated release say no."""

    def __init__(self, send: Send, is_current: Callable[[], bool]) -> None:
        self._send, self._is_current = send, is_current
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if not self.begun and message.get("status", 0) >= _NO and not self._is_current():
            raise _OverError
        self.begun = True
        await self._send(message)


def create_app(root: Path | None = None) -> Portal:
    """The application that serves a project; a factory for ASGI servers.

    Args:
        root: the project; by default the one that the environment names.

    Raises:
        UsageError: if there is no project.
    """
    project = open_project(root or Path(os.environ.get(ROOT, ".")))
    limit = Limit(project.requests_per_minute)
    switchboard = Switchboard(project.current, partial(_open, project.root), monotonic)
    return Portal(switchboard, lambda scope: limit.wait(scope, monotonic()))


def _open(root: Path, folder: Path) -> ReleaseApp:
    """A release's application; rules and templates are read again for each."""
    return ReleaseApp(Project(root), folder, partial(datetime.now, UTC))
