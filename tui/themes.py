"""The colours around the pictures: a theme of our own, safe for every common colour blindness, and a few others.

The one that was chosen last is kept in `screen.toml` in the user's config folder, or in `$NNLAB_CONFIG`.
"""

from __future__ import annotations

import os
import tomllib
from contextlib import suppress
from pathlib import Path

from textual.theme import Theme

from ..engine.errors import expand_home

CONFIG_VARIABLE = "NNLAB_CONFIG"

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


def remembered() -> str:
    """The theme chosen last; nnlab's own where none was, or the file does not tell one that there is."""
    try:
        name = tomllib.loads(_file().read_text(encoding="utf-8")).get("theme")
    except (OSError, ValueError):
        name = None
    return name if name in THEMES else NNLAB.name


def remember(name: str) -> None:
    """Keep this theme for the next session; where nothing can be written it is forgotten."""
    path = _file()
    part = path.with_suffix(f".{os.getpid()}")  # whole or not at all, also if two sessions choose at once
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(f'theme = "{name}"\n', encoding="utf-8")
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink()


def _file() -> Path:
    if named := os.environ.get(CONFIG_VARIABLE):
        return expand_home(named) / "screen.toml"
    from platformdirs import user_config_path

    return user_config_path("nnlab", appauthor=False) / "screen.toml"
