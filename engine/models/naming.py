"""How networks are named: one of the user's own, `path/to/net.py:MyNet`, and its arguments, `hidden=16`; any of
them in a few characters."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from ..errors import UsageError

if TYPE_CHECKING:
    from ..config import Argument


def split_name(text: str) -> tuple[str, str]:
    """`path/to/net.py:MyNet` as its file and class. UsageError where it is not written so."""
    file, colon, name = text.rpartition(":")
    if not colon or not file.endswith(".py") or not name.isidentifier():
        raise UsageError(f"{text!r} names no network of your own: write it as path/to/net.py:MyNet.")
    return file, name


def is_user_network(text: str) -> bool:
    """Whether what somebody calls a network means one in a file, and none of nnlab's families."""
    return ":" in text or text.endswith(".py")


def user_network(text: str) -> dict[str, str]:
    """`path/to/net.py:MyNet` as the part of the config that it stands for. UsageError where it is not written so."""
    file, class_name = split_name(text)
    return {"family": "custom", "file": os.path.realpath(file), "class_name": class_name}


def model_tree(text: str) -> dict[str, str]:
    """What `--model` says, a family or `path/to/net.py:MyNet`, as the part of the config that it stands for."""
    return user_network(text) if is_user_network(text) else {"family": text}


def name_of(own: Callable[..., object]) -> str:
    """What a network that was given in Python is called: its class's name, or the function's that makes it."""
    return str(getattr(own, "__name__", type(own).__name__))


def read_arguments(texts: list[str]) -> dict[str, Argument]:
    """`hidden=16`, `widths=16,8`, `bias=false`, `name=gelu` as values. UsageError for what is not written so."""
    found: dict[str, Argument] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise UsageError(f"--model-arg {text!r} is not an argument: write it as --model-arg hidden=16.")
        parts = [_value(part.strip()) for part in value.split(",")]
        found[name.strip()] = parts if len(parts) > 1 else parts[0]
    return found


def _value(text: str) -> int | float | bool | str:
    try:
        value = json.loads(text.lower() if text.lower() in ("true", "false") else text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, int | float) else text


def describe_model(model: dict[str, object]) -> str:
    """A network in a few characters: its family and the widths of its layers."""
    widths = model.get("channels") if model.get("family") == "cnn" else model.get("hidden")
    if model.get("family") == "custom":
        return str(model.get("class_name"))
    if isinstance(parts := model.get("parts"), list):
        return f"ensemble of {len(cast(list[object], parts))}"
    inner = "-".join(str(width) for width in widths) if isinstance(widths, list) else ""
    return f"{model.get('family')} {inner}".strip() if model.get("family") != "linear" else "linear"
