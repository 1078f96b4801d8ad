"""A web server for tests that says exactly what it is told to, byte by byte."""

import json
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from threading import Event, Thread
from urllib.parse import parse_qs, urlsplit

_HANG = b"\x00hang"


@dataclass(frozen=True)
class Request:
    """What was asked.

    Attributes:
        path: without the parameters.
        params: the last value of each.
        headers: by name in lower case.
        body: what was sent with it.
    """

    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""


Play = Callable[[Request], bytes]


@dataclass
class Web:
    """A running server.

    Attributes:
        tls: how its connections are encrypted; None if they are not.
        play: what to send for a request, head and body.
        requests: what was asked so far.
    """

    port: int
    tls: ssl.SSLContext | None = None
    play: Play = lambda _: answer(b"[]")
    requests: list[Request] = field(default_factory=list)
    over: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    def in_turn(self, *plays: bytes) -> None:
        """Sends one answer after the other, and the last for ever."""
        left = list(plays)
        self.play = lambda _: left.pop(0) if len(left) > 1 else left[0]

    def serve(self, listener: socket.socket) -> None:
        """Answers until the test is over."""
        while not self.over.is_set():
            with suppress(OSError):
                connection, _ = listener.accept()
                Thread(target=self._answer, args=[connection], daemon=True).start()

    def _secured(self, connection: socket.socket) -> socket.socket:
        """The connection, encrypted if the server's are."""
        return self.tls.wrap_socket(connection, server_side=True) if self.tls else connection

    def _answer(self, raw: socket.socket) -> None:
        """Answers one request and hangs up."""
        with raw, suppress(OSError), self._secured(raw) as connection:
            said = b""
            while b"\r\n\r\n" not in said:
                said += _more(connection)
            head, _, body = said.partition(b"\r\n\r\n")
            request = _request(head.decode("latin-1"))
            length = int(request.headers.get("content-length", 0))
            while len(body) < length:
                body += _more(connection)
            request = replace(request, body=body)
            self.requests.append(request)
            said = self.play(request)
            connection.sendall(said.removesuffix(_HANG))
            if said.endswith(_HANG):
                self.over.wait(30)


@contextmanager
def web(tls: ssl.SSLContext | None = None) -> Iterator[Web]:
    """A server on a free port, with or without encryption."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Web(listener.getsockname()[1], tls)
        thread = Thread(target=server.serve, args=[listener], daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def answer(
    body: bytes, status: str = "200 OK", headers: Sequence[str] = (), length: int | None = None
) -> bytes:
    """An answer that says how long it is."""
    size = len(body) if length is None else length
    return head(status, [f"Content-Length: {size}", *headers]) + body


def head(status: str, headers: Sequence[str]) -> bytes:
    """The head of an answer."""
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode()


def chunked(body: bytes, *, whole: bool = True) -> bytes:
    """An answer in chunks, with or without the last."""
    start = head("200 OK", ["Transfer-Encoding: chunked", "Content-Type: application/json"])
    return start + b"%x\r\n%s\r\n" % (len(body), body) + (b"0\r\n\r\n" if whole else b"")


def hanging(said: bytes = b"") -> bytes:
    """What is said before nothing more is, with the line open."""
    return said + _HANG


def as_json(value: object) -> bytes:
    """A value as JSON."""
    return json.dumps(value, ensure_ascii=False).encode()


def _more(connection: socket.socket) -> bytes:
    """What comes next.

    Raises:
        ConnectionError: if nothing does.
    """
    if said := connection.recv(65536):
        return said
    raise ConnectionError


def _request(text: str) -> Request:
    """A request, read."""
    first, *lines = text.partition("\r\n\r\n")[0].split("\r\n")
    parts = urlsplit(first.split()[1])
    pairs = (line.partition(":") for line in lines)
    return Request(
        parts.path,
        {name: values[-1] for name, values in parse_qs(parts.query).items()},
        {name.casefold(): value.strip() for name, _, value in pairs},
    )
