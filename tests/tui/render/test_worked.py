"""A row's parts keep to their width, in ASCII too."""

from typing import Any

import pytest

from nnlab.tui.render.blocks import in_ascii, plain, width_of
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.render.worked import figure, parts


def layer(name: str, units: int, inputs: int, activation: str) -> dict[str, Any]:
    row = {key: [-0.25] * units for key in ("biases", "sums", "answers", "slopes", "asked", "blame")}
    row |= {key: [0.00001] * units for key in ("bias_gradients", "bias_changes")}
    table = {key: [[0.5] * inputs] * units for key in ("weights", "gradients", "changes")}
    return {"name": name, "activation": activation, "inputs": [1.5] * inputs, **row, **table}


DATA: dict[str, Any] = {
    **{"row": 3, "split": "train", "rows": 680, "names": ["x1", "x2"], "classes": ["left", "right"], "truth": "left"},
    **{"loss_name": "cross-entropy", "loss": 0.7, "shares": [0.5, 0.5], "rate": 0.01, "optimizer": "adam"},
    "layers": [layer("layer 1", 16, 2, "Tanh"), layer("output", 2, 16, "")],
}


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("width", [50, 80, 200])
def test_every_part_keeps_to_its_width(width: int, *, ascii: bool):
    for lines in parts(DATA, width, RenderOptions(colour=False, ascii=ascii)):
        assert lines
        assert max(map(width_of, lines)) <= width
        assert not ascii or plain(in_ascii(lines)).isascii()


def test_a_product_is_not_taken_for_a_difference_in_ascii():
    said = plain(parts(DATA, 80, RenderOptions(colour=False, ascii=True))[1])
    assert "1.5000*0.5000 + 1.5000*0.5000 + (-0.2500) = -0.2500" in said.replace("\n", " ")
    assert "->" in plain(parts(DATA, 80, RenderOptions(colour=False, ascii=True))[-1])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0.0000"),
        (-0.0, "0.0000"),
        (0.25, "0.2500"),
        (-2.1e-5, "-2.1e-05"),
        (1e6, "1.0000e+06"),
        (-2.5e7, "-2.5000e+07"),
    ],
)
def test_a_number_is_short_whatever_its_size(value: float, said: str):
    assert figure(value) == said
