"""Each step of a row keeps to its size, and shows on the picture what is known by then and nothing else."""

from typing import Any

import pytest
from networks_drawn import worked_row

from nnlab.tui.render.blocks import in_ascii, plain, width_of
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.render.worked_steps import Step, next_part, step_drawn, steps_of

PLAIN = RenderOptions(colour=False)


def test_steps_lead_forward_through_all_units_and_back_from_the_last_layer():
    steps = steps_of(worked_row(2))
    assert [(one.kind, one.layer, one.unit) for one in steps] == [
        ("row", 0, 0),
        *[("forward", place, unit) for place in (0, 1) for unit in (0, 1)],
        ("loss", 1, 0),
        *[("backward", place, unit) for place in (1, 0) for unit in (0, 1)],
    ]
    assert [next_part(steps, at, 1) for at in (0, 1, 2, 5, 6, 8)] == [1, 3, 3, 6, 8, 8]
    assert [next_part(steps, at, -1) for at in (0, 1, 2, 6, 9)] == [0, 0, 1, 5, 8]


@pytest.mark.parametrize("options", [RenderOptions(), PLAIN, RenderOptions(colour=False, ascii=True)])
@pytest.mark.parametrize("size", [(54, 11), (74, 19), (114, 35), (194, 55), (20, 3)])
@pytest.mark.parametrize("sizes", [(), (2,), (16, 16), (16,) * 7])
def test_every_step_keeps_to_its_size(size: tuple[int, int], sizes: tuple[int, ...], options: RenderOptions):
    data = worked_row(*sizes)
    for step in steps_of(data):
        lines = step_drawn(data, step, *size, options)
        assert len(lines) <= size[1]
        assert max(map(width_of, lines)) <= size[0]
        assert not options.ascii or plain(in_ascii(lines)).isascii()


def lines_of(data: dict[str, Any], step: Step) -> list[str]:
    """The lines of the picture alone."""
    return plain(step_drawn(data, step, 120, 40, PLAIN)).split("\n\n")[0].splitlines()


def test_forward_the_picture_has_what_is_known_and_each_weight_beside_what_it_is_multiplied_with():
    lines = lines_of(worked_row(3), Step("forward", 0, 1))
    assert lines[0].split()[:2] == ["inputs", "·w"]
    assert [line.split()[:3] for line in lines[1:]] == [
        ["x1", "1.5000", "·0.5000"],
        ["x2", "1.5000", "·0.5100"],
        ["x3", "1.5000", "·0.5200"],
    ]
    assert "1.0000" in lines[1]
    assert "▸1.2" in lines[2]
    assert "2.0000" in lines[2]
    assert "3.0000" not in lines[3]  # of the third unit nothing is known yet
    assert "left" in lines[1]


def test_backward_it_has_blame_and_the_gradient_of_each_weight():
    text = "\n".join(lines_of(worked_row(3), Step("backward", 0, 1)))
    assert "layer 1: dL/dz" in text
    assert text.count("-0.0300") == 3
    assert "0.1100" in text
    assert "0.1200" not in text  # of the third unit it is not known yet
    whole = plain(step_drawn(worked_row(3), Step("backward", 0, 1), 120, 40, PLAIN))
    assert "1.2: dL/da = 0.1000·0.5100 + 0.1100·0.5100 = -0.2500; dL/dz = (-0.2500)·(-0.2500) = 0.1100" in whole
    assert "x2 → 1.2" in whole
