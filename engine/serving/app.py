"""The application behind `nnlab serve`: what is where, who may ask, and how much at a time."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import secrets
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from ... import __version__
from .asking import JSON, Reply, Served, plain_json, problem, telling
from .form import form_page, sent_values
from .openapi import described

NOTES = "nnlab-notes"
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
}
PORT = re.compile(r":[0-9]*$")
PASSED_OVER = 16  # times as long as a body may be
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Limits:
    """How much is taken from those who ask: bytes of one body and of all that are held at once, seconds in which a body
    must have come and its answer be found, and threads that answer."""

    body: int = 4 * 2**20
    bodies: int = 256 * 2**20
    arrival: float = 20.0
    answer: float = 60.0
    threads: int = 2


@dataclass
class _Room:
    """The bytes of bodies that are held at present."""

    limits: Limits
    held: int = 0


class RefusedError(Exception):
    """A request that is answered by this reply at once."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def application(
    served: Served, *, token: str | None = None, hosts: tuple[str, ...] | None = LOOPBACK, limits: Limits | None = None
) -> FastAPI:
    """The application that answers for a network.

    With a `token`, all but `/health` want it: as `Authorization: Bearer`, or as the password that a browser asks for.
    `hosts` are the names by which it may be called, None for any: a page from elsewhere that has its own name lead here
    is refused by that.
    """
    bounds = limits or Limits()
    room, pool = _Room(bounds), ThreadPoolExecutor(bounds.threads, "nnlab-answer")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        pool.shutdown(wait=False, cancel_futures=True)

    app = FastAPI(
        title=f"nnlab: {served.name}",
        version=__version__,
        docs_url=None,  # these pages would be fetched from elsewhere
        redoc_url=None,
        lifespan=lifespan,
    )

    async def work(job: Callable[[], Reply]) -> Reply:
        try:
            async with asyncio.timeout(bounds.answer):
                return await asyncio.get_running_loop().run_in_executor(pool, job)
        except TimeoutError:
            return problem(503, f"The answer took longer than {bounds.answer:g} seconds: ask for fewer rows, or later.")

    async def health() -> Response:
        """Whether it answers, and with the weights of which epoch."""
        return _response(Reply(200, plain_json({"status": "ok", "epoch": served.checkpoint.epoch})))

    async def inputs() -> Response:
        """The columns that a row must have: kinds and usual values; what is answered."""
        return _response(Reply(200, plain_json(served.inputs)))

    async def predict(request: Request) -> Response:
        """The answers to one row, to columns of rows, to a list of rows, to a CSV, or to an image."""
        async with _body(request, room) as body:
            return _response(await work(lambda: served.ask(body, request.headers.get("content-type", JSON))))

    async def form() -> Response:
        """A form to try it."""
        return _response(Reply(200, form_page(served, {}), HTML))

    async def send(request: Request) -> Response:
        """The same form with the answer to what was sent by it."""
        async with _body(request, room) as body:
            kind = request.headers.get("content-type", "")
            return _response(await work(lambda: Reply(200, form_page(served, sent_values(body, kind)), HTML)))

    app.add_middleware(Guard, token=token, hosts=hosts)
    app.add_exception_handler(HTTPException, _said)
    app.add_exception_handler(RefusedError, _refused)
    app.get("/health")(health)
    app.get("/inputs")(inputs)
    app.post("/predict", **described(served))(predict)
    app.get("/", include_in_schema=False)(form)
    app.post("/", include_in_schema=False)(send)
    return app


@dataclass(frozen=True)
class Guard:
    """What every request passes first: by which name it calls, from which page it comes, and who it is."""

    app: ASGIApp
    token: str | None
    hosts: tuple[str, ...] | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it pass, or answer it here."""
        refusal = self._refusal(Request(scope)) if scope["type"] == "http" else None
        await (refusal or self.app)(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        host = request.headers.get("host", "")
        if self.hosts is not None and PORT.sub("", host).lower() not in self.hosts:
            return _response(problem(421, "This is served to this machine alone: call it as http://localhost."))
        origin = request.headers.get("origin", "")
        if origin and origin.partition("://")[2] != host:
            return _response(problem(403, "Pages from elsewhere are not answered."))
        if self.token is not None and request.url.path != "/health" and not _knows(request, self.token):
            refusal = problem(401, "A token is wanted: send it as `Authorization: Bearer TOKEN`.")
            return _response(refusal, {"www-authenticate": 'Basic realm="nnlab", charset="UTF-8"'})
        return None


def _knows(request: Request, token: str) -> bool:
    """Whether the request brings the token."""
    kind, _, said = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            said = base64.b64decode(said, validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return False
    elif kind.lower() != "bearer":
        return False
    return secrets.compare_digest(said.strip().encode(), token.encode())


@asynccontextmanager
async def _body(request: Request, room: _Room) -> AsyncGenerator[bytes]:
    """A request's whole body, as long as it is needed. RefusedError for one that is too long or too slow, or where too
    much is held already."""
    limits, told = room.limits, request.headers.get("content-length", "")
    size = min(int(told[:20]), limits.body) if told.isdecimal() else limits.body
    if room.held + size > limits.bodies:
        raise RefusedError(problem(503, "Too much is being asked at once: ask again in a second."))
    room.held += size
    try:
        yield await _whole(request, limits)
    finally:
        room.held -= size


async def _whole(request: Request, limits: Limits) -> bytes:
    """The body. Of one that is too long the rest is passed over, within bounds: who still sends hears no answer."""
    body, came = bytearray(), 0
    try:
        async with asyncio.timeout(limits.arrival):
            async for part in request.stream():
                came += len(part)
                if came <= limits.body:
                    body += part
                elif came > limits.body * PASSED_OVER:
                    break
    except TimeoutError:
        raise RefusedError(problem(408, f"The body did not come within {limits.arrival:g} seconds.")) from None
    except ClientDisconnect:
        raise RefusedError(problem(400, "The body was not sent to its end.")) from None
    if came > limits.body:
        said = f"The body is longer than {limits.body / 2**20:g} MiB: send it in several parts."
        raise RefusedError(problem(413, said))
    return bytes(body)


def _response(reply: Reply, more: dict[str, str] | None = None) -> Response:
    headers = HEADERS | (more or {}) | ({NOTES: telling(reply.notes)} if reply.notes else {})
    if reply.status == 503:
        headers["retry-after"] = "1"
    if reply.status in (408, 413):  # the rest of the body is not waited for
        headers["connection"] = "close"
    return Response(reply.body, reply.status, headers, reply.type)


async def _said(request: Request, error: Any) -> Response:
    """What there is none of, in the words of all other refusals."""
    path = request.url.path
    if error.status_code == 405:
        return _response(problem(405, f"{path[:100]} is asked otherwise: POST /predict, GET the others."))
    return _response(problem(404, f"There is no {path[:100]!r}: /, /inputs, /predict, /health, /openapi.json."))


async def _refused(_: Request, error: Any) -> Response:
    return _response(error.reply)
