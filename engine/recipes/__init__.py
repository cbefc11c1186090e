"""Recipes: TOML files that set every choice worth setting, and the defaults of the built-in data sets."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from ..errors import unknown

Tree = dict[str, Any]

_FOLDER = Path(__file__).parent
_FALLBACK = "default"


def names() -> list[str]:
    """Names of all recipes: those named as a data set (or `<data>-<family>`) are its defaults, `tutorial/...` reproduce
    the tutorial."""
    return sorted(path.relative_to(_FOLDER).with_suffix("").as_posix() for path in _FOLDER.rglob("*.toml"))


def text(name: str) -> str:
    """A recipe as its file's text. Raises UsageError with the nearest name for one that does not exist."""
    if name not in names():
        raise unknown("recipe", name, names(), see="nnlab recipe list")
    return (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def read(name: str) -> Tree:
    """A recipe as a partial config tree. Raises UsageError with the nearest name for one that does not exist."""
    return tomllib.loads(text(name))


def default_for(data_name: str, family: str | None = None) -> Tree:
    """The defaults of a data set as a partial config tree: `<data>-<family>` where there is one, else `<data>`, else
    the general ones."""
    known = names()
    candidates = [f"{data_name}-{family}", data_name, f"{_FALLBACK}-{family}"]
    return read(next((name for name in candidates if name in known and "/" not in name), _FALLBACK))
