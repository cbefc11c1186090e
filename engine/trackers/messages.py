"""One small message about a run: to ntfy, Slack, Discord or any webhook, on the desktop, or as a terminal's bell.

A message that cannot be sent harms nothing; what is said of that names the host alone, as an address may be secret.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from .wishes import BELL, DESKTOP, notifier

TRIES = 3
PAUSE = 2.0  # seconds before a second try, doubled for the next
LONGEST_WAIT = 10.0  # seconds for one try
LONGEST = 1000  # characters
PRIORITY = {"diverged": "high", "stalled": "high", "crashed": "high", "failed": "high"}


@dataclass(frozen=True)
class Message:
    """What is said of a run: `what` happened (`finished`, `stopped`, `diverged`, `failed`, `stalled`, `crashed`), in a
    title and a sentence, and `facts` for programs."""

    run: str
    what: str
    title: str
    text: str
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


def send(address: str, message: Message, terminal: str = "", *, wait: Callable[[float], object] = time.sleep) -> str:
    """Send it, trying again where that may help. Returns why it could not be sent, in words without the address; empty
    where it was."""
    if address == BELL:
        return _ring(terminal)
    if address == DESKTOP:
        return _show(message)
    host, trouble = urlsplit(address.partition("+")[2] or address).hostname or "", ""
    for turn in range(TRIES):
        if turn:
            wait(PAUSE * 2 ** (turn - 1))
        trouble, again = _post(address, message)
        if not trouble:
            return ""
        if not again:
            break
    return f"{host} could not be told ({trouble})"


def _post(address: str, message: Message) -> tuple[str, bool]:
    """Try once: what went wrong, empty for nothing, and whether another try may help."""
    try:
        with _OPENER.open(request_of(address, message), timeout=LONGEST_WAIT) as reply:
            reply.read(1)
        return "", False
    except urllib.error.HTTPError as error:
        error.close()
        return f"status {error.code}", error.code >= 500 or error.code in (408, 429)
    except urllib.error.URLError as error:
        reason = error.reason
        return (reason.strerror or "no connection") if isinstance(reason, OSError) else "no connection", True
    except TimeoutError:
        return "it took too long", True
    except (OSError, HTTPException, ValueError) as error:
        return type(error).__name__, False


def request_of(address: str, message: Message) -> urllib.request.Request:
    """The request in the form that the address is known to take."""
    kind, url = _kind_of(address)
    text = message.text[:LONGEST]
    if kind == "ntfy":
        title = message.title.encode("ascii", "replace").decode()
        headers = {
            "Content-Type": "text/plain; charset=utf-8",
            "Title": title,
            "Priority": PRIORITY.get(message.what, "default"),
            "Tags": _tag(message.what),
        }
        return urllib.request.Request(url, text.encode(), {**headers, **_AGENT}, method="POST")
    said = f"{message.title}: {text}"
    bodies: dict[str, dict[str, Any]] = {"slack": {"text": said}, "discord": {"content": said}}
    facts = {"run": message.run, "event": message.what, "title": message.title, "text": text, **message.facts}
    body = json.dumps(bodies.get(kind, facts), allow_nan=False).encode()
    return urllib.request.Request(url, body, {"Content-Type": "application/json", **_AGENT}, method="POST")


def _kind_of(address: str) -> tuple[str, str]:
    """What listens there, and the address without the word that says so."""
    kind, plus, rest = address.partition("+")
    if plus and kind in ("ntfy", "slack", "discord"):
        return kind, rest
    host = urlsplit(address).hostname or ""
    if host == "ntfy.sh" or host.startswith("ntfy."):
        return "ntfy", address
    if host == "hooks.slack.com":
        return "slack", address
    return ("discord" if host in ("discord.com", "discordapp.com") else "webhook"), address


def _tag(what: str) -> str:
    return "white_check_mark" if what == "finished" else "warning" if what in PRIORITY else "information_source"


def _ring(terminal: str) -> str:
    try:
        number = os.open(terminal, os.O_WRONLY | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_NONBLOCK", 0))
        try:
            os.write(number, b"\a")
        finally:
            os.close(number)
    except OSError as error:
        return f"the terminal could not be rung ({error.strerror})"
    return ""


def _show(message: Message) -> str:
    command = notifier()
    if command is None:
        return "the desktop could not be told (there is no notify-send)"
    try:
        done = subprocess.run([*command, message.title, message.text], capture_output=True, timeout=LONGEST_WAIT)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"the desktop could not be told ({type(error).__name__})"
    return "" if done.returncode == 0 else f"the desktop could not be told (exit code {done.returncode})"


class _Stay(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else: what an address is told is for it alone."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow none."""
        return


_OPENER = urllib.request.build_opener(_Stay)
_AGENT = {"User-Agent": "nnlab"}
