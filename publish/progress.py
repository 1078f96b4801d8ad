"""Progress of long work: one line that moves on a terminal, else one line a step."""

import sys
from collections.abc import Callable
from typing import TextIO

STEPS = {
    "intake": ("接收", "intake"),
    "nights": ("逐日公示", "nightly publication"),
    "disclose": ("公示判定与脱敏", "disclosure and masking"),
    "figures": ("指标与排名", "indicators and league tables"),
    "pages": ("网页", "pages"),
    "leaks": ("泄露检查", "leak scan"),
    "verify": ("核验", "verify"),
}


class ProgressLine:
    """Shows which step is being done and how far it is."""

    def __init__(self, clock: Callable[[], float], stream: TextIO = sys.stderr) -> None:
        self._clock, self._stream = clock, stream
        self._began = clock()
        self._step = ""
        self._moving = stream.isatty()

    def __call__(self, step: str, done: int) -> None:
        """Says that so many records of a step are done."""
        fresh = step != self._step
        if fresh and self._step and self._moving:
            self._stream.write("\n")
        if fresh or self._moving:
            zh, en = STEPS.get(step, (step, step))
            count = f" {done:,}" if done else ""
            line = f"{self._clock() - self._began:6.1f} s  {zh} {en}{count}"
            self._stream.write(f"\r{line}\033[K" if self._moving else f"{line}\n")
            self._stream.flush()
        self._step = step

    def close(self) -> None:
        """Ends the line."""
        if self._moving and self._step:
            self._stream.write("\n")
