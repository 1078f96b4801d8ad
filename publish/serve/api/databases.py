"""The API's own connections: questions asked at once while they are quick, in threads otherwise."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, thread_time
from typing import TypeVar

from publish.serve.api.declare import Databases

T = TypeVar("T")

LIMIT = 1.0
"""How long, in seconds, a question may take."""
QUICK = 0.01
"""How long, in seconds of the processor, others may wait for one that is not given to a thread."""
THREADS = 3

_STEPS = 4000
_MAPPED = 1 << 31
_STATEMENTS = 512


class TooSlowError(Exception):
    """A question that took longer than it may."""


class _Hand:
    """Connections for one thread, with a time at which whatever they do ends.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._clock, self._until = clock, 0.0
        self.databases = Databases(*(self._connect(folder / f"{n}.db") for n in Databases._fields))

    def ask(self, question: Callable[[Databases], T], seconds: float) -> T:
        """Asks a question that must be answered in time."""
        self._until = self._clock() + seconds
        try:
            return question(self.databases)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname == "SQLITE_INTERRUPT":
                raise TooSlowError from error
            raise

    def close(self) -> None:
        """Closes both."""
        for db in self.databases:
            db.close()

    def _connect(self, path: Path) -> sqlite3.Connection:
        """A connection that can only read, to a file that never changes."""
        db = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro&immutable=1",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_STATEMENTS,
        )
        db.row_factory = sqlite3.Row
        db.execute(f"PRAGMA mmap_size = {_MAPPED}")
        db.execute("PRAGMA query_only = ON")
        db.set_progress_handler(self._late, _STEPS)
        return db

    def _late(self) -> bool:
        """Whether the time is over."""
        return self._clock() > self._until


class Asker:
    """Asks the databases of one release.

    A question is asked in the event loop, which is several times cheaper than a thread. Where it
    proves slow it goes to a thread, as do all of its shape until one takes little there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = _Hand(folder, thread_time)
        self._hands: list[_Hand] = []
        self._local = threading.local()
        self._pool = ThreadPoolExecutor(THREADS, "api", self._equip)
        self._slow: set[Hashable] = set()

    @property
    def own(self) -> Databases:
        """The connections of the event loop."""
        return self._own.databases

    async def ask(self, question: Callable[[Databases], T], shape: Hashable) -> T:
        """Asks a question.

        Args:
            shape: what questions have in common that take equally long.

        Raises:
            TooSlowError: if it takes more than `LIMIT`.
        """
        if shape not in self._slow:
            try:
                return self._own.ask(question, QUICK)
            except TooSlowError:
                self._slow.add(shape)
        run = asyncio.get_running_loop().run_in_executor
        answer, seconds = await run(self._pool, self._later, question)
        if seconds < QUICK / 2:
            self._slow.discard(shape)
        return answer

    async def close(self) -> None:
        """Lets go of threads and connections."""
        await asyncio.to_thread(self._pool.shutdown)
        for hand in (self._own, *self._hands):
            hand.close()

    def _equip(self) -> None:
        """Gives a thread its connections."""
        self._local.hand = _Hand(self._folder, monotonic)
        self._hands.append(self._local.hand)

    def _later(self, question: Callable[[Databases], T]) -> tuple[T, float]:
        """Asks in a thread; the answer, and how long the processor took."""
        hand: _Hand = self._local.hand
        began = thread_time()
        answer = hand.ask(question, LIMIT)
        return answer, thread_time() - began
