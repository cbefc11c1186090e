"""Points of a data set before any training: all in sight, told by colour and shape, at any size."""

import pytest

from nnlab.engine.config import DataConfig
from nnlab.engine.data.overview.glance import glance
from nnlab.tui.render.blocks import plain, width_of
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.render.points import points


@pytest.mark.parametrize("name", ["spiral", "iris", "gaussians"])
@pytest.mark.parametrize("size", [(20, 8), (46, 18), (80, 40)])
@pytest.mark.parametrize("options", [RenderOptions(), RenderOptions(colour=False), RenderOptions(False, True)])
def test_they_fill_what_there_is(name: str, size: tuple[int, int], options: RenderOptions):
    data = glance(DataConfig(name=name))
    assert data is not None
    drawn = points(data, *size, options)
    assert len(drawn) == size[1]
    assert {width_of(line) for line in drawn} == {size[0]}
    text = plain(drawn)
    assert not options.ascii or text.isascii()
    assert all(one in text for one in ([class_name[:4] for class_name in data["classes"]] or ["1"]))


def test_a_lonely_point_has_its_place():
    data = {"x": "a", "y": "b", "x_range": [0, 0], "y_range": [0, 1], "classes": ["yes"], "value_range": [0, 0]}
    assert "●" in plain(points({**data, "x_range": [-1, 1], "points": [[0, 0.5, 0, 1]]}, 20, 8, RenderOptions()))
