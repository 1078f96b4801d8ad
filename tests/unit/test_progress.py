"""Progress: a moving line for people, a line now and then for logs."""

from io import StringIO

import pytest

from publish.progress import STEPS, ProgressLine


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def shown(stream: StringIO, seconds: list[float]) -> str:
    """What is shown for a step told of at these times, and one step after it."""
    times = iter([0.0, *seconds, seconds[-1]])
    progress = ProgressLine(lambda: next(times), stream)
    for done, _ in enumerate(seconds, start=1):
        progress("intake", done * 1000)
    progress("pages", 0)
    progress.close()
    return stream.getvalue()


def test_a_log_gets_a_line_every_ten_seconds_and_for_each_step() -> None:
    """What goes on is told of now and then, never for every thousand rows."""
    lines = shown(StringIO(), [1.0, 2.0, 9.0, 11.0, 12.0, 30.0]).splitlines()
    assert [line.split()[-1] for line in lines] == ["1,000", "4,000", "6,000", "pages"]


def test_a_terminal_gets_one_moving_line_for_each_step() -> None:
    """Each call rewrites the line; a new step begins a new one."""
    text = shown(Terminal(), [1.0, 1.1, 1.2])
    assert text.count("\r") == 4 and text.count("\n") == 2
    assert "3,000" in text and STEPS["pages"][0] in text


@pytest.mark.parametrize("step", sorted(STEPS))
def test_every_step_has_words_in_both_languages(step: str) -> None:
    """Nobody reads a bare code."""
    assert all(STEPS[step])
