"""How far a user has come with each lesson, in a file of theirs; where nothing can be written it is forgotten."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from ..user_folder import config_folder

FILE = "lessons.json"
LARGEST = 2**16  # bytes
MOST = 500  # lessons


@dataclass(frozen=True)
class Come:
    """The step that is in view, from 0, and whether a run has passed the check."""

    step: int = 0
    done: bool = False


def come(name: str) -> Come:
    """How far this lesson was played; nothing for what the file does not tell, or tells wrongly."""
    return _all().get(name, Come())


def remember(name: str, far: Come) -> None:
    """Keep how far a lesson was played; one that was done stays so."""
    kept = _all()
    kept[name] = Come(far.step, far.done or kept.get(name, Come()).done)
    path = config_folder() / FILE
    part = path.with_suffix(f".{os.getpid()}")  # whole or not at all, also if two sessions write at once
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        newest = dict(list(kept.items())[-MOST:])
        part.write_text(json.dumps({key: asdict(one) for key, one in newest.items()}), encoding="utf-8")
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink()


def _all() -> dict[str, Come]:
    try:
        with (config_folder() / FILE).open("rb") as file:
            read: Any = json.loads(file.read(LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(read, dict):
        return {}
    told: dict[str, Any] = read
    return {name: Come(one["step"], one["done"]) for name, one in told.items() if _is_one(one)}


def _is_one(value: Any) -> bool:
    """Whether a value of the file says how far a lesson was played."""
    return (
        isinstance(value, dict)
        and type(value.get("step")) is int  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        and value["step"] >= 0
        and type(value.get("done")) is bool  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    )
