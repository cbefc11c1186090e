"""Whatever a film says of what is within a network is refused or drawn, and breaks nothing."""

import base64
import json
from contextlib import suppress
from typing import Any

import doors
import odd
import pytest

from nnlab.engine.events import PictureTaken, to_json
from nnlab.engine.runs.log import event_in
from nnlab.tui.live import draw
from nnlab.tui.render.worked_steps import step_drawn, steps_of
from nnlab.tui.trainer.landscape import until


def cells(count: int) -> str:
    return base64.b64encode(bytes(range(count))).decode()


def layer(name: str, units: int, inputs: int) -> dict[str, Any]:
    row = ("sums", "biases", "answers", "slopes", "asked", "blame", "bias_gradients", "bias_changes")
    table = {key: [[0.5] * inputs] * units for key in ("weights", "gradients", "changes")}
    activation = "" if name == "output" else "Tanh"
    given = {"name": name, "activation": activation, "inputs": [1.0] * inputs}
    return {**given, **{key: [0.5] * units for key in row}, **table}


UNIT = {"name": "1.1", "range": [0.0, 1.0], "cells": cells(4), "weight_range": [-1.0, 1.0], "weights": cells(4)}
OF_LAYER = {"name": "layer 1", "more": 3, "width": 2, "height": 2, "across": 2, "down": 2, "units": [UNIT]}
DATA: dict[Any, dict[str, Any]] = {
    "worked": {
        **{"token": 1, "row": 1, "rows": 9, "epoch": 1, "split": "train", "names": ["x"], "classes": ["a", "b"]},
        **{"truth": "a", "loss_name": "mse", "loss": 0.5, "shares": [0.5, 0.5], "rate": 0.1, "optimizer": "sgd"},
        "layers": [layer("layer 1", 2, 1), layer("output", 2, 2)],
    },
    "weights": {"type": "float16", "values": cells(8)},
    "landscape": {
        **{"x": "one", "y": "another", "x_range": [-1.0, 1.0], "y_range": [-1.0, 1.0], "width": 2, "height": 2},
        **{"classes": [], "cells": cells(4), "value_range": [-2.0, 1.0], "epochs": [0, 3]},
        "points": [[0.5, 0.5, -1.0, 1], [0.0, 0.0, -2.0, 0]],
    },
    "hidden": {
        **{"units": 2, "kept": 2, "rows": 2, "range": [0.0, 1.0], "cells": cells(4), "centre": [0.0, 0.5]},
        **{"axes": [[1.0, 0.0], [0.0, 1.0]], "share": [0.7, 0.3], "classes": ["a", "b"], "target": "y"},
        **{"truth": [0, 1], "right": [1, 0], "value_range": [0.0, 1.0]},
    },
    "filters": {
        **{
            "row": 1,
            "rows": 9,
            "truth": "7",
            "answer": "9",
            "probability": 0.5,
            "shape": [1, 2, 2],
            "pixels": cells(4),
        },
        "layers": [OF_LAYER, OF_LAYER],
    },
}
ODD = (..., {"a": [1e308]}, [[None]], [], "x", "\x1b[31m", -1, 0, 10**400, 1e308, float("inf"), None, True)


@pytest.mark.parametrize("kind", DATA)
def test_a_field_of_another_type_is_refused_or_harmless(kind: Any):
    body = to_json(PictureTaken(kind, 3, DATA[kind], live=True))
    assert isinstance(event_in(json.dumps(body).encode()), PictureTaken)
    for path in odd.places(body):
        for value in (
            ...,
            {"a": [1e308]},
            [[None]],
            [],
            "x",
            "\x1b[31m",
            -1,
            0,
            10**400,
            1e308,
            float("inf"),
            None,
            True,
        ):
            event = None
            with suppress(ValueError):
                event = event_in(odd.changed(body, path, value))
            if isinstance(event, PictureTaken):
                look_at(event)


def look_at(picture: PictureTaken) -> None:
    """Draw a picture wherever it is drawn."""
    for options in doors.LOOKS:
        if picture.kind == "worked" and "refused" not in picture.data:
            for step in steps_of(picture.data):
                step_drawn(picture.data, step, 80, 24, options)
        elif picture.kind not in ("worked", "weights"):
            draw.drawn(picture.kind, picture.data, 80, 24, options)
    if picture.kind == "landscape":
        until(picture, 1)
