"""The server: one port, any number of worker processes, ended by a signal without noise."""

import errno
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import current_thread, main_thread

import uvicorn
from uvicorn.supervisors import Multiprocess

from publish.errors import UsageError
from publish.project import Project

ROOT = "GONGSHI_ROOT"
"""The environment variable that tells worker processes which project they serve."""

_ENDING = (signal.SIGINT, signal.SIGTERM)
_GRACE = 10
_LAST_PORT = 65535


def serve(
    project: Project,
    host: str,
    port: int,
    workers: int,
    on_ready: Callable[[str], None],
) -> None:
    """Serves a project until a signal ends it.

    Args:
        port: 0 for any that is free.
        on_ready: told the address as soon as requests can be made.

    Raises:
        UsageError: if the port or the host cannot be used.
    """
    listener = listen(host, port)
    on_ready(address(listener))
    serve_on(project, listener, workers)


def serve_on(project: Project, listener: socket.socket, workers: int) -> None:
    """Serves a project on a port that is open already, until a signal ends it."""
    os.environ[ROOT] = str(project.root)
    config = uvicorn.Config(
        "publish.serve.app:create_app",
        factory=True,
        workers=workers,
        access_log=False,
        log_level="warning",
        server_header=False,
        forwarded_allow_ips=project.proxies,
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=_GRACE,
    )
    with listener, _ended_quietly():
        if workers > 1:
            Multiprocess(config, [listener]).run()
        else:
            uvicorn.Server(config).run([listener])


def listen(host: str, port: int) -> socket.socket:
    """Opens a port.

    Raises:
        UsageError: if another program has it or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        if not 0 <= port <= _LAST_PORT:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(
                f"端口 {port} 已被占用。请换一个：--port {port + 1}。",
                f"Port {port} is in use. Choose another one: --port {port + 1}.",
            ) from error
        raise UsageError(
            f"无法在 {host} 的端口 {port} 上监听：{error}。请检查 --host 和 --port。",
            f"Cannot listen on port {port} of {host}: {error}. Check --host and --port.",
        ) from error
    # asyncio does so only where the protocol was named; without it an answer in two parts
    # waits 40 ms for the client's delayed acknowledgement of the first.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def address(listener: socket.socket) -> str:
    """The address under which an open port is reached from this machine."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


@contextmanager
def _ended_quietly() -> Iterator[None]:
    """Lets a signal end the block like its last line; uvicorn raises it again when it is done."""
    if current_thread() is not main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.default_int_handler) for number in _ENDING}
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
