"""How the states of a run are shown: a glyph each, one for ASCII, and a colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...engine.runs.states import State
from .palette import BAD, BLUE, GOOD, GREY, NOTE


class Sign(NamedTuple):
    """A state's glyph, the letter in its place where only ASCII can be shown, and the colour of both."""

    glyph: str
    letter: str
    colour: str


SIGNS: Mapping[State, Sign] = {
    "waiting": Sign("…", ".", GREY),
    "running": Sign("▶", ">", BLUE),
    "paused": Sign("‖", "=", NOTE),
    "stopping": Sign("◐", "~", NOTE),
    "finished": Sign("✓", "*", GOOD),
    "stopped early": Sign("◆", "+", GOOD),
    "interrupted": Sign("■", "#", GREY),
    "crashed": Sign("✗", "x", BAD),
    "diverged": Sign("≠", "!", BAD),
    "empty": Sign("○", "o", GREY),
    "unreadable": Sign("?", "?", BAD),
}


def glyph(state: State, *, ascii: bool) -> str:
    """The state as one character."""
    return SIGNS[state].letter if ascii else SIGNS[state].glyph
