"""How a network listens: a socket, uvicorn on it, and an end that lets nobody down."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..errors import UsageError
from ..signals import handling

BACKLOG = 2048  # connections that wait to be taken
CONNECTIONS = 1000  # that are served at once; more are told to come again
HEAD = 10.0  # seconds in which the head of a request must have come
IDLE = 15  # seconds after which a connection without a request is closed
LAST = 10  # seconds that requests have which are being answered when the end comes


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 is any that is free. UsageError where that cannot be."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError):
        raise UsageError(f"--host {host!r} is no address of this machine: 127.0.0.1 is, for itself alone.") from None
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except PermissionError:
        raise UsageError(f"Port {port} may not be used by you: choose another with --port, from 1024 on.") from None
    except OSError as error:
        said = os.strerror(error.errno) if error.errno else "it cannot be listened to"
        raise UsageError(f"{address[0]}, port {port}: {said}. Choose another with --port; 0 is any free one.") from None


def url_of(host: str, listening: socket.socket) -> str:
    """Where somebody finds what listens there."""
    port = listening.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: FastAPI, listening: socket.socket, ready: Callable[[], object]) -> int:
    """Answer until a signal comes, then let those be answered who are waiting; a second signal ends that. Returns the
    signal's number. `ready` is called once everybody is answered."""
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http=Impatient,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=LAST,
    )
    server, came = _Server(config, ready), list[int]()

    def stop(number: int) -> None:
        server.force_exit = bool(came)
        server.should_exit = True
        came.append(number)

    with handling(stop), listening:
        server.run(sockets=[listening])
    return came[0] if came else 0


class _Server(uvicorn.Server):
    """A server that leaves signals to its caller, and says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave them."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin, and say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()


class Impatient(H11Protocol):
    """A connection that is closed where the head of a request does not come in time: one that says nothing, or a
    letter now and then, would keep its place for ever."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait. What is sent goes at once: a body that waits for its head to be taken costs 40 ms."""
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait for what is still to come of a head."""
        super().data_received(data)
        if self._within_request():
            self._stop_waiting()
        elif self._deadline is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _within_request(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete  # pyright: ignore[reportUnnecessaryComparison]

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(HEAD, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if not self._within_request() and not self.transport.is_closing():
            self.transport.close()
