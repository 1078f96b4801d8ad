"""One answer of a web service: whole or not at all, from the host that was asked."""

import logging
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from publish.fetch.asked import Asked, FetchError, scrub
from publish.fetch.declare import SINCE, Http

FIRST_PAUSE = 1.0
"""How many seconds the second try waits; each further one twice as long as the one before."""

_REDIRECTS = 5
_ONE_PAGE = 64 << 20
_BUSY = 429
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        url: where it came from, after redirects.
        body: unpacked, and known to be whole.
        framed: whether the answer itself told where it ends.
    """

    url: httpx.URL
    headers: httpx.Headers
    body: bytes
    framed: bool


class _TryAgainError(Exception):
    """What may go better the next time.

    Attributes:
        error: what to say if it never does.
        after: how many seconds the other side asks to be left alone.
    """

    def __init__(self, error: FetchError, after: float = 0.0) -> None:
        super().__init__()
        self.error, self.after = error, after


class Session:
    """Requests to one host, with a limit of time and bytes for all of them together."""

    def __init__(self, how: Http, asked: Asked, client: httpx.Client) -> None:
        self._how, self._asked, self._client = how, asked, client
        self._params = {name: asked.secret(v) for name, v in how.params_env.items()}
        hidden = {name: asked.secret(v) for name, v in how.headers_env.items()}
        self._headers = {"Accept-Encoding": "gzip", **how.headers, **hidden}
        self._secrets = (*self._params.values(), *hidden.values())
        self._bytes = 0

    def first_url(self) -> httpx.URL:
        """The address with all parameters that are no secret."""
        since = self._asked.since_text(self._how.since_format)
        params = {name: text.replace(SINCE, since) for name, text in self._how.params.items()}
        return httpx.URL(self._how.url).copy_merge_params(params)

    def get(self, url: httpx.URL) -> Answer:
        """Asks until there is an answer, with growing pauses.

        Raises:
            FetchError: if none came, or one that no further try can mend.
        """
        pause = FIRST_PAUSE
        for left in reversed(range(self._how.tries)):
            try:
                return self._follow(url)
            except _TryAgainError as trouble:
                wait = max(pause, trouble.after)
                if not left or self._left() <= wait:
                    raise trouble.error from None
                self._asked.means.pause(wait)
                pause *= 2
        raise AssertionError  # pragma: no cover - the last try returns or raises

    def same_host(self, url: httpx.URL, link: str) -> httpx.URL:
        """The address of a link.

        Raises:
            FetchError: if it leads to another host, or away from encryption.
        """
        target = url.join(link)
        secured = url.copy_with(scheme="https") if url.port is None else url
        if _origin(target) in {_origin(url), _origin(secured)}:
            return target
        raise self._asked.failed(
            "对方的回答指向另一台主机，没有跟随。如果地址确实变了，请改 url。",
            "the answer leads to another host and was not followed. If the address has changed, "
            "change the url.",
            f"{_plain(url)} → {_plain(target)}",
        )

    def _follow(self, url: httpx.URL) -> Answer:
        """An answer after redirects within the host."""
        for _ in range(_REDIRECTS):
            answer = self._once(url)
            if isinstance(answer, Answer):
                return answer
            url = self.same_host(url, answer)
        raise self._asked.failed(
            "重定向太多次。请检查 url。", "there were too many redirects. Look at the url."
        )

    def _once(self, url: httpx.URL) -> Answer | str:
        """One request; returns the place that it is redirected to, if it is."""
        with (
            self._told(url),
            self._client.stream(
                "GET", url.copy_merge_params(self._params), headers=self._headers
            ) as response,
        ):
            if response.has_redirect_location:
                return response.headers["Location"]
            self._accept(url, response)
            body = b"".join(self._unpacked(url, response))
            headers = response.headers
        framed = "content-length" in headers or "chunked" in headers.get("transfer-encoding", "")
        self._bytes += len(body)
        return Answer(url, headers, body, framed)

    @contextmanager
    def _told(self, url: httpx.URL) -> Iterator[None]:
        """Turns what can happen to a connection into what can be tried again."""
        try:
            yield
        except (httpx.RemoteProtocolError, httpx.ReadError) as error:
            raise _TryAgainError(self._failed(*_CUT, url, error)) from None
        except httpx.TimeoutException as error:
            raise _TryAgainError(self._failed(*_SILENT, url, error)) from None
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise _TryAgainError(self._failed(*_UNREACHABLE, url, error)) from None

    def _accept(self, url: httpx.URL, response: httpx.Response) -> None:
        """Lets only a whole answer pass (200)."""
        status = response.status_code
        if status == httpx.codes.OK:
            return
        error = self._failed(
            f"对方回答 HTTP {status}。请运行 gongshi source check 查看原因。",
            f"the answer was HTTP {status}. 'gongshi source check' tells why.",
            url,
            response.reason_phrase,
        )
        if status == _BUSY or response.is_server_error:
            raise _TryAgainError(error, self._retry_after(response.headers))
        raise error

    def _retry_after(self, headers: Mapping[str, str]) -> float:
        """Seconds that the other side asks for, given as such or as a date (RFC 9110, 10.2.3)."""
        text = headers.get("Retry-After", "").strip()
        if text.isdecimal():
            return float(text)
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return 0.0
        now = _date(headers.get("Date", "")) or self._asked.at
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (zoned - now).total_seconds())

    def _unpacked(self, url: httpx.URL, response: httpx.Response) -> Iterator[bytes]:
        """The body, checked against the limits as it comes."""
        room = self._how.max_bytes - self._bytes
        limit = min(room, _ONE_PAGE) if self._how.format == "json" else room
        unpack, finish = self._unpacker(url, response.headers.get("Content-Encoding", "identity"))
        for raw in response.iter_raw():
            chunk = unpack(raw, limit + 1)
            limit -= len(chunk)
            if limit < 0:
                raise self._too_large()
            if self._left() <= 0:
                raise self._asked.cut_off()
            yield chunk
        finish()

    def _unpacker(
        self, url: httpx.URL, encoding: str
    ) -> tuple[Callable[[bytes, int], bytes], Callable[[], None]]:
        """How to unpack chunks up to a size, and how to see that the end was there."""
        if encoding.casefold() == "identity":
            return lambda raw, _: raw, lambda: None
        if encoding.casefold() not in {"gzip", "x-gzip"}:
            raise self._failed(
                "对方用了没有约定的压缩方式。",
                "the answer is packed in a way we did not offer.",
                url,
            )
        gzip = zlib.decompressobj(wbits=31)

        def unpack(raw: bytes, limit: int) -> bytes:
            try:
                return gzip.decompress(raw, max(1, limit))
            except zlib.error as error:
                raise _TryAgainError(self._failed(*_CUT, url, error)) from None

        def finish() -> None:
            if not gzip.eof or gzip.unused_data:
                raise _TryAgainError(self._failed(*_CUT, url, "gzip ends too early or too late"))

        return unpack, finish

    def _too_large(self) -> FetchError:
        """The error for more than we are ready to take."""
        return self._asked.failed(
            "回答太大。请减小每页行数，或者调大 max_bytes。",
            "the answer is too large. Ask for smaller pages, or raise max_bytes.",
        )

    def _left(self) -> float:
        """Seconds until the deadline."""
        return self._how.deadline.total_seconds() - self._asked.spent

    def _failed(self, zh: str, en: str, url: httpx.URL, reason: object = "") -> FetchError:
        """The error with what happened, for whoever keeps the source."""
        return self._asked.failed(zh, en, scrub(f"GET {_plain(url)}: {reason}", self._secrets))


_CUT = (
    "回答中途断了，不完整。请运行 gongshi source check 查看原因。",
    "the answer broke off before its end. 'gongshi source check' tells why.",
)
_SILENT = (
    "对方在时限内没有回答。请检查对方系统，或者调大 timeout。",
    "there was no answer in time. Look at the other system, or raise the timeout.",
)
_UNREACHABLE = (
    "连不上对方。请运行 gongshi source check 查看原因。",
    "the other system cannot be reached. 'gongshi source check' tells why.",
)


@contextmanager
def session(how: Http, asked: Asked) -> Iterator[Session]:
    """Opens a session. httpx would log each address with its secrets, so that is turned off."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with httpx.Client(timeout=how.timeout, follow_redirects=False) as client:
        yield Session(how, asked, client)


def _plain(url: httpx.URL) -> str:
    """An address without its parameters."""
    return str(url.copy_with(userinfo=b"", query=None, fragment=None))


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port of an address."""
    return url.scheme, url.host, url.port or _PORTS.get(url.scheme)


def _date(text: str) -> datetime | None:
    """A date of a header."""
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None
