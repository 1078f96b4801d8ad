"""Reading text as its readers do: character references, escapes, and other encodings."""

import codecs
import re
from collections.abc import Iterable, Iterator

_HEAD = 1 << 16
_OTHERS = ("utf-16-le", "utf-16-be", "gb18030")
_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}

# Quotes and asterisks as templates write them stand in every page, and are part of no value.
_REFERENCE = re.compile(rb"&#(?!3[49];)(?:[xX]([0-9A-Fa-f]{1,8})|([0-9]{1,9}));?")
# A pattern that begins with a plain character is found several times faster.
_UNICODE = re.compile(rb"\\u[0-9A-Fa-f]{4}(?:\\u[0-9A-Fa-f]{4})*")
_PERCENT = re.compile(rb"%(?!2A)[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*")


def in_utf8(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks of a text, brought to UTF-8 where they are in another encoding."""
    encoding = None
    for number, block in enumerate(blocks):
        if number == 0 and (encoding := _encoding(block[:_HEAD])):
            decoder = codecs.getincrementaldecoder(encoding)("ignore")
        yield decoder.decode(block).encode() if encoding else block


def _encoding(head: bytes) -> str | None:
    """The encoding that a text begins in; None for UTF-8 and for what is no text.

    Where several would do it is one without NUL in which most is ASCII.
    """
    if head[:2] in _MARKS:
        return _MARKS[head[:2]]
    if _decoded("utf-8", head) and head.count(0) * 10 < len(head):
        return None
    texts = {name: text for name in _OTHERS if (text := _decoded(name, head))}
    return min(texts, key=lambda name: _strangeness(texts[name]), default=None)


def _strangeness(text: str) -> tuple[int, int]:
    """How little a text looks like one: NUL, then what is not ASCII."""
    return text.count("\0"), -sum(map(str.isascii, text))


def _decoded(encoding: str, head: bytes) -> str:
    """Bytes as text that is cut off anywhere; nothing where they are none in that encoding."""
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(head)
    except UnicodeDecodeError:
        return ""


def unescaped(block: bytes) -> bytes | None:
    r"""A text with what stands for characters replaced by them; None where nothing does.

    Read are &#24352; and &#x5f20; as in HTML and XML, \u5f20 as in JSON, and %E5%BC%A0 as in
    addresses, one within another too.
    """
    plain = block
    # Looking for one byte is ten times as fast as for two.
    if b"&" in plain and b"&#" in plain:
        plain = _REFERENCE.sub(_referred, plain)
    if b"\\" in plain and b"\\u" in plain:
        plain = _UNICODE.sub(_escaped, plain)
    if b"%" in plain:
        plain = _PERCENT.sub(lambda m: bytes.fromhex(m[0].replace(b"%", b"").decode()), plain)
    return None if plain == block else unescaped(plain) or plain


def _referred(match: re.Match[bytes]) -> bytes:
    """The character of a reference by its number."""
    code = int(match[1], 16) if match[1] else int(match[2])
    return chr(code).encode(errors="ignore") if code <= 0x10FFFF else match[0]


def _escaped(match: re.Match[bytes]) -> bytes:
    """The characters of a run of escapes, each of one UTF-16 unit."""
    units = bytes.fromhex(match[0].replace(b"\\u", b"").decode())
    return units.decode("utf-16-be", "ignore").encode()
