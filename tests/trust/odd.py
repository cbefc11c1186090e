"""Lines that nnlab never writes, for the files of a run's folder: real ones changed at one place, and any others."""

from __future__ import annotations

import json
import random
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from nnlab.engine.events import (
    CheckpointSaved,
    EpochEnded,
    Event,
    Noted,
    PictureTaken,
    RunFinished,
    RunStarted,
    StateChanged,
    to_line,
)
from nnlab.engine.runs.folder import RunFolder

HUGE = sys.float_info.max
VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 7, 2**53, 2**64, 10**400),
    *(0.5, -0.0, 1e-320, HUGE, -HUGE, float("inf"), float("nan")),
    *("", "x", "0.5", "\ud800", "a\x00b", "\x1b]0;x\x07", "\u202e", "=1+1", "../../x", "latest", "x" * 5000),
    *([], [[]], [1], ["x"], [None], [1e308, -1e308], {}, {"a": {"b": {}}}, {"epochs": "x"}, [{}] * 300),
]
CONFIG = {
    "data": {"name": "xor"},
    "prepare": {"one_hot": {"a": ["b"]}},
    "model": {"family": "mlp", "hidden": [4, 3]},
    "training": {"epochs": 3, "lr": 0.1, "batch_size": 8, "optimizer": "adam", "final": "best"},
}


def packed(count: int) -> str:
    """The base64 of so many bytes."""
    return b64encode(bytes(number % 256 for number in range(count))).decode()


def unit(name: str) -> dict[str, Any]:
    """A unit of a network's picture."""
    return {"name": name, "range": [-1.0, 1.0], "cells": packed(4)}


def layer(name: str, units: int) -> dict[str, Any]:
    """A layer of a network's picture."""
    units_ = [unit(f"{name}{number}") for number in range(units)]
    return {"name": name, "neutral": 0.0, "classes": False, "units": units_, "more": 0}


PLANE = {"x": "x1", "y": "x2", "x_range": [-1.0, 1.0], "y_range": [-2.0, 2.0], "width": 2, "height": 2}
PICTURES: list[PictureTaken] = [
    PictureTaken("map", 2, {
        **PLANE, "classes": ["0", "1"], "cells": packed(4), "confidence": packed(4), "method": "features",
        "points": [[0.5, 0.5, 1, 1], [0.1, -0.5, 0, 0]], "columns": ["x1", "x2", "x3"],
    }),
    PictureTaken("map", 2, {**PLANE, "classes": [], "cells": packed(4), "value_range": [0, 9]}),
    PictureTaken("scatter", 2, {"target": "price", "points": [[1.0, 2.0], [3.0, 2.5]]}),
    PictureTaken("matrix", 2, {"classes": ["0", "1"], "counts": [[3, 1], [0, 4]]}),
    PictureTaken("images", 2, {
        "shape": [1, 2, 2], "what": "worst mistakes",
        "items": [{"pixels": packed(4), "truth": "0", "answer": "1", "probability": 0.9}],
    }),
    PictureTaken("network", 2, {
        **PLANE, "form": "maps", "layers": [layer("inputs", 2), layer("output", 1)], "skipped": 0,
        "weights": [{"scale": 1.0, "cells": packed(2)}],
    }),
    PictureTaken("network", 2, {
        "form": "weights", "width": 2, "height": 2, "layers": [layer("layer 1", 3)], "weights": [],
    }),
]  # fmt: skip


def epoch(number: int) -> EpochEnded:
    """An epoch as it is told."""
    record = {"epoch": number, "loss_train": 1 / number, "loss_valid": 0.5, "accuracy_valid": 0.75, "lr": 0.1}
    return EpochEnded({**record, "seconds": 0.01})


def started(name: str = "run") -> RunStarted:
    """The beginning of a run."""
    return RunStarted(name, "", "xor", "binary", 108, "cpu", CONFIG, {"train": 680, "valid": 120}, 2, ["0", "1"])


def whole() -> list[Event]:
    """The log of a run from beginning to end, with an event of each kind and a picture of each kind."""
    return [
        *(started(), epoch(1), StateChanged("paused", 1), StateChanged("running", 1), epoch(2)),
        *(CheckpointSaved("best", "best.pt", 2), Noted("a note", 2), *PICTURES, epoch(3)),
        RunFinished("run", "", 3, "epochs", 2, "best.pt", "last.pt", {"accuracy_test": 0.9, "loss_valid": 0.4}, 1.5),
    ]


def make_run(folder: Path, lines: list[bytes] | None = None) -> RunFolder:
    """A run's folder with this log, a whole one if none is given."""
    folder.mkdir(parents=True, exist_ok=True)
    run = RunFolder(folder)
    run.events.write_bytes(b"".join(line + b"\n" for line in (lines if lines is not None else real_lines())))
    return run


def real_lines() -> list[bytes]:
    """The lines of a whole log."""
    return [to_line(event).encode() for event in whole()]


def compact(value: Any) -> str:
    """A value as nnlab writes it."""
    return json.dumps(value, separators=(",", ":"))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where there is something in a JSON value, at any depth."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def changed(body: dict[str, Any], path: tuple[Any, ...], value: Any) -> bytes:
    """The line of an object with another value at this place, `...` taking it away."""
    body = json.loads(json.dumps(body))
    within: Any = body
    for key in path[:-1]:
        within = within[key]
    if value is ...:
        del within[path[-1]]
    else:
        within[path[-1]] = value
    return compact(body).replace("Infinity", "1e999").encode()


def odd_line(rng: random.Random, bodies: list[dict[str, Any]]) -> bytes:
    """One of these objects changed at one place, cut or damaged; or a line of any other kind."""
    line = compact(rng.choice(bodies)).encode()
    kinds: list[Callable[[], bytes]] = [
        *[lambda: _changed_somewhere(rng, rng.choice(bodies))] * 12,
        lambda: line[: rng.randrange(len(line))],
        lambda: line.replace(b":", rng.choice([b";", b":[", b":-", b"::"]), rng.randrange(1, 4)),
        lambda: bytes(rng.randrange(256) for _ in range(rng.randrange(200))).replace(b"\n", b" "),
        lambda: b"[" * rng.choice([10, 900, 100_000]),
        lambda: b'{"a":' * rng.choice([10, 900, 50_000]) + b"1",
        lambda: json.dumps(rng.choice(VALUES)).encode(),
        lambda: line.replace(b"1", b"9" * rng.choice([20, 400, 6000])),
        lambda: bytes(rng.randrange(4096)) + line,
    ]
    return rng.choice(kinds)().replace(b"\n", b" ")


def _changed_somewhere(rng: random.Random, body: dict[str, Any]) -> bytes:
    where = rng.choice(list(places(body)))
    return changed(body, where, rng.choice([..., *VALUES]))
