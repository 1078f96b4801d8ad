"""The switch of releases with releases that are nothing but names."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from publish.serve import switch
from publish.serve.answer import Answer, Headers, Message, Receive, Scope, Send, plain_page
from publish.serve.app import Portal
from publish.serve.switch import RETRY_AFTER, Served, Switchboard

NOT_FOUND = plain_page(404, "没有", "nothing here")
Reaction = Callable[[Send], Awaitable[None]]


@dataclass
class Release:
    """A release that answers with its name, or as it is told to."""

    release: str
    log: list[str]
    react: Reaction | None = None

    async def start(self) -> None:
        """Takes a moment."""
        await asyncio.sleep(0.01)
        self.log.append(f"open {self.release}")

    async def close(self) -> None:
        """Notes it."""
        self.log.append(f"close {self.release}")

    def error(self, status: int, _path: str, headers: Headers) -> Answer:
        """A page of its own."""
        return Answer(status, f"{status} by {self.release}".encode(), headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers."""
        if self.react:
            react, self.react = self.react, None
            await react(send)
        else:
            await Answer(200, self.release.encode(), "text/plain")(scope, receive, send)


@dataclass
class Stage:
    """Releases in a folder, the link to the current one, and what happened to them."""

    root: Path
    log: list[str] = field(default_factory=list)
    reactions: dict[str, Reaction] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    now: float = 0.0

    def switch(self, name: str) -> None:
        """Makes a release and switches to it."""
        (self.root / name).mkdir(exist_ok=True)
        aside = self.root / ".current"
        aside.symlink_to(name)
        aside.replace(self.root / "current")

    def remove(self, name: str) -> None:
        """Removes a release from the disk."""
        shutil.rmtree(self.root / name)

    def board(self) -> Switchboard:
        """A switchboard for them."""
        return Switchboard(self.root / "current", self._make, lambda: self.now)

    def _make(self, folder: Path) -> Served:
        if folder.name in self.broken:
            raise OSError("broken")
        return Release(folder.name, self.log, self.reactions.pop(folder.name, None))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A folder of releases."""
    return Stage(tmp_path)


async def ask(portal: Portal) -> tuple[int, str]:
    """Status and body of an answer."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    await portal(scope, receive, send)
    return sent[0]["status"], b"".join(m.get("body", b"") for m in sent[1:]).decode()


def test_who_waits_for_a_release_gets_the_newest(stage: Stage) -> None:
    """While one release is being opened the next may come: nobody is given the one between."""

    async def story() -> list[tuple[int, str]]:
        portal = Portal(stage.board())
        stage.switch("a")
        await ask(portal)
        stage.switch("b")
        waiting = [asyncio.create_task(ask(portal)) for _ in range(3)]
        await asyncio.sleep(0.005)
        stage.switch("c")
        return list(await asyncio.gather(*waiting))

    assert asyncio.run(story()) == [(200, "c")] * 3


@pytest.mark.parametrize("fails", [True, False])
def test_an_outdated_release_may_not_say_no(stage: Stage, fails: bool) -> None:
    """If its files go while it answers, the release that followed is asked instead."""

    async def react(send: Send) -> None:
        stage.switch("b")
        stage.remove("a")
        if fails:
            raise FileNotFoundError("a/site/index.html")
        await NOT_FOUND({"method": "GET", "headers": []}, _nothing, send)

    stage.reactions["a"] = react
    stage.switch("a")
    assert asyncio.run(ask(Portal(stage.board()))) == (200, "b")
    assert stage.log == ["open a", "open b", "close a"]


@pytest.mark.parametrize("fails", [True, False])
def test_the_current_release_may_say_no(stage: Stage, fails: bool) -> None:
    """What is not there is answered so, and what fails is told once."""

    async def react(send: Send) -> None:
        if fails:
            raise ValueError("a mistake")
        await NOT_FOUND({"method": "GET", "headers": []}, _nothing, send)

    stage.reactions["a"] = react
    stage.switch("a")
    status, body = asyncio.run(ask(Portal(stage.board())))
    assert (status, "nothing here" in body) == ((500, False) if fails else (404, True))
    assert stage.log == ["open a"]


def test_an_answer_that_began_is_not_mixed(stage: Stage) -> None:
    """A failure in the middle is not mended with bytes of another release."""

    async def react(send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        stage.switch("b")
        raise OSError("gone")

    stage.reactions["a"] = react
    stage.switch("a")
    with pytest.raises(OSError, match="gone"):
        asyncio.run(ask(Portal(stage.board())))


def test_what_was_removed_is_not_shown_from_memory(stage: Stage) -> None:
    """If the new release cannot be opened the old one is served while it is on disk, no longer."""

    async def story() -> list[int | str]:
        portal = Portal(stage.board())
        stage.switch("a")
        stage.broken.add("b")
        answers = [await ask(portal)]
        stage.switch("b")
        answers.append(await ask(portal))
        stage.remove("a")
        stage.now += RETRY_AFTER
        answers.append(await ask(portal))
        stage.broken.clear()
        stage.now += RETRY_AFTER
        answers.append(await ask(portal))
        return [body if status == 200 else status for status, body in answers]

    assert asyncio.run(story()) == ["a", "a", 503, "b"]
    assert stage.log == ["open a", "close a", "open b"]


def test_a_server_without_visitors_switches_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lets go of the files of the release before though nobody asks for anything."""
    monkeypatch.setattr(switch, "LOOK_EVERY", 0.001)

    async def story() -> None:
        board = stage.board()
        stage.switch("a")
        watching = asyncio.create_task(board.watch())
        for name in "bcd":
            while f"open {chr(ord(name) - 1)}" not in stage.log:
                await asyncio.sleep(0.001)
            stage.switch(name)
        while "close c" not in stage.log:
            await asyncio.sleep(0.001)
        watching.cancel()
        await board.close()

    asyncio.run(asyncio.wait_for(story(), 20))
    assert stage.log == [
        "open a", *(f"{what} {n}" for now, was in zip("bcd", "abc", strict=True)
                    for what, n in (("open", now), ("close", was))), "close d",
    ]  # fmt: skip


async def _nothing() -> Message:
    """A request without a body."""
    return {"type": "http.request", "body": b"", "more_body": False}
