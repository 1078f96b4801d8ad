"""Pages that are kept ready."""

import asyncio
import gzip
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from publish.serve.answer import Answer
from publish.serve.shelf import Shelf


@given(st.integers(0, 60), st.lists(st.integers(0, 20), max_size=60))
def test_never_more_than_there_is_room_for(room: int, wanted: list[int]) -> None:
    """Whatever is asked for, each answer is the right one and the shelf never overflows."""
    shelf = Shelf(room)
    for size in wanted:
        found = shelf.get(str(size), lambda path: Answer(200, b"x" * int(path)))
        assert found == Answer(200, b"x" * size)
        kept = sum(answer.weight for answer in shelf._answers.values())
        assert kept == shelf._taken <= room


def test_the_one_not_asked_for_longest_goes_first() -> None:
    """What is asked for again stays."""
    made: list[str] = []

    def make(path: str) -> Answer | None:
        made.append(path)
        return Answer(200, b"xx") if path != "none" else None

    shelf = Shelf(4)
    for path in ("a", "b", "a", "c", "a", "b", "none", "none"):
        shelf.get(path, make)
    assert made == ["a", "b", "c", "b", "none", "none"]


def test_ready_means_the_same_bytes() -> None:
    """What was made ready is sent as it would be anyway, packed or not."""
    plain = Answer(200, "公示".encode() * 1000)
    for accepted in (b"gzip", b"identity"):
        for answer in (plain, plain.ready()):
            assert sent(answer, accepted) == sent(plain, accepted)
    assert gzip.decompress(plain.ready().packed) == plain.body
    assert plain.ready().weight == len(plain.body) + len(plain.ready().packed)


def sent(answer: Answer, accepted: bytes) -> list[Any]:
    """What goes out."""
    out: list[Any] = []

    async def send(message: Any) -> None:  # noqa: ANN401 - an ASGI message
        out.append(message)

    scope = {"method": "GET", "headers": [(b"accept-encoding", accepted)]}
    asyncio.run(answer(scope, send, send))  # type: ignore[arg-type]
    return out
