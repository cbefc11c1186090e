"""Trials over their settings: every line is as wide as it may be, what is best is on top, odd values are borne."""

import math

import pytest

from nnlab.tui.render.blocks import Lines, in_ascii, plain, width_of
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.render.trials import Scale, Tried, against, parallel, scale_of

LOOK, ASCII = RenderOptions(), RenderOptions(colour=False, ascii=True)
SCALES = [scale_of("lr", "1e-4..1"), scale_of("hidden", "8 | 32,16 | 64,64"), scale_of("dropout", "0..0.5")]
TRIED = [
    Tried({"lr": 0.01, "hidden": "8", "dropout": 0.1}, 0.1, "#0087ff"),
    Tried({"lr": 1.0, "hidden": "64,64", "dropout": 0.5}, 0.9),
    Tried({"lr": 0.001, "hidden": "32,16"}, 400.0, "", "✂", "-", whole=False),
    Tried({}, 0.2),
    Tried({"lr": 0.2, "hidden": "another", "dropout": 0.3}, None),
    Tried({"lr": 0.2, "hidden": "8", "dropout": 0.3}, math.nan),
]


def fits(lines: Lines, width: int, height: int) -> str:
    assert len(lines) <= height
    assert all(width_of(line) <= width for line in lines)
    return plain(in_ascii(lines))


def test_scales_of_ranges_and_choices():
    assert scale_of("lr", "1e-4..1") == Scale("lr", (), 1e-4, 1.0, log=True)
    assert scale_of("lr", "1e-4..1").share(0.01) == pytest.approx(0.5)
    assert scale_of("dropout", "0..0.5").share(0.25) == pytest.approx(0.5)
    assert scale_of("hidden", "8 | 4,4").share("4,4") == pytest.approx(0.75)
    assert math.isnan(scale_of("hidden", "8 | 4,4").share("5"))
    assert math.isnan(scale_of("lr", "1..2").share(None))
    assert math.isnan(scale_of("lr", "1..2").share("default"))
    assert scale_of("odd", "a..b").choices == ("a..b",)


@pytest.mark.parametrize("options", [LOOK, ASCII])
@pytest.mark.parametrize("size", [(60, 12), (20, 5), (120, 40), (8, 3)])
def test_both_pictures_fit_whatever_the_trials_are(options: RenderOptions, size: tuple[int, int]):
    for trials in (TRIED, TRIED[4:], [], [Tried({}, 0.0)] * 3):
        for scale in SCALES:
            said = fits(against(trials, scale, "valid loss", *size, options, math.inf), *size)
            assert options is LOOK or said.isascii()
        said = fits(parallel(trials, SCALES, "loss", 1.0, *size, options), *size)
        assert options is LOOK or said.isascii()


def test_the_scale_is_that_of_whole_trials_and_what_lies_above_is_told():
    said = fits(against(TRIED, SCALES[0], "valid loss", 60, 14, LOOK, math.inf), 60, 14)
    assert "valid loss by lr   ↑ to 400.0" in said
    assert "✂" in said.splitlines()[1]
    assert said.count("●") == 2


def test_the_best_value_is_on_top_of_the_last_axis():
    lines = fits(parallel(TRIED, SCALES, "loss", 1.0, 70, 14, LOOK), 70, 14).splitlines()
    assert lines[0].split() == ["lr", "hidden", "dropout", "loss"]
    assert lines[1].split() == ["1", "64,64", "0.5", "0.1000"]
    assert lines[-1].split()[:3] == ["0.0001", "8", "0"]
    lines = fits(parallel(TRIED[:2], SCALES, "accuracy", -1.0, 70, 14, LOOK), 70, 14).splitlines()
    assert lines[1].split()[-1] == "0.9000"


def test_axes_without_room_are_told():
    assert "no room for dropout" in fits(parallel(TRIED, SCALES, "loss", 1.0, 30, 10, LOOK), 30, 10)
