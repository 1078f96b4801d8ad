"""Reading text as its readers do: character references, escapes, and other encodings."""

import codecs
import re
from collections.abc import Iterable, Iterator

_HEAD = 1 << 16
_OTHERS = ("utf-16-le", "utf-16-be", "gb18030")
_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}

# Quotes as templates write them stand in every page, and are part of no value.
_REFERENCE = re.compile(rb"&#(?!3[49];)(?:[xX]([0-9A-Fa-f]{1,8})|([0-9]{1,9}));?")
# A pattern that begins with a plain character is found several times faster.
_UNICODE = re.compile(rb"\\u[0-9A-Fa-f]{4}(?:\\u[0-9A-Fa-f]{4})*")
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*")


def in_utf8(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks of a text, brought to UTF-8 where they are in another encoding."""
    encoding = None
    for number, block in enumerate(blocks):
        if number == 0 and (encoding := _encoding(block[:_HEAD])):
            decoder = codecs.getincrementaldecoder(encoding)("ignore")
        yield decoder.decode(block).encode() if encoding else block


def _encoding(head: bytes) -> str | None:
    """The encoding that a text begins in; None for UTF-8 and for what is no text."""
    if head[:2] in _MARKS:
        return _MARKS[head[:2]]
    if _reads_as("utf-8", head) and head.count(0) * 10 < len(head):
        return None
    return next((name for name in _OTHERS if _reads_as(name, head)), None)


def _reads_as(encoding: str, head: bytes) -> bool:
    """Whether bytes are text in an encoding, cut off anywhere."""
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(head)
    except UnicodeDecodeError:
        return False
    return True


def unescaped(block: bytes) -> bytes | None:
    r"""A text with what stands for characters replaced by them; None where nothing does.

    Read are &#24352; and &#x5f20; as in HTML and XML, \u5f20 as in JSON, and %E5%BC%A0 as in
    addresses, one within another too.
    """
    plain = block
    if b"&#" in plain:
        plain = _REFERENCE.sub(_referred, plain)
    if b"\\u" in plain:
        plain = _UNICODE.sub(_escaped, plain)
    if b"%" in plain:
        plain = _PERCENT.sub(lambda m: bytes.fromhex(m[0].replace(b"%", b"").decode()), plain)
    return None if plain == block else plain


def _referred(match: re.Match[bytes]) -> bytes:
    """The character of a reference by its number."""
    code = int(match[1], 16) if match[1] else int(match[2])
    return chr(code).encode(errors="ignore") if code <= 0x10FFFF else match[0]


def _escaped(match: re.Match[bytes]) -> bytes:
    """The characters of a run of escapes, each of one UTF-16 unit."""
    units = bytes.fromhex(match[0].replace(b"\\u", b"").decode())
    return units.decode("utf-16-be", "ignore").encode()
