"""What every fetch is told, and what it can say went wrong."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from publish.errors import ProblemError, UsageError

Progress = Callable[[str, int], None]
MASK = "***"


class FetchError(ProblemError):
    """A source did not give all its rows; nothing of it is taken in.

    The message may be read by the public (it is shown on /status), so that no address, user or
    query stands in it.

    Attributes:
        detail: what the other side said, for whoever keeps the source; never a secret.
    """

    def __init__(self, zh: str, en: str, detail: str = "") -> None:
        super().__init__(zh, en)
        self.detail = detail


@dataclass(frozen=True)
class Means:
    """What a fetch needs of the machine that it runs on.

    Attributes:
        environ: where secrets are looked up.
        clock: seconds that only ever grow.
        pause: waits some seconds.
    """

    environ: Mapping[str, str]
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Asked:
    """One fetch.

    Attributes:
        source: the source's name.
        root: the project's root, from which relative paths count.
        at: when the fetch began.
        since: the time from which on rows are wanted.
        zone: in which times are written.
        began: the clock's seconds then.
        limit: after how many rows to stop, for a look; None for all.
    """

    source: str
    root: Path
    at: datetime
    since: datetime
    zone: ZoneInfo
    means: Means
    progress: Progress
    began: float
    limit: int | None = None

    @property
    def spent(self) -> float:
        """Seconds since it began."""
        return self.means.clock() - self.began

    def since_text(self, form: str | None) -> str:
        """The time from which on rows are wanted, in the profile's time zone."""
        local = self.since.astimezone(self.zone)
        return local.strftime(form) if form else local.isoformat(timespec="seconds")

    def secret(self, variable: str) -> str:
        """What an environment variable holds.

        Raises:
            UsageError: naming the variable that is not set.
        """
        value = self.means.environ.get(variable, "").strip()
        if not value:
            raise UsageError(
                f"来源 {self.source}：环境变量 {variable} 没有设置。请在服务的环境中设置它。",
                f"Source {self.source}: the environment variable {variable} is not set. "
                "Set it where the service runs.",
            )
        return value

    def failed(self, zh: str, en: str, detail: str = "") -> FetchError:
        """The error that names the source and says that nothing was taken in."""
        return FetchError(
            f"来源 {self.source}：{zh}没有接收任何数据，下次照常再取。",
            f"Source {self.source}: {en} Nothing was taken in; the next fetch asks for it again.",
            detail,
        )

    def cut_off(self) -> FetchError:
        """The error for a fetch that took too long."""
        return self.failed(
            "超过了时限，已中断。请检查对方系统，或者调大 deadline。",
            "it took longer than its deadline and was cut off. Look at the other system, or raise "
            "the deadline.",
        )


def scrub(message: object, secrets: tuple[str, ...]) -> str:
    """A message on one line, without secrets."""
    line = " ".join(str(message).split())
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        line = line.replace(secret, MASK)
    return line
