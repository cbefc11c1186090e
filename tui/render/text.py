"""Words and numbers as they are shown: data made inert, figures made short."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from functools import lru_cache

from rich.cells import cell_len, set_cell_size

from ...engine.wording import count as count
from ...engine.wording import duration as duration
from ...engine.wording import metric_name as metric_name
from ...engine.wording import number as number
from ...engine.wording import percent as percent
from ...engine.wording import short as short

_SPELT = str.maketrans(
    {"–": "-", "…": "~", "×": "x", "²": "2", "★": "*", "·": "-", "→": ">", "←": "<", "↑": "^", "↓": "v"}
)
_SHORT_NAMES = {"accuracy": "acc."}


@lru_cache(maxsize=1024)
def inert(text: str, width: int | None = None, *, ascii: bool = False) -> str:
    """Make text that comes from data (class names, columns, paths) safe to draw in one line.

    Control characters, escape sequences, line breaks, bidirectional overrides and other invisible format characters,
    lone surrogates and unassigned or private code points all become a visible `�` (`?` with `ascii`, which does so
    for every character beyond ASCII), tabs and odd spaces one space. Cut to `width` cells with `…` (`~`).
    """
    bad, more = ("?", "~") if ascii else ("�", "…")
    text = text.translate(_SPELT) if ascii else text
    safe = "".join(_safe(char, bad, ascii) for char in text)
    if width is None or cell_len(safe) <= width:
        return safe
    return set_cell_size(safe, width - 1) + more if width > 0 else ""


def _safe(char: str, bad: str, ascii: bool) -> str:
    category = unicodedata.category(char)
    if char == "\t" or category == "Zs":
        return " "
    if category[0] == "C" or category in ("Zl", "Zp"):
        return bad
    return bad if ascii and not char.isascii() else char


def many(number: int, word: str) -> str:
    """A number of things: `1 run`, `12 runs`."""
    return f"{count(number)} {word}{'' if number == 1 else 's'}"


def day(seconds: float) -> str:
    """A time since 1970 as day, hour and minute; nothing for none, or one that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds).astimezone().strftime("%d %b %H:%M") if seconds else ""
    except (OverflowError, ValueError, OSError):
        return ""


def reached(metric: tuple[str, float] | None) -> str:
    """A metric's key and its value as lists of runs show them: `0.9667 acc.`, `1.4235 MAE`."""
    if metric is None:
        return ""
    measure = metric[0].partition("_")[0]
    return f"{number(metric[1])} {_SHORT_NAMES.get(measure, metric_name(measure))}"
