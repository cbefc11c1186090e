"""The loss around the weights keeps to its size, and the end of the way stands out from it."""

import re
from typing import Any

import numpy as np
import pytest
from networks_drawn import packed

from nnlab.tui.render.blocks import in_ascii, plain, width_of
from nnlab.tui.render.landscape import landscape
from nnlab.tui.render.palette import RenderOptions

LOOKS = [RenderOptions(), RenderOptions(colour=False), RenderOptions(colour=False, ascii=True)]


def data(*points: list[float]) -> dict[str, Any]:
    plane = {"x": "first component", "y": "second component", "x_range": [-2.0, 9.0], "y_range": [-1.0, 1.5]}
    cells = packed(np.tile(np.linspace(0, 255, 25), (25, 1)))
    return {
        **{**plane, "width": 25, "height": 25, "classes": [], "cells": cells, "value_range": [-1.0, 0.0]},
        **{"points": list(points), "epochs": list(range(len(points)))},
    }


@pytest.mark.parametrize("options", LOOKS)
@pytest.mark.parametrize("size", [(34, 16), (60, 24), (120, 40)])
def test_it_keeps_to_its_size_and_cuts_nothing_of_its_legend(size: tuple[int, int], options: RenderOptions):
    lines = landscape(data([8.0, 1.0, -0.1, 1], [3.0, 0.5, -0.5, 1], [0.0, 0.0, -1.0, 0]), *size, options)
    assert len(lines) <= size[1]
    assert max(map(width_of, lines)) <= size[0]
    said = plain(in_ascii(lines) if options.ascii else lines)
    assert not options.ascii or said.isascii()
    after, here = options.pick("●", "o"), options.pick("◆", "X")
    assert "after an epoch" in said
    assert f"{here} where they are" in said
    picture = said.split("loss")[0]
    assert picture.count(here) == 1  # no loss is drawn as it is
    assert re.sub("[a-z]{2,}", "", picture).count(after) == 2  # beside the names of the axes


def test_points_are_white_on_colours_that_tell_the_loss():
    lines = landscape(data([0.0, 0.0, -1.0, 0]), 60, 24, LOOKS[0])
    marks = [one.style for line in lines for one in line if one.text == "◆" and one.style is not None]
    assert next(style.color.name for style in marks if style.color is not None) == "#ffffff"
    assert "◆ where the weights are" in plain(lines)
