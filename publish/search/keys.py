"""Words of the index that nobody can type: what a record is called in full, and what it is."""

from functools import lru_cache

from publish.search.fold import fold, match_query

EXACT, HEAD, FILTER = "\ue001", "\ue002", "\ue003"
"""What these words begin with. Folding turns these private characters into spaces in all texts and
queries."""
FILTERED = ("department", "publish_status", "party_kind", "portal_published")
"""The columns of all types that are filtered by."""


def exact_key(folded: str) -> str:
    """The word of a whole name, number or code, however it is spaced and bracketed."""
    return EXACT + folded.replace(" ", "")


def head_key(words: str) -> str:
    """The word of how a name begins, of the words of `publish.search.fold.index_text`."""
    return HEAD + words.split(maxsplit=1)[0]


def filter_key(name: str, value: str) -> str:
    """The word of a record that has a value of what is filtered by."""
    return f"{FILTER}{name.replace('_', '')}{value.encode().hex()}"


@lru_cache(maxsize=1 << 16)
def filter_keys(
    record_type: str,
    department: str | None,
    status: str | None,
    party_kind: str | None,
    published: str | None,
) -> str:
    """The words of what a row can be filtered by.

    Args:
        published: when the portal published it; the year, the month and the day are words.
    """
    day = (published or "")[:10]
    values = (
        ("type", record_type),
        ("department", department),
        ("status", status),
        ("party_kind", party_kind),
        *(("published", day[:length]) for length in (4, 7, 10)),
    )
    return " ".join(filter_key(name, value) for name, value in values if value)


def exact_query(q: str) -> str | None:
    """The expression that finds what is called just so in full; None for nothing."""
    folded = fold(q)
    return f'"{exact_key(folded)}"' if folded else None


def head_query(q: str) -> str | None:
    """The expression that finds names that begin with what a reader typed; None for nothing."""
    phrase = match_query("〕".join(q.split()))
    if phrase is None:
        return None
    _, words, star = phrase.split('"')
    first, *rest = words.split()
    return f'party_name : "{" ".join([HEAD + first, *([first, *rest] if rest else [])])}"{star}'
