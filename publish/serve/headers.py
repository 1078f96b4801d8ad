"""What every answer carries, and which requests are refused before anything looks at them."""

import re
from collections.abc import Mapping

from publish.serve.answer import Answer, Message, Scope, Send, raw_headers
from publish.serve.api.problem import Refusal, RequestError

METHODS = ("GET", "HEAD", "OPTIONS")
POLICY = "content-security-policy"
COMMON = "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
STRICT = f"default-src 'self'; script-src 'self'; style-src 'self'; {COMMON}"
SAFE: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
}
_OPEN = re.compile(r"(/releases/[^/]+)?/downloads/.|/api/v1/|.*\.(json|jsonld|ttl|csv|xml|ics)$")
_CORS: Mapping[str, str] = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Link, X-Release, Content-Range, Content-Disposition",
}
_PREFLIGHT: Mapping[str, str] = {
    "access-control-allow-methods": "GET, HEAD",
    "access-control-allow-headers": "If-None-Match, Range, If-Range",
    "access-control-max-age": "86400",
}
_READ_ONLY = RequestError(
    "read_only", "这里只能读取，不能提交。", "This site is for reading; nothing can be sent to it."
)
_IMPROPER = RequestError("improper_address", "网址不规范。", "This is not a proper address.")
_NOT_IN_PATHS = re.compile(rb"%(2f|5c|00)|[\\\x00-\x1f\x7f]", re.IGNORECASE)


PREFLIGHT = Answer(204, headers={"allow": ", ".join(METHODS), **_CORS, **_PREFLIGHT})
"""The answer to whoever asks what may be asked."""


def refusal(scope: Scope) -> Refusal | None:
    """Why a request is not to be passed on; None if it may be.

    Refused are all methods that could change something, and paths that mean something else to
    a file system than to a reader: encoded slashes, NUL, backslashes, empty and dotted names.
    """
    if scope["method"] not in METHODS:
        return Refusal(_READ_ONLY, {"allow": ", ".join(METHODS)})
    return None if _clean(scope) else Refusal(_IMPROPER, {})


def securing(scope: Scope, send: Send, release: str) -> Send:
    """A ``send`` that adds the headers of safety and of sharing, and the release's id.

    An answer may bring its own policy for what its page may load.
    """
    added = {**SAFE, "x-release": release, **(_CORS if _OPEN.match(scope["path"]) else {})}
    replaced = {name.encode() for name in (*added, "server")}

    async def send_safely(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = [(k, v) for k, v in message["headers"] if k.lower() not in replaced]
            policy = {} if any(k.lower() == POLICY.encode() for k, _ in own) else {POLICY: STRICT}
            message = {**message, "headers": [*own, *raw_headers({**added, **policy})]}
        await send(message)

    return send_safely


def _clean(scope: Scope) -> bool:
    """Whether a path means the same to every part of the server."""
    path: str = scope["path"]
    raw: bytes = scope.get("raw_path") or b""
    if _NOT_IN_PATHS.search(raw) or _NOT_IN_PATHS.search(path.encode()):
        return False
    first, *names = path.split("/")
    return not first and "" not in names[:-1] and not {".", ".."}.intersection(names)
