"""The loss over the rate, with its band."""

import math
from typing import Any

import pytest

from nnlab.tui.render.blocks import in_ascii, plain, width_of
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.render.rates import rates, said


def data(band: tuple[float, float] | None = (1e-3, 1e-2), *, last: float = 2.0) -> dict[str, Any]:
    tried = [{"rate": 10 ** (place / 10 - 6), "loss": 1 - place / 80} for place in range(60)]
    return {"tried": [*tried, {"rate": 1.0, "loss": last}], "band": band, "ended": "exploded at 1", "middle": None}


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize(("width", "height"), [(30, 6), (80, 14), (200, 40)])
@pytest.mark.parametrize("last", [2.0, math.nan, math.inf])
def test_it_keeps_to_its_size_and_shows_the_band(width: int, height: int, last: float, *, ascii: bool):
    lines = rates(data(last=last), width, height, RenderOptions(colour=False, ascii=ascii))
    assert len(lines) == height
    assert max(map(width_of, lines)) <= width
    text = plain(in_ascii(lines) if ascii else lines)
    assert not ascii or text.isascii()
    assert (":" if ascii else "░") in text


def test_the_band_is_said_with_its_ends_or_that_there_is_none():
    assert said(data()).startswith("The loss fell quickly between 0.001 and 0.01, and exploded at 1.")
    assert said(data(None)).startswith("With no rate")
