"""The colours around the pictures: two themes of our own, safe for every common colour blindness, and a few others.

The one that was chosen last, and that its user has been welcomed, is kept in `screen.toml` in the user's config folder,
or in `$NNLAB_CONFIG`.
"""

from __future__ import annotations

import json
import os
import tomllib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from textual.theme import BUILTIN_THEMES, Theme

from ..engine.user_folder import config_folder
from .render.palette import DIMMED, GREY, READABLE, readable

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
LIGHT = Theme(
    name="nnlab-light",
    primary="#005faf",
    secondary="#005f87",
    accent="#af5f00",
    warning="#875f00",
    error="#af0000",
    success="#00704f",
    foreground="#262626",
    background="#ffffff",
    surface="#f2f2f2",
    panel="#e6e6e6",
    dark=False,
)


def grounds(theme: Theme) -> tuple[str, ...]:
    """The colours that texts stand on: of panes, of the lines above and below them, of inputs. Where they are the
    terminal's own, black or white, as the theme is for a dark terminal or a light one."""
    colours = theme.to_color_system().generate()
    known = tuple(colours[name] for name in ("background", "surface", "panel") if colours[name].startswith("#"))
    return known or ("#000000" if theme.dark else "#ffffff",)


def _legible(theme: Theme) -> Theme:
    """The theme with texts that can be read on all its grounds, those that stand back and those under a cursor too."""
    stands_on, colours = grounds(theme), theme.to_color_system().generate()
    marked = colours["block-cursor-background"]
    variables = {
        "text-muted": readable(GREY, stands_on, READABLE),
        "text-disabled": readable(GREY, stands_on, DIMMED),
        "block-cursor-foreground": readable(colours["background"], (marked,), READABLE),
    }
    foreground = readable(colours["foreground"], stands_on, READABLE)
    return replace(theme, foreground=foreground, variables={**theme.variables, **variables})


_COLOURED = (NNLAB, LIGHT, *(BUILTIN_THEMES[name] for name in ("textual-light", "nord", "gruvbox", "solarized-light")))
OWN = tuple(map(_legible, _COLOURED))
THEMES = (*(theme.name for theme in OWN), "ansi-dark", "ansi-light")


def remembered() -> str | None:
    """The theme chosen last; None where none was, or the file does not tell one that there is."""
    name = _kept().get("theme")
    return name if name in THEMES else None


def remember(name: str) -> None:
    """Keep this theme for the next session; where nothing can be written it is forgotten."""
    _keep(theme=name)


def is_first_session() -> bool:
    """Whether nobody has been welcomed yet."""
    return not _kept().get("welcomed")


def welcomed() -> None:
    """Somebody has been."""
    _keep(welcomed=True)


def _kept() -> dict[str, Any]:
    try:
        return tomllib.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _keep(**values: str | bool) -> None:
    kept = {key: value for key, value in _kept().items() if isinstance(value, str | bool)}
    path = _file()
    part = path.with_suffix(f".{os.getpid()}")  # whole or not at all, also if two sessions choose at once
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in {**kept, **values}.items()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text("".join(lines), encoding="utf-8")
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink()


def _file() -> Path:
    return config_folder() / "screen.toml"
