"""A mail server for tests: real sockets, and whatever it is told to do to letters."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PASSWORD = "fictional-password-7"  # noqa: S105 - of a server that lives for one test


@dataclass
class Post:
    """What happens to letters.

    Attributes:
        port: of the running server.
        letters: those that came in, each with the addresses that it is for.
        logins: the names of those who logged in.
        refused: addresses that are not known here.
        reply: what is said to a letter instead of taking it; empty to take it.
        hangs: whether nothing at all is said to a letter.
    """

    port: int = 0
    letters: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    reply: str = ""
    hangs: bool = False

    async def handle_RCPT(  # noqa: N802 - the server's name for it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        """Takes or refuses an address."""
        if address in self.refused:
            return "550 unknown here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Takes or refuses a letter."""
        if self.hangs:
            await asyncio.sleep(30)
        if self.reply:
            return self.reply
        letter = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append((list(envelope.rcpt_tos), letter))
        return "250 OK"

    def log_in(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, who: object
    ) -> AuthResult:
        """Lets those in who know the password."""
        known = isinstance(who, LoginPassword) and who.password == PASSWORD.encode()
        if known and isinstance(who, LoginPassword):
            self.logins.append(who.login.decode())
        return AuthResult(success=known)


@contextmanager
def post(tls: ssl.SSLContext | None = None, *, login: bool = False) -> Iterator[Post]:
    """A mail server on a free port.

    Args:
        tls: with which STARTTLS is offered, and asked for; None to offer none.
        login: whether it takes letters only from those who log in.
    """
    made = Post()
    with socket.create_server(("127.0.0.1", 0)) as free:
        made.port = free.getsockname()[1]
    controller = Controller(
        made,
        hostname="127.0.0.1",
        port=made.port,
        tls_context=tls,
        require_starttls=tls is not None,
        authenticator=made.log_in,
        auth_required=login,
        auth_require_tls=tls is not None,
    )
    controller.start()
    try:
        yield made
    finally:
        controller.stop()
