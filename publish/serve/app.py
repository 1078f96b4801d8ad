"""The portal as an ASGI application: whatever release is current, safe headers, only reading."""

import logging
import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic

from publish.project import Project, open_project
from publish.serve.answer import App, Message, Receive, Scope, Send, plain_page
from publish.serve.headers import refusal, securing
from publish.serve.portal import ReleaseApp
from publish.serve.server import ROOT
from publish.serve.switch import Switchboard

NO_RELEASE = plain_page(
    503,
    "还没有发布任何版本。请运行 gongshi release。",
    "Nothing has been released yet. Run 'gongshi release'.",
    {"retry-after": "10"},
)
FAILED = plain_page(
    500,
    "这个页面出了错，已记录在案。",
    "This page failed; the failure has been noted.",
)

_logger = logging.getLogger(__name__)


class Portal:
    """Answers every request from one release."""

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or starts and ends."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        async with self._switchboard.release() as release:
            name = release.release if release else "none"
            answer = _Once(securing(scope, send, name))
            await answer.give(refusal(scope) or release or NO_RELEASE, scope, receive)

    async def close(self) -> None:
        """Closes the release being served."""
        await self._switchboard.close()

    async def _live(self, receive: Receive, send: Send) -> None:
        """Opens the current release before the first request, closes it after the last."""
        while (await receive())["type"] != "lifespan.shutdown":
            async with self._switchboard.release():
                await send({"type": "lifespan.startup.complete"})
        await self.close()
        await send({"type": "lifespan.shutdown.complete"})


class _Once:
    """A ``send`` that knows whether an answer has begun, so that a failure can still be told."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._begun = False

    async def __call__(self, message: Message) -> None:
        self._begun = True
        await self._send(message)

    async def give(self, app: App, scope: Scope, receive: Receive) -> None:
        """Lets an application answer; one that fails before it began to is answered for."""
        try:
            await app(scope, receive, self)
        except Exception:
            _logger.exception("%s failed", scope["path"])
            if self._begun:
                raise
            await FAILED(scope, receive, self)


def create_app(root: Path | None = None) -> Portal:
    """The application that serves a project; a factory for ASGI servers.

    Args:
        root: the project; by default the one that the environment names.

    Raises:
        UsageError: if there is no project.
    """
    project = open_project(root or Path(os.environ.get(ROOT, ".")))
    return Portal(Switchboard(project.current, partial(_open, project.root), monotonic))


def _open(root: Path, folder: Path) -> ReleaseApp:
    """A release's application; rules and templates are read again for each."""
    return ReleaseApp(Project(root), folder, partial(datetime.now, UTC))
