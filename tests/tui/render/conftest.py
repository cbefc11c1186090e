"""Small pictures to draw, as the engine would hand them over."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from nnlab.tui.render.blocks import Block, Lines, width_of
from nnlab.tui.render.palette import RenderOptions

LOOKS = {
    "colour": RenderOptions(),
    "sixteen": RenderOptions(sixteen=True),
    "plain": RenderOptions(colour=False),
    "ascii": RenderOptions(colour=False, ascii=True),
}


@pytest.fixture(params=list(LOOKS.values()), ids=list(LOOKS))
def options(request: pytest.FixtureRequest) -> RenderOptions:
    return request.param


def packed(values: Any) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=np.uint8).tobytes()).decode()


@pytest.fixture
def class_map() -> dict[str, Any]:
    """Left half class `no`, right half class `yes`, sure away from the middle; the last point is answered wrong."""
    across = np.linspace(-1, 1, 40)
    sure = 0.5 + 0.5 * np.minimum(np.abs(across) * 2, 1)
    return {
        "x": "width",
        "y": "height",
        "x_range": [-1, 1],
        "y_range": [-2, 2],
        "width": 40,
        "height": 20,
        "classes": ["no", "yes"],
        "cells": packed(np.tile(across > 0, (20, 1))),
        "confidence": packed(np.tile(np.rint(sure * 255), (20, 1))),
        "points": [[-0.5, 1.0, 0, 1], [0.5, -1.0, 1, 1], [0.5, 1.0, 0, 0]],
        "method": "features",
    }


@pytest.fixture
def value_map() -> dict[str, Any]:
    return {
        "x": "x1",
        "y": "x2",
        "x_range": [0, 1],
        "y_range": [0, 1],
        "width": 20,
        "height": 10,
        "classes": [],
        "cells": packed(np.tile(np.linspace(0, 255, 20), (10, 1))),
        "value_range": [10, 20],
        "points": [[0.5, 0.5, 15.0, 1]],
        "method": "features",
    }


@pytest.fixture
def pairs() -> dict[str, Any]:
    return {"target": "MPG", "points": [[float(i), float(i) + (i % 3) - 1] for i in range(10, 40)]}


@pytest.fixture
def digits() -> dict[str, Any]:
    counts = np.diag(np.full(10, 1000)) + 3 * (np.eye(10, k=1, dtype=int))
    return {"classes": [str(digit) for digit in range(10)], "counts": counts.tolist()}


@pytest.fixture
def wrong_images() -> dict[str, Any]:
    square = np.zeros((1, 8, 8))
    square[:, 2:6, 2:6] = 255
    item = {"pixels": packed(square), "truth": "3", "answer": "8", "probability": 0.931}
    return {"shape": [1, 8, 8], "what": "worst mistakes", "items": [item, {**item, "answer": "3"}]}


@pytest.fixture
def history() -> list[dict[str, float]]:
    return [
        {
            "epoch": epoch,
            "loss_train": math.exp(-epoch / 30),
            "loss_valid": math.exp(-epoch / 30) + 0.001 * abs(epoch - 80),
            "accuracy_train": 1 - 0.5 * math.exp(-epoch / 30),
            "accuracy_valid": 0.95 - 0.5 * math.exp(-epoch / 30),
            "lr": 0.01 if epoch < 60 else 0.001,
            "seconds": 0.04,
        }
        for epoch in range(1, 101)
    ]


@pytest.fixture
def holds() -> Callable[..., None]:
    """Assert what every picture promises: it fits, styles are there, and without colour it is text alone."""

    def check(lines: Lines, width: int, options: RenderOptions, *, exact: bool = False) -> None:
        assert all(width_of(line) <= width for line in lines)
        assert not exact or {width_of(line) for line in lines} == {width}
        assert all(segment.style is not None for line in lines for segment in line)
        out = io.StringIO()
        Console(file=out, width=width, force_terminal=True, color_system="truecolor").print(Block(lines))
        assert ("\x1b" in out.getvalue()) == options.colour
        if options.ascii:
            assert out.getvalue().isascii()

    return check
