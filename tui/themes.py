"""The colours around the pictures: a theme of our own, safe for every common colour blindness, and a few others."""

from __future__ import annotations

from textual.theme import Theme

NNLAB = Theme(
    name="nnlab",
    primary="#0087ff",
    secondary="#5fd7ff",
    accent="#ff8700",
    warning="#d7af00",
    error="#ff5f5f",
    success="#00af87",
    foreground="#d0d0d0",
    background="#121212",
    surface="#1c1c1c",
    panel="#262626",
    dark=True,
)
THEMES = (NNLAB.name, "textual-light", "nord", "gruvbox", "solarized-light", "ansi-dark", "ansi-light")
