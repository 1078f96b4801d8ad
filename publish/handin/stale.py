"""Yesterday's file again: it is taken in as evidence, and never counts as news."""

from zoneinfo import ZoneInfo

from publish.handin.findings import Problem, problem
from publish.register.register import Register, local


def stale_file(register: Register, batch: int, zone: ZoneInfo) -> Problem:
    """The warning for a file whose bytes came in before.

    Args:
        batch: the first batch that came from the same bytes.
        zone: in which the day is told.
    """
    received = register.db.execute("SELECT received FROM batch WHERE seq = ?", (batch,)).fetchone()[
        0
    ]
    return problem("stale_file", batch=batch, day=local(received, zone)[:10])
