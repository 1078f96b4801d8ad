"""Progress of long work: one line that moves on a terminal, else a line now and then."""

import sys
from collections.abc import Callable
from typing import TextIO

STEPS = {
    "intake": ("接收", "intake"),
    "reference": ("参照表", "reference tables"),
    "disclose": ("公示判定与脱敏", "disclosure and masking"),
    "figures": ("指标与排名", "indicators and league tables"),
    "search": ("检索索引", "search index"),
    "downloads": ("下载文件", "downloads"),
    "digests": ("内容摘要", "digests of the content"),
    "reports": ("报表", "reports"),
    "pages": ("网页", "pages"),
    "leaks": ("泄露检查", "leak scan"),
    "certificate": ("撤下证明", "certificate of removal"),
    "calendar": ("按新日历重算期限", "deadlines on the new calendar"),
    "verify": ("核验", "verify"),
    "export": ("向平台报送", "handing on"),
}

PAUSE = 10.0
"""How often, in seconds, a step that goes on is told of where no line can move."""


class ProgressLine:
    """Shows which step is being done and how far it is."""

    def __init__(self, clock: Callable[[], float], stream: TextIO = sys.stderr) -> None:
        self._clock, self._stream = clock, stream
        self._began = self._told = clock()
        self._step = ""
        self._moving = stream.isatty()

    def __call__(self, step: str, done: int) -> None:
        """Says that so many records of a step are done."""
        now, fresh = self._clock(), step != self._step
        if fresh and self._step and self._moving:
            self._stream.write("\n")
        if fresh or self._moving or now >= self._told + PAUSE:
            zh, en = STEPS.get(step, (step, step))
            count = f" {done:,}" if done else ""
            line = f"{now - self._began:6.1f} s  {zh} {en}{count}"
            self._stream.write(f"\r{line}\033[K" if self._moving else f"{line}\n")
            self._stream.flush()
            self._told = now
        self._step = step

    def close(self) -> None:
        """Ends the line."""
        if self._moving and self._step:
            self._stream.write("\n")
