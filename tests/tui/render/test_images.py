"""Images keep their proportions, and say truth and answer."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nnlab.tui.render.blocks import plain
from nnlab.tui.render.images import Captioned, image, image_grid, mistakes
from nnlab.tui.render.palette import RenderOptions

ASCII = RenderOptions(colour=False, ascii=True)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_grids_fit(
    wrong_images: dict[str, Any], width: int, options: RenderOptions, holds: Callable[..., None]
) -> None:
    wrong_images["items"] *= 9
    holds(mistakes(wrong_images, width, options), width, options)


def test_a_digit_takes_28_by_14_cells(options: RenderOptions) -> None:
    lines = image(np.full((1, 28, 28), 128, dtype=np.uint8), 80, options)
    assert len(lines) == 14
    assert all(sum(len(segment.text) for segment in line) == 28 for line in lines)


def test_without_colour_light_is_dense() -> None:
    pixels = np.zeros((1, 4, 4), dtype=np.uint8)
    pixels[:, :, 2:] = 255
    assert plain(image(pixels, 10, ASCII)) == "  @@\n  @@"


def test_a_picture_of_equal_pixels_is_one_segment_a_line() -> None:
    assert all(len(line) == 1 for line in image(np.full((3, 20, 20), 77, dtype=np.uint8), 40, RenderOptions()))


def test_large_images_are_averaged_down() -> None:
    checks = np.indices((64, 64)).sum(axis=0) % 2 * 255
    lines = image(checks[None].astype(np.uint8), 16, ASCII)
    assert len(lines) == 8
    assert set(plain(lines)) == {"=", "\n"}


def test_captions_tell_right_from_wrong(wrong_images: dict[str, Any]) -> None:
    lines = plain(mistakes(wrong_images, 80, RenderOptions(colour=False))).split("\n")
    assert lines[0] == "most confident errors"
    assert lines[-2].split() == ["✗", "8,", "true", "3", "✓", "3", "93.1", "%"]
    assert lines[-1].split() == ["93.1", "%"]


def test_a_grid_without_answers_shows_the_truth_alone() -> None:
    items = [Captioned(np.zeros((1, 8, 8), dtype=np.uint8), truth=name) for name in ("cat", "dog")]
    assert plain(image_grid(items, 60, ASCII)).split("\n")[-1].split() == ["cat", "dog"]


def test_no_images_is_said(wrong_images: dict[str, Any], options: RenderOptions) -> None:
    assert "none" in plain(mistakes({**wrong_images, "items": []}, 60, options))
    assert "no images" in plain(image_grid([], 60, options))


@pytest.mark.parametrize("options", [RenderOptions(), RenderOptions(colour=False), RenderOptions(False, ascii=True)])
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 20), (1, 9, 31)])
def test_in_a_pane_of_any_size_every_image_has_its_caption(shape: tuple[int, int, int], options: RenderOptions):
    """Images that were a line higher than was reckoned pushed the captions of the last row out of sight."""
    pixels = base64.b64encode(bytes(math.prod(shape))).decode()
    items = [{"pixels": pixels, "truth": "q7", "answer": "z4", "probability": 0.9} for _ in range(12)]
    for width, height in ((37, 19), (37, 20), (50, 36), (81, 20), (80, 41), (120, 40)):
        drawn = mistakes({"shape": shape, "items": items, "what": "worst mistakes"}, width, options, height=height)
        assert len(drawn) <= height
        captions = plain(drawn[-2:])
        assert "z4" in captions, (width, height)
        assert "90.0 %" in captions, (width, height)


def test_a_caption_that_is_cut_says_so() -> None:
    shoe = Captioned(np.zeros((1, 8, 8), np.uint8), "sneaker", "ankle boot", 0.71)
    for width in range(1, 40):
        said = plain(image_grid([shoe], width, RenderOptions(colour=False)))
        assert "…" in said or all(word in said for word in ("ankle boot", "true sneaker", "71.0 %"))
