"""Tells departments by e-mail, in plain text and HTML, over one connection for all of them."""

import smtplib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cached_property

from publish.alerts.digest import DeliveryError, Digest
from publish.alerts.settings import Mail, secret, trust
from publish.fetch.asked import Means, scrub
from publish.project import Project


class PostOffice:
    """A connection to the mail server, made when the first letter is to be sent.

    Once it failed nothing further is tried over it: a server that hangs would keep all waiting.
    """

    def __init__(self, how: Mail, project: Project, means: Means) -> None:
        self._how, self._project, self._means = how, project, means
        self._server: smtplib.SMTP | None = None
        self._broken = ""

    def send(self, letter: EmailMessage) -> tuple[int, str]:
        """Sends a letter.

        Returns:
            How many of its addresses were refused, though not all of them, and why.

        Raises:
            SMTPException: if nobody gets it.
            OSError: likewise.
            UsageError: if a secret or a certificate is missing.
        """
        if self._broken:
            raise smtplib.SMTPException(self._broken)
        try:
            self._server = self._server or self._connect()
            refused = self._server.send_message(letter)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError):
            raise
        except (smtplib.SMTPException, OSError) as error:
            self._broken = str(error)
            raise
        return len(refused), str(refused)

    def close(self) -> None:
        """Takes leave of the server, if it is still there."""
        if self._server:
            with suppress(smtplib.SMTPException, OSError):
                self._server.quit()

    def hide(self, text: object) -> str:
        """A message without the password."""
        return scrub(text, (self._password,))

    @cached_property
    def _password(self) -> str:
        """The password; empty if there is none."""
        variable = self._how.password_env
        return secret(self._means.environ, variable) if variable else ""

    def _connect(self) -> smtplib.SMTP:
        """Connects, secures the connection and logs in."""
        how, context = self._how, trust(self._project, self._how.ca_file)
        server: smtplib.SMTP
        if how.security == "tls":
            server = smtplib.SMTP_SSL(how.host, how.at_port, timeout=how.timeout, context=context)
        else:
            server = smtplib.SMTP(how.host, how.at_port, timeout=how.timeout)
        try:
            if how.security == "starttls":
                server.starttls(context=context)
            if how.user:
                server.login(how.user, self._password)
        except BaseException:
            server.close()
            raise
        return server


@dataclass(frozen=True)
class MailChannel:
    """The addresses of one department, or of the city's office.

    Attributes:
        department: whose events they are told; ``*`` for everything.
        now: tells the time, which a letter bears.
    """

    department: str
    how: Mail
    office: PostOffice
    now: Callable[[], datetime]

    @property
    def name(self) -> str:
        """Under which the register remembers what was told."""
        return f"mail/{self.department}"

    @property
    def departments(self) -> tuple[str, ...]:
        """Whose events they are told."""
        return (self.department,)

    def deliver(self, digest: Digest) -> None:
        """Sends the events in one letter.

        Raises:
            DeliveryError: if nobody gets it, or not everybody.
            UsageError: if a secret or a certificate is missing.
        """
        try:
            refused, why = self.office.send(self._letter(digest))
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError.of(self.name, self.office.hide(error)) from None
        if refused:
            raise DeliveryError(
                f"{self.name} 有{refused}个地址被邮件服务器拒收，其余已送达。"
                "请改正 data/alerts.toml。",
                f"{self.name}: the mail server refused {refused} of the addresses; the others were "
                "told. Correct data/alerts.toml.",
                self.office.hide(why),
                told=True,
            )

    def _letter(self, digest: Digest) -> EmailMessage:
        """The letter; its id is the same each time the same events are sent."""
        letter, domain = EmailMessage(), self.how.sender.rpartition("@")[2]
        letter["From"] = self.how.sender
        letter["To"] = ", ".join(self.how.to[self.department])
        letter["Subject"] = digest.subject
        letter["Date"] = format_datetime(self.now())
        letter["Message-ID"] = f"<{digest.key}@{domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter["Content-Language"] = ", ".join(words.tag for words in digest.words.values())
        # Lines of Chinese text without breaks are longer than a line of mail may be.
        letter.set_content(digest.text(), cte="base64")
        letter.add_alternative(digest.html(), subtype="html", cte="base64")
        return letter
