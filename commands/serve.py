"""`nnlab serve`: a trained network that answers over HTTP."""

from __future__ import annotations

import ipaddress
import os
import secrets
from typing import Annotated

import typer

from ..engine.errors import NnlabError, UsageError
from .choices import run_names
from .console import Console
from .help import Command, new_app

TOKEN = "NNLAB_TOKEN"
SHORTEST = 8  # characters of a token
MOST_NOTES = 100  # different warnings that are told

app = new_app()


@app.command(cls=Command)
def serve(
    checkpoint: Annotated[
        str,
        typer.Argument(metavar="CHECKPOINT", help="A .pt file, a run, or 'latest'.", autocompletion=run_names),
    ],
    host: Annotated[
        str, typer.Option(help="Where to listen; anywhere but on this machine alone, a token is wanted.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 is any that is free.")] = 8000,
    token: Annotated[
        str | None, typer.Option(help=f"What those who ask must send; better in {TOKEN}, which others do not see.")
    ] = None,
    threads: Annotated[
        int, typer.Option(min=1, max=64, help="Questions answered at once; one by a network of your own.")
    ] = 2,
    model: Annotated[str | None, typer.Option(help="Where a network of your own is: net.py:MyNet.")] = None,
) -> None:
    """Serve a trained network: a form at /, its columns at /inputs, answers at /predict.

    Ctrl-C ends it once those are answered who wait. On stdout stands where it is.
    """
    console = Console.of_process()
    from ..engine.runs.lookup import called, find_checkpoint

    path = find_checkpoint(checkpoint)
    wanted, alone = _token(token, host), _is_loopback(host)
    try:
        from ..engine.serving.app import LOOPBACK, Limits, application
        from ..engine.serving.server import listen, serve, url_of
    except ModuleNotFoundError as error:
        if error.name not in ("fastapi", "uvicorn"):
            raise
        raise NnlabError(
            f"To serve takes {error.name}, which is not installed: `pip install 'nnlab[serve]'` brings it."
        ) from None
    from ..engine.network import load
    from ..engine.serving.asking import Served

    told = set[str]()

    def tell(text: str) -> None:
        if text not in told and len(told) < MOST_NOTES:
            told.add(text)
            console.warn(text if len(told) < MOST_NOTES else "further warnings are not told")

    served = Served(load(path, model=model, note=console.warn).checkpoint, called(checkpoint, path), tell)
    hosts = (*LOOPBACK, host, f"[{host}]") if alone else None
    own = served.checkpoint.spec.family == "custom"  # whose code may keep things between two answers
    web = application(served, token=wanted, hosts=hosts, limits=Limits(threads=1 if own else threads))
    listening = listen(host, port)
    url = url_of(host, listening)

    def ready() -> None:
        console.print_text(f"{url}\n")
        console.stdout.flush()
        console.message(f"{served.name} is served at {url}; Ctrl-C ends it.")
        if wanted and token is None and not os.environ.get(TOKEN):
            console.message(f"The token, which a browser takes as a password: {wanted}")

    signal = serve(web, listening, ready)
    raise typer.Exit(128 + signal if signal else 0)


def _token(told: str | None, host: str) -> str | None:
    """What those who ask must send: what was told, or one of our own where others than this machine can ask."""
    token = told or os.environ.get(TOKEN) or None
    if token is None:
        return None if _is_loopback(host) else secrets.token_urlsafe(24)
    if len(token) < SHORTEST or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(
            f"The token is too short or has signs that no header takes: at least {SHORTEST} letters, digits and signs."
        )
    return token


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
