"""Pages ready to be sent, as many as there is room for."""

from collections import OrderedDict
from collections.abc import Callable

from publish.serve.answer import Answer

ROOM = 32 << 20
"""The bytes of pages that a process holds of one release."""


class Shelf:
    """Answers by address; the one that nobody has asked for longest is put away first.

    Args:
        room: the bytes that they may take up together, packed ones included.
    """

    def __init__(self, room: int = ROOM) -> None:
        self._room, self._taken = room, 0
        self._answers: OrderedDict[str, Answer] = OrderedDict()

    def get(self, path: str, make: Callable[[str], Answer | None]) -> Answer | None:
        """The answer of an address, made if it is not here; None is not kept."""
        answer = self._answers.pop(path, None)
        if answer is None:
            answer = make(path)
            if answer is None or answer.weight > self._room:
                return answer
            self._taken += answer.weight
        self._answers[path] = answer
        while self._taken > self._room:
            self._taken -= self._answers.popitem(last=False)[1].weight
        return answer
