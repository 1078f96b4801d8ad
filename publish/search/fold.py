"""Folding of text and its search tokens: what a reader types finds every way of writing it.

SQLite's own tokenizers do not find two Chinese characters inside a run of them. Here the text is
made into pairs of characters before it is indexed, and so is the query, so that FTS5's plain
``ascii`` tokenizer finds any substring; see docs/decisions/0002-search-by-pairs-of-characters.md.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import pairwise

import opencc

_HAN = "々〇㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff"
_RUNS = re.compile(f"([{_HAN}]+)|([^{_HAN} ]+)")
_WORDS = re.compile(f"([^{_HAN} ]+)")
_FIRST_OF_RUN = re.compile(" [^ ]")
_SPACES = re.compile(" {2,}")

# Where OpenCC keeps both of two characters because the choice needs the context, one is taken.
_ALSO_SIMPLIFIED = dict(
    zip("著衞敍覆瞭藉伕簷枱俱像澂濬彷揹", "着卫叙复了借夫檐台具象澄浚仿背", strict=True)
)

_BETWEEN = "ⴰ"
"""A letter that parts texts which are folded together; one that holds it is folded alone."""

_GAP = " *"
"""What may stand between two runs of a term where it is highlighted."""
_SHORTEST_PREFIX, _LONGEST_PREFIX = 3, 17
_ENOUGH_TOKENS = 3
_MOST_TERMS = 32


def fold(text: str) -> str:
    """Reduce text to what is compared in a search.

    Unicode NFKC and case folding; each traditional character becomes its simplified one (OpenCC's
    table of single characters, applied until nothing changes); characters that are not seen are
    dropped; every other run of anything but letters, digits and marks becomes one space, so that
    〔〕, [], （） and 【】 are alike.

    Args:
        text: any text.

    Returns:
        The folded text, without spaces at its ends.
    """
    if _rare().search(text):
        text = unicodedata.normalize("NFKC", text).casefold().translate(_TABLE)
        return _SPACES.sub(" ", text).strip()
    return _gaps().sub(" ", text.casefold()).strip()


def index_text(text: str) -> str:
    """Make the tokens under which a text is found, for an FTS5 table with ``tokenize='ascii'``.

    Of each run of Chinese characters every overlapping pair, then its last character alone; each
    run of other letters and digits is one token.

    Args:
        text: any text; it is folded first.

    Returns:
        The tokens, separated by spaces.
    """
    return _tokens(fold(text))


def index_texts(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Fold many texts and make the tokens of each, in half the time.

    Args:
        texts: any texts.

    Returns:
        The folded texts, and the tokens of each as `index_text` makes them.
    """
    if any(_BETWEEN in text for text in texts):
        folded = [fold(text) for text in texts]
        return folded, [_tokens(text) for text in folded]
    rare = _rare().search
    plain = [fold(text) if rare(text) else text for text in texts]
    together = fold(f" {_BETWEEN} ".join(plain))
    return _apart(together, len(texts)), _apart(_tokens(together), len(texts))


def _apart(text: str, count: int) -> list[str]:
    """Part what was folded together; without texts there is nothing to part."""
    return [part.strip() for part in text.split(_BETWEEN)] if count else []


def _tokens(folded: str) -> str:
    """Make the tokens of a folded text."""
    between, *rest = _WORDS.split(folded)
    heads = f" {' % '.join([between, *rest[1::2]])} "
    tails = _FIRST_OF_RUN.sub("  ", heads)[1:] + " "
    return _interleaved(heads, tails).replace("%", "%s") % tuple(rest[::2])


def term_count(text: str) -> int:
    """Count the tokens that `index_text` makes of a text, without making them."""
    folded = fold(text)
    words = _WORDS.findall(folded)
    return len(folded) - folded.count(" ") - sum(map(len, words)) + len(words)


def match_query(query: str) -> str | None:
    """Make the FTS5 MATCH expression that finds what a reader typed in texts of `index_text`.

    The terms between spaces must all be found, each as a phrase. A term may begin and end inside
    a run of Chinese characters, and end inside a run of 3 to 17 letters and digits. Quotes and
    operators have no meaning: folding strips them. For one column write
    ``column : (expression)``. Terms after the thirty-second are ignored.

    Args:
        query: what the reader typed.

    Returns:
        The expression, or None where the query holds nothing to search for.
    """
    phrases = dict.fromkeys(filter(None, map(_phrase, query.split())))
    return " AND ".join(list(phrases)[:_MOST_TERMS]) or None


def highlight(text: str, query: str) -> list[tuple[int, int]]:
    """Find the places of a text that a reader's query means.

    Args:
        text: the text as it is shown.
        query: what the reader typed.

    Returns:
        Start and end of each place in `text`, in order, not overlapping.
    """
    pattern = _pattern(query)
    if pattern is None:
        return []
    plain = text.casefold()
    if len(plain) == len(text) and _GAP not in pattern.pattern and not _rare().search(text):
        return [place.span() for place in pattern.finditer(plain)]
    pieces = [_PIECES[char] for char in text]
    places = list(pattern.finditer("".join(pieces)))
    if not places:
        return []
    origin = [place for place, piece in enumerate(pieces) for _ in piece]
    return [(origin[place.start()], origin[place.end() - 1] + 1) for place in places]


def _interleaved(heads: str, tails: str) -> str:
    """Write every head, its tail and a space.

    Copying bytes with strides does in C what joining pairs of characters takes three times as
    long for; the fourth byte of a UTF-32 character is always zero.
    """
    head, tail = heads.encode("utf-32-le"), tails.encode("utf-32-le")
    out = bytearray(" ".encode("utf-32-le") * (3 * len(heads)))
    for byte in range(3):
        out[byte::12] = head[byte::4]
        out[byte + 4 :: 12] = tail[byte::4]
    return out.decode("utf-32-le")


def _phrase(term: str) -> str | None:
    """Quote one term of a query as a phrase of tokens."""
    tokens: list[str] = []
    star = ""
    runs = _RUNS.findall(fold(term))
    for place, (han, word) in enumerate(runs, start=1):
        last = place == len(runs)
        if word:
            tokens.append(word)
            star = "*" if last and _SHORTEST_PREFIX <= len(word) <= _LONGEST_PREFIX else ""
        else:
            tokens.extend(map("".join, pairwise(han)))
            if not last:
                tokens.append(han[-1])
            elif len(han) == 1 and len(tokens) < _ENOUGH_TOKENS:
                tokens.append(han)
                star = "*"
    return f'"{" ".join(tokens)}"{star}' if tokens else None


@lru_cache(maxsize=256)
def _pattern(query: str) -> re.Pattern[str] | None:
    """Make the pattern of the terms of a query, which is looked for in many texts; None of none."""
    terms = sorted({fold(term) for term in query.split()} - {""}, key=len, reverse=True)
    return re.compile("|".join(map(_loosely, terms))) if terms else None


def _loosely(term: str) -> str:
    """Make the pattern of a folded term, whatever stands between its runs."""
    return _GAP.join(re.escape(han or word) for han, word in _RUNS.findall(term))


class _Table(dict[int, str]):
    """What each character becomes after NFKC and case folding, worked out when first met."""

    def __missing__(self, code: int) -> str:
        self[code] = _folded_character(chr(code))
        return self[code]


_TABLE = _Table()


class _Pieces(dict[str, str]):
    """What each character of a text becomes by itself, worked out when first met."""

    def __missing__(self, char: str) -> str:
        self[char] = fold(char) or _TABLE[ord(char)]
        return self[char]


_PIECES = _Pieces()


def _folded_character(char: str) -> str:
    """Fold one character that NFKC and case folding have passed."""
    category = unicodedata.category(char)
    if category == "Cf" or "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef":
        return ""
    # Characters newer than Python's Unicode tables are written in names already.
    if category[0] in "LMN" or "\U00020000" <= char <= "\U0003ffff":
        return _simplified().get(char, char)
    return " "


@cache
def _simplified() -> dict[str, str]:
    """Map each traditional character to the simplified one at the end of the chain."""
    blocks = [(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x323AF)]
    han = "\n".join(chr(code) for first, last in blocks for code in range(first, last + 1))
    pairs = zip(han[::2], opencc.OpenCC("t2s").convert(han)[::2], strict=True)
    step = {char: other for char, other in pairs if char != other} | _ALSO_SIMPLIFIED
    return {char: _end_of_chain(char, step) for char in step}


def _end_of_chain(char: str, step: dict[str, str]) -> str:
    """Follow the table until it changes nothing: 薴 becomes 苧, and that 苎."""
    while char in step:
        char = step[char]
    return char


@cache
def _rare() -> re.Pattern[str]:
    """Match a character for which a text needs more than case folding and spaces.

    Most texts hold none, and normalising them costs ten times as much as looking.
    """
    blocks = [(0x0B, 0x33FF), (0xA000, 0xABFF), (0xF900, 0xFFFF)]
    chars = [chr(code) for first, last in blocks for code in range(first, last + 1)]
    # Korean letters fold together; a long class of characters is fast below U+10000 only.
    rare = [*filter(_is_rare, chars), *(char for char in _simplified() if char <= "\uffff")]
    return re.compile(f"[{re.escape(''.join(rare))}\u1100-\u11ff\U00010000-\U0010ffff]")


def _is_rare(char: str) -> bool:
    """Say whether a character folds to something other than its lower case or a space."""
    folded = unicodedata.normalize("NFKC", char).casefold().translate(_TABLE)
    quick = "".join(c if c.isalnum() else " " for c in char.casefold())
    return folded != quick and (folded == "" or not folded.isspace())


@cache
def _gaps() -> re.Pattern[str]:
    """Match a run of anything but letters and digits, listed because the list is the faster."""
    chars = "".join(map(chr, range(0x10000)))
    kept = "".join(f"{run[0]}-{run[-1]}" for run in re.findall(r"[^\W_]+", chars))
    return re.compile(f"[^{kept}]+")
