"""The colour of the terminal's background, as far as the terminal tells it."""

from __future__ import annotations

import os
import re
import select
import sys
from time import monotonic

from .render.palette import contrast
from .themes import LIGHT, NNLAB

# OSC 11 asks for the background. Terminals that do not know it pass over it, but all answer the question behind it
# (DA1, what they are): so nothing is waited for in vain.
QUESTION = b"\x1b]11;?\x1b\\\x1b[c"
ANSWER = re.compile(rb"\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})")
END = re.compile(rb"\x1b\[\?[0-9;]*c")
PATIENCE = 0.3  # seconds, for a terminal far away, or none at all


def fitting_theme() -> str:
    """The theme of our own that fits the terminal's background: the dark one where nobody knows."""
    colour = parse(_ask()) or _told(os.environ.get("COLORFGBG", ""))
    return LIGHT.name if colour and contrast(colour, "#000000") > contrast(colour, "#ffffff") else NNLAB.name


def parse(answer: bytes) -> str | None:
    """`rgb:ffff/ffff/ffff` as `#ffffff`; None where there is no such answer."""
    found = ANSWER.search(answer)
    if found is None:
        return None
    return "#" + "".join(f"{round(int(part, 16) * 255 / (16 ** len(part) - 1)):02x}" for part in found.groups())


def _told(variable: str) -> str | None:
    """What `COLORFGBG` says ("0;15", the last being the background): the colours from 9 to 15 and 7 are light."""
    last = variable.rpartition(";")[2]
    return None if not last.isdigit() else "#ffffff" if int(last) in (7, *range(9, 16)) else "#000000"


def _ask() -> bytes:
    """What the terminal answers, with its line buffering off for as long as that takes; nothing where there is none."""
    if os.name != "posix" or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return b""
    import termios
    import tty

    keyboard, answer, until = sys.stdin.fileno(), b"", monotonic() + PATIENCE
    try:
        before = termios.tcgetattr(keyboard)
        try:
            tty.setcbreak(keyboard, termios.TCSANOW)
            os.write(sys.stderr.fileno(), QUESTION)
            while not END.search(answer) and (left := until - monotonic()) > 0:
                if select.select([keyboard], [], [], left)[0]:
                    answer += os.read(keyboard, 256)
        finally:
            termios.tcsetattr(keyboard, termios.TCSANOW, before)
    except (OSError, termios.error):
        return b""
    return answer
