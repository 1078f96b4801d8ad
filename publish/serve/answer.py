"""Answers to requests: pages from memory with entity tags, files in parts."""

import asyncio
import gzip
import os
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Mapping[str, str]

HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
SHORT = "public, max-age=60"
_CHUNK = 1 << 18
_WORTH_PACKING = 1024
_BODILESS = frozenset({204, 304})
_PACKED = re.compile(r"text/|application/(json|javascript|xml|[a-z.+-]*\+(xml|json))|image/svg")
_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))")


@dataclass(frozen=True)
class Answer:
    """A whole answer in memory; one of status 200 has an entity tag and may be packed.

    Attributes:
        mark: what stands in the entity tag; made of the body where it is not known otherwise.
        packed: the body packed, where it is sent more than once.
    """

    status: int
    body: bytes = b""
    kind: str = HTML
    headers: Headers | None = None
    mark: str = ""
    packed: bytes = b""

    @property
    def weight(self) -> int:
        """The bytes that it takes up."""
        return len(self.body) + len(self.packed)

    def ready(self) -> "Answer":
        """The same, with everything done that would be done again each time it is sent."""
        packed = _pack(self.body) if self._worth_packing else b""
        return replace(self, mark=self.mark or _mark(self.body), packed=packed)

    @property
    def _worth_packing(self) -> bool:
        """Whether it is long enough, and text."""
        return len(self.body) > _WORTH_PACKING and bool(_PACKED.match(self.kind))

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Sends it, or only says that it has not changed."""
        headers = dict(self.headers or {})
        body, packed = self._taken(scope)
        if _PACKED.match(self.kind):
            headers.setdefault("vary", "Accept-Encoding")
        if self.status == 200:
            headers["etag"] = entity_tag(self.mark or _mark(self.body), packed=packed)
            if unchanged(scope, headers["etag"]):
                await send_start(send, 304, headers)
                await send_body(send, b"")
                return
        if packed:
            headers["content-encoding"] = "gzip"
        if self.kind and body:
            headers["content-type"] = self.kind
        if self.status not in _BODILESS:
            headers["content-length"] = str(len(body))
        await send_start(send, self.status, headers)
        await send_body(send, b"" if scope["method"] == "HEAD" else body)

    def _taken(self, scope: Scope) -> tuple[bytes, bool]:
        """The body as the client takes it, and whether it is packed."""
        if self._worth_packing and "gzip" in header(scope, b"accept-encoding"):
            return self.packed or _pack(self.body), True
        return self.body, False


@dataclass(frozen=True)
class FileAnswer:
    """A file sent in parts, or the part of it that was asked for.

    Attributes:
        tag: what stands in the entity tag; it changes when the content does.
    """

    path: Path
    kind: str
    tag: str
    headers: Headers

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Sends it, a part of it, or only says that it has not changed.

        It is open before the answer begins, so that it can be read to its end even if it is
        removed meanwhile.
        """
        with self.path.open("rb") as file:
            await self._send(file, scope, send)

    async def _send(self, file: IO[bytes], scope: Scope, send: Send) -> None:
        """The answer, from the open file."""
        size = os.fstat(file.fileno()).st_size
        tag = entity_tag(self.tag, packed=False)
        headers = {**self.headers, "etag": tag, "accept-ranges": "bytes"}
        if unchanged(scope, tag):
            await send_start(send, 304, headers)
            await send_body(send, b"")
            return
        part = wanted_part(scope, size, tag)
        if part is None:
            await send_start(send, 416, {"content-range": f"bytes */{size}"})
            await send_body(send, b"")
            return
        headers |= {"content-type": self.kind, "content-length": str(len(part))}
        if len(part) < size:
            headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
        await send_start(send, 206 if len(part) < size else 200, headers)
        if scope["method"] != "HEAD":
            await _send_part(send, file, part)
        await send_body(send, b"")


def header(scope: Scope, name: bytes) -> str:
    """A request's header; empty if it has none of that name."""
    return next((v.decode("latin-1") for k, v in scope["headers"] if k.lower() == name), "")


def unchanged(scope: Scope, tag: str) -> bool:
    """Whether the client holds this very content already."""
    known = [t.strip().removeprefix("W/") for t in header(scope, b"if-none-match").split(",")]
    return tag in known or known == ["*"]


def wanted_part(scope: Scope, size: int, tag: str) -> range | None:
    """The bytes asked for: all of them unless one part is; None if there is no such part.

    A part is only of use to a client whose other parts are of the same content (If-Range).
    """
    found = _RANGE.fullmatch(header(scope, b"range"))
    if not found or scope["method"] == "HEAD" or header(scope, b"if-range") not in {"", tag}:
        return range(size)
    first, last, tail = (int(n) if n else None for n in found.groups())
    if first is None:
        return range(max(0, size - (tail or 0)), size) or None
    if last is not None and last < first:
        return range(size)
    return range(first, size if last is None else min(size, last + 1)) or None


def raw_headers(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI wants them."""
    return [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]


async def send_start(send: Send, status: int, headers: Headers) -> None:
    """Begins an answer."""
    raw = raw_headers(headers)
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def send_body(send: Send, body: bytes) -> None:
    """Ends an answer."""
    await send({"type": "http.response.body", "body": body, "more_body": False})


def redirect(address: str, query: bytes = b"") -> Answer:
    """An answer that sends the client to another address of this site."""
    return Answer(
        301,
        headers={
            "location": address + ("?" + query.decode("latin-1") if query else ""),
            "cache-control": SHORT,
        },
    )


def plain_page(status: int, zh: str, en: str, headers: Headers | None = None) -> Answer:
    """A small page in both languages that needs no template, for when none can be had."""
    body = (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<title>{status}</title></head><body><h1>{status}</h1><p>{zh}</p>"
        f'<p lang="en">{en}</p><p><a href="/">首页 Home</a></p></body></html>'
    )
    kept = {"cache-control": "no-store", **(headers or {})}
    return Answer(status, body.encode(), headers=kept)


def _mark(body: bytes) -> str:
    """What tells a body from others."""
    return blake2b(body, digest_size=16).hexdigest()


@lru_cache(maxsize=32)
def _pack(body: bytes) -> bytes:
    """A text packed with gzip; the time in it is fixed, so that equal texts stay equal."""
    return gzip.compress(body, 6, mtime=0)


def entity_tag(mark: str, *, packed: bool) -> str:
    """A strong entity tag; packed bytes are other bytes."""
    return f'"{mark}-gzip"' if packed else f'"{mark}"'


def _chunks(total: int) -> Iterator[int]:
    """The lengths of the pieces in which a file goes out."""
    yield from (min(_CHUNK, total - sent) for sent in range(0, total, _CHUNK))


async def _send_part(send: Send, file: IO[bytes], part: range) -> None:
    """Sends the bytes without holding up other requests."""
    file.seek(part.start)
    for length in _chunks(len(part)):
        chunk = await asyncio.to_thread(_read, file, length)
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


def _read(file: IO[bytes], length: int) -> bytes:
    """Some bytes of a file."""
    return file.read(length)
