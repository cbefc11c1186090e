"""What `--log` and `--notify` ask for, read and checked before anything is trained.

Addresses may hold passwords: they are in no config, event or message, and are handed on by a pipe.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from ..errors import NnlabError, UsageError, shown, unknown

LOGS = {"tensorboard": "", "mlflow": "mlflow", "wandb": "wandb", "trackio": "trackio"}
"""What can be logged to, and the package that it takes."""
PLACED = {"tensorboard": "DIR", "mlflow": "URI"}  # those that need to be told where
DESKTOP, BELL, FROM_ENVIRONMENT = "desktop", "bell", "env:"


@dataclass(frozen=True, repr=False)
class Wishes:
    """Whom to tell: `logs` are pairs of what and where, `notify` addresses, `desktop` or `bell`; `terminal` is the
    device that rings. Never shown as a whole, since addresses may be secrets."""

    logs: tuple[tuple[str, str], ...] = ()
    notify: tuple[str, ...] = ()
    terminal: str = ""


def read_wishes(logs: Sequence[str], notify: Sequence[str], terminal: str = "") -> Wishes:
    """What these words of `--log` and `--notify` ask for. Raises UsageError for what is not written so, or cannot work
    here, and NnlabError where a package is missing."""
    asked = tuple(_log(text) for text in logs)
    addresses = tuple(_address(text) for text in notify)
    if BELL in addresses and not (terminal := terminal or own_terminal()):
        raise UsageError("--notify bell has no terminal to ring: use an address, or desktop.")
    return Wishes(asked, addresses, terminal)


def _log(text: str) -> tuple[str, str]:
    what, equals, where = text.partition("=")
    if what not in LOGS:
        raise unknown("--log", what, LOGS)
    if what in PLACED and not where:
        raise UsageError(f"--log {what} must be told where: write --log {what}={PLACED[what]}.")
    if equals and what not in PLACED:
        raise UsageError(f"--log {what} takes no place: write --log {what}; it has settings of its own.")
    package = LOGS[what]
    if package and find_spec(package) is None:
        raise NnlabError(f"To log to {what} takes its package: `pip install 'nnlab[{what}]'` brings it.")
    return what, _folder(where) if what == "tensorboard" else where


def _folder(where: str) -> str:
    """The folder's whole path. UsageError where it is none and cannot be made."""
    place = Path(os.path.realpath(os.path.expanduser(where)))  # noqa: PTH111
    nearest = next(path for path in (place, *place.parents) if os.path.lexists(path))
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise UsageError(f"--log tensorboard={where}: {nearest} is no folder that can be written to.")
    return str(place)


def _address(text: str) -> str:
    """An address, `desktop` or `bell`; what it is that was wrong is told without saying the address itself."""
    if text.startswith(FROM_ENVIRONMENT):
        name = text.removeprefix(FROM_ENVIRONMENT)
        found = os.environ.get(name, "")
        if not found:
            raise UsageError(f"--notify {shown(text)}: there is no variable {shown(name)} in the environment.")
        return _address(found)
    if text == DESKTOP:
        if notifier() is None:
            raise UsageError("--notify desktop needs notify-send (in the package libnotify), which is not here.")
        return text
    if text == BELL:
        return text
    try:
        parts = urlsplit(text.removeprefix(kind) if (kind := _kind(text)) else text)
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or any(c.isspace() for c in text):
        raise UsageError("--notify takes an address that begins with https:// or http://, or desktop, or bell.")
    return text


def _kind(text: str) -> str:
    """`ntfy+` or `slack+` before an address, where that is said."""
    return next((kind for kind in ("ntfy+", "slack+", "discord+") if text.startswith(kind)), "")


def notifier() -> list[str] | None:
    """The command that shows a message on this desktop, to which title and text are added; None where there is none."""
    if sys.platform == "darwin" and shutil.which("osascript"):
        script = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run"
        return ["osascript", "-e", script]
    return ["notify-send", "--app-name=nnlab", "--"] if shutil.which("notify-send") else None


def own_terminal() -> str:
    """The terminal that this process was started from; empty where there is none."""
    if os.name == "posix":
        for number in (2, 1, 0):
            with suppress(OSError):
                return os.ttyname(number)
    return ""
