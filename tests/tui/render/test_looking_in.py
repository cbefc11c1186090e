"""The last hidden layer and the filters keep to their size; axes are held where a newer picture holds them."""

from typing import Any

import numpy as np
import pytest
from networks_drawn import packed

from nnlab.tui.render.blocks import in_ascii, plain, width_of
from nnlab.tui.render.filters import filters, last_first
from nnlab.tui.render.hidden import hidden
from nnlab.tui.render.palette import RenderOptions

LOOKS = [RenderOptions(), RenderOptions(colour=False), RenderOptions(colour=False, ascii=True)]
SIZES = [(30, 10), (40, 18), (80, 30), (160, 50)]


def rows(low: float, high: float, *, classes: bool = True) -> dict[str, Any]:
    """Two numbers a row: one group of rows is low in both, one high."""
    cells = np.array([[0, 0]] * 5 + [[255, 255]] * 5)
    truth = [0] * 5 + [1] * 5
    return {
        **{"units": 2, "kept": 2, "rows": 10, "range": [low, high], "cells": packed(cells), "target": "y"},
        **{"centre": [0.0, 0.0], "axes": [[1.0, 0.0], [0.0, 1.0]], "share": [0.7, 0.3], "right": [1] * 10},
        **{"classes": ["a", "b"] if classes else [], "truth": truth, "value_range": [0.0, 1.0]},
    }


def network() -> dict[str, Any]:
    unit = {"range": [0, 2], "cells": packed(np.zeros(64)), "weight_range": [-1, 1], "weights": packed(np.zeros(9))}
    layers = [
        {"name": f"layer {n}", "more": 3, "width": 8, "height": 8, "across": 3, "down": 3}
        | {"units": [{**unit, "name": f"{n}.{place}"} for place in range(1, 17)]}
        for n in (1, 2, 3)
    ]
    image = {"shape": [1, 8, 8], "pixels": packed(np.zeros(64)), "row": 4, "rows": 90}
    return {**image, "truth": "7", "answer": "9", "probability": 0.5, "layers": layers}


@pytest.mark.parametrize("options", LOOKS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("classes", [True, False])
def test_the_hidden_layer_keeps_to_its_size(size: tuple[int, int], options: RenderOptions, classes: bool):
    lines = hidden(rows(-1, 1, classes=classes), *size, options)
    assert len(lines) <= size[1]
    assert max(map(width_of, lines)) <= size[0]
    assert not options.ascii or plain(in_ascii(lines)).isascii()
    assert all(f"{share} %{' of spread' * (size[0] >= 40)}" in plain(lines) for share in (70, 30))


def test_rows_are_seen_along_the_axes_and_within_the_limits_of_the_newest_picture():
    newest = rows(-2, 2)
    far = plain(hidden(newest, 60, 20, LOOKS[1]))
    near = plain(hidden({**rows(-0.2, 0.2), "held": newest}, 60, 20, LOOKS[1]))
    assert far.splitlines()[1][:5] == near.splitlines()[1][:5]  # the same end of the axis

    def between(text: str) -> int:
        lines = [place for place, line in enumerate(text.splitlines()[:-2]) if "●" in line or "▲" in line]
        return max(lines) - min(lines)

    assert between(near) < between(far) / 4


@pytest.mark.parametrize("options", LOOKS)
@pytest.mark.parametrize("size", SIZES)
def test_filters_keep_to_their_size_and_all_units_can_be_come_to(size: tuple[int, int], options: RenderOptions):
    data, last = network(), last_first(network(), *size)
    seen = ""
    for first in range(last + 1):
        lines = filters(data, *size, options, first=first)
        assert len(lines) <= size[1]
        assert max(map(width_of, lines)) <= size[0]
        assert not options.ascii or plain(in_ascii(lines)).isascii()
        seen += plain(lines)
    assert "image 4 of 90: 7; answer 9" in seen
    assert "1.1 " in seen
    assert "1.16" in seen
