"""Who is told, and how: data/alerts.toml. Without that file nothing is sent."""

import base64
import binascii
import ssl
from collections.abc import Iterator, Mapping
from email.errors import MessageError
from email.headerregistry import Address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from monitor.agenda import CITY
from publish.errors import UsageError
from publish.fetch.declare import Variable
from publish.project import Project
from publish.settings import read_settings

_PORTS = {"starttls": 587, "tls": 465, "none": 25}


def _address(value: str) -> str:
    """An e-mail address, without a name."""
    try:
        Address(addr_spec=value)
    except (MessageError, ValueError, IndexError) as error:
        raise ValueError("write an e-mail address like office@example.gov.cn") from error
    if not value.isascii() or "@" not in value:
        raise ValueError("write an e-mail address like office@example.gov.cn")
    return value


def _web_address(value: str) -> str:
    """An address of the web that holds no password."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it must begin with https:// or http:// and name a host")
    if "@" in parts.netloc:
        raise ValueError("no user or password here; use url_env")
    return value.rstrip("/")


MailAddress = Annotated[str, AfterValidator(_address)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Seconds = Annotated[float, Field(gt=0, le=300)]


class _Table(BaseModel):
    """A table of the file: nothing in it is unknown, and nothing of it is repeated in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Mail(_Table):
    """E-mail: one server, and the addresses of each department.

    Attributes:
        security: ``starttls``, ``tls`` from the first byte, or ``none``.
        user: who logs in; without one nobody does.
        password_env: the environment variable that holds the password.
        ca_file: the certificates that the server's is checked by, from the project's root or
            absolute; the machine's own if there is none.
        timeout: how many seconds one answer may keep us waiting.
        to: department to addresses; ``*`` is told everything.
    """

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: MailAddress
    user: str | None = None
    password_env: Variable | None = None
    ca_file: Path | None = None
    timeout: Seconds = 30.0
    to: Annotated[
        dict[str, Annotated[tuple[MailAddress, ...], Field(min_length=1)]], Field(min_length=1)
    ]

    @model_validator(mode="after")
    def _can_log_in(self) -> Self:
        if (self.user is None) != (self.password_env is None):
            raise ValueError("give both user and password_env, or neither")
        if self.user and self.security == "none":
            raise ValueError('a password is not sent in the open: use security = "starttls"')
        return self

    @property
    def at_port(self) -> int:
        """The port, the usual one if none is given."""
        return self.port or _PORTS[self.security]


class Webhook(_Table):
    """A program that is told by an HTTP request.

    Attributes:
        url: its address.
        url_env: instead, the environment variable that holds it, where it is itself a secret.
        secret_env: the environment variable that holds the key with which requests are signed.
        departments: whose events it is told; ``*`` for everything.
        ca_file: as for e-mail.
        timeout: how many seconds one answer may keep us waiting.
        tries: how often a request is made before it is left to the next run.
    """

    url: WebAddress | None = None
    url_env: Variable | None = None
    secret_env: Variable
    departments: Annotated[tuple[str, ...], Field(min_length=1)] = (CITY,)
    ca_file: Path | None = None
    timeout: Seconds = 10.0
    tries: Annotated[int, Field(ge=1, le=10)] = 3

    @model_validator(mode="after")
    def _has_an_address(self) -> Self:
        if (self.url is None) == (self.url_env is None):
            raise ValueError("give either url or url_env")
        return self


class Alerts(_Table):
    """The whole file.

    Attributes:
        address: where the public reaches the portal; links begin with it.
        webhooks: by a name that stays the same, as what was told is remembered under it.
    """

    address: WebAddress
    mail: Mail | None = None
    webhooks: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")], Webhook] = {}

    @property
    def departments(self) -> Iterator[tuple[str, str]]:
        """Each department that is named, and where."""
        for code in self.mail.to if self.mail else ():
            yield f"mail.to.{code}", code
        for name, hook in self.webhooks.items():
            yield from ((f"webhooks.{name}.departments", code) for code in hook.departments)


def load_alerts(project: Project) -> Alerts | None:
    """Who is told, and how; None if the project has no such file.

    Raises:
        UsageError: naming the key and the reason, or the department that there is not.
    """
    path = project.alerts
    if not path.is_file():
        return None
    found = read_settings(path, Alerts)
    for place, code in found.departments:
        if code != CITY and code not in project.reference.departments:
            raise UsageError(
                f"{path} 的 {place}：没有编码为 {code} 的部门，见 data/reference/departments.csv。",
                f"{path}, {place}: there is no department {code}; "
                "see data/reference/departments.csv.",
            )
    return found


def secret(environ: Mapping[str, str], variable: str) -> str:
    """What an environment variable holds.

    Raises:
        UsageError: naming the variable that is not set.
    """
    value = environ.get(variable, "").strip()
    if not value:
        raise UsageError(
            f"提醒：环境变量 {variable} 没有设置。请在服务的环境中设置它。",
            f"Alerts: the environment variable {variable} is not set. "
            "Set it where the service runs.",
        )
    return value


def signing_key(environ: Mapping[str, str], variable: str) -> bytes:
    """The key with which a web hook's requests are signed: base64, also after ``whsec_``.

    Raises:
        UsageError: if it is not set, or is no key of at least 24 bytes.
    """
    text = secret(environ, variable).removeprefix("whsec_")
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) < _KEY_BYTES:
        raise UsageError(
            f"提醒：环境变量 {variable} 应是至少{_KEY_BYTES}字节的 base64 密钥："
            "openssl rand -base64 32。",
            f"Alerts: the environment variable {variable} must be a key of at least {_KEY_BYTES} "
            "bytes in base64: openssl rand -base64 32.",
        )
    return key


def trust(project: Project, ca_file: Path | None) -> ssl.SSLContext:
    """How the other side's certificate is checked.

    Raises:
        UsageError: if there are no certificates in the file.
    """
    if ca_file is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=project.root / ca_file)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            f"提醒：ca_file {ca_file} 不是证书文件：{error.strerror or error}",
            f"Alerts: ca_file {ca_file} holds no certificates: {error.strerror or error}",
        ) from error


_KEY_BYTES = 24
