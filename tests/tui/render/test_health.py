"""A line for each layer, and what is off above them."""

from typing import Any

import pytest

from nnlab.tui.render.blocks import in_ascii, plain, width_of
from nnlab.tui.render.health import bars, health, trend
from nnlab.tui.render.palette import RenderOptions

PLAIN = RenderOptions(colour=False)
LINE = ["▂▅█▅▂", "0.40", "0.50", "40.0", "%", "▂▅█▅▂", "0.02", "-3.1", "▆", "▄"]


def layer(name: str, **more: Any) -> dict[str, Any]:
    spread = {"range": [-1.0, 1.0], "counts": [0, 1, 5, 9, 5, 1, 0, 0]}
    return {
        **{"name": name, "part": "Linear", "activation": "ReLU", "units": 16, "mean": 0.4, "deviation": 0.5},
        **{"dead": 0.4, "saturated": None, "gradient": 0.02, "update": -3.1, "slope": 0.1, "same": False},
        **{"activations": spread, "gradients": spread, "trail": {"update": [-2.0, None, -3.1]}},
        **more,
    }


def data(*findings: str, layers: int = 2) -> dict[str, Any]:
    named = [layer(f"layer {place}") for place in range(1, layers)]
    last = layer("output", activation="", dead=None, update=None)
    whole = {"rows": 256, "loss": 0.1, "chance": 0.7, "rate": 0.01, "more": 0}
    return {**whole, "layers": [*named, last], "findings": list(findings)}


def test_each_layer_has_a_line_with_its_numbers():
    said = plain(health(data("layer 1: 40% of its units are dead."), 100, 20, PLAIN))
    assert "▲ layer 1: 40% of its units are dead." in said
    first = next(line for line in said.splitlines() if line.startswith("layer 1"))
    assert first.split() == ["layer", "1", "ReLU", "16", *LINE]
    last = next(line for line in said.splitlines() if line.startswith("output Linear"))
    assert last.split()[-3:] == ["none", "▆", "▄"]


def test_a_healthy_network_is_said_to_be_one():
    assert "fare well" in plain(health(data(), 80, 20, PLAIN))


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize(("width", "height"), [(20, 5), (38, 8), (80, 12), (200, 60)])
def test_it_keeps_to_its_size(width: int, height: int, *, ascii: bool):
    long = "layer 1: its gradient is more than a million times smaller than that of layer 10; try fewer layers."
    lines = health(data(long, long, layers=40), width, height, RenderOptions(colour=False, ascii=ascii))
    assert len(lines) <= height
    assert max(map(width_of, lines)) <= width
    assert not ascii or plain(in_ascii(lines)).isascii()


def test_bars_show_what_is_little_and_leave_out_what_is_not_there():
    assert bars([0, 1, 1000], PLAIN) == " ▂█"
    assert trend([-6.0, None, 0.0, float("nan")], -6, 0, PLAIN) == "▁ █ "


def test_a_narrow_pane_keeps_the_histograms_with_half_as_many_bins():
    said = plain(health(data(), 46, 20, PLAIN))
    assert " ▂█▄  " in next(line for line in said.splitlines() if line.startswith("layer 1"))


def test_gradients_and_what_is_off_are_drawn_over_time_on_a_wide_terminal():
    trail = {"update": [-3.0], "gradient": [1.0, 1e-3, 1e-6, None], "off": [0.0, 0.5, 1.0]}
    said = plain(health({**data(), "layers": [layer("layer 1", trail=trail)]}, 160, 20, PLAIN))
    assert said.count("over time") == 3
    assert next(line for line in said.splitlines() if line.startswith("layer 1")).split()[9:15] == [
        *("▁▅█", "▂▅█▅▂", "0.02", "█▅▁", "-3.1", "▅")
    ]


def test_a_schedule_is_named_where_it_is_what_makes_updates_small():
    scheduled = {**data(), "rate": 0.003, "stepped": 1e-8}
    assert "about -3, and less at a rate of 1e-08, which the schedule makes of 0.003." in plain(
        health(scheduled, 200, 20, PLAIN)
    )
    assert "about -3." in plain(health({**data(), "stepped": 0.01}, 200, 20, PLAIN))
